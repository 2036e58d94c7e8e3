"""Liquidity feeds back on choice in both engines: it bites when short, and not where it is ample."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from telling import NO_LUCK, Tell, write_story

from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.engine.simulation import simulate
from paysim.errors import ScenarioError
from paysim.scenario.loading import load_scenario

ENGINES = ("mean field", "events")
UNTIL = ("horizon=2025-08",)
AMPLE = "systems.CIPS.liquidity=1000"
MONTH, LATER = 3, 6


def halved(factor: float) -> str:
    return (
        f"events:\n  - {{id: less, kind: liquidity_change, system: CIPS, factor: {factor}, at: 2024-10}}\n"
        if factor
        else ""
    )


@pytest.fixture(scope="module")
def told(tell: Tell):
    @cache
    def run(engine: str, text: str, *changes: str) -> Record:
        prepared: Prepared = tell(*UNTIL, *changes, text=text)
        if engine == "mean field":
            return simulate_mean_field(prepared, 1, [0], NO_LUCK)[0]
        return simulate(prepared, 1, 0, NO_LUCK)

    return run


@pytest.mark.parametrize("engine", ENGINES)
def test_with_less_liquidity_the_yuan_leaves_cips_in_the_next_months_and_the_more_the_less(told, engine: str) -> None:
    base = told(engine, "")
    lost = []
    for factor in (0.7, 0.5, 0.3):
        record = told(engine, halved(factor))
        for series, key in (("message_share", "CIPS"), ("settlement_share", "CIPS")):
            change = record.values(series, key) - base.values(series, key)
            assert (change[: MONTH + 1] == 0.0).all()
            assert change[LATER] < 0.0
        lost.append(1.0 - record.values("message_share", "CIPS")[LATER] / base.values("message_share", "CIPS")[LATER])
        assert record.values("unsettled_share", "CIPS")[MONTH] > base.values("unsettled_share", "CIPS")[MONTH] + 0.01
    assert lost[0] < lost[1] < lost[2]
    assert lost[1] > 0.002  # in the three months that contracts have had to answer


@pytest.mark.parametrize("engine", ENGINES)
def test_a_factor_of_one_changes_nothing(told, engine: str) -> None:
    base, same = told(engine, ""), told(engine, halved(1.0))
    for name, (_, values) in base.series.items():
        assert values.tobytes() == same.series[name][1].tobytes(), name


def test_with_ample_liquidity_a_surge_costs_nothing_either(tell: Tell) -> None:
    changes = ("horizon=2028-12", "behaviour.delay_cost=0 bp/day")
    free, ample, usual = (
        simulate_mean_field(tell(*changes, change, parent="cips_surge"), 1, [0], NO_LUCK)[0]
        for change in ("behaviour.rejection_cost=0 bp", AMPLE, "title=As it is")
    )
    for name in ("true_share", "message_share", "trade_index"):
        np.testing.assert_allclose(ample.series[name][1], free.series[name][1], atol=1e-3, err_msg=name)
    felt, other = (record.values("cost_bp", "CHN") - free.values("cost_bp", "CHN") for record in (usual, ample))
    assert felt.max() > 1.0 > 5.0 * np.abs(other).max()  # what is left are the other systems' queues


def test_no_factor_on_liquidity_is_too_large(tell: Tell) -> None:
    changes = ("horizon=2027-02", "events.liquidity.factor=1e9", "traffic.payments_per_month=500")
    record = simulate(tell(*changes, parent="cips_surge"), 1, 0, NO_LUCK)
    assert record.values("unsettled_share", "CIPS")[-1] == 0.0
    assert record.facts["event_days"] == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_with_ample_liquidity_the_feedback_vanishes(told, engine: str) -> None:
    base, half = told(engine, "", AMPLE), told(engine, halved(0.5), AMPLE)
    assert (half.values("unsettled_share", "CIPS") == 0.0).all()
    for name, (_, values) in base.series.items():
        if name not in ("liquidity_held", "liquidity_used", "turnover_ratio"):
            np.testing.assert_allclose(half.series[name][1], values, rtol=1e-6, atol=1e-6, err_msg=name)


def test_twice_the_payments_a_month_change_delays_and_what_comes_back_by_less_than_a_tenth(told) -> None:
    once, twice = (told("events", halved(0.5), f"traffic.payments_per_month={n}") for n in (5_000, 10_000))
    for name in ("unsettled_share", "waiting_hours", "delay_hours"):
        keys, values = once.series[name]
        for key, one, other in zip(keys, values.mean(0), twice.series[name][1].mean(0), strict=True):
            assert other == pytest.approx(one, rel=0.1), (name, key)


def test_both_engines_read_the_same_state_of_the_systems(told) -> None:
    means, events = (told(engine, halved(0.5)) for engine in ENGINES)
    for name in ("settlement_load", "liquidity_held", "unsettled_share", "waiting_hours"):
        for key in means.series[name][0]:
            assert events.values(name, key) == pytest.approx(means.values(name, key), rel=0.05, abs=2e-3), (name, key)


def test_what_is_written_of_a_system_fits_together(told) -> None:
    record = told("mean field", halved(0.5))
    for system in record.series["turnover_ratio"][0]:
        load, unsettled, used, ratio = (
            record.values(name, system)
            for name in ("settlement_load", "unsettled_share", "liquidity_used", "turnover_ratio")
        )
        assert ratio * used == pytest.approx(load * (1.0 - unsettled))
    hours = record.values("waiting_hours", "CIPS") / record.values("queued_share", "CIPS")
    assert hours == pytest.approx(hours[0])
    assert 24.0 < hours[0] < 25.0  # round the clock, and four hours more before a day off


def test_a_system_of_ones_own_behaves_like_the_one_it_names(tell: Tell, tmp_path) -> None:
    own = (
        "systems:\n  OWN: {name: Own, currency: CNY, hours: '09:00-17:00', timezone: UTC, calendar: weekdays%s}\n"
        "options:\n  cny-cips: {settles_in: OWN}\n"
    )
    found = {}
    for name, extra in (("plain", ""), ("as CIPS", ", behaves_like: CIPS")):
        prepared = tell(*UNTIL, text=own % extra)
        found[name] = next(system for system in prepared.systems if system.name == "OWN").response
    cips = next(system for system in tell(*UNTIL).systems if system.name == "CIPS").response
    assert found["as CIPS"].key == cips.key != found["plain"].key
    path = write_story(tmp_path, own % ", behaves_like: CIBS", "baseline")
    with pytest.raises(ScenarioError, match="nearest: CIPS"):
        prepare(load_scenario(path))
