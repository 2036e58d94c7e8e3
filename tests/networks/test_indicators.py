from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.networks import indicators_queue as queues
from paysim.networks.indicators import (
    Indicators,
    UndecidedError,
    bcbs_248,
    credit_cost,
    indicators,
    liquidity_bounds,
    liquidity_used,
    places_in_journal,
    queue_state,
    queue_state_in_order,
    uncollateralised_credit,
)
from paysim.networks.settlement import SettlementSystem

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "indicators.md"
A, B, C = 0, 1, 2


@dataclass(frozen=True)
class Payment:
    sender: int
    receiver: int
    amount: int
    submitted: int
    settled: int | None


@dataclass(frozen=True)
class Day:
    participants: int
    opens: int
    closes: int
    payments: tuple[Payment, ...]

    def columns(self) -> dict[str, list[int]]:
        return {
            "sender": [payment.sender for payment in self.payments],
            "receiver": [payment.receiver for payment in self.payments],
            "amount": [payment.amount for payment in self.payments],
            "submitted": [payment.submitted for payment in self.payments],
            "settled": [-1 if payment.settled is None else payment.settled for payment in self.payments],
        }

    def measured(self, **more: object) -> Indicators:
        return indicators(
            **self.columns(), participants=self.participants, opens=self.opens, closes=self.closes, **more
        )


# A sends 100 at 600 s, at once; B's 60, in the queue since 300 s, and C's 50 since 1,800 s settle at 3,600 and 3,900 s;
# A's 30 of 3,600 s never does.
THREE_BANKS = Day(
    participants=3,
    opens=0,
    closes=7200,
    payments=(
        Payment(A, B, 100, 600, 600),
        Payment(B, C, 60, 300, 3600),
        Payment(C, A, 50, 1800, 3900),
        Payment(A, C, 30, 3600, None),
    ),
)


@st.composite
def days(draw: st.DrawFn, largest: int = 10**15) -> Day:
    participants = draw(st.integers(2, 6))
    opens = draw(st.integers(0, 5000))
    closes = opens + draw(st.integers(1, 3 * 3600))
    instants = st.integers(0, closes)
    amounts = st.one_of(st.integers(1, 20), st.integers(1, largest))
    payments = []
    for _ in range(draw(st.integers(0, 40))):
        sender = draw(st.integers(0, participants - 1))
        receiver = (sender + draw(st.integers(1, participants - 1))) % participants
        submitted = draw(instants)
        begins = max(submitted, opens)
        settled = draw(st.one_of(st.none(), st.just(begins), st.integers(begins, closes)))
        payments.append(Payment(sender, receiver, draw(amounts), submitted, settled))
    return Day(participants, opens, closes, tuple(payments))


def positions_after(day: Day, instant: int) -> list[int]:
    """Net cumulative positions when everything that settled up to an instant has been booked."""
    position = [0] * day.participants
    for payment in day.payments:
        if payment.settled is not None and payment.settled <= instant:
            position[payment.sender] -= payment.amount
            position[payment.receiver] += payment.amount
    return position


def peaks(day: Day) -> tuple[list[int], list[int]]:
    seen = [positions_after(day, instant) for instant in {p.settled for p in day.payments if p.settled is not None}]
    seen.append([0] * day.participants)
    negative = [-min(position[i] for position in seen) for i in range(day.participants)]
    return negative, [max(position[i] for position in seen) for i in range(day.participants)]


def needs_one_by_one(participants: int, payments: list[Payment]) -> list[int]:
    position, needs = [0] * participants, [0] * participants
    for payment in payments:
        position[payment.sender] -= payment.amount
        position[payment.receiver] += payment.amount
        needs = [max(need, -now) for need, now in zip(needs, position, strict=True)]
    return needs


def queued_at(day: Day, instant: int) -> int:
    return sum(
        payment.amount
        for payment in day.payments
        if max(payment.submitted, day.opens) <= instant
        and (payment.settled is None or payment.settled > instant)
        and instant < day.closes
    )


def same(value: float, exact: Fraction | None) -> bool:
    """Whether a ratio is the float nearest to the exact one, or NaN where there is none."""
    return math.isnan(value) if exact is None else value == float(exact)


def over(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if denominator else None


# --- values worked out by hand ---------------------------------------------------------------------------------------


def test_liquidity_of_three_banks_by_hand():
    day = THREE_BANKS.measured(available=[150, 0, 50])
    # Booked: A -100, then -50. B +100, +40. C +60, +10.
    assert day.largest_negative.tolist() == [100, 0, 0]
    assert day.largest_positive.tolist() == [0, 100, 60]
    # At submission: B -60; A -100, B +40; C +60 - 50, A -50; A -80, C +40.
    assert day.bounds.upper.tolist() == [100, 60, 0]
    assert day.bounds.lower.tolist() == [80, 0, 0]
    assert day.position_between_bounds == (100 - 80) / (160 - 80) == 0.25
    assert day.turnover_ratio == (100 + 60 + 50) / 100 == 2.1
    assert day.liquidity_usage_ratio == 100 / 200
    assert day.netting_ratio == (240 - 80) / 240


def test_delay_of_three_banks_by_hand():
    day = THREE_BANKS.measured()
    # Waited: 60 for 3,300 s, 50 for 2,100 s, 30 for 3,600 s; had all waited: 6,600, 6,900, 5,400 and 3,600 s.
    waited = 60 * 3300 + 50 * 2100 + 30 * 3600
    assert day.delay_indicator == waited / (100 * 6600 + 60 * 6900 + 50 * 5400 + 30 * 3600)
    assert day.mean_delay == waited / 240 == 1712.5
    assert day.unsettled_share == 30 / 240
    # In the queues: 60 from 300 s, 110 from 1,800, 80 from 3,600, 30 from 3,900.
    assert day.largest_queued_value == 110
    assert day.mean_queued_value == (60 * 1500 + 110 * 1800 + 80 * 300 + 30 * 3300) / 7200
    assert day.mean_time_in_queue == (3300 + 2100 + 3600) / 3 == 3000
    # What settles at 3,600 s settles in the second hour.
    assert day.profile.tolist() == [100 / 240, 110 / 240]
    assert day.throughput.tolist() == [100 / 240, 210 / 240]
    assert day.throughput_by_participant.tolist() == [[100 / 130, 100 / 130], [0, 1], [0, 1]]


def test_uncollateralised_credit_of_three_banks_by_hand():
    columns = THREE_BANKS.columns()
    del columns["submitted"]
    # With 70 free of charge A lacks 30 from 600 s to 3,900 s; with 40, another 10 until the close.
    assert uncollateralised_credit(**columns, closes=7200, free=[70, 0, 0]) == (30 * 3300, 0, 0)
    assert uncollateralised_credit(**columns, closes=7200, free=[40, 0, 0]) == (60 * 3300 + 10 * 3300, 0, 0)


def test_the_federal_reserves_36_basis_points_a_year_are_15_over_a_day_of_ten_hours():
    """Federal Register, 7 March 1995, 95-5530: quoted for a year of 360 days and a day of 24 hours."""
    overdraft, ten_hours = 1_000_000, 10 * 3600
    assert credit_cost(overdraft * ten_hours, price=36) == pytest.approx(overdraft * 0.0015 / 360, rel=1e-15)
    assert THREE_BANKS.measured(credit_seconds=overdraft * ten_hours, credit_price=36).credit_cost == credit_cost(
        overdraft * ten_hours, 36
    )


def test_a_circle_nets_to_nothing_and_needs_one_payments_liquidity():
    circle = Day(3, 0, 60, tuple(Payment(i, (i + 1) % 3, 10, 1 + i, 1 + i) for i in range(3)))
    day = circle.measured()
    assert (day.lower_bound, day.upper_bound, day.liquidity_used) == (0, 10, 10)
    assert day.netting_ratio == 1
    assert day.turnover_ratio == 3
    assert day.position_between_bounds == 1


def test_only_delay_can_use_more_than_the_upper_bound():
    """A receives 10 before it pays 10; if what it gets is held up and what it pays is not, it has to find the 10."""
    late = Day(2, 0, 60, (Payment(B, A, 10, 1, 30), Payment(A, B, 10, 2, 2), Payment(A, B, 4, 40, 40)))
    day = late.measured()
    assert day.bounds.upper.tolist() == [4, 10]
    assert day.largest_negative.tolist() == [10, 0]
    assert late.measured().position_between_bounds == (10 - 4) / (14 - 4)


# --- ties ------------------------------------------------------------------------------------------------------------


def test_payments_of_one_instant_are_booked_together_unless_steps_say_otherwise():
    there_and_back = {"sender": [A, B], "receiver": [B, A], "amount": [80, 50], "settled": [7, 7]}
    assert liquidity_used(**there_and_back, participants=2).tolist() == [30, 0]
    assert liquidity_used(**there_and_back, participants=2, step=[0, 1]).tolist() == [80, 0]
    assert liquidity_used(**there_and_back, participants=2, step=[1, 0]).tolist() == [30, 50]
    assert liquidity_used(**there_and_back, participants=2, step=[5, 5]).tolist() == [30, 0]


def test_the_upper_bound_follows_the_rows_within_an_instant():
    assert liquidity_bounds([A, B], [B, A], [80, 50], [7, 7], 2).upper.tolist() == [80, 0]
    assert liquidity_bounds([B, A], [A, B], [50, 80], [7, 7], 2).upper.tolist() == [30, 50]


def test_a_journal_becomes_steps():
    assert places_in_journal([30, 10, 20, 40], [20, 30, 40]).tolist() == [1, -1, 0, 2]
    joint = places_in_journal([30, 10, 20, 40], [20, 30, 40], joint=[False, True, False])
    assert joint[0] == joint[2] < joint[3]
    with pytest.raises(ValueError, match="not among the payments"):
        places_in_journal([30, 10], [11])
    with pytest.raises(ValueError, match="not among the payments"):
        places_in_journal([], [11])


@given(days(), st.randoms(use_true_random=False))
def test_used_liquidity_by_steps_is_that_of_booking_step_after_step(day: Day, luck: random.Random):
    order = [row for row, payment in enumerate(day.payments) if payment.settled is not None]
    luck.shuffle(order)
    order.sort(key=lambda row: day.payments[row].settled or 0)
    step, steps = [-1] * len(day.payments), []
    for before, row in zip([None, *order], order, strict=False):
        joins = before is not None and day.payments[before].settled == day.payments[row].settled and luck.random() < 0.4
        steps[-1].append(row) if joins else steps.append([row])
        step[row] = 3 * len(steps)
    position, needs = [0] * day.participants, [0] * day.participants
    for rows in steps:
        for row in rows:
            position[day.payments[row].sender] -= day.payments[row].amount
            position[day.payments[row].receiver] += day.payments[row].amount
        needs = [max(need, -now) for need, now in zip(needs, position, strict=True)]
    assert day.measured(step=step).largest_negative.tolist() == needs


def test_steps_that_contradict_the_instants_are_refused():
    with pytest.raises(ValueError, match="contradicts"):
        THREE_BANKS.measured(step=[1, 0, 2, -1])
    with pytest.raises(ValueError, match="contradicts"):
        THREE_BANKS.measured(step=[0, 1, 1, -1])
    with pytest.raises(ValueError, match="has a step"):
        THREE_BANKS.measured(step=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="rows"):
        THREE_BANKS.measured(step=[0, 1, 2])


# --- everything against loops ----------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(days())
def test_liquidity_is_that_of_a_loop(day: Day):
    measured = day.measured()
    negative, positive = peaks(day)
    assert measured.largest_negative.tolist() == negative
    assert measured.largest_positive.tolist() == positive
    by_submission = sorted(day.payments, key=lambda payment: payment.submitted)
    upper = needs_one_by_one(day.participants, by_submission)
    sent = [sum(p.amount for p in day.payments if p.sender == i) for i in range(day.participants)]
    got = [sum(p.amount for p in day.payments if p.receiver == i) for i in range(day.participants)]
    lower = [max(0, out - into) for out, into in zip(sent, got, strict=True)]
    assert measured.bounds.upper.tolist() == upper
    assert measured.bounds.lower.tolist() == lower
    assert measured.submitted_to_send.tolist() == sent
    assert measured.submitted_to_receive.tolist() == got
    settled_value = sum(p.amount for p in day.payments if p.settled is not None)
    assert same(measured.position_between_bounds, over(sum(negative) - sum(lower), sum(upper) - sum(lower)))
    assert same(measured.turnover_ratio, over(settled_value, sum(negative)))
    assert same(measured.netting_ratio, over(sum(sent) - sum(lower), sum(sent)))


@settings(max_examples=100)
@given(days())
def test_delay_and_queues_are_those_of_a_loop(day: Day):
    measured = day.measured()
    waits = [
        ((day.closes if p.settled is None else p.settled) - max(p.submitted, day.opens), p.amount) for p in day.payments
    ]
    possible = sum(p.amount * (day.closes - max(p.submitted, day.opens)) for p in day.payments)
    value = sum(p.amount for p in day.payments)
    waited = sum(seconds * amount for seconds, amount in waits)
    assert same(measured.delay_indicator, over(waited, possible))
    assert same(measured.mean_delay, over(waited, value))
    queued = [w for w, p in zip(waits, day.payments, strict=True) if w[0] > 0 or p.settled is None]
    assert measured.queued_payments == len(queued)
    assert same(measured.mean_time_in_queue, over(sum(seconds for seconds, _ in queued), len(queued)))
    turns = sorted({day.opens, day.closes, *(max(p.submitted, day.opens) for p in day.payments)}
                   | {p.settled for p in day.payments if p.settled is not None})  # fmt: skip
    levels = [queued_at(day, instant) for instant in turns]
    assert measured.largest_queued_value == max(levels)
    area = sum(level * (end - begin) for level, begin, end in zip(levels[:-1], turns[:-1], turns[1:], strict=True))
    assert same(measured.mean_queued_value, Fraction(area, day.closes - day.opens))


@settings(max_examples=100)
@given(days())
def test_flows_and_throughput_are_those_of_a_loop(day: Day):
    measured = day.measured()
    settled = [p for p in day.payments if p.settled is not None]
    value = sum(p.amount for p in day.payments)
    assert measured.sent.tolist() == [sum(p.amount for p in settled if p.sender == i) for i in range(day.participants)]
    assert measured.received.sum() == measured.sent.sum() == measured.settled_value
    assert measured.settled_payments == len(settled)
    assert same(measured.unsettled_share, over(value - sum(p.amount for p in settled), value))
    hours = math.ceil((day.closes - day.opens) / 3600)
    for hour in range(hours):
        # The last hour includes the close; an earlier one ends before the full hour.
        done = [p for p in settled if (p.settled or 0) < day.opens + 3600 * (hour + 1) or hour == hours - 1]
        assert same(measured.throughput[hour], over(sum(p.amount for p in done), value))
        for i in range(day.participants):
            to_send = sum(p.amount for p in day.payments if p.sender == i)
            mine = over(sum(p.amount for p in done if p.sender == i), to_send)
            share = measured.throughput_by_participant[i, hour]
            assert math.isnan(share) if mine is None else share == pytest.approx(float(mine), rel=1e-15)
    assert measured.profile.cumsum() == pytest.approx(measured.throughput, nan_ok=True)


@given(days(), st.lists(st.integers(0, 10**15), min_size=6, max_size=6))
def test_uncollateralised_credit_is_the_area_below_what_is_free(day: Day, free: list[int]):
    columns = day.columns()
    del columns["submitted"]
    turns = sorted({p.settled for p in day.payments if p.settled is not None})
    use = [0] * day.participants
    for begin, end in zip(turns, [*turns, day.closes][1:], strict=True):
        for i, position in enumerate(positions_after(day, begin)):
            use[i] += max(0, -(position + free[i])) * (end - begin)
    limits = free[: day.participants]
    assert uncollateralised_credit(**columns, closes=day.closes, free=limits) == tuple(use)


@given(days())
def test_far_apart_instants_give_the_same_bounds(day: Day):
    """Keys that spread widely are sorted in another way than seconds of one day."""
    columns = day.columns()
    del columns["settled"]
    near = liquidity_bounds(**columns, participants=day.participants)
    columns["submitted"] = [instant * 10**12 for instant in columns["submitted"]]
    far = liquidity_bounds(**columns, participants=day.participants)
    assert far.upper.tolist() == near.upper.tolist()


# --- bounds ----------------------------------------------------------------------------------------------------------


def system_of(day: Day, **how: object) -> SettlementSystem:
    system = SettlementSystem(day.participants, **how)
    columns = day.columns()
    arrives = columns.pop("submitted")
    del columns["settled"]
    system.add(arrives=arrives, **columns, payment_id=list(range(len(arrives))))
    return system


def bounds_of(day: Day):
    columns = day.columns()
    del columns["settled"]
    return liquidity_bounds(**columns, participants=day.participants)


@given(days())
def test_with_the_upper_bound_everything_settles_at_submission_and_with_less_it_does_not(day: Day):
    bounds = bounds_of(day)
    system = system_of(day)
    system.open(0, bounds.upper)
    system.advance(day.closes + 1)
    assert system.settled.tolist() == [payment.submitted for payment in day.payments]
    journal = system.settled_since(0).payment_id
    step = places_in_journal(range(len(day.payments)), journal)
    columns = {**day.columns(), "settled": system.settled}
    measured = indicators(**columns, participants=day.participants, opens=0, closes=day.closes, step=step)
    assert measured.largest_negative.tolist() == bounds.upper.tolist()
    assert measured.delay_indicator == 0 or math.isnan(measured.delay_indicator)
    if bounds.upper.any():
        one_less = bounds.upper.copy()
        one_less[one_less.argmax()] -= 1
        short = system_of(day)
        short.open(0, one_less)
        short.advance(day.closes + 1)
        assert short.settled.tolist() != [payment.submitted for payment in day.payments]


@given(days(), st.floats(0, 1))
def test_nobody_uses_more_than_it_has_in_the_order_of_the_journal(day: Day, alpha: float):
    liquidity = bounds_of(day).between(alpha)
    system = system_of(day)
    system.open(0, liquidity)
    system.advance(day.closes + 1)
    columns = day.columns()
    del columns["submitted"]
    columns["settled"] = system.settled.tolist()
    step = places_in_journal(range(len(day.payments)), system.settled_since(0).payment_id)
    used = liquidity_used(**columns, participants=day.participants, step=step)
    assert (used <= liquidity).all()
    assert used.tolist() == (liquidity - system.lowest_balance).tolist()
    assert (liquidity_used(**columns, participants=day.participants) <= used).all()


@given(days())
def test_with_the_lower_bound_a_netting_session_at_the_close_settles_everything_and_with_less_it_does_not(day: Day):
    from paysim.networks.rules import Rules

    lower = bounds_of(day).lower
    enough = system_of(day, rules=Rules(netting="delay", all_net=True))
    enough.open(0, lower)
    enough.net(day.closes + 1)
    assert enough.settled.tolist() == [day.closes + 1] * len(day.payments)
    if lower.any():
        one_less = lower.copy()
        one_less[one_less.argmax()] -= 1
        short = system_of(day, rules=Rules(netting="delay", all_net=True))
        short.open(0, one_less)
        short.net(day.closes + 1)
        assert (short.settled == -1).all()


@given(days())
def test_between_the_bounds_the_ends_are_the_bounds_and_it_never_falls(day: Day):
    bounds = bounds_of(day)
    assert (bounds.lower <= bounds.upper).all()
    assert bounds.between(0).tolist() == bounds.lower.tolist()
    assert bounds.between(1).tolist() == bounds.upper.tolist()
    steps = np.stack([bounds.between(alpha / 7) for alpha in range(8)])
    assert (np.diff(steps, axis=0) >= 0).all()


def test_between_is_exact_above_what_a_float_can_tell_apart():
    bounds = liquidity_bounds([A, B], [B, A], [2**60 + 2, 2**60 + 2], [1, 2], 2)
    assert bounds.between(0.5).tolist() == [2**59 + 1, 0]
    for alpha in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            bounds.between(alpha)


# --- limits and refusals ---------------------------------------------------------------------------------------------


def test_a_day_may_be_worth_what_fits_into_64_bits_and_not_one_unit_more():
    largest = 2**63 - 1
    whole_day = {"submitted": [0, 0], "settled": [86_400, -1], "participants": 2, "opens": 0, "closes": 86_400}
    day = indicators([A, B], [B, A], [largest - 7, 7], **whole_day)
    assert day.value_seconds_waited == largest * 86_400
    assert day.delay_indicator == 1
    assert day.mean_queued_value == float(largest)
    with pytest.raises(ValueError, match=r"row 1: .* 64 bits"):
        indicators([A, B], [B, A], [largest - 7, 8], **whole_day)
    assert uncollateralised_credit([A], [B], [largest], [0], 86_400, [5, largest]) == ((largest - 5) * 86_400, 0)


def test_a_day_without_payments_has_no_ratios():
    day = Day(2, 0, 3600, ()).measured(available=[0, 0])
    ratios = (
        day.position_between_bounds,
        day.liquidity_usage_ratio,
        day.turnover_ratio,
        day.delay_indicator,
        day.mean_delay,
        day.unsettled_share,
        day.mean_time_in_queue,
        day.netting_ratio,
        *day.profile,
        *day.throughput,
    )
    assert all(math.isnan(ratio) for ratio in ratios)
    assert day.liquidity_used == day.upper_bound == day.largest_queued_value == day.mean_queued_value == 0


def test_a_day_on_which_nothing_settles_waits_fully_and_turns_nothing_over():
    day = Day(2, 0, 3600, (Payment(A, B, 5, 100, None),)).measured()
    assert day.delay_indicator == 1
    assert day.unsettled_share == 1
    assert math.isnan(day.turnover_ratio)
    assert day.throughput.tolist() == [0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sender": [3]}, "indices"),
        ({"receiver": [-1]}, "indices"),
        ({"receiver": [A]}, "itself"),
        ({"amount": [0]}, "positive"),
        ({"submitted": [101]}, "after the close"),
        ({"settled": [9]}, "before it was submitted"),
        ({"settled": [-2]}, "before it was submitted"),
        ({"settled": [101]}, "outside the day"),
        ({"amount": [1, 2]}, "differ in length"),
        ({"available": [1]}, "available"),
        ({"available": [1, -1]}, "available"),
        ({"closes": 0}, "a day begins"),
        ({"opens": -1}, "a day begins"),
        ({"closes": 8 * 86_400}, "lasts at most"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], message: str):
    payment = {"sender": [A], "receiver": [B], "amount": [5], "submitted": [10], "settled": [20]}
    with pytest.raises(ValueError, match=message):
        indicators(**{**payment, "participants": 2, "opens": 0, "closes": 100, **wrong})


def test_amounts_in_floats_are_refused():
    with pytest.raises(TypeError, match="amount"):
        indicators([A], [B], [1.5], [10], [20], 2, 0, 100)


def test_the_page_lists_every_key_of_the_json_file_and_no_other():
    written = json.loads(json.dumps(THREE_BANKS.measured().as_dict(), allow_nan=False))
    keys = [key for key in written if key != "participants"] + [
        f"participants.{key}" for key in written["participants"]
    ]
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    listed = [word.strip("`,") for row in rows for word in row[2].split() if word.startswith("`")]
    assert sorted(listed) == sorted(keys)
    assert {len(row) for row in rows} == {8}


def test_what_is_not_defined_is_null_in_the_json_file():
    written = json.loads(json.dumps(Day(2, 0, 60, ()).measured().as_dict(), allow_nan=False))
    assert written["turnover_ratio"] is None
    assert written["throughput"] == [None]
    assert written["participants"]["throughput"] == [[None], [None]]


# --- a reporting period ----------------------------------------------------------------------------------------------


def test_a_period_reports_the_three_largest_days_and_the_mean():
    """BCBS 248, A(i) to A(iii): on day d A sends d x 10 at 100 s, and B sends 5 back at 200 s."""
    days = [Day(2, 0, 3600, (Payment(A, B, 10 * d, 100, 100), Payment(B, A, 5, 200, 200))) for d in (3, 1, 4, 2)]
    period = bcbs_248([day.measured() for day in days], [np.array([d, 9 - d]) for d in (3, 1, 4, 2)])
    assert period.largest_usage.days.tolist() == [[40, 0], [30, 0], [20, 0]]
    assert period.largest_usage.mean.tolist() == [25, 0]
    assert period.largest_positive.days.tolist() == [[0, 40], [0, 30], [0, 20]]
    assert period.largest_sent.days.tolist() == [[40, 5], [30, 5], [20, 5]]
    assert period.largest_received.mean.tolist() == [5, 25]
    assert period.smallest_available is not None
    assert period.smallest_available.days.tolist() == [[1, 5], [2, 6], [3, 7]]
    assert period.throughput.tolist() == [[1], [1]]
    json.dumps(period.as_dict(), allow_nan=False)


def test_throughput_of_a_period_leaves_out_days_on_which_a_participant_sent_nothing():
    busy = Day(2, 0, 3600, (Payment(A, B, 10, 100, None),)).measured()
    calm = Day(2, 0, 3600, (Payment(B, A, 10, 100, 100),)).measured()
    assert bcbs_248([busy, calm, calm]).throughput.tolist() == [[0], [1]]
    assert bcbs_248([busy]).as_dict()["throughput"] == [[0], [None]]


def test_days_that_do_not_belong_together_are_refused():
    one, other = Day(2, 0, 3600, ()).measured(), Day(3, 0, 3600, ()).measured()
    with pytest.raises(ValueError, match="at least one"):
        bcbs_248([])
    with pytest.raises(ValueError, match="same participants"):
        bcbs_248([one, other])
    with pytest.raises(ValueError, match="for 1 days"):
        bcbs_248([one], [])


# --- gridlock and deadlock -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queue:
    sender: list[int]
    receiver: list[int]
    amount: list[int]
    cover: list[int]

    def left(self, rows: list[int]) -> list[int]:
        """What everybody has if these payments settle together."""
        left = list(self.cover)
        for row in rows:
            left[self.sender[row]] -= self.amount[row]
            left[self.receiver[row]] += self.amount[row]
        return left

    def columns(self) -> tuple[list[int], list[int], list[int], list[int]]:
        return self.sender, self.receiver, self.amount, self.cover


@st.composite
def queue_tables(draw: st.DrawFn, most: int = 12) -> Queue:
    """Amounts are small (often in balance), any, or large and equal but for some units."""
    participants = draw(st.integers(2, 5))
    kind = draw(st.sampled_from(["small", "any", "almost equal"]))
    base = draw(st.integers(10**14, 10**15))
    amounts = {
        "small": st.integers(1, 9),
        "any": st.integers(1, 10**15),
        "almost equal": st.builds(lambda times, units: times * base + units, st.integers(1, 3), st.integers(-2, 2)),
    }[kind]
    sender, receiver, amount = [], [], []
    for _ in range(draw(st.integers(1, most))):
        payer = draw(st.integers(0, participants - 1))
        sender.append(payer)
        receiver.append((payer + draw(st.integers(1, participants - 1))) % participants)
        amount.append(draw(amounts))
    # Mostly less than the smallest payment of the participant: otherwise it settles alone, which is no puzzle.
    cover = []
    for i in range(participants):
        smallest = min((paid for payer, paid in zip(sender, amount, strict=True) if payer == i), default=5)
        cover.append(draw(st.sampled_from([0, 0, smallest - 1, draw(st.integers(0, smallest))])))
    return Queue(sender, receiver, amount, cover)


def some_set_settles(queue: Queue) -> bool:
    count = len(queue.amount)
    effect = np.zeros((count, len(queue.cover)), np.int64)
    for row in range(count):
        effect[row, queue.sender[row]] -= queue.amount[row]
        effect[row, queue.receiver[row]] += queue.amount[row]
    sets = np.array(list(product((0, 1), repeat=count)), np.int64)[1:]
    return bool((sets @ effect + np.array(queue.cover) >= 0).all(axis=1).any())


@settings(max_examples=2000)
@given(queue_tables())
def test_gridlock_or_deadlock_is_what_trying_all_sets_says(queue: Queue):
    state, together = queue_state(*queue.columns())
    assert state == ("gridlock" if some_set_settles(queue) else "deadlock")
    if state == "gridlock":
        assert together.size > 0
        assert min(queue.left(together.tolist())) >= 0
    else:
        assert together.size == 0


@settings(max_examples=200)
@given(queue_tables(most=9))
def test_the_solver_alone_says_the_same(queue: Queue):
    table = queues._Queue(*queue.columns())
    found = queues._ask_solver(table, list(range(len(queue.amount))))
    assert bool(found) == some_set_settles(queue)
    assert not found or min(queue.left(found)) >= 0


@settings(max_examples=300)
@given(queue_tables())
def test_the_complete_search_alone_says_the_same(queue: Queue):
    table = queues._Queue(*queue.columns())
    found = queues._Search(table, list(range(len(queue.amount)))).result()
    assert found is not None
    assert bool(found) == some_set_settles(queue)
    assert not found or min(queue.left(found)) >= 0


def test_three_banks_that_wait_for_each_other_are_in_gridlock():
    """Each lacks 1 of the 10 it owes the next one; together they owe each other nothing."""
    circle = ([A, B, C], [B, C, A], [10, 10, 10], [9, 9, 9])
    assert queue_state(*circle).state == queue_state_in_order(*circle).state == "gridlock"
    assert queue_state(*circle).together.tolist() == [0, 1, 2]


def test_a_circle_whose_net_payer_cannot_cover_the_difference_is_in_deadlock():
    """A owes B 10 and gets 7 by way of C: it needs 3 and has 2. With 3 everything settles."""
    circle = ([A, B, C], [B, C, A], [10, 8, 7])
    assert queue_state(*circle, [2, 0, 0]).state == "deadlock"
    assert queue_state(*circle, [3, 0, 0]).state == "gridlock"


def test_a_gridlock_may_be_hidden_from_the_order_of_the_queues():
    """A's first payment, to C, who pays nobody, blocks its second, which would balance with B's."""
    blocked = ([A, A, B], [C, B, A], [10, 6, 6], [5, 0, 0])
    assert queue_state_in_order(*blocked).state == "deadlock"
    state, together = queue_state(*blocked)
    assert (state, together.tolist()) == ("gridlock", [1, 2])


def test_a_difference_of_one_unit_in_a_thousand_trillion_decides():
    large = 10**15
    assert queue_state([A, B], [B, A], [large, large - 1], [0, 0]).state == "deadlock"
    assert queue_state([A, B], [B, A], [large, large - 1], [1, 0]).state == "gridlock"


def test_the_solver_tells_one_unit_apart_by_exact_constraints():
    """Payments that differ by units look the same to the solver, which has to be taught one set after the other."""
    large = 10**15
    there = [large + 1, large + 5, large + 21]
    back = [large, large + 6, large + 30]
    columns = ([A] * 3 + [B] * 3, [B] * 3 + [A] * 3, there + back)
    # One or three each way never balance, because there the amounts are odd and back even; of the pairs only 1 + 5 = 6.
    found = queues._ask_solver(queues._Queue(*columns, [0, 0]), list(range(6)))
    assert sorted(found) == [0, 1, 3, 4]
    without = queues._Queue([A, A, B, B], [B, B, A, A], [large + 1, large + 5, large, large + 3], [0, 0])
    assert queues._ask_solver(without, [0, 1, 2, 3]) == []


def test_the_solver_decides_about_many_payments():
    """A owes B 35 times 100, B owes A 40 times 99: too many for the complete search.

    If i of A's and j of B's settle, A without cover needs 99 j >= 100 i, so j >= i + 1. Then B pays at least 99 (i + 1)
    and gets 100 i: it needs a cover of 99 - i, which is at least 64 as i is at most 35.
    """
    sender, receiver, amount = [A] * 35 + [B] * 40, [B] * 35 + [A] * 40, [100] * 35 + [99] * 40
    assert len(amount) > queues.SEARCHED_PAYMENTS
    assert queue_state(sender, receiver, amount, [0, 63]).state == "deadlock"
    assert queue_state(sender, receiver, amount, [0, 64]).together.size == 35 + 36
    assert len(queues._ask_solver(queues._Queue(sender, receiver, amount, [0, 64]), list(range(75)))) == 35 + 36


def test_rounding_never_hides_a_set_from_the_solver():
    """B's ten payments add up to A's one. Each rounded down to units of 2**30 they would be nine units short of it."""
    pieces = [(10**5 + i) * 2**30 - 1 for i in range(10)]
    queue = queues._Queue([A] + [B] * 10, [B] + [A] * 10, [sum(pieces), *pieces], [0, 0])
    assert len(queues._ask_solver(queue, list(range(11)))) == 11


def test_what_is_not_found_out_is_not_guessed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queues, "SEARCH_STEPS", 0)
    monkeypatch.setattr(queues, "SOLVER_ROUNDS", 1)
    large = 10**15
    almost = ([A, B, A, B], [B, A, B, A], [large, large - 1, large + 7, large + 3], [0, 0])
    with pytest.raises(UndecidedError):
        queue_state(*almost)


@pytest.mark.parametrize("judge", [queue_state, queue_state_in_order])
def test_queues_without_payments_are_empty(judge):
    assert judge([], [], [], [5, 5]).state == "empty"


@pytest.mark.parametrize("judge", [queue_state, queue_state_in_order])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([A], [B], [1, 2], [0, 0]), "length"),
        (([A], [B], [0], [0, 0]), "positive"),
        (([A], [B], [1], [0, -1]), "cover"),
        (([A], [C], [1], [0, 0]), "receiver"),
        (([A], [A], [1], [0, 0]), "itself"),
    ],
)
def test_queues_that_cannot_be_are_refused(judge, columns, message: str):
    with pytest.raises(ValueError, match=message):
        judge(*columns)


@settings(max_examples=300)
@given(queue_tables(most=10))
def test_the_order_of_the_queues_allows_what_trying_all_prefixes_says(queue: Queue):
    rows = {i: [row for row, payer in enumerate(queue.sender) if payer == i] for i in range(len(queue.cover))}
    largest: list[int] = []
    for lengths in product(*(range(len(queued) + 1) for queued in rows.values())):
        chosen = [row for queued, length in zip(rows.values(), lengths, strict=True) for row in queued[:length]]
        if min(queue.left(chosen)) >= 0 and len(chosen) > len(largest):
            largest = chosen
    state, together = queue_state_in_order(*queue.columns())
    assert state == ("gridlock" if largest else "deadlock")
    assert together.tolist() == sorted(largest)
