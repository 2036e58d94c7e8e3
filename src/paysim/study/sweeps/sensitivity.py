"""Which factor an outcome of a study hangs on: Sobol's indices, Morris's effects, and distances of distributions.

Sobol's indices split the variance of an outcome: the first order is the share that goes with a factor alone, the total
order the share that would be left if all other factors were known (Saltelli et al. 2010, "Variance based sensitivity
analysis of model output"; estimators of SALib). Morris's elementary effects screen many factors with few points: mu* is
the mean size of an effect over the whole range of a factor, sigma how much it differs from place to place (Campolongo,
Cariboni and Saltelli 2007, "An effective screening design for sensitivity analysis of large models"). Both need the
sample that was made for them; a distance of distributions (`paysim.study.sweeps.distances`) can be had from any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paysim.errors import InputError
from paysim.study.compared.explain import THIRD, swings
from paysim.study.sweeps.distances import Distances, TwoGroups, distances, two_groups
from paysim.study.sweeps.studied import MORRIS, SALTELLI, Array, Studied, bundle_of, extra, is_morris, saltelli_step

LEVEL = 0.95
"""Of every interval."""
RESAMPLES = 500
"""Of the bootstrap; fewer leave the ends of an interval of 95 % to a handful of them."""
SEED = 20_010
"""Of the bootstrap, fixed so that the same study gives the same words."""
FEWEST_BASE = 16
"""Base points of a sample below which no index is told: a judgement; tutorials begin at 64, papers at 512."""
FEWEST_BEYOND = 20
"""Points on each side of a threshold, below which no factor is said to decide. A judgement; 10 to 50 would do."""
FEWEST_TRAJECTORIES = 4
"""Of Morris's, as few as were ever advised (Campolongo et al. 2007 use 10 and more)."""


@dataclass(frozen=True)
class Estimate:
    """A number for each of K factors, and its interval of 95 %, all (K,)."""

    value: Array
    low: Array
    high: Array

    def apart(self, one: int, two: int) -> bool:
        """Whether the intervals of two factors leave one another out."""
        return bool(self.low[one] > self.high[two] or self.low[two] > self.high[one])


@dataclass(frozen=True)
class Sobol:
    """Shares of the variance of an outcome.

    first : that goes with each factor alone;  total : with each factor and all that it does together with others
    interaction : total minus first, resampled together;  base : its base points
    """

    first: Estimate
    total: Estimate
    interaction: Estimate
    base: int


@dataclass(frozen=True)
class Morris:
    """Elementary effects, in units of the outcome for a move over the whole range of a factor.

    size : mu*, the mean of their sizes;  spread : sigma, their standard deviation;  mean : mu, with signs, (K,)
    trajectories : of the sample
    """

    size: Estimate
    spread: Estimate
    mean: Array
    trajectories: int


@dataclass(frozen=True)
class Sensitivity:
    """What an outcome of a study hangs on.

    studied : the points it was read from;  sobol, morris : None where the sample was not made for them
    distance : of distributions, from the points that have the outcome;  groups : None unless the outcome has two
    luck : share of the variance of single replicates that is between replicates of the same point; nan if there is one
    ends : median outcome (K, 2), of a flag its share, at the third of the points with the lowest, and the highest,
        values of each factor
    """

    studied: Studied
    sobol: Sobol | None
    morris: Morris | None
    distance: Distances
    groups: TwoGroups | None
    luck: float
    ends: Array

    @property
    def rare(self) -> bool:
        """Whether too few points lie on one side of a threshold to tell what decides it."""
        return rare(self.studied)


def rare(studied: Studied) -> bool:
    """Whether an outcome is a flag that is the same at nearly all points."""
    beyond = studied.means[studied.defined] >= 0.5
    return studied.flag and min(int(beyond.sum()), int((~beyond).sum())) < FEWEST_BEYOND


def analyse(studied: Studied, method: str | None = None) -> Sensitivity:
    """Find what an outcome hangs on, by the method that was asked for, or by all that the sample allows.

    Of a threshold that nearly all points lie on one side of, nothing but that is told.

    Raises
    ------
    InputError : the sample is foreign to the method, points have no outcome, or the outcome does not vary
    """
    asked = method or {SALTELLI: "sobol", MORRIS: "morris"}.get(studied.design, "distance")
    asked = "distance" if rare(studied) else asked
    sobol = sobol_indices(studied) if asked == "sobol" else None
    morris = elementary_effects(studied) if asked == "morris" else None
    there = studied.complete()
    if not there.flag:
        _check_varies(there)
    return Sensitivity(
        studied,
        sobol,
        morris,
        distances(there.inputs, there.values, levelled(there), bundle_of(studied)),
        None if there.flag else two_groups(there.values.ravel()),
        luck(there.values),
        _ends(there),
    )


def _ends(there: Studied) -> Array:
    """Median outcome (K, 2), of a flag its share, in the lowest and the highest third of every factor."""
    if not there.flag:
        return swings(there.inputs, there.means)
    low, high = np.quantile(there.inputs, [THIRD, 1.0 - THIRD], axis=0)
    sides = [
        np.array([there.means[rows].mean() for rows in chosen.T])
        for chosen in (there.inputs <= low, there.inputs >= high)
    ]
    return np.column_stack(sides)


def levelled(studied: Studied) -> tuple[bool, ...]:
    """Whether each factor has levels instead of numbers, (K,)."""
    return tuple(bool(factor.levels) for factor in studied.factors)


def luck(values: Array) -> float:
    """Share of the variance of values (P, R) that is between replicates of the same point, nan if R is 1."""
    if values.shape[1] < 2:
        return float("nan")
    within, all_of_it = float(values.var(axis=1).mean()), float(values.var())
    return within / all_of_it if all_of_it > 0.0 else float("nan")


def sobol_indices(studied: Studied, resamples: int = RESAMPLES) -> Sobol:
    """Sobol's indices of the mean over replicates, from a Saltelli sample, with intervals by the bootstrap of bundles.

    Raises
    ------
    InputError : the sample is no Saltelli sample, points have no outcome, or it does not vary
    """
    _check_design(studied, SALTELLI, "Sobol's indices")
    step = saltelli_step(studied.inputs)
    if step is None:
        raise InputError(_not_made_by(studied, SALTELLI, "Sobol's indices"))
    _check_whole(studied, "Sobol's indices")
    wide, base = len(studied.factors), len(studied.points) // step
    if base < FEWEST_BASE:
        raise InputError(
            f"{studied.name}: {base} base points are too few for Sobol's indices: {FEWEST_BASE} at least, better 512"
        )
    with extra("Sobol's indices"):
        from SALib.analyze import sobol
    found = sobol.analyze(
        {"num_vars": wide, "names": list(studied.names), "bounds": [[0.0, 1.0]] * wide}, studied.means,
        calc_second_order=step > wide + 2, num_resamples=resamples, conf_level=LEVEL, keep_resamples=True, seed=SEED,
    )  # fmt: skip
    first, total = np.asarray(found["S1"]), np.asarray(found["ST"])
    firsts, totals = found["S1_conf_all"], found["ST_conf_all"]
    return Sobol(
        _estimate(first, firsts), _estimate(total, totals), _estimate(total - first, totals - firsts), base
    )  # fmt: skip


def elementary_effects(studied: Studied, resamples: int = RESAMPLES) -> Morris:
    """Morris's effects of the mean over replicates, with intervals by the bootstrap of whole trajectories.

    Raises
    ------
    InputError : the sample is no Morris sample, points have no outcome, or it does not vary
    """
    _check_design(studied, MORRIS, "Morris's effects")
    if not is_morris(studied.inputs, [not there for there in levelled(studied)]):
        raise InputError(_not_made_by(studied, MORRIS, "Morris's effects"))
    _check_whole(studied, "Morris's effects")
    length = len(studied.factors) + 1
    count = len(studied.points) // length
    if count < FEWEST_TRAJECTORIES:
        raise InputError(
            f"{studied.name}: {count} trajectories are too few for Morris's effects: {FEWEST_TRAJECTORIES} at least, "
            "better 20"
        )
    places = np.arange(count * length).reshape(count, length)
    rng = np.random.default_rng(SEED)
    drawn = [places[rng.integers(count, size=count)].ravel() for _ in range(resamples)]
    mean, size, spread = _effects(studied, places.ravel())
    again = [_effects(studied, rows) for rows in drawn]
    return Morris(
        _estimate(size, np.array([one[1] for one in again])),
        _estimate(spread, np.array([one[2] for one in again])),
        mean,
        count,
    )


def _effects(studied: Studied, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> tuple[Array, Array, Array]:
    """Mu, mu* and sigma, each (K,), of some trajectories."""
    with extra("Morris's effects"):
        from SALib.analyze import morris
    wide = len(studied.factors)
    found = morris.analyze(
        {"num_vars": wide, "names": list(studied.names), "bounds": [[0.0, 1.0]] * wide}, studied.inputs[rows],
        studied.means[rows], num_resamples=2, num_levels=studied.steps, seed=SEED,
    )  # fmt: skip
    return np.asarray(found["mu"]), np.asarray(found["mu_star"]), np.asarray(found["sigma"])


def _estimate(value: Array, resampled: Array) -> Estimate:
    """A value (K,) with the quantiles of its resamples (B, K) as interval.

    Resampling repeats points, which only makes deviations smaller: the value itself stays inside.
    """
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Estimate(np.asarray(value, dtype=np.float64), np.minimum(low, value), np.maximum(high, value))


def _check_design(studied: Studied, wanted: str, what: str) -> None:
    if studied.design != wanted:
        raise InputError(
            f"{studied.name}: {what} need a sample of design {wanted!r}; this one is of design {studied.design!r}, "
            "from which they would come out as numbers without meaning. "
            f"Give the study 'design: {wanted}', or ask for --method distance, which any sample allows"
        )


def _not_made_by(studied: Studied, design: str, what: str) -> str:
    return (
        f"{studied.name}: the stored sample is not one that the design {design!r} makes (points are missing from it, "
        f"in another order, or changed), so that {what} cannot be read from it. Run the study again with --fresh"
    )


def _check_whole(studied: Studied, what: str) -> None:
    if lacking := studied.missing():
        again = f". Finish the study first: {studied.repeated}" if studied.repeated else ""
        raise InputError(f"{studied.name}: {what} need every point of the sample, but {lacking}{again}")
    _check_varies(studied)


def _check_varies(studied: Studied) -> None:
    if not len(studied.points):
        raise InputError(f"{studied.name}: no point has the outcome {studied.outcome} yet")
    if float(np.ptp(studied.means)) == 0.0:
        raise InputError(
            f"{studied.name}: {studied.outcome} is {studied.means[0]:.6g} at every point: no factor matters to it"
        )
