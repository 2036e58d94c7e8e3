"""Charts of a report: lines with bands over months, published points and events, as data for the page and as a table.

The page draws the data with uPlot (``report.js``); the table beneath has the same numbers once a year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from paysim.show.eventlines import inside
from paysim.show.months import Span, month_text
from paysim.show.published import Points
from paysim.show.reading import Band, Dates, EventMark
from paysim.show.report.blocks import Chart, Piece, Table, Text
from paysim.show.style import DASH_DOT, DASHED, DOTTED, DOUBLE_DOT, LONG, PLAIN, SHORT, SOLID, Look
from paysim.words import number
from paysim.words import translated as _

DECEMBER = 12
FEW = 13
"""Months up to which the table has all of them, and as many columns as it has at most."""
_YEARS = (1, 2, 5, 10, 20, 50, 100, 1000)
LINE = 2.0
"""Width of a line, pixels; dashes are counted in it."""
_ORDER = (SOLID, DASHED, DASH_DOT, LONG, DOUBLE_DOT, SHORT, DOTTED, PLAIN)
_DASHES = tuple(dict.fromkeys(look.dash for look in _ORDER))
_LOW, _MIDDLE, _HIGH = 0.05, 0.5, 0.95


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    look : colour and dash;  shown : whether it is drawn before somebody asks for it
    """

    name: str
    label: str
    band: Band
    look: Look
    shown: bool = True


@dataclass(frozen=True)
class Axis:
    """What a chart measures: a value times ``factor`` is in ``unit`` and shown with so many ``digits``."""

    unit: str
    factor: float = 100.0
    digits: int = 1
    zero: bool = True

    def say(self, value: float) -> str:
        """A number without its unit; a dash where there is none."""
        return number(self.factor * value + 0.0, self.digits) if np.isfinite(value) else "–"

    def plain(self, values: Iterable[float]) -> list[float | None]:
        """Numbers for the page, with one digit more than is shown; None where there is none."""
        scaled = [round(self.factor * float(value), self.digits + 1) + 0.0 for value in values]
        return [value if np.isfinite(value) else None for value in scaled]


def distinct_looks(count: int) -> list[Look]:
    """A look for each line of a chart: colour by colour, and with other dashes once the colours are used up."""
    given = []
    for place in range(count):
        lap, step = divmod(place, len(_ORDER))
        look = _ORDER[step]
        given.append(replace(look, dash=_DASHES[(_DASHES.index(look.dash) + lap) % len(_DASHES)]))
    return given


def chart(
    name: str,
    title: str,
    reading: str,
    axis: Axis,
    lines: Sequence[Line],
    marks: Sequence[EventMark] = (),
    points: tuple[str, Points] | None = None,
) -> Chart:
    """A chart of lines over the same months.

    points : a name, and published values, which are drawn as rings
    """
    dates = lines[0].band.dates
    span = Span.of(dates)
    series = [_series(line, axis) for line in lines]
    published = [] if points is None else [_published(*points, dates, axis)]
    data = {
        "title": title,
        "unit": axis.unit,
        "digits": axis.digits,
        "zero": axis.zero,
        "months": [month_text(day) for day in dates],
        "first": [int(str(dates[0])[:4]), int(str(dates[0])[5:7])],
        "series": series + published,
        "events": [_event(mark, place, span) for place, mark in enumerate(marks, 1) if inside([mark], span)],
        "words": _words(),
    }
    return Chart(name, title, reading, data, _table(title, axis, lines, dates))


def _series(line: Line, axis: Axis) -> dict[str, Any]:
    quantiles = line.band.quantiles
    found: dict[str, Any] = {
        "name": line.name,
        "label": line.label,
        "colour": line.look.letters,
        "dash": [] if isinstance(line.look.dash, str) else [LINE * part for part in line.look.dash[1]],
        "shown": line.shown,
        "median": axis.plain(quantiles[_MIDDLE]),
    }
    if line.band.spread:
        found |= {"low": axis.plain(quantiles[_LOW]), "high": axis.plain(quantiles[_HIGH])}
    return found


def _published(label: str, points: Points, dates: Dates, axis: Axis) -> dict[str, Any]:
    values = (points.at(day) for day in dates)
    return {"name": "published", "label": label, "points": True, "shown": True, "median": axis.plain(values)}


def _event(mark: EventMark, number_: int, span: Span) -> dict[str, Any]:
    """Where an event starts and ends, months since the first one; None where that is not within them."""
    return {
        "number": number_,
        "label": f"{mark.label}, {month_text(mark.at)}",
        "at": _months(mark.at, span) if span.holds(mark.at) else None,
        "until": _months(mark.until, span) if mark.until is not None and span.holds(mark.until) else None,
    }


def _months(moment: np.datetime64, span: Span) -> float:
    """Months since the start of a span, with the part of the month that has passed."""
    month = moment.astype("datetime64[M]")
    length = (month + 1).astype("datetime64[s]") - month.astype("datetime64[s]")
    whole = float((month - span.first.astype("datetime64[M]")).astype(int))
    return round(whole + float((moment.astype("datetime64[s]") - month.astype("datetime64[s]")) / length), 3)


def shown_months(dates: Dates) -> list[int]:
    """Places of the months in a table: the first, every December, the last; all of them where they are few.

    Where there are more Decembers than a sheet of paper has room for, only those of every second year, or of every
    fifth and so on.
    """
    if len(dates) <= FEW:
        return list(range(len(dates)))
    decembers = {int(str(day)[:4]): place for place, day in enumerate(dates) if int(str(day)[5:7]) == DECEMBER}
    for step in _YEARS:
        kept = {0, *(place for year, place in decembers.items() if year % step == 0), len(dates) - 1}
        if len(kept) <= FEW:
            break
    return sorted(kept)


def _table(title: str, axis: Axis, lines: Sequence[Line], dates: Dates) -> Table:
    places = shown_months(dates)
    caption = f"{title}, {axis.unit}" if axis.unit else title
    if any(line.band.spread for line in lines):
        caption = _("{what}: median [5 to 95 %]").format(what=caption)
    heads = ("", *(month_text(dates[place]) for place in places))
    rows = [(line.label, *(cell(axis.say, line.band, place) for place in places)) for line in lines]
    return Table(caption, heads, tuple(rows), numeric=True, folded=True)


def cell(say: Callable[[float], str], band: Band, place: int) -> Text:
    """A median, with the range of nine in ten beneath it if it can be seen."""
    low, middle, high = (say(float(band.quantiles[level][place])) for level in (_LOW, _MIDDLE, _HIGH))
    if low == high:
        return middle
    return (Piece(middle + " "), Piece(_("[{low} to {high}]").format(low=low, high=high), small=True))


def _words() -> dict[str, str]:
    """What the page says around a chart."""
    return {
        "month": _("Month"),
        "lines": _("Lines shown"),
        "band": _("Bands: nine replicates in ten. Dashed: an event starts; dotted: it ends."),
        "chart": _("Chart: {title}. The numbers are in the table beneath it."),
        "events": _("Events: {listed}."),
        "none": "–",
        "range": _("{median} [{low} to {high}]"),
    }
