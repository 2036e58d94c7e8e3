"""One figure of a run, or of the packaged tables: which series and key, when, and in relation to what.

``{series: true_share, key: CNY, at: 2028-01}`` is the yuan's true share in January 2028;
``{series: trade_index, key: CHN, over: [2027-01, 2028-12], reduce: min}`` the worst month of China's trade in two
years; ``relative_to: start`` divides by the first month of the run; ``relative_to: {at: 2026-12}`` by the same figure
at another time; ``relative_to: {scenario: baseline.yaml}`` by the same figure in another story, draw by draw.
``{data: cips_annual, figure: value, at: 2024}`` is a published figure and not a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from paysim.data import catalogue
from paysim.data.tables import Observation, Period, Table
from paysim.errors import DataError
from paysim.scenario import units
from paysim.scenario.base import Issues, Model, Name, Text, Written, known, nearest, problem
from paysim.scenario.dates import MONTH_PATTERN, read_month
from paysim.scenario.series import SERIES
from paysim.scenario.units import Dimension, shown

folder: ContextVar[Path | None] = ContextVar("folder", default=None)
"""The folder of the file that is being read, where other scenarios are looked for; None for one made in Python."""

moved: ContextVar[bool] = ContextVar("moved", default=False)
"""Whether the months of the file being read were changed by --set: what it claims and checks need not fit them then."""

START, END = "start", "end"
RATIO = "ratio"
"""The unit of one figure over another."""
PERIOD_PATTERN = r"^[0-9]{4}(-(Q[1-4]|H[12]|[0-9]{2}(-[0-9]{2})?))?(/[0-9]{4}(-[QH0-9][0-9]?(-[0-9]{2})?)?)?$"
REDUCERS = Literal["last", "mean", "min", "max", "change", "ratio"]

HOURS = Dimension("a time", "hours", {"h": Decimal(1), "d": Decimal(24)}, "5 h")
_DIMENSIONS = {
    "fraction": units.SHARE,
    "index": units.SHARE,
    RATIO: units.SHARE,
    "basis points": units.COST,
    "hours": HOURS,
    "log-odds": units.LOG_ODDS,
}
"""How a bound on a figure is written, by the first words of its unit; a plain number for all others."""


def read_when(value: object) -> str:
    """Read a month, ``start``, ``end`` or, in a packaged table, a period; ValueError says what is wrong."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"expected a month such as 2027-01, start or end, got {shown(value)}")
    if value not in (START, END):
        Period.parse(value)
    return value


def read_span(value: object) -> tuple[str, str]:
    """Read the first and the last of some months; ValueError says what is wrong."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"expected the first and the last month, such as [2027-01, 2027-12], got {shown(value)}")
    first, last = (one if one in (START, END) else f"{read_month(one):%Y-%m}" for one in value)
    return first, last


def read_scenario_file(value: object) -> str:
    """Read the name of a scenario file beside the one that is being read, or below; ValueError says what is wrong."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected a scenario file beside this one, such as cutoff.yaml, got {shown(value)}")
    here = folder.get()
    if here is None:
        return value
    path = here / value
    try:
        inside = path.resolve().is_relative_to(here.resolve()) and not Path(value).is_absolute()
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise ValueError(f"{shown(value)} lies outside the folder of this file")
    if not path.is_file():
        raise ValueError(f"there is no file {path}{nearest(value, (file.name for file in here.glob('*.yaml')))}")
    return value


_MONTH_OR_END = {"anyOf": [{"enum": [START, END]}, {"type": "string", "pattern": MONTH_PATTERN}]}
When = Annotated[str, Written(read_when, {"anyOf": [
    {"enum": [START, END]},
    {"type": "string", "pattern": PERIOD_PATTERN},
    {"type": "integer", "minimum": 1970, "maximum": 2200},
]})]  # fmt: skip
Span = Annotated[
    tuple[str, str],
    Written(read_span, {"type": "array", "items": _MONTH_OR_END, "minItems": 2, "maxItems": 2}),
]
ScenarioFile = Annotated[str, Written(read_scenario_file, {"type": "string"})]


class Comparison(Model):
    """What a figure is divided by; whatever is not said is as in the figure itself."""

    series: Text | None = Field(None, description="another series")
    data: Text | None = Field(None, description="another packaged table")
    figure: Text | None = Field(None, description="another measure of the table")
    key: str | None = Field(None, description="another key")
    at: When | None = Field(None, description="another time")
    over: Span | None = Field(None, description="other months")
    reduce: REDUCERS | None = Field(None, description="another figure of these months")
    scenario: ScenarioFile | None = Field(None, description="the same in another story")
    without: tuple[Name, ...] = Field((), description="the same story without some of its events")


def _or_start(schema: dict[str, Any]) -> None:
    """Allow the word ``start`` in the schema for editors."""
    schema["anyOf"].insert(0, {"const": START})


class Measure(Model):
    """One figure: of a series of the run, or of a packaged table of what was published."""

    series: Text | None = Field(None, description="a series of the run (docs/reference/glossary.md)")
    data: Text | None = Field(None, description="a packaged table of published figures, instead of a series")
    figure: Text | None = Field(None, description="which measure of the table")
    key: str = Field("", description="of which currency, group, ...; several keys of a table are parted by /")
    at: When | None = Field(None, description="month, start or end; in a table the period as it stands there")
    instead_of: When | None = Field(None, description="the period that is meant, where the table has another only")
    over: Span | None = Field(None, description="first and last month, of which `reduce` makes one figure")
    reduce: REDUCERS | None = Field(None, description="change is last less first, ratio last over first")
    relative_to: Comparison | None = Field(
        None, description="divide by the first month (start), or by another figure", json_schema_extra=_or_start
    )

    @field_validator("relative_to", mode="before")
    @classmethod
    def _what_differs(cls, value: object) -> object:
        if value == START:
            return {"at": START}
        if value is not None and (not isinstance(value, (Mapping, Comparison)) or not value):
            raise problem(f"expected start or what differs, such as {{at: 2026-12}}, got {shown(value)}")
        return value

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        issues = Issues()
        if (self.series is None) == (self.data is None):
            issues.add((), "expected either a series or data, a packaged table")
        elif self.data is not None:
            self._check_datum(issues)
        else:
            self._check_series(issues)
        if self.relative_to is not None and not issues.details:
            issues.check(("relative_to",), lambda _: self._not_itself(self.compared()), None)
        issues.finish("Measure")
        return self

    def compared(self) -> Measure:
        """The figure that this one is divided by, without its story (`Comparison.scenario`, `Comparison.without`)."""
        other = self.relative_to
        assert other is not None
        own = self.model_dump(exclude={"relative_to", "instead_of", "label"}, exclude_none=True)
        said = other.model_dump(exclude={"scenario", "without"}, exclude_none=True)
        if "at" in said:
            own.pop("over", None)
            own.pop("reduce", None)
        if "over" in said:
            own.pop("at", None)
        for one, two in (("series", "data"), ("data", "series")):
            if one in said:
                own.pop(two, None)
        if "series" in said:
            own.pop("figure", None)
        return Measure.model_validate({**own, **said})

    def _not_itself(self, other: Measure) -> None:
        said = self.relative_to
        bare = self.model_copy(update={"relative_to": None, "instead_of": None})
        if said is not None and said.scenario is None and not said.without and other == bare:
            raise problem("the figure is divided by itself, which is always 1")

    @property
    def months(self) -> tuple[str, ...]:
        """The months, ``start`` or ``end`` that it is read at (a series)."""
        return self.over or ((self.at,) if self.at is not None else ())

    @property
    def unit(self) -> str:
        """The unit of the figure."""
        if self.relative_to is not None or self.reduce == "ratio":
            return RATIO
        if self.series is not None:
            return SERIES[self.series].unit
        return self.published().unit

    @property
    def dimension(self) -> Dimension:
        """How a bound on it is written."""
        found = (dimension for start, dimension in _DIMENSIONS.items() if self.unit.startswith(start))
        return next(found, units.NUMBER_OF)

    def published(self) -> Observation:
        """The published figure of a measure of data; DataError where there is none."""
        rows = {row.period.text: row for row in self._table().rows if row.measure == self.figure}
        if self.at not in rows:
            raise DataError(f"{self.data} has no {self.figure} of {self.at}{nearest(str(self.at), rows)}")
        return rows[self.at]

    def _table(self) -> Table:
        table = catalogue.series(str(self.data))
        parts = self.key.split("/") if self.key else []
        if len(parts) != len(table.key_names):
            raise DataError(f"{self.data} is keyed by {'/'.join(table.key_names) or 'nothing'}, got {self.key!r}")
        return replace(table, rows=tuple(row for row in table.rows if row.key == tuple(parts)))

    def _check_datum(self, issues: Issues) -> None:
        """Table, measure, key and period, each where it stands."""
        tables = [one.name for one in catalogue.descriptions() if one.name not in catalogue.TEXT_TABLES]
        if self.data not in tables:
            issues.add(("data",), f"unknown table {self.data!r}{_near(str(self.data), tables)}", self.data)
            return
        whole = catalogue.series(self.data)
        if self.figure not in whole.measures:
            text = f"unknown measure {self.figure!r} of {self.data}{nearest(str(self.figure), whole.measures)}"
            issues.add(("figure",), text, self.figure)
        for name in ("over", "reduce"):
            if getattr(self, name) is not None:
                issues.add((name,), f"{name} is for series; relative_to compares two published figures", name)
        keys = {"/".join(row.key) for row in whole.rows}
        if self.key not in keys:
            issues.add(("key",), f"{self.data} has no key {self.key!r}{_near(self.key, keys)}", self.key)
        if not issues.details:
            try:
                self.published()
            except DataError as error:
                issues.add(("at",), str(error), self.at)
            self._check_meant(issues)

    def _check_meant(self, issues: Issues) -> None:
        """A figure stands in for another only where the table does not have that one."""
        if self.instead_of is None:
            return
        try:
            self.model_copy(update={"at": self.instead_of}).published()
        except DataError:
            return
        text = f"{self.data} has {self.figure} of {self.instead_of}: expected that period in `at`"
        issues.add(("instead_of",), text, self.instead_of)

    def _check_series(self, issues: Issues) -> None:
        """Series, key and months, each where it stands."""
        if self.series not in SERIES:
            issues.add(("series",), f"unknown series {self.series!r}{_near(str(self.series), SERIES)}", self.series)
        else:
            self._check_key(issues)
        for name in ("figure", "instead_of"):
            if getattr(self, name) is not None:
                issues.add((name,), f"{name} is for data", getattr(self, name))
        if (self.at is None) == (self.over is None):
            issues.add((), "expected either at, a month, or over, the first and the last of some months")
        if (self.over is None) != (self.reduce is None):
            issues.add(
                (), "over needs reduce (last, mean, min, max, change or ratio of its months) and reduce needs over"
            )
        if self.at is not None:
            issues.check(("at",), _inside, self.at)
        for place, month in enumerate(self.over or ()):
            issues.check(("over", place), _inside, month)
        first, last = ({START: "", END: "9999"}.get(month, month) for month in self.over or (START, END))
        if last < first:
            issues.add(("over",), "the last month lies before the first", list(self.over or ()))

    def _check_key(self, issues: Issues) -> None:
        entry, names = SERIES[str(self.series)], known.get()
        if entry.keys or entry.key == "none":
            keys = set(entry.keys or ("",))
        elif names is None:
            return
        else:
            keys = {""}
            for kind in entry.key.split("/"):
                keys = {f"{start}/{end}".lstrip("/") for start in keys for end in _keys(kind, names.ids)}
        if self.key not in keys:
            what = "has no key" if entry.key == "none" else f"is keyed by {entry.key}, and none is"
            issues.add(("key",), f"{self.series} {what} {self.key!r}{_near(self.key, keys)}", self.key)


def _keys(kind: str, ids: Mapping[str, frozenset[str]]) -> set[str]:
    """Keys of a kind; options that a hub adds among them."""
    found = set(ids[kind])
    if kind == "option":
        found |= {f"{currency}-via-{hub}".lower() for currency in ids["currency"] for hub in ids["group"]}
    return found


def _near(word: str, names: Iterable[str]) -> str:
    return nearest(word, names) if word else nearest("", sorted(names)[:20])


def _inside(month: str) -> str:
    """A month of the horizon."""
    names = known.get()
    if month in (START, END):
        return month
    first = read_month(month)
    if names is None or moved.get():
        return month
    if names.start is not None and first < names.start:
        raise ValueError(f"{month} lies before the start {names.start:%Y-%m}")
    if names.end is not None and first >= names.end:
        raise ValueError(f"{month} lies after the horizon {names.end - timedelta(days=1):%Y-%m}")
    return month
