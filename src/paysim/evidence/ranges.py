"""Where in the range of a parameter something holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POINTS = 9
"""Values of the first look over a range."""
ROUNDS = 2
"""Closer looks at every change; each divides the interval by POINTS + 1."""


@dataclass(frozen=True)
class Holding:
    """Where a parameter lets something hold: intervals of values, canonical units, within its range.

    logarithmic : whether the range is one of factors, and parts of it are measured in logarithms
    """

    low: float
    high: float
    intervals: tuple[tuple[float, float], ...]
    logarithmic: bool = False

    @property
    def decides(self) -> bool:
        """Whether it holds for some values of the range and not for others."""
        return bool(self.intervals) and self.intervals != ((self.low, self.high),)

    @property
    def part(self) -> float:
        """The part of its range over which it holds."""
        size = np.log if self.logarithmic else float
        whole = float(size(self.high) - size(self.low))
        return sum(float(size(last) - size(first)) for first, last in self.intervals) / (whole or 1.0)


def holding(margin: Callable[[Array], Array], low: float, high: float, *, logarithmic: bool = False) -> Holding:
    """Search a range for the values at which a margin is 0 or more.

    margin : (E,) margins at (E,) values; nan counts as not met. Looks at evenly spread values (evenly in logarithms, if
    wished), then closer at every change between neighbours; two changes between neighbours of the first look are
    missed. Ends of intervals are good to a hundredth of the first spacing.
    """
    if low == high:
        return Holding(low, high, ((low, high),) if margin(np.array([low]))[0] >= 0.0 else ())
    if logarithmic:
        found = holding(lambda logs: margin(np.exp(logs)), float(np.log(low)), float(np.log(high)))
        ends = {found.low: low, found.high: high}
        back = {end: float(np.exp(end)) for span in found.intervals for end in span} | ends
        return Holding(low, high, tuple((back[first], back[last]) for first, last in found.intervals), True)
    values = np.linspace(low, high, POINTS)
    met = np.asarray(margin(values) >= 0.0)
    for _ in range(ROUNDS):
        changes = np.flatnonzero(met[1:] != met[:-1])
        if not changes.size:
            break
        inner = np.concatenate([np.linspace(values[at], values[at + 1], POINTS + 2)[1:-1] for at in changes])
        order = np.argsort(np.concatenate([values, inner]), kind="stable")
        met = np.concatenate([met, margin(inner) >= 0.0])[order]
        values = np.concatenate([values, inner])[order]
    return Holding(low, high, _intervals(values, met))


def _intervals(values: Array, met: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Runs of values at which it is met, as the first and the last of each."""
    edges = np.diff(np.concatenate([[False], met, [False]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return tuple((float(values[first]), float(values[last])) for first, last in zip(firsts, lasts, strict=True))
