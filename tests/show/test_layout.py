"""Places of labels, texts and dates."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.show.canvas import text_width, wrap
from paysim.show.eventlines import slots
from paysim.show.finish import spread_apart
from paysim.show.months import Span, date_ticks, day_number, month_text
from paysim.show.reading import band_of, instant
from paysim.show.style import OWN_LOOKS, looks

GAP = 0.1


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.2, 4)), min_size=1, max_size=8))
def test_event_labels_never_meet_a_label_or_the_line_of_another(events: list[tuple[float, float]]) -> None:
    events.sort()
    places, widths = [place for place, _ in events], [width for _, width in events]
    found = slots(places, widths, limit=12.0, gap=GAP)
    if found is None:
        assert any(place + GAP + width > 12.0 for place, width in events)  # else there is always a row
        return
    assert [slot.line for slot in found] == places
    for number, one in enumerate(found):
        assert one.right - one.left == pytest.approx(widths[number])
        assert one.right <= 12.0 + 1e-9 or one.right < one.line
        for other in found[:number] + found[number + 1 :]:
            if one.row == other.row:
                assert one.right <= other.left or other.right <= one.left
            if other.row >= one.row:  # the other's line goes up past this label
                assert not one.left < other.line < one.right


def test_events_far_apart_share_the_lowest_row() -> None:
    assert [slot.row for slot in slots([1.0, 5.0, 9.0], [1.0, 1.0, 1.0], 12.0, GAP)] == [0, 0, 0]


@given(
    st.lists(st.tuples(st.floats(-5, 15), st.floats(0.1, 1.0)), min_size=1, max_size=8),
)
def test_end_labels_do_not_meet_and_stay_inside(boxes: list[tuple[float, float]]) -> None:
    wanted, heights = [wish for wish, _ in boxes], [height for _, height in boxes]
    centres = spread_apart(wanted, heights, 0.0, 10.0)
    order = sorted(range(len(wanted)), key=lambda place: centres[place])
    for below, above in itertools.pairwise(order):
        assert centres[above] - centres[below] >= (heights[above] + heights[below]) / 2 - 1e-9
        assert wanted[below] <= wanted[above]
    for centre, height in zip(centres, heights, strict=True):
        assert centre - height / 2 >= -1e-9
        assert centre + height / 2 <= 10 + 1e-9


def test_end_labels_that_have_room_stay_at_their_lines_and_two_that_meet_give_way_alike() -> None:
    assert spread_apart([2.0, 8.0, 5.0], [1.0, 1.0, 1.0], 0.0, 10.0) == pytest.approx([2.0, 8.0, 5.0])
    assert spread_apart([5.0, 5.2], [1.0, 1.0], 0.0, 10.0) == pytest.approx([4.6, 5.6])


@given(st.text(alphabet="abc %W", max_size=60), st.floats(0.3, 3.0))
def test_wrapped_lines_are_no_wider_than_asked_and_lose_no_letter(text: str, width: float) -> None:
    lines = wrap(text, 10, width)
    assert all(text_width(line, 10) <= width for line in lines)
    assert "".join(lines).replace(" ", "").replace("\u00a0", "") == text.replace(" ", "")


def test_a_percent_sign_stays_with_its_number() -> None:
    assert wrap("a share of 50 %", 10, text_width("a share of 50", 10) + 0.01) == ["a share of", "50\u00a0%"]


def test_an_instant_is_read_in_utc_from_whatever_the_scenario_holds() -> None:
    cut = np.datetime64("2027-03-12T16:00:00")
    shanghai = dt.timezone(dt.timedelta(hours=8))
    assert instant(dt.datetime(2027, 3, 13, 0, tzinfo=shanghai)) == cut
    assert instant("2027-03-12T16:00:00Z") == cut
    assert instant("2027-03-12T17:00:00+01:00") == cut
    assert instant("2027-03") == instant(dt.date(2027, 3, 1)) == np.datetime64("2027-03-01T00:00:00")
    with pytest.raises(TypeError):
        instant(2027)


def test_months_are_named_in_english_and_counted_in_days() -> None:
    assert month_text(np.datetime64("2027-03-12")) == "Mar 2027"
    assert day_number(np.datetime64("2027-03-12T12:00:00")) == (dt.date(2027, 3, 12) - dt.date(1970, 1, 1)).days + 0.5


def test_ticks_name_months_of_a_short_run_and_years_of_a_long_one() -> None:
    months = np.arange(np.datetime64("2024-07"), np.datetime64("2036-01"))
    long, short, single = Span.of(months), Span.of(months[:6]), Span.of(months[:1])
    assert date_ticks(long, 20.0, 1.0, 1.0)[1] == [str(year) for year in range(2025, 2036)]
    assert date_ticks(long, 3.5, 1.0, 1.0)[1] == ["2025", "2030", "2035"]
    assert date_ticks(short, 10.0, 1.0, 1.0)[1] == [
        "Jul 2024",
        "Aug 2024",
        "Sep 2024",
        "Oct 2024",
        "Nov 2024",
        "Dec 2024",
    ]
    places, texts = date_ticks(single, 0.1, 1.0, 1.0)
    assert texts == ["Jul 2024"]
    assert places == [day_number(np.datetime64("2024-07-01"))]


def test_no_two_looks_of_a_chart_are_alike() -> None:
    worn = looks(["GBP", "CNY", "JPY", "USD", "RUB", "EUR", "AED", "OTH"])
    assert worn["CNY"] is OWN_LOOKS["CNY"]  # a currency looks the same on every chart
    for trait in ("colour", "marker", "hatch"):
        assert len({getattr(look, trait) for look in worn.values()}) == 8
    assert len({look.dash for look in worn.values()}) >= 7


def test_a_band_of_values_skips_replicates_without_one() -> None:
    months = np.array(["2024-07", "2024-08"], dtype="datetime64[M]")
    read = band_of(months, np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]))
    assert read.median[0] == 2.0
    assert np.isnan(read.median[1])
    assert read.last() == read.first() == read.lowest() == 2.0
