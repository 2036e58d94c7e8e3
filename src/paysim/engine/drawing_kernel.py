"""Compiled loops that draw payments: their contracts, the banks and systems of each, and the amount that can settle.

Each of these loops looks up a few small tables for every payment. Payments come in the order of their contracts, so
that one after the other finds the tables where the one before has left them.

Constants stand in this file, because the compiler's cache looks at this file only. Nothing here checks what it is
given; `NUMBA_BOUNDSCHECK=1` lets the compiler do so. Columns of payments are (N,); there are P options, G groups, B
banks and S systems.
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


# --- systems and amounts --------------------------------------------------------------------------------------------


@compiled(_INDEX, _STRIDED, _TABLE, _INDEX, _INDEX, _INDEX)
def choose_systems(
    option: Index, luck: Array, shares_reached: Array, hub_system: Index, system: Index, onward: Index
) -> None:
    """Write the system in which each sender pays, and in which a hub's bank pays on, -1 without a hub.

    luck : uniforms that decide where an option's own currency settles in several systems; shares_reached : (P, S)
    running sum of their shares; hub_system : (P,) system of the leg to a hub, -1 without one
    """
    for i in range(len(option)):
        own = 0
        for share in shares_reached[option[i]]:
            own += luck[i] >= share
        at_hub = hub_system[option[i]]
        system[i], onward[i] = (at_hub, own) if at_hub >= 0 else (own, -1)


@compiled(_TABLE, _PAIRS, _INDEX, _INDEX, _INDEX, _INDEX, _INDEX, _ARRAY)
def find_largest(
    limit: Array,
    participant: Index,
    hub_bank: Index,
    option: Index,
    sender: Index,
    system: Index,
    onward: Index,
    largest: Array,
) -> None:
    """Write the largest amount that can settle: what the sender's participant holds, and that of a hub's bank.

    limit : (S, B) what a participant holds; participant : (S, B) bank that settles for a bank; hub_bank : (P,) bank
    that pays on at the option's hub. At a hub each must be able to pay in either system.
    """
    for i in range(len(option)):
        place, bank = system[i], sender[i]
        found = limit[place, participant[place, bank]]
        if onward[i] >= 0:
            other, hub = onward[i], hub_bank[option[i]]
            found = min(found, limit[place, participant[place, hub]])
            found = min(found, limit[other, participant[other, bank]])
            found = min(found, limit[other, participant[other, hub]])
        largest[i] = found


@compiled(_TABLE, _INDEX, int64, _TABLE)
def take_columns(table: Array, order: Index, first: int, taken: Array) -> None:
    """Write columns of a table of rows, from the `first` on, into the rows of `taken`, each in the order of rows given.

    What belongs to one payment lies together in the table, and so it is fetched from memory once.
    """
    for i, row in enumerate(order):
        for k in range(len(taken)):
            taken[k, i] = table[row, first + k]
