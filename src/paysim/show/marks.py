"""What is drawn inside a panel: bands, lines, published points, percent axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, ScalarFormatter
from numpy.typing import NDArray

from paysim.show.canvas import EndLabel, Panel
from paysim.show.months import month_middle
from paysim.show.published import Points
from paysim.show.reading import Band
from paysim.show.style import GREY, INK, POINTS_PER_INCH, Look, Style
from paysim.words import decimal, language, speaking
from paysim.words import translated as _

OUTER, INNER = 0.16, 0.30  # opacity of the 90 % and the 50 % band
PERCENT = 100.0
LEAST_SPAN = 0.05  # of the largest value: an axis shorter than that would show rounding as movement
STEP_TOLERANCE = 1e-9  # percent; a step between ticks is as good as round within it


def percent(fraction: float, decimals: int = 1) -> str:
    """Write a fraction in percent."""
    return decimal(f"{fraction * PERCENT:.{decimals}f} %") if np.isfinite(fraction) else _("not defined")


def ticks_as(write: Callable[[float], str]) -> FuncFormatter:
    """Labels of ticks, written as Python writes numbers, with the signs of the language spoken now."""
    spoken = language.get()

    def label(value: float, _place: int | None = None) -> str:
        with speaking(spoken):
            return decimal(write(value))

    return FuncFormatter(label)


class PlainTicks(ScalarFormatter):
    """Matplotlib's own labels of ticks, with the signs of the language spoken now."""

    def __init__(self) -> None:
        super().__init__()
        self._spoken = language.get()

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a tick."""
        with speaking(self._spoken):
            return decimal(super().__call__(x, pos))


def _few_ticks(panel: Panel, floor: float | None) -> MaxNLocator:
    """Round ticks on the vertical axis, no more than its height has room for."""
    if floor is not None:
        panel.axes.set_ylim(bottom=floor)
    low, high = panel.axes.get_ylim()
    least = LEAST_SPAN * max(abs(low), abs(high))
    if floor is None and high - low < least:
        panel.axes.set_ylim((low + high - least) / 2, (low + high + least) / 2)
    room = int(panel.box[3] * POINTS_PER_INCH / (1.8 * panel.small))
    locator = MaxNLocator(nbins=min(6, max(2, room)), steps=[1, 2, 2.5, 5, 10])
    panel.axes.yaxis.set_major_locator(locator)
    return locator


def percent_axis(panel: Panel, floor: float | None = 0.0) -> None:
    """Show the fractions of the vertical axis as percent, from ``floor`` if given."""
    locator = _few_ticks(panel, floor)
    ticks = locator.tick_values(*panel.axes.get_ylim())
    step = float(ticks[1] - ticks[0]) * PERCENT if len(ticks) > 1 else 1.0
    decimals = next((count for count in range(4) if abs(round(step, count) - step) < STEP_TOLERANCE), 4)
    panel.axes.yaxis.set_major_formatter(ticks_as(lambda value: f"{value * PERCENT:.{decimals}f} %"))


def plain_axis(panel: Panel, floor: float | None = None) -> None:
    """Few, round ticks on the vertical axis, from ``floor`` if given."""
    _few_ticks(panel, floor)
    panel.axes.yaxis.set_major_formatter(ticks_as(lambda value: f"{value:,.6g}"))


def draw_band(panel: Panel, read: Band, look: Look, style: Style, name: str, alone: bool = False) -> None:
    """Draw the median with its 50 and 90 % bands (no bands where the replicates do not differ).

    A line that is ``alone`` in its panel needs no dashes and markers to be told apart; a noisy one is clearer without.
    """
    where = month_middle(read.dates)
    if read.spread:
        for low, high, depth in ((0.05, 0.95, OUTER), (0.25, 0.75, INNER)):
            panel.axes.fill_between(
                where, read.quantiles[low], read.quantiles[high], color=look.colour, alpha=depth, linewidth=0, zorder=1
            )
    single = int(np.isfinite(read.median).sum()) == 1
    worn = replace(look, dash="-", marker=look.marker if single else "") if alone else look
    draw_line(panel.axes, where, read.median, worn, style, name)


def draw_line(
    axes: Axes, where: NDArray[np.float64], values: NDArray[np.float64], look: Look, style: Style, name: str
) -> None:
    """Draw a line in a look, with a marker about every tenth of the way."""
    axes.plot(
        where,
        values,
        color=look.colour,
        linestyle=look.dash,
        linewidth=style.line,
        marker=look.marker,
        markersize=style.line * 2.6,
        markevery=(len(where) // 20, max(1, len(where) // 10)),
        markeredgecolor="white",
        markeredgewidth=style.line / 4,
        gid=name,
        zorder=3,
        solid_capstyle="round",
    )


def draw_points(panel: Panel, points: Points, style: Style, scale: float = 1.0) -> None:
    """Draw published points: black rings filled white, above every line."""
    panel.axes.plot(
        month_middle(points.dates),
        points.values,
        linestyle="none",
        marker="o",
        markersize=style.line * 2.0 * scale,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=style.line * 0.45 * scale,
        gid="published",
        zorder=4,
    )


def add_end(panel: Panel, read: Band, name: str, look: Look, text: str | None = None, broken: bool = False) -> None:
    """Label the right end of a median with its name and last value in percent (or ``text``)."""
    last = read.last()
    value = percent(last) if text is None else text
    panel.ends.append(EndLabel(last, f"{name}\n{value}" if broken else f"{name} {value}", look))


def say_empty(panel: Panel, text: str, style: Style) -> None:
    """Say in the middle of a panel why there is nothing in it."""
    panel.axes.text(
        0.5, 0.5, text, transform=panel.axes.transAxes, ha="center", va="center", color=GREY, size=style.small
    )
