"""Rolling-origin forecasts: at the end of each month, from what was published by then and nothing else.

An origin is a month; its day is the last of that month, so the youngest figure is of the month before (the tracker
comes three weeks late). A horizon of one month is the month after the origin. Parameters are fitted anew at every
origin. Origins before the change of base of 2023 are scored on months before it, those after it on months after it:
nothing is scored across it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.data.noise import BREAK, FIRST, Segment, month_number, segments

Array = NDArray[np.float64]

CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY")
HORIZONS = (1, 3, 6, 12, 24)
FEWEST_CHANGES = 18
"""Changes from month to month that must be known at an origin (judgement, 12 to 24)."""
FEWEST_AFTER_BREAK = 4
"""Months after the break that must be known at an origin past it (judgement, 3 to 6)."""
OLDEST = 4
"""Months that the last known figure may lie before the origin."""


def month_day(month: int) -> date:
    """The first day of a month number."""
    return date(month // 12, month % 12 + 1, 1)


def month_end(month: int) -> date:
    """The last day of a month number."""
    return month_day(month + 1) - timedelta(days=1)


@dataclass(frozen=True)
class Figure:
    """A published share: its month (number), the share (a fraction), and the day from which it was public."""

    month: int
    share: float
    published: date


@dataclass(frozen=True)
class Published:
    """Published shares by currency, whenever they came out."""

    figures: Mapping[str, Sequence[Figure]]

    @classmethod
    def packaged(cls, currencies: Sequence[str] = CURRENCIES) -> Published:
        """The packaged tracker since 2019."""
        first = month_number(FIRST)
        return cls(
            {
                currency: tuple(
                    Figure(month_number(row.month), row.value, row.published)
                    for row in catalogue.tracker_share(currency)
                    if month_number(row.month) >= first
                )
                for currency in currencies
            }
        )

    def as_of(self, day: date) -> Published:
        """What was public on a day."""
        return Published(
            {name: tuple(one for one in all_of if one.published <= day) for name, all_of in self.figures.items()}
        )

    def known(self, month: int) -> Known:
        """What was public at the end of a month, ready to forecast from."""
        return known_on(self, month_end(month), month)

    @cached_property
    def _by_month(self) -> Mapping[str, Mapping[int, Figure]]:
        return {name: {one.month: one for one in all_of} for name, all_of in self.figures.items()}

    def figure(self, currency: str, month: int) -> Figure | None:
        """The figure of a month, None where there is none."""
        return self._by_month[currency].get(month)


@dataclass(frozen=True)
class Known:
    """What was public on the day of an origin: the segments of every currency, none where nothing was."""

    day: date
    month: int
    parts: Mapping[str, tuple[Segment, ...]]

    def usable(self, currency: str) -> bool:
        """Whether enough is known of a currency to forecast from."""
        parts = self.parts[currency]
        if not parts or regime(int(parts[-1].month[-1])) is None:
            return False
        last = parts[-1]
        past = regime(int(last.month[-1])) == AFTER
        return (
            sum(len(part.month) - 1 for part in parts) >= FEWEST_CHANGES
            and self.month - int(last.month[-1]) <= OLDEST
            and (past or self.month < BREAK[0])
            and not (past and len(last.month) < FEWEST_AFTER_BREAK)
        )


def known_on(published: Published, day: date, month: int) -> Known:
    """What was public on a day, as the known months of an origin."""
    found = published.as_of(day)
    return Known(
        day,
        month,
        {name: segments({one.month: one.share for one in all_of}) for name, all_of in found.figures.items()},
    )


BEFORE, AFTER = "before", "after"


def regime(month: int) -> str | None:
    """The side of the break that a month is on; None inside it."""
    return BEFORE if month < BREAK[0] else AFTER if month > BREAK[1] else None


Method = Callable[[Known, str, int], "Array | None"]
"""Quantiles of a currency's share in a month, from what is known; None where a method cannot say."""
Maker = Callable[[Published], Method]
"""Makes a method for some published figures; a method that learns from its own past forecasts needs them."""


def simple(forecast: Callable[[Sequence[Segment], int], Array | None]) -> Maker:
    """A method that needs the months of one currency only."""

    def made(published: Published) -> Method:
        return lambda known, currency, month: forecast(known.parts[currency], month)

    return made


@dataclass(frozen=True)
class Forecast:
    """One forecast and what came: quantiles (N,) and outcome as fractions."""

    method: str
    currency: str
    origin: int
    horizon: int
    quantiles: Array = field(repr=False)
    outcome: float

    @property
    def regime(self) -> str | None:
        """The side of the break on which it was made and scored."""
        return regime(self.origin + self.horizon)


def rolling(
    published: Published,
    makers: Mapping[str, Maker],
    first: int,
    last: int,
    horizons: Sequence[int] = HORIZONS,
    currencies: Sequence[str] = CURRENCIES,
) -> list[Forecast]:
    """Forecast from every origin (month numbers ``first`` to ``last``) that has enough behind it and an outcome ahead.

    A method that cannot say is left out of the case; scores compare methods on the cases that both have.
    """
    methods = {name: make(published) for name, make in makers.items()}
    found = []
    for origin in range(first, last + 1):
        known = published.known(origin)
        for currency in currencies:
            if not known.usable(currency):
                continue
            side = regime(int(known.parts[currency][-1].month[-1]))
            for horizon in horizons:
                came = published.figure(currency, origin + horizon)
                if came is None or regime(came.month) != side:
                    continue
                for name, method in methods.items():
                    quantiles = method(known, currency, came.month)
                    if quantiles is not None:
                        found.append(Forecast(name, currency, origin, horizon, quantiles, came.share))
    return found


def peeks(make: Maker, published: Published, origin: int, currencies: Sequence[str] = CURRENCIES) -> bool:
    """Whether forecasts from an origin change when all that was published later is replaced by noise."""
    day = month_end(origin)
    generator = np.random.default_rng(origin)
    replaced = Published(
        {
            name: tuple(
                one if one.published <= day else Figure(one.month, float(generator.uniform(0.01, 0.9)), one.published)
                for one in all_of
            )
            for name, all_of in published.figures.items()
        }
    )
    for currency in currencies:
        for horizon in HORIZONS:
            both = [make(one)(one.known(origin), currency, origin + horizon) for one in (published, replaced)]
            if (both[0] is None) != (both[1] is None):
                return True
            if both[0] is not None and both[1] is not None and not np.array_equal(both[0], both[1]):
                return True
    return False
