"""Running a study: every point once, on all cores or on a cluster, whatever is interrupted.

A point is known by a key: a digest of its scenario with its seed, of the code and of all that computes. What has been
computed under a key is never computed again, by this study or by another one in the same folder.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.errors import ResultsError
from paysim.study.execute import worker_count
from paysim.study.folder import holds_own, not_own, placed
from paysim.study.measures import written
from paysim.study.progress import Progress
from paysim.study.results import MANIFEST_FILE, read_manifest
from paysim.study.store import write_json
from paysim.study.sweeps.backends import Handing, Pool, make_pool
from paysim.study.sweeps.cache import POINTS_FOLDER, Cache, Index
from paysim.study.sweeps.points import Points
from paysim.study.sweeps.results import OWN_ENTRIES, SweepResults, run_checks
from paysim.study.sweeps.tables import make_manifest, write_outcomes, write_sample
from paysim.study.sweeps.worker import Engine, Finding, Task

if TYPE_CHECKING:
    from paysim.scenario.sweep import Sweep

Array = NDArray[np.float64]
Bool = NDArray[np.bool_]

_WHO = "paysim sweep did not write"


@dataclass(frozen=True)
class How:
    """How the points of a study are run; nothing of it changes a result.

    workers : worker processes, by default one a core;  backend : ``local`` or ``dask``
    scheduler : address of a Dask scheduler;  time_limit : seconds;  fresh : compute anew what is there
    shard : this part of so many, (1, 4) is the first of four;  limit : only the first points
    """

    workers: int | None = None
    backend: str = "local"
    scheduler: str | None = None
    time_limit: float | None = None
    fresh: bool = False
    shard: tuple[int, int] | None = None
    limit: int | None = None

    @property
    def part(self) -> str | None:
        """The part of the points that is asked for, in words; None for all."""
        if self.limit is not None:
            return f"the first {self.limit}"
        return None if self.shard is None else f"shard {self.shard[0]} of {self.shard[1]}"


def shipped_engine() -> Engine:
    """Give the engine of paysim."""
    from paysim.engine import run

    return run


def run_sweep(
    sweep: Sweep,
    out: Path,
    *,
    command: str,
    how: How | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> SweepResults:
    """Run what is missing of a study and write its tables to ``out/<name>``; results of points are in ``out/points``.

    command : the command that repeats the study, for the manifest

    The tables are written when a time limit was reached as well, of what is finished. Raises ResultsError if something
    else is in the way, PaysimError if workers end again and again or no cluster answers.
    """
    how, progress = how or How(), progress or Progress()
    deadline = None if how.time_limit is None else time.monotonic() + how.time_limit
    make_way(out, sweep.name)
    points, cache = Points(sweep), Cache(out)
    cache.tidy()
    blocks = points.blocks()
    asked, blocks = _asked(points, blocks, how)
    if how.fresh:
        cache.forget({points.keys[point].tobytes() for point in np.flatnonzero(asked).tolist()})
    measures = {name: written(outcome) for name, outcome in sweep.outcomes.items()}
    index = Index(cache, points.keys, list(measures.values()))
    index.done[list(points.problems)] = True
    todo = [left for block in blocks if (left := tuple(one for one in block if not index.done[one]))]
    if not todo and (there := _this_very(sweep, points, out, how)) is not None:
        progress.note(f"{there.folder} holds this very study already: nothing was run again (--fresh runs it anew)")
        return there
    if todo:
        count = worker_count(how.workers)
        workers = min(count, len(todo)) if how.backend == "local" else count
        pool = make_pool(engine or shipped_engine(), how.backend, workers, how.scheduler)
        _run(points, todo, index, cache, pool, deadline, progress, asked)
    return _publish(points, index, measures, out, command, how.part, asked)


def run_points(
    points: Points, out: Path, *, how: How | None = None, progress: Progress | None = None, engine: Engine | None = None
) -> dict[str, Array]:
    """Run what is missing of some points and give their outcomes, (n, R) each; nan at points that fail or are left.

    Results of points are in ``out/points``, as those of studies are; no table is written. Raises as `run_sweep` does.
    """
    how, progress, cache = how or How(), progress or Progress(), Cache(out)
    if out.exists() and not out.is_dir():
        raise ResultsError(f"{out} is a file; --out names a folder")
    deadline = None if how.time_limit is None else time.monotonic() + how.time_limit
    cache.tidy()
    asked, blocks = _asked(points, points.blocks(), how)
    measures = {name: written(outcome) for name, outcome in points.sweep.outcomes.items()}
    index = Index(cache, points.keys, list(measures.values()))
    index.done[list(points.problems)] = True
    todo = [left for block in blocks if (left := tuple(one for one in block if not index.done[one]))]
    if todo:
        pool = make_pool(engine or shipped_engine(), how.backend, min(worker_count(how.workers), len(todo)), None)
        _run(points, todo, index, cache, pool, deadline, progress, asked)
    found = {name: np.full((len(points), points.sweep.replicates), np.nan) for name in measures}
    for point, finding in _findings(points, index, asked):
        for name, text in measures.items():
            if not finding.error:
                found[name][point] = finding.values[text]
    return found


def make_way(out: Path, name: str) -> None:
    """See that nothing of somebody else's is where the results of a study go."""
    if name == POINTS_FOLDER:
        raise ResultsError(f"a study cannot be named {name}: that folder is for the results of points")
    if out.exists() and not out.is_dir():
        raise ResultsError(f"{out} is a file; --out names a folder")
    holds_own(out / name, OWN_ENTRIES, MANIFEST_FILE, _WHO)
    if (out / name / MANIFEST_FILE).is_file() and read_manifest(out / name).get("kind") != "sweep":
        raise not_own(out / name, (), _WHO)


def _asked(points: Points, blocks: list[tuple[int, ...]], how: How) -> tuple[Bool, list[tuple[int, ...]]]:
    """Which points are asked for, (n,), and the blocks that hold them, which are run whole."""
    asked = np.ones(len(points), dtype=bool)
    if how.limit is not None:
        asked[how.limit :] = False
        keys = {points.key(point) for point in range(min(how.limit, len(points)))}
        return asked, [block for block in blocks if any(points.key(one) in keys for one in block)]
    if how.shard is None:
        return asked, blocks
    number, count = how.shard
    mine = blocks[number - 1 :: count]
    keys = {points.key(one) for block in mine for one in block}
    for point in range(len(points)):
        asked[point] = point % count == number - 1 if point in points.problems else points.key(point) in keys
    return asked, mine


def _run(
    points: Points,
    todo: Sequence[tuple[int, ...]],
    index: Index,
    cache: Cache,
    pool: Pool,
    deadline: float | None,
    progress: Progress,
    asked: Bool,
) -> None:
    """Run blocks and store what comes of each; a deadline ends it."""
    progress.start("points", int(asked.sum()), int((index.done & asked).sum()))

    def found(task: Task, findings: list[Finding]) -> None:
        brought = index.add(cache.write(task.name, findings))
        progress.advance(int(asked[brought].sum()))

    try:
        with Handing(pool, found, deadline) as handing:
            whole = handing.run(_tasks(points, todo))
        if not whole:
            progress.note("the time limit was reached: what is finished is kept, the same command goes on from there")
    finally:
        progress.close()


def _tasks(points: Points, todo: Sequence[tuple[int, ...]]) -> Iterator[Task]:
    outcomes = {written(outcome): outcome for outcome in points.sweep.outcomes.values()}
    for numbers in todo:
        keys = tuple(points.key(one) for one in numbers)
        yield Task(
            keys=keys,
            packed=points.packed_world(numbers[0]),
            behaviour=tuple(points.behaviour(one) for one in numbers),
            outcomes=outcomes,
        )


def _this_very(sweep: Sweep, points: Points, out: Path, how: How) -> SweepResults | None:
    """The tables of this very study, whole, if they are there."""
    try:
        results = SweepResults(out / sweep.name)
        whole = results.missing == 0 and results.manifest["part"] is None and how.part is None
        same = results.manifest["run"]["study"] == sweep.digest()
        keys = results.sample().column("key").to_pylist() if whole and same else []
    except (ResultsError, OSError, KeyError):
        return None
    return results if keys == [points.key(point) for point in range(len(points))] and not how.fresh else None


def _publish(
    points: Points,
    index: Index,
    measures: dict[str, str],
    out: Path,
    command: str,
    part: str | None,
    asked: Bool,
) -> SweepResults:
    """Write the tables of what is finished, and put them in place in one step."""
    sweep = points.sweep
    folder = out / sweep.name
    with placed(folder) as building:
        write_sample(building, points)
        counts = write_outcomes(building, points, _findings(points, index, asked), measures)
        counts["missing"] = len(points) - counts["finished"] - counts["failed"]
        counts["left"] = counts["missing"] - int((~asked).sum())
        manifest = make_manifest(building, points, counts, command, part, ())
        write_json(building / MANIFEST_FILE, manifest)
        results = SweepResults(building)
        values = {name: results.outcome(name) for name in {check.outcome for check in sweep.checks}}
        checks = [one.data() for one in run_checks(sweep, values, counts["missing"])]
        write_json(building / MANIFEST_FILE, {**manifest, "checks": checks})
    return SweepResults(folder)


def _findings(points: Points, index: Index, asked: Bool) -> Iterator[tuple[int, Finding]]:
    for point in np.flatnonzero(asked).tolist():
        if point in points.problems:
            yield point, Finding("", {}, points.problems[point])
        elif (finding := index.finding(point, points.key(point))) is not None:
            yield point, finding


def merge_sweeps(sweep: Sweep, folders: Sequence[Path], out: Path, *, command: str) -> SweepResults:
    """Bring the results of a study's shards together in one folder and write its tables.

    folders : what was ``out`` of each shard

    Raises ResultsError where a folder holds another study, or one computed by another version or on another machine.
    """
    make_way(out, sweep.name)
    points = Points(sweep)
    keys = [points.key(point) for point in range(len(points))]
    wanted = {points.keys[point].tobytes() for point in range(len(points))}
    cache = Cache(out)
    for folder in folders:
        there = SweepResults(folder / sweep.name)
        if there.sample().column("key").to_pylist() != keys:
            raise ResultsError(
                f"{there.folder} is of {_differences(there, points)}; only parts of one study are merged"
            )
        if folder.resolve() != out.resolve():
            cache.take_over(Cache(folder), wanted)
    measures = {name: written(outcome) for name, outcome in sweep.outcomes.items()}
    index = Index(cache, points.keys, list(measures.values()))
    return _publish(points, index, measures, out, command, None, np.ones(len(points), dtype=bool))


def _differences(there: SweepResults, points: Points) -> str:
    from paysim.study.identity import Identity, code_digest, machine, versions

    run = {"study": points.sweep.digest(), "code": code_digest(), "versions": versions(), "platform": machine()}
    differ = Identity(dict(there.manifest["run"])).differences(Identity(run))
    return f"another study or version ({', '.join(differ) or 'the scenario that it starts from'})"
