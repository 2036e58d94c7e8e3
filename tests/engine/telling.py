"""Short stories told to the engines: scenario files written for one test, and runs that keep every payment."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.engine.draws import draw
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.simulation import Simulation

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Chosen = NDArray[np.bool_]
Tell = Callable[..., Prepared]

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ALL_LUCK = ("parameters", "latent_demand", "noise")
NO_LUCK: tuple[str, ...] = ()
HOUR, DAY = 3_600, 86_400
CUT_GROUPS = ("CHN", "HKG")


def write_story(folder: Path, text: str, parent: str) -> Path:
    """A scenario file that extends one of the shipped ones, with copies of these beside it."""
    for file in SCENARIOS.glob("*.yaml"):
        shutil.copy(file, folder)
    path = folder / "story.yaml"
    path.write_text(f"extends: {parent}.yaml\nformat: 1\ntitle: A test\nquestion: What happens?\n{text}")
    return path


def at(text: str) -> int:
    """Seconds since 1970 of an instant such as ``2024-08-05 16:00``, UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Run:
    """One replicate of the event engine, with every payment up to the horizon by column, in the order of ids.

    columns : those of a batch, and arrives, credited (seconds since 1970) and fate: settled, bypassed or failed
    settled : (systems, N) seconds since 1970 of settlement, -1 where there is none
    """

    simulation: Simulation
    record: Record
    columns: dict[str, NDArray[Any]]
    settled: Index

    @property
    def counts(self) -> dict[str, int]:
        """Payments by what became of them."""
        return {name: int(counts.sum()) for name, counts in self.simulation.ledger.counts.items()}

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def differs(self, other: Run, until: int) -> Chosen:
        """Payments that differ in anything that an instant has seen of them: terms, message, bypass, settlement."""
        here, there = self._seen(until), other._seen(until)
        return np.asarray(np.logical_or.reduce([one != two for one, two in zip(here, there, strict=True)]))

    def _seen(self, until: int) -> list[NDArray[Any]]:
        settled = np.where(self.settled < until, self.settled, -1)
        terms = [self[name] for name in ("submitted", "option", "sender", "receiver", "amount", "value", "arrives")]
        in_books = (self.settled < 0).all(0) & (self["fate"] == "settled") & (self["arrives"] < until)
        credited = np.where((settled >= 0).any(0) | in_books, self["credited"], -1)
        return [*terms, *settled, credited, self["fate"] == "bypassed"]

    def touches(self, groups: Sequence[str]) -> Chosen:
        """Payments of which either bank belongs to one of the groups."""
        world = self.simulation.world
        wanted = [world.group_index(group) for group in groups]
        home = world.banks.group
        return np.isin(home[self["sender"]], wanted) | np.isin(home[self["receiver"]], wanted)

    def on_network(self, name: str) -> Chosen:
        """Payments whose message goes from one bank to another over a network."""
        world = self.simulation.world
        carries = np.array([world.networks.index(name) in option.message for option in world.options])
        return np.asarray(carries[self["option"]] & (self["sender"] != self["receiver"]))

    def participants(self) -> tuple[Index, Index]:
        """The banks that settle for sender and receiver in the system of each payment (no hubs)."""
        participant = self.simulation.world.participant
        return participant[self["system"], self["sender"]], participant[self["system"], self["receiver"]]

    def uses(self, name: str) -> Chosen:
        """Payments that a system has to settle: of its option, and not in the books of one participant (no hubs)."""
        paying, paid = self.participants()
        return np.asarray((self["system"] == self.simulation.world.systems.index(name)) & (paying != paid))

    def in_system(self, name: str) -> Chosen:
        """Payments that settled in a system."""
        return np.asarray(self.settled[self.simulation.world.systems.index(name)] >= 0)


def run(prepared: Prepared, seed: int = 1, replicate: int = 0, liquidity: float = 1.0) -> Run:
    """Run the event engine without luck beside the payments' own, and keep all payments.

    liquidity : factor on what banks bring in from the first month on; what they send stays
    """
    simulation = Simulation(prepared, draw(prepared, seed, [replicate], NO_LUCK), seed, replicate, keep_payments=True)
    journals: list[dict[int, int]] = [{} for _ in simulation.systems]
    for system, journal in zip(simulation.systems, journals, strict=True):
        _listen(system, journal)
        _squeeze(system, liquidity)
    simulation.run()
    columns = _columns(simulation)
    settled = np.array([[journal.get(number, -1) for number in columns["id"].tolist()] for journal in journals])
    recorded = columns["month"] < len(prepared.months)  # the months after the horizon let the last payments finish
    columns = {name: column[..., recorded] for name, column in columns.items()}
    return Run(simulation, simulation.record(), columns, settled[:, recorded])


def _columns(simulation: Simulation) -> dict[str, NDArray[Any]]:
    """All payments of a run that kept them, by column, in the order of ids."""
    trace = simulation.book.trace
    assert trace
    parts: dict[str, list[NDArray[Any]]] = {}
    for rows, arrives, credited, fate in trace:
        found = {**vars(rows), "arrives": arrives, "credited": credited, "fate": np.full(len(arrives), fate)}
        for name, column in found.items():
            parts.setdefault(name, []).append(column)
    columns = {name: np.concatenate(pieces, axis=-1) for name, pieces in parts.items()}
    order = np.argsort(columns["id"], kind="stable")
    return {name: column[..., order] for name, column in columns.items()}


def _listen(system: Any, journal: dict[int, int]) -> None:
    """Note every settlement that the engine takes up from a system."""
    ask = system.settled_since

    def settled_since(cursor: int) -> Any:
        answer = ask(cursor)
        journal.update(zip(answer.payment_id.tolist(), answer.settled.tolist(), strict=True))
        return answer

    system.settled_since = settled_since


def _squeeze(system: Any, factor: float) -> None:
    bring_in = system.set_liquidity
    system.set_liquidity = lambda amounts: bring_in((np.asarray(amounts) * factor).astype(np.int64))


def different(one: Record, other: Record, months: slice) -> list[tuple[str, str]]:
    """Series and keys, of those that both have, that differ in any bit in some months."""
    found = []
    for name, (keys, values) in one.series.items():
        other_keys, other_values = other.series.get(name, ((), np.zeros((0, 0))))
        for place, key in enumerate(keys):
            if key in other_keys:
                here, there = values[months, place], other_values[months, other_keys.index(key)]
                if here.tobytes() != there.tobytes():
                    found.append((name, key))
    return found


def over_replicates(records: Sequence[Record], series: str, key: str) -> Array:
    """Values (replicates, months) of a series."""
    return np.array([record.values(series, key) for record in records])
