"""What would have to be true: how far bounds are met as one assumption moves, and where two let a claim hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from paysim.show.canvas import Frame, Panel, text_height
from paysim.show.finish import spread_apart
from paysim.show.foot import Foot
from paysim.show.style import BLUE, GREY, INK, ORANGE, PALE, POINTS_PER_INCH, VERMILLION, Style, applied, looks
from paysim.words import decimal
from paysim.words import translated as _

Array = NDArray[np.float64]
FLOOR, TOP = -1.0, 0.6  # of a bound; what lies beyond is cut off
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Axis:
    """An assumption on an axis, in the unit that people read.

    best : its value in the story;  low, high : what is documented, nan where nothing is
    wide : whether the axis is logarithmic
    """

    label: str
    unit: str
    best: float
    low: float
    high: float
    wide: bool = False


@dataclass(frozen=True)
class Curves:
    """How far bounds are met as one assumption moves.

    values : (n,) of the assumption;  margins : (n,) of each bound, over the bound's size; 0 or more where it is met
    intervals : of values for which all are met
    """

    axis: Axis
    values: Array
    margins: tuple[Array, ...]
    intervals: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Grid:
    """Two assumptions with values (n,) and (m,): margins (m, n) of the claim, and of what was published, or None."""

    across: Axis
    up: Axis
    columns: Array
    rows: Array
    margins: Array
    constraint: Array | None


def foot(command: str, version: str, name: str) -> Foot:
    """The foot of the page: a run of the mean field without luck, and the command."""
    return Foot({"name": name, "version": version, "command": command})


def curves(of: Foot, style: Style, claim: str, panels: Sequence[tuple[str, Curves]], bounds: Sequence[str]) -> Figure:
    """One panel an assumption: a line a bound, what is documented shaded grey, and where all bounds are met blue.

    panels : title and what is in it;  bounds : in words, in the order of the margins
    """
    with applied(style):
        frame = Frame(
            of,
            style,
            _("What would have to be true?"),
            claim,
            [title for title, _curves in panels],
            min(len(panels), 3) if style.side_by_side else 1,
            [
                "; ".join(f"{LETTERS[place]}: {words}" for place, words in enumerate(bounds)) + ".",
                _cut_note(shown for _title, shown in panels),
                _("A bound is met from 0 on. Grey: what is documented. Blue: all bounds are met. Ring: as assumed."),
            ],
            taller=1.2,
        )
        for panel, (_title, shown) in zip(frame.panels, panels, strict=True):
            _draw_curves(frame, panel, shown)
        return frame.figure


def _cut_note(every: Iterable[Curves]) -> str:
    """Say that lines are cut off where some are."""
    margins = np.concatenate([one for shown in every for one in shown.margins])
    if not np.any((margins < FLOOR) | (margins > TOP)):
        return ""
    return _("Beyond {floor} and {top} % of a bound a line is drawn at the edge.").format(
        floor=f"{100 * FLOOR:+.0f}", top=f"{100 * TOP:+.0f}"
    )


def _draw_curves(frame: Frame, panel: Panel, shown: Curves) -> None:
    style, axes, axis = frame.style, panel.axes, shown.axis
    panel.timeline = False
    left, bottom, width, height = panel.box
    panel.place(left + 1.2 * style.em, bottom, width - 2.4 * style.em, height)
    lowest = min(float(np.nanmin(np.clip(margins, FLOOR, TOP), initial=-0.1)) for margins in shown.margins)
    axes.set_ylim(max(FLOOR, 1.15 * lowest) - 0.02, TOP + 0.03)
    axes.set_xlim(float(shown.values[0]), float(shown.values[-1]))
    if np.isfinite(axis.low):
        axes.axvspan(axis.low, axis.high, color=PALE, alpha=0.7, linewidth=0, zorder=0, gid="documented")
    for first, last in shown.intervals:
        axes.axvspan(first, last, color=BLUE, alpha=0.28, linewidth=0, zorder=0.5, gid="holds")
    axes.axhline(0.0, color=INK, linewidth=style.line / 3, zorder=1)
    names = [f"bound {place}" for place in range(len(shown.margins))]
    drawn = [np.clip(margins, FLOOR, TOP) for margins in shown.margins]
    heights = _letter_heights(panel, [float(margins[-1]) for margins in drawn])
    ring: dict[str, Any] = {
        "marker": "o", "markersize": style.line * 2.6, "markerfacecolor": "white", "linestyle": "none",
        "markeredgewidth": style.line * 0.7,
    }  # fmt: skip
    for place, (name, look) in enumerate(looks(names).items()):
        margins = drawn[place]
        axes.plot(shown.values, margins, color=look.colour, linestyle=look.dash, linewidth=style.line, gid=name)
        at = np.interp(axis.best, shown.values, margins)
        axes.plot([axis.best], [at], markeredgecolor=look.colour, zorder=4, **ring)
        axes.annotate(
            LETTERS[place], (shown.values[-1], heights[place]), (0.3 * style.text, 0), annotation_clip=False,
            va="center", textcoords="offset points", color=look.letters, weight="bold", size=style.small,
        )  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _place: decimal(f"{100 * value:+.3g} %") if value else "0")
    )
    _unit_axis(panel, axis, "x")


def _letter_heights(panel: Panel, ends: Sequence[float]) -> list[float]:
    """Where the letters of lines that end at these heights stand so that none covers another; nan stays."""
    low, high = panel.axes.get_ylim()
    line = text_height(1, panel.small) / panel.box[3] * (high - low)
    known = [place for place, end in enumerate(ends) if np.isfinite(end)]
    apart = spread_apart([ends[place] for place in known], [line] * len(known), low, high)
    found = dict(zip(known, apart, strict=True))
    return [found.get(place, float("nan")) for place in range(len(ends))]


def _unit_axis(panel: Panel, axis: Axis, which: str) -> None:
    """Few round ticks; on a logarithmic axis its ends, and those of what is documented."""
    side = panel.axes.xaxis if which == "x" else panel.axes.yaxis
    if axis.wide:
        (panel.axes.set_xscale if which == "x" else panel.axes.set_yscale)("log")
        ends = panel.axes.get_xlim() if which == "x" else panel.axes.get_ylim()
        side.set_major_locator(FixedLocator([ends[0], axis.low, axis.high, ends[1]]))
        side.set_minor_locator(NullLocator())
    else:
        length = panel.box[2] / 5.5 if which == "x" else panel.box[3] / 1.8
        side.set_major_locator(MaxNLocator(nbins=max(2, min(5, int(length * POINTS_PER_INCH / panel.small)))))
    unit = " %" if axis.unit.startswith(" %") else ""
    side.set_major_formatter(FuncFormatter(lambda value, _place: decimal(f"{value:,.3g}") + unit))


def grid(of: Foot, style: Style, claim: str, shown: Grid, constraint: str) -> Figure:
    """Two assumptions: blue where the claim holds, hatched what was published against, dashed what is documented.

    constraint : what was published, in words
    """
    with applied(style):
        across, up = (f"{axis.label}{axis.unit}" for axis in (shown.across, shown.up))
        notes = [
            _constraint_note(shown, constraint),
            _("Blue: the claim holds. Dashed: what is documented of both. Star: as assumed."),
        ]
        title = _("{up},\nagainst {across}").format(up=up, across=across)
        frame = Frame(of, style, _("What would have to be true of two?"), claim, [title], 1, notes, taller=2.0)
        (panel,) = frame.panels
        panel.timeline = False
        left, bottom, width, height = panel.box
        panel.place(left + 1.5 * style.em, bottom, width - 3.0 * style.em, height)
        _draw_grid(panel, shown, style)
        return frame.figure


def _constraint_note(shown: Grid, constraint: str) -> str:
    """What is hatched; where all of it would be, it is said instead."""
    if shown.constraint is None or not constraint:
        return ""
    if np.all(shown.constraint < 0.0):
        return _("Whatever the two are: {constraint}.").format(constraint=constraint)
    return _("Hatched: {constraint}.").format(constraint=constraint)


def _area(panel: Panel, shown: Grid, heights: Array, colour: str, style: Style, hatch: str = "") -> None:
    """Fill where heights are 0 or more, or hatch it, with its edge."""
    known = np.where(np.isfinite(heights), heights, -1.0)
    if known.max() < 0.0:
        return
    levels = [0.0, float(known.max()) * 1.01 + 1e-9]
    where = (shown.columns, shown.rows, known)
    if hatch:
        panel.axes.contourf(*where, levels=levels, colors="none", hatches=[hatch])
    else:
        panel.axes.contourf(*where, levels=levels, colors=[colour], alpha=0.5)
    if known.min() < 0.0:
        panel.axes.contour(*where, levels=[0.0], colors=[colour], linewidths=style.line)


def _draw_grid(panel: Panel, shown: Grid, style: Style) -> None:
    axes = panel.axes
    axes.grid(visible=False)
    _area(panel, shown, shown.margins, BLUE, style)
    if shown.constraint is not None and not np.all(shown.constraint < 0.0):
        _area(panel, shown, -shown.constraint, VERMILLION, style, hatch="//")
    across, up = shown.across, shown.up
    if np.isfinite(across.low) and np.isfinite(up.low):
        axes.add_patch(
            Rectangle(
                (across.low, up.low), across.high - across.low, up.high - up.low, fill=False, edgecolor=INK,
                linestyle=(0, (4, 2)), linewidth=style.line * 0.8, gid="documented", zorder=4,
            )
        )  # fmt: skip
    axes.plot(
        [across.best], [up.best], marker="*", markersize=style.line * 6, color=ORANGE, linestyle="none",
        markeredgecolor=INK, markeredgewidth=style.line * 0.3, zorder=5, gid="assumed", clip_on=False,
    )  # fmt: skip
    axes.set_xlim(float(shown.columns[0]), float(shown.columns[-1]))
    axes.set_ylim(float(shown.rows[0]), float(shown.rows[-1]))
    for spine in axes.spines.values():
        spine.set_color(GREY)
    _unit_axis(panel, shown.across, "x")
    _unit_axis(panel, shown.up, "y")
