"""Who joins CIPS: nobody where memberships are frozen, exactly as prescribed where a path is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import CIPS, HORIZON, even_banks, make_economy, make_switches, make_world, parameters, pass_month

from paysim.model import joining
from paysim.model.base import fill_banks
from paysim.model.ruling import Switches
from paysim.model.state import Policy
from paysim.model.world import Banks, World

TRADE = np.array([[0.0, 60.0, 20.0], [40.0, 0.0, 10.0], [30.0, 20.0, 0.0]])


def world_of(banks: Banks | None = None, cips: tuple[float, ...] = (0.9, 0.5, 0.3)) -> World:
    return make_world([0.6, 0.4], TRADE, cips=cips, native=[0.4, 0.2, 0.1], banks=banks)


def test_frozen_memberships_do_not_move_whatever_the_hazards() -> None:
    economy = make_economy(world_of(), joining_innovation=5.0, leaving_rate=5.0, native_base_rate=5.0)
    policy = Policy.base(economy.world)
    policy.threat[:] = 1.0
    before = economy.member.copy(), economy.native.copy()
    for month in range(6):
        pass_month(economy, policy, month)
    np.testing.assert_array_equal(economy.member, before[0])
    np.testing.assert_array_equal(economy.native, before[1])


@given(st.floats(0.0, 0.3), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_month_of_joining_is_the_hazard_of_the_specification(imitation: float, threat: float, factor: float) -> None:
    economy = make_economy(
        world_of(), switches=make_switches(3, joining=True), joining_innovation=0.1, joining_imitation=imitation
    )
    policy = Policy.base(economy.world)
    policy.threat[1], policy.joining = threat, factor
    pass_month(economy, policy)
    reach = (100.0 * 0.9 + 30.0 * 0.3) / 130.0  # the second group's partners by trade: 60 + 40 and 10 + 20
    hazard = factor * (1.0 - threat) * (0.1 + imitation * reach) / 12.0
    assert economy.member[0, 1, CIPS] == pytest.approx(0.5 + 0.5 * (1.0 - np.exp(-hazard)), abs=1e-12)


def test_members_leave_under_threat_alone() -> None:
    for threat, left in ((0.0, 0.5), (0.6, 0.5 * np.exp(-0.3 * 0.6 / 12.0))):
        economy = make_economy(world_of(), switches=make_switches(3, joining=True), leaving_rate=0.3)
        policy = Policy.base(economy.world)
        policy.threat[1] = threat
        pass_month(economy, policy)
        assert economy.member[0, 1, CIPS] == pytest.approx(left, abs=1e-12)


def test_a_saving_hastens_joining_at_most_twofold() -> None:
    chosen, policy = parameters(joining_innovation=0.12, joining_saving_weight=0.01), Policy.base(world_of())
    savings = np.array([[0.0, 4e3, -4e3]])
    got = joining.joining_probability(chosen, policy, np.zeros((1, 3)), savings)
    np.testing.assert_allclose(-np.log1p(-got), [[0.01, 0.02, 0.0]], atol=1e-12)


@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), st.integers(1, 9))
def test_banks_fill_up_in_their_fixed_order_to_the_weight_that_is_given(weights: list[float], count: int) -> None:
    banks = even_banks(3, count)
    zipf = np.tile(1.0 / np.arange(1, count + 1), 3)
    banks = replace(banks, weight=zipf / zipf[:count].sum(), order=np.tile(np.roll(np.arange(count), 1), 3))
    world = replace(world_of(banks), representative=False)
    wanted = np.zeros((1, 3, 2))
    wanted[0, :, CIPS] = weights
    filled = fill_banks(world, wanted)[0, :, CIPS].reshape(3, count)
    np.testing.assert_allclose((filled * banks.weight.reshape(3, count)).sum(1), weights, atol=1e-12)
    in_order = filled[:, np.argsort(banks.order[:count])]
    assert (np.diff(in_order, axis=1) <= 1e-12).all()
    assert ((filled > 1e-9) & (filled < 1.0 - 1e-9)).sum(1).max() <= 1  # one marginal bank


@pytest.mark.parametrize("count", [1, 7])
def test_a_prescribed_path_is_followed_exactly_and_not_before_its_first_date(count: int) -> None:
    world = world_of(None if count == 1 else even_banks(3, count))
    path = np.full((HORIZON + 1, 3), np.nan)
    path[5:, 1] = np.linspace(0.6, 0.95, HORIZON - 4)
    nothing = np.full_like(path, np.nan)
    none = np.zeros(3)
    economy = make_economy(world, switches=Switches(none, none, False, path, nothing))
    start = economy.member[0, :, CIPS].copy()
    for month in range(20):
        by_group = np.add.reduceat(economy.member[0, :, CIPS] * world.banks.weight, world.banks.first)
        if month < 5:
            np.testing.assert_array_equal(economy.member[0, :, CIPS], start)
        else:
            assert by_group[1] == pytest.approx(path[month, 1], abs=1e-12)
        np.testing.assert_allclose(by_group[[0, 2]], [0.9, 0.3], atol=1e-12)
        pass_month(economy, month=month)


def test_reach_counts_partners_by_trade() -> None:
    world = world_of()
    economy = make_economy(world)
    got = joining.reach(world, economy.weight, economy.member, CIPS)[0]
    flows = TRADE + TRADE.T
    np.testing.assert_allclose(got, flows @ [0.9, 0.5, 0.3] / flows.sum(1), rtol=1e-12)
