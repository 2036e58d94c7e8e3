"""The report of a comparison: what runs have apart, replicate by replicate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from paysim.show.compare_figures import lettered_events
from paysim.show.reading import QUANTILES, Band, as_days
from paysim.show.report import parts, write_report
from paysim.show.report.blocks import Block, Chart, Listing, Page, Paragraph, Section, Table
from paysim.show.report.charts import Axis, Line, chart, distinct_looks
from paysim.show.report.pictures import pictures
from paysim.study.compared.compare import Comparison, Dates
from paysim.study.compared.words import KeySeries, sentences, table
from paysim.study.results import FIGURES_FOLDER, REPORT_FILE, Results
from paysim.words import deferred, said
from paysim.words import translated as _

SEEN = {
    "differences": deferred("Panels over the months, one for each series that matters: the difference between the runs "
                            "with its band, above or below zero."),
    "levels": deferred("Panels over the months, one for each series that matters: the runs beside each other."),
}  # fmt: skip


def write_comparison_report(
    runs: Sequence[Results],
    comparisons: Sequence[Comparison],
    looked_at: Sequence[KeySeries],
    head: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write the report of a comparison into its folder, with the figures that lie there, in the language spoken.

    runs : the one that the others are held against first;  head : command, version and key of the comparison
    """
    write_report(folder / REPORT_FILE, comparison_page(runs, comparisons, looked_at, head, folder / FIGURES_FOLDER))


def comparison_page(
    runs: Sequence[Results],
    comparisons: Sequence[Comparison],
    looked_at: Sequence[KeySeries],
    head: Mapping[str, Any],
    figures: Path,
) -> Page:
    """The report of a comparison: the differences in words, as a table, and month by month."""
    names = [comparisons[0].against, *(one.name for one in comparisons)]
    scenarios = {name: run.scenario for name, run in zip(names, runs, strict=True)}
    drawn = pictures(figures, {name: _(words) for name, words in SEEN.items()})
    sections = (
        Section("short", _("In short"), (), tuple(_short(comparisons, looked_at))),
        Section("happened", _("Differences, month by month"), (), tuple(_charts(runs, comparisons, looked_at))),
        Section("figures", _("Figures"), drawn),
        Section("runs", _("The runs"), (_runs(names, runs),)),
        parts.assumptions(scenarios),
        parts.parameters(runs[0]),
        parts.limits(scenarios, [_("Differences are of one model with itself: what both runs leave out is in none.")]),
        parts.sources(scenarios),
        parts.repeat(head, whole=False),
    )
    first = runs[0].manifest
    return Page(
        _("Report of a comparison"),
        _title(names, runs),
        _("What do they have apart, how surely, and from when?"),
        parts.run_facts(first),
        sections,
        parts.foot(head),
    )


def _title(names: Sequence[str], runs: Sequence[Results]) -> str:
    """The runs by their titles, or by their names where two have one title."""
    titles = [said(run.manifest["title"]) for run in runs]
    first, *others = titles if len(set(titles)) == len(titles) else names
    return _("{others} – held against: {first}").format(others="; ".join(others), first=first)


def _short(comparisons: Sequence[Comparison], looked_at: Sequence[KeySeries]) -> Iterator[Section]:
    for number, one in enumerate(comparisons, 1):
        title = _("{name} minus {against}").format(name=one.name, against=one.against)
        rows = table(one, looked_at)
        what = _("{title}: median [5 to 95 %] of the differences within {pairs} pairs of replicates")
        caption = what.format(title=title, pairs=one.replicates)
        blocks: list[Block] = [Table(caption, rows[0], tuple(rows[1:]), prose=True)] if len(rows) > 1 else []
        yield Section(f"difference-{number}", title, (*blocks, Listing(tuple(sentences(one, looked_at)))))


def _runs(names: Sequence[str], runs: Sequence[Results]) -> Table:
    heads = (_("run"), _("title"), _("question"), _("command"), _("key of the run"))
    rows = tuple(
        (
            name,
            said(run.manifest["title"]),
            parts.question_of(run.scenario),
            parts.code(str(run.manifest["command"])),
            parts.code(str(run.manifest["run"]["key"])[: parts.DIGEST]),
        )
        for name, run in zip(names, runs, strict=True)
    )
    return Table(_("The runs; the others are held against the first"), heads, rows, prose=True)


def _charts(
    runs: Sequence[Results], comparisons: Sequence[Comparison], looked_at: Sequence[KeySeries]
) -> Iterator[Section]:
    marks = lettered_events(runs)
    moved = False
    for number, one in enumerate(looked_at):
        for place, (dates, alike) in enumerate(_by_months(comparisons)):
            lines = _lines(alike, dates, one)
            if lines:
                moved = True
                axis = Axis(one.unit, factor=one.factor, digits=one.digits)
                drawn: Chart = chart(f"{number}-{place}", one.label, "", axis, lines, marks)
                yield Section(f"chart-of-{number}-{place}", one.label, (drawn,))
    if not moved:
        yield Section("nothing", _("Nothing"), (Paragraph(_("None of the series that matter differs.")),))


def _by_months(comparisons: Sequence[Comparison]) -> Iterator[tuple[Dates, list[Comparison]]]:
    """Comparisons over the same months together, since a chart has one axis of time."""
    found: dict[bytes, list[Comparison]] = {}
    for one in comparisons:
        found.setdefault(one.dates.tobytes(), []).append(one)
    for alike in found.values():
        yield alike[0].dates, alike


def _lines(comparisons: Sequence[Comparison], dates: Dates, one: KeySeries) -> list[Line]:
    worn = distinct_looks(len(comparisons))
    lines = []
    for comparison, look in zip(comparisons, worn, strict=True):
        found = comparison.find(one.series, one.key)
        if found is not None and found.begins is not None and np.isfinite(found.bands).any():
            label = _("{name} minus {against}").format(name=comparison.name, against=comparison.against)
            band = Band(as_days(dates), dict(zip(QUANTILES, found.bands, strict=True)))
            lines.append(Line(comparison.name, label, band, look))
    return lines
