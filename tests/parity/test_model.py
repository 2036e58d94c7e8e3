"""The vectorised economy against its slow twin, month by month, while everything happens that can happen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "theory"))
from model_twin import CIPS, Twin  # the tests are not a package
from storm import (
    BEHAVIOUR,
    EVENTS,
    MONTHS,
    Announced,
    at,
    banks_of,
    bar_currency,
    bar_west,
    cut_issuer,
    frighten,
    open_harbour,
    steer,
    storm_world,
)
from worlds import NEUTRAL, SWIFT, Act, make_economy, make_prepared, make_switches

from paysim.engine.meanfield import pay_month
from paysim.engine.measure import fate_of
from paysim.engine.timeline import Timeline
from paysim.events.targets import hit_banks
from paysim.model.economy import Economy
from paysim.model.ruling import Luck
from paysim.model.state import Policy
from paysim.model.world import NATIVE, Option, World

TOLERANCE = 1e-10
GAMMA = 0.7


def twin_of(economy: Economy, **switches: bool) -> Twin:
    """The slow twin of an economy at its start: the same world, the same base."""
    world, base = economy.world, economy.base
    masks = [tuple(bool(x) for x in mask) for mask in economy.classes.base_mask]
    lines = list(zip(world.payer.tolist(), world.payee.tolist(), strict=True))
    places = [(k, place, line) for k in (0, 1) for place, line in enumerate(lines)]
    return Twin(
        world=world,
        behaviour={f.name: float(getattr(economy.parameters, f.name)[0]) for f in fields(economy.parameters)},
        gamma=GAMMA,
        share={(k, *line): base.share[0, k, place].tolist() for k, place, line in places},
        value={(k, *line): float(base.value[0, k, place]) for k, place, line in places},
        routes={
            line: {mask: base.route[0, place, k].tolist() for k, mask in enumerate(masks)}
            for place, line in enumerate(lines)
        },
        mix={(k, *line): base.mix[0, k, place].tolist() for k, place, line in places},
        member=economy.member[0, :, CIPS].tolist(),
        native=economy.native[0, :, CIPS].tolist(),
        **switches,
    )


def table(found: Mapping[tuple[int, int, int], object], groups: int) -> np.ndarray:
    """A twin's dictionary by (purpose, g, h) as an array (2, L, ...)."""
    return np.array([[found[k, g, h] for g in range(groups) for h in range(groups)] for k in (0, 1)])


def compare(world: World, events: tuple[object, ...], months: int, moving: bool, **behaviour: float) -> Economy:
    """Run both, and compare all state after every month; the economy at the end."""
    switches = {"joining": moving, "enabling": moving, "switching": moving}
    chosen = {**BEHAVIOUR, **behaviour}
    economy = make_economy(world, gamma=GAMMA, switches=make_switches(4, **switches), **chosen)
    twin = twin_of(economy, **switches)
    prepared = make_prepared(world, months, events=events, **chosen)  # type: ignore[arg-type]
    timeline = Timeline(world, prepared.events, prepared.starts)
    rng, groups = np.random.default_rng(24), len(world.groups)
    for month in range(months):
        latent = rng.normal(0.0, 0.05, (1, len(world.currencies)))
        for policy, days in timeline.notices(month):
            economy.give_notice(policy, days)
        value, parts = pay_month(economy, segments := timeline.segments(month), timeline.shares(month, segments))
        fate = fate_of(parts)
        paid = fate.paid * value[..., None]
        economy.end_month(month, paid.sum((1, 2)), fate.blocked + fate.refused, fate.failed, Luck(latent))
        parts = [(segment.policy, segment.fraction) for segment in timeline.segments(month)]
        outcome = twin.live_through(timeline.notices(month), parts, latent[0].tolist())
        pairs = {
            "paid": (paid[0], table({key: row[0] for key, row in outcome.items()}, groups)),
            "failed": (fate.failed[0], table({key: row[2] for key, row in outcome.items()}, groups)),
            "live": (economy.contracts.live[0], table(twin.live, groups)),
            "blocked": (economy.contracts.blocked[0], table(twin.blocked, groups)),
            "volume": (economy.volume[0], table(twin.volume, groups)),
            "depth": (economy.depth[0], np.array(twin.depth)),
            "belief": (economy.belief[0], np.array(twin.belief)),
            "member": (economy.member[0, :, CIPS], np.array(twin.member)),
            "native": (economy.native[0, :, CIPS], np.array(twin.native)),
            "weight": (economy.weight[0], np.array(twin.weight)),
            "diverted": (economy.diverted[0], np.array([twin.diverted[line] for line in twin.lines])),
        }
        stock = economy.contracts.live + economy.contracts.blocked
        np.testing.assert_allclose(stock.sum(-1)[economy.base.value > 0.0], 1.0, atol=1e-12, err_msg=f"month {month}")
        assert min(economy.contracts.live.min(), economy.contracts.blocked.min()) > -1e-15, month
        for name, (fast, slow) in pairs.items():
            scale = max(1.0, float(np.abs(slow).max()))
            np.testing.assert_allclose(fast, slow, rtol=0, atol=TOLERANCE * scale, err_msg=f"{name}, month {month}")
    return economy


def test_two_years_of_storm_are_the_same_in_loops_and_in_arrays() -> None:
    economy = compare(storm_world(), EVENTS, MONTHS, moving=True)
    assert np.abs(economy.volume - 1.0).max() > 0.01


def test_with_several_banks_in_a_group_too() -> None:
    economy = compare(storm_world(3), EVENTS, 12, moving=True)
    assert np.abs(economy.weight[0] - economy.world.banks.weight).max() == 0.0  # all banks of a group cut alike


@pytest.mark.parametrize("theta", [0.15, 1.0])
@pytest.mark.parametrize("left_out", [steer, cut_issuer, frighten, open_harbour])
def test_without_one_of_the_causes(left_out: object, theta: float) -> None:
    events = tuple(event for event in EVENTS if event.change is not left_out)
    compare(storm_world(), events, 14, moving=False, nest_parameter=theta, local_complementarity=0.2)


def test_steering_that_never_stops() -> None:
    events = tuple(replace(event, until=None) if event.change is steer else event for event in EVENTS)
    economy = compare(storm_world(), events, 20, moving=True)
    assert economy.native[0, :, CIPS].min() > 0.3


def test_a_whole_cut_of_the_issuer() -> None:
    def cut_all(policy: Policy, world: World) -> None:
        policy.cut[world.banks.group == world.group_index("ISSUER"), 0] = 1.0

    events = tuple(replace(event, change=cut_all) if event.change is cut_issuer else event for event in EVENTS)
    economy = compare(storm_world(), events, 16, moving=True)
    assert economy.contracts.blocked.sum(-1).max() > 0.2


def test_notices_of_waves_bars_and_a_hub_that_closes() -> None:
    def cut_part(share: float, group: str) -> Callable[[Policy, World], None]:
        return lambda policy, world: policy.disconnect(banks_of(world, group, share), SWIFT)

    events = (
        Act(at(0), open_harbour),
        Announced(at(2, 14), cut_part(0.4, "ISSUER"), notice=20.0),
        Announced(at(4, 9), cut_part(0.8, "ISSUER"), notice=45.0),
        Announced(at(4, 22), bar_currency, until=at(11), notice=10.0),  # two notices in a month
        Announced(at(7), cut_part(0.5, "SOUTH"), notice=30.0),
        Announced(at(9, 5), bar_west, notice=15.0),  # closes options to a corridor
        Announced(at(12, 17), cut_part(1.0, "HARBOUR"), notice=25.0),  # and the hub to all
    )
    economy = compare(storm_world(3), events, 15, moving=True)
    assert economy.contracts.blocked.sum(-1).max() > 0.2


def test_a_cut_that_grows_over_banks_to_all_of_them_and_falls_again() -> None:
    def cut_largest(share: float) -> Callable[[Policy, World], None]:
        return lambda policy, world: policy.disconnect(hit_banks(world, ("ISSUER",), share), SWIFT)

    def cut_all(policy: Policy, world: World) -> None:
        policy.disconnect(banks_of(world, "ISSUER", 1.0), SWIFT)

    events = (
        Act(at(1), open_harbour),
        Act(at(1, 16), cut_largest(0.3)),
        Announced(at(3, 9), cut_largest(0.65), until=at(12), notice=40.0),  # the second bank in part
        Act(at(4, 5), cut_largest(0.75)),
        Act(at(4, 25), cut_largest(0.9), until=at(10)),
        Announced(at(6, 12), cut_all, until=at(8, 3), notice=15.0),
        Announced(at(13), cut_largest(0.95), notice=20.0),
    )
    economy = compare(storm_world(3), events, 15, moving=True)
    assert np.abs(economy.weight[0] - economy.world.banks.weight).max() > 0.05


def back_currency(policy: Policy, world: World) -> None:
    policy.swap_line[2, [world.group_index(name) for name in ("ISSUER", "SOUTH", "HARBOUR")]] = 1.0
    policy.clearing_bank[2, [world.group_index(name) for name in ("ISSUER", "WEST")]] = 0.6


def control_capital(policy: Policy, world: World) -> None:
    policy.conversion[2], policy.cap[2] = 30.0, 0.7


def cap_another(policy: Policy, world: World) -> None:
    policy.cap[1] = 0.9


def mandate(share: float, currency: int, exporter: str) -> Callable[[Policy, World], None]:
    def change(policy: Policy, world: World) -> None:
        seller = world.group_index(exporter)
        policy.mandate[seller, :, currency] = share
        policy.mandate_cost[seller] = 20.0 * policy.mandate[seller].sum(-1)

    return change


def quarrel(policy: Policy, world: World) -> None:
    issuer, west, south = (world.group_index(name) for name in ("ISSUER", "WEST", "SOUTH"))
    policy.tariff[issuer, west], policy.tariff[south, west] = 0.25, 0.1
    policy.banned[west, issuer] = 0.4


def forbid(policy: Policy, world: World) -> None:
    policy.banned[world.group_index("WEST"), world.group_index("SOUTH")] = 1.0


def shrink_and_grow(policy: Policy, world: World) -> None:
    policy.demand[:, world.group_index("SOUTH")] = 0.8
    policy.demand[world.group_index("ISSUER"), world.group_index("HARBOUR")] = 1.3


def upgrade(policy: Policy, world: World) -> None:
    policy.opened[[option.waits for option in world.options]] = 0.8
    policy.switching[world.group_index("ISSUER")] = 0.5


def cut_south(policy: Policy, world: World) -> None:
    policy.disconnect(banks_of(world, "SOUTH", 0.8), SWIFT)


ORDERS = (
    Act(at(1), back_currency, until=at(9)),
    Act(at(2), mandate(0.2, 2, "SOUTH"), until=at(10)),
    Act(at(2), mandate(0.8, 1, "SOUTH"), until=at(3)),  # with the one before: all contracts
    Act(at(4, 15), mandate(0.5, 2, "SOUTH"), until=at(10)),
    Act(at(6), mandate(0.3, 1, "SOUTH"), until=at(13)),  # two currencies, one of which is given up first
    Act(at(10), mandate(0.5, 1, "SOUTH"), until=at(13)),
    Act(at(8), mandate(0.6, 1, "ISSUER")),  # while its contracts are blocked
    Announced(at(2, 25), cut_south, until=at(7)),  # what heeds the notice is written anew before the cut
    Act(at(1, 10), quarrel, until=at(12)),
    Act(at(7), forbid, until=at(9)),
    Act(at(3), shrink_and_grow, until=at(11, 20)),
    Act(at(4), control_capital, until=at(14)),
    Act(at(6, 9), cap_another),
    Act(at(3), upgrade),
)


def upgraded_world(count: int = 1) -> World:
    """The storm's world with an option of the second currency that waits for CIPS to take it."""
    world = storm_world(count)
    cips = max(system for option in world.options for system in option.systems)
    waiting = Option("c1-cips", 1, ((CIPS, NATIVE),), (CIPS,), (cips,), False, 0.3, waits=True)
    return replace(world, options=(*world.options, waiting))


@pytest.mark.parametrize("events", [ORDERS, (*ORDERS, *EVENTS)], ids=["alone", "in the storm"])
def test_orders_are_the_same_in_loops_and_in_arrays(events: tuple[object, ...]) -> None:
    economy = compare(upgraded_world(), events, 16, moving=True, local_complementarity=0.2)
    assert economy.contracts.live[0, :, :, -1].max() > 0.01, "the opened option must be used, or this proves little"


def test_orders_with_several_banks_in_a_group_too() -> None:
    compare(upgraded_world(2), (*ORDERS, *EVENTS), 10, moving=True)


def test_the_neutral_behaviour_covers_every_parameter() -> None:
    assert set(NEUTRAL) == {f.name for f in fields(make_economy(storm_world()).parameters)}
