from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.scenario import dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-12", datetime(2027, 1, 12, tzinfo=UTC)),
        ("2027-01-12 16:00Z", datetime(2027, 1, 12, 16, tzinfo=UTC)),
        ("2027-01-12T16:00:30Z", datetime(2027, 1, 12, 16, 0, 30, tzinfo=UTC)),
        ("2027-01-12 16:00 GMT", datetime(2027, 1, 12, 16, tzinfo=UTC)),
        ("2027-01-12 16:00+08:00", datetime(2027, 1, 12, 8, tzinfo=UTC)),
        ("2027-01-12 16:00 Asia/Shanghai", datetime(2027, 1, 12, 8, tzinfo=UTC)),
        ("2027-07-12 16:00 Europe/Brussels", datetime(2027, 7, 12, 14, tzinfo=UTC)),
        ("2027-01-12 16:00 Europe/Brussels", datetime(2027, 1, 12, 15, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc(text, expected):
    assert dates.read_instant(text) == expected
    assert dates.read_instant(text).utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2031-13-01", "is not a date (expected YYYY-MM or YYYY-MM-DD)"),
        ("2031-02-30", "is not a date"),
        ("12.01.2027", "is not a date (expected YYYY-MM, YYYY-MM-DD or YYYY-MM-DD HH:MMZ)"),
        ("2027-01-12 16:00", "a time needs a zone, such as 2027-01-12 16:00Z"),
        ("2027-01 16:00Z", "a time needs a day"),
        ("2027-01-12 25:00Z", "is not a date"),
        ("2027-01-12 16:00 Europe/Bruxelles", "unknown time zone 'Europe/Bruxelles'"),
        ("2027-03-28 02:30 Europe/Brussels", "the clocks change in Europe/Brussels at that time"),
        ("2027-10-31 02:30 Europe/Brussels", "the clocks change in Europe/Brussels at that time"),
        ("2027-01-12 16:00+25:00", "+25:00 is no offset"),
        ("0027-01", "is not a date between 1970 and 2200"),
        (2027, "is not a date"),
        (None, "nothing is not a date"),
    ],
)
def test_what_is_no_instant_says_why(text, part):
    with pytest.raises(ValueError, match=r".") as caught:
        dates.read_instant(text)
    assert part in str(caught.value)


def test_a_month_has_no_day():
    assert dates.read_month("2027-01") == datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="expected a month such as 2027-01, got '2027-01-12'"):
        dates.read_month("2027-01-12")


def test_a_naive_datetime_is_refused():
    with pytest.raises(ValueError, match="needs a zone"):
        dates.read_instant(datetime(2027, 1, 1))


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2199, 12, 30)))
def test_an_instant_written_in_utc_reads_back(moment):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert dates.read_instant(moment.strftime("%Y-%m-%d %H:%M:%SZ")) == moment


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_by_value_error(text):
    for read in (dates.read_instant, dates.read_month, dates.read_hours, dates.read_zone):
        with contextlib.suppress(ValueError):
            read(text)
