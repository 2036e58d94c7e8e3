"""What the shipped stories must show, in the mean field over draws of all uncertain parameters."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.scenario.loading import load_scenario
from paysim.words import said

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CUTS = ("cutoff_hub_open", "cutoff", "cutoff_allies_refuse", "cutoff_fear")
POINT = 0.01
CUT = np.datetime64("2027-01")


@cache
def best(name: str, *overrides: str) -> Record:
    """The path at the best values of all parameters, without latent demand and noise."""
    return simulate_mean_field(prepare(load_scenario(SCENARIOS / f"{name}.yaml", overrides)), 1, [0], ())[0]


@cache
def draws(name: str, *overrides: str) -> tuple[Record, ...]:
    """A hundred draws of everything that is uncertain."""
    return tuple(simulate_mean_field(prepare(load_scenario(SCENARIOS / f"{name}.yaml", overrides)), 1, range(100)))


def median(records: tuple[Record, ...], series: str, key: str, month: str) -> float:
    place = list(records[0].months).index(np.datetime64(month))
    return float(np.median([record.values(series, key)[place] for record in records]))


def after_cut(record: Record, series: str, key: str, months: int) -> float:
    return float(record.values(series, key)[list(record.months).index(CUT) + months])


def test_nothing_moves_at_baseline() -> None:
    record = best("baseline")
    for series, (keys, values) in record.series.items():
        assert np.nanmax(np.abs(values - values[0]), initial=0.0) < 1e-10, (series, keys)


def test_decoupling_meets_the_published_tracker_at_both_ends() -> None:
    run = draws("decoupling", "horizon=2025-09")
    assert abs(median(run, "tracker_share", "CNY", "2024-07") - 0.0474) < 0.3 * POINT
    assert abs(median(run, "tracker_share", "CNY", "2025-08") - 0.0293) < 0.3 * POINT


def test_decoupling_lets_the_true_share_rise() -> None:
    run = draws("decoupling", "horizon=2025-09")
    rise = median(run, "true_share", "CNY", "2025-08") - median(run, "true_share", "CNY", "2024-07")
    assert rise > 0.2 * POINT


def test_without_steering_the_tracker_stays_up() -> None:
    none = ("events.steering.message=0 %/month", "events.steering.clearing=0 %/month")
    run = draws("decoupling", "horizon=2025-09", *none)
    assert median(run, "tracker_share", "CNY", "2025-08") > 0.043


def test_without_drift_steering_leaves_the_true_share_alone() -> None:
    with_both = best("decoupling", "horizon=2025-09")
    steered = best("decoupling", "horizon=2025-09", "events.drift.drift=0 %/month")
    change = steered.values("true_share", "CNY")[13] - steered.values("true_share", "CNY")[0]
    assert abs(change) < 1e-4
    assert with_both.values("true_share", "CNY")[13] - with_both.values("true_share", "CNY")[0] > 0.2 * POINT
    assert steered.values("tracker_share", "CNY")[13] < 0.7 * steered.values("tracker_share", "CNY")[0]


def test_message_migration_leaves_the_cips_statistic_alone_and_clearing_migration_raises_it() -> None:
    quiet = (
        "horizon=2025-09",
        "events.drift.drift=0 %/month",
        *(f"behaviour.{rate}=0 %/year" for rate in ("joining_innovation", "joining_imitation", "native_base_rate")),
    )
    message = best("decoupling", *quiet, "events.steering.clearing=0 %/month").values("cips_value", "")
    clearing = best("decoupling", *quiet, "events.steering.message=0 %/month").values("cips_value", "")
    assert abs(message[13] / message[0] - 1.0) < 2e-3
    assert clearing[13] / clearing[0] > 1.01


def test_trade_falls_at_the_cut_and_recovers() -> None:
    trade = best("cutoff").values("trade_index", "CHN")
    at = list(best("cutoff").months).index(CUT)
    assert trade[at - 1] > 0.999
    assert trade[at : at + 3].min() < 0.6
    assert trade[at + 95] > trade[at : at + 3].min() + 0.25


def test_the_true_yuan_share_falls_first_and_rises_later() -> None:
    before = after_cut(best("cutoff"), "true_share", "CNY", -1)
    assert after_cut(best("cutoff"), "true_share", "CNY", 0) < before - 0.1 * POINT
    assert after_cut(best("cutoff"), "true_share", "CNY", 95) > 2.0 * before


def test_the_tracker_of_the_yuan_halves_within_a_year() -> None:
    before = after_cut(best("cutoff"), "tracker_share", "CNY", -1)
    assert all(after_cut(best("cutoff"), "tracker_share", "CNY", month) <= 0.5 * before for month in range(1, 13))


def test_recovery_is_ordered_hub_plain_then_refusal_and_fear() -> None:
    for months in (12, 24, 48, 95):
        hub, plain, refuse, fear = (after_cut(best(name), "trade_index", "CHN", months) for name in CUTS)
        assert hub > plain > max(refuse, fear), months


def test_an_open_hub_defeats_internationalisation() -> None:
    for months in (24, 48, 95):
        hub = after_cut(best("cutoff_hub_open"), "true_share_trade", "CNY", months)
        assert hub < 0.7 * after_cut(best("cutoff"), "true_share_trade", "CNY", months)


def test_refusal_moves_the_recovery_more_than_the_trough() -> None:
    troughs = {name: best(name).values("trade_index", "CHN").min() for name in ("cutoff", "cutoff_fear")}
    recovery = {name: after_cut(best(name), "trade_index", "CHN", 24) for name in troughs}
    assert troughs["cutoff"] - troughs["cutoff_fear"] < 0.5 * (recovery["cutoff"] - recovery["cutoff_fear"])


def test_the_trough_is_arithmetic_on_the_bypass() -> None:
    """Trade in the month after the cut is L + beta (1 - L) with L the live share, by the definition of the bypass."""
    shares = (0.0, 0.15, 0.3, 0.5)
    trough = [after_cut(best("cutoff", f"behaviour.bypass_share={b}"), "trade_index", "CHN", 1) for b in shares]
    live = trough[0]
    assert trough == pytest.approx([live + b * (1.0 - live) for b in shares], abs=0.03)


def test_both_bounds_are_in_the_facts() -> None:
    facts = prepare(load_scenario(SCENARIOS / "decoupling.yaml")).world_facts
    assert 0.0 < facts["base_cleared"] < 1.0
    assert 0.0 < facts["base_messaged"] < 1.0


def test_the_story_says_how_far_memberships_keep_its_start_from_what_is_assumed() -> None:
    scenario = load_scenario(SCENARIOS / "decoupling.yaml")
    facts, limits = prepare(scenario).world_facts, " ".join(map(said, scenario.limits))
    assert f"allow {100 * facts['base_cleared']:.0f} % and force {100 * facts['base_messaged']:.0f} %" in limits
    behaviour = scenario.behaviour
    assert f"{100 * behaviour.cleared_in_cips.best:.0f} % should be cleared" in limits
    assert f"{100 * behaviour.messaged_on_swift.best:.0f} % of that have" in limits


def test_a_surge_is_more_than_cips_settles_and_twice_the_liquidity_is_enough() -> None:
    usual, twice = best("cips_surge"), best("cips_surge", "events.liquidity.factor=2")
    half_a_year = slice(list(usual.months).index(CUT), list(usual.months).index(CUT) + 7)
    assert 3.0 < usual.values("settlement_load", "CIPS")[half_a_year].max() < 5.0
    assert usual.values("unsettled_share", "CIPS")[half_a_year].max() == pytest.approx(0.08, abs=0.01)
    assert usual.values("unsettled_share", "CIPS")[half_a_year.start - 1] == pytest.approx(0.01, abs=0.003)
    assert twice.values("unsettled_share", "CIPS")[half_a_year.start + 1 :].max() < 0.005
    shares = [record.values("true_share", "CNY")[-1] for record in (usual, twice)]
    assert shares[0] < shares[1] < shares[0] + 0.2 * POINT
