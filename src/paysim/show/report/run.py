"""The report of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from paysim.show.canvas import TRACKER_SOURCE
from paysim.show.figures import pages, shares, tracker
from paysim.show.published import tracker_points
from paysim.show.reading import Band, NothingToDrawError, band, events, name_of
from paysim.show.report import parts, write_report
from paysim.show.report.blocks import Block, Chart, Facts, Listing, Page, Paragraph, Section
from paysim.show.report.charts import Axis, Line, chart, distinct_looks
from paysim.show.report.pictures import pictures
from paysim.show.report.run_ledger import ledger
from paysim.show.style import DASHED, SOLID, Look, looks
from paysim.study.headline import beside, context_lines, headlines, roles
from paysim.study.results import FIGURES_FOLDER, REPORT_FILE, Results
from paysim.words import deferred, said
from paysim.words import translated as _

YUAN = "CNY"
SENDERS_SHOWN = 2
"""Lines of those who act that a chart of trade shows at first, beside those who are hit (judgement)."""
_WITHOUT_ROLES = ("CHN", "USA", "EUR")

SEEN = {
    "currency_shares": deferred("Lines over the months: each currency's share of the value of all payments."),
    "tracker": deferred("Three panels over the months: what SWIFT would publish as the share of the yuan, of the US "
                        "dollar and of the euro, with rings for what was published."),
    "true_beside_tracker": deferred("Two lines over the months: the yuan's true share of payments, and the share that "
                                    "SWIFT's tracker sees, with rings for what was published."),
    "levels_beside_shares": deferred("Three panels over the months: the yuan's true share, China's trade against 100 "
                                     "without any event, and the value settled in yuan."),
    "network_shares": deferred("Two panels over the months: which network carries the messages, and in which systems "
                               "the value is settled."),
    "liquidity_against_surge": deferred("Three panels over the months of the system that is strained most: its "
                                        "payments and liquidity, the value that comes back, and the mean wait."),
    "after_the_cut": deferred("Two stacked areas over the months after the cut: why payments of the group that is hit "
                              "do not go through, and what becomes of them."),
    "who_pays": deferred("Six panels over the months: trade above and the cost of paying below, of the target, of the "
                         "sender and of bystanders."),
    "settlement_by_direction": deferred("Panels over the months: currencies of Russia's exports and imports, with "
                                        "rings for what was published."),
    "why_the_tracker_moved": deferred("Bars that add up: the yuan's share on the tracker at the start, what each cause "
                                      "added or took away, and the share at the end."),
    "bands_apart": deferred("Eight small panels over the months: the yuan's true share above and its tracker below, "
                            "with one kind of uncertainty at a time."),
    "small_multiples": deferred("Small panels over the months: the trade of every group, six measures of the yuan."),
}  # fmt: skip
"""What is to be seen in each figure, for who does not see it."""


def write_run_report(results: Results, folder: Path) -> None:
    """Write the report of a run into a folder, in the language spoken.

    Its figures are those in that folder, or those that lie with the run where none are drawn anew.
    """
    drawn = next((place for place in (folder, results.folder) if (place / FIGURES_FOLDER).is_dir()), folder)
    write_report(folder / REPORT_FILE, run_page(results, drawn / FIGURES_FOLDER))


def run_page(results: Results, figures: Path) -> Page:
    """The report of a run: question, figures that matter, what happened, assumptions, limits, sources, repetition.

    figures : the folder of its figures; there may be none
    """
    scenario, manifest = results.scenario, results.manifest
    own = {str(manifest["name"]): scenario}
    sections = (
        _short(results),
        _happened(results),
        _figures(figures),
        parts.assumptions(own),
        parts.parameters(results),
        ledger(results),
        parts.limits(own),
        parts.sources(own),
        parts.repeat(manifest),
    )
    return Page(
        _("Report of a run"),
        said(manifest["title"]),
        parts.question_of(scenario),
        parts.run_facts(manifest),
        sections,
        parts.foot(manifest),
    )


def _short(results: Results) -> Section:
    context = beside(results)
    found = tuple((figure.label, figure.text) for figure in headlines(results))
    given = tuple(context["premises"])
    blocks: list[Block] = []
    if found:
        note = _("Median over the replicates; in brackets the range of nine replicates in ten.")
        blocks += [Facts(found, large=True), Paragraph(note, "note")]
    inner = []
    if given:
        told = _("These events are put in. What they bring about by themselves confirms nothing.")
        inner.append(Section("given", _("Given as input"), (Paragraph(told), Listing(given))))
    lines = tuple(context_lines({**context, "premises": []}, int(results.manifest["replicates"])))
    inner.append(Section("beside", _("To be read beside these figures"), (Listing(lines),)))
    return Section("short", _("In short"), tuple(blocks), tuple(inner))


def _happened(results: Results) -> Section:
    table = parts.timeline(results)
    inner = [] if table is None else [Section("events", _("Events"), (table,))]
    inner += [Section(f"chart-of-{one.name}", one.title, (one,)) for one in run_charts(results)]
    return Section("happened", _("What happened, month by month"), (), tuple(inner))


def _figures(folder: Path) -> Section:
    found = pictures(folder, {name: _(words) for name, words in SEEN.items()})
    return Section("figures", _("Figures"), found or (Paragraph(_("No figures were drawn with this run."), "note"),))


def run_charts(results: Results) -> list[Chart]:
    """The charts of a run, those of them that it has values for."""
    return [one for one in (_shares(results), _tracker(results), _trade(results)) if one is not None]


def _shares(results: Results) -> Chart | None:
    currencies = results.keys("true_share")
    worn = looks(currencies)
    lines = list(_lines(results, "true_share", currencies, lambda key: worn[key]))
    if not lines:
        return None
    reading = _reading(shares.currency_shares_caption, results)
    return chart("shares", _("True share of payments, by currency"), reading, Axis("%"), lines, events(results))


def _tracker(results: Results) -> Chart | None:
    read = ("true", _("true share"), "true_share", SOLID), ("tracker", _("SWIFT's tracker"), "tracker_share", DASHED)
    lines = [
        Line(name, label, found, look)
        for name, label, series, look in read
        if (found := band(results, series, YUAN)) is not None
    ]
    if len(lines) < len(read):
        return None
    points = (_("published: {source}").format(source=TRACKER_SOURCE), tracker_points(YUAN))
    reading = _reading(tracker.true_beside_tracker_caption, results)
    title = _("The yuan: true share beside the tracker")
    return chart("tracker", title, reading, Axis("%", digits=2), lines, events(results), points)


def _trade(results: Results) -> Chart | None:
    groups, part = results.keys("trade_index"), roles(results)
    worn = dict(zip(groups, distinct_looks(len(groups)), strict=True))
    first = {*part.target, *part.sender[:SENDERS_SHOWN]} or {*_WITHOUT_ROLES}
    lines = list(_lines(results, "trade_index", groups, lambda key: worn[key], first))
    if not lines:
        return None
    reading = _reading(pages.small_multiples_caption, results)
    axis = Axis(_("100 = no event"), digits=0)
    return chart("trade", _("Trade, by group"), reading, axis, lines, events(results))


def _lines(
    results: Results, series: str, keys: Sequence[str], look: Callable[[str], Look], shown: set[str] | None = None
) -> Iterator[Line]:
    for key in keys:
        found: Band | None = band(results, series, key)
        if found is not None:
            label = name_of(results, key, group=series == "trade_index")
            yield Line(key, label, found, look(key), shown is None or key in shown)


def _reading(caption: Callable[[Results], str], results: Results) -> str:
    try:
        return caption(results)
    except NothingToDrawError:
        return ""
