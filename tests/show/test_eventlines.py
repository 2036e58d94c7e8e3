"""Which lines events have in a span, and what is written beside them."""

from __future__ import annotations

import numpy as np

from paysim.show.eventlines import event_lines, event_note
from paysim.show.months import Span
from paysim.show.reading import EventMark, instant

YEAR = Span(np.datetime64("2027-01-01"), np.datetime64("2028-01-01"))


def mark(label: str, at: str, until: str | None = None, full: str | None = None) -> EventMark:
    """An event as the figures read it."""
    ends = [None if moment is None else instant(moment) for moment in (until, full)]
    return EventMark(instant(at), label, "x", until=ends[0], full=ends[1])


def test_an_end_outside_the_span_has_no_line_and_an_event_from_before_keeps_only_its_end() -> None:
    marks = [
        mark("before", "2026-01-01", "2027-05-01"),
        mark("beyond", "2027-03-01", "2028-01-01"),  # the first instant after the span
        mark("over", "2026-01-01", "2026-06-01"),
        mark("throughout", "2026-01-01", "2029-01-01"),
        mark("both", "2027-04-01", "2027-12-31T23:00:00"),
    ]
    lines = event_lines(marks, YEAR)
    assert [(line.name, line.number) for line in lines] == [
        ("beyond, Mar 2027", "2"),
        ("both, Apr 2027", "3"),
        ("ends: before, May 2027", "end 1"),
        ("ends: both, Dec 2027", "end 3"),
    ]
    assert event_note(marks, YEAR) == (
        "Vertical lines: 1 before, Jan 2026 to May 2027; 2 beyond, Mar 2027; 3 both, Apr 2027 to Dec 2027. "
        "Dashed: starts; dotted: ends."
    )


def test_a_note_without_ends_and_ramps_explains_neither_and_one_without_events_is_empty() -> None:
    assert event_note([mark("a", "2027-02-01")], YEAR) == "Vertical lines: 1 a, Feb 2027."
    assert event_note([mark("a", "2026-02-01")], YEAR) == ""
    assert event_lines([mark("a", "2026-02-01")], YEAR) == []


def test_events_share_a_line_only_where_all_that_is_written_is_the_same() -> None:
    marks = [
        mark("a", "2027-02-01", "2027-08-01"),
        mark("b", "2027-02-01", "2027-09-01"),
        mark("c", "2027-02-01", "2027-08-01", full="2027-06-01"),
        mark("d", "2027-08-01"),
    ]
    assert [line.name for line in event_lines(marks, YEAR)] == [
        "a; b, Feb 2027",
        "c, Feb 2027, growing until Jun 2027",
        "ends: a; c, Aug 2027",
        "d, Aug 2027",
        "ends: b, Sep 2027",
    ]
    apart = event_lines(marks, YEAR, together=False)
    assert [line.number for line in apart] == ["1", "2", "3", "end 1", "end 3", "4", "end 2"]


def test_growth_that_the_end_cuts_short_is_told_until_the_end_and_one_within_a_month_not_at_all() -> None:
    marks = [
        mark("short", "2027-02-01", "2027-04-10", full="2027-06-01"),
        mark("days", "2027-07-01", full="2027-07-11"),
    ]
    assert [line.name for line in event_lines(marks, YEAR)] == [
        "short, Feb 2027, growing until Apr 2027",
        "ends: short, Apr 2027",
        "days, Jul 2027",
    ]
