"""What the analysis of a study begins with: the sample that was computed and one outcome of every point of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from paysim.errors import InputError
from paysim.study.compared.explain_words import Scale
from paysim.words import said
from paysim.words import translated as _

Array = NDArray[np.float64]

SALTELLI, MORRIS = "saltelli", "morris"
PLAIN = Scale(1.0, 3, "")
_NAMED = 10
"""Points that a message names before it only counts."""


@dataclass(frozen=True)
class Factor:
    """One thing that a study varies.

    name : as the study calls it;  label : in words, for all or by language;  unit : of its numbers
    levels : what it can be where it is no number, such as the names of scenarios; the sample holds their places
    """

    name: str
    label: str | Mapping[str, str] = ""
    levels: tuple[str, ...] = ()
    unit: str = ""

    @property
    def words(self) -> str:
        """Its label, or its name where it has none."""
        return said(self.label) if self.label else self.name


@dataclass(frozen=True)
class Studied:
    """The points of a study and one outcome of each.

    name : of the study;  design : how its sample was made, such as ``saltelli``, ``morris``, ``latin_hypercube``
    factors : K of them;  inputs : what every point sets them to, (P, K), places among the levels where they have any
    outcome : its name;  values : of every point and replicate, (P, R), nan where there is none
    points : numbers of the points as the study counts them, (P,)
    failed : numbers of those that ended with an error
    steps : how many values of each factor a Morris design has
    repeated : a command that computes what is missing, for messages
    title : the outcome in words;  scale : how its values are shown
    beyond : threshold, whether above it, and the scale it is said in, where the outcome is only whether a run lies
        beyond it (1) or not (0)
    """

    name: str
    design: str
    factors: tuple[Factor, ...]
    inputs: Array
    outcome: str
    values: Array
    points: NDArray[np.int64]
    failed: tuple[int, ...] = ()
    steps: int = 4
    repeated: str = ""
    title: str = ""
    scale: Scale = PLAIN
    beyond: tuple[float, bool, Scale] | None = None

    @property
    def flag(self) -> bool:
        """Whether the outcome is only whether a run lies beyond a threshold."""
        return self.beyond is not None

    @property
    def what(self) -> str:
        """The outcome in words, or its name where it has none."""
        if self.beyond is not None:
            threshold, above, scale = self.beyond
            return beyond_words(replace(self, beyond=None, scale=scale), threshold, above)
        return self.title or self.outcome

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors."""
        return tuple(factor.name for factor in self.factors)

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Whether every replicate of a point has the outcome, (P,)."""
        return np.asarray(np.isfinite(self.values).all(axis=1))

    @property
    def means(self) -> Array:
        """Mean outcome of every point over its replicates, (P,), nan where one is missing."""
        means: Array = self.values.mean(axis=1)
        return means

    def complete(self) -> Studied:
        """Only the points that have the outcome, for what can be read from any sample; of bundles, whole ones.

        Points of a bundle share values: without one of them the rest would be counted as if they did not.
        """
        bundle = bundle_of(self)
        kept = np.repeat(self.defined.reshape(-1, bundle).all(axis=1), bundle)
        return replace(self, inputs=self.inputs[kept], values=self.values[kept], points=self.points[kept])

    def missing(self) -> str:
        """Say which points have no outcome, nothing if all have one."""
        lacking = self.points[~self.defined]
        if not len(lacking):
            return ""
        failed = sorted(set(self.failed) & set(lacking.tolist()))
        waiting = [int(point) for point in lacking if point not in failed]
        parts = [
            f"{len(which)} of {len(self.points)} points {what} ({numbered(which)})"
            for which, what in ((waiting, f"have no value of {self.outcome}"), (failed, "ended with an error"))
            if which
        ]
        return " and ".join(parts)


def flagged(studied: Studied, threshold: float, above: bool) -> Studied:
    """The same points with another outcome: whether a run lies beyond a threshold."""
    far = studied.values > threshold if above else studied.values < threshold
    values = np.where(np.isfinite(studied.values), far.astype(np.float64), np.nan)
    return replace(studied, values=values, scale=Scale(100.0, 0, " %"), beyond=(threshold, above, studied.scale))


def beyond_words(studied: Studied, threshold: float, above: bool) -> str:
    """An outcome above, or below, a threshold, in words."""
    text = _("{what} above {value}") if above else _("{what} below {value}")
    return text.format(what=studied.what, value=studied.scale.say(threshold))


def numbered(points: Sequence[int]) -> str:
    """Name some points, runs of neighbours as ``3 to 7``, and count the rest."""
    breaks = [0, *(n + 1 for n, (one, two) in enumerate(pairwise(points)) if two != one + 1), len(points)]
    runs = [(points[start], points[end - 1]) for start, end in pairwise(breaks)]
    shown = [f"{first}" if first == last else f"{first} to {last}" for first, last in runs[:_NAMED]]
    return ", ".join(shown) + (" and more" if len(runs) > _NAMED else "")


def saltelli_step(inputs: Array) -> int | None:
    """Points of a bundle of a Saltelli sample (P, K), None if it is none.

    A bundle holds a point A, the K points that take one factor each from B, maybe the K points that do so from A into
    B, and B (Saltelli 2002, "Making best use of model evaluations to compute sensitivity indices").
    """
    count, wide = inputs.shape
    for step in (wide + 2, 2 * wide + 2):
        if count == 0 or count % step:
            continue
        bundles = inputs.reshape(-1, step, wide)
        first, last = bundles[:, 0], bundles[:, -1]
        crossed = [_crossed(first, last), *([_crossed(last, first)] if step > wide + 2 else [])]
        if np.array_equal(bundles[:, 1:-1], np.concatenate(crossed, axis=1)):
            return int(step)
    return None


def _crossed(into: Array, out_of: Array) -> Array:
    """Points (N, K, K) that are those of one matrix with one factor after the other from another."""
    wide = into.shape[1]
    crossed = np.repeat(into[:, np.newaxis], wide, axis=1)
    for place in range(wide):
        crossed[:, place, place] = out_of[:, place]
    return crossed


def is_morris(inputs: Array, free: Sequence[bool]) -> bool:
    """Whether a sample (P, K) walks from point to point by one factor at a time, by each once in K + 1 points.

    free : whether a factor has values enough that a step always changes it, (K,); one with few levels may stay
    """
    count, wide = inputs.shape
    if count == 0 or count % (wide + 1):
        return False
    changed = np.diff(inputs.reshape(-1, wide + 1, wide), axis=1) != 0.0
    once = changed.sum(axis=1)
    return bool((changed.sum(axis=2) <= 1).all() and (once <= 1).all() and (once[:, np.asarray(free)] == 1).all())


def bundle_of(studied: Studied) -> int:
    """How many neighbouring points of a sample were made together and share values: 1 where each stands for itself."""
    if studied.design == SALTELLI:
        return saltelli_step(studied.inputs) or 1
    length = len(studied.factors) + 1
    return length if studied.design == MORRIS and len(studied.points) % length == 0 else 1


@contextmanager
def extra(what: str) -> Iterator[None]:
    """Turn the lack of a library of the extra ``study`` into a message that says how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"{what} need {error.name}, which is not installed. It comes with the extra 'study': "
            "python -m pip install 'paysim[study]' (from the source: python -m pip install --editable '.[study]')"
        ) from None
