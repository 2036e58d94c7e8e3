"""A scenario and an engine that cost nothing, with what the study floor asks of the real ones; and ways to go wrong."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from paysim.engine.record import Record
from paysim.study.ensemble import SOURCES

CURRENCIES, GROUPS = ("USD", "EUR", "OTH", "CNY"), ("USA", "CHN")


@dataclass(frozen=True)
class Event:
    """An event as the store sees it."""

    at: str
    kind: str
    label: str
    premise: bool = False
    groups: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    def titles(self) -> str:
        return self.label


@dataclass(frozen=True)
class Scenario:
    """What the study floor reads of a scenario.

    keys : scales the size of a record
    surge : multiple of the payments in CIPS in the sixth month, where a hundredth of what is added comes back, and
    where all that is beyond six times was not measured; None leaves the series of settlement out
    """

    name: str = "fake"
    title: str = "A stand-in"
    engine: str = "events"
    seed: int = 1
    replicates: int = 6
    first: str = "2024-07"
    months: int = 15
    keys: int = 2
    switched: tuple[str, ...] = SOURCES
    events: tuple[Event, ...] = ()
    surge: float | None = None

    @property
    def uncertainty(self) -> Any:
        return SimpleNamespace(**{source: source in self.switched for source in SOURCES})

    @property
    def currencies(self) -> dict[str, Any]:
        return {key: SimpleNamespace(name=key.lower()) for key in CURRENCIES}

    @property
    def groups(self) -> dict[str, Any]:
        return {"USA": SimpleNamespace(name="United States"), "CHN": SimpleNamespace(name="China")}

    networks: dict[str, Any] = field(default_factory=dict)
    systems: dict[str, Any] = field(default_factory=dict)

    def canonical(self) -> str:
        names = ("name", "title", "engine", "seed", "replicates", "first", "months", "keys", "switched", "surge")
        plain: dict[str, Any] = {name: getattr(self, name) for name in names}
        return json.dumps(plain | {"events": [asdict(event) for event in self.events]}, sort_keys=True)

    def digest(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()


@dataclass(frozen=True)
class Prepared:
    """A prepared scenario with the troubles of the engine that made it."""

    scenario: Scenario
    engine: Engine
    world_facts: dict[str, Any]


@dataclass(frozen=True)
class Engine:
    """Draws records from the seed and the replicate alone.

    pause : seconds that a replicate takes
    kill : a replicate whose worker dies as long as the file ``once`` is not there (it makes the file, then dies)
    always : dies whatever was done before
    broken : a replicate that raises
    log : a file to which every replicate of the event engine that is run adds a line
    """

    pause: float = 0.0
    kill: int | None = None
    once: Path | None = None
    always: bool = False
    broken: int | None = None
    log: Path | None = None

    def prepare(self, scenario: Scenario) -> Prepared:
        return Prepared(
            scenario, self, {"gamma_c": np.float64(1.1), "limit": np.inf, "goods_trade": {"USA": 3.0, "CHN": 5.0}}
        )

    def simulate_events(self, prepared: Prepared, seed: int, replicate: int) -> Record:
        time.sleep(self.pause)
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{replicate}\n")
        if replicate == self.broken:
            raise ArithmeticError(f"replicate {replicate} cannot be")
        if replicate == self.kill and (self.always or (self.once is not None and not self.once.exists())):
            if self.once is not None:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return record(prepared.scenario, seed, replicate, SOURCES)

    def simulate_mean_field(
        self, prepared: Prepared, seed: int, replicates: Sequence[int], sources: tuple[str, ...] = SOURCES
    ) -> list[Record]:
        return [record(prepared.scenario, seed, replicate, sources) for replicate in replicates]


def record(scenario: Scenario, seed: int, replicate: int, sources: tuple[str, ...]) -> Record:
    """Every number is known: base + one spread per source that is on; nan in the first month of `delay_hours`."""
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(replicate,))))
    drawn = stream.standard_normal(len(SOURCES))
    shift = 0.001 * sum(drawn[SOURCES.index(source)] for source in sources)
    months = np.arange(np.datetime64(scenario.first, "M"), np.datetime64(scenario.first, "M") + scenario.months)
    path = np.arange(scenario.months, dtype=float)[:, np.newaxis]
    shares = np.array([0.5, 0.3, 0.15, 0.05]) + shift + 0.0001 * path
    index = np.array([1.0, 0.9]) - 0.02 * np.minimum(path, 5.0) + shift
    delay = np.full((scenario.months, scenario.keys), 2.0 + shift)
    delay[0] = np.nan
    series = {
        "true_share": (CURRENCIES, shares),
        "tracker_share": (CURRENCIES, np.round(shares, 4)),
        "trade_index": (GROUPS, index),
        "blocked_share": (GROUPS, np.where(path == 5, [0.0, 0.6], 0.0) + 0.0 * path),
        "failed_share": (GROUPS, np.where(path == 5, [0.0, 0.4], 0.0) + 0.0 * path),
        "cost_bp": (GROUPS, 10.0 * path * np.array([1.0, 2.0])),
        "delay_hours": (tuple(f"option{number}" for number in range(scenario.keys)), delay),
        "cips_value": (("",), 10.0 + path),
    }
    if scenario.surge is not None:
        series |= _settlement(scenario.surge, scenario.months)
    facts = {
        "cost_sensitivity": np.float64(0.006 + shift),
        "network_effect": 0.5,
        "gamma_c": 1.1,
        "unstable": bool(drawn[0] > 1.0),
    }
    facts |= {"base_cleared": 0.65, "base_messaged": 0.8, "replicate": replicate}
    return Record(months, series, facts)


def _settlement(surge: float, months: int) -> dict[str, Any]:
    """A system with a surge in the sixth month, and one in which nothing happens."""
    load = np.ones((months, 2))
    load[5, 1] = surge
    read = {
        "settlement_load": load,
        "liquidity_held": 1.0 + 0.1 * (load - 1.0),
        "unsettled_share": 0.005 + 0.01 * (load - 1.0),
        "outside_measured": np.where(load > 6.0, 1.0, 0.0),
    }
    return {name: (("T2", "CIPS"), values) for name, values in read.items()}


def small(**changes: Any) -> Scenario:
    """A small scenario with some fields changed."""
    return replace(Scenario(), **changes)
