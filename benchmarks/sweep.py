"""What a study costs beyond its runs, what a second core saves, and the same work through EMA Workbench.

python benchmarks/sweep.py [speedup overhead points growth] [--points N] [--seconds S] [--repeats R]
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from measure import SCENARIOS, seconds

from paysim.engine.record import Record
from paysim.scenario.sweep import Sweep
from paysim.scenario.sweep_loading import load_sweep
from paysim.study.sweeps.sweep import How, run_sweep

FACTORS = {
    "lam": "{path: behaviour.cost_sensitivity, range: [0.002 /bp, 0.02 /bp], distribution: log-uniform}",
    "ratio": "{path: behaviour.network_effect, range: [0, 0.9]}",
    "bypass": "{path: behaviour.bypass_share, range: [0 %, 60 %]}",
}
MEASURED = 1000
"""Points of the mean field that are run, where ten thousand are spoken of; time is linear in points (see growth)."""
SMALL, LARGE = 200, 1000
"""Numbers of points between which the cost of one is read off, so that starting workers does not count."""


@dataclass(frozen=True)
class Busy:
    """An engine whose every run takes a fixed time of a processor and comes to one number."""

    seconds: float

    def prepare(self, scenario: Any) -> Any:
        """Take the scenario as it is."""
        return scenario

    def simulate_events(self, prepared: Any, seed: int, replicate: int) -> Record:
        """Work, and give one number."""
        work(self.seconds)
        months = np.array(["2024-07"], dtype="datetime64[M]")
        return Record(months, {"trade_index": (("CHN",), np.array([[prepared.behaviour.cost_sensitivity.best]]))})


def work(wanted: float) -> None:
    """Keep a processor busy for so many seconds of its time."""
    end = time.process_time() + wanted
    while time.process_time() < end:
        for _ in range(20_000):  # looking at the clock is work of the system, and not to be measured
            math.sqrt(2.0)


def study(folder: Path, n: int, engine: str, until: str) -> Sweep:
    """A Latin hypercube over three parameters of the cut-off."""
    for name in ("cutoff", "decoupling"):
        (folder / f"{name}.yaml").write_text((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8"), "utf-8")
    factors = "\n".join(f"  {name}: {text}" for name, text in FACTORS.items())
    (folder / "bench.yaml").write_text(
        f"format: 1\ntitle: A benchmark\nquestion: none\nbase: cutoff.yaml\nuntil: {until}\nengine: {engine}\n"
        f"factors:\n{factors}\ndesign: {{kind: latin-hypercube, n: {n}}}\n"
        "outcomes:\n  trade: {series: trade_index, key: CHN, at: end}\n",
        "utf-8",
    )
    return load_sweep(folder / "bench.yaml")


def took(n: int, each: float, workers: int) -> float:
    """Seconds of a study of n points that are busy for so many seconds each."""
    with tempfile.TemporaryDirectory() as name:
        one = study(Path(name), n, "events", "2024-07")
        how = How(workers=workers)
        return seconds(lambda: run_sweep(one, Path(name) / "out", command="none", how=how, engine=Busy(each)))


def took_ema(n: int, each: float, workers: int) -> float:
    """Seconds of the same work through EMA Workbench."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells which of its optional parts are not installed
        from ema_workbench import Model, MultiprocessingEvaluator, RealParameter, ScalarOutcome, SequentialEvaluator

    model = Model("busy", function=EmaModel(each))
    model.uncertainties = [RealParameter(name, 0.0, 1.0) for name in FACTORS]
    model.outcomes = [ScalarOutcome("trade")]

    def run() -> None:
        if workers == 1:
            with SequentialEvaluator(model) as evaluator:
                evaluator.perform_experiments(n)
        else:
            with MultiprocessingEvaluator(model, n_processes=workers) as evaluator:
                evaluator.perform_experiments(n)

    return seconds(run)


@dataclass(frozen=True)
class EmaModel:
    """The busy work as EMA Workbench calls it."""

    seconds: float
    __name__ = "busy"

    def __call__(self, **factors: float) -> dict[str, float]:
        """Work, and give one number."""
        work(self.seconds)
        return {"trade": factors["lam"]}


def speedup(points: int, each: float, repeats: int) -> None:
    """Medians of one worker and two, in turn."""
    times: dict[str, list[float]] = {name: [] for name in ("one", "two", "ema one", "ema two")}
    for _ in range(repeats):
        for name, function, workers in (
            ("one", took, 1),
            ("two", took, 2),
            ("ema one", took_ema, 1),
            ("ema two", took_ema, 2),
        ):
            times[name].append(function(points, each, workers))
    own, two, ema, ema_two = (statistics.median(found) for found in times.values())
    print(f"{points} points of {each:g} s, medians of {repeats}:")
    print(f"  paysim         {own / two:.2f} times as fast on two cores (goal 1.6)")
    print(f"  EMA Workbench  {ema / ema_two:.2f} times")
    print(f"  paysim takes {two / ema_two:.2f} times the time of EMA Workbench on two cores, {own / ema:.2f} on one")


def overhead(repeats: int) -> None:
    """Cost of a point that takes no time, from the slope between two sizes."""
    slopes = [(took(LARGE, 0.0, 2) - took(SMALL, 0.0, 2)) / (LARGE - SMALL) for _ in range(repeats)]
    print(f"overhead: {1000.0 * statistics.median(slopes):.2f} ms a point (goal 5)")


def points(measured: int, workers: int = 2) -> None:
    """Ten thousand points of the mean field, by as many as are measured."""
    with tempfile.TemporaryDirectory() as name:
        one = study(Path(name), measured, "mean-field", "2035-12")
        found = seconds(lambda: run_sweep(one, Path(name) / "out", command="none", how=How(workers=workers)))
    how = "measured" if measured == 10_000 else f"extrapolated from {measured:,}"
    minutes = found * 10_000 / measured / 60.0
    print(f"10,000 points of cutoff.yaml to 2035, mean field, two workers: {minutes:.1f} min (goal 10), {how}")


def growth(repeats: int) -> None:
    """Exponent of time over the number of points."""
    sizes = (250, 1000, 4000)
    found = [statistics.median(took(size, 0.0, 2) for _ in range(repeats)) for size in sizes]
    exponent = np.polyfit(np.log(sizes), np.log(found), 1)[0]
    print(f"growth: time of {sizes[-1]:,} points over {sizes[0]:,}: exponent {exponent:.2f} (1 is linear)")


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = ("speedup", "overhead", "points", "growth")
    parser.add_argument("parts", nargs="*", choices=[*names, []], default=[])
    parser.add_argument("--points", type=int, default=200, help="of speedup")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a point of speedup")
    parser.add_argument("--measured", type=int, default=MEASURED, help="points of the mean field")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(words)
    for part in asked.parts or names:
        if part == "speedup":
            speedup(asked.points, asked.seconds, asked.repeats)
        elif part == "overhead":
            overhead(asked.repeats)
        elif part == "points":
            points(asked.measured)
        else:
            growth(asked.repeats)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")  # as EMA Workbench takes it on this system
    main()
