"""The parts of a system file: home and hours, rules, liquidity, traffic, and figures with where they come from.

A *figure* is a number as a person writes it (``8 %``), or a mapping with ``best``, ``low``, ``high``, ``basis``,
``source`` and ``note``. A *fact* is a word (``fifo``), or a mapping with ``value``, ``basis``, ``source``, ``note``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from paysim.scenario import dates, units
from paysim.scenario.base import Issues, Model, Quantity, Text, Written, nearest, problem
from paysim.scenario.parts import WorkingDays
from paysim.scenario.units import Dimension, shown

BASES = {
    "S": "a source says so",
    "D": "derived from sourced figures",
    "J": "a judgement",
    "U": "common knowledge for which no source was read",
    "weak": "a weak source",
    "given": "stated by this file without a basis",
}
GIVEN: Literal["given"] = "given"
PROVENANCE = ("basis", "source", "note")

Basis = Literal["S", "D", "J", "U", "weak", "given"]
SOURCE_NAME = r"^[A-Za-z0-9][A-Za-z0-9 .&-]{0,39}$"
_CITED = re.compile(r"\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Around:
    """What a part of a system file must know of the rest.

    currency : of the system, in which amounts are meant; None where it cannot be told
    sources : names that ``sources`` declares; None: unknown, nothing is checked
    hours_of : opening hours, time zone and calendar of a system of a name; raises ValueError where there is none
    """

    currency: str | None = None
    sources: frozenset[str] | None = None
    hours_of: Callable[[str], tuple[str, str, str]] | None = None


around: ContextVar[Around | None] = ContextVar("around", default=None)


def surroundings() -> Around:
    """What is known where a part is read; nothing in a part that is made by itself."""
    return around.get() or Around()


def _check_cited(text: str) -> str:
    """A source may name sources of the file in square brackets; they must be there."""
    names = surroundings().sources
    for cited in _CITED.findall(text) if names is not None else []:
        if names is not None and cited not in names:
            raise problem(f"unknown source {cited!r}{nearest(cited, names)}")
    return text


class SystemSource(Model):
    """Where figures and facts of the file were read."""

    text: Text
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=600)] | None = None
    grade: Literal["A", "B", "C"] | None = Field(
        None, description="A operator, central bank or law; B press or study quoting it; C weak"
    )


class Backed(Model):
    """Where something comes from."""

    basis: Basis = GIVEN
    source: Annotated[Text, AfterValidator(_check_cited)] | None = None
    note: Text | None = None


class SystemFigure(Backed):
    """A number in canonical units with its plausible range, and where it comes from."""

    best: float
    low: float
    high: float
    unit: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.best <= self.high:
            raise problem(f"best {self.best:g} must lie between low {self.low:g} and high {self.high:g}")
        return self


class SystemFact(Backed):
    """A word, number or truth value that has no range, and where it comes from."""

    value: Any


def _read_parts(value: Mapping[Any, Any], main: str, numbers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """A mapping with provenance: its ``main`` key and other ``numbers`` read, all problems at once."""
    issues, read = Issues(), {}
    known = (*numbers, *PROVENANCE)
    for key, part in value.items():
        if key in numbers:
            read[key] = issues.check((key,), numbers[key], part)
        elif key not in PROVENANCE:
            issues.add((str(key),), f"unknown key {str(key)!r}{nearest(str(key), known)}", part, at_key=True)
        elif part is not None:
            read[key] = part
    if main not in value:
        issues.add((), f"{main} is missing (a mapping here has {', '.join(known)})", value, at_key=True)
    if read.get("basis", GIVEN) not in BASES:
        issues.add(("basis",), f"expected {' or '.join(BASES)}, got {shown(read['basis'])}", read["basis"])
    issues.finish("SystemFigure")
    return read


def _whole(read: Callable[[object], float]) -> Callable[[object], float]:
    def checked(value: object) -> float:
        number = read(value)
        if not number.is_integer():
            raise ValueError(f"expected a whole number, got {shown(value)}")
        return number

    return checked


def _bounded(quantity: Quantity) -> Callable[[object], float]:
    """Reads a quantity; an amount is meant in the currency of the system."""
    if quantity.dimension is not AMOUNT:
        return quantity.read

    def read(value: object) -> float:
        code = surroundings().currency
        found = re.search(r"\b([A-Z]{3})\s*$", value) if isinstance(value, str) else None
        if code is not None and found is not None and found[1] != code:
            raise ValueError(f"{shown(value)}: the currency of the system is {code}")
        return Quantity(units.amount(code or (found[1] if found else "XXX")), above=quantity.above).read(value)

    return read


AMOUNT = units.amount("XXX")
_AMOUNT_PATTERN = rf"^\s*{units.NUMBER}\s*(?:thousand|m|bn|trn)(?: [A-Z]{{3}})?\s*$"


def figure(dimension: Dimension, *, whole: bool = False, unit: str = "", **bounds: float | None) -> Written:
    """The mark of a figure of a dimension, with the bounds that make sense (see `Quantity`).

    ``unit`` is what is counted, for plain numbers ("payments"); ``whole`` lets in no fractions.
    """
    quantity = Quantity(dimension, **bounds)
    number = _whole(_bounded(quantity)) if whole else _bounded(quantity)

    def read(value: object) -> object:
        if isinstance(value, SystemFigure):
            return value
        spoken = unit or (dimension.unit if dimension is not AMOUNT else surroundings().currency or "")
        if not isinstance(value, Mapping):
            best = number(value)
            return {"best": best, "low": best, "high": best, "unit": spoken}
        made = _read_parts(value, "best", dict.fromkeys(("best", "low", "high"), number))
        return {"low": made["best"], "high": made["best"], **made, "unit": spoken}

    point = quantity.json_schema() if dimension is not AMOUNT else {"type": "string", "pattern": _AMOUNT_PATTERN}
    return Written(read, _schema(point, ("best", "low", "high")))


def fact(read_value: Callable[[Any], Any], point: Mapping[str, Any]) -> Written:
    """The mark of a fact, read by a function that raises ValueError."""

    def read(value: object) -> object:
        if isinstance(value, SystemFact):
            return value
        if not isinstance(value, Mapping) or "hours" in value:
            return {"value": read_value(value)}
        return _read_parts(value, "value", {"value": read_value})

    return Written(read, _schema(point, ("value",)))


def _schema(point: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """JSON schema of a value as written, plain or with where it comes from."""
    provenance = {"basis": {"enum": list(BASES)}, "source": {"type": "string"}, "note": {"type": "string"}}
    return {
        "anyOf": [
            dict(point),
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {key: dict(point) for key in keys} | provenance,
                "required": [keys[0]],
            },
        ]
    }


def choice(*words: str) -> Written:
    """The mark of a fact that is one of a few words."""
    return fact(lambda value: one_of(value, words), {"enum": list(words)})


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {shown(value)}")
    return value


def _read_profile(value: object) -> tuple[float, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError(f"expected a list of weights such as [1, 3, 2], got {shown(value)}")
    for weight in value:
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or weight < 0:
            raise ValueError(f"expected weights of at least 0, got {shown(weight)}")
    if not any(value):
        raise ValueError("the weights are all 0: no payment could arrive")
    return tuple(float(weight) for weight in value)


_HOURS = re.compile(r"(\d\d):(\d\d)( D-1)?-(\d\d):(\d\d)( D\+1)?")


def read_hours(value: object) -> str:
    """Hours by the system's own clock that open before they close and close within a day of it."""
    text = dates.read_hours(value)
    found = _HOURS.match(text)
    assert found is not None
    opens = int(found[1]) * 60 + int(found[2]) - (24 * 60 if found[3] else 0)
    closes = int(found[4]) * 60 + int(found[5]) + (24 * 60 if found[6] else 0)
    if not opens < closes <= opens + 24 * 60:
        raise ValueError(f"{shown(text)}: a system closes after it opens and at most 24 hours later")
    return text


class WindowHours(Model):
    """When liquidity may be injected: the hours of a system, named or not."""

    hours: str
    timezone: str
    calendar: str
    system: str | None = None


_WINDOW_KEYS: dict[str, Callable[[Any], str]] = {
    "hours": read_hours,
    "timezone": dates.read_zone,
    "calendar": lambda value: one_of(value, get_args(WorkingDays)),
}


def _read_window(value: object) -> object:
    """A window as the name of a system or as hours of its own."""
    if isinstance(value, WindowHours):
        return value
    if isinstance(value, str):
        find = surroundings().hours_of
        if find is None:
            raise ValueError(f"the hours of {value} are known only to a file that is loaded: give hours here")
        hours, timezone, calendar = find(value)
        return WindowHours(hours=hours, timezone=timezone, calendar=calendar, system=value)
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a system such as HVPS or hours, timezone and calendar, got {shown(value)}")
    issues, read = Issues(), {}
    for key, part in value.items():
        if key in _WINDOW_KEYS:
            read[key] = issues.check((key,), _WINDOW_KEYS[key], part)
        else:
            issues.add((str(key),), f"unknown key {str(key)!r}{nearest(str(key), _WINDOW_KEYS)}", part, at_key=True)
    for key in _WINDOW_KEYS:
        if key not in value:
            issues.add((), f"the window needs {key}", value, at_key=True)
    issues.finish("WindowHours")
    return WindowHours(**read)


def _read_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected text, got {shown(value)}")
    return value.strip()


def one_of(value: object, words: Iterable[str]) -> str:
    """One of a few words (ValueError says which is near)."""
    words = tuple(words)
    if value not in words:
        near = nearest(value, words) if isinstance(value, str) else ""
        hint = near if near.startswith(";") else ""
        raise ValueError(f"expected {' or '.join(words)}, got {shown(value)}{hint}")
    return str(value)


_NUMBER = {"type": "number", "minimum": 0}
_WINDOW_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "additionalProperties": False,
            "required": list(_WINDOW_KEYS),
            "properties": {
                "hours": {"type": "string", "pattern": dates.HOURS_PATTERN},
                "timezone": {"type": "string"},
                "calendar": {"enum": list(get_args(WorkingDays))},
            },
        },
    ]
}
HoursFact = Annotated[SystemFact, fact(read_hours, {"type": "string", "pattern": dates.HOURS_PATTERN})]
ZoneFact = Annotated[SystemFact, fact(dates.read_zone, {"type": "string"})]
CalendarFact = Annotated[SystemFact, choice(*get_args(WorkingDays))]
TextFact = Annotated[SystemFact, fact(_read_text, {"type": "string"})]
TruthFact = Annotated[SystemFact, fact(_truth, {"type": "boolean"})]
ProfileFact = Annotated[SystemFact, fact(_read_profile, {"type": "array", "items": _NUMBER, "minItems": 1})]
WindowFact = Annotated[SystemFact, fact(_read_window, _WINDOW_SCHEMA)]
LiquidityFigure = Annotated[SystemFigure, figure(units.LIQUIDITY)]
ShareFigure = Annotated[SystemFigure, figure(units.SHARE, at_most=1.0)]
SigmaFigure = Annotated[SystemFigure, figure(units.RATIO, unit="natural log")]
SecondsFigure = Annotated[SystemFigure, figure(units.TIME_OF_DAY, whole=True)]
IntervalFigure = Annotated[SystemFigure, figure(units.TIME_OF_DAY, whole=True, above=0.0)]
PriceFigure = Annotated[SystemFigure, figure(units.CREDIT_PRICE)]
AmountFigure = Annotated[SystemFigure, figure(AMOUNT, above=0.0)]


def count(unit: str, **bounds: float | None) -> Written:
    """The mark of a number of things."""
    return figure(units.NUMBER_OF, whole=True, unit=unit, **bounds)
