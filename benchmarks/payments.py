"""How fast the event engine is, and how it grows: ratios, for which see README.md in this folder.

    python benchmarks/payments.py [hops] [growth] [memory] [ensemble]

Without a word all four are measured, in a quarter of an hour.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from functools import partial
from statistics import median

import numpy as np
from measure import REPEATS, SCENARIOS, in_fresh_process, median_seconds, yardstick
from one_process_per_payment import Day, PaymentProcesses, Payments, take_payments
from parts import shares
from settlement import in_turn

from paysim.engine.prepared import Prepared
from paysim.engine.run import prepare
from paysim.engine.simulation import simulate
from paysim.scenario.loading import load_scenario

USUAL, MANY = 5_000, 50_000
UNTIL = "2035-12"
SEED = 1
SOURCES = ("parameters", "latent_demand", "noise")  # a replicate differs from others in all that may differ
EARLY = ("events.cut.at=2024-10-07 16:00Z",)  # so that a few months hold what is before and after the cut
CASES = ((USUAL, UNTIL, (), 25), (MANY, "2024-12", EARLY, 80))
SIZES = (50_000, 100_000, 200_000, 500_000)
REPLICATES = (2, 4, 8)
ENSEMBLE = 100
MEBIBYTE = 2**20


def story(payments: int, horizon: str, name: str = "baseline", more: Sequence[str] = ()) -> Prepared:
    changes = (f"horizon={horizon}", f"traffic.payments_per_month={payments}", *more)
    return prepare(load_scenario(SCENARIOS / f"{name}.yaml", changes))


def hops() -> None:
    """Payments a second end to end, against one SimPy process a payment with one timeout a hop; and SimPy's share."""
    for payments, horizon, more, goal in CASES:
        _against_processes(story(payments, horizon, "cutoff", more), payments, goal)
        _of_the_story(story(payments, UNTIL, "cutoff"))


def _against_processes(prepared: Prepared, payments: int, goal: int) -> None:
    drawn, funded = take_payments(prepared, SEED, 0, SOURCES)
    peer = PaymentProcesses(prepared, drawn, funded)
    peer.run()
    settled, credited = np.mean(peer.settled == drawn.settled), np.mean(peer.credited == drawn.credited)
    del peer
    gc.collect()
    gc.freeze()  # what both are handed is not searched for garbage while either is timed
    peers = [partial(_run_peer, prepared, drawn, funded, started) for started in ((), prepared.starts[:-1])]
    taken, *of_peers = in_turn(partial(simulate, prepared, SEED, 0, SOURCES), *peers, before=_tidy_up)
    gc.unfreeze()
    engine = drawn.drawn / taken
    print(
        f"cutoff.yaml to {prepared.months[-1]}, {payments:,d} payments a month, {drawn.drawn:,d} in all, one core each"
    )
    print(f"  settled at the same second:     {settled:12.2%}")
    print(f"  credited at the same second:    {credited:12.2%}")
    print(f"  hops of a message:              {drawn.hops:12.2f}")
    print(f"  engine, end to end:             {engine:12,.0f} payments/s")
    for name, seconds in zip(("all started at once:", "started with a month:"), of_peers, strict=True):
        single = len(drawn.rows) / seconds
        print(f"  peers, {name:23}  {single:12,.0f} payments/s")
        print(f"    ratio (goal {goal}):              {engine / single:12.1f}")


def _of_the_story(prepared: Prepared) -> None:
    """The engine alone, on the whole story, and where its time goes."""
    drawn = simulate(prepared, SEED, 0, SOURCES).facts["payments_submitted"]
    (taken,) = in_turn(partial(simulate, prepared, SEED, 0, SOURCES), before=_tidy_up)
    parts = [shares(prepared, SEED, 0, SOURCES) for _ in range(REPEATS)]
    print(f"  engine alone, to {prepared.months[-1]}:       {drawn / taken:12,.0f} payments/s, of whose time are")
    for part in parts[0]:
        print(f"    {part + ':':45} {median(found[part] for found in parts):6.1%}")


def _run_peer(prepared: Prepared, drawn: Payments, funded: list[Day], started: Sequence[int]) -> None:
    PaymentProcesses(prepared, drawn, funded, started).run()


def _tidy_up() -> None:
    gc.collect()


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
    taken = in_fresh_process(_run(ENSEMBLE, UNTIL, 2, "print(taken)"))
    print(f"{ENSEMBLE} replicates at {USUAL} payments a month to {UNTIL}, no figures, 2 workers")
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
    parts = {"memory": memory, "hops": hops, "growth": growth, "ensemble": ensemble}
    wanted = sys.argv[1:] or list(parts)
    for name, part in parts.items():
        if name in wanted:
            part()


if __name__ == "__main__":
    main()
