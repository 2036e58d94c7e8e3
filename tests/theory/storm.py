"""A small world in which everything happens: a partial cut with notice, a hub, fear, bars, steering, a reconnection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from worlds import CIPS, SWIFT, Act, direct, make_world, through_hub, yuan_routes

from paysim.model.state import Policy
from paysim.model.world import Banks, World

Array = NDArray[np.float64]

MONTHS = 24
NAMES = ("ISSUER", "HARBOUR", "WEST", "SOUTH")
TRADE = np.array([[0.0, 30.0, 60.0, 45.0], [25.0, 0.0, 20.0, 15.0], [40.0, 18.0, 70.0, 35.0], [50.0, 12.0, 30.0, 8.0]])
PROFILES = np.array([[0.55, 0.15, 0.30], [0.60, 0.20, 0.20], [0.45, 0.50, 0.05], [0.75, 0.15, 0.10]])
BEHAVIOUR = {
    "network_effect": 0.6,
    "nest_parameter": 0.3,
    "inertia": 0.97,
    "crisis_inertia": 0.88,
    "trade_elasticity": 4.0,
    "finance_elasticity": 6.0,
    "adjustment": 0.2,
    "diversion": 0.5,
    "bypass_share": 0.3,
    "finance_multiplier": 5.0,
    "native_base_rate": 0.1,
    "joining_innovation": 0.1,
    "joining_imitation": 0.15,
    "joining_saving_weight": 0.005,
    "leaving_rate": 0.3,
    "belief_jump": 0.02,
    "depth_half_life": 182.0,
    "growth": 0.03,
}


def storm_world(count: int = 1) -> World:
    """Four groups, three currencies, one hub; ``count`` banks in every group, Zipf weights."""
    plain = (direct(0), direct(1), *yuan_routes(2))
    cips = max(system for option in plain for system in option.systems)
    options = (*plain, *(through_hub(p, plain, cips) for p in (0, 1, 2)))
    weight = 1.0 / np.arange(1, count + 1)
    banks = Banks(
        np.repeat(np.arange(4), count),
        np.tile(weight / weight.sum(), 4),
        ("all",) * (4 * count),
        np.tile(np.arange(count), 4),
    )
    shares = np.sqrt(PROFILES[:, None] * PROFILES[None])
    shares /= shares.sum(-1, keepdims=True)
    world = make_world(
        shares,
        TRADE,
        options=options,
        cips=[0.95, 0.9, 0.5, 0.6],
        native=[0.85, 0.5, 0.1, 0.2],
        banks=banks,
        finance=(TRADE + TRADE.T) / (2.0 * TRADE.sum()),
        hubs=[1],
        cuttable=(True, False),
        bars=[frozenset({1})],
        yuan=2,
        alignment=[-1.0, -0.6, 1.0, 0.1],
        names=NAMES,
        own=[2, 1, 0, 1],
    )
    return replace(world, hubs=("HARBOUR",), known_corridors={(0, 3): shares[0, 3], (3, 0): shares[3, 0]})


def banks_of(world: World, name: str, share: float) -> Array:
    return np.asarray((world.banks.group == world.group_index(name)) * share)


def at(month: int, day: int = 1) -> datetime:
    return datetime(2024 + (6 + month) // 12, (6 + month) % 12 + 1, day, tzinfo=UTC)


@dataclass(frozen=True)
class Announced(Act):
    """An act that is known some days before."""

    notice: float = 30.0

    @property
    def announced(self) -> datetime:
        """When it becomes known."""
        return self.at - timedelta(days=self.notice)


def steer(policy: Policy, world: World) -> None:
    policy.steering_message, policy.steering_clearing = 0.03, 0.02


def cut_issuer(policy: Policy, world: World) -> None:
    policy.disconnect(banks_of(world, "ISSUER", 0.7), SWIFT)
    policy.shocks[world.group_index("ISSUER")] += 1.0
    policy.feared[world.own_currency[world.group_index("WEST")]] = 1.0


def bar_west(policy: Policy, world: World) -> None:
    issuer, west = world.group_index("ISSUER"), world.group_index("WEST")
    policy.pair_barred[issuer, west, CIPS] = policy.pair_barred[west, issuer, CIPS] = 1.0
    policy.willingness[west] = 0.0


def frighten(policy: Policy, world: World) -> None:
    issuer, south = world.group_index("ISSUER"), world.group_index("SOUTH")
    for table, value in ((policy.refusal_shock, 0.9), (policy.delay, 6.0)):
        table[issuer, south] = table[south, issuer] = value
    policy.threat[south] = 0.8


def open_harbour(policy: Policy, world: World) -> None:
    policy.hub_open[0], policy.hub_capacity[0] = 1.0, 60.0


def bar_currency(policy: Policy, world: World) -> None:
    currency = next(iter(world.bar_patterns[1]))
    policy.bar(banks_of(world, "SOUTH", 0.4), frozenset({currency}), world)


def tax_first(policy: Policy, world: World) -> None:
    policy.premium[world.own_currency[world.group_index("WEST")]] = 25.0
    policy.drift[world.own_currency[world.group_index("ISSUER")]] = 0.01


def hide_second(policy: Policy, world: World) -> None:
    policy.coverage[world.own_currency[world.group_index("HARBOUR")]] = 0.7


EVENTS = (
    Act(at(1), steer, until=at(4)),
    Announced(at(5), cut_issuer, until=at(20)),
    Act(at(7, 13), frighten, until=at(15)),
    Act(at(9), open_harbour),
    Act(at(11), bar_west),
    Act(at(13, 20), bar_currency),
    Act(at(3), tax_first, until=at(18)),
    Act(at(16), hide_second),
)
