"""The published facts of ``settlement_facts.md`` one by one: what the synthetic days of the shipped systems give."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from fact_measures import (
    SEEDS,
    Days,
    Funding,
    alike,
    as_shipped,
    days_of,
    funded_share,
    least,
    matched_minutes,
    mean,
    mean_minutes,
    minutes_by_urgency,
    prompt_share,
    settled_share,
    shares,
    turnover_of_funding,
    turnover_of_used,
    used_share,
    with_offsetting,
    without_offsetting,
)

from paysim.networks.rules import Rules
from paysim.networks.synthetic import DayTraffic
from paysim.networks.synthetic_turnover import solve_reciprocity
from paysim.study.settled.series import course
from paysim.study.settled.settling import SettledDay

# --- T2: 99.8 % of the payments within two minutes --------------------------------------------------------------------

T2_PROMPT = 0.998
"""Share of the payments that is asked for; the ECB publishes 99.85 %."""
T2_SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
T2_RECIPROCITIES = (0.0, 0.3, 0.5)
T2_SCARCE = 0.1
"""Little liquidity, as a share of what each participant sends: there offsetting shows."""


@dataclass(frozen=True)
class Need:
    """The least liquidity that is enough, in three ways of saying how much; shares are of the value of the day.

    position : between the bounds, where every participant knows its bounds before the day
    share : the same liquidity as a share of the value
    alike : share of what it sends, the same for every participant
    """

    position: float
    share: float
    alike: float


def t2_rules() -> dict[str, Rules]:
    """T2's rules, and what is left when its liquidity saving is switched off step by step."""
    rules = days_of("T2").system.rules
    return {
        "T2's rules": rules,
        "no offsetting": without_offsetting(rules),
        "order of arrival": Rules(at_close=rules.at_close),
    }


def t2_need(rules: Rules, reciprocity: float | None = None, target: float = T2_PROMPT) -> Need:
    """The least liquidity with which a share of T2's payments settles within two minutes."""
    days = days_of("T2", reciprocity)

    def enough(funding: Funding) -> bool:
        return mean(prompt_share, days.settle(funding, rules=rules)) >= target

    position = least(lambda place: enough(days.between(place)), 0.9, 1.0, 0.002)
    return Need(position, share_between(days, position), least(lambda share: enough(alike(share)), 0.1, 1.0, 0.005))


def t2_curve(rules: Rules, reciprocity: float | None = None) -> list[tuple[float, float]]:
    """Liquidity as a share of the value, the same for all, and the share of the payments within two minutes."""
    days = days_of("T2", reciprocity)
    found = ((share, days.settle(alike(share), rules=rules)) for share in T2_SHARES)
    return [(share, mean(prompt_share, settled)) for share, settled in found]


def t2_scarce(rules: Rules, reciprocity: float | None = None) -> float:
    """Share of the value that settles where liquidity is scarce."""
    return mean(settled_share, days_of("T2", reciprocity).settle(alike(T2_SCARCE), rules=rules))


def share_between(days: Days, position: float) -> float:
    """Liquidity at a position between the bounds over the value, mean of the days."""
    pairs = zip(days.drawn, days.bounds, strict=True)
    return float(np.mean([bounds.between(position).sum() / payments.amount.sum() for payments, bounds in pairs]))


# --- CHIPS: a turnover of 26 to 29 ------------------------------------------------------------------------------------

CHIPS_PUBLISHED = (26.0, 29.0)
CHIPS_RECIPROCITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5)
CHIPS_LITTLE = 1 / 40
"""A prefunding that leaves room for a turnover of 29: with 1/29 it stays below, because pay-ins come on top."""
CHIPS_MEASURES = ("over what is brought in, prefunding 1/29", "over what is brought in, 1/40", "over what is used")


@cache
def chips_turnover(reciprocity: float) -> tuple[float, float, float]:
    """Turnover of CHIPS at a reciprocity, by each of `CHIPS_MEASURES`: of all days together."""
    days = days_of("CHIPS", reciprocity)
    shipped, little = days.settle(as_shipped), days.settle(shares(prefunding=CHIPS_LITTLE))
    return _brought(shipped), _brought(little), _over(shipped, lambda day: day.indicators.liquidity_used)


def _brought(settled: Sequence[SettledDay]) -> float:
    return _over(settled, lambda day: int(day.brought_in.sum()))


def _over(settled: Sequence[SettledDay], liquidity: Callable[[SettledDay], int]) -> float:
    return sum(day.indicators.settled_value for day in settled) / sum(liquidity(day) for day in settled)


def chips_reciprocity(measure: int, target: float) -> float:
    """The reciprocity that gives a turnover; NaN where none does."""

    def turnover(traffic: DayTraffic) -> float:
        return chips_turnover(traffic.reciprocity)[measure]

    try:
        return solve_reciprocity(days_of("CHIPS").system.traffic, target, turnover)
    except ValueError:
        return float("nan")


CHIPS_SCARCE = 1 / 60
"""A prefunding of half of what is usual: there the rules show."""


def chips_by_rules() -> dict[str, tuple[float, ...]]:
    """What CHIPS's rules do, with little prefunding: the two turnovers, share within two minutes, minutes of delay."""
    days = days_of("CHIPS")
    own = days.system.rules
    ways = {"CHIPS's rules": own, "no offsetting": without_offsetting(own), "order of arrival": Rules(at_close="fund")}
    measures = (turnover_of_funding, turnover_of_used, prompt_share, mean_minutes)
    found = {name: days.settle(shares(prefunding=CHIPS_SCARCE), rules=by) for name, by in ways.items()}
    return {name: tuple(mean(measure, settled) for measure in measures) for name, settled in found.items()}


# --- CHAPS: a fifth of the liquidity saved ----------------------------------------------------------------------------

CHAPS_SEEDS = tuple(range(1, 9))
CHAPS_WAIT = 8.0
"""Minutes that payments wait to be matched, in the mean of their number, as the Bank of England publishes them."""
CHAPS_POSITIONS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
CHAPS_RECIPROCITIES = (0.0, 0.3, 0.45)


@dataclass(frozen=True)
class Saved:
    """What matching saves where payments that are not urgent wait as long with it and without; shares of the value.

    at_once : liquidity with which nothing waits
    without, matched : liquidity without matching and with it
    urgent : minutes that urgent payments wait without matching and with it
    unmatched_wait : minutes that the others would wait without matching, with the liquidity that is enough with it
    """

    at_once: float
    without: float
    matched: float
    urgent: tuple[float, float]
    unmatched_wait: float

    @property
    def saving(self) -> float:
        """Share of the liquidity that matching saves."""
        return 1.0 - self.matched / self.without

    @property
    def over_all(self) -> float:
        """Share saved by matching and waiting together."""
        return 1.0 - self.matched / self.at_once


def chaps_saving(days: Days, wait: float = CHAPS_WAIT) -> Saved:
    """Liquidity with and without matching that makes the same wait; participants know their bounds."""
    rules = days.system.rules

    def waited(position: float, by: Rules) -> float:
        return mean(matched_minutes, days.settle(days.between(position), rules=by))

    both = (without_offsetting(rules), rules)
    found = [least(lambda place, by=by: waited(place, by) <= wait, 0.0, 1.0, 0.008) for by in both]
    settled = [days.settle(days.between(place), rules=by) for place, by in zip(found, both, strict=True)]
    urgent = [mean(lambda day: minutes_by_urgency(day)[0], some) for some in settled]
    without, matched = (share_between(days, place) for place in found)
    return Saved(share_between(days, 1.0), without, matched, (urgent[0], urgent[1]), waited(found[1], both[0]))


def chaps_days(reciprocity: float | None = None, seeds: Sequence[int] = CHAPS_SEEDS) -> Days:
    """Days of CHAPS; savings differ much from day to day."""
    return days_of("CHAPS", reciprocity, tuple(seeds))


def one_by_one(days: Days) -> list[Days]:
    """Each of some days by itself."""
    return [Days(days.system, days.clock, (payments,)) for payments in days.drawn]


def chaps_curve(rules: Rules) -> list[tuple[float, float]]:
    """Liquidity as a share of the value, and the mean wait of payments that are not urgent, minutes."""
    days = chaps_days()
    return [
        (share_between(days, place), mean(matched_minutes, days.settle(days.between(place), rules=rules)))
        for place in CHAPS_POSITIONS
    ]


# --- CIPS: 99 % of the value of its true day --------------------------------------------------------------------------

CIPS_SETTLED = 0.99
CIPS_SHARES = (0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
CIPS_POSITIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
CIPS_OFFSET_EVERY = 600
CIPS_SHIPPED, CIPS_PARTLY = "as shipped", "batches of those short left out"
"""As shipped, one participant that is short holds up all batches of a session; the other way lets the rest settle."""


@dataclass(frozen=True)
class Brought:
    """What it takes to settle a share of the value of CIPS; shares of the value, delays in minutes.

    alone, delay_alone : liquidity brought in at the opening, the same share for all, and nothing later
    cap, injected, delay_injected : the cap of injections on top of the shipped prefunding, all that is then brought in
    known : liquidity at the opening where each participant brings in what lies between its bounds of the day
    """

    alone: float
    delay_alone: float
    cap: float
    injected: float
    delay_injected: float
    known: float


def cips_ways() -> dict[str, dict[str, object]]:
    """How CIPS might settle: what is changed of the shipped system."""
    rules = days_of("CIPS").system.rules
    offset: dict[str, object] = {"rules": with_offsetting(rules), "offset_every": CIPS_OFFSET_EVERY}
    partly = replace(rules, netting="partial")
    return {
        CIPS_SHIPPED: {},
        "with offsetting of queues": offset,
        CIPS_PARTLY: {"rules": partly},
        "both": {**offset, "rules": with_offsetting(partly)},
    }


def cips_need(target: float = CIPS_SETTLED, **changes: object) -> Brought:
    """The least liquidity with which a share of the value of CIPS settles."""
    days = days_of("CIPS")

    def enough(funding: Funding) -> bool:
        return mean(settled_share, days.settle(funding, **changes)) >= target

    alone = least(lambda share: enough(alike(share)), 0.0, 1.0, 0.005)
    cap = least(lambda share: enough(shares(injection_cap=share)), 0.0, 1.0, 0.005)
    position = least(lambda place: enough(days.between(place)), 0.0, 1.0, 0.005)
    first, second = days.settle(alike(alone), **changes), days.settle(shares(injection_cap=cap), **changes)
    known = math.nan if math.isnan(position) else share_between(days, position)
    return Brought(alone, mean(mean_minutes, first), cap, mean(funded_share, second), mean(mean_minutes, second), known)


def cips_curve(known: bool, **changes: object) -> list[tuple[float, float]]:
    """Liquidity brought in as a share of the value, and the share of the value that settles.

    known : each participant brings in what lies between its bounds; else all the same share of what they send
    """
    days = days_of("CIPS")
    ways = [days.between(place) for place in CIPS_POSITIONS] if known else [alike(share) for share in CIPS_SHARES]
    found = (days.settle(funding, **changes) for funding in ways)
    return [(mean(funded_share, settled), mean(settled_share, settled)) for settled in found]


# --- all systems ------------------------------------------------------------------------------------------------------

SYSTEMS = ("CIPS", "HVPS", "HK-RMB", "CHIPS", "FEDWIRE", "T2", "CHAPS", "BOJ-NET", "SPFS", "OTH-RTGS")
OTHER_SYSTEMS_TURNOVER = 6.6
"""Mean turnover of other large-value systems (The Clearing House, 2 April 2024)."""


@dataclass(frozen=True)
class Reached:
    """What comes out of the days of a system as it is shipped; shares of the value, minutes, multiples."""

    settled: float
    prompt: float
    delay: float
    used: float
    turnover_used: float
    turnover_funded: float


MEASURES = (settled_share, prompt_share, mean_minutes, used_share, turnover_of_used, turnover_of_funding)


def reached(name: str) -> Reached:
    """What comes out of the days of a shipped system."""
    settled = days_of(name).settle(as_shipped)
    return Reached(*(mean(measure, settled) for measure in MEASURES))


def fedwire_credit(reciprocity: float | None = None) -> float:
    """Value over the peak of all overdrafts together, had banks no balances and all the credit they ask for (2004)."""
    days = days_of("FEDWIRE", reciprocity, SEEDS[:2])
    settled = days.settle(days.between(1.0))
    return mean(lambda day: float(day.indicators.value / course(day).in_use.max()), settled)
