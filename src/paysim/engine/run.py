"""The two engines behind one door: make a scenario ready once, then run replicates of it."""

from __future__ import annotations

from collections.abc import Sequence

from paysim.engine.build import prepare
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record

__all__ = ["Prepared", "prepare", "simulate_events", "simulate_mean_field"]

SOURCES = ("parameters", "latent_demand", "noise")


def simulate_events(prepared: Prepared, seed: int, replicate: int) -> Record:
    """Run one replicate through the event engine."""
    from paysim.engine.simulation import simulate

    return simulate(prepared, seed, replicate)


def simulate_mean_field(
    prepared: Prepared, seed: int, replicates: Sequence[int], sources: Sequence[str] = SOURCES
) -> list[Record]:
    """Run replicates through the mean field, all at once; ``sources`` names what differs between them."""
    return simulate_ensemble(prepared, seed, replicates, sources)
