"""Pictures of the boxes in which a study reaches an outcome: their limits, the points, and what the search passed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from paysim.show.canvas import Frame, Panel, text_width
from paysim.show.factor_rows import make_rows
from paysim.show.foot import Foot
from paysim.show.marks import PERCENT, ticks_as
from paysim.show.style import BLUE, GREY, INK, ORANGE, PALE, STYLES, VERMILLION, Style, draw_into
from paysim.study.compared.explain_words import number_words
from paysim.study.sweeps.discovery import Box, Discovery, Limit
from paysim.study.sweeps.discovery_words import box_words, cautions, threshold_words
from paysim.study.sweeps.sensitivity_words import capital, percent
from paysim.study.sweeps.studied import Array, Factor
from paysim.words import translated as _

SHOWN = 12
"""Factors in a figure, the limited ones first; the others are counted."""
_DRAWN = 2000
"""Points in a scatter; of more, so many spread evenly over the sample."""
_SEED = 7


def draw_discovery(found: Discovery, manifest: dict[str, Any], folder: Path, style: str = "slides") -> list[Path]:
    """Draw both figures into a folder (made if missing) as PNG and SVG, with captions; gives the PNGs.

    manifest : what the foot says: version, seed, command
    """
    makers = (("box", box_figure), ("points", points_figure)) if found.boxes else ()
    figures = [
        (f"{name}_{found.studied.outcome}", partial(make, found, manifest), caption(found, name))
        for name, make in makers
    ]
    none = [] if found.boxes else [_("No figure: no box sets these points apart beyond chance.")]
    return draw_into(folder, STYLES[style], figures, none)


def caption(found: Discovery, figure: str) -> str:
    """Say what to read from a figure."""
    box = found.boxes[0]
    if figure == "points":
        return _("Inside of the box {inside} of points are looked for, outside {outside}").format(
            inside=percent(box.density), outside=percent(_outside(found))
        )
    return _("Where {limits}: {density} of points, and {coverage} of all that are looked for").format(
        limits=box_words(box), density=percent(box.density), coverage=percent(box.coverage)
    )


def _outside(found: Discovery) -> float:
    inside = found.boxes[0].holds(found.studied)
    return float(found.cases[~inside].mean()) if not inside.all() else 0.0


def _title(found: Discovery) -> str:
    return _("Where to find: {what}").format(what=threshold_words(found))


def _notes(found: Discovery) -> list[str]:
    return [f"{capital(text)}." for text in cautions(found)]


def box_figure(found: Discovery, manifest: dict[str, Any], style: Style) -> Figure:
    """Draw the limits of the first box within the range of every factor, with how well they come back."""
    box = found.boxes[0]
    limited = [limit.factor for limit in box.limits]
    free = [factor for factor in found.studied.factors if factor not in limited]
    shown = [*limited, *free][:SHOWN]
    key = _("Dark: limits of the box.")
    if found.resamples:
        key += " " + _(
            "Lines: nine of ten limits found again in half of the points; right: how often a factor was limited again."
        )
    hidden = len(found.studied.factors) - len(shown)
    more = [_("{count} more factors are free.").format(count=hidden)] if hidden > 0 else []
    frame = Frame(
        Foot(manifest), style, _title(found), caption(found, "box"), [_("Range of each factor, least to most")], 1,
        [key, *more, *_notes(found)], taller=1.9,
    )  # fmt: skip
    panel = frame.panels[0]
    make_rows(frame, panel, [factor.words for factor in shown], [factor in free for factor in shown])
    room = (text_width("100 %", style.small) + style.em) / panel.box[2]
    panel.axes.set_xlim(-0.01, 1.0 / (1.0 - room))
    panel.axes.set_xticks([])
    panel.axes.grid(visible=False)
    panel.axes.spines["bottom"].set_visible(False)
    for row, factor in enumerate(shown):
        limit = next((limit for limit in box.limits if limit.factor == factor), None)
        panel.axes.barh(row, 1.0, height=0.5, color=PALE, gid=f"range {factor.name}", zorder=1)
        if limit is None:
            column = found.studied.inputs[:, found.studied.names.index(factor.name)]
            _ends(panel, row, factor, (float(column.min()), float(column.max())), style)
        elif limit.kept is not None:
            _levels(frame, panel, row, limit, style)
        else:
            _interval(panel, row, limit, style)
        again = found.reproduced[found.studied.names.index(factor.name)]
        if np.isfinite(again):
            panel.axes.annotate(percent(float(again)), (1.0, row), (0.6 * style.small, 0), textcoords="offset points",
                                va="center", size=style.small, color=INK if limit else GREY)  # fmt: skip
    return frame.figure


def _ends(panel: Panel, row: int, factor: Factor, ends: tuple[float, float], style: Style) -> None:
    """Write the least and the most of a factor that is free."""
    if factor.levels:
        texts = (_("all: {levels}").format(levels=", ".join(factor.levels)), "")
    else:
        texts = (number_words(ends[0]), f"{number_words(ends[1])} {factor.unit}".rstrip())
    for at, text, side in ((0.0, texts[0], "left"), (1.0, texts[1], "right")):
        inward = 0.4 * style.foot * (1 if side == "left" else -1)
        panel.axes.annotate(text, (at, row), (inward, 0), textcoords="offset points", ha=side, va="center",
                            size=style.foot, color=GREY)  # fmt: skip


def _interval(panel: Panel, row: int, limit: Limit, style: Style) -> None:
    """Draw the limits of a factor that is a number, and write them at their ends."""
    least, most = limit.range
    low, high = (free if np.isnan(end) else end for end, free in zip((limit.low, limit.high), limit.range, strict=True))
    start, end = (low - least) / (most - least), (high - least) / (most - least)
    panel.axes.barh(row, end - start, left=start, height=0.5, color=BLUE, gid=f"limit {limit.factor.name}", zorder=2)
    for first, last in (limit.spread[:2], limit.spread[2:]):
        if not np.isnan(first):
            ends = [(first - least) / (most - least), (last - least) / (most - least)]
            panel.axes.plot(ends, [row - 0.36] * 2, color=INK, linewidth=style.line * 0.8, marker="|",
                            markersize=style.line * 3, gid=f"again {limit.factor.name}", zorder=3)  # fmt: skip
    unit = f" {limit.factor.unit}".rstrip()
    inside = end - start > 0.3
    for value, at, side in ((limit.low, start, "left"), (limit.high, end, "right")):
        if not np.isnan(value):
            inward = (side == "left") == inside
            panel.axes.annotate(
                number_words(value) + unit, (at, row), (0.4 * style.small * (1 if inward else -1), 0),
                textcoords="offset points", ha="left" if inward else "right", va="center", size=style.small,
                weight="bold", color="white" if inside else INK, zorder=4,
            )  # fmt: skip


def _levels(frame: Frame, panel: Panel, row: int, limit: Limit, style: Style) -> None:
    """Draw the levels of a factor, those that the box keeps dark."""
    assert limit.kept is not None
    count = len(limit.factor.levels)
    room = panel.box[2] / panel.axes.get_xlim()[1] / count - 0.3 * frame.style.em
    for place, level in enumerate(limit.factor.levels):
        kept = level in limit.kept
        panel.axes.barh(row, 0.98 / count, left=place / count, height=0.5, color=BLUE if kept else PALE,
                        gid=f"level {limit.factor.name} {level}", zorder=2)  # fmt: skip
        text = _cut(level, style.foot, room, kept)
        panel.axes.annotate(text, ((place + 0.49) / count, row), ha="center", va="center", size=style.foot,
                            color="white" if kept else GREY, weight="bold" if kept else "normal", zorder=4)  # fmt: skip


def _cut(text: str, size: float, room: float, bold: bool = False) -> str:
    """A text, cut where it is wider than there is room."""
    while len(text) > 1 and text_width(text, size, bold) > room:
        text = text[:-2] + "…"
    return text


def points_figure(found: Discovery, manifest: dict[str, Any], style: Style) -> Figure:
    """Draw the points over the two factors whose limits matter most, and what the search passed on its way."""
    box = found.boxes[0]
    limits = sorted(box.limits[:2], key=lambda limit: not limit.factor.levels)  # names have more room below
    below = limits[1].factor.words if len(limits) > 1 else found.studied.what
    panels = [
        capital(_("{up}; across: {across}").format(up=below, across=limits[0].factor.words)),
        _("Density; across: coverage, all that the search passed"),
    ]
    key = _("Filled: looked for; ring: not. Frame: the box in these two factors; pale: outside of its other limits.")
    frame = Frame(
        Foot(manifest), style, _title(found), caption(found, "points"), panels, 2 if style.side_by_side else 1,
        [key, *_notes(found)], widths=[1.25, 1.0] if style.side_by_side else (), taller=1.6,
    )  # fmt: skip
    for panel in frame.panels:
        panel.timeline = False
    _scatter(frame.panels[0], found, limits, style)
    _peeling(frame, frame.panels[1], found, style)
    return frame.figure


def _scatter(panel: Panel, found: Discovery, limits: Sequence[Limit], style: Style) -> None:
    studied, axes = found.studied, panel.axes
    rows = np.unique(np.linspace(0, len(found.cases) - 1, _DRAWN).astype(np.int64))
    columns = [_spread_levels(studied.inputs[:, studied.names.index(one.factor.name)], one.factor) for one in limits]
    if len(limits) < 2:
        columns.append(studied.scale.factor * studied.means)
    across, up = columns
    beside = np.ones(len(found.cases), dtype=np.bool_)
    for limit in found.boxes[0].limits[2:]:
        beside &= limit.admits(studied.inputs[:, studied.names.index(limit.factor.name)])
    size = style.line * (2.4 if len(rows) < 600 else 1.6)
    for cases, colour in ((False, GREY), (True, VERMILLION)):
        for near, strength in ((False, 0.22), (True, 0.85)):
            chosen = rows[(found.cases[rows] == cases) & (beside[rows] == near)]
            axes.plot(
                across[chosen], up[chosen], linestyle="none", marker="o", markersize=size, alpha=strength,
                markerfacecolor=colour if cases else "none", markeredgecolor=colour, markeredgewidth=style.line / 4,
                gid=f"{'case' if cases else 'other'} {'near' if near else 'far'}", zorder=3 if cases else 2,
            )  # fmt: skip
    axes.grid(visible=False)
    _frame_box(panel, limits, style)
    for axis, place in ((axes.xaxis, 0), (axes.yaxis, 1)):
        _name_ticks(panel, axis, limits[place].factor if place < len(limits) else None, style)


def _spread_levels(column: Array, factor: Factor) -> Array:
    """Levels as places with points strewn around them, numbers as they are."""
    if not factor.levels:
        return column
    rng = np.random.default_rng(_SEED)
    strewn: NDArray[np.float64] = column + rng.uniform(-0.3, 0.3, len(column))
    return strewn


def _frame_box(panel: Panel, limits: Sequence[Limit], style: Style) -> None:
    """Draw the box in two factors; on a side where it is free it reaches the edge."""
    axes = panel.axes
    views = [axes.get_xlim(), axes.get_ylim()]
    sides: list[list[tuple[float, float]]] = []
    for view, limit in zip(views, [*limits, None][:2], strict=True):
        if limit is None:
            sides.append([view])
        elif limit.kept is not None:
            places = [limit.factor.levels.index(level) for level in limit.kept]
            sides.append([(place - 0.42, place + 0.42) for place in places])
        else:
            sides.append(
                [(view[0] if np.isnan(limit.low) else limit.low, view[1] if np.isnan(limit.high) else limit.high)]
            )
    for left, right in sides[0]:
        for bottom, top in sides[1]:
            axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, facecolor=ORANGE, alpha=0.16, zorder=0,
                                     linewidth=0))  # fmt: skip
            axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=INK, zorder=4,
                                     linewidth=style.line * 0.8, gid="box"))  # fmt: skip
    axes.set_xlim(*views[0])
    axes.set_ylim(*views[1])


def _name_ticks(panel: Panel, axis: Any, factor: Factor | None, style: Style) -> None:
    if factor is not None and factor.levels:
        room = panel.box[2] / len(factor.levels) - 0.5 * style.em if axis is panel.axes.xaxis else 3.0 * style.em
        axis.set_ticks(range(len(factor.levels)), [_cut(level, style.small, room) for level in factor.levels])
        return
    count = max(2, int(panel.box[2] / (2.5 * text_width("0.00", style.small))))
    axis.set_major_locator(MaxNLocator(nbins=min(5, count), steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(ticks_as(lambda value: f"{value:,.6g}"))


def _peeling(frame: Frame, panel: Panel, found: Discovery, style: Style) -> None:
    """Draw coverage and density of every box on the way, the one that the rule chose, and the one that was kept."""
    axes, passed, box = panel.axes, found.peeling, found.boxes[0]
    axes.plot(passed.coverage, passed.density, color=GREY, marker="o", markersize=style.line * 1.3,
              linewidth=style.line / 2, gid="passed", zorder=2)  # fmt: skip
    axes.axhline(found.share, color=GREY, linewidth=style.line / 3, linestyle=(0, (6, 4)), zorder=1)
    axes.plot([box.coverage], [box.density], marker="D", color=BLUE, markersize=style.line * 3.6, linestyle="none",
              gid="kept", zorder=4)  # fmt: skip
    axes.set_xlim(0.0, 1.04)
    axes.set_ylim(0.0, 1.08)
    axes.grid(visible=True, axis="both")
    high = box.density > 0.5
    right = box.coverage > 0.5
    axes.annotate(
        _box_label(box), (box.coverage, box.density),
        ((-0.7 if right else 0.7) * style.small, (-1.2 if high else 1.0) * style.small), textcoords="offset points",
        ha="right" if right else "left", va="top" if high else "bottom", size=style.small, weight="bold", color=BLUE,
        linespacing=1.1,
    )  # fmt: skip
    axes.annotate(_("all points"), (0.0, found.share), (0.4 * style.small, 0.3 * style.small),
                  textcoords="offset points", va="bottom", size=style.foot, color=GREY)  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0.0, 0.25, 0.5, 0.75, 1.0])
        axis.set_major_formatter(ticks_as(lambda value: f"{value * PERCENT:.4g} %"))


def _box_label(box: Box) -> str:
    return _("the box:\ndensity {density}\ncoverage {coverage}").format(
        density=percent(box.density), coverage=percent(box.coverage)
    )
