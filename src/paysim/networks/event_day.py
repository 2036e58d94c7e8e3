"""A settlement system's day at true size: the day on which an event happens, and months of whole days.

    found = event_day(settlement_system("CIPS"), before=1.0, after=1.6, at=10 * 3600, down=[(36_000, 43_200)])
    found.unsettled_share, found.errors["unsettled_share"]
    found.counts.queued                     # (days,) payments in the queues when the event came

Every payment is settled, by the rules of ``docs/reference/settlement.md``: nothing is read from a curve. Payments that
are submitted before the event follow one load, those after it another, and the system may be down for a while.

**The day before the event does not know of it.** Payments of the load `before` are drawn for the whole day, as those of
a measured response are. Where the load rises, payments of further days, as many as the load grows by, join from the
instant of the event on, the last of them thinned payment by payment; where it falls, what comes later is thinned. The
luck is common: the payments of a smaller surge are among those of a larger one, and those of a larger fall among those
of a smaller one. Liquidity is what participants have for the day they expect: a share of its value, each in proportion
to what it sends of the load `before`. So nothing that happens before the event depends on what happens after it.

Of payments that join, some mirror others that would have come before the event and did not: a surge is as large as it
is said to be, and its first payments back have no payment forth.

**Delays** are counted from when payments settle with ample liquidity and without an outage. So an outage is among them,
and without one they are those of a response: `event_day` with ``after == before`` settles, payment by payment, the days
of `paysim.networks.response_measure` of that value, and gives their measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks.payments import STATUSES, Vector
from paysim.networks.response import AMPLE, MEASURES, Array
from paysim.networks.response_day import (
    SUMS,
    Handed,
    Means,
    ample_means,
    day_sums,
    handed,
    means_of,
    measures_of,
    opened_day,
    sent_by,
    settle,
)
from paysim.networks.response_measure import day_layer, merged
from paysim.networks.response_plan import SEED, Clock, operating_clock
from paysim.networks.synthetic import DayPayments
from paysim.networks.systems import System

WORKING_DAYS = 22
"""Days that are settled unless told otherwise: those of a month."""

Outages = Iterable[tuple[int, int]]
"""Begin and end of times in which a system is down, seconds from its opening; in any order, they may overlap."""


class Counts(NamedTuple):
    """What is counted on each day, (days,) int64; value in minor units.

    payments : handed over;  settled, returned : of them, returned at the closing;  left : in the queues after it
    queued, queued_value : submitted before the event and not settled when it comes, batches among them
    largest_queue, largest_queue_value : the most payments, and the most value, in all queues at the end of a second
    """

    payments: Vector
    settled: Vector
    returned: Vector
    left: Vector
    queued: Vector
    queued_value: Vector
    largest_queue: Vector
    largest_queue_value: Vector


@dataclass(frozen=True)
class WholeDays:
    """Days of a system, settled payment by payment; measures are ratios of sums over all of them.

    days : how many
    delay_hours : mean over the value that settled of the hours by which it settled later than with ample liquidity and
        without an outage; NaN where nothing settles
    waiting_hours : the same over all value, what did not settle waiting until the closing
    unsettled_share : value that was returned at the closing or left in the queues, over all value
    liquidity_used : sum of the largest net debit positions, one for each participant, over the value of the usual day
    errors : standard errors of the four measures by name, from the differences between days; NaN of a single day
    """

    days: int
    delay_hours: float
    waiting_hours: float
    unsettled_share: float
    liquidity_used: float
    errors: Mapping[str, float]


@dataclass(frozen=True)
class EventDay(WholeDays):
    """Days on which an event happens: as `WholeDays`, and what was counted on each of them."""

    counts: Counts


@dataclass(frozen=True)
class Event:
    """What happens to a system on a day; see `event_day` for the fields and their errors."""

    before: float
    after: float
    at: int
    down: tuple[tuple[int, int], ...] = ()
    liquidity: float = 1.0

    def __post_init__(self) -> None:
        """Check every field."""
        if not 0.0 < self.before < AMPLE or not 0.0 <= self.after < AMPLE:
            raise ValueError(f"loads are finite, from 0, and not 0 before: got {self.before:g} and {self.after:g}")
        if self.at < 0:
            raise ValueError(f"the event comes at the opening or later, got {self.at} seconds")
        if not self.liquidity >= 0.0:
            raise ValueError(f"liquidity is a multiple of the usual, from 0, got {self.liquidity:g}")
        if any(not 0 <= begin < end for begin, end in self.down):
            raise ValueError(f"an outage begins at the opening or later and before it ends, got {self.down}")


class SettledDay(NamedTuple):
    """One day of N payments around an event; instants are seconds from the opening.

    payments : columns (N,), in the order of arrival
    settled : (N,) instants, -1 for what did not settle
    undisturbed : (N,) with ample liquidity and without an outage
    status : (N,) int8, see `payments.STATUSES`
    """

    payments: Handed
    settled: Vector
    undisturbed: Vector
    status: NDArray[np.int8]


def event_day(
    system: System,
    before: float,
    after: float,
    at: int,
    *,
    down: Outages = (),
    liquidity: float = 1.0,
    days: int = WORKING_DAYS,
    seed: int = SEED,
) -> EventDay:
    """Settle the day on which an event happens, several times.

    Parameters
    ----------
    system : with its rules, its usual day and the usual liquidity of its participants
    before, after : multiples of the usual day's value, by the number of payments, that are submitted before the event
        and from it on; before it more than 0
    at : seconds from the opening to the event; from the closing on, nothing follows it
    down : outages; one that reaches the closing ends with it
    liquidity : multiple of the usual opening liquidity, credits and injection caps; may be `AMPLE`: as much as each
        participant sends
    days : how many days are drawn
    seed : whole number >= 0

    Raises
    ------
    ValueError : a number outside its range, or as `synthetic_day`
    """
    event = Event(before, after, at, tuple(down), liquidity)
    if days < 1:
        raise ValueError(f"at least one day is settled, got {days}")
    clock = operating_clock(system)
    sums, counts = np.zeros((days, SUMS)), np.zeros((days, len(Counts._fields)), np.int64)
    for number in range(days):
        found = settle_event(system, event, seed, number)
        sums[number] = day_sums(system, clock, found.payments, found.settled, found.undisturbed)
        counts[number] = _counted(found, event.at, clock.closes)
    return EventDay(*_measured(system, sums), Counts(*counts.T.copy()))


def true_size_month(
    system: System, value: ArrayLike, liquidity: ArrayLike, days: int = WORKING_DAYS, seed: int = SEED
) -> WholeDays:
    """Settle whole days of some value and liquidity.

    Parameters
    ----------
    system : as in `event_day`
    value : multiple of the usual day's value, from 0, of all days or (days,); a day of 0 counts for nothing
    liquidity : multiple of the usual liquidity, from 0, of all days or (days,); may be `AMPLE`
    days, seed : as in `event_day`

    Returns
    -------
    measured : 0 throughout where nothing is sent

    Raises
    ------
    ValueError : a number outside its range, or as `synthetic_day`
    """
    if days < 1:
        raise ValueError(f"at least one day is settled, got {days}")
    values, levels = (np.broadcast_to(np.asarray(one, np.float64), (days,)) for one in (value, liquidity))
    if not (values >= 0.0).all() or not (values < AMPLE).all() or not (levels >= 0.0).all():
        raise ValueError("value and liquidity are multiples of the usual: numbers that are not negative")
    clock, sums = operating_clock(system), np.zeros((days, SUMS))
    for number in np.flatnonzero(values):
        of_day, level = float(values[number]), float(levels[number])
        payments = handed(system, day_layer(system, seed, int(number), 0, of_day))
        sent = sent_by(system, payments)
        ample = settle(system, clock, payments, ample_means(sent))
        settled = ample if level == AMPLE else settle(system, clock, payments, means_of(system, level, of_day, sent))
        sums[number] = day_sums(system, clock, payments, settled, ample)
    if not values.any():
        return WholeDays(days, 0.0, 0.0, 0.0, 0.0, dict.fromkeys(MEASURES, 0.0))
    return WholeDays(*_measured(system, sums))


def settle_event(system: System, event: Event, seed: int = SEED, number: int = 0) -> SettledDay:
    """Settle one of the days of `event_day`.

    number : of the day, from 0

    Raises
    ------
    ValueError : as `synthetic_day`
    BrokenLawError : money was lost or made: a mistake of this program
    """
    clock = operating_clock(system)
    expected = day_layer(system, seed, number, 0, event.before)
    payments = handed(system, _changed(system, expected, event, seed, number))
    means = _means(system, event, handed(system, expected), payments)
    kernel = opened_day(system, payments, means)
    kernel.follow(_with_outages(clock, event.down).timetable, clock.closes + 1)  # the closing has to be done
    kernel.check_conservation()
    undisturbed = settle(system, clock, payments, ample_means(sent_by(system, payments)))
    return SettledDay(payments, kernel.settled, undisturbed, kernel.status)


def event_payments(system: System, event: Event, seed: int = SEED, number: int = 0) -> DayPayments:
    """Draw the payments of a day around an event, in the order of arrival, with instants from the opening on."""
    return _changed(system, day_layer(system, seed, number, 0, event.before), event, seed, number)


def _changed(system: System, expected: DayPayments, event: Event, seed: int, number: int) -> DayPayments:
    """The day that was expected, with what joins it or is missing from the event on."""
    if event.after < event.before:
        kept = _thinned(expected, event.after / event.before, seed, number, 0)
        return _rows(expected, (expected.arrives < event.at) | kept)
    day = expected
    for layer, share in _layers(event.after - event.before):
        more = day_layer(system, seed, number, layer, 1.0)
        day = merged(day, _rows(more, (more.arrives >= event.at) & _thinned(more, share, seed, number, layer)))
    return day


def _layers(growth: float) -> Iterator[tuple[int, float]]:
    """Number of each layer that joins, from 1, and the share of it that does."""
    for layer in range(int(np.ceil(growth))):
        yield layer + 1, min(growth - layer, 1.0)


def _thinned(day: DayPayments, share: float, seed: int, number: int, layer: int) -> NDArray[np.bool_]:
    """Which payments of a layer stay if it is thinned, (N,); those of a smaller share are among those of a larger."""
    stream = np.random.SeedSequence(seed, spawn_key=(crc32(b"event day"), number, layer))
    return np.asarray(np.random.default_rng(stream).random(len(day.arrives)) < share)


def _rows(day: DayPayments, chosen: NDArray[np.bool_]) -> DayPayments:
    return DayPayments._make(column[chosen] for column in day)


def _means(system: System, event: Event, expected: Handed, payments: Handed) -> Means:
    """What participants have: of the day they expect, or as much as they send."""
    if event.liquidity == AMPLE:
        return ample_means(sent_by(system, payments))
    return means_of(system, event.liquidity, event.before, sent_by(system, expected))


def _with_outages(clock: Clock, down: tuple[tuple[int, int], ...]) -> Clock:
    """A day with outages; those that overlap or touch are one."""
    spans: list[tuple[int, int]] = []
    for begin, end in sorted(down):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    suspends, resumes = (np.array([span[side] for span in spans], np.int64) for side in range(2))
    return Clock(clock.closes, replace(clock.timetable, suspends=suspends, resumes=resumes))


def _counted(found: SettledDay, at: int, closes: int) -> tuple[int, ...]:
    """Counts of a day in the order of `Counts`."""
    payments, settled, status = found.payments, found.settled, found.status
    queued = (payments.arrives < at) & ((settled < 0) | (settled >= at))
    seconds = max(closes, int(payments.arrives.max(initial=0)), int(settled.max(initial=0))) + 1
    largest = []
    for weights in (None, payments.amount.astype(np.float64)):
        done = settled >= 0
        came = np.bincount(payments.arrives, weights, seconds)
        went = np.bincount(settled[done], None if weights is None else weights[done], seconds)
        largest.append(int(np.cumsum(came - went)[:closes].max(initial=0)))
    return (
        len(settled),
        int((settled >= 0).sum()),
        int((status == _RETURNED).sum()),
        int(((settled < 0) & (status != _RETURNED)).sum()),
        int(queued.sum()),
        int(payments.amount[queued].sum()),
        *largest,
    )


_RETURNED = STATUSES.index("returned")


def _measured(system: System, sums: Array) -> tuple[int, float, float, float, float, Mapping[str, float]]:
    """Fields of `WholeDays`, of sums by day, (days, SUMS)."""
    measures, errors = measures_of(system, sums, len(sums))
    late, waited, unsettled, used = (float(measures[name]) for name in MEASURES)
    return len(sums), late, waited, unsettled, used, {name: float(errors[name]) for name in MEASURES}
