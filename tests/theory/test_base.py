"""L1: where nothing happens nothing moves, for any parameters; and payments drawn one by one stay around it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sourced import WholeWorld
from worlds import SHIPPED_RANGES, make_economy, make_world, pass_month, yuan_routes

from paysim.engine.draws import draw
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.simulation import Simulation

MONTHS = 12

RANGES = {**SHIPPED_RANGES, "inertia": (0.0, 0.992), "crisis_inertia": (0.0, 0.95), "depth_half_life": (0.0, 365.0)}
behaviours = st.fixed_dictionaries({name: st.floats(*ends) for name, ends in RANGES.items()})


@given(behaviours, st.floats(0.0, 0.9), st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
@settings(max_examples=25)
def test_a_world_left_alone_stands_still(behaviour: dict[str, float], gamma: float, cips: list[float]) -> None:
    trade = np.array([[5.0, 40.0, 10.0], [60.0, 0.0, 25.0], [8.0, 30.0, 2.0]])
    world = make_world(
        [0.6, 0.3, 0.1],
        trade,
        options=(*make_world([0.5, 0.5]).options, *yuan_routes(2)),
        cips=cips,
        native=-1.0,  # drawn: the initial native share times membership
        finance=trade / trade.sum(),
        yuan=2,
        cuttable=(True, False),
    )
    economy = make_economy(world, gamma=gamma, **behaviour)
    start, value = economy.base.mix.copy(), economy.value()
    for month in range(MONTHS):
        pass_month(economy, month=month)
        np.testing.assert_allclose(economy.contracts.live, start, rtol=0, atol=1e-10)
        np.testing.assert_allclose(economy.value(), value, rtol=1e-10)
        assert np.abs(economy.choice.cost).max() < 1e-10
    assert economy.contracts.blocked.max() < 1e-12


def test_the_sourced_world_left_alone_stands_still_whatever_is_drawn(whole_world: WholeWorld) -> None:
    prepared = replace(whole_world(horizon="2035-12"), uncertain=frozenset({"parameters"}))
    draws = draw(prepared, 3, range(24), ("parameters",))
    assert np.ptp(draws.gamma) > 0.3  # the draws do differ
    economy = draws.economy(prepared)
    for month in range(MONTHS):
        pass_month(economy, month=month)
    np.testing.assert_allclose(economy.contracts.live, draws.base.mix, rtol=0, atol=1e-10)
    np.testing.assert_allclose(economy.volume, 1.0, rtol=0, atol=1e-10)
    assert np.abs(economy.choice.cost).max() < 1e-10
    assert np.abs(economy.diverted).max() < 1e-8  # USD bn a year
    for record in simulate_ensemble(prepared, 3, range(4), ("parameters",)):
        assert len(record.months) == 138
        for name in ("true_share", "tracker_share", "trade_index", "cips_value", "native_messaging_share", "cost_bp"):
            table = record.series[name][1]
            assert np.abs(table - table[0]).max() < 1e-10, name


def test_payments_drawn_one_by_one_scatter_around_the_base(whole_world: WholeWorld) -> None:
    prepared = whole_world(horizon="2025-06")
    payments = 4000
    prepared = replace(prepared, traffic=replace(prepared.traffic, sampling="plain", payments=payments, size_sigma=0.0))
    draws = draw(prepared, 1, [0], ())
    run = Simulation(prepared, draws, seed=1, replicate=0)
    run.run()
    got = run.record().series["true_share"][1]
    value = np.einsum("kl,klc->c", draws.base.value[0], draws.base.share[0])
    share = value / value.sum()
    error = np.sqrt(share * (1.0 - share) / payments)  # binomial, equal payments; contracts hardly answer in a year
    scores = (got - share) / error
    assert np.abs(scores).max() < 4.5
    assert 0.5 < np.sqrt((scores**2).mean()) < 1.5  # neither further than chance explains, nor suspiciously close
