"""What queues do to choice: rejection in closed form, liquidity that follows value, groups that hold less."""

from __future__ import annotations

from datetime import UTC, datetime
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import Act, cut, direct, made_response, make_economy, make_prepared, make_world, never_short, through_hub

from paysim.engine.feedback import WIDEST, Feedback
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import System
from paysim.engine.record import Record
from paysim.model.choice import utilities
from paysim.model.state import Policy
from paysim.model.world import World
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.response import STRETCH, Response

SHARES = (0.7, 0.3)
SHORT = 0.2
"""Unsettled share with half the liquidity; with all of it the response below leaves nothing."""
AUGUST = datetime(2024, 8, 1, tzinfo=UTC)
COST, DELAY_COST, SENSITIVITY = 100.0, 2.0, 0.006
ALWAYS = OperatingCalendar.from_hours("00:00-24:00", "UTC", "every-day")
ONES = np.ones(2)


def short_at_half(anyway: float = 0.0) -> Response:
    """Nothing comes back at the usual liquidity but ``anyway``, and `SHORT` more at half of it, whatever the value."""
    return made_response(np.array([[SHORT + anyway, anyway, 0.0]] * 3), (0.5, 1.0, 2.0), (0.5, 1.0))


def halve(policy: Policy, world: World) -> None:
    policy.liquidity[1] *= 0.5


def run(response: Response, acts: bool = True, **behaviour: float) -> Record:
    events = [Act(AUGUST, halve)] if acts else []
    prepared = make_prepared(make_world(SHARES), 4, events=events, response=response, **behaviour)
    return simulate_ensemble(prepared, 1, [0], ())[0]


def log_odds(record: Record, month: int) -> float:
    return log(record.values("true_share", "C1")[month] / record.values("true_share", "C0")[month])


@pytest.mark.parametrize("anyway", [0.0, 0.05])
def test_what_comes_back_costs_a_currency_its_expected_cost_of_rejection(anyway: float) -> None:
    record = run(short_at_half(anyway), nest_parameter=1.0)
    assert record.values("unsettled_share", "S1").tolist()[:2] == pytest.approx([anyway, SHORT + anyway], abs=1e-12)
    lost = SENSITIVITY * SHORT * (COST + DELAY_COST)  # what comes back is sent again a day later
    assert log_odds(record, 1) == pytest.approx(log_odds(record, 0), abs=1e-12)
    assert log_odds(record, 2) - log_odds(record, 0) == pytest.approx(-lost, abs=1e-10)


def test_rejection_that_costs_nothing_moves_nothing() -> None:
    record = run(short_at_half(), rejection_cost=0.0, delay_cost=0.0)
    assert record.values("unsettled_share", "S1")[1] == pytest.approx(SHORT)
    assert record.values("true_share", "C1").tolist() == pytest.approx([0.3] * 4, abs=1e-12)


def test_the_base_stands_still_whatever_comes_back_in_it() -> None:
    record = run(short_at_half(0.1), acts=False)
    assert record.values("unsettled_share", "S1").tolist() == pytest.approx([0.1] * 4)
    assert record.values("true_share", "C1").tolist() == pytest.approx([0.3] * 4, abs=1e-12)


def test_nobody_who_is_never_short_feels_half_the_liquidity() -> None:
    record = run(never_short())
    assert record.values("liquidity_held", "S1").tolist() == [1.0, 0.5, 0.5, 0.5]
    assert record.values("true_share", "C1").tolist() == pytest.approx([0.3] * 4, abs=1e-12)


# --- liquidity that follows value ------------------------------------------------------------------------------------


def feedback(response: Response, **behaviour: float) -> Feedback:
    world = make_world(SHARES, ((0.0, 60.0), (30.0, 0.0)))
    economy = make_economy(world, **behaviour)
    systems = tuple(System(name, ALWAYS, 1.0, 24.0, response) for name in world.systems)
    return Feedback(world, systems, economy)


def base_paid(made: Feedback) -> np.ndarray:
    base = made.economy.base
    return np.asarray(base.mix * base.value[..., None] / 12.0)


@given(st.floats(0.1, 8.0), st.floats(20.0, 400.0))
def test_liquidity_makes_up_half_of_what_it_lacks_in_every_half_life(surge: float, half_life: float) -> None:
    made = feedback(never_short(), liquidity_half_life=half_life)
    paid, wanted = surge * base_paid(made), surge**STRETCH
    for month in range(8):
        held = made.end_month(paid, ONES).held
        expected = wanted + (1.0 - wanted) * 0.5 ** (30.4 * month / half_life)
        assert held == pytest.approx(expected, rel=1e-9)


def test_growth_of_the_whole_economy_is_no_surge() -> None:
    made = feedback(never_short())
    made.economy.growth = np.array([1.5])
    assert made.end_month(1.5 * base_paid(made), ONES).load == pytest.approx(1.0)


# --- groups ----------------------------------------------------------------------------------------------------------

RISING = np.linspace(1.0, 0.0, 12)
LEVELS = tuple(np.linspace(0.2, 4.0, 11).tolist())


@given(st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_a_group_meets_what_the_system_would_with_its_liquidity_for_its_value(first: float, other: float) -> None:
    """The importer pays: goods from the first group to the second are sent by the second."""
    response = made_response(np.stack([RISING, RISING**0.5]), (0.25, 4.0), LEVELS)
    made = feedback(response)
    paid = base_paid(made)
    corridors = made.world.payer * 2 + made.world.payee
    paid[:, :, corridors == 1] *= other
    paid[:, :, corridors == 2] *= first
    made.end_month(paid, ONES)
    usual, surge = np.array([30.0, 60.0]), np.array([first, other])
    load = float((usual * surge).sum() / usual.sum())
    for group in range(2):
        own = np.clip(load / surge[group], 1.0 / WIDEST, WIDEST)
        there = response.at(load, own).unsettled_share - response.at(1.0, 1.0).unsettled_share
        assert made.economy.rejected[0, group] == pytest.approx(float(there), abs=1e-9)


def test_the_leg_to_the_cut_side_is_the_challengers_whoever_pays_it() -> None:
    options = (direct(0), through_hub(0, (direct(0),), cips_system=1))
    world = make_world((1.0,), ((0.0, 10.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), options=options, hubs=(2,))
    systems = tuple(System(name, ALWAYS, 1.0, 24.0, never_short()) for name in world.systems)
    made = Feedback(world, systems, make_economy(world))
    paid = np.zeros((1, 2, 9, 2))
    paid[0, 0, 1, 1] = 7.0  # goods from the first group to the second, which pays
    assert made._load(paid)[0].tolist() == [[0.0, 0.0, 7.0], [0.0, 7.0, 0.0]]
    made.economy.set_policy(cut(world, [1]))  # the payer is cut and pays the hub in the challenger's system
    assert made._load(paid)[0].tolist() == [[0.0, 0.0, 7.0], [0.0, 7.0, 0.0]]
    made.economy.set_policy(cut(world, [0]))  # the hub pays who is cut
    assert made._load(paid)[0].tolist() == [[0.0, 7.0, 0.0], [0.0, 0.0, 7.0]]


def test_the_cost_of_a_corridor_is_that_of_its_two_ends() -> None:
    economy = make_economy(make_world(SHARES))
    rejected = np.zeros((1, 2, 2))
    rejected[0, 1, 0] = 0.1
    nothing = np.zeros((1, 4))
    found = utilities(
        economy.world, economy.parameters, economy.policy, economy.belief, economy.delay, rejected, nothing
    )
    assert np.exp(found[0, :, 0]) == pytest.approx(
        [exp(-SENSITIVITY * COST * share) for share in (0.0, 0.05, 0.05, 0.1)]
    )
    assert (found[0, :, 1] == 0.0).all()
