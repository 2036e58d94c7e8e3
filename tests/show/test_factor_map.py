"""Figures of studies on a grid: what is drawn, for which studies, and that nothing meets."""

from dataclasses import replace

import numpy as np
import pytest
from drawings import faults, written

from paysim.show.factor_map import CURVES, factor_map, grid_of, is_wide, reading
from paysim.show.style import STYLES, applied
from paysim.study.compared.explain_words import Scale
from paysim.study.sweeps.studied import Factor, Studied
from paysim.words import speaking

MANIFEST = {"version": "0.1.0, study test", "seed": 1, "command": "paysim sweep run scenarios/sweeps/test.yaml"}
RATIO = Factor("ratio", "network effect over its tipping threshold (R)")
PUSH = Factor("push", "share of China's exports in yuan by decree for five years", unit="%")
STORY = Factor("story", "what allies and third countries do", ("cutoff", "cutoff_fear", "cutoff_hub_open"))


def study(factors, *axes, of=lambda *places: places[0], replicates=1):
    inputs = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    values = np.repeat(of(*inputs.T)[:, np.newaxis], replicates, axis=1)
    return Studied("test", "grid", tuple(factors), inputs, "share", values, np.arange(len(inputs)),
                   title="The yuan's true share a century later", scale=Scale(100.0, 1, " %"))  # fmt: skip


def tipping(ratio, push):
    return 0.052 * np.exp(np.where(ratio > 1.0, 5.0 * (ratio - 1.0), 0.1 * ratio) * (push > 0))


R = np.linspace(0.5, 1.5, 21)
WIDE = np.arange(0.0, 70.0, 10.0)
GRIDS = {
    "map": lambda: grid_of(study([RATIO, PUSH], R, WIDE, of=tipping), "A title", {"ratio": (1.0, "R = 1, tipping")}),
    "lines": lambda: grid_of(study([RATIO, PUSH], R, WIDE[:5], of=tipping), "A title"),
    "stories": lambda: grid_of(study([STORY, RATIO], np.arange(3.0), R, of=lambda s, r: s + r), "A title"),
    "one": lambda: grid_of(study([RATIO], R), "A title"),
    "panels": lambda: grid_of(
        study([RATIO, PUSH, STORY], R, WIDE, np.arange(3.0), of=lambda r, p, s: r + s / 10), "A title"
    ),
}


def drawn(name, style="slides"):
    grid = GRIDS[name]()
    with applied(STYLES[style]):
        return grid, factor_map(grid, MANIFEST, STYLES[style])


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_meets_another_or_leaves_the_page(name, style, language):
    with speaking(language):
        assert faults(drawn(name, style)[1]) == []


def test_a_map_has_a_cell_a_point_with_its_value_and_the_marked_value_as_a_line():
    grid, figure = drawn("map")
    (mesh,) = [one for one in figure.axes[0].collections if one.get_gid() == "map"]
    np.testing.assert_array_equal(np.asarray(mesh.get_array()).reshape(7, 21), grid.values[0])
    for row, push in enumerate(WIDE):
        np.testing.assert_allclose(grid.values[0, row], tipping(R, push))
    (line,) = [one for one in figure.axes[0].lines if one.get_gid() == "marked"]
    assert set(line.get_xdata()) == {1.0}
    assert "Dashed: R = 1, tipping." in written(figure)
    assert reading(grid) == (
        "5.2 % to 5.7 % where the network effect over its tipping threshold (R) is below 1, "
        "and 5.2 % to 63.3 % where it is above"
    )


def test_what_is_said_of_both_sides_goes_with_the_side():
    mirrored = grid_of(study([RATIO, PUSH], R, WIDE, of=lambda r, p: tipping(2.0 - r, p)), "A title",
                       {"ratio": (1.0, "R = 1")})  # fmt: skip
    assert reading(mirrored).startswith("5.2 % to 63.3 % where")


def test_colours_go_by_logarithms_only_where_values_are_wide_apart_and_above_zero():
    assert is_wide(0.05, 0.9)
    assert not is_wide(0.5, 0.9)
    assert not is_wide(0.0, 0.9)
    _grid, figure = drawn("map")
    assert figure.axes[1].get_yscale() == "log"


def test_few_levels_of_the_second_factor_are_lines_named_by_them():
    grid, figure = drawn("lines")
    assert not grid.is_map
    lines = [one for one in figure.axes[0].lines if (one.get_gid() or "").startswith("line ")]
    assert len(lines) == 5 <= CURVES
    for row, line in enumerate(lines):
        np.testing.assert_allclose(line.get_ydata(), tipping(R, WIDE[row]))
        assert f"{WIDE[row]:g} %" in written(figure)


def test_lines_that_end_together_are_named_in_the_order_in_which_they_came():
    grid = grid_of(study([RATIO, PUSH], R, WIDE[:3], of=lambda r, p: (1.5 - r) * (1.0 + p)), "A title")
    with applied(STYLES["slides"]):
        figure = factor_map(grid, MANIFEST, STYLES["slides"])
    heights = {text.get_text(): text.get_position()[1] for text in figure.texts}
    assert heights["0 %"] < heights["10 %"] < heights["20 %"]


def test_the_numbers_lie_along_and_words_are_lines_whatever_their_order_in_the_file():
    grid = GRIDS["stories"]()
    assert (grid.along.name, grid.across.name) == ("ratio", "story")
    np.testing.assert_allclose(grid.values[0, 2], 2.0 + R)


def test_of_two_further_factors_that_with_fewer_levels_has_panels():
    grid, figure = drawn("panels")
    assert grid.apart.name == "story"
    assert grid.is_map
    assert len([axes for axes in figure.axes if axes.collections]) >= 3
    np.testing.assert_allclose(grid.values[1, 0], R + 0.1)


def test_points_without_a_value_are_counted_and_replicates_averaged():
    whole = study([RATIO, PUSH], R, WIDE, of=tipping, replicates=3)
    values = whole.values.copy()
    values[5] = np.nan
    values[6] *= [0.5, 1.0, 1.5]
    grid = grid_of(replace(whole, values=values), "A title")
    with applied(STYLES["slides"]):
        text = written(factor_map(grid, MANIFEST, STYLES["slides"]))
    assert "1 of 147 points have no value." in text
    assert "Means of 3 replicates." in text
    np.testing.assert_allclose(grid.values[0, 6, 0], tipping(0.5, 60.0))


@pytest.mark.parametrize(
    ("factors", "axes"),
    [
        ([STORY], [np.arange(3.0)]),
        ([RATIO, replace(STORY, levels=tuple("abcdefg"))], [R, np.arange(7.0)]),
        ([RATIO, PUSH, replace(PUSH, name="third")], [R, WIDE, WIDE]),
    ],
)
def test_what_no_page_can_show_is_not_drawn(factors, axes):
    assert grid_of(study(factors, *axes), "A title") is None
