"""The rolling-origin test: every method at every origin, its scores, and the goals that were set beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paysim.data.noise import month_number
from paysim.evidence import structural
from paysim.evidence.baselines import BASELINES
from paysim.evidence.origins import (
    AFTER,
    BEFORE,
    CURRENCIES,
    HORIZONS,
    Forecast,
    Maker,
    Published,
    known_on,
    rolling,
    simple,
)
from paysim.evidence.scores import (
    LEVELS,
    Cases,
    Interval,
    bounds,
    coverage,
    crps,
    diebold_mariano,
    pit,
    skill,
)

Array = NDArray[np.float64]

FLAT, LATENT, STRUCTURAL = "flat", "latent", "structural"
MODEL = (FLAT, LATENT, STRUCTURAL)
"""The model without its residual process, with latent demand and noise, and weighed against the AR(1)."""
RIVAL = "local_level"
FIRST_ORIGIN, HELD_OUT = date(2020, 6, 1), date(2024, 1, 1)
"""First origin, and first origin that had no say in the choice of the residual process."""
ALL, CHOSEN, LATER = "all", "before_2024", "from_2024"
FROM_FIGURE = (0, 2, 5)
"""Months after the origin that are one, three and six months after the last figure, which is of the month before."""
FEWEST_CASES = 10
"""Cases with which the interval of a score is given, and a baseline counts as a rival."""
POINT = 100.0


def makers() -> dict[str, Maker]:
    """Every method by name: baselines first."""
    return {
        **{name: simple(forecast) for name, forecast in BASELINES.items()},
        FLAT: structural.flat,
        LATENT: structural.latent(),
        STRUCTURAL: structural.structural,
    }


@dataclass(frozen=True)
class Score:
    """How good a method was in one set of cases.

    currency : or ``all``;  crps, width : percentage points, width of the 90 % interval;  cover : by level
    """

    period: str
    currency: str
    horizon: int
    method: str
    count: int
    crps: float
    width: float
    cover: Mapping[float, Interval]


@dataclass(frozen=True)
class Comparison:
    """A method against a baseline on the cases that both have: skill with interval, p-value of no difference."""

    period: str
    currency: str
    horizon: int
    method: str
    baseline: str
    count: int
    skill: Interval
    p_value: float


class Backtest:
    """Forecasts of all methods and what may be asked of them."""

    def __init__(self, forecasts: Sequence[Forecast]) -> None:
        self.forecasts = tuple(forecasts)
        self._cases: dict[tuple[str, str, int, str], Cases] = {}

    @classmethod
    def run(cls, published: Published | None = None, last: date | None = None) -> Backtest:
        """Forecast from every origin since `FIRST_ORIGIN` (about half a minute)."""
        shown = Published.packaged() if published is None else published
        until = _last(shown) if last is None else month_number(last)
        return cls(rolling(shown, makers(), month_number(FIRST_ORIGIN), until))

    @classmethod
    def from_figure(cls) -> Backtest:
        """Forecast with months counted from the last figure: the model against the local level, at `FROM_FIGURE`."""
        shown, every = Published.packaged(), makers()
        two = {name: every[name] for name in (RIVAL, STRUCTURAL)}
        return cls(rolling(shown, two, month_number(FIRST_ORIGIN), _last(shown), FROM_FIGURE))

    @cached_property
    def _by_method(self) -> dict[str, list[Forecast]]:
        found: dict[str, list[Forecast]] = {}
        for one in self.forecasts:
            found.setdefault(one.method, []).append(one)
        return found

    def cases(self, method: str, currency: str, horizon: int, period: str = ALL) -> Cases:
        """The forecasts of a method; ``all`` takes every currency."""
        key = (method, currency, horizon, period)
        if key not in self._cases:
            self._cases[key] = Cases.of(
                [
                    one
                    for one in self._by_method.get(method, ())
                    if currency in (ALL, one.currency) and one.horizon == horizon and _in_period(one, period)
                ]
            )
        return self._cases[key]

    def score(self, method: str, currency: str, horizon: int, period: str = ALL) -> Score | None:
        """Score a method; None where it has no case."""
        cases = self.cases(method, currency, horizon, period)
        if not len(cases.outcome):
            return None
        low, high = bounds(cases.quantiles, LEVELS[-1])
        return Score(
            period,
            currency,
            horizon,
            method,
            len(cases.outcome),
            POINT * float(crps(cases.quantiles, cases.outcome).mean()),
            POINT * float((high - low).mean()),
            {level: coverage(cases, level, horizon) for level in LEVELS},
        )

    def compared(self, method: str, baseline: str, currency: str, horizon: int, period: str = ALL) -> Comparison | None:
        """Hold a method against a baseline; None with fewer than `FEWEST_CASES` in common."""
        mine, theirs = self.cases(method, currency, horizon, period).shared(
            self.cases(baseline, currency, horizon, period)
        )
        if len(mine.outcome) < FEWEST_CASES:
            return None
        found = skill(mine, theirs, horizon)
        one, other = crps(mine.quantiles, mine.outcome), crps(theirs.quantiles, theirs.outcome)
        p_value = diebold_mariano(one, other, mine.origin, horizon)
        return Comparison(period, currency, horizon, method, baseline, len(mine.outcome), found, p_value)

    def worst(self, currency: str, horizon: int, method: str = STRUCTURAL, period: str = ALL) -> Comparison | None:
        """The baseline that a method does worst against; persistence is scored but is no distribution."""
        found = [
            one
            for baseline in BASELINES
            if (one := self.compared(method, baseline, currency, horizon, period)) is not None
        ]
        return min(found, key=lambda one: one.skill.value, default=None)

    def pits(self, horizon: int, method: str = STRUCTURAL, period: str = ALL) -> Array:
        """Probability integral transforms of all currencies, (M,)."""
        cases = self.cases(method, ALL, horizon, period)
        return pit(cases.quantiles, cases.outcome)


def _last(published: Published) -> int:
    """The last month of which any share is known."""
    return max(one.month for figures in published.figures.values() for one in figures)


def _in_period(one: Forecast, period: str) -> bool:
    if period in (BEFORE, AFTER):
        return one.regime == period
    held_out = month_number(HELD_OUT)
    if period == CHOSEN:  # a forecast from December 2023 may end in the later months
        return one.origin + one.horizon < held_out
    return period == ALL or one.origin >= held_out


@dataclass(frozen=True)
class Goal:
    """A goal set beforehand, and what came out.

    low, high : what was wanted (None where open);  interval : of the value, where there is one
    """

    name: str
    currency: str
    horizon: int
    value: float
    low: float | None
    high: float | None
    interval: Interval | None
    rival: str = ""

    @property
    def reached(self) -> bool:
        """Whether the value lies where it was wanted."""
        return bool((self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high))


COVERAGE_GOALS = (
    (ALL, 1, 0.9, 0.85, 0.95),
    (ALL, 3, 0.9, 0.85, 0.95),
    (ALL, 1, 0.5, 0.42, 0.58),
    (ALL, 3, 0.5, 0.42, 0.58),
    ("CNY", 1, 0.9, 0.82, 0.96),
    ("CNY", 3, 0.9, 0.80, 0.99),
    ("CNY", 6, 0.9, 0.75, 1.0),
)
"""Currency, horizon, level, and between what the coverage was wanted."""
WORSE_AT_MOST = 0.05
"""Of the CRPS of the best baseline."""
WIDEST = 1.5
WIDTH_MONTHS = 8
WIDTH_AS_OF = date(2025, 10, 31)


def goals(found: Backtest) -> list[Goal]:
    """Hold the forecast of the model against every goal, those missed first."""
    listed = [_coverage_goal(found, *goal) for goal in COVERAGE_GOALS]
    for currency in CURRENCIES:
        for horizon in HORIZONS[:4]:
            against = found.worst(currency, horizon)
            if against is not None:
                one = against.skill
                listed.append(
                    Goal("near_best", currency, horizon, one.value, -WORSE_AT_MOST, None, one, against.baseline)
                )
    for horizon in HORIZONS[:3]:
        against = found.compared(STRUCTURAL, RIVAL, "CNY", horizon)
        if against is not None:
            listed.append(Goal("beats_rival", "CNY", horizon, against.skill.low, 0.0, None, against.skill, RIVAL))
    for name, width in widths().items():
        listed.append(Goal(name, "CNY", WIDTH_MONTHS, width, None, WIDEST, None))
    return sorted(listed, key=lambda one: one.reached)


def _coverage_goal(found: Backtest, currency: str, horizon: int, level: float, low: float, high: float) -> Goal:
    cover = coverage(found.cases(STRUCTURAL, currency, horizon), level, horizon)
    return Goal(f"coverage_{level * POINT:.0f}", currency, horizon, cover.value, low, high, cover)


def widths() -> dict[str, float]:
    """Mean width of the yuan's 90 % interval as of `WIDTH_AS_OF`, percentage points, by what that may mean.

    width : the months after the day;  width_from_figure : the months after the last figure that was public then
    width_month_known : the months after the day, once the figure of its own month is public
    """
    published, month = Published.packaged(), month_number(WIDTH_AS_OF)
    came = published.figure("CNY", month)
    assert came is not None  # it is packaged
    figure = int(known_on(published, WIDTH_AS_OF, month).parts["CNY"][-1].month[-1])
    return {
        "width": mean_width(WIDTH_AS_OF, month, published),
        "width_from_figure": mean_width(WIDTH_AS_OF, figure, published),
        "width_month_known": mean_width(came.published, month, published),
    }


def mean_width(as_of: date, after: int, published: Published, months: int = WIDTH_MONTHS) -> float:
    """Mean width of the yuan's 90 % interval over the months after a month number, percentage points."""
    known = known_on(published, as_of, month_number(as_of))
    density = structural.structural_density(published)
    ends = [density(known, "CNY", after + ahead).quantiles(np.array([0.05, 0.95])) for ahead in range(1, months + 1)]
    return POINT * float(np.mean([high - low for low, high in ends]))
