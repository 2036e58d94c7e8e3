"""Outages: when systems and networks are down, what that does to sessions and messages, and how long payments wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from paysim.model.world import World
from paysim.networks.calendars import OperatingCalendar, working_days
from paysim.networks.rules import Timetable

Array = NDArray[np.float64]
Index = NDArray[np.int64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_A_DAY, SECONDS_AN_HOUR, SECONDS_A_MINUTE = 86_400, 3_600, 60
LONGEST_CLOSED = timedelta(days=15)
"""Longer than any system stays closed: how long before an outage a payment may arrive that it delays."""
AROUND = timedelta(days=60)
"""Longer than a month and that together: how far around outages sessions must be known."""


@dataclass(frozen=True)
class Outages:
    """When settlement systems and message networks are down.

    systems, networks : for each of the world's, (K, 2) int64 seconds since 1970, begin and end; ascending, disjoint
    """

    systems: tuple[Index, ...]
    networks: tuple[Index, ...]

    def hold(self, world: World, option: Index, arrives: Index) -> Index:
        """Seconds that messages are held up, (N,): one that would arrive in an outage arrives at its end.

        Parameters
        ----------
        option, arrives : (N,) option of each payment, and when its message would arrive, seconds since 1970
        """
        held = np.zeros(len(option), dtype=np.int64)
        for network, down in enumerate(self.networks):
            carried = np.array([network in one.message for one in world.options])[option]
            for begin, end in down:
                now = arrives + held
                inside = carried & (now >= begin) & (now < end)
                held[inside] = end - arrives[inside]
        return held


def intervals(instants: Index, down: NDArray[np.bool_], end: int) -> Index:
    """Begin and end of what is down, (K, 2).

    Parameters
    ----------
    instants, down : (N,) seconds, ascending, and whether it is down from each of them to the next; end : of the last
    """
    bounds = np.append(instants, end)
    changes = np.diff(np.concatenate([[False], down, [False]]).astype(np.int8))
    return np.stack([bounds[changes > 0], bounds[changes < 0]], axis=1)


def timetable(opens: Index, closes: Index, down: Index) -> Timetable:
    """The sessions of a system, (S,) each, with its outages, (K, 2).

    A session that runs is suspended (a closing ends that); one that would begin in an outage begins at its end, or not
    at all where it would have closed by then.
    """
    opens = opens.copy()
    for begin, end in down:
        opens[(opens >= begin) & (opens < end)] = end
    held = opens < closes
    return Timetable(opens[held], closes[held], suspends=down[:, 0], resumes=down[:, 1])


def expected_waiting(
    world: World, calendars: Sequence[OperatingCalendar], starts: Sequence[int], outages: Outages
) -> Array:
    """Hours by which outages delay payments on average, by month of submission and option, (M, P).

    The mean field's rule: messages arrive evenly over the weekdays of a month, round the clock, and wait for their
    network to be up and then for their system to be open and up. What they would have waited anyway is taken off.
    Queues, and credit that would have come later anyway, are left out.

    Parameters
    ----------
    calendars : of the world's systems; starts : seconds since 1970 of the months' starts and of the end, M + 1
    """
    hours = np.zeros((len(starts) - 1, len(world.options)))
    downs = [down for down in (*outages.networks, *outages.systems) if len(down)]
    if not downs:
        return hours
    begin, end = np.concatenate(downs).min(), np.concatenate(downs).max()
    first, last = datetime.fromtimestamp(int(begin), UTC) - AROUND, datetime.fromtimestamp(int(end), UTC) + AROUND
    always = np.array([first.timestamp(), last.timestamp()], dtype=np.int64)
    networks = [(always[:1], always[1:], down) for down in outages.networks]
    systems = [
        (*calendar.sessions(first, last, EPOCH), down)
        for calendar, down in zip(calendars, outages.systems, strict=True)
    ]
    for month, (start, stop) in enumerate(pairwise(starts)):
        if stop < begin - LONGEST_CLOSED.total_seconds() or start >= end:
            continue
        submitted = _minutes(start)
        for p, option in enumerate(world.options):
            before = [networks[network] for network in option.message]
            before += [systems[system] for system in option.systems[:-1]]
            for system, share in option.shares:
                hours[month, p] += share * _longer([*before, systems[system]], submitted)
    return hours


def _minutes(month: int) -> Index:
    """Every minute of the weekdays of a month, (N,) seconds since 1970."""
    first = datetime.fromtimestamp(month, UTC)
    days = working_days("weekdays", first.year, first.month).astype("datetime64[s]").astype(np.int64)
    return np.asarray((days[:, None] + np.arange(0, SECONDS_A_DAY, SECONDS_A_MINUTE)).reshape(-1))


def _longer(way: Sequence[tuple[Index, Index, Index]], submitted: Index) -> float:
    """Mean hours that a way (begins, ends and outages of what is passed, one after the other) takes with outages."""
    if not any(len(down) for _, _, down in way):
        return 0.0
    usual, now = submitted, submitted
    for opens, closes, down in way:
        usual, now = _next(opens, closes, usual), _next(*_pieces(opens, closes, down), now)
    return float((now - usual).mean() / SECONDS_AN_HOUR)


def _pieces(opens: Index, closes: Index, down: Index) -> tuple[Index, Index]:
    """What outages leave of sessions, as begins and ends."""
    for begin, end in down:
        opens, closes = np.append(opens, np.maximum(opens, end)), np.append(np.minimum(closes, begin), closes)
        kept = opens < closes
        opens, closes = opens[kept], closes[kept]
        order = np.argsort(opens, kind="stable")
        opens, closes = opens[order], closes[order]
    return opens, closes


def _next(opens: Index, closes: Index, at: Index) -> Index:
    """The first instant from `at` on, (N,), that lies in a session."""
    return np.asarray(np.maximum(opens[np.searchsorted(closes, at, side="right")], at))
