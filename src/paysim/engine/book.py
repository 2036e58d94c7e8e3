"""Payments under way: which wait, which are in a message network or a settlement system, and what comes of them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paysim.engine import payment_kernel as kernel
from paysim.engine.ledger import Ledger
from paysim.engine.notice import hastened
from paysim.engine.outages import Outages
from paysim.engine.payment_kernel import BLOCKED, FINISHED, REFUSED, SENT, TO_SUBMIT
from paysim.engine.timeline import Hurry
from paysim.engine.traffic import Ability, Batch, passes, refuses, turn_to_the_cut
from paysim.model.economy import Economy
from paysim.model.world import World
from paysim.networks.settlement import SettlementSystem

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SECONDS_A_DAY = 86_400
COLUMNS = tuple(field.name for field in fields(Batch))
TO_BEGIN_WITH = {"status": TO_SUBMIT, "legs": 0, "arrives": -1, "credited": -1}
"""What the book adds to the columns of a payment, and the values that it begins with."""
SPARE = 8
"""Room is made for an eighth more payments than there are, so that it suffices for the months that follow."""


class Observer(Protocol):
    """Is told every step of payments: rows of the book, instants (None: that of the step before) and the system."""

    def __call__(self, step: str, at: Index, when: Index | int | None, system: int) -> None:
        """Take note of a step."""


class Book:
    """All payments that have been drawn and are not finished, and the steps that a payment can take.

    A payment waits to be submitted; then it is refused, blocked, or its message is sent. A message that has arrived
    settles, sooner or later; one still under way when its banks are cut off is returned to the sender. What is
    blocked or returned goes another way at once (bypass) or waits to be sent again, and fails when it has waited too
    long.

    rows : the payments; by row, status, legs left to settle, arrives and credited (seconds since 1970). trace :
    finished payments, if they are to be kept. observer : told every step, if there is one. room : memory of all
    columns, for some more rows than there are; what looks at a row after the next `enter` needs a copy.
    """

    def __init__(
        self, world: World, systems: list[SettlementSystem], ledger: Ledger, outages: Outages, rows: Batch
    ) -> None:
        self.world, self.systems, self.ledger, self.outages = world, systems, ledger, outages
        self.room: dict[str, NDArray[Any]] = {}
        self.status = np.zeros(0, dtype=np.int64)
        self.cursors = [0 for _ in systems]
        self.trace: list[tuple[Batch, Index, Index, str]] | None = None
        self.observer: Observer | None = None
        self.place = np.zeros(0, dtype=np.int64)
        self.hub_bank = np.array([world.hub_banks[hub] if hub >= 0 else -1 for hub in world.option_hub])
        self.enter(rows)

    # --- coming in and going out ------------------------------------------------------------------------------

    def enter(self, batch: Batch) -> None:
        """Take in the payments of a month, to be submitted later, and drop those that are finished.

        The columns keep their place in memory from month to month: fresh memory is dearer than the copy.
        """
        kept = np.flatnonzero(self.status != FINISHED)
        old, rows = len(kept), len(kept) + len(batch)
        self._make_room(batch, rows)
        for name, column in self.room.items():
            column[:old] = column[kept]
            column[old:rows] = TO_BEGIN_WITH[name] if name in TO_BEGIN_WITH else getattr(batch, name)
        self.rows = Batch(**{name: self.room[name][:rows] for name in COLUMNS})
        self.status, self.legs, self.arrives, self.credited = (self.room[name][:rows] for name in TO_BEGIN_WITH)
        self._find_places()

    def _make_room(self, like: Batch, rows: int) -> None:
        """Make every column long enough for so many rows, and keep what it holds."""
        if self.room and rows <= len(self.room["status"]):
            return
        kinds = {name: getattr(like, name).dtype for name in COLUMNS} | dict.fromkeys(TO_BEGIN_WITH, np.int64)
        for name, kind in kinds.items():
            before, column = self.room.get(name, ()), np.empty(rows + rows // SPARE, dtype=kind)
            column[: len(before)] = before
            self.room[name] = column
        legs = 2 * len(self.room["status"])
        self.found, self.handed = np.empty((4, legs), dtype=np.int64), np.empty((5, legs), dtype=np.int64)

    def _find_places(self) -> None:
        """Note the row of every id: ids rise, and so few are missing that a table is quicker than a search."""
        numbers = self.rows.id - self.rows.id[:1]
        self.place = np.zeros(int(numbers[-1]) + 1 if len(numbers) else 0, dtype=np.int64)
        self.place[numbers] = np.arange(len(numbers))

    def _finish(self, at: Index, fate: str) -> None:
        if self.trace is not None and len(at):
            kept = at[self.rows.month[at] < self.ledger.recorded]
            self.trace.append((self.rows.take(kept), self.arrives[kept], self.credited[kept], fate))
        self.status[at] = FINISHED

    def _tell(self, step: str, at: Index, when: Index | int | None = None, system: int = -1) -> None:
        if self.observer is not None and len(at):
            self.observer(step, at, when, system)

    # --- submission -------------------------------------------------------------------------------------------

    def bring_forward(self, now: Ability, after: Ability, hurry: Hurry) -> None:
        """Submit before an announced change a part of what is due soon after it and could not go then."""
        due = np.flatnonzero(self.status == TO_SUBMIT)
        rows, instants = hastened(self.world, now, after, self.rows, due, hurry)
        self.rows.submitted[rows] = instants
        self.ledger.count("brought_forward", self.rows, rows)

    def submit(self, economy: Economy, able: Ability, until: int) -> None:
        """Submit what is due before an instant under the rules in force."""
        rows = self.rows
        judged, ends = np.empty((3, len(rows)), dtype=np.int64), np.empty(3, dtype=np.int64)
        hub, rules = self.world.option_hub >= 0, (self._hub_room(economy), able.refused)
        who = (self.status, rows.submitted, rows.option, rows.corridor, rows.sender, rows.receiver)
        chance = (rows.clear, rows.live_luck, rows.refused_luck)
        kernel.judge(until, able.free, able.allowed, hub, *rules, *who, rows.blocked, *chance, judged, ends)
        goes, blocked, refused = (at[:end] for at, end in zip(judged, ends.tolist(), strict=True))
        for at in (goes, blocked, refused):
            self.ledger.count("submitted", rows, at)
        self._send(economy, able, goes, self.rows.submitted[goes])
        self.ledger.book("blocked", self.rows, blocked)
        self.ledger.book("refused", self.rows, refused)
        self._tell("blocked", blocked, self.rows.submitted[blocked])
        self._tell("refused", refused, self.rows.submitted[refused])
        self._turn_away(economy, blocked, BLOCKED)
        self._turn_away(economy, refused, REFUSED)

    def _hub_room(self, economy: Economy) -> Array:
        """Share of the payments of each option for which its hub has room, (P,); all of those that need no hub."""
        if not self.world.hubs:
            return np.full(len(self.world.options), np.inf)
        return np.ascontiguousarray(economy.hub_capacity()[0])

    def _send(self, economy: Economy, able: Ability, at: Index, when: Index) -> None:
        """Send the messages of payments; when : instants of sending."""
        if not len(at):
            return
        rows = self.rows
        stuck = economy.policy.delay.reshape(-1) * SECONDS_A_DAY
        columns = (rows.corridor, rows.transit, rows.wait)
        kernel.send(at, when, stuck, *columns, self.arrives, self.credited, self.status)
        self._hold(at)
        if self.world.hubs:
            turn_to_the_cut(self.world, able, rows, at)
        self._tell("sent", at, when)
        self._hand_over(at)

    def _hold(self, at: Index) -> None:
        """Let messages wait for networks that are down; what one bank books itself needs none."""
        if not any(len(down) for down in self.outages.networks):
            return
        between = at[self.rows.sender[at] != self.rows.receiver[at]]
        held = self.outages.hold(self.world, self.rows.option[between], self.arrives[between])
        self.arrives[between] += held
        self.credited[between] += held

    def _hand_over(self, at: Index) -> None:
        """Give payments to the systems in which their participants settle.

        What has one participant on both sides settles in its books, on arrival; inside one bank no message is needed.
        """
        rows = self.rows
        ends = np.empty(len(self.systems), dtype=np.int64)
        route = (rows.option, rows.system, rows.onward, rows.sender, rows.receiver)
        columns = (*route, self.arrives, rows.amount, rows.id)
        room = (self.legs, self.found, self.handed, ends)
        kernel.sort_by_system(self.world.participant, self.hub_bank, at, *columns, *room)
        start = 0
        for system, end in zip(self.systems, ends.tolist(), strict=True):
            if end > start:
                system.add(*self.handed[:, start:end])
            start = end
        self._settled(at[(self.legs[at] == 0) & (rows.sender[at] == rows.receiver[at])])

    def _settled(self, at: Index) -> None:
        if not len(at):
            return
        self._tell("credited", at, self.credited[at])
        self.ledger.settle(self.rows, at, self.credited)
        self._finish(at, "settled")

    # --- what does not go through -----------------------------------------------------------------------------

    def _turn_away(self, economy: Economy, at: Index, why: int) -> None:
        """Let payments that cannot go by their option go another way, or wait."""
        if not len(at):
            return
        bypass = self.rows.bypassed_luck[at] < economy.parameters.bypass_share[0]
        self.ledger.book("bypassed", self.rows, at[bypass])
        self._finish(at[bypass], "bypassed")
        self._tell("bypassed", at[bypass])
        self.status[at[~bypass]] = why

    def policy_changed(self, economy: Economy, able: Ability, now: int) -> None:
        """Return messages that are under way between banks now cut off; send again what may go once more."""
        self._return(economy, able, now)
        self._resend(economy, able, now)

    def _return(self, economy: Economy, able: Ability, now: int) -> None:
        flying = np.flatnonzero((self.status == SENT) & (self.arrives > now))
        back = flying[~passes(self.world, able, self.rows, flying)]
        if not len(back):
            return
        for system in self.systems:
            system.withdraw(now, self.rows.id[back])
        self.ledger.count("returned", self.rows, back)
        self._tell("returned", back, now)
        self.ledger.book("blocked", self.rows, back)
        self._turn_away(economy, back, BLOCKED)

    def _resend(self, economy: Economy, able: Ability, now: int) -> None:
        waiting = np.flatnonzero(self._waiting() & (self.rows.submitted >= self._oldest(economy, now)))
        if not len(waiting):
            return
        free = passes(self.world, able, self.rows, waiting)
        free &= self.rows.live_luck[waiting] < self._hub_room(economy)[self.rows.option[waiting]]
        again = waiting[free & ~refuses(able, self.rows, waiting)]
        self.ledger.count("resent", self.rows, again)
        for fate, why in (("blocked", BLOCKED), ("refused", REFUSED)):
            self.ledger.book(fate, self.rows, again[self.status[again] == why], sign=-1)
        self._tell("resent", again, now)
        self._send(economy, able, again, np.full(len(again), now))

    def _waiting(self) -> NDArray[np.bool_]:
        """Payments that wait in a bank."""
        return np.asarray((self.status == BLOCKED) | (self.status == REFUSED))

    def _oldest(self, economy: Economy, now: int) -> int:
        """The earliest submission that has not waited longer than the limit."""
        return now - int(economy.parameters.queue_limit[0] * SECONDS_A_DAY)

    def give_up(self, economy: Economy, now: int) -> None:
        """Let payments fail that have waited longer than the limit, in a bank or in a system's queue."""
        oldest = self._oldest(economy, now)
        stuck = (self.status == SENT) & (self.arrives <= now) & (self.legs > 0)
        late = np.flatnonzero((self.rows.submitted < oldest) & (self._waiting() | stuck))
        sent = late[self.status[late] == SENT]
        for system in self.systems if len(sent) else ():
            system.withdraw(now, self.rows.id[sent])
        self.ledger.book("failed", self.rows, late)
        self._tell("failed", late, now)
        self._finish(late, "failed")

    def give_up_all(self) -> None:
        """Let what is still waiting at the end of the run fail; what still lies in a queue has not been settled."""
        left = np.flatnonzero(self._waiting() | (self.status == SENT))
        self.ledger.book("failed", self.rows, left)
        self._tell("failed", left)
        self._finish(left, "failed")

    # --- settlement -------------------------------------------------------------------------------------------

    def collect(self, now: int) -> None:
        """Take up what the systems have settled, and what has arrived and settles in the books of a participant."""
        for s, system in enumerate(self.systems):
            done = system.settled_since(self.cursors[s])
            self.cursors[s] = done.cursor
            if len(done.payment_id):
                first = int(self.rows.id[0])
                kernel.take_up(done.payment_id, done.settled, first, self.place, self.legs, self.credited)
                self._tell("settled", self.place[done.payment_id - first], done.settled, s)
        rows, ends = np.empty(len(self.status), dtype=np.int64), np.empty(1, dtype=np.int64)
        kernel.find_settled(self.status, self.legs, self.arrives, now, rows, ends)
        self._settled(rows[: int(ends[0])])
