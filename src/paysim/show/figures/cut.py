"""What a cut does: payments that do not go through as agreed, and who bears the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paysim.show.canvas import EndLabel, Frame, Panel
from paysim.show.eventlines import event_note
from paysim.show.figures.shares import LEAST_TRADE, band_words, hundred
from paysim.show.finish import finish
from paysim.show.marks import draw_band, percent, percent_axis, plain_axis, say_empty
from paysim.show.months import Span, day_number, month_text
from paysim.show.reading import (
    Array,
    Band,
    Dates,
    EventMark,
    NothingToDrawError,
    Results,
    events,
    first_disconnection,
    heading,
    mean_over,
    name_of,
    values,
)
from paysim.show.style import DASH_DOT, DASHED, DOUBLE_DOT, INK, LONG, SOLID, Look, Style
from paysim.words import deferred, inside, number
from paysim.words import translated as _

BEFORE, AFTER = 3, 36  # months drawn before and after the cut
CAUSES = (("blocked_share", deferred("blocked"), SOLID), ("refused_share", deferred("refused"), DOUBLE_DOT))
FATES = (("bypassed_share", deferred("bypassed"), DASH_DOT), ("failed_share", deferred("failed"), LONG))


def hit_group(cut: EventMark) -> str:
    """Choose the group that the figures of a cut speak of: China if it is cut, else the first that is."""
    if not cut.groups:
        raise NothingToDrawError(_("the disconnection names no group"))
    return "CHN" if "CHN" in cut.groups else cut.groups[0]


def _window(cut: EventMark, dates: Dates) -> tuple[Span, NDArray[np.bool_]]:
    month = cut.at.astype("datetime64[M]")
    first, last = dates[0].astype("datetime64[M]"), dates[-1].astype("datetime64[M]")
    if not first <= month <= last:
        text = _("the cut of {month} is outside the months of the run")
        raise NothingToDrawError(text.format(month=month_text(cut.at)))
    span = Span(
        (max(month - BEFORE, first)).astype("datetime64[D]"), (min(month + AFTER, last) + 1).astype("datetime64[D]")
    )
    return span, (dates >= span.first) & (dates < span.end)


@dataclass(frozen=True)
class MeanShares:
    """What did not go through in a window around a cut: means over the replicates, which add up as medians do not.

    months : (M,) first days of the months of the window
    shares : series -> (M,) mean share of the group's payments, 0 in a month without payments
    replicates : how many the means are of
    """

    span: Span
    months: Dates
    shares: Mapping[str, Array]
    replicates: int

    @property
    def words(self) -> str:
        """What the heights are."""
        if self.replicates == 1:
            return _("one replicate")
        return _("mean of {count} replicates").format(count=self.replicates)


def mean_shares(results: Results, cut: EventMark, group: str) -> MeanShares:
    """Average blocked, refused, bypassed and failed shares over the same replicates, month by month.

    A replicate in which one of them is not defined in a month counts for none of them in that month, or the sums of the
    means would not be the mean of the sums. Raises NothingToDrawError if the run holds none of them.
    """
    read: dict[str, Array] = {}
    dates: Dates | None = None
    for series, _label, _look in (*CAUSES, *FATES):
        try:
            dates, read[series] = values(results, series, group)
        except NothingToDrawError:
            continue
    if dates is None:
        text = _("the run holds no blocked, refused, bypassed or failed payments of {group}")
        raise NothingToDrawError(text.format(group=group))
    span, kept = _window(cut, dates)
    defined = np.all([np.isfinite(part) for part in read.values()], axis=0)[:, kept]
    count = np.maximum(defined.sum(axis=0), 1)
    shares = {series: np.where(defined, part[:, kept], 0.0).sum(axis=0) / count for series, part in read.items()}
    return MeanShares(span, dates[kept], shares, len(defined))


def after_the_cut(results: Results, style: Style) -> Figure:
    """Payments of the cut group that do not go through: why, and what becomes of them; stacked means."""
    cut = first_disconnection(results)
    group = hit_group(cut)
    means = mean_shares(results, cut, group)
    marks, name = events(results), name_of(results, group, group=True)
    frame = Frame(
        results,
        style,
        _("What happens to {group}'s payments when the messages stop").format(group=name),
        _("The same payments twice: why they do not go through, and what becomes of them; {means}").format(
            means=means.words
        ),
        [_("Why: share of payments blocked or refused, %"), _("What then: bypassed by other means, or failed, %")],
        2 if style.side_by_side else 1,
        [event_note(marks, means.span)],
    )
    highest = max(_stack(panel, layers, means) for panel, layers in zip(frame.panels, (CAUSES, FATES), strict=True))
    for panel in frame.panels:
        panel.axes.set_ylim(0.0, min(1.0, highest * 1.08) if highest > 0 else 1.0)
        percent_axis(panel)
    finish(frame, means.span, marks, "numbers")
    return frame.figure


def _stack(panel: Panel, layers: Sequence[tuple[str, str, Look]], means: MeanShares) -> float:
    """Stack the layers month by month; the top of the stack. A month is as wide as it lasts."""
    edges = [day_number(month) for month in (*means.months, means.months[-1].astype("datetime64[M]") + 1)]
    ground = np.zeros(len(means.months))
    for series, label, look in layers:
        if series not in means.shares:
            continue
        height = means.shares[series]
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
        peak = _("peak {share}").format(share=percent(float(height.max()), 0)) if height.max() > 0 else _("none")
        text = f"{_(label)}\n{peak}"
        panel.ends.append(EndLabel(float(ground[-1] + height[-1] / 2), text, look))
        ground = ground + height
    return float(ground.max())


def after_the_cut_caption(results: Results) -> str:
    """Say what to read from the figure."""
    cut = first_disconnection(results)
    group = hit_group(cut)
    name = name_of(results, group, group=True)
    means = mean_shares(results, cut, group)
    blocked, failed = means.shares.get("blocked_share"), means.shares.get("failed_share")
    if blocked is None or failed is None:
        return _("Payments of {group} around the cut of {month}.").format(group=name, month=month_text(cut.at))
    return _(
        "After the cut of {month} up to {blocked} of {group}'s payments are blocked in a month and up to {failed} "
        "fail; in {last} {left} fail ({means})."
    ).format(
        month=month_text(cut.at),
        blocked=percent(float(blocked.max()), 0),
        group=name,
        failed=percent(float(failed.max()), 0),
        last=month_text(means.span.end - 1),
        left=percent(float(failed[-1])),
        means=means.words,
    )


def roles(results: Results, cut: EventMark) -> list[tuple[str, tuple[str, ...], Look]]:
    """Those who are cut, those who cut, and everybody else, with a look for each."""
    known = results.keys("trade_index") or results.keys("cost_bp")
    others = tuple(key for key in known if key not in cut.groups and key not in cut.by)
    names = deferred("Target"), deferred("Sender"), deferred("Bystanders")
    return list(zip(names, (cut.groups, cut.by, others), (SOLID, DASHED, DASH_DOT), strict=True))


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
    reads = [_mean(results, series, names, weights) for _role, names, _look, series in parts]
    dates = next((read.dates for read in reads if read is not None), None)
    if dates is None:
        raise NothingToDrawError(_("the run holds neither trade_index nor cost_bp"))
    _window(cut, dates)
    marks, span = events(results), Span.of(dates)
    by_trade, once = _("means over a role are weighted by trade"), _("means over a role count each group once")
    frame = Frame(
        results,
        style,
        _("Who pays for the cut"),
        _("Trade: 100 = no event. Cost: basis points of value. {bands}").format(bands=heading(band_words(*reads))),
        [_part_title(role, series, read) for (role, _names, _look, series), read in zip(parts, reads, strict=True)],
        3 if style.side_by_side else 2,
        [_who_note(results, cut, by_trade if weights else once), event_note(marks, span)],
        heights=[1.25, 1.0] if style.side_by_side else (),  # the numbers of the events stand above the first row
    )
    _draw_roles(frame, parts, reads)
    finish(frame, span, marks, "numbers")
    return frame.figure


def _mean(results: Results, series: str, groups: Sequence[str], weights: Mapping[str, float]) -> Band | None:
    read = mean_over(results, series, groups, weights)
    return hundred(read) if read is not None and series == "trade_index" else read


def _part_title(role: str, series: str, read: Band | None) -> str:
    trade = series == "trade_index"
    title = (_("{role}: trade") if trade else _("{role}: cost of paying")).format(role=_(role))
    if read is None:
        return title
    numbers = _("lowest {least}, at the end {last}") if trade else _("highest {most}, at the end {last}")
    shown = numbers.format(least=number(read.lowest()), most=number(read.highest()), last=number(read.last()))
    return f"{title}\n{shown}"


def _who_note(results: Results, cut: EventMark, weighing: str) -> str:
    def named(groups: Sequence[str]) -> str:
        return ", ".join(name_of(results, group, group=True) for group in groups) or _("nobody named")

    return _("Target: {target}. Sender: {sender}. Bystanders: all others; {weighing}.").format(
        target=named(cut.groups), sender=named(cut.by), weighing=weighing
    )


def _draw_roles(
    frame: Frame, parts: Sequence[tuple[str, tuple[str, ...], Look, str]], reads: Sequence[Band | None]
) -> None:
    limits: dict[str, tuple[float, float]] = {}
    for panel, read, (role, _names, look, series) in zip(frame.panels, reads, parts, strict=True):
        if read is None:
            say_empty(panel, _("nothing to show"), frame.style)
            continue
        draw_band(panel, read, look, frame.style, f"{role} {series}", alone=True)
        low, high = panel.axes.get_ylim()
        before = limits.get(series, (low, high))
        limits[series] = (min(low, before[0]), max(high, before[1]))
    for panel, (_role, _names, _look, series) in zip(frame.panels, parts, strict=True):
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
    for role, groups, _look in roles(results, cut):
        read = mean_over(results, "trade_index", groups, weights)
        if read is not None:
            lows[inside(_(role))] = number(100 * read.lowest())
    listed = ", ".join(f"{role} {low}" for role, low in lows.items())
    return _("Trade at its lowest (100 = no event): {listed}.").format(listed=listed)
