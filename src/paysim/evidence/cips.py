"""CIPS: forecasts of its monthly value, and of how many banks take part (Bass's curve beside simpler ones).

Values are known for a handful of years and some months of 2025, so the forecast of the value is stated and not tested:
no growth, with the spread that a year's growth has had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import stdtrit

from paysim.data import catalogue
from paysim.data.noise import month_number
from paysim.errors import InputError
from paysim.evidence.densities import PROBABILITIES

Array = NDArray[np.float64]

LAUNCH = date(2015, 10, 8)
YEAR = 12
RECENT = 12
"""Months whose mean is the level, as far as months are known (judgement, 6 to 12)."""
UNTRIED_NOISE = 0.15
"""S.d. of ln of a month's value about its level where fewer than four months are known (judgement, 0.1 to 0.2)."""
HIGHEST = 2.0


@dataclass(frozen=True)
class ValueForecast:
    """Level of the monthly value (ln of CNY trn), its month, noise about it, and the s.d. of a year's ln growth."""

    level: float
    month: int
    noise: float
    yearly: float
    freedom: int

    def quantiles(self, month: int, probabilities: Array = PROBABILITIES) -> Array:
        """Quantiles of the value of a month, CNY trn."""
        ahead = max(month - self.month, 0) / YEAR
        scale = np.sqrt(self.noise**2 + self.yearly**2 * ahead)
        return np.asarray(np.exp(self.level + scale * stdtrit(self.freedom, probabilities)))


def value_forecast(as_of: date) -> ValueForecast:
    """What the value was and how much it moved, from what was public on a day.

    Raises
    ------
    InputError : fewer than three growths of a year were public
    """
    years = {row.month.year: row.value for row in catalogue.cips_value("year", as_of)}
    growth = np.array([np.log(years[year] / years[year - 1]) for year in years if year - 1 in years])
    if len(growth) < 3:
        raise InputError(f"as of {as_of} the growth of CIPS is known for {len(growth)} years (expected 3 at least)")
    last = max(years)
    months = [row for row in catalogue.cips_value("month", as_of) if row.month.year > last][-RECENT:]
    logs = np.log([row.value for row in months])
    noise = float(logs.std(ddof=1)) if len(logs) >= 4 else UNTRIED_NOISE
    if len(logs):
        level, month = float(logs.mean()), month_number(months[-1].month)
    else:
        level, month = float(np.log(years[last] / YEAR)), month_number(date(last, 12, 1))
    return ValueForecast(level, month, noise, float(np.sqrt(np.mean(growth**2))), len(growth))


@dataclass(frozen=True)
class Bass:
    """Bass's curve of adoption: innovation and imitation per year, the ceiling, and how many began."""

    innovation: float
    imitation: float
    ceiling: float
    start: float

    def at(self, years: Array) -> Array:
        """How many take part so many years after the launch."""
        gone = np.exp(-(self.innovation + self.imitation) * years)
        joined = (1.0 - gone) / (1.0 + self.imitation / self.innovation * gone)
        return np.asarray(self.start + (self.ceiling - self.start) * joined)


def fit_bass(years: Array, count: Array) -> Bass:
    """Fit Bass's curve by least squares of ln(count); counts (n,) at years (n,) after the launch, the first there."""

    def errors(x: Array) -> Array:
        innovation, imitation, ceiling = np.exp(x)
        return np.asarray(np.log(Bass(innovation, imitation, ceiling, count[0]).at(years) / count))

    start = np.log([0.1, 0.1, 1.5 * count.max()])
    limits = np.log([1e-3, 1e-6, count.max()]), np.log([HIGHEST, HIGHEST, 20.0 * count.max()])
    innovation, imitation, ceiling = np.exp(least_squares(errors, start, bounds=limits).x)
    return Bass(float(innovation), float(imitation), float(ceiling), float(count[0]))


Counts = Sequence[tuple[date, float]]


def participants(as_of: date | None = None) -> Counts:
    """Participants of CIPS in all, by day, in order."""
    rows = catalogue.cips_participants("total", as_of)
    return [(row.period.last, row.value) for row in rows]


def by_bass(known: Counts, day: date) -> float:
    """Participants on a day by Bass's curve through what is known."""
    since = np.array([_years(LAUNCH, when) for when, _count in known])
    curve = fit_bass(since, np.array([value for _when, value in known]))
    ends = curve.at(np.array([_years(LAUNCH, known[-1][0]), _years(LAUNCH, day)]))
    return float(known[-1][1] * ends[1] / ends[0])


def by_trend(known: Counts, day: date) -> float:
    """Participants on a day if as many join in a month as did over the last two figures that lie a year apart."""
    last, count = known[-1]
    earlier = [one for one in known if _years(one[0], last) >= 1.0] or [known[0]]
    rate = (count - earlier[-1][1]) / _years(earlier[-1][0], last)
    return float(count + rate * _years(last, day))


def by_level(known: Counts, day: date) -> float:
    """The last figure."""
    return float(known[-1][1])


JOINING: dict[str, Callable[[Counts, date], float]] = {"persistence": by_level, "trend": by_trend, "bass": by_bass}
FEWEST_COUNTS = 5


def joining_errors(ahead: float = 1.0) -> dict[str, list[float]]:
    """Absolute errors of ln(participants) about a year ahead, at every figure with enough behind it, by method.

    ahead : years between the figure that is forecast from and the first that is forecast, at least
    """
    everything = participants()
    found: dict[str, list[float]] = {name: [] for name in JOINING}
    for row in catalogue.cips_participants("total"):
        known = participants(row.published)
        later = [one for one in everything if _years(known[-1][0], one[0]) >= ahead]
        if len(known) < FEWEST_COUNTS or not later:
            continue
        day, count = later[0]
        for name, method in JOINING.items():
            found[name].append(abs(float(np.log(method(known, day) / count))))
    return found


def _years(start: date, end: date) -> float:
    return (end - start).days / 365.25
