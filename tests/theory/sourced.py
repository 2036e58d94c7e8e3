"""The world of the sourced data, still but for what a test states in the words of a scenario file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from paysim.engine.prepared import Prepared
from paysim.engine.run import prepare
from paysim.scenario.loading import load_scenario

STILL = """\
format: 1
title: Nothing moves by itself
question: What follows from one change alone?
start: 2024-07
horizon: {horizon}
adoption_default: frozen
native_adoption_default: frozen
traffic: {{payments_per_month: 600}}
uncertainty: {{parameters: false, latent_demand: false, noise: false}}
behaviour:
{behaviour}
events:
{events}
"""

WholeWorld = Callable[..., Prepared]


def sourced_world(folder: Path, events: str = "", horizon: str = "2025-06", **behaviour: object) -> Prepared:
    """Write a scenario into a folder and make it ready: frozen memberships, no luck, and what is stated."""
    path = folder / "still.yaml"
    rows = "\n".join(f"  {name}: {value}" for name, value in behaviour.items()) or "  growth: 0 %/year"
    path.write_text(STILL.format(horizon=horizon, behaviour=rows, events=events or "  []"))
    return prepare(load_scenario(path))
