"""Compiled loops over payments: judging whether they can go, and booking them.

Each of these loops looks up a few small tables for every payment. Written as operations on whole columns they would
take five to ten times as long, most of it for columns in between.

Constants stand in this file, because the compiler's cache looks at this file only. Nothing here checks what it is
given; `NUMBA_BOUNDSCHECK=1` lets the compiler do so. Columns of payments are (N,); there are P options, B banks,
L corridors and M months.
"""

from __future__ import annotations

import numpy as np
from numba import boolean, float64, int64
from numpy.typing import NDArray

from paysim.networks.compiled import compiled, inner

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

TINY = 1e-300
"""As in `paysim.model.base`: keeps a division by nothing finite."""
SECONDS_AN_HOUR = 3600.0

TO_SUBMIT, BLOCKED, REFUSED, SENT, FINISHED = range(5)
"""Where a payment stands: it waits to be submitted or in a bank, its message is sent, or it is out of the book."""
GOES, HELD_BACK, FEARED = range(3)
"""What becomes of a payment that is submitted: its message is sent, it is blocked, or a bank refuses it."""

_ARRAY, _TABLE, _CUBE = float64[::1], float64[:, ::1], float64[:, :, ::1]
_INDEX, _PAIRS, _FLAGS = int64[::1], int64[:, ::1], boolean[::1]


# --- what may go ----------------------------------------------------------------------------------------------------


@inner
def _clear(free: Array, allowed: Array, hub: Flags, option: int, corridor: int, sender: int, receiver: int) -> float:
    pair = 1.0 if hub[option] else free[option, sender] * free[option, receiver]
    return float(pair * allowed[corridor, option])


@compiled(_TABLE, _TABLE, _FLAGS, _INDEX, _INDEX, _INDEX, _INDEX, _ARRAY)
def clearances(
    free: Array,
    allowed: Array,
    hub: Flags,
    option: Index,
    corridor: Index,
    sender: Index,
    receiver: Index,
    clear: Array,
) -> None:
    """Write into `clear` the share of each payment's pair of banks that bans leave free to use its option.

    free : (P, B) share of a bank that bans leave free; allowed : (L, P); hub : (P,) whether an option passes a hub
    """
    for i in range(len(option)):
        clear[i] = _clear(free, allowed, hub, option[i], corridor[i], sender[i], receiver[i])


@inner
def _share(clear: float, before: float, blocked: bool) -> float:
    """Share of contracts that can go: of live ones what is still free, of blocked ones what has been freed."""
    if blocked:
        return (clear - before) / max(1.0 - before, TINY)
    return clear / max(before, TINY)


@compiled(
    _TABLE, _TABLE, _FLAGS, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _FLAGS, _ARRAY, _ARRAY, _FLAGS
)  # fmt: skip
def passing(
    free: Array,
    allowed: Array,
    hub: Flags,
    at: Index,
    option: Index,
    corridor: Index,
    sender: Index,
    receiver: Index,
    blocked: Flags,
    before: Array,
    luck: Array,
    passes: Flags,
) -> None:
    """Write into `passes` which of the payments in the rows `at` can go now.

    A live contract can while its pair stays free, a blocked one once it becomes free. before : share of the pair that
    was free when the contract was drawn; luck : uniforms; both and the columns of payments with all rows
    """
    for i, row in enumerate(at):
        clear = _clear(free, allowed, hub, option[row], corridor[row], sender[row], receiver[row])
        passes[i] = luck[row] < _share(clear, before[row], blocked[row])


@compiled(
    int64, _TABLE, _TABLE, _FLAGS, _ARRAY, _ARRAY, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _FLAGS, _ARRAY,
    _ARRAY, _ARRAY, _PAIRS, _INDEX
)  # fmt: skip
def judge(
    until: int,
    free: Array,
    allowed: Array,
    hub: Flags,
    room: Array,
    fear: Array,
    status: Index,
    submitted: Index,
    option: Index,
    corridor: Index,
    sender: Index,
    receiver: Index,
    blocked: Flags,
    before: Array,
    luck: Array,
    refused_luck: Array,
    judged: Index,
    ends: Index,
) -> None:
    """Sort the rows of the payments that are submitted before an instant by what becomes of them.

    free, allowed, hub, blocked, before, luck : as in `passing`; room : (P,) share that an option's hub can carry
    fear : (L,) share that banks refuse; judged : (3, N) rows by what becomes of them; ends : (3,) how many those are
    """
    ends[:] = 0
    for row in range(len(status)):
        if status[row] != TO_SUBMIT or submitted[row] >= until:
            continue
        clear = _clear(free, allowed, hub, option[row], corridor[row], sender[row], receiver[row])
        if not (luck[row] < _share(clear, before[row], blocked[row]) and luck[row] < room[option[row]]):
            verdict = HELD_BACK
        elif refused_luck[row] < fear[corridor[row]]:
            verdict = FEARED
        else:
            verdict = GOES
        judged[verdict, ends[verdict]] = row
        ends[verdict] += 1


@compiled(_INDEX, _INDEX, _ARRAY, _INDEX, _ARRAY, _ARRAY, _INDEX, _INDEX, _INDEX)
def send(
    at: Index,
    when: Index,
    stuck: Array,
    corridor: Index,
    transit: Array,
    wait: Array,
    arrives: Index,
    credited: Index,
    status: Index,
) -> None:
    """Send the messages of the payments in the rows `at`, and say when they arrive and are credited at the earliest.

    when : by place in `at`, instants of sending; stuck : (L,) seconds that policy adds to the way
    """
    for i, row in enumerate(at):
        added = stuck[corridor[row]]
        arrives[row] = when[i] + int(transit[row] + added)
        credited[row] = when[i] + int(wait[row] + added)
        status[row] = SENT


# --- booking --------------------------------------------------------------------------------------------------------


@inner
def _leg(
    participant: Index, hub_bank: int, system: int, onward: int, sender: int, receiver: int, leg: int
) -> tuple[int, int, int]:
    """System, payer and payee of a leg of a payment, both participants of the system.

    The system is -1 where there is no leg, or in the books of one bank: the customers' own or their participant.
    """
    payer, payee, place = sender, receiver, system
    if onward >= 0:
        payer, payee, place = (sender, hub_bank, system) if leg == 0 else (hub_bank, receiver, onward)
    elif leg == 1:
        return -1, payer, payee
    if sender == receiver:
        return -1, payer, payee
    payer, payee = participant[place, payer], participant[place, payee]
    return (-1 if payer == payee else place), payer, payee


@compiled(
    _PAIRS, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _PAIRS, _PAIRS,
    _INDEX
)  # fmt: skip
def sort_by_system(
    participant: Index,
    hub_bank: Index,
    at: Index,
    option: Index,
    system: Index,
    onward: Index,
    sender: Index,
    receiver: Index,
    arrives: Index,
    amount: Index,
    number: Index,
    legs: Index,
    found: Index,
    handed: Index,
    ends: Index,
) -> None:
    """Sort the legs of the payments in the rows `at` by the system in which they settle, and count them in `legs`.

    participant : (systems, B) bank that settles for a bank; hub_bank : (P,) bank that pays on at the option's hub, -1
    without one; system, onward : of the sender's leg, and of the leg from the hub on, -1 without one; number : ids
    found : (4, 2 N) room for row, system, payer and payee of every leg
    handed : (5, 2 N) arrives, payer, payee, amount and id of every leg; ends : (systems,) where those of a system end
    """
    ends[:] = 0
    total = 0
    for row in at:
        legs[row] = 0
        for leg in range(2 if onward[row] >= 0 else 1):
            hub = hub_bank[option[row]]
            place, payer, payee = _leg(participant, hub, system[row], onward[row], sender[row], receiver[row], leg)
            if place >= 0:
                legs[row] += 1
                ends[place] += 1
                found[0, total], found[1, total], found[2, total], found[3, total] = row, place, payer, payee
                total += 1
    before = 0
    for place in range(len(ends)):
        before, ends[place] = before + ends[place], before
    for i in range(total):
        row, at_end = found[0, i], ends[found[1, i]]
        handed[0, at_end], handed[1, at_end], handed[2, at_end] = arrives[row], found[2, i], found[3, i]
        handed[3, at_end], handed[4, at_end] = amount[row], number[row]
        ends[found[1, i]] += 1


@compiled(_INDEX, _INDEX, int64, _INDEX, _INDEX, _INDEX)
def take_up(number: Index, settled: Index, first: int, place: Index, legs: Index, credited: Index) -> None:
    """Take legs that have settled off their payments, which cannot be credited before.

    number, settled : ids of the payments and instants; place : row of every id from `first` on
    """
    for i in range(len(number)):
        row = place[number[i] - first]
        legs[row] -= 1
        credited[row] = max(credited[row], settled[i])


@compiled(_INDEX, _INDEX, _INDEX, int64, _INDEX, _INDEX)
def find_settled(status: Index, legs: Index, arrives: Index, now: int, rows: Index, ends: Index) -> None:
    """Write into `rows`, (N,), the payments that were sent and have arrived and have no leg left; ends : (1,) how many.

    What has no leg at all settles on arrival.
    """
    ends[0] = 0
    for row in range(len(status)):
        if status[row] == SENT and legs[row] == 0 and arrives[row] <= now:
            rows[ends[0]] = row
            ends[0] += 1


@compiled(_INDEX, _INDEX, int64, _INDEX)
def count(at: Index, month: Index, sign: int, counts: Index) -> None:
    """Add the number of the payments in the rows `at` to counts, (M + 1,), those before the start (-1) first."""
    for row in at:
        counts[month[row] + 1] += sign


@compiled(_INDEX, _INDEX, _INDEX, _INDEX, _ARRAY, int64, _INDEX, _CUBE)
def add_up(
    at: Index, month: Index, purpose: Index, corridor: Index, value: Array, sign: int, counts: Index, sums: Array
) -> None:
    """Count the payments in the rows `at`, and add their value to sums.

    counts : as in `count`; sums : (M, 2, L), those before the start (-1) left out
    """
    for row in at:
        counts[month[row] + 1] += sign
        if month[row] >= 0:
            sums[month[row], purpose[row], corridor[row]] += sign * value[row]


@compiled(
    _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _ARRAY, _INDEX, _INDEX, _INDEX, float64[:, :, :, ::1], _TABLE, _TABLE,
    _TABLE
)  # fmt: skip
def book_settled(
    at: Index,
    month: Index,
    purpose: Index,
    corridor: Index,
    option: Index,
    value: Array,
    submitted: Index,
    credited: Index,
    counts: Index,
    settled: Array,
    delay: Array,
    weight: Array,
    recent: Array,
) -> None:
    """Count the payments in the rows `at`; add up their value, and their value times hours to credit.

    counts : as in `count`
    settled : (M, 2, L, P), delay and weight : (M, P) by month of submission, those before the start (-1) left out
    recent : (2, P) value, and value times hours, of all
    """
    for row in at:
        counts[month[row] + 1] += 1
        hours = (credited[row] - submitted[row]) / SECONDS_AN_HOUR
        recent[0, option[row]] += value[row]
        recent[1, option[row]] += value[row] * hours
        if month[row] < 0:
            continue
        settled[month[row], purpose[row], corridor[row], option[row]] += value[row]
        delay[month[row], option[row]] += value[row] * hours
        weight[month[row], option[row]] += value[row]
