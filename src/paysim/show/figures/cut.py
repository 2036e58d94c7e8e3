"""What a cut does: payments that do not go through as agreed, and who bears the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paysim.show.canvas import EndLabel, Frame, Panel
from paysim.show.figures.shares import LEAST_TRADE, band_words, hundred
from paysim.show.finish import event_note, finish
from paysim.show.marks import draw_band, percent, percent_axis, plain_axis, say_empty
from paysim.show.months import Span, day_number, month_text
from paysim.show.reading import (
    Band,
    Dates,
    EventMark,
    NothingToDrawError,
    Results,
    band,
    events,
    first_disconnection,
    heading,
    mean_over,
    name_of,
)
from paysim.show.style import DASH_DOT, DASHED, DOUBLE_DOT, INK, LONG, SOLID, Look, Style

BEFORE, AFTER = 3, 36  # months drawn before and after the cut
CAUSES = (("blocked_share", "blocked", SOLID), ("refused_share", "refused", DOUBLE_DOT))
FATES = (("bypassed_share", "bypassed", DASH_DOT), ("failed_share", "failed", LONG))


def hit_group(cut: EventMark) -> str:
    """Choose the group that the figures of a cut speak of: China if it is cut, else the first that is."""
    if not cut.groups:
        raise NothingToDrawError("the disconnection names no group")
    return "CHN" if "CHN" in cut.groups else cut.groups[0]


def _window(cut: EventMark, dates: Dates) -> tuple[Span, NDArray[np.bool_]]:
    month = cut.at.astype("datetime64[M]")
    first, last = dates[0].astype("datetime64[M]"), dates[-1].astype("datetime64[M]")
    if not first <= month <= last:
        raise NothingToDrawError(f"the cut of {month_text(cut.at)} is outside the months of the run")
    span = Span(
        (max(month - BEFORE, first)).astype("datetime64[D]"), (min(month + AFTER, last) + 1).astype("datetime64[D]")
    )
    return span, (dates >= span.first) & (dates < span.end)


def after_the_cut(results: Results, style: Style) -> Figure:
    """Payments of the cut group that do not go through: why, and what becomes of them; stacked medians."""
    cut = first_disconnection(results)
    group = hit_group(cut)
    found = {series: band(results, series, group) for series, _, _ in (*CAUSES, *FATES)}
    read = [item for item in found.values() if item is not None]
    if not read:
        raise NothingToDrawError(f"the run holds no blocked, refused, bypassed or failed payments of {group}")
    span, _ = _window(cut, read[0].dates)
    marks, name = events(results), name_of(results, group, group=True)
    frame = Frame(
        results,
        style,
        f"What happens to {name}'s payments when the messages stop",
        f"The same payments twice: why they do not go through, and what becomes of them. "
        f"Monthly medians, {BEFORE} months before to {AFTER} after the cut",
        ["Why: share of payments blocked or refused, %", "What then: bypassed by other means, or failed, %"],
        2 if style.side_by_side else 1,
        [event_note(marks, span)],
    )
    highest = 0.0
    for panel, layers in zip(frame.panels, (CAUSES, FATES), strict=True):
        highest = max(highest, _stack(panel, [(found[series], label, look) for series, label, look in layers], cut))
    for panel in frame.panels:
        panel.axes.set_ylim(0.0, min(1.0, highest * 1.08) if highest > 0 else 1.0)
        percent_axis(panel)
    finish(frame, span, marks, "numbers")
    return frame.figure


def _stack(panel: Panel, layers: Sequence[tuple[Band | None, str, Look]], cut: EventMark) -> float:
    """Stack the layers month by month; the top of the stack. A month is as wide as it lasts."""
    ground: NDArray[np.float64] | None = None
    for read, label, look in layers:
        if read is None:
            continue
        _, kept = _window(cut, read.dates)
        months = read.dates[kept]
        edges = [day_number(month) for month in (*months, (months[-1].astype("datetime64[M]") + 1))]
        height = np.nan_to_num(read.median[kept])
        ground = np.zeros_like(height) if ground is None else ground
        panel.axes.fill_between(
            edges,
            np.append(ground, ground[-1]),
            np.append(ground + height, ground[-1] + height[-1]),
            step="post",
            facecolor=look.colour,
            alpha=0.75,
            hatch=look.hatch,
            edgecolor="white",
            linewidth=0.0,
            gid=label,
        )
        text = f"{label}\npeak {percent(float(height.max()), 0)}" if height.max() > 0 else f"{label}\nnone"
        panel.ends.append(EndLabel(float(ground[-1] + height[-1] / 2), text, look))
        ground = ground + height
    return float(ground.max()) if ground is not None else 0.0


def after_the_cut_caption(results: Results) -> str:
    """Say what to read from the figure."""
    cut = first_disconnection(results)
    group = hit_group(cut)
    name = name_of(results, group, group=True)
    blocked, failed = band(results, "blocked_share", group), band(results, "failed_share", group)
    if blocked is None or failed is None:
        return f"Payments of {name} around the cut of {month_text(cut.at)}."
    span, kept = _window(cut, blocked.dates)
    last = float(np.nan_to_num(failed.median[kept])[-1])
    worst = [percent(float(np.nanmax(read.median[kept])), 0) for read in (blocked, failed)]
    return (
        f"After the cut of {month_text(cut.at)} up to {worst[0]} of {name}'s payments are blocked in a month and up to "
        f"{worst[1]} fail; in {month_text(span.end - 1)} {percent(last)} fail."
    )


def roles(results: Results, cut: EventMark) -> list[tuple[str, tuple[str, ...], Look]]:
    """Those who are cut, those who cut, and everybody else, with a look for each."""
    known = results.keys("trade_index") or results.keys("cost_bp")
    others = tuple(key for key in known if key not in cut.groups and key not in cut.by)
    return [("Target", cut.groups, SOLID), ("Sender", cut.by, DASHED), ("Bystanders", others, DASH_DOT)]


def who_pays(results: Results, style: Style) -> Figure:
    """Trade and payment cost of target, sender and bystanders side by side, on one scale."""
    cut = first_disconnection(results)
    weights: Mapping[str, float] = results.scenario.get("trade", {})
    parts = [
        (role, names, look, series)
        for series in ("trade_index", "cost_bp")
        for role, names, look in roles(results, cut)
    ]
    if not style.side_by_side:
        parts = [parts[place] for place in (0, 3, 1, 4, 2, 5)]
    reads = [_mean(results, series, names, weights) for _, names, _, series in parts]
    dates = next((read.dates for read in reads if read is not None), None)
    if dates is None:
        raise NothingToDrawError("the run holds neither trade_index nor cost_bp")
    _window(cut, dates)
    marks, span = events(results), Span.of(dates)
    weighing = "means over a role are weighted by trade" if weights else "means over a role count each group once"
    frame = Frame(
        results,
        style,
        "Who pays for the cut",
        f"Trade: 100 = no event. Cost: basis points of value. {heading(band_words(*reads))}",
        [_part_title(role, series, read) for (role, _, _, series), read in zip(parts, reads, strict=True)],
        3 if style.side_by_side else 2,
        [_who_note(results, cut, weighing), event_note(marks, span)],
    )
    _draw_roles(frame, parts, reads)
    finish(frame, span, marks, "numbers")
    return frame.figure


def _mean(results: Results, series: str, groups: Sequence[str], weights: Mapping[str, float]) -> Band | None:
    read = mean_over(results, series, groups, weights)
    return hundred(read) if read is not None and series == "trade_index" else read


def _part_title(role: str, series: str, read: Band | None) -> str:
    title = f"{role}: trade" if series == "trade_index" else f"{role}: cost of paying"
    if read is None:
        return title
    extreme = f"lowest {read.lowest():.0f}" if series == "trade_index" else f"highest {read.highest():.0f}"
    return f"{title}\n{extreme}, at the end {read.last():.0f}"


def _who_note(results: Results, cut: EventMark, weighing: str) -> str:
    def named(groups: Sequence[str]) -> str:
        return ", ".join(name_of(results, group, group=True) for group in groups) or "nobody named"

    return f"Target: {named(cut.groups)}. Sender: {named(cut.by)}. Bystanders: all others; {weighing}."


def _draw_roles(
    frame: Frame, parts: Sequence[tuple[str, tuple[str, ...], Look, str]], reads: Sequence[Band | None]
) -> None:
    limits: dict[str, tuple[float, float]] = {}
    for panel, read, (role, _, look, series) in zip(frame.panels, reads, parts, strict=True):
        if read is None:
            say_empty(panel, "nothing to show", frame.style)
            continue
        draw_band(panel, read, look, frame.style, f"{role} {series}", alone=True)
        low, high = panel.axes.get_ylim()
        before = limits.get(series, (low, high))
        limits[series] = (min(low, before[0]), max(high, before[1]))
    for panel, (_, _, _, series) in zip(frame.panels, parts, strict=True):
        low, high = limits.get(series, (0.0, 1.0))
        panel.axes.set_ylim(min(low, LEAST_TRADE) if series == "trade_index" else min(0.0, low), high)
        plain_axis(panel)
        panel.axes.axhline(
            100.0 if series == "trade_index" else 0.0, color=INK, linewidth=frame.style.line / 4, zorder=1
        )


def who_pays_caption(results: Results) -> str:
    """Say what to read from the figure."""
    cut = first_disconnection(results)
    weights: Mapping[str, float] = results.scenario.get("trade", {})
    lows = {}
    for role, groups, _ in roles(results, cut):
        read = mean_over(results, "trade_index", groups, weights)
        if read is not None:
            lows[role.lower()] = f"{100 * read.lowest():.0f}"
    return "Trade at its lowest (100 = no event): " + ", ".join(f"{role} {low}" for role, low in lows.items()) + "."
