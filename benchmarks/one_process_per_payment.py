"""The event engine's peer: the same payments, each a SimPy process of its own.

This is how the engine would be written if SimPy's processes cost nothing: a payment waits until it is submitted, its
message is under way, and then it settles gross in its system, or waits in its sender's queue, first come first
served. The payments, their messages' delays, the systems' hours and the banks' liquidity are the engine's own, taken
from a run of it, so that both do the same work on the same draws. The economy and the drawing are not part of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import simpy
from numpy.typing import NDArray

from paysim.engine.draws import draw
from paysim.engine.prepared import Prepared
from paysim.engine.simulation import Simulation

Process = Generator[simpy.Event, None, None]
Index = NDArray[np.int64]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Payments:
    """Payments of a run of the engine, as columns; system is -1 for those inside one bank's books.

    settled : instants at which the engine settled them before the end, to compare with, -1 where it did not
    end : the horizon; the engine goes on for a while, to let the last payments finish
    drawn : number of payments that the engine drew, those after the horizon included
    """

    submitted: Index
    arrives: Index
    system: Index
    sender: Index
    receiver: Index
    amount: Index
    settled: Index
    end: int
    drawn: int

    def rows(self) -> Iterator[tuple[int, ...]]:
        """One payment after the other, without the engine's settlement."""
        columns = (self.submitted, self.arrives, self.system, self.sender, self.receiver, self.amount)
        return zip(*(column.tolist() for column in columns), strict=True)


@dataclass(frozen=True)
class Day:
    """What the banks bring in from an instant on, by system: (systems, N) minor units."""

    since: int
    liquidity: Index


def take_payments(prepared: Prepared) -> tuple[Payments, list[Day]]:
    """Run the engine once and keep its payments, and the liquidity of every month."""
    simulation = Simulation(prepared, draw(prepared, 1, [0], ()), 1, 0, keep_payments=True)
    funded = [Day(simulation.burn_in, simulation.drawing.limit.astype(np.int64))]
    journal: dict[int, int] = {}
    for number, system in enumerate(simulation.systems):
        _keep_liquidity(simulation, number, system, funded)
        _keep_settlements(system, journal)
    simulation.run()
    trace = simulation.book.trace
    assert trace
    parts = {
        name: np.concatenate([getattr(rows, name) for rows, *_ in trace])
        for name in ("id", "submitted", "option", "sender", "receiver", "amount")
    }
    order = np.argsort(parts["id"])
    options = simulation.world.options
    assert all(option.hub < 0 for option in options), "the peer knows no hubs"
    system_of = np.array([option.systems[-1] for option in options])[parts["option"]]
    system_of[parts["sender"] == parts["receiver"]] = -1
    end = prepared.starts[-1]
    kept = parts["submitted"][order] < end
    order = order[kept]
    settled = np.array([journal.get(number, -1) for number in parts["id"][order].tolist()])
    payments = Payments(
        submitted=parts["submitted"][order],
        arrives=np.concatenate([arrives for _, arrives, *_ in trace])[order],
        system=system_of[order],
        sender=parts["sender"][order],
        receiver=parts["receiver"][order],
        amount=parts["amount"][order],
        settled=np.where(settled < end, settled, -1),
        end=end,
        drawn=simulation.drawing.drawn,
    )
    return payments, funded


def _keep_liquidity(simulation: Simulation, number: int, system: object, funded: list[Day]) -> None:
    bring_in = system.set_liquidity  # type: ignore[attr-defined]

    def set_liquidity(amounts: Index) -> None:
        now = int(simulation.clock.now)
        if funded[-1].since != now:
            funded.append(Day(now, funded[-1].liquidity.copy()))
        funded[-1].liquidity[number] = amounts
        bring_in(amounts)

    system.set_liquidity = set_liquidity  # type: ignore[attr-defined]


def _keep_settlements(system: object, journal: dict[int, int]) -> None:
    ask = system.settled_since  # type: ignore[attr-defined]

    def settled_since(cursor: int) -> object:
        answer = ask(cursor)
        journal.update(zip(answer.payment_id.tolist(), answer.settled.tolist(), strict=True))
        return answer

    system.settled_since = settled_since  # type: ignore[attr-defined]


class GrossSystem:
    """Gross settlement with a queue for each sender."""

    def __init__(self, clock: simpy.Environment, banks: int) -> None:
        self.clock = clock
        self.is_open = False
        self.balance = [0] * banks
        self.queues: list[deque[tuple[simpy.Event, int, int]]] = [deque() for _ in range(banks)]

    def day(self, sessions: list[tuple[int, int]], funded: list[Day], number: int) -> Process:
        """Open with fresh liquidity, close and draw it back."""
        for opens, closes in sessions:
            yield self.clock.timeout(max(opens - self.clock.now, 0))
            self.is_open = True
            liquidity = next(day for day in reversed(funded) if day.since <= max(opens, funded[0].since)).liquidity
            self.balance = liquidity[number].tolist()
            for bank in range(len(self.queues)):
                self.release(bank)
            yield self.clock.timeout(closes - self.clock.now)
            self.is_open = False

    def settle(self, sender: int, receiver: int, amount: int) -> simpy.Event:
        """An event that happens when the payment has settled."""
        done = self.clock.event()
        self.queues[sender].append((done, receiver, amount))
        if len(self.queues[sender]) == 1:
            self.release(sender)
        return done

    def release(self, first: int) -> None:
        """Settle what a bank's balance covers, and then what the receivers' new balances do."""
        banks = deque([first])
        while banks and self.is_open:
            bank = banks.popleft()
            queue = self.queues[bank]
            while queue and queue[0][2] <= self.balance[bank]:
                done, receiver, amount = queue.popleft()
                self.balance[bank] -= amount
                self.balance[receiver] += amount
                done.succeed()
                banks.append(receiver)


class PaymentProcesses:
    """All payments of some months, one SimPy process each."""

    def __init__(self, prepared: Prepared, payments: Payments, funded: list[Day]) -> None:
        begin, end = funded[0].since, payments.end
        self.clock = simpy.Environment(initial_time=begin)
        banks = len(prepared.individual.banks.group)
        self.systems = [GrossSystem(self.clock, banks) for _ in prepared.systems]
        self.settled = np.full(len(payments.submitted), -1, dtype=np.int64)
        self.end = end
        first, last = (datetime.fromtimestamp(instant, UTC) for instant in (begin, end))
        for number, (system, facts) in enumerate(zip(self.systems, prepared.systems, strict=True)):
            opens, closes = facts.calendar.sessions(first, last, EPOCH)
            sessions = list(zip(opens.tolist(), closes.tolist(), strict=True))
            self.clock.process(system.day(sessions, funded, number))
        for number, row in enumerate(payments.rows()):
            self.clock.process(self.payment(number, *row))

    def payment(
        self, number: int, submitted: int, arrives: int, system: int, sender: int, receiver: int, amount: int
    ) -> Process:
        """One payment: submitted, its message delivered, settled."""
        yield self.clock.timeout(submitted - self.clock.now)
        yield self.clock.timeout(arrives - submitted)
        if system >= 0:
            yield self.systems[system].settle(sender, receiver, amount)
        self.settled[number] = self.clock.now

    def run(self) -> None:
        """Run to the end."""
        self.clock.run(until=self.end)
