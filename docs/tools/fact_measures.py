"""What the page ``settlement_facts.md`` measures: synthetic days of shipped systems, settled in many ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from paysim.engine.systems import settlement_system
from paysim.networks.indicators import LiquidityBounds
from paysim.networks.rules import Rules
from paysim.networks.systems import System
from paysim.scenario.payments_table import PaymentsTable
from paysim.study.settled.day import OperatingDay, operating_day, synthetic_payments
from paysim.study.settled.settling import Liquidity, SettledDay, day_bounds, own_liquidity, settle_day

SEEDS = (1, 2, 3)
MINUTE, HOUR = 60, 3600
PROMPT = 2 * MINUTE
"""What the ECB publishes of T2: payments settled within two minutes."""

Funding = Callable[[System, PaymentsTable], Liquidity]
"""Gives what each participant has to pay with on a day."""


@dataclass(frozen=True)
class Days:
    """Some synthetic days of a system, to be settled again and again.

    system : as shipped, or changed
    clock : the operating day
    drawn : payments of each day
    """

    system: System
    clock: OperatingDay
    drawn: tuple[PaymentsTable, ...]

    @cached_property
    def bounds(self) -> tuple[LiquidityBounds, ...]:
        """Bounds of the liquidity of each day."""
        return tuple(day_bounds(self.system, payments) for payments in self.drawn)

    def settle(self, funding: Funding, **changes: Any) -> list[SettledDay]:
        """Settle each day, by rules or other fields of the system that are not those it was drawn with."""
        system = replace(self.system, **changes)
        clock = operating_day(system, self.clock.date) if "offset_every" in changes else self.clock
        return [settle_day(payments, system, funding(system, payments), clock) for payments in self.drawn]

    def between(self, position: float) -> Funding:
        """Give each participant what lies at a position between its bounds of the day, as if it knew the day before."""
        known = {id(payments): bounds for payments, bounds in zip(self.drawn, self.bounds, strict=True)}
        return lambda _, payments: Liquidity.alone(known[id(payments)].between(position))


@lru_cache(maxsize=4)  # a day of CHIPS has half a million payments
def days_of(name: str, reciprocity: float | None = None, seeds: Sequence[int] = SEEDS) -> Days:
    """Draw days of a shipped system, with another reciprocity if one is given."""
    system = settlement_system(name)
    if reciprocity is not None:
        system = replace(system, traffic=replace(system.traffic, reciprocity=reciprocity))
    clock = operating_day(system)
    return Days(system, clock, tuple(synthetic_payments(system, clock, seed) for seed in seeds))


def as_shipped(system: System, payments: PaymentsTable) -> Liquidity:
    """What the system's data say."""
    return own_liquidity(system, payments)


def alike(share: float) -> Funding:
    """Give all the same share of the value that they send on the day, and neither credit nor injections."""
    return shares(prefunding=share, collateralised_credit=0.0, uncollateralised_credit=0.0, injection_cap=0.0)


def shares(**values: float) -> Funding:
    """Take what the system's data say, but for some shares."""

    def funding(system: System, payments: PaymentsTable) -> Liquidity:
        changed = {name: replace(getattr(system, name), value=value) for name, value in values.items()}
        return own_liquidity(replace(system, **changed), payments)

    return funding


def without_offsetting(rules: Rules) -> Rules:
    """Give the same rules, but every payment settles alone."""
    return replace(rules, bilateral=False, multilateral="none")


def with_offsetting(rules: Rules) -> Rules:
    """Give the same rules, with offsetting of pairs and of all queues."""
    return replace(rules, bilateral=True, multilateral="partial")


def least(enough: Callable[[float], bool], low: float, high: float, width: float) -> float:
    """Give the least value that is enough, by halving an interval; NaN if the highest is not.

    What is enough is taken to stay enough above. Queues make small exceptions to that, of the size of one payment.
    """
    if not enough(high):
        return float("nan")
    if enough(low):
        return low
    while high - low > width:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


# --- measures over some days, each day counting the same --------------------------------------------------------------


def mean(measure: Callable[[SettledDay], float], settled: Sequence[SettledDay]) -> float:
    """Mean of a measure over settled days."""
    return float(np.mean([measure(day) for day in settled]))


def prompt_share(day: SettledDay) -> float:
    """Share of the payments, by number, that settle within two minutes."""
    return float(_prompt(day).mean())


def prompt_value(day: SettledDay) -> float:
    """The same by value."""
    return float(day.payments.amount[_prompt(day)].sum() / day.payments.amount.sum())


def _prompt(day: SettledDay) -> Any:
    return (day.settled >= 0) & (day.settled - day.payments.submitted <= PROMPT)


def settled_share(day: SettledDay) -> float:
    """Share of the value that settles."""
    return 1.0 - day.indicators.unsettled_share


def mean_minutes(day: SettledDay) -> float:
    """Mean delay by value, minutes."""
    return day.indicators.mean_delay / MINUTE


def funded_share(day: SettledDay) -> float:
    """Liquidity brought in, prefunding and injections and closing pay-ins, over the value of the day."""
    return float(day.brought_in.sum() / day.payments.amount.sum())


def used_share(day: SettledDay) -> float:
    """Liquidity used over the value of the day: the sum of the largest net debits."""
    return day.indicators.liquidity_used / day.indicators.value


def turnover_of_used(day: SettledDay) -> float:
    """Value settled over liquidity used."""
    return day.indicators.turnover_ratio


def turnover_of_funding(day: SettledDay) -> float:
    """Value settled over liquidity brought in."""
    return float(day.indicators.settled_value / day.brought_in.sum())


def closing_share(day: SettledDay) -> float:
    """Liquidity paid in at the closing over the value of the day."""
    return day.counts["closing_pay_in"] / day.indicators.value


def minutes_by_urgency(day: SettledDay) -> tuple[float, float]:
    """Mean wait of the urgent payments and of the others, minutes, each payment counting the same."""
    ended = np.where(day.settled < 0, day.day.closes, day.settled)
    waited = (ended - day.payments.submitted) / MINUTE
    urgent = day.payments.priority == 0
    return float(waited[urgent].mean()), float(waited[~urgent].mean())


def matched_minutes(day: SettledDay) -> float:
    """Mean wait of the payments that are not urgent, minutes."""
    return minutes_by_urgency(day)[1]


def value_after(day: SettledDay, hour: int) -> float:
    """Share of the settled value that settles after an hour by the system's own clock."""
    last = day.day.closes
    clock = day.day.clock.clock
    begin = next(instant for instant in range(last - last % HOUR, 0, -HOUR) if clock(instant)[:5] <= f"{hour:02d}:00")
    done = day.settled >= 0
    late = done & (day.settled >= begin)
    return float(day.payments.amount[late].sum() / day.payments.amount[done].sum())


def mean_hour(day: SettledDay) -> float:
    """Mean instant of settlement by value, hours by the system's own clock (for a day that begins after midnight)."""
    done = day.settled >= 0
    return float(np.average(day.settled[done], weights=day.payments.amount[done]) / HOUR)


# --- what is solved so that nearly everything settles -----------------------------------------------------------------

ENOUGH = 0.995
"""Share of the value that the shipped systems settle at least: operators promise all, the rest is luck."""
SOLVED: Mapping[str, str] = {
    "CIPS": "injection_cap",
    "HK-RMB": "injection_cap",
    "FEDWIRE": "prefunding",
    "T2": "collateralised_credit",
    "BOJ-NET": "collateralised_credit",
    "SPFS": "injection_cap",
    "OTH-RTGS": "injection_cap",
}
"""The figure of each system that was solved for that; the others fund their queues at the closing."""


def least_figure(name: str, enough: float = ENOUGH, width: float = 0.01) -> float:
    """Give the least value of a system's solved figure with which a share of the value settles."""
    days, figure = days_of(name), SOLVED[name]
    return least(lambda value: mean(settled_share, days.settle(shares(**{figure: value}))) >= enough, 0.0, 1.0, width)
