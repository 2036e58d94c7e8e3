"""How a packaged table is read: one figure a row, and where it comes from beside it.

A table of figures is a CSV file with these columns::

    <keys ...>  period  measure  value  low  high  unit  source  grade  basis  published  published_basis  note

The keys (``currency``, ``group``, ...) come first and differ from table to table. ``low`` and ``high`` are the range
of an estimate or a judgement and may be empty. Reading checks every row and names every fault at once.
"""

from __future__ import annotations

import calendar
import csv
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from paysim.errors import DataError

GRADES = {
    "A": "official figure, seen in the original",
    "A-": "official figure, seen at second hand",
    "B": "press, or a database that cites the office",
    "B-": "weak press, or a citation only",
    "C": "arithmetic on figures that were seen",
    "J": "estimate or judgement",
    "X": "suspect, kept so that nobody adds it again; left out unless asked for",
}
BASES = ("sourced", "derived", "estimate", "judgement")
PUBLISHED_BASES = ("known", "rule")
SUSPECT = "X"

PROVENANCE = ("source", "grade", "basis", "published", "published_basis", "note")
FIGURE_COLUMNS = ("period", "measure", "value", "low", "high", "unit", *PROVENANCE)

_FAULTS_SHOWN = 20


@dataclass(frozen=True, order=True)
class Period:
    """A day, month, quarter, half, year or interval that a figure speaks of.

    ``text`` is written ``2024``, ``2024-H1``, ``2024-Q3``, ``2024-07``, ``2024-07-31`` or two of them with ``/``.
    """

    first: date
    last: date
    text: str
    kind: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period; raises ValueError where the text is none."""
        if "/" in text:
            start, end = (cls.parse(part) for part in text.split("/", 1))
            if end.last < start.first:
                raise ValueError(f"{text!r} ends before it begins")
            return cls(start.first, end.last, text, "interval")
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return cls(day, day, text, "day")
        match = re.fullmatch(r"(\d{4})(?:-(Q|H)?(\d{1,2}))?", text)
        if match is None:
            raise ValueError(f"{text!r} is not a period (expected YYYY, YYYY-Hn, YYYY-Qn, YYYY-MM or YYYY-MM-DD)")
        year, part, number = int(match[1]), match[2], int(match[3] or 1)
        kind = {"Q": "quarter", "H": "half", None: "month" if match[3] else "year"}[part]
        months = {"year": 12, "half": 6, "quarter": 3, "month": 1}[kind]
        if not 1 <= number <= 12 // months:
            raise ValueError(f"{text!r} has no {kind} {number}")
        end_month = number * months
        last = date(year, end_month, calendar.monthrange(year, end_month)[1])
        return cls(date(year, end_month - months + 1, 1), last, text, kind)


@dataclass(frozen=True)
class Observation:
    """One figure and its provenance.

    key : the values of the table's key columns, in their order
    value, low, high : in ``unit``; shares and growth are fractions; low and high are None where no range is given
    published : the day from which the figure was public, ``known`` or by the table's ``rule`` (``published_basis``)
    """

    key: tuple[str, ...]
    period: Period
    measure: str
    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    grade: str
    basis: str
    published: date
    published_basis: str
    note: str

    @property
    def month(self) -> date:
        """The first day of the period."""
        return self.period.first

    @property
    def suspect(self) -> bool:
        """Whether the figure is graded as not to be used."""
        return self.grade == SUSPECT


@dataclass(frozen=True)
class Break:
    """A change of definition or a conflict in a series, and what was chosen."""

    period: Period
    text: str


@dataclass(frozen=True)
class Table:
    """A table of figures with its description.

    ``rows`` are in the order of the file. ``publication_rule`` says when figures with ``published_basis`` rule
    are taken to have become public; ``remark`` is about licence, source and what the figures are not.
    """

    name: str
    title: str
    unit: str
    key_names: tuple[str, ...]
    breaks: tuple[Break, ...]
    publication_rule: str
    remark: str
    rows: tuple[Observation, ...]

    @property
    def first(self) -> date:
        """The first day any figure speaks of; raises DataError for an empty table."""
        self._require_rows()
        return min(row.period.first for row in self.rows)

    @property
    def last(self) -> date:
        """The last day any figure speaks of; raises DataError for an empty table."""
        self._require_rows()
        return max(row.period.last for row in self.rows)

    def select(
        self, *, measure: str | None = None, as_of: date | None = None, suspect: bool = False, **keys: str
    ) -> Table:
        """Keep the rows of one measure, of some keys, and of what was public on a day.

        Suspect figures are left out unless ``suspect`` is true. Raises DataError for a key or a measure that the
        table does not have.
        """
        for name in keys:
            if name not in self.key_names:
                raise DataError(f"{self.name}: no key {name!r} (it has {', '.join(self.key_names) or 'none'})")
        if measure is not None and measure not in self.measures:
            raise DataError(f"{self.name}: no measure {measure!r} (it has {', '.join(self.measures)})")
        day = as_of.date() if isinstance(as_of, datetime) else as_of
        wanted = {self.key_names.index(name): value for name, value in keys.items()}
        rows = tuple(
            row
            for row in self.rows
            if (measure is None or row.measure == measure)
            and (day is None or row.published <= day)
            and (suspect or not row.suspect)
            and all(row.key[place] == value for place, value in wanted.items())
        )
        return replace(self, rows=rows)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of the table, in the order in which they first appear."""
        return tuple(dict.fromkeys(row.measure for row in self.rows))

    def by_period(self) -> tuple[Observation, ...]:
        """The rows in the order of their periods."""
        return tuple(sorted(self.rows, key=lambda row: row.period))

    def _require_rows(self) -> None:
        if not self.rows:
            raise DataError(f"{self.name}: no figure is left")


@dataclass(frozen=True)
class Line:
    """One row of a CSV file as text, and its line number."""

    number: int
    cells: dict[str, str]


class Faults:
    """What is wrong with a file, collected so that all of it is said at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages: list[str] = []

    def add(self, line: int, column: str, message: str) -> None:
        """Note a fault in a column of a line (counted from 1, the header is line 1)."""
        self.messages.append(f"{self.path}:{line}: {column}: {message}")

    def raise_any(self) -> None:
        """Raise DataError with the faults noted so far, if there are any."""
        if self.messages:
            shown = self.messages[:_FAULTS_SHOWN]
            hidden = len(self.messages) - len(shown)
            raise DataError("\n".join([*shown, *([f"... and {hidden} more"] if hidden else [])]))


def read_lines(path: Path, required: Iterable[str]) -> tuple[tuple[str, ...], list[Line]]:
    """Read a CSV file as text: its columns and its rows.

    Raises DataError where the file cannot be read, lacks a required column or has a row of another length.
    """
    faults = Faults(path)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = tuple(next(reader, ()))
            for column in required:
                if column not in header:
                    faults.add(1, column, "the column is missing")
            lines = []
            for cells in reader:
                if len(cells) == len(header):
                    lines.append(Line(reader.line_num, dict(zip(header, cells, strict=True))))
                else:
                    faults.add(reader.line_num, "row", f"{len(cells)} cells (expected {len(header)})")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: {error}") from error
    faults.raise_any()
    return header, lines


def read_observations(path: Path) -> tuple[tuple[str, ...], tuple[Observation, ...]]:
    """Read a table of figures: the names of its keys, and its rows.

    Raises DataError that names file, line and column of every fault: a figure that is no number or outside its
    range, a period or date that is none, a missing source, an unknown grade or basis, a date of publication before
    the period began, a figure given twice.
    """
    header, lines = read_lines(path, FIGURE_COLUMNS)
    key_names = tuple(column for column in header if column not in FIGURE_COLUMNS)
    faults = Faults(path)
    rows = []
    given: dict[tuple[object, ...], int] = {}
    for line in lines:
        row = _observation(line, key_names, faults)
        if row is None:
            continue
        rows.append(row)
        place = (row.key, row.period.text, row.measure)
        if not row.suspect and given.setdefault(place, line.number) != line.number:
            faults.add(
                line.number, "measure", f"{row.measure} of {row.period.text} is given in line {given[place]} too"
            )
    faults.raise_any()
    return key_names, tuple(rows)


def check_provenance(line: Line, faults: Faults) -> date | None:
    """Check source, grade, basis and date of publication of a row; gives the date where it is one."""
    cells = line.cells
    if not cells["source"].strip():
        faults.add(line.number, "source", "a figure needs a source")
    for column, allowed in (("grade", tuple(GRADES)), ("basis", BASES), ("published_basis", PUBLISHED_BASES)):
        if cells[column] not in allowed:
            faults.add(line.number, column, f"{cells[column]!r} is not one of {', '.join(allowed)}")
    try:
        return date.fromisoformat(cells["published"])
    except ValueError:
        faults.add(line.number, "published", f"{cells['published']!r} is not a date (expected YYYY-MM-DD)")
        return None


def read_period(line: Line, faults: Faults) -> Period | None:
    """Read the period of a row; notes a fault where it is none."""
    try:
        return Period.parse(line.cells["period"])
    except ValueError as error:
        faults.add(line.number, "period", str(error))
        return None


def check_published(line: Line, period: Period, published: date, faults: Faults) -> None:
    """Check that nothing became public before its period ended."""
    if published < period.last:
        faults.add(line.number, "published", f"{published} lies before the end of {period.text}")


def _observation(line: Line, key_names: Sequence[str], faults: Faults) -> Observation | None:
    cells = line.cells
    before = len(faults.messages)
    published = check_provenance(line, faults)
    period = read_period(line, faults)
    value = _number(line, "value", faults)
    low, high = _number(line, "low", faults, optional=True), _number(line, "high", faults, optional=True)
    for column in (*key_names, "measure", "unit"):
        if not cells[column]:
            faults.add(line.number, column, "is empty")
    if value is not None:
        _check_range(line, value, low, high, faults)
    if period is not None and published is not None:
        check_published(line, period, published, faults)
    if len(faults.messages) > before or value is None or period is None or published is None:
        return None
    return Observation(
        key=tuple(cells[name] for name in key_names),
        period=period,
        measure=cells["measure"],
        value=value,
        low=low,
        high=high,
        unit=cells["unit"],
        source=cells["source"],
        grade=cells["grade"],
        basis=cells["basis"],
        published=published,
        published_basis=cells["published_basis"],
        note=cells["note"],
    )


def _number(line: Line, column: str, faults: Faults, *, optional: bool = False) -> float | None:
    text = line.cells[column]
    if optional and not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        faults.add(line.number, column, f"{text!r} is not a number")
        return None
    return number


def _check_range(line: Line, value: float, low: float | None, high: float | None, faults: Faults) -> None:
    if line.cells["unit"].split(" ")[0] == "fraction" and "growth" not in line.cells["measure"] and not 0 <= value <= 1:
        faults.add(line.number, "value", f"{value} is not a fraction (expected 0 to 1)")
    if (low is not None and low > value) or (high is not None and high < value):
        faults.add(line.number, "value", f"{value} lies outside its range {low} to {high}")
