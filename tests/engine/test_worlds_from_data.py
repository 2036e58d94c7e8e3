"""A currency, a network and a group are added by data alone: both engines run, and the base stands still and true."""

from __future__ import annotations

import numpy as np
import pytest
from telling import ALL_LUCK, NO_LUCK, Array, Tell

from paysim.data import catalogue
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.simulation import simulate

TARGETS = ("USD", "EUR", "CNY")
POINT_TENTH = 0.001
START = "2024-07"

STERLING = """
currencies:
  GBP: {name: Pound sterling}
systems:
  CHAPS: {name: CHAPS, currency: GBP, hours: 06:00-18:00, timezone: Europe/London, calendar: england}
options:
  gbp-swift: {currency: GBP, message: SWIFT, settles_in: CHAPS, needs: {SWIFT: member}, visible: true}
groups:
  ALLY: {profile: {USD: 45 %, EUR: 25 %, OTH: 20.5 %, CNY: 2.5 %, GBP: 7 %}}
  EUR: {profile: {USD: 40 %, EUR: 50 %, OTH: 5.5 %, CNY: 1.5 %, GBP: 3 %}}
  USA: {profile: {USD: 95 %, EUR: 2.5 %, OTH: 1 %, CNY: 0.5 %, GBP: 1 %}}
"""

ROUBLE = """
currencies:
  RUB: {name: Russian rouble, issuers: [RUS]}
networks:
  SPFS: {name: SPFS, members: {RUS: 95 %, CHN: 20 %, SAS: 20 %, ROW: 40 %}}
systems:
  BESP: {name: Russian RTGS, currency: RUB, hours: 01:00-21:00, timezone: Europe/Moscow, calendar: weekdays}
options:
  rub-swift: {currency: RUB, message: SWIFT, settles_in: BESP, needs: {SWIFT: member}, visible: true, weight: 60 %}
  rub-spfs: {currency: RUB, message: SPFS, settles_in: BESP, needs: {SPFS: member}, visible: false, weight: 40 %}
groups:
  RUS:
    own_currency: RUB
    profile: {USD: 15 %, EUR: 12 %, OTH: 10 %, CNY: 33 %, RUB: 30 %}
    export_profile: {USD: 12.4 %, EUR: 9.9 %, OTH: 10 %, CNY: 32.9 %, RUB: 34.8 %}
  CHN: {profile: {USD: 62 %, EUR: 7 %, OTH: 5.5 %, CNY: 25 %, RUB: 0.5 %}}
  SAS: {profile: {USD: 86 %, EUR: 7 %, OTH: 5 %, CNY: 1.5 %, RUB: 0.5 %}}
  ROW: {profile: {USD: 60 %, EUR: 28 %, OTH: 7 %, CNY: 3 %, RUB: 2 %}}
calibration:
  fixed:
    CHN-RUS: {CNY: 55 %, RUB: 30 %, OTH: 10 %, USD: 2.8 %, EUR: 2.2 %}
"""

TURKEY = """
groups:
  TUR:
    name: Turkey
    members: [Turkey]
    own_currency: OTH
    alignment: 0.2
    cips_weight: 40 %
    banks: 6
    finance_weight: 0.4 %
    profile: {USD: 65 %, EUR: 28 %, OTH: 5 %, CNY: 2 %}
    trade:
      exports: {EUR: 100 USD bn, USA: 15 USD bn, RUS: 11 USD bn, CHN: 3 USD bn, ALLY: 25 USD bn, GULF: 20 USD bn}
      imports: {EUR: 95 USD bn, USA: 16 USD bn, RUS: 46 USD bn, CHN: 45 USD bn, ALLY: 30 USD bn, GULF: 20 USD bn}
"""

WORLDS = {"GBP as a currency": STERLING, "SPFS as a network": ROUBLE, "a new group": TURKEY}
CHANGES = ("horizon=2024-12", "traffic.payments_per_month=3000")
FROZEN_SERIES = ("true_share", "true_share_trade", "true_share_finance", "message_share", "settlement_share")


@pytest.fixture(scope="module", params=list(WORLDS))
def world(request: pytest.FixtureRequest, tell: Tell) -> Prepared:
    return tell(*CHANGES, text=WORLDS[request.param])


def published(currency: str) -> float:
    return next(row.value for row in catalogue.tracker_share(currency) if f"{row.month:%Y-%m}" == START)


def mean_path(prepared: Prepared) -> Record:
    return simulate_ensemble(prepared, 1, [0], NO_LUCK)[0]


@pytest.mark.parametrize("currency", TARGETS)
def test_the_base_meets_the_three_published_shares(world: Prepared, currency: str) -> None:
    for record in (mean_path(world), simulate(world, 1, 0, NO_LUCK)):
        assert abs(record.values("tracker_share", currency)[0] - published(currency)) < POINT_TENTH


def test_nothing_moves_in_the_mean_field_whatever_the_parameters(world: Prepared) -> None:
    records = simulate_ensemble(world, 1, list(range(8)), ALL_LUCK)
    assert len({record.facts["cost_sensitivity"] for record in records}) == len(records)
    for record in records:
        for series in FROZEN_SERIES:
            values: Array = record.series[series][1]
            np.testing.assert_allclose(values, np.broadcast_to(values[0], values.shape), atol=1e-10, err_msg=series)
        np.testing.assert_allclose(record.series["trade_demand"][1], 1.0, atol=1e-10)
        np.testing.assert_allclose(record.series["cost_bp"][1], 0.0, atol=1e-8)  # bp
        assert (record.series["blocked_share"][1] == 0.0).all()


def test_the_event_engine_pays_what_the_mean_field_pays(world: Prepared) -> None:
    record, mean = simulate(world, 1, 0, NO_LUCK), mean_path(world)
    for series in FROZEN_SERIES[:1] + FROZEN_SERIES[3:]:
        np.testing.assert_allclose(record.series[series][1], mean.series[series][1], atol=1e-3, err_msg=series)
    assert record.facts["payments_failed"] == 0


@pytest.mark.parametrize("engine", ["events", "mean-field"])
def test_what_was_added_is_used(tell: Tell, engine: str) -> None:
    def first_month(text: str, series: str, key: str) -> float:
        prepared = tell(*CHANGES, text=text)
        record = simulate(prepared, 1, 0, NO_LUCK) if engine == "events" else mean_path(prepared)
        return float(record.values(series, key)[0])

    sterling = first_month(STERLING, "true_share", "GBP")
    assert 0.01 < sterling < 0.15
    assert first_month(STERLING, "settlement_share", "CHAPS") == pytest.approx(sterling, rel=1e-6)
    assert first_month(STERLING, "tracker_share", "GBP") > 0.01
    rouble, spfs = (first_month(ROUBLE, *what) for what in (("true_share", "RUB"), ("message_share", "SPFS")))
    assert 0.0005 < rouble < 0.02
    assert 0.05 * rouble < spfs < 0.4 * rouble  # .4 is its weight where both banks are members
    assert first_month(ROUBLE, "settlement_share", "BESP") == pytest.approx(rouble, rel=1e-6)
    assert 0.5 * rouble < first_month(ROUBLE, "tracker_share", "RUB") < rouble  # SPFS is seen by its members only


def test_an_added_group_trades_as_much_as_its_data_says(tell: Tell) -> None:
    prepared = tell(*CHANGES, text=TURKEY)
    np.testing.assert_allclose(mean_path(prepared).values("trade_index", "TUR"), 1.0, atol=1e-10)
    index = np.array([simulate(prepared, 1, number, NO_LUCK).values("trade_index", "TUR") for number in range(4)])
    error = index.std(ddof=1) / np.sqrt(index.size)
    assert abs(index.mean() - 1.0) < 3.0 * error
    assert error < 0.1


@pytest.mark.parametrize("engine", ["events", "mean-field"])
def test_spfs_carries_on_when_russia_loses_swift(tell: Tell, engine: str) -> None:
    cut = "events:\n  - {id: cut, kind: disconnection, groups: [RUS], at: 2024-09-01, notice: 0 d}\n"
    prepared = tell(*CHANGES, text=ROUBLE + cut)
    record = simulate(prepared, 1, 0, NO_LUCK) if engine == "events" else mean_path(prepared)
    rouble = record.values("settled_value", "RUB")
    spfs = record.values("message_share", "SPFS") * record.series["settled_value"][1].sum(1)
    assert rouble[2] < 0.5 * rouble[1]
    assert rouble[2] == pytest.approx(spfs[1], rel=0.02)  # what is left of it is what SPFS carried before
    assert rouble[-1] > 1.2 * rouble[2]


def test_an_added_currency_does_not_touch_the_luck_of_the_others(tell: Tell) -> None:
    from paysim.engine.draws import draw

    usual = tell(*CHANGES, "uncertainty.noise=true", "uncertainty.latent_demand=true")
    more = tell(*CHANGES, "uncertainty.noise=true", "uncertainty.latent_demand=true", text=STERLING)
    before, after = (draw(prepared, 1, [2], ALL_LUCK) for prepared in (usual, more))
    for place, currency in enumerate(usual.world.currencies):
        other = more.world.currencies.index(currency)
        assert np.array_equal(before.noise[0, place], after.noise[0, other])
        assert np.array_equal(before.latent[0, place], after.latent[0, other])
    assert before.noise.any()
    assert before.latent.any()
