"""What every part of a scenario is made of: the frozen model, typed quantities, references to other parts.

Every rule is checked where the value stands, so that all problems of a file come out at once and each has a place.
References between parts (a group named in an event, say) are checked against `Known`, which `Scenario` sets before
its parts are validated; a part that is made by itself, in a test or from Python, is checked without references.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    StringConstraints,
    TypeAdapter,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from paysim.scenario import dates, units
from paysim.scenario.units import Dimension, shown
from paysim.words import LANGUAGES

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Known:
    """Names and dates that a scenario declares, for checking references."""

    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    classes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unwilling: frozenset[str] = frozenset()
    system_currency: Mapping[str, str] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None


known: ContextVar[Known | None] = ContextVar("known", default=None)


def problem(message: str) -> PydanticCustomError:
    """An error whose message reaches the user as it is."""
    return PydanticCustomError("paysim", "{message}", {"message": message})


class Issues:
    """Collects problems of several places inside one value and raises them together."""

    def __init__(self) -> None:
        self.details: list[InitErrorDetails] = []

    def add(self, place: Place, message: str, value: object = None, *, at_key: bool = False) -> None:
        """Add one problem, of a value or of its key."""
        kind = PydanticCustomError("key", "{message}", {"message": message}) if at_key else problem(message)
        self.details.append(InitErrorDetails(type=kind, loc=place, input=value))

    def take(self, error: ValidationError, place: Place = ()) -> None:
        """Add all problems of another validation, which happened at ``place``."""
        for found in error.errors(include_url=False):
            context = {**found.get("ctx", {}), "message": found["msg"]}
            context.pop("error", None)
            kind = PydanticCustomError(found["type"], "{message}", context)
            self.details.append(InitErrorDetails(type=kind, loc=place + found["loc"], input=found["input"]))

    def check(self, place: Place, read: Callable[[Any], Any], value: object) -> Any:
        """``read(value)``, with what goes wrong added at ``place`` (then the result is None)."""
        try:
            return read(value)
        except ValidationError as error:
            self.take(error, place)
        except ValueError as error:
            self.add(place, str(error), value)
        return None

    def finish(self, title: str) -> None:
        """Raise what was found, if anything."""
        if self.details:
            raise ValidationError.from_exception_data(title, self.details)


def nearest(word: str, names: Iterable[str]) -> str:
    """``"; nearest: x"`` where a name is near the word, else the names in brackets, or nothing where they are many."""
    names = sorted(names)
    folded = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.5)
    if close:
        return f"; nearest: {folded[close[0]]}"
    return f" (known: {', '.join(names)})" if 0 < len(names) <= 30 else ""


class Model(BaseModel):
    """A part of a scenario: frozen, and no key but the declared ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())

    @model_validator(mode="wrap")
    @classmethod
    def _unknown_keys(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        """Tell unknown keys with the nearest known one, beside all other problems; nothing means the default."""
        if not isinstance(data, Mapping):
            return handler(data)
        strangers = [key for key in data if key not in cls.model_fields]
        data = {key: value for key, value in data.items() if value is not None or key in strangers}
        if not strangers:
            return handler(data)
        issues = Issues()
        for key in strangers:
            issues.add(
                (str(key),), f"unknown key {str(key)!r}{nearest(str(key), cls.model_fields)}", data[key], at_key=True
            )
        try:
            handler({key: value for key, value in data.items() if key in cls.model_fields})
        except ValidationError as error:
            issues.take(error)
        issues.finish(cls.__name__)
        return None


@dataclass(frozen=True, eq=False)  # marks must be hashable, by identity
class Written:
    """Marks a type whose values are read from what a person writes, by a function that raises ValueError."""

    read: Callable[[object], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read first, then check the type."""
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What may be written."""
        return dict(self.schema)

    def _read(self, value: object) -> Any:
        try:
            return self.read(value)
        except ValidationError:
            raise
        except ValueError as error:
            raise problem(str(error)) from None


@dataclass(frozen=True)
class Quantity:
    """A dimension with the bounds that make sense (canonical units)."""

    dimension: Dimension
    at_least: float | None = 0.0
    at_most: float | None = None
    above: float | None = None

    def read(self, value: object) -> float:
        """The value in canonical units (ValueError says what is wrong)."""
        number = self.dimension.read(value)
        limits = (
            ("at least", self.at_least, self.at_least is not None and number < self.at_least),
            ("more than", self.above, self.above is not None and number <= self.above),
            ("at most", self.at_most, self.at_most is not None and number > self.at_most),
        )
        for word, limit, broken in limits:
            if broken and limit is not None:
                raise ValueError(f"expected {self.dimension.name} of {word} {self.shown(limit)}, got {shown(value)}")
        return number

    def shown(self, value: float) -> str:
        """A canonical value with its unit."""
        return self.dimension.write(value)

    def json_schema(self) -> dict[str, Any]:
        """JSON schema of a value as written: text with a unit, or a number for pure ratios."""
        choices: list[dict[str, Any]] = []
        if self.dimension.units:
            choices.append({"type": "string", "pattern": self.dimension.pattern})
        if self.dimension.bare:
            number: dict[str, Any] = {"type": "number"}
            limits = {"minimum": self.at_least, "maximum": self.at_most, "exclusiveMinimum": self.above}
            choices.append(number | {name: limit for name, limit in limits.items() if limit is not None})
        return choices[0] if len(choices) == 1 else {"anyOf": choices}


def quantity(dimension: Dimension, **bounds: float | None) -> Written:
    """The mark of a float that is written with a unit (see `Quantity` for the bounds)."""
    made = Quantity(dimension, **bounds)
    return Written(made.read, made.json_schema())


@dataclass(frozen=True)
class Reference:
    """Marks text as the id of a group, currency, network or system that must be declared."""

    kind: str

    def check(self, value: str) -> str:
        """The id, if it is declared or nothing is known about declarations."""
        names = known.get()
        if names is not None and value not in names.ids[self.kind]:
            raise problem(f"unknown {self.kind} {value!r}{nearest(value, names.ids[self.kind])}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text first, then the reference."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))


def check_sum(shares: dict[str, float]) -> dict[str, float]:
    """Shares that sum to 1 within rounding of what a person writes."""
    total = sum(shares.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise problem(f"shares sum to {100 * total:.6g} %, expected 100 %")
    return shares


def some(items: Items) -> Items:
    """A list or mapping with at least one item."""
    if not items:
        raise problem("expected at least one item, got none")
    return items


@cache
def _text() -> TypeAdapter[str]:
    return TypeAdapter(Text)


def read_words(value: object) -> str | dict[str, str]:
    """What a person wrote once for all, or by language: ``{en: ..., de: ...}``."""
    read = _text().validate_python
    if not isinstance(value, Mapping):
        return read(value)
    if not value:
        raise problem(f"expected a text in one language at least (known: {', '.join(LANGUAGES)}), got none")
    if not any(str(key) in LANGUAGES or nearest(str(key), LANGUAGES).startswith(";") for key in value):
        by_language = f"unknown language {str(next(iter(value)))!r}; texts by language are {{en: ..., de: ...}}"
        raise problem(f"expected text, got a mapping ({by_language})")
    issues, texts = Issues(), {}
    for key, text in value.items():
        if key not in LANGUAGES:
            issues.add((str(key),), f"unknown language {str(key)!r}{nearest(str(key), LANGUAGES)}", key, at_key=True)
        texts[str(key)] = issues.check((str(key),), read, text)
    issues.finish("Words")
    return texts


Items = TypeVar("Items", bound=Collection[Any])
SUM_TOLERANCE = 1e-6

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
_TEXT_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 4000}
Words = Annotated[
    str | dict[str, str],
    Written(
        read_words,
        {
            "anyOf": [
                _TEXT_SCHEMA,
                {
                    "type": "object",
                    "properties": dict.fromkeys(LANGUAGES, _TEXT_SCHEMA),
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        },
    ),
]
"""A text for people, or one in each language; `paysim.words.said` chooses."""
GroupName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,23}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Share = Annotated[float, quantity(units.SHARE, at_most=1.0)]
Ratio = Annotated[float, quantity(units.RATIO)]
SignedRatio = Annotated[float, quantity(units.RATIO, at_least=-1.0, at_most=1.0)]
Duration = Annotated[float, quantity(units.DURATION)]
LogOdds = Annotated[float, quantity(units.LOG_ODDS)]
LogOddsPerMonth = Annotated[float, quantity(units.LOG_ODDS_PER_MONTH)]
Trend = Annotated[float, quantity(units.LOG_ODDS_PER_MONTH, at_least=None)]
MonthlyShare = Annotated[float, quantity(units.MONTHLY_RATE, at_most=1.0)]
Money = Annotated[float, quantity(units.MONEY)]
Instant = Annotated[datetime, Written(dates.read_instant, {"type": "string", "pattern": dates.INSTANT_PATTERN})]
Day = Annotated[date, Written(dates.read_day, {"type": "string", "pattern": dates.DAY_PATTERN})]
Month = Annotated[datetime, Written(dates.read_month, {"type": "string", "pattern": dates.MONTH_PATTERN})]
OperatingHours = Annotated[str, Written(dates.read_hours, {"type": "string", "pattern": dates.HOURS_PATTERN})]
Zone = Annotated[str, Written(dates.read_zone, {"type": "string"})]
GroupId = Annotated[str, Reference("group")]
CurrencyId = Annotated[str, Reference("currency")]
NetworkId = Annotated[str, Reference("network")]
SystemId = Annotated[str, Reference("system")]
Profile = Annotated[dict[CurrencyId, Share], AfterValidator(check_sum)]
"""Shares of currencies that sum to 1."""
