"""The mean field: the world's mean path without single payments, vectorised over draws of the parameters.

It shares every rule of the economy with the event engine and has no clock, no banks of its own and no delays: an
event inside a month counts for its part of the month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paysim.engine.draws import Draws, draw, draw_at
from paysim.engine.feedback import Feedback
from paysim.engine.measure import Meter, Outcome, Part, Rows, Snapshot, at_end, fate_of, joined, snapshot
from paysim.engine.outages import expected_waiting
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.timeline import Segment, Timeline, mean_hours, mean_liquidity
from paysim.model.contracts import Payment
from paysim.model.economy import Economy
from paysim.model.ruling import Luck
from paysim.model.units import HOURS_A_DAY, MONTHS_A_YEAR

Array = NDArray[np.float64]


def simulate_ensemble(
    prepared: Prepared,
    seed: int,
    replicates: Sequence[int],
    sources: Sequence[str] = ("parameters", "latent_demand", "noise"),
) -> list[Record]:
    """Run replicates in one go; ``sources`` names what differs between them (the scenario may switch off more)."""
    draws = draw(prepared, seed, list(replicates), sources)
    if prepared.uncertain & frozenset(sources) <= {"noise"}:
        return _one_path(prepared, draws)
    return many_paths(prepared, draws)


def simulate_at(prepared: Prepared, values: Mapping[str, Array]) -> list[Record]:
    """Run the mean field at chosen values of some parameters, (E,) each, without luck; one record a value.

    The delay of the base stays that of the best values, as it does for draws.
    """
    return many_paths(prepared, draw_at(prepared, values))


def many_paths(prepared: Prepared, draws: Draws) -> list[Record]:
    """Run draws, a path of the economy each; one record a draw."""
    economy = draws.economy(prepared)
    outcome, seen = run_months(prepared, economy, draws)
    rows = Meter.of(prepared.world, economy, prepared.statistic).series(outcome, seen)
    return records(prepared, draws, rows, engine="mean-field")


def _one_path(prepared: Prepared, draws: Draws) -> list[Record]:
    """Replicates that differ in the tracker's noise alone: one path of the economy, observed many times."""
    first = draws.take(0)
    economy = first.economy(prepared)
    outcome, seen = run_months(prepared, economy, first)
    meter = Meter.of(prepared.world, economy, prepared.statistic)
    found = []
    for e in range(len(draws.replicates)):
        rows = meter.series(replace(outcome, noise=draws.noise[e, :, : len(prepared.months)].T), seen)
        found += records(prepared, draws.take(e), rows, engine="mean-field")
    return found


def run_months(prepared: Prepared, economy: Economy, draws: Draws) -> tuple[Outcome, Snapshot]:
    """What became of all months and what was remembered of them, as long tables (month-major rows)."""
    timeline = Timeline(prepared.world, prepared.events, prepared.starts)
    calendars = [system.calendar for system in prepared.systems]
    waiting = expected_waiting(prepared.world, calendars, prepared.starts, timeline.outages())
    feedback = Feedback(prepared.world, prepared.systems, economy)
    outcomes, seen = [], []
    for month in range(len(prepared.months)):
        for policy, days in timeline.notices(month):
            economy.give_notice(policy, days)
        before = snapshot(economy)
        segments = timeline.segments(month)
        value, parts = pay_month(economy, segments, timeline.shares(month, segments))
        fate = fate_of(parts)
        settled = fate.paid * value[..., None]
        settlement = feedback.end_month(settled, mean_liquidity(segments), hours=mean_hours(segments))
        outcome = Outcome(
            contracted=value,
            settled=settled,
            blocked=fate.blocked * value,
            refused=fate.refused * value,
            bypassed=fate.bypassed * value,
            failed=fate.failed * value,
            delay=prepared.base_delay + economy.delay * HOURS_A_DAY + waiting[month] + settlement.hours,
            noise=draws.noise[:, :, month],
            settlement=settlement,
        )
        luck = Luck(draws.latent[:, :, month])
        economy.end_month(month, _by_option(value, fate), fate.blocked + fate.refused, fate.failed, luck)
        outcomes.append(outcome)
        seen.append(at_end(before, economy, parts))
    return joined(outcomes), joined(seen)


def pay_month(
    economy: Economy, segments: Sequence[Segment], weights: Sequence[Array | float]
) -> tuple[Array, list[Part]]:
    """Value contracted in a month, (E, 2, L), and what becomes of contracts in each of its segments.

    weights : share of the month's payments made in each segment, one number or by corridor, (L,)
    """
    parts: list[Part] = []
    for segment, weight in zip(segments, weights, strict=True):
        economy.set_policy(segment.policy)
        if segment is segments[0]:
            economy.open_month()
            value = economy.value() / MONTHS_A_YEAR
        parts.append(Part(segment, weight, economy.pay(), None if segment is segments[-1] else economy.price()))
    return value, parts


def _by_option(value: Array, fate: Payment) -> Array:
    """Value paid by option, (E, P), of value contracted, (E, 2, L)."""
    draws, options = len(value), fate.paid.shape[-1]
    return np.asarray((value.reshape(draws, 1, -1) @ fate.paid.reshape(draws, -1, options))[:, 0])


def records(prepared: Prepared, draws: Draws, rows: Rows, engine: str) -> list[Record]:
    """One record a replicate."""
    return [
        Record(
            months=prepared.months,
            series={name: (keys, np.ascontiguousarray(table[e])) for name, (keys, table) in rows.items()},
            facts={"engine": engine, **draws.facts(e)},
        )
        for e in range(len(draws.replicates))
    ]
