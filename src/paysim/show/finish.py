"""Last touches to a page: date axes, events as labelled vertical lines, labels at line ends, all kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paysim.show.canvas import EndLabel, Frame, Panel, text_height, text_width, wrap
from paysim.show.months import Span, date_ticks, day_number, inside, month_text
from paysim.show.reading import EventMark
from paysim.show.style import GREY, INK, POINTS_PER_INCH, Style

MOST_ROWS = 5  # of event labels above a panel; beyond it events are numbered
MOST_NUMBER_ROWS = 4  # of event numbers; beyond it the lines stand alone, and the note gives their order


def event_note(marks: tuple[EventMark, ...], span: Span, numbered: bool = True) -> str:
    """One line that names the vertical lines, by number or from left to right, for figures of several panels."""
    named = [f"{mark.label}, {month_text(mark.at)}" for mark in inside(marks, span)]
    if not named:
        return ""
    if numbered:
        return "Vertical lines: " + "; ".join(f"{number} {name}" for number, name in enumerate(named, 1)) + "."
    return "Vertical lines, from the left: " + "; ".join(named) + "."


def finish(frame: Frame, span: Span, marks: tuple[EventMark, ...] = (), naming: str = "names") -> None:
    """Set the time axes and write the labels of every timeline panel.

    ``naming``: events get their ``names`` above the panel, or ``numbers`` above the first row of panels, or only
    ``lines``; the last two need an `event_note`.
    """
    shown = inside(marks, span)
    timelines = [panel for panel in frame.panels if panel.timeline]
    size = end_size(frame)
    tick_room = max((_tick_room(panel) for panel in timelines), default=0.0)
    room = max(
        (text_width(line, size, True) for panel in timelines for end in panel.ends for line in end.text.split("\n")),
        default=0.0,
    )
    for panel in timelines:
        _, bottom, _, height = panel.box
        beside = room + 0.9 * frame.style.em if room else 0.0
        panel.place(panel.cell[0] + tick_room, bottom, panel.cell[2] - tick_room - beside, height)
        date_axis(panel, span, frame.style)
        if naming == "names" and not name_events(frame, panel, shown):
            _list_events(frame, panel, event_note(marks, span))
            number_events(frame, panel, shown)
        if naming == "numbers" and panel.top_row:
            number_events(frame, panel, shown)
        elif naming != "names":
            for mark in shown:
                event_line(frame, panel, mark, 0.0)
        label_ends(frame, panel, span)


def _tick_room(panel: Panel) -> float:
    """Width that the labels of the vertical axis need, inches."""
    axis = panel.axes.yaxis
    texts = axis.get_major_formatter().format_ticks(list(axis.get_majorticklocs()))
    low, high = panel.axes.get_ylim()
    shown = [text for text, place in zip(texts, axis.get_majorticklocs(), strict=True) if low <= place <= high]
    return max((text_width(text, panel.small) for text in shown), default=0.0) + 0.7 * panel.small / POINTS_PER_INCH


def end_size(frame: Frame) -> float:
    """Size of the labels at line ends, points: smaller where panels are many."""
    return frame.style.text if len(frame.panels) == 1 else frame.style.small


def date_axis(panel: Panel, span: Span, style: Style) -> None:
    """Limit the axis to the span and put so many dates on it as fit."""
    panel.axes.set_xlim(day_number(span.first), day_number(span.end))
    month, year = 1.5 * text_width("Mar 2027", style.small), 1.25 * text_width("2027", style.small)
    places, texts = date_ticks(span, panel.box[2], month, year)
    panel.axes.set_xticks(places, texts)


def _place(panel: Panel, moment: np.datetime64) -> float:
    """Where an instant is on the page, inches from the left."""
    low, high = panel.axes.get_xlim()
    return panel.box[0] + (day_number(moment) - low) / (high - low) * panel.box[2]


def event_line(frame: Frame, panel: Panel, mark: EventMark, rise: float) -> float:
    """Draw the vertical line of an event, from the axis to ``rise`` inches above the panel; its place, inches."""
    where = day_number(mark.at)
    panel.axes.plot(
        [where, where],
        [0.0, 1.0 + rise / panel.box[3]],
        transform=panel.axes.get_xaxis_transform(),
        color=INK,
        linewidth=frame.style.line / (2.5 if len(frame.panels) <= 6 else 4.0),
        linestyle=(0, (4, 2)),
        clip_on=False,
        scalex=False,
        scaley=False,
        gid=f"event {mark.label}",
        zorder=1.5,
    )
    return _place(panel, mark.at)


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


def name_events(frame: Frame, panel: Panel, shown: Sequence[EventMark]) -> bool:
    """Write the names of the events above the panel; False, and nothing done, if they need too many rows."""
    if not shown:
        return True
    size, gap = frame.style.small, 0.3 * frame.style.em
    texts = [f"{mark.label}, {month_text(mark.at)}" for mark in shown]
    left, bottom, width, height = panel.box
    places = [_place(panel, mark.at) for mark in shown]
    limit = panel.cell[0] + panel.cell[2]
    rows = slots(places, [text_width(text, size) for text in texts], limit, gap)
    if rows is None or max(slot.row for slot in rows) >= MOST_ROWS or min(slot.left for slot in rows) < 0:
        return False
    line = text_height(1, size)
    panel.place(left, bottom, width, height - line * (max(slot.row for slot in rows) + 1))
    top = panel.box[1] + panel.box[3]
    for mark, text, slot in zip(shown, texts, rows, strict=True):
        event_line(frame, panel, mark, line * (slot.row + 0.95))
        frame.write(slot.left, top + line * (slot.row + 0.95), text, size)
    return True


def _list_events(frame: Frame, panel: Panel, note: str) -> None:
    """Write the note of the events between the title of the panel and its axes."""
    size = frame.style.small
    lines = wrap(note, size, panel.cell[2])
    left, bottom, width, height = panel.box
    for number, line in enumerate(lines):
        frame.write(panel.cell[0], bottom + height - text_height(number, size), line, size)
    panel.place(left, bottom, width, height - text_height(len(lines), size) - 0.3 * frame.style.em)


def number_events(frame: Frame, panel: Panel, shown: Sequence[EventMark]) -> None:
    """Number the events above the panel, in the order of `event_note`."""
    if not shown:
        return
    size = frame.style.small * 0.85
    line = text_height(1, size) * 1.15
    left, bottom, width, height = panel.box
    places = [_place(panel, mark.at) for mark in shown]
    wide = text_width("0", size) * 1.6
    rows = slots(places, [wide * len(str(number)) for number in range(1, len(shown) + 1)], left + 2 * width, wide * 0.2)
    if rows is None or max(slot.row for slot in rows) >= MOST_NUMBER_ROWS:
        for mark in shown:
            event_line(frame, panel, mark, 0.0)
        return
    panel.place(left, bottom, width, height - line * (max(slot.row for slot in rows) + 1))
    top = panel.box[1] + panel.box[3]
    for number, (mark, slot) in enumerate(zip(shown, rows, strict=True), 1):
        event_line(frame, panel, mark, line * (slot.row + 0.9))
        frame.write(slot.left, top + line * (slot.row + 0.95), str(number), size, weight="bold")


def spread_apart(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Find the centres nearest (least squares) to the wanted ones such that boxes of these heights do not meet.

    They stay between ``low`` and ``high``.
    Boxes that cannot all fit are stacked from ``low`` upwards beyond ``high``. Order of equal wishes is kept.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    offsets, reach = [], 0.0
    for place in order:
        offsets.append(reach + heights[place] / 2)
        reach += heights[place]
    blocks: list[list[float]] = []  # sum, count: pooled neighbours of an isotonic regression
    for place, offset in zip(order, offsets, strict=True):
        blocks.append([wanted[place] - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    bases = [total / count for total, count in blocks for _ in range(int(count))]
    centres = [0.0] * len(wanted)
    for place, offset, base in zip(order, offsets, bases, strict=True):
        centres[place] = max(low, min(base, high - reach)) + offset
    return centres


def label_ends(frame: Frame, panel: Panel, span: Span) -> None:
    """Write the labels at the line ends, kept apart, with a thin line to the end where the label had to move."""
    ends: list[EndLabel] = [end for end in panel.ends if np.isfinite(end.value)]
    if not ends:
        return
    size = end_size(frame)
    left, bottom, width, height = panel.box
    low, high = panel.axes.get_ylim()
    wanted = [bottom + (end.value - low) / (high - low) * height for end in ends]
    heights = [text_height(end.text.count("\n") + 1, size) for end in ends]
    centres = spread_apart(wanted, heights, bottom - 0.5 * frame.style.em, bottom + height + 0.5 * frame.style.em)
    start, text = left + width, left + width + 0.8 * frame.style.em
    for end, wish, centre in zip(ends, wanted, centres, strict=True):
        frame.write(text, centre, end.text, size, va="center", color=end.look.letters, weight="bold", linespacing=1.1)
        panel.axes.annotate(
            "",
            ((text - 0.15 * frame.style.em) * POINTS_PER_INCH, centre * POINTS_PER_INCH),
            (start * POINTS_PER_INCH, wish * POINTS_PER_INCH),
            xycoords="figure points",
            textcoords="figure points",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": GREY,
                "linewidth": frame.style.line / 4,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
