"""Tiny worlds whose answers can be worked out by hand: a factory of worlds, behaviour and economies.

Everything that feeds back is off unless a test turns it on, so that a test names what it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.engine.prepared import Prepared, System, Traffic
from paysim.engine.timeline import month_starts
from paysim.model.base import Base, calibrate
from paysim.model.classes import PairClasses, pair_classes
from paysim.model.economy import Economy
from paysim.model.parameters import Parameters, Rules
from paysim.model.profiles import trade_shares
from paysim.model.ruling import Luck, Switches
from paysim.model.state import Policy
from paysim.model.world import MEMBER, NATIVE, Banks, Option, World
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.response import MEASURES, Response

Array = NDArray[np.float64]

SWIFT, CIPS = 0, 1
SECONDS_A_DAY = 86_400
START = datetime(2024, 7, 1, tzinfo=UTC)
HORIZON = 36

NEUTRAL = {
    "cost_sensitivity": 0.006,
    "network_effect": 0.0,
    "nest_parameter": 0.25,
    "inertia": 0.0,
    "crisis_inertia": 0.0,
    "trade_elasticity": 0.0,
    "finance_elasticity": 0.0,
    "adjustment": 1.0,
    "diversion": 0.0,
    "bypass_share": 0.0,
    "bypass_cost": 500.0,
    "cleared_in_cips": 0.65,
    "messaged_on_swift": 0.8,
    "initial_native_share": 0.2,
    "native_base_rate": 0.0,
    "native_crisis_median": 60.0,
    "refusal_shock": 0.8,
    "refusal_later": 0.25,
    "hub_margin": 80.0,
    "finance_multiplier": 0.0,
    "joining_innovation": 0.0,
    "joining_imitation": 0.0,
    "joining_saving_weight": 0.0,
    "leaving_rate": 0.0,
    "delay_cost": 2.0,
    "rejection_cost": 100.0,
    "liquidity_half_life": 90.0,
    "belief_jump": 0.0,
    "alignment_scale": 0.6,
    "belief_half_life": 1095.75,
    "loss_given_freeze": 1000.0,
    "local_complementarity": 0.0,
    "local_constant": 0.01,
    "switching": 0.2,
    "growth": 0.0,
    "depth_half_life": 0.0,
    "queue_limit": 30.0,
    "swap_line_effect": 0.7,
    "clearing_bank_effect": 1.0,
}
"""No inertia, no network effect, no answer of trade, nobody joins; otherwise the shipped defaults."""


SHIPPED_RANGES = {
    "cost_sensitivity": (0.002, 0.02),
    "nest_parameter": (0.1, 1.0),
    "trade_elasticity": (2.0, 8.0),
    "finance_elasticity": (2.0, 12.0),
    "adjustment": (0.1, 1.0),
    "diversion": (0.0, 0.67),
    "bypass_share": (0.0, 0.6),
    "cleared_in_cips": (0.4, 0.8),
    "messaged_on_swift": (0.5, 0.9),
    "initial_native_share": (0.05, 0.45),
    "finance_multiplier": (3.0, 8.0),
    "local_complementarity": (0.0, 0.3),
    "belief_jump": (0.005, 0.06),
}
"""Ranges over which a statement that holds for any parameters is tried (those of the shipped schema)."""


def parameters(draws: int = 1, **changes: ArrayLike) -> Parameters:
    """Neutral parameters with changes, each a number or one a draw."""
    unknown = set(changes) - set(NEUTRAL)
    assert not unknown, unknown
    values = {**NEUTRAL, **changes}
    return Parameters(
        **{f.name: np.broadcast_to(np.asarray(values[f.name], float), (draws,)).copy() for f in fields(Parameters)}
    )


def direct(currency: int, name: str = "", weight: float = 1.0, visible: bool = True) -> Option:
    """An option on SWIFT that settles in the currency's own system."""
    return Option(name or f"c{currency}-swift", currency, ((SWIFT, MEMBER),), (SWIFT,), (currency,), visible, weight)


def members_only(currency: int) -> Option:
    """An option for which both banks must be on CIPS, and nothing else."""
    return Option(f"c{currency}-cips", currency, ((CIPS, MEMBER),), (CIPS,), (currency,), True, 1.0)


def yuan_routes(currency: int, weights: Sequence[float] = (np.nan,) * 3) -> tuple[Option, Option, Option]:
    """Offshore, hybrid and native options of a currency; system ``currency`` is offshore, the next one CIPS."""
    cips = currency + 1
    return (
        direct(currency, "y-swift", weights[0]),
        Option("y-hybrid", currency, ((SWIFT, MEMBER), (CIPS, MEMBER)), (SWIFT,), (cips,), True, weights[1]),
        Option("y-cips", currency, ((CIPS, NATIVE),), (CIPS,), (cips,), False, weights[2]),
    )


def through_hub(option: int, options: Sequence[Option], cips_system: int, hub: int = 0) -> Option:
    """The hub option that stands in for a direct one."""
    first = options[option]
    return Option(
        f"{first.name}-hub",
        first.currency,
        (),
        (CIPS, SWIFT),
        (cips_system, first.systems[0]),
        True,
        np.nan,
        option,
        hub,
    )


def even_banks(groups: int, count: int = 1) -> Banks:
    """``count`` banks of equal weight in every group."""
    return Banks(
        np.repeat(np.arange(groups), count),
        np.full(groups * count, 1.0 / count),
        ("all",) * (groups * count),
        np.tile(np.arange(count), groups),
    )


def make_world(
    shares: ArrayLike,
    trade: ArrayLike = ((0.0, 60.0), (60.0, 0.0)),
    *,
    options: Sequence[Option] = (),
    cips: ArrayLike = 0.0,
    native: ArrayLike = 0.0,
    banks: Banks | None = None,
    finance: ArrayLike | None = None,
    hubs: Sequence[int] = (),
    cuttable: tuple[bool, bool] = (False, False),
    bars: Sequence[frozenset[int]] = (),
    yuan: int | None = None,
    issuer: int = 0,
    alignment: ArrayLike = 0.0,
    names: Sequence[str] = (),
    euro: int = -1,
    own: Sequence[int] = (),
) -> World:
    """A world of a few groups that all trade in given currency shares.

    shares : (C,) of every corridor, or (G, G, C); trade : (G, G) USD bn a year; cips, native : bank weight of groups
    on CIPS and, of all, with its messages; yuan : currency with three routes, issued by ``issuer``.
    """
    value = np.asarray(trade, float)
    count = len(value)
    by_corridor = np.broadcast_to(np.asarray(shares, float), (count, count, np.asarray(shares).shape[-1])).copy()
    currencies = by_corridor.shape[-1]
    profile = by_corridor.mean((0, 1))[None].repeat(count, axis=0)
    weights = np.stack([np.ones(count), np.broadcast_to(np.asarray(cips, float), count)], axis=1)
    messages = np.stack([np.ones(count), np.broadcast_to(np.asarray(native, float), count)], axis=1)
    pattern = np.zeros((count, count)) if finance is None else np.asarray(finance, float)
    chosen = tuple(options) or tuple(direct(c) for c in range(currencies))
    systems = 1 + max(system for option in chosen for system in option.systems)
    banks = banks or even_banks(count)
    return World(
        groups=tuple(names) or tuple(f"G{g}" for g in range(count)),
        currencies=tuple(f"C{c}" for c in range(currencies)),
        networks=("SWIFT", "CIPS"),
        systems=tuple(f"S{s}" for s in range(systems)),
        hubs=tuple(f"G{g}" for g in hubs),
        options=chosen,
        bar_patterns=(frozenset(), *bars),
        banks=banks,
        own_currency=np.array(own or [g % currencies for g in range(count)], dtype=np.int64),
        alignment=np.broadcast_to(np.asarray(alignment, float), count).copy(),
        trade=value,
        finance_pattern=pattern,
        export_profile=profile,
        import_profile=profile,
        levels=np.array([MEMBER, NATIVE]),
        member=weights,
        native=messages,
        cuttable=np.array(cuttable),
        hub_groups=np.array(hubs, dtype=np.int64),
        targets=np.full(currencies, np.nan),
        known_corridors={(g, h): by_corridor[g, h] for g in range(count) for h in range(count)},
        representative=len(banks.group) == count,
        participants=np.ones(count),
        anchor=None if yuan is None else (issuer, yuan),
        euro=euro,
    )


def calibrated(world: World, behaviour: Parameters) -> tuple[PairClasses, Base]:
    """Classes and base of a world."""
    classes = pair_classes(world)
    return classes, calibrate(world, classes, behaviour, trade_shares(world))


def make_switches(groups: int, joining: bool = False, enabling: bool = False, switching: bool = False) -> Switches:
    """Who follows the model's hazards; nobody has a path."""
    path = np.full((HORIZON + 1, groups), np.nan)
    return Switches(np.full(groups, float(joining)), np.full(groups, float(enabling)), switching, path, path.copy())


def make_economy(
    world: World,
    draws: int = 1,
    gamma: ArrayLike = 0.0,
    rules: Rules | None = None,
    switches: Switches | None = None,
    **behaviour: ArrayLike,
) -> Economy:
    """The economy of a world at its base; ``gamma`` is the network effect itself, one number or one a draw."""
    chosen = parameters(draws, **behaviour)
    classes, base = calibrated(world, chosen)
    effect = np.broadcast_to(np.asarray(gamma, float), (draws,)).copy()
    return Economy(world, classes, chosen, base, effect, rules or Rules(), switches or make_switches(len(world.groups)))


def pass_month(economy: Economy, policy: Policy | None = None, month: int = 0, luck: Luck | None = None) -> Array:
    """Live through one month of the mean field; what was paid, (E, 2, L, P)."""
    if policy is not None:
        economy.set_policy(policy)
    economy.open_month()
    value, fate = economy.value() / 12.0, economy.pay()
    paid = fate.paid * value[..., None]
    economy.end_month(month, paid.sum((1, 2)), fate.blocked + fate.refused, fate.failed, luck or Luck())
    return paid


def currency_shares(economy: Economy) -> Array:
    """Currency shares of contracts, live and blocked, (E, 2, L, C)."""
    return np.asarray((economy.contracts.live + economy.contracts.blocked) @ economy.world.nest)


def cut(world: World, groups: Sequence[int], share: float = 1.0) -> Policy:
    """A policy under which a share of every bank of groups is off SWIFT."""
    policy = Policy.base(world)
    policy.disconnect(np.where(np.isin(world.banks.group, groups), share, 0.0), SWIFT)
    return policy


@dataclass(frozen=True)
class Act:
    """An event that does anything to a policy from an instant on."""

    at: datetime
    change: Callable[[Policy, World], None]
    until: datetime | None = None

    def effect(self, policy: Policy, world: World, elapsed: float) -> None:
        """Change the policy while it lasts."""
        if self.until is None or elapsed < (self.until - self.at).total_seconds() / SECONDS_A_DAY:
            self.change(policy, world)

    def instants(self) -> tuple[datetime, ...]:
        """Its beginning and end."""
        return (self.at,) if self.until is None else (self.at, self.until)


@dataclass(frozen=True)
class Point:
    """A parameter without uncertainty."""

    best: float

    def quantile(self, u: float) -> float:
        """The value itself."""
        return self.best


HOURS_A_DAY = 24.0


def never_short() -> Response:
    """How a system responds in which nobody ever lacks liquidity."""
    return made_response(np.zeros((2, 2)))


def made_response(unsettled: Array, value: Sequence[float] = (0.5, 2.0), levels: Sequence[float] = (1.0,)) -> Response:
    """A response with given unsettled shares, (values, levels and ample liquidity), no waiting, and a tenth used."""
    used = np.full(unsettled.shape, 0.1)
    tables = {name: np.zeros(unsettled.shape) for name in MEASURES}
    tables |= {"unsettled_share": unsettled, "liquidity_used": used}
    axes = {"value": np.array(value), "liquidity": np.array([*levels, np.inf])}
    return Response("made", 1, 2, **axes, **tables, errors={name: np.zeros(unsettled.shape) for name in MEASURES})


def make_prepared(
    world: World,
    months: int,
    *,
    individual: World | None = None,
    events: Sequence[Act] = (),
    switches: Switches | None = None,
    traffic: Traffic | None = None,
    response: Response | None = None,
    **behaviour: float,
) -> Prepared:
    """A world made ready for both engines; its systems never close and lend what is needed."""
    always = OperatingCalendar.from_hours("00:00-24:00", "UTC", "every-day")
    return Prepared(
        name="tiny",
        world=world,
        individual=individual or replace(world, representative=False),
        classes=pair_classes(world),
        trade_share=trade_shares(world),
        rules=Rules(),
        switches=switches or make_switches(len(world.groups)),
        events=tuple(events),
        months=np.datetime64("2024-07", "M") + np.arange(months),
        starts=tuple(month_starts(START, months)),
        ranges={name: Point(value) for name, value in {**NEUTRAL, **behaviour}.items()},
        latent_sd=np.full(len(world.currencies), 0.1),
        noise_sd=np.full(len(world.currencies), 0.07),
        uncertain=frozenset(),
        systems=tuple(System(name, always, 1.0, HOURS_A_DAY, response or never_short()) for name in world.systems),
        traffic=traffic or Traffic(500, "plain", 0.0),
        statistic=14.6,
        base_delay=np.zeros(len(world.options)),
        tipping=True,
        true_size=False,
        world_facts={},
    )
