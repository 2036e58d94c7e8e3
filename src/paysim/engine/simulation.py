"""The event engine: SimPy drives one clock with month ticks, policy, traffic, messages and settlement days.

Read this first. Four kinds of processes share the clock:

- the *operating days* of each settlement system open it, let it settle and close it, by its own hours and calendar;
- the *months* end and begin: contracts, volumes and memberships change here and only here;
- *policy* changes what is possible, at the second, and what is under way with it;
- the *traffic* hands payments over, in batches that reach up to the next instant at which anything may change.

All of them wake at every instant at which a month begins or policy may change, in this order: what came before the
instant has settled when a month ends or policy changes, and payments are handed over under the rules that follow.
Between two such instants nothing outside a system can change what happens in it, so its days pass in one go.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import simpy
from numpy.typing import NDArray

from paysim.engine.book import Book
from paysim.engine.draws import Draws, draw
from paysim.engine.feedback import Feedback, Settlement
from paysim.engine.ledger import Ledger
from paysim.engine.meanfield import records
from paysim.engine.measure import Meter, Outcome, Part, Snapshot, at_end, fate_of, joined, snapshot
from paysim.engine.outages import EPOCH, timetable
from paysim.engine.prepared import RUN_OUT, Prepared, System
from paysim.engine.record import Record
from paysim.engine.streams import stream
from paysim.engine.timeline import Timeline, mean_hours, mean_liquidity, month_starts
from paysim.engine.traffic import LUCK, MINOR_UNITS, UNIFORMS, Batch, Drawing, ability
from paysim.engine.true_size import TrueSize, changes_of
from paysim.model.base import TINY
from paysim.model.contracts import Payment
from paysim.model.ruling import Luck
from paysim.model.units import HOURS_A_DAY, MONTHS_A_YEAR
from paysim.networks.calendars import working_days
from paysim.networks.settlement import SettlementSystem
from paysim.networks.submission import submission_instants

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Process = Generator[simpy.Event, None, None]

SECONDS_A_DAY = 86_400
WORKING_DAYS_A_MONTH = 21.0
SAMPLED_LIQUIDITY = 1e3
"""Days of mean outflow that a participant holds: so much that no sampled payment waits for liquidity.

A few thousand payments cannot stand in for the queue of a system: no scaling of liquidity does it, and with less of it
waiting depends on how many payments are sampled. What waits for liquidity is read from the system's response.
"""
MONTHS_KEPT = 6
"""Months after which settlement systems drop what is finished (each time costs a little, and so does keeping it)."""
FEEDBACK_MEMORY = 0.89
"""Share of the measured delay kept from month to month: a half-life of 6 months, that of depth."""


class Simulation:
    """One replicate of a world with every bank for itself."""

    def __init__(
        self, prepared: Prepared, draws: Draws, seed: int, replicate: int, keep_payments: bool = False
    ) -> None:
        self.prepared, self.draws, self.seed, self.replicate = prepared, draws, seed, replicate
        self.world = prepared.individual
        self.economy = draws.economy(prepared, self.world)
        self.months_run = len(prepared.months) + RUN_OUT
        self.starts = month_starts(datetime.fromtimestamp(prepared.starts[0], UTC), self.months_run)
        self.timeline = Timeline(self.world, prepared.events, self.starts)
        inside = [instant for month in range(self.months_run) for instant in self.timeline.inside(month)]
        self.instants = sorted([*self.starts, *inside])
        self.outages = self.timeline.outages()
        self.ledger = Ledger(self.world, self.months_run, len(prepared.months))
        self.burn_in = _month_before(self.starts[0])
        self.systems = [SettlementSystem(len(self.world.banks.group), start=self.burn_in) for _ in prepared.systems]
        calendars = [system.calendar for system in prepared.systems]
        none = np.zeros((len(self.systems), len(self.world.banks.group)))
        self.drawing = Drawing(self.world, prepared.traffic, none, calendars)
        self.able = ability(self.world, self.economy)
        self.feedback = Feedback(self.world, prepared.systems, self.economy)
        self.settlement: list[Settlement] = []
        self.true_size = TrueSize(prepared, self.outages.systems, seed, replicate)
        self._fund()
        self.book = Book(self.world, self.systems, self.ledger, self.outages, self._draw(-1, self.burn_in))
        self.book.trace = [] if keep_payments else None
        self.bank_luck = [self._uniforms_of_banks(purpose) for purpose in ("join", "leave", "enable")]
        self.snapshots: list[Snapshot] = []
        self.contracted = np.zeros((self.months_run, 2, len(self.world.payer)))
        self.clock = simpy.Environment(initial_time=self.burn_in)

    def run(self) -> None:
        """Run all processes to the horizon, and on until what is under way has finished."""
        for system, mechanism, down in zip(self.prepared.systems, self.systems, self.outages.systems, strict=True):
            self.clock.process(self.operating_days(system, mechanism, down))
        for process in (self.months, self.policy, self.traffic):
            self.clock.process(process())
        self.clock.run()
        self.book.collect(int(self.clock.now))
        self.book.give_up_all()
        self._drop_run_out()

    def _drop_run_out(self) -> None:
        """Forget the months after the horizon: they only let the last payments finish."""
        kept = len(self.prepared.months)
        self.ledger.keep(kept)
        self.contracted, self.snapshots = self.contracted[:kept], self.snapshots[:kept]
        self.settlement = self.settlement[:kept]

    # --- the processes ----------------------------------------------------------------------------------------

    def operating_days(self, system: System, mechanism: SettlementSystem, down: Index) -> Process:
        """The days of a settlement system: open and fund, settle, close and draw the liquidity back.

        down : (K, 2) begin and end of its outages; without any, the days pass at a fraction of the time
        """
        start, stop = (datetime.fromtimestamp(at, UTC) for at in (self.burn_in, self.starts[-1]))
        opens, closes = system.calendar.sessions(start, stop, EPOCH)
        days = timetable(opens, closes, down)
        for instant in self.instants:
            yield self._until(instant)
            if len(down):
                mechanism.follow(days, instant)
            else:
                mechanism.run_sessions(opens, closes, instant)

    def months(self) -> Process:
        """The months: close one, open the next."""
        for instant in self.instants:
            yield self._until(instant)
            if instant not in self.starts[:-1]:
                continue
            self.book.collect(instant)
            month = self.starts.index(instant)
            if month > 0:
                self._end_month(month - 1)
            else:
                self.ledger.take_recent()
            self._begin_month(month)

    def policy(self) -> Process:
        """The instants inside a month at which policy changes (a month that begins looks after its own start)."""
        for instant in self.instants:
            yield self._until(instant)
            if instant not in self.starts:
                self.book.collect(instant)
                self._set_policy(instant)

    def traffic(self) -> Process:
        """Draw a month's payments when it begins and submit them up to the next change of policy."""
        self.book.submit(self.economy, self.able, self.starts[0])
        for instant, following in pairwise(self.instants):
            yield self._until(instant)
            if instant in self.starts:
                month = self.starts.index(instant)
                self.book.enter(self._draw(month, instant))
                for hurry in self.timeline.hurries(month):
                    after = ability(self.world, self.economy, self.timeline.policy(hurry.at))
                    self.book.bring_forward(self.able, after, hurry)
            self.book.submit(self.economy, self.able, following)

    def _until(self, instant: int) -> simpy.Timeout:
        return self.clock.timeout(instant - self.clock.now)

    # --- the months -------------------------------------------------------------------------------------------

    def _begin_month(self, month: int) -> None:
        start = self.starts[month]
        for policy, days in self.timeline.notices(month):
            self.economy.give_notice(policy, days)
        self.parts: list[Part] = []
        segments = self.timeline.segments(month)
        self.coming = list(zip(segments, self.timeline.shares(month, segments), strict=True))
        self.seen = snapshot(self.economy)
        self._set_policy(start)
        self.book.give_up(self.economy, start)
        self.book.collect(start)  # what was taken out of a queue may have let the next payment settle
        for mechanism in self.systems if month % MONTHS_KEPT == 0 else ():
            mechanism.forget_finished()
        self._fund()
        self.contracted[month] = self.economy.value()[0] / MONTHS_A_YEAR

    def _set_policy(self, now: int) -> None:
        """Put the policy of an instant into force, for contracts and for payments under way."""
        economy = self.economy
        segment, weight = self.coming[len(self.parts)]
        if self.parts:
            self.parts[-1] = replace(self.parts[-1], cost=economy.price())
        economy.set_policy(segment.policy)
        if now in self.starts:
            economy.open_month()
        self.parts.append(Part(segment, weight, economy.pay()))
        self.able = ability(self.world, economy)
        self.book.policy_changed(economy, self.able, now)

    def _end_month(self, month: int) -> None:
        """Let contracts, volumes and memberships answer: depth to what was settled, volumes to the mean of what fails.

        A few thousand payments over hundreds of corridors would move volumes by chance alone.
        """
        settled, delay = self.ledger.take_recent()
        self._feel_delay(delay)
        fate = fate_of(self.parts)
        self._feel_queues(month, fate)
        self.economy.end_month(month, settled[None], fate.blocked + fate.refused, fate.failed, self._luck(month))
        self.snapshots.append(at_end(self.seen, self.economy, self.parts))

    def _feel_queues(self, month: int, fate: Payment) -> None:
        """Read the systems' state of the month, and settle at true size what a response says nothing about."""
        segments = [part.segment for part in self.parts]
        value, liquidity = (self.economy.value() / MONTHS_A_YEAR)[..., None], mean_liquidity(segments)
        begin, end = self.starts[month : month + 2]
        true_size, added = self.true_size, None
        if true_size.wanted(begin, end, len(segments)):
            paid = [part.fate.paid * value for part in self.parts]
            loads = [self.feedback.state(one, liquidity).load[0, true_size.place] for one in paid]
            changes = changes_of([segment.start for segment in segments], loads)
            state = self.feedback.state(fate.paid * value, liquidity)
            added = true_size.correction(month, begin, end, changes, state)
        correction = None if added is None else (true_size.place, added)
        self.settlement.append(self.feedback.end_month(fate.paid * value, liquidity, correction, mean_hours(segments)))

    def _feel_delay(self, measured: Array) -> None:
        change = (measured - self.prepared.base_delay) / HOURS_A_DAY
        known = ~np.isnan(change)
        felt = self.economy.delay[0]
        felt[known] = FEEDBACK_MEMORY * felt[known] + (1.0 - FEEDBACK_MEMORY) * change[known]

    def _luck(self, month: int) -> Luck:
        """Luck of a month."""
        joins, leaves, enables = (uniforms[month][None] for uniforms in self.bank_luck)
        return Luck(self.draws.latent[:, :, month], joins, leaves, enables)

    def _uniforms_of_banks(self, purpose: str) -> Array:
        """Uniforms by month and bank, (months, N), from a stream of each group, so that groups share no luck."""
        counts = np.bincount(self.world.banks.group, minlength=len(self.world.groups))
        return np.concatenate(
            [
                stream(self.seed, self.replicate, f"{purpose} {group}").random((self.months_run, count))
                for group, count in zip(self.world.groups, counts, strict=True)
            ],
            axis=1,
        )

    # --- payments ---------------------------------------------------------------------------------------------

    def _draw(self, month: int, start: int) -> Batch:
        """Draw the payments of a month, dated over its working days."""
        first = datetime.fromtimestamp(start, UTC)
        rows = (self.prepared.traffic.payments + self.drawing.strata, UNIFORMS)
        luck = stream(self.seed, self.replicate, "traffic", month + 1).random(rows).T
        days = working_days("weekdays", first.year, first.month)
        instants = submission_instants(np.ascontiguousarray(luck[LUCK["day"]]), days, EPOCH)
        return self.drawing.month(self.economy, self.able, luck, month, instants)

    def _fund(self) -> None:
        """Let participants bring in liquidity, from the next opening on, for the payments of their customers and own.

        No payment is larger than that, and what was once committed stays, so that none waits for ever.
        """
        liquidity = np.maximum(SAMPLED_LIQUIDITY * self._mean_outflow() * MINOR_UNITS, 1.0)
        self.drawing.limit = liquidity = np.maximum(liquidity, self.drawing.limit)
        for mechanism, amounts in zip(self.systems, liquidity.astype(np.int64), strict=True):
            mechanism.set_liquidity(amounts)

    def _mean_outflow(self) -> Array:
        """Value that each participant sends in each system on a mean day of the month, (systems, N), USD bn.

        Its customers' payments and its own, those between them too. A bank is taken to pay through a hub in both
        systems, on either side of it.
        """
        world, economy = self.world, self.economy
        able = economy.weight[0] * self.able.able
        groups = np.add.reduceat(able, world.banks.first, axis=1)
        share = able / np.maximum(groups, TINY)[:, world.banks.group]
        live = economy.contracts.live[0] + economy.contracts.blocked[0]
        sent = economy.value()[0][..., None] * live
        by_group = np.zeros((len(world.groups), len(world.options)))
        np.add.at(by_group, world.paying, sent)
        by_bank = share.T * by_group[world.banks.group]
        for hub, bank in enumerate(world.hub_banks):
            passing = world.option_hub == hub
            by_bank[bank, passing] += sent[..., passing].sum((0, 1))
        outflow = np.zeros((len(world.systems), len(by_bank)))
        np.add.at(outflow, (np.arange(len(outflow))[:, None], world.participant), world.option_systems.T @ by_bank.T)
        return outflow / (MONTHS_A_YEAR * WORKING_DAYS_A_MONTH)

    # --- results ----------------------------------------------------------------------------------------------

    def record(self) -> Record:
        """The series of the run, by month of submission, once it has ended."""
        ledger = self.ledger
        with np.errstate(invalid="ignore", divide="ignore"):
            delay = np.where(ledger.weight > 0.0, ledger.delay / ledger.weight, np.nan)
        settlement = joined(self.settlement)
        outcome = Outcome(
            contracted=self.contracted,
            settled=ledger.settled,
            delay=delay + settlement.hours,
            noise=self.draws.noise[0].T[: len(self.prepared.months)],
            settlement=settlement,
            **ledger.fates,
        )
        seen = joined(self.snapshots)
        rows = Meter.of(self.world, self.economy, self.prepared.statistic).series(outcome, seen)
        record = records(self.prepared, self.draws, rows, engine="events")[0]
        counts = ledger.counts
        record.facts.update({f"payments_{name}": int(count.sum()) for name, count in counts.items()})
        record.facts.update(self.true_size.facts())
        record.series["payments"] = tuple(counts), np.stack(list(counts.values()), axis=1)[1:].astype(np.float64)
        return record


def simulate(
    prepared: Prepared,
    seed: int,
    replicate: int,
    sources: Sequence[str] = ("parameters", "latent_demand", "noise"),
) -> Record:
    """Run one replicate through the event engine."""
    simulation = Simulation(prepared, draw(prepared, seed, [replicate], sources), seed, replicate)
    simulation.run()
    return simulation.record()


def _month_before(start: int) -> int:
    first = datetime.fromtimestamp(start, UTC)
    return int(datetime(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1, tzinfo=UTC).timestamp())
