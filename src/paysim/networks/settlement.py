"""A settlement system: participants with accounts, payments that settle one by one or together, and queues.

The rules are in ``docs/reference/settlement.md``. Money is integer minor units, instants are integer seconds,
participants are indices from 0. A system is driven forward in time, by hand or by a timetable, and what comes out does
not depend on how many steps were taken::

    system = SettlementSystem(participants=3)
    system.add(arrives=[5, 7], sender=[1, 0], receiver=[2, 1], amount=[60, 80], payment_id=[10, 11])
    system.open(0, liquidity=[100, 0, 0])
    system.advance(8)
    system.settled_since(0).payment_id      # 11, then 10: the incoming payment gave participant 1 its cover
    system.close(20)                        # liquidity is drawn back, the queue stays for the next day
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from paysim.networks import settlement_kernel as kernel
from paysim.networks.following import follow
from paysim.networks.payment_table import Flags, Index, read_columns, read_kinds
from paysim.networks.payments import Vector, integers
from paysim.networks.rules import Rules, Timetable
from paysim.networks.settlement_state import BrokenLawError, SettlementState

if TYPE_CHECKING:
    from paysim.networks.netting import Together

_BEYOND_64_BITS = "the liquidity brought in over the run, with the credits, does not fit into 64 bits"
_REFUSALS = {
    kernel.BACKWARDS: "time runs forward: an instant lies before the system's clock",
    kernel.TOO_MUCH_LIQUIDITY: _BEYOND_64_BITS,
}
_NEVER = np.zeros(0, np.int64)


class SettlementSystem(SettlementState):
    """A system that settles payments by the rules of the rule page.

    Parameters
    ----------
    participants : number of participants
    start : instant at which the clock begins, seconds
    rules : the choices of the rule page
    queue_at_close : another way to give ``rules.at_close``

    Raises
    ------
    ValueError : fewer than two participants or unknown rules; in every method, a step back in time, and opening what is
        open or closing what is closed
    BrokenLawError : at a closing, money was lost or made, or a limit broken: a mistake of this program
    """

    def __init__(
        self, participants: int, start: int = 0, rules: Rules | None = None, queue_at_close: str | None = None
    ) -> None:
        super().__init__(participants, start, rules, queue_at_close)
        self._choose_loop()
        self._gather()

    def _choose_loop(self) -> None:
        """See whether the days are simple enough for the fast loop."""
        rules, banks = self.rules, self._participants
        simple = rules.discipline == "fifo" and rules.order == "arrival" and not rules.bilateral
        own_means = banks["cap"].any() or banks["cap_left"].any()
        unsecured = (banks["credit"] > banks["collateralised"]).any()
        self._clock[kernel.PLAIN] = simple and rules.netting == "none" and not own_means and not unsecured

    def _gather(self) -> None:
        # One tuple for the compiled functions: unpacking it is the cheapest way to pass five arrays 36,000 times.
        table = self._table
        self._tables = (table.rows, self._participants, self._clock, table.sequence, table.links)

    # --- handing payments over --------------------------------------------------------------------------------------

    def add(
        self,
        arrives: ArrayLike,
        sender: ArrayLike,
        receiver: ArrayLike,
        amount: ArrayLike,
        payment_id: ArrayLike,
        priority: ArrayLike | None = None,
        batch: ArrayLike | None = None,
    ) -> None:
        """Hand payments over, in any order; they take part from the instant at which they arrive.

        Parameters
        ----------
        arrives : (N,) seconds, not before the clock
        sender, receiver : (N,) indices of participants, different from each other
        amount : (N,) minor units, positive
        payment_id : (N,) integers, unique in this system; they decide the order of payments that arrive together
        priority : (N,) whole numbers from 0, the most urgent, to 32767; default all 0
        batch : (N,) bool, whether a payment settles in netting sessions; default none, or all where the rules say so

        Raises
        ------
        TypeError : a column is not of integers
        ValueError : columns of different length, or a value outside its range
        """
        columns = read_columns(payment_id, arrives, sender, receiver, amount)
        ranks, marks = read_kinds(priority, batch, len(columns.arrives))
        if not len(columns.arrives):
            return
        if self.rules.all_net:
            marks = np.ones(len(columns.arrives), dtype=bool)
        elif self.rules.netting == "none":
            marks = marks[:0]
        self._table.add(columns, ranks, marks, len(self._participants))
        self._gather()

    # --- time -------------------------------------------------------------------------------------------------------

    def _do(self, step: Callable[..., int], *arguments: object) -> None:
        outcome = step(*self._tables, *arguments)
        if outcome:
            raise ValueError(_REFUSALS[outcome]) if outcome in _REFUSALS else BrokenLawError

    def advance(self, until: int) -> None:
        """Let time pass: everything that arrives before `until` is settled or queued."""
        self._do(kernel.run_sessions, _NEVER, _NEVER, until)

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
        self._expect(not self.is_open, "the system is open already")
        if liquidity is not None:
            self.set_liquidity(liquidity)
        self.advance(now)
        self._do(kernel.open_session)
        self._do(kernel.serve)

    def close(self, now: int) -> None:
        """Let time pass up to `now` and close: last session, queues by the rules, credit repaid, all drawn back."""
        self._expect(self.is_open, "the system is closed")
        self.advance(now)
        self._net()
        if self.is_running and self.rules.at_close == "fund":
            self._fund_queues()
        self._do(kernel.close_session)

    def suspend(self, now: int) -> None:
        """Let time pass up to `now`; from then on nothing settles until `resume` or a closing."""
        self._expect(not self.is_suspended, "the system is suspended already")
        self.advance(now)
        self._clock[kernel.SUSPENDED] = 1

    def resume(self, now: int) -> None:
        """Let time pass up to `now` and end the suspension; what fell into it has its effect."""
        self._expect(self.is_suspended, "the system is not suspended")
        self.advance(now)
        self._clock[kernel.SUSPENDED] = 0
        self._do(kernel.bring_opening)
        self._do(kernel.serve)

    def open_window(self, now: int) -> None:
        """Let time pass up to `now`; from then on participants may inject of their own accord."""
        self._expect(not self.window_is_open, "the injection window is open already")
        self.advance(now)
        self._clock[kernel.WINDOW_OPEN] = 1
        self._do(kernel.bring_opening)
        self._do(kernel.serve)

    def close_window(self, now: int) -> None:
        """Let time pass up to `now`; from then on nobody injects of its own accord until `open_window`."""
        self._expect(self.window_is_open, "the injection window is closed already")
        self.advance(now)
        self._clock[kernel.WINDOW_OPEN] = 0

    def run_sessions(self, opens: Vector, closes: Vector, until: int) -> None:
        """Open and close by a calendar up to and without `until`: the same as the calls one by one, at a fraction.

        At every instant the system is open if the calendar says so. A session that lies behind the clock is passed
        over, one that has begun is joined. So the sessions of a whole run can be given at every call.

        Parameters
        ----------
        opens, closes : (S,) int64 seconds, ascending, from `OperatingCalendar.sessions`; S may be 0
        until : seconds; an opening or closing at this very instant is left to the next call
        """
        if self.rules.netting == "none" and self.rules.at_close != "fund":
            self._do(kernel.run_sessions, opens, closes, until)
        else:
            self.follow(Timetable(opens, closes), until)

    def follow(self, timetable: Timetable, until: int) -> None:
        """Do what a timetable says, up to and without `until`; the order at one instant is that of the rule page.

        A session or an injection window that by the timetable began before the clock and has not ended is joined, and
        one that by the timetable is not on is left. Where nothing is open, there is nothing to close, and so on: the
        timetable does not complain. So the instants of a whole run can be given at every call.
        """
        self._expect(until >= self.now, _REFUSALS[kernel.BACKWARDS])
        follow(self, timetable, until)

    @staticmethod
    def _expect(fulfilled: bool, refusal: str) -> None:
        if not fulfilled:
            raise ValueError(refusal)

    # --- liquidity --------------------------------------------------------------------------------------------------

    def set_liquidity(self, liquidity: ArrayLike) -> None:
        """Set what each participant brings in at every opening from now on, (participants,) minor units >= 0."""
        self._participants["opening"] = self._amounts("liquidity", liquidity)

    def set_credit(self, collateralised: ArrayLike, uncollateralised: ArrayLike) -> None:
        """Set how far balances may go below zero, first on the one and then on the other, while the system is closed.

        collateralised, uncollateralised : (participants,) minor units >= 0
        """
        self._expect(not self.is_open, "credit is set while the system is closed")
        secured = self._amounts("collateralised credit", collateralised)
        unsecured = self._amounts("uncollateralised credit", uncollateralised)
        both = int(secured.sum(dtype=object)) + int(unsecured.sum(dtype=object))
        self._expect(both <= kernel.LARGEST - self.injected - self.overnight, _BEYOND_64_BITS)
        self._participants["collateralised"], self._participants["credit"] = secured, secured + unsecured
        self._clock[kernel.ALL_CREDIT] = both
        self._choose_loop()

    def set_injection_cap(self, cap: ArrayLike) -> None:
        """Set what each participant may inject of its own accord from an opening to the next closing, from now on.

        cap : (participants,) minor units >= 0; it takes effect at the next opening
        """
        self._participants["cap"] = self._amounts("injection caps", cap)
        self._choose_loop()

    def inject(self, now: int, amounts: ArrayLike) -> None:
        """Let time pass up to `now`, add liquidity, (participants,) minor units, and try the queues."""
        added = self._amounts("amounts", amounts)
        self._expect(self.is_open, "the system is closed")
        self._expect(not self.is_suspended, "the system is suspended")
        self.advance(now)
        self._do(kernel.inject, added, 0)
        self._do(kernel.serve)

    # --- settling together ------------------------------------------------------------------------------------------

    def net(self, now: int) -> None:
        """Let time pass up to `now` and hold a netting session, if the rules have one and the system is running."""
        self.advance(now)
        self._net()

    def _net(self) -> None:
        if self.rules.netting == "none" or not self.is_running or not self._clock[kernel.IN_BATCH]:
            return
        rows = self._queues()[1]
        rows = rows[np.argsort(self._table.rows["sender"][rows], kind="stable")]
        batch = self._together(rows)
        if self.window_is_open:
            self._do(kernel.inject, batch.short(self._cover()), 1)
        taken = batch.all()
        if batch.short(self._cover()).any():
            if self.rules.netting == "unwind":
                taken = batch.unwind(self._cover())
                self._table.rows["status"][rows[~taken]] = kernel.RETURNED
            elif self.rules.netting == "partial":
                taken = batch.partial(self._cover())
            else:
                taken = np.zeros(len(rows), dtype=bool)
        self._netting_settled += int(taken.sum())
        self._settle_together(rows, batch, taken)

    def offset(self, now: int) -> None:
        """Let time pass up to `now` and hold a multilateral offsetting run, if the rules have one.

        The run is counted as a gridlock or a deadlock if there are queued payments.
        """
        self.advance(now)
        if self.rules.multilateral == "none" or not self.is_running or not self._clock[kernel.IN_QUEUES]:
            return
        rows = self._queues()[0]
        queued = self._together(rows)
        taken = queued.partial(self._cover())
        self._gridlocks += bool(taken.any())
        self._deadlocks += not taken.any()
        if self.rules.multilateral == "all-or-nothing" and not taken.all():
            taken = np.zeros(len(rows), dtype=bool)
        self._offset_settled += int(taken.sum())
        self._settle_together(rows, queued, taken)

    def _fund_queues(self) -> None:
        """Let everybody pay in at the closing what it is short by, and settle all gross payments together."""
        rows = self._queues()[0]
        queued = self._together(rows)
        short = queued.short(self._cover())
        self._do(kernel.inject, short, 0)
        self._closing_pay_in += int(short.sum())
        self._settle_together(rows, queued, queued.all())

    def _together(self, rows: Index) -> Together:
        from paysim.networks.netting import Together  # compiled at first use: most systems never settle together

        sender, receiver, amount = (
            self._table.rows[name][rows].astype(np.int64) for name in ("sender", "receiver", "amount")
        )
        return Together(sender, receiver, amount, len(self._participants))

    def _settle_together(self, rows: Index, payments: Together, taken: Flags) -> None:
        self._do(kernel.settle_together, rows[taken], payments.positions(taken))
        self._do(kernel.drop_finished)
        self._do(kernel.serve)

    def _cover(self) -> Vector:
        return np.asarray(self._participants["balance"] + self._participants["credit"])

    # --- taking payments out and moving them ------------------------------------------------------------------------

    def withdraw(self, now: int, payment_ids: ArrayLike) -> Flags:
        """Let time pass up to `now` and take payments out: messages that are returned, payments that are cancelled.

        A payment that has settled stays settled. A queue whose head goes is tried at once.

        Returns
        -------
        (N,) bool, True where the payment was awaited or queued and is now withdrawn
        """
        self.advance(now)
        live = np.concatenate((*self._queues(), self._table.awaited()))
        rows = self._table.find(integers("payment_ids", payment_ids), live)
        self._withdraw_rows(rows[rows >= 0])
        return np.asarray(rows >= 0)

    def expire(self, now: int, arrived_before: int) -> Vector:
        """Let time pass up to `now` and withdraw what is still queued and arrived before an instant.

        Returns
        -------
        ids of the withdrawn payments, (N,) int64, in order of arrival
        """
        self.advance(now)
        waiting = self._table.in_order_of_arrival(np.concatenate(self._queues()))
        rows = waiting[self._table.rows["arrives"][waiting] < arrived_before]
        self._withdraw_rows(rows)
        return np.asarray(self._table.rows["payment_id"][rows])

    def _withdraw_rows(self, rows: Index) -> None:
        status = self._table.rows["status"]
        queued = (status[rows] == kernel.QUEUED).any()
        status[rows] = kernel.WITHDRAWN
        if queued:
            self._do(kernel.drop_finished)
            self._do(kernel.serve)

    def move(self, now: int, payment_ids: ArrayLike, where: str) -> Flags:
        """Let time pass up to `now` and move queued gross payments to the front or the back of those of their priority.

        Several are moved one after the other, so that the last one named stands foremost, or rearmost. Then the queues
        are tried.

        Parameters
        ----------
        where : ``"front"`` or ``"back"``

        Returns
        -------
        (N,) bool, True where the payment was in a gross queue

        Raises
        ------
        ValueError : another word, or queues are in order of size
        """
        self._expect(where in ("front", "back"), f"a payment is moved to the front or to the back, not to {where!r}")
        self._expect(self.rules.order == "arrival", "queues in order of size cannot be rearranged")
        self.advance(now)
        rows = self._table.find(integers("payment_ids", payment_ids), self._queues()[0])
        for row in rows[rows >= 0]:
            self._do(kernel.move, row, where == "front")
        self._do(kernel.serve)
        return np.asarray(rows >= 0)

    def forget_finished(self) -> None:
        """Drop payments that are settled, withdrawn or returned, so that memory does not grow with the run.

        Read `settled_since` before; its cursors stay valid from here on. Conservation is checked on the occasion.
        """
        self.check_conservation()
        self._forgotten += int(self._clock[kernel.JOURNALLED])
        rows, gross = self._table.forget_finished(self._participants)
        self._do(kernel.chain, rows, gross)
