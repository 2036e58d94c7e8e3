"""A cut of all banks that grows for three months: once it is whole nothing of theirs passes SWIFT at all."""

from __future__ import annotations

import numpy as np
import pytest
from telling import CUT_GROUPS, NO_LUCK, Tell, at, run

from paysim.engine.draws import draw
from paysim.engine.meanfield import run_months
from paysim.engine.prepared import Prepared
from paysim.model.economy import Economy

BEGINS, WHOLE = at("2024-08-05 16:00"), at("2024-11-03 16:00")
FIRST_WHOLE_MONTH = 5  # December


@pytest.fixture(scope="module")
def growing(tell: Tell) -> Prepared:
    """China and Hong Kong cut over 90 days; a fifth of the customers of what is cut moves every month."""
    changes = ("events[cut].at=2024-08-05 16:00Z", "events[cut].ramp=90d", "horizon=2024-12")
    return tell(*changes, "behaviour.switching=20 %/month", "traffic.payments_per_month=6000", parent="cutoff")


def wholly_off(economy: Economy) -> bool:
    world = economy.world
    theirs = np.isin(world.banks.group, [world.group_index(group) for group in CUT_GROUPS])
    return bool((economy.cut_now(economy.policy)[:, theirs, world.networks.index("SWIFT")] == 1.0).all())


def test_in_the_mean_field(growing: Prepared) -> None:
    draws = draw(growing, 1, [0], NO_LUCK)
    economy, world = draws.economy(growing), growing.world
    settled = run_months(growing, economy, draws)[0].settled.sum(1)
    assert wholly_off(economy)
    swift = world.networks.index("SWIFT")
    needing = np.array([swift in option.message for option in world.options])
    theirs = np.isin([world.payer, world.payee], [world.group_index(group) for group in CUT_GROUPS]).any(0)
    by_month = settled[:, theirs][..., needing].sum((1, 2))
    assert (by_month[:FIRST_WHOLE_MONTH] > 0.0).all()
    assert (np.diff(by_month[1 : FIRST_WHOLE_MONTH + 1]) < 0.0).all()
    assert by_month[FIRST_WHOLE_MONTH] < 1e-12 * by_month[0]
    others = settled[:, ~theirs][..., needing].sum((1, 2))
    assert others[FIRST_WHOLE_MONTH] > 0.9 * others[0]


def test_in_the_event_engine(growing: Prepared) -> None:
    found = run(growing)
    assert wholly_off(found.simulation.economy)
    theirs = found.touches(CUT_GROUPS) & found.on_network("SWIFT")
    passed = (found["fate"] == "settled") & (found["arrives"] >= 0)
    while_it_grew = theirs & (found["submitted"] > BEGINS) & (found["submitted"] < WHOLE)
    assert (while_it_grew & passed).sum() > 300
    after = found["submitted"] >= WHOLE
    assert (theirs & after).sum() > 300  # contracts that wait
    assert not (theirs & passed & (found["arrives"] > WHOLE)).any()
    assert (passed & after & found.on_network("SWIFT")).sum() > 3000
