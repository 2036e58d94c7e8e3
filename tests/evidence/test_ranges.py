"""Where a parameter lets something hold, on margins whose zeros are known."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.evidence.ranges import Holding, holding


def test_one_threshold_is_found():
    found = holding(lambda x: x - 0.3137, 0.0, 1.0)
    ((first, last),) = found.intervals
    assert first == pytest.approx(0.3137, abs=1.5e-3)
    assert first >= 0.3137
    assert last == 1.0
    assert found.decides
    assert found.part == pytest.approx(0.686, abs=2e-3)


def test_an_island_and_a_gap():
    island = holding(lambda x: 0.2 - abs(x - 0.5), 0.0, 1.0)
    gap = holding(lambda x: abs(x - 0.5) - 0.2, 0.0, 1.0)
    assert island.intervals[0] == pytest.approx((0.3, 0.7), abs=2e-3)
    assert [span[0] for span in gap.intervals] == pytest.approx([0.0, 0.7], abs=2e-3)
    assert [span[1] for span in gap.intervals] == pytest.approx([0.3, 1.0], abs=2e-3)


def test_a_range_over_factors_is_searched_in_logarithms():
    seen: list[float] = []

    def margin(values):
        seen.extend(values)
        return values - 0.005

    found = holding(margin, 0.002, 0.02, logarithmic=True)
    assert found.intervals[0] == pytest.approx((0.005, 0.02), rel=5e-3)
    assert found.part == pytest.approx(np.log10(4.0), abs=5e-3)
    steps = np.diff(np.log(seen[:9]))
    assert steps == pytest.approx(steps[0])


@pytest.mark.parametrize("logarithmic", [False, True])
def test_everywhere_and_nowhere_decide_nothing(logarithmic):
    everywhere = holding(np.ones_like, 0.1, 2.0, logarithmic=logarithmic)
    nowhere = holding(lambda x: -np.ones_like(x), 0.1, 2.0, logarithmic=logarithmic)
    assert everywhere == Holding(0.1, 2.0, ((0.1, 2.0),), logarithmic)
    assert nowhere == Holding(0.1, 2.0, (), logarithmic)
    assert (everywhere.part, nowhere.part) == (1.0, 0.0)
    assert not everywhere.decides
    assert not nowhere.decides


def test_a_figure_that_is_not_defined_is_not_met():
    found = holding(lambda x: np.where(x < 0.5, np.nan, 1.0), 0.0, 1.0)
    assert found.intervals[0][0] == pytest.approx(0.5, abs=2e-3)


def test_few_runs_are_enough():
    """One vectorised look, and two closer ones whatever the number of changes."""
    calls: list[int] = []

    def margin(values):
        calls.append(len(values))
        return np.sin(9.0 * values)

    holding(margin, 0.0, 1.0)
    assert len(calls) == 3
    assert sum(calls) <= 80


def test_a_fixed_parameter():
    assert holding(lambda x: x, 1.0, 1.0).intervals == ((1.0, 1.0),)
    assert holding(lambda x: -x, 1.0, 1.0).intervals == ()
