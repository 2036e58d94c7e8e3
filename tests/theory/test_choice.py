"""L2, L2n and L15: the choice is a logit of currencies over nests of routes, and its limits are the right ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import currency_shares, cut, make_economy, make_world, pass_month, yuan_routes

from paysim.model.state import Policy

BASE = np.array([0.5, 0.3, 0.2])
LAMBDA = 0.006
"""Cost sensitivity of the neutral parameters, per bp."""
DAY = 2.0
"""Cost of a day's delay in the neutral parameters, bp."""
YUAN = np.array([0.35, 0.52, 0.13])
"""Offshore, hybrid and native weights of the yuan: 1 - c, c h, c (1 - h) at c = .65, h = .8."""


def chosen(premium: np.ndarray, **behaviour: float) -> np.ndarray:
    """Currency shares after one month of full re-contracting in a world of one class."""
    world = make_world(BASE)
    economy = make_economy(world, **behaviour)
    policy = Policy.base(world)
    policy.premium[:] = premium
    pass_month(economy, policy)
    shares = currency_shares(economy)
    assert np.ptp(shares[:, 0], axis=1).max() == 0.0  # every corridor the same
    return np.asarray(shares[0, 0, 0])


def logit(premium: np.ndarray, sensitivity: float = LAMBDA) -> np.ndarray:
    weights = BASE * np.exp(-sensitivity * premium)
    return np.asarray(weights / weights.sum())


costs = st.lists(st.floats(-300.0, 300.0), min_size=3, max_size=3).map(np.array)


@given(costs, st.floats(0.001, 0.02))
def test_currencies_of_one_class_are_a_multinomial_logit(premium: np.ndarray, sensitivity: float) -> None:
    got = chosen(premium, nest_parameter=1.0, cost_sensitivity=sensitivity)
    np.testing.assert_allclose(got, logit(premium, sensitivity), rtol=0, atol=1e-12)


@given(costs, st.floats(-200.0, 200.0))
def test_a_dearer_currency_leaves_the_ratio_of_the_others_alone(premium: np.ndarray, more: float) -> None:
    before, after = (
        chosen(premium, nest_parameter=1.0),
        chosen(premium + np.array([more, 0.0, 0.0]), nest_parameter=1.0),
    )
    assert after[1] / after[2] == pytest.approx(before[1] / before[2], rel=1e-12)
    # d ln P / d kappa = -lambda (1 - P) integrated: the currency's log-odds fall by lambda times the extra cost.
    odds = np.log(after[0] / (1.0 - after[0])) - np.log(before[0] / (1.0 - before[0]))
    assert odds == pytest.approx(-LAMBDA * more, abs=1e-12)


def test_own_elasticity_is_minus_lambda_kappa_times_one_minus_share() -> None:
    kappa, step = np.array([80.0, 0.0, 0.0]), np.array([1e-3, 0.0, 0.0])
    share = chosen(kappa, nest_parameter=1.0)[0]
    up, down = chosen(kappa + step, nest_parameter=1.0)[0], chosen(kappa - step, nest_parameter=1.0)[0]
    slope = (np.log(up) - np.log(down)) / 2e-3
    assert slope * 80.0 == pytest.approx(-LAMBDA * 80.0 * (1.0 - share), rel=1e-8)


def test_the_cost_of_a_corridor_is_the_log_sum_of_the_logit() -> None:
    world = make_world(BASE)
    economy, policy = make_economy(world, nest_parameter=1.0), Policy.base(world)
    policy.premium[:] = [40.0, -25.0, 7.0]
    pass_month(economy, policy)
    tau = -np.log((BASE * np.exp(-LAMBDA * policy.premium)).sum()) / LAMBDA
    np.testing.assert_allclose(economy.choice.cost, tau, rtol=1e-12)


def nested(delays: np.ndarray, sensitivity: float, theta: float, premium: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Closed form: shares of the two plain currencies and of the yuan's three routes, and the nests' shares."""
    utilities = -sensitivity * DAY * delays
    inclusive = (YUAN * np.exp(utilities[2:] / theta)).sum()
    plain = BASE[:2] * np.exp(utilities[:2])
    nests = np.append(plain, BASE[2] * inclusive**theta) * np.exp(-sensitivity * premium)
    nests = nests / nests.sum()
    routes = nests[2] * YUAN * np.exp(utilities[2:] / theta) / inclusive
    return np.append(nests[:2], routes), nests


def routed(delays: np.ndarray, sensitivity: float, theta: float, premium: np.ndarray | None = None) -> np.ndarray:
    """Shares of options chosen by banks that all have CIPS and its messages."""
    world = make_world(BASE, options=(*make_world(BASE).options[:2], *yuan_routes(2)), cips=1.0, native=1.0)
    economy = make_economy(world, cost_sensitivity=sensitivity, nest_parameter=theta)
    np.testing.assert_allclose(economy.base.mix[0, 0, 1], np.append(BASE[:2], BASE[2] * YUAN), atol=1e-15)
    economy.delay[:] = delays
    policy = Policy.base(world)
    policy.premium[:] = 0.0 if premium is None else premium
    pass_month(economy, policy)
    return np.asarray(economy.contracts.live[0, 0, 1])


@given(
    st.lists(st.floats(-20.0, 20.0), min_size=5, max_size=5).map(np.array), st.floats(0.001, 0.02), st.floats(0.1, 1.0)
)
def test_routes_nest_in_currencies(delays: np.ndarray, sensitivity: float, theta: float) -> None:
    premium = np.array([12.0, -30.0, 5.0])
    want, _ = nested(delays, sensitivity, theta, premium)
    np.testing.assert_allclose(routed(delays, sensitivity, theta, premium), want, rtol=0, atol=1e-10)


@pytest.mark.parametrize("theta", [0.1, 0.25, 1.0])
def test_substitution_inside_a_nest_is_stronger_by_one_over_theta(theta: float) -> None:
    slow, days = np.array([0.0, 0.0, 0.0, 5.0, 0.0]), 5.0
    before, after = routed(np.zeros(5), LAMBDA, theta), routed(slow, LAMBDA, theta)
    inside = np.log(after[3] / after[2]) - np.log(before[3] / before[2])
    assert inside == pytest.approx(-LAMBDA * DAY * days / theta, abs=1e-10)
    assert after[4] / after[2] == pytest.approx(before[4] / before[2], abs=1e-10)
    assert after[0] / after[1] == pytest.approx(before[0] / before[1], abs=1e-10)  # IIA of currencies
    nest = np.log(1.0 - YUAN[1] + YUAN[1] * np.exp(-LAMBDA * DAY * days / theta))
    across = np.log(after[2:].sum() / after[0]) - np.log(before[2:].sum() / before[0])
    assert across == pytest.approx(theta * nest, abs=1e-10)


def limited(sensitivity: float, delays: np.ndarray, theta: float, native: float, off: bool) -> np.ndarray:
    """Shares of options on the corridor between two groups, the first of which may be cut off."""
    options = (*make_world(BASE).options[:2], *yuan_routes(2))
    world = make_world(BASE, options=options, cips=1.0, native=native, cuttable=(True, False))
    economy = make_economy(world, cost_sensitivity=sensitivity, nest_parameter=theta)
    economy.delay[:] = delays
    pass_month(economy, cut(world, [0], 1.0 if off else 0.0))
    return np.asarray(economy.contracts.live[0, 0, 1])


@pytest.mark.parametrize("theta", [0.25, 1.0])
@pytest.mark.parametrize("winner", range(5))
def test_with_boundless_sensitivity_the_route_whose_cost_fell_most_takes_all(winner: int, theta: float) -> None:
    delays = np.array([-0.4, 0.3, -0.2, 0.1, 0.0])
    delays[winner] = -1.0
    got = limited(1e3, delays, theta, native=1.0, off=False)
    np.testing.assert_allclose(got, np.eye(5)[winner], rtol=0, atol=1e-6)
    rising = limited(1e3, delays + 5.0, theta, native=1.0, off=False)  # the one that rose least
    np.testing.assert_allclose(rising, np.eye(5)[winner], rtol=0, atol=1e-6)


def test_with_boundless_sensitivity_only_feasible_routes_compete() -> None:
    # Everything on SWIFT became cheaper than the native route, but the first group's banks cannot use SWIFT.
    got = limited(1e3, np.array([-9.0, -8.0, -7.0, -6.0, 3.0]), 0.25, native=1.0, off=True)
    np.testing.assert_allclose(got, np.eye(5)[4], rtol=0, atol=1e-6)


@pytest.mark.parametrize("theta", [0.25, 0.7, 1.0])
def test_without_sensitivity_currencies_go_as_base_share_times_remaining_weight_to_theta(theta: float) -> None:
    # A pair of groups may not use CIPS with each other, so the yuan keeps its offshore route alone.
    options = (*make_world(BASE).options[:2], *yuan_routes(2))
    world = make_world(BASE, options=options, cips=1.0, native=1.0)
    economy = make_economy(world, cost_sensitivity=1e-9, nest_parameter=theta)
    economy.delay[:] = [3.0, -2.0, 40.0, 0.0, 0.0]
    policy = Policy.base(world)
    policy.pair_barred[..., 1] = 1.0
    pass_month(economy, policy)
    weights = BASE * np.array([1.0, 1.0, YUAN[0] ** theta])
    # What was contracted on the barred routes is stranded nowhere: full re-contracting moves it to the offshore route.
    want = np.append(weights / weights.sum(), [0.0, 0.0])
    np.testing.assert_allclose(economy.contracts.live[0, 0, 1], want, rtol=0, atol=1e-6)
