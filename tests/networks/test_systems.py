"""The shipped systems: what they say, where it comes from, and what becomes of it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from paysim.engine.systems import settlement_system
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.rules import Rules
from paysim.networks.synthetic import synthetic_day
from paysim.scenario.system_loading import load_system, shipped_systems

NAMES = shipped_systems()
REAL = ("BOJ-NET", "CHAPS", "CHIPS", "CIPS", "FEDWIRE", "HK-RMB", "HVPS", "OTH-RTGS", "SPFS", "T2")
GENERIC = ("dns", "hybrid", "rtgs-bypass", "rtgs-fifo", "rtgs-lsm", "rtgs-priority")
WEEK = (datetime(2026, 6, 8, tzinfo=UTC), datetime(2026, 6, 13, tzinfo=UTC))  # Monday to Friday, no holiday anywhere


def test_these_systems_are_shipped():
    assert set(NAMES) == {*REAL, *GENERIC}


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_a_unit_range_basis_and_source_or_reason(name):
    system = settlement_system(name)
    assert len(system.figures) >= 18
    for place, figure in system.figures.items():
        assert figure.low <= figure.value <= figure.high, place
        assert figure.unit, place
        assert figure.basis in {"S", "D", "J", "U", "weak"}, place
        assert figure.source if figure.basis in {"S", "D", "weak"} else figure.source or figure.note, place
        assert figure.basis != "J" or figure.note, place
        assert "[" not in figure.source, place  # every name in brackets stands for a source of the file


@pytest.mark.parametrize("name", NAMES)
def test_every_other_fact_has_a_basis_and_source_or_reason(name):
    for place, fact in settlement_system(name).facts.items():
        assert fact.basis in {"S", "D", "J", "U"}, place
        assert fact.source if fact.basis in {"S", "D"} else fact.source or fact.note, place
        assert fact.basis != "J" or fact.note, place


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_of_a_shipped_system_is_left_to_a_default(name):
    said = load_system(name)
    optional = {"offset_every", "largest_amount", "above_largest", "injection_window"}
    for part in (said.rules, said.liquidity, said.traffic):
        assert set(type(part).model_fields) - optional <= part.model_fields_set


@pytest.mark.parametrize("name", REAL)
def test_a_real_system_says_what_is_known_of_it(name):
    assert len(settlement_system(name).about) > 100


@pytest.mark.parametrize(
    ("name", "value", "payments", "mean", "source"),
    [
        ("CIPS", 679.8e9, 8.4419e6 / 265, 21.3e6, "PBoC, 2025: value a day, payments over 265 days"),
        ("HVPS", 8824e12 / 251, 392e6 / 251, 22.5e6, "2024 over 251 days"),
        ("CHIPS", 1.8e12, 500_000, 3.6e6, "late 2024"),
        ("FEDWIRE", 1133e12 / 251, 209.9e6 / 251, 5.4e6, "2024 over 251 days"),
        ("T2", 2193e9, 409_444, 5.4e6, "ECB"),
        ("CHAPS", 350e9, 204_000, 1.7e6, "Bank of England"),
    ],
)
def test_value_and_payments_are_the_published_ones_and_their_ratio_the_mean_payment(
    name, value, payments, mean, source
):
    traffic = settlement_system(name).traffic
    assert traffic.value == pytest.approx(value, rel=0.01), source
    assert traffic.payments == pytest.approx(payments, rel=0.01), source
    assert traffic.value / traffic.payments == pytest.approx(mean, rel=0.02), source


def test_the_sizes_of_t2_have_the_published_shares_of_small_and_large_payments():
    """70 % below EUR 50,000 and 9 % above 1 million (ECB), of a day that is drawn, under its cap."""
    system = settlement_system("T2")
    calendar = system.calendar()
    euros = synthetic_day(system.traffic, calendar.opens, calendar.closes, 1).amount / 100
    small, large = (system.figures[f"published.{name}"].value for name in ("below_50_thousand", "above_1_million"))
    assert (euros < 50_000).mean() == pytest.approx(small, abs=0.02)
    assert (euros > 1_000_000).mean() == pytest.approx(large, abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_a_day_of_every_shipped_system_can_be_drawn_with_its_value_and_number_of_payments(name):
    system = settlement_system(name)
    calendar = system.calendar()
    day = synthetic_day(system.traffic, calendar.opens, calendar.closes, 1, system.minor_units)
    assert len(day.amount) == system.traffic.payments
    assert day.amount.sum() == pytest.approx(system.traffic.value * 10**system.minor_units, rel=1e-6)


def share_between(name: str, first: float, last: float) -> float:
    """Share of the profile between two hours from the local midnight of the working day."""
    system = settlement_system(name)
    calendar, profile = system.calendar(), np.array(system.traffic.profile)
    edges = np.linspace(calendar.opens, calendar.closes, len(profile) + 1) / 3600
    inside = np.clip(np.minimum(edges[1:], last) - np.maximum(edges[:-1], first), 0, None) / np.diff(edges)
    return float((inside * profile).sum() / profile.sum())


@pytest.mark.parametrize(
    ("name", "first", "last", "share", "source"),
    [
        ("FEDWIRE", 17, 19, 0.30, "more than 30 % after 17:00 in 2005, 20 % in 1998 (FRBNY 2008)"),
        ("CIPS", 8, 20, 73.52 / (73.52 + 34.08), "by day and by night on 2 May 2018 (Beijing Review)"),
        ("CHAPS", 6, 12, 0.50, "guidelines on throughput"),
        ("CHAPS", 6, 14.5, 0.75, "guidelines on throughput"),
    ],
)
def test_profiles_meet_what_is_known_of_them(name, first, last, share, source):
    assert share_between(name, first, last) == pytest.approx(share, abs=0.01), source


def test_payments_of_boj_net_settle_at_eleven_on_average():
    system = settlement_system("BOJ-NET")
    calendar, profile = system.calendar(), np.array(system.traffic.profile)
    edges = np.linspace(calendar.opens, calendar.closes, len(profile) + 1) / 3600
    mean = float(((edges[1:] + edges[:-1]) / 2 * profile).sum() / profile.sum())
    published = system.figures["published.mean_settlement_hour"]
    assert published.low <= mean <= published.high + 0.5  # all payments, not those of the queueing accounts alone


def test_all_systems_are_open_together_in_the_global_settlement_window():
    """06:00 to 11:00 GMT on working days (CPMI 2021): CHIPS and Fedwire take part because they open at night."""
    wednesday = datetime(2026, 6, 10, tzinfo=UTC)
    for name in NAMES:
        opens, closes = settlement_system(name).calendar().sessions(*WEEK, wednesday)
        at_nine = 9 * 3600
        assert ((opens <= at_nine) & (at_nine < closes)).any(), name


def test_chips_and_fedwire_differ_by_the_published_hour():
    chips, fedwire = (settlement_system(name).calendar().sessions(*WEEK) for name in ("CHIPS", "FEDWIRE"))
    assert (fedwire[1][:-1] - chips[1][:-1] == 3600).all()
    assert (fedwire[0] == chips[0]).all()


def test_cips_has_no_overdraft_and_gets_money_only_in_the_hours_of_hvps():
    cips, hvps = settlement_system("CIPS"), settlement_system("HVPS")
    assert (cips.collateralised_credit.high, cips.uncollateralised_credit.high) == (0, 0)
    window = cips.injection_window
    assert window is not None
    assert (window.opens, window.closes, window.time_zone) == (
        hvps.calendar().opens,
        hvps.calendar().closes,
        hvps.time_zone,
    )


@pytest.mark.parametrize("name", ["CIPS", "HVPS"])
def test_a_run_beyond_the_published_working_days_says_so(name):
    system = settlement_system(name)
    limit = system.extrapolated_from
    assert limit is not None
    assert limit > date(2026, 1, 1)
    before = datetime(limit.year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    assert system.remarks(before) == ()
    (remark,) = system.remarks(before + timedelta(days=2))
    assert remark.startswith(f"{system.title}: working days from {limit.isoformat()} on are extrapolated")
    assert settlement_system("CHIPS").remarks(datetime(2050, 1, 1, tzinfo=UTC)) == ()


def test_what_a_file_says_arrives_where_the_settlement_looks_for_it():
    system = settlement_system("CIPS")
    assert system.rules == Rules(discipline="priority", netting="delay", at_close="return")
    assert (system.netting_sessions, system.offset_every, system.minor_units) == (6, None, 2)
    assert (system.traffic.mirror_delay, system.traffic.batch_share, system.traffic.core) == (7200.0, 0.1, 20)
    assert system.prefunding == system.figures["liquidity.prefunding"]
    lsm = settlement_system("rtgs-lsm")
    assert lsm.rules == Rules("bypass", 10, "arrival", bilateral=True, multilateral="partial", at_close="return")
    assert lsm.offset_every == 300
    assert settlement_system("BOJ-NET").minor_units == 0
    assert settlement_system("FEDWIRE").credit_price.value == 50.0


def test_the_timetable_of_cips_has_equal_netting_intervals_and_windows_without_the_evening_gap():
    """From Tuesday midnight to Thursday midnight in Beijing, two sessions: six a day, the last at the closing."""
    epoch = datetime(2026, 6, 8, 16, tzinfo=UTC)
    table = settlement_system("CIPS").timetable(epoch, epoch + timedelta(days=2))
    hours = 3600
    assert table.opens.tolist() == [0, 24 * hours]
    assert table.closes.tolist() == [24 * hours, 48 * hours]
    assert table.netting.tolist() == [hour * hours for hour in (4, 8, 12, 16, 20, 28, 32, 36, 40, 44)]
    assert table.window_opens is not None
    assert table.window_closes is not None
    assert table.window_opens.tolist() == [0, 20.5 * hours, 44.5 * hours]
    assert table.window_closes.tolist() == [17.5 * hours, 41.5 * hours, 48 * hours]
    assert table.offsetting.size == 0


def test_the_timetable_does_not_depend_on_where_the_interval_cuts_a_session():
    system = settlement_system("CHAPS")
    start, middle, end = (datetime(2026, 6, day, hour, 7, tzinfo=UTC) for day, hour in ((8, 3), (9, 10), (11, 3)))
    whole = system.timetable(start, end)
    parts = [system.timetable(start, middle, start), system.timetable(middle, end, start)]
    assert np.concatenate([part.offsetting for part in parts]).tolist() == whole.offsetting.tolist()
    assert whole.offsetting[0] == whole.opens[0] + 120
    assert (np.diff(whole.offsetting[:300]) == 120).all()
    assert len(whole.offsetting) == 3 * (12 * 30 - 1)  # none at the opening, none at the closing


def test_an_always_open_window_and_no_netting_give_an_empty_timetable():
    system = dataclasses.replace(settlement_system("rtgs-fifo"), injection_window=None)
    table = system.timetable(*WEEK)
    assert table.window_opens is None
    assert table.netting.size == table.offsetting.size == 0
    assert len(table.opens) == 5


def test_the_earliest_of_two_extrapolated_calendars_counts():
    window = OperatingCalendar.from_hours("09:00-17:00", "Asia/Shanghai", "china-statutory")
    system = dataclasses.replace(settlement_system("CHIPS"), injection_window=window)
    assert system.extrapolated_from == window.extrapolated_from
