"""The event engine's peer: the same payments, each a SimPy process of its own.

This is how the engine would be written if SimPy's processes cost nothing. A payment waits until it is submitted; then
its message takes one timeout for every bank that it passes, the first and the intermediaries; then it settles gross in
its system, or waits in its sender's queue, first come first served; and one more timeout ends with the customer's
credit. Where politics block a payment, return its message or let it be sent again, the peer is told when.

The payments, the hops of their messages, what politics did to them, the systems' hours and the banks' liquidity are the
engine's own, taken from a run of it, so that both do the same work on the same draws. The economy, the drawing and the
judgement of who may pay whom are not part of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from paysim.engine.draws import draw
from paysim.engine.prepared import Prepared
from paysim.engine.simulation import Simulation
from paysim.engine.traffic import Batch, Drawing
from paysim.networks.message_steps import message_steps
from paysim.networks.messaging import BANKS_ON_THE_WAY, Ways
from paysim.networks.screening import hours_for

Process = Generator[simpy.Event, None, None]
Array = NDArray[np.float64]
Index = NDArray[np.int64]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Sending(NamedTuple):
    """A message of a payment, each time that it is sent.

    sent : instant; hops : seconds that each bank on its way has it, none inside one bank; arrives : whether it does, or
    is returned at the end of its hops; credit : instant before which the customer is not credited
    """

    sent: int
    hops: tuple[int, ...]
    arrives: bool
    credit: int


class Row(NamedTuple):
    """One payment; system is -1 for those inside the books of one participant.

    sender, receiver : participants that settle for the banks, or the banks where they are the same
    sendings : none where the payment goes another way or fails
    """

    submitted: int
    system: int
    sender: int
    receiver: int
    amount: int
    sendings: tuple[Sending, ...]


@dataclass(frozen=True)
class Payments:
    """Payments of a run of the engine in the order of submission, as columns and as `rows`.

    arrives : instants at which their messages arrive, the last time they are sent, -1 where they are not
    settled, credited : instants at which the engine did so before the end, to compare with, -1 where it did not
    end : the horizon; the engine goes on for a while, to let the last payments finish
    drawn : number of payments that the engine drew, those after the horizon included
    """

    submitted: Index
    arrives: Index
    system: Index
    sender: Index
    receiver: Index
    settled: Index
    credited: Index
    rows: list[Row]
    end: int
    drawn: int

    @property
    def hops(self) -> float:
        """Mean number of banks on the way of a message that is sent."""
        return float(np.mean([len(sending.hops) for row in self.rows for sending in row.sendings]))


@dataclass(frozen=True)
class Day:
    """What the banks bring in from an instant on, by system: (systems, N) minor units."""

    since: int
    liquidity: Index


class Followed(Simulation):
    """A run of the engine that notes the hops of messages, the steps of payments, and liquidity.

    hops : by payment, as drawn, seconds from sending until each bank on the way has sent its message on, (n,
    `BANKS_ON_THE_WAY`) float64, infinite behind the last; notes : by step, columns such as ids and instants
    """

    def __init__(self, prepared: Prepared, seed: int, replicate: int, sources: Sequence[str] = ()) -> None:
        self.hops: list[Array] = []
        self.funded: list[Day] = []
        self.notes: dict[str, list[tuple[Index, ...]]] = {step: [] for step in ("sent", "returned", "settled")}
        super().__init__(prepared, draw(prepared, seed, [replicate], sources), seed, replicate, keep_payments=True)
        self.book.observer = self._take_note

    def _draw(self, month: int, start: int) -> Batch:
        drawing = self.drawing

        def delays(option: Index, sender: Index, submitted: Index, luck: Array) -> tuple[Array, Array]:
            self.hops.append(_hops(drawing, option, sender, submitted, luck))
            return Drawing._delays(drawing, option, sender, submitted, luck)

        drawing._delays = delays  # type: ignore[method-assign]
        return super()._draw(month, start)

    def _fund(self) -> None:
        super()._fund()
        clock: simpy.Environment | None = getattr(self, "clock", None)
        now = int(clock.now) if clock else self.burn_in
        self.funded.append(Day(now, self.drawing.limit.astype(np.int64)))

    def _take_note(self, step: str, at: Index, when: Index | int | None, system: int) -> None:
        if step not in self.notes:
            return
        columns: tuple[Index, ...] = (self.book.rows.id[at], np.broadcast_to(np.asarray(when), at.shape).copy())
        if step == "sent":
            one_bank = self.book.rows.sender[at] == self.book.rows.receiver[at]
            columns += (self.book.arrives[at], self.book.credited[at], one_bank.astype(np.int64))
        self.notes[step].append(columns)

    def noted(self, step: str, columns: int) -> list[Index]:
        """The columns of a step."""
        none = tuple(np.zeros(0, dtype=np.int64) for _ in range(columns))
        return [np.concatenate(column) for column in zip(none, *self.notes[step], strict=True)]


def _hops(drawing: Drawing, option: Index, sender: Index, submitted: Index, luck: Array) -> Array:
    """Seconds until each bank on the way has sent a message on, (N, `BANKS_ON_THE_WAY`), infinite behind the last."""
    ways, hours = drawing.ways(option, sender), hours_for(drawing.places, submitted)
    sent = np.full((len(option), BANKS_ON_THE_WAY), np.inf)
    for n in range(len(option)):
        way = Ways(ways.native[n : n + 1], ways.known[n : n + 1], ways.places[:, n : n + 1])
        stops = message_steps(luck[:, n], int(submitted[n]), way, hours).stops
        sent[n, : len(stops)] = [stop.sent for stop in stops]
    return sent


def take_payments(
    prepared: Prepared, seed: int = 1, replicate: int = 0, sources: Sequence[str] = ()
) -> tuple[Payments, list[Day]]:
    """Run the engine once and keep its payments, and the liquidity of every month."""
    simulation = Followed(prepared, seed, replicate, sources)
    simulation.run()
    world, drawn, end = simulation.world, simulation.drawing.drawn, prepared.starts[-1]
    assert not world.hubs, "the peer knows no hubs"
    parts = _finished(simulation, end)
    number, instants = simulation.noted("settled", 2)
    settled = np.full(drawn, -1)
    settled[number] = instants
    sender, receiver = (world.participant[parts["system"], parts[side]] for side in ("sender", "receiver"))
    system = np.where(sender == receiver, -1, parts["system"])
    sendings = _sendings(simulation, drawn)
    columns = (parts["submitted"], system, sender, receiver, parts["amount"], parts["id"])
    values: list[Any] = [column.tolist() for column in columns]
    payments = Payments(
        submitted=parts["submitted"],
        arrives=parts["arrives"],
        system=system,
        sender=sender,
        receiver=receiver,
        settled=_before(end, settled[parts["id"]]),
        credited=_before(end, parts["credited"]),
        rows=[Row(*facts, tuple(sendings[number])) for *facts, number in zip(*values, strict=True)],
        end=end,
        drawn=drawn,
    )
    return payments, simulation.funded


def _finished(simulation: Followed, end: int) -> dict[str, Index]:
    """What became of the payments submitted before the end, by column, in the order of submission."""
    trace = simulation.book.trace
    assert trace
    names = ("id", "submitted", "system", "sender", "receiver", "amount")
    parts = {name: np.concatenate([getattr(rows, name) for rows, *_ in trace]) for name in names}
    parts["arrives"] = np.concatenate([arrives for _, arrives, *_ in trace])
    parts["credited"] = np.concatenate([np.where(fate == "settled", credited, -1) for *_, credited, fate in trace])
    order = np.lexsort((parts["id"], parts["submitted"]))
    order = order[parts["submitted"][order] < end]
    return {name: column[order] for name, column in parts.items()}


def _before(end: int, instants: Index) -> Index:
    return np.where(instants < end, instants, -1)


def _sendings(simulation: Followed, drawn: int) -> list[list[Sending]]:
    """When each payment's message is sent, and its hops, by id."""
    hops = np.concatenate(simulation.hops)
    assert len(hops) == drawn
    number, sent, arrives, credit, one_bank = simulation.noted("sent", 5)
    banks = np.isfinite(hops[number]).sum(1)
    ends = np.minimum(hops[number], arrives[:, None] - sent[:, None]).astype(np.int64)
    ends[np.arange(len(ends)), banks - 1] = arrives - sent  # what holds a message up does so at the last bank
    seconds = np.diff(ends, axis=1, prepend=0).tolist()
    on_the_way = np.where(one_bank, 0, banks).tolist()
    sendings: list[list[Sending]] = [[] for _ in range(drawn)]
    facts = (number.tolist(), sent.tolist(), credit.tolist(), on_the_way, seconds)
    for payment, at, credited, count, taken in zip(*facts, strict=True):
        sendings[payment].append(Sending(at, tuple(taken[:count]), True, credited))
    returned = simulation.noted("returned", 2)
    for payment, now in zip(*(column.tolist() for column in returned), strict=True):
        place = next(n for n in reversed(range(len(sendings[payment]))) if sendings[payment][n].sent <= now)
        sendings[payment][place] = _returned(sendings[payment][place], now)
    return sendings


def _returned(sending: Sending, now: int) -> Sending:
    """A message that is returned on its way, with the hops until then."""
    left, hops = now - sending.sent, []
    for seconds in sending.hops:
        hops.append(min(seconds, left))
        left -= hops[-1]
        if not left:
            break
    return sending._replace(hops=tuple(hops), arrives=False)


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
    """All payments of some months, one SimPy process each.

    settled, credited : instants by payment, -1 where it has not come to that, once `run` has ended; inside the books of
    one participant nothing settles
    """

    def __init__(self, prepared: Prepared, payments: Payments, funded: list[Day], started: Sequence[int] = ()) -> None:
        """All processes start at the beginning, or, of what is submitted from then on, at each instant ``started``."""
        begin, self.end = funded[0].since, payments.end
        self.clock = simpy.Environment(initial_time=begin)
        banks = len(prepared.individual.banks.group)
        self.systems = [GrossSystem(self.clock, banks) for _ in prepared.systems]
        first, last = (datetime.fromtimestamp(instant, UTC) for instant in (begin, self.end))
        for number, (system, facts) in enumerate(zip(self.systems, prepared.systems, strict=True)):
            opens, closes = facts.calendar.sessions(first, last, EPOCH)
            sessions = list(zip(opens.tolist(), closes.tolist(), strict=True))
            self.clock.process(system.day(sessions, funded, number))
        self._settled: list[float] = [-1] * len(payments.rows)
        self._credited: list[float] = [-1] * len(payments.rows)
        self.settled, self.credited = np.zeros((2, 0), dtype=np.int64)
        self.clock.process(self.start(payments.rows, [begin, *started, self.end]))

    def start(self, rows: list[Row], instants: list[int]) -> Process:
        """Start the processes of payments."""
        waiting = deque(enumerate(rows))
        for instant, following in pairwise(instants):
            yield self.clock.timeout(instant - self.clock.now)
            while waiting and waiting[0][1].submitted < following:
                number, row = waiting.popleft()
                self.clock.process(self.payment(number, *row))

    def payment(
        self,
        number: int,
        submitted: int,
        system: int,
        sender: int,
        receiver: int,
        amount: int,
        sendings: tuple[Sending, ...],
    ) -> Process:
        """One payment: submitted, handed on by every bank, settled, credited."""
        clock = self.clock
        yield clock.timeout(submitted - clock.now)
        for sent, hops, arrives, credit in sendings:
            if sent > clock.now:
                yield clock.timeout(sent - clock.now)
            for seconds in hops:
                yield clock.timeout(seconds)
            if not arrives:
                continue
            if system >= 0:
                yield self.systems[system].settle(sender, receiver, amount)
                self._settled[number] = clock.now
            yield clock.timeout(max(credit - clock.now, 0))
            self._credited[number] = clock.now

    def run(self) -> None:
        """Run to the end."""
        self.clock.run(until=self.end)
        self.settled, self.credited = (
            np.array(instants, dtype=np.int64) for instants in (self._settled, self._credited)
        )
