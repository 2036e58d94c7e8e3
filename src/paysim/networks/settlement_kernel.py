"""The compiled heart of settlement: gross, first in first out, no overdraft.

The rules are written down in ``docs/settlement.md``; a slow twin of this module, written from that page, is in
``tests/parity``. `paysim.networks.settlement.SettlementSystem` is the way in; nothing here checks what it is given.

This file imports nothing of paysim, because the compiler's cache looks at this file only: a rule or a constant that
came from elsewhere could change without being compiled again. Rules are integers in the clock array. The compiler does
not check bounds: every array has room for every payment (the class sees to it), and the tests run with checks on.

Three tables describe a system:

``payments``      one row a payment (dtype `PAYMENT`), in the order in which they were handed over
``participants``  one row a participant (dtype `PARTICIPANT`): its balance and its queue
``clock``         int64 vector of the fields named below: the time, the cursors, the totals and the rules

and two lists of rows of ``payments``: ``schedule``, in the order of arrival, and ``journal``, in the order of
settlement. Amounts are minor units of the currency, instants seconds; both are integers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import from_dtype, int64, njit
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Table = NDArray[np.void]
Vector = NDArray[np.int64]

PAYMENT = np.dtype(
    [
        ("arrives", np.int64),  # instant at which the system gets it
        ("amount", np.int64),
        ("payment_id", np.int64),
        ("settled", np.int64),  # instant of settlement, -1 if not settled
        ("sender", np.int32),
        ("receiver", np.int32),
        ("following", np.int32),  # next row in the sender's queue
        ("status", np.int32),
    ],
    align=True,
)
PARTICIPANT = np.dtype(
    [
        ("balance", np.int64),
        ("opening", np.int64),  # liquidity brought in at every opening
        ("first", np.int32),  # head and tail of the queue, rows of payments
        ("last", np.int32),
        ("behind", np.int32),  # next participant in the line of those to be served
        ("in_line", np.int32),  # 1 while in that line
    ],
    align=True,
)

NONE = -1
LARGEST = 2**63 - 1

# Status of a payment.
AWAITED, QUEUED, SETTLED, WITHDRAWN, RETURNED = 0, 1, 2, 3, 4

# Fields of the clock.
NOW, IS_OPEN, CLOSING_RULE = 0, 1, 2
ARRIVED, SCHEDULED, JOURNALLED = 3, 4, 5  # entries of schedule gone by and in all; entries of journal
LINE_FIRST, LINE_LAST = 6, 7  # ends of the line of participants to be served
INJECTED, DRAWN_BACK, IN_QUEUE = 8, 9, 10  # totals: liquidity in and out, payments in all queues
CLOCK_FIELDS = 11

# Closing rules: what happens to the queue at a closing.
KEEP_QUEUE, RETURN_QUEUE = 0, 1

# What an entry point returns.
DONE, BACKWARDS, ALREADY_OPEN, ALREADY_CLOSED, TOO_MUCH_LIQUIDITY = 0, 1, 2, 3, 4

_PAYMENTS = from_dtype(PAYMENT)[::1]
_PARTICIPANTS = from_dtype(PARTICIPANT)[::1]
_VECTOR = int64[::1]


def _entry(*arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that Python calls, once, for these argument types; keep its type hints for the reader."""
    return cast("Callable[[Compiled], Compiled]", njit(int64(*arguments), cache=True))


def _inner(function: Compiled) -> Compiled:
    """Compile a function that only compiled functions call."""
    return cast("Compiled", njit(cache=True)(function))


@_inner
def _join_line(participants: Table, clock: Vector, participant: int) -> None:
    """Put a participant at the end of the line of those whose queue is to be tried, unless it stands there already."""
    if participants["in_line"][participant] == 1:
        return
    participants["in_line"][participant] = 1
    participants["behind"][participant] = NONE
    if clock[LINE_FIRST] == NONE:
        clock[LINE_FIRST] = participant
    else:
        participants["behind"][clock[LINE_LAST]] = participant
    clock[LINE_LAST] = participant


@_inner
def _leave_line(participants: Table, clock: Vector) -> int:
    """Take the first participant out of the line."""
    participant = clock[LINE_FIRST]
    clock[LINE_FIRST] = participants["behind"][participant]
    participants["in_line"][participant] = 0
    return int(participant)


@_inner
def _settle(payments: Table, participants: Table, clock: Vector, journal: Vector, row: int) -> None:
    """Move the money of a payment whose sender has cover; its receiver may now be able to pay."""
    receiver = payments["receiver"][row]
    participants["balance"][payments["sender"][row]] -= payments["amount"][row]
    participants["balance"][receiver] += payments["amount"][row]
    payments["settled"][row] = clock[NOW]
    payments["status"][row] = SETTLED
    journal[clock[JOURNALLED]] = row
    clock[JOURNALLED] += 1
    if participants["first"][receiver] != NONE:
        _join_line(participants, clock, receiver)


@_inner
def _enqueue(payments: Table, participants: Table, clock: Vector, row: int) -> None:
    """Put a payment at the end of its sender's queue."""
    sender = payments["sender"][row]
    payments["status"][row] = QUEUED
    payments["following"][row] = NONE
    if participants["first"][sender] == NONE:
        participants["first"][sender] = row
    else:
        payments["following"][participants["last"][sender]] = row
    participants["last"][sender] = row
    clock[IN_QUEUE] += 1


@_inner
def _serve_line(payments: Table, participants: Table, clock: Vector, journal: Vector) -> None:
    """Settle the heads of the queues of those in line while they have cover, and of those whom that pays."""
    while clock[LINE_FIRST] != NONE:
        participant = _leave_line(participants, clock)
        row = participants["first"][participant]
        while row != NONE and payments["amount"][row] <= participants["balance"][participant]:
            participants["first"][participant] = payments["following"][row]
            clock[IN_QUEUE] -= 1
            _settle(payments, participants, clock, journal, row)
            row = participants["first"][participant]


@_inner
def _advance(
    payments: Table, participants: Table, clock: Vector, schedule: Vector, journal: Vector, until: int
) -> None:
    """Take in all payments that arrive before `until`, and set the time to it."""
    while clock[ARRIVED] < clock[SCHEDULED]:
        row = schedule[clock[ARRIVED]]
        if payments["arrives"][row] >= until:
            break
        clock[ARRIVED] += 1
        if payments["status"][row] != AWAITED:
            continue  # withdrawn before it arrived
        clock[NOW] = payments["arrives"][row]
        sender = payments["sender"][row]
        has_cover = payments["amount"][row] <= participants["balance"][sender]
        if clock[IS_OPEN] == 1 and has_cover and participants["first"][sender] == NONE:
            _settle(payments, participants, clock, journal, row)
            _serve_line(payments, participants, clock, journal)
        else:
            _enqueue(payments, participants, clock, row)
    clock[NOW] = until


@_inner
def _serve_all(payments: Table, participants: Table, clock: Vector, journal: Vector) -> None:
    """Try all queues, in the order of the participants' indices."""
    if clock[IN_QUEUE] == 0:
        return
    for participant in range(len(participants)):
        if participants["first"][participant] != NONE:
            _join_line(participants, clock, participant)
    _serve_line(payments, participants, clock, journal)


@_inner
def _open(payments: Table, participants: Table, clock: Vector, journal: Vector) -> int:
    """Bring in the opening liquidity and try all queues."""
    for participant in range(len(participants)):
        brought = participants["opening"][participant]
        if brought > LARGEST - clock[INJECTED]:
            return TOO_MUCH_LIQUIDITY
        clock[INJECTED] += brought
        participants["balance"][participant] = brought
    clock[IS_OPEN] = 1
    _serve_all(payments, participants, clock, journal)
    return DONE


@_inner
def _close(payments: Table, participants: Table, clock: Vector) -> None:
    """Draw all liquidity back and treat the queues by the closing rule."""
    clock[IS_OPEN] = 0
    for participant in range(len(participants)):
        clock[DRAWN_BACK] += participants["balance"][participant]
        participants["balance"][participant] = 0
        if clock[CLOSING_RULE] == RETURN_QUEUE:
            row = participants["first"][participant]
            while row != NONE:
                payments["status"][row] = RETURNED
                clock[IN_QUEUE] -= 1
                row = payments["following"][row]
            participants["first"][participant] = NONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _VECTOR, _VECTOR, int64)
def advance(payments: Table, participants: Table, clock: Vector, schedule: Vector, journal: Vector, until: int) -> int:
    """Let time pass up to and without `until`."""
    if until < clock[NOW]:
        return BACKWARDS
    _advance(payments, participants, clock, schedule, journal, until)
    return DONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _VECTOR, _VECTOR, int64)
def open_session(
    payments: Table, participants: Table, clock: Vector, schedule: Vector, journal: Vector, now: int
) -> int:
    """Let time pass up to `now` and open."""
    if now < clock[NOW]:
        return BACKWARDS
    if clock[IS_OPEN] == 1:
        return ALREADY_OPEN
    _advance(payments, participants, clock, schedule, journal, now)
    return _open(payments, participants, clock, journal)


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _VECTOR, _VECTOR, int64)
def close_session(
    payments: Table, participants: Table, clock: Vector, schedule: Vector, journal: Vector, now: int
) -> int:
    """Let time pass up to `now` and close."""
    if now < clock[NOW]:
        return BACKWARDS
    if clock[IS_OPEN] == 0:
        return ALREADY_CLOSED
    _advance(payments, participants, clock, schedule, journal, now)
    _close(payments, participants, clock)
    return DONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _VECTOR, _VECTOR, _VECTOR, _VECTOR, int64)
def run_sessions(
    payments: Table,
    participants: Table,
    clock: Vector,
    schedule: Vector,
    journal: Vector,
    opens: Vector,
    closes: Vector,
    until: int,
) -> int:
    """Open and close by a calendar up to and without `until`; sessions already behind the clock are passed over."""
    if until < clock[NOW]:
        return BACKWARDS
    for session in range(len(opens)):
        if closes[session] < clock[NOW] or (closes[session] == clock[NOW] and clock[IS_OPEN] == 0):
            continue
        if clock[IS_OPEN] == 1 and opens[session] > clock[NOW]:
            _close(payments, participants, clock)  # open although the calendar says closed
        if clock[IS_OPEN] == 0:
            opening = max(opens[session], clock[NOW])
            if opening >= until:
                break
            _advance(payments, participants, clock, schedule, journal, opening)
            outcome = _open(payments, participants, clock, journal)
            if outcome != DONE:
                return outcome
        if closes[session] >= until:
            break
        _advance(payments, participants, clock, schedule, journal, closes[session])
        _close(payments, participants, clock)
    _advance(payments, participants, clock, schedule, journal, until)
    return DONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _VECTOR, _VECTOR, _VECTOR, int64)
def inject(
    payments: Table,
    participants: Table,
    clock: Vector,
    schedule: Vector,
    journal: Vector,
    amounts: Vector,
    now: int,
) -> int:
    """Let time pass up to `now`, add liquidity to each participant and try all queues."""
    if now < clock[NOW]:
        return BACKWARDS
    if clock[IS_OPEN] == 0:
        return ALREADY_CLOSED
    _advance(payments, participants, clock, schedule, journal, now)
    for participant in range(len(participants)):
        if amounts[participant] > LARGEST - clock[INJECTED]:
            return TOO_MUCH_LIQUIDITY
        clock[INJECTED] += amounts[participant]
        participants["balance"][participant] += amounts[participant]
    _serve_all(payments, participants, clock, journal)
    return DONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _VECTOR, _VECTOR, _VECTOR, int64)
def withdraw(
    payments: Table,
    participants: Table,
    clock: Vector,
    schedule: Vector,
    journal: Vector,
    rows: Vector,
    now: int,
) -> int:
    """Let time pass up to `now`, take rows that are not settled out, and try all queues (a head may have gone)."""
    if now < clock[NOW]:
        return BACKWARDS
    _advance(payments, participants, clock, schedule, journal, now)
    for row in rows:
        if payments["status"][row] == QUEUED or payments["status"][row] == AWAITED:
            payments["status"][row] = WITHDRAWN
    for participant in range(len(participants)):
        kept = NONE
        row = participants["first"][participant]
        participants["first"][participant] = NONE
        while row != NONE:
            following = payments["following"][row]
            if payments["status"][row] != QUEUED:
                clock[IN_QUEUE] -= 1
            else:
                if kept == NONE:
                    participants["first"][participant] = row
                else:
                    payments["following"][kept] = row
                payments["following"][row] = NONE
                participants["last"][participant] = row
                kept = row
            row = following
    if clock[IS_OPEN] == 1:
        _serve_all(payments, participants, clock, journal)
    return DONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR)
def list_queued(payments: Table, participants: Table, rows: Vector) -> int:
    """Write the rows of all queues into `rows`, participant by participant, and return how many they are."""
    found = 0
    for participant in range(len(participants)):
        row = participants["first"][participant]
        while row != NONE:
            rows[found] = row
            found += 1
            row = payments["following"][row]
    return found
