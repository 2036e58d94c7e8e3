"""The compiled kernel against its slow twin, and against the laws it must keep, on random days."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paysim.networks.settlement import SettlementSystem

sys.path.insert(0, str(Path(__file__).parent))
from settlement_twin import Payment, Twin  # the tests are not a package

LAST = 60  # a short day makes instants collide, which is where orders matter


@st.composite
def days(draw: st.DrawFn) -> tuple[int, str, list[Payment], list[tuple[str, int, list[int]]]]:
    """Draw a few banks, payments handed over in any order, and a list of acts at rising instants."""
    banks = draw(st.integers(2, 8))
    count = draw(st.integers(0, 60))
    ids = draw(st.permutations(range(count)))
    payments = []
    for payment_id in ids:
        sender = draw(st.integers(0, banks - 1))
        receiver = (sender + draw(st.integers(1, banks - 1))) % banks
        payments.append(Payment(payment_id, draw(st.integers(0, LAST)), sender, receiver, draw(st.integers(1, 20))))
    instants = sorted(draw(st.lists(st.integers(0, LAST + 5), min_size=1, max_size=10)))
    acts, is_open = [], False
    for instant in instants:
        kind = draw(
            st.sampled_from(["close", "inject", "withdraw", "step"] if is_open else ["open", "withdraw", "step"])
        )
        numbers: list[int] = []
        if kind in ("open", "inject"):
            numbers = draw(st.lists(st.integers(0, 15), min_size=banks, max_size=banks))
        elif kind == "withdraw":
            numbers = draw(st.lists(st.integers(0, max(count, 1)), max_size=6, unique=True))
        is_open = kind == "open" or (is_open and kind != "close")
        acts.append((kind, instant, numbers))
    return banks, draw(st.sampled_from(["keep", "return"])), payments, acts


def drive(system: SettlementSystem, act: tuple[str, int, list[int]]) -> None:
    kind, instant, numbers = act
    if kind == "open":
        system.open(instant, numbers)
    elif kind == "close":
        system.close(instant)
    elif kind == "inject":
        system.inject(instant, numbers)
    elif kind == "withdraw":
        system.withdraw(instant, numbers)
    else:
        system.advance(instant)


def drive_twin(twin: Twin, act: tuple[str, int, list[int]]) -> None:
    kind, instant, numbers = act
    if kind == "open":
        twin.open(instant, numbers)
    elif kind == "close":
        twin.close(instant)
    elif kind == "inject":
        twin.inject(instant, numbers)
    elif kind == "withdraw":
        twin.withdraw(instant, set(numbers))
    else:
        twin.advance(instant)


def hand_over(system: SettlementSystem, payments: list[Payment]) -> None:
    columns = [
        [getattr(p, name) for p in payments] for name in ("arrives", "sender", "receiver", "amount", "payment_id")
    ]
    system.add(*columns)


def journal(system: SettlementSystem) -> list[tuple[int, int]]:
    settled = system.settled_since(0)
    return list(zip(settled.payment_id.tolist(), settled.settled.tolist(), strict=True))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days())
def test_kernel_equals_its_twin_after_every_act(day):
    banks, rule, payments, acts = day
    system, twin = SettlementSystem(banks, queue_at_close=rule), Twin(banks, rule)
    hand_over(system, payments)
    for payment in payments:
        twin.add(replace(payment))
    for act in [*acts, ("step", LAST + 10, [])]:
        drive(system, act)
        drive_twin(twin, act)
        assert journal(system) == [(p.payment_id, p.settled) for p in twin.journal]
        assert system.balances.tolist() == list(twin.balance.values())
        in_queue = {p.payment_id for queue in twin.queue.values() for p in queue}
        assert set(system.queued().payment_id.tolist()) == in_queue
        assert system.queue_length == len(in_queue)
        assert (system.injected, system.drawn_back) == (twin.injected, twin.drawn_back)
        system.check_conservation()
    assert system.settled.tolist() == [p.settled for p in twin.payments]
    assert sorted(system.returned().payment_id.tolist()) == sorted(
        p.payment_id for p in twin.payments if p.status == "returned"
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days(), st.lists(st.integers(0, LAST + 5), max_size=12), st.data())
def test_neither_steps_nor_batches_nor_forgetting_change_the_outcome(day, pauses, data):
    banks, rule, payments, acts = day
    whole, pieces = SettlementSystem(banks, queue_at_close=rule), SettlementSystem(banks, queue_at_close=rule)
    hand_over(whole, payments)
    for act in [*acts, ("step", LAST + 10, [])]:
        drive(whole, act)

    collected, cursor, waiting = [], 0, list(payments)
    steps = [("step", pause, []) for pause in pauses]
    merged = sorted([*acts, *steps], key=lambda act: act[1])
    for act in [*merged, ("step", LAST + 10, [])]:
        # Hand over some payments late, but each before it arrives; messages to be withdrawn must be known.
        late = [p for p in waiting if p.arrives >= act[1] and act[0] != "withdraw" and data.draw(st.booleans())]
        hand_over(pieces, [p for p in waiting if p not in late])
        waiting = late
        drive(pieces, act)
        settled = pieces.settled_since(cursor)
        collected += zip(settled.payment_id.tolist(), settled.settled.tolist(), strict=True)
        cursor = settled.cursor
        if data.draw(st.booleans()):
            pieces.forget_finished()
    assert collected == journal(whole)
    assert pieces.balances.tolist() == whole.balances.tolist()
    assert pieces.queued().payment_id.tolist() == whole.queued().payment_id.tolist()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    days(),
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 12)), min_size=1, max_size=8),
    st.lists(st.integers(0, 80), max_size=5),
)
def test_running_by_a_calendar_equals_opening_and_closing_by_hand(day, sessions, stops):
    banks, rule, payments, _ = day
    edges = np.cumsum(sessions)  # gap, session, gap, session; a gap of 0 closes and opens at one instant
    opens, closes = edges[0::2].astype(np.int64), edges[1::2].astype(np.int64)
    liquidity = [7] * banks
    by_calendar, by_hand = SettlementSystem(banks, queue_at_close=rule), SettlementSystem(banks, queue_at_close=rule)
    for system in (by_calendar, by_hand):
        hand_over(system, payments)
        system.set_liquidity(liquidity)
    for stop in [*sorted(stops), 200]:
        by_calendar.run_sessions(opens, closes, stop)
    for opening, closing in zip(opens.tolist(), closes.tolist(), strict=True):
        by_hand.open(opening)
        by_hand.close(closing)
    by_hand.advance(200)
    assert journal(by_calendar) == journal(by_hand)
    assert by_calendar.queued().payment_id.tolist() == by_hand.queued().payment_id.tolist()
    assert (by_calendar.injected, by_calendar.drawn_back) == (by_hand.injected, by_hand.drawn_back)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days(), st.data())
def test_who_settles_does_not_depend_on_how_participants_are_numbered(day, data):
    """The claim of the page of rules: the order of the line decides the sequence, never the set or the instants."""
    banks, rule, payments, acts = day
    name = data.draw(st.permutations(range(banks)))
    renamed = [replace(p, sender=name[p.sender], receiver=name[p.receiver]) for p in payments]
    one, other = SettlementSystem(banks, queue_at_close=rule), SettlementSystem(banks, queue_at_close=rule)
    hand_over(one, payments)
    hand_over(other, renamed)
    for kind, instant, numbers in acts:
        drive(one, (kind, instant, numbers))
        if kind in ("open", "inject"):
            numbers = [numbers[name.index(bank)] for bank in range(banks)]
        drive(other, (kind, instant, numbers))
    assert one.settled.tolist() == other.settled.tolist()
    assert one.balances.tolist() == other.balances[list(name)].tolist()
