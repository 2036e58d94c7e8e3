"""Compiled parts of netting sessions and multilateral offsetting: which of many payments can settle at one instant.

Everything here is vectors: payments as sender, receiver and amount, participants as cover. The rules are in
``docs/reference/settlement.md``. The caller sees to it that all amounts together are at most `LARGEST_TOTAL` and no
cover is above it, so that no sum overflows. This file imports nothing of paysim: the compiler's cache looks at this
file only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, int64, njit
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Vector = NDArray[np.int64]
Flags = NDArray[np.bool_]

LARGEST_TOTAL = 2**62 - 1

_VECTOR = int64[::1]
_FLAGS = boolean[::1]


def _entry(*arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that Python calls, once, for these argument types; keep its type hints for the reader."""
    return cast("Callable[[Compiled], Compiled]", njit(int64(*arguments), cache=True))


@_entry(_VECTOR)
def total(amounts: Vector) -> int:
    """Sum of amounts, or -1 if it is above `LARGEST_TOTAL`."""
    found = 0
    for amount in amounts:
        if amount > LARGEST_TOTAL - found:
            return -1
        found += amount
    return found


@_entry(_VECTOR, _VECTOR, _VECTOR, _FLAGS, _VECTOR)
def draw_positions(sender: Vector, receiver: Vector, amount: Vector, taken: Flags, positions: Vector) -> int:
    """Write what each participant receives in the payments that are `taken`, less what it pays, into `positions`."""
    for participant in range(len(positions)):
        positions[participant] = 0
    for i in range(len(sender)):
        if taken[i]:
            positions[sender[i]] -= amount[i]
            positions[receiver[i]] += amount[i]
    return 0


@_entry(_VECTOR, _VECTOR, _VECTOR, _VECTOR, _VECTOR, _FLAGS)
def leave_last_out(
    sender: Vector, receiver: Vector, amount: Vector, cover: Vector, positions: Vector, taken: Flags
) -> int:
    """Leave out the last payments of those short until nobody is: the rule *partial*; return how many stay.

    Each payment is left out at most once and makes at most its receiver short, so that the work is one step a payment.

    sender, receiver, amount : (N,) payments, grouped by ascending sender, each group in the order of its queue
    cover : (participants,); positions : (participants,) of all payments; brought up to date
    taken : (N,) all True; becomes False where a payment is left out
    """
    participants = len(cover)
    begin, end = np.zeros(participants, np.int64), np.zeros(participants, np.int64)
    for i in range(len(sender)):
        if i == 0 or sender[i] != sender[i - 1]:
            begin[sender[i]] = i
        end[sender[i]] = i + 1
    to_do = np.empty(participants, np.int64)
    waiting = 0
    for participant in range(participants):
        if cover[participant] + positions[participant] < 0:
            to_do[waiting] = participant
            waiting += 1
    left = len(sender)
    while waiting > 0:
        waiting -= 1
        participant = to_do[waiting]
        while cover[participant] + positions[participant] < 0 and end[participant] > begin[participant]:
            end[participant] -= 1
            last = end[participant]
            taken[last] = False
            left -= 1
            partner = receiver[last]
            was_short = cover[partner] + positions[partner] < 0
            positions[participant] += amount[last]
            positions[partner] -= amount[last]
            if not was_short and cover[partner] + positions[partner] < 0:
                to_do[waiting] = partner
                waiting += 1
    return left


@_entry(_VECTOR, _VECTOR, _VECTOR, _VECTOR, _VECTOR, _FLAGS)
def take_short_out(
    sender: Vector, receiver: Vector, amount: Vector, cover: Vector, positions: Vector, taken: Flags
) -> int:
    """Take those short out with all they send and receive, the one short by most first: the rule *unwind*.

    The arguments are as in `leave_last_out`, but for the order of the payments, which does not matter. Returns how many
    payments stay.
    """
    left = len(sender)
    while True:
        worst, most = -1, 0
        for participant in range(len(cover)):
            short = -positions[participant] - cover[participant]
            if short > most:
                worst, most = participant, short
        if worst < 0:
            return left
        for i in range(len(sender)):
            if taken[i] and (sender[i] == worst or receiver[i] == worst):
                taken[i] = False
                left -= 1
                positions[sender[i]] += amount[i]
                positions[receiver[i]] -= amount[i]
