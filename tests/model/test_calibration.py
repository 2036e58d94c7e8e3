"""The base meets what was published, exactly and for any draw, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sourced import WholeWorld
from worlds import (
    SHIPPED_RANGES,
    calibrated,
    direct,
    make_economy,
    make_world,
    members_only,
    parameters,
    pass_month,
    yuan_routes,
)

from paysim.engine.draws import draw
from paysim.errors import CalibrationError
from paysim.model.base import Base
from paysim.model.profiles import trade_shares
from paysim.model.world import World

TRADE = np.array([[0.0, 40.0, 30.0], [35.0, 0.0, 25.0], [30.0, 20.0, 10.0]])
PROFILES = np.array([[0.5, 0.1, 0.1, 0.3], [0.4, 0.5, 0.08, 0.02], [0.7, 0.15, 0.1, 0.05]])
TILT, YUAN, BLOCK = 0.4, 0.2, 0.05
"""Quantities of a base that the tests know beforehand: tilt, yuan share of the issuer's finance, euro block."""
OWN = (3, 1, 0)


def goods_shares() -> np.ndarray:
    shares = np.sqrt(PROFILES[:, None] * PROFILES[None])
    return np.asarray(shares / shares.sum(-1, keepdims=True))


def forward(cleared: float, messaged: float, native: float, multiplier: float) -> np.ndarray:
    """Tracker of a base with known quantities, worked out corridor by corridor from the definitions."""
    members, natives = (0.9, 0.5, 0.4), (0.8, native * 0.5, native * 0.4)
    goods, seen = goods_shares(), np.zeros(4)
    for g in range(3):
        for h in range(3):
            finance = (1.0 - TILT) * goods[g, h]
            for party in (g, h):
                finance[OWN[party]] += TILT / 2.0
            if 0 in (g, h):
                finance *= (1.0 - YUAN) / (1.0 - finance[3])
                finance[3] = YUAN
            unseen = min(cleared * (1.0 - messaged), 0.9 * natives[g] * natives[h])
            both = TRADE[g, h] * goods[g, h] + multiplier * TRADE[g, h] * finance
            seen += both * [1.0, 1.0, 1.0, 1.0 - unseen]
            assert members[g] * members[h] * 0.9 >= unseen
    seen[1] += BLOCK * TRADE.sum() * (1.0 + multiplier)
    return np.asarray(seen / seen.sum())


TARGETS = forward(0.65, 0.8, 0.2, 5.0) * [1.0, 1.0, np.nan, 1.0]


def published_world(targets: np.ndarray = TARGETS, **changes: object) -> World:
    """Three groups and four currencies with published tracker shares; the first group issues the yuan."""
    world = make_world(
        goods_shares(),
        TRADE,
        options=(direct(0), direct(1), direct(2), *yuan_routes(3)),
        cips=[0.9, 0.5, 0.4],
        native=[0.8, -1.0, -1.0],
        finance=TRADE / TRADE.sum(),
        yuan=3,
        own=OWN,
        euro=1,
    )
    return replace(
        world,
        export_profile=PROFILES,
        import_profile=PROFILES,
        targets=targets,
        yuan_groups=(0,),
        **changes,  # type: ignore[arg-type]
    )


def tracker(world: World, base: Base) -> np.ndarray:
    """What the tracker would publish of a base: visible value by currency, payments inside the euro area with it."""
    value = np.einsum("eul,eulp->ep", base.value, base.mix)
    seen = np.zeros((len(value), len(world.currencies)))
    for p, option in enumerate(world.options):
        seen[:, option.currency] += value[:, p] * option.visible
    seen[:, world.euro] += base.euro_block
    return np.asarray(seen / seen.sum(1, keepdims=True))


draws_of = st.fixed_dictionaries(
    {
        name: st.floats(*SHIPPED_RANGES[name])
        for name in ("cleared_in_cips", "messaged_on_swift", "initial_native_share", "finance_multiplier")
    }
)


@given(draws_of)
def test_three_published_shares_are_met_exactly_whatever_is_drawn(drawn: dict[str, float]) -> None:
    world = published_world()
    _, base = calibrated(world, parameters(**drawn))
    wanted = [0, 1, 3]
    np.testing.assert_allclose(tracker(world, base)[0, wanted], TARGETS[wanted], rtol=0, atol=1e-9)
    assert 0.0 <= base.tilt[0] <= 1.0
    assert 0.0 <= base.financial_yuan[0] <= 1.0
    assert base.euro_block[0] >= 0.0


def test_the_quantities_behind_a_tracker_are_found_again() -> None:
    _, base = calibrated(published_world(), parameters(finance_multiplier=5.0))
    found = [base.tilt[0], base.financial_yuan[0], base.euro_block[0] / base.value[0].sum()]
    np.testing.assert_allclose(found, [TILT, YUAN, BLOCK], rtol=0, atol=1e-9)


def test_fewer_targets_leave_the_later_quantities_at_zero() -> None:
    two = np.array([np.nan, TARGETS[1], np.nan, TARGETS[3]])
    world = published_world(two)
    _, base = calibrated(world, parameters(finance_multiplier=5.0))
    np.testing.assert_allclose(tracker(world, base)[0, [1, 3]], TARGETS[[1, 3]], rtol=0, atol=1e-9)
    assert base.euro_block[0] == 0.0
    with pytest.raises(CalibrationError, match="at most"):
        calibrated(published_world(np.array([0.4, 0.3, 0.2, 0.1])), parameters(finance_multiplier=5.0))


def test_the_sourced_base_meets_july_2024_in_every_draw(whole_world: WholeWorld) -> None:
    prepared = replace(whole_world(), uncertain=frozenset({"parameters"}))
    base = draw(prepared, 5, range(40), ("parameters",)).base
    got = tracker(prepared.world, base)
    named = dict(zip(prepared.world.currencies, got.T, strict=True))
    for currency, published in {"USD": 0.4781, "EUR": 0.2247, "CNY": 0.0474}.items():  # SWIFT, July 2024
        np.testing.assert_allclose(named[currency], published, rtol=0, atol=1e-9, err_msg=currency)
    assert np.ptp(base.tilt) > 0.01  # the draws are not one draw


def test_contracts_keep_the_currency_shares_of_their_corridor() -> None:
    world = published_world()
    _, base = calibrated(world, parameters(3, finance_multiplier=[3.0, 5.0, 8.0]))
    np.testing.assert_allclose(base.mix @ world.nest, base.share, rtol=0, atol=1e-12)
    np.testing.assert_allclose(base.share.sum(-1), 1.0, rtol=0, atol=1e-12)
    goods, finance = base.value.sum(2).T
    np.testing.assert_allclose(finance / goods, [3.0, 5.0, 8.0], rtol=1e-12)


@pytest.mark.parametrize(
    "targets",
    [
        [0.10, 0.10, np.nan, 0.70],  # more yuan than financial payments with the issuer could carry
        [0.95, 0.01, np.nan, 0.01],  # fewer euros than trade alone has
        [0.48, 0.24, np.nan, 0.0001],  # less yuan than is seen in goods trade
    ],
)
def test_targets_that_no_meaningful_base_has_are_refused(targets: list[float]) -> None:
    with pytest.raises(CalibrationError):
        calibrated(published_world(np.array(targets)), parameters(finance_multiplier=5.0))


def test_without_targets_nothing_is_tilted() -> None:
    _, base = calibrated(published_world(np.full(4, np.nan)), parameters(finance_multiplier=5.0))
    assert base.tilt[0] == base.euro_block[0] == base.financial_yuan[0] == 0.0


def test_a_currency_that_too_few_banks_could_use_is_refused() -> None:
    options = (direct(0), members_only(1))  # CIPS members alone: .2 x .2 of the pairs, for half of the value
    with pytest.raises(CalibrationError, match="memberships"):
        calibrated(make_world([0.5, 0.5], options=options, cips=0.2), parameters())


def limited_world(members: float, targets: np.ndarray) -> World:
    """The published world, but the third currency is for members of CIPS alone: they use less of all others."""
    weights = np.array([[1.0, 0.95], [1.0, members], [1.0, members]])
    messages = np.array([[1.0, 0.5], [1.0, 0.1], [1.0, 0.1]])
    options = (direct(0), direct(1), members_only(2), *yuan_routes(3))
    return published_world(targets, options=options, member=weights, native=messages)


@given(draws_of, st.floats(0.6, 1.0), st.floats(0.97, 1.0), st.floats(1.0, 1.03))
def test_published_shares_are_met_exactly_where_not_every_bank_can_use_every_currency(
    drawn: dict[str, float], members: float, dollar: float, euro: float
) -> None:
    targets = TARGETS * [dollar, euro, 1.0, 1.0]
    world = limited_world(members, targets)
    classes, base = calibrated(world, parameters(**drawn))
    wanted = [0, 1, 3]
    np.testing.assert_allclose(tracker(world, base)[0, wanted], targets[wanted], rtol=0, atol=1e-9)
    np.testing.assert_allclose(base.mix @ world.nest, base.share, rtol=0, atol=1e-11)
    assert base.class_factor is not None
    unable = ~classes.base_mask[:, 2]
    assert unable.any()
    assert base.class_factor[..., unable, 2].max() == 0.0


def test_a_base_of_which_some_banks_lack_a_currency_stands_still() -> None:
    economy = make_economy(
        limited_world(0.7, TARGETS),
        gamma=0.6,
        finance_multiplier=5.0,
        inertia=0.9,
        trade_elasticity=4.0,
        finance_elasticity=6.0,
    )
    for month in range(6):
        pass_month(economy, month=month)
    np.testing.assert_allclose(economy.contracts.live, economy.base.mix, rtol=0, atol=1e-10)
    np.testing.assert_allclose(economy.volume, 1.0, rtol=0, atol=1e-10)


def test_every_draw_has_the_same_base_alone_as_among_others() -> None:
    many = {"cleared_in_cips": [0.45, 0.6, 0.75], "finance_multiplier": [4.0, 5.0, 7.0]}
    world = limited_world(0.7, TARGETS)
    _, together = calibrated(world, parameters(3, **many))
    for draw_ in range(3):
        _, alone = calibrated(world, parameters(**{name: values[draw_] for name, values in many.items()}))
        part = together.take(slice(draw_, draw_ + 1))
        np.testing.assert_allclose(part.mix, alone.mix, rtol=0, atol=1e-9)
        assert part.class_factor is not None
        assert alone.class_factor is not None
        np.testing.assert_allclose(part.class_factor, alone.class_factor, rtol=0, atol=1e-6)


def test_goods_profiles_are_met_and_known_corridors_kept() -> None:
    known = np.array([0.2, 0.2, 0.3, 0.3])
    world = replace(published_world(), known_corridors={(0, 1): known, (1, 0): known}, anchor=None)
    shares = trade_shares(world).reshape(3, 3, 4)
    np.testing.assert_array_equal(shares[0, 1], known)
    np.testing.assert_allclose(shares.sum(-1), 1.0, atol=1e-12)
    anchored = trade_shares(replace(world, anchor=(0, 3))).reshape(3, 3, 4)
    value = TRADE[..., None] * anchored
    both = value.sum(1) + value.sum(0)
    got = both / both.sum(1, keepdims=True)
    assert got[0, 3] == pytest.approx(PROFILES[0, 3], abs=5e-3)  # the issuer's own yuan is the sourced one
