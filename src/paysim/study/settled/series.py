"""A settled day as lines: queue and liquidity through the day, and how long payments waited."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.networks.payments import Vector
from paysim.study.settled.settling import SettledDay

MINUTE = 60


@dataclass(frozen=True)
class Course:
    """The day minute by minute; K minutes. Amounts are minor units.

    instants : (K,) int64 seconds, beginnings of the minutes, the opening first
    queued : (K,) int64 value in the queues, the largest of each minute
    in_use : (K,) int64 liquidity in use: what participants have paid beyond what they have received, added up; at the
        end of each minute
    """

    instants: Vector
    queued: Vector
    in_use: Vector


@dataclass(frozen=True)
class Delays:
    """How long payments waited: of those that settled within a time, their share among all that were handed over.

    seconds : (D,) int64, ascending, each delay that occurs
    by_number, by_value : (D,) shares of all payments, and of their value, that settled within so many seconds
    """

    seconds: Vector
    by_number: NDArray[np.float64]
    by_value: NDArray[np.float64]

    def within(self, seconds: int) -> tuple[float, float]:
        """Shares of number and value that settled within a time; 0 where none did."""
        at = int(np.searchsorted(self.seconds, seconds, side="right")) - 1
        return (float(self.by_number[at]), float(self.by_value[at])) if at >= 0 else (0.0, 0.0)


def course(day: SettledDay) -> Course:
    """Follow queue and liquidity through the operating day."""
    opens, closes = day.day.opens, day.day.closes
    length = closes - opens
    done = day.settled_parts >= 0
    arrived = np.maximum(day.handed.arrives, opens) - opens
    left = np.where(done, day.settled_parts - opens, length)  # what did not settle waits until the closing
    queue = np.zeros(length + 1, np.int64)
    waits = left > arrived
    np.add.at(queue, arrived[waits], day.handed.amount[waits])
    np.add.at(queue, left[waits], -day.handed.amount[waits])
    queue = queue.cumsum()
    starts = np.arange(0, length, MINUTE)
    return Course(starts + opens, np.maximum.reduceat(queue[:-1], starts), _in_use(day, starts, left, done))


def _in_use(day: SettledDay, starts: Vector, settled: Vector, done: NDArray[np.bool_]) -> Vector:
    """Sum over participants of what they have paid beyond what they have received, at the end of each minute."""
    flows = np.zeros((len(day.payments.names), len(starts)), np.int64)
    whole = day.handed.whole[done]
    minute = np.minimum(np.searchsorted(starts, settled[done], side="right") - 1, len(starts) - 1)
    np.add.at(flows, (day.payments.receiver[whole], minute), day.handed.amount[done])
    np.add.at(flows, (day.payments.sender[whole], minute), -day.handed.amount[done])
    return np.asarray(np.maximum(-flows.cumsum(axis=1), 0).sum(axis=0))


def delays(day: SettledDay) -> Delays:
    """Distribution of the delays; what arrived before the opening waits from the opening on."""
    done = day.settled_parts >= 0
    waited = (day.settled_parts - np.maximum(day.handed.arrives, day.day.opens))[done]
    seconds, place = np.unique(waited, return_inverse=True)
    number = np.bincount(place, minlength=len(seconds)).astype(np.float64)
    value = np.bincount(place, weights=day.handed.amount[done].astype(np.float64), minlength=len(seconds))
    everything = float(day.handed.amount.astype(np.float64).sum())
    count = len(day.handed.amount)
    return Delays(seconds, number.cumsum() / max(count, 1), value.cumsum() / max(everything, 1.0))
