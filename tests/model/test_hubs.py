"""A hub stands in for the direct route where somebody is cut and somebody opens it, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from triangle import BETWEEN, LAMBDA, lived, three_groups
from worlds import CIPS, cut, make_economy

from paysim.model.economy import Economy


def hub_shares(economy: Economy) -> np.ndarray:
    return np.asarray((economy.contracts.live + economy.contracts.blocked)[..., economy.world.option_hub >= 0])


@pytest.mark.parametrize(("opened", "off"), [(False, False), (False, True), (True, False)])
def test_no_hub_without_one_opened_and_somebody_cut(opened: bool, off: bool) -> None:
    economy = make_economy(three_groups(hub=True))
    policy = cut(economy.world, [0], 1.0 if off else 0.0)
    policy.hub_open[:] = float(opened)
    lived(economy, policy, 4)
    assert hub_shares(economy).max() == 0.0


def test_an_open_hub_stands_in_for_the_direct_route_at_its_margin() -> None:
    # All banks are members of CIPS and none has its messages: the cut leaves the hub and nothing else.
    economy = make_economy(three_groups(hub=True, cips=1.0, native=0.0), nest_parameter=0.5, hub_margin=80.0)
    policy = cut(economy.world, [0])
    policy.hub_open[:] = 1.0
    lived(economy, policy)
    offshore = economy.base.mix[0, 0, BETWEEN, 2] / 0.2  # the weight of the yuan's direct route
    weights = np.array([0.5, 0.3, 0.2 * offshore**0.5])
    hubs = economy.contracts.live[0, 0, BETWEEN, 5:]
    np.testing.assert_allclose(hubs, weights / weights.sum(), rtol=1e-10)
    tau = 80.0 - np.log(weights.sum()) / LAMBDA
    assert economy.choice.cost[0, 0, BETWEEN] == pytest.approx(tau, rel=1e-10)
    untouched = economy.contracts.live[0, 0, 5]  # between the second and the third group nobody is cut
    np.testing.assert_allclose(untouched, economy.base.mix[0, 0, 5], atol=1e-12)


def test_a_hub_carries_no_more_than_its_capacity() -> None:
    economy = make_economy(three_groups(hub=True, cips=1.0, native=0.0))
    policy = cut(economy.world, [0])
    policy.hub_open[:] = 1.0
    lived(economy, policy)
    demand = (economy.value()[..., None] * hub_shares(economy)).sum()
    policy.hub_capacity[:] = 0.25 * demand
    economy.set_policy(policy)
    paid = economy.pay().paid * economy.value()[..., None]
    assert paid[..., 5:].sum() == pytest.approx(0.25 * demand, rel=1e-12)
    policy.hub_capacity[:] = 2.0 * demand
    assert economy.hub_capacity().min() == 1.0


def test_a_hub_is_closed_to_a_cut_group_that_it_bars_from_cips() -> None:
    economy = make_economy(three_groups(hub=True, cips=1.0, native=0.0))
    policy = cut(economy.world, [0])
    policy.hub_open[:] = 1.0
    policy.pair_barred[0, 2, CIPS] = policy.pair_barred[2, 0, CIPS] = (
        1.0  # the hub's own group bars CIPS with the target
    )
    lived(economy, policy, 3)
    assert hub_shares(economy).max() == 0.0


def test_a_hub_whose_own_banks_are_cut_is_no_hub() -> None:
    economy = make_economy(three_groups(hub=True))
    policy = cut(economy.world, [0, 2])
    policy.hub_open[:] = 1.0
    lived(economy, policy, 3)
    assert hub_shares(economy).max() == 0.0


def test_hub_contracts_become_direct_when_the_cut_ends() -> None:
    economy = make_economy(three_groups(hub=True, cips=1.0, native=0.0))
    policy = cut(economy.world, [0])
    policy.hub_open[:] = 1.0
    lived(economy, policy)
    before = economy.contracts.live[0, 0, BETWEEN].copy()
    assert before[5:].min() > 0.05
    policy.cut[:] = 0.0
    economy.set_policy(policy)
    np.testing.assert_allclose(economy.contracts.live[0, 0, BETWEEN, 5:], 0.0, atol=1e-15)
    np.testing.assert_allclose(economy.contracts.live[0, 0, BETWEEN, :3], before[:3] + before[5:], atol=1e-12)
