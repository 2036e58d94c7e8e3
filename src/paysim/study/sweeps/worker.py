"""What a worker does: run a block of points and read the outcomes off, so that only these travel back."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from paysim.engine.record import Record
from paysim.errors import PaysimError
from paysim.study.ensemble import CHUNK
from paysim.study.identity import digest
from paysim.study.measures import figure

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.scenario.sweep_parts import Outcome

DELAYS = "delay_hours"
"""The series that needs the delay of the base measured for every point."""


class Engine(Protocol):
    """All that a study asks of an engine; see `paysim.engine.run`."""

    def prepare(self, scenario: Scenario) -> Any:
        """Build the world of a scenario."""

    def simulate_events(self, prepared: Any, seed: int, replicate: int) -> Record:
        """Run one replicate of the event engine."""

    def simulate_mean_field(self, prepared: Any, seed: int, replicates: Sequence[int]) -> list[Record]:
        """Run replicates of the mean field in one go."""

    def simulate_points(
        self, prepared: Any, points: Sequence[Mapping[str, Any]], seed: int, replicates: Sequence[int], delays: bool
    ) -> list[list[Record]]:
        """Run replicates of worlds that differ in parameters of behaviour alone."""


@dataclass(frozen=True)
class Task:
    """A block of points, with all that is needed to run it anywhere.

    keys, behaviour : of its points
    packed : their scenario but for behaviour of their own, packed: it is the same for many blocks
    outcomes : what is read off, by its text (`paysim.study.measures.written`)
    """

    keys: tuple[str, ...]
    packed: bytes
    behaviour: tuple[dict[str, Any], ...]
    outcomes: Mapping[str, Outcome]

    @cached_property
    def name(self) -> str:
        """Name of the file of its results: a digest of the keys and of what is read off."""
        return digest({"keys": self.keys, "measures": sorted(self.outcomes)})

    def halves(self) -> tuple[Task, Task]:
        """The first and the second half of its points."""
        middle = len(self.keys) // 2
        one, other = slice(None, middle), slice(middle, None)
        return (
            replace(self, keys=self.keys[one], behaviour=self.behaviour[one]),
            replace(self, keys=self.keys[other], behaviour=self.behaviour[other]),
        )

    @property
    def world(self) -> Scenario:
        """The scenario of all points, but for behaviour of their own."""
        return unpacked(self.packed)


def packed(scenario: Scenario) -> bytes:
    """A scenario as few bytes."""
    return zlib.compress(pickle.dumps(scenario), level=1)


@lru_cache(maxsize=4)
def unpacked(scenario: bytes) -> Scenario:
    """The scenario that was packed."""
    found: Scenario = pickle.loads(zlib.decompress(scenario))
    return found


def with_behaviour(scenario: Scenario, behaviour: dict[str, Any]) -> Scenario:
    """A scenario with other parameters of behaviour."""
    if not behaviour:
        return scenario
    return scenario.model_copy(update={"behaviour": scenario.behaviour.model_copy(update=behaviour)})


@dataclass(frozen=True)
class Finding:
    """What came of a point: values of every outcome by replicate, or the error that it ended in.

    final : whether the error is the model's own, which would be the same again
    """

    key: str
    values: Mapping[str, list[float]]
    error: str = ""
    final: bool = True


def run_task(engine: Engine, task: Task) -> list[Finding]:
    """Run a block; a point that fails is found by halving, and the others are run without it."""
    places = list(range(len(task.keys)))
    if task.world.engine == "events" or not any(task.behaviour):
        return [_alone(engine, task, place) for place in places]
    return _together(engine, task, places)


def _alone(engine: Engine, task: Task, place: int) -> Finding:
    """One point by itself, made ready for itself."""
    scenario = with_behaviour(task.world, task.behaviour[place])
    try:
        prepared = engine.prepare(scenario)
        values: dict[str, list[float]] = {name: [] for name in task.outcomes}
        for records in _replicates(engine, prepared, scenario):
            _read_off(task, records, values)
    except Exception as error:
        return failure(task.keys[place], error)
    return Finding(task.keys[place], values)


def _replicates(engine: Engine, prepared: Any, scenario: Scenario) -> Iterator[list[Record]]:
    for at in _chunks(scenario.replicates, CHUNK if scenario.engine == "mean-field" else 1):
        if scenario.engine == "mean-field":
            yield engine.simulate_mean_field(prepared, scenario.seed, at)
        else:
            yield [engine.simulate_events(prepared, scenario.seed, at[0])]


def _chunks(count: int, size: int) -> list[list[int]]:
    return [list(range(at, min(at + size, count))) for at in range(0, count, size)]


def _together(engine: Engine, task: Task, places: list[int]) -> list[Finding]:
    """Points of one world in one go."""
    try:
        prepared = _prepared(engine, task.world)
    except Exception:  # the world by itself is none, but with what its points change it may be one
        return [_alone(engine, task, place) for place in places]
    try:
        return _vectorised(engine, task, prepared, places)
    except Exception as error:
        if len(places) == 1:
            return [failure(task.keys[places[0]], error)]
        middle = len(places) // 2
        return _together(engine, task, places[:middle]) + _together(engine, task, places[middle:])


def _vectorised(engine: Engine, task: Task, prepared: Any, places: list[int]) -> list[Finding]:
    points = [task.behaviour[place] for place in places]
    delays = any(DELAYS in name for name in task.outcomes)
    found: list[dict[str, list[float]]] = [{name: [] for name in task.outcomes} for _ in places]
    for replicates in _chunks(task.world.replicates, max(1, CHUNK // len(places))):
        runs = engine.simulate_points(prepared, points, task.world.seed, replicates, delays)
        for values, records in zip(found, runs, strict=True):
            _read_off(task, records, values)
    return [Finding(task.keys[place], values) for place, values in zip(places, found, strict=True)]


def _read_off(task: Task, records: Sequence[Record], into: dict[str, list[float]]) -> None:
    for name, outcome in task.outcomes.items():
        found = figure(
            outcome, records[0].months, lambda series, key: np.stack([one.values(series, key) for one in records])
        )
        into[name] += found.tolist()


_ready: tuple[Engine, str, Any] | None = None


def _prepared(engine: Engine, world: Scenario) -> Any:
    """The world made ready, kept for the next block: blocks of one world tend to follow each other."""
    global _ready
    name = world.digest()
    if _ready is None or _ready[0] != engine or _ready[1] != name:
        _ready = engine, name, engine.prepare(world)
    return _ready[2]


def failure(key: str, error: BaseException) -> Finding:
    """What is kept of a point that failed."""
    known = isinstance(error, PaysimError)
    text = str(error) if known else f"{type(error).__name__}: {error}"
    return Finding(key, {}, text.strip() or type(error).__name__, final=known)
