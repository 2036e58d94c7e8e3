"""A prescribed path of CIPS membership is followed, in both engines, from its first date on and not before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from telling import NO_LUCK, Array, Tell, different

from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.simulation import simulate

PATH = "groups:\n  ASEAN: {adoption: {2025-01: 30 %, 2030-01: 80 %}}\n"
HELD = "groups:\n  ASEAN: {adoption: frozen}\n"
BEGINS, ENDS = 6, 66
"""January 2025 and January 2030, counted from July 2024."""
CHANGES = ("horizon=2030-06", "traffic.payments_per_month=500")


def events(prepared: Prepared) -> Record:
    return simulate(prepared, 1, 0, NO_LUCK)


def mean_field(prepared: Prepared) -> Record:
    return simulate_ensemble(prepared, 1, [0], NO_LUCK)[0]


Engine = Callable[[Prepared], Record]
both_engines = pytest.mark.parametrize("engine", [events, mean_field])


def path(months: int) -> Array:
    """The path by month, from its first date on."""
    return np.minimum(0.3 + 0.5 * np.arange(months - BEGINS) / (ENDS - BEGINS), 0.8)


def initial(prepared: Prepared, group: str) -> float:
    world = prepared.world
    return float(world.member[world.group_index(group), world.networks.index("CIPS")])


@both_engines
def test_the_group_follows_the_path_exactly_by_bank_weight(tell: Tell, engine: Engine) -> None:
    prepared = tell(*CHANGES, parent="business_as_usual", text=PATH)
    weight = engine(prepared).values("cips_member_weight", "ASEAN")
    np.testing.assert_allclose(weight[BEGINS:], path(len(weight)), atol=1e-12)
    np.testing.assert_allclose(weight[:BEGINS], initial(prepared, "ASEAN"), atol=1e-12)
    assert abs(weight[BEGINS] - weight[BEGINS - 1]) > 0.1, "or the first date would prove nothing"


@both_engines
def test_nothing_changes_before_the_first_date(tell: Tell, engine: Engine) -> None:
    followed, held = (engine(tell(*CHANGES, parent="business_as_usual", text=text)) for text in (PATH, HELD))
    assert different(followed, held, slice(0, BEGINS)) == []
    assert ("cips_member_weight", "ASEAN") in different(followed, held, slice(BEGINS, BEGINS + 1))


def test_other_groups_answer_only_afterwards_through_reach(tell: Tell) -> None:
    followed, held = (mean_field(tell(*CHANGES, parent="business_as_usual", text=text)) for text in (PATH, HELD))
    others = [group for group in followed.series["cips_member_weight"][0] if group != "ASEAN"]

    def apart(month: slice) -> list[str]:
        return [key for name, key in different(followed, held, month) if name == "cips_member_weight" and key in others]

    assert apart(slice(0, BEGINS + 1)) == []
    assert apart(slice(BEGINS + 1, BEGINS + 3)) != []


def test_banks_join_in_a_fixed_order_and_only_the_marginal_one_in_part(tell: Tell) -> None:
    from paysim.engine.draws import draw
    from paysim.engine.simulation import Simulation

    prepared = tell(*CHANGES, parent="business_as_usual", text=PATH)
    economy = Simulation(prepared, draw(prepared, 1, [0], NO_LUCK), 1, 0).economy
    world = economy.world
    asean = world.banks.group == world.group_index("ASEAN")
    earlier = np.zeros(int(asean.sum()))
    for month in (BEGINS, BEGINS + 20, BEGINS + 40, ENDS):
        economy.follow_paths(month)
        member = economy.member[0, asean, world.networks.index("CIPS")]
        assert ((member > 0.0) & (member < 1.0)).sum() <= 1
        assert (np.diff(member[np.argsort(world.banks.order[asean])]) <= 0.0).all()
        assert (member >= earlier).all()
        earlier = member


def test_a_first_date_before_the_start_sets_the_base(tell: Tell) -> None:
    text = "groups:\n  ASEAN: {adoption: {2023-07: 20 %, 2025-07: 60 %}}\n"
    prepared = tell("horizon=2024-09", parent="business_as_usual", text=text)
    for engine in (events, mean_field):
        weight = engine(prepared).values("cips_member_weight", "ASEAN")
        np.testing.assert_allclose(weight, [0.4, 0.4 + 0.2 / 12.0, 0.4 + 0.4 / 12.0], atol=1e-12)


STEERED = (
    "groups:\n  AFR: {adoption: frozen, native_adoption: frozen}\n  LATAM: {adoption: {2025-06: 60 %, 2030-01: 80 %}}\n"
)


@both_engines
def test_steering_leaves_alone_what_is_frozen_or_prescribed(tell: Tell, engine: Engine) -> None:
    prepared = tell("horizon=2025-12", "traffic.payments_per_month=500", parent="decoupling", text=STEERED)
    record = engine(prepared)
    for series in ("cips_member_weight", "native_messaging_share"):
        frozen = record.values(series, "AFR")
        np.testing.assert_allclose(frozen, frozen[0], atol=1e-12)
    before = record.values("cips_member_weight", "LATAM")[: BEGINS + 5]
    np.testing.assert_allclose(before, initial(prepared, "LATAM"), atol=1e-12)
    assert (
        record.values("native_messaging_share", "ASEAN")[12] > record.values("native_messaging_share", "ASEAN")[0] + 0.2
    )


MOVED = (
    "groups:\n  CHN: {bank_classes: {big: 40 %, small: 60 %}, adoption: {2024-07: 50 %, 2030-01: 90 %}}\n"
    "events:\n  - {id: cut, kind: disconnection, groups: [CHN], banks: small, at: 2024-09-15 12:00Z}\n"
)


@both_engines
def test_the_path_is_met_by_the_weights_that_customers_have_given_the_banks(tell: Tell, engine: Engine) -> None:
    changes = ("horizon=2025-06", "traffic.payments_per_month=500")
    weight = engine(tell(*changes, parent="business_as_usual", text=MOVED)).values("cips_member_weight", "CHN")
    np.testing.assert_allclose(weight, 0.5 + 0.4 * np.arange(len(weight)) / ENDS, atol=1e-12)


@both_engines
def test_immediate_contracts_change_at_ticks_only(tell: Tell, engine: Engine) -> None:
    """A cut on the last day of a month finds the contracts of its first day, in both engines."""
    cut = "events:\n  - {kind: disconnection, groups: [CHN, HKG], at: 2024-10-31, notice: 0 d}\n"
    changes = ("horizon=2024-12", "behaviour.recontracting=immediate")
    share = engine(tell(*changes, parent="baseline", text=cut)).values("china_trade_rmb_share", "CHN")
    assert abs(share[3] - share[2]) < 0.02
    assert share[4] > 0.99
