"""Reading a drawn figure back: its lines, its words, and texts that meet."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from paysim.show.figures import PLATES

NAMES = tuple(plate.name for plate in PLATES)


def day(moment: dt.date | str) -> float:
    """Days since 1970."""
    moment = dt.date.fromisoformat(moment) if isinstance(moment, str) else moment
    return float((moment - dt.date(1970, 1, 1)).days)


def lines(figure: Figure, panel: int, prefix: str) -> list[Line2D]:
    """Lines of a panel whose id begins so."""
    return [line for line in figure.axes[panel].lines if (line.get_gid() or "").startswith(prefix)]


def data_lines(figure: Figure, panel: int) -> list[Line2D]:
    """Lines of a panel that show a series of the run."""
    apart = ("event", "end of", "published")
    return [line for line in figure.axes[panel].lines if line.get_gid() and not line.get_gid().startswith(apart)]


def boxes(figure: Figure) -> list[tuple[str, Any]]:
    """Each text with its box in pixels; tick labels beyond the ends of their axis are not drawn and left out."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    shown: list[Text] = list(figure.texts)
    for axes in figure.axes:
        shown += axes.texts
        for axis, place, (one, other) in ((axes.xaxis, 0, axes.get_xlim()), (axes.yaxis, 1, axes.get_ylim())):
            low, high = sorted((one, other))
            shown += [tick for tick in axis.get_ticklabels() if low <= tick.get_position()[place] <= high]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in shown if text.get_text().strip()]


def faults(figure: Figure) -> list[str]:
    """Texts that meet another (boxes are trimmed, for letters are smaller than their boxes) or leave the page."""
    width, height = figure.canvas.get_width_height()
    found = boxes(figure)
    wrong = [
        f"{text} leaves the page"
        for text, box in found
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    for (one, first), (other, second) in itertools.combinations(found, 2):
        trim = 0.12 * min(first.height, second.height)
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        up = min(first.y1, second.y1) - max(first.y0, second.y0)
        if across > trim and up > 2 * trim:
            wrong.append(f"{one} meets {other}")
    return wrong


def written(figure: Figure) -> str:
    """Everything written on the page outside the axes."""
    return " ".join(text.get_text() for text in figure.texts).replace("\u00a0", " ")
