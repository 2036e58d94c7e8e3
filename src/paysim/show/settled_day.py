"""What the figures of a settled day show, and how its amounts and hours are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.study.settled.series import course, delays
from paysim.study.settled.settling import Level, SettledDay
from paysim.words import decimal, deferred
from paysim.words import translated as _

Array = NDArray[np.float64]

SCALES = (
    (1e12, deferred("trn")),
    (1e9, deferred("bn")),
    (1e6, deferred("m")),
    (1e3, deferred("thousand")),
    (1.0, ""),
)


@dataclass(frozen=True)
class DayDrawn:
    """What the figures of a settled day show. Amounts are in the currency's major unit, instants seconds.

    source, command : for the foot
    currency : code
    opens, closes : of the day;  hours : instant to what the clock on the wall shows
    instants, queued, in_use : (K,) the course of the day
    at_hand : liquidity that participants could draw on
    delays, by_number, by_value : (D,) seconds, and shares that settled within them
    value : handed over;  settled_share : of it
    used, delay : liquidity used, and the delay indicator
    positions, level_liquidity, level_delay, level_unsettled : (L,) the levels; L may be 0
    published : turnover as published, 0 where it is not;  published_source : where
    """

    source: str
    command: str
    currency: str
    opens: int
    closes: int
    hours: Callable[[int], str]
    instants: Array
    queued: Array
    in_use: Array
    at_hand: float
    delays: Array
    by_number: Array
    by_value: Array
    value: float
    settled_share: float
    used: float
    delay: float
    positions: Array
    level_liquidity: Array
    level_delay: Array
    level_unsettled: Array
    published: float = 0.0
    published_source: str = ""

    @property
    def manifest(self) -> dict[str, str]:
        """What the foot of the figures says."""
        return {"version": self.source, "command": self.command}

    @classmethod
    def of(cls, day: SettledDay, levels: Sequence[Level], source: str, command: str) -> DayDrawn:
        """Take what is drawn out of a settled day; source and command are for the foot."""
        found, unit = day.indicators, 10**day.system.minor_units
        lines, waited = course(day), delays(day)
        turnover = day.system.figures.get("published.turnover")
        return cls(
            source,
            command,
            day.system.currency,
            day.day.opens,
            day.day.closes,
            day.day.clock.clock,
            lines.instants.astype(np.float64),
            lines.queued / unit,
            lines.in_use / unit,
            at_hand(day) / unit,
            waited.seconds.astype(np.float64),
            waited.by_number,
            waited.by_value,
            found.value / unit,
            found.settled_value / max(found.value, 1),
            found.liquidity_used / unit,
            found.delay_indicator,
            np.array([level.position for level in levels]),
            np.array([level.liquidity / unit for level in levels]),
            np.array([level.delay_indicator for level in levels]),
            np.array([level.unsettled_share for level in levels]),
            0.0 if turnover is None else turnover.value,
            "" if turnover is None else turnover.source.partition(" (http")[0],
        )


def at_hand(day: SettledDay) -> int:
    """Liquidity that all participants could draw on: opening, injections and credit, minor units."""
    return 0 if day.indicators.available is None else sum(day.indicators.available.tolist())


def scale_of(amount: float) -> tuple[float, str]:
    """Size and word in which an amount is written: 1e9 and ``bn`` for five billion."""
    size, word = next((scale for scale in SCALES if amount >= scale[0]), SCALES[-1])
    return size, _(word) if word else ""


def money(amount: float, currency: str) -> str:
    """An amount with at most four digits and its unit."""
    size, word = scale_of(amount)
    return " ".join(part for part in (decimal(f"{amount / size:,.4g}"), word, currency) if part)


def unit_of(word: str, currency: str) -> str:
    """The unit of an axis: ``bn CNY``."""
    return f"{word} {currency}".strip()
