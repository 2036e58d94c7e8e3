"""The day of an event at true size: what it shares with the measured response, and what an event may and may not do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from paysim.engine.systems import settlement_system
from paysim.networks.event_day import Event, event_day, event_payments, settle_event, true_size_month
from paysim.networks.response import AMPLE, MEASURES
from paysim.networks.response_day import handed, means_of, sent_by
from paysim.networks.response_measure import layered_days, measure_points
from paysim.networks.response_plan import Plan, operating_clock

PLAN = Plan((1.0, 2.0), (0.0, 0.5, 1.0, AMPLE), 3)
NAMES = ("CIPS", "T2", "CHIPS", "rtgs-fifo", "dns")
AT = 20_000
DOWN = ((21_000, 26_000),)
DAYS = range(4)


def small(name, payments=1500, participants=12):
    """A shipped system with few payments, each as large as ever."""
    system = settlement_system(name)
    traffic = system.traffic
    value = traffic.value * payments / traffic.payments
    changed = replace(traffic, payments=payments, participants=participants, value=value, core=4, core_share=0.6)
    return replace(system, traffic=changed)


def without_injections(system, opening=0.2):
    """The same with some opening liquidity and nothing else."""
    none = {name: replace(getattr(system, name), value=0.0)
            for name in ("collateralised_credit", "uncollateralised_credit", "injection_cap")}  # fmt: skip
    return replace(system, prefunding=replace(system.prefunding, value=opening), **none)


def rows(day):
    """Payments as a multiset, without their ids."""
    return Counter(zip(*(column.tolist() for column in day[1:]), strict=True))


def unsettled(day):
    return day.payments.amount[day.settled < 0].sum() / day.payments.amount.sum()


# --- nothing happens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [0.5, AMPLE])
def test_when_nothing_happens_it_is_the_day_of_the_response(name, level):
    system = small(name)
    measures, errors = measure_points(system, PLAN, 1.0, (level,))
    for found in (event_day(system, 1.0, 1.0, AT, liquidity=level, days=3), true_size_month(system, 1.0, level, 3)):
        for measure in MEASURES:
            assert getattr(found, measure) == pytest.approx(measures[measure][0], rel=1e-5)
            assert found.errors[measure] == pytest.approx(errors[measure][0], rel=1e-5)


def test_when_nothing_happens_the_payments_are_those_of_the_response_one_by_one():
    system = small("CIPS")
    for load in (0.7, 1.0, 1.37):
        day = event_payments(system, Event(load, load, AT), seed=3, number=2)
        (expected,) = layered_days(system, 3, 2, (load,))
        assert all(np.array_equal(*columns) for columns in zip(day, expected, strict=True))


@pytest.mark.parametrize("after", [2.0, 3.0])
def test_a_surge_at_the_opening_is_a_day_in_layers(after):
    system = small("CIPS")
    day = event_payments(system, Event(1.0, after, 0))
    *_, expected = layered_days(system, 1, 0, tuple(np.arange(1.0, after + 1.0)))
    assert all(np.array_equal(*columns) for columns in zip(day, expected, strict=True))


# --- loads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_nothing_before_the_event_knows_of_what_comes_after(name):
    system = small(name)
    at = operating_clock(system).closes // 2
    days = [settle_event(system, Event(1.0, after, at, liquidity=0.6)) for after in (0.0, 0.4, 1.0, 1.7, 3.0)]
    early = [day.payments.arrives < at for day in days]
    for column in range(4):
        ones = [day.payments[column][before] for day, before in zip(days, early, strict=True)]
        assert len(ones[0]) > 300
        assert all(np.array_equal(ones[0], other) for other in ones[1:])
    instants = [np.where((day.settled >= 0) & (day.settled < at), day.settled, -1)[before]
                for day, before in zip(days, early, strict=True)]  # fmt: skip
    assert name == "dns" or (instants[0] >= 0).any()
    assert all(np.array_equal(instants[0], other) for other in instants[1:])
    assert len({len(day.settled) for day in days}) == 5


def test_a_smaller_change_of_load_is_contained_in_a_larger_one():
    system = small("CIPS")
    days = [rows(event_payments(system, Event(1.0, after, AT))) for after in (0.0, 0.3, 0.9, 1.0, 1.2, 1.9, 2.5)]
    assert all(one <= other and one != other for one, other in pairwise(days))


def test_loads_are_as_large_as_they_are_said_to_be():
    system = small("CIPS", payments=20_000)
    clock = operating_clock(system)
    usual = event_payments(system, Event(1.0, 1.0, AT)).arrives
    for after in (0.25, 0.8, 1.6, 2.3):
        changed = event_payments(system, Event(1.0, after, AT)).arrives
        expected = after * (usual >= AT).sum()
        assert (changed >= AT).sum() == pytest.approx(expected, abs=5.0 * expected**0.5)
    assert len(event_payments(system, Event(1.0, 5.0, clock.closes)).arrives) == len(usual)
    assert (event_payments(system, Event(1.0, 0.0, AT)).arrives < AT).all()


def test_a_surge_without_liquidity_for_it_makes_the_day_worse():
    system = small("rtgs-fifo")
    usual, surge = (event_day(system, 1.0, after, 10_000, liquidity=0.3, days=8) for after in (1.0, 3.0))
    assert surge.waiting_hours > usual.waiting_hours > 0.0
    assert surge.counts.payments.min() > usual.counts.payments.max()
    assert (surge.counts.queued == usual.counts.queued).all()  # before it, nothing has changed
    assert (surge.counts.largest_queue_value >= usual.counts.queued_value).all()


# --- liquidity ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_with_ample_liquidity_nobody_waits_and_nothing_is_unsettled(name):
    found = event_day(small(name), 1.0, 2.3, AT, liquidity=AMPLE, days=2)
    assert (found.delay_hours, found.waiting_hours, found.unsettled_share) == (0.0, 0.0, 0.0)
    assert (found.counts.settled == found.counts.payments).all()


def test_gross_without_liquidity_nothing_settles():
    found = event_day(small("rtgs-fifo"), 1.0, 1.0, AT, liquidity=0.0, days=2)
    assert found.unsettled_share == 1.0
    assert np.isnan(found.delay_hours)
    assert found.liquidity_used == 0.0
    assert (found.counts.returned == found.counts.payments).all()
    assert (found.counts.largest_queue == found.counts.payments).all()


def test_in_order_of_arrival_more_liquidity_never_leaves_more_unsettled():
    """It holds for fifo alone: urgent payments and those small enough to pass others may take another's cover."""
    for name in ("rtgs-fifo", "FEDWIRE"):
        system = small(name)
        for number in DAYS:
            days = [settle_event(system, Event(1.0, 1.5, AT, DOWN, level), 3, number) for level in (0.1, 0.3, 0.6, 1.2)]
            instants = [np.where(day.settled < 0, np.iinfo(np.int64).max, day.settled) for day in days]
            assert all((more <= less).all() for less, more in pairwise(instants))
            assert unsettled(days[0]) > unsettled(days[-1])


@pytest.mark.parametrize("name", ["rtgs-priority", "rtgs-bypass", "HK-RMB", "CIPS"])
def test_by_other_rules_more_liquidity_leaves_less_unsettled_in_the_mean(name):
    system = small(name)
    shares = [event_day(system, 1.0, 1.5, AT, liquidity=level, days=8).unsettled_share for level in (0.1, 0.4, 1.6)]
    assert shares[0] > shares[1] > shares[2]


# --- outages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rtgs-fifo", "rtgs-priority", "T2"])
def test_with_ample_liquidity_an_outage_delays_what_falls_into_it_until_its_end_exactly(name):
    system = small(name)
    found = event_day(system, 1.0, 1.0, AT, down=DOWN, liquidity=AMPLE, days=3)
    late = whole = 0.0
    for number in range(3):
        day = event_payments(system, Event(1.0, 1.0, AT), number=number)
        inside = (day.arrives >= DOWN[0][0]) & (day.arrives < DOWN[0][1])
        assert inside.any()
        late += (day.amount * np.where(inside, DOWN[0][1] - day.arrives, 0)).sum() / 3600
        whole += day.amount.sum()
    assert found.waiting_hours == pytest.approx(late / whole, rel=1e-12)
    assert found.unsettled_share == 0.0


def test_in_order_of_arrival_an_outage_moves_what_falls_into_it_to_its_end_and_nothing_else():
    system = without_injections(small("rtgs-fifo"))
    down = ((21_000, 26_000), (24_000, 27_000), (30_000, 31_000))
    for number in DAYS:
        usual, event = (settle_event(system, Event(1.0, 1.5, AT, outage), 3, number) for outage in ((), down))
        expected = usual.settled.copy()
        for begin, end in ((21_000, 27_000), (30_000, 31_000)):
            expected[(usual.settled >= begin) & (usual.settled < end)] = end
        assert (expected != usual.settled).any()
        assert (usual.settled < 0).any()
        assert np.array_equal(event.settled, expected)


@pytest.mark.parametrize("name", ["CIPS", "rtgs-priority", "dns"])
def test_an_outage_only_delays(name):
    system = small(name)
    noon = operating_clock(system).closes // 2
    usual, event = (event_day(system, 1.0, 1.0, noon, down=outage, days=6) for outage in ((), ((noon, noon + 8000),)))
    assert event.waiting_hours > usual.waiting_hours
    assert event.counts.largest_queue.sum() > usual.counts.largest_queue.sum() or name == "dns"
    assert (event.counts.payments == usual.counts.payments).all()
    assert (event.counts.queued == usual.counts.queued).all()  # until it begins, nothing has changed


def test_an_outage_until_the_closing_returns_what_falls_into_it():
    system = small("rtgs-fifo")
    closes = operating_clock(system).closes
    for end in (closes, closes + 5000):
        day = settle_event(system, Event(1.0, 1.0, AT, ((AT, end),), AMPLE))
        assert np.array_equal(day.settled < 0, day.payments.arrives >= AT)
        assert (day.settled < 0).any()


# --- money and counts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rtgs-fifo", "rtgs-bypass"])
def test_nobody_pays_with_what_it_does_not_have(name):
    system = without_injections(small(name))
    event = Event(1.0, 1.8, AT, DOWN, 0.5)
    day = settle_event(system, event)
    payments, done = day.payments, day.settled >= 0
    expected = handed(system, event_payments(system, replace(event, after=1.0)))
    opening = means_of(system, 0.5, 1.0, sent_by(system, expected)).opening
    seconds = operating_clock(system).closes
    lowest = []
    for bank in range(system.traffic.participants):
        moved = np.zeros(seconds)
        for side, sign in ((payments.sender, -1.0), (payments.receiver, 1.0)):
            chosen = done & (side == bank)
            np.add.at(moved, day.settled[chosen], sign * payments.amount[chosen])
        lowest.append((opening[bank] + np.cumsum(moved)).min())
    assert min(lowest) >= 0.0
    assert min(lowest) < 0.01 * opening.max()  # with less somebody would have been overdrawn


@pytest.mark.parametrize("name", NAMES)
def test_every_payment_is_settled_returned_or_left(name):
    system = small(name)
    found = event_day(system, 1.0, 1.5, AT, down=DOWN, liquidity=0.3, days=3)
    counts = found.counts
    assert (counts.payments == counts.settled + counts.returned + counts.left).all()
    assert (counts.largest_queue >= counts.queued).all()
    assert (counts.largest_queue_value >= counts.queued_value).all()
    assert (counts.returned.sum() == 0) == (found.unsettled_share == 0.0) or system.rules.at_close == "keep"


def test_the_queue_at_the_event_is_what_came_and_has_not_settled():
    system = without_injections(small("rtgs-fifo"), 0.05)
    found = event_day(system, 1.0, 1.0, AT, days=2)
    for number in range(2):
        day = settle_event(system, Event(1.0, 1.0, AT), number=number)
        lengths = [((day.payments.arrives <= second) & ((day.settled > second) | (day.settled < 0))).sum()
                   for second in np.unique(day.payments.arrives)]  # fmt: skip
        queued = (day.payments.arrives < AT) & ((day.settled >= AT) | (day.settled < 0))
        assert found.counts.queued[number] == queued.sum() > 0
        assert found.counts.largest_queue[number] == max(lengths)


# --- months ---------------------------------------------------------------------------------------------------------


def test_a_month_of_days_that_differ_is_the_mean_of_its_days_by_value():
    system = small("CIPS")
    values, levels = np.array([0.8, 1.37, 2.2]), np.array([0.4, 0.9, AMPLE])
    month = true_size_month(system, values, levels, 3)
    whole = unsettled_value = 0.0
    for number, (value, level) in enumerate(zip(values, levels, strict=True)):
        day = settle_event(system, Event(value, value, 0, liquidity=level), number=number)
        whole += day.payments.amount.sum()
        unsettled_value += day.payments.amount[day.settled < 0].sum()
    assert month.unsettled_share == pytest.approx(unsettled_value / whole, rel=1e-12)
    assert 0.0 < month.unsettled_share < 1.0


def test_a_month_without_payments_is_without_delay():
    month = true_size_month(small("CIPS"), 0.0, 1.0, 2)
    assert [getattr(month, name) for name in MEASURES] == [0.0] * 4


def test_of_a_single_day_there_is_no_error():
    month = true_size_month(small("CIPS"), 1.0, 0.5, 1)
    assert month.waiting_hours > 0.0
    assert np.isnan(month.errors["waiting_hours"])


def test_days_and_seeds_differ_and_repeat():
    system = small("CIPS")
    one, same, other = (true_size_month(system, 1.0, 0.5, 2, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert len(set(event_day(system, 1.0, 1.5, AT, days=3).counts.payments.tolist())) > 1


@pytest.mark.parametrize(
    "change",
    [{"before": 0.0}, {"before": -1.0}, {"after": -0.1}, {"after": AMPLE}, {"after": float("nan")}, {"at": -1},
     {"liquidity": -0.5}, {"liquidity": float("nan")}, {"down": ((5, 5),)}, {"down": ((-1, 5),)}, {"days": 0}],
)  # fmt: skip
def test_an_event_without_sense_is_refused(change):
    asked = {"before": 1.0, "after": 1.0, "at": AT} | change
    with pytest.raises(ValueError, match=r"got|negative"):
        event_day(small("CIPS"), **asked)


@pytest.mark.parametrize("change", [{"value": -1.0}, {"liquidity": -1.0}, {"value": AMPLE}, {"days": 0}])
def test_a_month_without_sense_is_refused(change):
    asked = {"value": 1.0, "liquidity": 1.0, "days": 2} | change
    with pytest.raises(ValueError, match=r"got|negative"):
        true_size_month(small("CIPS"), **asked)
