"""Pictures of what an outcome of a study hangs on: Sobol's indices, Morris's effects, distances of distributions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from paysim.show.canvas import Frame, Panel, text_height, text_width
from paysim.show.factor_rows import make_rows, write_beside
from paysim.show.foot import Foot
from paysim.show.marks import PERCENT, ticks_as
from paysim.show.style import (
    BLUE,
    DASH_DOT,
    DASHED,
    DOUBLE_DOT,
    GREY,
    INK,
    LONG,
    POINTS_PER_INCH,
    SHORT,
    SOLID,
    STYLES,
    VERMILLION,
    Look,
    Style,
    draw_into,
)
from paysim.study.sweeps.sensitivity import Estimate, Sensitivity
from paysim.study.sweeps.sensitivity_words import UNEVEN, capital, cautions, contenders, inert, interval, order
from paysim.study.sweeps.studied import Array, Factor
from paysim.words import number
from paysim.words import translated as _

SHOWN = 12
"""Factors in a figure, the strongest first; the others are counted."""
BAR = 0.36
_BINS = 40
_PART_LOOKS = (SOLID, DASHED, DASH_DOT, LONG, DOUBLE_DOT, SHORT)


def draw_sensitivity(found: Sensitivity, manifest: dict[str, Any], folder: Path, style: str = "slides") -> list[Path]:
    """Draw what there is into a folder (made if missing) as PNG and SVG, with captions; gives the PNGs.

    manifest : what the foot says: name, version, seed, replicates, command
    """
    makers = [] if found.rare else [("distance", distance_figure)]
    if found.morris is not None:
        makers.insert(0, ("morris", morris_figure))
    if found.sobol is not None:
        makers.insert(0, ("sobol", sobol_figure))
    figures = [
        (f"{name}_{found.studied.outcome}", partial(make, found, manifest), caption(found, name))
        for name, make in makers
    ]
    rare = [_("No figure: nearly all points lie on one side of the threshold.")] if found.rare else []
    return draw_into(folder, STYLES[style], figures, rare)


def caption(found: Sensitivity, figure: str) -> str:
    """Say what to read from a figure."""
    if figure == "distance":
        return _distance_reading(found)
    names = [found.studied.factors[place].words for place in contenders(found)]
    if len(names) == 1:
        return capital(_("{name} decides it most, and its interval meets no other").format(name=names[0]))
    return _("Which decides most is not settled: the intervals of {listed} overlap").format(listed=", ".join(names))


def _frame(
    found: Sensitivity, manifest: dict[str, Any], style: Style, title: str, reading: str, panels: Sequence[str],
    widths: Sequence[float] = (), note: str = "",
) -> Frame:  # fmt: skip
    hidden = len(found.studied.factors) - SHOWN
    notes = [*([note] if note else []), *(f"{capital(text)}." for text in cautions(found))]
    if hidden > 0:
        notes.append(_("{count} more factors are weaker.").format(count=hidden))
    beside = len(panels) > 1 and style.side_by_side
    return Frame(
        Foot(manifest), style, title, reading, panels, 2 if beside else 1, notes, widths=widths if beside else (),
        taller=1.0 if style.side_by_side else 1.9,
    )  # fmt: skip


def _title(found: Sensitivity) -> str:
    return _("What decides: {what}").format(what=found.studied.what)


def sobol_figure(found: Sensitivity, manifest: dict[str, Any], style: Style) -> Figure:
    """Draw the share of the variance that each factor makes alone, and with others, with intervals."""
    assert found.sobol is not None
    shown, nothing = order(found)[:SHOWN], inert(found)
    frame = _frame(
        found, manifest, style, _title(found), caption(found, "sobol"),
        [_("Share of the variance of the outcome, with 95 %")],
    )  # fmt: skip
    panel = frame.panels[0]
    names = [found.studied.factors[place].words for place in shown]
    make_rows(frame, panel, names, [place in nothing for place in shown])
    first, total = found.sobol.first, found.sobol.total
    kinds = (
        (first, -BAR / 2, BLUE, "", _("alone {share}")),
        (total, BAR / 2, VERMILLION, "///", _("with others {share}")),
    )
    room = max(text_width(kind[4].format(share=_said(total, shown[0], style)), style.small, True) for kind in kinds)
    reach = float(np.clip(max(total.high[shown].max(), first.high[shown].max()), 0.05, 1.0))
    left = panel.box[2] - room - style.em
    panel.axes.set_xlim(0.0, reach * panel.box[2] / max(left, 0.3 * panel.box[2]))
    for row, place in enumerate(shown):
        pale = place in nothing
        for of, offset, colour, hatch, kind in kinds:
            _bar(panel, row + offset, of, place, (GREY if pale else colour, hatch), style)
            text = _said(of, place, style)
            end = float(np.clip(of.high[place], 0.0, 1.0))
            words = kind.format(share=text) if row == 0 else text
            _write_end(panel, row + offset, end, words, style, GREY if pale else INK, row == 0)
    _percent_ticks(panel, reach, max(2, int(left / (2.0 * text_width("100 %", style.small)))))
    return frame.figure


def _said(of: Estimate, place: int, style: Style) -> str:
    """A share, with its interval where there is room."""
    text = interval(of, place)
    return text if style.side_by_side else text.partition(" [")[0]


def _bar(panel: Panel, at: float, of: Estimate, place: int, look: tuple[str, str], style: Style) -> None:
    """A bar from 0 with its interval; what lies outside of 0 and 1 by the luck of the sample is not drawn."""
    value, low, high = (float(np.clip(part[place], 0.0, 1.0)) for part in (of.value, of.low, of.high))
    panel.axes.barh(at, value, height=BAR, color=look[0], hatch=look[1], edgecolor="white", linewidth=0,
                    gid=f"bar {place}", zorder=2)  # fmt: skip
    panel.axes.plot([low, high], [at, at], color=INK, linewidth=style.line * 0.7, gid=f"interval {place}", zorder=3,
                    solid_capstyle="butt")  # fmt: skip


def _write_end(panel: Panel, at: float, end: float, text: str, style: Style, colour: str, bold: bool = False) -> None:
    panel.axes.annotate(text, (end, at), (0.4 * style.small, 0), textcoords="offset points", va="center",
                        size=style.small, color=colour, weight="bold" if bold else "normal")  # fmt: skip


def _percent_ticks(panel: Panel, reach: float, count: int) -> None:
    ticks = MaxNLocator(nbins=min(5, count), steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, reach)
    panel.axes.set_xticks([tick for tick in ticks if 0.0 <= tick <= max(reach, ticks[1]) + 1e-9])
    panel.axes.xaxis.set_major_formatter(ticks_as(lambda value: f"{value * PERCENT:.4g} %"))


def morris_figure(found: Sensitivity, manifest: dict[str, Any], style: Style) -> Figure:
    """Draw how large the effect of each factor is against how much it differs from place to place."""
    assert found.morris is not None
    scale, shown = found.studied.scale, order(found)[:SHOWN]
    size, spread = found.morris.size, found.morris.spread
    unit = scale.unit.strip()
    nothing = inert(found)
    panels = [
        _(
            "Standard deviation of the effect from place to place (σ){unit}; across: its mean size (μ*), with 95 %"
        ).format(unit=f", {unit}" if unit else "")
    ]
    hidden = ", ".join(found.studied.factors[place].words for place in nothing)
    note = _("Without names, near 0: {listed}.").format(listed=hidden) if nothing else ""
    frame = _frame(found, manifest, style, _title(found), caption(found, "morris"), panels, note=note)
    panel = frame.panels[0]
    panel.timeline = False
    axes = panel.axes
    across = scale.factor * np.stack([size.value, size.low, size.high])[:, shown]
    up = scale.factor * np.stack([spread.value, spread.low, spread.high])[:, shown]
    axes.errorbar(across[0], up[0], xerr=[across[0] - across[1], across[2] - across[0]],
                  yerr=[up[0] - up[1], up[2] - up[0]], linestyle="none", color=GREY, elinewidth=style.line * 0.6,
                  gid="intervals", zorder=2)  # fmt: skip
    axes.plot(across[0], up[0], linestyle="none", marker="o", color=BLUE, markersize=style.line * 3.4, gid="factors",
              zorder=3)  # fmt: skip
    wide, tall = float(across[2].max()) * 1.25 or 1.0, max(float(up[2].max()) * 1.12, 1e-12)
    axes.set_xlim(-0.02 * wide, wide)
    axes.set_ylim(-0.03 * tall, tall)
    axes.grid(visible=True, axis="both")
    _slope(panel, wide, tall, style)
    ticks = max(2, int(panel.box[2] / (3.0 * text_width("1,000", style.small))))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=min(6, ticks), steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(ticks_as(lambda value: f"{value:,.6g}"))
    named = [column for column, place in enumerate(shown) if place not in nothing]
    write_beside(
        frame, panel, [(across[0][at], up[0][at], across[1][at], across[2][at]) for at in named],
        [found.studied.factors[shown[at]].words for at in named], style.small,
    )  # fmt: skip
    return frame.figure


def _slope(panel: Panel, wide: float, tall: float, style: Style) -> None:
    """Draw above where effects are called uneven: sigma is half as large as mu*."""
    end = min(wide, tall / UNEVEN)
    panel.axes.plot([0.0, end], [0.0, UNEVEN * end], color=GREY, linewidth=style.line / 3, linestyle=(0, (6, 4)),
                    zorder=1, gid="slope")  # fmt: skip
    steep = end < wide
    panel.axes.annotate(
        "σ = μ*/2", (end, UNEVEN * end), (0.5 * style.foot * (1 if steep else -1), -0.4 * style.foot),
        textcoords="offset points", ha="left" if steep else "right", va="top", size=style.foot, color=GREY,
        parse_math=False,
    )  # fmt: skip


def distance_figure(found: Sensitivity, manifest: dict[str, Any], style: Style) -> Figure:
    """Draw how far each factor moves the distribution, beside what chance reaches; and the outcome itself."""
    distance = found.distance
    shown = [int(place) for place in np.argsort(-distance.value, kind="stable")][:SHOWN]
    leader = shown[0]
    panels = [
        _("Distance of distributions (0 to 1), with 95 %; mark: by chance alone"),
        _("Runs, by {name}").format(name=found.studied.factors[leader].words)
        if found.studied.factors[leader].levels
        else _("Runs in the lowest and the highest third of {name}").format(name=found.studied.factors[leader].words),
    ]
    frame = _frame(found, manifest, style, _title(found), _distance_reading(found), panels, [1.35, 1.0])
    left, right = frame.panels
    of = Estimate(distance.value, distance.low, distance.high)
    make_rows(frame, left, [found.studied.factors[place].words for place in shown],
              [not distance.told(place) for place in shown])  # fmt: skip
    for row, place in enumerate(shown):
        told = distance.told(place)
        _bar(left, row, of, place, (BLUE if told else GREY, ""), style)
        left.axes.plot([distance.chance[place]] * 2, [row - 0.34, row + 0.34], color=INK, linewidth=style.line,
                       gid=f"chance {place}", zorder=4)  # fmt: skip
        end = max(float(distance.high[place]), float(distance.chance[place]))
        _write_end(left, row, end, number(float(distance.value[place]), 2), style, INK if told else GREY)
    reach = float(max(distance.high[shown].max(), distance.chance[shown].max()))
    room = text_width("0.00", style.small) + style.em
    left.axes.set_xlim(0.0, reach * left.box[2] / (left.box[2] - room))
    left.axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    left.axes.xaxis.set_major_formatter(ticks_as(lambda value: f"{value:.4g}"))
    _thirds(frame, right, found, leader)
    return frame.figure


def _distance_reading(found: Sensitivity) -> str:
    """The sentence below the title of the distances."""
    distance = found.distance
    told = [int(place) for place in np.argsort(-distance.value, kind="stable") if distance.told(int(place))]
    if not told:
        return _("No factor moves the distribution of the outcome farther than chance does")
    name = found.studied.factors[told[0]].words
    if found.groups is None:
        return _("Knowing {name} moves the whole distribution of the outcome farthest").format(name=name)
    return _("The outcome falls into two groups, and {name} says most about in which").format(name=name)


def _thirds(frame: Frame, panel: Panel, found: Sensitivity, place: int) -> None:
    """Draw how the outcome is spread in the lowest and the highest third of a factor, or with each of its levels."""
    style, studied = frame.style, found.studied.complete()
    panel.timeline = False
    values = studied.scale.factor * studied.values
    parts = _parts(studied.inputs[:, place], studied.factors[place])
    ends = (float(values.min()), float(values.max()))
    edges = np.linspace(*ends, _BINS + 1)
    drawn, tallest = [], 0.0
    for (word, rows), look in zip(parts, _PART_LOOKS, strict=False):
        share = np.histogram(values[rows], bins=edges)[0] / values[rows].size
        panel.axes.stairs(share, edges, fill=True, color=look.colour, alpha=0.35, hatch=look.hatch, linewidth=0)
        panel.axes.stairs(share, edges, color=look.colour, linewidth=style.line * 0.8, gid=f"part {word}")
        drawn.append((float(np.median(values[rows])), word, look))
        tallest = max(tallest, float(share.max()))
    panel.axes.set_xlim(*ends)
    top = tallest / (1.0 - _label_parts(frame, panel, drawn, ends))
    panel.axes.set_ylim(0.0, top)
    if found.groups is not None:
        split = studied.scale.factor * found.groups.split
        panel.axes.plot([split] * 2, [0.0, tallest], color=INK, linewidth=style.line / 2, linestyle=(0, (6, 4)))
    unit = studied.scale.unit if studied.scale.unit == " %" else ""
    count = max(2, int(panel.box[2] * POINTS_PER_INCH / (6 * style.small)))
    panel.axes.xaxis.set_major_locator(MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10]))
    panel.axes.xaxis.set_major_formatter(ticks_as(lambda value: f"{value:,.6g}{unit}"))
    panel.axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    panel.axes.yaxis.set_major_formatter(ticks_as(lambda value: f"{value * PERCENT:.4g} %"))


def _parts(column: Array, factor: Factor) -> list[tuple[str, NDArray[np.bool_]]]:
    """What is told apart in a histogram: each level, or both outer thirds of a number, with the points of it, (P,)."""
    if factor.levels:
        return [(level, column == place) for place, level in enumerate(factor.levels) if (column == place).any()]
    low, high = np.quantile(column, [1 / 3, 2 / 3])
    return [(_("lowest"), column <= low), (_("highest"), column >= high)]


def _label_parts(
    frame: Frame, panel: Panel, drawn: Sequence[tuple[float, str, Look]], ends: tuple[float, float]
) -> float:
    """Write each part above its median, one below the other; gives the share of the height that they take."""
    style, (left, bottom, width, height) = frame.style, panel.box
    line = text_height(1, style.small)
    for row, (at, word, look) in enumerate(sorted(drawn, key=lambda one: one[0])):
        half = text_width(word, style.small, True) / 2
        middle = left + width * (at - ends[0]) / (ends[1] - ends[0])
        middle = min(max(middle, left + half + 0.3 * style.em), left + width - half)
        frame.write(middle, bottom + height - row * line, word, style.small, ha="center", weight="bold",
                    color=look.letters)  # fmt: skip
    return min(0.6, (len(drawn) + 0.4) * line / height)
