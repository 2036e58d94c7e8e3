"""Follow single payments through the event engine: probes that carry no value, and an account of every step.

A probe is a payment like any other, drawn when its month begins, but for four things. It stands for no value and
settles one minor unit; its participant brings that unit in beside its own liquidity; it belongs to a month after the
horizon, which is never counted; and it settles in the system that settles most of its option's value. So a run with
probes gives the series of the run without.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.engine.draws import Draws
from paysim.engine.prepared import Prepared
from paysim.engine.simulation import Simulation
from paysim.engine.streams import stream
from paysim.engine.traffic import JUDGED, LUCK, UNIFORMS, Batch, clearance
from paysim.model.world import TRADE
from paysim.networks.message_steps import MessageSteps, message_steps
from paysim.networks.screening import hours_for
from paysim.networks.settlement import SettlementSystem

Array = NDArray[np.float64]
Index = NDArray[np.int64]

STREAM = "trace"
"""Name of the random stream of probes: whatever is traced, the payments of the run keep their luck."""
FULL = 1.0 - 1e-9
"""Share of a pair of banks from which on bans leave it alone, rounding apart."""


@dataclass(frozen=True)
class Probe:
    """A payment for goods that is put into a run: the importer's bank pays the exporter's bank.

    name : how it is called
    corridor, option : indices; the corridor is that of the goods, from the exporter to the importer
    at : when it is submitted, seconds since 1970
    meets : whether it is submitted earlier instead, so that its message is under way at that instant
    like : name of an earlier probe between whose banks it passes, with a contract of then; empty for a contract and
        banks of its own month
    """

    name: str
    corridor: int
    option: int
    at: int
    meets: bool = False
    like: str = ""

    @property
    def drawn(self) -> int:
        """Instant whose month it is drawn in."""
        return self.at - 1 if self.meets else self.at


@dataclass(frozen=True)
class Note:
    """One step of a payment as the book takes it.

    step : ``sent``, ``settled`` (in a system), ``credited``, ``blocked``, ``refused``, ``bypassed``, ``returned``,
        ``resent`` or ``failed``
    at : seconds since 1970
    system : index of the system in which it settled, else -1
    arrives, credited : of a message that is sent, as known then, else -1
    """

    step: str
    at: int
    system: int = -1
    arrives: int = -1
    credited: int = -1


@dataclass
class Followed:
    """A probe and what became of it.

    number : its id; sender, receiver : banks; system, onward : of its legs when it is sent, the second -1 without a hub
    submitted : seconds since 1970
    luck : (UNIFORMS,) its uniforms; blocked : whether its contract was blocked when its month began
    message : its message bank by bank, were it sent when it is submitted
    """

    probe: Probe
    number: int
    sender: int
    receiver: int
    system: int
    onward: int
    submitted: int
    luck: Array
    blocked: bool
    message: MessageSteps
    notes: list[Note] = field(default_factory=list)

    @property
    def under_way(self) -> bool:
        """Whether its message is under way at the instant that it should meet."""
        sent = next((note for note in self.notes if note.step == "sent"), None)
        return sent is not None and sent.at < self.probe.at < sent.arrives


@dataclass(frozen=True)
class Mix:
    """Shares of options in a month's contracts for goods, (L, P): live, blocked, and what contracts made anew chose."""

    live: Array
    blocked: Array
    chosen: Array


class Tracing(Simulation):
    """A run of the event engine with probes.

    followed : by the names of the probes; mixes : contracts of every month when it began
    """

    def __init__(
        self,
        prepared: Prepared,
        draws: Draws,
        seed: int,
        replicate: int,
        probes: Sequence[Probe] = (),
        luck: int = 0,
    ) -> None:
        """``luck`` numbers the uniforms of the probes.

        All share the luck of banks and messages, so that they differ in what politics did; whether one is refused or
        goes another way is luck of its own.
        """
        self.probes = tuple(probes)
        self.shared = stream(seed, replicate, STREAM, luck).random(UNIFORMS)
        self.fate_luck = {
            probe.name: stream(seed, replicate, f"{STREAM} {probe.name}", luck).random(len(JUDGED)) for probe in probes
        }
        self.followed: dict[str, Followed] = {}
        self.mixes: list[Mix] = []
        super().__init__(prepared, draws, seed, replicate)
        self.spare = [_Spare(system, len(self.world.banks.group)) for system in self.systems]
        self.book.observer = self._take_note

    # --- putting probes in ------------------------------------------------------------------------------------

    def _draw(self, month: int, start: int) -> Batch:
        batch = super()._draw(month, start)
        if month < 0:
            return batch
        self._remember_contracts()
        for probe in self.probes:
            if bisect_right(self.starts, probe.drawn) - 1 == month:
                batch = batch.followed_by(self._enter(probe, batch.take(slice(0, 1))))
        return batch

    def _remember_contracts(self) -> None:
        contracts, choice = self.economy.contracts, getattr(self.economy, "choice", None)
        live, blocked = contracts.live[0, TRADE].copy(), contracts.blocked[0, TRADE].copy()
        self.mixes.append(Mix(live, blocked, np.zeros_like(live) if choice is None else choice.share[0, TRADE].copy()))

    def _enter(self, probe: Probe, pattern: Batch) -> Batch:
        """Make the row of a probe, from the pattern of another."""
        luck = np.ascontiguousarray(self.shared[None])
        fates = zip(JUDGED, self.fate_luck[probe.name], strict=True)
        drawn: dict[str, Any] = {f"{name}_luck": np.array([own]) for name, own in fates}
        drawn["hastened_luck"] = np.ones(1)  # it is submitted when it was asked to be
        drawn |= self._banks_and_systems(probe, luck)
        row = replace(
            pattern,
            id=np.array([self.drawing.drawn], dtype=np.int64),
            month=np.array([len(self.prepared.months)]),
            option=np.array([probe.option]),
            purpose=np.array([TRADE]),
            corridor=np.array([probe.corridor]),
            value=np.zeros(1),
            amount=np.ones(1, dtype=np.int64),
            blocked=np.zeros(1, dtype=np.bool_),
            **drawn,
        )
        self.drawing.drawn += 1
        row.clear = clearance(self.world, self.able, row)
        if (
            probe.like
        ):  # its contract was made before: it is blocked where bans leave nothing of its pair, or their part
            row.blocked = np.asarray(row.live_luck >= row.clear)
        self._send_at(row, self._submission(probe, row))
        self._bring_cover(row)
        self.followed[probe.name] = self._follow(probe, row)
        return row

    def _banks_and_systems(self, probe: Probe, luck: Array) -> dict[str, Index]:
        """The importer's and the exporter's bank of a contract that is live, and the systems of its legs."""
        if probe.like:
            earlier = self.followed[probe.like]
            names = ("sender", "receiver", "system", "onward")
            return {name: np.array([getattr(earlier, name)]) for name in names}
        option, not_blocked = np.array([probe.option]), np.zeros(1, dtype=np.bool_)
        groups = tuple(sides[TRADE, [probe.corridor]] for sides in (self.world.paying, self.world.paid))
        sender, receiver = self.drawing._banks(
            self.economy, self.able, option, (groups[0], groups[1]), not_blocked, luck
        )
        system, onward = self.drawing._systems(option, self._usual_system(probe.option))
        return {"sender": sender, "receiver": receiver, "system": system, "onward": onward}

    def _usual_system(self, option: int) -> Array:
        """The uniform, (1,), of the system in which most of an option's value settles."""
        reached = self.drawing.shares_reached[option]
        most = int(self.world.own_systems[option].argmax())
        return np.array([(reached[most] + (reached[most - 1] if most else 0.0)) / 2.0])

    def _send_at(self, row: Batch, submitted: int) -> None:
        row.submitted = np.array([submitted])
        luck = np.ascontiguousarray(self.shared[None, len(LUCK) :].T)
        row.transit, row.wait = self.drawing._delays(row.option, row.sender, row.submitted, luck)

    def _submission(self, probe: Probe, row: Batch) -> int:
        """When a probe is submitted: half of its way before the instant that it is to meet, or nearer if need be."""
        if not probe.meets:
            return probe.at
        earliest = max(start for start in self.starts if start <= probe.drawn)
        before = _half_way(lambda seconds: self._transit(row, probe.at - seconds))
        return max(earliest, probe.at - before)

    def _transit(self, row: Batch, submitted: int) -> float:
        self._send_at(row, submitted)
        return float(row.transit[0])

    def _bring_cover(self, row: Batch) -> None:
        """Let whoever settles for the sender, or pays on at a hub, bring in the minor unit of a probe."""
        payers = [int(row.sender[0])]
        hub = self.world.option_hub[row.option[0]]
        payers += [int(self.world.hub_banks[hub])] if hub >= 0 else []
        for spare, participant in zip(self.spare, self.world.participant, strict=True):
            spare.add({*payers, *(int(participant[payer]) for payer in payers)})

    def _follow(self, probe: Probe, row: Batch) -> Followed:
        ways = self.drawing.ways(row.option, row.sender)
        hours = hours_for(self.drawing.places, row.submitted)
        message = message_steps(self.shared[len(LUCK) :], int(row.submitted[0]), ways, hours)
        where: dict[str, Any] = {
            name: int(getattr(row, name)[0]) for name in ("sender", "receiver", "system", "onward", "submitted")
        }
        return Followed(probe, int(row.id[0]), luck=self.shared, blocked=bool(row.blocked[0]), message=message, **where)

    # --- taking notes -----------------------------------------------------------------------------------------

    def _take_note(self, step: str, at: Index, when: Index | int | None, system: int) -> None:
        rows = self.book.rows
        numbers = rows.id[at]
        for followed in self.followed.values():
            for place in np.flatnonzero(numbers == followed.number):
                row = int(at[place])
                if when is None:
                    instant = followed.notes[-1].at if followed.notes else followed.submitted
                else:
                    instant = when if isinstance(when, int) else int(when[place])
                known: tuple[int, ...] = ()
                if step == "sent":
                    known = int(self.book.arrives[row]), int(self.book.credited[row])
                    followed.system, followed.onward = int(rows.system[row]), int(rows.onward[row])
                followed.notes.append(Note(step, instant, system, *known))


class _Spare:
    """Lets a system's participants bring in some minor units beside what they are told to."""

    def __init__(self, system: SettlementSystem, participants: int) -> None:
        self._set, self._told = system.set_liquidity, np.zeros(participants, dtype=np.int64)
        self._beside = np.zeros(participants, dtype=np.int64)
        self._known = False
        system.set_liquidity = self._tell  # type: ignore[assignment, method-assign]

    def _tell(self, amounts: Index) -> None:
        self._told, self._known = np.asarray(amounts), True
        self._set(self._told + self._beside)

    def add(self, participants: set[int]) -> None:
        """One minor unit more, from the next opening on."""
        self._beside[list(participants)] += 1
        if self._known:
            self._set(self._told + self._beside)


def _half_way(transit: Callable[[int], float]) -> int:
    """Seconds before an instant at which a message is sent that is under way then, about half of its time."""
    before = max(1, int(transit(1)) // 2)
    while before > 1 and transit(before) <= before:
        before //= 2
    return before


def follow(
    prepared: Prepared, draws: Draws, seed: int, replicate: int, probes: Sequence[Probe], tries: int = 20
) -> Tracing:
    """Run with probes; other luck is tried until a message that is to be under way at an instant really is."""
    for luck in range(tries):
        run = Tracing(prepared, draws, seed, replicate, probes, luck)
        run.run()
        if all(one.under_way for one in run.followed.values() if one.probe.meets):
            break
    return run
