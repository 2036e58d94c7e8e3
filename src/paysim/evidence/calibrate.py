"""Runs of shipped episodes all over the ranges of behaviour, on which a calibration rests.

One Sobol sample spreads over the prior of every uncertain parameter of behaviour, as the schema has it; each episode is
run once at each of its points by the machinery of studies, so that nothing is ever computed twice and an interrupted
calibration goes on where it stopped. The sample is in quantiles of the prior, where the prior is flat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paysim.data.shipped import scenarios
from paysim.evidence.posterior import Columns, log_likelihood, mixture, movement, proposal, weights
from paysim.evidence.targets import LAST, RUSSIA, YUAN, Target, covariance, targets
from paysim.scenario.base import Quantity
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.uncertain import Uncertain
from paysim.study.progress import Progress
from paysim.study.sweeps.points import Points
from paysim.study.sweeps.sweep import How, run_points

if TYPE_CHECKING:
    from paysim.scenario.sweep import Sweep

Array = NDArray[np.float64]

POINTS = 1024
"""Points of the first wave; a power of two, for which a Sobol sequence is balanced. The second has as many."""
SEED = 1
DRIFT = "drift_2015"
"""The fall of demand of `yuan_2015`, a premise that was fitted to its last figure: free here, and not a parameter."""
DRIFTS = tuple(f"-{tenths / 10:g} %/month" for tenths in range(5, 65, 5))
"""Its values, each as often; the premise of the story is -3.35 %/month. A judgement."""
UNTIL = {RUSSIA: LAST, YUAN: "2016-12"}
CONFIRMED = 4
"""Points at which the event engine is run as well."""
CONFIRMED_REPLICATES = 4
DIGITS = 9
"""Significant digits that are kept of an outcome: what is run together moves digits beyond them."""


@dataclass(frozen=True)
class Prior:
    """An uncertain quantity that is sampled. ``range`` in canonical units; ``unit`` as the schema writes it."""

    name: str
    range: Uncertain
    unit: str
    basis: str
    meaning: str

    def values(self, quantiles: Array) -> Array:
        """Values at quantiles of the prior, canonical units."""
        return np.array([self.range.quantile(float(u)) for u in np.ravel(quantiles)]).reshape(np.shape(quantiles))


@dataclass(frozen=True)
class Sample:
    """Where the points lie and what the model gives there.

    names : (D,);  units : (n, D) quantiles of the priors;  of : (T,) figures;  values : (n, T), nan where a point fails
    first : points of the first wave, which come first;  density : (n,) of the points, 1 where it is the prior's
    """

    names: tuple[str, ...]
    units: Array
    of: tuple[Target, ...]
    values: Array
    first: int
    density: Array

    @property
    def seen(self) -> Array:
        """The published figures, (T,)."""
        return np.array([target.seen.value for target in self.of])

    def columns(self, *families: str, fitted: bool | None = None) -> NDArray[np.intp]:
        """Places of the figures of some families (none named: of all), fitted or held out or both."""
        return np.flatnonzero(
            [
                (not families or one.family.id in families) and fitted in (None, one.family.fitted)
                for one in self.of
            ]
        )  # fmt: skip

    def weigh(self, at: NDArray[np.intp], which: str = "best") -> Array:
        """Weights of the points by some figures, (n,); ``which`` as in `covariance`."""
        errors = covariance([self.of[place] for place in at], which)
        return weights(log_likelihood(self.values[:, at], self.seen[at], errors), self.density)

    def flat(self) -> Columns:
        """As many points spread over the prior."""
        return Columns(design(len(self.units))[: len(self.units)])


def priors() -> tuple[Prior, ...]:
    """Every uncertain parameter of behaviour with its prior, in the order of the schema; last the fall of demand."""
    found = []
    for name, one in Behaviour.model_fields.items():
        if isinstance(one.default, Uncertain) and one.default.distribution != "fixed":
            facts: Any = one.json_schema_extra
            found.append(Prior(name, one.default, facts["unit"], facts["basis"], str(one.description)))
    ends = [float(text.split()[0]) / 100.0 for text in (DRIFTS[-1], DRIFTS[0])]
    drift = Uncertain(best=-0.0335, low=ends[0], high=ends[1], distribution="uniform")
    return (*found, Prior(DRIFT, drift, "/month", "premise", "fall of demand for the yuan, 2015 and 2016, log-odds"))


def design(points: int = POINTS, seed: int = SEED) -> Array:
    """The sample, (n, D), of a scrambled Sobol sequence; the first points of a longer one are those of a shorter."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(priors()), scramble=True, seed=np.random.default_rng(np.random.SeedSequence(seed)))
    return np.asarray(sequence.random_base2((points - 1).bit_length()))


def simulate(
    points: int, out: Path, *, workers: int | None = None, progress: Progress | None = None, of: Sequence[Target] = ()
) -> Sample:
    """Run both waves of every episode, or what is missing of them in ``out``; raises as `run_points` does.

    points : of the first wave;  of : the figures, by default all
    """
    run = partial(_wave, of=tuple(of) or targets(), out=out, how=How(workers=workers), progress=progress)
    first = run(design(points))
    at, columns = first.columns(fitted=True), Columns(first.units)
    weight = first.weigh(at)
    law = proposal(first.units, weight, movement(columns, weight, first.flat()).moved)
    second = run(law.place(design(points, SEED + 1)))
    units = np.concatenate([first.units, second.units])
    values = np.concatenate([first.values, second.values])
    return replace(first, units=units, values=values, density=mixture(units, law, first.first))


def _wave(units: Array, of: tuple[Target, ...], out: Path, how: How, progress: Progress | None) -> Sample:
    """Run every episode at some points."""
    values = np.full((len(units), len(of)), np.nan)
    for story in (YUAN, RUSSIA):
        mine = [place for place, target in enumerate(of) if target.family.story == story]
        if mine:
            study = _study(story, [of[place] for place in mine])
            (progress or Progress()).note(f"{story}, mean field")
            found = run_points(_points(study, units), out, how=how, progress=progress)
            values[:, mine] = _combined(found, [of[place] for place in mine], 1)[:, 0]
    return Sample(tuple(prior.name for prior in priors()), units, of, values, len(units), np.ones(len(units)))


def confirm(
    sample: Sample, places: Sequence[int], out: Path, *, workers: int | None = None, progress: Progress | None = None
) -> Array:
    """Run the event engine at some points of the sample, (P, R, T): the same figures, replicate by replicate."""
    found = np.full((len(places), CONFIRMED_REPLICATES, len(sample.of)), np.nan)
    if not len(places):
        return found
    for story in (YUAN, RUSSIA):
        mine = [place for place, target in enumerate(sample.of) if target.family.story == story]
        study = _study(story, [sample.of[place] for place in mine], "events", CONFIRMED_REPLICATES)
        points = _points(study, sample.units[list(places)])
        (progress or Progress()).note(f"{story}, event engine")
        runs = run_points(points, out, how=How(workers=workers), progress=progress)
        found[..., mine] = _combined(runs, [sample.of[place] for place in mine], CONFIRMED_REPLICATES)
    return found


def _points(study: Sweep, units: Array) -> Points:
    """Points of an episode: the columns of the sample that it has as factors."""
    at = [place for place, prior in enumerate(priors()) if prior.name in study.factors]
    return Points(study, units[:, at])


def _study(story: str, of: Sequence[Target], engine: str = "mean-field", replicates: int = 1) -> Sweep:
    """An episode with every prior as a factor."""
    from paysim.scenario.sweep import Sweep

    factors = {prior.name: _factor(prior) for prior in priors() if prior.name != DRIFT}
    if story == YUAN:
        factors[DRIFT] = {"path": "events.devaluation.drift", "values": list(DRIFTS)}
    outcomes = {name: outcome for target in of for name, outcome in _outcomes(target).items()}
    study = Sweep.model_validate(
        {
            "format": 1, "name": f"calibration_{story}", "title": "Calibration", "question": "Calibration",
            "base": f"{story}.yaml", "until": UNTIL[story], "factors": factors, "engine": engine, "seed": SEED,
            "design": {"kind": "latin-hypercube", "n": 1}, "replicates": replicates, "outcomes": outcomes,
        }
    )  # fmt: skip
    study._file = scenarios() / "calibration.yaml"
    return study


def _factor(prior: Prior) -> Mapping[str, Any]:
    """A prior as a factor of a study, written as in its files."""
    kind = next(one for one in Behaviour.model_fields[prior.name].metadata if isinstance(one, Quantity))
    of = prior.range
    factor: dict[str, Any] = {
        "path": f"behaviour.{prior.name}",
        "range": [kind.shown(of.low), kind.shown(of.high)],
        "distribution": of.distribution,
    }
    return factor | ({"best": kind.shown(of.best)} if of.distribution == "triangular" else {})


def _outcomes(target: Target) -> dict[str, dict[str, Any]]:
    """What is read off a run for a figure, by name."""
    when: dict[str, Any] = {"at": target.at[0]}
    if len(target.at) > 1:
        when = {"over": list(target.at), "reduce": "mean"}
    return {f"{target.id}_{part}": {"series": name, "key": key, **when} for part, (name, key) in _parts(target)}


def _parts(target: Target) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(target.series))


def _combined(found: Mapping[str, Array], of: Sequence[Target], replicates: int) -> Array:
    """The figures themselves, (n, R, T), to the digits that are kept."""
    values = np.stack(
        [np.sum([found[f"{target.id}_{part}"] for part, _ in _parts(target)], axis=0) for target in of], axis=-1
    )
    assert values.shape[1] == replicates
    return np.array([float(f"{value:.{DIGITS}g}") for value in values.ravel()]).reshape(values.shape)
