"""What a notice does: contracts go where the announced change will not block them, and it blocks the rest alone."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import Banks, cut, direct, make_economy, make_switches, make_world, pass_month, yuan_routes

from paysim.model.economy import Economy
from paysim.model.state import Policy
from paysim.model.world import World

LINE = 1  # the corridor from the group that is hit to the other
CRISIS = 0.9
MONTH = 30.4


def routed_world() -> World:
    """Two groups, all on CIPS; .8 and .5 of their banks have its messages, so that .4 of the pairs can do without."""
    options = (direct(0), *yuan_routes(1))
    return make_world([0.7, 0.3], options=options, cips=1.0, native=(0.8, 0.5), cuttable=(True, False))


def moved_share(days: float) -> float:
    return float(1.0 - CRISIS ** (days / MONTH))


def stocks(economy: Economy) -> tuple[np.ndarray, np.ndarray]:
    contracts = economy.contracts
    np.testing.assert_allclose((contracts.live + contracts.blocked).sum(-1), 1.0, rtol=0, atol=1e-12)
    return contracts.live[0, 0, LINE], contracts.blocked[0, 0, LINE]


@pytest.mark.parametrize("days", [0.0, 10.0, MONTH, 400.0])
@pytest.mark.parametrize(
    ("announced", "between", "cut_in_the_end"),
    [
        (1.0, (), 1.0),
        (0.4, (), 0.4),
        (0.4, (0.0,), 0.4),  # the month begins before the cut comes
        (0.4, (0.0, 0.2, 0.3), 0.4),  # it comes in steps
        (0.4, (), 0.7),  # and it may be worse than announced
    ],
)
def test_a_notice_saves_who_has_a_way_out_and_touches_nobody_who_stays_connected(
    days: float, announced: float, between: Sequence[float], cut_in_the_end: float
) -> None:
    economy = make_economy(routed_world(), crisis_inertia=CRISIS)
    start, able = economy.base.mix[0, 0, LINE].copy(), 0.8 * 0.5
    economy.give_notice(cut(economy.world, [0], announced), days)
    moved = moved_share(days) * announced * (able - start[3])  # CIPS's messages are the way out; some are on it
    live, _ = stocks(economy)
    assert live[3] == pytest.approx(start[3] + moved, abs=1e-12)
    for share in (*between, cut_in_the_end):
        economy.set_policy(cut(economy.world, [0], share))
    live, blocked = stocks(economy)
    # Pairs that are not cut keep all of their contracts: their weight times the shares of the start.
    np.testing.assert_allclose(live[:3], (1.0 - cut_in_the_end) * start[:3], rtol=0, atol=1e-12)
    assert live[3] == pytest.approx(start[3] + moved, abs=1e-12)
    assert blocked.sum() == pytest.approx(cut_in_the_end * (1.0 - start[3]) - moved, abs=1e-12)
    assert economy.pay().paid[0, 0, LINE].sum() == pytest.approx(live.sum(), abs=1e-12)


@pytest.mark.parametrize("days", [10.0, 60.0])
def test_a_second_wave_moves_those_whom_it_hits_and_not_those_hit_before(days: float) -> None:
    economy = make_economy(routed_world(), crisis_inertia=CRISIS)
    start, able = economy.base.mix[0, 0, LINE].copy(), 0.8 * 0.5
    economy.set_policy(cut(economy.world, [0], 0.3))
    economy.give_notice(cut(economy.world, [0], 0.75), days)
    economy.set_policy(cut(economy.world, [0], 0.75))
    moved = moved_share(days) * (0.75 - 0.3) * (able - start[3])
    live, blocked = stocks(economy)
    np.testing.assert_allclose(live, [*(0.25 * start[:3]), start[3] + moved], rtol=0, atol=1e-12)
    assert blocked.sum() == pytest.approx(0.75 * (1.0 - start[3]) - moved, abs=1e-12)


def three_banks() -> tuple[World, Policy]:
    """Of the first group's banks one of .3 loses the first currency, one of .2 the second, and one of .5 nothing."""
    banks = Banks(np.array([0, 0, 0, 1]), np.array([0.5, 0.3, 0.2, 1.0]), ("all",) * 4, np.array([0, 1, 2, 0]))
    world = make_world([0.5, 0.3, 0.2], banks=banks, bars=[frozenset({0}), frozenset({1}), frozenset({0, 1})])
    return world, barring(world, [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0])


def barring(world: World, *banks: Sequence[float]) -> Policy:
    """A policy that bars the first currency to the first shares of banks, the second to the second."""
    policy = Policy.base(world)
    for currency, shares in enumerate(banks):
        policy.bar(np.array(shares), frozenset({currency}), world)
    return policy


@pytest.mark.parametrize("days", [5.0, MONTH, 1000.0])
def test_what_moved_to_a_currency_that_others_lose_is_not_blocked_with_theirs(days: float) -> None:
    world, policy = three_banks()
    economy = make_economy(world, crisis_inertia=CRISIS, cost_sensitivity=0.01)
    start, doomed = np.array([0.5, 0.3, 0.2]), np.array([0.3 * 0.5, 0.2 * 0.3, 0.0])
    economy.give_notice(policy, days)
    without_first, without_second = np.array([0.0, 0.6, 0.4]), np.array([5.0, 0.0, 2.0]) / 7.0
    going_to = 0.6 * without_first + 0.4 * without_second  # .3 and .2 of the pairs have to choose anew
    moved = moved_share(days) * doomed
    np.testing.assert_allclose(stocks(economy)[0], start - moved + moved.sum() * going_to, rtol=0, atol=1e-12)
    economy.set_policy(policy)
    live, blocked = stocks(economy)
    np.testing.assert_allclose(blocked, doomed - moved, rtol=0, atol=1e-12)
    np.testing.assert_allclose(live, start - doomed + moved.sum() * going_to, rtol=0, atol=1e-12)


def test_what_was_safe_from_one_change_is_not_safe_from_the_next() -> None:
    world, policy = three_banks()
    economy = make_economy(world, inertia=1.0, crisis_inertia=CRISIS)
    economy.give_notice(policy, MONTH)
    pass_month(economy, policy)
    live = stocks(economy)[0].copy()
    worse = barring(world, [0.5, 1.0, 0.5, 0.0], [0.0, 0.0, 1.0, 0.0])  # of .7 that could use the first .35 are left
    economy.set_policy(worse)
    np.testing.assert_allclose(stocks(economy)[0], live * [0.5, 1.0, 1.0], rtol=0, atol=1e-12)


@given(st.floats(0.05, 1.0), st.floats(0.0, 60.0))
def test_without_notice_and_without_news_nothing_moves(part: float, days: float) -> None:
    economy = make_economy(
        routed_world(),
        inertia=0.9,
        crisis_inertia=CRISIS,
        native_base_rate=0.3,
        switches=make_switches(2, joining=True, enabling=True, switching=True),
    )
    told = cut(economy.world, [0], part)
    economy.give_notice(told, 0.0)
    np.testing.assert_array_equal(economy.contracts.live, economy.base.mix)
    for month in range(3):  # memberships grow and customers leave the cut banks: the live ratios move by themselves
        pass_month(economy, told, month)
    untold = deepcopy(economy)
    economy.give_notice(told, days)
    np.testing.assert_array_equal(economy.contracts.live, untold.contracts.live)
    for each in (economy, untold):
        each.set_policy(cut(economy.world, [0], part + 0.5 * (1.0 - part)))
    np.testing.assert_allclose(economy.contracts.live, untold.contracts.live, rtol=0, atol=1e-15)
