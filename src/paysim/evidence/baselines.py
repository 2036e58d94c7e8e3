"""Simple forecasts that any better one must beat; each knows only the months it is given.

Every baseline takes the segments of a series (log-odds by month, cut where the definition changed) and a later month,
and gives the quantiles of the share then, or None where it has nothing to go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from paysim.data.noise import Segment, local_level
from paysim.evidence.densities import PROBABILITIES, Density, point, shares

Array = NDArray[np.float64]

FEWEST = 8
"""Changes over a horizon with which their own distribution is used."""
YEAR = 12
FEWEST_YEARS = 4
"""Pairs of months a year apart with which the seasonal forecast has a spread."""
HIGHEST_STAY = 0.999


def persistence(parts: Sequence[Segment], month: int) -> Array | None:
    """The last published figure, without any doubt; its score is the absolute error."""
    return point(parts[-1].value[-1])


def random_walk(parts: Sequence[Segment], month: int) -> Array | None:
    """The last figure, plus what shares did over as many months so far, in both directions alike.

    Where too few such changes are known, the normal distribution with the variance of one month times the months.
    """
    last = parts[-1]
    horizon = month - int(last.month[-1])
    seen = _changes(parts, horizon)
    if len(seen) < FEWEST:
        return Density.normal(last.value[-1], np.sqrt(_monthly_variance(parts, 0.0) * horizon)).quantiles()
    both = np.concatenate([seen, -seen])
    return shares(last.value[-1] + np.quantile(both, PROBABILITIES))


def drift(parts: Sequence[Segment], month: int) -> Array | None:
    """The last figure plus the mean monthly change so far; normal, with the doubt about the mean."""
    last = parts[-1]
    horizon, months = month - int(last.month[-1]), sum(int(part.month[-1] - part.month[0]) for part in parts)
    mean = sum(float(part.value[-1] - part.value[0]) for part in parts) / months
    variance = _monthly_variance(parts, mean) * horizon * (1.0 + horizon / months)
    return Density.normal(last.value[-1] + mean * horizon, np.sqrt(variance)).quantiles()


def autoregression_density(parts: Sequence[Segment], month: int) -> Density | None:
    """Density of an AR(1) in log-odds: one coefficient and variance, a mean for each segment (least squares)."""
    before, after = [], []
    for part in parts:
        next_to = np.flatnonzero(np.diff(part.month) == 1)
        before.append(part.value[next_to] - part.value.mean())
        after.append(part.value[next_to + 1] - part.value.mean())
    x, y = np.concatenate(before), np.concatenate(after)
    if len(x) < FEWEST or not x @ x:
        return None
    stay = float(np.clip(x @ y / (x @ x), 0.0, HIGHEST_STAY))
    variance = float(np.mean((y - stay * x) ** 2))
    last = parts[-1]
    mean, kept = float(last.value.mean()), stay ** (month - int(last.month[-1]))
    spread = np.sqrt(variance * (1.0 - kept**2) / (1.0 - stay**2))
    return Density.normal(mean + kept * (float(last.value[-1]) - mean), float(spread))


def autoregression(parts: Sequence[Segment], month: int) -> Array | None:
    """The AR(1) in log-odds."""
    density = autoregression_density(parts, month)
    return None if density is None else density.quantiles()


def local_level_forecast(parts: Sequence[Segment], month: int) -> Array | None:
    """A random walk seen through white noise, both by maximum likelihood, taken for certain; normal."""
    latent, noise = _fitted(tuple(parts))
    level, variance = filtered_level(parts[-1], latent, noise)
    months = month - int(parts[-1].month[-1])
    return Density.normal(level, np.sqrt(variance + latent**2 * months + noise**2)).quantiles()


@lru_cache(maxsize=256)
def _fitted(parts: tuple[Segment, ...]) -> tuple[float, float]:
    return local_level(parts)


def filtered_level(part: Segment, latent: float, noise: float) -> tuple[float, float]:
    """The level in the last month of a segment, and its variance (Kalman filter, the first month is the start)."""
    level, variance = float(part.value[0]), noise**2
    for place in range(1, len(part.month)):
        variance += latent**2 * int(part.month[place] - part.month[place - 1])
        gain = variance / max(variance + noise**2, np.finfo(float).tiny)
        level, variance = level + gain * (float(part.value[place]) - level), variance * (1.0 - gain)
    return level, variance


def seasonal_naive(parts: Sequence[Segment], month: int) -> Array | None:
    """The figure of the same month in the last year that is known (Chinese New Year moves payments); normal."""
    last = parts[-1]
    years = -(-(month - int(last.month[-1])) // YEAR)
    place = np.flatnonzero(last.month == month - YEAR * years)
    seen = _changes(parts, YEAR * years)
    if not len(place) or len(seen) < FEWEST_YEARS:
        return None
    return Density.normal(float(last.value[place[0]]), float(np.sqrt(np.mean(seen**2)))).quantiles()


BASELINES = {
    "persistence": persistence,
    "random_walk": random_walk,
    "drift": drift,
    "ar1": autoregression,
    "local_level": local_level_forecast,
    "seasonal": seasonal_naive,
}
"""Baselines by name, in the order of tables."""


def _changes(parts: Sequence[Segment], months: int) -> Array:
    """Changes of log-odds over so many months inside segments, (n,)."""
    found = []
    for part in parts:
        value = dict(zip(part.month.tolist(), part.value.tolist(), strict=True))
        found += [value[month + months] - start for month, start in value.items() if month + months in value]
    return np.array(found)


def _monthly_variance(parts: Sequence[Segment], mean: float) -> float:
    """Variance of a change a month, about a mean; a change over a gap counts by its months."""
    gaps = np.concatenate([np.diff(part.month) for part in parts]).astype(float)
    moves = np.concatenate([np.diff(part.value) for part in parts])
    return float(np.sum((moves - mean * gaps) ** 2 / gaps) / max(len(moves) - (mean != 0.0), 1))
