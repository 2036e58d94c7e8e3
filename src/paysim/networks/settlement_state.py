"""What there is to see of a settlement system: its clock, accounts, queues and totals, and the proof that they fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks import settlement_kernel as kernel
from paysim.networks.payment_table import Index, PaymentTable, Table
from paysim.networks.payments import Payments, Settlements, Vector, integers
from paysim.networks.rules import Rules


class BrokenLawError(RuntimeError):
    """Settlement lost or made money, or let somebody go beyond its limits: a mistake of this program."""

    def __init__(self, what: str = "settlement lost or made money, or let somebody go beyond its limits") -> None:
        super().__init__(what)


class SettlementState:
    """The state of a settlement system, and all that can be read from it; `SettlementSystem` changes it."""

    def __init__(self, participants: int, start: int, rules: Rules | None, queue_at_close: str | None) -> None:
        rules = Rules() if rules is None else rules
        self.rules = rules if queue_at_close is None else replace(rules, at_close=queue_at_close)
        if participants < 2:
            raise ValueError(f"a settlement system needs at least 2 participants, got {participants}")
        self._participants: Table = np.zeros(participants, kernel.PARTICIPANT)
        self._participants["first"] = self._participants["root"] = kernel.NONE
        self._clock: Vector = self._new_clock(start)
        self._table = PaymentTable(self._clock, self.rules.discipline != "fifo", bool(self._clock[kernel.SORTED]))
        self._forgotten = 0
        self._gridlocks = self._deadlocks = self._offset_settled = self._netting_settled = self._closing_pay_in = 0

    def _new_clock(self, start: int) -> Vector:
        clock = np.zeros(kernel.CLOCK_FIELDS, np.int64)
        clock[[kernel.NOW, kernel.WINDOW_OPEN]] = start, 1
        clock[[kernel.LINE_FIRST, kernel.BATCH_FIRST]] = kernel.NONE
        rules = self.rules
        clock[kernel.CLOSING_RULE] = kernel.KEEP_QUEUE if rules.at_close == "keep" else kernel.RETURN_QUEUE
        clock[kernel.SCAN] = rules.scan
        clock[kernel.BY_SIZE] = rules.order == "size"
        clock[kernel.SORTED] = rules.order == "size" or rules.discipline != "fifo"
        clock[kernel.BILATERAL] = rules.bilateral
        return clock

    def _amounts(self, name: str, values: ArrayLike) -> Vector:
        amounts = integers(name, values)
        if amounts.shape != self._participants.shape or amounts.min() < 0:
            raise ValueError(f"{name} are {len(self._participants)} amounts that are not negative")
        return amounts

    # --- time and doors ---------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The instant up to which everything has been settled, seconds."""
        return int(self._clock[kernel.NOW])

    @property
    def is_open(self) -> bool:
        """Whether the system is in a session, suspended or not."""
        return bool(self._clock[kernel.IS_OPEN])

    @property
    def is_suspended(self) -> bool:
        """Whether there is an outage."""
        return bool(self._clock[kernel.SUSPENDED])

    @property
    def is_running(self) -> bool:
        """Whether payments can settle: open and not suspended."""
        return self.is_open and not self.is_suspended

    @property
    def window_is_open(self) -> bool:
        """Whether participants may inject of their own accord."""
        return bool(self._clock[kernel.WINDOW_OPEN])

    # --- money ------------------------------------------------------------------------------------------------------

    @property
    def balances(self) -> Vector:
        """What each participant has in its account, (participants,) minor units; a copy."""
        return np.array(self._participants["balance"])

    @property
    def lowest_balance(self) -> Vector:
        """Lowest balance of each participant since the last opening, (participants,) minor units.

        Looked at after the opening liquidity has come in and after every settlement; payments that settle together, in
        pairs or more, count as one.
        """
        return np.array(self._participants["lowest"])

    @property
    def injected(self) -> int:
        """Liquidity brought in since the start, minor units: openings, injections by hand, own injections, pay-ins."""
        return int(self._clock[kernel.INJECTED])

    @property
    def injected_by(self) -> Vector:
        """Liquidity that each participant has brought in since the start, (participants,) minor units."""
        return np.array(self._participants["injected"])

    @property
    def closing_pay_in(self) -> int:
        """Part of what was injected that was paid in at closings to fund the queues, minor units."""
        return self._closing_pay_in

    @property
    def overnight(self) -> int:
        """Overnight loans since the start, by which credit was repaid at closings, minor units."""
        return int(self._clock[kernel.OVERNIGHT])

    @property
    def drawn_back(self) -> int:
        """Liquidity drawn back at closings since the start, minor units.

        Injected + overnight loans = drawn back + sum of balances.
        """
        return int(self._clock[kernel.DRAWN_BACK])

    @property
    def credit_seconds(self) -> NDArray[Any]:
        """Use of uncollateralised credit over time since the start, (participants,) minor units times seconds.

        int64, or Python's integers where one of them does not fit into 64 bits.
        """
        banks, now = self._participants, self.now
        return np.array(
            [
                int(bank["use_high"]) * 2**32
                + int(bank["use_low"])
                + max(-int(bank["balance"]) - int(bank["collateralised"]), 0) * (now - int(bank["used_since"]))
                for bank in banks
            ]
        )

    def check_conservation(self) -> None:
        """Prove that no money was made or lost, that nobody is beyond its limits, and that every payment is somewhere.

        Closings check the first two by themselves.

        Raises
        ------
        BrokenLawError : it is not so, which is a mistake of this program and not of its user
        """
        banks, status = self._participants, self._table.rows["status"][: self._table.count]
        if int(banks["balance"].sum()) + self.drawn_back != self.injected + self.overnight:
            raise BrokenLawError("settlement lost or made money")
        if (banks["balance"] < -banks["credit"]).any() or (banks["cap_left"] < 0).any():
            raise BrokenLawError("settlement let somebody go beyond its limits")
        clock = self._clock
        waiting, done = clock[kernel.IN_QUEUES] + clock[kernel.IN_BATCH], clock[kernel.JOURNALLED]
        if (status == kernel.QUEUED).sum() != waiting or (status == kernel.SETTLED).sum() != done:
            raise BrokenLawError("settlement lost a payment")

    # --- counts -----------------------------------------------------------------------------------------------------

    @property
    def queue_length(self) -> int:
        """Number of payments in all queues, the batch queue among them."""
        return int(self._clock[kernel.IN_QUEUES] + self._clock[kernel.IN_BATCH])

    @property
    def gridlocks(self) -> int:
        """Offsetting runs that found queued payments of which some could settle at once."""
        return self._gridlocks

    @property
    def deadlocks(self) -> int:
        """Offsetting runs that found queued payments of which none could settle without new liquidity."""
        return self._deadlocks

    @property
    def offset_settled(self) -> int:
        """Payments settled in multilateral offsetting runs since the start."""
        return self._offset_settled

    @property
    def pairs_settled(self) -> int:
        """Payments settled in bilateral pairs since the start, two a pair."""
        return int(self._clock[kernel.IN_PAIRS])

    @property
    def netting_settled(self) -> int:
        """Payments settled in netting sessions since the start."""
        return self._netting_settled

    # --- payments ---------------------------------------------------------------------------------------------------

    def queued(self) -> Payments:
        """Payments in the queues, gross and batch, in order of arrival."""
        return self._table.columns(self._table.in_order_of_arrival(np.concatenate(self._queues())))

    def queue(self, participant: int) -> Vector:
        """Identifiers of the gross payments in a participant's queue, in its order, (N,) int64."""
        rows = self._queues()[0]
        return np.asarray(self._table.columns(rows[self._table.rows["sender"][rows] == participant]).payment_id)

    def awaited(self) -> Payments:
        """Payments handed over that have not arrived yet, in order of arrival."""
        return self._table.columns(self._table.awaited())

    def returned(self) -> Payments:
        """Payments returned and not yet forgotten, in the order in which they were handed over."""
        return self._table.columns(self._table.with_status(kernel.RETURNED))

    def settled_since(self, cursor: int) -> Settlements:
        """Give what settled after a cursor, in the order of settlement; begin with 0, go on with the last `cursor`.

        Raises
        ------
        ValueError : the cursor reaches back to what `forget_finished` dropped, or ahead of the last settlement
        """
        end = self._forgotten + int(self._clock[kernel.JOURNALLED])
        if not self._forgotten <= cursor <= end:
            raise ValueError(f"cursor {cursor} is outside what is remembered ({self._forgotten} to {end})")
        rows = self._table.sequence[cursor - self._forgotten : end - self._forgotten]
        return Settlements(self._table.rows["payment_id"][rows], self._table.rows["settled"][rows], end)

    @property
    def settled(self) -> Vector:
        """Instant of settlement of every payment, -1 where there is none, in the order in which they were handed over.

        (N,) int64 seconds; without those that `forget_finished` dropped.
        """
        return self._table.settled()

    @property
    def status(self) -> NDArray[np.int8]:
        """Status of every payment, in the order in which they were handed over, (N,) int8; see `payments.STATUSES`."""
        return self._table.status()

    def _queues(self) -> tuple[Index, Index]:
        """Rows in the gross queues, sender by sender in their order, and those in the batch queue."""
        return self._table.queued(self._participants)
