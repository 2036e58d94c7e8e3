"""A whole run on one page: every group's trade, and the yuan in six ways."""

from __future__ import annotations

from matplotlib.figure import Figure

from paysim.show.canvas import CIPS_SOURCE, TRACKER_SOURCE, Frame, Panel
from paysim.show.eventlines import event_note
from paysim.show.figures.shares import LEAST_TRADE, band_words, hundred
from paysim.show.figures.tracker import add_points
from paysim.show.finish import finish
from paysim.show.marks import draw_band, draw_points, percent, percent_axis, plain_axis
from paysim.show.months import Span
from paysim.show.published import cips_points
from paysim.show.reading import Band, NothingToDrawError, Results, band, events, heading, name_of
from paysim.show.style import DASHED, PAPER_PAGE, SLIDES_PAGE, SOLID, Style
from paysim.words import deferred, number
from paysim.words import translated as _

YUAN = (
    ("true_share", "CNY", deferred("true share, %")),
    ("true_share_trade", "CNY", deferred("in trade, %")),
    ("true_share_finance", "CNY", deferred("in finance, %")),
    ("tracker_share", "CNY", deferred("tracker, %")),
    ("china_trade_rmb_share", "CHN", deferred("in China's trade, %")),
    ("cips_value", "", deferred("CIPS, trn a month")),
)


NO_FALL = 0.995  # trade index; what does not fall below it is 100 when rounded


def small_multiples(results: Results, style: Style) -> Figure:
    """One page: trade of every group on one scale, then the yuan's shares, tracker and CIPS."""
    page = SLIDES_PAGE if style.side_by_side else PAPER_PAGE
    groups = [
        (key, read) for key in results.keys("trade_index") if (read := band(results, "trade_index", key)) is not None
    ]
    yuan = [(series, title, read) for series, key, title in YUAN if (read := band(results, series, key)) is not None]
    reads = [read for _key, read in groups] + [read for _series, _title, read in yuan]
    if not reads:
        raise NothingToDrawError(_("the run holds neither trade_index nor any series of the yuan"))
    marks, span = events(results), Span.of(reads[0].dates)
    frame = Frame(
        results,
        page,
        _("The run on one page"),
        _("Each group's trade (100 = no event), and the yuan; rings: published; {bands}").format(
            bands=band_words(*reads)
        ),
        [_trade_title(name_of(results, key, group=True), read) for key, read in groups]
        + [_yuan_title(series, title, read) for series, title, read in yuan],
        6 if page.side_by_side else 3,
        [event_note(marks, span, numbered=False)],
        published=f"{TRACKER_SOURCE}; {_(CIPS_SOURCE)}",
    )
    _trade(frame.panels[: len(groups)], groups, page)
    for panel, (series, _title, read) in zip(frame.panels[len(groups) :], yuan, strict=True):
        _yuan(panel, series, read, span, page)
    finish(frame, span, marks, "lines")
    return frame.figure


def _trade_title(name: str, read: Band) -> str:
    return _("{name}\nlowest {lowest}, last {last}").format(
        name=heading(name), lowest=number(100 * read.lowest()), last=number(100 * read.last())
    )


def _yuan_title(series: str, title: str, read: Band) -> str:
    first, last = (
        number(value) if series == "cips_value" else percent(value)[:-2] for value in (read.first(), read.last())
    )
    return _("Yuan: {title}\n{first} to {last}").format(title=_(title), first=first, last=last)


def _trade(panels: list[Panel], groups: list[tuple[str, Band]], style: Style) -> None:
    for panel, (key, read) in zip(panels, groups, strict=True):
        draw_band(panel, hundred(read), DASHED, style, key, alone=True)
    lows, highs = zip(*(panel.axes.get_ylim() for panel in panels), strict=True) if panels else ((), ())
    for panel in panels:
        panel.axes.set_ylim(min(*lows, LEAST_TRADE), max(highs))
        plain_axis(panel)


def _yuan(panel: Panel, series: str, read: Band, span: Span, style: Style) -> None:
    draw_band(panel, read, SOLID, style, series, alone=True)
    if series == "cips_value":
        points = cips_points().within(span)
        if len(points.dates):
            draw_points(panel, points, style, 0.9)
        plain_axis(panel, 0.0)
        return
    if series == "tracker_share":
        add_points(panel, "CNY", span, style, 0.9)
    percent_axis(panel)


def small_multiples_caption(results: Results) -> str:
    """Say what to read from the figure."""
    found = {key: band(results, "trade_index", key) for key in results.keys("trade_index")}
    lowest = {key: read.lowest() for key, read in found.items() if read is not None}
    if not lowest:
        return _("The yuan in the true shares, on the tracker and in CIPS.")
    worst = min(lowest, key=lambda key: lowest[key])
    if lowest[worst] > NO_FALL:
        return _("No group's trade falls by more than half a percent; what moves is the yuan.")
    return _("The largest fall of trade is that of {group}: {lowest} at its lowest (100 = no event).").format(
        group=name_of(results, worst, group=True), lowest=number(100 * lowest[worst])
    )
