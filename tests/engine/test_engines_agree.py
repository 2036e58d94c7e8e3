"""The event engine against the mean field: the same world, with single payments, banks and days, and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from telling import NO_LUCK, Array, Tell, over_replicates

from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.simulation import simulate

STANDARD_ERRORS = 3.0
CURRENCIES = ("USD", "EUR", "OTH", "CNY")
EARLY_CUT = "events[cut].at=2024-10-07 16:00Z"
NO_STEERING = ("events[steering].message=0 %/month", "events[steering].clearing=0 %/month")
CUT_MONTH = 3


def mean_path(prepared: Prepared) -> Record:
    return simulate_ensemble(prepared, 1, [0], NO_LUCK)[0]


def replicates(prepared: Prepared, count: int) -> list[Record]:
    """Runs that differ by their payments and banks alone."""
    return [simulate(prepared, 1, number, NO_LUCK) for number in range(count)]


def standard_error(values: Array) -> Array:
    """Of the mean over replicates (axis 0)."""
    return np.asarray(values.std(0, ddof=1) / np.sqrt(len(values)))


def slopes(values: Array) -> Array:
    """Least-squares change a month of every replicate, (replicates,)."""
    months = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2.0
    return np.asarray(values @ months / (months @ months))


# --- nothing happens ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(tell: Tell) -> tuple[list[Record], Record]:
    prepared = tell("horizon=2025-06", "traffic.sampling=plain")
    return replicates(prepared, 12), mean_path(prepared)


@pytest.fixture(scope="module")
def stratified(tell: Tell) -> tuple[list[Record], Record]:
    prepared = tell("horizon=2025-06")
    return replicates(prepared, 6), mean_path(prepared)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_plain_payments_give_the_base_shares_on_average_and_no_drift(
    plain: tuple[list[Record], Record], currency: str
) -> None:
    records, mean = plain
    gap = over_replicates(records, "true_share", currency) - mean.values("true_share", currency)
    assert gap.std() > 1e-3, "payments drawn one by one must have sampling noise, or this proves nothing"
    assert abs(gap.mean()) < STANDARD_ERRORS * standard_error(gap.mean(1))
    assert abs(slopes(gap).mean()) < STANDARD_ERRORS * standard_error(slopes(gap))


@pytest.mark.parametrize("currency", CURRENCIES)
def test_stratified_payments_keep_the_base_shares_within_five_thousandths_of_a_point(
    stratified: tuple[list[Record], Record], currency: str
) -> None:
    records, mean = stratified
    gap = over_replicates(records, "true_share", currency) - mean.values("true_share", currency)
    # By option they are exact; what is left is the delay that is felt, 1 h of which is worth less than .1 bp of cost.
    assert np.abs(gap).max() < 5e-5


def test_stratified_payments_are_less_noisy_than_the_published_tracker(
    stratified: tuple[list[Record], Record], plain: tuple[list[Record], Record]
) -> None:
    published_noise = 0.133  # s.d. of the monthly change of ln CNY in the published series
    noise = {
        name: np.diff(np.log(over_replicates(records, "true_share", "CNY")), axis=1).std()
        for name, (records, _) in (("stratified", stratified), ("plain", plain))
    }
    assert noise["stratified"] < published_noise / 10.0 < noise["plain"]


@pytest.mark.parametrize("series", ["blocked_share", "refused_share", "bypassed_share", "failed_share"])
def test_nothing_is_turned_away_where_nothing_happens(stratified: tuple[list[Record], Record], series: str) -> None:
    records, mean = stratified
    for record in (*records, mean):
        assert (record.series[series][1] == 0.0).all()


def test_demand_for_trade_stays_at_its_base(stratified: tuple[list[Record], Record]) -> None:
    records, mean = stratified
    np.testing.assert_allclose(mean.series["trade_demand"][1], 1.0, atol=1e-10)
    for record in records:
        np.testing.assert_allclose(record.series["trade_demand"][1], 1.0, atol=1e-3)


# --- the cut --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cut(tell: Tell) -> tuple[list[Record], Record]:
    prepared = tell("horizon=2025-06", EARLY_CUT, parent="cutoff")
    return replicates(prepared, 8), mean_path(prepared)


BANDS = {
    # Widest distance of the mean over replicates from the mean field, in any month but that of the cut, for China's
    # group and the largest others; monthly sampling noise of a group's value is 1 to 3 %, over 8 replicates .5 to 1 %.
    ("blocked_share", "CHN"): 0.03,
    ("blocked_share", "USA"): 0.015,
    ("blocked_share", "ASEAN"): 0.02,
    ("bypassed_share", "CHN"): 0.03,
    ("failed_share", "CHN"): 0.03,
    ("trade_index", "CHN"): 0.04,
    ("trade_index", "EUR"): 0.02,
    ("trade_demand", "CHN"): 0.005,
    ("trade_demand", "USA"): 0.01,
    ("native_messaging_share", "CHN"): 0.03,
    ("cips_member_weight", "EUR"): 0.03,
    ("true_share", "CNY"): 0.01,
    ("true_share", "USD"): 0.01,
    ("tracker_share", "CNY"): 0.002,
    ("message_share", "CIPS"): 0.01,
}


@pytest.mark.parametrize(("series", "key"), BANDS)
def test_the_cut_goes_the_same_way_in_both_engines(cut: tuple[list[Record], Record], series: str, key: str) -> None:
    records, mean = cut
    gap = over_replicates(records, series, key).mean(0) - mean.values(series, key)
    whole_months = np.arange(len(gap)) != CUT_MONTH  # in which working days are not spread as calendar days are
    assert np.abs(gap[whole_months]).max() < BANDS[series, key]


def test_the_cut_is_large_enough_to_tell_engines_apart(cut: tuple[list[Record], Record]) -> None:
    _, mean = cut
    for series, key in BANDS:
        if series in ("blocked_share", "bypassed_share", "failed_share", "trade_index"):
            values = mean.values(series, key)
            assert np.ptp(values) > 2.0 * BANDS[series, key], (series, key)


HUB_BANDS = {
    ("trade_index", "CHN"): 0.04,
    ("trade_index", "HKG"): 0.08,
    ("failed_share", "CHN"): 0.03,
    ("blocked_share", "CHN"): 0.04,
    ("true_share", "CNY"): 0.01,
}


@pytest.fixture(scope="module")
def hub_open(tell: Tell) -> tuple[list[Record], Record]:
    changes = (EARLY_CUT, "events[hub].at=2024-10-07 16:00Z", *NO_STEERING)
    prepared = tell("horizon=2025-03", *changes, parent="cutoff_hub_open")
    return replicates(prepared, 8), mean_path(prepared)


@pytest.mark.parametrize(("series", "key"), HUB_BANDS)
def test_an_open_hub_works_the_same_way_in_both_engines(
    hub_open: tuple[list[Record], Record], series: str, key: str
) -> None:
    records, mean = hub_open
    gap = over_replicates(records, series, key).mean(0) - mean.values(series, key)
    whole_months = np.arange(len(gap)) != CUT_MONTH
    assert np.abs(gap[whole_months]).max() < HUB_BANDS[series, key]


# --- memberships ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steering", [True, False])
def test_banks_join_one_by_one_as_the_mean_field_does_on_average(tell: Tell, steering: bool) -> None:
    changes = () if steering else NO_STEERING
    prepared = tell("horizon=2025-06", "traffic.payments_per_month=400", *changes, parent="decoupling")
    quick = replace(prepared, uncertain=frozenset())
    records, mean = replicates(quick, 16), mean_path(quick)
    for series in ("cips_member_weight", "native_messaging_share"):
        gaps = np.array([record.series[series][1][-1] - mean.series[series][1][-1] for record in records])
        # All groups together: the weights of 12 groups' banks are drawn independently.
        together = gaps.mean(1)
        assert together.std() > 0.0
        assert abs(together.mean()) < STANDARD_ERRORS * standard_error(together), series
