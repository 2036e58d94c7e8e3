"""Twins that each break one rule of the page, for the proof that the drawn days would notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gross_twin import Payment
from settlement_twin import Twin

MUTANTS: dict[type[Twin], str] = {}


def found_in(family: str) -> Callable[[type[Twin]], type[Twin]]:
    """Name the family among whose days one must tell a twin that breaks a rule; the number beside it is the rule's."""

    def register(mutant: type[Twin]) -> type[Twin]:
        MUTANTS[mutant] = family
        return mutant

    return register


def looking_at(twin: Twin, scan: int, way: Callable[[int], bool], participant: int) -> bool:
    """Try a queue in one way, with another scan."""
    kept, twin.scan = twin.scan, scan
    found = way(participant)
    twin.scan = kept
    return bool(found)


@found_in("fifo")
class NewcomersFirst(Twin):  # 3
    def place(self, payment: Payment) -> int:
        queue = self.queues[payment.sender]
        position = sum(self.rank(other) < self.rank(payment) for other in queue)
        queue.insert(position, payment)
        return position


@found_in("priority")
class UrgentLast(Twin):  # 3
    def rank(self, payment: Payment) -> tuple[int, ...]:
        return (-payment.priority,)


@found_in("fifo")
class FifoWithPriorities(Twin):  # 3
    def rank(self, payment: Payment) -> tuple[int, ...]:
        return (payment.priority,)


@found_in("order size")
class LargestFirst(Twin):  # 3
    def rank(self, payment: Payment) -> tuple[int, ...]:
        return (*super().rank(payment)[:-1], -payment.amount)


@found_in("order size")
class SizeBeforePriority(Twin):  # 3
    def rank(self, payment: Payment) -> tuple[int, ...]:
        return super().rank(payment)[::-1]


@found_in("fifo")
class InstantIncluded(Twin):  # 2
    def advance(self, until: int) -> None:
        super().advance(until + 1)
        self.clock = until


@found_in("fifo")
class InTheOrderOfHandingOver(Twin):  # 1
    def advance(self, until: int) -> None:
        for instant in range(self.clock, until):
            for payment in self.payments:
                if payment.status == "awaited" and payment.arrives == instant:
                    self.pass_time(instant)
                    self.arrive(payment)
        super().advance(until)


@found_in("bypass")
class ScanOneMore(Twin):  # 7.1
    def settle_alone(self, participant: int) -> bool:
        return looking_at(self, self.scan + 1, super().settle_alone, participant)


@found_in("bypass")
class ScanOneLess(Twin):  # 7.1
    def settle_alone(self, participant: int) -> bool:
        return looking_at(self, max(1, self.scan - 1), super().settle_alone, participant)


@found_in("bypass")
class LastOfTheScan(Twin):  # 7.1
    def settle_alone(self, participant: int) -> bool:
        for payment in self.queues[participant][: self.scan][::-1]:
            if self.has_cover(payment):
                self.settle(payment)
                return True
        return False


@found_in("bilateral")
class PairsFromWholeQueues(Twin):  # 7.2
    def offset_pair(self, participant: int) -> bool:
        return looking_at(self, 1000, super().offset_pair, participant)


@found_in("bilateral")
class PairsFirst(Twin):  # 7
    def settle_alone(self, participant: int) -> bool:
        return self.offset_pair(participant) or super().settle_alone(participant)


@found_in("bilateral")
class PairsBackwards(Twin):  # 7.2
    def offset_pair(self, participant: int) -> bool:
        before = len(self.journal)
        found = super().offset_pair(participant)
        self.journal[before:] = self.journal[before:][::-1]
        return found


@found_in("fifo")
class OnceThroughTheQueue(Twin):  # 7, 9
    def serve(self, joining: Sequence[int]) -> None:
        self.line.extend(joining)
        while self.line:
            participant = self.line.pop(0)
            _ = self.settle_alone(participant) or self.offset_pair(participant) or self.inject_for_head(participant)


@found_in("fifo")
class LineFromTheBack(Twin):  # 9
    def settle(self, payment: Payment) -> None:
        before = list(self.line)
        super().settle(payment)
        self.line = [*(who for who in self.line if who not in before), *before]


@found_in("fifo")
class NobodyJoins(Twin):  # 8
    def settle(self, payment: Payment) -> None:
        before = list(self.line)
        super().settle(payment)
        self.line = before


@found_in("injection")
class CapIgnored(Twin):  # 7.3, 16
    def inject_own_accord(self, participant: int, lack: int) -> bool:
        self.cap_of_session[participant] += lack
        return super().inject_own_accord(participant, lack)


@found_in("injection")
class CapOfASingleInjection(Twin):  # 7.3, 16
    def inject_own_accord(self, participant: int, lack: int) -> bool:
        self.own_accord[participant] = 0
        return super().inject_own_accord(participant, lack)


@found_in("injection")
class CapReachedRefuses(Twin):  # 7.3: "no more than" is not "less than"
    def inject_own_accord(self, participant: int, lack: int) -> bool:
        left = self.cap_of_session[participant] - self.own_accord[participant]
        return lack < left and super().inject_own_accord(participant, lack)


@found_in("hybrid")
class CapAtOnce(Twin):  # 12
    def set_injection_cap(self, cap: Sequence[int]) -> None:
        super().set_injection_cap(cap)
        self.cap_of_session = list(cap)


@found_in("injection")
class WindowIgnored(Twin):  # 7.3
    def inject_own_accord(self, participant: int, lack: int) -> bool:
        window, self.window = self.window, True
        injected = super().inject_own_accord(participant, lack)
        self.window = window
        return injected


@found_in("injection")
class WholeAmountInjected(Twin):  # 7.3
    def inject_for_head(self, participant: int) -> bool:
        queue = self.queues[participant]
        return bool(queue) and self.inject_own_accord(participant, queue[0].amount)


@found_in("injection")
class AnyOfTheScanInjected(Twin):  # 7.3
    def inject_for_head(self, participant: int) -> bool:
        first = self.queues[participant][: self.scan]
        return any(self.inject_own_accord(participant, payment.amount - self.cover(participant)) for payment in first)


@found_in("injection")
class OpeningOutsideTheWindow(Twin):  # 10
    def bring_in_opening(self) -> None:
        window, self.window = self.window, True
        super().bring_in_opening()
        self.window = window


@found_in("suspension")
class OpeningDespiteOutage(Twin):  # 21
    def bring_in_opening(self) -> None:
        suspended, self.suspended = self.suspended, False
        super().bring_in_opening()
        self.suspended = suspended


@found_in("hybrid")
class LiquidityAtOnce(Twin):  # 12
    def set_liquidity(self, opening: Sequence[int]) -> None:
        super().set_liquidity(opening)
        if self.waiting_liquidity is not None:
            self.waiting_liquidity = list(opening)


@found_in("netting unwind")
class UnwindsTheLowestNumber(Twin):  # 17
    def unwind(self, payments: list[Payment]) -> list[Payment]:
        self.all_short = lambda of: dict.fromkeys(Twin.all_short(self, of), 1)
        left = super().unwind(payments)
        del self.all_short
        return left


@found_in("netting unwind")
class UnwindsTheHighestNumberAmongEquals(Twin):  # 17
    def unwind(self, payments: list[Payment]) -> list[Payment]:
        while short := self.all_short(payments):
            worst = max(short, key=lambda who: (short[who], who))
            for payment in payments:
                if worst in (payment.sender, payment.receiver):
                    payment.status = "returned"
            payments = [payment for payment in payments if payment.status == "queued"]
        return payments


@found_in("netting unwind")
class UnwindsAllThatAreShort(Twin):  # 17
    def unwind(self, payments: list[Payment]) -> list[Payment]:
        while short := self.all_short(payments):
            for payment in payments:
                if payment.sender in short or payment.receiver in short:
                    payment.status = "returned"
            payments = [payment for payment in payments if payment.status == "queued"]
        return payments


@found_in("partial")
class LeavesOutTheFirst(Twin):  # 17, 19
    def leave_out_last(self, payments: list[Payment]) -> list[Payment]:
        left = super().leave_out_last(payments[::-1])
        return [payment for payment in payments if payment in left]


@found_in("netting delay")
class InjectsWhatItMayInSessions(Twin):  # 16
    def inject_own_accord(self, participant: int, lack: int) -> bool:
        left = self.cap_of_session[participant] - self.own_accord[participant]
        return super().inject_own_accord(participant, min(lack, left)) if left else False


@found_in("netting partial")
class TogetherInOrderOfArrival(Twin):  # 18
    def settle_together(self, payments: list[Payment]) -> None:
        for payment in sorted(payments, key=lambda p: (p.arrives, p.payment_id)):
            self.pay(payment)
        self.drop_finished()
        self.serve_everyone()


@found_in("partial")
class NobodyTriedAfterwards(Twin):  # 18
    def settle_together(self, payments: list[Payment]) -> None:
        for payment in sorted(payments, key=lambda p: p.sender):
            self.pay(payment)
        self.drop_finished()


@found_in("netting delay")
class NoSessionAtTheClosing(Twin):  # 11.1
    def close(self, now: int) -> None:
        self.advance(now)
        netting, self.netting = self.netting, "none"
        super().close(now)
        self.netting = netting


@found_in("fund")
class PayInWithinTheCap(Twin):  # 11.2
    def close(self, now: int) -> None:
        self.advance(now)
        if self.at_close == "fund" and self.running:
            for who, lack in self.all_short(self.gross()).items():
                if lack > self.cap_of_session[who] - self.own_accord[who]:
                    self.suspended = True
        super().close(now)


@found_in("suspension")
class OutageOutlastsTheClosing(Twin):  # 11.4
    def close(self, now: int) -> None:
        suspended = self.suspended
        super().close(now)
        self.suspended = suspended and not self.is_open


@found_in("suspension")
class NothingAtTheResumption(Twin):  # 21
    def resume(self, now: int) -> None:
        self.advance(now)
        self.suspended = False


@found_in("suspension")
class NettingDuringOutages(Twin):  # 21
    def netting_session(self) -> None:
        suspended, self.suspended = self.suspended, False
        super().netting_session()
        self.suspended = suspended


@found_in("withdrawal")
class AwaitedCannotBeWithdrawn(Twin):  # 22
    def withdraw(self, now: int, payment_ids: Sequence[int]) -> list[bool]:
        self.advance(now)
        awaited = [payment.payment_id for payment in self.payments if payment.status == "awaited"]
        return super().withdraw(now, [entry for entry in payment_ids if entry not in awaited])


@found_in("withdrawal")
class NobodyTriedAfterAWithdrawal(Twin):  # 24
    def withdraw(self, now: int, payment_ids: Sequence[int]) -> list[bool]:
        self.advance(now)
        suspended, self.suspended = self.suspended, True
        gone = super().withdraw(now, payment_ids)
        self.suspended = suspended
        return gone


@found_in("withdrawal")
class ExpiresAtTheInstant(Twin):  # 22
    def expire(self, now: int, arrived_before: int) -> list[int]:
        return super().expire(now, arrived_before + 1)


@found_in("moves")
class MovedAsABlock(Twin):  # 23
    def move(self, now: int, payment_ids: Sequence[int], where: str) -> list[bool]:
        return super().move(now, payment_ids[::-1], where)[::-1]


@found_in("moves")
class MovedPastPriorities(Twin):  # 23
    def move(self, now: int, payment_ids: Sequence[int], where: str) -> list[bool]:
        discipline, self.discipline = self.discipline, "fifo"
        moved = super().move(now, payment_ids, where)
        self.discipline = discipline
        return moved


@found_in("credit")
class AllCreditCounts(Twin):  # 15
    def pass_time(self, until: int) -> None:
        kept, self.collateralised = self.collateralised, [0] * self.count
        super().pass_time(until)
        self.collateralised = kept


@found_in("all-or-nothing")
class AllOrNothingCountsDeadlocks(Twin):  # 20
    def leave_out_last(self, payments: list[Payment]) -> list[Payment]:
        left = super().leave_out_last(payments)
        return left if len(left) == len(payments) else []
