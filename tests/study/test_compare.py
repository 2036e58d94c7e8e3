"""Differences within replicates, on planted ensembles of which everything is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from paysim.errors import InputError
from paysim.study.compared.compare import compare_runs, difference
from paysim.study.compared.words import as_data, key_series, sentences, signed, table

MONTHS = np.arange(np.datetime64("2024-07"), np.datetime64("2024-07") + 60).astype("datetime64[D]")
LOOKED_AT = key_series("CHN", "China")


@dataclass
class Planted:
    """A run from arrays: luck of one seed is in every replicate, and the rest is what the test plants."""

    name: str = "one"
    seed: int = 1
    replicates: int = 40
    engine: str = "mean-field"
    start: int = 0
    held: dict[tuple[str, str], Any] = field(default_factory=dict)
    drawn: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        luck = np.random.default_rng(self.seed).standard_normal((200, 1))[: self.replicates]
        walk = np.random.default_rng([self.seed, 1]).standard_normal((200, 60))[: self.replicates, self.start :]
        self.held.setdefault(("true_share", "CNY"), 0.05 + 0.01 * luck + 0.0001 * walk)
        self.held.setdefault(("trade_index", "CHN"), 1.0 + 0.1 * luck + 0.0 * walk)
        self.held.setdefault(("tracker_share", "CNY"), 0.03 + 0.005 * luck + 0.0 * walk)
        self.drawn.setdefault("cost_sensitivity", 0.006 + 0.001 * luck[:, 0])

    @property
    def manifest(self):
        return {"name": self.name, "seed": self.seed, "replicates": self.replicates, "engine": self.engine}

    @property
    def dates(self):
        return MONTHS[self.start :]

    def series_names(self):
        return tuple(sorted({series for series, _ in self.held}))

    def keys(self, series):
        return tuple(key for name, key in self.held if name == series)

    def values(self, series, key=""):
        return self.dates, self.held[series, key]

    def draws(self):
        return self.drawn


def changed(series, key, by, since, **settings):
    """A run that differs from the plain one in one series, from a month on."""
    run = Planted(**{"name": "two", **settings})
    run.held[series, key] = run.held[series, key].copy()
    run.held[series, key][:, since:] += by
    return run


def test_a_difference_of_one_series_is_found_first_and_dated_exactly():
    found = compare_runs(Planted(), changed("trade_index", "CHN", -0.2, since=30))
    assert [(one.series, one.key) for one in found.first()] == [("trade_index", "CHN")]
    first = found.first()[0]
    assert first.begins == first.sure == MONTHS[30].astype("datetime64[M]")
    assert first.bands[:, 29] == pytest.approx(0.0, abs=0)
    assert first.bands[:, 30] == pytest.approx(-0.2)
    assert sum(one.begins is not None for one in found.differences) == 1
    said = " ".join(sentences(found, LOOKED_AT))
    assert "differs first, in Jan 2027: trade_index CHN; 1 of 3 series" in said


def test_what_begins_earlier_is_named_however_small():
    later = changed("trade_index", "CHN", -0.5, since=30)
    later.held["tracker_share", "CNY"] = later.held["tracker_share", "CNY"].copy()
    later.held["tracker_share", "CNY"][:, 12:] += 1e-5
    assert [(one.series, one.key) for one in compare_runs(Planted(), later).first()] == [("tracker_share", "CNY")]


def test_pairing_matters():
    found = compare_runs(Planted(), changed("true_share", "CNY", 0.004, since=30)).find("true_share", "CNY")
    paired = found.bands[-1, -1] - found.bands[0, -1]
    one, two = Planted(), Planted(seed=2, held={})
    apart = difference(
        "true_share", "CNY", MONTHS, one.held["true_share", "CNY"], two.held["true_share", "CNY"] + 0.004
    )
    unpaired = apart.bands[-1, -1] - apart.bands[0, -1]
    assert paired < 1e-12 < 0.02 < unpaired
    assert found.sure is not None
    assert apart.sure is None  # the same difference drowns in luck that is not shared
    assert found.narrower < 1e-9
    assert apart.narrower == pytest.approx(1.0, abs=0.4)


def test_equal_runs_differ_in_nothing_and_it_is_said():
    found = compare_runs(Planted(), Planted(name="two"))
    assert found.first() == ()
    assert all(not one.bands.any() and one.begins is None and one.sure is None for one in found.differences)
    assert "nothing differs" in " ".join(sentences(found, LOOKED_AT))
    assert {row[1] for row in table(found, LOOKED_AT)[1:]} == {"–"}


def test_noise_of_rounding_is_no_difference_and_a_millionth_is_one():
    assert compare_runs(Planted(), changed("trade_index", "CHN", 1e-12, since=3)).first() == ()
    assert compare_runs(Planted(), changed("trade_index", "CHN", 1e-6, since=3)).first() != ()


def test_the_order_of_the_two_flips_the_sign():
    one, two = Planted(), changed("true_share", "CNY", 0.01 * np.arange(30), since=30)
    there, back = compare_runs(one, two), compare_runs(two, one)
    for forth in there.differences:
        other = back.find(forth.series, forth.key)
        assert np.allclose(forth.bands, -other.bands[::-1])
        assert (forth.begins, forth.sure) == (other.begins, other.sure)
    assert (
        as_data(there, LOOKED_AT)["key_series"][0]["at_end"]["p50"]
        > 0.0
        > as_data(back, LOOKED_AT)["key_series"][0]["at_end"]["p50"]
    )


def test_a_difference_in_one_replicate_begins_but_is_not_sure():
    run = Planted(name="two")
    run.held["trade_index", "CHN"] = run.held["trade_index", "CHN"].copy()
    run.held["trade_index", "CHN"][7, 20:] += 0.1
    (first,) = compare_runs(Planted(), run).first()
    assert first.begins == MONTHS[20].astype("datetime64[M]")
    assert first.sure is None


def test_a_difference_that_passes_is_told_with_its_end():
    run = changed("trade_index", "CHN", -0.2, since=30)
    run.held["trade_index", "CHN"][:, 40:] += 0.2
    found = compare_runs(Planted(), run).find("trade_index", "CHN")
    assert (str(found.sure), str(found.lasts)) == ("2027-01", "2027-10")
    row = next(row for row in table(compare_runs(Planted(), run), LOOKED_AT) if "trade" in row[0])
    assert row[2] == "Jan 2027 to Oct 2027"


@pytest.mark.parametrize(
    ("later", "gaps", "turns", "words"),
    [
        (-0.2, False, False, "Jan 2027"),
        (0.0, True, False, "Jan 2027, with gaps"),
        (0.3, False, True, "Jan 2027, sign changes"),
    ],
)
def test_a_difference_that_pauses_or_turns_is_not_told_as_sure_throughout(later, gaps, turns, words):
    run = changed("trade_index", "CHN", -0.2, since=30)
    run.held["trade_index", "CHN"][:, 40:50] += 0.2 + later
    comparison = compare_runs(Planted(), run)
    found = comparison.find("trade_index", "CHN")
    assert (str(found.sure), found.lasts, found.gaps, found.turns) == ("2027-01", None, gaps, turns)
    assert next(row[2] for row in table(comparison, LOOKED_AT) if "trade" in row[0]) == words
    entry = next(one for one in as_data(comparison, LOOKED_AT)["series"] if one["series"] == "trade_index")
    assert (entry["sure_with_gaps"], entry["sure_sign_changes"]) == (gaps, turns)


def test_unpaired_luck_leaves_out_the_pairs_themselves():
    ends = np.array([[0.0], [1.0], [5.0]])
    found = difference("true_share", "CNY", MONTHS[:1], ends, ends + ends**2)
    every = [(two + two**2) - one for one in ends[:, 0] for two in ends[:, 0] if one != two]
    low, high = np.quantile(every, [0.05, 0.95])
    within = np.quantile(ends[:, 0] ** 2, [0.05, 0.95])
    assert found.narrower == pytest.approx((within[1] - within[0]) / (high - low))


def test_one_pair_is_not_called_a_band():
    (note,) = compare_runs(Planted(replicates=1), Planted(name="two", replicates=1)).notes
    assert "one pair has no band" in note


def test_other_seeds_are_not_paired():
    with pytest.raises(InputError, match="share no luck"):
        compare_runs(Planted(), Planted(name="two", seed=2))


def test_what_can_be_paired_is_paired_and_the_rest_is_said():
    other = changed("trade_index", "CHN", -0.2, since=30, replicates=10, engine="events", start=0)
    other.held["cips_value", ""] = other.held["trade_index", "CHN"]
    other.drawn["cost_sensitivity"] = other.drawn["cost_sensitivity"] * 2
    found = compare_runs(Planted(), other)
    assert found.replicates == 10
    assert found.find("trade_index", "CHN").bands[:, 30] == pytest.approx(-0.2)
    notes = " ".join(found.notes)
    for words in ("first 10 are paired", "mean-field engine and two on the events engine", "cost_sensitivity",
                  "only one of the two has, and so nothing is said of: cips_value", "with 10 pairs"):  # fmt: skip
        assert words in notes
    assert compare_runs(Planted(), Planted(name="two")).notes == ()


def test_runs_that_start_in_other_months_share_what_is_left():
    late = Planted(name="two", start=12)
    found = compare_runs(Planted(), late)
    assert (found.dates[0], len(found.dates)) == (MONTHS[12], 48)
    assert "start in different months" in " ".join(found.notes)
    assert not found.find("trade_index", "CHN").bands.any()


def test_a_value_that_only_one_run_defines_is_a_difference():
    run = Planted(name="two")
    run.held["trade_index", "CHN"] = run.held["trade_index", "CHN"].copy()
    run.held["trade_index", "CHN"][:, 5] = np.nan
    (first,) = compare_runs(Planted(), run).first()
    assert first.begins == MONTHS[5].astype("datetime64[M]")
    assert np.isnan(first.bands[:, 5]).all()


@pytest.mark.parametrize(("value", "digits", "words"), [(1.25, 1, "+1.2"), (-0.04, 1, "0.0"), (-3.0, 0, "-3")])
def test_numbers_carry_their_sign(value, digits, words):
    assert signed(value, digits) == words
