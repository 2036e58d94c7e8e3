"""What the tracker would have published, beside what it did publish and beside the truth."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from paysim.show.canvas import TRACKER_SOURCE, Frame, Panel
from paysim.show.eventlines import event_note
from paysim.show.figures.shares import band_words, from_to
from paysim.show.finish import finish
from paysim.show.marks import PERCENT, add_end, draw_band, draw_points, percent, percent_axis, say_empty
from paysim.show.months import Span, month_text
from paysim.show.published import tracker_points
from paysim.show.reading import Band, NothingToDrawError, Results, band, events, heading, name_of, need_band
from paysim.show.style import DASHED, SOLID, Style, looks
from paysim.words import deferred, inside, number
from paysim.words import translated as _

HISTORY = 12  # months of published points drawn before the start: the year before, after the break of mid-2023
SOURCES = (
    ("all", deferred("Everything")),
    ("parameters", deferred("Parameters")),
    ("latent_demand", deferred("Latent demand")),
    ("noise", deferred("Tracker noise")),
)


def add_points(panel: Panel, currency: str, span: Span, style: Style, scale: float = 1.0) -> None:
    """Draw every published tracker figure of the span."""
    points = tracker_points(currency).within(span)
    if len(points.dates):
        draw_points(panel, points, style, scale)


def tracker(results: Results, style: Style) -> Figure:
    """The tracker's shares, simulated and published: the yuan large, dollar and euro beside it."""
    main = need_band(results, "tracker_share", "CNY")
    others = [key for key in ("USD", "EUR") if band(results, "tracker_share", key) is not None]
    span = Span.of(main.dates, HISTORY)
    marks = events(results)
    title = _("{currency}, share on SWIFT, %")
    titles = [title.format(currency=heading(name_of(results, key))) for key in ("CNY", *others)]
    frame = Frame(
        results,
        style,
        _("What the SWIFT tracker would publish"),
        _("Rings: published; {bands}").format(bands=band_words(main)),
        titles,
        len(titles) if style.side_by_side else 1,
        [event_note(marks, span)],
        published=TRACKER_SOURCE,
        widths=[1.5, 1.0, 1.0][: len(titles)] if style.side_by_side else [1.0],
    )
    worn = looks(["CNY", *others])
    for panel, key in zip(frame.panels, ("CNY", *others), strict=True):
        read = need_band(results, "tracker_share", key)
        draw_band(panel, read, worn[key], style, key, alone=True)
        add_points(panel, key, span, style, 1.0 if key == "CNY" else 0.7)
        add_end(panel, read, "", worn[key])
        percent_axis(panel, 0.0 if key == "CNY" else None)
    finish(frame, span, marks, "numbers")
    return frame.figure


def tracker_caption(results: Results) -> str:
    """Say what to read from the figure."""
    read = need_band(results, "tracker_share", "CNY")
    month = np.datetime64("2025-08")
    text = _("The yuan's share on SWIFT {goes}").format(goes=from_to(read))
    if np.isfinite(read.at(month)):
        found, published = percent(read.at(month), 2), percent(tracker_points("CNY").at(month), 2)
        text += _("; in August 2025 the run has {share} and {published} was published").format(
            share=found, published=published
        )
    return text + "."


def true_beside_tracker(results: Results, style: Style) -> Figure:
    """The yuan's true share and what the tracker sees of it, on one axis, with the published points."""
    true, seen = need_band(results, "true_share", "CNY"), need_band(results, "tracker_share", "CNY")
    span = Span.of(true.dates, HISTORY)
    frame = Frame(
        results,
        style,
        _("What is paid in yuan, and what SWIFT's tracker sees of it"),
        _("Rings: published tracker; {bands}").format(bands=band_words(true, seen)),
        [_("The yuan's share of payments, %")],
        1,
        taller=1.5,
        published=TRACKER_SOURCE,
    )
    panel = frame.panels[0]
    lines = ((true, SOLID, "true_share", _("true")), (seen, DASHED, "tracker_share", _("tracker")))
    for read, look, name, label in lines:
        draw_band(panel, read, look, style, name)
        add_end(panel, read, label, look, broken=not style.side_by_side)
    add_points(panel, "CNY", span, style)
    percent_axis(panel)
    finish(frame, span, events(results))
    return frame.figure


def true_beside_tracker_caption(results: Results) -> str:
    """Say what to read from the figure."""
    true, seen = need_band(results, "true_share", "CNY"), need_band(results, "tracker_share", "CNY")
    return _(
        "The yuan's true share {goes}, its tracker {seen}: payments that use CIPS messages alone are real but not seen "
        "by SWIFT."
    ).format(goes=from_to(true), seen=from_to(seen))


def bands_apart(results: Results, style: Style) -> Figure:
    """The yuan's true share and tracker with one kind of uncertainty at a time."""
    whole = need_band(results, "true_share", "CNY")
    if not whole.spread:
        raise NothingToDrawError(_("the replicates do not differ, so there are no bands"))
    if not any(band(results, "true_share", "CNY", source) for source, _name in SOURCES[1:]):
        raise NothingToDrawError(_("the run did not draw its sources of uncertainty apart"))
    wide = style.side_by_side
    order = [(series, source) for series in ("true_share", "tracker_share") for source in SOURCES]
    if not wide:
        order = [(series, source) for source in SOURCES for series in ("true_share", "tracker_share")]
    words = {"true_share": _("true share"), "tracker_share": _("tracker")}
    titles = [f"{_(name)}: {words[series]}, %" for series, (_source, name) in order]
    span, marks = Span.of(whole.dates), events(results)
    frame = Frame(
        results,
        style,
        _("Where the uncertainty about the yuan comes from"),
        _("One kind at a time, on one scale. Rings: published tracker; {bands}").format(bands=band_words(whole)),
        titles,
        4 if wide else 2,
        [event_note(marks, span, numbered=False)],
        published=TRACKER_SOURCE,
    )
    tops: dict[str, float] = {"true_share": 0.0, "tracker_share": 0.0}
    for panel, (series, (source, _name)) in zip(frame.panels, order, strict=True):
        read = band(results, series, "CNY", source)
        _one_source(panel, read, series, span, style)
        tops[series] = max(tops[series], panel.axes.get_ylim()[1])
    for panel, (series, _source) in zip(frame.panels, order, strict=True):
        panel.axes.set_ylim(0.0, tops[series])
        percent_axis(panel)
    finish(frame, span, marks, "lines")
    return frame.figure


def _one_source(panel: Panel, read: Band | None, series: str, span: Span, style: Style) -> None:
    if read is None:
        say_empty(panel, _("not drawn apart\nin this run"), style)
    else:
        draw_band(panel, read, SOLID if series == "true_share" else DASHED, style, series, alone=True)
    if series == "tracker_share":
        add_points(panel, "CNY", span, style, 0.7)


def bands_apart_caption(results: Results) -> str:
    """Say what to read from the figure."""
    widths = {}
    for source, name in SOURCES[1:]:
        read = band(results, "true_share", "CNY", source)
        if read is not None:
            widths[inside(_(name))] = float(read.quantiles[0.95][-1] - read.quantiles[0.05][-1])
    widest = max(widths, key=lambda name: widths[name])
    when = month_text(need_band(results, "true_share", "CNY").dates[-1])
    return _(
        "The largest single source of uncertainty about the yuan's true share in {month} is {source}: alone it gives a "
        "90 % band {points} points wide."
    ).format(month=when, source=widest, points=number(PERCENT * widths[widest], 1))
