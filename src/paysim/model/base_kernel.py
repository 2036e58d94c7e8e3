"""The compiled heart of the base: which routes the classes of pairs of banks take inside a currency's nest.

`paysim.model.base` is the way in and tells what the arrays are. Nothing here checks what it is given. This file imports
nothing of paysim, because the compiler's cache looks at this file only.

Indices: e draw, at corridor, k base class, p option, place its place among the options of its currency.
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
def fill_nest(
    members: Index, only: Bool, able: Bool, weight: Array, targets: Array, cap: float, least: float, route: Array
) -> None:
    """Fill in the weights of a currency's routes by base class, (E, L, K0, P), given zeros, narrow routes first.

    members : options of the currency, the narrowest first; only : (members, K0) classes that can use no later one
    able : (K0, P) classes that can use an option; weight : (E, L, K0); targets : (E, L, P)
    cap : share of the pair weight that may use a route; least : what is less is left over by rounding
    """
    draws, corridors, count = weight.shape
    left = np.empty(count)
    for e in range(draws):
        for at in range(corridors):
            left[:] = 1.0
            filled = wanted = 0.0
            for place in range(len(members)):
                p = members[place]
                wanted += targets[e, at, p]
                later = reached = free = 0.0
                for other in members[place:]:
                    later += targets[e, at, other]
                for k in range(count):
                    if able[k, p]:
                        reached += weight[e, at, k]
                        free += weight[e, at, k] * left[k]
                amount = max(min(wanted - filled, cap * reached - filled), 0.0)
                fraction = min(amount / free, 1.0) if free > TINY else targets[e, at, p] / max(later, TINY)
                for k in range(count):
                    if able[k, p]:
                        route[e, at, k, p] = left[k] * (1.0 if only[place, k] else fraction)
                        filled += weight[e, at, k] * route[e, at, k, p]
                        left[k] -= route[e, at, k, p]
                        if left[k] < least:
                            left[k] = 0.0
