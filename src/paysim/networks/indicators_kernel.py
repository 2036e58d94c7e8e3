"""The compiled heart of the indicators: what is added up over the payments of a day, exactly and without copies.

`paysim.networks.indicators` is the way in and says what the arrays are. Nothing here checks what it is given but
`first_fault`, which does so for the rest. This file imports nothing of paysim, because the compiler's cache looks at
this file only.

Sums of money fit into 64 bits because `first_fault` lets the value of the day through only if it does. Value times
seconds does not fit; it is added up in two halves, as ``high * 2**32 + low``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Vector = NDArray[np.int64]
Rows = NDArray[np.int32]
Matrix = NDArray[np.int64]

LARGEST = 2**63 - 1
NEVER = -1
HALF_BITS = 32
_LOW_HALF = 2**HALF_BITS - 1

# What `first_fault` finds.
FINE, NO_SUCH_PARTICIPANT, PAYS_ITSELF, NOT_POSITIVE, TOO_MUCH_VALUE = 0, 1, 2, 3, 4
SUBMITTED_AFTER_CLOSE, SETTLED_BEFORE_SUBMITTED, SETTLED_OUTSIDE_DAY = 5, 6, 7

# Fields of the totals.
VALUE, SETTLED_VALUE, SETTLED_PAYMENTS = 0, 1, 2
WAITED, POSSIBLE = 3, 5  # value times seconds; each takes two fields, the high half first
QUEUED_PAYMENTS, QUEUED_SECONDS = 7, 8
TOTALS = 9


def _compiled(function: Compiled) -> Compiled:
    """Compile a function for the types it is called with; keep its type hints for the reader."""
    return cast("Compiled", njit(cache=True)(function))


@_compiled
def first_fault(
    sender: Vector,
    receiver: Vector,
    amount: Vector,
    submitted: Vector,
    settled: Vector,
    participants: int,
    opens: int,
    closes: int,
) -> tuple[int, int]:
    """Find the first payment that cannot be, as what is wrong with it and its row."""
    value = 0
    for row in range(len(amount)):
        if not (0 <= sender[row] < participants and 0 <= receiver[row] < participants):
            return NO_SUCH_PARTICIPANT, row
        if sender[row] == receiver[row]:
            return PAYS_ITSELF, row
        if amount[row] <= 0:
            return NOT_POSITIVE, row
        if amount[row] > LARGEST - value:
            return TOO_MUCH_VALUE, row
        value += amount[row]
        if submitted[row] > closes:
            return SUBMITTED_AFTER_CLOSE, row
        if settled[row] != NEVER:
            if settled[row] < submitted[row]:
                return SETTLED_BEFORE_SUBMITTED, row
            if not opens <= settled[row] <= closes:
                return SETTLED_OUTSIDE_DAY, row
    return FINE, 0


@_compiled
def arrange(key: Vector, smallest: int, largest: int) -> Rows:
    """Sort rows by their key, equal ones in the order of the rows, without those whose key is below `smallest`."""
    places = np.zeros(largest - smallest + 2, np.int64)
    for row in range(len(key)):
        if key[row] >= smallest:
            places[key[row] - smallest + 1] += 1
    for at in range(1, len(places)):
        places[at] += places[at - 1]
    rows = np.empty(places[-1], np.int32)
    for row in range(len(key)):
        if key[row] >= smallest:
            at = key[row] - smallest
            rows[places[at]] = row
            places[at] += 1
    return rows


@_compiled
def lowest_in_turn(
    rows: Rows, sender: Vector, receiver: Vector, amount: Vector, participants: int
) -> tuple[Vector, Vector]:
    """Give the lowest and the last position of each participant if the payments settle one after the other."""
    position, lowest = np.zeros(participants, np.int64), np.zeros(participants, np.int64)
    for row in rows:
        payer = sender[row]
        position[payer] -= amount[row]
        position[receiver[row]] += amount[row]
        if position[payer] < lowest[payer]:
            lowest[payer] = position[payer]
    return lowest, position


@_compiled
def extremes(
    rows: Rows, step: Vector, sender: Vector, receiver: Vector, amount: Vector, participants: int
) -> tuple[Vector, Vector]:
    """Give lowest and highest position of each participant, (participants,), as seen after each step."""
    position = np.zeros(participants, np.int64)
    lowest, highest = np.zeros(participants, np.int64), np.zeros(participants, np.int64)
    first = 0
    while first < len(rows):
        end = first
        while end < len(rows) and step[rows[end]] == step[rows[first]]:
            position[sender[rows[end]]] -= amount[rows[end]]
            position[receiver[rows[end]]] += amount[rows[end]]
            end += 1
        for at in range(first, end):
            payer, payee = sender[rows[at]], receiver[rows[at]]
            lowest[payer] = min(lowest[payer], position[payer])  # only who pays can reach a new low
            highest[payee] = max(highest[payee], position[payee])
        first = end
    return lowest, highest


@_compiled
def first_disorder(rows: Rows, step: Vector, settled: Vector) -> int:
    """Find a row whose step and instant of settlement contradict those of the row before it; -1 if there is none."""
    for at in range(1, len(rows)):
        before, row = rows[at - 1], rows[at]
        if settled[before] > settled[row] or (step[before] == step[row] and settled[before] != settled[row]):
            return int(row)
    return -1


@_compiled
def _add_product(totals: Vector, field: int, value: int, seconds: int) -> None:
    """Add value times seconds to two fields; the products fit because a day is far shorter than 2**31 seconds."""
    low = (value & _LOW_HALF) * seconds + totals[field + 1]
    totals[field] += (value >> HALF_BITS) * seconds + (low >> HALF_BITS)
    totals[field + 1] = low & _LOW_HALF


@_compiled
def measure(
    sender: Vector,
    receiver: Vector,
    amount: Vector,
    submitted: Vector,
    settled: Vector,
    opens: int,
    closes: int,
    seconds_an_hour: int,
    totals: Vector,
    flows: Matrix,
    settled_in_hour: Matrix,
    queued: Vector,
) -> None:
    """Add up a day.

    totals : (TOTALS,) the fields named above
    flows : (4, participants) value handed in to be sent, to be received; value sent, received
    settled_in_hour : (participants, hours) value sent
    queued : (closes - opens + 1,) change of the queued value at each second
    """
    last_hour = settled_in_hour.shape[1] - 1
    for row in range(len(amount)):
        value, payer, payee = amount[row], sender[row], receiver[row]
        begins = max(submitted[row], opens)
        ends = closes
        totals[VALUE] += value
        flows[0, payer] += value
        flows[1, payee] += value
        if settled[row] != NEVER:
            ends = settled[row]
            totals[SETTLED_VALUE] += value
            totals[SETTLED_PAYMENTS] += 1
            flows[2, payer] += value
            flows[3, payee] += value
            settled_in_hour[payer, min((ends - opens) // seconds_an_hour, last_hour)] += value
        _add_product(totals, POSSIBLE, value, closes - begins)
        if ends > begins:
            _add_product(totals, WAITED, value, ends - begins)
            totals[QUEUED_SECONDS] += ends - begins
            queued[begins - opens] += value
            queued[ends - opens] -= value
        if ends > begins or settled[row] == NEVER:
            totals[QUEUED_PAYMENTS] += 1


@_compiled
def credit_use(
    rows: Rows,
    settled: Vector,
    sender: Vector,
    receiver: Vector,
    amount: Vector,
    free: Vector,
    closes: int,
) -> Matrix:
    """Add up how long each position lies below what is free of charge, and how far, in halves (participants, 2)."""
    participants = len(free)
    use = np.zeros((participants, 2), np.int64)
    position = np.zeros(participants, np.int64)
    since = np.full(participants, closes)
    for row in rows:
        for participant, change in ((sender[row], -amount[row]), (receiver[row], amount[row])):
            owed = -position[participant]
            if owed > free[participant]:
                _add_product(use[participant], 0, owed - free[participant], settled[row] - since[participant])
            position[participant] += change
            since[participant] = settled[row]
    for participant in range(participants):
        owed = -position[participant]
        if owed > free[participant]:
            _add_product(use[participant], 0, owed - free[participant], closes - since[participant])
    return use
