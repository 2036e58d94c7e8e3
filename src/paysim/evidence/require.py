"""What would have to be true for a claim to hold: values of one assumption, or of two, that meet all of its bounds.

One assumption at a time moves through its range and beyond it, everything else at its best value and without luck;
where the claim begins or ceases to hold is found by Brent's method (`scipy.optimize.brentq`). What is documented of the
assumption, and what was published about the world, then says whether such a value can be had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import bisect, brentq

from paysim.data import catalogue
from paysim.errors import InputError, PaysimError
from paysim.scenario.base import Quantity, nearest
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.claims import Expectation
from paysim.scenario.schema import Scenario
from paysim.scenario.uncertain import ParameterRow, Uncertain
from paysim.study.bounds import STORY_LOW, STORY_PEAK

if TYPE_CHECKING:
    from paysim.evidence.worlds import Worlds

Array = NDArray[np.float64]
Margins = Callable[[Array], Array]

POINTS = 33
"""Values of the first look at a parameter of behaviour, which are one run together."""
EVENT_POINTS = 13
"""Values of the first look at a field of an event, each a run of its own."""
GRID = 21
"""Values a side of the grid of two parameters of behaviour."""
EVENT_GRID = 13
"""Values of a field of an event on a grid."""
WIDER = 4.0
"""How far beyond its documented range an assumption is moved: up to so many times its high end, and down to its low end
over so many (judgement); a share from 0 to 100 %."""
_WIDE = 30.0
_PRECISE = 1e-5
"""Precision of a root, as a share of the values searched."""
SWITCH = "with or without"
"""The unit of a whole event: 1 where it happens, 0 where it does not."""
_SHARES = ("share", "/month")
_STABLE = 0.99
"""The greatest network effect that is looked at; from 1 on the base tips by itself."""


@dataclass(frozen=True)
class Lever:
    """An assumption that is moved.

    path : ``behaviour.name``, ``events.name.field``, or ``events.name`` for a whole event, with it or without it
    unit : of its values
    best : its value in the story;  low, high : its documented range, nan where none is documented
    least, most : the values searched
    """

    path: str
    unit: str
    best: float
    low: float
    high: float
    least: float
    most: float

    @property
    def behaviour(self) -> str | None:
        """Its name among the parameters of behaviour; None for a field of an event."""
        room, _dot, name = self.path.partition(".")
        return name if room == "behaviour" else None

    @property
    def wide(self) -> bool:
        """Whether what is searched spans so much that it is looked at in equal ratios."""
        return self.least > 0.0 and self.low > 0.0 and self.most / self.least >= _WIDE

    def values(self, points: int) -> Array:
        """Values to be looked at: half of them over all that is searched, half inside of what is documented."""
        if self.unit == SWITCH:
            return np.array([self.least, self.most])
        between = np.geomspace if self.wide else np.linspace
        spread = [between(self.least, self.most, points // 2 + 1), np.array([self.best])]
        if self.high > self.low:
            spread.append(between(self.low, self.high, points // 2 + 1))
        every = np.unique(np.concatenate(spread))
        return every[(every >= self.least) & (every <= self.most)]


@dataclass(frozen=True)
class Solution:
    """Where an assumption lets a claim hold.

    intervals : of values searched;  roots : values at which it begins or ceases to
    values, margins : (n,) what was looked at first, for a figure
    """

    lever: Lever
    intervals: tuple[tuple[float, float], ...]
    roots: tuple[float, ...]
    values: Array
    margins: Array

    @property
    def documented(self) -> tuple[tuple[float, float], ...]:
        """The parts of the intervals inside the documented range."""
        low, high = self.lever.low, self.lever.high
        parts = ((max(first, low), min(last, high)) for first, last in self.intervals)
        return tuple((first, last) for first, last in parts if first <= last)


@dataclass(frozen=True)
class Feasible:
    """Where two assumptions together let a claim hold.

    across, up : the two;  columns, rows : their values, (n,) and (m,);  margins : (m, n) of the claim
    constraint : (m, n) of what was published, 0 or more where it is met; None where nothing applies
    """

    across: Lever
    up: Lever
    columns: Array
    rows: Array
    margins: Array
    constraint: Array | None

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Where the claim holds, (m, n)."""
        return np.asarray(self.margins >= 0.0)

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Where it holds, both assumptions are inside what is documented, and what was published is met, (m, n)."""
        inside = [
            (values >= lever.low) & (values <= lever.high)
            for lever, values in ((self.up, self.rows), (self.across, self.columns))
        ]
        documented = np.outer(*inside).astype(bool)
        met = np.ones_like(documented) if self.constraint is None else self.constraint >= 0.0
        return np.asarray(self.holds & documented & met)


def lever_of(story: Scenario, path: str) -> Lever:
    """Find an assumption of a story by its path; InputError with the nearest for one that it does not have."""
    room, _dot, rest = path.partition(".")
    documented = {row.path: row for row in Scenario.parameter_table()}
    if room == "behaviour":
        known = {f"behaviour.{name}": field for name, field in Behaviour.model_fields.items()
                 if isinstance(field.default, Uncertain)}  # fmt: skip
        if path not in known:
            raise InputError(f"no parameter {path!r}{nearest(path, known)}")
        quantity = next((entry for entry in known[path].metadata if isinstance(entry, Quantity)), None)
        most = _STABLE if rest == "network_effect" and not story.tipping else getattr(quantity, "at_most", None)
        return _lever(path, getattr(story.behaviour, rest).best, documented.get(path), most)
    fields = _event_fields(story)
    whole = {f"events.{event.id or event.kind}" for event in story.events}
    if path in whole:
        return Lever(path, SWITCH, 1.0, np.nan, np.nan, 0.0, 1.0)
    if path not in fields:
        raise InputError(
            f"{path!r} is nothing that can be moved: expected behaviour.NAME, events.ID.FIELD or events.ID"
            f"{nearest(path, [*fields, *whole])}"
        )
    kind, value = fields[path]
    return _lever(path, value, documented.get(f"events.{kind}.{path.rsplit('.', 1)[1]}"), None)


def _lever(path: str, best: float, row: ParameterRow | None, most: float | None) -> Lever:
    """The assumption with the values that are searched: what is documented, the best value, and wider."""
    low, high = (np.nan, np.nan) if row is None or row.low is None or row.high is None else (row.low, row.high)
    unit = "" if row is None else row.unit
    if unit in _SHARES:
        return Lever(path, unit, best, low, high, 0.0, 1.0)
    least, top = np.nanmin([low, best]) / WIDER, np.nanmax([high, best]) * WIDER
    return Lever(path, unit, best, low, high, float(least), float(top if most is None else min(top, most)))


def _event_fields(story: Scenario) -> dict[str, tuple[str, float]]:
    """Numbers of the events of a story by path: kind of the event, and value; an event is named by id, else by kind."""
    found: dict[str, tuple[str, float]] = {}
    for event in story.events:
        name = event.id or event.kind
        for field in type(event).model_fields:
            value = getattr(event, field)
            if isinstance(value, float):
                found.setdefault(f"events.{name}.{field}", (event.kind, value))
    return found


def moved(story: Scenario, lever: Lever, value: float) -> Scenario:
    """The story with another value of a field of an event, or without an event (0 of a switch)."""
    _events, name, *field_ = lever.path.split(".")
    if lever.unit == SWITCH:
        kept = tuple(event for event in story.events if value > 0.0 or (event.id or event.kind) != name)
        return story.model_copy(update={"events": kept})
    (field,) = field_
    events = tuple(
        event.model_copy(update={field: value}) if (event.id or event.kind) == name else event for event in story.events
    )
    return story.model_copy(update={"events": events})


def margins_over(worlds: Worlds, story: Scenario, expected: Sequence[Expectation], lever: Lever) -> Margins:
    """How far all expectations are met at values of an assumption, (n,) -> (n,); nan where a figure is not defined."""

    def one(value: float) -> float:
        try:
            if lever.behaviour is not None:
                return float(worlds.margin(story, expected, {lever.behaviour: [value]})[0])
            return float(worlds.margin(moved(story, lever, value), expected, sources=())[0])
        except (PaysimError, ArithmeticError, np.linalg.LinAlgError):  # no such world can be had
            return float("nan")

    def found(values: Array) -> Array:
        if lever.behaviour is not None:
            try:
                margins = worlds.margin(story, expected, {lever.behaviour: list(values)})
                return np.broadcast_to(margins, values.shape)
            except (PaysimError, ArithmeticError, np.linalg.LinAlgError):
                pass  # one of them fails: each by itself
        return np.array([one(float(value)) for value in values])

    return found


def solve(margins: Margins, lever: Lever, points: int | None = None) -> Solution:
    """Find where a margin is 0 or more between the least and the most value of an assumption.

    margins : (n,) -> (n,); nan counts as not met

    Every change between neighbours of the first look is followed to its root; two between neighbours are missed.
    """
    count = points or (POINTS if lever.behaviour is not None else EVENT_POINTS)
    values = lever.values(count)
    looked_at = np.asarray(margins(values), dtype=np.float64)
    met = looked_at >= 0.0
    if lever.unit == SWITCH:
        states = tuple((float(value), float(value)) for value in values[met])
        return Solution(lever, states, (), values, looked_at)
    roots = [
        _root(margins, values[at : at + 2], looked_at[at : at + 2], lever) for at in np.flatnonzero(met[1:] != met[:-1])
    ]
    ends = [*([lever.least] if met[0] else []), *roots, *([lever.most] if met[-1] else [])]
    intervals = tuple(zip(ends[::2], ends[1::2], strict=True))
    return Solution(lever, intervals, tuple(roots), values, looked_at)


def _root(margins: Margins, ends: Array, known: Array, lever: Lever) -> float:
    """Where a margin passes 0 between two values; Brent's method, or bisection where it is not defined at one."""
    precise = _PRECISE * (lever.most - lever.least)

    def at(value: float) -> float:
        return float(margins(np.array([value]))[0])

    if np.isfinite(known).all():
        return float(brentq(at, *ends, xtol=precise))
    return float(bisect(lambda value: 1.0 if at(value) >= 0.0 else -1.0, *ends, xtol=precise))


def published_constraint(story: Scenario) -> Expectation | None:
    """What CIPS published about its growth as a bound on the story's first year; None for a story of other months.

    The value of 2025 over that of 2024, against the value in the story's CIPS in August 2025 over July 2024.
    """
    if f"{story.start:%Y-%m}" != str(STORY_PEAK) or f"{story.horizon:%Y-%m}" < str(STORY_LOW):
        return None
    data: dict[str, Any] = {
        "measure": {"series": "cips_value", "at": str(STORY_LOW), "relative_to": "start"},
        "at_most": f"{100.0 * (1.0 + published_growth()):.6f} %",
    }
    return Expectation.model_validate(data)


def published_growth() -> float:
    """Growth of the value of CIPS in the year of the story's low over the year before, as published, a fraction."""
    value = {row.period.text: row.value for row in catalogue.cips_value()}
    year = str(STORY_LOW)[:4]
    return value[year] / value[str(int(year) - 1)] - 1.0


def feasible(
    worlds: Worlds, story: Scenario, expected: Sequence[Expectation], across: Lever, up: Lever, grid: int | None = None
) -> Feasible:
    """Look at two assumptions together on a grid, with what was published beside the claim."""
    columns, rows = (lever.values(grid or (GRID if lever.behaviour else EVENT_GRID)) for lever in (across, up))
    bound = published_constraint(story)
    margins = _grid(worlds, story, expected, (across, columns), (up, rows))
    constraint = None if bound is None else _grid(worlds, story, [bound], (across, columns), (up, rows))
    return Feasible(across, up, columns, rows, margins, constraint)


def _grid(
    worlds: Worlds,
    story: Scenario,
    expected: Sequence[Expectation],
    across: tuple[Lever, Array],
    up: tuple[Lever, Array],
) -> Array:
    """Margins on a grid, (m, n): one run for all parameters of behaviour, one more for every value of an event."""
    (one, columns), (other, rows) = across, up
    if one.behaviour is None and other.behaviour is None:
        found = [margins_over(worlds, moved(story, other, value), expected, one)(columns) for value in rows]
        return np.stack(found)
    if one.behaviour is None:
        return _grid(worlds, story, expected, up, across).T
    if other.behaviour is None:
        return np.stack([margins_over(worlds, moved(story, other, value), expected, one)(columns) for value in rows])
    mesh = [part.ravel() for part in np.meshgrid(columns, rows)]
    values = {one.behaviour: list(mesh[0]), other.behaviour: list(mesh[1])}
    return np.broadcast_to(worlds.margin(story, expected, values), mesh[0].shape).reshape(len(rows), len(columns))
