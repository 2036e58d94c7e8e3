"""The compiled heart of the classes of pairs: weights of types of banks, and of classes of pairs of types.

`paysim.model.classes` is the way in and tells what the arrays are; a slow twin is in ``tests/parity``. Nothing here
checks what it is given. This file imports nothing of paysim, because the compiler's cache looks at this file only.
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

OUTSIDE, MEMBER = 0, 1
"""Levels of a bank on a network; the highest is 1 on a network that has no native messaging, 2 on one that has."""


def _entry(function: Compiled) -> Compiled:
    """Compile a function for the types it is called with; keep its type hints for the reader."""
    return cast("Compiled", njit(cache=True, error_model="numpy")(function))


@_entry
def type_weights(
    weight: Array,
    member: Array,
    native: Array,
    cut: Array,
    barred: Array,
    group: Index,
    top: Index,
    level: Index,
    is_cut: Bool,
    types: Array,
) -> None:
    """Fill in the weight of every type of bank in every group, (E, G, T), given zeros.

    group : (N,); top : (M,) highest level on a network; level, is_cut : (M, T) of types; barred : (N, T) share of the
    bank under the type's pattern of barred currencies; cut : (E, N, M)
    """
    draws, banks, networks = member.shape
    for e in range(draws):
        for i in range(banks):
            for t in range(types.shape[2]):
                chance = weight[e, i] * barred[i, t]
                for m in range(networks):
                    if level[m, t] == OUTSIDE:
                        chance *= 1.0 - member[e, i, m]
                    elif top[m] == MEMBER:
                        chance *= member[e, i, m]
                    elif level[m, t] == MEMBER:
                        chance *= member[e, i, m] - native[e, i, m]
                    else:
                        chance *= native[e, i, m]
                    chance *= cut[e, i, m] if is_cut[m, t] else 1.0 - cut[e, i, m]
                types[e, group[i], t] += chance


@_entry
def pair_weights(types: Array, class_of: Index, weight: Array) -> None:
    """Fill in the weight of every class on every corridor, (E, L, K), given zeros, from types, (E, G, T).

    class_of : (T, T) class of two types, negative for those that make no contracts
    """
    draws, groups, kinds = types.shape
    for e in range(draws):
        for g in range(groups):
            for h in range(groups):
                at, total = g * groups + h, 0.0
                for one in range(kinds):
                    for other in range(kinds):
                        k = class_of[one, other]
                        if k >= 0:
                            pairs = types[e, g, one] * types[e, h, other]
                            weight[e, at, k] += pairs
                            total += pairs
                for k in range(weight.shape[2]):
                    weight[e, at, k] /= total if total > 0.0 else 1.0
