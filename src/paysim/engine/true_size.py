"""The challenger's system payment by payment: on days on which something happens, and all days if a scenario wants it.

A month's state of the systems is read from their responses. On the day on which policy changes in the middle of it, or
the system is down, a response says nothing; so that day is drawn and settled at true size, with the load of before up
to the instant and that of after from it on, and moves the month's state by its share of the month. A scenario that says
``settlement: true_size`` has every day of every month settled like that. It is done for the challenger's system alone,
which is the one with a surge, and in the event engine alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from paysim.engine.feedback import State
from paysim.engine.outages import EPOCH
from paysim.engine.prepared import Prepared
from paysim.engine.streams import stream
from paysim.networks.event_day import EventDay, event_day, true_size_month
from paysim.networks.response import AMPLE, MEASURES
from paysim.networks.response_plan import operating_clock

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SEEDS = 2**31
LEAST_LOAD = 1e-3
"""Multiple of the usual value below which a day is not drawn."""
MOST_LEVEL = 1e3
"""Multiple of the usual liquidity from which on it is ample."""


@dataclass(frozen=True)
class Change:
    """An instant of a month, seconds since 1970, and the load of the system, over the usual, before and after it."""

    at: int
    before: float
    after: float


class TrueSize:
    """Days of the challenger's system, drawn and settled payment by payment.

    place : its number among the systems; every_day : whether all days of a month are, or those with an event only
    seen : what was found on every event day
    """

    def __init__(self, prepared: Prepared, down: Sequence[Index], seed: int, replicate: int) -> None:
        world = prepared.individual
        challenger = world.payment_networks[1]
        own = [option.systems[0] for option in world.options if option.message == (challenger,)]
        self.place = own[0] if own and prepared.systems[own[0]].true is not None else -1
        self.every_day, self.seed, self.replicate = prepared.true_size, seed, replicate
        self.seen: list[EventDay] = []
        if self.place < 0:
            return
        system = prepared.systems[self.place]
        assert system.true is not None
        self.system, self.response = system.true, system.response
        first, last = (datetime.fromtimestamp(at, UTC) for at in (prepared.starts[0], prepared.starts[-1]))
        self.opens, self.closes = system.calendar.sessions(first, last, EPOCH)
        self.down = down[self.place]
        self.length = operating_clock(self.system).closes

    def wanted(self, begin: int, end: int, parts: int) -> bool:
        """Whether a month has days to settle at true size; parts : number of policies in it, one after the other."""
        if self.place < 0:
            return False
        down = any(first < end and last > begin for first, last in self.down)
        return self.every_day or parts > 1 or down

    def correction(self, month: int, begin: int, end: int, changes: Sequence[Change], state: State) -> Array | None:
        """What must be added to what was read of the system in a month, (measures,); None for nothing.

        Parameters
        ----------
        month : its number; begin, end : seconds since 1970
        changes : inside the month; state : as read
        """
        days = np.flatnonzero((self.opens < end) & (self.closes > begin))
        load, level = (float(one[0, self.place]) for one in (state.load, state.level))
        if not len(days) or load < LEAST_LOAD:
            return None
        level = level if level <= MOST_LEVEL else AMPLE
        added = np.zeros(len(MEASURES))
        if self.every_day:
            own = int((self.opens[days] >= begin).sum())
            month_of_days = true_size_month(self.system, load, level, max(own, 1), self._seed("month", month))
            added += _measures(month_of_days) - self._read(load, level)
        for day in days:
            added += self._event_day(int(day), begin, end, changes, load, level) / len(days)
        return added if added.any() else None

    def _event_day(self, day: int, begin: int, end: int, changes: Sequence[Change], load: float, level: float) -> Array:
        """By how much a day with an event differs from what the response says of its load, weighted by its value.

        Of several changes on a day the largest counts. An outage counts by what lack of liquidity adds to it: that
        payments wait for its end is seen by the sampled ones already.
        """
        opens, closes = int(self.opens[day]), int(self.closes[day])
        here = [change for change in changes if opens <= change.at < closes and change.before > LEAST_LOAD]
        change = max(here, key=lambda one: abs(one.after - one.before), default=Change(opens, load, load))
        hit = [(first, last) for first, last in self.down if first < closes and last > opens]
        hit = [(first, last) for first, last in hit if begin <= max(first, opens) < end]  # the month in which it begins
        down = [(self._into(day, first), self._into(day, last)) for first, last in hit]
        if change.before == change.after and not down:
            return np.zeros(len(MEASURES))
        into = self._into(day, change.at) if change.before != change.after else down[0][0]
        seed = self._seed("day", day)
        found = event_day(self.system, change.before, change.after, into, down=down, liquidity=level, days=1, seed=seed)
        self.seen.append(found)
        share = self._due_before(into)
        mean = share * change.before + (1.0 - share) * change.after
        differs = _measures(found) - self._read(mean, level)
        if down:
            ample = event_day(
                self.system, change.before, change.after, into, down=down, liquidity=AMPLE, days=1, seed=seed
            )
            differs -= _measures(ample)
        return differs * mean / load

    def _into(self, day: int, at: int) -> int:
        """Seconds from the opening of the system at true size to an instant of a session, which may be longer."""
        opens, closes = int(self.opens[day]), int(self.closes[day])
        return round((min(max(at, opens), closes) - opens) / (closes - opens) * self.length)

    def _due_before(self, into: int) -> float:
        """Share of a day's payments that are submitted before an instant, by the system's own profile."""
        profile = np.concatenate(([0.0], np.cumsum(self.system.traffic.profile)))
        return float(np.interp(into / self.length, np.linspace(0.0, 1.0, len(profile)), profile / profile[-1]))

    def _read(self, load: float, level: float) -> Array:
        reading = self.response.at(load, level)
        return np.array([float(getattr(reading, name)) for name in MEASURES])

    def _seed(self, purpose: str, number: int) -> int:
        return int(stream(self.seed, self.replicate, f"true size {purpose}", number).integers(SEEDS))

    def facts(self) -> dict[str, float | int]:
        """What was seen on days with an event, the same names in every replicate: how many, means, and the largest."""
        days = self.seen
        found: dict[str, float | int] = {"event_days": len(days)}
        for measure in ("unsettled_share", "waiting_hours"):
            values = [float(np.nan_to_num(getattr(day, measure))) for day in days]
            found[f"event_days_{measure}"] = float(np.mean(values)) if values else 0.0
        for name in ("queued", "largest_queue"):
            found[f"event_days_{name}"] = max((int(getattr(day.counts, name)[0]) for day in days), default=0)
        return found


def changes_of(instants: Sequence[int], loads: Sequence[float]) -> list[Change]:
    """Changes of the load between the parts of a month, which begin at the instants."""
    return [Change(at, before, after) for at, (before, after) in zip(instants[1:], pairwise(loads), strict=True)]


def _measures(found: object) -> Array:
    return np.array([float(getattr(found, name)) for name in MEASURES])
