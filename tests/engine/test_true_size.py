"""Days on which something happens are settled payment by payment, and every day where a scenario wants it."""

from __future__ import annotations

import numpy as np
import pytest
from stories import NO_LUCK, Tell

from paysim.engine.record import Record
from paysim.engine.simulation import simulate
from paysim.engine.true_size import Change, TrueSize, changes_of
from paysim.networks.event_day import event_day

MONTH = 1
OUTAGE = "events:\n  - {id: down, kind: outage, system: CIPS, at: 2024-08-06 01:00Z, duration: 6 h}\n"
CUT = "events:\n  - {id: cut, kind: disconnection, groups: [CHN], at: 2024-08-06 04:00Z, notice: 0 d}\n"
FEAR = "events:\n  - {id: fear, kind: secondary_sanctions, targets: [RUS], at: 2024-08-06 04:00Z}\n"
OTHER = "events:\n  - {id: down, kind: outage, system: T2, at: 2024-08-06 01:00Z, duration: 6 h}\n"


@pytest.fixture(scope="module")
def told(tell: Tell):
    return lambda text, *changes: simulate(tell("horizon=2024-10", *changes, text=text), 1, 0, NO_LUCK)


def days_seen(record: Record) -> set[str]:
    return {name.split("_")[1] for name in record.facts if name.startswith("CIPS_2")}


def test_only_days_that_something_happens_to_cips_on_are_settled(told) -> None:
    assert days_seen(told("")) == set()
    assert days_seen(told(OTHER)) == set()
    assert days_seen(told(OUTAGE)) == {"2024-08-06"}
    assert days_seen(told(CUT)) == {"2024-08-06"}


def test_a_change_on_the_first_of_a_month_is_no_event_of_a_day(told) -> None:
    assert days_seen(told(CUT.replace("2024-08-06 04:00Z", "2024-08"))) == set()


def test_an_outage_of_cips_makes_its_month_wait_and_no_other(told) -> None:
    usual, down = told(""), told(OUTAGE)
    change = down.values("waiting_hours", "CIPS") - usual.values("waiting_hours", "CIPS")
    there = down.facts["CIPS_2024-08-06_waiting_hours"]
    assert there > 0.5
    before, working_days = usual.values("waiting_hours", "CIPS")[MONTH], 22
    assert change[MONTH] == pytest.approx((there - before) / working_days, rel=0.2)
    assert change[MONTH - 1] == 0.0
    assert abs(change[MONTH + 1]) < 1e-3


def test_the_day_has_the_load_of_before_up_to_the_instant_and_that_of_after_from_it_on(tell: Tell, monkeypatch) -> None:
    asked = []

    def keep(system, before, after, at, **rest):
        asked.append((before, after, at))
        return event_day(system, before, after, at, **rest)

    monkeypatch.setattr("paysim.engine.true_size.event_day", keep)
    record = simulate(tell("horizon=2024-10", text=CUT), 1, 0, NO_LUCK)
    ((before, after, at),) = asked
    assert at == 12 * 3600  # 04:00 GMT is noon in Beijing, where the day of CIPS begins at midnight
    assert before == pytest.approx(1.0, abs=1e-4)
    load, fraction = record.values("settlement_load", "CIPS")[MONTH], (5 * 24 + 4) / (31 * 24)
    assert fraction * before + (1.0 - fraction) * after == pytest.approx(load)
    assert after < 0.9


def test_changes_lie_between_the_parts_of_a_month() -> None:
    assert changes_of([0, 7, 9], [1.0, 2.0, 0.5]) == [Change(7, 1.0, 2.0), Change(9, 2.0, 0.5)]
    assert changes_of([0], [1.0]) == []


def test_the_same_seed_gives_the_same_days_and_another_other_ones(tell: Tell) -> None:
    prepared = tell("horizon=2024-10", text=CUT)
    names = [f"CIPS_2024-08-06_{name}" for name in ("unsettled_share", "largest_queue")]
    found = [[simulate(prepared, seed, 0, NO_LUCK).facts[name] for name in names] for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


def test_every_day_at_true_size_has_the_chance_of_its_days(told) -> None:
    """The response is the mean of many days, a month at true size has twenty of its own."""
    read, settled = told(""), told("", "settlement=true_size")
    for name in ("unsettled_share", "waiting_hours"):
        one, other = read.values(name, "CIPS"), settled.values(name, "CIPS")
        assert 0.0 < 100.0 * one.std() < other.std() < one.mean()
    for name in ("unsettled_share", "settlement_load"):
        assert settled.values(name, "T2") == pytest.approx(read.values(name, "T2"), rel=1e-4)


def test_a_world_whose_systems_are_made_up_has_no_true_size(tell: Tell) -> None:
    from dataclasses import replace

    prepared = tell("horizon=2024-10")
    bare = replace(prepared, systems=tuple(replace(system, true=None) for system in prepared.systems))
    down = [np.zeros((0, 2), np.int64) for _ in bare.systems]
    assert not TrueSize(bare, down, 1, 0).wanted(0, 1, 3)
    assert TrueSize(prepared, down, 1, 0).wanted(0, 1, 3)


@pytest.mark.slow
def test_a_surge_settled_day_by_day_is_the_surge_that_was_read(tell: Tell) -> None:
    """Half a year after a cut, when three to four times the payments come: within a tenth."""
    changes = ("horizon=2027-08", "uncertainty.parameters=false")
    read, settled = (
        simulate(tell(*changes, f"settlement={way}", parent="cips_surge"), 1, 0, NO_LUCK)
        for way in ("response", "true_size")
    )
    surge = slice(-7, None)
    for name in ("unsettled_share", "waiting_hours"):
        one, other = (record.values(name, "CIPS")[surge].mean() for record in (read, settled))
        assert other == pytest.approx(one, rel=0.1)
