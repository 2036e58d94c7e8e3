"""Compiled loops over payments: drawing their banks, judging whether they can go, and booking them.

Each of these loops looks up a few small tables for every payment. Written as operations on whole columns they would
take five to ten times as long, most of it for columns in between.

Constants stand in this file, because the compiler's cache looks at this file only. Nothing here checks what it is
given; `NUMBA_BOUNDSCHECK=1` lets the compiler do so. Columns of payments are (N,); there are P options, G groups, B
banks, L corridors and M months.
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

LIVE, ALL, BANNED, ANY = range(4)
"""Tables from which banks are drawn: able and not banned, able, able and banned, any bank of the group."""

_ARRAY, _TABLE, _CUBE = float64[::1], float64[:, ::1], float64[:, :, ::1]
_STRIDED = float64[:]
_INDEX, _PAIRS, _FLAGS = int64[::1], int64[:, ::1], boolean[::1]


# --- contracts and banks --------------------------------------------------------------------------------------------


@compiled(_ARRAY, _ARRAY, _INDEX)
def find_cells(edges: Array, wanted: Array, cell: Index) -> None:
    """Write into `cell` the first place at which a running sum lies above each wanted value, or the last place.

    It walks on from the place of the value before, which is quick because values drawn systematically rise.
    """
    place, last = 0, len(edges) - 1
    for i in range(len(wanted)):
        while place < last and edges[place] <= wanted[i]:
            place += 1
        while place > 0 and edges[place - 1] > wanted[i]:
            place -= 1
        cell[i] = place


@inner
def _tables_of_pair(
    totals: Array, option: int, payer: int, payee: int, hub: bool, blocked: bool, luck: float
) -> tuple[int, int]:
    """Tables from which the sender and the receiver of a payment are drawn.

    A blocked contract has a banned bank on at least one side, and a hub's contract a cut bank on one side: which side
    it is follows from the weights, the sender's side first.
    """
    if not (hub or blocked):
        return LIVE, LIVE
    left, right = totals[LIVE, option, payer], totals[LIVE, option, payee]
    if hub:
        sender_side = left * totals[ALL, option, payee]
        receiver_side = totals[ALL, option, payer] * right
    else:
        ours = left / max(totals[ALL, option, payer], TINY)
        theirs = right / max(totals[ALL, option, payee], TINY)
        sender_side, receiver_side = 1.0 - ours, ours * (1.0 - theirs)
    if blocked and (hub or sender_side + receiver_side <= 0.0):
        return ANY, ANY
    on_sender = luck < sender_side / max(sender_side + receiver_side, TINY)
    if hub:
        return (LIVE, ALL) if on_sender else (ALL, LIVE)
    return (BANNED, ALL) if on_sender else (LIVE, BANNED)


@inner
def _bank(
    totals: Array, edges: Array, first: Index, table: int, option: int, group: int, banks: int, luck: float
) -> int:
    """A bank of a group drawn with the weights of a table; any bank of the group where the table is empty."""
    if totals[table, option, group] <= 0.0:
        table = ANY
    row = (table * totals.shape[1] + option) * banks
    low, high = row + first[group], row + first[group + 1] - 1
    before = edges[low - 1] if low > 0 else 0.0
    wanted = before + luck * totals[table, option, group]
    while low < high and edges[low] <= wanted:  # from the largest bank on, which is found soon
        low += 1
    return int(low - row)


@compiled(
    _INDEX, _INDEX, _INDEX, _FLAGS, _STRIDED, _STRIDED, _STRIDED, _FLAGS, _CUBE, _ARRAY, _INDEX, _INDEX, _INDEX
)  # fmt: skip
def draw_banks(
    option: Index,
    paying: Index,
    paid: Index,
    blocked: Flags,
    side_luck: Array,
    sender_luck: Array,
    receiver_luck: Array,
    hub: Flags,
    totals: Array,
    edges: Array,
    first: Index,
    sender: Index,
    receiver: Index,
) -> None:
    """Draw the banks of payments into `sender` and `receiver`.

    paying, paid : groups whose banks pay and are paid
    side_luck, sender_luck, receiver_luck : uniforms for the side that is banned or cut, and for both banks
    hub : (P,) whether an option passes a hub
    totals : (4, P, G) weights of groups by table and option; edges : (4 P B,) running sum of the banks' weights
    first : (G + 1,) first bank of every group, and the number of banks
    """
    banks = first[-1]
    for i in range(len(option)):
        ours, theirs, by_hub = paying[i], paid[i], hub[option[i]]
        sending, receiving = _tables_of_pair(totals, option[i], ours, theirs, by_hub, blocked[i], side_luck[i])
        sender[i] = _bank(totals, edges, first, sending, option[i], ours, banks, sender_luck[i])
        receiver[i] = _bank(totals, edges, first, receiving, option[i], theirs, banks, receiver_luck[i])


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
        if blocked[row]:
            share = (clear - before[row]) / max(1.0 - before[row], TINY)
        else:
            share = clear / max(before[row], TINY)
        passes[i] = luck[row] < share


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
    _PAIRS, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _PAIRS, _INDEX
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
    handed: Index,
    ends: Index,
) -> None:
    """Sort the legs of the payments in the rows `at` by the system in which they settle, and count them in `legs`.

    participant : (systems, B) bank that settles for a bank; hub_bank : (P,) bank that pays on at the option's hub, -1
    without one; system, onward : of the sender's leg, and of the leg from the hub on, -1 without one; number : ids
    handed : (5, 2 N) arrives, payer, payee, amount and id of every leg; ends : (systems,) where those of a system end
    """
    ends[:] = 0
    for row in at:
        legs[row] = 0
        for leg in range(2):
            hub = hub_bank[option[row]]
            place, _, _ = _leg(participant, hub, system[row], onward[row], sender[row], receiver[row], leg)
            if place >= 0:
                legs[row] += 1
                ends[place] += 1
    total = 0
    for place in range(len(ends)):
        total, ends[place] = total + ends[place], total
    for row in at:
        for leg in range(2):
            hub = hub_bank[option[row]]
            place, payer, payee = _leg(participant, hub, system[row], onward[row], sender[row], receiver[row], leg)
            if place >= 0:
                at_end = ends[place]
                handed[0, at_end], handed[1, at_end], handed[2, at_end] = arrives[row], payer, payee
                handed[3, at_end], handed[4, at_end] = amount[row], number[row]
                ends[place] += 1


@compiled(_INDEX, _INDEX, int64, _INDEX, _INDEX, _INDEX)
def take_up(number: Index, settled: Index, first: int, place: Index, legs: Index, credited: Index) -> None:
    """Take legs that have settled off their payments, which cannot be credited before.

    number, settled : ids of the payments and instants; place : row of every id from `first` on
    """
    for i in range(len(number)):
        row = place[number[i] - first]
        legs[row] -= 1
        credited[row] = max(credited[row], settled[i])


@compiled(_INDEX, _INDEX, int64, _INDEX)
def count(at: Index, month: Index, sign: int, counts: Index) -> None:
    """Add the number of the payments in the rows `at` to counts, (M + 1,), those before the start (-1) first."""
    for row in at:
        counts[month[row] + 1] += sign


@compiled(_INDEX, _INDEX, _INDEX, _INDEX, _ARRAY, float64, _CUBE)
def add_up(at: Index, month: Index, purpose: Index, corridor: Index, value: Array, sign: float, sums: Array) -> None:
    """Add the value of the payments in the rows `at` to sums, (M, 2, L), those before the start (-1) left out."""
    for row in at:
        if month[row] >= 0:
            sums[month[row], purpose[row], corridor[row]] += sign * value[row]


@compiled(
    _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _ARRAY, _INDEX, _INDEX, float64[:, :, :, ::1], _TABLE, _TABLE, _TABLE
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
    settled: Array,
    delay: Array,
    weight: Array,
    recent: Array,
) -> None:
    """Add the payments in the rows `at` to the sums of value settled and of value times hours to credit.

    settled : (M, 2, L, P), delay and weight : (M, P) by month of submission, those before the start (-1) left out
    recent : (2, P) value, and value times hours, of all
    """
    for row in at:
        hours = (credited[row] - submitted[row]) / SECONDS_AN_HOUR
        recent[0, option[row]] += value[row]
        recent[1, option[row]] += value[row] * hours
        if month[row] < 0:
            continue
        settled[month[row], purpose[row], corridor[row], option[row]] += value[row]
        delay[month[row], option[row]] += value[row] * hours
        weight[month[row], option[row]] += value[row]
