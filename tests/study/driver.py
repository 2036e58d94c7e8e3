"""Runs the fake ensemble in a process of its own: `python driver.py OUT REPLICATES PAUSE LOG [WORKERS] [KEYS]`."""

import sys
from pathlib import Path

import fakes

from paysim.cli.run import stoppable
from paysim.study import identity
from paysim.study.ensemble import run_ensemble

if __name__ == "__main__":
    out, replicates, pause, log, workers, keys = (*sys.argv[1:], *("2", "2")[len(sys.argv) - 5 :])
    identity.code_digest = lambda: "c" * 64  # as in conftest.py
    engine = fakes.Engine(pause=float(pause), log=Path(log))
    scenario = fakes.small(replicates=int(replicates), keys=int(keys))
    with stoppable(quiet=False):
        run_ensemble(scenario, Path(out), command="none", workers=int(workers), engine=engine)
