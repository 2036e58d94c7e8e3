"""What politics does in a month cannot change an earlier one: same bits, in all series, in both engines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from telling import ALL_LUCK, Tell, different

from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.simulation import simulate

CHANGED = 30
"""January 2027, counted from July 2024."""
HORIZON = "horizon=2027-01"
FEW = "traffic.payments_per_month=1500"


def events(prepared: Prepared) -> Record:
    return simulate(prepared, 1, 1, ALL_LUCK)


def mean_field(prepared: Prepared) -> Record:
    return simulate_ensemble(prepared, 1, [0, 1], ALL_LUCK)[1]


Engine = Callable[[Prepared], Record]
both_engines = pytest.mark.parametrize("engine", [events, mean_field])


@both_engines
@pytest.mark.parametrize("story", ["cutoff", "cutoff_allies_refuse", "cutoff_fear"])
def test_an_event_in_month_30_leaves_months_0_to_29_alone(tell: Tell, engine: Engine, story: str) -> None:
    without, with_it = (engine(tell(HORIZON, FEW, parent=parent)) for parent in ("decoupling", story))
    assert different(without, with_it, slice(0, CHANGED)) == []
    assert different(without, with_it, slice(CHANGED, None)) != []


@both_engines
def test_opening_a_hub_in_month_31_instead_of_30_leaves_months_0_to_29_alone(tell: Tell, engine: Engine) -> None:
    soon, late = (
        engine(tell("horizon=2027-02", FEW, f"events[hub].at={month}", parent="cutoff_hub_open"))
        for month in ("2027-01-04 16:00Z", "2027-02")
    )
    assert different(soon, late, slice(0, CHANGED)) == []
    assert different(soon, late, slice(CHANGED, CHANGED + 1)) != []


@both_engines
def test_a_hub_that_will_be_opened_is_not_felt_before(tell: Tell, engine: Engine) -> None:
    """A hub adds options to the world, so sums over options may round otherwise; nothing else may differ.

    In the event engine a rounding can send one payment of a stratum into the next corridor.
    """
    without, with_it = (engine(tell(HORIZON, FEW, parent=parent)) for parent in ("decoupling", "cutoff_hub_open"))
    for series in ("true_share", "tracker_share", "trade_demand", "blocked_share", "cips_member_weight"):
        here, there = (record.series[series][1][:CHANGED] for record in (without, with_it))
        np.testing.assert_allclose(here, there, rtol=0.0, atol=1e-9 if engine is mean_field else 1e-5, err_msg=series)


@both_engines
def test_notice_moves_contracts_at_the_last_tick_before_the_cut_and_not_earlier(tell: Tell, engine: Engine) -> None:
    short, long = (engine(tell(HORIZON, FEW, f"events[cut].notice={days} d", parent="cutoff")) for days in (0, 60))
    assert different(short, long, slice(0, CHANGED)) == []
    assert ("blocked_share", "CHN") in different(short, long, slice(CHANGED, None))


@both_engines
def test_one_disconnection_written_as_two_is_the_same(tell: Tell, engine: Engine) -> None:
    cut = "kind: disconnection, at: 2024-08-05 16:00Z, notice: 30 d"
    together = f"events:\n  - {{id: one, {cut}, groups: [CHN, HKG]}}\n"
    apart = f"events:\n  - {{id: one, {cut}, groups: [CHN]}}\n  - {{id: two, {cut}, groups: [HKG]}}\n"
    one, two = (engine(tell("horizon=2024-09", FEW, text=text)) for text in (together, apart))
    assert different(one, two, slice(None)) == []


def test_what_an_ended_disconnection_leaves_behind_stays(tell: Tell) -> None:
    from paysim.engine.timeline import Timeline

    cut = "{id: cut, kind: disconnection, groups: [CHN], at: 2024-08-05, until: 2024-10-01, notice: 0 d}"
    prepared = tell("horizon=2024-12", text=f"events:\n  - {cut}\n")
    timeline = Timeline(prepared.world, prepared.events, prepared.starts)
    during, after = timeline.policy(prepared.starts[2]), timeline.policy(prepared.starts[4])
    assert during.cut.any()
    assert not after.cut.any()
    assert (after.shocks == during.shocks).all()
    assert (after.feared == during.feared).all()


def test_a_cut_that_grows_over_ten_days_is_felt_before_the_tenth(tell: Tell) -> None:
    cut = "{id: cut, kind: disconnection, groups: [CHN, HKG], at: 2024-08-05, notice: 0 d, ramp: 10 d}"
    prepared = tell("horizon=2024-08", text=f"events:\n  - {cut}\n")
    sudden = cut.replace(", ramp: 10 d", "")
    at_once = tell("horizon=2024-08", text=f"events:\n  - {sudden}\n")
    at_last = tell("horizon=2024-08", text=f"events:\n  - {sudden.replace('08-05', '08-15')}\n")
    grown, first, last = (mean_field(story).values("blocked_share", "CHN")[1] for story in (prepared, at_once, at_last))
    assert last * 1.05 < grown < first * 0.95
