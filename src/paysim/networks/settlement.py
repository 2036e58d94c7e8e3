"""A settlement system: participants with accounts, payments that settle one by one, and queues for those without cover.

The rules are in ``docs/settlement.md``. Money is integer minor units, instants are integer seconds, participants are
indices from 0. A system is driven forward in time, by hand or by a calendar, and what comes out does not depend on
how many steps were taken::

    system = SettlementSystem(participants=3)
    system.add(arrives=[5, 7], sender=[1, 0], receiver=[2, 1], amount=[60, 80], payment_id=[10, 11])
    system.open(0, liquidity=[100, 0, 0])
    system.advance(8)
    system.settled_since(0).payment_id      # 11, then 10: the incoming payment gave participant 1 its cover
    system.close(20)                        # liquidity is drawn back, the queue stays for the next day
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks import settlement_kernel as kernel
from paysim.networks.payments import Payments, Settlements, Vector, arrival_order, integers, read_payments

Table = NDArray[np.void]
Kind = TypeVar("Kind", bound=np.generic)

_SMALLEST_CAPACITY = 1024
_MOST_ROWS = 2**31 - 1  # rows are referred to by 32-bit integers inside the tables

_REFUSALS = {
    kernel.BACKWARDS: "time runs forward: an instant lies before the system's clock",
    kernel.ALREADY_OPEN: "the system is open already",
    kernel.ALREADY_CLOSED: "the system is closed",
    kernel.TOO_MUCH_LIQUIDITY: "the liquidity brought in over the run does not fit into 64 bits",
}


class SettlementSystem:
    """Gross settlement in order of arrival, with a queue for each sender and no overdraft.

    Parameters
    ----------
    participants : number of participants
    start : instant at which the clock begins, seconds
    queue_at_close : ``"keep"``: what did not settle waits for the next opening; ``"return"``: it goes back

    Raises
    ------
    ValueError : fewer than two participants or an unknown rule; in every method, a step back in time, opening what is
        open, closing what is closed
    """

    def __init__(self, participants: int, start: int = 0, queue_at_close: str = "keep") -> None:
        rules = {"keep": kernel.KEEP_QUEUE, "return": kernel.RETURN_QUEUE}
        if participants < 2:
            raise ValueError(f"a settlement system needs at least 2 participants, got {participants}")
        if queue_at_close not in rules:
            raise ValueError(f"queue_at_close is 'keep' or 'return', got {queue_at_close!r}")
        self._payments: Table = np.zeros(_SMALLEST_CAPACITY, kernel.PAYMENT)
        self._schedule: Vector = np.zeros(_SMALLEST_CAPACITY, np.int64)
        self._journal: Vector = np.zeros(_SMALLEST_CAPACITY, np.int64)
        self._participants: Table = np.zeros(participants, kernel.PARTICIPANT)
        self._participants["first"] = kernel.NONE
        self._clock: Vector = np.zeros(kernel.CLOCK_FIELDS, np.int64)
        self._clock[kernel.NOW] = start
        self._clock[kernel.LINE_FIRST] = kernel.NONE
        self._clock[kernel.CLOSING_RULE] = rules[queue_at_close]
        self._rows = 0
        self._forgotten = 0
        self._gather()

    # --- handing payments over --------------------------------------------------------------------------------------

    def add(
        self, arrives: ArrayLike, sender: ArrayLike, receiver: ArrayLike, amount: ArrayLike, payment_id: ArrayLike
    ) -> None:
        """Hand payments over, in any order; they take part from the instant at which they arrive.

        Parameters
        ----------
        arrives : (N,) seconds, not before the clock
        sender, receiver : (N,) indices of participants, different from each other
        amount : (N,) minor units, positive
        payment_id : (N,) integers, unique in this system; they decide the order of payments that arrive together

        Raises
        ------
        TypeError : a column is not of integers
        ValueError : columns of different length, or a value outside its range
        """
        batch = read_payments(payment_id, arrives, sender, receiver, amount, self.now, len(self._participants))
        count = len(batch.arrives)
        if count == 0:
            return
        first, last = self._rows, self._rows + count
        self._make_room(last)
        rows = self._payments[first:last]
        for name, column in zip(Payments._fields, batch, strict=True):
            rows[name] = column
        rows["settled"] = -1
        rows["status"] = kernel.AWAITED
        self._rows = last
        self._schedule_rows(batch.arrives, batch.payment_id, first)

    def _make_room(self, rows: int) -> None:
        capacity = len(self._payments)
        if rows <= capacity:
            return
        if rows > _MOST_ROWS:
            raise ValueError(f"a system holds at most {_MOST_ROWS} payments at a time; call forget_finished")
        capacity = min(max(rows, 2 * capacity), _MOST_ROWS)
        self._payments = _grown(self._payments, capacity)
        self._schedule = _grown(self._schedule, capacity)
        self._journal = _grown(self._journal, capacity)
        self._gather()

    def _gather(self) -> None:
        # One tuple for the compiled functions: unpacking it is the cheapest way to pass five arrays 36,000 times.
        self._tables = (self._payments, self._participants, self._clock, self._schedule, self._journal)

    def _schedule_rows(self, arrives: Vector, payment_id: Vector, first: int) -> None:
        """Merge new rows, which begin at `first`, into the order of arrival."""
        clock = self._clock
        arrived, scheduled = int(clock[kernel.ARRIVED]), int(clock[kernel.SCHEDULED])
        order = arrival_order(arrives, payment_id)
        rows = order + first
        end = scheduled + len(rows)
        if scheduled > arrived:
            latest = self._payments[self._schedule[scheduled - 1]]
            earliest = order[0]
            if (arrives[earliest], payment_id[earliest]) < (latest["arrives"], latest["payment_id"]):
                rows = np.concatenate((self._schedule[arrived:scheduled], rows))
                rows = rows[arrival_order(self._payments["arrives"][rows], self._payments["payment_id"][rows])]
                scheduled = arrived
        self._schedule[scheduled:end] = rows
        clock[kernel.SCHEDULED] = end

    # --- time -------------------------------------------------------------------------------------------------------

    def _step(self, step: Callable[..., int], *arguments: object) -> None:
        outcome = step(*self._tables, *arguments)
        if outcome:
            raise ValueError(_REFUSALS[outcome])

    def advance(self, until: int) -> None:
        """Let time pass: everything that arrives before `until` is settled or queued."""
        self._step(kernel.advance, until)

    def open(self, now: int, liquidity: ArrayLike | None = None) -> None:
        """Let time pass up to `now`, bring in the opening liquidity and try the queues.

        Parameters
        ----------
        now : seconds
        liquidity : as in `set_liquidity`; default what was set last, zero at first

        Raises
        ------
        ValueError : the system is open, or liquidity is negative or of another shape
        """
        if liquidity is not None:
            self.set_liquidity(liquidity)
        self._step(kernel.open_session, now)

    def set_liquidity(self, liquidity: ArrayLike) -> None:
        """Set what each participant brings in at every opening from now on, (participants,) minor units >= 0."""
        self._participants["opening"] = self._amounts("liquidity", liquidity)

    def close(self, now: int) -> None:
        """Let time pass up to `now`, draw all liquidity back and treat the queues by the closing rule."""
        self._step(kernel.close_session, now)

    def run_sessions(self, opens: Vector, closes: Vector, until: int) -> None:
        """Open and close by a calendar up to and without `until`: the same as the calls one by one, at a fraction.

        At every instant the system is open if the calendar says so. A session that lies behind the clock is passed
        over, one that has begun is joined. So the sessions of a whole run can be given at every call.

        Parameters
        ----------
        opens, closes : (S,) int64 seconds, ascending, from `OperatingCalendar.sessions`; S may be 0
        until : seconds; an opening or closing at this very instant is left to the next call
        """
        self._step(kernel.run_sessions, opens, closes, until)

    def inject(self, now: int, amounts: ArrayLike) -> None:
        """Let time pass up to `now`, add liquidity, (participants,) minor units, and try the queues."""
        self._step(kernel.inject, self._amounts("amounts", amounts), now)

    def _amounts(self, name: str, values: ArrayLike) -> Vector:
        amounts = integers(name, values)
        if amounts.shape != self._participants.shape or amounts.min() < 0:
            raise ValueError(f"{name} are {len(self._participants)} amounts that are not negative")
        return amounts

    # --- taking payments out ----------------------------------------------------------------------------------------

    def withdraw(self, now: int, payment_ids: ArrayLike) -> NDArray[np.bool_]:
        """Let time pass up to `now` and take payments out: messages that are returned, payments that are cancelled.

        A payment that has settled stays settled. A queue whose head goes is tried at once.

        Returns
        -------
        (N,) bool, True where the payment was awaited or queued and is now withdrawn
        """
        self.advance(now)
        wanted = integers("payment_ids", payment_ids)
        rows = self._live_rows()
        ids = self._payments["payment_id"][rows]
        order = np.argsort(ids)
        place = np.searchsorted(ids, wanted, sorter=order)
        found = np.zeros(len(wanted), dtype=bool)
        if len(rows):
            candidates = rows[order[np.minimum(place, len(rows) - 1)]]
            found = self._payments["payment_id"][candidates] == wanted
            self._withdraw_rows(now, candidates[found])
        return found

    def expire(self, now: int, arrived_before: int) -> Vector:
        """Let time pass up to `now` and withdraw what is still queued and arrived before an instant.

        Returns
        -------
        ids of the withdrawn payments, (N,) int64, in order of arrival
        """
        self.advance(now)
        waiting = self._queued_rows()
        rows = waiting[self._payments["arrives"][waiting] < arrived_before]
        self._withdraw_rows(now, rows)
        return np.asarray(self._payments["payment_id"][rows])

    def _withdraw_rows(self, now: int, rows: Vector) -> None:
        if len(rows) == 0:
            return
        self._step(kernel.withdraw, rows, now)

    # --- looking ----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The instant up to which everything has been settled, seconds."""
        return int(self._clock[kernel.NOW])

    @property
    def is_open(self) -> bool:
        """Whether the system is in a session."""
        return bool(self._clock[kernel.IS_OPEN])

    @property
    def balances(self) -> Vector:
        """What each participant has in its account, (participants,) minor units; a copy."""
        return np.array(self._participants["balance"])

    @property
    def injected(self) -> int:
        """Liquidity brought in since the start, minor units."""
        return int(self._clock[kernel.INJECTED])

    @property
    def drawn_back(self) -> int:
        """Liquidity drawn back at closings since the start, minor units; injected = drawn back + sum of balances."""
        return int(self._clock[kernel.DRAWN_BACK])

    @property
    def queue_length(self) -> int:
        """Number of payments in all queues."""
        return int(self._clock[kernel.IN_QUEUE])

    def check_conservation(self) -> None:
        """Prove that no money was made or lost and no account is overdrawn.

        Raises
        ------
        RuntimeError : it is not so, which is a mistake of this program and not of its user
        """
        balances = self._participants["balance"]
        if balances.min() < 0 or int(balances.sum()) + self.drawn_back != self.injected:
            raise RuntimeError("settlement lost or made money, or overdrew an account")

    def queued(self) -> Payments:
        """Payments in the queues, in order of arrival."""
        return self._columns(self._queued_rows())

    def awaited(self) -> Payments:
        """Payments handed over that have not arrived yet, in order of arrival."""
        return self._columns(self._awaited_rows())

    def returned(self) -> Payments:
        """Payments sent back at a closing and not yet forgotten, in the order in which they were handed over."""
        status = self._payments["status"][: self._rows]
        return self._columns(np.flatnonzero(status == kernel.RETURNED))

    def settled_since(self, cursor: int) -> Settlements:
        """Give what settled after a cursor, in the order of settlement; begin with 0, go on with the last `cursor`.

        Raises
        ------
        ValueError : the cursor reaches back to what `forget_finished` dropped, or ahead of the last settlement
        """
        end = self._forgotten + int(self._clock[kernel.JOURNALLED])
        if not self._forgotten <= cursor <= end:
            raise ValueError(f"cursor {cursor} is outside what is remembered ({self._forgotten} to {end})")
        rows = self._journal[cursor - self._forgotten : end - self._forgotten]
        return Settlements(self._payments["payment_id"][rows], self._payments["settled"][rows], end)

    @property
    def settled(self) -> Vector:
        """Instant of settlement of every payment, -1 where there is none, in the order in which they were handed over.

        (N,) int64 seconds; without those that `forget_finished` dropped.
        """
        return np.array(self._payments["settled"][: self._rows])

    def forget_finished(self) -> None:
        """Drop payments that are settled, withdrawn or returned, so that memory does not grow with the run.

        Read `settled_since` before; its cursors stay valid from here on. Conservation is checked on the occasion.
        """
        self.check_conservation()
        queued, awaited = self._queued_chains(), self._awaited_rows()
        table = self._payments
        kept = np.sort(np.concatenate((queued, awaited)))
        self._forgotten += int(self._clock[kernel.JOURNALLED])
        self._clock[kernel.JOURNALLED] = 0
        table[: len(kept)] = table[kept]
        self._rows = len(kept)
        self._schedule[: len(awaited)] = np.searchsorted(kept, awaited)
        self._clock[kernel.ARRIVED], self._clock[kernel.SCHEDULED] = 0, len(awaited)
        self._relink(np.searchsorted(kept, queued))

    def _relink(self, queues: Vector) -> None:
        """Chain rows anew, given queue after queue."""
        senders = self._payments["sender"][queues]
        heads = np.flatnonzero(np.diff(senders, prepend=-1))
        tails = np.append(heads[1:], len(queues)) - 1 if len(queues) else heads
        self._payments["following"][queues[:-1]] = queues[1:]
        self._payments["following"][queues[tails]] = kernel.NONE
        self._participants["first"] = kernel.NONE
        self._participants["first"][senders[heads]] = queues[heads]
        self._participants["last"][senders[heads]] = queues[tails]

    def _queued_chains(self) -> Vector:
        rows = np.empty(self.queue_length, np.int64)
        kernel.list_queued(self._payments, self._participants, rows)
        return rows

    def _queued_rows(self) -> Vector:
        rows = self._queued_chains()
        return rows[arrival_order(self._payments["arrives"][rows], self._payments["payment_id"][rows])]

    def _awaited_rows(self) -> Vector:
        rows = self._schedule[self._clock[kernel.ARRIVED] : self._clock[kernel.SCHEDULED]]
        return np.asarray(rows[self._payments["status"][rows] == kernel.AWAITED])

    def _live_rows(self) -> Vector:
        return np.concatenate((self._queued_chains(), self._awaited_rows()))

    def _columns(self, rows: Vector) -> Payments:
        return Payments(*(self._payments[name][rows].astype(np.int64) for name in Payments._fields))


def _grown(old: NDArray[Kind], capacity: int) -> NDArray[Kind]:
    new: NDArray[Kind] = np.zeros(capacity, old.dtype)
    new[: len(old)] = old
    return new
