"""The figures of a settled day: queue and liquidity, delays, and liquidity against delay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from paysim.show.canvas import EndLabel, Frame, Panel, text_height, text_width
from paysim.show.finish import spread_apart
from paysim.show.foot import Foot
from paysim.show.marks import PlainTicks, percent_axis, plain_axis
from paysim.show.settled_day import Array, DayDrawn, money, scale_of, unit_of
from paysim.show.style import (
    DASH_DOT,
    DASHED,
    GREY,
    INK,
    POINTS_PER_INCH,
    SOLID,
    STYLES,
    Style,
    StyleName,
    applied,
    save,
)
from paysim.study.settled.summary import share
from paysim.words import decimal
from paysim.words import translated as _

MINUTE, HOUR = 60, 3600
SHORT_WAIT = 2 * MINUTE
"""The wait that operators publish: T2 settles 99.85 % of its payments within two minutes."""
LEAST_DELAY = 1  # second: where an axis of delays begins; what settles at once stands at its left end
DELAY_TICKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 14_400: "4 h", 43_200: "12 h"}
"""Signs of units, the same in every language."""
BEYOND = 1.15
"""Liquidity beyond this multiple of the upper bound is drawn at the edge of the axis."""
WORDS_AT_THE_TOP = 1.25
"""Height of the axis of delays over the largest delay: room for the words at the top."""


def through_the_day(day: DayDrawn, style: Style) -> Figure:
    """Value in the queues and liquidity in use, minute by minute."""
    queue_unit, liquidity_unit = scale_of(float(day.queued.max())), scale_of(max(float(day.in_use.max()), 1.0))
    peak = int(day.queued.argmax())
    reading = _("No payment waits")
    if day.queued[peak] > 0:
        reading = _("At most {amount} waits, at {hour}; {share} of the value settles").format(
            amount=money(float(day.queued[peak]), day.currency),
            hour=day.hours(int(day.instants[peak])),
            share=share(day.settled_share),
        )
    frame = Frame(
        Foot(day.manifest),
        style,
        _("Queue and liquidity through the day"),
        reading,
        [
            _("Value in the queues, {unit}").format(unit=unit_of(queue_unit[1], day.currency)),
            _("Liquidity in use, {unit}").format(unit=unit_of(liquidity_unit[1], day.currency)),
        ],
        2 if style.side_by_side else 1,
        [
            _("At hand (opening, injections, credit): {amount}. Hours by the system's clock.").format(
                amount=money(day.at_hand, day.currency)
            )
        ],
    )
    for panel, values, size, look in (
        (frame.panels[0], day.queued, queue_unit[0], SOLID),
        (frame.panels[1], day.in_use, liquidity_unit[0], DASHED),
    ):
        panel.timeline = False
        axes = panel.axes
        axes.fill_between(day.instants, values / size, color=look.colour, alpha=0.16, linewidth=0, step="post")
        axes.plot(day.instants, values / size, color=look.colour, linewidth=style.line * 0.7, drawstyle="steps-post")
        axes.set_ylim(0, max(float(values.max()) / size * 1.08, 1e-9))
        plain_axis(panel, 0.0)
        _room(panel, 0.5 * text_width("00:00", style.small))
        clock_axis(panel, day, style)
    return frame.figure


def through_the_day_caption(day: DayDrawn) -> str:
    """Say what to read from the figure."""
    return _(
        "At most {amount} waits in the queues, and at most {liquidity} of liquidity is in use at one time."
    ).format(
        amount=money(float(day.queued.max()), day.currency), liquidity=money(float(day.in_use.max()), day.currency)
    )


def clock_axis(panel: Panel, day: DayDrawn, style: Style) -> None:
    """Write hours under the axis, so many as fit."""
    room = 1.6 * text_width("00:00", style.small)
    hours = max(1, round((day.closes - day.opens) / HOUR))
    most = max(2, int(panel.box[2] / room))
    every = next((step for step in (1, 2, 3, 4, 6, 12) if hours / step <= most), 24)
    full = range(-(-day.opens // HOUR) * HOUR, day.closes + 1, HOUR)
    shown = [place for place in full if int(day.hours(place)[:2]) % every == 0]
    panel.axes.set_xlim(day.opens, day.closes)
    panel.axes.set_xticks(shown, [day.hours(place)[:5] for place in shown])


def _room(panel: Panel, right: float) -> None:
    """Make room for the labels of the vertical axis, and on the right."""
    axis = panel.axes.yaxis
    labels = axis.get_major_formatter().format_ticks(list(axis.get_majorticklocs()))
    left = max(text_width(label, panel.small) for label in labels) + 0.7 * panel.small / POINTS_PER_INCH
    _left, bottom, _width, height = panel.box
    panel.place(panel.cell[0] + left, bottom, panel.cell[2] - left - right, height)


def delay_distribution(day: DayDrawn, style: Style) -> Figure:
    """Share of number and of value that settled within a time."""
    within = _within(day, SHORT_WAIT)
    frame = Frame(
        Foot(day.manifest),
        style,
        _("How long payments wait"),
        _(
            "Within 2 minutes: {number} of the payments, {value} of the value; by the closing {all} and {all_value}"
        ).format(
            number=share(within[0]),
            value=share(within[1]),
            all=share(_last(day.by_number)),
            all_value=share(_last(day.by_value)),
        ),
        [_("Share settled within a time of submission, %")],
        1,
        taller=1.3,
    )
    panel = frame.panels[0]
    panel.timeline = False
    axes = panel.axes
    most = max(float(day.closes - day.opens), 2.0 * LEAST_DELAY)
    where = np.concatenate([[LEAST_DELAY], np.maximum(day.delays, LEAST_DELAY), [most]])
    lines = ((day.by_number, SOLID, "by number", _("by number")), (day.by_value, DASHED, "by value", _("by value")))
    for shares, look, name, label in lines:
        first = float(shares[0]) if len(shares) and day.delays[0] <= LEAST_DELAY else 0.0
        line = np.concatenate([[first], shares, [_last(shares)]])
        axes.plot(where, line, color=look.colour, linestyle=look.dash, linewidth=style.line, drawstyle="steps-post",
                  gid=name)  # fmt: skip
        panel.ends.append(EndLabel(_last(shares), f"{label} {share(_last(shares))}", look))
    axes.set_xscale("log")
    axes.set_xlim(LEAST_DELAY, most)
    ticks = {place: text for place, text in DELAY_TICKS.items() if place <= most}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.xaxis.set_minor_locator(NullLocator())
    low = min(_first(day.by_number), _first(day.by_value))
    axes.set_ylim(max(0.0, low - 0.05 - (1 - low) * 0.1), 1.0)
    percent_axis(panel, axes.get_ylim()[0])
    axes.set_ylim(top=1.0 + 0.02 * (1.0 - axes.get_ylim()[0]))
    _room(panel, max(text_width(end.text, style.text, True) for end in panel.ends) + 0.9 * style.em)
    _write_ends(frame, panel)
    return frame.figure


def _first(shares: Array) -> float:
    return float(shares[0]) if len(shares) else 0.0


def _last(shares: Array) -> float:
    return float(shares[-1]) if len(shares) else 0.0


def _within(day: DayDrawn, seconds: int) -> tuple[float, float]:
    at = int(np.searchsorted(day.delays, seconds, side="right")) - 1
    return (float(day.by_number[at]), float(day.by_value[at])) if at >= 0 else (0.0, 0.0)


def delay_distribution_caption(day: DayDrawn) -> str:
    """Say what to read from the figure."""
    number, value = _within(day, SHORT_WAIT)
    return _("Within two minutes {number} of the payments settle, and {value} of the value.").format(
        number=share(number), value=share(value)
    )


def _write_ends(frame: Frame, panel: Panel) -> None:
    """Write the labels of lines at the right of the axes, kept apart."""
    size, (left, bottom, width, height) = frame.style.text, panel.box
    low, high = panel.axes.get_ylim()
    wanted = [bottom + (end.value - low) / (high - low) * height for end in panel.ends]
    heights = [text_height(1, size)] * len(wanted)
    for end, centre in zip(panel.ends, spread_apart(wanted, heights, bottom, bottom + height), strict=True):
        place = left + width + 0.5 * frame.style.em
        frame.write(place, centre, end.text, size, va="center", color=end.look.letters, weight="bold")


def liquidity_against_delay(day: DayDrawn, style: Style) -> Figure:
    """The delay indicator at levels of liquidity from the lower to the upper bound, and the day as it is."""
    size, word = scale_of(float(day.level_liquidity[-1]))
    frame = Frame(
        Foot(day.manifest),
        style,
        _("Liquidity against delay"),
        _curve_words(day),
        [
            _("Delay indicator, % (0: all at once, 100: all at the closing), by liquidity, {unit}").format(
                unit=unit_of(word, day.currency)
            )
        ],
        1,
        [_key(day)],
        taller=1.3,
    )
    panel = frame.panels[0]
    panel.timeline = False
    panel.axes.plot(day.level_liquidity / size, day.level_delay, color=DASHED.colour, linewidth=style.line, marker="s",
                    markersize=style.line * 2.2, gid="levels")  # fmt: skip
    _limits(panel, day, size)
    _room(panel, 0.5 * text_width("0.000", style.small))
    _bounds(panel, day, size, style)
    _as_settled(panel, day, size, style)
    published = _published(day)
    if published is not None:
        panel.axes.axvline(published / size, color=DASH_DOT.colour, linestyle=DASH_DOT.dash,
                           linewidth=style.line * 0.8, gid="published")  # fmt: skip
    return frame.figure


def _published(day: DayDrawn) -> float | None:
    """Liquidity of the day at the published turnover; None where there is none, or it lies beyond the edge."""
    liquidity = day.value / day.published if day.published else np.inf
    return liquidity if liquidity <= BEYOND * float(day.level_liquidity[-1]) else None


def _limits(panel: Panel, day: DayDrawn, size: float) -> None:
    """Let the axes take in the levels, the day as it was settled and the published figure, and words at the top."""
    low, high = float(day.level_liquidity[0]), float(day.level_liquidity[-1])
    published = _published(day)
    others = [min(day.at_hand, BEYOND * high), *([published] if published is not None else [])]
    left, right = min(low, *others), max(high, *others)
    margin = 0.06 * max(right - left, 0.5 * high)
    panel.axes.set_xlim(max(0.0, left - margin) / size, (right + margin) / size)
    panel.axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    panel.axes.xaxis.set_major_formatter(PlainTicks())
    top = max(float(np.nanmax(day.level_delay)), day.delay)
    height = max(top * WORDS_AT_THE_TOP, 1e-4)
    panel.axes.set_ylim(0, height)
    percent_axis(panel)
    panel.axes.set_yticks([tick for tick in panel.axes.get_yticks() if tick <= 1.0])
    panel.axes.set_ylim(0, height)


def _bounds(panel: Panel, day: DayDrawn, size: float, style: Style) -> None:
    """Mark the bounds, each with its name, or with one for both where they are close together."""
    low, high = day.level_liquidity[0] / size, day.level_liquidity[-1] / size
    left, right = panel.axes.get_xlim()
    names = [(low, _("lower bound"), "left"), (high, _("upper bound"), "right")]
    if (high - low) / (right - left) * panel.box[2] < 2.5 * text_width(_("upper bound"), style.small):
        names = [(high, _("bounds"), "left") if high - left < right - high else (low, _("bounds"), "right")]
    for place in (low, high):
        panel.axes.axvline(place, color=GREY, linewidth=style.line / 3, zorder=1)
    for place, text, align in names:
        aside = 0.5 * style.small * (1 if align == "left" else -1)
        panel.axes.annotate(text, (place, 1.0), xycoords=("data", "axes fraction"), ha=align, va="top",
                            xytext=(aside, 0), textcoords="offset points", size=style.small, color=INK)  # fmt: skip


def _as_settled(panel: Panel, day: DayDrawn, size: float, style: Style) -> None:
    """Put a ring where the day is as it was settled, with words beside it that stay inside."""
    where, (left, right) = min(day.at_hand, BEYOND * float(day.level_liquidity[-1])) / size, panel.axes.get_xlim()
    panel.axes.plot([where], [day.delay], linestyle="none", marker="o", markersize=style.line * 4, gid="actual",
                    markerfacecolor="white", markeredgecolor=SOLID.letters, markeredgewidth=style.line,
                    zorder=5)  # fmt: skip
    across, up = (where - left) / (right - left), day.delay / panel.axes.get_ylim()[1]
    align = "left" if across < 0.25 else "right" if across > 0.75 else "center"
    below = up > 0.6
    panel.axes.annotate(_("as settled"), (where, day.delay), xytext=(0, style.line * (-4 if below else 4)),
                        textcoords="offset points", ha=align, va="top" if below else "bottom", size=style.text,
                        weight="bold", color=SOLID.letters, zorder=6)  # fmt: skip


def _curve_words(day: DayDrawn) -> str:
    first, last = share(float(day.level_delay[0])), share(float(day.level_delay[-1]))
    unsettled = float(day.level_unsettled[0])
    left = _(" ({share} of the value unsettled)").format(share=share(unsettled)) if unsettled > 0 else ""
    return _("Delay {first} at the lower bound{left}, {last} at the upper; as settled {actual}").format(
        first=first, left=left, last=last, actual=share(day.delay)
    )


def _key(day: DayDrawn) -> str:
    at_hand, used = money(day.at_hand, day.currency), money(day.used, day.currency)
    words = [_("Ring: at hand {amount}, used {used}").format(amount=at_hand, used=used)]
    if len(day.level_liquidity) and day.at_hand > BEYOND * float(day.level_liquidity[-1]):
        words[0] += _(" (beyond the edge, drawn at it)")
    if day.published:
        where = _("dash-dotted")
        if _published(day) is None:
            where = _("beyond the edge, {amount}").format(amount=money(day.value / day.published, day.currency))
        words.append(
            _("{where}: value over the published turnover of {turnover} ({source})").format(
                where=where, turnover=decimal(f"{day.published:g}"), source=day.published_source
            )
        )
    words.append(_("squares: opening liquidity alone, no credit and no injections"))
    return "; ".join(words) + "."


def liquidity_against_delay_caption(day: DayDrawn) -> str:
    """Say what to read from the figure."""
    return f"{_curve_words(day)}."


PLATES = (
    ("through_the_day", through_the_day, through_the_day_caption),
    ("delays", delay_distribution, delay_distribution_caption),
    ("liquidity_against_delay", liquidity_against_delay, liquidity_against_delay_caption),
)
"""File name of each figure, what draws it, and what says what to read from it."""


def draw_settlement(day: DayDrawn, folder: Path, style: StyleName = "slides") -> list[tuple[Path | None, str]]:
    """Draw the figures of a settled day into a folder (made if missing) as PNG and SVG.

    Returns
    -------
    list of (path, caption)
        the PNG (the SVG lies beside it) and one sentence on what to read from it; where there are no levels, no path
        and a sentence that says so
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[tuple[Path | None, str]] = []
    for name, draw, caption in PLATES:
        if draw is liquidity_against_delay and (len(day.positions) < 2 or np.isnan(day.delay)):
            reason = _("it needs payments, and at least two levels")
            drawn.append((None, _("{name} is not drawn: {reason}").format(name=name, reason=reason)))
            continue
        with applied(STYLES[style]):
            figure = draw(day, STYLES[style])
        drawn.append((save(figure, folder, name, STYLES[style]), caption(day)))
    return drawn
