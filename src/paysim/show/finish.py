"""Last touches to a page: date axes, events, labels at line ends, all kept apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paysim.show.canvas import EndLabel, Frame, Panel, text_height, text_width
from paysim.show.eventlines import draw_lines, draw_ramps, name_events, number_events
from paysim.show.months import Span, date_ticks, day_number, month_text
from paysim.show.reading import EventMark
from paysim.show.style import GREY, POINTS_PER_INCH, Style

WIDE_MONTH = np.datetime64("2027-03")
"""A month whose name is long, for the room between dates."""


def finish(frame: Frame, span: Span, marks: tuple[EventMark, ...] = (), naming: str = "names") -> None:
    """Set the time axes and write the labels of every timeline panel.

    ``naming``: events get their ``names`` above the panel, or ``numbers`` above the first row of panels, or only
    ``lines``; the last two need an `paysim.show.eventlines.event_note`.
    """
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
        if naming == "names":
            name_events(frame, panel, marks, span)
        elif naming == "numbers" and panel.top_row:
            number_events(frame, panel, marks, span)
        else:
            draw_lines(frame, panel, marks, span)
        draw_ramps(frame, panel, marks, span)
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
    month, year = 1.5 * text_width(month_text(WIDE_MONTH), style.small), 1.25 * text_width("2027", style.small)
    places, texts = date_ticks(span, panel.box[2], month, year)
    panel.axes.set_xticks(places, texts)


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
