"""Decrees, ceilings, tariffs, bans and the like in both engines: the same world, and nothing made or lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from telling import NO_LUCK

from paysim.engine.draws import draw, draw_parameters
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.run import prepare
from paysim.engine.simulation import Simulation
from paysim.scenario.loading import load_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
STORY = """\
extends: baseline.yaml
format: 1
title: Orders
horizon: 2025-02
traffic: {payments_per_month: 3000}
events:
  - {kind: disconnection, at: 2024-09-12, groups: [RUS], banks: 50 %, notice: 5 d}
  - {kind: bank_switching, at: 2024-09-12, groups: [RUS], rate: 40 %/month}
  - {kind: swap_line, at: 2024-09, partners: [GULF, ASEAN, RUS]}
  - {kind: clearing_bank, at: 2024-10, partners: [GULF]}
  - {kind: currency_mandate, at: 2024-10, exporter: GULF, share: 40 %, ramp: 60 d}
  - {kind: currency_mandate, at: 2024-11-20, exporter: RUS, currency: CNY, share: 60 %, until: 2025-01}
  - {kind: tariff, at: 2024-09-15, importer: USA, exporters: [CHN], rate: 50 %}
  - {kind: export_ban, at: 2024-10-10, exporters: [USA, EUR, ALLY], importers: [RUS], share: 40 %}
  - {kind: demand_shock, at: 2024-11, importers: [AFR, SAS], change: -30 %, until: 2025-01}
  - {kind: trade_expansion, at: 2024-11, exporters: [CHN], importers: [LATAM], change: 20 %, both: true}
  - {kind: fiscal_premium, at: 2024-12, premium: 60 bp}
  - {kind: capital_controls, at: 2024-12-05, currency: CNY, cost: 20 bp, cap: 70 %}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("orders")
    shutil.copy(BASELINE, folder)
    (folder / "orders.yaml").write_text(STORY, encoding="utf-8")
    return prepare(load_scenario(folder / "orders.yaml"))


@pytest.fixture(scope="module")
def simulation(prepared: Prepared) -> Simulation:
    found = Simulation(prepared, draw(prepared, 1, [0], NO_LUCK), seed=1, replicate=0)
    found.run()
    return found


@pytest.fixture(scope="module")
def records(prepared: Prepared, simulation: Simulation) -> tuple[Record, Record]:
    return simulation.record(), simulate_ensemble(prepared, 1, [0], NO_LUCK)[0]


@pytest.mark.parametrize(
    ("series", "tolerance"),
    [("true_share", 1.2e-3), ("true_share_finance", 1.5e-3), ("true_share_trade", 2.5e-3), ("trade_demand", 4e-3)],
)
def test_both_engines_see_the_same_orders(records: tuple[Record, Record], series: str, tolerance: float) -> None:
    events, mean = (record.series[series][1] for record in records)
    assert np.abs(mean - mean[0]).max() > 5.0 * tolerance, "the orders must move it, or this proves nothing"
    np.testing.assert_allclose(events, mean, rtol=0, atol=tolerance)


def test_the_ceiling_holds_in_single_payments_too(records: tuple[Record, Record]) -> None:
    for record in records:
        share = record.values("true_share_finance", "CNY")
        assert share[6:].max() < 0.72 * share[0]  # from January 2025 on; dearer dollars shrink finance a little
        assert share[5] > 0.8 * share[0]  # the order came inside December, and waits for the next beginning of a month


def test_contracts_stay_whole_under_every_order(simulation: Simulation) -> None:
    economy = simulation.economy
    stock = economy.contracts.live + economy.contracts.blocked
    np.testing.assert_allclose(stock.sum(-1)[economy.base.value > 0.0], 1.0, atol=1e-12)
    assert stock.min() >= 0.0


def test_every_payment_of_an_ordered_month_is_paid_bypassed_or_failed(simulation: Simulation) -> None:
    ledger = simulation.ledger
    months = len(simulation.contracted)
    found = ledger.settled.sum((1, 2, 3)) + (ledger.fates["bypassed"] + ledger.fates["failed"]).sum((1, 2))
    np.testing.assert_allclose(found[:months], simulation.contracted.sum((1, 2))[: len(found)], rtol=1e-9)


def test_a_clearing_bank_never_does_less_than_a_swap_line(prepared: Prepared) -> None:
    drawn = draw_parameters(prepared, 1, range(300), vary=True)
    assert (drawn.clearing_bank_effect >= drawn.swap_line_effect).all()
    assert drawn.clearing_bank_effect.max() <= 1.8
    best = draw_parameters(prepared, 1, [0], vary=False)
    assert (best.swap_line_effect[0], best.clearing_bank_effect[0]) == (0.7, 1.0)
