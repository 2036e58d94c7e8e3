"""Months settled payment by payment, to hold responses against: ``python docs/response_months.py``.

The days are drawn with other seeds, at values and levels of liquidity between the points of the response, and their
value varies from day to day. They are settled by the code of ``paysim settle``, not by that which measures responses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paysim.engine.responses import response_of
from paysim.engine.systems import settlement_system
from paysim.networks.response import Response
from paysim.networks.systems import Figure, System
from paysim.study.settling import Liquidity, own_liquidity, settle_day
from paysim.study.settling_day import operating_day, synthetic_payments

HOUR = 3600
DAY_TO_DAY = 0.15
"""Standard deviation of the logarithm of a day's value. Range .05 to .3, J: CIPS's months of 2025 lie between 9.9 and
16.7 trn yuan."""
ALLOWED = 0.10
"""Relative error that is allowed, of each measure."""
FLOORS = {"delay_hours": 0.01, "waiting_hours": 0.02, "unsettled_share": 0.002}
"""Absolute error that is allowed of tiny measures: half a minute, a minute, two tenths of a percentage point."""
SEED = 20_000
"""Of the held-out days, far from those of the responses."""
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
        truth = self.settled[name]
        return abs(self.by_day[name] - truth) / max(ALLOWED * truth, FLOORS[name])


LOADS = {
    "CIPS": (
        Load(0.6, 0.45),
        Load(1.1, 0.55),
        Load(1.1, 1.1),
        Load(1.4, 0.65),
        Load(1.7, 0.8),
        Load(2.2, 0.7),
        Load(2.7, 1.1),
        Load(3.5, 0.4),
        Load(3.5, 1.6),
    ),
    "HK-RMB": (Load(0.6, 0.6), Load(1.2, 0.35), Load(1.2, 0.85), Load(2.4, 0.6), Load(3.5, 1.7)),
    "OTH-RTGS": (Load(0.85, 0.35), Load(1.2, 0.6), Load(2.4, 0.85)),
}


def month(system: System, response: Response, load: Load, days: int = WORKING_DAYS, seed: int = SEED) -> Month:
    """Settle a month payment by payment, and read the response for it."""
    rng = np.random.default_rng([seed, round(1000 * load.value), round(1000 * load.liquidity)])
    values = load.value * np.exp(DAY_TO_DAY * rng.standard_normal(days) - 0.5 * DAY_TO_DAY**2)
    sums = np.array([_day(system, value, load.liquidity, seed + day) for day, value in enumerate(values)])
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


def months(name: str, months_each: int) -> Iterator[Month]:
    """Settle so many months of each held-out load of a system."""
    system = settlement_system(name)
    response = response_of(system)
    for load in LOADS[name]:
        yield month(system, response, load, months_each * WORKING_DAYS)


def table(names: dict[str, int]) -> str:
    """The table of the page: what was settled, what was read, and the error."""
    head = (
        "| system | value | liquidity | unsettled, settled | read | waiting, settled | read | delay, settled | read |"
    )
    rows = [head, "|---|---|---|---|---|---|---|---|---|"]
    for name, count in names.items():
        for one in months(name, count):
            cells = [f"`{name}`", f"{one.load.value:g}", f"{one.load.liquidity:g}"]
            for measure, scale, unit in (
                ("unsettled_share", 100, "%"),
                ("waiting_hours", 1, "h"),
                ("delay_hours", 1, "h"),
            ):
                truth, error = scale * one.settled[measure], scale * one.errors[measure]
                cells += [f"{truth:.3g} ± {error:.2g} {unit}", f"{scale * one.by_day[measure]:.3g} {unit}"]
                cells[-1] += "" if one.misses(measure) <= 1.0 else " (!)"
            rows.append(f"| {' | '.join(cells)} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


if __name__ == "__main__":
    table({"CIPS": 3, "HK-RMB": 1, "OTH-RTGS": 1})
