"""L8 and L17: what a cut takes away, in closed form, on the sourced data and where part of the banks is cut."""

from __future__ import annotations

import numpy as np
import pytest
from sourced import WholeWorld
from worlds import CIPS, SWIFT, cut, make_economy, make_world, pass_month, yuan_routes

from paysim.engine.draws import draw
from paysim.engine.meanfield import pay_month
from paysim.engine.measure import fate_of
from paysim.engine.timeline import Timeline
from paysim.model.economy import Economy
from paysim.model.parameters import Rules
from paysim.model.ruling import Luck
from paysim.model.world import MEMBER, NATIVE

CUT = """\
  - kind: disconnection
    groups: [CHN, HKG]
    at: 2024-08-01 00:00Z
    notice: 0 d
    banks: {share}
"""
BP = 1e-4


def kinds(economy: Economy, group: int, off: np.ndarray) -> list[tuple[float, int, bool]]:
    """Kinds of banks of a group with one representative bank: (weight, level on CIPS, whether off SWIFT)."""
    member, native = economy.member[0, group, CIPS], economy.native[0, group, CIPS]
    levels = ((1.0 - member, 0), (member - native, MEMBER), (native, NATIVE))
    return [
        (weight * part, level, away)
        for weight, level in levels
        for part, away in ((off[group], True), (1.0 - off[group], False))
        if weight * part > 0.0
    ]


def usable(economy: Economy, one: tuple[float, int, bool], other: tuple[float, int, bool], bans: bool) -> list[bool]:
    """Which options a pair of banks can use: the table of options, read literally."""
    found = []
    for option in economy.world.options:
        able = True
        for network, level in option.needs:
            for _, cips, away in (one, other):
                able &= (not (bans and away)) if network == SWIFT else cips >= level
        found.append(able)
    return found


def remaining(economy: Economy, purpose: int, line: int, off: np.ndarray) -> list[tuple[float, float]]:
    """(weight, s_rem) of every pair of kinds of banks on a corridor, s_rem = sum_c s0_c (sum_{r left} w_r)^theta."""
    world, base = economy.world, economy.base
    theta = float(economy.parameters.nest_parameter[0])
    rows = {tuple(mask): k for k, mask in enumerate(economy.classes.base_mask.tolist())}
    found = []
    for one in kinds(economy, int(world.payer[line]), off):
        for other in kinds(economy, int(world.payee[line]), off):
            weights = base.route[0, line, rows[tuple(usable(economy, one, other, False))]]
            left = usable(economy, one, other, True)
            nests = np.zeros(len(world.currencies))
            for p, option in enumerate(world.options):
                nests[option.currency] += weights[p] * left[p]
            found.append((one[0] * other[0], float((base.share[0, purpose, line] * nests**theta).sum())))
    return found


def live_share(economy: Economy, line: int, option: int, off: np.ndarray) -> float:
    """Pair weight able to use an option with the cut over the same without it."""
    able = before = 0.0
    for one in kinds(economy, int(economy.world.payer[line]), off):
        for other in kinds(economy, int(economy.world.payee[line]), off):
            before += one[0] * other[0] * usable(economy, one, other, False)[option]
            able += one[0] * other[0] * usable(economy, one, other, True)[option]
    return able / before if before > 0.0 else 0.0


# --- L8 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [0.25, 0.6, 1.0])
def test_a_cut_without_memory_costs_the_log_of_what_is_left(whole_world: WholeWorld, theta: float) -> None:
    prepared = whole_world(
        CUT.format(share="all"),
        recontracting="immediate",
        network_effect=0,
        bypass_share=0,
        diversion=0,
        adjustment=1,
        nest_parameter=theta,
        trade_elasticity=4,
        finance_elasticity=6,
        cost_sensitivity="0.006 /bp",
    )
    draws = draw(prepared, 1, [0], ())
    economy = draws.economy(prepared)
    timeline = Timeline(prepared.world, prepared.events, prepared.starts)
    contracted, parts = pay_month(economy, segments := timeline.segments(1), timeline.shares(1, segments))
    fate = fate_of(parts)
    world = prepared.world
    off = np.array([float(g in ("CHN", "HKG")) for g in world.groups])
    touched = 0
    for purpose, elasticity in ((0, 4.0), (1, 6.0)):
        for line in range(len(world.payer)):
            classes = remaining(economy, purpose, line, off)
            reachable = sum(weight for weight, left in classes if left > 0.0)
            # tau = -ln(s_rem) / lambda by class, averaged over the classes that have anything left; what the others
            # contracted is not paid at all, so only the rest (1 - B = reachable) answers to tau.
            tau = sum(w * -np.log(left) / 0.006 for w, left in classes if left > 0.0) / reachable
            factor = np.exp(-elasticity * BP * tau * reachable)
            base = draws.base.value[0, purpose, line] / 12.0
            assert contracted[0, purpose, line] == pytest.approx(base * factor, rel=1e-10, abs=1e-14)
            assert fate.paid[0, purpose, line].sum() == pytest.approx(reachable, abs=1e-10)
            assert fate.failed[0, purpose, line] == pytest.approx(1.0 - reachable, abs=1e-10)
            touched += tau > 100.0
    assert touched > 40  # both directions with ten or more groups, trade and finance


def test_where_every_pair_keeps_a_route_trade_falls_by_the_plain_factor() -> None:
    shares, theta, elasticity, sensitivity = np.array([0.8, 0.2]), 0.4, 5.0, 0.01
    options = (make_world([1.0, 0.0]).options[0], *yuan_routes(1, (0.3, 0.5, 0.2)))
    world = make_world(shares, options=options, cips=1.0, native=1.0, cuttable=(True, False))
    economy = make_economy(
        world,
        rules=Rules(immediate=True),
        nest_parameter=theta,
        trade_elasticity=elasticity,
        cost_sensitivity=sensitivity,
    )
    economy.set_policy(cut(world, [0]))
    economy.open_month()
    left = 0.2 * 0.2**theta  # the yuan's native route is all that is left
    tau = -np.log(left) / sensitivity
    np.testing.assert_allclose(economy.choice.cost[0, 0, 1:3], tau, rtol=1e-10)
    np.testing.assert_allclose(economy.volume[0, 0, 1:3], np.exp(-elasticity * tau * BP), rtol=1e-10)
    np.testing.assert_allclose(economy.pay().paid[0, 0, 1], [0.0, 0.0, 0.0, 1.0], atol=1e-10)


# --- L17 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["all", "40 %"])
def test_in_the_month_of_the_cut_only_live_contracts_are_paid(whole_world: WholeWorld, share: str) -> None:
    prepared = whole_world(CUT.format(share=share), network_effect=0, bypass_share=0, switching="0 %/month")
    draws = draw(prepared, 1, [0], ())
    economy = draws.economy(prepared)
    world = prepared.world
    timeline = Timeline(world, prepared.events, prepared.starts)
    part = 1.0 if share == "all" else 0.4
    off = np.array([part if g in ("CHN", "HKG") else 0.0 for g in world.groups])
    for month in (0, 1):
        contracted, parts = pay_month(economy, segments := timeline.segments(month), timeline.shares(month, segments))
        fate = fate_of(parts)
        if month == 0:
            np.testing.assert_allclose(fate.paid.sum(-1), 1.0, atol=1e-10)
            paid = (fate.paid * contracted[..., None]).sum((1, 2))
            economy.end_month(0, paid, fate.blocked + fate.refused, fate.failed, Luck())
    for line in range(len(world.payer)):
        live = np.array([live_share(economy, line, p, off) for p in range(len(world.options))])
        for purpose in (0, 1):
            want = draws.base.mix[0, purpose, line] * live
            np.testing.assert_allclose(fate.paid[0, purpose, line], want, rtol=0, atol=1e-10)
            assert fate.failed[0, purpose, line] == pytest.approx(1.0 - want.sum(), abs=1e-10)
    assert fate.failed[0, 0].max() > (0.5 if part == 1.0 else 0.25)


@pytest.mark.parametrize("part", [1.0, 0.35])
@pytest.mark.parametrize("crisis", [0.85, 0.9])
def test_blocked_contracts_that_have_a_way_out_decay_geometrically(part: float, crisis: float) -> None:
    member, native = (0.9, 0.6), (0.7, 0.3)
    options = (make_world([1.0, 0.0]).options[0], *yuan_routes(1))
    world = make_world([0.8, 0.2], options=options, cips=member, native=native, cuttable=(True, False))
    economy = make_economy(world, inertia=0.985, crisis_inertia=crisis)
    policy = cut(world, [0], part)
    mix = economy.base.mix[0, 0, 1]
    blocked = part * mix[:3].sum()  # all that goes over SWIFT, for the share of pairs that is cut
    stranded = part * (1.0 - native[0] * native[1])  # cut pairs without CIPS's messages on both sides
    movable = blocked - stranded
    assert movable > 0.05 * part
    for month in range(24):
        economy.set_policy(policy)
        got = float(economy.contracts.blocked[0, 0, 1].sum())
        assert got == pytest.approx(stranded + movable * crisis**month, abs=1e-10)
        assert economy.pay().paid[0, 0, 1].sum() == pytest.approx(1.0 - got, abs=1e-10)
        pass_month(economy, month=month)


def test_nothing_is_released_where_only_the_bypass_is_left() -> None:
    options = (make_world([1.0, 0.0]).options[0], *yuan_routes(1))
    world = make_world([0.8, 0.2], options=options, cips=(0.9, 0.6), native=(0.7, 0.0), cuttable=(True, False))
    economy = make_economy(world, inertia=0.985, crisis_inertia=0.85)
    for month in range(12):
        pass_month(economy, cut(world, [0]), month)
        assert economy.contracts.blocked[0, 0, 1].sum() == pytest.approx(1.0, abs=1e-12)
        assert economy.contracts.live[0, 0, 1].sum() == pytest.approx(0.0, abs=1e-12)
