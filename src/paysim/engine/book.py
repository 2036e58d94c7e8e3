"""Payments under way: which wait, which are in a message network or a settlement system, and what comes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.engine.ledger import Ledger
from paysim.engine.traffic import LUCK, Ability, Batch, clearance, passes
from paysim.model.economy import Economy
from paysim.model.world import World
from paysim.networks.messaging import message_delays, native_delays
from paysim.networks.settlement import SettlementSystem

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SECONDS_A_DAY = 86_400
TO_SUBMIT, BLOCKED, REFUSED, SENT, FINISHED = range(5)
WAITING = (BLOCKED, REFUSED)


class Book:
    """All payments that have been drawn and are not finished, and the steps that a payment can take.

    A payment waits to be submitted; then it is refused, blocked, or its message is sent. A message that has arrived
    settles, sooner or later; one still under way when its banks are cut off is returned to the sender. What is
    blocked or returned goes another way at once (bypass) or waits to be sent again, and fails when it has waited too
    long.

    rows : the payments; by row, status, legs left to settle, arrives and credited (seconds since 1970). trace :
    finished payments, if they are to be kept.
    """

    def __init__(self, world: World, systems: list[SettlementSystem], ledger: Ledger, rows: Batch) -> None:
        self.world, self.systems, self.ledger = world, systems, ledger
        self.rows = rows.take(slice(0, 0))
        self.status = np.zeros(0, dtype=np.int64)
        self.legs = np.zeros(0, dtype=np.int64)
        self.arrives = np.zeros(0, dtype=np.int64)
        self.credited = np.zeros(0, dtype=np.int64)
        self.cursors = [0 for _ in systems]
        self.trace: list[tuple[Batch, Index, Index, str]] | None = None
        challenger = world.payment_networks[1]
        self.option_native = np.array([option.message == (challenger,) for option in world.options])
        self.option_leg = np.array([[*option.systems, -1][:2] for option in world.options])
        self.enter(rows)

    # --- coming in and going out ------------------------------------------------------------------------------

    def enter(self, batch: Batch) -> None:
        """Take in the payments of a month, to be submitted later."""
        new = len(batch)
        self.rows = self.rows.followed_by(batch)
        self.status = np.concatenate([self.status, np.full(new, TO_SUBMIT)])
        self.legs = np.concatenate([self.legs, np.zeros(new, dtype=np.int64)])
        self.arrives = np.concatenate([self.arrives, np.full(new, -1)])
        self.credited = np.concatenate([self.credited, np.full(new, -1)])

    def forget_finished(self, systems: bool) -> None:
        """Drop what is finished, here and, if asked, in the systems, so that memory does not grow with the run."""
        self.collect()  # what was taken out of a queue may have let the next payment settle
        kept = np.flatnonzero(self.status != FINISHED)
        self.rows = self.rows.take(kept)
        for name in ("status", "legs", "arrives", "credited"):
            setattr(self, name, getattr(self, name)[kept])
        for system in self.systems if systems else ():
            system.forget_finished()

    def _finish(self, at: Index, fate: str) -> None:
        if self.trace is not None:
            kept = at[self.rows.month[at] < self.ledger.recorded]
            self.trace.append((self.rows.take(kept), self.arrives[kept], self.credited[kept], fate))
        self.status[at] = FINISHED

    # --- submission -------------------------------------------------------------------------------------------

    def submit(self, economy: Economy, able: Ability, until: int) -> None:
        """Submit what is due before an instant under the rules in force."""
        due = np.flatnonzero((self.status == TO_SUBMIT) & (self.rows.submitted < until))
        if not len(due):
            return
        self.ledger.count("submitted", self.rows, due)
        clear = clearance(self.world, economy, able, self.rows, due)
        free = passes(self.rows, due, clear) & self._carried(economy, due)
        refused = free & self._refused(economy, due)
        goes = free & ~refused
        self._send(economy, due[goes], self.rows.submitted[due[goes]])
        self.ledger.book("blocked", self.rows, due[~free])
        self.ledger.book("refused", self.rows, due[refused])
        self._turn_away(economy, due[~free], BLOCKED)
        self._turn_away(economy, due[refused], REFUSED)

    def _refused(self, economy: Economy, at: Index) -> NDArray[np.bool_]:
        """Whether a bank refuses a payment out of fear."""
        return np.asarray(self.rows.luck[LUCK["refused"], at] < economy.refused[0, self.rows.corridor[at]])

    def _carried(self, economy: Economy, at: Index) -> NDArray[np.bool_]:
        """Whether a hub has room for a payment; always for those that need no hub."""
        if not self.world.hubs:
            return np.ones(len(at), dtype=bool)
        return np.asarray(self.rows.luck[LUCK["live"], at] < economy.hub_capacity()[0, self.rows.option[at]])

    def _send(self, economy: Economy, at: Index, when: Index) -> None:
        """Send the messages of payments; when : instants of sending."""
        if not len(at):
            return
        option = self.rows.option[at]
        uniforms = self.rows.luck[len(LUCK) :, at]
        native, hub = self.option_native[option], self.world.option_hub[option] >= 0
        arrival, credit = message_delays(uniforms)
        if (native | hub).any():
            first, late = native_delays(uniforms)
            onward = np.where(hub, first, 0.0)
            arrival = np.where(native, first, arrival + onward)
            credit = np.where(native, late, credit + onward)
        stuck = economy.policy.delay.reshape(-1)[self.rows.corridor[at]] * SECONDS_A_DAY
        self.arrives[at] = when + (arrival + stuck).astype(np.int64)
        self.credited[at] = when + (np.maximum(credit, arrival) + stuck).astype(np.int64)
        self.status[at], self.legs[at] = SENT, 0
        self._hand_over(at, option)

    def _hand_over(self, at: Index, option: Index) -> None:
        """Give payments to the systems in which they settle; inside one bank's books they settle on arrival."""
        rows = self.rows
        sender, receiver, hubs = rows.sender[at], rows.receiver[at], self.world.option_hub[option]
        inside = sender == receiver
        for leg in (0, 1):
            route = np.where(inside, -1, self.option_leg[option, leg])
            payer, payee = sender, receiver
            if (hubs >= 0).any():
                bank = self.world.hub_banks[hubs]
                payer = np.where((hubs >= 0) & (leg == 1), bank, sender)
                payee = np.where((hubs >= 0) & (leg == 0), bank, receiver)
                route = np.where(payer == payee, -1, route)
            for s in np.unique(route[route >= 0]):
                taken = np.flatnonzero(route == s)
                row = at[taken]
                self.systems[s].add(self.arrives[row], payer[taken], payee[taken], rows.amount[row], rows.id[row])
                self.legs[row] += 1
        self._settled(at[self.legs[at] == 0])

    def _settled(self, at: Index) -> None:
        self.ledger.settle(self.rows, at, self.credited[at])
        self._finish(at, "settled")

    # --- what does not go through -----------------------------------------------------------------------------

    def _turn_away(self, economy: Economy, at: Index, why: int) -> None:
        """Let payments that cannot go by their option go another way, or wait."""
        bypass = self.rows.luck[LUCK["bypassed"], at] < economy.parameters.bypass_share[0]
        self.ledger.book("bypassed", self.rows, at[bypass])
        self._finish(at[bypass], "bypassed")
        self.status[at[~bypass]] = why

    def policy_changed(self, economy: Economy, able: Ability, now: int) -> None:
        """Return messages that are under way between banks now cut off; send again what may go once more."""
        self._return(economy, able, now)
        self._resend(economy, able, now)

    def _return(self, economy: Economy, able: Ability, now: int) -> None:
        flying = np.flatnonzero((self.status == SENT) & (self.arrives > now))
        clear = clearance(self.world, economy, able, self.rows, flying)
        back = flying[~passes(self.rows, flying, clear)]
        if not len(back):
            return
        for system in self.systems:
            system.withdraw(now, self.rows.id[back])
        self.ledger.count("returned", self.rows, back)
        self.ledger.book("blocked", self.rows, back)
        self._turn_away(economy, back, BLOCKED)

    def _resend(self, economy: Economy, able: Ability, now: int) -> None:
        waiting = np.flatnonzero(np.isin(self.status, WAITING) & (self.rows.submitted >= self._oldest(economy, now)))
        if not len(waiting):
            return
        clear = clearance(self.world, economy, able, self.rows, waiting)
        free = passes(self.rows, waiting, clear) & self._carried(economy, waiting) & ~self._refused(economy, waiting)
        again = waiting[free]
        self.ledger.count("resent", self.rows, again)
        for fate, why in (("blocked", BLOCKED), ("refused", REFUSED)):
            self.ledger.book(fate, self.rows, again[self.status[again] == why], sign=-1)
        self._send(economy, again, np.full(len(again), now))

    def _oldest(self, economy: Economy, now: int) -> int:
        """The earliest submission that has not waited longer than the limit."""
        return now - int(economy.parameters.queue_limit[0] * SECONDS_A_DAY)

    def give_up(self, economy: Economy, now: int) -> None:
        """Let payments fail that have waited longer than the limit, in a bank or in a system's queue."""
        oldest = self._oldest(economy, now)
        stuck = (self.status == SENT) & (self.arrives <= now) & (self.legs > 0)
        late = np.flatnonzero((self.rows.submitted < oldest) & (np.isin(self.status, WAITING) | stuck))
        sent = late[self.status[late] == SENT]
        for system in self.systems if len(sent) else ():
            system.withdraw(now, self.rows.id[sent])
        self.ledger.book("failed", self.rows, late)
        self._finish(late, "failed")

    def give_up_all(self) -> None:
        """Let what is still waiting at the end of the run fail; what still lies in a queue has not been settled."""
        left = np.flatnonzero(np.isin(self.status, (*WAITING, SENT)))
        self.ledger.book("failed", self.rows, left)
        self._finish(left, "failed")

    # --- settlement -------------------------------------------------------------------------------------------

    def collect(self) -> None:
        """Take up what the systems have settled."""
        for s, system in enumerate(self.systems):
            done = system.settled_since(self.cursors[s])
            self.cursors[s] = done.cursor
            at = np.searchsorted(self.rows.id, done.payment_id)
            self.legs[at] -= 1
            self.credited[at] = np.maximum(self.credited[at], done.settled)
        self._settled(np.flatnonzero((self.status == SENT) & (self.legs == 0)))
