"""Where, how often and on what day the response of a settlement system is measured, and what it is known by."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from paysim.networks.response import AMPLE
from paysim.networks.rules import Timetable
from paysim.networks.systems import Figure, System

RULES_VERSION = 1
"""Part of what a measured response is known by. To be raised when settlement, the synthetic day or the measuring change
in a way that changes numbers; the shipped responses are then to be measured again: ``docs/tools/response_files.py``."""

ANY_DAY = date(2025, 6, 11)
"""The working day whose hours are used, or the next one: a Wednesday, with no day off after it and no change of clocks,
in the year from which most figures of the shipped systems are. It is the day of ``paysim settle``."""

SEED = 1
"""Seed of the synthetic days, unless another is asked for."""

_LONGEST_REST = timedelta(days=30)
"""Longer than any system rests."""


@dataclass(frozen=True)
class Plan:
    """Where and how often a response is measured.

    value : multiples of the usual day's value, positive, ascending
    liquidity : multiples of the usual liquidity, from 0, ascending, the last one `AMPLE`
    days : days that are drawn of every point, at least 2
    most_days : days, at least as many, up to which points get more if chance has much to say there; None: no point
        does. Where there are such points, values above the usual one have as many times fewer of them, and values below
        it as many times more `days`: a day of half the value costs half as much and tells less

    Raises
    ------
    ValueError : fewer than two values or levels, a value outside its range, or out of order
    """

    value: tuple[float, ...]
    liquidity: tuple[float, ...]
    days: int
    most_days: int | None = None

    def __post_init__(self) -> None:
        """Check every field."""
        for name, axis in (("value", self.value), ("liquidity", self.liquidity)):
            if len(axis) < 2 or any(not low < high for low, high in pairwise(axis)):
                raise ValueError(f"{name} is two multiples or more, ascending; got {axis}")
        if not self.value[0] > 0 or not self.value[-1] < AMPLE:
            raise ValueError(f"multiples of value are positive and finite, got {self.value}")
        if not self.liquidity[0] >= 0 or self.liquidity[-1] != AMPLE:
            raise ValueError(f"multiples of liquidity are from 0 to ample, got {self.liquidity}")
        if self.days < 2:
            raise ValueError(f"an error needs two days or more, got {self.days}")
        if self.most_days is not None and self.most_days < self.days:
            raise ValueError(f"the most days are at least the {self.days} of every point, got {self.most_days}")

    @property
    def points(self) -> int:
        """How many times a day is settled, all in all, without days that are added."""
        return len(self.liquidity) * sum(self.days_at(value)[0] for value in self.value)

    def days_at(self, value: float) -> tuple[int, int]:
        """Give the days that every point of some value gets, and the most that one can get."""
        if self.most_days is None:
            return self.days, self.days
        days = min(round(self.days / min(value, 1.0)), self.most_days)
        return days, max(days, round(self.most_days / max(value, 1.0)))


_VALUE = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
_LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, AMPLE)
_OFFSET_LEVELS = (0.05, *_LEVELS[1:])
"""Without any liquidity, a system that offsets its queues searches all payments of the day again and again: hours of
computing for a state that no system is in."""
_QUICK_SETTLED = 4_000_000
"""Payments that a quick measurement settles at each level of liquidity: with those of CIPS some 20 seconds."""
_FEWEST_DAYS = 3

_FINE_VALUE = (0.25, 0.35, 0.5, 0.6, 0.75, 0.875, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 8.0)
_FINE_LEVELS = (
    *(0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05),
    *(1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.75, 1.9, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 12.0),
    AMPLE,
)
_GROSS_LEVELS = (
    *(0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.75, 0.85, 1.0, 1.2, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0),
    *(8.0, 12.0, AMPLE),
)
_BIG_VALUE = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
_SMALL, _MIDDLE, _BIG = 60_000, 150_000, 250_000
"""Payments a day: up to the first the fine grid is affordable, up to the second that of systems that settle payments
one by one, and from the third on there are fewer values."""
_THOROUGH_SETTLED, _GROSS_SETTLED, _BIG_SETTLED = 25_000_000, 75_000_000, 50_000_000
_MOST_DAYS, _MOST_GROSS_DAYS = 20, 40
_FINE_DAYS, _MOST_FINE_DAYS = 40, 800  # of every point, and of one at which the last session may go either way
_OFFSETTING = 3  # times the work: a run looks at all queues, and they are long where liquidity is short


def quick_plan(system: System) -> Plan:
    """Choose a plan for a system that somebody waits for: seconds for a small one, minutes for a big one."""
    value = _VALUE if system.traffic.payments < _BIG else _BIG_VALUE
    return Plan(value, _levels(system), _days(system, value, _QUICK_SETTLED))


def thorough_plan(system: System) -> Plan:
    """Choose the plan of a shipped response.

    The grid is fine for a small system with netting sessions. Where they settle everything or nothing, which of the two
    turns within a little liquidity, and at the turn most days tell little: all or nothing of the batches stays
    unsettled.
    """
    if system.traffic.payments >= _BIG:
        return Plan(_BIG_VALUE, _levels(system), _days(system, _BIG_VALUE, _BIG_SETTLED))
    if system.rules.netting != "none" and system.traffic.payments <= _SMALL:
        return Plan(_FINE_VALUE, _FINE_LEVELS, _FINE_DAYS, _MOST_FINE_DAYS)
    if system.traffic.payments <= _MIDDLE and not _offsets(system):
        return Plan(_VALUE, _GROSS_LEVELS, _days(system, _VALUE, _GROSS_SETTLED, _MOST_GROSS_DAYS))
    return Plan(_VALUE, _levels(system), _days(system, _VALUE, _THOROUGH_SETTLED))


def _offsets(system: System) -> bool:
    return system.rules.bilateral or system.rules.multilateral != "none"


def _levels(system: System) -> tuple[float, ...]:
    return _OFFSET_LEVELS if _offsets(system) else _LEVELS


def _days(system: System, value: tuple[float, ...], settled: int, most: int = _MOST_DAYS) -> int:
    """Days whose payments, of all values together, are about so many."""
    work = 1 if system.rules.multilateral == "none" else _OFFSETTING
    return min(max(round(settled / (work * system.traffic.payments * sum(value))), _FEWEST_DAYS), most)


def response_key(system: System, plan: Plan, seed: int = SEED) -> str:
    """Give the hash of everything that a measured response depends on, 64 hexadecimal digits.

    A change of name, titles, sources or of a price leaves it as it is.
    """
    said = {
        "rules version": RULES_VERSION,
        "seed": seed,
        "plan": {name: entry for name, entry in asdict(plan).items() if entry is not None},
        "rules": asdict(system.rules),
        "traffic": asdict(system.traffic),
        "liquidity": [share.value for share in usual_shares(system)],
        "minor units": system.minor_units,
        "largest amount": [system.largest_amount, system.above_largest],
        "day": operating_clock(system).instants(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def usual_shares(system: System) -> tuple[Figure, Figure, Figure, Figure]:
    """Opening liquidity, collateralised and uncollateralised credit, injection cap: what liquidity is a multiple of."""
    return (
        system.prefunding,
        system.collateralised_credit,
        system.uncollateralised_credit,
        system.injection_cap,
    )


@dataclass(frozen=True)
class Clock:
    """An operating day, seconds from its opening.

    closes : the closing
    timetable : opening, closing, netting sessions, offsetting runs and injection windows
    """

    closes: int
    timetable: Timetable

    def instants(self) -> dict[str, list[int] | None]:
        """Every instant at which something is done, by what is done."""
        given = {entry.name: getattr(self.timetable, entry.name) for entry in fields(self.timetable)}
        return {name: None if entry is None else entry.tolist() for name, entry in given.items()}


def operating_clock(system: System) -> Clock:
    """Give the hours of a system on `ANY_DAY`, or on the next working day.

    Raises
    ------
    ValueError : the system does not open within a month
    """
    calendar = system.calendar()
    wall = datetime(ANY_DAY.year, ANY_DAY.month, ANY_DAY.day) + timedelta(seconds=calendar.opens)
    start = wall.replace(tzinfo=ZoneInfo(system.time_zone)).astimezone(UTC)
    opens, closes = calendar.sessions(start, start + _LONGEST_REST, start)
    if not len(opens):
        raise ValueError(f"{system.name} does not open within a month of {ANY_DAY.isoformat()}")
    opening, closing = (start + timedelta(seconds=int(instant)) for instant in (opens[0], closes[0]))
    return Clock(int(closes[0] - opens[0]), system.timetable(opening, closing, opening))
