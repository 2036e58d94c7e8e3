"""What figures say about parameters: weights of a sample, how far each parameter moved, whether that can be trusted.

Every point of the sample is weighed by how likely the published figures are if the model at that point misses them by
their stated errors (Gaussian). That is approximate Bayesian computation in the form in which it is exact for the stated
errors (Wilkinson 2013, Stat. Appl. Genet. Mol. Biol. 12, 129), with no tolerance to choose. A first wave spreads over
the prior; a second one goes where the first found weight, and both are weighed together by the density of their mixture
(Owen and Zhou 2000), so that the second wave changes the precision of the posterior and not the posterior.

Everything happens in quantiles of the priors, ``units``, where the prior of every parameter is flat on 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]

BAND = (0.05, 0.5, 0.95)
LEVELS = (0.5, 0.9)
"""Levels of the intervals of which the coverage is measured."""
RESAMPLED = 400
SHUFFLED = 400
CHANCE = 0.05
"""Chance that any of the parameters is called moved although none has."""
STREAM = 20_22
"""Root of the random numbers of bootstrap, shuffles and plants."""
END = 0.1
"""A posterior whose median lies so near to an end of the prior leans on it: a judgement."""
WIDER = 2.0
"""Factor on the variance of the first wave's posterior from which the second one is drawn: a judgement, 1 to 4."""
LEAST = 0.3
"""Least parameter of a beta law of the second wave."""


def log_likelihood(values: Array, seen: Array, covariance: Array) -> Array:
    """Log-likelihood of figures (T,) at points (n, T) but for a constant, (n,); -inf where a point has no figure."""
    root = np.linalg.cholesky(covariance)
    gaps = np.linalg.solve(root, np.where(np.isnan(values), 0.0, values - seen).T)
    found = -0.5 * (gaps**2).sum(axis=0)
    return np.asarray(np.where(np.isnan(values).any(axis=1), -np.inf, found))


def weights(likelihood: Array, density: Array | float = 1.0) -> Array:
    """Weights of points that add up to 1, (n,); ``density``: that of the points where the prior's is 1."""
    top = likelihood.max()
    if not np.isfinite(top):
        return np.zeros(len(likelihood))
    found = np.exp(likelihood - top) / density
    return np.asarray(found / found.sum())


def effective(weight: Array) -> float:
    """How many equally weighted points are worth as much (Kish)."""
    total = float((weight**2).sum())
    return 1.0 / total if total else 0.0


class Columns:
    """Points of a sample, (n, D), in the order of every parameter."""

    def __init__(self, units: Array) -> None:
        self.units = units
        self._order = np.argsort(units, axis=0, kind="stable")
        self._sorted = np.take_along_axis(units, self._order, axis=0)

    def quantiles(self, weight: Array, levels: Sequence[float]) -> Array:
        """Weighted quantiles of every parameter, (levels, D)."""
        below = np.cumsum(weight[self._order], axis=0)
        found = [
            np.take_along_axis(self._sorted, np.minimum((below < level * below[-1]).sum(axis=0), len(weight) - 1)[None],
                               axis=0)[0] for level in levels
        ]  # fmt: skip
        return np.array(found)

    def distance(self, weight: Array) -> Array:
        """Kolmogorov's distance of every parameter's weighted law from its prior, (D,)."""
        after = np.cumsum(weight[self._order], axis=0)
        before = after - weight[self._order]
        return np.asarray(np.maximum(np.abs(after - self._sorted), np.abs(before - self._sorted)).max(axis=0))


def chance_distance(flat: Columns, weight: Array, rng: np.random.Generator) -> float:
    """The distance that the largest of all parameters exceeds by chance alone with probability `CHANCE`.

    flat : a sample of as many points spread over the prior;  weight : (n,), given to its points at random
    """
    found = [flat.distance(rng.permutation(weight)).max() for _ in range(SHUFFLED)]
    return float(np.quantile(found, 1.0 - CHANCE))


def width_interval(columns: Columns, weight: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Bootstrap interval (5 to 95 %) over points of the width of every parameter's band over the prior's, (D,) each."""
    count = len(weight)
    found = []
    for _ in range(RESAMPLED):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        found.append(_width(columns.quantiles(weight * times, BAND)))
    low, high = np.quantile(np.array(found), [0.05, 0.95], axis=0)
    return np.asarray(low), np.asarray(high)


def _width(band: Array) -> Array:
    return np.asarray((band[-1] - band[0]) / (BAND[-1] - BAND[0]))


@dataclass(frozen=True)
class Movement:
    """How far the data moved each of D parameters.

    band : (3, D) quantiles .05, .5, .95 of the posterior in quantiles of the prior
    width : of its band over the prior's, with its interval;  distance : Kolmogorov's;  chance : its level
    """

    band: Array
    width: Array
    width_low: Array
    width_high: Array
    distance: Array
    chance: float
    effective: float

    @property
    def moved(self) -> NDArray[np.bool_]:
        """Whether a parameter moved further than chance moves any."""
        return np.asarray(self.distance > self.chance)


def movement(columns: Columns, weight: Array, flat: Columns) -> Movement:
    """How far weights move the parameters from their priors; ``flat`` as in `chance_distance`."""
    rng = np.random.default_rng(STREAM)
    band = columns.quantiles(weight, BAND)
    low, high = width_interval(columns, weight, rng)
    chance = chance_distance(flat, weight, rng)
    return Movement(band, _width(band), low, high, columns.distance(weight), chance, effective(weight))


@dataclass(frozen=True)
class Proposal:
    """Where a second wave is drawn from: a beta law for every parameter, (D,) each; 1 and 1 where it is the prior."""

    first: Array
    second: Array

    def place(self, units: Array) -> Array:
        """Points of the second wave from points of the unit cube, (n, D)."""
        from scipy.stats import beta

        return np.asarray(np.clip(np.round(beta.ppf(units, self.first, self.second), 9), 1e-9, 1.0 - 1e-9))

    def density(self, units: Array) -> Array:
        """Density at points of the unit cube, (n,)."""
        from scipy.stats import beta

        return np.asarray(np.exp(beta.logpdf(units, self.first, self.second).sum(axis=1)))


def proposal(units: Array, weight: Array, moved: NDArray[np.bool_]) -> Proposal:
    """Beta laws with the mean and `WIDER` times the variance of the parameters that moved; the prior for the others."""
    mean = weight @ units
    spread = np.minimum(WIDER * (weight @ (units - mean) ** 2), 0.9 * mean * (1.0 - mean))
    size = mean * (1.0 - mean) / spread - 1.0
    first, second = (np.where(moved, np.maximum(part, LEAST), 1.0) for part in (mean * size, (1.0 - mean) * size))
    return Proposal(np.asarray(np.round(first, 2)), np.asarray(np.round(second, 2)))


def mixture(units: Array, of: Proposal, first: int) -> Array:
    """Density of a sample of which so many points are of the first wave and the others of a second, (n,)."""
    share = first / len(units)
    return np.asarray(share + (1.0 - share) * of.density(units)) if share < 1.0 else np.ones(len(units))


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold planted parameters, on figures made by the model itself.

    share : (levels, D);  plants : how many;  effective : median over plants of the points' worth
    """

    share: Array
    plants: int
    effective: float

    def error(self, level: float) -> float:
        """Standard error of a share whose intervals are what they say."""
        return float(np.sqrt(level * (1.0 - level) / self.plants))


def coverage(
    columns: Columns, values: Array, covariance: Array, density: Array, plants: Sequence[int], seed: int = STREAM
) -> Coverage:
    """Take points of the first wave as the truth one by one, make figures with the stated errors, and look for them.

    values : (n, T);  density : (n,) of the sample;  plants : places of points spread over the prior

    The point that is planted is left out of the sample that looks for it.
    """
    rng, root = np.random.default_rng(seed), np.linalg.cholesky(covariance)
    edges = [edge for level in LEVELS for edge in ((1.0 - level) / 2.0, (1.0 + level) / 2.0)]
    held, worth = [], []
    for plant in plants:
        seen = values[plant] + root @ rng.standard_normal(values.shape[1])
        likelihood = log_likelihood(values, seen, covariance)
        likelihood[plant] = -np.inf
        weight = weights(likelihood, density)
        found, true = columns.quantiles(weight, edges), columns.units[plant]
        held.append([(found[2 * k] <= true) & (true <= found[2 * k + 1]) for k in range(len(LEVELS))])
        worth.append(effective(weight))
    return Coverage(np.mean(held, axis=0), len(plants), float(np.median(worth)))


def drawn(weight: Array, count: int) -> Places:
    """Places of equally weighted points of the posterior, by systematic resampling, (count,)."""
    return np.searchsorted(np.cumsum(weight), (np.arange(count) + 0.5) / count).clip(0, len(weight) - 1)


def predicted(values: Array, weight: Array, seen: Array, errors: Array) -> tuple[Array, Array]:
    """Mean of every figure, (T,), and where what was published falls in its predictive law, (T,), 0 to 1.

    values : (n, T);  errors : (T,) standard deviations of figure less model
    """
    from scipy.special import ndtr

    kept = weight > 0.0
    share, known = weight[kept], values[kept]
    return share @ known, share @ ndtr((seen - known) / errors)
