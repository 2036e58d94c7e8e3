"""A study of a scenario that is loaded as every other, with an engine that costs nothing; and ways to go wrong."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paysim.engine.record import Record
from paysim.errors import CalibrationError
from paysim.study.sweeps.worker import run_task

BASE = """
format: 1
title: A stand-in
question: none
horizon: 2024-12
"""

STUDY = """
format: 1
title: A study
question: none
base: base.yaml
factors:
  lam: {{path: behaviour.cost_sensitivity, range: [0.002 /bp, 0.02 /bp], distribution: log-uniform}}
  by: {{path: behaviour.bypass_share, range: [0 %, 60 %]}}
design: {{kind: {kind}, n: {n}}}
engine: {engine}
outcomes:
  trade: {{series: trade_index, key: CHN, at: end}}
  share: {{series: true_share, key: CNY, over: [2024-07, 2024-12], reduce: mean}}
{more}
"""


def study(
    folder: Path, n: int = 120, engine: str = "mean-field", kind: str = "latin-hypercube", more: str = ""
) -> Path:
    """Write a study and its base into a folder."""
    (folder / "base.yaml").write_text(BASE)
    path = folder / "study.yaml"
    path.write_text(STUDY.format(n=n, engine=engine, kind=kind, more=more))
    return path


@dataclass(frozen=True)
class Engine:
    """Outcomes are closed forms of the parameters, so that every point can be checked.

    pause : seconds that a run takes;  log : a file to which every point that is run adds a line
    kill : a cost sensitivity from which on a worker dies, once (it makes the file ``once``), or always without that
    broken : a cost sensitivity from which on a point raises; known : whether the error is the model's own
    """

    pause: float = 0.0
    log: Path | None = None
    kill: float | None = None
    once: Path | None = None
    broken: float | None = None
    known: bool = True
    mend: Path | None = None

    def prepare(self, scenario: Any) -> Any:
        return scenario

    def simulate_points(
        self, prepared: Any, points: Sequence[Mapping[str, Any]], seed: int, replicates: Sequence[int], delays: bool
    ) -> list[list[Record]]:
        own = [prepared.behaviour.model_copy(update=dict(point)) for point in points]
        return [[self._run(behaviour, seed, replicate) for replicate in replicates] for behaviour in own]

    def simulate_mean_field(self, prepared: Any, seed: int, replicates: Sequence[int]) -> list[Record]:
        return [self._run(prepared.behaviour, seed, replicate) for replicate in replicates]

    def simulate_events(self, prepared: Any, seed: int, replicate: int) -> Record:
        return self._run(prepared.behaviour, seed, replicate)

    def _run(self, behaviour: Any, seed: int, replicate: int) -> Record:
        lam, share = behaviour.cost_sensitivity.best, behaviour.bypass_share.best
        if self.broken is not None and lam >= self.broken and not (self.mend is not None and self.mend.exists()):
            raise CalibrationError(f"{lam} cannot be") if self.known else ArithmeticError(f"{lam} is odd")
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{lam!r}:{replicate}\n")
        time.sleep(self.pause)
        if self.kill is not None and lam >= self.kill and (self.once is None or not self.once.exists()):
            if self.once is not None:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return record(lam, share, seed, replicate)


def record(lam: float, share: float, seed: int, replicate: int) -> Record:
    """Trade rises by a tenth of the bypass share a month; the yuan's share is ten times the cost sensitivity."""
    months = np.arange(np.datetime64("2024-07", "M"), np.datetime64("2025-01", "M"))
    path = np.arange(len(months), dtype=float)[:, np.newaxis]
    luck = 1e-3 * np.random.Generator(np.random.PCG64([seed, replicate])).standard_normal()
    series = {
        "trade_index": (("USA", "CHN"), 1.0 + 0.1 * share * path * np.array([0.0, 1.0])),
        "true_share": (("CNY",), 10.0 * lam + luck + 0.0 * path),
    }
    return Record(months, series)


class Inline:
    """A pool without processes, where nothing is tested about them."""

    count = 1

    def __init__(self, engine):
        self.engine = engine

    def submit(self, task):
        future = Future()
        future.set_result(run_task(self.engine, task))
        return future

    def findings(self, future):
        return future.result()

    def renew(self):
        raise AssertionError("nothing can break here")

    def close(self, kill):
        pass
