"""Currencies of a group's exports and imports: recorded for groups whose directions differ, and told apart by data."""

from __future__ import annotations

import numpy as np
import pytest
from telling import NO_LUCK, Tell

from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.simulation import simulate
from paysim.errors import ScenarioError

CHANGES = ("horizon=2024-09", "traffic.payments_per_month=3000")
ONE_WAY = """
calibration:
  fixed:
    CHN>RUS: {CNY: 70 %, OTH: 20 %, USD: 5 %, EUR: 5 %}
"""
ENGINES = ("events", "mean-field")


def told(prepared: Prepared, engine: str) -> Record:
    return simulate(prepared, 1, 0, NO_LUCK) if engine == "events" else simulate_ensemble(prepared, 1, [0], NO_LUCK)[0]


def known(prepared: Prepared, exporter: str, importer: str) -> np.ndarray:
    """Currency shares of goods trade on a corridor of the base, (C,)."""
    groups = prepared.world.groups
    return np.asarray(prepared.trade_share[groups.index(exporter) * len(groups) + groups.index(importer)])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_shares_of_a_direction_are_those_of_its_corridors(tell: Tell, engine: str) -> None:
    """The event engine draws payments, few of them on a small corridor: six months are enough for 3 points."""
    prepared = tell("horizon=2024-12", "traffic.payments_per_month=30000")
    record, world = told(prepared, engine), prepared.world
    trade = world.trade.reshape(-1)
    for series, side in (("import_share", world.payee), ("export_share", world.payer)):
        own = (side == world.group_index("RUS")) & (world.payer != world.payee)
        expected = (trade[own] @ prepared.trade_share[own]) / trade[own].sum()
        found = [record.values(series, f"RUS/{currency}").mean() for currency in world.currencies]
        np.testing.assert_allclose(found, expected, atol=1e-9 if engine == "mean-field" else 0.03)
        np.testing.assert_allclose(sum(record.values(series, key) for key in record.series[series][0]), 1.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_only_groups_whose_directions_differ_are_recorded(tell: Tell, engine: str) -> None:
    one = told(tell(*CHANGES), engine)
    assert {key.partition("/")[0] for key in one.series["import_share"][0]} == {"RUS"}
    same = "groups:\n  RUS: {export_profile: null, import_profile: null}\n"
    assert not {"import_share", "export_share"} & set(told(tell(*CHANGES, text=same), engine).series)
    japan = "groups:\n  ALLY: {export_profile: {USD: 40 %, EUR: 25 %, OTH: 32.5 %, CNY: 2.5 %}}\n"
    two = told(tell(*CHANGES, text=japan), engine)
    assert {key.partition("/")[0] for key in two.series["import_share"][0]} == {"RUS", "ALLY"}


def test_a_known_corridor_may_hold_in_one_direction_alone(tell: Tell) -> None:
    usual, one_way = tell(*CHANGES), tell(*CHANGES, text=ONE_WAY)
    yuan = usual.world.currencies.index("CNY")
    assert known(one_way, "CHN", "RUS")[yuan] == pytest.approx(0.7)
    np.testing.assert_allclose(known(one_way, "RUS", "CHN"), known(usual, "RUS", "CHN"))  # both ways, from the data


def test_without_its_line_a_shipped_corridor_is_fitted_like_the_others(tell: Tell) -> None:
    usual, free = tell(*CHANGES), tell(*CHANGES, text="calibration:\n  fixed: {CHN-RUS: null}\n")
    pair = tuple(usual.world.groups.index(group) for group in ("CHN", "RUS"))
    assert pair in usual.world.known_corridors
    assert pair not in free.world.known_corridors


def test_a_direction_between_unknown_groups_is_refused_with_the_nearest_name(tell: Tell) -> None:
    with pytest.raises(ScenarioError, match=r"unknown group 'RUSS'; nearest: RUS"):
        tell(*CHANGES, text="calibration:\n  fixed:\n    CHN>RUSS: {CNY: 70 %, USD: 30 %}\n")
