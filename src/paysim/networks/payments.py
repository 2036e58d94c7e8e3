"""Columns of payments: what a settlement system is given, and what it gives back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.int64]


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


def read_payments(
    payment_id: ArrayLike,
    arrives: ArrayLike,
    sender: ArrayLike,
    receiver: ArrayLike,
    amount: ArrayLike,
    now: int,
    participants: int,
) -> Payments:
    """Check columns of payments that are handed to a system of so many participants whose clock shows `now`.

    Raises
    ------
    TypeError : a column is not of integers (an amount in floats would lose money without a word)
    ValueError : columns of different length, or a value outside its range
    """
    batch = Payments(
        integers("payment_id", payment_id),
        integers("arrives", arrives),
        integers("sender", sender),
        integers("receiver", receiver),
        integers("amount", amount),
    )
    count = len(batch.arrives)
    if any(len(column) != count for column in batch):
        raise ValueError(f"columns differ in length: {', '.join(str(len(column)) for column in batch)}")
    if count == 0:
        return batch
    if batch.arrives.min() < now:
        raise ValueError(f"a payment arrives at {batch.arrives.min()}, before the clock ({now})")
    if batch.amount.min() <= 0:
        raise ValueError(f"amounts are positive, got {batch.amount.min()}")
    for name, column in (("sender", batch.sender), ("receiver", batch.receiver)):
        if column.min() < 0 or column.max() >= participants:
            raise ValueError(f"{name} is an index from 0 to {participants - 1}")
    if (batch.sender == batch.receiver).any():
        raise ValueError("a participant does not pay itself: that settles in its own books, not in a system")
    return batch


def arrival_order(arrives: Vector, payment_id: Vector) -> Vector:
    """Order by arrival and, at one instant, by id."""
    if (arrives[1:] > arrives[:-1]).all():
        return np.arange(len(arrives))
    if (payment_id[1:] > payment_id[:-1]).all():
        return np.argsort(arrives, kind="stable")
    return np.lexsort((payment_id, arrives))


def integers(name: str, values: ArrayLike) -> Vector:
    """Read a column of integers, (N,) int64; TypeError if it is something else."""
    column = np.asarray(values)
    if column.size == 0:
        return np.zeros(0, np.int64)
    if column.dtype.kind not in "iu" or column.ndim != 1:
        raise TypeError(f"{name} is a column of integers, got {column.dtype} of shape {column.shape}")
    return np.ascontiguousarray(column, dtype=np.int64)
