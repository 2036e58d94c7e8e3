"""L3 to L7: what depth feeds back, how many equilibria it makes, and when a base is stable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sourced import WholeWorld
from worlds import (
    Point,
    currency_shares,
    direct,
    make_economy,
    make_world,
    members_only,
    pass_month,
    yuan_routes,
)

from paysim.engine.draws import draw
from paysim.model.economy import Economy
from paysim.model.parameters import Rules
from paysim.model.stability import critical_network_effect, spectral_radius
from paysim.model.state import Policy

LAMBDA = 0.006


def start_at(economy: Economy, share: np.ndarray) -> None:
    """Put the contracts of both purposes at a share (E,) of the first of two currencies."""
    economy.contracts.live[..., 0] = share[:, None, None]
    economy.contracts.live[..., 1] = 1.0 - share[:, None, None]


def favoured(economy: Economy, log_odds: float) -> Policy:
    """A policy whose premium favours the first currency by ``log_odds``."""
    policy = Policy.base(economy.world)
    policy.premium[0] = -log_odds / LAMBDA
    return policy


def log_odds(economy: Economy) -> np.ndarray:
    share = currency_shares(economy)[:, 0, 1]
    return np.asarray(np.log(share[:, 0] / share[:, 1]))


# --- L3 ---------------------------------------------------------------------------------------------------------------


def roots(strength: float, push: float) -> int:
    """Fixed points of s = Lambda(H + K (s - 1/2)), counted as changes of sign of s' - s over 4,000 starts.

    With two equal currencies the linear rule gives ln(A1/A2) = gamma (S1 - S2) = 2 gamma (s - 1/2), so K = 2 gamma.
    """
    grid = (np.arange(4000) + 0.5) / 4000
    economy = make_economy(make_world([0.5, 0.5]), len(grid), gamma=strength / 2.0, rules=Rules(depth="linear"))
    start_at(economy, grid)
    pass_month(economy, favoured(economy, push))
    after = currency_shares(economy)[:, 0, 1, 0]
    np.testing.assert_allclose(after, 1.0 / (1.0 + np.exp(-push - strength * (grid - 0.5))), rtol=1e-12)
    return int((np.diff(np.sign(after - grid)) != 0).sum())


@pytest.mark.parametrize(("strength", "stated"), [(4.5, 0.05685), (6.0, 0.41509), (8.0, 1.06568)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_strong_feedback_has_three_equilibria_exactly_below_the_fold(
    strength: float, stated: float, sign: float
) -> None:
    r = np.sqrt(1.0 - 4.0 / strength)
    fold = strength * r / 2.0 - np.log((1.0 + r) / (1.0 - r))
    assert fold == pytest.approx(stated, abs=5e-6)
    assert roots(strength, sign * fold * 0.998) == 3
    assert roots(strength, sign * fold * 1.002) == 1


@pytest.mark.parametrize("strength", [1.0, 3.0, 4.0])
@pytest.mark.parametrize("push", [-0.5, -1e-3, 0.0, 1e-3, 0.5])
def test_weak_feedback_has_one_equilibrium(strength: float, push: float) -> None:
    assert roots(strength, push) == 1


# --- L4 ---------------------------------------------------------------------------------------------------------------


def test_log_odds_follow_a_linear_recursion_to_their_fixed_point() -> None:
    gamma, push = 0.6, 0.3
    economy = make_economy(make_world([0.7, 0.3]), gamma=gamma)
    policy, base, expected = favoured(economy, push), np.log(0.7 / 0.3), 0.0
    for _ in range(60):
        pass_month(economy, policy)
        expected = push + gamma * expected
        assert log_odds(economy)[0] - base == pytest.approx(expected, abs=1e-8)
    assert log_odds(economy)[0] - base == pytest.approx(push / (1.0 - gamma), abs=1e-8)


def test_beyond_the_threshold_the_fixed_point_tips() -> None:
    gamma, push = 1.5, 0.3
    tipping = -push / (gamma - 1.0)
    deviation = np.array([-1e-3, 0.0, 1e-3])
    economy = make_economy(make_world([0.7, 0.3]), 3, gamma=gamma)
    start = 1.0 / (1.0 + np.exp(-(np.log(0.7 / 0.3) + tipping + deviation)))
    start_at(economy, start)
    for month in range(1, 9):
        pass_month(economy, favoured(economy, push))
        away = log_odds(economy) - np.log(0.7 / 0.3) - tipping
        np.testing.assert_allclose(away, deviation * gamma**month, atol=1e-8)


# --- L5 ---------------------------------------------------------------------------------------------------------------


def jacobian(economy: Economy, currencies: int, step: float = 1e-4) -> np.ndarray:
    """d ln D' / d ln D by central differences through a whole month; draws 2 c and 2 c + 1 are moved in currency c."""
    base = economy.pay().paid * economy.value()[..., None]
    shares = base.sum((1, 2)) @ economy.world.nest
    shares /= shares.sum(1, keepdims=True)
    for c in range(currencies):
        economy.depth[2 * c, c], economy.depth[2 * c + 1, c] = np.exp(step), np.exp(-step)
    pass_month(economy)  # depth never forgets in this economy, so it stays where it was put
    after = (economy.pay().paid * economy.value()[..., None]).sum((1, 2)) @ economy.world.nest
    moved = np.log(after / after.sum(1, keepdims=True) / shares)
    return np.asarray((moved[0::2] - moved[1::2]).T / (2.0 * step))


FOREVER = 1e18
MATRIX = np.array([[0.0, 40.0, 10.0], [55.0, 5.0, 25.0], [8.0, 30.0, 0.0]])
CORRIDORS = np.array(
    [
        [[0.7, 0.2, 0.1], [0.5, 0.1, 0.4], [0.9, 0.05, 0.05]],
        [[0.5, 0.2, 0.3], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]],
        [[0.8, 0.1, 0.1], [0.55, 0.35, 0.1], [0.1, 0.1, 0.8]],
    ]
)


@pytest.mark.parametrize(("trade", "finance"), [(0.0, 0.0), (4.0, 6.0), (8.0, 12.0)])
def test_the_threshold_is_that_of_the_months_own_jacobian(trade: float, finance: float) -> None:
    world = make_world(
        CORRIDORS,
        MATRIX,
        finance=MATRIX.T / MATRIX.sum(),
        options=(*make_world([0.5, 0.5, 0.0]).options[:2], *yuan_routes(2)),
        cips=[0.9, 0.5, 0.6],
        native=[0.8, 0.2, 0.1],
    )
    economy = make_economy(
        world,
        6,
        gamma=1.0,
        depth_half_life=FOREVER,
        trade_elasticity=trade,
        finance_elasticity=finance,
        finance_multiplier=5.0,
    )
    radius = np.abs(np.linalg.eigvals(jacobian(economy, 3))).max()
    assert critical_network_effect(economy.base, economy.parameters)[0] == pytest.approx(1.0 / radius, abs=1e-6)


@pytest.mark.parametrize(("trade", "finance"), [(0.0, 0.0), (4.0, 6.0), (8.0, 12.0)])
@pytest.mark.parametrize("cips", [(0.9, 0.6, 0.8), (0.6, 0.8, 0.7)])
def test_where_not_every_bank_can_use_every_currency_too(
    cips: tuple[float, float, float], trade: float, finance: float
) -> None:
    shares = CORRIDORS.copy()
    shares[..., 2] = np.minimum(shares[..., 2], 0.12)  # the third is for CIPS's members alone
    world = make_world(
        shares / shares.sum(-1, keepdims=True),
        MATRIX,
        finance=MATRIX.T / MATRIX.sum(),
        options=(*make_world([0.5, 0.5, 0.0]).options[:2], members_only(2)),
        cips=cips,
    )
    economy = make_economy(
        world,
        6,
        gamma=1.0,
        depth_half_life=FOREVER,
        trade_elasticity=trade,
        finance_elasticity=finance,
        finance_multiplier=5.0,
    )
    radius = np.abs(np.linalg.eigvals(jacobian(economy, 3))).max()
    assert critical_network_effect(economy.base, economy.parameters)[0] == pytest.approx(1.0 / radius, abs=1e-6)


@pytest.mark.parametrize(("share", "members"), [(0.2, (0.6, 0.8)), (0.05, (0.5, 0.5)), (0.4, (1.0, 0.9))])
def test_a_currency_of_some_banks_alone_responds_less_to_depth(share: float, members: tuple[float, float]) -> None:
    # Only the pairs of weight a on CIPS use it, at s / a of their value: mu = a (s/a) (1 - s/a) / (s (1 - s)).
    world = make_world([1.0 - share, share], options=(direct(0), members_only(1)), cips=members)
    economy = make_economy(world)
    able = members[0] * members[1]
    threshold = critical_network_effect(economy.base, economy.parameters)[0]
    assert threshold == pytest.approx((1.0 - share) / (1.0 - share / able), rel=1e-9)


def test_with_two_currencies_the_threshold_has_a_closed_form() -> None:
    # Log-odds X of the pool: S (1 - S) dX = sum_l v_l s_l (1 - s_l) gamma dX, hence mu = sum v s (1 - s) / S (1 - S).
    share, value = np.array([0.9, 0.2, 0.6]), np.array([3.0, 5.0, 2.0])
    pool = (value * share).sum() / value.sum()
    mu = (value * share * (1.0 - share)).sum() / value.sum() / (pool * (1.0 - pool))
    shares = np.stack([share, 1.0 - share], axis=-1)[None, None]
    assert spectral_radius(shares, value[None, None], np.zeros((1, 1)))[0] == pytest.approx(mu, rel=1e-12)


def test_on_the_sourced_data_goods_trade_alone_tips_at_1_316(whole_world: WholeWorld) -> None:
    # The figure was found apart from this code, on the same trade matrix and profiles (tolerance .02).
    base = draw(whole_world(), 1, [0], ()).base
    radius = spectral_radius(base.share[:, :1], base.value[:, :1], np.zeros((1, 1)))
    assert 1.0 / radius[0] == pytest.approx(1.316, abs=0.02)


def test_on_the_sourced_data_the_threshold_is_that_of_the_months_own_jacobian(whole_world: WholeWorld) -> None:
    prepared = whole_world()
    for name, value in {"inertia": 0.0, "depth_half_life": FOREVER, "adjustment": 1.0, "diversion": 0.0}.items():
        prepared.ranges[name] = Point(value)
    prepared = replace(prepared, uncertain=frozenset())
    draws = draw(prepared, 1, range(8), ())
    economy = draws.economy(prepared)
    economy.gamma = np.ones(8)
    radius = np.abs(np.linalg.eigvals(jacobian(economy, 4))).max()
    assert draws.threshold[0] == pytest.approx(1.0 / radius, abs=1e-6)


# --- L6 ---------------------------------------------------------------------------------------------------------------

POOL = np.array([[[0.9, 0.1], [0.3, 0.7]], [[0.6, 0.4], [0.2, 0.8]]])
FLOWS = np.array([[10.0, 30.0], [20.0, 15.0]])


def pool_mu() -> float:
    share, weight = POOL[..., 0], FLOWS / FLOWS.sum()
    pool = (weight * share).sum()
    return float((weight * share * (1.0 - share)).sum() / (pool * (1.0 - pool)))


def decay(ratio: float, inertia: float) -> float:
    """Factor by which a small deviation of the pool shrinks a month, at gamma = ratio / mu."""
    economy = make_economy(make_world(POOL, FLOWS), gamma=ratio / pool_mu(), inertia=inertia)
    start = economy.base.mix[:, 0].copy()
    tilt = 1e-5 * start[..., 0] * start[..., 1]  # the direction that a common change of depth pushes contracts to
    economy.contracts.live[:, 0, :, 0] += tilt
    economy.contracts.live[:, 0, :, 1] -= tilt
    weight = (FLOWS / FLOWS.sum()).reshape(-1)

    def deviation() -> float:
        return float(((economy.contracts.live - economy.base.mix)[0, 0, :, 0] * weight).sum())

    before = deviation()
    pass_month(economy)
    return deviation() / before


@pytest.mark.parametrize("inertia", [0.0, 0.9, 0.985])
@pytest.mark.parametrize("ratio", [0.0, 0.55, 0.9])
def test_a_small_deviation_decays_by_inertia_and_feedback(ratio: float, inertia: float) -> None:
    assert decay(ratio, inertia) == pytest.approx(inertia + (1.0 - inertia) * ratio, abs=1e-4)


def test_the_half_life_grows_without_bound_at_the_threshold() -> None:
    inertia = 0.9
    lives = [np.log(0.5) / np.log(decay(ratio, inertia)) for ratio in (0.9, 0.99, 0.999)]
    expected = [np.log(0.5) / np.log(inertia + (1.0 - inertia) * ratio) for ratio in (0.9, 0.99, 0.999)]
    np.testing.assert_allclose(lives, expected, rtol=0.02)  # about 69, 693 and 6,931 months
    assert decay(1.0, inertia) == pytest.approx(1.0, abs=1e-6)


def test_fixed_points_do_not_depend_on_inertia() -> None:
    ends = []
    for inertia in (0.0, 0.8):
        economy = make_economy(make_world(POOL, FLOWS), gamma=0.6 / pool_mu(), inertia=inertia)
        for _ in range(400):
            pass_month(economy, favoured(economy, 0.25))
        ends.append(currency_shares(economy)[0, 0])
    assert np.abs(ends[0] - POOL.reshape(4, 2)).max() > 0.02  # it did move
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-10)


# --- L7 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ratio", "tips"), [(0.8, False), (0.95, False), (1.05, True), (1.2, True)])
def test_a_temporary_subsidy_lasts_only_beyond_the_threshold(ratio: float, tips: bool) -> None:
    economy = make_economy(make_world(POOL, FLOWS), gamma=ratio / pool_mu(), inertia=0.8)
    weight = (FLOWS / FLOWS.sum()).reshape(-1)

    def pool() -> float:
        return float(currency_shares(economy)[0, 0, :, 0] @ weight)

    base = pool()
    for _ in range(6):
        pass_month(economy, favoured(economy, 0.2))
    subsidised = pool()
    assert subsidised > base + 0.002
    for _ in range(600):
        pass_month(economy, Policy.base(economy.world))
    if tips:
        assert pool() > subsidised + 0.05
    else:
        assert pool() - base < 0.05 * (subsidised - base)
