"""A true day of the large payment systems, payment by payment, and a day of SWIFT's payment messages.

    python benchmarks/real_day.py [day] [turnover]

`day` draws a working day of CIPS, CHIPS, T2, Fedwire and CHAPS at their true size, settles it by the rules of each
system, measures it, and then sends 26 million payment messages with their hops in chunks. It prints the time of each
part over that of ``import matplotlib.pyplot`` and over that of numpy's ``argsort`` and ``bincount`` of as many rows,
and the peak memory. `turnover` prints how often money goes round in CHIPS against the share of payments that mirror an
earlier one, and the shares with which it goes round as often as published.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
from measure import median_seconds, yardstick

from paysim.engine.systems import settlement_system
from paysim.networks.indicators import Indicators, indicators
from paysim.networks.message_law import HOUR, MINUTE
from paysim.networks.message_stream import message_speed
from paysim.networks.rules import Timetable
from paysim.networks.settlement import SettlementSystem
from paysim.networks.synthetic import DayPayments, DayTraffic, mean_outflows, synthetic_day
from paysim.networks.synthetic_turnover import solve_reciprocity, turnover_at_lower_bound
from paysim.networks.systems import System

SYSTEMS = ("CIPS", "CHIPS", "T2", "FEDWIRE", "CHAPS")
WORKING_DAY = datetime(2024, 11, 13, tzinfo=UTC)  # a Wednesday, and a working day of all five
MESSAGES = 26_000_000  # 53 million FIN messages a day in 2024 (Swift), 49 % of them payments
PUBLISHED_TURNOVER = (26.0, 29.0)  # CHIPS, 2023 and 2024 (The Clearing House)
SMALL_PREFUNDING = (1 / 40, 1 / 58)  # shares of the value sent; with pay-ins at the closing they stay under 1 / 29
SEEDS = (1, 2, 3)
MEBIBYTE = 1024  # in the kibibytes that the system counts


@dataclass
class Watch:
    """Seconds spent on parts of the work."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the seconds that a block takes to a part."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


def one_session(system: System) -> tuple[int, int, Timetable]:
    """Opening and closing of the session that begins on the working day or after it, and what is done in between."""
    sessions = system.timetable(WORKING_DAY, WORKING_DAY + timedelta(days=4))
    opens = int(sessions.opens[sessions.opens > 0][0])
    closes = int(sessions.closes[sessions.closes > opens][0])
    begin, end = (WORKING_DAY + timedelta(seconds=instant) for instant in (opens, closes + 1))
    return opens, closes, system.timetable(begin, end, WORKING_DAY)


def settle(
    system: System, day: DayPayments, opens: int, closes: int, timetable: Timetable
) -> tuple[SettlementSystem, np.ndarray]:
    """Settle a day by the rules of a system, with its liquidity and credit."""
    outflows = mean_outflows(system.traffic) * 10.0**system.minor_units

    def amounts(share: float) -> np.ndarray:
        return np.asarray((share * outflows).astype(np.int64))

    settlement = SettlementSystem(system.traffic.participants, start=opens, rules=system.rules)
    settlement.set_liquidity(amounts(system.prefunding.value))
    settlement.set_credit(amounts(system.collateralised_credit.value), amounts(system.uncollateralised_credit.value))
    settlement.set_injection_cap(amounts(system.injection_cap.value))
    settlement.add(day.arrives, day.sender, day.receiver, day.amount, day.payment_id, day.priority, day.batch)
    settlement.follow(timetable, closes + 1)
    return settlement, settlement.settled


def measured(day: DayPayments, settled: np.ndarray, participants: int, opens: int, closes: int) -> Indicators:
    return indicators(day.sender, day.receiver, day.amount, day.arrives, settled, participants, opens, closes)


def run_system(name: str, watch: Watch, seed: int = 1) -> int:
    """Run the day of one system, print what came of it, and return the number of its payments."""
    system = settlement_system(name)
    opens, closes, timetable = one_session(system)
    with watch.part("generate"):
        day = synthetic_day(system.traffic, opens, closes, seed, system.minor_units)
    with watch.part("settle"):
        settlement, settled = settle(system, day, opens, closes, timetable)
    with watch.part("indicators"):
        found = measured(day, settled, system.traffic.participants, opens, closes)
    settlement.check_conservation()
    print(
        f"  {name:8} {found.payments:9,d} payments, settled {found.settled_value / found.value:7.2%} of value, "
        f"turnover {found.turnover_ratio:5.1f}, delay indicator {found.delay_indicator:.3f}"
    )
    return found.payments


def send_messages(seed: int = 1) -> None:
    """Send the day's messages in chunks and print how fast they were."""
    speed = message_speed(MESSAGES, seed, np.array([WORKING_DAY.date()], dtype="datetime64[D]"))
    print(
        f"  SWIFT   {MESSAGES:10,d} messages, at the bank within an hour {speed.share(HOUR, at_bank=True):.1%}, "
        f"credited within five minutes {speed.share(5 * MINUTE):.1%}"
    )


def sort_and_count(rows: int) -> None:
    """What numpy would do to settle as many payments without queues: order them and add them up."""
    generator = np.random.default_rng(1)
    order = np.argsort(generator.integers(0, 86_400, rows), kind="stable")
    np.bincount(generator.integers(0, 1_000, rows)[order], generator.random(rows))


def day() -> None:
    """Run the true day, after one small run that compiles."""
    run_system("CIPS", Watch())
    watch, payments = Watch(), 0
    print("a true day, at its true size")
    for name in SYSTEMS:
        payments += run_system(name, watch)
    with watch.part("messages"):
        send_messages()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
    unit, rows = yardstick(), median_seconds(partial(sort_and_count, payments))
    rows_of_messages = median_seconds(partial(sort_and_count, MESSAGES // 10), 3) * 10
    print(f"{'part':12}{'over import':>14}{'over argsort+bincount':>24}{'seconds':>10}")
    for name, seconds in watch.seconds.items():
        peer = rows_of_messages if name == "messages" else rows
        print(f"{name:12}{seconds / unit:14.2f}{seconds / peer:24.2f}{seconds:10.2f}")
    total = sum(watch.seconds.values())
    print(f"{'all':12}{total / unit:14.2f}{total / (rows + rows_of_messages):24.2f}{total:10.2f}")
    print(f"peak memory {peak:.0f} MiB; import matplotlib.pyplot {unit:.2f} s; {payments:,d} payments in all")


def over_funding(system: System, traffic: DayTraffic) -> float:
    """Value settled over all liquidity brought in, prefunding and closing pay-ins, on some days."""
    opens, closes, timetable = one_session(system)
    value = brought = 0
    for seed in SEEDS:
        drawn = synthetic_day(traffic, opens, closes, seed, system.minor_units)
        settlement, settled = settle(replace(system, traffic=traffic), drawn, opens, closes, timetable)
        value += int(drawn.amount[settled >= 0].sum())
        brought += settlement.injected
    return value / brought


def turnover() -> None:
    """Turnover of CHIPS against reciprocity, and the reciprocity that gives what is published."""
    system = settlement_system("CHIPS")
    opens, closes, _ = one_session(system)
    measures: dict[str, Callable[[DayTraffic], float]] = {
        "lower bound": partial(turnover_at_lower_bound, opens=opens, closes=closes, seeds=SEEDS)
    }
    for share in SMALL_PREFUNDING:
        little = replace(system, prefunding=replace(system.prefunding, value=share))
        measures[f"1/{1 / share:.0f} + pay-ins"] = partial(over_funding, little)
    print(f"CHIPS: value over liquidity, {len(SEEDS)} days; liquidity is the lower bound, or prefunding and pay-ins")
    print("reciprocity" + "".join(f"{name:>18}" for name in measures))
    for reciprocity in (0.0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5):
        traffic = replace(system.traffic, reciprocity=reciprocity)
        print(f"{reciprocity:11.2f}" + "".join(f"{of(traffic):18.1f}" for of in measures.values()), flush=True)
    for target in PUBLISHED_TURNOVER:
        solved = (f"{solve_reciprocity(system.traffic, target, of):18.3f}" for of in measures.values())
        print(f"{target:8.0f} at" + " " + "".join(solved), flush=True)


def main() -> None:
    parts = {"day": day, "turnover": turnover}
    for name in sys.argv[1:] or ["day"]:
        parts[name]()


if __name__ == "__main__":
    main()
