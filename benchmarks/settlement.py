"""How fast a settlement system is, by its rules: ratios, for which see README.md in this folder.

    python benchmarks/settlement.py [presorted] [unsorted] [growth] [rules] [queue]

Without a word all five are measured, in about two minutes and with some three gigabytes of memory. Every time is
processor time of one core unless it says otherwise, median of five repetitions after one that is not counted; what is
compared is measured in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from measure import REPEATS
from numpy.typing import NDArray

from paysim.networks.rules import Rules, Timetable
from paysim.networks.settlement import SettlementSystem

Vector = NDArray[np.int64]
Clock = Callable[[], float]

FULL = 10_000_000
SIZES = (100_000, 1_000_000, 10_000_000)
FOR_RULES = 1_000_000
QUEUED = 1_000_000
BANKS = 200
DAY = 86_400
LIQUIDITY = 0.02  # of a bank's mean outflow of the day: what it opens with; scarce enough for queues in every rule
MILLION = 1e6
MEMORY = 2**30  # bytes; a day of the full size takes two thirds of it


@dataclass(frozen=True)
class Traffic:
    """A day of payments, at random over the day, and the banks' opening liquidity."""

    arrives: Vector
    sender: Vector
    receiver: Vector
    amount: Vector
    payment_id: Vector
    priority: Vector
    liquidity: Vector


def traffic(payments: int, in_order: bool = False, ids_in_order: bool = True) -> Traffic:
    generator = np.random.default_rng(1)
    arrives = generator.integers(0, DAY, payments)
    sender = generator.integers(0, BANKS, payments)
    amount = (np.exp(generator.normal(0, 1.2, payments)) * MILLION).astype(np.int64) + 1
    return Traffic(
        np.sort(arrives) if in_order else arrives,
        sender,
        (sender + generator.integers(1, BANKS, payments)) % BANKS,
        amount,
        np.arange(payments) if ids_in_order else generator.permutation(payments),
        (generator.random(payments) < 0.9).astype(np.int64),
        np.full(BANKS, int(LIQUIDITY * amount.sum() / BANKS)),
    )


def settle(day: Traffic) -> Vector:
    """Settle a day first in, first out; instants of settlement in the order of the table."""
    system = SettlementSystem(BANKS)
    system.add(day.arrives, day.sender, day.receiver, day.amount, day.payment_id)
    system.open(0, day.liquidity)
    system.advance(DAY)
    return system.settled


def argsort_and_bincount(day: Traffic) -> None:
    """Do what any program must that goes through the day in order and adds up what everybody sends."""
    np.argsort(day.arrives)
    np.bincount(day.sender, weights=day.amount, minlength=BANKS)


def nothing() -> None:
    """Leave memory as it is found."""


def memory_at_hand() -> None:
    """Touch memory and free it, so that the operating system has it to give.

    A virtual machine hands memory that has lain free for some seconds back to its host, and may get it again only at
    seconds a gigabyte: the time of the host, not of the program. What an ordinary first touch costs stays in.
    """
    np.ones(MEMORY, np.uint8)


def seconds(work: Callable[[], object], clock: Clock = time.process_time) -> float:
    begun = clock()
    work()
    return clock() - begun


def in_turn(
    *works: Callable[[], object], clock: Clock = time.process_time, before: Callable[[], None] = nothing
) -> list[float]:
    """Median seconds of each work, one after the other in every repetition; what is done before is not timed."""
    for work in works:
        work()
    times: list[list[float]] = []
    for _ in range(REPEATS):
        times.append([])
        for work in works:
            before()
            times[-1].append(seconds(work, clock))
    return [statistics.median(column) for column in zip(*times, strict=True)]


def presorted() -> None:
    """Payments a second where the table is in the order of arrival."""
    day = traffic(FULL, in_order=True)
    (taken,) = in_turn(partial(settle, day))
    print(f"{FULL:,d} payments in the order of arrival, first in, first out")
    print(f"  handed over, settled, read back:  {FULL / taken / MILLION:10.1f} million/s")


def unsorted() -> None:
    """Time from a table in random order against numpy's argsort and bincount on it."""
    for ids_in_order in (True, False):
        day = traffic(FULL, ids_in_order=ids_in_order)
        works = partial(settle, day), partial(argsort_and_bincount, day)
        taken, numpy_taken = in_turn(*works, clock=time.perf_counter, before=memory_at_hand)
        found, numpy_found = in_turn(*works)
        print(f"{FULL:,d} payments in random order, identifiers {'ascending' if ids_in_order else 'in random order'}")
        print(f"  handed over, settled, read back:  {FULL / taken / MILLION:10.1f} million/s, wall, memory at hand")
        print(f"  over argsort and bincount:        {taken / numpy_taken:10.2f}")
        print(f"  memory as it is found:            {FULL / found / MILLION:10.1f} million/s, processor time")
        print(f"  over argsort and bincount:        {found / numpy_found:10.2f}")


def growth() -> None:
    """Time a payment as the day gets larger."""
    days = [traffic(size) for size in SIZES]
    times = [taken / size for taken, size in zip(in_turn(*(partial(settle, day) for day in days)), SIZES, strict=True)]
    print("time a payment, table in random order")
    for size, taken in zip(SIZES, times, strict=True):
        print(f"  {size:10,d}: {taken * 1e9:6.0f} ns, {taken / times[0]:5.2f} times that of {SIZES[0]:,d}")


RULES: dict[str, Rules] = {
    "fifo": Rules(),
    "priority": Rules("priority"),
    "bypass, scan 10": Rules("bypass", 10),
    "bypass, scan 100": Rules("bypass", 100),
    "order of size": Rules("priority", order="size"),
    "bilateral": Rules(bilateral=True),
    "bypass 10, bilateral": Rules("bypass", 10, bilateral=True),
    "offsetting, all or nothing": Rules(multilateral="all-or-nothing"),
    "offsetting, partial": Rules(multilateral="partial"),
    "netting, delay": Rules(netting="delay", all_net=True),
    "netting, unwind": Rules(netting="unwind", all_net=True),
    "netting, partial": Rules(netting="partial", all_net=True),
    "closing funded": Rules(at_close="fund"),
}
EVERY_MINUTE = np.arange(60, DAY, 60)
EVERY_HALF_HOUR = np.arange(1800, DAY, 1800)


def run_day(day: Traffic, rules: Rules, credit: float = 0, cap: float = 0) -> SettlementSystem:
    system = SettlementSystem(BANKS, rules=rules)
    system.add(day.arrives, day.sender, day.receiver, day.amount, day.payment_id, day.priority)
    system.set_liquidity(day.liquidity)
    none = np.zeros(BANKS, np.int64)
    system.set_credit(none, (credit * day.liquidity).astype(np.int64))
    system.set_injection_cap((cap * day.liquidity).astype(np.int64))
    system.follow(Timetable(np.array([0]), np.array([DAY - 1]), EVERY_HALF_HOUR, EVERY_MINUTE), DAY)
    return system


def rules() -> None:
    """Payments a second under each rule, on the same day."""
    day = traffic(FOR_RULES)
    cases: dict[str, Callable[[], SettlementSystem]] = {
        name: partial(run_day, day, chosen) for name, chosen in RULES.items()
    }
    cases["uncollateralised credit"] = partial(run_day, day, Rules(), credit=1)
    cases["injection on demand"] = partial(run_day, day, Rules(), cap=1)
    times = in_turn(*cases.values())
    print(f"{FOR_RULES:,d} payments in random order; 47 netting sessions or 1,439 offsetting runs where there are any")
    print(f"  {'':28s}{'million/s':>10s}{'/ fifo':>8s}{'settled':>9s}")
    for (name, run), taken in zip(cases.items(), times, strict=True):
        share = (run().status == 2).mean()
        print(f"  {name:28s}{FOR_RULES / taken / MILLION:10.2f}{taken / times[0]:8.1f}{share:9.1%}")


def stuck(payments: int, chosen: Rules) -> SettlementSystem:
    """A closed system with so many payments in its queues, from banks without a penny."""
    system, day = SettlementSystem(BANKS, rules=chosen), traffic(payments)
    system.add(day.arrives, day.sender, day.receiver, day.amount, day.payment_id)
    system.advance(DAY)
    system.open(DAY)
    return system


def queue() -> None:
    """Time of one run over a long queue, a payment in it."""
    print("one run over long queues of banks without liquidity")
    for name, chosen, act in (
        ("offsetting, partial", Rules(multilateral="partial"), "offset"),
        ("netting, partial", Rules(netting="partial", all_net=True), "net"),
        ("netting, unwind", Rules(netting="unwind", all_net=True), "net"),
    ):
        for payments in (QUEUED // 10, QUEUED):
            taken = statistics.median(
                seconds(partial(getattr(stuck(payments, chosen), act), DAY)) for _ in range(REPEATS)
            )
            print(f"  {name:22s}{payments:10,d} queued: {taken / payments * 1e9:8.0f} ns a payment")


PARTS = {"presorted": presorted, "unsorted": unsorted, "growth": growth, "rules": rules, "queue": queue}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
