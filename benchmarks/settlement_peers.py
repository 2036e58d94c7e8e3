"""How fast settlement is beside its peers, and what the first use costs: ratios, see README.md in this folder.

    python benchmarks/settlement_peers.py [banks] [pssimpy] [first]

Without a word all three are measured, in some minutes; `pssimpy` needs the requirement of ``requirements.txt``. Every
time is processor time of one core, median of five repetitions after one that is not counted; what is compared is
measured in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import contextlib
import csv
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from measure import REPEATS
from numpy.typing import NDArray
from one_process_per_bank import GrossSystem

from paysim.networks.indicators import LiquidityBounds, liquidity_bounds
from paysim.networks.settlement import SettlementSystem
from paysim.networks.synthetic import DayPayments, DayTraffic, synthetic_day

Vector = NDArray[np.int64]

MINUTE, HOUR = 60, 3600
OPENS, CLOSES = 8 * HOUR, 17 * HOUR  # PSSimPy's own hours
LEVELS = (0.25, 0.5, 1.0)  # liquidity: positions between the bounds
USUAL = DayTraffic(
    participants=200,
    payments=100_000,
    value=1e11,
    size_sigma=2.3,
    largest=0.5,
    profile=(1.0, 2.0, 3.0, 2.0, 1.0),
    core=20,
    core_share=0.75,
    reciprocity=0.3,
    mirror_delay=HOUR,
    urgent_share=0.0,
    batch_share=0.0,
)
SMALL = replace(USUAL, participants=20, payments=3_000, value=3e9, core=5)  # PSSimPy needs seconds for it
GOALS = {"banks": 60.0, "pssimpy": 1_000.0, "first": 20.0}


@dataclass(frozen=True)
class Day:
    """Payments of a day and the bounds of their liquidity."""

    payments: DayPayments
    bounds: LiquidityBounds
    banks: int

    @classmethod
    def of(cls, traffic: DayTraffic, step: int = 1) -> Day:
        """Draw a day; instants are rounded down to a step."""
        drawn = synthetic_day(traffic, OPENS, CLOSES, seed=1)
        drawn = drawn._replace(arrives=drawn.arrives // step * step)
        columns = (drawn.sender, drawn.receiver, drawn.amount, drawn.arrives)
        return cls(drawn, liquidity_bounds(*columns, traffic.participants), traffic.participants)

    def settle(self, liquidity: Vector) -> Vector:
        """Settle it first in, first out, from its columns to the instants of settlement."""
        return self.settled(liquidity).settled

    def settled(self, liquidity: Vector) -> SettlementSystem:
        """The system when all is done."""
        drawn = self.payments
        system = SettlementSystem(self.banks)
        system.open(0, liquidity)
        system.add(drawn.arrives, drawn.sender, drawn.receiver, drawn.amount, drawn.payment_id)
        system.advance(CLOSES + 1)
        return system

    def rows(self) -> list[tuple[int, int, int, int]]:
        """The payments as (instant, sender, receiver, amount)."""
        drawn = self.payments
        columns = (drawn.arrives, drawn.sender, drawn.receiver, drawn.amount)
        return list(zip(*(column.tolist() for column in columns), strict=True))


def processor_seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def in_turn(*works: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Medians of the processor seconds of several pieces of work, each done once uncounted and then in turn."""
    for work in works:
        work()
    taken = [[processor_seconds(work) for work in works] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


# --- one SimPy process for every bank -------------------------------------------------------------------------------


def run_banks(rows: list[tuple[int, int, int, int]], liquidity: Vector) -> list[int]:
    return GrossSystem(liquidity.tolist(), len(rows)).run(rows)


def banks() -> None:
    """Against one SimPy process for every bank, which settles every payment at the same second."""
    day = Day.of(USUAL)
    rows = day.rows()
    print(f"one SimPy process for every bank: {len(rows):,} payments, {day.banks} banks; goal {GOALS['banks']:.0f}")
    for level in LEVELS:
        liquidity = day.bounds.between(level)
        ours, theirs = day.settle(liquidity), np.array(run_banks(rows, liquidity))
        assert (ours == theirs).all(), "the peer settles something at another second"
        waited = float((ours != day.payments.arrives).mean())
        own, peer = in_turn(partial(day.settle, liquidity), partial(run_banks, rows, liquidity))
        print(
            f"  liquidity at {level:4.0%} between the bounds, {waited:5.1%} wait: {peer / own:6.0f} times "
            f"({len(rows) / own / 1e6:.1f} million payments/s against {len(rows) / peer / 1e6:.2f})"
        )


# --- PSSimPy --------------------------------------------------------------------------------------------------------


def clock_text(instant: int) -> str:
    return f"{instant // HOUR:02d}:{instant % HOUR // MINUTE:02d}"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder to work in: PSSimPy writes its results where it is started, and appends to what is there."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def pssimpy_tables(day: Day, liquidity: Vector) -> dict[str, dict[str, list[object]]]:
    """The day as PSSimPy takes it: banks, accounts and transactions, by whole minutes."""
    names = [f"bank{number}" for number in range(day.banks)]
    accounts = {"id": names, "owner": names, "balance": liquidity.tolist(), "posted_collateral": [0] * day.banks}
    drawn = day.payments
    transactions = {
        "sender_account": [names[number] for number in drawn.sender.tolist()],
        "recipient_account": [names[number] for number in drawn.receiver.tolist()],
        "amount": drawn.amount.tolist(),
        "time": [clock_text(instant) for instant in drawn.arrives.tolist()],
    }
    return {"banks": {"name": names}, "accounts": accounts, "transactions": transactions}  # type: ignore[dict-item]


def run_pssimpy(tables: dict[str, dict[str, list[object]]]) -> tuple[int, float]:
    """Settle a day with PSSimPy: payments settled, and the lowest balance of an account at the end of a window."""
    from PSSimPy.credit_facilities import SimpleCollateralized
    from PSSimPy.queues import FIFOQueue
    from PSSimPy.simulator import BasicSim
    from PSSimPy.transaction import Transaction

    Transaction.clear_instances()
    with scratch_folder() as folder:
        # Its default credit facility lends without limit; this one lends against collateral, of which there is none.
        facility, queue = SimpleCollateralized(), FIFOQueue()
        simulation = BasicSim("peer", **tables, queue=queue, credit_facility=facility)
        simulation.run()
        with (folder / "peer-account_balance.csv").open(newline="") as file:
            lowest = min(float(row["balance"]) for row in csv.DictReader(file))
    return len(tables["transactions"]["amount"]) - queue.get_num_txns(), lowest


def settle_tables(tables: dict[str, dict[str, list[object]]]) -> Vector:
    """Settle what PSSimPy was given, from the same lists of text and numbers."""
    accounts, transactions = tables["accounts"], tables["transactions"]
    place = {name: number for number, name in enumerate(accounts["id"])}
    system = SettlementSystem(len(place))
    system.open(0, np.array(accounts["balance"], np.int64))
    minutes = {text: HOUR * int(str(text)[:2]) + MINUTE * int(str(text)[3:]) for text in set(transactions["time"])}
    system.add(
        np.array([minutes[text] for text in transactions["time"]]),
        np.array([place[name] for name in transactions["sender_account"]]),
        np.array([place[name] for name in transactions["recipient_account"]]),
        np.array(transactions["amount"], np.int64),
        np.arange(len(transactions["time"])),
    )
    system.advance(CLOSES + 1)
    return system.settled


def pssimpy() -> None:
    """Against PSSimPy on a day that it can do."""
    try:
        import PSSimPy  # noqa: F401 (is it there?)
    except ImportError:
        print("PSSimPy is not installed: python -m pip install -r benchmarks/requirements.txt")
        return
    day = Day.of(SMALL, MINUTE)
    count = len(day.payments.amount)
    print(f"PSSimPy: {count:,} payments, {day.banks} banks, windows of 15 minutes; goal {GOALS['pssimpy']:,.0f}")
    for level in (LEVELS[0], LEVELS[-1]):
        liquidity = day.bounds.between(level)
        tables = pssimpy_tables(day, liquidity)
        columns, lists = day.settle(liquidity), settle_tables(tables)
        assert (columns == lists).all()
        assert day.settled(liquidity).lowest_balance.min() >= 0
        settled, lowest = run_pssimpy(tables)
        works = (partial(day.settle, liquidity), partial(settle_tables, tables), partial(run_pssimpy, tables))
        own, own_lists, peer = in_turn(*works)
        print(
            f"  liquidity at {level:4.0%} between the bounds: {peer / own:,.0f} times from columns, "
            f"{peer / own_lists:,.0f} times from the same lists of text ({count / peer:,.0f} payments/s there)\n"
            f"    settled {int((columns >= 0).sum()):,} here and {settled:,} there; lowest balance there "
            f"{lowest / 1e8:,.2f} million, here never below 0"
        )


# --- first use ------------------------------------------------------------------------------------------------------


def first() -> None:
    """What the first use of `paysim settle` on a machine costs, with nothing compiled yet."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(Path(folder) / "compiled")}
        taken = [settle_in_process(environment, Path(folder) / f"out{number}") for number in range(4)]
    later = statistics.median(taken[1:])
    print(f"paysim settle --system CIPS --no-figures, processor time; goal: at most {GOALS['first']:.0f} s more")
    more = taken[0] - later
    print(f"  first use {taken[0]:.1f} s, later {later:.1f} s: {more:.1f} s more, {taken[0] / later:.1f} times")


def settle_in_process(environment: dict[str, str], out: Path) -> float:
    """Processor seconds of the command in a process of its own."""
    options = ["--system", "CIPS", "--no-figures", "--quiet", "--out", str(out)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "paysim", "settle", *options], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parts = {"banks": banks, "pssimpy": pssimpy, "first": first}
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
