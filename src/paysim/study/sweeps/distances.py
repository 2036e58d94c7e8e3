"""How far a factor moves the whole distribution of an outcome, and whether the outcome falls into two groups.

Where an outcome is either here or there (a currency tips or does not), its variance describes neither, and a factor may
change how often it is there without changing much else. The distance of distributions looks at all of the distribution:
how far it lies from the one over all points when the factor is known. It is the Kolmogorov-Smirnov distance, here its
mean over slices of the factor (Pianosi and Wagener 2015 and 2018, "PAWN"), of single replicates with their luck.

SALib's own PAWN leaves the largest value of a factor out, and with it a whole level of one that has few; its delta
leaves out slices in which the outcome is constant, which a factor that decides makes. So it is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SLICES = 10
"""Of a factor, equally full: the number of Pianosi and Wagener (2018); 5 to 20 are used."""
FEWEST_IN_A_SLICE = 10
"""Points, where a factor is cut into fewer slices to have them."""
RESAMPLES = 100
SHUFFLES = 200
CHANCE = 0.99
"""Quantile of what shuffled values of a factor reach that counts as reached by chance: of a hundred inert factors one
would be taken for one that matters."""
TWO_SIDED = 1.96
"""Standard deviations to each side of an interval of 95 %."""
SEED = 20_015

SMALLER_GROUP = 0.1
"""Share of values that the smaller of two groups must hold. A judgement; 0.05 to 0.2 would do."""
VALLEY = 0.5
"""Height of the valley between two groups over that of the lower peak, at most. A judgement; 0.3 to 0.7 would do."""
FEWEST = 200
"""Values from which groups are looked for: of fewer, even ones fall into two by chance (1 in 25 times at 200)."""
_GRID = 512


@dataclass(frozen=True)
class Distances:
    """Distance of the distribution of an outcome given a factor from the one over all points, 0 to 1; all (K,).

    low, high : interval of 95 %, from the bootstrap of bundles
    chance : what a factor without any effect would stay below in 99 of 100 samples like this one
    """

    value: Array
    low: Array
    high: Array
    chance: Array

    def told(self, place: int) -> bool:
        """Whether the distance of a factor is more than chance."""
        return bool(self.value[place] > self.chance[place])


@dataclass(frozen=True)
class TwoGroups:
    """An outcome that falls into two groups.

    split : value of the valley between them;  lower, upper : where each peaks;  share : of values in the upper one
    """

    split: float
    lower: float
    upper: float
    share: float


def distances(inputs: Array, values: Array, levels: Sequence[bool], bundle: int = 1) -> Distances:
    """Distances of distributions, with intervals and what chance would reach.

    inputs : (P, K);  values : (P, R), all replicates of a point count alike
    levels : whether a factor has levels instead of numbers, (K,): then a slice is a level
    bundle : neighbouring points that were made together; they are resampled and shuffled together, since points that
        share most of their values say less than as many that share none
    """
    if len(inputs) % bundle:
        bundle = 1
    slices = np.column_stack([sliced(column, whole) for column, whole in zip(inputs.T, levels, strict=True)])
    ranks = np.unique(values, return_inverse=True)[1].reshape(values.shape)
    rng = np.random.default_rng(SEED)
    found = _all(slices, ranks)
    places = np.arange(len(inputs)).reshape(-1, bundle)
    again = np.empty((RESAMPLES, inputs.shape[1]))
    for one in range(RESAMPLES):
        rows = places[rng.integers(len(places), size=len(places))].ravel()
        again[one] = _all(slices[rows], ranks[rows])
    shuffled = np.empty((SHUFFLES, inputs.shape[1]))
    for one in range(SHUFFLES):
        shuffled[one] = _all(slices[places[rng.permutation(len(places))].ravel()], ranks)
    half = TWO_SIDED * again.std(axis=0, ddof=1)  # not their quantiles: distances only grow by the noise of resampling
    return Distances(
        found, np.clip(found - half, 0.0, 1.0), np.clip(found + half, 0.0, 1.0), np.quantile(shuffled, CHANCE, axis=0)
    )


def sliced(column: Array, whole: bool) -> Whole:
    """Number the slice (P,) that each value of a factor lies in: its level, or one of some equally full parts.

    Equal values are in one slice, so that a factor with few numbers is cut between them.
    """
    if whole or len(np.unique(column)) <= SLICES:
        places: Whole = np.unique(column, return_inverse=True)[1].astype(np.int64)
        return places
    count = int(np.clip(len(column) // FEWEST_IN_A_SLICE, 2, SLICES))
    edges = np.unique(np.quantile(column, np.arange(1, count) / count))
    found: Whole = np.searchsorted(edges, column, side="right").astype(np.int64)
    return found


def _all(slices: Whole, ranks: Whole) -> Array:
    """Mean distance (K,) of slices (P, K), each weighted by its points; ranks (P, R) of the outcome."""
    return np.array([_mean_distance(column, ranks) for column in slices.T])


def _mean_distance(places: Whole, ranks: Whole) -> float:
    kinds = int(ranks.max()) + 1
    parts = int(places.max()) + 1
    counts = np.bincount((places[:, np.newaxis] * kinds + ranks).ravel(), minlength=parts * kinds)
    table = counts.reshape(parts, kinds)
    sizes = table.sum(axis=1)
    held = sizes > 0
    given = np.cumsum(table[held], axis=1) / sizes[held, np.newaxis]
    all_of_them = np.cumsum(table.sum(axis=0)) / sizes.sum()
    return float(np.average(np.abs(given - all_of_them).max(axis=1), weights=sizes[held]))


def two_groups(values: Array) -> TwoGroups | None:
    """See whether values (n,) fall into two groups: two peaks of their smoothed density with a valley between them.

    Smoothed with Silverman's (1986) width for the spread inside of the two parts that differ least inside. The valley
    must be at most half as high as the lower peak, and each side of it hold a tenth of the values.
    """
    spread = float(values.std())
    if len(values) < FEWEST or spread <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return None
    width = max(0.9 * _inner_spread(np.sort(values)) * len(values) ** -0.2, 0.02 * spread)
    ends = float(values.min()) - 3 * width, float(values.max()) + 3 * width
    count = int(min(_GRID * 16, max(_GRID, 4 * (ends[1] - ends[0]) / width)))
    grid, step = np.linspace(*ends, count, retstep=True)
    counts = np.histogram(values, bins=count, range=(ends[0] - step / 2, ends[1] + step / 2))[0]
    reach = int(np.ceil(4 * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    density = np.convolve(counts, kernel, mode="same") if len(kernel) <= count else np.ones(count)
    return _deepest(values, grid, density)


def _inner_spread(ordered: Array) -> float:
    """Standard deviation inside of two parts of ordered values, cut where it is least."""
    count = np.arange(1, len(ordered))
    centred = ordered - ordered.mean()
    sums, squares = np.cumsum(centred), np.cumsum(centred**2)
    below = squares[:-1] - sums[:-1] ** 2 / count
    above = squares[-1] - squares[:-1] - (sums[-1] - sums[:-1]) ** 2 / (len(ordered) - count)
    return float(np.sqrt(max((below + above).min(), 0.0) / len(ordered)))


def _deepest(values: Array, grid: Array, density: Array) -> TwoGroups | None:
    """The deepest valley between two peaks of a density over a grid, where it is one of two groups."""
    left = np.maximum.accumulate(density)
    right = np.maximum.accumulate(density[::-1])[::-1]
    depth = density / np.minimum(left, right)
    share = np.array([np.mean(values > edge) for edge in grid])
    depth[(share < SMALLER_GROUP) | (share > 1.0 - SMALLER_GROUP)] = 1.0
    lowest = np.flatnonzero(depth == depth.min())
    place = int(lowest[len(lowest) // 2])
    if depth[place] > VALLEY:
        return None
    lower, upper = int(np.argmax(density[:place])), place + int(np.argmax(density[place:]))
    return TwoGroups(float(grid[place]), float(grid[lower]), float(grid[upper]), float(share[place]))
