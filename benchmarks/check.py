"""How long `paysim check` takes on all shipped scenarios, as a multiple of one `paysim run` of the cut-off.

python benchmarks/check.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import SCENARIOS


def seconds(*words: str) -> float:
    """Wall time of a command in a fresh process; it must end well, or, for checks, with a failed check."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "paysim", *words], capture_output=True, text=True)
    taken = time.perf_counter() - began
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return taken


def main() -> None:
    files = sorted(str(file) for file in SCENARIOS.glob("*.yaml"))
    with TemporaryDirectory() as folder:
        out = str(Path(folder) / "cutoff")
        run = seconds("run", str(SCENARIOS / "cutoff.yaml"), "--quiet", "--out", out)
    check = seconds("check", *files, "--quiet")
    print(f"paysim check, {len(files)} scenarios: {check / run:.2f} times a run of cutoff.yaml")
    print(f"  {check:.0f} s and {run:.0f} s")


if __name__ == "__main__":
    main()
