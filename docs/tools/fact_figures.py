"""The figures of ``settlement_facts.md``: one page with one or two panels of lines each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.ticker import FuncFormatter, MaxNLocator

from paysim import __version__
from paysim.show.canvas import Frame, Panel, text_width
from paysim.show.foot import Foot
from paysim.show.style import (
    DASH_DOT,
    DASHED,
    DOTTED,
    GREY,
    INK,
    LONG,
    POINTS_PER_INCH,
    SLIDES,
    SOLID,
    Look,
    Style,
    applied,
)

FOLDER = Path(__file__).parents[1] / "figures"
COMMAND = "python docs/tools/published_facts.py"
LOOKS = (SOLID, DASHED, DASH_DOT, LONG, DOTTED)
HEADROOM = 0.03  # of the height of an axis, above a line that ends at its top


@dataclass(frozen=True)
class Line:
    """One line: what it is called, and its points; without a look it takes the next that is free."""

    name: str
    points: Sequence[tuple[float, float]]
    look: Look | None = None


@dataclass(frozen=True)
class Plot:
    """One panel.

    title : what the vertical axis shows, by what the horizontal one does
    lines : to be drawn, in their order
    across, up : limits of the axes; up to None as the lines need it
    published : levels to be marked on the vertical axis, and what they are
    percent : whether the vertical axis is in percent; the horizontal one is, in all figures
    corner : where the names of the lines stand
    """

    title: str
    lines: Sequence[Line]
    across: tuple[float, float]
    up: tuple[float, float]
    published: Sequence[tuple[float, str]] = ()
    percent: bool = True
    corner: str = "lower right"


def draw(name: str, title: str, reading: str, plots: Sequence[Plot], notes: Sequence[str] = ()) -> Path:
    """Draw a page into the folder of figures and give its path."""
    style = SLIDES
    foot = Foot({"version": f"{__version__}, synthetic days of shipped systems", "command": COMMAND})
    FOLDER.mkdir(exist_ok=True)
    picture = FOLDER / f"{name}.png"
    with applied(style):
        frame = Frame(foot, style, title, reading, [plot.title for plot in plots], len(plots), notes)
        for panel, plot in zip(frame.panels, plots, strict=True):
            panel.timeline = False
            _draw_plot(panel, plot, style)
        frame.figure.savefig(picture, dpi=style.dpi, metadata={"Software": None})
    return picture


def _draw_plot(panel: Panel, plot: Plot, style: Style) -> None:
    axes = panel.axes
    room = text_width("100.0 %", style.small) + 0.7 * style.small / POINTS_PER_INCH
    _, bottom, _, height = panel.box
    panel.place(panel.cell[0] + room, bottom, panel.cell[2] - room - text_width("%", style.small), height)
    for line, look in zip(plot.lines, LOOKS, strict=False):
        worn = line.look or look
        across, up = zip(*line.points, strict=True)
        single = len(line.points) == 1
        axes.plot(across, up, color=worn.colour, linestyle="none" if single else worn.dash, linewidth=style.line,
                  marker=worn.marker, markersize=style.line * (4 if single else 2.4), label=line.name,
                  zorder=4 if single else 3)  # fmt: skip
    for level, words in plot.published:
        axes.axhline(level, color=GREY, linewidth=style.line / 2, zorder=1)
        axes.annotate(words, (0.01, level), xycoords=("axes fraction", "data"), xytext=(0, 3), ha="left", va="bottom",
                      textcoords="offset points", size=style.small, color=INK)  # fmt: skip
    axes.set_xlim(*plot.across)
    axes.set_ylim(plot.up[0], plot.up[1] + HEADROOM * (plot.up[1] - plot.up[0]))
    for axis, percent in ((axes.xaxis, True), (axes.yaxis, plot.percent)):
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_in_percent if percent else _plain))
    axes.legend(loc=plot.corner, fontsize=style.small, frameon=True, framealpha=0.9, edgecolor="none", handlelength=3)


def _in_percent(value: float, _: object) -> str:
    return f"{100 * value:.4g} %"


def _plain(value: float, _: object) -> str:
    return f"{value:g}"
