"""How good forecasts were: CRPS, coverage, PIT, and how sure it is that one method is better than another.

Forecasts overlap, so their errors hang together: intervals come from a block bootstrap over origins (all currencies of
an origin stay together), tests from a variance that allows for it (HAC). CRPS is scoringrules', the test statsmodels'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from paysim.errors import InputError
from paysim.evidence.densities import COUNT, PROBABILITIES
from paysim.evidence.origins import Forecast

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)
DRAWS = 2000
SURE = 0.90
"""Coverage of intervals of scores themselves."""
BLOCKS = 3
"""Blocks that a bootstrap needs, at the least."""
SHORTEST_BLOCK = 6
"""Origins that a block of the bootstrap has at least (judgement, 3 to 12); never fewer than the steps ahead."""


@contextmanager
def extra() -> Iterator[None]:
    """Say how to install what scores need, where it is missing."""
    try:
        yield
    except ImportError as error:
        raise InputError(
            f"scores of forecasts need {error.name}, which is not installed: python -m pip install 'paysim[evidence]' "
            "(from the source: python -m pip install --editable '.[evidence]')"
        ) from error


def crps(quantiles: Array, outcome: Array) -> Array:
    """Continuous ranked probability score, (M,), of quantiles (M, N) at equal steps; in the unit of the outcome."""
    with extra():
        import scoringrules
    score = scoringrules.crps_ensemble(outcome, quantiles, sorted_ensemble=True, estimator="qd", backend="numpy")
    return np.asarray(score, dtype=float)


def pit(quantiles: Array, outcome: Array) -> Array:
    """Probability that the forecast gave to less than what came, (M,)."""
    below = (quantiles < outcome[:, None]).mean(1)
    return np.asarray(below + 0.5 * (quantiles == outcome[:, None]).mean(1))


def inside(quantiles: Array, outcome: Array, level: float) -> NDArray[np.bool_]:
    """Whether the outcome lay in the central interval of a level, (M,)."""
    low, high = bounds(quantiles, level)
    return np.asarray((outcome >= low) & (outcome <= high))


def bounds(quantiles: Array, level: float) -> tuple[Array, Array]:
    """Ends of the central interval of a level, (M,) each."""
    ends = (0.5 - level / 2, 0.5 + level / 2)
    low, high = (np.clip(end * COUNT - 0.5, 0, COUNT - 1) for end in ends)
    return _between(quantiles, float(low)), _between(quantiles, float(high))


def _between(quantiles: Array, place: float) -> Array:
    whole = min(int(place), len(PROBABILITIES) - 2)
    part = place - whole
    return np.asarray(quantiles[:, whole] * (1.0 - part) + quantiles[:, whole + 1] * part)


@dataclass(frozen=True)
class Interval:
    """A figure with the ends of its interval."""

    value: float
    low: float
    high: float


def resampled(origins: Array, values: Array, length: int, draws: int = DRAWS, seed: int = 1) -> Array:
    """Sums of the columns of values (M, K) over cases drawn again, (draws, K), by moving blocks of origins.

    origins : month number of each case, (M,); all cases of an origin stay together, and ``length`` origins that follow
        one another are drawn together
    """
    named, place = np.unique(origins, return_inverse=True)
    totals = np.zeros((len(named), values.shape[1]))
    np.add.at(totals, place, values)
    length = min(length, len(named))
    count = -(-len(named) // length)
    starts = np.random.default_rng(seed).integers(0, len(named) - length + 1, (draws, count))
    chosen = (starts[:, :, None] + np.arange(length)).reshape(draws, -1)[:, : len(named)]
    return np.asarray(totals[chosen].sum(1))


def block_length(horizon: int) -> int:
    """Origins of a block for forecasts of a horizon, months: errors hang together over one month more than that.

    The youngest figure is of the month before the origin, so a forecast looks ``horizon`` + 1 steps beyond it.
    """
    return max(SHORTEST_BLOCK, horizon + 1)


def bootstrapped(
    measure: Callable[[Array], Array], origins: Array, values: Array, length: int, level: float = SURE
) -> Interval:
    """A measure of the sums of values (M, K), and its interval over resampled blocks of origins.

    The interval is nan where there are fewer origins than `BLOCKS` blocks: then there is too little to resample.
    measure : takes sums (..., K) and gives (...)
    """
    value = float(measure(values.sum(0)))
    if len(np.unique(origins)) < BLOCKS * length:
        return Interval(value, float("nan"), float("nan"))
    found = measure(resampled(origins, values, length))
    low, high = np.quantile(found, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(value, float(low), float(high))


def diebold_mariano(losses: Array, others: Array, origins: Array, horizon: int) -> float:
    """Two-sided p-value that two methods are equally good: mean difference of losses (M,) by origin (M,).

    Losses of one origin are one observation (their mean): currencies of a month hang together. The variance is Newey
    and West's with as many lags as the horizon, for a forecast looks one step more ahead; the statistic is made smaller
    and held against Student's t as Harvey, Leybourne and Newbold (1997) do for small samples. nan where all differences
    are the same, or origins are fewer than eight or than the steps ahead.
    """
    place = np.unique(origins, return_inverse=True)[1]
    difference = np.bincount(place, losses - others) / np.bincount(place)
    count, steps = len(difference), horizon + 1
    if count < max(8, steps + 1) or np.ptp(difference) == 0.0:
        return float("nan")
    with extra():
        from statsmodels.regression.linear_model import OLS
    settings = {"maxlags": horizon, "use_correction": False}
    fitted = OLS(difference, np.ones(count)).fit(cov_type="HAC", cov_kwds=settings)
    smaller = np.sqrt((count + 1 - 2 * steps + steps * (steps - 1) / count) / count)
    return float(2.0 * stdtr(count - 1, -abs(smaller * fitted.tvalues[0])))


@dataclass(frozen=True)
class Cases:
    """Forecasts of one method as arrays: quantiles (M, N), outcome (M,), origin (M,)."""

    quantiles: Array
    outcome: Array
    origin: Array
    key: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, forecasts: Sequence[Forecast]) -> Cases:
        """Gather forecasts, by origin."""
        ordered = sorted(forecasts, key=lambda one: (one.origin, one.currency, one.horizon))
        return cls(
            np.array([one.quantiles for one in ordered]).reshape(-1, COUNT),
            np.array([one.outcome for one in ordered]),
            np.array([one.origin for one in ordered], dtype=float),
            tuple((one.currency, one.origin, one.horizon) for one in ordered),
        )

    def shared(self, other: Cases) -> tuple[Cases, Cases]:
        """The cases that both have."""
        both = set(self.key) & set(other.key)
        return self._kept(both), other._kept(both)

    def _kept(self, keys: set[tuple[str, int, int]]) -> Cases:
        at = [place for place, key in enumerate(self.key) if key in keys]
        return Cases(self.quantiles[at], self.outcome[at], self.origin[at], tuple(self.key[place] for place in at))


def coverage(cases: Cases, level: float, horizon: int) -> Interval:
    """Share of outcomes inside the interval of a level, with its own interval.

    Where all of them were inside, or none, drawing them again cannot tell how sure that is: the interval is nan.
    """
    hit = inside(cases.quantiles, cases.outcome, level).astype(float)
    if not np.ptp(hit):
        return Interval(float(hit[0]), float("nan"), float("nan"))
    sums = np.stack([hit, np.ones(len(hit))], axis=1)
    return bootstrapped(lambda total: total[..., 0] / total[..., 1], cases.origin, sums, block_length(horizon))


def skill(cases: Cases, other: Cases, horizon: int) -> Interval:
    """One minus the ratio of mean CRPS, over the cases that both have: above 0 where the first is better."""
    mine, theirs = cases.shared(other)
    losses = [crps(one.quantiles, one.outcome) for one in (mine, theirs)]
    length = block_length(horizon)
    pairs = np.stack(losses, axis=1)
    return bootstrapped(lambda total: 1.0 - total[..., 0] / total[..., 1], mine.origin, pairs, length)
