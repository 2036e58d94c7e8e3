"""Pairs of banks, the routes they can use, and the weights that keep the base while memberships change."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sourced import WholeWorld
from storm import storm_world
from worlds import CIPS, cut, direct, make_economy, make_world, yuan_routes

from paysim.model.base import CAP, fit_routes
from paysim.model.classes import bank_types, feasible, pair_classes
from paysim.model.world import World

fractions = st.floats(0.0, 1.0)
EDGE = 1e-9  # weights below this are as good as none


def routed_world(cips: tuple[float, float], native: tuple[float, float]) -> World:
    options = (direct(0), *yuan_routes(1))
    return make_world([0.7, 0.3], options=options, cips=cips, native=native, cuttable=(True, False))


@given(fractions, fractions, fractions, fractions, st.floats(0.4, 0.8), st.floats(0.5, 0.9))
def test_route_weights_sum_to_one_in_every_class_and_meet_their_targets_on_average(
    first: float, second: float, one: float, other: float, cleared: float, messaged: float
) -> None:
    world = routed_world((first, second), (first * one, second * other))
    economy = make_economy(world, cleared_in_cips=cleared, messaged_on_swift=messaged)
    base, masks = economy.base, economy.classes.base_mask
    line = 1
    nests = base.route[0, line] @ world.nest
    np.testing.assert_allclose(nests[masks.any(axis=1)], 1.0, atol=1e-12)
    assert base.route[0, line][~masks].max(initial=0.0) == 0.0
    mean = base.mix[0, 0, line, 1:] / 0.3
    on_cips, on_native = first * second, first * one * second * other
    native = min(cleared * (1.0 - messaged), CAP * on_native)
    both = min(cleared, CAP * on_cips)  # what does not fit the native route goes to the hybrid one
    np.testing.assert_allclose(mean, [1.0 - both, both - native, native], rtol=0, atol=1e-9)


def test_targets_are_met_without_a_cap_as_far_as_pairs_reach() -> None:
    world = routed_world((0.5, 0.8), (0.3, 0.5))
    classes = pair_classes(world)
    weight = make_economy(world).class_weight @ np.eye(len(classes.base_mask))[classes.base_of]
    routes = fit_routes(world, classes, weight, np.array([[1.0, 0.0, 0.35, 0.65]]), cap=1.0)
    mean = np.einsum("elk,elkp->elp", weight, routes)
    np.testing.assert_allclose(mean[0, 1], [1.0, 0.6, 0.25, 0.15], atol=1e-12)  # .15 can use it, .4 are on CIPS


def test_growing_membership_alone_moves_the_narrow_routes() -> None:
    world = routed_world((0.8, 0.8), (0.4, 0.4))
    economy = make_economy(world)
    before = economy.choose(economy.policy, economy.class_weight, economy.allowed, economy.refused).share[0, 0, 1]
    economy.native[..., CIPS] = 0.7
    economy.set_policy(economy.policy)
    after = economy.choose(economy.policy, economy.class_weight, economy.allowed, economy.refused).share[0, 0, 1]
    route = economy.base.mix[0, 0, 1, 3] / 0.3 / 0.4**2  # its weight in the class that can use it
    assert after[3] - before[3] == pytest.approx(0.3 * route * (0.7**2 - 0.4**2), rel=1e-9)
    np.testing.assert_allclose(after[0], before[0], atol=1e-12)  # the currency keeps its share


def test_merged_classes_carry_the_weight_of_all_pairs_that_can_do_the_same() -> None:
    world = storm_world(3)
    economy = make_economy(world)
    policy = cut(world, [0], 0.6)
    policy.bar((world.banks.group == 3) * 0.5, world.bar_patterns[1], world)
    economy.set_policy(policy)
    classes, types = economy.classes, bank_types(world)
    chances = np.array(
        [
            [
                [1 - m, m - n, n][kind.level[CIPS]] * (c if kind.cut[0] else 1 - c) * barred[kind.pattern]
                for kind in types
            ]
            for m, n, c, barred in zip(
                economy.member[0, :, CIPS], economy.native[0, :, CIPS], policy.cut[:, 0], policy.barred, strict=True
            )
        ]
    )
    groups = np.array([(chances * world.banks.weight[:, None])[world.banks.group == g].sum(0) for g in range(4)])
    for g, h in product(range(4), range(4)):
        want: dict[tuple[object, object], float] = {}
        for (i, one), (j, other) in product(enumerate(types), enumerate(types)):
            key = (feasible(world, one, other, False), feasible(world, one, other, True))
            want[key] = want.get(key, 0.0) + groups[g, i] * groups[h, j]
        got = economy.class_weight[0, g * 4 + h]
        assert got.sum() == pytest.approx(1.0, abs=1e-12)
        for k, weight in enumerate(got):
            key = (tuple(classes.base_mask[classes.base_of[k]].tolist()), tuple(classes.live_mask[k].tolist()))
            assert weight == pytest.approx(want[key], abs=1e-12)


def test_equal_classes_are_merged_to_a_handful(whole_world: WholeWorld) -> None:
    quiet = whole_world().classes
    # Without bans: no CIPS on one side at least, CIPS on both, its messages on both.
    assert len(quiet.base_mask) == len(quiet.live_mask) == 3
    hit = whole_world("  - {kind: disconnection, groups: [CHN], at: 2025-01, notice: 0 d}\n").classes
    # Each of the three whole; with SWIFT gone nothing is left of the first two and the native route of the third.
    assert len(hit.live_mask) == 6
    keys = {(tuple(hit.base_mask[b]), tuple(live)) for b, live in zip(hit.base_of, hit.live_mask, strict=True)}
    assert len(keys) == 6


def test_pairs_that_never_had_an_option_make_no_contracts() -> None:
    rare = make_world(
        [0.6, 0.4],
        options=tuple(option for option in (*yuan_routes(0, (np.nan,) * 3)[1:2], *yuan_routes(1)[1:2])),
        cips=(0.5, 0.5),
    )
    economy = make_economy(rare)
    assert economy.class_weight[0, 1].sum() == pytest.approx(1.0)
    used = economy.classes.base_mask[economy.classes.base_of].any(axis=1)
    assert economy.class_weight[0, 1][~used].max() == 0.0


def test_a_corridor_may_lack_a_currency_for_one_purpose_and_still_lose_no_contract() -> None:
    # Goods are invoiced in both currencies, finance in the first alone; after the cut only CIPS's route is left.
    world = make_world(
        [0.5, 0.5],
        options=(direct(0), *yuan_routes(1)),
        cips=1.0,
        native=0.5,
        finance=[[0.0, 0.5], [0.5, 0.0]],
        cuttable=(True, False),
        yuan=1,
    )
    only_first = np.array([[1.0, 0.0], [1.0, 0.0]])
    world = replace(world, export_profile=only_first, import_profile=only_first)
    economy = make_economy(world, finance_multiplier=5.0, inertia=0.9, crisis_inertia=0.8)
    np.testing.assert_allclose(economy.base.share[0, :, 1], [[0.5, 0.5], [1.0, 0.0]])
    economy.set_policy(cut(world, [0], 0.5))
    for _ in range(6):
        economy.adapt()
        contracts = economy.contracts
        np.testing.assert_allclose((contracts.live + contracts.blocked).sum(-1), 1.0, rtol=0, atol=1e-12)
    # Half of the pairs are cut: of goods those without CIPS's messages have nothing left, of finance all of them.
    np.testing.assert_allclose(economy.choice.stranded[0, :, 1], [0.5 * (1.0 - 0.5**2), 0.5], atol=1e-12)
