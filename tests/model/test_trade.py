"""Volumes answer to cost, and lost trade finds other partners without being made or lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from worlds import cut, make_economy, make_world, parameters, pass_month

from paysim.model import trade

GROUPS = 4
WORLD = make_world([1.0], np.ones((GROUPS, GROUPS)))
values = arrays(float, (1, GROUPS * GROUPS), elements=st.floats(0.5, 100.0))
amounts = arrays(float, (1, GROUPS * GROUPS), elements=st.floats(0.0, 20.0))
costs = arrays(float, (1, GROUPS * GROUPS), elements=st.floats(-50.0, 2000.0))
NONE = np.zeros((1, GROUPS * GROUPS))


@given(values, amounts, costs, st.floats(0.0, 0.67))
def test_diversion_gives_its_share_of_what_is_lost_to_others(
    value: np.ndarray, lost: np.ndarray, cost: np.ndarray, share: float
) -> None:
    chosen = parameters(diversion=share, trade_elasticity=4.0)
    found = trade.divert(WORLD, chosen, lost, cost, NONE, value)
    assert found.sum() == pytest.approx(share * lost.sum(), rel=1e-9, abs=1e-12)
    assert found.min() >= -1e-12


@given(values, costs)
def test_where_nothing_is_lost_nothing_is_diverted(value: np.ndarray, cost: np.ndarray) -> None:
    assert np.abs(trade.divert(WORLD, parameters(diversion=0.67), NONE, cost, NONE, value)).max() == 0.0


def test_diversion_goes_to_the_other_partners_of_both_sides_by_value_and_cost() -> None:
    value, lost, cost = np.full((1, 16), 10.0), np.zeros((1, 16)), np.zeros((1, 16))
    value[0, 3], cost[0, 3] = 40.0, 250.0  # the exporter's trade with the fourth group is larger and dearer
    lost[0, 1] = 8.0  # from the first group to the second
    found = trade.divert(WORLD, parameters(diversion=0.5, trade_elasticity=4.0), lost, cost, NONE, value)
    found = found.reshape(4, 4)
    pull = np.array([10.0, 10.0, 40.0 * np.exp(-4.0 * 250.0 / 1e4)])  # to the first itself, the third, the fourth
    np.testing.assert_allclose(found[0, [0, 2, 3]], 8.0 * 0.25 * pull / pull.sum(), rtol=1e-12)
    np.testing.assert_allclose(found[1:, 1], 8.0 * 0.25 / 3.0, rtol=1e-12)  # the importer's other suppliers
    assert found[0, 1] == 0.0
    assert np.abs(found[1:][:, [0, 2, 3]]).max() == 0.0


def test_corridors_that_fail_themselves_take_nothing() -> None:
    value, lost, failed = np.full((1, 16), 10.0), np.zeros((1, 16)), np.full((1, 16), 0.06)
    lost[0, 1] = 8.0
    chosen = parameters(diversion=0.5)
    assert np.abs(trade.divert(WORLD, chosen, lost, NONE, failed, value)).max() == 0.0  # nobody is left to take it
    failed[0, 2] = 0.0
    found = trade.divert(WORLD, chosen, lost, NONE, failed, value)
    assert found[0, 2] == pytest.approx(2.0, rel=1e-12)  # the exporter's half; the importer's finds nobody
    assert found.sum() == pytest.approx(2.0, rel=1e-12)


def test_volume_moves_a_fifth_of_the_way_in_logs() -> None:
    world = make_world([0.5, 0.5])
    economy = make_economy(world, trade_elasticity=4.0, adjustment=0.2)
    policy = cut(world, [])
    policy.delay[:] = 30.0  # 60 bp
    for month in range(1, 13):
        pass_month(economy, policy, month)
        wanted = np.exp(-4.0 * 60.0 / 1e4)
        np.testing.assert_allclose(economy.volume[0, 0], wanted ** (1.0 - 0.8**month), rtol=1e-12)
    np.testing.assert_array_equal(economy.volume[0, 1], 1.0)  # finance has an elasticity of its own, here 0


def test_a_cut_diverts_trade_of_the_target_to_others_who_trade_less_with_it() -> None:
    trade_matrix = np.array([[0.0, 50.0, 30.0], [40.0, 0.0, 20.0], [25.0, 15.0, 10.0]])
    world = make_world([0.5, 0.5], trade_matrix, cuttable=(True, False))
    economy = make_economy(world, trade_elasticity=4.0, diversion=0.5, adjustment=0.2)
    pass_month(economy, cut(world, [0]))
    # All of the first group's trade fails: half of it is diverted as far as partners are left, a quarter on each side.
    lost = trade_matrix[0].sum() + trade_matrix[:, 0].sum()
    assert economy.diverted.sum() == pytest.approx(0.25 * lost, rel=1e-12)
    diverted = economy.diverted.reshape(3, 3)
    assert np.abs(diverted[0]).max() == np.abs(diverted[:, 0]).max() == 0.0
    plain = make_economy(world, trade_elasticity=4.0, diversion=0.5)
    pass_month(plain)
    assert np.abs(plain.diverted).max() == 0.0
