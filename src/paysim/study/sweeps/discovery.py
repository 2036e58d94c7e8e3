"""Where in the space of its factors a study reaches an outcome: boxes by PRIM, the patient rule induction method.

A box gives limits for a few factors, such that most points inside reach the outcome (density) and most points that
reach it are inside (coverage). PRIM peels thin slices off the whole space, each time the one that leaves most of what
is looked for (Friedman and Fisher 1999, "Bump hunting in high-dimensional data"; Bryant and Lempert 2010, "Thinking
inside the box"), here that of ema-workbench. A person would choose from the boxes that it passes; so that a study tells
the same every time, the choice follows a rule: the best harmonic mean of coverage and density, and then no limit that
chance would reach as well (quasi-p above 5 %).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import InputError
from paysim.study.progress import Progress
from paysim.study.sweeps.studied import SALTELLI, Array, Factor, Studied, bundle_of, extra

Truth = NDArray[np.bool_]

CHANCE = 0.05
"""Quasi-p value above which a limit is dropped: the level of Bryant and Lempert (2010)."""
LEAST_MASS = 0.05
"""Share of points below which a box is not made smaller, the default of ema-workbench."""
BOXES = 3
LEAST_COVERAGE = 0.1
"""Share of what is looked for that a second or third box must hold. A judgement; 0.05 to 0.2 would do."""
LEAST_LIFT = 1.5
"""Density of a second or third box over the share in all points. A judgement; 1.2 to 2 would do."""
ANY = 1e-9
"""Density that ema-workbench asks of a box and value from which it counts a point as looked for: any above nothing."""
RESAMPLES = 20
SEED = 20_016


@dataclass(frozen=True)
class Limit:
    """What a box demands of one factor.

    low, high : nan where it is free on that side;  kept : levels it may have, None for numbers
    range : least and most of the factor over all points
    quasi_p : that chance alone would give as much as each side does (low, high), nan where it is free
    without : density of the box if this factor were free
    reproduced : share of half samples whose box restricts the factor;  spread : low and high (4,) of these boxes,
        quantiles .05 and .95 of the lower limit, then of the upper one, nan where there is none
    """

    factor: Factor
    low: float
    high: float
    kept: tuple[str, ...] | None
    range: tuple[float, float]
    quasi_p: tuple[float, float]
    without: float
    reproduced: float = float("nan")
    spread: tuple[float, float, float, float] = (float("nan"),) * 4

    @property
    def surest(self) -> float:
        """The smaller quasi-p of its sides."""
        return float(np.nanmin(self.quasi_p))

    def admits(self, column: Array) -> Truth:
        """Whether each value (P,) of the factor is within the limit."""
        if self.kept is not None:
            return np.isin(column, [self.factor.levels.index(level) for level in self.kept])
        above = np.isnan(self.low) | (column >= self.low)
        return np.asarray(above & (np.isnan(self.high) | (column <= self.high)))


@dataclass(frozen=True)
class Box:
    """Limits, those whose loss would cost most density first, and what they hold.

    coverage : share of what is looked for that is inside;  density : share of the inside that is looked for
    mass : share of all points inside;  points, cases : inside
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    points: int
    cases: int

    def holds(self, studied: Studied) -> Truth:
        """Whether each point (P,) lies inside."""
        inside = np.ones(len(studied.inputs), dtype=np.bool_)
        for limit in self.limits:
            inside &= limit.admits(studied.inputs[:, studied.names.index(limit.factor.name)])
        return inside


@dataclass(frozen=True)
class Peeling:
    """Boxes that the first search passed, from all points on: coverage, density, mass and limited factors, (T,).

    chosen : place of the one with the best harmonic mean
    """

    coverage: Array
    density: Array
    mass: Array
    restricted: NDArray[np.int64]
    chosen: int


@dataclass(frozen=True)
class Discovery:
    """Boxes in which an outcome lies beyond a threshold.

    studied : points with the outcome;  above : else below;  cases : whether each point is beyond, (P,)
    dropped : factors that the first box limited before chance was ruled out, with their quasi-p
    reproduced : share of half samples whose box restricts each factor, (K,)
    shared : whether points of the sample share values, so that quasi-p values are too small
    """

    studied: Studied
    threshold: float
    above: bool
    cases: Truth
    boxes: tuple[Box, ...]
    peeling: Peeling
    dropped: tuple[Limit, ...]
    reproduced: Array
    resamples: int
    shared: bool

    @property
    def share(self) -> float:
        """Share of all points that is looked for."""
        return float(self.cases.mean())


def discover(
    studied: Studied,
    threshold: float,
    above: bool,
    boxes: int = BOXES,
    resamples: int = RESAMPLES,
    place: int | None = None,
    progress: Progress | None = None,
) -> Discovery:
    """Find the boxes in which most replicates of a point lie beyond a threshold.

    place : of the box on the trajectory of the first search, by default chosen by the rule
    progress : told how many searches in half of the points are done, by default nobody

    Raises
    ------
    InputError : no point, or every point, lies beyond it; ema-workbench is not installed; no such place
    """
    there = studied.complete() if not studied.defined.all() else studied
    cases = beyond(there.values, threshold, above)
    _check_cases(there, cases, threshold, above)
    search = _Search(there, cases)
    found: list[Box] = []
    peeling: Peeling | None = None
    dropped: tuple[Limit, ...] = ()
    for _number in range(boxes):
        first = peeling is None
        passed, box, fell = search.next(place if first else None)
        if first:
            peeling, dropped = passed, fell
        good = box.limits and (first or (box.coverage >= LEAST_COVERAGE and box.density >= LEAST_LIFT * cases.mean()))
        if not good:
            break
        found.append(box)
    assert peeling is not None
    reproduced, spreads = _resampled(there, cases, resamples, progress or Progress())
    if found:
        found[0] = replace(
            found[0], limits=tuple(_with_stability(there, limit, reproduced, spreads) for limit in found[0].limits)
        )
    shared = studied.design == SALTELLI or bundle_of(studied) > 1
    return Discovery(there, threshold, above, cases, tuple(found), peeling, dropped, reproduced, resamples, shared)


def beyond(values: Array, threshold: float, above: bool) -> Truth:
    """Whether at least half of the replicates of each point lie beyond a threshold: (P, R) to (P,)."""
    far = values > threshold if above else values < threshold
    return np.asarray(far.mean(axis=1) >= 0.5)


def _check_cases(studied: Studied, cases: Truth, threshold: float, above: bool) -> None:
    if not len(cases):
        raise InputError(f"{studied.name}: no point has the outcome {studied.outcome} yet")
    if cases.all() or not cases.any():
        which = "every point" if cases.all() else "no point"
        side = "above" if above else "below"
        least, most = (studied.scale.say(float(end)) for end in (studied.means.min(), studied.means.max()))
        raise InputError(
            f"{studied.name}: {which} has {studied.outcome} {side} {studied.scale.say(threshold)}, so that nothing "
            f"sets points apart; it goes from {least} to {most} over {len(cases)} points"
        )


class _Search:
    """PRIM on the points of a study, box after box.

    ema-workbench leaves out a factor called ``scenario`` and cannot paste whole numbers of 32 bits; so it is given
    plain names, and numbers as floats.
    """

    def __init__(self, studied: Studied, cases: Truth) -> None:
        with warnings.catch_warnings(), extra("boxes"):
            warnings.simplefilter("ignore")  # of parts of ema-workbench that are not used, and its use of pandas
            import pandas as pd  # type: ignore[import-untyped] # ema-workbench brings it; its stubs are not ours
            from ema_workbench.analysis import prim
        self.studied, self.cases = studied, cases
        self.varied = [place for place, column in enumerate(studied.inputs.T) if np.ptp(column) > 0.0]
        columns = {str(place): self._column(place) for place in self.varied}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.prim = prim.Prim(pd.DataFrame(columns), cases.astype(np.float64), threshold=ANY, mass_min=LEAST_MASS)

    def _column(self, place: int) -> NDArray[Any]:
        column, levels = self.studied.inputs[:, place], self.studied.factors[place].levels
        return np.array(levels, dtype=object)[column.astype(np.int64)] if levels else column

    def next(self, place: int | None = None) -> tuple[Peeling, Box, tuple[Limit, ...]]:
        """Search in the points outside of earlier boxes: what was passed, the box, and the limits it had by chance."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            box = self.prim.find_box()
            if box is None:
                return _nothing()
            passed = _peeling(box.peeling_trajectory, place)
            box.select(passed.chosen) if passed.chosen else None
            box._cur_box = passed.chosen
            before = self._limits(box)
            if place is None:
                while self._drop_weakest(box):
                    pass
            after = self._box(box)
        left = {limit.factor.name for limit in after.limits}
        return passed, after, tuple(limit for limit in before if limit.factor.name not in left)

    def _drop_weakest(self, box: Any) -> bool:
        """Free the side of a factor that chance would limit as well, the weakest first; False if there is none."""
        here = box._cur_box
        sides = [(value, name, side) for name, pair in box.qp[here].items() for side, value in enumerate(pair)]
        value, name, side = max(sides, default=(0.0, "", 0))
        if value <= CHANCE:
            return False
        wider = box.box_lims[here].copy()
        if self.studied.factors[int(name)].levels:
            wider[name] = self.prim.box_init[name]
        else:
            wider.loc[side, name] = self.prim.box_init.loc[side, name]
        remaining = self.prim.yi_remaining
        inside = np.ones(len(remaining), dtype=np.bool_)
        for place in self.varied:
            inside &= self._limit(wider, {}, place).admits(self.studied.inputs[remaining, place])
        box.update(wider, remaining[inside])
        return True

    def _limits(self, box: Any) -> list[Limit]:
        quasi, lims = box.qp[box._cur_box], box.box_lims[box._cur_box]
        return [self._limit(lims, quasi, place) for place in self.varied if str(place) in quasi]

    def _limit(self, lims: Any, quasi: dict[str, list[float]], place: int) -> Limit:
        """What a box of ema-workbench demands of a factor."""
        name, factor, column = str(place), self.studied.factors[place], self.studied.inputs[:, place]
        ends = (float(column.min()), float(column.max()))
        low, high = (value if value >= 0.0 else float("nan") for value in quasi.get(name, (-1.0, -1.0)))
        nothing = float("nan")
        if factor.levels:
            kept = tuple(level for level in factor.levels if level in lims.loc[0, name])
            return Limit(factor, nothing, nothing, kept, ends, (low, high), nothing)
        free = [bool(lims.loc[side, name] == self.prim.box_init.loc[side, name]) for side in (0, 1)]
        limits = [nothing if free[side] else float(lims.loc[side, name]) for side in (0, 1)]
        return Limit(factor, limits[0], limits[1], None, ends, (low, high), nothing)

    def _box(self, box: Any) -> Box:
        row = box.peeling_trajectory.iloc[box._cur_box]
        limits = self._limits(box)
        priced = [replace(limit, without=self._density(limits, limit.factor.name)) for limit in limits]
        return Box(
            tuple(sorted(priced, key=lambda limit: limit.without)),
            float(row["coverage"]), float(row["density"]), float(row["mass"]), int(row["n"]), int(row["k"]),
        )  # fmt: skip

    def _density(self, limits: Sequence[Limit], freed: str) -> float:
        """Density among the points left of the box without one of its factors."""
        remaining = self.prim.yi_remaining
        inside = np.ones(len(remaining), dtype=np.bool_)
        for limit in limits:
            if limit.factor.name != freed:
                inside &= limit.admits(self.studied.inputs[remaining, self.studied.names.index(limit.factor.name)])
        return float(self.cases[remaining][inside].mean())


def _peeling(table: Any, place: int | None) -> Peeling:
    coverage, density, mass = (table[name].to_numpy(dtype=np.float64) for name in ("coverage", "density", "mass"))
    if place is not None and not 0 <= place < len(coverage):
        raise InputError(f"--box: expected a place on the trajectory, 0 to {len(coverage) - 1}, got {place}")
    both = coverage + density
    mean = np.divide(2.0 * coverage * density, both, out=np.zeros_like(both), where=both > 0.0)
    chosen = int(np.argmax(np.round(mean, 12))) if place is None else place
    return Peeling(coverage, density, mass, table["res_dim"].to_numpy(dtype=np.int64), chosen)


def _nothing() -> tuple[Peeling, Box, tuple[Limit, ...]]:
    empty = np.zeros(0)
    return Peeling(empty, empty, empty, np.zeros(0, np.int64), 0), Box((), 0.0, 0.0, 0.0, 0, 0), ()


def _resampled(studied: Studied, cases: Truth, resamples: int, progress: Progress) -> tuple[Array, Array]:
    """Search in half of the points again and again, by the same rule.

    Gives the share (K,) of half samples whose box restricts each factor, and the limits (B, K, 2), nan where free. Half
    samples without repeats, as Bryant and Lempert (2010): a point drawn twice would count as evidence twice.
    """
    rng = np.random.default_rng(SEED)
    bundle = bundle_of(studied)
    places = np.arange(len(cases)).reshape(-1, bundle)
    restricted = np.zeros((resamples, len(studied.factors)), dtype=np.bool_)
    limits = np.full((resamples, len(studied.factors), 2), np.nan)
    if resamples:
        progress.start("searches in half of the points", resamples)
    for one in range(resamples):
        rows = np.sort(places[rng.permutation(len(places))[: len(places) // 2]].ravel())
        for limit in _box_of_part(studied, cases, rows):
            place = studied.names.index(limit.factor.name)
            restricted[one, place] = True
            limits[one, place] = limit.low, limit.high
        progress.advance(1)
    progress.close()
    return restricted.mean(axis=0) if resamples else np.full(len(studied.factors), np.nan), limits


def _box_of_part(studied: Studied, cases: Truth, rows: NDArray[np.int64]) -> tuple[Limit, ...]:
    """Limits of the first box in some of the points, none where nothing sets these apart."""
    if not cases[rows].any() or cases[rows].all():
        return ()
    part = replace(studied, inputs=studied.inputs[rows], values=studied.values[rows], points=studied.points[rows])
    _passed, box, _dropped = _Search(part, cases[rows]).next()
    return box.limits


def _with_stability(studied: Studied, limit: Limit, reproduced: Array, limits: Array) -> Limit:
    place = studied.names.index(limit.factor.name)
    ends = [
        float(np.quantile(side, level))
        if len(side := limits[~np.isnan(limits[:, place, at]), place, at])
        else float("nan")
        for at in (0, 1)
        for level in (0.05, 0.95)
    ]
    return replace(limit, reproduced=float(reproduced[place]), spread=(ends[0], ends[1], ends[2], ends[3]))
