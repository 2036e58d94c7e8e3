"""Latent demand and observation noise of a published share, with the doubt about their size.

The observation layer of the model says: log-odds = a level that moves (latent demand) + white noise. How much of the
movement is latent (`Shapes.latent`), and whether latent demand returns to a mean (`Shapes.stay`, its autocorrelation a
month; 1 is the random walk of the model), is not known. Every combination on a grid is filtered exactly (Kalman); the
size of the movement is integrated out, the mean of each segment too, and the combinations are weighed by their marginal
likelihood. A forecast is the mixture of all: Student's t with as many degrees of freedom as there were changes.

With ``stay`` = 1 alone this is the local level with the doubt about its two variances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.data.noise import Segment
from paysim.evidence.densities import Density

Array = NDArray[np.float64]

HALF_LIVES = (24.0, 12.0, 6.0, 3.0, 1.5)
"""Months in which latent demand returns half-way, beside not at all (judgement: from two years to six weeks)."""
LATENT_STEPS = 31
TOGETHER = 0.25
"""How much the shape of each other currency counts in the prior of one: four others make one likelihood (judgement, 0
to 0.5)."""
SMALLEST = 1e-6


@dataclass(frozen=True)
class Shapes:
    """A grid of what movement may look like, (K,) each.

    latent : share of the monthly variance that is latent, 0 to 1;  stay : autocorrelation of latent demand a month
    """

    latent: Array
    stay: Array

    @classmethod
    def grid(cls, half_lives: Sequence[float] = HALF_LIVES, steps: int = LATENT_STEPS) -> Shapes:
        """All pairs of a share and a half-life, or none, each as likely as the others."""
        stay = np.array([1.0, *(0.5 ** (1.0 / months) for months in half_lives)])
        latent, stays = np.meshgrid(np.linspace(0.0, 1.0, steps), stay)
        return cls(latent.ravel(), stays.ravel())

    def moved(self, months: int) -> Array:
        """Variance that latent demand gains in so many months, of the monthly variance, (K,)."""
        gone = np.maximum(1.0 - self.stay**2, SMALLEST)
        return np.where(self.stay < 1.0, self.latent * (1.0 - self.stay ** (2 * months)) / gone, self.latent * months)

    @property
    def start(self) -> Array:
        """Variance of latent demand in the first month: stationary, or none where it wanders (the mean is free)."""
        gone = np.maximum(1.0 - self.stay**2, SMALLEST)
        return np.where(self.stay < 1.0, self.latent / gone, 0.0)

    @property
    def noise(self) -> Array:
        """Variance of the observation noise: a change has latent + 2 noise = 1 where latent demand wanders."""
        return (1.0 - self.latent) / 2.0


@dataclass(frozen=True)
class Filtered:
    """What the months say for every shape, (K,) each.

    squares : sum of squared surprises over their relative variance;  logs : of these variances;  changes : how many
    state, load, variance : of latent demand in the last month, per unit of mean, and its relative variance
    mean, sure : of the last segment, and its precision;  last : its last month
    """

    squares: Array
    logs: Array
    changes: int
    state: Array
    load: Array
    variance: Array
    mean: Array
    sure: Array
    last: int


def filtered(parts: Sequence[Segment], shapes: Shapes) -> Filtered:
    """Filter the segments of a series: each starts with a mean of its own, which is integrated out."""
    size = len(shapes.latent)
    squares, logs, changes = np.zeros(size), np.zeros(size), 0
    for part in parts:
        state, load, variance = np.zeros(size), np.zeros(size), shapes.start
        own, cross, sure, log = (np.zeros(size) for _ in range(4))
        for place, value in enumerate(part.value):
            if place:
                months = int(part.month[place] - part.month[place - 1])
                kept = shapes.stay**months
                state, load, variance = kept * state, kept * load, kept**2 * variance + shapes.moved(months)
            spread = np.maximum(variance + shapes.noise, SMALLEST)
            surprise, slope, gain = value - state, 1.0 - load, variance / spread
            own, cross, sure = own + surprise**2 / spread, cross + surprise * slope / spread, sure + slope**2 / spread
            log = log + np.log(spread)
            state, load, variance = state + gain * surprise, load + gain * slope, variance * (1.0 - gain)
        squares += own - cross**2 / sure
        logs += log + np.log(sure)
        changes += len(part.value) - 1
    return Filtered(squares, logs, changes, state, load, variance, cross / sure, sure, int(part.month[-1]))


def log_likelihood(found: Filtered) -> Array:
    """Marginal log likelihood of every shape up to a constant, (K,): scale and means integrated out."""
    return np.asarray(-0.5 * found.changes * np.log(found.squares) - 0.5 * found.logs)


def shape_prior(others: Iterable[Filtered], together: float = TOGETHER) -> Array | float:
    """Log prior of the shapes of one series from what others say of theirs, (K,), or 0 where there are none."""
    total: Array | float = 0.0
    for found in others:
        total = total + together * np.log(_normed(log_likelihood(found)) + SMALLEST)
    return total


def predicted(found: Filtered, shapes: Shapes, month: int, prior: Array | float = 0.0) -> Density:
    """Forecast of the log-odds in a later month, observation noise included."""
    months = month - found.last
    kept = shapes.stay**months
    slope = 1.0 - kept * found.load
    location = kept * (found.state - found.mean * found.load) + found.mean
    variance = kept**2 * found.variance + shapes.moved(months) + shapes.noise + slope**2 / found.sure
    weight = _normed(log_likelihood(found) + prior)
    scale = np.sqrt(np.maximum(found.squares / found.changes * variance, SMALLEST**2))
    return Density(weight, location, scale, np.full(len(weight), float(found.changes)))


def summary(found: Filtered, shapes: Shapes, prior: Array | float = 0.0) -> Mapping[str, float]:
    """Weighted means: share of the movement that is latent, chance that it does not return, s.d. of a change."""
    weight = _normed(log_likelihood(found) + prior)
    return {
        "latent_share": float(weight @ shapes.latent),
        "wanders": float(weight[shapes.stay == 1.0].sum()),
        "monthly_sd": float(weight @ np.sqrt(found.squares / found.changes)),
    }


def _normed(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())
