"""A cut that grows while customers move: who moved sits with what was connected, and is cut when that is cut."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import SWIFT, Banks, cut, direct, make_economy, make_switches, make_world, pass_month, yuan_routes

from paysim.events.targets import hit_banks
from paysim.model.economy import Economy
from paysim.model.joining import left_of_cut
from paysim.model.state import Policy
from paysim.model.world import World

LINE = 1  # the corridor from the group that is cut to the other
WEIGHTS = (0.5, 0.3, 0.2)
SHARE = st.floats(0.0, 1.0)


def world_of(weights: Sequence[float] = (1.0,)) -> World:
    """Two groups whose banks all have CIPS's messages; the first group's have the given weights."""
    count = len(weights)
    banks = Banks(
        np.append(np.zeros(count, dtype=np.int64), 1),
        np.append(weights, 1.0),
        ("all",) * (count + 1),
        np.append(np.arange(count), 0),
    )
    options = (direct(0), *yuan_routes(1))
    return make_world([0.7, 0.3], options=options, cips=1.0, native=1.0, banks=banks, cuttable=(True, False))


def economy_of(weights: Sequence[float] = (1.0,), switching: float = 0.2, moving: bool = True) -> Economy:
    switches = make_switches(2, switching=moving)
    return make_economy(
        world_of(weights), switches=switches, switching=switching, inertia=0.97, crisis_inertia=0.9, bypass_share=0.3
    )


def largest(world: World, share: float) -> Policy:
    """A policy that cuts the largest banks of the first group up to a share of its weight."""
    policy = Policy.base(world)
    policy.disconnect(hit_banks(world, ("G0",), share), SWIFT)
    return policy


def banks_cut(world: World, *shares: float) -> Policy:
    policy = Policy.base(world)
    policy.disconnect(np.append(shares, 0.0), SWIFT)
    return policy


def off(economy: Economy) -> float:
    """Share of the first group's customers that is cut."""
    cut_off = economy.weight * economy.cut_now(economy.policy)[..., SWIFT]
    return float(cut_off[0, economy.world.banks.group == 0].sum())


# --- the rule ---------------------------------------------------------------------------------------------------------


@given(SHARE, SHARE, SHARE)
def test_what_is_newly_cut_is_its_share_of_all_that_was_connected(before: float, after: float, left: float) -> None:
    cuts = np.array([[before, 0.5], [0.0, before]]), np.array([[after, 0.5], [0.0, after]])
    got = cuts[1] * left_of_cut(np.full((1, 2, 2), left), *cuts)
    now = before * left
    grown = now + (1.0 - now) * (after - before) / (1.0 - before) if after > before else after * left
    np.testing.assert_allclose(got[0], [[grown, 0.5 * left], [0.0, grown]], rtol=0, atol=1e-12)


@given(st.floats(0.6, 0.95), st.floats(0.0, 0.6), st.integers(1, 12))
def test_a_growing_cut_and_moving_customers_in_closed_form(kept: float, switching: float, months: int) -> None:
    economy = economy_of(switching=switching)
    for month in range(months):
        pass_month(economy, cut(economy.world, [0], 1.0 - kept ** (month + 1)), month)
    # Every month cuts the share 1 - kept of who is connected, and the share `switching` of all who are cut moves back:
    # free' = kept free + switching (1 - kept free).
    falls = (1.0 - switching) * kept
    steady = switching / (1.0 - falls)
    assert 1.0 - off(economy) == pytest.approx(steady + (1.0 - steady) * falls**months, abs=1e-11)
    economy.set_policy(cut(economy.world, [0]))
    for month in (months, months + 1):
        assert economy.cut_now(economy.policy)[0, 0, SWIFT] == 1.0  # nobody is left free, and nobody moves
        np.testing.assert_allclose(economy.contracts.live[0, :, LINE, :3], 0.0, atol=1e-15)
        pass_month(economy, month=month)


@pytest.mark.parametrize("months", [0, 1, 5])
def test_many_steps_are_one(months: int) -> None:
    economy = economy_of(WEIGHTS)
    for month in range(months):
        pass_month(economy, largest(economy.world, 0.2), month)
    economy.set_policy(largest(economy.world, 0.2))
    at_once = deepcopy(economy)
    at_once.set_policy(largest(economy.world, 0.9))
    for share in (0.2, 0.35, 0.5, 0.5, 0.72, 0.9):
        economy.set_policy(largest(economy.world, share))
    np.testing.assert_allclose(economy.left_cut, at_once.left_cut, rtol=0, atol=1e-12)
    np.testing.assert_allclose(economy.contracts.blocked, at_once.contracts.blocked, rtol=0, atol=1e-12)
    assert (off(economy) < 0.899) == (months > 0)


# --- without moving customers, and at once ----------------------------------------------------------------------------


@pytest.mark.parametrize(("moving", "tolerance"), [(False, 0.0), (True, 1e-14)])
def test_where_nobody_moves_the_share_that_is_cut_is_the_policys(moving: bool, tolerance: float) -> None:
    economy = economy_of(WEIGHTS, switching=0.0, moving=moving)
    for month, share in enumerate((0.1, 0.4, 0.4, 0.3, 0.7, 0.65, 1.0)):
        policy = largest(economy.world, share)
        economy.set_policy(policy)
        np.testing.assert_allclose(economy.cut_now(policy)[0], policy.cut, rtol=0, atol=tolerance)
        pass_month(economy, month=month)


@pytest.mark.parametrize("share", [0.4, 0.8, 1.0])
def test_a_cut_at_once_loses_customers_at_the_hazard(share: float) -> None:
    for weights in ((1.0,), WEIGHTS):
        economy = economy_of(weights)
        policy = largest(economy.world, share)
        for month in range(6):
            economy.set_policy(policy)
            assert off(economy) == pytest.approx(share * (0.8**month if share < 1.0 else 1.0), abs=1e-12)
            pass_month(economy, month=month)


# --- waves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("months", [1, 4])
def test_a_later_wave_cuts_whom_it_hits_and_who_moved_there_and_nobody_else(months: int) -> None:
    economy = economy_of(WEIGHTS)
    world = economy.world
    for month in range(months):
        pass_month(economy, banks_cut(world, 1.0, 0.0, 0.0), month)
    first = WEIGHTS[0] * 0.8**months  # who is still with the bank that was cut; the others have moved to the two
    weight, connected = economy.weight.copy(), 1.0 - first
    assert off(economy) == pytest.approx(first, abs=1e-12)
    for policy, cut_too in (
        (banks_cut(world, 1.0, 1.0, 0.0), 0.6 * connected),
        (banks_cut(world, 1.0, 1.0, 0.25), 0.6 * connected + 0.25 * 0.4 * connected),
    ):
        economy.set_policy(policy)
        np.testing.assert_array_equal(economy.weight, weight)
        assert economy.cut_now(policy)[0, 0, SWIFT] == 1.0
        assert off(economy) == pytest.approx(first + cut_too, abs=1e-12)


def test_one_bank_stands_for_many() -> None:
    one, many = economy_of(), economy_of(WEIGHTS)
    for month, share in enumerate((0.15, 0.3, 0.3, 0.6, 0.6, 0.85, 0.9, 1.0, 1.0)):
        for economy in (one, many):
            economy.set_policy(largest(economy.world, share))
        assert off(one) == pytest.approx(off(many), abs=1e-12)
        np.testing.assert_allclose(one.pay().paid, many.pay().paid, rtol=0, atol=1e-12)
        for economy in (one, many):
            pass_month(economy, month=month)
    assert off(one) == 1.0


# --- return and notice ------------------------------------------------------------------------------------------------


def test_what_is_cut_falls_in_proportion_and_who_is_cut_again_is_drawn_from_all_who_are_connected() -> None:
    economy = economy_of()
    for month in range(3):
        pass_month(economy, cut(economy.world, [0], 0.8), month)
    expected = 0.8 * 0.8**3
    for before, after in ((0.8, 0.4), (0.4, 0.6), (0.6, 0.3), (0.3, 0.0), (0.0, 0.5)):
        grown = expected + (1.0 - expected) * (after - before) / (1.0 - before)
        expected = grown if after > before else expected * after / before
        economy.set_policy(cut(economy.world, [0], after))
        assert off(economy) == pytest.approx(expected, abs=1e-12)
    assert off(economy) == 0.5


def test_a_notice_sees_whom_the_growing_cut_will_hit() -> None:
    economy = economy_of()
    before, after = cut(economy.world, [0], 0.4), cut(economy.world, [0], 0.7)
    for month in range(5):
        pass_month(economy, before, month)
    economy.set_policy(before)
    left = economy.left_cut.copy()
    live, blocked = (stock[0, :, LINE].copy() for stock in (economy.contracts.live, economy.contracts.blocked))
    unwarned = deepcopy(economy)
    unwarned.set_policy(after)
    # Half of what was connected is cut: half of the contracts of whoever still could use SWIFT.
    np.testing.assert_allclose(
        unwarned.contracts.blocked[0, :, LINE, :3], blocked[:, :3] + 0.5 * live[:, :3], rtol=0, atol=1e-12
    )
    economy.give_notice(after, 1e6)  # all have a way out and the time to take it
    np.testing.assert_array_equal(economy.left_cut, left)
    economy.set_policy(after)
    np.testing.assert_allclose(economy.contracts.blocked[0, :, LINE], blocked, rtol=0, atol=1e-12)
    np.testing.assert_allclose(economy.contracts.live[0, :, LINE, :3], 0.5 * live[:, :3], rtol=0, atol=1e-12)
