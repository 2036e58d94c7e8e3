"""The compiled heart of joining: customers of cut banks who move, and what membership saves a group's payers.

`paysim.model.joining` is the way in and tells what the arrays are; a slow twin is in ``tests/parity``. Nothing here
checks what it is given. This file imports nothing of paysim, because the compiler's cache looks at this file only.

Indices: e draw, i bank, g group, at corridor, k class.
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
def switch_banks(
    group: Index,
    rate: Array,
    weight: Array,
    cut: Array,
    left: Array,
    nowhere: float,
    room: Array,
    moved: Array,
    still: Array,
) -> None:
    """Fill in weights of banks and shares of a cut's customers still there a month on, (E, N) each.

    rate : (E, G); cut : (N,); nowhere : connected weight of a group up to which there is no bank to go to
    room : (2, G) to work in
    """
    draws, banks = weight.shape
    homes, arriving = room[0], room[1]
    for e in range(draws):
        room[:] = 0.0
        for i in range(banks):
            homes[group[i]] += weight[e, i] * (1.0 - cut[i] * left[e, i])
        for i in range(banks):
            g = group[i]
            if homes[g] > nowhere:
                arriving[g] += weight[e, i] * cut[i] * left[e, i] * rate[e, g]
        for i in range(banks):
            g, off = group[i], cut[i] * left[e, i]
            leaving = weight[e, i] * off * rate[e, g] if homes[g] > nowhere else 0.0
            joining = weight[e, i] * (1.0 - off) / max(homes[g], TINY) * arriving[g]
            moved[e, i] = weight[e, i] - leaving + joining
            share = (weight[e, i] * off - leaving) / max(moved[e, i], TINY) if moved[e, i] > 0.0 else off
            still[e, i] = share / max(cut[i], TINY) if cut[i] > 0.0 else 1.0


@_entry
def join(
    network: int, joins: Array | None, leaves: Array | None, enables: Array | None, member: Array, native: Array
) -> None:
    """Move members of a network, and those with its messages, (E, N, M), a month on, in place.

    joins, leaves, enables : (E, N) shares of those outside who join, of members who leave, and of members without its
        messages who enable them, by who was what before; None where memberships, or messages, stand still
    """
    draws, banks, _ = member.shape
    for e in range(draws):
        for i in range(banks):
            before, enabled = member[e, i, network], native[e, i, network]
            if joins is not None and leaves is not None:
                stay = 1.0 - leaves[e, i]
                member[e, i, network] = before * stay + (1.0 - before) * joins[e, i]
                native[e, i, network] = min(enabled * stay, member[e, i, network])
            if enables is not None:
                more = native[e, i, network] + (before - enabled) * enables[e, i]
                native[e, i, network] = min(more, member[e, i, network])


@_entry
def saving(weight: Array, class_cost: Array, most: Array, member: Bool, saved: Array) -> None:
    """Fill in by how much a corridor's payers without a route of members pay more than those with one, (E, L) bp.

    weight, class_cost : (E, L, K), costs at most those of the bypass, ``most`` (E,); member : (K,) classes with a route
    """
    draws, corridors, classes = weight.shape
    for e in range(draws):
        for at in range(corridors):
            outside = inside = cost_outside = cost_inside = 0.0
            for k in range(classes):
                cost = weight[e, at, k] * min(class_cost[e, at, k], most[e])
                if member[k]:
                    inside += weight[e, at, k]
                    cost_inside += cost
                else:
                    outside += weight[e, at, k]
                    cost_outside += cost
            saved[e, at] = cost_outside / max(outside, TINY) - cost_inside / max(inside, TINY)
