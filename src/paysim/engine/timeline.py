"""Policies over time: what is in force at an instant, composed from the events that are active then."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from paysim.engine.outages import Outages, intervals
from paysim.model.state import Policy
from paysim.model.world import World

Array = NDArray[np.float64]

SECONDS_A_DAY = 86_400
RAMP_STEPS = 8
"""Equal steps in which an effect grows over a ramp."""


class PolicyEvent(Protocol):
    """What an engine needs to know of an event."""

    at: datetime
    until: datetime | None

    def effect(self, policy: Policy, world: World, elapsed: float) -> None:
        """Change the policy, ``elapsed`` days after the event began, or leave it once the event has ended."""

    def instants(self) -> tuple[datetime, ...]:
        """When the effect may change. In between it stays as it is, or drifts one way (a ramp, a decay)."""


@dataclass(frozen=True)
class Hurry:
    """An announced change inside a month, before which part of what is due soon after it is paid.

    at, since : seconds since 1970 of the change, and from when on payments can be brought forward
    share : (L,) of the payments due within ``at - since`` after the change that are, if it would stop them; 0 where it
    hits neither of the two groups
    """

    at: int
    since: int
    share: Array

    def gained(self, begin: int, end: int, month_end: int) -> float:
        """Seconds' worth of a corridor's payments that a part of the month gains (negative: loses)."""
        span = min(self.at - self.since, month_end - self.at)
        before = max(min(end, self.at) - max(begin, self.at - span), 0)
        after = max(min(end, self.at + span) - max(begin, self.at), 0)
        return float(before - after)


@dataclass(frozen=True)
class Segment:
    """Part of a month under one policy: seconds since 1970 and the fraction of the month."""

    start: int
    end: int
    fraction: float
    policy: Policy


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970, UTC, rounded up: what ends within a second has ended at its end."""
    return ceil(instant.timestamp())


class Timeline:
    """The events of a scenario as policies; starts : seconds since 1970 of every month's start and of the end."""

    def __init__(self, world: World, events: Sequence[PolicyEvent], starts: Sequence[int]) -> None:
        self.world, self.starts = world, list(starts)
        self.events = sorted(events, key=lambda event: event.at)
        self.instants = sorted({seconds(instant) for event in self.events for instant in _changes(event)})
        self.notice = self._longest_notices()
        self.hurried = self._hurried()
        self._lasting: dict[int, Policy | None] = {}  # by the number of instants gone by; None where it drifts

    def policy(self, at: int) -> Policy:
        """The policy in force from an instant on; the same object, which cannot be edited, while nothing changes."""
        after = bisect_right(self.instants, at)
        if after not in self._lasting:
            first = self._compose(self.instants[after - 1] if after else at)
            last = self._compose(self.instants[after] - 1 if after < len(self.instants) else self.starts[-1])
            first.freeze()
            self._lasting[after] = first if first.equals(last) else None
        return self._lasting[after] or self._compose(at)

    def _compose(self, at: int) -> Policy:
        policy = Policy.base(self.world)
        for event in self.events:
            if seconds(event.at) <= at:
                event.effect(policy, self.world, (at - seconds(event.at)) / SECONDS_A_DAY)
        return policy

    def inside(self, month: int) -> list[int]:
        """Instants strictly inside a month at which policy may change."""
        first = bisect_right(self.instants, self.starts[month])
        return self.instants[first : bisect_left(self.instants, self.starts[month + 1])]

    def segment(self, start: int) -> Segment:
        """The part of a month that begins at an instant: up to the next change of policy or the month's end."""
        month = bisect_right(self.starts, start) - 1
        end = next((instant for instant in self.inside(month) if instant > start), self.starts[month + 1])
        month_end = self.starts[month + 1]
        fraction = (end - start) / (month_end - self.starts[month])
        return Segment(start, end, fraction, self.policy(start))

    def hurries(self, month: int) -> list[Hurry]:
        """Announced changes strictly inside a month before which payments are brought forward, in order.

        A change that grows over a ramp begins from nothing: nobody hurries.
        """
        start, end = self.starts[month : month + 2]
        found: dict[tuple[int, int], Array] = {}
        for at, announced, share in self.hurried:
            since = max(announced, start)
            if start < at < end and since < at:
                shares = found.setdefault((at, since), np.zeros(len(share)))
                np.maximum(shares, share, out=shares)
        return [Hurry(at, since, share) for (at, since), share in found.items()]

    def _hurried(self) -> list[tuple[int, int, Array]]:
        """Changes before which payments are brought forward: when, since when they are known, and shares, (L,)."""
        found = []
        for event in self.events:
            share = getattr(event, "brought_forward", 0.0)
            if share > 0.0 and not getattr(event, "ramp", 0.0):
                hit = self.world.touches[:, [self.world.group_index(name) for name in getattr(event, "groups", ())]]
                announced = seconds(getattr(event, "announced", event.at))
                found.append((seconds(event.at), announced, share * np.minimum(hit.sum(1), 1.0)))
        return found

    def shares(self, month: int, segments: Sequence[Segment]) -> list[Array | float]:
        """Share of a month's payments made in each of its segments: its fraction, or (L,) where payments hurry."""
        hurries, end = self.hurries(month), self.starts[month + 1]
        if not hurries:
            return [segment.fraction for segment in segments]
        length = end - self.starts[month]
        shares = np.array([[segment.fraction] for segment in segments]) + sum(
            hurry.share * np.array([[hurry.gained(part.start, part.end, end)] for part in segments]) / length
            for hurry in hurries
        )
        shares = np.maximum(shares, 0.0)
        return list(shares / shares.sum(0))

    def segments(self, month: int) -> list[Segment]:
        """A month cut where policy changes."""
        return [self.segment(start) for start in (self.starts[month], *self.inside(month))]

    def outages(self) -> Outages:
        """When settlement systems and message networks are down."""
        at = np.array([self.starts[0], *(instant for instant in self.instants if instant > self.starts[0])])
        policies = [self.policy(instant) for instant in at.tolist()]
        end = max(self.starts[-1], int(at[-1]))
        systems, networks = (
            np.array([getattr(policy, name) for policy in policies]) > 0.0 for name in ("system_down", "network_down")
        )
        return Outages(*(tuple(intervals(at, down, end) for down in table.T) for table in (systems, networks)))

    def notices(self, month: int) -> list[tuple[Policy, float]]:
        """Announced policies that come into force in a month, with the days of notice: (policy after it, days)."""
        start, end = self.starts[month : month + 2]
        return [(self.policy(at), days) for at, days in self.notice.items() if start <= at < end]

    def _longest_notices(self) -> dict[int, float]:
        """Days of notice of changes that are announced, by their instants, in order."""
        notice: dict[int, float] = {}
        for event in self.events:
            at, announced = seconds(event.at), seconds(getattr(event, "announced", event.at))
            if announced < at:
                notice[at] = max(notice.get(at, 0.0), (at - announced) / SECONDS_A_DAY)
        return notice


def mean_coverage(segments: Sequence[Segment]) -> Array:
    """Mean coverage of the tracker over the segments of a month, (C,)."""
    return np.asarray(sum(segment.fraction * segment.policy.coverage for segment in segments))


def mean_liquidity(segments: Sequence[Segment]) -> Array:
    """Mean factor on the liquidity of settlement systems over the segments of a month, (S,)."""
    return np.asarray(sum(segment.fraction * segment.policy.liquidity for segment in segments))


def mean_hours(segments: Sequence[Segment]) -> Array:
    """Mean hours a day for which systems are open at least, over the segments of a month, (S,)."""
    return np.asarray(sum(segment.fraction * segment.policy.open_hours for segment in segments))


def _changes(event: PolicyEvent) -> list[datetime]:
    """When the effect of an event changes, a ramp in equal steps."""
    ramp = timedelta(days=getattr(event, "ramp", 0.0))
    steps = [event.at + ramp * step / RAMP_STEPS for step in range(1, RAMP_STEPS)] if ramp else []
    return [*event.instants(), *(at for at in steps if event.until is None or at < event.until)]


def month_starts(start: datetime, months: int) -> list[int]:
    """Seconds since 1970 of the starts of ``months`` months and of the end of the last."""
    first = start.year * 12 + start.month - 1
    return [seconds(datetime((first + i) // 12, (first + i) % 12 + 1, 1, tzinfo=UTC)) for i in range(months + 1)]
