"""Settlement in plain Python, written from ``docs/settlement.md``: slow, and without a line of the kernel."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass
class Payment:
    payment_id: int
    arrives: int
    sender: int
    receiver: int
    amount: int
    status: str = "awaited"
    settled: int = -1


class Twin:
    def __init__(self, participants: int, queue_at_close: str = "keep") -> None:
        self.participants = range(participants)
        self.balance = dict.fromkeys(self.participants, 0)
        self.queue: dict[int, list[Payment]] = {participant: [] for participant in self.participants}
        self.payments: list[Payment] = []
        self.journal: list[Payment] = []
        self.return_queues = queue_at_close == "return"
        self.opened = False
        self.time = 0
        self.injected = 0
        self.drawn_back = 0

    def add(self, payment: Payment) -> None:
        self.payments.append(payment)

    def advance(self, until: int) -> None:
        due = [payment for payment in self.payments if payment.status == "awaited" and payment.arrives < until]
        for payment in sorted(due, key=lambda payment: (payment.arrives, payment.payment_id)):  # rule 1
            self.time = payment.arrives
            self.arrive(payment)
        self.time = until

    def arrive(self, payment: Payment) -> None:
        queue = self.queue[payment.sender]
        if self.opened and not queue and self.balance[payment.sender] >= payment.amount:  # rule 3
            line: deque[int] = deque()
            self.settle(payment, line)
            self.serve(line)
        else:
            payment.status = "queued"
            queue.append(payment)

    def settle(self, payment: Payment, line: deque[int]) -> None:
        self.balance[payment.sender] -= payment.amount  # rule 5
        self.balance[payment.receiver] += payment.amount
        assert self.balance[payment.sender] >= 0
        payment.status, payment.settled = "settled", self.time
        self.journal.append(payment)
        if self.queue[payment.receiver] and payment.receiver not in line:  # rule 7
            line.append(payment.receiver)

    def serve(self, line: deque[int]) -> None:
        while line:  # rule 8
            participant = line.popleft()
            queue = self.queue[participant]
            while queue and queue[0].amount <= self.balance[participant]:  # rule 6
                self.settle(queue.pop(0), line)

    def serve_everyone(self) -> None:
        self.serve(deque(participant for participant in self.participants if self.queue[participant]))

    def open(self, now: int, liquidity: list[int]) -> None:
        self.advance(now)
        self.opened = True
        self.balance = dict(zip(self.participants, liquidity, strict=True))  # rule 9
        self.injected += sum(liquidity)
        self.serve_everyone()

    def close(self, now: int) -> None:
        self.advance(now)
        self.opened = False
        self.drawn_back += sum(self.balance.values())  # rule 10
        self.balance = dict.fromkeys(self.participants, 0)
        if self.return_queues:
            for queue in self.queue.values():
                for payment in queue:
                    payment.status = "returned"
                queue.clear()

    def inject(self, now: int, amounts: list[int]) -> None:
        self.advance(now)
        for participant, amount in zip(self.participants, amounts, strict=True):  # rule 11
            self.balance[participant] += amount
            self.injected += amount
        self.serve_everyone()

    def withdraw(self, now: int, payment_ids: set[int]) -> None:
        self.advance(now)
        for payment in self.payments:  # rule 12
            if payment.payment_id in payment_ids and payment.status in ("awaited", "queued"):
                payment.status = "withdrawn"
        for participant, queue in self.queue.items():
            self.queue[participant] = [payment for payment in queue if payment.status == "queued"]
        if self.opened:  # rule 13
            self.serve_everyone()
