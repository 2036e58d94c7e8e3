"""A peer of the settlement kernel: gross settlement, first in first out, with one SimPy process for every bank.

This is how a person would write it with SimPy. A bank sleeps until its next payment is due, puts it into its queue and
pays what its balance covers, from the head of the queue; who receives money pays in turn what it now can. Nothing is
done that would slow it down: a bank waits for time alone, and money wakes a queue by a plain call, not by an event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence

import simpy

Payment = tuple[int, int, int, int]
"""Instant at which it is due, number, receiver, amount."""


class Bank:
    """One bank: its balance, its queue and its process."""

    def __init__(self, system: GrossSystem, balance: int) -> None:
        self.system = system
        self.balance = balance
        self.queue: deque[Payment] = deque()

    def work(self, payments: Sequence[Payment]) -> Generator[simpy.Event, None, None]:
        """Send each payment when it is due; they come in the order of their instants."""
        clock = self.system.clock
        for payment in payments:
            if payment[0] > clock.now:
                yield clock.timeout(payment[0] - clock.now)
            self.queue.append(payment)
            if len(self.queue) == 1:
                self.system.release(self)


class GrossSystem:
    """The system: a clock, the banks, and the instant at which each payment settled, -1 where it did not."""

    def __init__(self, balances: Sequence[int], payments: int) -> None:
        self.clock = simpy.Environment()
        self.banks = [Bank(self, balance) for balance in balances]
        self.settled = [-1] * payments

    def release(self, first: Bank) -> None:
        """Settle what the balance of a bank covers, and then what the receivers' new balances do."""
        line = deque([first])
        while line:
            bank = line.popleft()
            while bank.queue and bank.queue[0][3] <= bank.balance:
                _, number, receiver, amount = bank.queue.popleft()
                paid = self.banks[receiver]
                bank.balance -= amount
                paid.balance += amount
                self.settled[number] = int(self.clock.now)
                if paid.queue:
                    line.append(paid)

    def run(self, payments: Sequence[tuple[int, int, int, int]]) -> list[int]:
        """Settle payments of (instant, sender, receiver, amount), in the order of their instants."""
        own: list[list[Payment]] = [[] for _ in self.banks]
        for number, (instant, sender, receiver, amount) in enumerate(payments):
            own[sender].append((instant, number, receiver, amount))
        for bank, some in zip(self.banks, own, strict=True):
            self.clock.process(bank.work(some))
        self.clock.run()
        return self.settled
