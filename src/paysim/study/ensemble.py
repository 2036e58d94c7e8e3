"""Many replicates of one scenario on all cores, stored as they end.

An ensemble runs the scenario's engine with every source of uncertainty that the scenario has switched on. Beside it the
mean-field engine runs with one source at a time, so that the bands of parameters, latent demand and observation noise
can be drawn apart, and once with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from paysim.engine.record import Record
from paysim.study.execute import Workers, worker_count
from paysim.study.identity import Identity
from paysim.study.pieces import missing, write_piece
from paysim.study.progress import Progress
from paysim.study.results import Results, load_results
from paysim.study.store import Finish, Store

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

SOURCES = ("parameters", "latent_demand", "noise")
"""The sources of uncertainty that can be switched apart."""

CHUNK = 50
"""Replicates that the mean field runs at once. Fixed: neither workers nor interruptions change what is computed."""

SOURCE_DRAWS = 60
"""At most so many draws for the band of a single source; the run's own replicates if they are fewer."""


class Prepared(Protocol):
    """What an engine makes of a scenario before the first replicate; it must be possible to pickle it."""

    @property
    def world_facts(self) -> dict[str, Any]:
        """What is known of the world without running it, ``gamma_c`` among it."""


class Engine(Protocol):
    """All that an ensemble asks of an engine."""

    def prepare(self, scenario: Scenario) -> Any:
        """Build the world of a scenario, once for all replicates."""

    def simulate_events(self, prepared: Any, seed: int, replicate: int) -> Record:
        """Run one replicate of the event engine."""

    def simulate_mean_field(
        self, prepared: Any, seed: int, replicates: Sequence[int], sources: tuple[str, ...]
    ) -> list[Record]:
        """Run some replicates of the mean field with some of the sources of uncertainty."""


def shipped_engine() -> Engine:
    """Give the engine of paysim."""
    from paysim.engine import run

    return run


@dataclass(frozen=True)
class Task:
    """Replicates that one worker runs in one go.

    band : what they are for: ``all``, one of the sources, or ``none``
    engine : ``events`` (one replicate) or ``mean-field`` (a chunk)
    sources : the sources of uncertainty that are on, for the mean field
    """

    band: str
    engine: str
    replicates: tuple[int, ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Job:
    """What every worker knows."""

    engine: Engine
    prepared: Any
    seed: int
    folder: Path
    run: str


_job: _Job | None = None


def _start_worker(job: _Job) -> None:
    global _job
    _job = job


def _run_task(task: Task) -> None:
    job = _job
    if job is None:
        raise RuntimeError("a worker was given a task before it was started")
    folder = job.folder / task.band
    if task.engine == "events":
        (replicate,) = task.replicates
        write_piece(folder, job.engine.simulate_events(job.prepared, job.seed, replicate), replicate, job.run)
        return
    records = job.engine.simulate_mean_field(job.prepared, job.seed, task.replicates, task.sources)
    for replicate, record in zip(task.replicates, records, strict=True):
        write_piece(folder, record, replicate, job.run)


def main_tasks(scenario: Scenario) -> list[Task]:
    """List the tasks of the scenario's own engine, band ``all``."""
    if scenario.engine == "events":
        return [Task("all", "events", (replicate,)) for replicate in range(scenario.replicates)]
    return _chunks("all", scenario.replicates, switched_on(scenario))


def band_tasks(scenario: Scenario) -> list[Task]:
    """List the mean-field tasks that set the sources of uncertainty apart."""
    draws = min(scenario.replicates, SOURCE_DRAWS)
    tasks = _chunks("none", 1, ())
    for source in switched_on(scenario):
        tasks += _chunks(source, draws, (source,))
    return tasks


def switched_on(scenario: Scenario) -> tuple[str, ...]:
    """Name the sources of uncertainty that the scenario has on."""
    return tuple(source for source in SOURCES if getattr(scenario.uncertainty, source))


def _chunks(band: str, count: int, sources: tuple[str, ...]) -> list[Task]:
    starts = range(0, count, CHUNK)
    return [Task(band, "mean-field", tuple(range(at, min(at + CHUNK, count))), sources) for at in starts]


def run_ensemble(
    scenario: Scenario,
    out: Path,
    *,
    command: str,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    finish: Finish | None = None,
    engine: Engine | None = None,
) -> Results:
    """Run a scenario and store it in the folder ``out``, or say that it is there already.

    scenario : what to run, with its replicates, seed, horizon and engine
    command : the command that repeats the run, for the manifest
    workers : worker processes, by default one a core; has no effect on the results
    overwrite : replace a finished run that is in the folder
    progress : told how far the run is, by default nobody
    finish : called with the finished run and the folder to which it may add files (figures), before the run appears
        under its name; again, with the run as stored, if it was there already

    Raises ResultsError if something else is in the folder, PaysimError if workers die again and again.
    """
    engine = engine or shipped_engine()
    progress = progress or Progress()
    store = Store.open(out, Identity.of(scenario))
    if not overwrite and store.holds_this():
        progress.note(f"{out} holds this very run already: nothing was run again (--overwrite runs it anew)")
        return store.refinish(finish)
    store.make_way(overwrite)
    prepared = engine.prepare(scenario)
    tasks = (main_tasks(scenario), band_tasks(scenario))
    try:
        _run_tasks(tasks, _Job(engine, prepared, scenario.seed, store.partial, store.identity.key), workers, progress)
    finally:
        progress.close()
    bands: dict[str, int] = {}
    for task in (*tasks[0], *tasks[1]):
        bands[task.band] = bands.get(task.band, 0) + len(task.replicates)
    store.publish(scenario, bands, prepared.world_facts, command, finish)
    return load_results(out)


def _run_tasks(phases: tuple[list[Task], list[Task]], job: _Job, workers: int | None, progress: Progress) -> None:
    labels = ("replicates", "draws for the bands of each source")
    with Workers[Task](worker_count(workers), _start_worker, (job,)) as pool:
        for label, tasks in zip(labels, phases, strict=True):
            left = _missing(tasks, job)
            if left:
                total = _replicates(tasks)
                progress.start(label, total, total - _replicates(left))
                pool.run(_run_task, partial(_missing, tasks, job), lambda task: progress.advance(len(task.replicates)))


def _replicates(tasks: Sequence[Task]) -> int:
    return sum(len(task.replicates) for task in tasks)


def _missing(tasks: Sequence[Task], job: _Job) -> list[Task]:
    return [task for task in tasks if missing(job.folder / task.band, task.replicates, job.run)]
