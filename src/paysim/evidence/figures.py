"""From the columns of a run to one figure a draw, and how far it lies from what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.study.measures import figure, ratio

if TYPE_CHECKING:
    from paysim.scenario.claims import Expectation
    from paysim.scenario.measure import Comparison, Measure

Array = NDArray[np.float64]
Column = tuple[str, str]


@dataclass(frozen=True)
class Paths:
    """Some columns of E draws of one story, M months.

    months : (M,) datetime64[M], up to the last that is asked for; columns : values (E, M) by series and key
    """

    months: NDArray[np.datetime64]
    columns: dict[Column, Array]

    def read(self, series: str, key: str) -> Array:
        """Values of a column, (E, M); KeyError where there is none."""
        return self.columns[series, key]


Other = Callable[["Comparison"], Paths]


def value(measure: Measure, paths: Paths, other: Other) -> Array:
    """One figure, (E,), or (1,) for a published one or one that the story does not have: nan then.

    other : finds the story that a figure is compared with, with the same draws
    """
    found = _own(measure, paths)
    said = measure.relative_to
    if said is None:
        return found
    there = other(said) if said.scenario is not None or said.without else paths
    return ratio(found, _own(measure.compared(), there))


def _own(measure: Measure, paths: Paths) -> Array:
    """The figure before it is compared with another."""
    if measure.series is None:
        return np.array([measure.published().value])
    if (measure.series, measure.key) not in paths.columns:
        return np.array([np.nan])
    return figure(measure.model_copy(update={"relative_to": None}), paths.months, paths.read)


def margin(expected: Expectation, values: Array) -> Array:
    """Distance to the nearer bound over that bound's size, (E,): 0 or more where the bounds are met, nan where unknown.

    A bound of 0 is measured in the unit of the figure.
    """
    sides: list[Array] = []
    if expected.at_least is not None:
        sides.append((values - expected.at_least) / (abs(expected.at_least) or 1.0))
    if expected.at_most is not None:
        sides.append((expected.at_most - values) / (abs(expected.at_most) or 1.0))
    return np.asarray(np.min(sides, axis=0))


def together(margins: Sequence[Array]) -> Array:
    """The margin of several expectations that must all be met: the least, nan where any is unknown."""
    return np.asarray(np.min(np.broadcast_arrays(*margins), axis=0))


def measures_of(expected: Iterable[Expectation]) -> list[Measure]:
    """All figures of runs that expectations rest on, those of the same story that they are compared with included."""
    found: list[Measure] = []
    for one in expected:
        found.append(one.measure)
        if one.measure.relative_to is not None:
            found.append(one.measure.compared())
    return [measure for measure in found if measure.series is not None]
