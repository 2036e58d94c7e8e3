"""One day of payments in one settlement system: what settles when, and with how much liquidity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import InputError
from paysim.networks.giants import HandedOver, handed_over
from paysim.networks.indicators import Indicators, LiquidityBounds, indicators, liquidity_bounds
from paysim.networks.payments import Vector
from paysim.networks.settlement import SettlementSystem
from paysim.networks.systems import System
from paysim.scenario.liquidity_table import LiquidityAsked
from paysim.scenario.payments_table import PaymentsTable
from paysim.scenario.table_values import LARGEST
from paysim.study.progress import Progress
from paysim.study.settled.day import OperatingDay


@dataclass(frozen=True)
class Liquidity:
    """What each participant has to pay with, each (P,) int64 minor units.

    opening : brought in at the opening
    collateralised, uncollateralised : credit, how far the balance may go below zero
    cap : what it may inject of its own accord
    """

    opening: Vector
    collateralised: Vector
    uncollateralised: Vector
    cap: Vector

    @classmethod
    def alone(cls, opening: Vector) -> Liquidity:
        """Opening liquidity, without credit and without injections."""
        return cls(opening, *(np.zeros(len(opening), np.int64) for _ in range(3)))


@dataclass(frozen=True)
class Level:
    """What the day is like with liquidity at one position between the bounds, without credit and injections.

    position : from 0, the lower bound, to 1, the upper
    liquidity : of all participants together, minor units
    delay_indicator, mean_delay, unsettled_share, turnover_ratio : as in `Indicators`; NaN where not defined
    """

    position: float
    liquidity: int
    delay_indicator: float
    mean_delay: float
    unsettled_share: float
    turnover_ratio: float


@dataclass(frozen=True)
class SettledDay:
    """A settled day of N payments among P participants; M payments and parts were handed to the system.

    payments, system, day, liquidity : what was settled, where, when and with what
    handed : what the system was given
    settled_parts : (M,) int64 instant of settlement of what the system was given, -1 where there is none
    settled, status : (N,) of the payments as in the table: instant or -1, and a number of `payments.STATUSES`
    indicators : of what the system was given
    brought_in : (P,) minor units: opening liquidity, own injections and closing pay-ins
    lowest_balance : (P,) minor units
    counts : gridlocks, deadlocks, sessions and the like, by name
    """

    payments: PaymentsTable
    system: System
    day: OperatingDay
    liquidity: Liquidity
    handed: HandedOver
    settled_parts: Vector
    settled: Vector
    status: NDArray[np.int8]
    indicators: Indicators
    brought_in: Vector
    lowest_balance: Vector
    counts: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Indicators and counts, as JSON takes them; money in minor units."""
        return {**self.indicators.as_dict(), **self.counts}


def largest_amount(system: System) -> int | None:
    """Largest amount of a payment in minor units, exactly as it was written; None where there is no limit."""
    if system.largest_amount is None:
        return None
    return round(Fraction(repr(system.largest_amount)) * int(10**system.minor_units))


def own_liquidity(system: System, payments: PaymentsTable) -> Liquidity:
    """Give what the system's data say: shares of the value that each participant sends on this day.

    Payments that are returned for being too large do not count. Rounded to the nearest minor unit.
    """
    handed = _handed_over(payments, system)
    sent = _value_sent(payments, handed)
    shares = (system.prefunding, system.collateralised_credit, system.uncollateralised_credit, system.injection_cap)
    return Liquidity(*(_amounts(round(Fraction(share.value) * value) for value in sent) for share in shares))


def asked_liquidity(asked: LiquidityAsked, system: System, payments: PaymentsTable) -> Liquidity:
    """Give what a person asked for, and nothing beside it.

    Raises
    ------
    DataError : a participant with payments has no row in the table
    """
    count = len(payments.names)
    if asked.position is not None:
        return Liquidity.alone(day_bounds(system, payments).between(float(asked.position)))
    if asked.amount is not None:
        return Liquidity.alone(_amounts([asked.amount] * count))
    table = asked.table or {}
    asked.check_names(payments.names)
    return Liquidity(*(_amounts(table[name][column] for name in payments.names) for column in range(4)))


def day_bounds(system: System, payments: PaymentsTable) -> LiquidityBounds:
    """Give the bounds of liquidity of what the system is handed."""
    handed = _handed_over(payments, system)
    sender, receiver = payments.sender[handed.whole], payments.receiver[handed.whole]
    return liquidity_bounds(sender, receiver, handed.amount, handed.arrives, len(payments.names))


def settle_day(payments: PaymentsTable, system: System, liquidity: Liquidity, day: OperatingDay) -> SettledDay:
    """Settle a day of payments.

    Raises
    ------
    InputError : amounts are beyond what 64 bits hold
    """
    _check_size(liquidity)
    handed = _handed_over(payments, system)
    kernel = SettlementSystem(len(payments.names), rules=system.rules)
    kernel.set_liquidity(liquidity.opening)
    kernel.set_credit(liquidity.collateralised, liquidity.uncollateralised)
    kernel.set_injection_cap(liquidity.cap)
    whole = handed.whole
    columns = (handed.arrives, payments.sender[whole], payments.receiver[whole], handed.amount, handed.payment_id)
    kernel.add(*columns, payments.priority[whole], payments.batch[whole])
    try:
        kernel.follow(day.timetable, day.closes + 1)  # a step is without its end, and the closing has to be done
    except ValueError as error:
        raise InputError(f"{system.name}: {error}") from None
    settled = kernel.settled
    return SettledDay(
        payments,
        system,
        day,
        liquidity,
        handed,
        settled,
        handed.settled(settled),
        handed.status(kernel.status),
        _measured(kernel, payments, handed, liquidity, system, day),
        kernel.injected_by,
        kernel.lowest_balance,
        _counts(kernel, handed, payments, day),
    )


def _measured(
    kernel: SettlementSystem,
    payments: PaymentsTable,
    handed: HandedOver,
    liquidity: Liquidity,
    system: System,
    day: OperatingDay,
) -> Indicators:
    """Measure what the system was handed."""
    return indicators(
        payments.sender[handed.whole],
        payments.receiver[handed.whole],
        handed.amount,
        handed.arrives,
        kernel.settled,
        len(payments.names),
        day.opens,
        day.closes,
        available=kernel.injected_by + liquidity.collateralised + liquidity.uncollateralised,
        credit_seconds=sum(kernel.credit_seconds.tolist()),
        credit_price=system.credit_price.value,
    )


def liquidity_levels(
    payments: PaymentsTable, system: System, day: OperatingDay, positions: Sequence[float], progress: Progress
) -> tuple[Level, ...]:
    """Settle the day with liquidity at several positions between its bounds, without credit and injections."""
    bounds = day_bounds(system, payments)
    progress.start("levels of liquidity", len(positions))
    levels = []
    for position in positions:
        found = settle_day(payments, system, Liquidity.alone(bounds.between(position)), day)
        levels.append(
            Level(
                position,
                sum(found.liquidity.opening.tolist()),
                found.indicators.delay_indicator,
                found.indicators.mean_delay,
                found.indicators.unsettled_share,
                found.indicators.turnover_ratio,
            )
        )
        progress.advance(1)
    return tuple(levels)


def _handed_over(payments: PaymentsTable, system: System) -> HandedOver:
    columns = (payments.payment_id, payments.submitted, payments.amount)
    return handed_over(*columns, largest_amount(system), system.above_largest)


def _value_sent(payments: PaymentsTable, handed: HandedOver) -> list[int]:
    sent = np.zeros(len(payments.names), np.int64)
    np.add.at(sent, payments.sender[handed.whole], handed.amount)
    return [int(value) for value in sent]


def _amounts(values: Any) -> Vector:
    """Amounts as a column; an InputError where they do not fit."""
    listed = list(values)
    if max(listed, default=0) > LARGEST:
        raise InputError("the liquidity of a participant is beyond 2^63 minor units")
    return np.array(listed, np.int64)


def _check_size(liquidity: Liquidity) -> None:
    columns = (liquidity.opening, liquidity.collateralised, liquidity.uncollateralised)
    if sum(sum(column.tolist()) for column in columns) > LARGEST:
        raise InputError("liquidity and credit of all participants are together beyond 2^63 minor units")


def _counts(kernel: SettlementSystem, handed: HandedOver, payments: PaymentsTable, day: OperatingDay) -> dict[str, int]:
    in_part, value_in_part = handed.settled_in_part(kernel.settled)
    nets, offsets = kernel.rules.netting != "none", kernel.rules.multilateral != "none"
    return {
        "netting_sessions": (len(day.timetable.netting) + 1) * nets,
        "netting_settled": kernel.netting_settled,
        "offsetting_runs": len(day.timetable.offsetting) * offsets,
        "offset_settled": kernel.offset_settled,
        "pairs_settled": kernel.pairs_settled,
        "gridlocks": kernel.gridlocks,
        "deadlocks": kernel.deadlocks,
        "brought_in": kernel.injected,
        "closing_pay_in": kernel.closing_pay_in,
        "overnight": kernel.overnight,
        "too_large_returned": int(handed.returned.sum()),
        "too_large_returned_value": int(payments.amount[handed.returned].sum()),
        "too_large_split": handed.split,
        "split_settled_in_part": in_part,
        "split_settled_in_part_value": value_in_part,
    }
