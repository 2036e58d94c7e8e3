"""The compiled heart of the choice: one corridor after the other, and on each the classes of pairs of banks in turn.

`paysim.model.choice` is the way in and tells what the arrays are; a slow twin is in ``tests/parity``. Nothing here
checks what it is given. This file imports nothing of paysim, because the compiler's cache looks at this file only.

Indices: e draw, u purpose, at corridor, k class, c currency, p option. Classes that nobody on a corridor is in are
passed over: most exist on few corridors. Arrays are filled in, not made, which compiles faster.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, log1p
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Array = NDArray[np.float64]
Index = NDArray[np.int64]
Bool = NDArray[np.bool_]

TINY = 1e-300
"""Keeps logarithms finite."""


def _entry(function: Compiled) -> Compiled:
    """Compile a function that Python calls for the types it is called with; keep its type hints for the reader."""
    return cast("Compiled", njit(cache=True, error_model="numpy")(function))


def _part(function: Compiled) -> Compiled:
    """Compile a function into the one that calls it: handing over ten arrays costs as much as the work on them."""
    return cast("Compiled", njit(inline="always", error_model="numpy")(function))


@_part
def _compare_routes(
    row: tuple[int, int, int, int],
    option_currency: Index,
    direct: Index,
    live_mask: Bool,
    route: Array,
    allowed: Array,
    utility: Array,
    theta: float,
    within: Array,
    inclusive: Array,
) -> float:
    """One class on one corridor: fill in P_{r|c} = w exp(u / theta) / I by option, (P,), and I^theta by currency, (C,).

    I sums w exp(u / theta) over the open routes of a currency. Utilities count from that of the best open option, so
    that nothing overflows; it is returned (0 where none is open). row : draw, corridor, class, base class
    """
    e, at, k, base = row
    best = -inf
    for p in range(len(direct)):
        within[p] = 0.0
        if live_mask[k, p] and allowed[at, p] > 0.0:
            best = max(best, utility[e, at, p])
    for c in range(len(inclusive)):
        inclusive[c] = 0.0
    for p in range(len(direct)):
        if live_mask[k, p] and allowed[at, p] > 0.0:
            within[p] = route[e, at, base, direct[p]] * allowed[at, p] * exp((utility[e, at, p] - best) / theta)
            inclusive[option_currency[p]] += within[p]
    for p in range(len(direct)):
        if within[p] > 0.0:
            within[p] /= inclusive[option_currency[p]]
    for c in range(len(inclusive)):
        if inclusive[c] > 0.0:
            inclusive[c] **= theta
    return best if best > -inf else 0.0


@_part
def _compare_currencies(
    row: tuple[int, int, int, int],
    attractive: Array,
    attractive_cost: Array,
    class_factor: Array | None,
    inclusive: Array,
    chosen: Array,
) -> float:
    """One class, one purpose: fill in P_c = A_c I_c^theta / sum, (C,), and return the sum that makes cost.

    Minus one is returned where nothing is left. row : draw, purpose, corridor, base class
    """
    e, u, at, base = row
    total = total_cost = 0.0
    for c in range(len(chosen)):
        power = inclusive[c] if class_factor is None else inclusive[c] * class_factor[e, u, at, base, c]
        chosen[c] = attractive[e, u, at, c] * power
        total += chosen[c]
        total_cost += attractive_cost[e, u, at, c] * power
    if total <= 0.0:
        return -1.0
    for c in range(len(chosen)):
        chosen[c] /= total
    return max(total_cost, TINY)


@_entry
def utilities(
    payer: Index,
    payee: Index,
    hub: Index,
    belief: Array,
    rejected: Array,
    refusal: Array,
    delay_of_corridor: Array,
    delay: Array,
    premium: Array,
    feared: Array,
    loss: Array,
    delay_cost: Array,
    margin: Array,
    rejection_cost: Array,
    sensitivity: Array,
    utility: Array,
) -> None:
    """Fill in the utility of options, (E, L, P), where changing currencies costs nothing more than at the start.

    Beside what `paysim.model.choice.utilities` tells: hub : (P,) negative for direct options; delay_of_corridor : (L,)
    days; premium, feared : (P,) of an option's currency; the parameters loss to sensitivity : (E,)
    """
    draws, corridors, options = utility.shape
    for e in range(draws):
        for at in range(corridors):
            g, h = payer[at], payee[at]
            fear = (belief[e, g] + belief[e, h]) / 2.0 * loss[e]
            accepted = log1p(-refusal[e, at])
            for p in range(options):
                days = delay_of_corridor[at] + delay[e, p]
                back = (rejected[e, g, p] + rejected[e, h, p]) / 2.0
                cost = fear * feared[p] + premium[p] + delay_cost[e] * days + rejection_cost[e] * back
                if hub[p] >= 0:
                    cost += margin[e]
                utility[e, at, p] = accepted - sensitivity[e] * cost


@_entry
def choose(
    option_currency: Index,
    direct: Index,
    base_of: Index,
    live_mask: Bool,
    route: Array,
    allowed: Array,
    weight: Array,
    utility: Array,
    attractive: Array,
    attractive_cost: Array,
    class_factor: Array | None,
    theta: Array,
    sensitivity: Array,
    share: Array,
    cost: Array,
    stranded: Array,
    class_cost: Array,
    room: tuple[Array, Array, Array, Array],
) -> None:
    """Average choices over classes by their weight, into what is given as zeros.

    share, cost : means over classes that have an option left; stranded : weight of those that have none
    class_cost : (E, 2, L, K) tau of both purposes; room : (P,), (C,), (C,) and (2,) to work in
    """
    within, inclusive, chosen, able = room
    draws, purposes, corridors, classes = class_cost.shape
    for e in range(draws):
        for at in range(corridors):
            able[:] = 0.0
            for k in range(classes):
                if weight[e, at, k] <= 0.0:
                    continue
                row = (e, at, k, base_of[k])
                best = _compare_routes(
                    row, option_currency, direct, live_mask, route, allowed, utility, theta[e], within, inclusive
                )
                for u in range(purposes):
                    row = (e, u, at, base_of[k])
                    total = _compare_currencies(row, attractive, attractive_cost, class_factor, inclusive, chosen)
                    if total < 0.0:
                        class_cost[e, u, at, k] = inf
                        stranded[e, u, at] += weight[e, at, k]
                        continue
                    tau = (log(total) + best) / -sensitivity[e]
                    class_cost[e, u, at, k] = tau
                    cost[e, u, at] += weight[e, at, k] * tau
                    able[u] += weight[e, at, k]
                    for p in range(len(direct)):
                        share[e, u, at, p] += weight[e, at, k] * chosen[option_currency[p]] * within[p]
            for u in range(purposes):
                cost[e, u, at] /= max(able[u], TINY)
                for p in range(len(direct)):
                    share[e, u, at, p] /= max(able[u], TINY)
