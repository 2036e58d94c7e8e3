"""Reading one figure off a run: a value of a series at a month, or what some months have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from paysim.scenario.measure import Measure

Array = NDArray[np.float64]
Months = NDArray[np.datetime64]
Read = Callable[[str, str], Array]
"""Gives the values of a series and key, (E, M); KeyError where there are none."""

START, END = "start", "end"


_OVER_MONTHS: dict[str, Callable[..., Any]] = {"mean": np.mean, "min": np.min, "max": np.max}


def figure(measure: Measure, months: Months, read: Read) -> Array:
    """One figure of every run, (E,), in the unit of the measure; nan where it is not defined.

    months : (M,) datetime64[M];  read : gives the values of a series and key, (E, M)

    A figure that is related to another one of the same run is divided by it; what a `Comparison` says of other stories
    is left to those who run them. Raises KeyError for a series or key that the run has not, ValueError for a month
    that it has not.
    """
    found = _own(measure, months, read)
    return found if measure.relative_to is None else ratio(found, _own(measure.compared(), months, read))


def _own(measure: Measure, months: Months, read: Read) -> Array:
    """The same before it is divided by anything."""
    values = read(str(measure.series), measure.key)
    if measure.over is None:
        return np.asarray(values[:, place(str(measure.at), months)])
    first, last = (place(month, months) for month in measure.over)
    return reduced(values[:, first : last + 1], str(measure.reduce))


def place(month: str, months: Months) -> int:
    """Place of a month, ``start`` or ``end`` among the months; ValueError where it is not among them."""
    wanted = {START: months[0], END: months[-1]}[month] if month in (START, END) else np.datetime64(month, "M")
    found = int((wanted - months[0]).astype(np.int64))
    if not 0 <= found < len(months):
        raise ValueError(f"{month} lies outside {months[0]} to {months[-1]}")
    return found


def reduced(values: Array, how: str) -> Array:
    """One number of each row of months: last, mean, min, max, change (last less first) or ratio (last over first)."""
    if not values.shape[1]:
        raise ValueError("the last month lies before the first")
    if how == "change":
        return np.asarray(values[:, -1] - values[:, 0])
    if how == "ratio":
        return ratio(values[:, -1], values[:, 0])
    if how == "last":
        return np.asarray(values[:, -1])
    return np.asarray(_OVER_MONTHS[how](values, axis=1))


def ratio(above: Array, below: Array) -> Array:
    """One figure over another, nan where the other is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below != 0.0, above / below, np.nan))


def written(measure: Measure) -> str:
    """The measure as one line of JSON, by which it is known wherever it is stored."""
    said = measure.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"label"})
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
