"""The compiled reading of a response between its points; `paysim.networks.response` says by what rule.

A month of a run reads some hundred points out of small tables. As operations on arrays that would take longer than the
payments of the month. This file imports nothing of paysim but the compiler, whose cache looks at this file only.
"""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, float64, int64
from numpy.typing import NDArray

from paysim.networks.compiled import compiled, inner

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST = 1e-9
"""Multiple of the usual value below which a day is as good as empty."""


@inner
def _below(axis: Array, wanted: float) -> int:
    """The last place but one, or the first before it, whose entry of an ascending axis is not above a value.

    An axis that ends early is filled up with NaN, above which nothing lies.
    """
    place = 0
    while place < len(axis) - 2 and axis[place + 1] <= wanted and not math.isnan(axis[place + 2]):
        place += 1
    return place


@inner
def _towards(low: float, high: float, wanted: float) -> float:
    """How far a level lies from the one below it towards the next: by logarithm, from zero on, or by its inverse."""
    if wanted <= low:
        return 0.0
    if math.isinf(high):
        if low == 0.0:
            return 1.0 if math.isinf(wanted) else 0.0
        return 1.0 - low / wanted
    if low == 0.0:
        return wanted / high
    return math.log(wanted / low) / math.log(high / low)


@compiled(
    float64[:, ::1], float64[:, ::1], float64[:, :, :, ::1], float64[::1], float64, int64[::1], float64[::1],
    float64[::1], float64[:, ::1], boolean[::1],
)  # fmt: skip
def read(
    value_axes: Array,
    level_axes: Array,
    tables: Array,
    floors: Array,
    stretch: float,
    system: Index,
    values: Array,
    levels: Array,
    found: Array,
    clamped: Flags,
) -> None:
    """Read measures at N points of S systems into ``found``, (measures, N), and which lie outside into ``clamped``.

    value_axes, level_axes : (S, V) and (S, L), filled up with NaN
    tables : (S, measures, V, L) of ``log1p(measure / floor)``; floors : (measures,)
    system, values, levels : (N,)
    """
    for i in range(len(values)):
        value_axis, level_axis, table = value_axes[system[i]], level_axes[system[i]], tables[system[i]]
        value, level = values[i], levels[i]
        last = len(value_axis) - 1
        while math.isnan(value_axis[last]):
            last -= 1
        inside = min(max(value, value_axis[0]), value_axis[last])
        clamped[i] = inside != value or level < level_axis[0]
        row = _below(value_axis, inside)
        up = math.log(inside / value_axis[row]) / math.log(value_axis[row + 1] / value_axis[row])
        found[:, i] = 0.0
        for above, weight in ((0, 1.0 - up), (1, up)):
            stretched = level * (value_axis[row + above] / max(value, LEAST)) ** stretch
            stretched = max(stretched, level_axis[0])
            column = _below(level_axis, stretched)
            right = _towards(level_axis[column], level_axis[column + 1], stretched)
            for m in range(len(table)):
                left = table[m, row + above, column] * (1.0 - right)
                found[m, i] += weight * (left + table[m, row + above, column + 1] * right)
        for m in range(len(table)):
            found[m, i] = math.expm1(found[m, i]) * floors[m]
