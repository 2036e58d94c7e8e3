"""Figures of evidence: what is drawn is what was scored."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.show.evidence_figures import BINS, Course, Mark, Rolling, episode, foot, rolling
from paysim.show.style import STYLES

NAN = float("nan")
FOOT = foot("paysim evidence backtest", "0", "")


def by_name(figure, name):
    return [one for axes in figure.axes for one in axes.get_children() if one.get_gid() == name]


@pytest.fixture(params=["slides", "paper"])
def look(request):
    return STYLES[request.param]


def shown():
    marks = [Mark(0.9, 0.8, 0.95), Mark(0.7, NAN, NAN)]
    return Rolling((1, 12), {"90 %": (0.9, marks)}, {"CNY": marks}, {1: np.linspace(0.01, 0.99, 50)})


def test_coverage_and_skill_stand_where_they_were_measured(look):
    figure = rolling(FOOT, look, shown())
    for name in ("90 %", "CNY"):
        (line,) = by_name(figure, f"marks {name}")
        np.testing.assert_allclose(line.get_ydata(), [90.0, 70.0])
        (interval,) = by_name(figure, f"interval {name}")  # where there is none, none is drawn
        np.testing.assert_allclose(interval.get_ydata(), [80.0, 95.0])


def test_a_level_histogram_is_level(look):
    (steps,) = by_name(rolling(FOOT, look, shown()), "pit 1")
    np.testing.assert_allclose(steps.get_data().values, 100.0 / BINS)


def test_the_names_of_the_histogram_stay_under_it(look):
    figure = rolling(FOOT, look, shown())
    figure.canvas.draw()
    axes = figure.axes[-1]
    for name in axes.get_xticklabels():
        assert axes.bbox.x0 - 1.0 <= name.get_window_extent().x0
        assert name.get_window_extent().x1 <= axes.bbox.x1 + 1.0


def test_an_episode_shows_the_model_and_what_was_published(look):
    line = Course("model", [2024.0, 2024.5], [1.0, 2.0], [0.5, 1.0], [1.5, 3.0])
    points = Course("published", [2024.25], [1.7], seen=True)
    figure = episode(FOOT, look, "Title", "Reading", [("Share, %", [line, points])], ["Given"])
    (model,), (seen,) = by_name(figure, "model model"), by_name(figure, "seen published")
    np.testing.assert_allclose(model.get_ydata(), [1.0, 2.0])
    np.testing.assert_allclose(seen.get_xdata(), [2024.25])
    assert seen.get_linestyle() == "None"


@pytest.mark.parametrize(("years", "first"), [([2015.5, 2017.0], "2015"), ([2015.8, 2025.9], "2016")])
def test_ticks_of_time_are_few_and_round(years, first):
    figure = episode(FOOT, STYLES["slides"], "T", "R", [("Share", [Course("m", years, [1.0, 1.0])])], [])
    names = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert 2 <= len(names) <= 12
    assert names[0].endswith(first)
    assert len(set(names)) == len(names)
