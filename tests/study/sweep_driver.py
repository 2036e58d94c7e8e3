"""Runs a study with the fake engine in a process of its own, and dies where it is told.

`python sweep_driver.py STUDY OUT LOG PAUSE BACKEND [SCHEDULER]`; environment DIE_AT=PLACE:N with PLACE `middle` of the
N-th write of a result, or `rename`, between that write and its renaming.
"""

import os
import signal
import sys
from pathlib import Path

import sweep_fakes

from paysim.cli.run import stoppable
from paysim.scenario.sweep_loading import load_sweep
from paysim.study import identity
from paysim.study.sweeps import points as sweep_points
from paysim.study.sweeps import tables as sweep_tables
from paysim.study.sweeps.sweep import How, run_sweep

WRITE, RENAME = Path.write_text, Path.replace
COUNT = {"write": 0}


def dying(place, number):
    def write(path, text, **options):
        if path.name.endswith(".tmp"):
            COUNT["write"] += 1
            if place == "middle" and COUNT["write"] == number:
                WRITE(path, text[: len(text) // 2], **options)
                os.kill(os.getpid(), signal.SIGKILL)
        return WRITE(path, text, **options)

    def rename(path, target):
        if place == "rename" and path.name.endswith(".tmp") and COUNT["write"] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return RENAME(path, target)

    Path.write_text, Path.replace = write, rename


if __name__ == "__main__":
    for module in (identity, sweep_points, sweep_tables):
        module.code_digest = lambda: "c" * 64  # as in conftest.py
    file, out, log, pause, backend, *scheduler = sys.argv[1:]
    if "DIE_AT" in os.environ:
        where, _, count = os.environ["DIE_AT"].partition(":")
        dying(where, int(count))
    engine = sweep_fakes.Engine(pause=float(pause), log=Path(log))
    how = How(workers=2, backend=backend, scheduler=scheduler[0] if scheduler else None)
    with stoppable(quiet=False):
        run_sweep(load_sweep(file), Path(out), command="none", how=how, engine=engine)
