"""Measure how a settlement system responds to value and liquidity, on synthetic days of true size.

A thinned day cannot stand in for a day of true size: no scaling of its liquidity gives the delays of the full queue. So
every point of the grid is settled payment by payment with the rules of ``docs/reference/settlement.md``.

**Value** is varied by the number of payments: twice the value is twice as many payments of the same law of amounts,
with the same caps in money. **Liquidity** is varied by one factor on all that participants have: opening liquidity,
both credits and injection caps. Of all participants together it is the system's share of the usual day's value, and
does not grow with the value of the day; each has of it in proportion to what it sends on the day. At the usual value
that is the liquidity of ``paysim settle``.

**Common luck.** A day is laid in layers, one for each step of the axis of values, each drawn with a seed of its own.
The day of a lower value is contained in that of a higher one, payment by payment, and all levels of liquidity settle
the same payments. Days are drawn anew, and from their differences comes the Monte-Carlo error.

**Days of its own.** A plan with `most_days` has too many values for layers: each layer is scaled to its own value, and
a day made of many thin ones has its large payments more evenly than a day drawn at once. There every value has its own
days, each drawn whole, and only the levels of liquidity share their luck. First all points get `days`; then those whose
unsettled share, or that of a neighbour, is not known well enough get as many more as its spread says (Stein 1945,
Annals of Mathematical Statistics 16, 243-258: two samples, the size of the second by the variance of the first).

**Ample liquidity** is as much opening liquidity as a participant sends on the day: nobody is ever short. What waits
then, waits for a netting session or for an injection window, and not for liquidity. Delays are counted from there,
payment by payment. So with ample liquidity they are exactly zero, under all rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from paysim.networks.payments import Vector
from paysim.networks.response import AMPLE, Array, Response
from paysim.networks.response_day import SUMS, ample_means, day_sums, handed, means_of, measures_of, sent_by, settle
from paysim.networks.response_plan import SEED, Plan, operating_clock, quick_plan, response_key
from paysim.networks.synthetic import DayPayments, DayTraffic, synthetic_day
from paysim.networks.systems import System

DIGITS = 6
"""Significant digits that are kept: fewer than what differs between machines, more than chance leaves certain."""

PRECISION, LEAST_ERROR = 0.04, 0.0008
"""Standard error up to which a plan with `most_days` adds days: of an unsettled share relative to it, or as a share
where that is more. Less than half of the tenth, or of the two tenths of a percentage point, to which the page
``docs/explanation/response.md`` holds readings."""

Points = tuple[dict[str, Array], dict[str, Array]]
"""Measures, and their standard errors, by name."""

Progress = Callable[[int, int], None]
"""Told how many points have been settled, and of how many; days that are added count for nothing."""


def measure_response(
    system: System, seed: int = SEED, plan: Plan | None = None, progress: Progress | None = None
) -> Response:
    """Measure the response of a system.

    Memory is that of one day of the largest value, whatever the number of days and points, and of a few sums a point
    and day.

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
    told = _counter(chosen.points, progress)
    if chosen.most_days is None:
        measures, errors = _in_layers(system, seed, chosen, chosen.value, chosen.liquidity, told)
    else:
        rows = [_own_days(system, seed, chosen, value, chosen.liquidity, told) for value in chosen.value]
        measures, errors = ({name: np.stack([row[part][name] for row in rows]) for name in rows[0][part]}
                            for part in range(2))  # fmt: skip
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
    levels : (K,) of liquidity, some of the plan's, ascending

    Returns
    -------
    measures, errors : by name, each (K,)
    """
    if plan.most_days is not None:
        return _own_days(system, seed, plan, value, levels)
    values = plan.value[: plan.value.index(value) + 1]
    measures, errors = _in_layers(system, seed, plan, values, levels)
    return _last(measures), _last(errors)


def _last(tables: dict[str, Array]) -> dict[str, Array]:
    return {name: table[-1] for name, table in tables.items()}


def _counter(points: int, progress: Progress | None) -> Callable[[], None]:
    """Make what is to be called after each point."""
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, points)

    return told


def _in_layers(
    system: System,
    seed: int,
    plan: Plan,
    values: tuple[float, ...],
    levels: Sequence[float],
    told: Callable[[], None] = lambda: None,
) -> Points:
    """Measures at the first values of a plan, (values, levels), all of them on the same days."""
    sums = np.zeros((plan.days, len(values), len(levels), SUMS))
    for number in range(plan.days):
        for row, payments in enumerate(layered_days(system, seed, number, values)):
            for column, found in enumerate(_settled_at(system, payments, values[row], levels)):
                sums[number, row, column] = found
                told()
    return _rounded(measures_of(system, sums, plan.days))


def _own_days(
    system: System,
    seed: int,
    plan: Plan,
    value: float,
    levels: Sequence[float],
    told: Callable[[], None] = lambda: None,
) -> Points:
    """Measures at one value of a plan, (levels,), on days that only this value has."""
    asked = np.isin(plan.liquidity, levels)
    near = np.convolve(asked, (1, 1, 1), "same") > 0
    chosen, own = np.array(plan.liquidity)[near], asked[near]
    days, most = plan.days_at(value)
    sums = np.zeros((most, len(chosen), SUMS))
    first = plan.value.index(value) * (plan.most_days or plan.days)  # no other value has these numbers

    def settle_day(number: int, columns: NDArray[np.intp]) -> None:
        (payments,) = layered_days(system, seed, first + number, (value,))
        for column, found in zip(columns, _settled_at(system, payments, value, chosen[columns].tolist()), strict=True):
            sums[number, column] = found
            if number < days and own[column]:
                told()

    for number in range(days):
        settle_day(number, np.arange(len(chosen)))
    needed = np.where(own, _days_wanted(system, sums[:days], most), 0)
    for number in range(days, int(needed.max())):
        settle_day(number, np.flatnonzero(needed > number))
    return _rounded(measures_of(system, sums[:, own], needed[own]))


def _days_wanted(system: System, sums: Array, most: int) -> Vector:
    """Days that each level should have by the spread of the first ones, (levels,); a level asks for its neighbours."""
    days = len(sums)
    measures, errors = measures_of(system, sums, days)
    share, error = measures["unsettled_share"], errors["unsettled_share"]
    more = (error / np.maximum(PRECISION * share, LEAST_ERROR)) ** 2
    wanted = np.clip(np.ceil(days * more), days, most).astype(np.int64)
    either = np.pad(wanted, 1)
    return np.asarray(np.maximum(np.maximum(either[:-2], either[2:]), wanted))


def _rounded(points: Points) -> Points:
    """Measures and errors to the digits that are kept."""
    measures, errors = ({name: _to_digits(table) for name, table in tables.items()} for tables in points)
    return measures, errors


def _to_digits(values: Array) -> Array:
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
    day: DayPayments | None = None
    for layer, (low, high) in enumerate(zip((0.0, *values), values, strict=False)):
        more = day_layer(system, seed, number, layer, high - low)
        day = more if day is None else merged(day, more)
        yield day


def day_layer(system: System, seed: int, number: int, layer: int, value: float) -> DayPayments:
    """Draw a layer of a day: payments of so many usual days, of the same law, with ids from 0.

    number, layer : of the day and of the layer in it, from 0
    """
    stream = np.random.SeedSequence(seed, spawn_key=(crc32(b"response"), number, layer))
    own = int(stream.generate_state(1, np.uint64)[0])
    return synthetic_day(_scaled(system, value), 0, operating_clock(system).closes, own, system.minor_units)


def _scaled(system: System, multiple: float) -> DayTraffic:
    """More or fewer payments of the same law: the caps stay what they are in money."""
    traffic = system.traffic
    payments = max(1, round(traffic.payments * multiple))
    exact = payments / traffic.payments
    return replace(traffic, payments=payments, value=traffic.value * multiple, largest=traffic.largest / exact)


def merged(one: DayPayments, other: DayPayments) -> DayPayments:
    """Two days as one, in the order of arrival, with new ids."""
    order = np.argsort(np.concatenate((one.arrives, other.arrives)), kind="stable")
    columns = (np.concatenate(pair)[order] for pair in zip(one[1:], other[1:], strict=True))
    return DayPayments(np.arange(len(order)), *columns)


def _settled_at(system: System, day: DayPayments, value: float, levels: Sequence[float]) -> Iterator[tuple[float, ...]]:
    """Settle a day of some value at each level of liquidity, ascending, and give the sums named above."""
    payments, clock = handed(system, day), operating_clock(system)
    sent = sent_by(system, payments)
    ample = settle(system, clock, payments, ample_means(sent))
    settled: Vector | None = None
    for level in levels:
        if level == AMPLE:
            settled = ample
        elif settled is None or not np.array_equal(settled, ample):  # else more liquidity changes nothing
            settled = settle(system, clock, payments, means_of(system, level, value, sent))
        yield day_sums(system, clock, payments, settled, ample)
