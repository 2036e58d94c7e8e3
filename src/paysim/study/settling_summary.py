"""The figures of a settled day that matter, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paysim.networks.payments import STATUSES
from paysim.study.settling import SettledDay, largest_amount
from paysim.study.settling_series import course, delays

PERCENT = 100.0
_SIZES = ((10**12, "trn"), (10**9, "bn"), (10**6, "m"))
_NEARLY = 0.0005  # of all or of nothing: with one decimal it would look like it
_SHORT_WAIT = 120  # seconds: the wait that operators publish


def money(minor: int, day: SettledDay) -> str:
    """An amount in words, with four digits and the currency."""
    major = minor / 10**day.system.minor_units
    size, word = next(((size, f" {word}") for size, word in _SIZES if abs(major) >= size), (1, ""))
    digits = f"{major / size:,.4g}" if size > 1 else f"{major:,.{day.system.minor_units}f}"
    return f"{digits}{word} {day.system.currency}"


def duration(seconds: float) -> str:
    """A duration in words: ``1 h 32 min``, ``4 min 05 s``, ``12 s``."""
    if not np.isfinite(seconds):
        return "not defined"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole // 60 % 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"


def share(fraction: float) -> str:
    """A share in percent; what is nearly all or nearly nothing gets digits that show it is not."""
    if not np.isfinite(fraction):
        return "not defined"
    close = 0.0 < min(abs(fraction), abs(1.0 - fraction)) < _NEARLY
    return f"{PERCENT * fraction:.{3 if close else 1}f} %"


def summary(day: SettledDay) -> list[tuple[str, str]]:
    """Label and text of what matters about a settled day."""
    found, position = day.indicators, day.indicators.position_between_bounds
    lines = [
        (
            "Payments",
            f"{len(day.status):,} among {len(day.payments.names):,} participants, "
            f"{money(sum(day.payments.amount.tolist()), day)}",
        ),
        *_what_became(day),
        ("Liquidity", _liquidity(day)),
        (
            "Bounds",
            f"lower {money(found.lower_bound, day)}, upper {money(found.upper_bound, day)}"
            + (f"; what was used lies at {share(position)}" if np.isfinite(position) else ""),
        ),
        ("Turnover", _turnover(day)),
        ("Delay", _delay(day)),
        ("Queue", _queue(day)),
    ]
    return [*lines, *_together(day)]


def _what_became(day: SettledDay) -> list[tuple[str, str]]:
    """How many payments settled, and what became of the others."""
    lines = []
    counts, payments = day.counts, max(len(day.status), 1)
    everything = max(sum(day.payments.amount.tolist()), 1)
    for number, word in enumerate(STATUSES):
        of_these = day.status == number
        count = int(of_these.sum())
        if count or word == "settled":
            value = sum(day.payments.amount[of_these].tolist())
            shares = f"{share(count / payments)} of the payments, {share(value / everything)} of the value"
            lines.append((word.capitalize(), f"{count:,}, {money(value, day)} ({shares})"))
    limit = largest_amount(day.system)
    if limit is not None and counts["too_large_returned"]:
        text = f"{counts['too_large_returned']:,} of these above {money(limit, day)} when they arrived"
        lines.append(("Too large", f"{text}, {money(counts['too_large_returned_value'], day)}; left out below"))
    if limit is not None and counts["too_large_split"]:
        in_part, moved = counts["split_settled_in_part"], counts["split_settled_in_part_value"]
        partly = f"; {in_part:,} settled in part only, {money(moved, day)} of them" if in_part else ""
        lines.append(("Split", f"{counts['too_large_split']:,} payments above {money(limit, day)}{partly}"))
    return lines


def _liquidity(day: SettledDay) -> str:
    found, given = day.indicators, day.liquidity
    opening, paid_in = sum(given.opening.tolist()), day.counts["closing_pay_in"]
    injected = day.counts["brought_in"] - opening - paid_in
    credit = sum(given.collateralised.tolist()) + sum(given.uncollateralised.tolist())
    parts = [f"opening {money(opening, day)}"]
    parts += [f"injected {money(injected, day)}"] if injected > 0 else []
    parts += (
        [f"paid in at the closing {money(day.counts['closing_pay_in'], day)}"] if day.counts["closing_pay_in"] else []
    )
    parts += [f"credit {money(credit, day)}"] if credit else []
    cost = f"; its credit costs {money(round(found.credit_cost), day)}" if found.credit_cost > 0 else ""
    return f"{', '.join(parts)}; used {money(found.liquidity_used, day)}{cost}"


def _turnover(day: SettledDay) -> str:
    found = day.indicators
    if not np.isfinite(found.turnover_ratio):
        return "not defined: no liquidity was used"
    published = day.system.figures.get("published.turnover")
    beside = f" (published: {published.value:g}, {published.unit})" if published is not None else ""
    return f"{found.turnover_ratio:.3g}, value settled over liquidity used{beside}"


def _delay(day: SettledDay) -> str:
    number, value = delays(day).within(_SHORT_WAIT)
    return (
        f"indicator {share(day.indicators.delay_indicator)}; mean {duration(day.indicators.mean_delay)} by value; "
        f"within 2 minutes {share(number)} of the payments, {share(value)} of the value"
    )


def _queue(day: SettledDay) -> str:
    lines = course(day)
    if not lines.queued.any():
        return "nothing waits"
    peak = int(lines.queued.argmax())
    count, mean = day.indicators.queued_payments, duration(day.indicators.mean_time_in_queue)
    return (
        f"{count:,} {'payment waits' if count == 1 else 'payments wait'}, {mean} in the mean; "
        f"at most {money(int(lines.queued[peak]), day)}, at {day.day.clock.clock(int(lines.instants[peak]))}"
    )


def _together(day: SettledDay) -> list[tuple[str, str]]:
    """What settled in sessions, runs and pairs."""
    counts, lines = day.counts, []
    if counts["netting_sessions"]:
        lines.append(
            ("Netting", f"{counts['netting_sessions']} sessions settle {counts['netting_settled']:,} payments")
        )
    if counts["offsetting_runs"]:
        runs = f"{counts['offsetting_runs']} runs settle {counts['offset_settled']:,} payments"
        lines.append(("Offsetting", f"{runs}; {counts['gridlocks']} find a gridlock, {counts['deadlocks']} a deadlock"))
    if day.system.rules.bilateral:
        lines.append(("Pairs", f"{counts['pairs_settled']:,} payments settle against one back"))
    return lines


def notes(day: SettledDay, more: Sequence[str] = ()) -> list[str]:
    """What a person must know beside the figures."""
    return [*day.payments.notes, *more, *day.system.remarks(day.day.end)]
