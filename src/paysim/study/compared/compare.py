"""What two runs differ in, replicate by replicate: how much, how surely, from when, and which series first.

Random streams belong to names, so two scenarios of one seed share their luck: replicate i of the one meets the same
parameters, the same latent demand and the same noise as replicate i of the other. Differences within replicates
therefore show what the scenarios do, and their band leaves out what both have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paysim.errors import InputError
from paysim.study.quantiles import quantiles
from paysim.words import translated as _

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

NUMERICAL_NOISE = 1e-9
"""What two runs may differ by without a cause, of the largest value of a series (judgement): sums of floats taken in
another order differ by 1e-13, and whatever a scenario changes by more than 1e-6."""
_COUNTED = ("payments_", "event_days")
"""Facts of a replicate that are counted in the run and not drawn or found for its base."""
FEW = 20
"""Pairs below which the ends of a band of nine in ten are told to be hardly known (judgement): one pair beyond each."""


class Run(Protocol):
    """What is read of a finished run; `paysim.study.results.Results` has it."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """How it was made."""

    @property
    def dates(self) -> Dates:
        """First day of every month, (M,)."""

    def series_names(self) -> tuple[str, ...]:
        """Names of the recorded series."""

    def keys(self, series: str) -> tuple[str, ...]:
        """Keys of a series; empty if the run has no such series."""

    def values(self, series: str, key: str = "") -> tuple[Dates, Array]:
        """Months (M,) and the values of every replicate, (R, M)."""

    def draws(self) -> Mapping[str, NDArray[Any]]:
        """What was drawn in every replicate: name -> (R,)."""


@dataclass(frozen=True)
class Difference:
    """A series of one run minus the same of another, within replicates.

    bands : quantiles .05 .25 .5 .75 .95 of the differences, (5, M), in the unit of the series
    begins : first month in which the difference of some replicate leaves numerical noise; None if there is none
    sure : first month in which the band of nine differences in ten lies on one side of zero; None if there is none
    lasts : last month in which it does, where the last month of the runs is none; else None
    narrower : width of the band in the last month over that of differences between unlike replicates; nan where that
        has no width
    scale : largest value of the series in either run, without sign
    gaps : whether it does not in some month between ``sure`` and the last in which it does
    turns : whether it lies above zero in some months and below it in others
    """

    series: str
    key: str
    bands: Array
    begins: np.datetime64 | None
    sure: np.datetime64 | None
    lasts: np.datetime64 | None
    narrower: float
    scale: float
    gaps: bool = False
    turns: bool = False

    def at(self, place: int) -> Array:
        """Quantiles (5,) in a month, by its place."""
        column: Array = self.bands[:, place]
        return column


@dataclass(frozen=True)
class Comparison:
    """One run held against another.

    name, against : names of the runs;  dates : (M,) months that both hold;  replicates : pairs
    differences : of every series and key that both hold, in the order of the run
    notes : what could not be paired, or must be known to read the rest
    """

    name: str
    against: str
    dates: Dates
    replicates: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    def find(self, series: str, key: str) -> Difference | None:
        """The difference of a series and key, None if it was not recorded in both."""
        return next((one for one in self.differences if (one.series, one.key) == (series, key)), None)

    def first(self) -> tuple[Difference, ...]:
        """Those that differ first, the largest before the others; empty if nothing differs."""
        begun = [one for one in self.differences if one.begins is not None]
        if not begun:
            return ()
        month = min(one.begins for one in begun if one.begins is not None)
        place = int(np.flatnonzero(self.dates.astype("datetime64[M]") == month)[0])
        found = (one for one in begun if one.begins == month)
        return tuple(sorted(found, key=lambda one: -_weight(one, place)))


def _weight(one: Difference, place: int) -> float:
    """How large the median difference of a month is, as a share of the largest value of the series."""
    middle = float(one.bands[2, place])
    return abs(middle) / one.scale if np.isfinite(middle) and one.scale > 0.0 else 0.0


def difference(series: str, key: str, months: Dates, one: Array, two: Array) -> Difference:
    """Take ``one`` from ``two``, both (R, M) of the same replicates; months where a value is not defined stay nan."""
    within = two - one
    scale = max((float(np.nanmax(np.abs(part))) for part in (one, two) if np.isfinite(part).any()), default=0.0)
    noise = NUMERICAL_NOISE * scale
    bands = quantiles(within)
    left = (np.abs(np.nan_to_num(within)) > noise) | (np.isnan(one) != np.isnan(two))
    with np.errstate(invalid="ignore"):
        above, below = bands[0] > noise, bands[-1] < -noise
    sided = above | below
    places = np.flatnonzero(sided)
    return Difference(
        series,
        key,
        bands,
        _first_month(months, left.any(axis=0)),
        _first_month(months, sided),
        None if sided[-1] else _first_month(months[::-1], sided[::-1]),
        _narrower(one, two),
        scale,
        gaps=bool(places.size and not sided[places[0] : places[-1]].all()),
        turns=bool(above.any() and below.any()),
    )


def _first_month(months: Dates, flags: NDArray[np.bool_]) -> np.datetime64 | None:
    places = np.flatnonzero(flags)
    return months.astype("datetime64[M]")[places[0]] if places.size else None


def _narrower(one: Array, two: Array) -> float:
    """Width of the band of differences within replicates over that between unlike ones, in the last month."""
    last_one, last_two = one[:, -1], two[:, -1]
    defined = np.isfinite(last_one) & np.isfinite(last_two)
    if np.count_nonzero(defined) < 2:
        return float("nan")
    ends = [0.05, 0.95]
    low, high = np.quantile(last_two[defined] - last_one[defined], ends)
    every = np.subtract.outer(last_two[defined], last_one[defined])
    every_low, every_high = np.quantile(every[~np.eye(len(every), dtype=bool)], ends)
    width = float(every_high - every_low)
    return float(high - low) / width if width > 0.0 else float("nan")


def compare_runs(one: Run, two: Run, names: tuple[str, str] | None = None) -> Comparison:
    """Take run ``one`` from run ``two``: replicate i from replicate i, over the months and series of both.

    names : what to call the two, by default the names of their scenarios

    Raises
    ------
    InputError : nothing of the two can be paired: other seeds, or no month in common
    """
    against, name = names or (str(one.manifest["name"]), str(two.manifest["name"]))
    if one.manifest["seed"] != two.manifest["seed"]:
        raise InputError(
            f"{against} has seed {one.manifest['seed']} and {name} seed {two.manifest['seed']}: their replicates share "
            "no luck and cannot be paired. Run one of them anew with --seed"
        )
    dates: Dates = np.intersect1d(one.dates, two.dates)
    if not dates.size:
        raise InputError(f"{against} and {name} have no month in common")
    count = min(int(one.manifest["replicates"]), int(two.manifest["replicates"]))
    pairs = [
        (series, key)
        for series in one.series_names()
        for key in one.keys(series)
        if series in two.series_names() and key in two.keys(series)
    ]
    found = tuple(
        difference(series, key, dates, *(_cut(run, series, key, dates, count) for run in (one, two)))
        for series, key in pairs
    )
    return Comparison(name, against, dates, count, found, tuple(_notes(one, two, (against, name), dates, count, pairs)))


def _cut(run: Run, series: str, key: str, dates: Dates, count: int) -> Array:
    months, values = run.values(series, key)
    kept: Array = np.asarray(values, dtype=np.float64)[:count, np.isin(months, dates)]
    return kept


def _notes(
    one: Run, two: Run, called: tuple[str, str], dates: Dates, count: int, pairs: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Say what of the two runs is not paired, and what they differ in beside their scenarios."""
    names = {"one": called[0], "two": called[1]}
    counts = [int(run.manifest["replicates"]) for run in (one, two)]
    if counts[0] != counts[1]:
        yield _(
            "{one} has {of_one} replicates and {two} {of_two}: the first {count} are paired, the others left out"
        ).format(**names, of_one=counts[0], of_two=counts[1], count=count)
    if count == 1:
        yield _("one pair has no band: that the only difference has a side does not make it sure")
    elif count < FEW:
        yield _(
            "with {count} pairs a band of 90 % is little more than the range of all; more replicates tell more"
        ).format(count=count)
    if any(len(run.dates) != len(dates) for run in (one, two)):
        yield _("only the months of both are compared")
    if one.dates[0] != two.dates[0]:
        yield _("the runs start in different months, so that latent demand and noise of a month are not shared")
    engines = [str(run.manifest["engine"]) for run in (one, two)]
    if engines[0] != engines[1]:
        yield _(
            "{one} was run on the {of_one} engine and {two} on the {of_two} engine: the differences hold what the "
            "engines differ in as well"
        ).format(**names, of_one=engines[0], of_two=engines[1])
    parts = [run.manifest.get("run", {}).get("parts", {}) for run in (one, two)]
    if any(parts[0].get(what) != parts[1].get(what) for what in ("code", "versions", "platform")):
        yield _("the runs were made by different code, libraries or machines: part of the differences may be theirs")
    unlike = _unlike_parameters(one, two, count)
    if unlike:
        yield _(
            "parameters, or facts of the base, that differ in the same replicate, and so are part of the difference: "
            "{listed}"
        ).format(listed=", ".join(unlike))
    known = set(pairs)
    held = {(series, key) for run in (one, two) for series in run.series_names() for key in run.keys(series)}
    apart = {f"{series} {key}".strip() for series, key in held if (series, key) not in known}
    if apart:
        yield _("only one of the two has, and so nothing is said of: {listed}").format(listed=", ".join(sorted(apart)))


def _unlike_parameters(one: Run, two: Run, count: int) -> list[str]:
    """Names of what was drawn or found for a replicate and is not the same in both runs."""
    first, second = one.draws(), two.draws()
    drawn = [name for name in first if name in second and not name.startswith(_COUNTED)]
    numbers = [name for name in drawn if first[name].dtype.kind == second[name].dtype.kind == "f"]
    return [name for name in numbers if not np.array_equal(first[name][:count], second[name][:count], equal_nan=True)]
