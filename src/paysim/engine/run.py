"""The two engines behind one door: make a scenario ready once, then run replicates of it."""

from __future__ import annotations

from collections.abc import Sequence

from paysim.engine.build import prepare
from paysim.engine.meanfield import simulate_at, simulate_ensemble
from paysim.engine.points import simulate_points
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record

__all__ = ["Prepared", "prepare", "simulate_at", "simulate_events", "simulate_mean_field", "simulate_points"]

SOURCES = ("parameters", "latent_demand", "noise")


def simulate_events(prepared: Prepared, seed: int, replicate: int, sources: Sequence[str] = SOURCES) -> Record:
    """Run one replicate through the event engine; ``sources`` names what may differ between replicates."""
    from paysim.engine.simulation import simulate

    return simulate(prepared, seed, replicate, sources)


def simulate_mean_field(
    prepared: Prepared, seed: int, replicates: Sequence[int], sources: Sequence[str] = SOURCES
) -> list[Record]:
    """Run replicates through the mean field, all at once; ``sources`` names what differs between them."""
    return simulate_ensemble(prepared, seed, replicates, sources)
