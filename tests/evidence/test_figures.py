"""Figures, margins and the far end of an interval, on columns written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.evidence.assess import Checked, Figure
from paysim.evidence.figures import Paths, margin, together, value
from paysim.scenario.claims import Check, Expectation
from paysim.scenario.measure import Measure

MONTHS = np.arange("2026-01", "2026-07", dtype="datetime64[M]")
ROWS = np.array([[1.0, 2.0, 4.0, 3.0, 5.0, 8.0], [2.0, 2.0, 1.0, 3.0, 6.0, 4.0]])
PATHS = Paths(MONTHS, {("cips_value", ""): ROWS, ("cips_participants", ""): ROWS + 1.0})


def nobody(said):
    raise AssertionError(said)


def read(**fields):
    return value(Measure(series="cips_value", **fields), PATHS, nobody).tolist()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"at": "2026-03"}, [4.0, 1.0]),
        ({"at": "start"}, [1.0, 2.0]),
        ({"at": "end"}, [8.0, 4.0]),
        ({"over": ["2026-02", "2026-04"], "reduce": "last"}, [3.0, 3.0]),
        ({"over": ["2026-02", "2026-04"], "reduce": "mean"}, [3.0, 2.0]),
        ({"over": ["2026-02", "2026-04"], "reduce": "min"}, [2.0, 1.0]),
        ({"over": ["2026-02", "2026-04"], "reduce": "max"}, [4.0, 3.0]),
        ({"over": ["2026-02", "2026-04"], "reduce": "change"}, [1.0, 1.0]),
        ({"over": ["2026-02", "2026-04"], "reduce": "ratio"}, [1.5, 1.5]),
        ({"at": "end", "relative_to": "start"}, [8.0, 2.0]),
        ({"at": "end", "relative_to": {"at": "2026-03"}}, [2.0, 4.0]),
        ({"at": "2026-03", "relative_to": {"series": "cips_participants"}}, [0.8, 0.5]),
        ({"at": "end", "relative_to": {"over": ["start", "end"], "reduce": "min"}}, [8.0, 4.0]),
        ({"over": ["start", "end"], "reduce": "max", "relative_to": {"reduce": "min"}}, [8.0, 6.0]),
    ],
)
def test_a_figure(fields, expected):
    assert read(**fields) == expected


def test_another_story_is_asked_for_with_the_same_figure():
    other = Paths(MONTHS, {("cips_value", ""): 2.0 * ROWS})
    measure = Measure(series="cips_value", at="2026-03", relative_to={"scenario": "other.yaml"})
    assert value(measure, PATHS, lambda said: other).tolist() == [0.5, 0.5]
    assert measure.unit == "ratio"


def test_a_published_figure_needs_no_run():
    measure = Measure(data="cips_annual", figure="value", at=2024, relative_to={"at": 2023})
    assert value(measure, PATHS, nobody) == pytest.approx([175.49 / 123.06])


def test_what_a_story_lacks_is_not_defined():
    missing = Measure(series="trade_index", key="XYZ", at="2026-03")
    assert np.isnan(value(missing, PATHS, nobody)).all()


def test_a_margin_is_the_distance_to_the_nearer_bound_over_its_size():
    expected = Expectation(measure={"series": "true_share", "key": "CNY", "at": "end"}, at_least="4 %", at_most="5 %")
    assert margin(expected, np.array([0.03, 0.04, 0.045, 0.05, 0.06])) == pytest.approx([-0.25, 0.0, 0.1, 0.0, -0.2])
    low = Expectation(measure={"series": "true_share", "key": "CNY", "at": "end"}, at_least=0)
    assert margin(low, np.array([-0.1, 0.2])).tolist() == [-0.1, 0.2]


def test_several_expectations_are_met_only_together():
    margins = [np.array([1.0, -1.0, 1.0]), np.array([2.0, 2.0, np.nan]), np.array([0.5])]
    assert together(margins).tolist()[:2] == [0.5, -1.0]
    assert np.isnan(together(margins)[2])


def check(values, **bounds):
    made = Check(id="one", measure={"series": "true_share", "key": "CNY", "at": "end"}, **bounds)
    return Checked(made, Figure.of(made, np.asarray(values)), len(values)).passed


def test_noise_cannot_pass_a_check():
    """The median meets both bounds by far; an eighth of the draws does not, and that decides."""
    calm = np.full(100, 0.10)
    low, high = calm.copy(), calm.copy()
    low[:12], high[:12] = 0.01, 0.50
    assert check(calm, at_least="5 %", at_most="15 %")
    assert not check(low, at_least="5 %")
    assert check(low, at_most="15 %")
    assert not check(high, at_most="15 %")
    assert check(high, at_least="5 %")


@pytest.mark.parametrize("seed", range(20))
def test_more_noise_never_helps_a_check(seed):
    """About any middle that meets the bound: what passes with wide noise passes with narrow noise."""
    luck = np.sort(np.random.default_rng(seed).standard_normal(60))
    passed = [check(0.10 + spread * luck, at_least="5 %") for spread in (0.0, 0.01, 0.03, 0.1, 1.0)]
    assert passed == sorted(passed, reverse=True)
    assert passed[0]
    assert not passed[-1]


def test_few_draws_are_read_on_the_strict_side():
    """With ten draws the low end is the lowest of them: no interpolation lifts it over the bound."""
    assert not check([0.049] + [0.2] * 9, at_least="5 %")


def test_a_check_of_what_is_not_defined_fails():
    assert not check([np.nan] * 5, at_least="5 %")
    assert not check([0.1, np.nan, 0.1], at_most="50 %")
