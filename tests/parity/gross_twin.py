"""Accounts, queues and payments that settle one by one, in plain Python: rules 1 to 9, 14 and 15 of the page.

The lower half of `settlement_twin`, which opens and closes, nets and offsets. Numbers in comments are those of the
rules in ``docs/reference/settlement.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Payment:
    """A payment in one of five states: awaited, queued, settled, withdrawn or returned."""

    payment_id: int
    arrives: int
    sender: int
    receiver: int
    amount: int
    priority: int = 0
    batch: bool = False
    status: str = "awaited"
    settled: int = -1


@dataclass
class Gross:
    """Accounts and queues by the rules of its first fields.

    With `checked`, what always holds is asserted whenever the clock is asked to move.
    """

    count: int
    clock: int = 0
    discipline: str = "fifo"
    scan: int = 1
    order: str = "arrival"
    bilateral: bool = False
    multilateral: str = "none"
    netting: str = "none"
    all_net: bool = False
    at_close: str = "keep"
    checked: bool = False
    # What happened, by rule: proof that a day exercises what it is drawn for.
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.participants = range(self.count)
        self.opening = [0] * self.count
        self.collateralised = [0] * self.count
        self.uncollateralised = [0] * self.count
        self.cap = [0] * self.count
        self.balances = [0] * self.count
        self.queues: list[list[Payment]] = [[] for _ in self.participants]
        self.batch_queue: list[Payment] = []
        self.payments: list[Payment] = []
        self.journal: list[Payment] = []
        self.line: list[int] = []
        self.is_open = self.suspended = False
        self.window = True  # 14
        self.waiting_liquidity: list[int] | None = None  # of an opening that has not had its effect (10, 21)
        self.cap_of_session = [0] * self.count
        self.own_accord = [0] * self.count  # injected of one's own accord since the opening
        self.injected_by = [0] * self.count
        self.drawn_back = self.overnight = self.closing_pay_in = 0
        self.gridlocks = self.deadlocks = 0
        self.pairs_settled = self.netting_settled = self.offset_settled = 0
        self.credit_seconds = [0] * self.count
        self.lowest = [0] * self.count  # since the opening

    # -- what is known at any instant ---------------------------------------------------------------------------------

    @property
    def injected(self) -> int:
        return sum(self.injected_by)

    @property
    def running(self) -> bool:
        return self.is_open and not self.suspended

    def cover(self, participant: int) -> int:
        return self.balances[participant] + self.collateralised[participant] + self.uncollateralised[participant]

    def has_cover(self, payment: Payment) -> bool:  # 6
        return payment.amount <= self.cover(payment.sender)

    def gross(self) -> list[Payment]:
        return [payment for queue in self.queues for payment in queue]

    def short(self, participant: int, payments: Iterable[Payment]) -> int:
        """By how much a participant is short if these payments settle together (16)."""
        receives = sum(payment.amount for payment in payments if payment.receiver == participant)
        pays = sum(payment.amount for payment in payments if payment.sender == participant)
        return max(0, -(self.cover(participant) + receives - pays))

    def all_short(self, payments: list[Payment]) -> dict[int, int]:
        return {who: self.short(who, payments) for who in self.participants if self.short(who, payments)}

    def expect(self, allowed: bool) -> None:
        if not allowed:
            raise ValueError("the page does not allow this here")

    # -- settings (12) ------------------------------------------------------------------------------------------------

    def add(self, payment: Payment) -> None:
        self.expect(payment.arrives >= self.clock)
        self.payments.append(payment)

    def set_liquidity(self, opening: Sequence[int]) -> None:
        self.opening = list(opening)

    def set_injection_cap(self, cap: Sequence[int]) -> None:
        self.cap = list(cap)

    def set_credit(self, collateralised: Sequence[int], uncollateralised: Sequence[int]) -> None:
        self.expect(not self.is_open)
        self.collateralised, self.uncollateralised = list(collateralised), list(uncollateralised)

    # -- time and arrival ---------------------------------------------------------------------------------------------

    def advance(self, until: int) -> None:
        self.expect(until >= self.clock)
        due = [p for p in self.payments if p.status == "awaited" and p.arrives < until]  # 2: without the instant
        for payment in sorted(due, key=lambda p: (p.arrives, p.payment_id)):  # 1
            self.pass_time(payment.arrives)
            self.arrive(payment)
        self.pass_time(until)

    def pass_time(self, until: int) -> None:
        if self.checked:
            self.check()
        for who in self.participants:  # 15
            used = max(0, -self.balances[who] - self.collateralised[who])
            self.credit_seconds[who] += used * (until - self.clock)
            self.seen["uncollateralised credit used"] += used * (until - self.clock) > 0
        self.clock = until

    def arrive(self, payment: Payment) -> None:
        payment.status = "queued"
        if self.netting != "none" and (payment.batch or self.all_net):  # 5
            self.batch_queue.append(payment)
            return
        self.seen["overtaken on arrival"] += self.place(payment) < len(self.queues[payment.sender]) - 1
        if self.running:  # 4, 12, 21
            self.serve([payment.sender])

    def rank(self, payment: Payment) -> tuple[int, ...]:
        """What decides before the order of arrival who stands first (3)."""
        priority = () if self.discipline == "fifo" else (payment.priority,)
        return (*priority, payment.amount) if self.order == "size" else priority

    def place(self, payment: Payment) -> int:
        """Put a payment behind all of its sender's queue that do not come after it; return where it stands."""
        queue = self.queues[payment.sender]
        position = sum(self.rank(other) <= self.rank(payment) for other in queue)
        queue.insert(position, payment)
        return position

    # -- settling one by one ------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Note the lowest balances, when nothing is being settled."""
        self.lowest = list(map(min, self.lowest, self.balances))

    def pay(self, payment: Payment) -> None:  # 6
        self.balances[payment.sender] -= payment.amount
        self.balances[payment.receiver] += payment.amount
        payment.status, payment.settled = "settled", self.clock
        self.journal.append(payment)

    def settle(self, payment: Payment) -> None:
        self.queues[payment.sender].remove(payment)
        self.pay(payment)
        if self.queues[payment.receiver] and payment.receiver not in self.line:  # 8
            self.line.append(payment.receiver)

    def serve(self, joining: Iterable[int]) -> None:  # 9
        self.line.extend(joining)
        while self.line:
            participant = self.line.pop(0)
            while self.settle_alone(participant) or self.offset_pair(participant) or self.inject_for_head(participant):
                pass  # 7: after each success from the first way again

    def serve_everyone(self) -> None:
        if self.running:
            self.serve([participant for participant in self.participants if self.queues[participant]])

    def settle_alone(self, participant: int) -> bool:  # 7.1
        for position, payment in enumerate(self.queues[participant][: self.scan]):
            if self.has_cover(payment):
                self.seen["settled from behind the head"] += position > 0
                self.seen["settled after waiting"] += payment.arrives < self.clock
                self.settle(payment)
                self.look()
                return True
        self.seen["a head blocks what has cover"] += any(map(self.has_cover, self.queues[participant][self.scan :]))
        return False

    def offset_pair(self, participant: int) -> bool:  # 7.2
        if not self.bilateral:
            return False
        for p in self.queues[participant][: self.scan]:
            for q in self.queues[p.receiver][: self.scan]:
                back = q.receiver == participant
                net = p.amount - q.amount
                if back and net <= self.cover(participant) and -net <= self.cover(p.receiver):
                    self.seen["bilateral offset"] += 1
                    self.pairs_settled += 2
                    self.settle(p)
                    self.settle(q)
                    self.look()
                    return True
        return False

    def inject_for_head(self, participant: int) -> bool:  # 7.3
        if not self.queues[participant]:
            return False
        return self.inject_own_accord(participant, self.queues[participant][0].amount - self.cover(participant))

    def inject_own_accord(self, participant: int, lack: int) -> bool:  # 14
        allowed = lack <= self.cap_of_session[participant] - self.own_accord[participant]
        if not self.window or not allowed:
            self.seen["injection refused by the window"] += allowed
            self.seen["injection refused by the cap"] += self.window and self.cap_of_session[participant] > 0
            return False
        self.seen["injected of one's own accord"] += 1
        self.own_accord[participant] += lack
        self.bring_in(participant, lack)
        return True

    def bring_in(self, participant: int, amount: int) -> None:
        self.balances[participant] += amount
        self.injected_by[participant] += amount

    # -- what always holds --------------------------------------------------------------------------------------------

    def check(self) -> None:
        assert self.injected + self.overnight == self.drawn_back + sum(self.balances)
        for who in self.participants:
            assert self.cover(who) >= 0
            assert self.own_accord[who] <= self.cap_of_session[who]
            assert self.is_open or self.balances[who] == 0
        in_queues = Counter(payment.payment_id for payment in [*self.gross(), *self.batch_queue])
        in_journal = Counter(payment.payment_id for payment in self.journal)
        for payment in self.payments:
            assert payment.status in ("awaited", "queued", "settled", "withdrawn", "returned")
            assert in_queues[payment.payment_id] == (payment.status == "queued")
            assert in_journal[payment.payment_id] == (payment.status == "settled") == (payment.settled >= 0)
            assert payment.status != "awaited" or payment.arrives >= self.clock
        for queue in self.queues:
            assert [self.rank(payment) for payment in queue] == sorted(self.rank(payment) for payment in queue)
