"""The page of a figure: title, reading, panels, notes and foot, laid out in inches so that no text meets another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from paysim.show.reading import Results
from paysim.show.style import GREY, INK, POINTS_PER_INCH, Look, Style
from paysim.words import decimal, deferred
from paysim.words import translated as _

LEADING = 1.3  # height of a line of text over the size of its letters
TRACKER_SOURCE = "SWIFT RMB Tracker"
CIPS_SOURCE = deferred("CIPS, a year's value over twelve months")


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line of text, inches, at a size in points."""
    letters = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(text, letters, False)
    return float(width) / POINTS_PER_INCH


def wrap(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than ``width`` inches, between words, and inside a word that is wider alone."""
    lines: list[str] = []
    line = ""
    for word in text.replace(" %", "\u00a0%").split(" "):
        while text_width(word, size, bold) > width and len(word) > 1:
            cut = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or text_width(word[:n], size, bold) <= width)
            lines.extend([line] if line else [])
            lines.append(word[:cut])
            line, word = "", word[cut:]
        longer = f"{line} {word}".strip()
        if text_width(longer, size, bold) <= width:
            line = longer
        else:
            lines.append(line)
            line = word
    return [*lines, line] if line else lines


def text_height(lines: int, size: float) -> float:
    """Height of some lines of text, inches."""
    return lines * size * LEADING / POINTS_PER_INCH


@dataclass
class EndLabel:
    """A label at the right end of a line: where the line ends (data units), what to write, in whose look."""

    value: float
    text: str
    look: Look


@dataclass
class Panel:
    """One set of axes and its cell of the page.

    cell : left, bottom, width, height of the cell, inches
    box : the same of the axes
    small : size of its tick labels, points
    top_row : whether no other panel stands above it
    timeline : whether the horizontal axis is time (then it gets dates and events)
    ends : labels at the ends of its lines, put in their places by `paysim.show.finish.finish`
    """

    axes: Axes
    cell: tuple[float, float, float, float]
    box: tuple[float, float, float, float]
    small: float
    timeline: bool = True
    top_row: bool = True
    ends: list[EndLabel] = field(default_factory=list)

    def place(self, left: float, bottom: float, width: float, height: float) -> None:
        """Move the axes, inches."""
        self.box = (left, bottom, width, height)
        figure = self.axes.get_figure(root=True)
        assert isinstance(figure, Figure)
        across, up = figure.get_size_inches()
        self.axes.set_position((left / across, bottom / up, width / across, height / up))


class Frame:
    """A figure with its title and foot written, and the area between them divided into panels.

    Parameters
    ----------
    results : Results
        The run, for the foot.
    style : Style
        Sizes.
    title, reading : str
        What the figure shows, in plain words; and what to read from it.
    panels : sequence of str
        Titles of the panels, row by row; the unit of the vertical axis is part of it.
    columns : int
        Panels in a row.
    notes : sequence of str
        Lines between panels and foot (keys, cautions).
    published : str
        Source of the published points that are drawn, for the foot; empty if there are none.
    widths : sequence of float
        Relative widths of the columns, equal if empty.
    heights : sequence of float
        Relative heights of the rows, equal if empty.
    taller : float
        Factor on the height of a panel, where the style lets the figure grow.
    """

    def __init__(
        self,
        results: Results,
        style: Style,
        title: str,
        reading: str,
        panels: Sequence[str],
        columns: int,
        notes: Sequence[str] = (),
        published: str = "",
        widths: Sequence[float] = (),
        heights: Sequence[float] = (),
        taller: float = 1.0,
    ) -> None:
        self.style = style
        self.results = results
        rows = -(-len(panels) // columns)
        self.margin = style.text / POINTS_PER_INCH * 1.1
        inner = style.width - 2 * self.margin
        head = self._lines(title, style.title, inner, True), self._lines(reading, style.text, inner)
        foot = [line for text in foot_texts(results, published) for line in self._lines(text, style.foot, 0.97 * inner)]
        note = [line for text in notes if text for line in self._lines(text, style.small, inner)]
        above = text_height(len(head[0]), style.title) + text_height(len(head[1]), style.text) + 0.6 * style.em
        below = text_height(len(note), style.small) + text_height(len(foot), style.foot) + 0.4 * style.em
        self.height = style.height or above + below + rows * style.panel_height * taller + 2 * self.margin
        self.figure = Figure(figsize=(style.width, self.height), dpi=style.dpi, facecolor="white")
        FigureCanvasAgg(self.figure)
        top = self._write(head[0], self.height - self.margin * 0.8, style.title, INK, True)
        self._write(head[1], top, style.text, GREY)
        bottom = self.margin * 0.7 + text_height(len(foot), style.foot)
        self._write(foot, bottom, style.foot, GREY)
        self._write(note, bottom + text_height(len(note), style.small) + 0.2 * style.em, style.small, INK)
        area = (self.margin, self.margin * 0.7 + below, inner, self.height - self.margin * 0.8 - above)
        self.panels = self._panels(panels, area, widths or [1.0] * columns, heights or [1.0] * rows)

    @staticmethod
    def _lines(text: str, size: float, width: float, bold: bool = False) -> list[str]:
        return wrap(text, size, width, bold)

    def write(self, left: float, top: float, text: str, size: float, **look: Any) -> None:
        """Write text with its upper left corner (unless ``look`` says other) at inches from the page's lower left."""
        settings: dict[str, Any] = {"va": "top", "ha": "left", "color": INK, "parse_math": False, **look}
        self.figure.text(left / self.style.width, top / self.height, text, size=size, **settings)

    def _write(self, lines: Sequence[str], top: float, size: float, colour: str, bold: bool = False) -> float:
        for line in lines:
            self.write(self.margin, top, line, size, color=colour, weight="bold" if bold else "normal")
            top -= text_height(1, size)
        return top

    def _panels(
        self,
        titles: Sequence[str],
        area: tuple[float, float, float, float],
        widths: Sequence[float],
        heights: Sequence[float],
    ) -> list[Panel]:
        left, bottom, width, top = area
        style, rows, columns = self.style, len(heights), len(widths)
        gap = 1.2 * style.em
        size = style.text if columns <= 3 else style.small
        unit = (width - gap * (columns - 1)) / sum(widths)
        row_unit = (top - bottom) / sum(heights)
        starts = [left + unit * sum(widths[:column]) + gap * column for column in range(columns)]
        wrapped = [
            [line for part in text.split("\n") for line in wrap(part, size, unit * widths[place % columns])]
            for place, text in enumerate(titles)
        ]
        panels = []
        for place, lines in enumerate(wrapped):
            row, column = divmod(place, columns)
            deepest = max(len(other) for other in wrapped[row * columns : (row + 1) * columns])
            height = row_unit * heights[row]
            cell = (starts[column], top - row_unit * sum(heights[: row + 1]), unit * widths[column], height)
            for number, line in enumerate(lines):
                self.write(cell[0], cell[1] + height - text_height(number, size), line, size)
            axes = self.figure.add_axes((0.1, 0.1, 0.1, 0.1))
            axes.tick_params(labelsize=style.small, length=0.25 * style.small, pad=0.2 * style.small)
            axes.tick_params(axis="x", pad=0.4 * style.small)
            panel = Panel(axes, cell, cell, style.small, top_row=row == 0)
            ticks_left, ticks_below = (
                3.1 * style.small / POINTS_PER_INCH,
                (2.2 if row == rows - 1 else 3.2) * style.small / POINTS_PER_INCH,
            )
            above = text_height(deepest, size) + 0.35 * style.em
            panel.place(cell[0] + ticks_left, cell[1] + ticks_below, cell[2] - ticks_left, height - ticks_below - above)
            panels.append(panel)
        return panels


def foot_texts(results: Results, published: str) -> list[str]:
    """Write the two lines at the foot of every figure: the source; that it is a model, and the command to repeat it."""
    manifest: Mapping[str, Any] = results.manifest
    if "foot" in manifest:  # what is drawn is no run
        return list(manifest["foot"])
    parts = [_("Source: paysim {version}").format(version=manifest.get("version", "")).rstrip()]
    if manifest.get("name"):
        parts.append(_("scenario {name}").format(name=manifest["name"]))
    if manifest.get("replicates"):
        parts.append(replicates(int(manifest["replicates"])))
    if manifest.get("seed") is not None:
        parts.append(_("seed {seed}").format(seed=manifest["seed"]))
    clauses = [", ".join(parts)]
    if manifest.get("unstable"):
        clauses.append(_("unstable base in {count} of them").format(count=manifest["unstable"]))
    if published:
        clauses.append(_("rings, as published: {source}").format(source=published))
    caution = _("A model, not a forecast.")
    if manifest.get("command"):
        caution += " " + _("To repeat it: {command}").format(command=manifest["command"])
    return ["; ".join([*clauses, *disputed(results)]) + ".", caution]


def replicates(count: int) -> str:
    """How many replicates, in words."""
    return _("{count} replicates").format(count=count) if count != 1 else _("one replicate")


def disputed(results: Results) -> list[str]:
    """Words for the two parameters on which the literature disagrees, with median and range of their draws, or none."""
    words = []
    for name, text in (
        ("network_effect", _("network effect {value} of tipping")),  # R = gamma over its tipping value
        ("cost_sensitivity", _("cost sensitivity {value} a basis point")),
    ):
        drawn = np.asarray(results.draws().get(name, ()), dtype=np.float64)
        if drawn.size:
            least, most = float(drawn.min()), float(drawn.max())
            median, *ends = (decimal(f"{value:.2g}") for value in (float(np.median(drawn)), least, most))
            spread = _("{median} ({least} to {most})").format(median=median, least=ends[0], most=ends[1])
            words.append(text.format(value=spread if most > least else median))
    return [", ".join(words)] if words else []
