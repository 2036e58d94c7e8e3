"""One day of a settlement system at true size: what it is handed, how it settles, and what is added up of it.

A measured response (`paysim.networks.response_measure`) and a day on which something happens
(`paysim.networks.event_day`) are made of such days. Sums over days become measures at the end, as ratios of sums.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks.giants import handed_over
from paysim.networks.indicators import liquidity_used
from paysim.networks.payments import Vector
from paysim.networks.response import MEASURES, Array
from paysim.networks.response_plan import Clock, usual_shares
from paysim.networks.settlement import SettlementSystem
from paysim.networks.synthetic import DayPayments
from paysim.networks.systems import System

SECONDS_AN_HOUR = 3600.0

# What is added up of a day: minor units, and minor units times hours.
LATE, WAITED, UNSETTLED, USED, SETTLED, VALUE = range(6)
SUMS = 6


class Handed(NamedTuple):
    """Payments as the system is given them, each (N,)."""

    arrives: Vector
    sender: Vector
    receiver: Vector
    amount: Vector
    payment_id: Vector
    priority: Vector
    batch: NDArray[np.bool_]


class Means(NamedTuple):
    """What each participant has to pay with, each (participants,) int64 minor units."""

    opening: Vector
    collateralised: Vector
    uncollateralised: Vector
    cap: Vector


def minor_units(system: System, amount: float) -> float:
    """An amount of major units in minor ones."""
    return amount * 10.0**system.minor_units


def handed(system: System, day: DayPayments) -> Handed:
    """Payments as the system takes them: those above its largest amount are returned or split."""
    if system.largest_amount is None:
        return Handed(day.arrives, day.sender, day.receiver, day.amount, day.payment_id, day.priority, day.batch)
    largest = round(minor_units(system, system.largest_amount))
    parts = handed_over(day.payment_id, day.arrives, day.amount, largest, system.above_largest)
    kinds = (day.priority[parts.whole], day.batch[parts.whole])
    sides = (day.sender[parts.whole], day.receiver[parts.whole])
    return Handed(parts.arrives, *sides, parts.amount, parts.payment_id, *kinds)


def sent_by(system: System, payments: Handed) -> Vector:
    """What each participant sends, (participants,) minor units."""
    sent = np.zeros(system.traffic.participants, np.int64)
    np.add.at(sent, payments.sender, payments.amount)
    return sent


def means_of(system: System, level: float, value: float, sent: Vector) -> Means:
    """The liquidity of the usual day times a level, each participant's in proportion to what it sends on a day.

    value : multiple of the usual day's value that is sent on that day
    """
    usual = [share.value / value * sent for share in usual_shares(system)]
    return Means(*(np.rint(level * amounts).astype(np.int64) for amounts in usual))


def ample_means(sent: Vector) -> Means:
    """As much opening liquidity as each participant sends, and nothing beside it: nobody is ever short."""
    nothing = np.zeros(len(sent), np.int64)
    return Means(sent, nothing, nothing, nothing)


def opened_day(system: System, payments: Handed, means: Means) -> SettlementSystem:
    """Make a settlement system that knows the day's payments and liquidity, before its opening."""
    kernel = SettlementSystem(system.traffic.participants, rules=system.rules)
    kernel.set_liquidity(means.opening)
    kernel.set_credit(means.collateralised, means.uncollateralised)
    kernel.set_injection_cap(means.cap)
    kernel.add(*payments)
    return kernel


def settle(system: System, clock: Clock, payments: Handed, means: Means) -> Vector:
    """Instants of settlement, (N,), -1 for what does not settle."""
    kernel = opened_day(system, payments, means)
    kernel.follow(clock.timetable, clock.closes + 1)  # a step is without its end, and the closing has to be done
    return kernel.settled


def day_sums(
    system: System, clock: Clock, payments: Handed, settled: Vector, ample: Vector
) -> tuple[float, float, float, float, float, float]:
    """Add up a day, in the order of the names above.

    settled, ample : (N,) instants of settlement, and those from which delays are counted; -1 where there is none
    """
    amount, done = payments.amount.astype(np.float64), settled >= 0
    last = np.where(done, settled, clock.closes) - np.where(ample >= 0, ample, clock.closes)
    hours = amount * last / SECONDS_AN_HOUR
    sides = (payments.sender, payments.receiver, payments.amount)
    used = sum(liquidity_used(*sides, settled, system.traffic.participants).tolist())
    value, done_value = float(amount.sum()), float(amount[done].sum())
    return float(hours[done].sum()), float(hours.sum()), float(amount[~done].sum()), float(used), done_value, value


def measures_of(system: System, sums: Array, days: ArrayLike) -> tuple[dict[str, Array], dict[str, Array]]:
    """Measures of `Response` and their standard errors by name, of sums over days.

    sums : (D, ..., SUMS), zero on days that were not settled
    days : how many were, at least 2, of the shape of a measure or one for all
    """
    whole = sums[..., VALUE]
    usual = np.where(whole > 0.0, minor_units(system, system.traffic.value), 0.0)
    pairs = ((LATE, sums[..., SETTLED]), (WAITED, whole), (UNSETTLED, whole), (USED, usual))
    found = [ratio(sums[..., place], denominator, days) for place, denominator in pairs]
    measures, errors = zip(*found, strict=True)
    return dict(zip(MEASURES, measures, strict=True)), dict(zip(MEASURES, errors, strict=True))


def ratio(numerators: Array, denominators: Array, days: ArrayLike) -> tuple[Array, Array]:
    """Ratio of sums over days (the first axis), and its standard error by the delta method; NaN for 0 / 0."""
    count = np.asarray(days, np.float64)
    whole = denominators.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = numerators.sum(axis=0) / whole
        residuals = numerators - found * denominators
        error = np.sqrt(count / (count - 1.0) * (residuals**2).sum(axis=0)) / whole
    return found, error
