"""The true number of messages, drawn and sent in chunks: a day of SWIFT payments in a few seconds and little memory.

Message *n* of a seed has its luck whatever chunk it falls into: uniforms are hashes of a counter. Who sends it, when
and over whom follows the world's mixture:

- the first bank lies in one of the three regions of `paysim.networks.submission.REGIONS`, and submits by its clock, on
  one of the given working days;
- the intermediaries lie at the home of the currency, by `CLEARING_HOMES`, or else in the first bank's region.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paysim.networks import message_kernel as kernel
from paysim.networks.message_law import DAY, HOUR, MINUTE, MessageLaw
from paysim.networks.messaging import NO_OUTAGES, STANDARD
from paysim.networks.screening import Place, hours_for
from paysim.networks.submission import REGIONS, office_profile

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Days = NDArray[np.datetime64]

REGION_PLACES: dict[str, Place] = {
    "Asia and Pacific": Place("Asia/Hong_Kong", "hong-kong"),
    "Europe and Africa": Place("Europe/Berlin", "target"),
    "Americas": Place("America/New_York", "us-federal-reserve"),
}
"""Where the banks of a region review. J."""

CLEARING_HOMES: dict[str, float] = {"Asia and Pacific": 0.0, "Europe and Africa": 0.25, "Americas": 0.48}
"""Share of messages whose intermediaries lie at the home of the currency they are in. D: about what dollar (.48) and
euro (.23 to .25) have of SWIFT payments, mid-2024; the others pass banks of the first bank's own region, J."""

CHUNK = 1_000_000
LIMITS = (5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, 2 * DAY)
"""Times, seconds, below which `message_speed` counts messages."""


class MessageChunk(NamedTuple):
    """Messages from number `first` on; columns (n,).

    submitted : int64 seconds since 1970; arrival, credit : seconds from it, infinite where a bank stopped the message
    """

    first: int
    submitted: Index
    arrival: Array
    credit: Array


@dataclass(frozen=True)
class Speed:
    """How fast messages were: shares at the bank and credited below each of the limits (seconds), mean hours."""

    messages: int
    limits: tuple[float, ...]
    at_bank: tuple[float, ...]
    credited: tuple[float, ...]
    mean_at_bank: float
    mean_credited: float

    def share(self, limit: float, at_bank: bool = False) -> float:
        """Share of messages below one of the limits."""
        return (self.at_bank if at_bank else self.credited)[self.limits.index(limit)]


def message_stream(
    count: int,
    seed: int,
    days: Days,
    law: MessageLaw = STANDARD,
    outages: Index = NO_OUTAGES,
    chunk: int = CHUNK,
) -> Iterator[MessageChunk]:
    """Draw and send messages through correspondents, chunk by chunk.

    Parameters
    ----------
    count : number of messages; seed : of their luck
    days : (D,) ``datetime64[D]`` working days, each equally likely
    law : the parameters
    outages : (3, K) from `paysim.networks.messaging.outage_table`
    chunk : messages at a time

    Raises
    ------
    ValueError : no days, or a chunk that is not positive
    """
    if not len(days) or chunk <= 0:
        raise ValueError("a stream needs at least one working day, and chunks of at least one message")
    tables = _tables(seed, days, law, outages)
    for first in range(0, count, chunk):
        size = min(chunk, count - first)
        submitted = np.empty(size, dtype=np.int64)
        arrival, credit = np.empty((2, size))
        kernel.stream(first, *tables, submitted, arrival, credit)
        yield MessageChunk(first, submitted, arrival, credit)


def message_speed(
    count: int,
    seed: int,
    days: Days,
    law: MessageLaw = STANDARD,
    outages: Index = NO_OUTAGES,
    limits: Sequence[float] = LIMITS,
) -> Speed:
    """How fast the messages of a stream are; parameters as `message_stream`."""
    bounds = np.array(limits, dtype=np.float64)
    counts = np.zeros((2, len(bounds)), dtype=np.int64)
    totals = np.zeros(2)
    for part in message_stream(count, seed, days, law, outages):
        for side, delay in enumerate((part.arrival, part.credit)):
            totals[side] += kernel.tally(delay, bounds, counts[side])
    shares, means = counts / max(count, 1), totals / max(count, 1) / HOUR
    at_bank, credited = (tuple(row) for row in shares.tolist())
    return Speed(count, tuple(limits), at_bank, credited, float(means[0]), float(means[1]))


class _Tables(NamedTuple):
    """What the kernel reads, in its order."""

    keys: NDArray[np.uint64]
    midnights: Index
    regions: Array
    homes: Array
    edges: Array
    guesses: Index
    law: Array
    opens: Index
    closes: Index
    guide: Index
    first_day: int
    outages: Index


def _tables(seed: int, days: Days, law: MessageLaw, outages: Index) -> _Tables:
    midnights = days.astype("M8[s]").astype(np.int64)
    edges = np.zeros((len(REGION_PLACES), 25))
    for row, name in enumerate(REGION_PLACES):
        edges[row, 1:] = np.cumsum(office_profile(REGIONS[name][0]))
    edges[:, -1] = 1.0
    cells = np.arange(kernel.GUESSES) / kernel.GUESSES
    return _Tables(
        np.random.SeedSequence(seed).generate_state(kernel.PURPOSES, np.uint64).astype(np.uint64),
        midnights,
        np.cumsum([REGIONS[name][1] for name in REGION_PLACES])[:-1],
        np.cumsum([CLEARING_HOMES[name] for name in REGION_PLACES]),
        edges,
        np.stack([np.searchsorted(row, cells, side="right") - 1 for row in edges]),
        law.vector(),
        *hours_for(list(REGION_PLACES.values()), midnights),
        outages,
    )
