"""Responses held against months that were settled payment by payment, with other seeds and between the points."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from paysim.engine.responses import response_of
from paysim.engine.systems import settlement_system

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "tools"))  # where the page is made from the same months

from response_months import DRAWN, FLOORS, WORKING_DAYS, Load, drawn_loads, month

PLAIN = (Load(1.4, 0.65), Load(2.2, 0.7))
"""Loads at which a single month tells: elsewhere its own chance is larger than the error that is allowed."""
EVERY = [(name, load) for name in DRAWN for load in drawn_loads(name)]


@pytest.mark.parametrize("load", PLAIN)
def test_a_held_out_month_of_cips_is_read_to_a_tenth(load):
    system = settlement_system("CIPS")
    found = month(system, response_of(system), load)
    assert found.settled["unsettled_share"] > 0.05  # something is at stake
    for name in ("waiting_hours", "unsettled_share"):
        assert found.misses(name) <= 1.0, (name, found)
    assert found.met("delay_hours"), found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "load"), EVERY, ids=[f"{name} {load}" for name, load in EVERY])
def test_every_held_out_load_is_read_to_a_tenth_or_within_its_own_chance(name, load):
    system = settlement_system(name)
    found = month(system, response_of(system), load, DRAWN[name].months * WORKING_DAYS)
    for measure in FLOORS:
        assert found.met(measure), (measure, found)


def test_no_held_out_load_is_a_point_of_the_response():
    for name, load in EVERY:
        response = response_of(settlement_system(name))
        assert load.value not in response.value  # so that no load is a point, whatever its liquidity
        assert not response.at(load.value, load.liquidity).clamped
