"""The compiled heart of settlement: queues, and payments that settle one by one or in pairs.

The rules are written down in ``docs/reference/settlement.md``; a slow twin of this module, written from that page, is
in ``tests/parity``. `paysim.networks.settlement.SettlementSystem` is the way in; nothing here checks what it is given.

This file imports nothing of paysim, because the compiler's cache looks at this file only: a rule or a constant that
came from elsewhere could change without being compiled again. That is also why it is longer than other modules. Rules
are integers in the clock. The compiler does not check bounds: every array has room for every payment (the class sees
to it), and the tests run with checks on.

Three tables describe a system:

``payments``      one row a payment (dtype `PAYMENT`); those handed over together are in the order of arrival
``participants``  one row a participant (dtype `PARTICIPANT`): its account and its queue
``clock``         int64 vector of the fields named below: the time, the cursors, the totals and the rules

and two lists of rows of ``payments`` in one vector, ``sequence``: from its beginning those that settled, in the order
of settlement, and further on those still to arrive, in the order of arrival. They never meet, because what settles has
arrived. Amounts are minor units of the currency, instants seconds; both are integers.

A queue is a chain of rows (`following`). Where queues are ordered by more than arrival, `links` (rows, 2) helps to find
the place of a new payment: with the order *arrival*, the first row of each priority knows the last one; with the order
*size*, the rows of a queue are a treap, a search tree that stays shallow by a number drawn from the row's own.

Days of the simplest rules (flag `PLAIN`) have their own loop, which pays for none of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, from_dtype, int32, int64, njit, void
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Table = NDArray[np.void]
Vector = NDArray[np.int64]
Index = NDArray[np.int32]

PAYMENT = np.dtype(
    [
        ("arrives", np.int64),  # instant at which the system gets it
        ("amount", np.int64),
        ("payment_id", np.int64),
        ("settled", np.int64),  # instant of settlement, -1 if not settled
        ("sender", np.int32),
        ("receiver", np.int32),
        ("following", np.int32),  # next row in its queue
        ("priority", np.int16),  # 0 the most urgent; 0 for all where priorities are not looked at
        ("status", np.int8),
        ("batch", np.int8),  # 1 if it settles in netting sessions
    ],
    align=True,
)
PARTICIPANT = np.dtype(
    [
        ("balance", np.int64),
        ("credit", np.int64),  # both credits: how far the balance may go below zero
        ("lowest", np.int64),  # lowest balance since the last opening
        ("first", np.int32),  # head and tail of the queue, rows of payments
        ("last", np.int32),
        ("behind", np.int32),  # next participant in the line of those to be served
        ("in_line", np.int32),  # 1 while in that line
        ("waiting", np.int32),  # payments in the queue, where queues are sorted
        ("root", np.int32),  # of the treap
        ("collateralised", np.int64),  # part of the credit
        ("opening", np.int64),  # liquidity brought in at every opening
        ("due", np.int64),  # opening liquidity of this session, until it has come in
        ("cap", np.int64),  # what it may inject of its own accord from an opening to the closing
        ("cap_left", np.int64),
        ("injected", np.int64),  # total since the start
        ("used_since", np.int64),  # instant up to which the use of uncollateralised credit has been added up
        ("use_high", np.int64),  # that use, minor units times seconds: use_high * 2**32 + use_low
        ("use_low", np.int64),
    ],
    align=True,
)

NONE = -1
LARGEST = 2**63 - 1

# Status of a payment.
AWAITED, QUEUED, SETTLED, WITHDRAWN, RETURNED = 0, 1, 2, 3, 4

# Fields of the clock: the time and the state of the doors;
NOW, IS_OPEN, SUSPENDED, WINDOW_OPEN, OPENING_DUE = 0, 1, 2, 3, 4
# cursors in `sequence` (settled; arrived; all) and the ends of the line and of the batch queue;
JOURNALLED, ARRIVED, SCHEDULED, LINE_FIRST, LINE_LAST, BATCH_FIRST, BATCH_LAST = 5, 6, 7, 8, 9, 10, 11
# totals: liquidity in and out, all credits, payments in the queues, payments settled in pairs;
INJECTED, DRAWN_BACK, OVERNIGHT, ALL_CREDIT, IN_QUEUES, IN_BATCH, IN_PAIRS = 12, 13, 14, 15, 16, 17, 18
# and the rules; FAULT is why an entry point could not do what it was asked.
CLOSING_RULE, PLAIN, SCAN, SORTED, BY_SIZE, BILATERAL, FAULT = 19, 20, 21, 22, 23, 24, 25
CLOCK_FIELDS = 26

# Closing rules: what happens to the queues at a closing, after what the class has done.
KEEP_QUEUE, RETURN_QUEUE = 0, 1

# What an entry point returns.
DONE, BACKWARDS, TOO_MUCH_LIQUIDITY, BROKEN = 0, 1, 2, 3

# Columns of `links`: with the order arrival, the last row of a priority, at its first row; in a treap, the subtrees.
_CLASS_LAST = 0
_LEFT, _RIGHT = 0, 1

_HALF = 2**32  # the use of credit over time is added up in two words

_PAYMENTS = from_dtype(PAYMENT)[::1]
_PARTICIPANTS = from_dtype(PARTICIPANT)[::1]
_VECTOR = int64[::1]
_INDEX = int32[::1]
_LINKS = int32[:, ::1]
_TABLES = (_PAYMENTS, _PARTICIPANTS, _VECTOR, _INDEX, _LINKS)


def _entry(*arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that Python calls, once, for these argument types; keep its type hints for the reader."""
    return cast("Callable[[Compiled], Compiled]", njit(int64(*arguments), cache=True))


def _inner(result: Any, *arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that only compiled functions call, once, for these types."""
    options: dict[str, Any] = {"cache": True, "no_cpython_wrapper": True}
    return cast("Callable[[Compiled], Compiled]", njit(result(*arguments), **options))


# --- accounts -------------------------------------------------------------------------------------------------------


@_inner(void, _PARTICIPANTS, _VECTOR, int64)
def _add_use(participants: Table, clock: Vector, participant: int) -> None:
    """Add up the use of uncollateralised credit until now; a product may not fit into 64 bits, so in two words."""
    used = -participants["balance"][participant] - participants["collateralised"][participant]
    seconds = clock[NOW] - participants["used_since"][participant]
    participants["used_since"][participant] = clock[NOW]
    while used > 0 and seconds > 0:
        step = min(seconds, 2**31 - 1)
        low = participants["use_low"][participant] + (used & (_HALF - 1)) * step
        participants["use_high"][participant] += (used >> 32) * step + (low >> 32)
        participants["use_low"][participant] = low & (_HALF - 1)
        seconds -= step


@_inner(void, _PARTICIPANTS, _VECTOR, int64, int64)
def _change(participants: Table, clock: Vector, participant: int, amount: int) -> None:
    """Change a balance."""
    _add_use(participants, clock, participant)
    balance = participants["balance"][participant] + amount
    participants["balance"][participant] = balance
    participants["lowest"][participant] = min(balance, participants["lowest"][participant])


@_inner(boolean, _PARTICIPANTS, _VECTOR, int64, int64)
def _bring_in(participants: Table, clock: Vector, participant: int, amount: int) -> bool:
    """Add liquidity to an account, unless totals would not fit into 64 bits any more."""
    room = LARGEST - clock[INJECTED]  # one after the other: no sum of them may go over the top
    room -= clock[OVERNIGHT]
    room -= clock[ALL_CREDIT]
    if amount > room:
        clock[FAULT] = TOO_MUCH_LIQUIDITY
        return False
    clock[INJECTED] += amount
    participants["injected"][participant] += amount
    _change(participants, clock, participant, amount)
    return True


@_inner(int64, _PARTICIPANTS, int64)
def _cover(participants: Table, participant: int) -> int:
    return int(participants["balance"][participant] + participants["credit"][participant])


# --- the line of those to be served ---------------------------------------------------------------------------------


@_inner(void, _PARTICIPANTS, _VECTOR, int64)
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


@_inner(int64, _PARTICIPANTS, _VECTOR)
def _leave_line(participants: Table, clock: Vector) -> int:
    """Take the first participant out of the line."""
    participant = clock[LINE_FIRST]
    clock[LINE_FIRST] = participants["behind"][participant]
    participants["in_line"][participant] = 0
    return int(participant)


# --- queues ---------------------------------------------------------------------------------------------------------


@_inner(boolean, _PAYMENTS, int64, int64)
def _stands_before(payments: Table, one: int, other: int) -> bool:
    """Whether one row stands before another in a queue in order of size."""
    if payments["priority"][one] != payments["priority"][other]:
        return bool(payments["priority"][one] < payments["priority"][other])
    if payments["amount"][one] != payments["amount"][other]:
        return bool(payments["amount"][one] < payments["amount"][other])
    if payments["arrives"][one] != payments["arrives"][other]:
        return bool(payments["arrives"][one] < payments["arrives"][other])
    return bool(payments["payment_id"][one] < payments["payment_id"][other])


@_inner(int64, int64)
def _drawn(row: int) -> int:
    """Give a row's number in the treap: the same whenever it is asked for, and without order (Knuth's factor)."""
    return ((int(row) + 1) * 2654435761 >> 7) & 0x3FFFFFF


@_inner(void, _PARTICIPANTS, _LINKS, int64, int64, int64, int64)
def _hang(participants: Table, links: Index, participant: int, parent: int, side: int, row: int) -> None:
    """Make a row the root of a participant's treap, or what hangs below a parent on one side."""
    if parent == NONE:
        participants["root"][participant] = row
    else:
        links[parent, side] = row


@_inner(int64, _PAYMENTS, _PARTICIPANTS, _LINKS, int64, int64)
def _plant(payments: Table, participants: Table, links: Index, participant: int, row: int) -> int:
    """Put a row into its sender's treap; return the row that stands before it."""
    before, parent, side = NONE, NONE, _LEFT
    node = participants["root"][participant]
    while node != NONE and _drawn(node) >= _drawn(row):
        parent = node
        side = _LEFT if _stands_before(payments, row, node) else _RIGHT
        before = node if side == _RIGHT else before
        node = links[node, side]
    _hang(participants, links, participant, parent, side, row)
    # What hung there is split into what stands before the row and what stands behind it.
    left_end, right_end = NONE, NONE
    links[row, _LEFT], links[row, _RIGHT] = NONE, NONE
    while node != NONE:
        if _stands_before(payments, node, row):
            before = node
            _hang(participants, links, participant, row if left_end == NONE else left_end,
                  _LEFT if left_end == NONE else _RIGHT, node)  # fmt: skip
            left_end, node = node, links[node, _RIGHT]
            links[left_end, _RIGHT] = NONE
        else:
            _hang(participants, links, participant, row if right_end == NONE else right_end,
                  _RIGHT if right_end == NONE else _LEFT, node)  # fmt: skip
            right_end, node = node, links[node, _LEFT]
            links[right_end, _LEFT] = NONE
    return before


@_inner(void, _PAYMENTS, _PARTICIPANTS, _LINKS, int64, int64)
def _uproot(payments: Table, participants: Table, links: Index, participant: int, row: int) -> None:
    """Take a row out of its sender's treap."""
    parent, side = NONE, _LEFT
    node = participants["root"][participant]
    while node != row:
        parent = node
        side = _LEFT if _stands_before(payments, row, node) else _RIGHT
        node = links[node, side]
    left, right = links[row, _LEFT], links[row, _RIGHT]
    while left != NONE and right != NONE:
        if _drawn(left) >= _drawn(right):
            _hang(participants, links, participant, parent, side, left)
            parent, side, left = left, _RIGHT, links[left, _RIGHT]
        else:
            _hang(participants, links, participant, parent, side, right)
            parent, side, right = right, _LEFT, links[right, _LEFT]
    _hang(participants, links, participant, parent, side, right if left == NONE else left)


@_inner(int64, _PAYMENTS, _PARTICIPANTS, _LINKS, int64, int64)
def _last_up_to(payments: Table, participants: Table, links: Index, participant: int, priority: int) -> int:
    """Give the last row in a queue whose priority number is at most this one, NONE if there is none."""
    found, leader = NONE, participants["first"][participant]
    while leader != NONE and payments["priority"][leader] <= priority:
        found = links[leader, _CLASS_LAST]
        leader = payments["following"][found]
    return int(found)


@_inner(int64, _PAYMENTS, _PARTICIPANTS, _LINKS, int64, int64)
def _leader(payments: Table, participants: Table, links: Index, participant: int, priority: int) -> int:
    """Give the first row of a priority in a queue, NONE if there is none."""
    leader = participants["first"][participant]
    while leader != NONE and payments["priority"][leader] < priority:
        leader = payments["following"][links[leader, _CLASS_LAST]]
    if leader != NONE and payments["priority"][leader] != priority:
        return NONE
    return int(leader)


@_inner(void, _PAYMENTS, _PARTICIPANTS, int64, int64, int64)
def _link(payments: Table, participants: Table, participant: int, previous: int, row: int) -> None:
    """Chain a row into a queue behind another, or at its head."""
    if previous == NONE:
        payments["following"][row] = participants["first"][participant]
        participants["first"][participant] = row
    else:
        payments["following"][row] = payments["following"][previous]
        payments["following"][previous] = row
    if payments["following"][row] == NONE:
        participants["last"][participant] = row


@_inner(boolean, _PAYMENTS, _PARTICIPANTS, _VECTOR, _LINKS, int64)
def _insert(payments: Table, participants: Table, clock: Vector, links: Index, row: int) -> bool:
    """Put a payment into its place in its sender's queue; say whether it stands among those that are looked at."""
    participant = payments["sender"][row]
    payments["status"][row] = QUEUED
    clock[IN_QUEUES] += 1
    if clock[SORTED] == 0:
        previous = NONE if participants["first"][participant] == NONE else participants["last"][participant]
        _link(payments, participants, participant, previous, row)
        return bool(previous == NONE)
    participants["waiting"][participant] += 1
    if clock[BY_SIZE] == 1:
        previous = _plant(payments, participants, links, participant, row)
    else:
        priority = payments["priority"][row]
        leader = _leader(payments, participants, links, participant, priority)
        previous = _last_up_to(payments, participants, links, participant, priority)
        links[row if leader == NONE else leader, _CLASS_LAST] = row
    _link(payments, participants, participant, previous, row)
    if clock[SCAN] == 1:
        return bool(previous == NONE)
    return bool(payments["following"][row] != NONE or participants["waiting"][participant] <= clock[SCAN])


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR, _LINKS, int64, int64, int64)
def _remove(
    payments: Table, participants: Table, clock: Vector, links: Index, participant: int, previous: int, row: int
) -> None:
    """Take a row out of its sender's queue; `previous` stands before it."""
    following = payments["following"][row]
    clock[IN_QUEUES] -= 1
    if clock[SORTED] == 1:
        participants["waiting"][participant] -= 1
        if clock[BY_SIZE] == 1:
            _uproot(payments, participants, links, participant, row)
        else:
            leader = _leader(payments, participants, links, participant, payments["priority"][row])
            if row == leader and links[row, _CLASS_LAST] != row:
                links[following, _CLASS_LAST] = links[row, _CLASS_LAST]
            elif row != leader and links[leader, _CLASS_LAST] == row:
                links[leader, _CLASS_LAST] = previous
    if previous == NONE:
        participants["first"][participant] = following
    else:
        payments["following"][previous] = following
    if following == NONE:
        participants["last"][participant] = previous


@_inner(void, _PARTICIPANTS, int64)
def _empty_queue(participants: Table, participant: int) -> None:
    participants["first"][participant] = NONE
    participants["root"][participant] = NONE
    participants["waiting"][participant] = 0


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR, _LINKS, int64)
def _append(payments: Table, participants: Table, clock: Vector, links: Index, row: int) -> None:
    """Put a row at the end of its sender's queue, where nothing of higher priority number stands."""
    participant = payments["sender"][row]
    if clock[BY_SIZE] == 1:
        _insert(payments, participants, clock, links, row)
        return
    clock[IN_QUEUES] += 1
    previous = NONE if participants["first"][participant] == NONE else participants["last"][participant]
    if clock[SORTED] == 1:
        participants["waiting"][participant] += 1
        leader = _leader(payments, participants, links, participant, payments["priority"][row])
        links[row if leader == NONE else leader, _CLASS_LAST] = row
    _link(payments, participants, participant, previous, row)


@_inner(void, _PAYMENTS, _VECTOR, int64)
def _join_batch(payments: Table, clock: Vector, row: int) -> None:
    """Put a payment at the end of the batch queue."""
    payments["status"][row] = QUEUED
    payments["following"][row] = NONE
    clock[IN_BATCH] += 1
    if clock[BATCH_FIRST] == NONE:
        clock[BATCH_FIRST] = row
    else:
        payments["following"][clock[BATCH_LAST]] = row
    clock[BATCH_LAST] = row


# --- settling -------------------------------------------------------------------------------------------------------


@_inner(void, _PAYMENTS, _VECTOR, _INDEX, int64)
def _book(payments: Table, clock: Vector, sequence: Index, row: int) -> None:
    """Write down that a payment settles now."""
    payments["settled"][row] = clock[NOW]
    payments["status"][row] = SETTLED
    sequence[clock[JOURNALLED]] = row
    clock[JOURNALLED] += 1


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR, _INDEX, int64)
def _settle(payments: Table, participants: Table, clock: Vector, sequence: Index, row: int) -> None:
    """Move the money of a payment whose sender has cover; its receiver may now be able to pay."""
    receiver = payments["receiver"][row]
    _change(participants, clock, payments["sender"][row], -payments["amount"][row])
    _change(participants, clock, receiver, payments["amount"][row])
    _book(payments, clock, sequence, row)
    if participants["first"][receiver] != NONE:
        _join_line(participants, clock, receiver)


@_inner(void, *_TABLES, int64)
def _settle_covered(
    payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, participant: int
) -> None:
    """Settle, one after the other, what has cover among the first of a queue.

    A payment that was passed over cannot gain cover by what its own sender pays, so the walk need not begin anew.
    """
    previous, looked_at, row = NONE, 0, participants["first"][participant]
    while row != NONE and looked_at < clock[SCAN]:
        following = payments["following"][row]
        if payments["amount"][row] <= _cover(participants, participant):
            _remove(payments, participants, clock, links, participant, previous, row)
            _settle(payments, participants, clock, sequence, row)
        else:
            previous = row
            looked_at += 1
        row = following


@_inner(boolean, *_TABLES, int64)
def _settle_pair(
    payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, participant: int
) -> bool:
    """Settle the first payment of a queue, and one back, whose nets have cover; say whether there was such a pair."""
    before, row = NONE, participants["first"][participant]
    for _ in range(clock[SCAN]):
        if row == NONE:
            return False
        partner, amount = payments["receiver"][row], payments["amount"][row]
        before_back, back = NONE, participants["first"][partner]
        for _ in range(clock[SCAN]):
            if back == NONE:
                break
            net = amount - payments["amount"][back]
            if (
                payments["receiver"][back] == participant
                and net <= _cover(participants, participant)
                and -net <= _cover(participants, partner)
            ):
                _remove(payments, participants, clock, links, participant, before, row)
                _remove(payments, participants, clock, links, partner, before_back, back)
                _change(participants, clock, participant, -net)
                _change(participants, clock, partner, net)
                _book(payments, clock, sequence, row)
                _book(payments, clock, sequence, back)
                clock[IN_PAIRS] += 2
                if participants["first"][partner] != NONE:
                    _join_line(participants, clock, partner)
                if participants["first"][participant] != NONE:
                    _join_line(participants, clock, participant)
                return True
            before_back, back = back, payments["following"][back]
        before, row = row, payments["following"][row]
    return False


@_inner(boolean, _PAYMENTS, _PARTICIPANTS, _VECTOR, int64)
def _inject_for_head(payments: Table, participants: Table, clock: Vector, participant: int) -> bool:
    """Inject what the head of a queue lacks, if the participant's cap allows it; say whether it did."""
    head = participants["first"][participant]
    if head == NONE:
        return False
    lacking = payments["amount"][head] - _cover(participants, participant)
    if lacking > participants["cap_left"][participant] or not _bring_in(participants, clock, participant, lacking):
        return False
    participants["cap_left"][participant] -= lacking
    return True


@_inner(void, *_TABLES)
def _serve_line(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> None:
    """Try the queues of those in line, and of those whom that pays."""
    while clock[LINE_FIRST] != NONE:
        participant = _leave_line(participants, clock)
        while True:
            _settle_covered(payments, participants, clock, sequence, links, participant)
            if clock[BILATERAL] == 1 and _settle_pair(payments, participants, clock, sequence, links, participant):
                continue
            if clock[WINDOW_OPEN] == 1 and _inject_for_head(payments, participants, clock, participant):
                continue
            break


@_inner(void, *_TABLES)
def _serve_all(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> None:
    """Try all queues, in the order of the participants' numbers."""
    if clock[IN_QUEUES] == 0 or clock[IS_OPEN] == 0 or clock[SUSPENDED] == 1:
        return
    for participant in range(len(participants)):
        if participants["first"][participant] != NONE:
            _join_line(participants, clock, participant)
    _serve_line(payments, participants, clock, sequence, links)


# --- time -----------------------------------------------------------------------------------------------------------


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR, _INDEX, int64)
def _settle_plainly(payments: Table, participants: Table, clock: Vector, sequence: Index, row: int) -> None:
    """Do as `_settle`, where nobody uses uncollateralised credit."""
    sender, receiver, amount = payments["sender"][row], payments["receiver"][row], payments["amount"][row]
    left = participants["balance"][sender] - amount
    participants["balance"][sender] = left
    participants["lowest"][sender] = min(left, participants["lowest"][sender])
    participants["balance"][receiver] += amount
    _book(payments, clock, sequence, row)
    if participants["first"][receiver] != NONE:
        _join_line(participants, clock, receiver)


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR, _INDEX, int64)
def _take_in_plainly(payments: Table, participants: Table, clock: Vector, sequence: Index, until: int) -> None:
    """Take in what arrives before `until`: first in, first out, heads only, nothing injected on demand."""
    running = clock[IS_OPEN] == 1 and clock[SUSPENDED] == 0
    while clock[ARRIVED] < clock[SCHEDULED]:
        row = sequence[clock[ARRIVED]]
        if payments["arrives"][row] >= until:
            break
        clock[ARRIVED] += 1
        if payments["status"][row] != AWAITED:
            continue  # withdrawn before it arrived
        clock[NOW] = payments["arrives"][row]
        sender = payments["sender"][row]
        if participants["first"][sender] != NONE:
            payments["status"][row] = QUEUED
            clock[IN_QUEUES] += 1
            payments["following"][participants["last"][sender]] = row
            participants["last"][sender] = row
        elif running and payments["amount"][row] <= _cover(participants, sender):
            _settle_plainly(payments, participants, clock, sequence, row)
        else:
            payments["status"][row] = QUEUED
            clock[IN_QUEUES] += 1
            participants["first"][sender] = row
            participants["last"][sender] = row
        while clock[LINE_FIRST] != NONE:
            participant = _leave_line(participants, clock)
            head = participants["first"][participant]
            while head != NONE and payments["amount"][head] <= _cover(participants, participant):
                participants["first"][participant] = payments["following"][head]
                clock[IN_QUEUES] -= 1
                _settle_plainly(payments, participants, clock, sequence, head)
                head = participants["first"][participant]


@_inner(void, *_TABLES, int64)
def _take_in(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, until: int) -> None:
    """Take in what arrives before `until`, under any rules."""
    running = clock[IS_OPEN] == 1 and clock[SUSPENDED] == 0
    while clock[ARRIVED] < clock[SCHEDULED]:
        row = sequence[clock[ARRIVED]]
        if payments["arrives"][row] >= until:
            break
        clock[ARRIVED] += 1
        if payments["status"][row] != AWAITED:
            continue  # withdrawn before it arrived
        clock[NOW] = payments["arrives"][row]
        sender = payments["sender"][row]
        unhindered = running and participants["first"][sender] == NONE
        if payments["batch"][row] == 1:
            _join_batch(payments, clock, row)
        elif unhindered and payments["amount"][row] <= _cover(participants, sender):
            _settle(payments, participants, clock, sequence, row)
        elif _insert(payments, participants, clock, links, row) and running:
            _join_line(participants, clock, sender)
        _serve_line(payments, participants, clock, sequence, links)


@_inner(void, *_TABLES, int64)
def _advance(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, until: int) -> None:
    """Take in all payments that arrive before `until`, and set the time to it."""
    if clock[PLAIN] == 1:
        _take_in_plainly(payments, participants, clock, sequence, until)
    else:
        _take_in(payments, participants, clock, sequence, links, until)
    clock[NOW] = until


@_inner(void, _PARTICIPANTS, _VECTOR)
def _bring_opening(participants: Table, clock: Vector) -> None:
    """Bring in the opening liquidity that is due, if the injection window is open."""
    if clock[OPENING_DUE] == 0 or clock[WINDOW_OPEN] == 0 or clock[IS_OPEN] == 0 or clock[SUSPENDED] == 1:
        return
    clock[OPENING_DUE] = 0
    for participant in range(len(participants)):
        if not _bring_in(participants, clock, participant, participants["due"][participant]):
            return


@_inner(void, _PARTICIPANTS, _VECTOR)
def _open(participants: Table, clock: Vector) -> None:
    clock[IS_OPEN] = 1
    clock[OPENING_DUE] = 1
    for participant in range(len(participants)):
        participants["cap_left"][participant] = participants["cap"][participant]
        participants["due"][participant] = participants["opening"][participant]
    _bring_opening(participants, clock)
    for participant in range(len(participants)):
        participants["lowest"][participant] = participants["balance"][participant]


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR)
def _return_all(payments: Table, participants: Table, clock: Vector) -> None:
    """Return what is in the queues to the senders."""
    for participant in range(len(participants)):
        row = participants["first"][participant]
        while row != NONE:
            payments["status"][row] = RETURNED
            row = payments["following"][row]
        _empty_queue(participants, participant)
    row = clock[BATCH_FIRST]
    while row != NONE:
        payments["status"][row] = RETURNED
        row = payments["following"][row]
    clock[BATCH_FIRST] = NONE
    clock[IN_QUEUES], clock[IN_BATCH] = 0, 0


@_inner(void, _PAYMENTS, _PARTICIPANTS, _VECTOR)
def _close(payments: Table, participants: Table, clock: Vector) -> None:
    """Treat the queues by the closing rule, repay all credit and draw all liquidity back.

    On the occasion it is checked that no money was made or lost and that nobody went beyond its limits.
    """
    if clock[CLOSING_RULE] == RETURN_QUEUE:
        _return_all(payments, participants, clock)
    balances = 0
    for participant in range(len(participants)):
        balance = participants["balance"][participant]
        balances += balance
        if balance < -participants["credit"][participant] or participants["cap_left"][participant] < 0:
            clock[FAULT] = BROKEN
    if balances != clock[INJECTED] - clock[DRAWN_BACK] + clock[OVERNIGHT]:
        clock[FAULT] = BROKEN
    for participant in range(len(participants)):
        _add_use(participants, clock, participant)
        balance = participants["balance"][participant]
        if balance > 0:
            clock[DRAWN_BACK] += balance
        elif -balance > LARGEST - clock[INJECTED] - clock[OVERNIGHT]:
            clock[FAULT] = TOO_MUCH_LIQUIDITY
        else:
            clock[OVERNIGHT] -= balance
        participants["balance"][participant] = 0
        participants["cap_left"][participant] = 0
    clock[IS_OPEN], clock[SUSPENDED], clock[OPENING_DUE] = 0, 0, 0


# --- entry points ---------------------------------------------------------------------------------------------------


@_entry(*_TABLES, _VECTOR, _VECTOR, int64)
def run_sessions(
    payments: Table,
    participants: Table,
    clock: Vector,
    sequence: Index,
    links: Index,
    opens: Vector,
    closes: Vector,
    until: int,
) -> int:
    """Open and close by a calendar up to and without `until`; sessions already behind the clock are passed over.

    Without sessions, time passes and nothing else.
    """
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
            _advance(payments, participants, clock, sequence, links, opening)
            _open(participants, clock)
            _serve_all(payments, participants, clock, sequence, links)
        if closes[session] >= until or clock[FAULT] != DONE:
            break
        _advance(payments, participants, clock, sequence, links, closes[session])
        _close(payments, participants, clock)
    if clock[FAULT] == DONE:
        _advance(payments, participants, clock, sequence, links, until)
    return int(clock[FAULT])


@_entry(*_TABLES)
def serve(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> int:
    """Let all participants with a queue join the line, and serve it, if the system is open and not suspended."""
    _serve_all(payments, participants, clock, sequence, links)
    return int(clock[FAULT])


@_entry(*_TABLES)
def open_session(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> int:
    """Open; the queues are not tried yet."""
    _open(participants, clock)
    return int(clock[FAULT])


@_entry(*_TABLES)
def bring_opening(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> int:
    """Bring in opening liquidity that has waited for the injection window or the end of an outage."""
    _bring_opening(participants, clock)
    return int(clock[FAULT])


@_entry(*_TABLES)
def close_session(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> int:
    """Close: queues by the closing rule, credit repaid, liquidity drawn back."""
    _close(payments, participants, clock)
    return int(clock[FAULT])


@_entry(*_TABLES, _VECTOR, int64)
def inject(
    payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, amounts: Vector, capped: int
) -> int:
    """Add liquidity to each participant; with `capped`, of its own accord: all of its amount or nothing."""
    for participant in range(len(participants)):
        amount = amounts[participant]
        if amount == 0 or (capped == 1 and amount > participants["cap_left"][participant]):
            continue
        if _bring_in(participants, clock, participant, amount) and capped == 1:
            participants["cap_left"][participant] -= amount
    return int(clock[FAULT])


@_entry(*_TABLES, _INDEX, _VECTOR)
def settle_together(
    payments: Table,
    participants: Table,
    clock: Vector,
    sequence: Index,
    links: Index,
    rows: Index,
    positions: Vector,
) -> int:
    """Settle rows at once, in their order; `positions` is what each participant gets by it. Queues are not touched."""
    for participant in range(len(participants)):
        if positions[participant] != 0:
            _change(participants, clock, participant, positions[participant])
    for row in rows:
        _book(payments, clock, sequence, row)
    return int(clock[FAULT])


@_entry(*_TABLES)
def drop_finished(payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index) -> int:
    """Take out of all queues what is not queued any more, and leave the others in their order."""
    clock[IN_QUEUES] = 0
    for participant in range(len(participants)):
        row = participants["first"][participant]
        _empty_queue(participants, participant)
        while row != NONE:
            following = payments["following"][row]
            if payments["status"][row] == QUEUED:
                _append(payments, participants, clock, links, row)
            row = following
    row = clock[BATCH_FIRST]
    clock[BATCH_FIRST], clock[IN_BATCH] = NONE, 0
    while row != NONE:
        following = payments["following"][row]
        if payments["status"][row] == QUEUED:
            _join_batch(payments, clock, row)
        row = following
    return DONE


@_entry(*_TABLES, _INDEX, int64)
def chain(
    payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, rows: Index, gross: int
) -> int:
    """Make all queues anew from rows, queue by queue in their order, the first `gross` of them gross."""
    clock[IN_QUEUES], clock[IN_BATCH], clock[BATCH_FIRST] = 0, 0, NONE
    for participant in range(len(participants)):
        _empty_queue(participants, participant)
    for i in range(len(rows)):
        if i < gross:
            _append(payments, participants, clock, links, rows[i])
        else:
            _join_batch(payments, clock, rows[i])
    return DONE


@_entry(*_TABLES, int64, int64)
def move(
    payments: Table, participants: Table, clock: Vector, sequence: Index, links: Index, row: int, to_front: int
) -> int:
    """Move a queued gross payment to the front or to the back of those of its priority in its queue."""
    participant, priority = payments["sender"][row], payments["priority"][row]
    previous, found = NONE, participants["first"][participant]
    while found != row:
        previous, found = found, payments["following"][found]
    _remove(payments, participants, clock, links, participant, previous, row)
    if to_front == 0:
        _insert(payments, participants, clock, links, row)
        return DONE
    previous = NONE
    clock[IN_QUEUES] += 1
    if clock[SORTED] == 1:
        participants["waiting"][participant] += 1
        leader = _leader(payments, participants, links, participant, priority)
        links[row, _CLASS_LAST] = row if leader == NONE else links[leader, _CLASS_LAST]
        previous = _last_up_to(payments, participants, links, participant, priority - 1)
    _link(payments, participants, participant, previous, row)
    return DONE


@_entry(_PAYMENTS, _PARTICIPANTS, _VECTOR, _INDEX)
def list_queued(payments: Table, participants: Table, clock: Vector, rows: Index) -> int:
    """Write the rows of all gross queues into `rows`, participant by participant, then those of the batch queue."""
    found = 0
    for participant in range(len(participants)):
        row = participants["first"][participant]
        while row != NONE:
            rows[found] = row
            found += 1
            row = payments["following"][row]
    row = clock[BATCH_FIRST]
    while row != NONE:
        rows[found] = row
        found += 1
        row = payments["following"][row]
    return found
