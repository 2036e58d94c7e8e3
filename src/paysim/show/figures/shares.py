"""Who is used for paying: currencies, networks, settlement systems; and the level beside the share."""

from __future__ import annotations

from matplotlib.figure import Figure

from paysim.show.canvas import Frame
from paysim.show.eventlines import event_note
from paysim.show.finish import finish
from paysim.show.marks import add_end, draw_band, percent, percent_axis, plain_axis
from paysim.show.months import Span, month_text
from paysim.show.reading import Band, NothingToDrawError, Results, band, events, name_of, need_band, no_values
from paysim.show.style import DASHED, SOLID, Style, looks
from paysim.words import decimal, deferred, number
from paysim.words import translated as _

BANDS = deferred("lines: medians; bands: 50 % and 90 % of replicates")
LEAST_TRADE = 90.0  # lower end of an axis of trade that hardly moves, so that a tremor does not look like a fall
NO_BANDS = deferred("no bands, as replicates do not differ")


def band_words(*reads: Band | None) -> str:
    """Words for what lines and bands mean; or that there are none."""
    return _(BANDS if any(read is not None and read.spread for read in reads) else NO_BANDS)


def _bands(results: Results, series: str) -> dict[str, Band]:
    found = {key: band(results, series, key) for key in results.keys(series)}
    return {key: read for key, read in found.items() if read is not None}


def _need_bands(results: Results, series: str) -> dict[str, Band]:
    found = _bands(results, series)
    if not found:
        raise NothingToDrawError(no_values(series))
    return found


def from_to(read: Band) -> str:
    """First and last median as words, such as: goes from 5.4 % (Jul 2024) to 9.8 % (Dec 2035)."""
    first, last = month_text(read.dates[0]), month_text(read.dates[-1])
    if len(read.dates) == 1:
        return _("is {share} ({month})").format(share=percent(read.first()), month=first)
    return _("goes from {share} ({month}) to {end} ({last})").format(
        share=percent(read.first()), month=first, end=percent(read.last()), last=last
    )


def currency_shares(results: Results, style: Style) -> Figure:
    """True share of every currency in all payments that were settled, with bands and events."""
    found = _need_bands(results, "true_share")
    worn = looks(list(found))
    title = _("In which currencies the world pays")
    reading = _("True shares of settled value; {bands}").format(bands=band_words(*found.values()))
    panel_title = _("Share of the value of all cross-border payments, %")
    frame = Frame(results, style, title, reading, [panel_title], 1, taller=1.5)
    panel = frame.panels[0]
    for key, read in found.items():
        draw_band(panel, read, worn[key], style, key)
        add_end(panel, read, name_of(results, key), worn[key], broken=not style.side_by_side)
    percent_axis(panel)
    finish(frame, Span.of(next(iter(found.values())).dates), events(results))
    return frame.figure


def currency_shares_caption(results: Results) -> str:
    """Say what to read from the figure."""
    found = _need_bands(results, "true_share")
    moves = {key: abs(read.last() - read.first()) for key, read in found.items()}
    key = "CNY" if "CNY" in found else max(moves, key=lambda item: moves[item])
    text = _("The true share of the {currency} {goes}").format(currency=name_of(results, key), goes=from_to(found[key]))
    return text + (_("; the bands show how unsure that is") if found[key].spread else "") + "."


def levels_beside_shares(results: Results, style: Style) -> Figure:
    """The yuan's share beside China's trade and the value settled in yuan: a share can rise while trade falls."""
    share = need_band(results, "true_share", "CNY")
    trade, settled = band(results, "trade_index", "CHN"), band(results, "settled_value", "CNY")
    titles = [_("The yuan's true share, %"), _("China's trade, 100 = no event"), _("Settled in yuan, USD bn a month")]
    marks, span = events(results), Span.of(share.dates)
    frame = Frame(
        results,
        style,
        _("The yuan's share, beside the level of China's trade"),
        _("A share can rise while trade falls; {bands}").format(bands=band_words(share, trade, settled)),
        titles,
        3 if style.side_by_side else 1,
        [event_note(marks, span)],
    )
    one, two, three = frame.panels
    draw_band(one, share, SOLID, style, "true_share", alone=True)
    add_end(one, share, "", SOLID)
    percent_axis(one)
    if trade is not None:
        draw_band(two, hundred(trade), DASHED, style, "trade_index", alone=True)
        add_end(two, hundred(trade), "", DASHED, f"{100 * trade.last():.0f}")
    plain_axis(two, 0.0)
    if settled is not None:
        draw_band(three, settled, SOLID, style, "settled_value", alone=True)
        add_end(three, settled, "", SOLID, decimal(f"{settled.last():,.0f}"))
    plain_axis(three, 0.0)
    finish(frame, span, marks, "numbers")
    return frame.figure


def hundred(read: Band) -> Band:
    """The same with 1 drawn as 100."""
    return Band(read.dates, {level: 100 * line for level, line in read.quantiles.items()})


def levels_beside_shares_caption(results: Results) -> str:
    """Say what to read from the figure."""
    share, trade = need_band(results, "true_share", "CNY"), band(results, "trade_index", "CHN")
    text = _("The yuan's true share {goes}").format(goes=from_to(share))
    if trade is None:
        return text + "."
    return _("{sentence}; China's trade is {lowest} at its lowest and {last} at the end (100 = no event).").format(
        sentence=text, lowest=number(100 * trade.lowest()), last=number(100 * trade.last())
    )


def network_shares(results: Results, style: Style) -> Figure:
    """Shares of message networks and of settlement systems, side by side: the two layers of a payment."""
    messages, systems = _bands(results, "message_share"), _bands(results, "settlement_share")
    if not messages and not systems:
        raise NothingToDrawError(no_values("message_share", "settlement_share"))
    marks = events(results)
    span = Span.of(next(iter((messages or systems).values())).dates)
    frame = Frame(
        results,
        style,
        _("Who carries the messages, and where the money is settled"),
        _("Two layers of every payment; {bands}").format(bands=band_words(*messages.values(), *systems.values())),
        [_("Message networks, share of value, %"), _("Settlement systems, share of value, %")],
        2 if style.side_by_side else 1,
        [event_note(marks, span)],
    )
    for panel, found in zip(frame.panels, (messages, systems), strict=True):
        worn = looks(list(found))
        for key, read in found.items():
            draw_band(panel, read, worn[key], style, key)
            add_end(panel, read, name_of(results, key), worn[key], broken=True)
        percent_axis(panel)
    finish(frame, span, marks, "numbers")
    return frame.figure


def network_shares_caption(results: Results) -> str:
    """Say what to read from the figure."""
    messages = _bands(results, "message_share")
    if "CIPS" not in messages:
        return _("Messages and settlement are two layers: a network may lose one and keep the other.")
    return _(
        "The share of CIPS's own messages {goes}; value settled in CIPS with a SWIFT message counts as SWIFT on the "
        "left and as CIPS on the right."
    ).format(goes=from_to(messages["CIPS"]))
