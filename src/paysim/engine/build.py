"""From scenario and data to a world: every table of the scenario becomes arrays, and the base is tested."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.engine.draws import draw
from paysim.engine.prepared import Prepared, Traffic
from paysim.engine.tables import Tables
from paysim.engine.timeline import month_starts
from paysim.errors import UnstableBaseError
from paysim.model.classes import pair_classes
from paysim.model.parameters import Parameters, Rules
from paysim.model.profiles import trade_shares
from paysim.model.units import MONTHS_A_YEAR

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

Array = NDArray[np.float64]

DELAY_MONTHS = 3


def prepare(scenario: Scenario, delays: bool = True) -> Prepared:
    """Make a scenario ready to run.

    delays : False to leave the delays of the base unmeasured (0 h) where they enter nothing of a mean field but
        ``delay_hours``, which is wherever there is no hub; the event engine needs them

    Raises UnstableBaseError where the network effect is beyond its threshold and the scenario does not say
    ``tipping: true``, CalibrationError where the base cannot meet the published figures, InputError for an option
    whose weight nobody states.
    """
    tables = Tables(scenario)
    world = tables.world(representative=True)
    prepared = Prepared(
        **told(scenario),
        world=world,
        individual=tables.world(representative=False),
        classes=pair_classes(world),
        trade_share=trade_shares(world),
        switches=tables.switches(),
        latent_sd=np.array([currency.latent_demand_sd for currency in scenario.currencies.values()]),
        noise_sd=np.array([currency.observation_noise for currency in scenario.currencies.values()]),
        systems=tables.systems(),
        traffic=Traffic(
            scenario.traffic.payments_per_month, scenario.traffic.sampling, float(scenario.traffic.size_sigma)
        ),
        statistic=published_cips_value(scenario.start, scenario.as_of),
        base_delay=np.zeros(len(world.options)),
        world_facts={},
    )
    prepared = replace(prepared, world_facts=world_facts(prepared))
    if not delays and all(option.hub < 0 for option in world.options):
        return prepared
    return replace(prepared, base_delay=measure_base_delay(prepared))


def told(scenario: Scenario) -> dict[str, Any]:
    """What a world ready to run takes over from its scenario as it is told: what happens, when, and how people behave.

    Nothing here rests on the tables, and nothing in the tables on this, but for what events open, cut and bar.
    """
    months, behaviour = scenario.months(), scenario.behaviour
    return {
        "name": scenario.name,
        "rules": Rules(immediate=behaviour.recontracting == "immediate", depth=behaviour.depth),
        "events": tuple(scenario.events),
        "months": np.array([f"{month:%Y-%m}" for month in months], dtype="datetime64[M]"),
        "starts": tuple(month_starts(scenario.start, len(months))),
        "ranges": {field.name: getattr(behaviour, field.name) for field in fields(Parameters)},
        "uncertain": frozenset(name for name, on in scenario.uncertainty.model_dump().items() if on),
        "tipping": scenario.tipping,
        "true_size": scenario.settlement == "true_size",
    }


def world_facts(prepared: Prepared) -> dict[str, Any]:
    """What is known of the base at the best values of all parameters; refuses an unstable one."""
    best = draw(prepared, 0, [0], ())
    facts: dict[str, Any] = dict(best.facts(0))
    facts.pop("replicate")
    ratio = float(best.parameters.network_effect[0] + best.parameters.local_complementarity[0])
    if ratio >= 1.0 and not prepared.tipping:
        raise UnstableBaseError(
            f"behaviour.network_effect: {float(best.parameters.network_effect[0]):g} of the tipping threshold (with "
            f"behaviour.local_complementarity {ratio:g}; gamma_c is {float(best.threshold[0]):.3f}) makes the base "
            "unstable: expected a sum below 1, or `tipping: true` in a study of tipping"
        )
    value = np.einsum("kl,klc->c", best.base.value[0], best.base.share[0])
    trade = prepared.world.trade.sum(0) + prepared.world.trade.sum(1)
    facts["goods_trade"] = {group: float(value) for group, value in zip(prepared.world.groups, trade, strict=True)}
    for currency, share in zip(prepared.world.currencies, value / value.sum(), strict=True):
        facts[f"base_true_share_{currency}"] = float(share)
    return facts


def measure_base_delay(prepared: Prepared) -> Array:
    """Hours from submission to credit of every option in a base run, (P,); a hub option's is its direct option's."""
    from paysim.engine.simulation import Simulation

    world = prepared.world
    first = datetime.fromtimestamp(prepared.starts[0], UTC)
    quiet = replace(
        prepared,
        events=(),
        months=prepared.months[0] + np.arange(DELAY_MONTHS),
        starts=tuple(month_starts(first, DELAY_MONTHS)),
        uncertain=frozenset(),
        true_size=False,
    )
    run = Simulation(quiet, draw(quiet, 0, [0], ()), seed=0, replicate=0)
    run.run()
    weight = run.ledger.weight.sum(0)
    hours = run.ledger.delay.sum(0) / np.maximum(weight, np.finfo(float).tiny)
    return np.asarray(hours[world.direct])


def published_cips_value(start: datetime, as_of: date | None = None) -> float:
    """Mean monthly value of CIPS, trn yuan, in the year of the start or the last one published before.

    as_of : only what was public on that day
    """
    known = [row for row in catalogue.cips_value("year", as_of) if row.period.text[:4].isdigit()]
    fitting = [row for row in known if int(row.period.text[:4]) <= start.year] or known[:1]
    return float(max(fitting, key=lambda row: row.period.text).value) / MONTHS_A_YEAR
