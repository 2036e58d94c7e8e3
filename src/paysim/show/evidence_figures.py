"""How far forecasts may be believed: coverage, skill and calibration of rolling origins; and episodes told again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from paysim.show.canvas import Frame, Panel
from paysim.show.foot import Foot
from paysim.show.style import BLUE, GREY, INK, PALE, POINTS_PER_INCH, VERMILLION, Style, applied, looks
from paysim.words import decimal
from paysim.words import month as month_words
from paysim.words import translated as _

Array = NDArray[np.float64]

BINS = 10
MONTHS = 12
STEPS = (1, 3, 6, 12, 24, 60)
"""Months between ticks."""
APART = 0.13
"""Of the distance between two horizons, that the marks of two series stand apart."""


@dataclass(frozen=True)
class Mark:
    """A figure with its interval (nan where there is none) at a place of the axis."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rolling:
    """What the figure of rolling origins shows.

    horizons : months;  coverage : marks by horizon of each line, with the level it should be;  skill : by currency
    pits : probability integral transforms by months ahead
    """

    horizons: Sequence[int]
    coverage: Mapping[str, tuple[float, Sequence[Mark]]]
    skill: Mapping[str, Sequence[Mark]]
    pits: Mapping[int, Array]


def foot(command: str, version: str, name: str) -> Foot:
    """The foot of the page: the package, and the command."""
    return Foot({"name": name, "version": version, "command": command})


def rolling(of: Foot, style: Style, shown: Rolling) -> Figure:
    """Coverage of intervals, skill against the local level, and the histogram of the transforms."""
    with applied(style):
        frame = Frame(
            of,
            style,
            _("How far the forecasts may be believed"),
            _("The model without events, and its residual process, against what came; intervals of 90 %"),
            [
                _("Outcomes inside the interval, %"),
                _("CRPS better than the local level, %"),
                _("Where outcomes fell in the forecast, % of cases"),
            ],
            3 if style.side_by_side else 1,
            [
                _(
                    "Left: dashed, what an honest interval covers. Middle: below 0 the local level is better. Right: a "
                    "level line is a forecast that is neither too sure nor too unsure, nor off to a side."
                ),
            ],
            taller=1.2,
        )  # fmt: skip
        cover, skill, fell = frame.panels
        _dots(
            frame,
            cover,
            shown.horizons,
            {name: marks for name, (_level, marks) in shown.coverage.items()},
            "lower left",
        )
        for level in sorted({level for level, _marks in shown.coverage.values()}):
            cover.axes.axhline(100 * level, color=INK, linestyle=(0, (4, 3)), linewidth=style.line / 2, zorder=1)
        cover.axes.set_ylim(0, 104)
        _dots(frame, skill, shown.horizons, shown.skill, "upper left")
        skill.axes.axhline(0.0, color=INK, linewidth=style.line / 2, zorder=1)
        _histogram(fell, shown.pits, style)
        return frame.figure


def _dots(
    frame: Frame,
    panel: Panel,
    horizons: Sequence[int],
    series: Mapping[str, Sequence[Mark]],
    where: Literal["lower left", "upper left"],
) -> None:
    """Marks with intervals by horizon, side by side, the name of each beside the axis."""
    style, axes = frame.style, panel.axes
    panel.timeline = False
    left, bottom, width, height = panel.box
    panel.place(left + style.em, bottom + 1.3 * style.em, width - 1.2 * style.em, height - 1.3 * style.em)
    wears = looks(list(series))
    for number, (name, marks) in enumerate(series.items()):
        look = wears[name]
        place = np.arange(len(marks)) + (number - (len(series) - 1) / 2) * APART
        for at, mark in zip(place, marks, strict=True):
            if np.isfinite(mark.low):
                axes.plot([at, at], [100 * mark.low, 100 * mark.high], color=look.colour, linewidth=style.line,
                          alpha=0.6, gid=f"interval {name}")  # fmt: skip
        axes.plot(place, [100 * mark.value for mark in marks], marker=look.marker, color=look.colour,
                  markersize=style.line * 3, linestyle="none", gid=f"marks {name}", label=name)  # fmt: skip
    axes.set_xlim(-0.5, len(horizons) - 0.5)
    axes.set_xticks(range(len(horizons)), [str(horizon) for horizon in horizons])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: decimal(f"{value:.3g}")))
    axes.set_xlabel(_("months ahead"), size=style.small, labelpad=0.2 * style.small)
    axes.legend(fontsize=style.foot, loc=where, frameon=True, framealpha=0.85, edgecolor="none", ncols=2)


def _histogram(panel: Panel, pits: Mapping[int, Array], style: Style) -> None:
    """Shares of cases by tenth of the forecast, a step line for each horizon."""
    panel.timeline = False
    left, bottom, width, height = panel.box
    panel.place(left, bottom + 1.3 * style.em, width - 0.5 * style.em, height - 1.3 * style.em)
    axes, edges = panel.axes, np.linspace(0.0, 1.0, BINS + 1)
    names = {
        months: _("1 month ahead") if months == 1 else _("{months} months ahead").format(months=months)
        for months in pits
    }
    for (months, values), look in zip(pits.items(), looks(list(names.values())).values(), strict=True):
        share = 100.0 * np.histogram(values, edges)[0] / max(len(values), 1)
        axes.stairs(share, edges, color=look.colour, linestyle=look.dash, linewidth=style.line, gid=f"pit {months}",
                    label=names[months])  # fmt: skip
    axes.axhline(100.0 / BINS, color=INK, linestyle=(0, (4, 3)), linewidth=style.line / 2, zorder=1)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, None)
    axes.set_xticks([0.0, 0.5, 1.0], [_("lowest"), _("median"), _("highest")])
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    axes.get_xticklabels()[-1].set_horizontalalignment("right")  # else it hangs over the edge of the page
    axes.legend(fontsize=style.foot, loc="lower center", frameon=True, framealpha=0.85, edgecolor="none")


@dataclass(frozen=True)
class Course:
    """A line over months or years: label, places, values; a band where low and high are given; points if ``seen``."""

    label: str
    at: Sequence[float]
    value: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    seen: bool = False


def episode(
    of: Foot,
    style: Style,
    title: str,
    reading: str,
    panels: Sequence[tuple[str, Sequence[Course]]],
    notes: Sequence[str],
) -> Figure:
    """What the model gives for an episode beside what was published; one panel a quantity, time across."""
    with applied(style):
        columns = min(len(panels), 3) if style.side_by_side else 1
        frame = Frame(of, style, title, reading, [name for name, _courses in panels], columns, notes, taller=1.2)
        for panel, (_name, courses) in zip(frame.panels, panels, strict=True):
            _courses_drawn(panel, courses, style)
        return frame.figure


def _courses_drawn(panel: Panel, courses: Sequence[Course], style: Style) -> None:
    panel.timeline = False
    left, bottom, width, height = panel.box
    panel.place(left + style.em, bottom, width - 1.2 * style.em, height)
    axes, wears = panel.axes, looks([course.label for course in courses if not course.seen])
    points = [VERMILLION, BLUE, INK]
    for course in courses:
        if course.seen:
            colour = points.pop(0) if points else INK
            axes.plot(course.at, course.value, marker="o", linestyle="none", color=colour, markersize=style.line * 2.2,
                      label=course.label, gid=f"seen {course.label}", zorder=3)  # fmt: skip
            continue
        look = wears[course.label]
        line: dict[str, Any] = {"color": look.colour, "linestyle": look.dash, "linewidth": style.line}
        axes.plot(course.at, course.value, label=course.label, gid=f"model {course.label}", **line)
        if course.low is not None and course.high is not None:
            axes.fill_between(course.at, course.low, course.high, color=look.colour, alpha=0.18, linewidth=0)
    axes.set_ylim(0.0, None)
    _time_axis(panel, [at for course in courses for at in course.at])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: decimal(f"{value:.4g}")))
    axes.tick_params(colors=GREY, labelcolor=INK)
    axes.legend(fontsize=style.foot, loc="best", frameon=True, framealpha=0.85, edgecolor=PALE)


def _time_axis(panel: Panel, years: Sequence[float]) -> None:
    """Ticks at round months, few enough to be read; years alone where they are a year or more apart."""
    months = [round(MONTHS * at) for at in years]
    first, last = min(months), max(months)
    room = max(2, int(panel.box[2] / (8.0 * panel.small / POINTS_PER_INCH)))
    step = next((one for one in STEPS if (last - first) / one <= room), STEPS[-1])
    ticks = [at for at in range(first, last + 1) if at % step == 0]
    names = [
        str(at // MONTHS) if step >= MONTHS else month_words(date(at // MONTHS, at % MONTHS + 1, 1)) for at in ticks
    ]
    panel.axes.set_xticks([at / MONTHS for at in ticks], names)
