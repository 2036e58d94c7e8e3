"""Rows of a figure that has one a factor, and labels beside points that do not meet."""

from __future__ import annotations

from collections.abc import Sequence

from paysim.show.canvas import Frame, Panel, text_height, text_width, wrap
from paysim.show.style import GREY, INK

ROOM = 0.34
"""Share of the width of a panel that the names of factors have."""


def make_rows(frame: Frame, panel: Panel, names: Sequence[str], pale: Sequence[bool] = (), room: float = ROOM) -> None:
    """Make a row for each name, the first on top, and write the names on the left."""
    style = frame.style
    panel.timeline = False
    left, bottom, width, height = panel.cell[0], panel.box[1], panel.cell[2], panel.box[3]
    widest = max(text_width(name, style.small) for name in names) + 0.7 * style.em
    taken = min(room * width, widest)
    panel.place(left + taken, bottom, width - taken, height)
    panel.axes.set_ylim(len(names) - 0.5, -0.5)
    panel.axes.set_yticks([])
    panel.axes.grid(visible=False)
    panel.axes.grid(visible=True, axis="x")
    step = height / len(names)
    for row, name in enumerate(names):
        lines = wrap(name, style.small, taken - 0.5 * style.em)[:3]
        frame.write(
            left + taken - 0.4 * style.em, bottom + height - step * (row + 0.5), "\n".join(lines), style.small,
            ha="right", va="center", linespacing=1.1, color=GREY if pale and pale[row] else INK,
        )  # fmt: skip


def write_beside(
    frame: Frame, panel: Panel, points: Sequence[tuple[float, float, float, float]], texts: Sequence[str], size: float
) -> None:
    """Write a text beside each point, on the side where it meets no other text, point or edge, as far as there is one.

    points : x, y and the ends of the horizontal interval, in the units of the axes, whose limits are final
    """
    left, bottom, width, height = panel.box
    (x_low, x_high), (y_low, y_high) = panel.axes.get_xlim(), panel.axes.get_ylim()

    def across(x: float) -> float:
        return left + (x - x_low) / (x_high - x_low) * width

    places = [(across(x), bottom + (y - y_low) / (y_high - y_low) * height, across(low), across(high))
              for x, y, low, high in points]  # fmt: skip
    gap, tall = 0.35 * frame.style.em, text_height(1, size)
    taken = [(low - gap / 2, y - gap / 2, high + gap / 2, y + gap / 2) for _x, y, low, high in places]
    for (x, y, low, high), text in zip(places, texts, strict=True):
        wide = text_width(text, size, True)
        level = y - tall / 2
        tries = [(high + gap, level), (low - gap - wide, level)]
        for up in (1, -1, 2, -2, 3, -3):
            tries += [(at, level + up * (tall / 2 + gap)) for at in (x + gap, x - wide / 2, x - wide - gap)]
        boxes = [(at, foot, at + wide, foot + tall) for at, foot in tries]
        inside = [
            box for box in boxes
            if box[0] >= left and box[2] <= left + width and bottom <= box[1] and box[3] <= bottom + height
        ]  # fmt: skip
        free = [box for box in inside if not any(_meet(box, other) for other in taken)]
        box = (free or inside or boxes)[0]
        taken.append(box)
        frame.write(box[0], (box[1] + box[3]) / 2, text, size, va="center", weight="bold")


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
