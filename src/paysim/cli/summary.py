"""What is printed after a run: plain lines for pipes and files, on a terminal a table with a line for every series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paysim.cli.page import PAGE, hanging
from paysim.words import deferred, month, number, said
from paysim.words import translated as _

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from paysim.study.headline import Headline
    from paysim.study.results import Array, Results

_ENGINE_NAMES = {"events": deferred("events"), "mean-field": deferred("mean-field")}

BLOCKS = "▁▂▃▄▅▆▇█"
"""Eighths of a letter's height."""
_LONGEST, _SHORTEST = 36, 8
"""Letters of a sparkline, at most and at least."""
_GAP = 2
"""Letters between columns."""
_NEEDED = (0, 72, 84, 84, 0)
"""Letters of a terminal's width from which name, start, lowest, highest and end are shown."""
_WITH_MONTHS = 104
"""The same for the months of lowest and highest."""


def as_text(results: Results, command: str) -> str:
    """Give the summary as plain lines of at most a page's width, for pipes and files."""
    from paysim.study.headline import headlines

    figures = headlines(results)
    lines = ["", *_head(results), "", *_told(figures, PAGE), "", *_context(results, PAGE), "", *_tail(results, command)]
    return "\n".join(lines)


def show(results: Results, command: str) -> None:
    """Print the summary on the terminal: a table of the series with sparklines, then what no series says."""
    from rich.console import Console

    from paysim.study.headline import headlines

    console = Console(highlight=False, markup=False, emoji=False)
    width = min(PAGE, console.width)
    # the first headline's start and end stand in the table
    told = [figure for figure in headlines(results) if "at_start" not in figure.data]
    _say(console, ["", *(line for text in _head(results) for line in hanging("", text, width=width)), ""])
    if lines := series_lines(results):
        console.print(_table(results, lines, console, width))
    _say(console, ["", *_told(told, width), "", *_context(results, width), "", *_tail(results, command)])


def _say(console: Console, lines: Sequence[str]) -> None:
    """Print lines as they are."""
    console.print("\n".join(lines), soft_wrap=True)


def _head(results: Results) -> list[str]:
    manifest = results.manifest
    how = _("{engine} engine, {replicates} replicates, seed {seed}").format(
        engine=_(_ENGINE_NAMES[manifest["engine"]]), replicates=manifest["replicates"], seed=manifest["seed"]
    )
    return [
        f"{said(manifest['title'])}: {how}",
        _("Median [5 to 95 %] over the replicates. A model, not a forecast."),
    ]


def _told(figures: Sequence[Headline], width: int) -> list[str]:
    """Lines of the headlines, each after its label; on a narrow page the label has a line of its own."""
    widest = max((len(figure.label) for figure in figures), default=0)
    if widest > width // 2:
        pairs = ((hanging("  ", f.label, width=width), hanging("    ", f.text, width=width)) for f in figures)
        return [line for label, text in pairs for line in (*label, *text)]
    return [line for f in figures for line in hanging(f"  {f.label:<{widest}}  ", f.text, width=width)]


def _context(results: Results, width: int) -> list[str]:
    from paysim.study.headline import beside, context_lines

    texts = context_lines(beside(results), int(results.manifest["replicates"]))
    return [line for text in texts for line in hanging("", text, width=width)]


def _tail(results: Results, command: str) -> list[str]:
    return [
        _("Stored in   {folder}").format(folder=_from_here(results.folder).as_posix()),
        _("Repeat with {command}").format(command=command),  # not wrapped: a line to be copied
    ]


def _from_here(folder: Path) -> Path:
    """The way to a folder from the current one, if it lies in it."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


@dataclass(frozen=True)
class Line:
    """One series in the table.

    name : what it is, with its unit
    low, middle, high : quantiles .05, .5 and .95 over the replicates, each (M,), in that unit; nan where undefined
    digits : decimals that are written
    """

    name: str
    low: Array
    middle: Array
    high: Array
    digits: int


def series_lines(results: Results) -> list[Line]:
    """Read the series of the table, each only where the run has it."""
    from paysim.study.headline import roles

    part = roles(results)
    group = part.subject
    named = {"group": str(results.scenario["names"].get(group, group)).partition(" (")[0]}
    wanted = (
        ("true_share", "CNY", 100, 1, _("Yuan, true share, %")),
        ("tracker_share", "CNY", 100, 1, _("Yuan, SWIFT's tracker, %")),
        ("true_share", "USD", 100, 1, _("Dollar, true share, %")),
        ("trade_index", group, 100, 0, _("{group}, trade (100 = no event)").format(**named)),
        ("failed_share", group, 100, 0, _("{group}, payments that fail, %").format(**named)),
        ("cost_bp", group, 1, 0, _("{group}, cost of paying, bp").format(**named)),
        ("cips_value", "", 1, 1, _("CIPS, value, CNY trn a month")),
    )
    found = []
    for series, key, scale, digits, name in wanted:
        try:
            read = results.quantiles(series, key)[1]
        except KeyError:
            continue
        if np.any(np.isfinite(read[0.5])):
            low, middle, high = (scale * read[level] for level in (0.05, 0.5, 0.95))
            found.append(Line(name, low, middle, high, digits))
    return found


def sparkline(values: Array, length: int, least_range: float = 0.0) -> str:
    """Draw a series in a row of letters, each the mean of its months, or the lowest or highest of all if it has it.

    values : (M,), nan where undefined (a blank);  length : letters at most
    least_range : a series that moves by less is drawn level: it does not move by as much as is written of it
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return ""
    lowest, highest = float(known.min()), float(known.max())
    letters = []
    for part in np.array_split(values, min(length, len(values))):
        inside = part[np.isfinite(part)]
        if not inside.size:
            letters.append(" ")
            continue
        if highest - lowest <= least_range:
            letters.append(BLOCKS[0])
            continue
        extreme = [end for end in (lowest, highest) if end in inside]
        height = ((extreme[0] if extreme else float(inside.mean())) - lowest) / (highest - lowest)
        letters.append(BLOCKS[min(int(height * len(BLOCKS)), len(BLOCKS) - 1)])
    return "".join(letters)


def _table(results: Results, lines: Sequence[Line], console: Console, width: int) -> Table:
    """Build the table, with as many columns as there is room for."""
    from rich.table import Table
    from rich.text import Text

    months = [month(day) for day in results.dates.astype("datetime64[D]").tolist()]
    end = _("{month} [5 to 95 %]").format(month=months[-1])
    heads = [_("median over the replicates"), months[0], _("lowest"), _("highest"), end]
    rows = [_cells(line, months, width >= _WITH_MONTHS) for line in lines]
    shown = [place for place, needed in enumerate(_NEEDED) if width >= needed]
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold", width=None)
    room = 0 if console.options.ascii_only else _room([heads, *rows], shown, width)
    for place in shown:
        table.add_column(heads[place], justify="right" if place else "left", no_wrap=place > 0)
        if place == 0 and room:
            table.add_column("", style="cyan", no_wrap=True)
    for line, cells in zip(lines, rows, strict=True):
        spark = [Text(sparkline(line.middle, room, 10.0**-line.digits))] if room else []
        table.add_row(cells[0], *spark, *(cells[place] for place in shown[1:]))
    return table


def _room(rows: Sequence[Sequence[str]], shown: Sequence[int], width: int) -> int:
    """Letters that are left for the sparkline, 0 if fewer than are worth drawing even with the names wrapped."""
    names, *others = (max(len(row[place]) for row in rows) + _GAP for place in shown)
    left = width - sum(others) - _GAP
    if left - names >= _SHORTEST:
        return min(left - names, _LONGEST)
    return _SHORTEST if left - _SHORTEST >= names / 2 else 0


def _cells(line: Line, months: Sequence[str], with_months: bool) -> list[str]:
    """Write name, start, lowest, highest, and the end with its band."""
    from paysim.study.headline import between

    def written(value: float) -> str:
        # adding 0.0 makes 0.0 of -0.0
        return number(round(value, line.digits) + 0.0, line.digits) if np.isfinite(value) else "–"

    def extreme(place: int) -> str:
        value = written(float(line.middle[place]))
        return f"{value} {months[place]}" if with_months else value

    low, end, high = (written(float(row[-1])) for row in (line.low, line.middle, line.high))
    return [
        line.name,
        written(float(line.middle[0])),
        extreme(int(np.nanargmin(line.middle))),
        extreme(int(np.nanargmax(line.middle))),
        end if low == high else between(end, low, high),
    ]
