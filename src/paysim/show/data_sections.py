"""Packaged figures of one time: dots with ranges by key, a matrix of trade, a list of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from paysim.data.catalogue import Description
from paysim.data.tables import Observation, Period
from paysim.show.canvas import Frame, Panel, text_height, text_width, wrap
from paysim.show.data_figures import Drawn, foot, grade_note, marker, number_text, words_of
from paysim.show.months import Span, date_ticks, day_number
from paysim.show.style import BLUE, GREY, INK, PALE, POINTS_PER_INCH, Look, Style, looks
from paysim.words import decimal
from paysim.words import translated as _

MOST_PANELS = 10  # of a page; rows of more would be too small to read
MOST_COLOURS = 6  # values of the last key that are told by colour
DARK = 0.55  # of the way to the darkest cell, from which on its number is white
NAME_ROOM = 0.56  # of the page, for the words of an event


def sections(table: Drawn, style: Style) -> Figure:
    """One panel a measure, one row a key; where keys have several parts the last is told by colour."""
    every = list(dict.fromkeys((row.measure, row.unit) for row in table.rows))
    parts = every[:MOST_PANELS]
    shown = [row for row in table.rows if (row.measure, row.unit) in parts]
    colours = list(dict.fromkeys(row.key[-1] for row in shown))
    worn = looks(colours) if len(shown[0].key) > 1 and len(colours) <= MOST_COLOURS else {}
    left = ", ".join(measure for measure, _unit in every[MOST_PANELS:])
    frame = Frame(
        foot(table.about, [row.source for row in table.rows], table.command),
        style,
        _(table.about.title),
        _("{count} figures, with their ranges where there are any").format(count=len(shown)),
        [f"{words_of(measure)}\n{words_of(unit)}" for measure, unit in parts],
        min(len(parts), 5) if style.side_by_side else min(len(parts), 2),
        [
            _("In every row, from above: {listed}.").format(listed=", ".join(map(words_of, worn))) if worn else "",
            _("Not drawn, see --measure: {listed}.").format(listed=left) if left else "",
            grade_note([row.grade for row in shown]),
        ],
    )
    for panel, (measure, unit) in zip(frame.panels, parts, strict=True):
        _dots(frame, panel, [row for row in shown if (row.measure, row.unit) == (measure, unit)], worn)
        _colour_key(frame, panel, worn)
    return frame.figure


def _colour_key(frame: Frame, panel: Panel, worn: Mapping[str, Look]) -> None:
    """What the colours are, each in its own, above the right end of the panel."""
    size, right = frame.style.text, panel.cell[0] + panel.cell[2]
    for name, look in reversed(list(worn.items())):
        words = words_of(name)
        frame.write(right, panel.cell[1] + panel.cell[3], words, size, ha="right", color=look.letters, weight="bold")
        right -= text_width(words, size, True) + 0.8 * frame.style.em


def _row_name(row: Observation, coloured: bool) -> str:
    return " ".join(map(words_of, row.key[:-1] if coloured else row.key))


def _dots(frame: Frame, panel: Panel, rows: Sequence[Observation], worn: Mapping[str, Look]) -> None:
    """A row a key, a dot a figure, a line from low to high."""
    panel.timeline = False
    style, axes, names = frame.style, panel.axes, list(dict.fromkeys(_row_name(row, bool(worn)) for row in rows))
    size = min(style.small, 0.62 * panel.box[3] / len(names) * POINTS_PER_INCH)
    room = max(text_width(name, size) for name in names) + 0.5 * style.em
    panel.place(panel.cell[0] + room, panel.box[1], panel.cell[2] - room - 0.3 * style.em, panel.box[3])
    for row in rows:
        name = _row_name(row, bool(worn))
        look = worn.get(row.key[-1])
        step = 0.0 if look is None else 0.62 * ((list(worn).index(row.key[-1]) + 0.5) / len(worn) - 0.5)
        place, colour = names.index(name) + step, BLUE if look is None else look.colour
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [place, place], color=colour, linewidth=style.line * 0.6, alpha=0.6)
        size_of_mark = style.line * (2.4 if look is None else 1.9)
        axes.plot([row.value], [place], gid=f"figure {' '.join(row.key)} {row.measure}", zorder=3,
                  **marker(row.grade, colour, size_of_mark, style.line * 0.3))  # fmt: skip
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names, size=size)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    _value_axis(panel, rows)


def _value_axis(panel: Panel, rows: Sequence[Observation]) -> None:
    lowest = min(row.value if row.low is None else row.low for row in rows)
    if lowest >= 0.0:
        panel.axes.set_xlim(left=0.0)
    fraction = rows[0].unit.startswith("fraction")
    room = max(2, int(panel.box[2] * POINTS_PER_INCH / (4.5 * panel.small)))
    panel.axes.xaxis.set_major_locator(MaxNLocator(nbins=min(room, 6), steps=[1, 2, 2.5, 5, 10]))
    factor, unit = (100.0, " %") if fraction else (1.0, "")
    panel.axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _p: decimal(f"{factor * value:,.6g}") + unit))


def matrix(table: Drawn, style: Style) -> Figure:
    """Exports from each row to each column, written into the cells; what is an estimate is set in grey."""
    names = list(dict.fromkeys(row.key[0] for row in table.rows))
    values = {row.key: row for row in table.rows}
    frame = Frame(
        foot(table.about, [row.source for row in table.rows], table.command),
        style,
        _(table.about.title),
        _("USD bn, from the row to the column; bold: sourced, plain: derived, in italics: estimated"),
        [""],
        1,
    )
    (panel,) = frame.panels
    panel.timeline = False
    axes = panel.axes
    size = min(style.small, 0.3 * panel.cell[2] / len(names) * POINTS_PER_INCH)
    room = max(text_width(name, size) for name in names) + 0.6 * style.em
    above = text_height(1, size) + 0.3 * style.em
    panel.place(
        panel.cell[0] + room,
        panel.cell[1] + 0.2 * style.em,
        panel.cell[2] - room,
        panel.cell[3] - above - 0.4 * style.em,
    )
    shown = np.array([[values[one, other].value for other in names] for one in names])
    scale = LogNorm(1.0, float(shown.max()))
    shades = LinearSegmentedColormap.from_list("trade", ["#FFFFFF", "#9ECAE1", "#08519C"])
    axes.imshow(np.maximum(shown, 1.0), cmap=shades, norm=scale, aspect="auto")
    weights = {"sourced": ("bold", "normal"), "derived": ("normal", "normal")}
    for across, other in enumerate(names):
        for down, one in enumerate(names):
            row = values[one, other]
            weight, slant = weights.get(row.basis, ("normal", "italic"))
            dark = float(scale(max(row.value, 1.0))) > DARK
            axes.text(across, down, decimal(number_text(row.value)), ha="center", va="center", size=size, weight=weight,
                      style=slant, color="white" if dark else INK)  # fmt: skip
    axes.set_xticks(range(len(names)), names, size=size)
    axes.set_yticks(range(len(names)), names, size=size)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return frame.figure


def events(about: Description, rows: Sequence[Mapping[str, str]], command: str, style: Style) -> Figure:
    """A row an event in the order of dates: what happened to whom, and when, on a time axis."""
    ordered = sorted(rows, key=lambda row: Period.parse(row["period"]))
    periods = [Period.parse(row["period"]) for row in ordered]
    grades = [row["grade"] for row in rows]
    frame = Frame(
        foot(about, [row["source"] for row in rows], command),
        style,
        _(about.title),
        _("{count} entries in the order of their dates").format(count=len(rows)),
        [""],
        1,
        [grade_note(grades)],
        taller=1.0,
    )
    (panel,) = frame.panels
    panel.timeline = False
    room = panel.cell[2] * NAME_ROOM
    panel.place(panel.cell[0] + room, panel.box[1], panel.cell[2] - room - style.em, panel.box[3])
    step = panel.box[3] / len(ordered)
    size = min(style.small, 0.72 * step * POINTS_PER_INCH)
    axes = panel.axes
    for place, (row, period) in enumerate(zip(ordered, periods, strict=True)):
        ends = [day_number(np.datetime64(day.isoformat())) for day in (period.first, period.last)]
        axes.plot([ends[0], ends[1] + 1], [place, place], color=BLUE, linewidth=style.line, alpha=0.6)
        axes.plot(
            [sum(ends) / 2],
            [place],
            gid=f"event {place}",
            **marker(row["grade"], BLUE, style.line * 3, style.line * 0.4),
        )
        _event_words(frame, panel, row, panel.box[1] + panel.box[3] - step * (place + 0.5), size)
    axes.set_ylim(len(ordered) - 0.5, -0.5)
    axes.set_yticks(range(len(ordered)), [""] * len(ordered))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="both", color=PALE)
    _time_axis(panel, periods, style)
    return frame.figure


def _event_words(frame: Frame, panel: Panel, row: Mapping[str, str], height: float, size: float) -> None:
    style = frame.style
    start = panel.cell[0] + text_width("2022-03-12/2022-03 ", size)
    room = panel.box[0] - start - 0.4 * style.em
    frame.write(panel.cell[0], height, row["period"], size, va="center", color=GREY)
    lines = wrap(f"{_(row['country'])}: {_(row['event'])}", size, room - text_width("…", size))
    frame.write(start, height, lines[0] + ("…" if len(lines) > 1 else ""), size, va="center")


def _time_axis(panel: Panel, periods: Sequence[Period], style: Style) -> None:
    first, last = (np.datetime64(day.isoformat(), "M") for day in (periods[0].first, max(one.last for one in periods)))
    span = Span(first.astype("datetime64[D]"), (last + 1).astype("datetime64[D]"))
    month, year = 1.5 * text_width("Mar 2027", style.small), 1.25 * text_width("2027", style.small)
    panel.axes.set_xlim(day_number(span.first) - 60, day_number(span.end) + 60)
    places, texts = date_ticks(span, panel.box[2], month, year)
    panel.axes.set_xticks(places, texts)
