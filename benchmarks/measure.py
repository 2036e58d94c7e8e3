"""What the benchmarks share: medians of repeated timings, fresh processes, and the yardstick."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPEATS = 5
SCENARIOS = Path(__file__).parents[1] / "scenarios"


def median_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median wall-clock seconds of some repetitions, after one that is not counted (compilation, caches)."""
    work()
    return statistics.median(seconds(work) for _ in range(repeats))


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_fresh_process(code: str) -> Any:
    """What a new interpreter prints as JSON in its last line; it can import the modules of this folder."""
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(found.stdout.splitlines()[-1])


def yardstick() -> float:
    """Median seconds of ``import matplotlib.pyplot`` in a fresh process, by which other times are divided.

    It is work that everybody who draws a figure knows, on the same machine, at the same time.
    """
    code = "import time; begun = time.perf_counter(); import matplotlib.pyplot; print(time.perf_counter() - begun)"
    in_fresh_process(code)  # the first import reads the files from disk
    return statistics.median(float(in_fresh_process(code)) for _ in range(REPEATS))
