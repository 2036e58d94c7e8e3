"""Columns of payments: what a settlement system is given, and what it gives back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.int64]

STATUSES = ("awaited", "queued", "settled", "withdrawn", "returned")
"""What the numbers in `SettlementSystem.status` mean."""

LEAST_URGENT = 2**15 - 1
"""Largest priority number; it is kept in 16 bits."""


class Payments(NamedTuple):
    """Columns of payments, each (N,) int64."""

    payment_id: Vector
    arrives: Vector
    sender: Vector
    receiver: Vector
    amount: Vector


class Settlements(NamedTuple):
    """Payments in the order in which they settled; `cursor` asks for what comes after them.

    payment_id, settled : (N,) int64; `settled` in seconds
    """

    payment_id: Vector
    settled: Vector
    cursor: int


class Parts(NamedTuple):
    """Payments after those that are too large have been split, in the order of arrival within an instant.

    whole : (M,) int64, place in the original table of the payment that each belongs to
    payment_id : (M,) int64, new identifiers in the order of the old ones, the parts of one payment in their order
    amount : (M,) int64 minor units
    """

    whole: Vector
    payment_id: Vector
    amount: Vector


def split_giants(payment_id: Vector, amount: Vector, largest: int) -> Parts:
    """Split payments above a largest amount into as few parts as possible, equal but for one unit, the larger first.

    payment_id, amount : (N,) int64, amounts positive; largest : minor units, positive. A payment has settled when the
    last of its parts has: ``numpy.maximum.at`` by `whole`, or the last of each run of equal `whole`.
    """
    if largest <= 0:
        raise ValueError(f"the largest amount is positive, got {largest}")
    order = np.argsort(payment_id, kind="stable")
    amounts = amount[order]
    parts = (amounts - 1) // largest + 1
    whole = np.repeat(order, parts)
    number = np.arange(len(whole)) - np.repeat(np.cumsum(parts) - parts, parts)
    equal, left_over = np.repeat(amounts // parts, parts), np.repeat(amounts % parts, parts)
    return Parts(whole, np.arange(len(whole)), equal + (number < left_over))


def arrival_order(arrives: Vector, payment_id: Vector) -> Vector:
    """Order by arrival and, at one instant, by id."""
    return np.lexsort((payment_id, arrives))


def integers(name: str, values: ArrayLike) -> Vector:
    """Read a column of integers, (N,) int64; TypeError if it is something else."""
    column = np.asarray(values)
    if column.size == 0:
        return np.zeros(0, np.int64)
    if column.dtype.kind not in "iu" or column.ndim != 1:
        raise TypeError(f"{name} is a column of integers, got {column.dtype} of shape {column.shape}")
    return np.ascontiguousarray(column, dtype=np.int64)
