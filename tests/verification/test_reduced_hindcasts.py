"""Iran 2012 and the yuan 2015: reduced worlds held against what little is known; the files state their errors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from paysim.data import catalogue
from paysim.engine.draws import draw
from paysim.engine.meanfield import run_months
from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.engine.simulation import simulate
from paysim.model.world import TRADE
from paysim.scenario.loading import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
POINT = 0.01
IRAN_ALL_SANCTIONS = 0.33
"""Fall of Iran's exports, 2012 to 2014, by all sanctions together: https://ier.ut.ac.ir/article_58273.html"""
YUAN_VALUE = -0.295
"""Change of the value of yuan payments on SWIFT in 2016: https://www.fintekasia.com/201701262187/"""


def text(name):
    return " ".join((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8").split())


def prepared(name, without, changes):
    scenario = load_scenario(SCENARIOS / f"{name}.yaml", changes)
    kept = tuple(event for event in scenario.events if event.id not in without)
    return prepare(scenario.model_copy(update={"events": kept}))


@cache
def exports(*changes: str, without: tuple[str, ...] = ()) -> np.ndarray:
    """Iran's exports, paid or bypassed, over those of the first month, by month from January 2012."""
    ready = prepared("iran_2012", without, changes)
    draws = draw(ready, 0, [0], ())
    outcome, _ = run_months(ready, draws.economy(ready), draws)
    world = ready.world
    sold = world.payer == world.group_index("IRN")
    value = (outcome.settled[:, TRADE].sum(-1) + outcome.bypassed[:, TRADE])[:, sold].sum(1)
    return np.asarray(value / value[0])


@cache
def yuan(*changes: str, without: tuple[str, ...] = ()) -> Record:
    return simulate_mean_field(prepared("yuan_2015", without, changes), 1, [0], ())[0]


def at(record, series, key, month):
    return float(record.values(series, key)[list(record.months).index(np.datetime64(month))])


# --- Iran -------------------------------------------------------------------------------------------------------------

EMBARGO = ("embargo", "pressure")
RUSSIAN_RATE = "behaviour.switching=1 %/month"


def lost(*changes, without=()):
    return 1.0 - float(exports(*changes, without=without).mean())


def test_without_cut_and_embargo_nothing_happens_to_iran():
    np.testing.assert_allclose(exports(without=("cut", *EMBARGO)), 1.0, atol=1e-10)


def test_the_loss_of_swift_stays_below_what_all_sanctions_took():
    assert 0.02 < lost(without=EMBARGO) < IRAN_ALL_SANCTIONS
    assert lost(without=EMBARGO) < lost() < IRAN_ALL_SANCTIONS + 0.02


def test_the_embargo_alone_begins_in_july():
    path = exports(without=("cut",))
    np.testing.assert_allclose(path[:6], 1.0, atol=0.02)
    assert path[6] < 0.8


def test_russias_rate_of_switching_would_take_more_than_all_sanctions_did():
    """It was fitted to currencies; as a rate of customers who find a bank it fails here."""
    assert lost(RUSSIAN_RATE, without=EMBARGO) > IRAN_ALL_SANCTIONS + 0.05


def test_the_limits_of_iran_state_what_the_code_gives():
    said = text("iran_2012")
    alone = exports(without=EMBARGO)
    bypass = [lost(f"behaviour.bypass_share={share}", without=EMBARGO) for share in (0.6, 0.0)]
    for statement in (
        f"alone takes {100 * lost(without=EMBARGO):.0f} % of Iran's exports",
        f"alone {100 * lost(without=('cut',)):.0f} %, both {100 * lost():.0f} %; {100 * IRAN_ALL_SANCTIONS:.0f} %",
        f"exports are at {100 * alone[3]:.0f} % of their level in April 2012 and at {100 * alone[12]:.0f} % in January",
        f"the cut alone would take {100 * lost(RUSSIAN_RATE, without=EMBARGO):.0f} %, more than everything",
        f"the cut alone takes {100 * bypass[0]:.0f} %, with none {100 * bypass[1]:.0f} %",
    ):
        assert statement in said, statement


# --- the yuan ---------------------------------------------------------------------------------------------------------

PRICE = ("devaluation",)


def test_the_yuan_starts_where_it_was():
    tracker = {row.period.text: row.value for row in catalogue.tracker_share("CNY")}
    share = next(row.value for row in catalogue.china_goods_trade_rmb_share() if row.period.text == "2015")
    without = yuan(without=("devaluation", "controls"))
    assert at(without, "tracker_share", "CNY", "2015-08") == pytest.approx(tracker["2015-08"], abs=0.05 * POINT)
    assert at(without, "china_trade_rmb_share", "CHN", "2015-08") == pytest.approx(share, abs=POINT)
    np.testing.assert_allclose(without.values("true_share", "CNY"), without.values("true_share", "CNY")[0], rtol=0.01)


def test_dearer_conversion_alone_does_not_make_the_fall():
    start, end = (at(yuan(without=PRICE), "tracker_share", "CNY", month) for month in ("2015-08", "2016-12"))
    assert 0.0 < start - end < 0.2 * (0.0279 - 0.0168)
    most = yuan("events.controls.cost=150 bp", without=PRICE)
    assert at(most, "tracker_share", "CNY", "2016-12") > 1.3 * 0.0168


def test_controls_do_nothing_before_they_begin():
    with_them, without = yuan(), yuan(without=("controls",))
    for series, key in (("tracker_share", "CNY"), ("china_trade_rmb_share", "CHN")):
        np.testing.assert_array_equal(with_them.values(series, key)[:5], without.values(series, key)[:5])


def test_one_fall_of_demand_meets_the_tracker_and_gives_most_of_the_fall_in_trade():
    published = {row.period.text: row.value for row in catalogue.tracker_share("CNY")}["2016-12"]
    goods = {row.period.text: row.value for row in catalogue.china_goods_trade_rmb_share()}
    found = yuan()
    assert at(found, "tracker_share", "CNY", "2016-12") == pytest.approx(published, abs=0.05 * POINT)
    fall = found.values("china_trade_rmb_share", "CHN")[0] - found.values("china_trade_rmb_share", "CHN")[5:].mean()
    assert 0.5 < fall / (goods["2015"] - goods["2016"]) < 1.0


def test_the_limits_of_the_yuan_state_what_the_code_gives():
    said, found = text("yuan_2015"), yuan()
    dear, dearer = yuan(without=PRICE), yuan("events.controls.cost=150 bp", without=PRICE)
    goods, value = found.values("china_trade_rmb_share", "CHN"), found.values("settled_value", "CNY")
    ends = [100 * at(record, "tracker_share", "CNY", "2016-12") for record in (dear, dearer)]
    for statement in (
        f"from 2.79 to {ends[0]:.2f} %, with 150 bp, the end of the range, to {ends[1]:.2f} %",
        f"by {100 * (goods[0] - goods[5:].mean()):.1f} points on the mean of 2016",
        f"and by {100 * (goods[0] - goods[-1]):.1f} until its end",
        f"payments by {-100 * (value[16] / value[4] - 1):.0f} % in 2016, where {-100 * YUAN_VALUE:.1f} %",
    ):
        assert statement in said, statement


# --- both engines -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("name", "series", "key"), [
    ("iran_2012", "trade_index", "IRN"),
    ("yuan_2015", "china_trade_rmb_share", "CHN"),
])  # fmt: skip
def test_the_event_engine_tells_the_same_story(name, series, key):
    ready = prepared(name, (), ("traffic.payments_per_month=20000",))
    record = simulate(ready, 1, 0, ())
    means = simulate_mean_field(ready, 1, [0], ())[0]
    assert np.abs(record.values(series, key)[6:] - means.values(series, key)[6:]).mean() < 0.06
