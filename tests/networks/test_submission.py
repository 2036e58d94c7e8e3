from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from paysim.networks.calendars import working_days
from paysim.networks.submission import WORLD_PROFILE, office_profile, submission_instants

EPOCH = datetime(2024, 7, 1, tzinfo=UTC)
MARCH = working_days("target", 2027, 3)  # Good Friday and Easter Monday fall into it: 21 days of 23 weekdays


def evenly(count: int) -> np.ndarray:
    return (np.arange(count) + 0.5) / count


def test_payments_fall_on_every_working_day_alike_and_on_no_other():
    instants = submission_instants(evenly(21_000), MARCH, EPOCH)
    days = np.datetime64("2024-07-01") + instants.astype("timedelta64[s]")
    dates, counts = np.unique(days.astype("datetime64[D]"), return_counts=True)
    assert dates.tolist() == MARCH.tolist()
    assert len(dates) == 21
    assert set(counts) == {1000}


def test_the_hours_of_the_day_follow_the_profile():
    instants = submission_instants(evenly(2_100_000), MARCH, EPOCH)
    shares = np.bincount(instants % 86400 // 3600, minlength=24) / len(instants)
    assert shares == pytest.approx(WORLD_PROFILE, abs=2e-4)  # instants are cut to whole seconds
    assert WORLD_PROFILE.sum() == pytest.approx(1.0)


def test_working_hours_are_those_of_the_regions_clock():
    beijing = office_profile(utc_offset=8)
    assert np.flatnonzero(beijing > 0.05).tolist() == list(range(10))  # 08:00 to 18:00 there is 00:00 to 10:00 UTC
    new_york = office_profile(utc_offset=-5)
    assert np.flatnonzero(new_york > 0.05).tolist() == list(range(13, 23))
    assert beijing[:10].sum() == pytest.approx(0.9)


def test_the_instant_rises_with_the_uniform():
    instants = submission_instants(np.sort(np.random.default_rng(1).random(10_000)), MARCH, EPOCH)
    assert (np.diff(instants) >= 0).all()


def test_the_last_uniform_is_still_inside_the_last_day():
    last = submission_instants(np.array([np.nextafter(1.0, 0.0)]), MARCH, datetime(2027, 3, 31, tzinfo=UTC))
    assert 0 <= last[0] < 86400


@pytest.mark.parametrize(("uniforms", "days"), [([0.5], MARCH[:0]), ([1.0], MARCH), ([-0.1], MARCH), ([np.nan], MARCH)])
def test_payments_without_a_day_or_a_uniform_are_refused(uniforms, days):
    with pytest.raises(ValueError, match=r"working day|below 1"):
        submission_instants(np.array(uniforms), days, EPOCH)
