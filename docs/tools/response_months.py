"""Months settled payment by payment, to hold responses against: ``python docs/tools/response_months.py [NAME ...]``.

The days are drawn with other seeds, at values and levels of liquidity between the points of the response, and their
value varies from day to day. They are settled by the code of ``paysim settle``, not by that which measures responses.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from paysim.engine.responses import response_of
from paysim.engine.systems import settlement_system
from paysim.networks.response import Response
from paysim.networks.systems import Figure, System
from paysim.study.settled.day import operating_day, synthetic_payments
from paysim.study.settled.settling import Liquidity, own_liquidity, settle_day

HOUR = 3600
DAY_TO_DAY = 0.15
"""Standard deviation of the logarithm of a day's value. Range .05 to .3, J: CIPS's months of 2025 lie between 9.9 and
16.7 trn yuan."""
ALLOWED = 0.10
"""Relative error that is allowed, of each measure."""
FLOORS = {"delay_hours": 0.01, "waiting_hours": 0.02, "unsettled_share": 0.002}
"""Absolute error that is allowed of tiny measures: half a minute, a minute, two tenths of a percentage point."""
SEED = 30_000
"""Of the held-out loads and days, far from those of the responses."""
WORKING_DAYS = 22


@dataclass(frozen=True)
class Load:
    """A month of mean value and liquidity, as multiples of the usual."""

    value: float
    liquidity: float


@dataclass(frozen=True)
class Month:
    """What a month was, and what the response says of it: measures by name.

    settled : payment by payment;  errors : its standard errors, from the differences between its days
    by_day : the response at the value of each day, weighted by it;  at_mean : at the mean value of the month
    """

    load: Load
    settled: dict[str, float]
    errors: dict[str, float]
    by_day: dict[str, float]
    at_mean: dict[str, float]

    def misses(self, name: str) -> float:
        """Error of the reading by day, in units of what is allowed: at most 1 is good."""
        return self._error(name) / max(ALLOWED * self.settled[name], FLOORS[name])

    def met(self, name: str) -> bool:
        """Whether the reading by day is within a tenth, or within the tiny error and twice the month's own one."""
        return self._error(name) <= max(ALLOWED * self.settled[name], FLOORS[name] + 2.0 * self.errors[name])

    def _error(self, name: str) -> float:
        return abs(self.by_day[name] - self.settled[name])


def drawn_loads(name: str) -> tuple[Load, ...]:
    """Draw the loads at which a system is held against its response, and which no one chose.

    Values are spread by their logarithm, and so are multiples of that liquidity which grows with the value about as
    the need for it does.
    """
    drawn = DRAWN[name]
    rng = np.random.default_rng([SEED + drawn.draw, crc32(name.encode())])
    values, levels = (
        np.exp(rng.uniform(np.log(low), np.log(high), drawn.loads)) for low, high in (drawn.value, drawn.liquidity)
    )
    levels = levels * values**drawn.growth
    return tuple(
        Load(round(float(value), 3), round(float(level), 3)) for value, level in zip(values, levels, strict=True)
    )


@dataclass(frozen=True)
class Drawn:
    """From where loads are drawn.

    loads, months : how many, and of how many months of 22 days each
    value, liquidity : range of values, and of liquidity over value to the power of `growth`
    draw : from 0; the next one where a response was made better after its loads had been looked at
    """

    loads: int
    months: int
    value: tuple[float, float]
    liquidity: tuple[float, float]
    growth: float = 0.75
    draw: int = 0


DRAWN = {
    "CIPS": Drawn(14, 10, (0.45, 4.0), (0.5, 1.25)),
    "dns": Drawn(5, 10, (0.45, 4.0), (0.4, 0.9)),
    "hybrid": Drawn(5, 10, (0.45, 4.0), (0.3, 1.5), draw=1),
    "HK-RMB": Drawn(6, 3, (0.45, 4.0), (0.3, 1.5), draw=1),
    "OTH-RTGS": Drawn(4, 3, (0.45, 4.0), (0.3, 1.5)),
    "SPFS": Drawn(4, 10, (0.45, 4.0), (0.3, 1.5)),
}
"""CIPS and dns, whose netting sessions settle all or nothing, around the edge at which they do; others more widely."""


def month(system: System, response: Response, load: Load, days: int = WORKING_DAYS, seed: int = SEED) -> Month:
    """Settle so many days payment by payment, and read the response for them."""
    rng = np.random.default_rng([seed, round(1000 * load.value), round(1000 * load.liquidity)])
    values = load.value * np.exp(DAY_TO_DAY * rng.standard_normal(days) - 0.5 * DAY_TO_DAY**2)
    first = int(rng.integers(2**31))  # no two loads have the same days
    sums = np.array([_day(system, value, load.liquidity, first + day) for day, value in enumerate(values)])
    settled, errors = {}, {}
    for place, (name, over) in enumerate((("delay_hours", 3), ("waiting_hours", 4), ("unsettled_share", 4))):
        settled[name] = sums[:, place].sum() / sums[:, over].sum()
        residuals = sums[:, place] - settled[name] * sums[:, over]
        errors[name] = np.sqrt(days / (days - 1) * (residuals**2).sum()) / sums[:, over].sum()
    return Month(
        load, settled, errors, _read(response, values, load), _read(response, values.mean(keepdims=True), load)
    )


def _read(response: Response, values: NDArray[np.float64], load: Load) -> dict[str, float]:
    read = response.at(values, load.liquidity)
    settles = values * (1.0 - read.unsettled_share)
    return {
        "delay_hours": float((settles * read.delay_hours).sum() / settles.sum()),
        "waiting_hours": float((values * read.waiting_hours).sum() / values.sum()),
        "unsettled_share": float((values * read.unsettled_share).sum() / values.sum()),
    }


def _day(system: System, value: float, liquidity: float, seed: int) -> tuple[float, float, float, float, float]:
    """Hours late and waited times value, value unsettled and settled, and value, of one day."""
    traffic, clock = system.traffic, operating_day(system)
    payments = round(traffic.payments * value)
    changed = replace(traffic, payments=payments, value=traffic.value * value, largest=traffic.largest / value)
    drawn = synthetic_payments(replace(system, traffic=changed), clock, seed)
    sent = np.bincount(drawn.sender, drawn.amount, minlength=traffic.participants).astype(np.int64)
    ample = settle_day(drawn, system, Liquidity.alone(sent), clock).settled
    found = settle_day(drawn, system, own_liquidity(_with_liquidity(system, liquidity / value), drawn), clock).settled
    done = found >= 0
    hours = drawn.amount * (np.where(done, found, clock.closes) - ample) / HOUR
    whole, returned = float(drawn.amount.sum()), float(drawn.amount[~done].sum())
    return float(hours[done].sum()), float(hours.sum()), returned, whole - returned, whole


def _with_liquidity(system: System, multiple: float) -> System:
    def times(share: Figure) -> Figure:
        return replace(share, value=share.value * multiple)

    return replace(
        system,
        prefunding=times(system.prefunding),
        collateralised_credit=times(system.collateralised_credit),
        uncollateralised_credit=times(system.uncollateralised_credit),
        injection_cap=times(system.injection_cap),
    )


def months(name: str) -> Iterator[Month]:
    """Settle the held-out loads of a system."""
    system = settlement_system(name)
    response = response_of(system)
    for load in drawn_loads(name):
        yield month(system, response, load, DRAWN[name].months * WORKING_DAYS)


MEASURES = (("unsettled_share", 100, "%"), ("waiting_hours", 1, "h"), ("delay_hours", 1, "h"))


def row(name: str, found: Month) -> str:
    """A row of the table of the page: what was settled, what was read, and a mark where they differ."""
    cells = [f"`{name}`", f"{found.load.value:g}", f"{found.load.liquidity:g}"]
    for measure, scale, unit in MEASURES:
        truth, error = scale * found.settled[measure], scale * found.errors[measure]
        mark = "" if found.misses(measure) <= 1.0 else " (~)" if found.met(measure) else " (!)"
        cells += [f"{truth:.3g} ± {error:.2g} {unit}", f"{scale * found.by_day[measure]:.3g} {unit}{mark}"]
    return f"| {' | '.join(cells)} |"


def verdict(found: list[Month]) -> str:
    """How many comparisons are met."""
    errors = [(one.misses(name) <= 1.0, one.met(name)) for one in found for name, _, _ in MEASURES]
    within, met = (sum(column) for column in zip(*errors, strict=True))
    missed = len(errors) - met
    return f"{len(errors)} comparisons: {within} within what is allowed, {met - within} within chance, {missed} not"


if __name__ == "__main__":
    everything = []
    for system in sys.argv[1:] or DRAWN:
        for one in months(system):
            everything.append(one)
            print(row(system, one), flush=True)
    print(verdict(everything))
