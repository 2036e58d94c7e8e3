"""The figures of a settled day that matter, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paysim.networks.payments import STATUSES
from paysim.study.settled.series import course, delays
from paysim.study.settled.settling import SettledDay, largest_amount
from paysim.words import decimal, deferred, number, said
from paysim.words import translated as _

PERCENT = 100.0
_SIZES = ((10**12, deferred("trn")), (10**9, deferred("bn")), (10**6, deferred("m")))
_NEARLY = 0.0005  # of all or of nothing: with one decimal it would look like it
_SHORT_WAIT = 120  # seconds: the wait that operators publish


_FATES = {
    "awaited": deferred("Awaited"),
    "queued": deferred("Queued"),
    "settled": deferred("Settled"),
    "withdrawn": deferred("Withdrawn"),
    "returned": deferred("Returned"),
}


def money(minor: int, day: SettledDay) -> str:
    """An amount in words, with four digits and the currency."""
    major = minor / 10**day.system.minor_units
    size, word = next(((size, f" {_(word)}") for size, word in _SIZES if abs(major) >= size), (1, ""))
    digits = f"{major / size:,.4g}" if size > 1 else f"{major:,.{day.system.minor_units}f}"
    return f"{decimal(digits)}{word} {day.system.currency}"


def duration(seconds: float) -> str:
    """A duration in words: ``1 h 32 min``, ``4 min 05 s``, ``12 s``."""
    if not np.isfinite(seconds):
        return _("not defined")
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole // 60 % 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"


def share(fraction: float) -> str:
    """A share in percent; what is nearly all or nearly nothing gets digits that show it is not."""
    if not np.isfinite(fraction):
        return _("not defined")
    close = 0.0 < min(abs(fraction), abs(1.0 - fraction)) < _NEARLY
    return number(PERCENT * fraction, 3 if close else 1) + " %"


def counted(count: int) -> str:
    """A whole number with a sign between its thousands."""
    return decimal(f"{count:,}")


def summary(day: SettledDay) -> list[tuple[str, str]]:
    """Label and text of what matters about a settled day."""
    found, position = day.indicators, day.indicators.position_between_bounds
    lines = [
        (
            _("Payments"),
            _("{count} among {participants} participants, {amount}").format(
                count=counted(len(day.status)),
                participants=counted(len(day.payments.names)),
                amount=money(sum(day.payments.amount.tolist()), day),
            ),
        ),
        *_what_became(day),
        (_("Liquidity"), _liquidity(day)),
        (
            _("Bounds"),
            _("lower {lower}, upper {upper}").format(
                lower=money(found.lower_bound, day), upper=money(found.upper_bound, day)
            )
            + (_("; what was used lies at {share}").format(share=share(position)) if np.isfinite(position) else ""),
        ),
        (_("Turnover"), _turnover(day)),
        (_("Delay"), _delay(day)),
        (_("Queue"), _queue(day)),
    ]
    return [*lines, *_together(day)]


def _what_became(day: SettledDay) -> list[tuple[str, str]]:
    """How many payments settled, and what became of the others."""
    lines = []
    counts, payments = day.counts, max(len(day.status), 1)
    everything = max(sum(day.payments.amount.tolist()), 1)
    for place, word in enumerate(STATUSES):
        of_these = day.status == place
        count = int(of_these.sum())
        if count or word == "settled":
            value = sum(day.payments.amount[of_these].tolist())
            text = _("{count}, {amount} ({share} of the payments, {value_share} of the value)").format(
                count=counted(count),
                amount=money(value, day),
                share=share(count / payments),
                value_share=share(value / everything),
            )
            lines.append((_(_FATES[word]), text))
    limit = largest_amount(day.system)
    if limit is not None and counts["too_large_returned"]:
        text = _("{count} of these above {limit} when they arrived, {amount}; left out below").format(
            count=counted(counts["too_large_returned"]),
            limit=money(limit, day),
            amount=money(counts["too_large_returned_value"], day),
        )
        lines.append((_("Too large"), text))
    if limit is not None and counts["too_large_split"]:
        in_part, moved = counts["split_settled_in_part"], counts["split_settled_in_part_value"]
        text = _("{count} payments above {limit}").format(
            count=counted(counts["too_large_split"]), limit=money(limit, day)
        )
        if in_part:
            text += _("; {count} settled in part only, {amount} of them").format(
                count=counted(in_part), amount=money(moved, day)
            )
        lines.append((_("Split"), text))
    return lines


def _liquidity(day: SettledDay) -> str:
    found, given = day.indicators, day.liquidity
    opening, paid_in = sum(given.opening.tolist()), day.counts["closing_pay_in"]
    injected = day.counts["brought_in"] - opening - paid_in
    credit = sum(given.collateralised.tolist()) + sum(given.uncollateralised.tolist())
    amounts = (
        (_("opening {amount}"), opening, True),
        (_("injected {amount}"), injected, injected > 0),
        (_("paid in at the closing {amount}"), paid_in, paid_in != 0),
        (_("credit {amount}"), credit, credit != 0),
    )
    parts = [text.format(amount=money(amount, day)) for text, amount, told in amounts if told]
    used = _("{parts}; used {amount}").format(parts=", ".join(parts), amount=money(found.liquidity_used, day))
    if found.credit_cost <= 0:
        return used
    return used + _("; its credit costs {amount}").format(amount=money(round(found.credit_cost), day))


def _turnover(day: SettledDay) -> str:
    found = day.indicators
    if not np.isfinite(found.turnover_ratio):
        return _("not defined: no liquidity was used")
    text = _("{ratio}, value settled over liquidity used").format(ratio=decimal(f"{found.turnover_ratio:.3g}"))
    published = day.system.figures.get("published.turnover")
    if published is None:
        return text
    beside = _(" (published: {value}, {unit})").format(value=decimal(f"{published.value:g}"), unit=_(published.unit))
    return text + beside


def _delay(day: SettledDay) -> str:
    payments, value = delays(day).within(_SHORT_WAIT)
    return _(
        "indicator {indicator}; mean {mean} by value; within 2 minutes {payments} of the payments, {value} of the value"
    ).format(
        indicator=share(day.indicators.delay_indicator),
        mean=duration(day.indicators.mean_delay),
        payments=share(payments),
        value=share(value),
    )


def _queue(day: SettledDay) -> str:
    lines = course(day)
    if not lines.queued.any():
        return _("nothing waits")
    peak = int(lines.queued.argmax())
    count, mean = day.indicators.queued_payments, duration(day.indicators.mean_time_in_queue)
    one = _("{count} payment waits, {mean} in the mean; at most {amount}, at {hour}")
    several = _("{count} payments wait, {mean} in the mean; at most {amount}, at {hour}")
    return (one if count == 1 else several).format(
        count=counted(count),
        mean=mean,
        amount=money(int(lines.queued[peak]), day),
        hour=day.day.clock.clock(int(lines.instants[peak])),
    )


def _together(day: SettledDay) -> list[tuple[str, str]]:
    """What settled in sessions, runs and pairs."""
    counts, lines = day.counts, []
    if counts["netting_sessions"]:
        lines.append(
            (
                _("Netting"),
                _("{sessions} sessions settle {payments} payments").format(
                    sessions=counts["netting_sessions"], payments=counted(counts["netting_settled"])
                ),
            )
        )
    if counts["offsetting_runs"]:
        text = _("{runs} runs settle {payments} payments; {gridlocks} find a gridlock, {deadlocks} a deadlock")
        settled = counted(counts["offset_settled"])
        found = {"gridlocks": counts["gridlocks"], "deadlocks": counts["deadlocks"]}
        lines.append((_("Offsetting"), text.format(runs=counts["offsetting_runs"], payments=settled, **found)))
    if day.system.rules.bilateral:
        text = _("{payments} payments settle against one back").format(payments=counted(counts["pairs_settled"]))
        lines.append((_("Pairs"), text))
    return lines


def notes(day: SettledDay, more: Sequence[str | dict[str, str]] = ()) -> list[str]:
    """What a person must know beside the figures."""
    return [*(said(note) for note in (*day.payments.notes, *more)), *day.system.remarks(day.day.end)]
