from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from paysim.data import catalogue
from paysim.networks.message_law import HOUR, MessageLaw
from paysim.networks.messaging import BANKS_ON_THE_WAY, UNIFORMS_PER_MESSAGE, Ways, message_delays
from paysim.networks.screening import ALWAYS_AT_WORK, PLACES, Place, hours_for, working_hours

THREE_HOURS = MessageLaw(review_median=3 * HOUR, alert_rate=1.0, intermediaries=(1.0, 0.0, 0.0, 0.0))


def released(at: datetime, place: Place, law: MessageLaw = THREE_HOURS) -> datetime:
    """When a message that the filter of its only bank stops goes on; its review takes the median."""
    submitted = np.array([int(at.timestamp())])
    ways = Ways(np.zeros(1, dtype=bool), np.zeros(1, dtype=np.int64), np.zeros((BANKS_ON_THE_WAY, 1), dtype=np.int64))
    luck = np.full((UNIFORMS_PER_MESSAGE, 1), 0.5)  # the middle of a log-normal is its median
    arrival, _ = message_delays(luck, submitted, ways, hours_for([place], submitted), law)
    return datetime.fromtimestamp(round(at.timestamp() + arrival[0]), UTC).astimezone(ZoneInfo(place.time_zone))


def local(place: Place, *instant: int) -> datetime:
    return datetime(*instant, tzinfo=ZoneInfo(place.time_zone))  # type: ignore[misc]


def test_what_is_stopped_on_a_friday_evening_waits_until_monday():
    new_york = PLACES["USA"]
    assert released(local(new_york, 2025, 6, 6, 19, 30), new_york) == local(new_york, 2025, 6, 9, 12)


def test_a_review_begun_on_friday_afternoon_is_finished_on_monday_morning():
    frankfurt = PLACES["EUR"]
    assert released(local(frankfurt, 2025, 6, 13, 16), frankfurt) == local(frankfurt, 2025, 6, 16, 11)


def test_in_working_hours_a_review_takes_the_work_in_it():
    london = PLACES["ALLY"]
    assert released(local(london, 2025, 6, 11, 10, 15), london) == local(london, 2025, 6, 11, 13, 15)


def test_desks_keep_their_own_clock_in_summer_and_in_winter():
    new_york = PLACES["USA"]
    for month, hour in ((1, 14), (7, 13)):  # nine o'clock in New York, in UTC
        found = released(datetime(2025, month, 8, 3, tzinfo=UTC), new_york)
        assert found.astimezone(UTC) == datetime(2025, month, 8, hour + 3, tzinfo=UTC)


def test_desks_keep_their_own_holidays_and_exchanged_weekends():
    beijing, frankfurt = PLACES["CHN"], PLACES["EUR"]
    # 2025: the National Day holiday runs from 1 to 8 October; Sunday 28 September is worked in exchange.
    assert released(local(beijing, 2025, 9, 30, 18), beijing) == local(beijing, 2025, 10, 9, 12)
    assert released(local(beijing, 2025, 9, 27, 12), beijing) == local(beijing, 2025, 9, 28, 12)
    assert released(local(frankfurt, 2025, 4, 17, 18), frankfurt) == local(frankfurt, 2025, 4, 22, 12)  # TARGET: Easter


def test_a_long_review_takes_several_days_and_only_their_working_hours():
    law = MessageLaw(review_median=20 * HOUR, alert_rate=1.0, intermediaries=(1.0, 0.0, 0.0, 0.0))
    utc = Place()
    assert released(local(utc, 2025, 6, 12, 9), utc, law) == local(utc, 2025, 6, 16, 13)  # Thu 8, Fri 8, Mon 4


def test_a_review_at_the_turn_of_the_year_goes_on_in_the_next():
    mumbai = PLACES["SAS"]
    assert released(local(mumbai, 2025, 12, 31, 20), mumbai) == local(mumbai, 2026, 1, 1, 12)
    los_angeles = Place("America/Los_Angeles")  # still at work when the year has begun in UTC
    assert released(local(los_angeles, 2025, 12, 31, 16, 30), los_angeles) == local(los_angeles, 2026, 1, 1, 11, 30)


def test_a_desk_that_never_closes_takes_the_work_alone():
    at = datetime(2025, 6, 7, 22, tzinfo=UTC)  # a Saturday
    assert released(at, ALWAYS_AT_WORK) == datetime(2025, 6, 8, 1, tzinfo=UTC)


def test_every_group_of_the_world_has_a_place():
    assert set(catalogue.groups()) == set(PLACES)


def test_hours_say_which_instants_they_cover():
    hours = working_hours((Place(),), 2025, 2025)
    inside = np.array([int(datetime(2025, 7, 1, tzinfo=UTC).timestamp())])
    assert hours.covers(inside)
    assert hours.covers(inside[:0])
    assert not hours.covers(inside - 2 * 366 * 86_400)
    assert not hours.covers(inside + 3 * 366 * 86_400)


@pytest.mark.parametrize(
    "wrong", [{"working": "mondays"}, {"opens": -1}, {"opens": 61_200, "closes": 32_400}, {"closes": 90_000}]
)
def test_places_without_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"calendar of working days|within one day"):
        Place(**wrong)
