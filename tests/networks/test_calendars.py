from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from paysim.engine.systems import settlement_system
from paysim.networks.calendars import OperatingCalendar, working_days
from paysim.scenario.system_loading import shipped_systems

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def days_in(rule: str, year: int) -> int:
    return sum(len(working_days(rule, year, month)) for month in range(1, 13))


def sessions_as_text(system: str, first: str, last: str) -> list[tuple[str, str]]:
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    pairs = zip(*settlement_system(system).calendar().sessions(start, end, EPOCH), strict=True)
    return [tuple(datetime.fromtimestamp(int(i), UTC).strftime("%d %H:%M") for i in pair) for pair in pairs]


@pytest.mark.parametrize(
    ("rule", "year", "days", "why"),
    [
        ("china-cross-border", 2024, 269, "yearly over daily value of CIPS, 175.49 trn over 652 bn yuan"),
        ("china-cross-border", 2025, 265, "yearly over daily value of CIPS, 180.15 trn over 679.8 bn yuan"),
        ("china-statutory", 2024, 251, "published days of HVPS"),
        ("us-federal-reserve", 2024, 251, "262 weekdays less 11 holidays, none on a weekend"),
        ("target", 2024, 256, "262 weekdays less 6 closing days, none on a weekend"),
        ("target", 2027, 258, "261 weekdays less 1 January, 26 and 29 March; the other closing days are on weekends"),
        ("weekdays", 2024, 262, "366 days with 52 Saturdays and 52 Sundays"),
    ],
)
def test_a_year_has_the_published_number_of_working_days(rule, year, days, why):
    assert days_in(rule, year) == days, why


def test_china_works_some_weekends_and_rests_some_weekdays():
    january = working_days("china-statutory", 2025, 1)
    assert np.datetime64("2025-01-26") in january  # a Sunday, worked for the Spring Festival
    assert np.datetime64("2025-01-29") not in january  # a Wednesday, the Spring Festival
    assert np.datetime64("2025-01-29") in working_days("china-cross-border", 2025, 1)  # CIPS runs through it


def test_the_federal_reserve_makes_up_for_a_holiday_on_a_sunday_but_not_on_a_saturday():
    assert np.datetime64("2026-07-03") in working_days("us-federal-reserve", 2026, 7)  # the 4th is a Saturday
    assert np.datetime64("2027-07-05") not in working_days("us-federal-reserve", 2027, 7)  # the 4th is a Sunday


def test_only_china_is_extrapolated_and_from_a_year_not_yet_published():
    assert settlement_system("T2").calendar().extrapolated_from is None
    limit = settlement_system("CIPS").calendar().extrapolated_from
    assert limit is not None
    assert (limit.month, limit.day) == (1, 1)
    assert limit >= date(2026, 1, 1)  # the arrangement for 2025 was published in November 2024
    later = [str(day) for day in working_days("china-statutory", limit.year, 2)]
    assert all(date.fromisoformat(day).weekday() < 5 for day in later)  # no exchanged weekends are invented


def test_hours_stay_on_the_local_clock_when_it_changes():
    # New York goes to summer time on Sunday 10 March 2024, between these two sessions.
    assert sessions_as_text("CHIPS", "2024-03-08", "2024-03-12")[:2] == [
        ("08 02:00", "08 23:00"),
        ("11 01:00", "11 22:00"),
    ]
    # Europe on Sunday 31 March, inside the Easter closing days.
    assert sessions_as_text("T2", "2024-03-28", "2024-04-03") == [("28 01:30", "28 17:00"), ("02 00:30", "02 16:00")]


def test_cips_runs_round_the_clock_and_four_hours_into_the_weekend():
    # 6 and 7 March 2025 are a Thursday and a Friday; Beijing is 8 hours ahead.
    assert sessions_as_text("CIPS", "2025-03-05", "2025-03-08")[1:] == [
        ("05 16:00", "06 16:00"),
        ("06 16:00", "07 20:00"),
    ]


@pytest.mark.parametrize("system", ["CHIPS", "T2", "HK-RMB", "CHAPS"])
def test_every_hour_of_a_year_is_open_exactly_when_the_wall_clock_says_so(system):
    facts = settlement_system(system)
    calendar, zone = facts.calendar(), ZoneInfo(facts.time_zone)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    opens, closes = calendar.sessions(start, start + timedelta(days=365))
    business = {str(day) for month in range(1, 13) for day in calendar.working_days(2026, month)}
    business |= {str(day) for day in calendar.working_days(2025, 12)} | {
        str(day) for day in calendar.working_days(2027, 1)
    }
    for hour in range(0, 365 * 24):
        instant = hour * 3600 + 1  # a second past, so that no edge is hit
        wall = (start + timedelta(seconds=instant)).astimezone(zone).replace(tzinfo=None)
        expected = False
        for shift in (-1, 0, 1):  # the working day may be yesterday's or tomorrow's
            day = (wall + timedelta(days=shift)).date()
            midnight = datetime(day.year, day.month, day.day)
            inside = calendar.opens <= (wall - midnight).total_seconds() < calendar.closes
            expected |= inside and day.isoformat() in business
        session = int(np.searchsorted(opens, instant, side="right")) - 1
        assert (session >= 0 and instant < closes[session]) == expected, wall


@pytest.mark.parametrize("system", shipped_systems())
def test_sessions_of_eleven_years_are_in_order_and_cut_to_the_interval(system):
    calendar = settlement_system(system).calendar()
    start, middle, end = (datetime(*ymd, 3, 33, tzinfo=UTC) for ymd in ((2024, 7, 1), (2029, 3, 14), (2035, 12, 31)))
    opens, closes = calendar.sessions(start, end)
    assert (opens < closes).all()
    assert (closes[:-1] <= opens[1:]).all()
    assert opens[0] >= 0
    assert closes[-1] <= (end - start).total_seconds()
    open_time = sum(
        int((b - a).sum()) for a, b in (calendar.sessions(start, middle, start), calendar.sessions(middle, end, start))
    )
    assert open_time == int((closes - opens).sum())


@pytest.mark.parametrize(
    "hours", ["9:00-17:00", "08:00", "25:00-26:00 D+2", "18:00-08:00", "08:00-08:00", "08:00-10:00 D+1"]
)
def test_hours_that_mean_nothing_are_refused(hours):
    with pytest.raises(ValueError, match=r"hours|closes after it opens"):
        OperatingCalendar.from_hours(hours, "UTC")


def test_an_unknown_calendar_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'bank-of-atlantis'.*target"):
        OperatingCalendar.from_hours("08:00-18:00", "UTC", "bank-of-atlantis")
