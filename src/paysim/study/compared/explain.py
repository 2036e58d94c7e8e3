"""What an outcome hangs on: partial rank correlations with the parameters that an ensemble drew, and the swing of each.

A partial rank correlation (PRCC) is the correlation of two ranks after the ranks of all other parameters are taken out
of both: 1 where the outcome only rises with the parameter, 0 where it does not move with it, whatever the others do by
chance (Marino, Hogue, Ray and Kirschner 2008, "A methodology for performing global uncertainty and sensitivity analysis
in systems biology"). It sees what rises or falls throughout; a parameter whose effect turns round shows little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from paysim.errors import InputError
from paysim.scenario.base import nearest
from paysim.study.compared import compare

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

LEVEL = 0.95
ENOUGH = 4 / 3
"""Replicates a parameter from which partial rank correlations are usual (Marino et al. 2008); fewer are said to be too
few."""
THIRD = 1 / 3
YEAR = 12
_RANK_VARIANCE = 1.06
"""Variance of Fisher's z of ranks over that of numbers (Fieller, Hartley and Pearson 1957)."""
_INSEPARABLE = 1e-7
"""What must be left of a parameter's ranks when the others are taken out, as a share, for its effect to be told."""


class Run(compare.Run, Protocol):
    """What is read of a finished run, its scenario included; `paysim.study.results.Results` has it."""

    @property
    def scenario(self) -> Mapping[str, Any]:
        """What was simulated; ``behaviour`` holds the range of every parameter."""


@dataclass(frozen=True)
class Effect:
    """What one parameter does to an outcome.

    prcc : partial rank correlation; nan where the parameter cannot be told from others
    low, high : its interval (95 %), by Fisher's z for ranks
    least, most : median outcome in the third of replicates with the lowest, and the highest, values of the parameter
    """

    name: str
    prcc: float
    low: float
    high: float
    least: float
    most: float

    @property
    def told(self) -> bool:
        """Whether the interval leaves zero out."""
        return bool(self.low > 0.0 or self.high < 0.0)

    @property
    def swing(self) -> float:
        """How far the outcome goes from the lowest third to the highest."""
        return self.most - self.least


@dataclass(frozen=True)
class Outcome:
    """One number of every replicate: a series and key in a month."""

    series: str
    key: str
    month: np.datetime64

    def __str__(self) -> str:
        return f"{self.series}:{self.key}:{self.month}"


@dataclass(frozen=True)
class Explanation:
    """An outcome and what it hangs on.

    effects : strongest first;  spread : quantiles .05 .5 .95 of the outcome
    replicates : of which the outcome is defined
    explained : share of the variance of the outcome's ranks that goes with the parameters' ranks, adjusted for how
        many they are (it can be below 0 where they explain nothing)
    """

    outcome: Outcome
    effects: tuple[Effect, ...]
    spread: tuple[float, float, float]
    replicates: int
    explained: float

    @property
    def enough(self) -> bool:
        """Whether replicates are as many as is usual for so many parameters."""
        return self.replicates >= ENOUGH * len(self.effects)


def partial_rank_correlations(parameters: Array, outcome: Array) -> tuple[Array, Array]:
    """Partial rank correlations (K,) of parameters (R, K) with an outcome (R,), and their intervals (K, 2) of 95 %.

    Tied values share their mean rank. nan where a parameter does not vary, or is a sum of others in its ranks. Raises
    ValueError where replicates are too few for so many parameters (R at least K + 3).
    """
    count, wide = parameters.shape
    freedom = count - wide - 2
    if freedom < 1:
        raise ValueError(f"{count} replicates are too few for {wide} parameters: {wide + 3} are needed at least")
    ranks = stats.rankdata(np.column_stack([parameters, outcome]), axis=0)
    centred = ranks - ranks.mean(axis=0)
    found = np.array([_partial(centred, place) for place in range(wide)])
    half = float(stats.norm.ppf(0.5 + LEVEL / 2)) * np.sqrt(_RANK_VARIANCE / freedom)
    with np.errstate(divide="ignore"):
        transformed = np.arctanh(np.clip(found, -1.0, 1.0))
    return found, np.column_stack([np.tanh(transformed - half), np.tanh(transformed + half)])


def _partial(centred: Array, place: int) -> float:
    """Correlation of one column with the last, all others taken out of both."""
    others = np.delete(centred, [place, centred.shape[1] - 1], axis=1)
    pair = centred[:, [place, -1]]
    rest = pair - others @ np.linalg.lstsq(others, pair, rcond=None)[0] if others.shape[1] else pair
    before, left = np.linalg.norm(pair, axis=0), np.linalg.norm(rest, axis=0)
    if np.any(left <= _INSEPARABLE * np.maximum(before, 1.0)):
        return float("nan")
    return float(rest[:, 0] @ rest[:, 1] / (left[0] * left[1]))


def swings(parameters: Array, outcome: Array) -> Array:
    """Median outcome in the third of replicates with the lowest and the highest values of each parameter, (K, 2)."""
    count = max(1, round(len(outcome) * THIRD))
    order = np.argsort(parameters, axis=0, kind="stable")
    found: Array = np.stack([np.median(outcome[order[:count]], axis=0), np.median(outcome[order[-count:]], axis=0)], 1)
    return found


def rank_variance_explained(parameters: Array, outcome: Array) -> float:
    """Share of the variance of the outcome's ranks that a sum of the parameters' ranks explains, adjusted."""
    count, wide = parameters.shape
    ranks = stats.rankdata(np.column_stack([parameters, outcome]), axis=0)
    centred = ranks - ranks.mean(axis=0)
    whole = float(centred[:, -1] @ centred[:, -1])
    if whole <= 0.0:
        return float("nan")
    fitted = centred[:, :-1] @ np.linalg.lstsq(centred[:, :-1], centred[:, -1], rcond=None)[0]
    left = float(np.sum((centred[:, -1] - fitted) ** 2))
    return float(1.0 - left / whole * (count - 1) / (count - wide - 1))


def drawn_parameters(run: Run) -> dict[str, Array]:
    """Parameters of behaviour that differ between the replicates: name -> (R,)."""
    draws = run.draws()
    names = [name for name in run.scenario["behaviour"] if name in draws]
    numbers = {name: np.asarray(draws[name], dtype=np.float64) for name in names}
    return {name: values for name, values in numbers.items() if np.ptp(values) > 0.0}


def explain(run: Run, outcome: Outcome) -> Explanation:
    """Find what an outcome of a run hangs on, from the draws of the run itself.

    Raises
    ------
    InputError : no parameter was drawn, the outcome does not vary, or replicates are too few
    """
    months, values = run.values(outcome.series, outcome.key)
    place = int(np.flatnonzero(months.astype("datetime64[M]") == outcome.month)[0])
    reached = np.asarray(values, dtype=np.float64)[:, place]
    defined = np.isfinite(reached)
    drawn = drawn_parameters(run)
    if not drawn:
        raise InputError(
            f"{run.manifest['name']}: no parameter differs between the replicates; nothing can be explained"
        )
    table, reached = np.column_stack(list(drawn.values()))[defined], reached[defined]
    if not len(reached):
        raise InputError(f"{outcome}: is not defined in any replicate, so that there is nothing to explain")
    if np.ptp(reached) == 0.0:
        raise InputError(f"{outcome}: is the same in every replicate, so that no parameter explains it")
    try:
        found, intervals = partial_rank_correlations(table, reached)
    except ValueError as error:
        raise InputError(
            f"{run.manifest['name']}: {error}. Run it anew with more, such as --replicates {_advised(len(drawn))}; the "
            "mean field (--engine mean-field) takes a fraction of a second for each"
        ) from None
    ends = swings(table, reached)
    effects = [
        Effect(
            name, float(found[n]), float(intervals[n, 0]), float(intervals[n, 1]), float(ends[n, 0]), float(ends[n, 1])
        )
        for n, name in enumerate(drawn)
    ]
    low, middle, high = (float(np.quantile(reached, level)) for level in (0.05, 0.5, 0.95))
    return Explanation(
        outcome,
        tuple(sorted(effects, key=lambda one: -np.nan_to_num(abs(one.prcc), nan=-1.0))),
        (low, middle, high),
        len(reached),
        rank_variance_explained(table, reached),
    )


def _advised(parameters: int) -> int:
    """Replicates with which an interval is about a quarter wide to each side, in hundreds."""
    return 100 * int(np.ceil((parameters + 65) / 100))


def default_outcomes(run: Run, subject: str, start: np.datetime64 | None) -> list[Outcome]:
    """Trade of the group that is hit a year after, the yuan's true share and its tracker at the end; if recorded.

    subject : the group;  start : month of the measure, None if there is none (then trade in the last month)
    """
    months = run.dates.astype("datetime64[M]")
    later = months[-1] if start is None else min(start + YEAR, months[-1])
    wanted = (("trade_index", subject, later), ("true_share", "CNY", months[-1]), ("tracker_share", "CNY", months[-1]))
    return [Outcome(series, key, month) for series, key, month in wanted if key in run.keys(series)]


def read_outcome(run: Run, text: str, start: np.datetime64 | None) -> Outcome:
    """Read ``SERIES:KEY:AT``; AT is a month (2028-01), ``end``, or ``cut+12``, months after the measure.

    KEY is empty for a series without keys: ``cips_value::end``. Raises InputError with the nearest right word.
    """
    parts = text.split(":")
    if len(parts) != 3:
        raise InputError(f"expected SERIES:KEY:AT, such as trade_index:CHN:2028-01, got {text!r}")
    series, key, at = (part.strip() for part in parts)
    if series not in run.series_names():
        raise InputError(f"{text}: the run holds no series {series!r}{nearest(series, run.series_names())}")
    if key not in run.keys(series):
        keys = ", ".join(run.keys(series)) or "none"
        raise InputError(f"{text}: {series} has no key {key!r}{nearest(key, run.keys(series))} (it has {keys})")
    month = _read_month(run, text, at, start)
    if month not in run.dates.astype("datetime64[M]"):
        first, last = (str(day)[:7] for day in run.dates[[0, -1]])
        raise InputError(f"{text}: {month} lies outside of the run, {first} to {last}")
    return Outcome(series, key, month)


def _read_month(run: Run, text: str, at: str, start: np.datetime64 | None) -> np.datetime64:
    if at == "end":
        return np.datetime64(run.dates[-1], "M")
    if (after := re.fullmatch(r"cut\+(\d{1,3})", at)) is not None:
        if start is None:
            raise InputError(f"{text}: there is no cut, ban or threat in the scenario; give a month")
        return start + int(after[1])
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", at) is None:
        raise InputError(f"{text}: expected a month (2028-01), end or cut+12, got {at!r}")
    return np.datetime64(at, "M")
