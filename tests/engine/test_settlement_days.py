"""Payments are dated over all working days, and settle in the hours of their system and at no other time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from telling import DAY, Index, Run, Tell, at, run

SYSTEMS = ("CHIPS", "FEDWIRE", "T2", "HK-RMB", "CIPS", "OTH-RTGS")


@pytest.fixture(scope="module")
def year(tell: Tell) -> Run:
    """July 2024 to April 2025: summer and winter time, Christmas, New Year, the Chinese New Year and Easter."""
    return run(tell("horizon=2025-04", "traffic.payments_per_month=10000"))


def settlements(year: Run, name: str) -> Index:
    """Instants of settlement in a system."""
    instants = year.settled[year.simulation.world.systems.index(name)]
    return np.sort(instants[instants >= 0])


def any_between(instants: Index, start: str, end: str) -> bool:
    return bool(((instants >= at(start)) & (instants < at(end))).any())


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_settlement_outside_the_hours_of_a_system(year: Run, name: str) -> None:
    place = year.simulation.world.systems.index(name)
    calendar = year.simulation.prepared.systems[place].calendar
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    opens, closes = calendar.sessions(epoch.replace(year=2024, month=5), epoch.replace(year=2025, month=7), epoch)
    instants = settlements(year, name)
    assert len(instants) > 1000
    session = np.searchsorted(opens, instants, side="right") - 1
    assert (instants >= opens[session]).all()
    assert (instants < closes[session]).all()


# Hours below are worked out by hand: T2 opens 02:30 and closes 18:00 in Berlin, CHIPS 21:00 the evening before to
# 18:00 in New York, OTH-RTGS 08:00 to 18:00 UTC on weekdays.


@pytest.mark.parametrize(
    ("system", "closed_from", "closed_until"),
    [
        ("T2", "2024-08-02 16:00", "2024-08-05 00:30"),  # an ordinary weekend, in summer time
        ("T2", "2024-12-24 17:00", "2024-12-27 01:30"),  # Christmas Day and 26 December, in winter time
        ("T2", "2024-12-31 17:00", "2025-01-02 01:30"),
        ("T2", "2025-04-17 16:00", "2025-04-22 00:30"),  # Good Friday to Easter Monday
        ("CHIPS", "2024-07-03 22:00", "2024-07-05 01:00"),  # Independence Day
        ("CHIPS", "2024-11-27 23:00", "2024-11-29 02:00"),  # Thanksgiving
        ("OTH-RTGS", "2024-08-02 18:00", "2024-08-05 08:00"),
        ("HK-RMB", "2025-01-28 21:00", "2025-02-02 22:00"),  # Lunar New Year, 29 to 31 January, and a weekend
    ],
)
def test_holidays_and_weekends_have_no_settlement_and_the_days_beside_them_do(
    year: Run, system: str, closed_from: str, closed_until: str
) -> None:
    instants = settlements(year, system)
    day = timedelta(days=1)
    before, after = (datetime.fromisoformat(text) for text in (closed_from, closed_until))
    assert not any_between(instants, closed_from, closed_until)
    assert any_between(instants, str(before - day), closed_from)
    assert any_between(instants, closed_until, str(after + 1.5 * day))


def test_cips_settles_on_a_saturday_worked_for_a_holiday_and_not_on_an_ordinary_sunday(year: Run) -> None:
    instants = settlements(year, "CIPS")
    # Beijing is 8 hours ahead. Saturday 8 February 2025 was worked for the New Year; Sunday 21 July 2024 was not.
    assert not any_between(instants, "2024-07-20 16:00", "2024-07-21 16:00")
    assert any_between(instants, "2025-02-07 16:00", "2025-02-08 16:00")


@pytest.mark.parametrize(
    ("evening", "closing", "opening"),
    [
        (date(2024, 8, 2), "16:00", "2024-08-05 00:30"),  # a Friday
        (date(2024, 12, 24), "17:00", "2024-12-27 01:30"),  # Christmas Eve
        (date(2025, 4, 17), "16:00", "2025-04-22 00:30"),  # Maundy Thursday
    ],
)
def test_an_evening_message_to_t2_settles_on_the_next_target_day(
    year: Run, evening: date, closing: str, opening: str
) -> None:
    instants = year.settled[year.simulation.world.systems.index("T2")]
    arrived = (year["arrives"] >= at(f"{evening} {closing}")) & (year["arrives"] < at(opening)) & (instants >= 0)
    assert arrived.sum() >= 5
    assert (instants[arrived] >= at(opening)).all()
    same_day = instants[arrived] < at(opening) + DAY
    assert same_day.mean() > 0.9  # the others lack cover for a while
    assert (instants[arrived] == at(opening)).sum() >= 3


def test_payments_are_dated_evenly_over_all_working_days(year: Run) -> None:
    for month, first in enumerate(year.simulation.prepared.months):
        chosen = year["month"] == month
        days = year["submitted"][chosen].astype("datetime64[s]").astype("datetime64[D]")
        all_days = np.arange(first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]"))
        working = all_days[np.is_busday(all_days)]
        found, counts = np.unique(days, return_counts=True)
        assert np.array_equal(found, working)
        expected = chosen.sum() / len(working)
        chi_square = ((counts - expected) ** 2 / expected).sum()
        assert chi_square < len(working) - 1 + 4.0 * np.sqrt(2.0 * (len(working) - 1)), first


def test_every_option_is_submitted_on_most_working_days(year: Run) -> None:
    days = year["submitted"] // DAY
    for number, option in enumerate(year.simulation.world.options):
        mine = days[(year["option"] == number) & (year["month"] == 0)]
        assert len(np.unique(mine)) >= 20, option.name  # of 23 in July 2024


def test_credit_comes_neither_before_delivery_nor_before_settlement(year: Run) -> None:
    done = year["fate"] == "settled"
    assert (year["credited"][done] >= year["arrives"][done]).all()
    assert (year["credited"] >= year.settled.max(0))[done].all()
    assert (year["arrives"][done] >= year["submitted"][done]).all()
    for instants in year.settled:
        used = instants >= 0
        assert (instants[used] >= year["arrives"][used]).all()
