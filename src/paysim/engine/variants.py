"""A scenario that differs from one that is ready to run in a parameter or an event: what that leaves alone stays.

Who moves a lever waits for the answer. Most of the time that making a world ready takes goes into what a lever seldom
touches: reading the tables, fitting the currencies of goods trade, measuring a base run. This is for speed alone:
`varied` gives what `prepare` would give, to the last bit, and where it does not know better it calls `prepare`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from paysim.engine.build import DELAY_MONTHS, measure_base_delay, prepare, told, world_facts
from paysim.engine.prepared import RUN_OUT, Prepared, System
from paysim.engine.tables import Tables
from paysim.model.classes import pair_classes

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

IN_WORDS = frozenset({"title", "question", "assumptions", "sources", "limits", "claims", "checks"})
"""Parts of a scenario that change no run."""
TOLD = frozenset({"name", "horizon", "settlement", "tipping", "behaviour", "uncertainty", "events"})
"""Parts whose changes are followed here, and ``systems`` where their liquidity alone differs."""
OF_A_RUN = frozenset({"replicates", "seed", "engine"})
"""Parts that a run is told beside the world."""

SLEEPING = frozenset(
    {
        "crisis_inertia",  # nothing is blocked
        "bypass_share",  # nothing is left unpaid
        "native_crisis_median",  # no counterpart is cut
        "switching",  # no bank is cut
        "hub_margin",  # no hub is open
        "refusal_shock",  # nobody refuses
        "refusal_later",
        "leaving_rate",  # nobody is threatened
        "belief_jump",  # nobody is frozen
        "alignment_scale",
        "belief_half_life",
        "loss_given_freeze",
        "swap_line_effect",  # no swap line and no clearing bank is new
        "clearing_bank_effect",
    }
)
"""Parameters that no base run feels, because what they answer to does not happen in one."""


def varied(prepared: Prepared, before: Scenario, after: Scenario, delays: bool = True) -> Prepared:
    """Make a scenario ready to run that differs a little from one that is.

    prepared : what `prepare` made of ``before``, or this function with ``delays``
    delays : False to keep the delays of the base where they enter nothing but ``delay_hours``, which is wherever there
        is no hub: measuring takes ten times as long as all the rest, and everything else stays the same to the last bit

    Where the two differ in behaviour, events, horizon, liquidity of systems or words alone, only what follows from
    those is worked out; the delays of the base are measured anew for parameters that a base run feels, for another
    liquidity and for events that open, cut or bar what none did before. Where more differs this is `prepare`.

    Raises UnstableBaseError, CalibrationError and InputError as `prepare` does.
    """
    differing = {name for name in type(after).model_fields if getattr(before, name) != getattr(after, name)}
    systems = _systems(prepared, before, after)
    if systems is None or not differing - {"systems"} <= IN_WORDS | TOLD | OF_A_RUN:
        return prepare(after)
    made = replace(prepared, **told(after), systems=systems)
    tables = Tables(after)
    if "horizon" in differing:
        made = replace(made, switches=tables.switches())
    same_world = _reached(before) == _reached(after)
    if not same_world:
        world = tables.world(representative=True)
        individual = tables.world(representative=False)
        made = replace(made, world=world, individual=individual, classes=pair_classes(world))
    if not same_world or differing & {"behaviour", "tipping"}:
        made = replace(made, world_facts=world_facts(made))
    same_run = same_world and "systems" not in differing and _felt(prepared) == _felt(made)
    if same_run or not (delays or _with_hubs(made) or _named(made) != _named(prepared)):
        return made
    made = replace(made, base_delay=np.zeros(len(made.world.options)))
    return replace(made, base_delay=measure_base_delay(made))


def _reached(scenario: Scenario) -> tuple[Hashable, ...]:
    """What the world holds ready because some event opens, cuts or bars it."""
    opened, cut = scenario.opened_currencies(), frozenset(scenario.cut_networks())
    return scenario.hubs(), opened, cut, scenario.barred_currency_sets()


def _systems(prepared: Prepared, before: Scenario, after: Scenario) -> tuple[System, ...] | None:
    """The settlement systems with the liquidity of now; None where they differ in anything else."""
    if before.systems == after.systems:
        return prepared.systems
    if list(before.systems) != list(after.systems):
        return None
    found = []
    for system in prepared.systems:
        old, new = before.systems[system.name], after.systems[system.name]
        if old.model_copy(update={"liquidity": new.liquidity}) != new or system.true is None:
            return None
        found.append(replace(system, level=float(new.liquidity) / system.true.prefunding.value))
    return tuple(found)


def _with_hubs(prepared: Prepared) -> bool:
    """Whether the economy starts from the delays of the base: who pays through a hub waits as at its direct option."""
    return any(option.hub >= 0 for option in prepared.world.options)


def _named(prepared: Prepared) -> list[str]:
    """Names of the options, to which the delays belong."""
    return [option.name for option in prepared.world.options]


def _felt(prepared: Prepared) -> tuple[Any, ...]:
    """What a base run feels of what scenarios tell: rules, parameters that do not sleep, paths of its months."""
    best = {name: spread.best for name, spread in prepared.ranges.items() if name not in SLEEPING}
    switches = prepared.switches
    paths = [path[: DELAY_MONTHS + RUN_OUT + 1].tobytes() for path in (switches.member_path, switches.native_path)]
    return prepared.rules, best, paths
