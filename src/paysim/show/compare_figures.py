"""Pictures of a comparison: differences within replicates, and the levels that they are between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paysim.show.canvas import EndLabel, Frame, Panel
from paysim.show.eventlines import event_note
from paysim.show.finish import finish
from paysim.show.foot import Foot
from paysim.show.marks import draw_band, plain_axis
from paysim.show.months import Span
from paysim.show.reading import Band, EventMark, Results, as_days, band, events
from paysim.show.style import INK, STYLES, Style, applied, looks, save, write_captions
from paysim.study.compared.compare import Comparison
from paysim.study.compared.words import KeySeries, shown_month, signed
from paysim.study.quantiles import QUANTILES
from paysim.words import said
from paysim.words import translated as _

DIFFERENCES = ("true_share", "tracker_share", "trade_index", "blocked_share", "cips_value", "cost_bp")
LEVELS = ("true_share", "tracker_share", "trade_index")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def draw_comparison(
    runs: Sequence[Results],
    comparisons: Sequence[Comparison],
    looked_at: Sequence[KeySeries],
    command: str,
    folder: Path,
    style: str = "slides",
) -> list[Path]:
    """Draw both figures into a folder (made if missing) as PNG and SVG, with captions; gives the PNGs.

    runs : the one that the others are held against first;  comparisons : of each later one with it
    """
    folder.mkdir(parents=True, exist_ok=True)
    look = STYLES[style]
    drawn: list[tuple[Path | None, str]] = []
    for name, draw in (("differences", differences), ("levels", levels)):
        with applied(look):
            figure = draw(runs, comparisons, looked_at, command, look)
        drawn.append((save(figure, folder, name, look), caption(name, comparisons, looked_at)))
    write_captions(folder, drawn)
    return [path for path, _text in drawn if path is not None]


class _Foot(Foot):
    """What the foot of the page says: the runs by name, their replicates and seed, and the parameters in dispute."""

    def __init__(self, runs: Sequence[Results], comparisons: Sequence[Comparison], command: str) -> None:
        names = [comparisons[0].against, *(comparison.name for comparison in comparisons)]
        first = runs[0].manifest
        super().__init__(
            {
                "name": ", ".join(names),
                "version": first.get("version", ""),
                "seed": first.get("seed"),
                "replicates": min(comparison.replicates for comparison in comparisons),
                "unstable": max(int(one.manifest.get("unstable") or 0) for one in runs),
                "command": command,
            }
        )
        self._draws = runs[0].draws()

    def draws(self) -> Mapping[str, NDArray[Any]]:
        """Parameters of the run that the others are held against."""
        return self._draws


def lettered_events(runs: Sequence[Results]) -> tuple[EventMark, ...]:
    """Events of all runs in the order of their dates; one that only some of them have is told with their letters."""
    held: dict[EventMark, list[int]] = {}
    for place, one in enumerate(runs):
        for mark in events(one):
            held.setdefault(mark, []).append(place)
    marks = [
        mark
        if len(places) == len(runs)
        else replace(mark, label=f"{', '.join(LETTERS[place] for place in places)}: {mark.label}")
        for mark, places in held.items()
    ]
    return tuple(sorted(marks, key=lambda mark: (mark.at, mark.label)))


def _difference_band(comparison: Comparison, one: KeySeries) -> Band | None:
    found = comparison.find(one.series, one.key)
    if found is None or not np.isfinite(found.bands).any():
        return None
    return Band(as_days(comparison.dates), dict(zip(QUANTILES, one.factor * found.bands, strict=True)))


def _key_line(runs: Sequence[Results], names: Sequence[str]) -> str:
    listed = "; ".join(
        f"{LETTERS[place]}: {said(one.manifest.get('title') or names[place])}" for place, one in enumerate(runs)
    )
    return listed + "."


def differences(
    runs: Sequence[Results],
    comparisons: Sequence[Comparison],
    looked_at: Sequence[KeySeries],
    command: str,
    style: Style,
) -> Figure:
    """Differences of every run from the first, one panel a series, with bands and the events of all."""
    shown = [
        one for one in looked_at if one.series in DIFFERENCES and _difference_band(comparisons[0], one) is not None
    ]
    names = [comparisons[0].against, *(comparison.name for comparison in comparisons)]
    marks, span = lettered_events(runs), Span.of(comparisons[0].dates)
    frame = Frame(
        _Foot(runs, comparisons, command),
        style,
        _title(runs, names),
        _("Differences within replicates that share their luck; lines: medians; bands: 50 % and 90 % of pairs"),
        [_panel_title(one) for one in shown],
        3 if style.side_by_side else 2,
        [_key_line(runs, names), event_note(marks, span)],
        heights=[1.25, 1.0] if style.side_by_side and len(shown) > 3 else (),
    )
    worn = looks(names)
    for panel, one in zip(frame.panels, shown, strict=True):
        for place, comparison in enumerate(comparisons, 1):
            read = _difference_band(comparison, one)
            if read is None:
                continue
            draw_band(panel, read, worn[comparison.name], style, comparison.name, alone=len(comparisons) == 1)
            text = signed(read.last(), one.digits).replace("-", "−")
            letter = f"{LETTERS[place]} " if len(comparisons) > 1 else ""
            panel.ends.append(EndLabel(read.last(), letter + text, worn[comparison.name]))
        _zero_line(panel, style)
    finish(frame, span, marks, "numbers")
    return frame.figure


def _title(runs: Sequence[Results], names: Sequence[str]) -> str:
    if len(runs) == 2:
        return _("{letter} minus {other}: what {name} changes").format(letter="B", other="A", name=names[1])
    return _("What each scenario changes, held against {name} (A)").format(name=names[0])


def _panel_title(one: KeySeries) -> str:
    return f"{one.label}, {one.unit}" if one.unit else one.label


def _zero_line(panel: Panel, style: Style) -> None:
    low, high = panel.axes.get_ylim()
    if low == high or max(abs(low), abs(high)) < 1e-9:
        low, high = -1.0, 1.0
    panel.axes.set_ylim(min(low, 0.0), max(high, 0.0))
    plain_axis(panel)
    panel.axes.axhline(0.0, color=INK, linewidth=style.line / 3, zorder=1)


def levels(
    runs: Sequence[Results],
    comparisons: Sequence[Comparison],
    looked_at: Sequence[KeySeries],
    command: str,
    style: Style,
) -> Figure:
    """Levels of every run, one panel a series: what the differences are between."""
    shown = [one for one in looked_at if one.series in LEVELS and _difference_band(comparisons[0], one) is not None]
    names = [comparisons[0].against, *(comparison.name for comparison in comparisons)]
    marks, span = lettered_events(runs), Span.of(comparisons[0].dates)
    frame = Frame(
        _Foot(runs, comparisons, command),
        style,
        _("The levels behind the differences"),
        _("Each run by itself: bands hold what all runs share as well; lines: medians; bands: 50 % and 90 %"),
        [f"{one.label}, %" if one.unit else one.label for one in shown],
        3 if style.side_by_side else 1,
        [_key_line(runs, names), event_note(marks, span)],
    )
    worn = looks(names)
    for panel, one in zip(frame.panels, shown, strict=True):
        for place, (run, name) in enumerate(zip(runs, names, strict=True)):
            read = band(run, one.series, one.key)
            if read is None:
                continue
            scaled = Band(read.dates, {level: one.factor * line for level, line in read.quantiles.items()})
            draw_band(panel, scaled, worn[name], style, name)
            text = f"{LETTERS[place]} {signed(scaled.last(), one.digits).removeprefix('+')}"
            panel.ends.append(EndLabel(scaled.last(), text, worn[name]))
        plain_axis(panel, 0.0)
    finish(frame, span, marks, "numbers")
    return frame.figure


def caption(name: str, comparisons: Sequence[Comparison], looked_at: Sequence[KeySeries]) -> str:
    """Say what to read from a figure."""
    if name == "levels":
        return _("The levels of the runs themselves; their bands hold luck that the runs share.")
    parts = []
    for comparison in comparisons:
        first = comparison.first()
        found = comparison.find(looked_at[0].series, looked_at[0].key)
        if not first or found is None:
            parts.append(
                _("{name} does not differ from {against}").format(name=comparison.name, against=comparison.against)
            )
            continue
        parts.append(
            _("{name} differs from {against} from {month} on; {what} in {end}: {value} {unit}").format(
                name=comparison.name,
                against=comparison.against,
                month=shown_month(first[0].begins),
                what=looked_at[0].label,
                end=shown_month(comparison.dates[-1]),
                value=looked_at[0].say(found.at(-1)),
                unit=looked_at[0].unit,
            )
        )
    return "; ".join(parts) + "."
