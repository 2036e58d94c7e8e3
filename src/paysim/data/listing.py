"""What is packaged, as tables for people and programs: an overview, and the rows of one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from paysim.data import catalogue
from paysim.data.catalogue import FOLDER, TEXT_TABLES, Description
from paysim.data.tables import GRADES, SUSPECT, Period, read_lines
from paysim.errors import DataError

Row = dict[str, str]


@dataclass(frozen=True)
class Overview:
    """One packaged table: what it is, and how many figures of what grade and basis it holds, of when.

    first, last : the earliest and the latest day that a figure speaks of;  published : when the youngest became public
    """

    description: Description
    figures: int
    first: date
    last: date
    published: date
    grades: dict[str, int]
    bases: dict[str, int]


def overviews() -> list[Overview]:
    """Every packaged table, in the order of ``tables.csv``."""
    return [_overview(description) for description in catalogue.descriptions()]


def _overview(description: Description) -> Overview:
    found = rows(description.name, suspect=True)
    dated = [Period.parse(row["period"]) for row in found if "period" in row]
    published = [date.fromisoformat(row["published"]) for row in found]
    grades, bases = (Counter(row[column] for row in found) for column in ("grade", "basis"))
    return Overview(
        description,
        len(found),
        min((period.first for period in dated), default=min(published)),
        max((period.last for period in dated), default=max(published)),
        max(published),
        {grade: grades[grade] for grade in GRADES if grades[grade]},
        dict(bases.most_common()),
    )


def describe(name: str) -> Description:
    """The description of a table; raises DataError with the nearest name for an unknown one."""
    known = {description.name: description for description in catalogue.descriptions()}
    if name not in known:
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.4)
        near = f"; nearest: {close[0]}" if close else ""
        raise DataError(f"no packaged table {name!r}{near} (there are {', '.join(known)})")
    return known[name]


def columns(name: str) -> tuple[str, ...]:
    """The columns of a table, in their order."""
    describe(name)
    return read_lines(FOLDER / f"{name}.csv", ())[0]


def rows(
    name: str, since: date | None = None, until: date | None = None, suspect: bool = False, measure: str | None = None
) -> list[Row]:
    """The rows of a table as text by column, in the order of the file.

    since, until : keep what speaks of a time that reaches into these days (a table without periods keeps all)
    suspect : keep figures graded X as well
    measure : keep one measure

    Raises DataError for a table or a measure that does not exist.
    """
    describe(name)
    if name not in TEXT_TABLES:
        catalogue.series(name)  # all rows are checked, or nothing is given
    found = [line.cells for line in read_lines(FOLDER / f"{name}.csv", ())[1]]
    if measure is not None:
        known = list(dict.fromkeys(row["measure"] for row in found if "measure" in row))
        if measure not in known:
            close = get_close_matches(measure, known, n=1)
            near = f"; nearest: {close[0]}" if close else ""
            raise DataError(f"{name}: no measure {measure!r}{near} (it has {', '.join(known) or 'none'})")
    return [
        row
        for row in found
        if (suspect or row["grade"] != SUSPECT)
        and (measure is None or row["measure"] == measure)
        and ("period" not in row or _reaches(Period.parse(row["period"]), since, until))
    ]


def _reaches(period: Period, since: date | None, until: date | None) -> bool:
    return (since is None or period.last >= since) and (until is None or period.first <= until)


def read_day(text: str, last: bool = False) -> date:
    """Read a day, month or year (``2024``, ``2024-07``, ``2024-07-31``): its first day, or its ``last``.

    Raises DataError where the text is none.
    """
    try:
        period = Period.parse(text)
    except ValueError as error:
        raise DataError(str(error)) from None
    return period.last if last else period.first


def used_grades(found: Sequence[Row]) -> dict[str, str]:
    """The grades of some rows and what they mean, best first."""
    present = {row["grade"] for row in found}
    return {grade: words for grade, words in GRADES.items() if grade in present}
