"""A forecast as a distribution: mixtures of Student's t in log-odds, and quantiles of the share.

Every method of `paysim.evidence` gives its forecast as the same `PROBABILITIES` quantiles of a share (a fraction), so
that scores need to know one form only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, ndtr, stdtr

Array = NDArray[np.float64]

COUNT = 399
PROBABILITIES: Array = (np.arange(COUNT) + 0.5) / COUNT
"""Of the quantiles of a forecast, (COUNT,)."""
NORMAL = 1e9
"""Degrees of freedom with which Student's t is the normal distribution to eight digits."""
POINTS = 400
REACH = 9.0
NEGLIGIBLE = 1e-4


@dataclass(frozen=True)
class Density:
    """A mixture of Student's t in log-odds: weight (sums to 1), location, scale, degrees of freedom, (K,) each."""

    weight: Array
    location: Array
    scale: Array
    freedom: Array

    @classmethod
    def normal(cls, location: float, scale: float) -> Density:
        """One normal distribution."""
        return cls(np.ones(1), np.array([location]), np.array([scale]), np.array([NORMAL]))

    @classmethod
    def mixed(cls, parts: Sequence[tuple[float, Density]]) -> Density:
        """Several densities with weights that sum to 1."""
        return cls(
            np.concatenate([share * part.weight for share, part in parts]),
            np.concatenate([part.location for _share, part in parts]),
            np.concatenate([part.scale for _share, part in parts]),
            np.concatenate([part.freedom for _share, part in parts]),
        )

    def below(self, value: Array) -> Array:
        """Probability of log-odds below each value, (N,)."""
        standard, normal = self._standard(value), self.freedom == NORMAL
        total = ndtr(standard[:, normal]) @ self.weight[normal]
        return np.asarray(total + stdtr(self.freedom[~normal], standard[:, ~normal]) @ self.weight[~normal])

    def log_density(self, value: float) -> float:
        """Logarithm of the density at a value in log-odds."""
        v = self.freedom
        shape = gammaln((v + 1) / 2) - gammaln(v / 2) - 0.5 * np.log(np.pi * v) - np.log(self.scale)
        terms = shape - (v + 1) / 2 * np.log1p(self._standard(np.array([value]))[0] ** 2 / v)
        return float(np.logaddexp.reduce(np.log(np.maximum(self.weight, np.finfo(float).tiny)) + terms))

    def quantiles(self, probabilities: Array = PROBABILITIES) -> Array:
        """Quantiles of the share (a fraction) at some probabilities."""
        kept = self.weight > NEGLIGIBLE
        part = Density(self.weight[kept] / self.weight[kept].sum(), self.location[kept], self.scale[kept],
                       self.freedom[kept])  # fmt: skip
        ends = (part.location - REACH * part.scale).min(), (part.location + REACH * part.scale).max()
        grid = np.linspace(*ends, POINTS)
        return shares(np.interp(probabilities, part.below(grid), grid))

    def _standard(self, value: Array) -> Array:
        return np.asarray((value[:, None] - self.location) / self.scale)


def shares(log_odds: Array) -> Array:
    """Shares of log-odds."""
    return np.asarray(expit(log_odds))


def log_odds(share: Array) -> Array:
    """Log-odds of shares."""
    return np.asarray(np.log(share) - np.log1p(-share))


def point(log_odds_of_share: float) -> Array:
    """The quantiles of a forecast that knows no doubt, (COUNT,)."""
    return np.full(COUNT, float(shares(np.array(log_odds_of_share))))
