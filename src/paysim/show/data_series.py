"""Packaged figures over time: one panel a unit, one line a key or measure, every figure marked by its grade."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from paysim.data.tables import Observation
from paysim.show.canvas import EndLabel, Frame, Panel
from paysim.show.data_figures import Drawn, foot, grade_note, marker, number_text, shortened, words_of
from paysim.show.eventlines import event_note
from paysim.show.finish import finish
from paysim.show.marks import percent, percent_axis
from paysim.show.months import Span, day_number
from paysim.show.reading import EventMark
from paysim.show.style import POINTS_PER_INCH, SLIDES_PAGE, Look, Style, looks
from paysim.words import decimal
from paysim.words import translated as _

MOST_LINES = 6  # in a panel; the largest are drawn and the others counted
FEW_LINES = 5  # where panels are small
MOST_PANELS = 9
FULL_SIZE = 3  # panels; more are drawn with smaller letters
LONGEST = 15  # letters of a line of a label
FEW = 2  # figures in a panel; fewer are named in the note and not drawn
LOG_FROM = 30.0  # largest over smallest value of a panel, from which its axis is logarithmic
ALWAYS = "CNY"
_OLD = np.timedelta64(400, "D")  # a line that ends so long before the others says when


@dataclass(frozen=True)
class Line:
    """Figures of one key and measure, in the order of their periods."""

    name: str
    rows: tuple[Observation, ...]


@dataclass(frozen=True)
class Sheet:
    """What one panel shows: lines of one unit; ``left`` counts lines that are not drawn."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    left: int

    @property
    def fraction(self) -> bool:
        """Whether it shows shares or growth."""
        return self.unit.startswith("fraction")

    @property
    def log(self) -> bool:
        """Whether values differ by so much that the axis is logarithmic."""
        found = [row.value for line in self.lines for row in line.rows]
        return not self.fraction and min(found) > 0.0 and max(found) / min(found) >= LOG_FROM


def sheets(rows: Sequence[Observation], most: int = MOST_LINES) -> list[Sheet]:
    """Divide figures into panels of ``most`` lines: by unit, then by key or measure if both differ, by the fewer."""
    found = []
    for unit in dict.fromkeys(row.unit for row in rows):
        of_unit = [row for row in rows if row.unit == unit]
        keys, measures = ({row.key for row in of_unit}, {row.measure for row in of_unit})
        parts = [of_unit]
        if len(keys) > 1 and len(measures) > 1:
            by_key = len(keys) < len(measures)
            groups = dict.fromkeys(row.key if by_key else (row.measure,) for row in of_unit)
            parts = [[row for row in of_unit if (row.key if by_key else (row.measure,)) == one] for one in groups]
        found += [_sheet(unit, part, most) for part in parts]
    return found


def _sheet(unit: str, rows: Sequence[Observation], most: int) -> Sheet:
    keys, measures = ({row.key for row in rows}, {row.measure for row in rows})
    lines: dict[str, list[Observation]] = {}
    for row in rows:
        words = [*(row.key if len(keys) > 1 else ()), *([row.measure] if len(measures) > 1 else [])]
        words = [words_of(word) for word in words]
        words += [f"({_(row.period.kind)})"] if _is_total(row, rows) else []
        lines.setdefault(" ".join(words), []).append(row)
    common = [*(next(iter(measures)),) * (len(measures) == 1), *(next(iter(keys)) if len(keys) == 1 else ())]
    title = ", ".join(dict.fromkeys(words_of(word) for word in [*common, unit]))
    made = [Line(name, tuple(sorted(part, key=lambda row: row.period))) for name, part in lines.items()]
    if most == FEW_LINES and any(len(name) > LONGEST for name in lines):
        most -= 1  # labels of two lines and more
    order = sorted(made, key=lambda line: (line.name != ALWAYS, -len(line.rows), -line.rows[-1].value))[:most]
    return Sheet(title, unit, tuple(line for line in made if line in order), len(made) - len(order))


def _is_total(row: Observation, rows: Sequence[Observation]) -> bool:
    """Whether a figure is a total over its period, and others of its kind are over longer or shorter ones."""
    kinds = {one.period.kind for one in rows if (one.key, one.measure) == (row.key, row.measure)}
    rate = row.unit.startswith("fraction") or "day" in row.measure or "daily" in row.measure
    return not rate and len(kinds & {"year", "half", "quarter", "month"}) > 1


def over_time(table: Drawn, style: Style) -> Figure:
    """Draw a table over time, with its breaks."""
    most = MOST_LINES if len(sheets(table.rows)) <= FULL_SIZE else FEW_LINES
    every = sorted(sheets(table.rows, most), key=lambda sheet: -sum(len(line.rows) for line in sheet.lines))
    drawn = [sheet for sheet in every if sum(len(line.rows) for line in sheet.lines) >= FEW][:MOST_PANELS] or every[:1]
    shown = [row for sheet in drawn for line in sheet.lines for row in line.rows]
    span = _span(shown)
    marks = _breaks(table, span)
    columns = min(len(drawn), 3) if style.side_by_side else 1
    if style.side_by_side and len(drawn) > FULL_SIZE:
        style = SLIDES_PAGE
    frame = Frame(
        foot(table.about, [row.source for row in table.rows], table.command),
        style,
        _(table.about.title),
        _("{count} figures; each is drawn as long as the time it speaks of").format(count=len(shown)),
        [sheet.title + (_(", log axis") if sheet.log else "") for sheet in drawn],
        columns,
        [*_notes(every, drawn), event_note(marks, span), grade_note([row.grade for row in shown])],
        taller=1.6 if len(drawn) == 1 else 1.0,
    )
    for panel, sheet in zip(frame.panels, drawn, strict=True):
        _draw(panel, sheet, style, len(drawn), span)
    finish(frame, span, marks, "numbers")
    return frame.figure


def _span(rows: Sequence[Observation]) -> Span:
    first, last = min(row.period.first for row in rows), max(row.period.last for row in rows)
    start, end = (np.datetime64(day.isoformat(), "M") for day in (first, last))
    return Span(start.astype("datetime64[D]"), (end + 1).astype("datetime64[D]"))


def _breaks(table: Drawn, span: Span) -> tuple[EventMark, ...]:
    """Breaks as events: a dashed line where a change begins, a dotted one where it is over."""
    marks = []
    for one in table.about.breaks:
        first, last = (np.datetime64(day.isoformat(), "s") for day in (one.period.first, one.period.last))
        until = None if one.period.kind in ("month", "day", "quarter") else last
        marks.append(EventMark(first, _("break: {text}").format(text=shortened(_(one.text))), "break", until=until))
    return tuple(mark for mark in marks if span.holds(mark.at))


def _notes(every: Sequence[Sheet], drawn: Sequence[Sheet]) -> list[str]:
    notes = []
    left = [sheet.title for sheet in every if sheet not in drawn]
    if left:
        notes.append(_("Not drawn, see --measure: {listed}.").format(listed="; ".join(left)))
    if any(sheet.left for sheet in drawn):
        count = sum(sheet.left for sheet in drawn)
        notes.append(_("Drawn are the lines with most figures; {count} more are in the table.").format(count=count))
    return notes


def _middle(row: Observation) -> float:
    return (_edge(row.period.first) + _edge(row.period.last) + 1.0) / 2


def _edge(day: date) -> float:
    return day_number(np.datetime64(day.isoformat()))


def _draw(panel: Panel, sheet: Sheet, style: Style, panels: int, span: Span) -> None:
    worn = looks([line.name for line in sheet.lines])
    size = style.line * (2.2 if panels <= 3 else 1.8)
    ends = []
    for line in sheet.lines:
        _draw_line(panel, sheet, line, worn[line.name], style, size)
        ends.append(_end(sheet, line, worn[line.name], span))
    panel.ends += ends
    if sheet.fraction:
        percent_axis(panel, None if min(row.value for line in sheet.lines for row in line.rows) < 0.0 else 0.0)
    elif sheet.log:
        panel.axes.yaxis.set_major_locator(FixedLocator(_round_powers(panel)))
        panel.axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: decimal(f"{10**value:,.10g}")))
    else:
        low, high = panel.axes.get_ylim()
        panel.axes.set_ylim(min(0.0, low) if low < 0.5 * high else low, high)
        panel.axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
        panel.axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: decimal(f"{value:,.10g}")))


def _round_powers(panel: Panel) -> list[float]:
    """Logarithms of round numbers inside a panel: 1, 2, 5 times powers of ten, or powers alone where room is small."""
    low, high = panel.axes.get_ylim()
    room = max(2, int(panel.box[3] * POINTS_PER_INCH / (1.8 * panel.small)))
    for steps in ((1.0, 2.0, 5.0), (1.0,)):
        powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
        places = [power + float(np.log10(step)) for power in powers for step in steps]
        inside = [place for place in places if low <= place <= high]
        if len(inside) <= room:
            return inside
    return inside


def _height(sheet: Sheet, value: float) -> float:
    return float(np.log10(value)) if sheet.log else value


def _draw_line(panel: Panel, sheet: Sheet, line: Line, look: Look, style: Style, size: float) -> None:
    """A segment as long as its period for each figure, its marker, its range, and a thin line through figures alike."""
    axes = panel.axes
    for kind in dict.fromkeys(row.period.kind for row in line.rows):
        alike = [row for row in line.rows if row.period.kind == kind]
        axes.plot(
            [_middle(row) for row in alike], [_height(sheet, row.value) for row in alike], color=look.colour,
            linestyle=look.dash, linewidth=style.line * 0.5, gid=f"line {line.name}", zorder=2,
        )  # fmt: skip
    for row in line.rows:
        height = _height(sheet, row.value)
        ends = [_edge(row.period.first), _edge(row.period.last) + 1.0]
        if row.period.kind not in ("day", "month"):
            axes.plot(ends, [height, height], color=look.colour, linewidth=style.line * 0.9, alpha=0.45, zorder=2.2)
        if row.low is not None and row.high is not None:
            axes.plot([_middle(row)] * 2, [_height(sheet, row.low), _height(sheet, row.high)], color=look.colour,
                      linewidth=style.line * 0.6, zorder=2.2)  # fmt: skip
    dense = len(line.rows) > 60
    for grade in dict.fromkeys(row.grade for row in line.rows):
        graded = [row for row in line.rows if row.grade == grade]
        axes.plot(
            [_middle(row) for row in graded], [_height(sheet, row.value) for row in graded],
            gid=f"figures {line.name} {grade}", zorder=3,
            **marker(grade, look.colour, size * (0.6 if dense else 1.0), style.line * 0.3),
        )  # fmt: skip


def _end(sheet: Sheet, line: Line, look: Look, span: Span) -> EndLabel:
    last = line.rows[-1]
    value = percent(last.value) if sheet.fraction else decimal(number_text(last.value))
    stale = span.end - np.datetime64(last.period.last.isoformat()) > _OLD
    when = f" ({last.period.last.year})" if stale else ""
    name = textwrap.wrap(line.name, LONGEST)
    gap = "" if not name else "\n" if len(f"{name[-1]} {value}{when}") > LONGEST else " "
    return EndLabel(_height(sheet, last.value), "\n".join(name) + f"{gap}{value}{when}", look)
