"""What would have to be true, in words: where a claim holds, whether that is documented, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paysim.evidence.require import SWITCH, Feasible, Lever, Solution, published_growth
from paysim.scenario.claims import Expectation
from paysim.study.bounds import STORY_LOW
from paysim.study.compared.explain_words import number_words, parameter_words, unit_words
from paysim.words import decimal, number, said
from paysim.words import translated as _

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Required:
    """What one assumption would have to be in one story.

    story : its label;  whole : for all bounds of the claim;  apart : for each bound by itself, in their order
    """

    story: str
    whole: Solution
    apart: tuple[Solution, ...]


def lever_words(lever: Lever) -> str:
    """An assumption's name as words: a parameter's, or an event's with its field."""
    return ": ".join(parameter_words(part) for part in lever.path.split(".")[1:])


def say(lever: Lever, value: float) -> str:
    """A value with its unit, shares in percent."""
    factor, unit = scale(lever)
    return f"{number_words(factor * value)}{unit}"


def scale(lever: Lever) -> tuple[float, str]:
    """Factor and unit of a lever's values for people."""
    if lever.unit == "share":
        return 100.0, " %"
    if lever.unit == "/month":
        return 100.0, _(" % a month")
    return 1.0, f" {unit_words(lever.unit)}" if lever.unit else ""


def range_words(lever: Lever, first: float, last: float) -> str:
    """An interval of values."""
    low, high = say(lever, first), say(lever, last)
    unit = scale(lever)[1]
    return _("{low} to {high}").format(low=low.removesuffix(unit) if unit else low, high=high)


def interval_words(lever: Lever, interval: tuple[float, float]) -> str:
    """Where a claim holds, of the values that were searched."""
    first, last = interval
    if first <= lever.least and last >= lever.most:
        return _("whatever it is, from {range}").format(range=range_words(lever, first, last))
    if first <= lever.least:
        return _("up to {value}").format(value=say(lever, last))
    if last >= lever.most:
        return _("from {value} on").format(value=say(lever, first))
    return range_words(lever, first, last)


def sentence(found: Solution) -> str:
    """Where an assumption lets a claim hold, and whether such values are documented."""
    lever = found.lever
    if lever.unit == SWITCH:
        return _switch_sentence({first for first, _last in found.intervals})
    if not found.intervals:
        text = _("holds for no value from {range}").format(range=range_words(lever, lever.least, lever.most))
    else:
        listed = _(", and ").join(interval_words(lever, one) for one in found.intervals)
        text = _("holds {listed}").format(listed=listed)
    return f"{text} ({'; '.join(_known(found))})"


def _switch_sentence(states: set[float]) -> str:
    """Whether a claim holds with an event, and without it."""
    if len(states) == 2:
        return _("holds with it and without it")
    if not states:
        return _("holds neither with it nor without it")
    return _("holds only with it") if 1.0 in states else _("holds only without it")


def _known(found: Solution) -> Iterator[str]:
    lever = found.lever
    if np.isnan(lever.low):
        yield _("no range is documented")
    else:
        yield _("documented: {range}").format(range=range_words(lever, lever.low, lever.high))
        whole = found.documented == ((lever.low, lever.high),)
        if found.intervals and not found.documented:
            yield _("all of it outside of what is documented")
        elif found.intervals and not whole:
            inside = _(", and ").join(range_words(lever, *one) for one in found.documented)
            yield _("inside of that: {inside}").format(inside=inside)
    yield _("best value: {value}").format(value=say(lever, lever.best))


def bound_words(expected: Expectation) -> str:
    """A bound of a claim: what it is of, and how much."""
    measure = expected.measure
    named = (measure.data, measure.figure) if measure.series is None else (measure.series, measure.key)
    what = said(expected.label) if expected.label is not None else " ".join(part for part in named if part)
    write = measure.dimension.write
    ends = [
        text.format(value=decimal(write(value)))
        for text, value in ((_("at least {value}"), expected.at_least), (_("at most {value}"), expected.at_most))
        if value is not None
    ]
    return f"{what}: {_(' and ').join(ends)}"


def feasible_words(found: Feasible) -> str:
    """How much of a grid of two assumptions lets a claim hold, and how much of that is documented and published."""
    cells = found.margins.size
    parts = [
        _("of {cells} pairs of {one} and {two} the claim holds for {count}").format(
            cells=cells, one=found.across.path, two=found.up.path, count=int(found.holds.sum())
        )
    ]
    if found.constraint is not None and np.all(found.constraint < 0.0):
        parts.append(_("whatever the two are, the story has CIPS grow by more than was published"))
    elif found.constraint is not None:
        excluded = int((found.holds & (found.constraint < 0.0)).sum())
        parts.append(_("{count} of these would have CIPS grow by more than was published").format(count=excluded))
    parts.append(_("{count} are left inside of what is documented").format(count=int(found.allowed.sum())))
    return "; ".join(parts)


def constraint_words(found: Feasible) -> str:
    """What was published and is held against the grid; empty where nothing applies."""
    if found.constraint is None:
        return ""
    growth = published_growth()
    return _("value of CIPS from July 2024 to August 2025 up by more than the {growth} % published for {year}").format(
        growth=number(100.0 * growth, 1), year=str(STORY_LOW)[:4]
    )


def as_data(required: Required, expected: Sequence[Expectation]) -> Mapping[str, Any]:
    """What one assumption would have to be, as plain data in canonical units."""
    lever = required.whole.lever
    return {
        "story": required.story,
        "parameter": lever.path,
        "unit": lever.unit,
        "best": lever.best,
        "documented": [lever.low, lever.high],
        "searched": [lever.least, lever.most],
        "holds": [list(one) for one in required.whole.intervals],
        "holds_inside_documented": [list(one) for one in required.whole.documented],
        "roots": list(required.whole.roots),
        "text": sentence(required.whole),
        "bounds": [
            {"bound": bound_words(one), "holds": [list(part) for part in found.intervals], "text": sentence(found)}
            for one, found in zip(expected, required.apart, strict=True)
        ],
    }


def grid_data(found: Feasible, story: str) -> Mapping[str, Any]:
    """A grid of two assumptions as plain data; margins by rows of the second."""
    return {
        "story": story,
        "across": found.across.path,
        "up": found.up.path,
        "columns": found.columns.tolist(),
        "rows": found.rows.tolist(),
        "margins": found.margins.tolist(),
        "constraint": None if found.constraint is None else found.constraint.tolist(),
        "allowed": int(found.allowed.sum()),
        "text": feasible_words(found),
    }
