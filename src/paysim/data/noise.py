"""How much a published share moves from month to month: a random walk behind it, and white noise on top.

The figures of ``tracker_noise.csv`` were estimated by what stands here. It is kept, and not its result alone, so that
a scenario that looks back in time can estimate them anew from what was public then. A month is a whole number (see
`month_number`); a series is a list of **segments** between which the definition changed: the level starts afresh in
each of them, the movement is taken to be the same in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue

Array = NDArray[np.float64]

STEPS = 1001
"""Grid of the share of the movement that is latent: latent variance over (latent variance + 2 noise variances)."""
FEWEST_AFTER_BREAK = 12
"""Months after the break with which it is estimated by itself; with fewer, the months before it are used as well
(judgement, 6 to 24)."""
FIRST, LAST = date(2019, 1, 1), date(2023, 9, 1)
"""First month that is used at all, and first month that is past the break of 2023 for good."""


def month_number(day: date) -> int:
    """Months since year 0, for arithmetic."""
    return 12 * day.year + day.month - 1


BREAK = (month_number(date(2023, 3, 1)), month_number(date(2023, 7, 1)))
"""First and last month of the change of base of SWIFT's tracker: no figure of these months is comparable."""


@dataclass(frozen=True, eq=False)  # the same months are the same object: what was fitted to them can be kept
class Segment:
    """Months (n,) whole numbers in order, gaps allowed, and log-odds of the share (n,) in them."""

    month: NDArray[np.int64]
    value: Array


def segments(shares: Mapping[int, float], breaks: Sequence[tuple[int, int]] = (BREAK,)) -> tuple[Segment, ...]:
    """Log-odds of shares by month number, cut at breaks; months of a break are left out."""
    found: list[list[int]] = [[]]
    edges = sorted(breaks)
    for month in sorted(shares):
        if any(first <= month <= last for first, last in edges):
            continue
        if found[-1] and any(found[-1][-1] < first and month > last for first, last in edges):
            found.append([])
        found[-1].append(month)
    return tuple(
        Segment(np.array(months, dtype=np.int64), _log_odds(np.array([shares[month] for month in months])))
        for months in found
        if months
    )


def local_level(parts: Sequence[Segment]) -> tuple[float, float]:
    """Estimate latent and observation s.d. by exact maximum likelihood, log-odds a month and log-odds.

    The level of each segment starts at its first month; the scale is concentrated out; a gap of k months is k steps.
    Raises ValueError with fewer than three changes.
    """
    latent = np.linspace(0.0, 1.0, STEPS)
    noise = (1.0 - latent) / 2.0
    squares, logs, changes = np.zeros(STEPS), np.zeros(STEPS), 0
    for part in parts:
        level, variance = np.full(STEPS, part.value[0]), noise.copy()
        for before in range(len(part.month) - 1):
            variance = variance + latent * (part.month[before + 1] - part.month[before])
            spread = np.maximum(variance + noise, np.finfo(float).tiny)
            surprise = part.value[before + 1] - level
            squares += surprise**2 / spread
            logs += np.log(spread)
            gain = variance / spread
            level, variance = level + gain * surprise, variance * (1.0 - gain)
            changes += 1
    if changes < 3:
        raise ValueError(f"{changes} changes do not tell latent movement from noise (expected 3 at least)")
    scale = squares / changes
    best = int(np.argmax(-0.5 * changes * np.log(scale) - 0.5 * logs))
    return float(np.sqrt(scale[best] * latent[best])), float(np.sqrt(scale[best] * noise[best]))


def by_moments(share: Array) -> tuple[float, float]:
    """Estimate latent and observation s.d. of ln(share) from the variance and first autocorrelation of its changes."""
    change = np.diff(np.log(share))
    variance = float(change.var(ddof=1))
    lag = float(np.corrcoef(change[1:], change[:-1])[0, 1])
    return float(np.sqrt(max((1.0 + 2.0 * lag) * variance, 0.0))), float(np.sqrt(max(-lag * variance, 0.0)))


def known_shares(currency: str, as_of: date | None = None) -> dict[int, float]:
    """Published shares by month number; ``OTH`` is what USD, EUR and CNY leave."""
    if currency != "OTH":
        return {month_number(row.month): row.value for row in catalogue.tracker_share(currency, as_of)}
    named = [known_shares(one, as_of) for one in ("USD", "EUR", "CNY")]
    return {month: 1.0 - sum(one[month] for one in named) for month in named[0] if all(month in one for one in named)}


def tracker_noise(currency: str, as_of: date | None = None) -> tuple[float, float]:
    """Latent demand and observation noise of a currency's tracker, estimated from what was public on a day.

    As for the packaged estimates: CNY over all months since 2019 by moments, the others by the local level after the
    break of 2023 (with the months before it where there are too few after it). Raises ValueError where fewer than
    ``FEWEST_AFTER_BREAK`` months were public.
    """
    shares = {month: share for month, share in known_shares(currency, as_of).items() if month >= month_number(FIRST)}
    if len(shares) < FEWEST_AFTER_BREAK:
        raise ValueError(f"{len(shares)} months of {currency} since {FIRST:%Y} do not tell how its share moves")
    if currency == "CNY":
        return by_moments(np.array([shares[month] for month in sorted(shares)]))
    after = {month: share for month, share in shares.items() if month >= month_number(LAST)}
    return local_level(segments(after if len(after) >= FEWEST_AFTER_BREAK else shares))


def _log_odds(share: Array) -> Array:
    return np.asarray(np.log(share) - np.log1p(-share))
