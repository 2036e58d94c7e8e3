"""Events on a time axis: a dashed line where they start, a dotted one where they end, a wedge while they grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paysim.show.canvas import Frame, Panel, text_height, text_width, wrap
from paysim.show.months import Span, day_number, month_text
from paysim.show.reading import EventMark, heading
from paysim.show.style import GREY, INK
from paysim.words import translated as _

MOST_ROWS = 6  # of event labels above a panel; beyond it events are numbered
MOST_NUMBER_ROWS = 4  # of event numbers; beyond it the lines stand alone, and the note gives their order
MANY_PANELS = 6  # beyond it the lines are thinner
START_DASH, END_DASH = (0, (4, 2)), (0, (1, 2))  # of line widths; told apart without colour
END_WIDTH = 0.85  # of the width of a line where an event starts
WEDGE = 0.45  # greatest height of a wedge, of a line of text


@dataclass(frozen=True)
class EventLine:
    """A vertical line: one instant at which some events start, or some end.

    at : the instant
    starts : whether they start there; else they end
    labels : names of the events
    numbers : their places in the `event_note`, from 1
    growing : words on how long their effect grows, the same for all of them; empty if it is whole at once
    """

    at: np.datetime64
    starts: bool
    labels: tuple[str, ...]
    numbers: tuple[int, ...]
    growing: str = ""

    @property
    def name(self) -> str:
        """What to write beside the line where there is room."""
        event = f"{'; '.join(self.labels)}, {month_text(self.at)}{self.growing}"
        return event if self.starts else _("ends: {event}").format(event=event)

    @property
    def number(self) -> str:
        """What to write where there is little: the events as the note numbers them."""
        numbers = ", ".join(map(str, self.numbers))
        return numbers if self.starts else _("end {numbers}").format(numbers=numbers)


def inside(marks: Sequence[EventMark], span: Span) -> list[EventMark]:
    """Events that start or end inside a span."""
    return [mark for mark in marks if span.holds(mark.at) or _ends_inside(mark, span)]


def _ends_inside(mark: EventMark, span: Span) -> bool:
    return mark.until is not None and span.holds(mark.until)


def event_lines(marks: Sequence[EventMark], span: Span, together: bool = True) -> list[EventLine]:
    """Lines of a span in the order of their instants; an end outside the span has none.

    ``together``: one line for all events that start (and grow) alike, and one for all that end at the same instant.
    """
    shown = inside(marks, span)
    found: dict[tuple[np.datetime64, bool, str, int], list[int]] = {}
    for number, mark in enumerate(shown, 1):
        own = 0 if together else number
        if span.holds(mark.at):
            found.setdefault((mark.at, True, _growing(mark), own), []).append(number)
        if mark.until is not None and span.holds(mark.until):
            found.setdefault((mark.until, False, "", own), []).append(number)
    lines = [
        EventLine(at, starts, tuple(shown[number - 1].label for number in numbers), tuple(numbers), growing)
        for (at, starts, growing, _own), numbers in found.items()
    ]
    return sorted(lines, key=lambda line: (line.at, line.starts, line.numbers))


def _growing(mark: EventMark) -> str:
    """Words on how long the effect grows, in months, which is what figures name."""
    last = _last_growth(mark)
    if last is None or month_text(last) == month_text(mark.at):
        return ""
    return _(", growing until {month}").format(month=month_text(last))


def _last_growth(mark: EventMark) -> np.datetime64 | None:
    """When the effect stops growing: it is whole, or the event ends before; None if it is whole at once."""
    if mark.full is None or mark.until is None:
        return mark.full
    return min(mark.full, mark.until)


def _ramps(marks: Sequence[EventMark], span: Span) -> list[EventMark]:
    """Events inside a span whose effect grows inside it."""
    return [
        mark
        for mark in inside(marks, span)
        if (last := _last_growth(mark)) is not None and last > span.first and mark.at < span.end
    ]


def event_note(marks: Sequence[EventMark], span: Span, numbered: bool = True) -> str:
    """One line that names the events, by number or from left to right, for figures of several panels."""
    shown = inside(marks, span)
    if not shown:
        return ""
    named = []
    for mark in shown:
        when = month_text(mark.at)
        if mark.until is not None and span.holds(mark.until):
            when = _("{first} to {last}").format(first=when, last=month_text(mark.until))
        named.append(f"{mark.label}, {when}{_growing(mark)}")
    key = [_("dashed: starts"), _("dotted: ends")] if any(_ends_inside(mark, span) for mark in shown) else []
    key += [_("wedge: effect grows")] if _ramps(marks, span) else []
    keyed = f" {heading('; '.join(key))}." if key else ""
    if numbered:
        listed = "; ".join(f"{number} {name}" for number, name in enumerate(named, 1))
        return _("Vertical lines: {listed}.").format(listed=listed) + keyed
    return _("Vertical lines, from the left: {listed}.").format(listed="; ".join(named)) + keyed


def _place(panel: Panel, moment: np.datetime64) -> float:
    """Where an instant is on the page, inches from the left."""
    low, high = panel.axes.get_xlim()
    return panel.box[0] + (day_number(moment) - low) / (high - low) * panel.box[2]


def draw_line(frame: Frame, panel: Panel, line: EventLine, rise: float = 0.0) -> None:
    """Draw a line from the axis to ``rise`` inches above the panel."""
    where = day_number(line.at)
    width = frame.style.line / (2.5 if len(frame.panels) <= MANY_PANELS else 4.0)
    panel.axes.plot(
        [where, where],
        [0.0, 1.0 + rise / panel.box[3]],
        transform=panel.axes.get_xaxis_transform(),
        color=INK,
        linewidth=width if line.starts else width * END_WIDTH,
        linestyle=START_DASH if line.starts else END_DASH,
        clip_on=False,
        scalex=False,
        scaley=False,
        gid=f"{'event' if line.starts else 'end of'} {'; '.join(line.labels)}",
        zorder=1.5,
    )


def draw_lines(frame: Frame, panel: Panel, marks: Sequence[EventMark], span: Span) -> None:
    """Draw all lines of a panel without a word."""
    for line in event_lines(marks, span):
        draw_line(frame, panel, line)


def draw_ramps(frame: Frame, panel: Panel, marks: Sequence[EventMark], span: Span) -> None:
    """Draw a wedge under the upper edge of the panel for every effect that grows: as high as it has grown."""
    for mark in _ramps(marks, span):
        last = _last_growth(mark)
        assert mark.full is not None
        assert last is not None
        start, stop, full = day_number(mark.at), day_number(last), day_number(mark.full)
        low = 1.0 - WEDGE * frame.style.em / panel.box[3]
        panel.axes.fill(
            [start, stop, stop],
            [low, low, low + (1.0 - low) * (stop - start) / (full - start)],
            transform=panel.axes.get_xaxis_transform(),
            facecolor=GREY,
            edgecolor=INK,
            alpha=0.7,
            linewidth=frame.style.line / 6,
            gid=f"ramp of {mark.label}",
            zorder=1.4,
        )


@dataclass(frozen=True)
class Slot:
    """Where an event label goes: place of its line, left and right end of its text (inches), row (0 lowest)."""

    line: float
    left: float
    right: float
    row: int


def slots(places: Sequence[float], widths: Sequence[float], limit: float, gap: float) -> list[Slot] | None:
    """Find rows for the labels of events at ``places`` (ascending, inches), so that none meets another or its line.

    A label stands right of its line. Going from right to left each gets the lowest row in which it is free; its line
    then passes left of the later labels. One that would pass ``limit`` stands left of its line and is placed last;
    None if there is no row for it, which cannot happen where no label passes the limit.
    """
    right = [place for place in range(len(places)) if places[place] + gap + widths[place] <= limit]
    left = [place for place in range(len(places)) if place not in right]
    taken: dict[int, Slot] = {}
    for place in (*reversed(right), *reversed(left)):
        start = places[place] + gap if place in right else places[place] - gap - widths[place]
        rows = (Slot(places[place], start, start + widths[place], row) for row in range(len(places) + 1))
        free = next((slot for slot in rows if not any(_meet(slot, other, gap) for other in taken.values())), None)
        if free is None:
            return None
        taken[place] = free
    return [taken[place] for place in range(len(places))]


def _meet(one: Slot, other: Slot, gap: float) -> bool:
    texts = one.row == other.row and one.left < other.right + gap and other.left < one.right + gap
    crossed = other.row >= one.row and one.left - gap / 2 < other.line < one.right + gap / 2
    crosses = one.row >= other.row and other.left - gap / 2 < one.line < other.right + gap / 2
    return texts or crossed or crosses


def name_events(frame: Frame, panel: Panel, marks: Sequence[EventMark], span: Span) -> None:
    """Draw the lines with their names above the panel; numbered, with a note, if the names need too many rows."""
    size = frame.style.small
    for together in (True, False):
        lines = event_lines(marks, span, together)
        texts = [line.name for line in lines]
        limit = panel.cell[0] + panel.cell[2]
        rows = _rows(panel, lines, [text_width(text, size) for text in texts], limit, 0.3 * frame.style.em)
        if rows is not None and max((slot.row for slot in rows), default=0) < MOST_ROWS:
            _write_above(frame, panel, lines, texts, rows, size, text_height(1, size))
            return
    _list_events(frame, panel, event_note(marks, span))
    number_events(frame, panel, marks, span)


def number_events(frame: Frame, panel: Panel, marks: Sequence[EventMark], span: Span) -> None:
    """Draw the lines with the numbers of `event_note` above the panel.

    Where those need too many rows only starts are numbered, and where that is still too much no line is.
    """
    lines = event_lines(marks, span)
    size = frame.style.small * 0.85
    digit = text_width("0", size, True)
    for numbered in (lines, [line for line in lines if line.starts]):
        texts = [line.number for line in numbered]
        widths = [text_width(text, size, True) + 0.4 * digit for text in texts]
        rows = _rows(panel, numbered, widths, panel.box[0] + panel.box[2], 0.3 * digit)
        if rows is not None and max((slot.row for slot in rows), default=0) < MOST_NUMBER_ROWS:
            _write_above(frame, panel, numbered, texts, rows, size, text_height(1, size) * 1.15, weight="bold")
            lines = [line for line in lines if line not in numbered]
            break
    for line in lines:
        draw_line(frame, panel, line)


def _rows(
    panel: Panel, lines: Sequence[EventLine], widths: Sequence[float], limit: float, gap: float
) -> list[Slot] | None:
    """Places for the labels between the left end of the panel's cell and ``limit``; None if there is no room."""
    rows = slots([_place(panel, line.at) for line in lines], widths, limit, gap)
    return None if rows is None or any(slot.left < panel.cell[0] for slot in rows) else rows


def _write_above(
    frame: Frame,
    panel: Panel,
    lines: Sequence[EventLine],
    texts: Sequence[str],
    rows: Sequence[Slot],
    size: float,
    step: float,
    weight: str = "normal",
) -> None:
    """Make room above the panel and write the texts there, ``step`` inches a row, each beside its line."""
    if not lines:
        return
    left, bottom, width, height = panel.box
    panel.place(left, bottom, width, height - step * (max(slot.row for slot in rows) + 1))
    top = panel.box[1] + panel.box[3]
    for line, text, slot in zip(lines, texts, rows, strict=True):
        draw_line(frame, panel, line, step * (slot.row + 0.95))
        frame.write(slot.left, top + step * (slot.row + 0.95), text, size, weight=weight)


def _list_events(frame: Frame, panel: Panel, note: str) -> None:
    """Write the note of the events between the title of the panel and its axes."""
    size = frame.style.small
    lines = wrap(note, size, panel.cell[2])
    left, bottom, width, height = panel.box
    for number, line in enumerate(lines):
        frame.write(panel.cell[0], bottom + height - text_height(number, size), line, size)
    panel.place(left, bottom, width, height - text_height(len(lines), size) - 0.3 * frame.style.em)
