"""The compiled heart of contracts: what bans leave of them, what is paid, and how they are made anew.

`paysim.model.contracts` is the way in and tells what the arrays are; a slow twin is in ``tests/parity``. Nothing here
checks what it is given. This file imports nothing of paysim, because the compiler's cache looks at this file only.

Indices: e draw, u purpose, at corridor, k class, p option.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Array = NDArray[np.float64]
Index = NDArray[np.int64]
Bool = NDArray[np.bool_]

TINY = 1e-300
"""Keeps quotients finite."""


def _entry(function: Compiled) -> Compiled:
    """Compile a function for the types it is called with; keep its type hints for the reader."""
    return cast("Compiled", njit(cache=True, error_model="numpy")(function))


@_entry
def live_ratio(
    weight: Array,
    allowed: Array,
    live_mask: Bool,
    base_mask: Bool,
    base_of: Index,
    hub: Index,
    ratio: Array,
) -> None:
    """Fill in the pair weight that is able to use an option with bans over the same without, (E, L, P).

    hub : (P,) negative for direct options; one through a hub is live wherever anybody can use it
    """
    draws, corridors, classes = weight.shape
    for e in range(draws):
        for at in range(corridors):
            for p in range(len(hub)):
                able = usual = 0.0
                for k in range(classes):
                    if live_mask[k, p]:
                        able += weight[e, at, k]
                    if base_mask[base_of[k], p]:
                        usual += weight[e, at, k]
                able *= allowed[at, p]
                if hub[p] >= 0:
                    ratio[e, at, p] = 1.0 if able > 0.0 else 0.0
                else:
                    ratio[e, at, p] = min(able / usual, 1.0) if usual > TINY else 0.0


@_entry
def block_and_reopen(
    before: Array, ratio: Array, lost: Array | None, live: Array, blocked: Array, reopened: Array
) -> None:
    """Move contracts between ``live`` and ``blocked``, (E, 2, L, P), as their live ratio changes, (E, L, P).

    lost : (E, 2, L, P) contracts that are blocked, None for the share of all by which the ratio falls
    reopened : (E, L, P) is filled with the share of the blocked ones that come back
    """
    draws, purposes, corridors, options = live.shape
    for e in range(draws):
        for at in range(corridors):
            for p in range(options):
                was, now = before[e, at, p], ratio[e, at, p]
                back = min(max((now - was) / max(1.0 - was, TINY), 0.0), 1.0) if was < 1.0 else 0.0
                falls = 1.0 - (min(now / max(was, TINY), 1.0) if was > 0.0 else 1.0)
                reopened[e, at, p] = back
                for u in range(purposes):
                    shut = live[e, u, at, p] * falls if lost is None else lost[e, u, at, p]
                    opened = blocked[e, u, at, p] * back
                    live[e, u, at, p] += opened - shut
                    blocked[e, u, at, p] += shut - opened


@_entry
def pay(
    live: Array,
    waiting: Array,
    refused: Array,
    capacity: Array,
    bypass: Array,
    paid: Array,
    blocked: Array,
    turned_away: Array,
    bypassed: Array,
    failed: Array,
) -> None:
    """Fill in what becomes of live and blocked (``waiting``) contracts, (E, 2, L, P); shares of a corridor's value.

    refused : (E, L); capacity : (E, P) share of an option's value that can be carried; bypass : (E,) share of what is
    not paid that goes other ways. blocked, turned_away, bypassed, failed : (E, 2, L)
    """
    draws, purposes, corridors, options = live.shape
    for e in range(draws):
        for u in range(purposes):
            for at in range(corridors):
                carried = held = 0.0
                for p in range(options):
                    able = live[e, u, at, p] * capacity[e, p]
                    paid[e, u, at, p] = able * (1.0 - refused[e, at])
                    carried += able
                    held += waiting[e, u, at, p] + (live[e, u, at, p] - able)
                blocked[e, u, at] = held
                turned_away[e, u, at] = carried * refused[e, at]
                unpaid = held + turned_away[e, u, at]
                bypassed[e, u, at] = bypass[e] * unpaid
                failed[e, u, at] = unpaid - bypassed[e, u, at]


@_entry
def recontract(
    live: Array,
    blocked: Array,
    share: Array,
    stranded: Array,
    normal: Array,
    crisis: Array,
    after: Array,
    still: Array,
) -> None:
    """Fill in live and blocked contracts, (E, 2, L, P), after those that do not stay (inertias, (E,)) are made anew.

    share : (E, 2, L, P) of options among new contracts; stranded : (E, 2, L) weight of pairs of banks without any
    """
    draws, purposes, corridors, options = live.shape
    for e in range(draws):
        for u in range(purposes):
            for at in range(corridors):
                some = running = waiting = 0.0
                for p in range(options):
                    some += share[e, u, at, p]
                    running += live[e, u, at, p]
                    waiting += blocked[e, u, at, p]
                some = 1.0 if some > 0.0 else 0.0
                released = (1.0 - crisis[e]) * max(waiting - stranded[e, u, at], 0.0) * some
                renewed = (1.0 - normal[e]) * some
                new, left = renewed * running + released, 1.0 - released / max(waiting, TINY)
                for p in range(options):
                    after[e, u, at, p] = live[e, u, at, p] * (1.0 - renewed) + new * share[e, u, at, p]
                    still[e, u, at, p] = blocked[e, u, at, p] * left


@_entry
def shift(factor: Array, live: Array, blocked: Array) -> None:
    """Multiply the odds of options in all contracts of a corridor, (E, 2, L, P), by ``factor``, (E, P), in place."""
    draws, purposes, corridors, options = live.shape
    for e in range(draws):
        for u in range(purposes):
            for at in range(corridors):
                total = 0.0
                for p in range(options):
                    total += (live[e, u, at, p] + blocked[e, u, at, p]) * factor[e, p]
                for p in range(options):
                    live[e, u, at, p] *= factor[e, p] / total
                    blocked[e, u, at, p] *= factor[e, p] / total
