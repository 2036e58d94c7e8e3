"""A synthetic day of true size for a settlement system, in one piece or streamed; `synthetic_law` says what it is like.

    traffic = DayTraffic(participants=42, payments=500_000, value=1.8e12, ...)
    day = synthetic_day(traffic, opens=0, closes=21 * 3600, seed=1)
    system.add(day.arrives, day.sender, day.receiver, day.amount, day.payment_id, day.priority, day.batch)

At last one factor on all amounts below their caps makes the sum of this very day the value asked for, to
`TOTAL_TOLERANCE` and one minor unit a payment. It is close to 1 on a day of true size.

Every number is a hash of (seed, purpose, payment). The same seed gives the same bytes; another `batch_share`,
`urgent_share`, `value` or `size_sigma` leaves the other columns as they are, and a day drawn in pieces is the day drawn
at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from paysim.networks import synthetic_kernel as kernel
from paysim.networks.synthetic_law import (
    MIRROR_SIGMA,
    DayTraffic,
    amount_laws,
    block_shares,
    mean_outflows,
    rank_weights,
    sending_shares,
)

__all__ = [
    "DayPayments",
    "DayTraffic",
    "mean_outflows",
    "mirrored",
    "sending_shares",
    "synthetic_chunks",
    "synthetic_day",
]

Array = NDArray[np.float64]
Vector = NDArray[np.int64]
Flags = NDArray[np.bool_]

TOTAL_TOLERANCE = 1e-6
"""Relative tolerance of the day's value, to which one minor unit a payment is to be added."""
ROWS_A_CHUNK = 2**16
"""Payments that `synthetic_chunks` gives at a time unless told otherwise: 4 MB."""

_CELLS = 2**14  # cells in which the factor that meets the value is looked for
_NEAR_ONE = 0.35  # where it is looked for first, as a logarithm
_ANYWHERE = 80.0  # and where then
_NARROWEST = 1e-12  # a bracket of its logarithm that is not divided any more
_MOST_MINOR_UNITS = 2**62


class DayPayments(NamedTuple):
    """Columns of payments in the order in which they arrive, each (N,) int64, `batch` bool.

    payment_id : from 0, ascending
    arrives : seconds, ascending
    sender, receiver : from 0, different from each other
    amount : minor units, at least 1
    priority : 0 urgent, 1 the rest
    """

    payment_id: Vector
    arrives: Vector
    sender: Vector
    receiver: Vector
    amount: Vector
    priority: Vector
    batch: Flags


def synthetic_day(traffic: DayTraffic, opens: int, closes: int, seed: int, minor_units: int = 2) -> DayPayments:
    """Draw a day of payments.

    Parameters
    ----------
    traffic : what the day looks like
    opens, closes : instants, seconds; payments arrive from `opens` to the second before `closes`
    seed : whole number >= 0
    minor_units : decimals of the currency (ISO 4217)

    Raises
    ------
    ValueError : no time between opening and closing, a negative seed, a value of less than one minor unit a payment or
        of more than 64 bits, or one that cannot be reached although all payments are at their caps
    """
    return _day(*_whole(traffic, opens, closes, seed, minor_units))


def synthetic_chunks(
    traffic: DayTraffic, opens: int, closes: int, seed: int, minor_units: int = 2, rows: int = ROWS_A_CHUNK
) -> Iterator[DayPayments]:
    """Draw the same day as `synthetic_day` in pieces, in order of time.

    Memory is that of a piece, of the seconds of the day and of the mirrors that are still to come.

    Parameters
    ----------
    rows : payments in a piece; the last may have fewer
    """
    if rows < 1:
        raise ValueError(f"a piece has at least one row, got {rows}")
    return _chunks(_Drawing(traffic, opens, closes, seed, minor_units), traffic.payments, rows)


def mirrored(traffic: DayTraffic, opens: int, closes: int, seed: int, minor_units: int = 2) -> Vector:
    """Say which payment each payment of `synthetic_day` mirrors: (N,) ids, -1 where none."""
    columns, _ = _whole(traffic, opens, closes, seed, minor_units)
    answers: Vector = columns[kernel.ANSWERS]
    return answers


class _Tables(NamedTuple):
    """What the kernel draws from; `progress` moves on as it does."""

    keys: NDArray[np.uint64]
    numbers: Array
    weights: Array
    guide: Vector
    laws: Array
    progress: Vector


def _pair_weights(traffic: DayTraffic) -> tuple[Array, Vector]:
    """Cumulative weights of the first and second of a pair, (2, n), and the guide into them, (2, 2, cells)."""
    core = traffic.core
    weights = np.ones((2, traffic.participants))
    guide = np.zeros((2, 2, kernel.GUIDE_CELLS), np.int64)
    cells = np.arange(kernel.GUIDE_CELLS) / kernel.GUIDE_CELLS
    for block, group in enumerate(rank_weights(traffic)):
        begin = block * core
        for kind, probability in enumerate((group * (1.0 - group), group)):
            if probability.sum() <= 0:
                continue  # a group of none, or of one that does not pay itself: never asked for
            cumulative = np.cumsum(probability / probability.sum())
            weights[kind, begin : begin + len(group)] = cumulative
            guide[kind, block] = begin + np.minimum(np.searchsorted(cumulative, cells, "right"), len(group) - 1)
    return weights, guide


def _keys(seed: int) -> NDArray[np.uint64]:
    """One key a purpose, by name: a new purpose moves no other's luck."""
    names = ("instant", "pair", "first", "second", "size", "size angle", "mirrored", "delay", "urgent", "batch")
    streams = [np.random.SeedSequence(seed, spawn_key=(crc32(f"synthetic day: {name}".encode()),)) for name in names]
    return np.array([stream.generate_state(1, np.uint64)[0] for stream in streams], np.uint64)


def _numbers(traffic: DayTraffic, total: float) -> Array:
    """Parameters of the kernel; `total` is the day's value in minor units."""
    inside_core, _, inside_periphery = block_shares(traffic)
    numbers = np.zeros(kernel.NUMBERS)
    numbers[kernel.CORE_INSIDE], numbers[kernel.CORE_ANY] = inside_core, 1.0 - inside_periphery
    sigma = traffic.size_sigma
    numbers[kernel.SIZE_SIGMA] = sigma
    # Two normal numbers of correlation rho differ by a standard deviation of sqrt(2 (1 - rho)).
    numbers[kernel.SIMILARITY] = max(0.0, 1.0 - 0.5 * (MIRROR_SIGMA / sigma) ** 2) if sigma > 0.0 else 1.0
    numbers[kernel.MEAN_PAYMENT], numbers[kernel.SCALE] = total / traffic.payments, 1.0
    numbers[kernel.URGENT_SHARE], numbers[kernel.BATCH_SHARE] = traffic.urgent_share, traffic.batch_share
    numbers[kernel.MIRROR_DELAY] = traffic.mirror_delay
    return numbers


def _progress(traffic: DayTraffic) -> Vector:
    """A day of which nothing has been drawn."""
    progress = np.zeros(kernel.PROGRESS, np.int64)
    originals = traffic.payments - traffic.mirrors
    progress[kernel.ORIGINALS], progress[kernel.CORE] = originals, traffic.core
    progress[kernel.CHAIN], progress[kernel.LONGER] = divmod(traffic.mirrors, originals)
    progress[kernel.FREE] = kernel.NONE
    return progress


def _find_factor(traffic: DayTraffic, tables: _Tables) -> float:
    """Find the factor on all amounts under their caps that makes their sum `payments` mean payments.

    The sum grows with the factor. It is known at the edges of a grid after one passage over the payments; between two
    edges it is all but straight, and where it is not the grid is laid between them anew.
    """
    low, high = -_NEAR_ONE, _NEAR_ONE
    while True:
        sums = np.zeros((2, _CELLS + 2))
        kernel.measure(*tables, sums, low, (high - low) / _CELLS)
        edges = np.exp(np.linspace(low, high, _CELLS + 1))
        # At an edge, all cells before it are at their caps and all after it are scaled.
        totals = np.cumsum(sums[1])[:-1] + edges * np.cumsum(sums[0, ::-1])[::-1][1:]
        cell = int(np.searchsorted(totals, traffic.payments))
        if 0 < cell <= _CELLS:
            between = slice(cell - 1, cell + 1)
            low, high = np.log(edges[between])
            bend = sums[0, cell] * np.ptp(edges[between])  # between the edges the sum is no further from straight
            if bend <= 0.1 * TOTAL_TOLERANCE * traffic.payments or high - low < _NARROWEST:
                return float(np.interp(traffic.payments, totals[between], edges[between]))
            margin = 0.01 * (high - low)  # on another grid the same sum may round to the other side of an edge
            low, high = low - margin, high + margin
        elif high < _ANYWHERE:
            low, high = -_ANYWHERE, _ANYWHERE
        else:
            raise ValueError(
                f"with a largest of {traffic.largest:g} the payments of this day, all at their caps, make only "
                f"{totals[-1] / traffic.payments:.3g} of its value"
            )


class _Drawing:
    """A day that is being drawn, see `synthetic_day` for the parameters."""

    def __init__(self, traffic: DayTraffic, opens: int, closes: int, seed: int, minor_units: int) -> None:
        total = traffic.value * 10.0**minor_units
        if not closes > opens:
            raise ValueError(f"a day closes after it opens, got {opens} to {closes}")
        if seed < 0:
            raise ValueError(f"a seed is a whole number >= 0, got {seed}")
        if not traffic.payments <= total <= _MOST_MINOR_UNITS:
            raise ValueError(f"{traffic.payments} payments need from one to 2^62 minor units in all, got {total:g}")
        keys, numbers, progress = _keys(seed), _numbers(traffic, total), _progress(traffic)
        weights, guide = _pair_weights(traffic)
        self._tables = _Tables(keys, numbers, weights, guide, amount_laws(traffic), progress)
        numbers[kernel.SCALE] = _find_factor(traffic, self._tables)
        profile = np.concatenate(([0.0], np.cumsum(traffic.profile)))
        self._counts = np.zeros(closes - opens, np.int32)
        kernel.count_instants(keys, profile / profile[-1], self._counts, int(progress[kernel.ORIGINALS]))
        self._due = np.full(closes - opens, kernel.NONE, np.int32)
        self._pending = np.zeros(0, kernel.MIRROR)
        self._opens, self._mirrors = opens, traffic.mirrors

    def draw(self, columns: Vector, batch: Flags, first: int, last: int) -> None:
        """Draw the next payments into the columns from `first` up to `last`."""
        rows = int(self._tables.progress[kernel.USED]) + min(last - first, self._mirrors) + 1
        if rows > len(self._pending):
            self._pending = np.concatenate((self._pending, np.zeros(rows - len(self._pending), kernel.MIRROR)))
        kernel.draw(*self._tables, self._counts, self._due, self._pending, columns, batch, self._opens, first, last)


def _chunks(drawing: _Drawing, payments: int, rows: int) -> Iterator[DayPayments]:
    """Draw a day in pieces."""
    for first in range(0, payments, rows):
        size = min(rows, payments - first)
        columns, batch = np.empty((kernel.COLUMNS, size), np.int64), np.empty(size, np.bool_)
        drawing.draw(columns, batch, 0, size)
        yield _day(columns, batch)


def _whole(traffic: DayTraffic, opens: int, closes: int, seed: int, minor_units: int) -> tuple[Vector, Flags]:
    """Draw a day into one table, by pieces so that room for mirrors to come is made as it is needed."""
    drawing, payments = _Drawing(traffic, opens, closes, seed, minor_units), traffic.payments
    columns, batch = np.empty((kernel.COLUMNS, payments), np.int64), np.empty(payments, np.bool_)
    for first in range(0, payments, ROWS_A_CHUNK):
        drawing.draw(columns, batch, first, min(first + ROWS_A_CHUNK, payments))
    return columns, batch


def _day(columns: Vector, batch: Flags) -> DayPayments:
    payment_id, arrives, sender, receiver, amount, priority = columns[: kernel.ANSWERS]
    return DayPayments(payment_id, arrives, sender, receiver, amount, priority, batch)
