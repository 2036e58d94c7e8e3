"""The runs that a page carries with it when no server stands behind it, and the lines between them.

Runs are stored for every step of every lever, all others at the preset's own, and for every two levers at their ends.
A state in between is put together from what each lever does alone and what two do together beyond that: exact where
one lever is moved, nearly right where two are, a guess where more are. How far off is measured
(`paysim.explore.export`) and written on the page. ``static/stored.js`` does the same in the browser.

Effects add up on a scale on which they may: log-odds of shares, logarithms of values, costs as they are. What a lever
does after a cut moves in time with the cut; which levers do is read off the runs, not assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Change = tuple[str, str]
"""A lever and the value it is moved to."""

DATE = "cut_date"
LEAST_SHARE, LEAST_VALUE = 1e-3, 1e-3
"""Percent, and in the unit of a value: what is smaller is shown as nothing."""
HUNDRED = 100.0
SHARE, VALUE, COST = "share", "value", "cost"


@dataclass(frozen=True)
class Axis:
    """A lever: its steps in order, and the place of the preset's own among them."""

    id: str
    steps: tuple[str, ...]
    own: int

    @property
    def corners(self) -> tuple[int, ...]:
        """Places of the ends that are not the preset's own."""
        return tuple(place for place in dict.fromkeys((0, len(self.steps) - 1)) if place != self.own)

    def toward(self, value: str) -> tuple[int, float]:
        """The end on the side of a value, and how far it is on the way there, 0 to 1; the own value is at 0."""
        place = self.steps.index(value)
        if place == self.own:
            return self.own, 0.0
        corner = 0 if place < self.own else len(self.steps) - 1
        return corner, (place - self.own) / (corner - self.own)


def single_states(axes: Sequence[Axis]) -> list[tuple[Change, ...]]:
    """The preset itself, then every step of every lever."""
    moved = [((axis.id, step),) for axis in axes for place, step in enumerate(axis.steps) if place != axis.own]
    return [(), *moved]


def pair_states(axes: Sequence[Axis]) -> list[tuple[Change, ...]]:
    """Every two levers at their ends."""
    return [
        ((one.id, one.steps[first]), (other.id, other.steps[second]))
        for one, other in combinations(axes, 2)
        for first in one.corners
        for second in other.corners
    ]


def forward(values: Array, scales: Sequence[str]) -> Array:
    """Values of series, (S, M), on the scales on which effects add up; nan stays nan."""
    found = np.array(values, dtype=np.float64)
    for row, scale in enumerate(scales):
        if scale == SHARE:
            part = np.clip(found[row], LEAST_SHARE, HUNDRED - LEAST_SHARE) / HUNDRED
            found[row] = np.log(part / (1.0 - part))
        elif scale == VALUE:
            found[row] = np.log(np.maximum(found[row], LEAST_VALUE))
    return found


def backward(values: Array, scales: Sequence[str]) -> Array:
    """The inverse of `forward`."""
    found = np.array(values)
    for row, scale in enumerate(scales):
        if scale == SHARE:
            part = HUNDRED / (1.0 + np.exp(-found[row]))
            found[row] = np.where(part <= 1.5 * LEAST_SHARE, 0.0, part)
        elif scale == VALUE:
            found[row] = np.exp(found[row])
    return found


def later(values: Array, months: int) -> Array:
    """Series, (S, M), so many months later (earlier below 0), the first or last value before or after."""
    place = np.clip(np.arange(values.shape[-1]) - months, 0, values.shape[-1] - 1)
    return values[..., place]


@dataclass(frozen=True)
class Stored:
    """Runs on their scales, (S, M) each, by state; a state that cannot be run is not there.

    axes : the levers;  scales : of the S series;  months : by which a date of the cut is later than the preset's own
    """

    axes: tuple[Axis, ...]
    scales: tuple[str, ...]
    runs: Mapping[tuple[Change, ...], Array]
    months: Mapping[str, int]

    @cached_property
    def _axis(self) -> dict[str, Axis]:
        return {axis.id: axis for axis in self.axes}

    @property
    def own(self) -> Array:
        """The preset's own run."""
        return self.runs[()]

    @cached_property
    def follows(self) -> frozenset[str]:
        """Levers whose effect moves in time with the cut: where that is nearer to what was run."""
        if DATE not in self._axis:
            return frozenset()
        date, found = self._axis[DATE], []
        for axis in self.axes:
            miss = {True: 0.0, False: 0.0}
            for corner in date.corners:
                for place in axis.corners if axis.id != DATE else ():
                    changes = self._ordered([(DATE, date.steps[corner]), (axis.id, axis.steps[place])])
                    if changes in self.runs:
                        for moves in miss:
                            miss[moves] += float(np.nansum(np.abs(self.runs[changes] - self._sum(changes, moves))))
            if miss[True] < miss[False]:
                found.append(axis.id)
        return frozenset(found)

    def _ordered(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        order = [axis.id for axis in self.axes]
        return tuple(sorted(changes, key=lambda change: order.index(change[0])))

    def _alone(self, change: Change) -> Array:
        """What a lever does alone; nothing where it cannot be run."""
        return self.runs[(change,)] - self.own if (change,) in self.runs else np.zeros_like(self.own)

    def _sum(self, changes: Sequence[Change], moves: bool) -> Array:
        """The preset's own run and what two levers do alone, the effect of the other one moved with the cut or not."""
        total = self.own.copy()
        months = self._shift(changes) if moves else 0
        for change in changes:
            total += self._alone(change) if change[0] == DATE else later(self._alone(change), months)
        return total

    def _shift(self, changes: Sequence[Change]) -> int:
        return next((self.months[value] for lever, value in changes if lever == DATE), 0)

    def together(self, one: Change, other: Change) -> Array | None:
        """What two levers at their ends do together beyond what each does alone; None where that was not run."""
        changes = self._ordered([one, other])
        if changes not in self.runs:
            return None
        moves = any(lever in self.follows for lever, _value in changes)
        return self.runs[changes] - self._sum(changes, moves)

    @cached_property
    def pairs(self) -> dict[tuple[Change, ...], Array]:
        """What every two levers at their ends do together."""
        found = {changes: self.together(*changes) for changes in pair_states(self.axes)}
        return {changes: residue for changes, residue in found.items() if residue is not None}

    def line(self, changes: Sequence[Change]) -> Array:
        """The series of a state, (S, M), in the units of their charts."""
        changes = self._ordered(changes)
        months, total = self._shift(changes), self.own.copy()
        for change in changes:
            total += later(self._alone(change), months if change[0] in self.follows else 0)
        for one, other in combinations(changes, 2):
            ends = [self._axis[lever].toward(value) for lever, value in (one, other)]
            corners = tuple(
                (lever, self._axis[lever].steps[corner])
                for (lever, _value), (corner, _way) in zip((one, other), ends, strict=True)
            )
            residue = self.pairs.get(corners)
            if residue is not None:
                both = {one[0], other[0]} <= self.follows
                total += ends[0][1] * ends[1][1] * later(residue, months if both else 0)
        return backward(total, self.scales)
