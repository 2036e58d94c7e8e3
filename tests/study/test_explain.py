"""Partial rank correlations on planted models, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from paysim.errors import InputError
from paysim.scenario.schema import Scenario
from paysim.study.compared.explain import (
    Outcome,
    default_outcomes,
    explain,
    partial_rank_correlations,
    rank_variance_explained,
    read_outcome,
    swings,
)
from paysim.study.compared.explain_words import UNITS, assumed, cautions, number_words, paragraph, table, unit_words
from paysim.words import speaking

MONTHS = np.arange(np.datetime64("2027-01"), np.datetime64("2027-01") + 24).astype("datetime64[D]")
NAMES = ("bypass_share", "cost_sensitivity", "network_effect", "trade_elasticity", "diversion")
CUT = np.datetime64("2027-01")


def cube(count: int = 300, wide: int = 5, seed: int = 3) -> Any:
    return np.random.default_rng(seed).random((count, wide))


@dataclass
class Planted:
    """A run of which the outcome is a known function of the parameters."""

    parameters: Any
    outcome: Any
    names: tuple[str, ...] = NAMES
    held: dict[tuple[str, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path = np.ones((len(self.outcome), len(MONTHS)))
        self.held.setdefault(("trade_index", "CHN"), path * self.outcome[:, None])
        self.held.setdefault(("cips_value", ""), path)

    manifest = {"name": "planted", "replicates": 300, "seed": 1}  # noqa: RUF012

    @property
    def scenario(self):
        spread = {"best": 0.5, "low": 0.0, "high": 1.0, "distribution": "uniform"}
        return {"behaviour": dict.fromkeys((*self.names, "growth"), spread), "names": {}}

    @property
    def dates(self):
        return MONTHS

    def series_names(self):
        return tuple(sorted({series for series, _ in self.held}))

    def keys(self, series):
        return tuple(key for name, key in self.held if name == series)

    def values(self, series, key=""):
        return MONTHS, self.held[series, key]

    def draws(self):
        rows = {name: self.parameters[:, place] for place, name in enumerate(self.names)}
        return {**rows, "growth": np.zeros(len(self.parameters)), "gamma_c": self.parameters[:, 0]}


def explained(outcome, parameters):
    return explain(Planted(parameters, outcome), Outcome("trade_index", "CHN", CUT))


def test_order_and_signs_of_a_monotone_model_are_found():
    x = cube()
    noise = 0.1 * np.random.default_rng(9).standard_normal(300)
    found = explained(20 * np.expm1(x[:, 1]) - 12 * x[:, 0] + 4 * x[:, 2] + noise, x)
    assert [one.name for one in found.effects[:3]] == ["cost_sensitivity", "bypass_share", "network_effect"]
    assert [np.sign(one.prcc) for one in found.effects[:3]] == [1, -1, 1]
    assert all(one.told for one in found.effects[:3])
    assert found.effects[0].swing > 0 > found.effects[1].swing
    assert found.explained > 0.9


def test_a_parameter_without_effect_has_an_interval_that_holds_zero():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        x = rng.random((60, 5))
        y = x[:, 0] + 0.3 * rng.standard_normal(60)
        _, intervals = partial_rank_correlations(x, y)
        held += intervals[3, 0] <= 0.0 <= intervals[3, 1]
    assert 180 <= held <= 199  # 190 of 200 for an interval of 95 %; 200 would be one that says nothing


def test_a_correlation_of_parameters_by_chance_is_taken_out():
    rng = np.random.default_rng(7)
    x = cube(200)
    x[:, 1] = 0.7 * x[:, 0] + 0.3 * x[:, 1]  # moves with the one that matters, and does nothing itself
    y = x[:, 0] + 0.05 * rng.standard_normal(200)
    found, intervals = partial_rank_correlations(x, y)
    plain = np.corrcoef(np.argsort(np.argsort(x[:, 1])), np.argsort(np.argsort(y)))[0, 1]
    assert plain > 0.8
    assert intervals[1, 0] < 0.0 < intervals[1, 1]
    assert found[0] > 0.9


def test_without_other_parameters_it_is_spearmans_rank_correlation():
    from scipy.stats import spearmanr

    x, y = cube(50, 1), np.random.default_rng(8).random(50) + cube(50, 1)[:, 0]
    found, _ = partial_rank_correlations(x, y)
    assert found[0] == pytest.approx(spearmanr(x[:, 0], y).statistic)


def test_it_is_the_entry_of_the_inverse_of_the_matrix_of_rank_correlations():
    from scipy.stats import spearmanr

    x = cube(80, 4)
    y = x @ [1.0, -2.0, 0.5, 0.0] + np.random.default_rng(4).random(80)
    inverse = np.linalg.inv(spearmanr(np.column_stack([x, y])).statistic)
    expected = [-inverse[k, 4] / np.sqrt(inverse[k, k] * inverse[4, 4]) for k in range(4)]
    assert partial_rank_correlations(x, y)[0] == pytest.approx(expected)


def test_ties_share_their_rank_and_order_of_replicates_does_not_matter():
    x = np.round(cube(120), 1)
    y = np.round(x[:, 0] - x[:, 1], 1)
    found, _ = partial_rank_correlations(x, y)
    mixed = np.random.default_rng(2).permutation(120)
    assert partial_rank_correlations(x[mixed], y[mixed])[0] == pytest.approx(found)
    assert found[0] > 0.9 > -0.9 > found[1]


def test_only_ranks_count():
    x = cube(100)
    y = x[:, 0] - x[:, 1] + 0.2 * cube(100, 1, seed=6)[:, 0]
    assert partial_rank_correlations(np.exp(x), y**3)[0] == pytest.approx(partial_rank_correlations(x, y)[0])


def test_two_parameters_that_are_one_cannot_be_told_apart():
    x = cube(100)
    x[:, 1] = 2 * x[:, 0]
    found, intervals = partial_rank_correlations(x, x[:, 0] + 0.1 * cube(100, 1, seed=6)[:, 0])
    assert np.isnan(found[:2]).all()
    assert np.isnan(intervals[:2]).all()
    assert np.isfinite(found[2:]).all()
    said = " ".join(cautions(explained(x[:, 2], x)))
    assert "cannot be told from other parameters in these replicates: bypass_share, cost_sensitivity" in said


def test_the_interval_narrows_with_replicates():
    widths = []
    for count in (40, 160, 640):
        x = cube(count)
        _, intervals = partial_rank_correlations(x, x[:, 0] + np.random.default_rng(1).random(count))
        widths.append(intervals[3, 1] - intervals[3, 0])
    assert widths[0] / widths[1] == pytest.approx(2.1, abs=0.35)
    assert widths[1] / widths[2] == pytest.approx(2.0, abs=0.2)


def test_swings_are_medians_of_thirds():
    x = np.arange(9.0)[:, None]
    assert swings(x, 10 * x[:, 0]).tolist() == [[10.0, 70.0]]


def test_noise_is_not_explained():
    assert abs(rank_variance_explained(cube(300), np.random.default_rng(1).random(300))) < 0.05


def test_swapping_two_effects_swaps_the_names_in_the_text():
    x = cube()
    noise = 0.1 * np.random.default_rng(9).standard_normal(300)
    run = Planted(x, 3 * x[:, 0] - x[:, 3] + noise)
    other = Planted(x, 3 * x[:, 3] - x[:, 0] + noise)
    one, two = (
        paragraph(explain(run, Outcome("trade_index", "CHN", CUT)), assumed(run), "China") for run in (run, other)
    )
    assert one.index("bypass_share (PRCC +") < one.index("trade_elasticity (PRCC -")
    assert two.index("trade_elasticity (PRCC +") < two.index("bypass_share (PRCC -")
    assert "Judgement or a weak source stands behind bypass_share." in one


def test_assumptions_stand_beside_effects():
    run = Planted(cube(), cube()[:, 0])
    rows = table(explain(run, Outcome("trade_index", "CHN", CUT)), assumed(run))
    assert rows[1][0] == "bypass_share"
    assert rows[1][4:] == ("0 to 100 %", "judgement")  # the range of the run, not the documented one
    assert "novayagazeta" in assumed(run)["bypass_share"].source


def test_what_does_not_vary_explains_nothing_and_is_no_parameter():
    x = cube()
    found = explained(x[:, 0], x)
    assert {one.name for one in found.effects} == set(NAMES)  # neither growth, which is fixed, nor gamma_c, a result
    with pytest.raises(InputError, match="the same in every replicate"):
        explain(Planted(x, x[:, 0]), Outcome("cips_value", "", CUT))
    with pytest.raises(InputError, match="no parameter differs"):
        explain(Planted(np.ones((300, 5)), x[:, 0]), Outcome("trade_index", "CHN", CUT))


def test_an_outcome_that_no_replicate_defines_is_not_called_the_same_in_all():
    run = Planted(cube(), np.full(300, np.nan))
    with pytest.raises(InputError, match="not defined in any replicate"):
        explain(run, Outcome("trade_index", "CHN", CUT))


@pytest.mark.parametrize(
    ("spoken", "words"), [("en", ["/bp", "/year", "bp", "d"]), ("de", ["/Bp.", "/Jahr", "Bp.", "Tage"])]
)
def test_units_are_told_in_the_language_spoken(spoken, words):
    with speaking(spoken):
        assert [unit_words(unit) for unit in ("/bp", "/year", "bp", "d")] == words


def test_every_unit_of_a_parameter_can_be_translated():
    units = {row.unit for row in Scenario.parameter_table() if row.path.startswith("behaviour.")} - {"", "share"}
    assert units <= UNITS


def test_too_few_replicates_are_refused_with_how_many_would_do():
    x = cube(6)
    with pytest.raises(InputError, match=r"6 replicates are too few for 5 parameters: 8 are needed .*--replicates 100"):
        explained(x[:, 0] + x[:, 1], x)
    assert explained(cube(8)[:, 0] + cube(8)[:, 1] ** 2, cube(8)).replicates == 8


def test_replicates_below_four_for_three_parameters_are_called_too_few():
    x = cube(17, 14)
    names = (*NAMES, *(f"other_{n}" for n in range(9)))
    found = explain(Planted(x, x[:, 0] + 0.1 * x[:, 1], names=names), Outcome("trade_index", "CHN", CUT))
    assert not found.enough
    assert "17 replicates are not enough for 14 parameters" in " ".join(cautions(found))


def test_outcomes_are_read_and_mistakes_told_with_the_nearest_word():
    run = Planted(cube(), cube()[:, 0])
    assert read_outcome(run, "trade_index:CHN:cut+12", CUT).month == np.datetime64("2028-01")
    assert read_outcome(run, "cips_value::end", None).month == np.datetime64("2028-12")
    for text, words in (
        ("trade_idx:CHN:end", "nearest: trade_index"),
        ("trade_index:CHM:end", "nearest: CHN"),
        ("trade_index:CHN:soon", "expected a month"),
        ("trade_index:CHN:2031-01", "outside of the run, 2027-01 to 2028-12"),
        ("trade_index", "expected SERIES:KEY:AT"),
    ):
        with pytest.raises(InputError, match=words):
            read_outcome(run, text, CUT)
    with pytest.raises(InputError, match="no cut, ban or threat"):
        read_outcome(run, "trade_index:CHN:cut+1", None)


def test_the_default_outcomes_are_those_that_the_run_has():
    assert [str(one) for one in default_outcomes(Planted(cube(), cube()[:, 0]), "CHN", CUT)] == [
        "trade_index:CHN:2028-01"
    ]


@pytest.mark.parametrize(
    ("value", "words"), [(0.002, "0.002"), (0.985, "0.985"), (1000.0, "1000"), (60.0, "60"), (0.0, "0")]
)
def test_numbers_have_three_digits_that_count(value, words):
    assert number_words(value) == words
