"""The points of a study: what each changes, the key under which its result is known, and blocks that run together.

A **world** is a scenario with all that is no parameter of behaviour. The mean field runs points of one world together,
in **blocks** that depend on the study alone: neither workers, nor shards, nor an interruption change what is computed
in one go, and with it the last bits of a result.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import ScenarioError
from paysim.model.parameters import Parameters
from paysim.study.ensemble import CHUNK
from paysim.study.identity import code_digest, digest, machine, versions
from paysim.study.sweeps.design import said, unit_sample
from paysim.study.sweeps.worker import packed, with_behaviour

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.scenario.sweep import Sweep

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_BEHAVIOUR = "behaviour."
_DRAWN = {field.name for field in fields(Parameters)}
_KEY_BYTES = 32
_WORLDS = 32
"""Worlds that are kept once read."""


class Points:
    """All points of a study, n of D factors.

    units : (n, D) where they lie in the unit cube: where the design puts them, unless they are given
    keys : (n, 32) bytes
    """

    def __init__(self, sweep: Sweep, units: Array | None = None) -> None:
        self.sweep = sweep
        self.names = tuple(sweep.factors)
        self.units = unit_sample(sweep) if units is None else units
        self.problems: dict[int, str] = {}
        """What is wrong with points that are no scenario at all, by number."""
        self._world = lru_cache(maxsize=_WORLDS)(self._load)
        self._packed = lru_cache(maxsize=_WORLDS)(lambda file, changed: packed(self._world(file, changed)))
        self.keys = self._find_keys()

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def drawn(self) -> tuple[int, ...]:
        """Factors (columns) that only set parameters of behaviour; the mean field is vectorised along them."""
        found = []
        for place, factor in enumerate(self.sweep.factors.values()):
            path = factor.path or ""
            if path.startswith(_BEHAVIOUR) and path.removeprefix(_BEHAVIOUR) in _DRAWN:
                found.append(place)
        return tuple(found)

    @cached_property
    def _apart(self) -> tuple[int, ...]:
        """The other factors: they make the world."""
        return tuple(place for place in range(len(self.names)) if place not in self.drawn)

    def text(self, point: int, place: int) -> str:
        """What a factor is at a point, as a person writes it."""
        factor = self.sweep.factors[self.names[place]]
        return said(factor, float(self.units[point, place]))

    def changes(self, point: int, places: Sequence[int] | None = None) -> tuple[Path, tuple[str, ...]]:
        """The scenario file of a point and what is changed in it: by all factors, or by some."""
        file = self.sweep.scenario_file()
        changed = list(self.sweep.fixed())
        for place in range(len(self.names)) if places is None else places:
            factor, text = self.sweep.factors[self.names[place]], self.text(point, place)
            if factor.path is None:
                file = self.sweep.scenario_file(text)
            else:
                changed.append(f"{factor.path}={text}")
        return file, tuple(changed)

    def command(self, point: int) -> str:
        """The command that runs a point by itself."""
        file, changed = self.changes(point)
        sweep = self.sweep
        words = ["paysim", "run", file.as_posix(), "--engine", sweep.engine]
        words += ["--replicates", str(sweep.replicates), "--seed", str(sweep.seed)]
        words += [] if sweep.until is None else ["--until", f"{sweep.until:%Y-%m}"]
        return shlex.join(words + [word for change in changed for word in ("--set", change)])

    def world(self, point: int) -> Scenario:
        """The scenario of a point without the parameters of behaviour of its own; ScenarioError where there is none."""
        return self._world(*self.changes(point, self._apart))

    def packed_world(self, point: int) -> bytes:
        """The same, packed for workers."""
        return self._packed(*self.changes(point, self._apart))

    def _load(self, file: Path, changed: tuple[str, ...]) -> Scenario:
        from paysim.scenario.loading import load_scenario

        sweep = self.sweep
        own = (f"engine={sweep.engine}", f"replicates={sweep.replicates}", f"seed={sweep.seed}")
        return sweep.shortened(load_scenario(file, (*changed, *own)))

    def behaviour(self, point: int) -> dict[str, Any]:
        """Parameters of behaviour that a point has of its own, by name."""
        from paysim.scenario.behaviour import Behaviour
        from paysim.scenario.uncertain import read_uncertain

        found = {}
        for place in self.drawn:
            factor = self.sweep.factors[self.names[place]]
            name = str(factor.path).removeprefix(_BEHAVIOUR)
            text = self.text(point, place)
            written = text if factor.unit else _as_read(text) if factor.range is None else float(text)
            found[name] = read_uncertain(Behaviour.model_fields[name], written)
        return found

    def scenario(self, point: int) -> Scenario:
        """The scenario of a point with all that it changes; ScenarioError where there is none."""
        return with_behaviour(self.world(point), self.behaviour(point))

    @cached_property
    def worlds(self) -> Index:
        """Number of the world of every point, (n,), in the order in which they appear."""
        if not self._apart:
            return np.zeros(len(self.units), dtype=np.int64)
        columns = []
        for place in self._apart:
            texts = [self.text(point, place) for point in range(len(self.units))]
            columns.append(np.unique(texts, return_inverse=True)[1])
        _, first, inverse = np.unique(np.column_stack(columns), axis=0, return_index=True, return_inverse=True)
        order = np.argsort(np.argsort(first))
        return np.asarray(order[inverse.reshape(-1)], dtype=np.int64)

    def _find_keys(self) -> NDArray[np.uint8]:
        found = np.zeros((len(self.units), _KEY_BYTES), dtype=np.uint8)
        around = digest({"code": code_digest(), "versions": versions(), "platform": machine()})
        digests = None
        for point in np.argsort(self.worlds, kind="stable").tolist():
            try:
                world = self.world(point)
                if digests is None or digests.world is not world:
                    digests = _Digests(world)
                parts: dict[str, object] = {"scenario": digests.of(self.behaviour(point)), "around": around}
            except (ScenarioError, ValueError) as error:
                self.problems[point] = str(error)
                parts = {"scenario": "none", "changes": [str(part) for part in self.changes(point)], "around": around}
            found[point] = np.frombuffer(bytes.fromhex(digest(parts)), dtype=np.uint8)
        return found

    @cached_property
    def firsts(self) -> Index:
        """The first of every set of equal points."""
        return np.asarray(np.unique(self.keys, axis=0, return_index=True)[1], dtype=np.int64)

    def key(self, point: int) -> str:
        """Key of a point: a digest of its scenario with its seed, of the code and of all that computes."""
        return str(self.keys[point].tobytes().hex())

    def blocks(self) -> list[tuple[int, ...]]:
        """Numbers of the points that are run in one go, block by block in the order of first points; equal ones once.

        Points that are no scenario are left out.
        """
        together = bool(self.drawn) and self.sweep.engine == "mean-field"
        size = max(1, CHUNK // self.sweep.replicates) if together else 1
        wanted = np.zeros(len(self.units), dtype=bool)
        wanted[self.firsts] = True
        if self.problems:
            wanted[list(self.problems)] = False
        members = np.flatnonzero(wanted)
        members = members[np.argsort(self.worlds[members], kind="stable")]
        edges = np.flatnonzero(np.diff(self.worlds[members])) + 1
        parts = [part for part in np.split(members, edges) if len(part)]
        cut = [part[at : at + size] for part in parts for at in range(0, len(part), size)]
        return [tuple(int(one) for one in part) for part in sorted(cut, key=lambda part: int(part[0]))]


class _Digests:
    """Digests of scenarios that differ in parameters of behaviour: only that part is written anew for each."""

    def __init__(self, world: Scenario) -> None:
        self.world = world
        bare = world.model_copy(update={"claims": (), "checks": ()})
        self._behaviour = world.behaviour.model_dump(mode="json")
        mark = '"behaviour":' + _compact(self._behaviour)
        before, found, after = bare.canonical().partition(mark)
        self._parts = (before + '"behaviour":', after) if found else None
        if self._parts is not None and self.of({}) != world.digest():
            self._parts = None

    def of(self, behaviour: dict[str, Any]) -> str:
        """What `Scenario.digest` gives with these parameters."""
        if self._parts is None:
            return with_behaviour(self.world, behaviour).digest()
        own = {name: value.model_dump(mode="json") for name, value in behaviour.items()}
        before, after = self._parts
        return hashlib.sha256((before + _compact({**self._behaviour, **own}) + after).encode()).hexdigest()


def _compact(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@lru_cache(maxsize=10_000)
def _as_read(text: str) -> object:
    from paysim.scenario import document

    return document.plain(document.parse_value(text, ""))
