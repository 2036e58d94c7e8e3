"""The compiled heart of trade: the volumes that payers want, how they adjust, and which partners lost trade finds.

`paysim.model.trade` is the way in and tells what the arrays are; a slow twin is in ``tests/parity``. Nothing here
checks what it is given. This file imports nothing of paysim, because the compiler's cache looks at this file only.

Indices: e draw, u purpose (0 trade, 1 finance), at corridor, g exporter, h importer.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Array = NDArray[np.float64]

TINY = 1e-300
"""Keeps quotients finite."""


def _entry(function: Compiled) -> Compiled:
    """Compile a function for the types it is called with; keep its type hints for the reader."""
    return cast("Compiled", njit(cache=True, error_model="numpy")(function))


@_entry
def desired(
    trade_elasticity: Array, finance_elasticity: Array, bypass: Array, cost: Array, unpaid: Array, wanted: Array
) -> None:
    """Fill in exp(-eps [tau (1 - B) + bypass B]), (E, 2, L).

    elasticities : (E,) to costs as fractions, bp / 10^4 already in them; bypass : (E,) what the bypass costs on average
    a payment that is not paid, bp; cost, unpaid : (E, 2, L) tau in bp and the share B
    """
    draws, purposes, corridors = cost.shape
    for e in range(draws):
        for u in range(purposes):
            elasticity = trade_elasticity[e] if u == 0 else finance_elasticity[e]
            for at in range(corridors):
                part = unpaid[e, u, at]
                wanted[e, u, at] = exp(-elasticity * (cost[e, u, at] * (1.0 - part) + bypass[e] * part))


@_entry
def adjust(volume: Array, wanted: Array, phi: Array, after: Array) -> None:
    """Fill in x^(1 - phi) x*^phi, (E, 2, L)."""
    draws, purposes, corridors = volume.shape
    for e in range(draws):
        for u in range(purposes):
            for at in range(corridors):
                after[e, u, at] = volume[e, u, at] ** (1.0 - phi[e]) * wanted[e, u, at] ** phi[e]


@_entry
def contracted(
    base: Array, growth: Array, volume: Array, diverted: Array, demand: Array, opened: Array, value: Array
) -> None:
    """Fill in contracted value, (E, 2, L): base value times growth, (E,), and volume, goods as policy lets them.

    diverted : (E, L) goods that come on top; demand, opened : (L,) factors on what is wanted, and on all that is traded
    """
    draws, purposes, corridors = base.shape
    for e in range(draws):
        for u in range(purposes):
            for at in range(corridors):
                value[e, u, at] = base[e, u, at] * growth[e] * volume[e, u, at]
                if u == 0:
                    value[e, u, at] = (value[e, u, at] * demand[at] + diverted[e, at]) * opened[at]


@_entry
def lose(base: Array, wanted: Array, failed: Array, demand: Array, opened: Array, lost: Array, sought: Array) -> None:
    """Fill in the goods that exporters lose and that importers seek elsewhere, (E, L).

    base, wanted, failed : (E, L); demand, opened : (L,) factors on what is wanted, and on all that is traded
    """
    draws, corridors = base.shape
    for e in range(draws):
        for at in range(corridors):
            normal, kept = base[e, at], wanted[e, at] * opened[at]
            missed = max(normal * demand[at] * (1.0 - kept), 0.0)
            unasked = max(normal * (1.0 - demand[at] * kept), 0.0)
            lost[e, at] = (unasked if demand[at] < 1.0 else missed) + failed[e, at]
            sought[e, at] = missed + failed[e, at]


@_entry
def divert(
    elasticity: Array,
    half: Array,
    lost: Array,
    sought: Array,
    cost: Array,
    failed: Array,
    value: Array,
    failing: float,
    pull: Array,
    found: Array,
) -> None:
    """Add what lost trade finds at other partners to ``found``, (E, G, G) as all others are, given as zeros.

    elasticity : (E,) to costs in bp; half : (E,) share of what is lost that each side takes elsewhere
    lost, sought : by exporters and by importers, who look among the other corridors of their row, or column
    failing : share of failing payments from which a corridor takes nothing; pull : (G, G) to work in
    """
    draws, groups = len(half), len(pull)
    for e in range(draws):
        for g in range(groups):
            for h in range(groups):
                eligible = max(1.0 - failed[e, g, h] / failing, 0.0)
                pull[g, h] = value[e, g, h] * exp(-elasticity[e] * cost[e, g, h]) * eligible
        for g in range(groups):
            exports = imports = 0.0
            for h in range(groups):
                exports += pull[g, h]
                imports += pull[h, g]
            leaving = coming = 0.0
            for h in range(groups):
                leaving += _rate(half[e] * lost[e, g, h], exports - pull[g, h])
                coming += _rate(half[e] * sought[e, h, g], imports - pull[h, g])
            for h in range(groups):
                own = _rate(half[e] * lost[e, g, h], exports - pull[g, h])
                found[e, g, h] += pull[g, h] * (leaving - own)
                own = _rate(half[e] * sought[e, h, g], imports - pull[h, g])
                found[e, h, g] += pull[h, g] * (coming - own)


@njit(inline="always", error_model="numpy")
def _rate(lost: float, others: float) -> float:
    """What is lost on a corridor by unit of the others' pull; nothing where nobody else pulls."""
    return lost / max(others, TINY) if others > TINY else 0.0
