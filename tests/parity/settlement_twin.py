"""Settlement in plain Python, written from ``docs/reference/settlement.md``: slow, and without a line of the kernel.

The numbers in the comments are those of the rules on the page. What the page leaves open is read like this:

- opening liquidity and caps are those that were set when the system opened, also if their effect waits (10, 12, 21);
- an injection window that began and ended within a suspension has no effect (21);
- by hand, what is already so cannot be asked for again: opening what is open, resuming what is not suspended; a
  timetable passes over it (2);
- at the start of a timetable, first the window and then the system is closed if the timetable has none then; next a
  session is joined, and last a window (2);
- an identifier that is not in a queue cannot be moved, and naming it changes nothing (23).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from gross_twin import Gross, Payment


@dataclass
class Timetable:
    """Instants at which things are done, in the order of rule 2; windows None: there are no injection windows."""

    closes: Sequence[int] = ()
    opens: Sequence[int] = ()
    suspends: Sequence[int] = ()
    resumes: Sequence[int] = ()
    window_closes: Sequence[int] | None = None
    window_opens: Sequence[int] | None = None
    netting: Sequence[int] = ()
    offsetting: Sequence[int] = ()


class Twin(Gross):
    """A settlement system with sessions, netting, offsetting, suspensions and timetables."""

    # -- settling together --------------------------------------------------------------------------------------------

    def settle_together(self, payments: list[Payment]) -> None:  # 18
        for payment in sorted(payments, key=lambda p: p.sender):  # the sort keeps the order of the queue
            self.pay(payment)
        self.look()
        self.drop_finished()
        self.serve_everyone()

    def drop_finished(self) -> None:
        self.queues = [[payment for payment in queue if payment.status == "queued"] for queue in self.queues]
        self.batch_queue = [payment for payment in self.batch_queue if payment.status == "queued"]

    def leave_out_last(self, payments: list[Payment]) -> list[Payment]:
        """Leave out the last payments of those short until nobody is: the rule *partial* of 17."""
        payments = list(payments)
        while short := self.all_short(payments):
            last = [payment for payment in payments if payment.sender in short][-1]
            payments = [payment for payment in payments if payment is not last]
        return payments

    def unwind(self, payments: list[Payment]) -> list[Payment]:
        """Take out whoever is short by most until nobody is: the rule *unwind* of 17."""
        while short := self.all_short(payments):
            worst = max(short, key=lambda who: (short[who], -who))
            self.seen["unwound"] += 1
            self.seen["unwound after another"] += any(p.status == "returned" for p in self.batch_queue)
            for payment in payments:
                if worst in (payment.sender, payment.receiver):
                    payment.status = "returned"
            payments = [payment for payment in payments if payment.status == "queued"]
        self.seen["unwound, and others settle"] += 0 < len(payments) < len(self.batch_queue)
        return payments

    def net(self, now: int) -> None:
        self.advance(now)
        self.netting_session()

    def netting_session(self) -> None:
        if not self.running or self.netting == "none":  # 12, 21
            return
        batch = list(self.batch_queue)
        for participant, lack in self.all_short(batch).items():  # 16
            self.seen["injected in a netting session"] += self.inject_own_accord(participant, lack)
        short = bool(self.all_short(batch))  # 17
        self.seen["netting without anybody short"] += bool(batch) and not short
        self.seen["netting with somebody short"] += short
        if self.netting == "delay":
            settling = [] if short else batch
        elif self.netting == "unwind":
            settling = self.unwind(batch)
        else:
            settling = self.leave_out_last(batch)
            self.seen["netting left some out, not all"] += 0 < len(settling) < len(batch)
        self.netting_settled += len(settling)
        self.settle_together(settling)

    def offset(self, now: int) -> None:
        self.advance(now)
        queued = self.gross()  # 19
        if not self.running or self.multilateral == "none" or not queued:
            return
        settling = self.leave_out_last(queued)
        self.seen["gridlock"] += bool(settling)  # 20
        self.seen["deadlock"] += not settling
        self.seen["gridlock dissolved in part"] += 0 < len(settling) < len(queued)
        self.seen["gridlock dissolved whole"] += len(settling) == len(queued)
        self.gridlocks += bool(settling)
        self.deadlocks += not settling
        if self.multilateral == "all-or-nothing" and len(settling) < len(queued):
            settling = []
        self.offset_settled += len(settling)
        self.settle_together(settling)

    # -- sessions -----------------------------------------------------------------------------------------------------

    def open(self, now: int, liquidity: Sequence[int] | None = None) -> None:
        self.advance(now)
        self.expect(not self.is_open)
        if liquidity is not None:
            self.set_liquidity(liquidity)
        self.is_open = True
        self.waiting_liquidity = list(self.opening)
        self.cap_of_session, self.own_accord = list(self.cap), [0] * self.count
        self.seen["opening fell into a suspension"] += self.suspended
        self.seen["opening fell outside the window"] += not self.window
        self.bring_in_opening()
        self.lowest = list(self.balances)
        self.serve_everyone()

    def bring_in_opening(self) -> None:
        """Give the opening liquidity as soon as there may be any (10, 21)."""
        if self.running and self.window and self.waiting_liquidity is not None:
            for participant, amount in enumerate(self.waiting_liquidity):
                self.bring_in(participant, amount)
            self.waiting_liquidity = None

    def close(self, now: int) -> None:
        self.advance(now)
        self.expect(self.is_open)
        self.netting_session()  # 11.1
        if self.running and self.at_close == "fund":  # 11.2
            queued = self.gross()
            for participant, lack in self.all_short(queued).items():
                self.seen["closing pay-in"] += 1
                self.closing_pay_in += lack
                self.bring_in(participant, lack)
            self.settle_together(queued)
        for payment in [*self.gross(), *self.batch_queue]:  # 11.3
            self.seen[f"queued at the closing: {self.at_close}"] += 1
            if self.at_close != "keep":
                payment.status = "returned"
        self.drop_finished()
        self.seen["overnight loan"] += min(self.balances) < 0  # 11.4
        self.seen["closed while suspended"] += self.suspended
        self.seen["closed before the window opened"] += self.waiting_liquidity is not None and not self.suspended
        self.overnight += sum(-balance for balance in self.balances if balance < 0)
        self.drawn_back += sum(balance for balance in self.balances if balance > 0)
        self.balances = [0] * self.count
        self.is_open = self.suspended = False
        self.waiting_liquidity = None

    def inject(self, now: int, amounts: Sequence[int]) -> None:
        self.advance(now)
        self.expect(self.running)  # 13, 21
        for participant, amount in enumerate(amounts):
            self.bring_in(participant, amount)
        self.serve_everyone()

    def open_window(self, now: int) -> None:  # 14
        self.advance(now)
        self.expect(not self.window)
        self.seen["window opened while running"] += self.running
        self.window = True
        self.bring_in_opening()
        self.serve_everyone()

    def close_window(self, now: int) -> None:
        self.advance(now)
        self.expect(self.window)
        self.window = False

    def suspend(self, now: int) -> None:  # 21
        self.advance(now)
        self.expect(not self.suspended)
        self.suspended = True

    def resume(self, now: int) -> None:
        self.advance(now)
        self.expect(self.suspended)
        self.seen["resumed with queues"] += self.is_open and bool(self.gross())
        self.suspended = False
        self.bring_in_opening()
        self.serve_everyone()

    # -- taking out and moving ----------------------------------------------------------------------------------------

    def withdraw(self, now: int, payment_ids: Sequence[int]) -> list[bool]:  # 22
        self.advance(now)
        named = [p for p in self.payments if p.payment_id in payment_ids and p.status in ("awaited", "queued")]
        for payment in named:
            self.seen[f"withdrawn while {payment.status}"] += 1
            payment.status = "withdrawn"
        self.drop_finished()
        self.serve_everyone()  # 24
        gone = {payment.payment_id for payment in named}
        return [payment_id in gone for payment_id in payment_ids]

    def expire(self, now: int, arrived_before: int) -> list[int]:
        self.advance(now)
        late = [p for p in self.payments if p.status == "queued" and p.arrives < arrived_before]
        late.sort(key=lambda p: (p.arrives, p.payment_id))
        self.withdraw(now, [payment.payment_id for payment in late])
        return [payment.payment_id for payment in late]

    def move(self, now: int, payment_ids: Sequence[int], where: str) -> list[bool]:  # 23
        self.expect(self.order == "arrival")
        self.advance(now)
        in_queue = {payment.payment_id: payment for payment in self.gross()}
        for payment in [in_queue[payment_id] for payment_id in payment_ids if payment_id in in_queue]:
            queue = self.queues[payment.sender]
            before = list(queue)
            queue.remove(payment)
            if where == "back":
                self.place(payment)
            else:
                queue.insert(sum(self.rank(other) < self.rank(payment) for other in queue), payment)
            self.seen["moved"] += [p.payment_id for p in before] != [p.payment_id for p in queue]
        self.serve_everyone()  # 24
        return [payment_id in in_queue for payment_id in payment_ids]

    # -- timetables (2) -----------------------------------------------------------------------------------------------

    def follow(self, timetable: Timetable, until: int) -> None:
        start = self.clock
        joins_window, window_is_on = False, True
        joins_session = within(timetable.opens, timetable.closes, start)
        in_session = joins_session or ended_just_now(timetable.opens, timetable.closes, start)
        if timetable.window_opens is not None and timetable.window_closes is not None:
            joins_window = within(timetable.window_opens, timetable.window_closes, start)
            window_is_on = joins_window or ended_just_now(timetable.window_opens, timetable.window_closes, start)
        if self.window and not window_is_on:
            self.seen["closed outside the windows"] += 1
            self.close_window(start)
        if self.is_open and timetable.opens and not in_session:
            self.seen["closed outside the sessions"] += 1
            self.close(start)
        if not self.is_open and joins_session:
            self.seen["session joined"] += 1
            self.open(start)
        if not self.window and joins_window:
            self.seen["window joined"] += 1
            self.open_window(start)
        for instant, name in acts(timetable):
            already = {
                "close": not self.is_open,
                "open": self.is_open,
                "suspend": self.suspended,
                "resume": not self.suspended,
                "close_window": not self.window,
                "open_window": self.window,
            }
            if start <= instant < until and not already.get(name, False):
                getattr(self, name)(instant)
        self.advance(until)


def acts(timetable: Timetable) -> list[tuple[int, str]]:
    """Give what a timetable does, in the order in which it is done."""
    names = ("close", "open", "suspend", "resume", "close_window", "open_window", "net", "offset")
    instants = [getattr(timetable, entry.name) or () for entry in fields(timetable)]  # in the order of rule 2
    given = [(at, name) for name, ats in zip(names, instants, strict=True) for at in ats]
    return sorted(given, key=lambda act: act[0])  # the sort keeps the order of the kinds at one instant


def within(begins: Sequence[int], ends: Sequence[int], now: int) -> bool:
    """Whether something has begun before an instant and not ended by it."""
    return any(begin < now < end for begin, end in zip(begins, ends, strict=True))


def ended_just_now(begins: Sequence[int], ends: Sequence[int], now: int) -> bool:
    """Whether something ends at this very instant: its end is still to be done, in its turn."""
    return any(begin < now == end for begin, end in zip(begins, ends, strict=True))


def split(amount: int, largest: int) -> list[int]:
    """Amounts of the parts of a giant payment (25)."""
    parts = 1
    while parts * largest < amount:
        parts += 1
    return [amount // parts + (part < amount % parts) for part in range(parts)]
