"""Pictures of a study on a grid: an outcome along one factor, in lines for levels of another, or as a map of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from paysim.show.canvas import EndLabel, Frame, Panel, text_height, text_width, wrap
from paysim.show.foot import Foot
from paysim.show.marks import STEP_TOLERANCE, draw_line, say_empty, ticks_as
from paysim.show.response_figures import words_at_ends
from paysim.show.style import CYCLE, INK, POINTS_PER_INCH, STYLES, Style, applied, save, write_captions
from paysim.study.compared.explain_words import number_words
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.studied import Array, Factor, Studied
from paysim.study.sweeps.studied_reading import read_studied
from paysim.words import said
from paysim.words import translated as _

CURVES = 6
"""Levels of a second factor that are drawn as lines; of a number with more, the figure is a map."""
PANELS = 4
"""Levels of a third factor, each of which has a panel."""
MOST_FACTORS = 3
WIDE = 8.0
"""Greatest value of a map over the least from which its colours go by logarithms."""
_COLOURS = "cividis"  # told apart under colour blindness and in grey print (Nuñez, Anderton and Renslow 2018)
_BAR = 0.022  # width of the bar of colours, of the page


@dataclass(frozen=True)
class Grid:
    """One outcome of a study on a grid of at most three factors.

    along : factor on the horizontal axis;  across : that of the lines, or on the vertical axis;  apart : of the panels
    places : what each of them takes, in order;  values : (panels, lines or rows, places along), nan where there is none
    marked : value of a factor that is marked, with words, by the factor's name
    log : names of the factors whose values are spread evenly in logarithms
    """

    studied: Studied
    title: str
    along: Factor
    across: Factor | None
    apart: Factor | None
    places: tuple[Array, ...]
    values: Array
    marked: Mapping[str, tuple[float, str]]
    log: frozenset[str] = frozenset()

    @property
    def is_map(self) -> bool:
        """Whether the second factor has an axis of its own."""
        return self.across is not None and not self.across.levels and len(self.places[1]) > CURVES


def draw_factor_maps(
    results: SweepResults, folder: Path, manifest: dict[str, Any], style: str = "slides"
) -> list[Path]:
    """Draw every outcome of a study into a folder (made if missing) as PNG and SVG, with captions; gives the PNGs.

    manifest : what the foot says: version, seed, command

    Nothing is drawn of a study that is on no grid, or has more factors or levels than a page can show.
    """
    look, drawn = STYLES[style], []
    for name in results.manifest["outcomes"]:
        if (grid := read_grid(results, name)) is None:
            return []
        with applied(look):
            figure = factor_map(grid, manifest, look)
        folder.mkdir(parents=True, exist_ok=True)
        drawn.append((save(figure, folder, name, look), reading(grid)))
    write_captions(folder, drawn)
    return [path for path, _text in drawn]


def read_grid(results: SweepResults, outcome: str) -> Grid | None:
    """Read an outcome of a study as a grid; None where the study is on none, or on none that fits on a page."""
    study = results.manifest["study"]
    if study["design"]["kind"] != "grid" or len(study["factors"]) > MOST_FACTORS:
        return None
    lines = {name: one["line"] for name, one in study["factors"].items() if one["line"] is not None}
    marked = {name: (float(line["at"][0]), said(line["label"])) for name, line in lines.items()}
    log = frozenset(name for name, one in study["factors"].items() if one["distribution"] == "log-uniform")
    label, studied = study["outcomes"][outcome]["label"], read_studied(results, outcome)
    return grid_of(studied, said(label) if label else studied.title, marked, log)


def grid_of(
    studied: Studied,
    title: str,
    marked: Mapping[str, tuple[float, str]] | None = None,
    log: frozenset[str] = frozenset(),
) -> Grid | None:
    """Put the points of a study on a grid; None where it has no factor that is a number, or too many levels.

    The first factor that is a number lies along the horizontal axis. Of two others that with fewer levels has panels.
    """
    factors, columns = studied.factors, studied.inputs.T
    levels = [np.unique(column) for column in columns]
    along = next((place for place, factor in enumerate(factors) if not factor.levels), None)
    if along is None or len(factors) > MOST_FACTORS:
        return None
    others = sorted((place for place in range(len(factors)) if place != along), key=lambda one: -len(levels[one]))
    if len(others) > 1 and len(levels[others[1]]) > PANELS:
        return None
    if others and factors[others[0]].levels and len(levels[others[0]]) > CURVES:
        return None
    chosen: list[int | None] = [along, *others, None, None][:MOST_FACTORS]
    places = [np.zeros(1) if one is None else levels[one] for one in chosen]
    values = np.full([len(place) for place in reversed(places)], np.nan)
    spots = [
        np.zeros(len(studied.points), dtype=np.int64) if one is None else np.searchsorted(levels[one], columns[one])
        for one in chosen
    ]
    values[spots[2], spots[1], spots[0]] = studied.means
    axes = [None if one is None else factors[one] for one in chosen]
    return Grid(studied, title, factors[along], axes[1], axes[2], tuple(places), values, marked or {}, log)


def level_words(factor: Factor, place: float) -> str:
    """A level of a factor in words: its name, or the number with its unit."""
    return factor.levels[int(place)] if factor.levels else f"{number_words(place)} {factor.unit}".rstrip()


def reading(grid: Grid) -> str:
    """Say between which values the outcome lies: on both sides of a value that is marked, or over the whole grid."""
    if not np.isfinite(grid.values).any():
        return _("No point has a value.")
    if grid.along.name in grid.marked:
        at = grid.marked[grid.along.name][0]
        low, high = grid.values[..., grid.places[0] < at], grid.values[..., grid.places[0] > at]
        if np.isfinite(low).any() and np.isfinite(high).any():
            return _("{low} where the {factor} is below {value}, and {high} where it is above").format(
                low=_ends(grid, low), high=_ends(grid, high), factor=grid.along.words,
                value=level_words(grid.along, at),
            )  # fmt: skip
    if not grid.is_map:
        return _lines_reading(grid)
    least, greatest = int(np.nanargmin(grid.values)), int(np.nanargmax(grid.values))
    return _("{least} at the least ({where}), {greatest} at the most ({there})").format(
        least=_say(grid, grid.values.flat[least]), where=_where(grid, least),
        greatest=_say(grid, grid.values.flat[greatest]), there=_where(grid, greatest),
    )  # fmt: skip


def _lines_reading(grid: Grid) -> str:
    """Where lines begin and end: the only one, or those of the first and the last level."""
    lines = grid.values[0]
    parts = [(_say(grid, line[0]), _say(grid, line[-1])) for line in (lines[0], lines[-1])]
    if grid.across is None:
        return _("From {first} on the left to {last} on the right").format(first=parts[0][0], last=parts[0][1])
    ends = [level_words(grid.across, float(place)) for place in (grid.places[1][0], grid.places[1][-1])]
    text = _("From left to right {first} to {last} for {level}, and {other} to {end} for {that}")
    return text.format(
        first=parts[0][0], last=parts[0][1], level=ends[0], other=parts[1][0], end=parts[1][1], that=ends[1]
    )


def _say(grid: Grid, value: float) -> str:
    return grid.studied.scale.say(float(value))


def _ends(grid: Grid, values: Array) -> str:
    low, high = _say(grid, np.nanmin(values)), _say(grid, np.nanmax(values))
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


def _where(grid: Grid, flat: int) -> str:
    """The levels at one place of the grid, in words."""
    spots = reversed(np.unravel_index(flat, grid.values.shape))
    factors = (grid.along, grid.across, grid.apart)
    return ", ".join(
        f"{factor.words}: {level_words(factor, float(places[spot]))}"
        for factor, places, spot in zip(factors, grid.places, spots, strict=True)
        if factor is not None
    )


def factor_map(grid: Grid, manifest: dict[str, Any], style: Style) -> Figure:
    """Draw an outcome over its factors: lines, or a map where the second factor has many levels."""
    count = len(grid.values)
    columns = min(2, count) if style.side_by_side else 1
    frame = Frame(
        Foot(manifest), style, grid.title, reading(grid), [_panel_title(grid, place) for place in range(count)],
        columns, _notes(grid), taller=1.7,
    )  # fmt: skip
    finite = grid.values[np.isfinite(grid.values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = 0.05 * (high - low) if high > low else 0.05 * abs(high) or 1.0
    for place, panel in enumerate(frame.panels):
        panel.timeline = False
        if not np.isfinite(grid.values[place]).any():
            say_empty(panel, _("no values"), style)
            continue
        lines = wrap(grid.along.words, style.small, 0.7 * panel.box[2])
        _lift(panel, text_height(len(lines), style.small))
        if grid.is_map:
            _draw_map(frame, panel, grid, grid.values[place], (low, high if high > low else low + room))
        else:
            _draw_lines(frame, panel, grid, grid.values[place], (low - room, high + room))
        if grid.along.name in grid.marked:
            at = grid.marked[grid.along.name][0]
            panel.axes.axvline(at, color="white", linewidth=style.line, zorder=4)
            panel.axes.axvline(at, color=INK, linestyle=(0, (4, 3)), linewidth=style.line, gid="marked", zorder=5)
        _ticks(panel, grid.along, grid.places[0], grid.along.name in grid.log)
        under = panel.cell[1] + text_height(len(lines), style.small)
        frame.write(panel.box[0], under, "\n".join(lines), style.small, linespacing=1.1)
    return frame.figure


def _panel_title(grid: Grid, place: int) -> str:
    parts = []
    if grid.apart is not None:
        parts.append(f"{grid.apart.words}: {level_words(grid.apart, float(grid.places[2][place]))}")
    if grid.across is not None:
        text = _("Upwards: {factor}") if grid.is_map else _("Lines: {factor}")
        parts.append(text.format(factor=grid.across.words))
    return "\n".join(parts)


def _notes(grid: Grid) -> list[str]:
    notes = [
        _("Dashed: {what}.").format(what=grid.marked[name][1]) for name in (grid.along.name,) if name in grid.marked
    ]
    lacking = int((~np.isfinite(grid.values)).sum())
    if lacking:
        notes.append(_("{count} of {points} points have no value.").format(count=lacking, points=grid.values.size))
    if grid.studied.values.shape[1] > 1:
        notes.append(_("Means of {count} replicates.").format(count=grid.studied.values.shape[1]))
    return [" ".join(notes)] if notes else []


def _lift(panel: Panel, room: float) -> None:
    """Make room under the ticks, inches, for the name of the horizontal axis."""
    left, bottom, width, height = panel.box
    panel.place(left, bottom + room, width, height - room)


def _draw_lines(frame: Frame, panel: Panel, grid: Grid, values: Array, ends: tuple[float, float]) -> None:
    """Draw a line for each level of the second factor, with its level at the right end."""
    for row, (line, look) in enumerate(zip(values, cycle(CYCLE), strict=False)):
        text = _say(grid, line[-1]) if grid.across is None else level_words(grid.across, float(grid.places[1][row]))
        draw_line(panel.axes, grid.places[0], line, look, frame.style, f"line {row}")
        panel.axes.lines[-1].set_markevery(None)
        if np.isfinite(line[-1]):
            panel.ends.append(EndLabel(float(line[-1]), text, look))
    # Lines that end together are named in the order in which they came.
    order = {id(end): float(np.nanmean(values[row])) for row, end in enumerate(panel.ends)}
    panel.ends.sort(key=lambda end: (round(end.value, 12), order[id(end)]))
    panel.axes.set_xlim(float(grid.places[0][0]), float(grid.places[0][-1]))
    panel.axes.set_ylim(*ends)
    _value_axis(panel.axes.yaxis, grid)
    words_at_ends(frame, panel)


def round_ticks(most: int) -> MaxNLocator:
    """Round ticks, at most so many and one more."""
    return MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10])


def _value_axis(axis: Axis, grid: Grid, colours: tuple[float, float] | None = None) -> None:
    """Round ticks in the unit of the outcome; of colours that are spread over orders of magnitude, 1, 2, 5, 10."""
    scale, locator = grid.studied.scale, round_ticks(6)
    if colours is not None and is_wide(*colours):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(ticks_as(lambda value: f"{scale.factor * value:.6g}{scale.unit}"))
        return
    low, high = axis.get_view_interval()
    axis.set_major_locator(locator)
    step = float(np.diff(locator.tick_values(low, high))[0]) * scale.factor
    digits = next((count for count in range(6) if abs(round(step, count) - step) < STEP_TOLERANCE), 6)
    axis.set_major_formatter(ticks_as(lambda value: f"{scale.factor * value:.{digits}f}{scale.unit}"))


def is_wide(low: float, high: float) -> bool:
    """Whether values are spread so widely that colours go by their logarithms."""
    return low > 0.0 and high / low >= WIDE


def _draw_map(frame: Frame, panel: Panel, grid: Grid, values: Array, ends: tuple[float, float]) -> None:
    """Draw a cell for every point, coloured by its value, and the bar of colours beside it."""
    style, (left, bottom, width, height) = frame.style, panel.box
    assert grid.across is not None
    norm = LogNorm(*ends) if is_wide(*ends) else Normalize(*ends)
    edges = [
        _edges(grid.places[place], factor.name in grid.log) for place, factor in enumerate((grid.along, grid.across))
    ]
    mesh = panel.axes.pcolormesh(*edges, np.ma.masked_invalid(values), cmap=_COLOURS, norm=norm,
                                 gid="map", zorder=2)  # fmt: skip
    panel.axes.grid(visible=False)
    panel.axes.set_yticks(grid.places[1], [level_words(grid.across, float(place)) for place in grid.places[1]])
    beside = 0.7 * style.small / POINTS_PER_INCH
    names = max(text_width(level_words(grid.across, float(place)), style.small) for place in grid.places[1]) + beside
    bar = frame.figure.add_axes((0.1, 0.1, 0.1, 0.1))
    frame.figure.colorbar(mesh, cax=bar)
    bar.tick_params(labelsize=style.small, length=0.25 * style.small, pad=0.2 * style.small)
    bar.set_ylim(*ends)
    _value_axis(bar.yaxis, grid, ends)
    labels = bar.yaxis.get_major_formatter().format_ticks(list(bar.yaxis.get_majorticklocs()))
    numbers = max(text_width(label, style.small) for label in labels) + beside
    thick = _BAR * style.width
    panel.place(panel.cell[0] + names, bottom, panel.cell[2] - names - numbers - 2.2 * thick, height)
    left, bottom, width, height = panel.box
    page = frame.figure.get_size_inches()
    bar.set_position(((left + width + thick) / page[0], bottom / page[1], thick / page[0], height / page[1]))


def _edges(places: Array, log: bool) -> Array:
    """Limits of cells around places (n,), (n + 1,)."""
    where = np.log(places) if log else places
    middles = (where[1:] + where[:-1]) / 2.0
    edges = np.concatenate([[2.0 * where[0] - middles[0]], middles, [2.0 * where[-1] - middles[-1]]])
    return np.asarray(np.exp(edges) if log else edges)


def _ticks(panel: Panel, factor: Factor, places: Array, log: bool) -> None:
    """Put so many numbers on the horizontal axis as fit."""
    axes = panel.axes
    wide = 1.6 * max(text_width(level_words(factor, float(place)), panel.small) for place in places)
    most = max(2, int(panel.box[2] / wide))
    if log:
        axes.set_xscale("log")
        shown = places[:: -(-len(places) // most)]
    else:
        shown = np.asarray(round_ticks(min(10, most)).tick_values(places[0], places[-1]))
        shown = shown[(shown >= places[0] - 1e-9) & (shown <= places[-1] + 1e-9)]
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(shown, [level_words(factor, float(place)) for place in np.round(shown, 12)])
