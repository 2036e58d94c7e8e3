"""Days on which something happens are settled payment by payment, and every day where a scenario wants it."""

from __future__ import annotations

import numpy as np
import pytest
from telling import NO_LUCK, Tell

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


def days_seen(record: Record) -> int:
    return int(record.facts["event_days"])


def test_only_days_that_something_happens_to_cips_on_are_settled(told) -> None:
    assert days_seen(told("")) == days_seen(told(OTHER)) == 0
    assert days_seen(told(OUTAGE)) == days_seen(told(CUT)) == 1


def test_every_replicate_tells_the_same_of_its_days(told) -> None:
    assert set(told("").facts) == set(told(CUT).facts) == set(told(OUTAGE).facts)


def test_a_day_that_began_in_the_month_before_is_one_of_the_month_of_its_event(told) -> None:
    """CIPS opens at 16:00 GMT of the day before."""
    assert days_seen(told(OUTAGE.replace("2024-08-06 01:00Z", "2024-08-01 00:30Z"))) == 1
    assert days_seen(told(CUT.replace("2024-08-06 04:00Z", "2024-08-01 02:00Z"))) == 1


def test_a_change_on_the_first_of_a_month_is_no_event_of_a_day(told) -> None:
    assert days_seen(told(CUT.replace("2024-08-06 04:00Z", "2024-08"))) == 0


def test_an_outage_of_cips_is_seen_by_the_payments_that_wait_and_not_once_more(told) -> None:
    usual, down = told(""), told(OUTAGE)
    assert down.facts["event_days_waiting_hours"] > 0.5
    measured, read = (
        down.values(name, key)[MONTH] - usual.values(name, key)[MONTH]
        for name, key in (("delay_hours", "cny-cips"), ("waiting_hours", "CIPS"))
    )
    assert measured > 0.005
    assert abs(read) < 0.2 * measured
    assert abs((down.values("unsettled_share", "CIPS") - usual.values("unsettled_share", "CIPS"))[MONTH]) < 0.01


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
    names = ["event_days_waiting_hours", "event_days_largest_queue"]
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
