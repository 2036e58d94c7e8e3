"""Every mechanism lies still without its cause, and bites with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from triangle import BETWEEN, LAMBDA, SHARES, lived, three_groups
from worlds import (
    CIPS,
    SWIFT,
    currency_shares,
    cut,
    direct,
    make_economy,
    make_switches,
    make_world,
    pass_month,
    yuan_routes,
)

from paysim.model.ruling import Luck
from paysim.model.state import Policy

# --- refusal ----------------------------------------------------------------------------------------------------------


def test_nobody_refuses_without_a_threat() -> None:
    economy = make_economy(three_groups(), refusal_shock=1.0, refusal_later=1.0)
    lived(economy, cut(economy.world, [0]), 3)
    assert economy.pay().refused.max() == 0.0


@pytest.mark.parametrize(("table", "share"), [("refusal_shock", 0.8), ("refusal_later", 0.25)])
def test_a_threat_turns_payments_away_and_raises_cost_alone(table: str, share: float) -> None:
    world = three_groups()
    policy = Policy.base(world)
    getattr(policy, table)[0, 1] = 0.9
    economy = lived(make_economy(world), policy)
    refused, others = economy.pay().refused[0, 0], [line for line in range(9) if line != BETWEEN]
    assert refused[BETWEEN] == pytest.approx(0.9 * share, rel=1e-12)
    assert np.abs(refused[others]).max() == 0.0
    # It is the same on every route, so it moves no share: only tau, by - ln(1 - r) / lambda, and that once.
    np.testing.assert_allclose(economy.contracts.live, economy.base.mix, atol=1e-12)
    assert economy.choice.cost[0, 0, BETWEEN] == pytest.approx(-np.log(1.0 - 0.9 * share) / LAMBDA, rel=1e-10)
    assert np.abs(economy.choice.cost[0, 0, others]).max() < 1e-9


# --- bypass -----------------------------------------------------------------------------------------------------------


def test_nothing_goes_by_the_bypass_unless_something_is_unpaid() -> None:
    economy = make_economy(three_groups(), bypass_share=0.6, inertia=0.5)
    policy = Policy.base(economy.world)
    policy.premium[0] = 200.0  # dearer is not blocked
    lived(economy, policy, 6)
    assert economy.pay().bypassed.max() == 0.0


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_bypass_carries_its_share_of_what_is_blocked(share: float, part: float) -> None:
    economy = make_economy(three_groups(), bypass_share=share)
    economy.set_policy(cut(economy.world, [0], part))
    payment = economy.pay()
    blocked = economy.base.mix[0, 0, BETWEEN, :4].sum() * part  # all options but CIPS alone need SWIFT
    assert payment.blocked[0, 0, BETWEEN] == pytest.approx(blocked, abs=1e-12)
    assert payment.bypassed[0, 0, BETWEEN] == pytest.approx(share * blocked, abs=1e-12)


def test_the_bypass_costs_what_it_costs_and_lost_contracts_are_not_counted_twice() -> None:
    economy = make_economy(
        three_groups(cips=0.0, native=0.0), bypass_share=0.4, bypass_cost=500.0, trade_elasticity=4.0
    )
    lived(economy, cut(economy.world, [0]))
    # Nothing is left: B = 1, so V* = exp(-eps kappa_BY beta B / 10^4) and tau does not enter.
    assert economy.volume[0, 0, BETWEEN] == pytest.approx(np.exp(-4.0 * 500.0 * 0.4 / 1e4), rel=1e-12)


# --- steering ---------------------------------------------------------------------------------------------------------


def test_nothing_is_steered_without_steering() -> None:
    economy = make_economy(three_groups(), inertia=0.9)
    lived(economy, cut(economy.world, [0], 0.5), 3)
    assert economy.steered.message.max() == 0.0
    assert economy.steered.clearing.max() == 0.0
    assert economy.route is economy.base.route


@pytest.mark.parametrize(("message", "clearing"), [(0.04, 0.0), (0.0, 0.03), (0.02, 0.01)])
def test_steering_moves_its_share_and_what_it_moved_stays(message: float, clearing: float) -> None:
    world = three_groups(cips=1.0, native=[1.0, 0.9, 0.9])
    economy = make_economy(world, inertia=0.5)
    policy, start = Policy.base(world), economy.base.mix[0, 0, BETWEEN].copy()
    policy.steering_message, policy.steering_clearing = message, clearing
    lived(economy, policy)
    got = economy.contracts.live[0, 0, BETWEEN].copy()
    moved = message * start[3] + clearing * start[2]
    np.testing.assert_allclose(got[2:] - start[2:], [-clearing * start[2], -message * start[3], moved], atol=1e-12)
    np.testing.assert_allclose(got[:2], start[:2], atol=1e-12)
    yuan = economy.base.mix[..., 2:].sum(-1)
    total = (economy.base.value * yuan).sum()
    assert economy.steered.message[0] == pytest.approx(
        (economy.base.value * message * economy.base.mix[..., 3]).sum() / total, rel=1e-9
    )
    assert economy.steered.clearing[0] == pytest.approx(
        (economy.base.value * clearing * economy.base.mix[..., 2]).sum() / total, rel=1e-9
    )
    lived(economy, Policy.base(world), 24)  # steering stops: route weights went along, so nothing comes back
    np.testing.assert_allclose(economy.contracts.live[0, 0, BETWEEN], got, atol=1e-10)


def test_steering_enables_partners_no_further_than_it_needs() -> None:
    world = three_groups(cips=1.0, native=[1.0, 0.02, 0.9])
    economy = make_economy(world, inertia=0.9)
    policy = Policy.base(world)
    policy.steering_message = 0.05
    lived(economy, policy)
    native = economy.native[0, :, CIPS]
    share = economy.contracts.live[0, 0, BETWEEN, 4] / economy.contracts.live[0, 0, BETWEEN, 2:].sum()
    assert native[1] == pytest.approx(share / 0.9, rel=1e-9)  # .9 of the pair weight that can use it
    assert native[2] == 0.9


# --- beliefs ----------------------------------------------------------------------------------------------------------


def test_nobody_fears_a_freeze_without_a_shock() -> None:
    economy = make_economy(three_groups(), belief_jump=0.5)
    policy = cut(economy.world, [0])
    policy.feared[:] = 1.0
    lived(economy, policy, 4)
    assert economy.belief.max() == 0.0


def test_a_shock_frightens_the_near_more_than_the_far_and_fades() -> None:
    world = three_groups()
    economy = make_economy(world, belief_jump=0.02, alignment_scale=0.6, belief_half_life=304.0)
    policy = Policy.base(world)
    policy.shocks[0] = 1.0
    lived(economy, policy)
    jump = 0.02 * np.exp(-np.array([0.0, 1.8, 1.2]) / 0.6)
    np.testing.assert_allclose(economy.belief[0], jump, rtol=1e-12)
    lived(economy, policy, 10)  # ten months of 30.4 days: one half-life, and the shock counts once
    np.testing.assert_allclose(economy.belief[0], jump / 2.0, rtol=1e-12)


def test_belief_is_a_premium_on_the_currencies_of_those_who_sanctioned() -> None:
    world = three_groups(cips=0.0, native=0.0, options=())
    economy = make_economy(world, belief_jump=0.02, nest_parameter=1.0, loss_given_freeze=1000.0)
    policy = Policy.base(world)
    policy.shocks[0], policy.feared[0] = 1.0, 1.0
    lived(economy, policy)
    fear = 0.02 * (1.0 + np.exp(-1.8 / 0.6)) / 2.0 * 1000.0  # mean of payer's and payee's belief, bp
    weights = np.array(SHARES) * np.exp(-LAMBDA * fear * np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(currency_shares(economy)[0, 0, BETWEEN], weights / weights.sum(), rtol=1e-12)


# --- latent demand ----------------------------------------------------------------------------------------------------


def test_demand_does_not_drift_by_itself() -> None:
    economy = make_economy(three_groups(), inertia=0.9)
    lived(economy, Policy.base(economy.world), 6)
    assert np.abs(economy.latent).max() == 0.0


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3).map(np.array), st.floats(0.0, 0.99))
def test_latent_demand_multiplies_odds_and_stays_out_of_cost(step: np.ndarray, inertia: float) -> None:
    economy = make_economy(three_groups(), gamma=0.4, inertia=inertia)
    pass_month(economy, luck=Luck(latent=step[None]))
    weights = np.array(SHARES) * np.exp(step)
    want = weights / weights.sum()
    np.testing.assert_allclose(currency_shares(economy)[0, 0, BETWEEN], want, rtol=1e-10)
    # The base moves with it, so that it stays: nothing pulls back to the old shares, and payers bear no cost of it.
    for month in range(1, 12):
        pass_month(economy, month=month)
    np.testing.assert_allclose(currency_shares(economy)[0, 0, BETWEEN], want, rtol=1e-9)
    assert np.abs(economy.choice.cost).max() < 1e-7


def test_a_drift_by_policy_adds_up() -> None:
    economy = make_economy(three_groups(), inertia=0.97)
    policy = Policy.base(economy.world)
    policy.drift[2] = 0.02
    lived(economy, policy, 10)
    shares = currency_shares(economy)[0, 0, BETWEEN]
    assert np.log(shares[2] / shares[0]) - np.log(0.2 / 0.5) == pytest.approx(0.2, abs=1e-10)


# --- switching of banks -----------------------------------------------------------------------------------------------


def test_customers_stay_where_nobody_is_cut() -> None:
    economy = make_economy(three_groups(), switches=make_switches(3, switching=True), switching=0.4)
    lived(economy, Policy.base(economy.world), 6)
    np.testing.assert_array_equal(economy.weight[0], economy.world.banks.weight)
    assert economy.left_cut.min() == 1.0


def test_customers_of_cut_banks_leave_at_the_hazard_for_others_at_home() -> None:
    world = three_groups()
    economy = make_economy(world, switches=make_switches(3, switching=True), switching=0.2)
    policy = cut(world, [0], 0.7)
    for month in range(1, 7):
        pass_month(economy, policy, month)
        cut_weight = (economy.weight * economy.cut_now(policy)[..., SWIFT])[0, 0]
        assert cut_weight == pytest.approx(0.7 * 0.8**month, rel=1e-12)
        assert economy.weight[0].tolist() == pytest.approx([1.0, 1.0, 1.0], rel=1e-12)


def test_customers_of_a_group_that_is_cut_whole_have_nowhere_to_go() -> None:
    economy = make_economy(three_groups(), switches=make_switches(3, switching=True), switching=0.4)
    policy = cut(economy.world, [0])
    lived(economy, policy, 6)
    assert economy.cut_now(policy)[0, 0, SWIFT] == 1.0


# --- native messaging -------------------------------------------------------------------------------------------------


def natives(off: list[int], **behaviour: float) -> np.ndarray:
    world = three_groups(cips=1.0, native=0.2)
    economy = make_economy(world, switches=make_switches(3, enabling=True), **behaviour)
    lived(economy, cut(world, off))
    return np.asarray(economy.native[0, :, CIPS])


def test_banks_do_not_hurry_to_cipss_messages_without_a_cut() -> None:
    np.testing.assert_array_equal(natives([], native_crisis_median=7.0), 0.2)
    base = natives([], native_base_rate=0.1)
    np.testing.assert_allclose(base, 0.2 + 0.8 * (1.0 - np.exp(-0.1 / 12.0)), rtol=1e-12)


def test_both_sides_of_a_cut_enable_cipss_messages_at_the_crisis_rate() -> None:
    got = natives([0], native_crisis_median=60.0)
    np.testing.assert_allclose(got, 0.2 + 0.8 * (1.0 - 0.5 ** (30.4 / 60.0)), rtol=1e-12)


def test_groups_that_do_not_deal_with_the_cut_side_and_the_unwilling_enable_nothing() -> None:
    trade = np.array(
        [[0.0, 50.0, 0.0], [40.0, 0.0, 20.0], [0.0, 15.0, 10.0]]
    )  # the third does not trade with the first
    world = make_world(
        SHARES, trade, options=(direct(0), direct(1), *yuan_routes(2)), cips=1.0, native=0.2, cuttable=(True, False)
    )
    economy = make_economy(world, switches=make_switches(3, enabling=True), native_crisis_median=30.0)
    policy = cut(world, [0])
    lived(economy, policy)
    native = economy.native[0, :, CIPS].copy()
    assert native[2] == 0.2
    assert native[0] == native[1] > 0.5
    policy.willingness[1] = 0.0
    lived(economy, policy)
    assert economy.native[0, 1, CIPS] == native[1]
    assert economy.native[0, 0, CIPS] > native[0]


# --- growth -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("growth", [0.0, 0.03])
def test_growth_scales_value_and_nothing_else(growth: float) -> None:
    economy = make_economy(three_groups(), growth=growth, gamma=0.5, inertia=0.9)
    start = economy.value()
    for month in range(18):
        pass_month(economy, month=month)
    np.testing.assert_allclose(economy.value(), start * (1.0 + growth) ** (18 / 12), rtol=1e-12)
    np.testing.assert_allclose(economy.contracts.live, economy.base.mix, atol=1e-12)
    assert np.abs(economy.choice.cost).max() < 1e-9


# --- delay and premium ------------------------------------------------------------------------------------------------


def test_delay_between_two_groups_costs_them_alone() -> None:
    economy = make_economy(three_groups(), delay_cost=2.0)
    policy = Policy.base(economy.world)
    policy.delay[0, 1] = 21.0
    lived(economy, policy)
    cost = economy.choice.cost[0, 0]
    assert cost[BETWEEN] == pytest.approx(42.0, rel=1e-10)
    assert np.abs(np.delete(cost, BETWEEN)).max() < 1e-9


# --- reconnection and notice ------------------------------------------------------------------------------------------


@given(st.floats(0.05, 1.0))
def test_a_cut_that_is_lifted_at_once_leaves_everything_as_it_was(part: float) -> None:
    economy = make_economy(three_groups())
    start = economy.contracts.live.copy()
    economy.set_policy(cut(economy.world, [0], part))
    assert economy.contracts.blocked.max() > 0.01
    economy.set_policy(Policy.base(economy.world))
    np.testing.assert_allclose(economy.contracts.live, start, atol=1e-12)
    np.testing.assert_allclose(economy.contracts.blocked, 0.0, atol=1e-12)


@pytest.mark.parametrize("days", [0.0, 10.0, 30.4])
def test_in_the_notice_period_doomed_contracts_with_a_way_out_move(days: float) -> None:
    world = three_groups(cips=1.0, native=[0.8, 0.5, 0.5])
    economy = make_economy(world, crisis_inertia=0.9)
    start = economy.contracts.live[0, 0, BETWEEN].copy()
    economy.give_notice(cut(world, [0]), days)
    movable = start[:4].sum() - (1.0 - 0.8 * 0.5)  # doomed, less the pairs that will have nothing left
    moved = (1.0 - 0.9 ** (days / 30.4)) * movable
    got = economy.contracts.live[0, 0, BETWEEN]
    assert got[4] - start[4] == pytest.approx(moved, abs=1e-12)
    assert got.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(economy.contracts.live[0, 0, 5], economy.base.mix[0, 0, 5], atol=1e-15)


def test_a_barred_currency_is_blocked_for_the_share_of_banks_that_it_is_barred_to() -> None:
    world = three_groups(bars=[frozenset({0})])
    economy = make_economy(world)
    policy = Policy.base(world)
    policy.bar((world.banks.group == 0) * 0.25, frozenset({0}), world)
    economy.set_policy(policy)
    blocked = economy.contracts.blocked[0, 0, BETWEEN]
    np.testing.assert_allclose(blocked, [0.25 * 0.5, 0.0, 0.0, 0.0, 0.0], atol=1e-12)
    assert economy.contracts.blocked[0, 0, 5].max() == 0.0
