"""Currencies of a country's exports and imports, simulated and published."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from paysim.show.canvas import Frame, Panel
from paysim.show.eventlines import event_note
from paysim.show.figures.shares import band_words
from paysim.show.finish import finish
from paysim.show.marks import add_end, draw_band, draw_points, percent, percent_axis
from paysim.show.months import Span
from paysim.show.published import SETTLED, settlement_points
from paysim.show.reading import QUANTILES, Band, NothingToDrawError, Results, events
from paysim.show.style import SOLID, Style
from paysim.words import deferred
from paysim.words import translated as _

FLOWS = {"import": deferred("Imports"), "export": deferred("Exports")}
MEASURES = {
    "share_cny": deferred("yuan"),
    "share_rub": deferred("rouble"),
    "share_unfriendly": deferred("dollar and euro"),
}
"""Published measures that are drawn; the model's dollar and euro stand for the unfriendly currencies."""
GROUP = "RUS"
HISTORY = 12
"""Months of published points drawn before the start."""


def together(results: Results, flow: str, currencies: tuple[str, ...]) -> Band:
    """Quantiles of the share of some currencies together in the group's exports or imports.

    Raises NothingToDrawError where the run has not all of them.
    """
    series, held = f"{flow}_share", results.keys(f"{flow}_share")
    keys = [f"{GROUP}/{currency}" for currency in currencies]
    if not set(keys) <= set(held):
        raise NothingToDrawError(_("the run does not hold the currencies of Russia's trade by direction"))
    parts = [results.values(series, key) for key in keys]
    total = np.sum([values for _dates, values in parts], axis=0)
    return Band(
        np.asarray(parts[0][0], dtype="datetime64[D]"),
        {level: np.quantile(total, level, axis=0) for level in QUANTILES},
    )


def _read(results: Results) -> dict[tuple[str, str], Band]:
    found = {(flow, name): together(results, flow, SETTLED[name]) for flow in FLOWS for name in MEASURES}
    span = Span.of(next(iter(found.values())).dates, HISTORY)
    if not any(len(settlement_points(flow, name).within(span).dates) for flow, name in found):
        raise NothingToDrawError(_("no currencies of Russia's trade are published for its months"))
    return found


def settlement_by_direction(results: Results, style: Style) -> Figure:
    """Yuan, rouble, and dollar and euro in Russia's imports and exports, beside what the Bank of Russia published."""
    found = _read(results)
    span, marks = Span.of(next(iter(found.values())).dates, HISTORY), events(results)
    titles = [f"{_(FLOWS[flow])}: {_(MEASURES[name])}, %" for flow, name in found]
    frame = Frame(
        results,
        style,
        _("In which currencies Russia trades"),
        _("Rings: published; {bands}").format(bands=band_words(*found.values())),
        titles,
        3 if style.side_by_side else 2,
        [event_note(marks, span, numbered=False)],
        published=_("Bank of Russia, from several sources"),
    )
    for panel, ((flow, name), read) in zip(frame.panels, found.items(), strict=True):
        draw_band(panel, read, SOLID, style, f"{flow}_{name}", alone=True)
        add_end(panel, read, "", SOLID)
        _points(panel, flow, name, span, style)
        percent_axis(panel)
    finish(frame, span, marks, "lines")
    return frame.figure


def _points(panel: Panel, flow: str, name: str, span: Span, style: Style) -> None:
    points = settlement_points(flow, name).within(span)
    if len(points.dates):
        draw_points(panel, points, style, 0.8)


def settlement_by_direction_caption(results: Results) -> str:
    """Say what to read from the figure."""
    found = _read(results)
    text = []
    for flow in FLOWS:
        read = found[flow, "share_cny"]
        points = settlement_points(flow, "share_cny").within(Span.of(read.dates, HISTORY))
        last = points.dates[-1]
        text.append((percent(read.at(last)), percent(float(points.values[-1]))))
    (bought, was), (sold, were) = text
    return _(
        "In the last published month the yuan has {bought} of Russia's imports, where {was} was published, and {sold} "
        "of its exports, where {were} was."
    ).format(bought=bought, was=was, sold=sold, were=were)
