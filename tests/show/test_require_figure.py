"""The figures of what would have to be true: what is drawn is what was found, and no text meets another."""

from __future__ import annotations

import numpy as np
import pytest
from drawings import faults, lines, written

from paysim.show.require_figure import FLOOR, TOP, Axis, Curves, Grid, curves, foot, grid
from paysim.show.style import STYLES

SHARE = Axis("behaviour.bypass_share", " %", 30.0, 0.0, 60.0)
FREE = Axis("events.steering.message", " % a month", 15.0, np.nan, np.nan)
VALUES = np.linspace(0.0, 100.0, 21)
FOOT = foot("paysim require a --claim b", "0.1.0", "claims")
BOUNDS = ("China's trade, worst month of two years: at least 95 %", "payments blocked, worst month: at most 5 %")


def made(axis=SHARE):
    return Curves(axis, VALUES, (VALUES / 50.0 - 1.0, -5.0 + 0.0 * VALUES), ((50.0, 100.0),))


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("panels", [1, 2, 4])
def test_no_text_meets_another(style, panels):
    shown = [(f"behaviour.parameter_{n}", made(FREE if n % 2 else SHARE)) for n in range(panels)]
    figure = curves(FOOT, STYLES[style], "It fell because of this (as the story is told)", shown, BOUNDS)
    assert faults(figure) == []
    assert "A model, not a forecast" in written(figure)
    assert "B: payments blocked" in written(figure)


def test_lines_are_the_margins_cut_at_the_ends_of_the_panel():
    figure = curves(FOOT, STYLES["slides"], "claim", [("one", made())], BOUNDS)
    one, two = (lines(figure, 0, f"bound {n}")[0].get_ydata() for n in range(2))
    assert list(one) == pytest.approx(list(np.clip(VALUES / 50.0 - 1.0, FLOOR, TOP)))
    assert set(two) == {FLOOR}
    spans = {patch.get_gid(): patch.get_extents().transformed(figure.axes[0].transData.inverted())
             for patch in figure.axes[0].patches}  # fmt: skip
    assert (spans["documented"].x0, spans["documented"].x1) == pytest.approx((0.0, 60.0))
    assert (spans["holds"].x0, spans["holds"].x1) == pytest.approx((50.0, 100.0))


def test_letters_of_lines_that_end_together_stand_apart_and_what_is_cut_off_is_said():
    same = Curves(SHARE, VALUES, (-5.0 + 0.0 * VALUES, -7.0 + 0.0 * VALUES), ())
    figure = curves(FOOT, STYLES["slides"], "claim", [("one", same)], BOUNDS)
    assert faults(figure) == []
    heights = sorted(text.xy[1] for text in figure.axes[0].texts)
    assert heights[1] - heights[0] > 0.02
    assert "Beyond -100 and +60 %" in written(figure)
    inside = Curves(SHARE, VALUES, (0.1 + 0.0 * VALUES, -0.1 + 0.0 * VALUES), ())
    assert "Beyond" not in written(curves(FOOT, STYLES["slides"], "claim", [("one", inside)], BOUNDS))


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("sign", [-1.0, 0.0, 1.0])
def test_a_grid_is_drawn_whether_or_not_anything_holds(style, sign):
    one, other = np.meshgrid(VALUES, VALUES)
    margins = one + other - 100.0 if sign == 0.0 else sign * np.ones_like(one)
    shown = Grid(SHARE, SHARE, VALUES, VALUES, margins, 50.0 - other)
    figure = grid(FOOT, STYLES[style], "a claim (a story)", shown, "CIPS grew by more than 2.7 %")
    assert faults(figure) == []
    assert "Hatched: CIPS grew" in written(figure)
    assert len(figure.axes[0].collections) == {-1.0: 2, 0.0: 4, 1.0: 3}[sign]


def test_what_is_broken_everywhere_is_said_and_not_hatched():
    margins = np.meshgrid(VALUES, VALUES)[0] - 50.0
    figure = grid(
        FOOT, STYLES["slides"], "claim", Grid(SHARE, SHARE, VALUES, VALUES, margins, margins - 99.0), "too much"
    )
    assert "Whatever the two are: too much." in written(figure)
    assert len(figure.axes[0].collections) == 2


def test_without_anything_published_nothing_is_hatched():
    margins = np.meshgrid(VALUES, VALUES)[0] - 50.0
    figure = grid(FOOT, STYLES["slides"], "claim", Grid(FREE, SHARE, VALUES, VALUES, margins, None), "")
    assert "Hatched" not in written(figure)
    assert [patch for patch in figure.axes[0].patches if patch.get_gid() == "documented"] == []
