"""Measure how a settlement system responds to value and liquidity, on synthetic days of true size.

A thinned day cannot stand in for a day of true size: no scaling of its liquidity gives the delays of the full queue. So
every point of the grid is settled payment by payment with the rules of ``docs/settlement.md``.

**Value** is varied by the number of payments: twice the value is twice as many payments of the same law of amounts,
with the same caps in money. **Liquidity** is varied by one factor on all that participants have: opening liquidity,
both credits and injection caps. Of all participants together it is the system's share of the usual day's value, and
does not grow with the value of the day; each has of it in proportion to what it sends on the day. At the usual value
that is the liquidity of ``paysim settle``.

**Common luck.** A day is laid in layers, one for each step of the axis of values, each drawn with a seed of its own.
The day of a lower value is contained in that of a higher one, payment by payment, and all levels of liquidity settle
the same payments. Days are drawn anew, and from their differences comes the Monte-Carlo error.

**Ample liquidity** is as much opening liquidity as a participant sends on the day: nobody is ever short. What waits
then, waits for a netting session or for an injection window, and not for liquidity. Delays are counted from there,
payment by payment. So with ample liquidity they are exactly zero, under all rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from paysim.networks.giants import handed_over
from paysim.networks.indicators import liquidity_used
from paysim.networks.payments import Vector
from paysim.networks.response import AMPLE, MEASURES, Array, Response
from paysim.networks.response_plan import SEED, Clock, Plan, operating_clock, quick_plan, response_key, usual_shares
from paysim.networks.settlement import SettlementSystem
from paysim.networks.synthetic import DayPayments, DayTraffic, synthetic_day
from paysim.networks.systems import System

DIGITS = 6
"""Significant digits that are kept: fewer than what differs between machines, more than chance leaves certain."""

_SECONDS_AN_HOUR = 3600.0

Points = tuple[dict[str, Array], dict[str, Array]]
"""Measures, and their standard errors, by name."""

Progress = Callable[[int, int], None]
"""Told how many points have been settled, and of how many."""


def measure_response(
    system: System, seed: int = SEED, plan: Plan | None = None, progress: Progress | None = None
) -> Response:
    """Measure the response of a system.

    Memory is that of one day of the largest value, whatever the number of days and points.

    Parameters
    ----------
    system : with its rules, its usual day and the usual liquidity of its participants
    seed : whole number >= 0
    plan : where and how often; default `quick_plan`
    progress : called after each point

    Raises
    ------
    ValueError : as `synthetic_day`
    """
    chosen = quick_plan(system) if plan is None else plan
    sums = np.zeros((chosen.days, len(chosen.value), len(chosen.liquidity), _SUMS))
    done = 0
    for number in range(chosen.days):
        for row, payments in enumerate(layered_days(system, seed, number, chosen.value)):
            for column, found in enumerate(_settled_at(system, payments, chosen.value[row], chosen.liquidity)):
                sums[number, row, column] = found
                done += 1
                if progress is not None:
                    progress(done, chosen.points)
    measures, errors = _measures(system, sums)
    return Response(
        key=response_key(system, chosen, seed),
        seed=seed,
        days=chosen.days,
        value=np.array(chosen.value),
        liquidity=np.array(chosen.liquidity),
        **measures,
        errors=errors,
    )


def measure_points(system: System, plan: Plan, value: float, levels: Sequence[float], seed: int = SEED) -> Points:
    """Measure a few points of a plan: the same numbers as `measure_response` gives there, for less.

    Parameters
    ----------
    value : one of the plan's
    levels : (K,) of liquidity, some of the plan's

    Returns
    -------
    measures, errors : by name, each (K,)
    """
    values = plan.value[: plan.value.index(value) + 1]
    sums = np.zeros((plan.days, len(levels), _SUMS))
    for number in range(plan.days):
        *_, payments = layered_days(system, seed, number, values)
        sums[number] = list(_settled_at(system, payments, value, levels))
    return _measures(system, sums)


# What is added up at each point of a day: minor units, and minor units times hours.
_LATE, _WAITED, _UNSETTLED, _USED, _SETTLED, _VALUE = range(6)
_SUMS = 6


def _measures(system: System, sums: Array) -> Points:
    """Measures and their errors by name, of sums whose first axis are the days."""
    whole = sums[..., _VALUE]
    usual = np.full_like(whole, _minor(system, system.traffic.value))
    pairs = ((_LATE, sums[..., _SETTLED]), (_WAITED, whole), (_UNSETTLED, whole), (_USED, usual))
    found = [_ratio(sums[..., place], denominator) for place, denominator in pairs]
    measures, errors = ([_rounded(one) for one in column] for column in zip(*found, strict=True))
    return dict(zip(MEASURES, measures, strict=True)), dict(zip(MEASURES, errors, strict=True))


def _ratio(numerators: Array, denominators: Array) -> tuple[Array, Array]:
    """Ratio of sums over days (the first axis), and its standard error by the delta method; NaN for 0 / 0."""
    days = len(numerators)
    whole = denominators.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = numerators.sum(axis=0) / whole
        residuals = numerators - ratio * denominators
        error = np.sqrt(days / (days - 1.0) * (residuals**2).sum(axis=0)) / whole
    return ratio, error


def _rounded(values: Array) -> Array:
    return np.array([float(f"{value:.{DIGITS}g}") for value in values.ravel()]).reshape(values.shape)


def layered_days(system: System, seed: int, number: int, values: tuple[float, ...]) -> Iterator[DayPayments]:
    """Draw a day at several values, each containing the one before it.

    Parameters
    ----------
    number : of the day, from 0
    values : multiples of the usual day's value, ascending

    Yields
    ------
    the day's payments, with instants from the opening on, in seconds
    """
    closes = operating_clock(system).closes
    day: DayPayments | None = None
    for layer, (low, high) in enumerate(zip((0.0, *values), values, strict=False)):
        stream = np.random.SeedSequence(seed, spawn_key=(crc32(b"response"), number, layer))
        own = int(stream.generate_state(1, np.uint64)[0])
        more = synthetic_day(_scaled(system, high - low), 0, closes, own, system.minor_units)
        day = more if day is None else _merged(day, more)
        yield day


def _scaled(system: System, multiple: float) -> DayTraffic:
    """More or fewer payments of the same law: the caps stay what they are in money."""
    traffic = system.traffic
    payments = max(1, round(traffic.payments * multiple))
    exact = payments / traffic.payments
    return replace(traffic, payments=payments, value=traffic.value * multiple, largest=traffic.largest / exact)


def _merged(one: DayPayments, other: DayPayments) -> DayPayments:
    """Two days as one, in the order of arrival, with new ids."""
    order = np.argsort(np.concatenate((one.arrives, other.arrives)), kind="stable")
    columns = (np.concatenate(pair)[order] for pair in zip(one[1:], other[1:], strict=True))
    return DayPayments(np.arange(len(order)), *columns)


def _minor(system: System, amount: float) -> float:
    return amount * 10.0**system.minor_units


class _Handed(NamedTuple):
    """Payments as the system is given them, each (N,)."""

    arrives: Vector
    sender: Vector
    receiver: Vector
    amount: Vector
    payment_id: Vector
    priority: Vector
    batch: NDArray[np.bool_]


def _settled_at(system: System, day: DayPayments, value: float, levels: Sequence[float]) -> Iterator[tuple[float, ...]]:
    """Settle a day of some value at each level of liquidity, ascending, and give the sums named above."""
    payments, clock = _handed(system, day), operating_clock(system)
    count = system.traffic.participants
    sent = np.zeros(count, np.int64)
    np.add.at(sent, payments.sender, payments.amount)
    usual = [share.value / value * sent for share in usual_shares(system)]
    nothing = np.zeros(count, np.int64)
    ample = _settle(system, clock, payments, (sent, nothing, nothing, nothing))
    settled = None
    for level in levels:
        if level == AMPLE:
            settled = ample
        elif settled is None or not np.array_equal(settled, ample):  # else more liquidity changes nothing
            means = tuple(np.rint(level * amounts).astype(np.int64) for amounts in usual)
            settled = _settle(system, clock, payments, means)
        yield _sums(system, clock, payments, settled, ample)


def _handed(system: System, day: DayPayments) -> _Handed:
    """Payments as the system takes them: those above its largest amount are returned or split."""
    if system.largest_amount is None:
        return _Handed(day.arrives, day.sender, day.receiver, day.amount, day.payment_id, day.priority, day.batch)
    largest = round(_minor(system, system.largest_amount))
    parts = handed_over(day.payment_id, day.arrives, day.amount, largest, system.above_largest)
    kinds = (day.priority[parts.whole], day.batch[parts.whole])
    sides = (day.sender[parts.whole], day.receiver[parts.whole])
    return _Handed(parts.arrives, *sides, parts.amount, parts.payment_id, *kinds)


def _settle(system: System, clock: Clock, payments: _Handed, means: tuple[Vector, ...]) -> Vector:
    """Instants of settlement, (N,), -1 for what does not settle."""
    opening, collateralised, uncollateralised, cap = means
    kernel = SettlementSystem(system.traffic.participants, rules=system.rules)
    kernel.set_liquidity(opening)
    kernel.set_credit(collateralised, uncollateralised)
    kernel.set_injection_cap(cap)
    kernel.add(*payments)
    kernel.follow(clock.timetable, clock.closes + 1)  # a step is without its end, and the closing has to be done
    return kernel.settled


def _sums(system: System, clock: Clock, payments: _Handed, settled: Vector, ample: Vector) -> tuple[float, ...]:
    amount, done = payments.amount.astype(np.float64), settled >= 0
    last = np.where(done, settled, clock.closes) - np.where(ample >= 0, ample, clock.closes)
    hours = amount * last / _SECONDS_AN_HOUR
    sides = (payments.sender, payments.receiver, payments.amount)
    used = sum(liquidity_used(*sides, settled, system.traffic.participants).tolist())
    value, done_value = float(amount.sum()), float(amount[done].sum())
    return float(hours[done].sum()), float(hours.sum()), float(amount[~done].sum()), float(used), done_value, value
