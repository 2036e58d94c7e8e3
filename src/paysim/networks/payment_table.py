"""The table of a settlement system's payments: taking them in, finding them, forgetting what is finished.

A payment has a *row*, by which the compiled functions know it, and a *place* among all payments as they were handed
over, by which the user does. They differ because rows are laid out in the order of arrival, which is the order in which
they are read.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks import arrival_kernel as arrival
from paysim.networks import settlement_kernel as kernel
from paysim.networks.payments import LEAST_URGENT, Payments, Vector, arrival_order, integers

Table = NDArray[np.void]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)

_SMALLEST_CAPACITY = 1024
_MOST_ROWS = 2**31 - 1  # rows are referred to by 32-bit integers inside the tables
_MOST_BUCKETS = 2**17  # a day's seconds have one bucket each, and the counters still fit into a processor's cache
_LONGEST_SPAN = 2**62  # between two instants of one table, so that no difference of instants overflows


class PaymentTable:
    """Rows of payments in the order of arrival, and the two lists of rows that the compiled functions keep.

    clock : the system's clock, which holds the cursors of the lists
    ranked : whether priorities are looked at
    linked : whether queues need more than a chain
    """

    def __init__(self, clock: Vector, ranked: bool, linked: bool) -> None:
        self.clock = clock
        self.rows: Table = np.zeros(_SMALLEST_CAPACITY, kernel.PAYMENT)
        self.sequence: Index = np.zeros(_SMALLEST_CAPACITY, np.int32)
        self.links: Index = np.zeros((_SMALLEST_CAPACITY if linked else 1, 2), np.int32)
        self.place: Index = np.zeros(_SMALLEST_CAPACITY, np.int32)
        self.count = 0
        self._ranked, self._linked = ranked, linked

    # --- taking in --------------------------------------------------------------------------------------------------

    def add(self, columns: Payments, priority: Vector, batch: Flags, participants: int) -> None:
        """Take payments in; see `SettlementSystem.add`. priority, batch : of every payment, or of none."""
        given = (columns.arrives, columns.payment_id, columns.amount, columns.sender, columns.receiver)
        facts = np.zeros(arrival.FACTS, np.int64)
        arrival.survey(given, facts)
        self._refuse(facts, priority, participants)
        first, last = self.count, self.count + len(columns.arrives)
        self._make_room(last)
        facts[arrival.HANDED], facts[arrival.RANKED] = first, self._ranked
        begins = self._buckets(columns.arrives, facts)
        rows, place = self.rows[first:last], self.place[first:last]
        arrival.fill(given, priority, batch, facts, begins, rows, place)
        if len(begins):
            arrival.sort_buckets(rows, rows.view(np.int64).reshape(len(rows), -1), place, begins)
        clock = self.clock
        arrival.merge(self.rows, self.sequence, clock[kernel.ARRIVED], clock[kernel.SCHEDULED], first, last - first)
        clock[kernel.SCHEDULED] += last - first
        self.count = last

    def _refuse(self, facts: Vector, priority: Vector, participants: int) -> None:
        now = self.clock[kernel.NOW]
        if facts[arrival.EARLIEST] < now:
            raise ValueError(f"a payment arrives at {facts[arrival.EARLIEST]}, before the clock ({now})")
        if int(facts[arrival.LATEST]) - int(facts[arrival.EARLIEST]) > _LONGEST_SPAN:
            raise ValueError(f"instants lie further apart than {_LONGEST_SPAN} seconds")
        if facts[arrival.SMALLEST] <= 0:
            raise ValueError(f"amounts are positive, got {facts[arrival.SMALLEST]}")
        if facts[arrival.LOWEST] < 0 or facts[arrival.HIGHEST] >= participants:
            raise ValueError(f"sender and receiver are indices from 0 to {participants - 1}")
        if facts[arrival.TO_ITSELF]:
            raise ValueError("a participant does not pay itself: that settles in its own books, not in a system")
        if len(priority) and not 0 <= priority.min() <= priority.max() <= LEAST_URGENT:
            raise ValueError(f"a priority is a number from 0 to {LEAST_URGENT}")

    def _buckets(self, arrives: Vector, facts: Vector) -> Index:
        """Give the beginnings of buckets of instants, none if the payments are in the order of arrival."""
        if facts[arrival.IN_ORDER]:
            return np.zeros(0, np.int32)
        span = int(facts[arrival.LATEST]) - int(facts[arrival.EARLIEST])
        most, shift = min(_MOST_BUCKETS, 2 * len(arrives)), 0
        while span >> shift >= most:
            shift += 1
        facts[arrival.SHIFT] = shift
        begins = np.empty((span >> shift) + 2, np.int32)
        arrival.count(arrives, facts, begins)
        return begins

    def _make_room(self, rows: int) -> None:
        capacity = len(self.rows)
        if rows <= capacity:
            return
        if rows > _MOST_ROWS:
            raise ValueError(f"a system holds at most {_MOST_ROWS} payments at a time; call forget_finished")
        capacity = min(max(rows, 2 * capacity), _MOST_ROWS)
        self.rows = _grown(self.rows, capacity)
        self.sequence = _grown(self.sequence, capacity)
        self.place = _grown(self.place, capacity)
        if self._linked:
            self.links = _grown(self.links, capacity)

    # --- finding ----------------------------------------------------------------------------------------------------

    def queued(self, participants: Table) -> tuple[Index, Index]:
        """Rows in the gross queues, sender by sender, each in its order; and those in the batch queue."""
        gross = int(self.clock[kernel.IN_QUEUES])
        rows = np.empty(gross + int(self.clock[kernel.IN_BATCH]), np.int32)
        kernel.list_queued(self.rows, participants, self.clock, rows)
        return rows[:gross], rows[gross:]

    def awaited(self) -> Index:
        """Rows of payments that have not arrived yet, in the order of arrival."""
        rows = self.sequence[self.clock[kernel.ARRIVED] : self.clock[kernel.SCHEDULED]]
        return np.asarray(rows[self.rows["status"][rows] == kernel.AWAITED])

    def find(self, payment_ids: Vector, among: Index) -> Index:
        """Give the row of each identifier among some rows, -1 where it is not there."""
        wanted, again = np.unique(payment_ids, return_inverse=True)
        found = np.full(len(wanted), -1, np.int32)
        if len(wanted):
            there = self.rows["payment_id"][among]
            at = np.minimum(np.searchsorted(wanted, there), len(wanted) - 1)
            hit = wanted[at] == there
            found[at[hit]] = among[hit]
        return np.asarray(found[again])

    def in_order_of_arrival(self, rows: Index) -> Index:
        """Sort rows by arrival."""
        return np.asarray(rows[arrival_order(self.rows["arrives"][rows], self.rows["payment_id"][rows])])

    def with_status(self, status: int) -> Index:
        """Rows of one status, as their payments were handed over."""
        rows = np.flatnonzero(self.rows["status"][: self.count] == status)
        return np.asarray(rows[np.argsort(self.place[rows])])

    def columns(self, rows: Index) -> Payments:
        """Columns of some rows."""
        return Payments(*(self.rows[name][rows].astype(np.int64) for name in Payments._fields))

    def settled(self) -> Vector:
        """Instants of settlement as the payments were handed over, -1 where there is none."""
        instants = np.empty(self.count, np.int64)
        arrival.settled_as_handed(self.rows, self.place[: self.count], instants)
        return instants

    def status(self) -> NDArray[np.int8]:
        """Status of the payments as they were handed over."""
        status = np.empty(self.count, np.int8)
        status[self.place[: self.count]] = self.rows["status"][: self.count]
        return status

    # --- forgetting -------------------------------------------------------------------------------------------------

    def forget_finished(self, participants: Table) -> tuple[Index, int]:
        """Keep only what is queued or awaited; return the rows of the queues, to be chained anew.

        They are sender by sender, then those of the batch queue; the number returned is that of the first.
        The journal begins anew, with room for what is queued in front of what is awaited.
        """
        gross, batch = self.queued(participants)
        queued, awaited = np.concatenate((gross, batch)), self.awaited()
        kept = np.sort(np.concatenate((queued, awaited)))
        count = len(kept)
        self.rows[:count] = self.rows[kept]
        self.place[:count][np.argsort(self.place[kept])] = np.arange(count)
        self.sequence[len(queued) : count] = np.searchsorted(kept, awaited)
        self.clock[kernel.JOURNALLED] = 0
        self.clock[kernel.ARRIVED], self.clock[kernel.SCHEDULED] = len(queued), count
        self.count = count
        return np.searchsorted(kept, queued).astype(np.int32), len(gross)


def _grown(old: NDArray[Kind], capacity: int) -> NDArray[Any]:
    new = np.empty((capacity, *old.shape[1:]), old.dtype)
    new[: len(old)] = old
    return new


def read_columns(
    payment_id: ArrayLike, arrives: ArrayLike, sender: ArrayLike, receiver: ArrayLike, amount: ArrayLike
) -> Payments:
    """Read columns of payments.

    Raises
    ------
    TypeError : a column is not of integers (an amount in floats would lose money without a word)
    ValueError : columns of different length
    """
    columns = Payments(
        integers("payment_id", payment_id),
        integers("arrives", arrives),
        integers("sender", sender),
        integers("receiver", receiver),
        integers("amount", amount),
    )
    if any(len(column) != len(columns.arrives) for column in columns):
        raise ValueError(f"columns differ in length: {', '.join(str(len(column)) for column in columns)}")
    return columns


def read_kinds(priority: ArrayLike | None, batch: ArrayLike | None, count: int) -> tuple[Vector, Flags]:
    """Read priorities and marks of batch payments of so many payments; a column that is not given becomes empty.

    Raises
    ------
    TypeError : a priority is not an integer
    ValueError : a column of another length
    """
    ranks = integers("priority", [] if priority is None else priority)
    marks = np.zeros(0, dtype=bool) if batch is None else np.ascontiguousarray(batch, dtype=bool)
    for name, column, given in (("priority", ranks, priority), ("batch", marks, batch)):
        if given is not None and column.shape != (count,):
            raise ValueError(f"columns differ in length: {name} has {len(column)} entries, the others {count}")
    return ranks, marks
