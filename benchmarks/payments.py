"""How fast the event engine is, and how it grows: ratios, for which see README.md in this folder.

    python benchmarks/payments.py [speed] [growth] [memory] [ensemble]

Without a word all four are measured, in some minutes.
"""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
from measure import REPEATS, SCENARIOS, in_fresh_process, median_seconds, yardstick
from one_process_per_payment import Day, PaymentProcesses, Payments, take_payments

from paysim.engine.prepared import Prepared
from paysim.engine.run import prepare
from paysim.engine.simulation import simulate
from paysim.scenario.loading import load_scenario

USUAL = 5_000
SIZES = (50_000, 100_000, 200_000, 500_000)
REPLICATES = (2, 4, 8)
ENSEMBLE = 100
MEBIBYTE = 2**20


def story(payments: int, horizon: str, name: str = "baseline") -> Prepared:
    changes = (f"horizon={horizon}", f"traffic.payments_per_month={payments}")
    return prepare(load_scenario(SCENARIOS / f"{name}.yaml", changes))


def run_peer(prepared: Prepared, drawn: Payments, funded: list[Day]) -> None:
    PaymentProcesses(prepared, drawn, funded).run()


def speed() -> None:
    """Payments a second end to end, and against one SimPy process for every payment."""
    for payments, horizon in ((USUAL, "2025-06"), (50_000, "2024-08")):
        prepared = story(payments, horizon)
        drawn, funded = take_payments(prepared)
        peer = PaymentProcesses(prepared, drawn, funded)
        peer.run()
        inside = drawn.system < 0
        same = (peer.settled == drawn.settled) | inside
        engine = drawn.drawn / median_seconds(partial(simulate, prepared, 1, 0, ()))
        single = len(drawn.submitted) / median_seconds(partial(run_peer, prepared, drawn, funded))
        print(f"{payments} payments a month, {drawn.drawn} payments in all, one core")
        print(f"  engine, end to end:             {engine:12,.0f} payments/s")
        print(f"  one process per payment:        {single:12,.0f} payments/s")
        print(f"  settled at the same second:     {same.mean():12.2%}")
        print(f"  ratio:                          {engine / single:12.1f}")


def growth() -> None:
    """Exponent of time over payments a month."""
    times = []
    for payments in SIZES:
        prepared = story(payments, "2024-07")
        times.append(median_seconds(partial(simulate, prepared, 1, 0, ()), REPEATS))
    exponent = np.polyfit(np.log(SIZES), np.log(times), 1)[0]
    print("growth with the number of payments a month")
    for payments, time in zip(SIZES, times, strict=True):
        print(f"  {payments:8,d}: {time / times[0]:6.2f} times as long as {SIZES[0]:,d}")
    print(f"  exponent:                       {exponent:12.2f}")


def memory() -> None:
    """Peak memory of runs with more and more replicates."""
    print("peak memory of `paysim run --no-figures` and its workers against the number of replicates")
    for replicates in REPLICATES:
        peak = in_fresh_process(_run(replicates, "2026-06", 1, "print(max(own, of_children))"))
        print(f"  {replicates:3d} replicates:                  {peak / 1024:12.0f} MiB")


def ensemble() -> None:
    """The usual run, as a multiple of the yardstick."""
    unit = yardstick()
    taken = in_fresh_process(_run(ENSEMBLE, "2035-12", 2, "print(taken)"))
    print(f"{ENSEMBLE} replicates at {USUAL} payments a month to 2035-12, no figures, 2 workers")
    print(f"  over import matplotlib.pyplot:  {taken / unit:12.1f}  (the import takes {unit:.2f} s here)")


def _run(replicates: int, until: str, workers: int, show: str) -> str:
    return f"""
import resource, tempfile, time
import paysim
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        paysim.run({str(SCENARIOS / "cutoff.yaml")!r}, replicates={replicates}, until={until!r}, workers={workers},
                   out=folder + "/run", figures=False)
        taken = time.perf_counter() - begun
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    {show}
"""


def main() -> None:
    # Memory comes first: a new process inherits the peak of the one that started it, as the system counts.
    parts = {"memory": memory, "speed": speed, "growth": growth, "ensemble": ensemble}
    wanted = sys.argv[1:] or list(parts)
    for name, part in parts.items():
        if name in wanted:
            part()


if __name__ == "__main__":
    main()
