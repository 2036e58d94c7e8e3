"""Events on the figures: lines where they start and end, wedges while they grow, and what names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from drawings import NAMES, day, lines, written
from matplotlib.figure import Figure

from paysim.show.figures import draw


def test_an_event_line_stands_at_the_instant_of_its_event(drawn: Callable[..., Figure]) -> None:
    expected = {
        "event steering to CIPS": day("2024-10-01"),
        "event demand for yuan drifts up": day("2025-03-01"),
        "event China cut off from SWIFT": day("2027-03-12") + 16 / 24,
        "event secondary sanctions": day("2027-06-01"),
        "event hub opened": day("2029-01-01"),
    }
    for name in NAMES:
        if name == "why_the_tracker_moved":
            continue
        figure = drawn(name)
        for panel in range(len(figure.axes)):
            found = {line.get_gid(): line.get_xdata()[0] for line in lines(figure, panel, "event")}
            wanted = expected
            if name == "after_the_cut":
                wanted = {key: place for key, place in expected.items() if place > day("2026-12-01")}
            assert found == pytest.approx(wanted), (name, panel)


def test_a_dotted_line_stands_at_the_instant_at_which_events_end(drawn: Callable[..., Figure]) -> None:
    expected = {
        "end of steering to CIPS; demand for yuan drifts up": day("2025-09-01"),
        "end of secondary sanctions": day("2029-11-16") + 0.5,
    }  # the hub closes when the run is over, the cut never ends: neither has a line
    for name in NAMES:
        if name == "why_the_tracker_moved":
            continue
        figure = drawn(name)
        for panel in range(len(figure.axes)):
            ends, starts = lines(figure, panel, "end of"), lines(figure, panel, "event")
            wanted = expected
            if name == "after_the_cut":
                wanted = {key: place for key, place in expected.items() if place > day("2026-12-01")}
            assert {line.get_gid(): line.get_xdata()[0] for line in ends} == pytest.approx(wanted), (name, panel)
            dashes = {line._dash_pattern[1][0] / line.get_linewidth() for line in ends}
            assert max(dashes) < min(line._dash_pattern[1][0] / line.get_linewidth() for line in starts) / 2
            assert max(line.get_linewidth() for line in ends) < min(line.get_linewidth() for line in starts)


def test_ends_are_named_beside_their_lines_where_there_is_room(make: Callable[..., Any]) -> None:
    run = make(months=138, replicates=2)
    del run.scenario["events"][2]
    words = written(draw(run, "currency_shares"))
    assert "ends: steering to CIPS; demand for yuan drifts up, Sep 2025" in words
    assert "secondary sanctions, Jun 2027, growing until Aug 2027" in words
    assert "ends: secondary sanctions, Nov 2029" in words
    assert words.count("hub opened, Jan 2029") == words.count("hub opened") == 1
    assert "Vertical lines" not in words


@pytest.mark.parametrize("style", ["slides", "paper"])
def test_ends_are_else_numbered_like_their_starts(make: Callable[..., Any], style: Any) -> None:
    run = make(months=138, replicates=2)
    del run.scenario["events"][2]
    figure = draw(run, "network_shares", style)
    assert {"1", "2", "3", "4", "end 1, 2", "end 3"} <= {text.get_text() for text in figure.texts}
    note = written(figure)
    assert "1 steering to CIPS, Oct 2024 to Sep 2025; 2 demand" in note
    assert "3 secondary sanctions, Jun 2027 to Nov 2029, growing until Aug 2027; 4 hub opened, Jan 2029." in note
    assert "Dashed: starts; dotted: ends; wedge: effect grows." in note


def test_where_even_numbers_are_too_many_the_starts_keep_theirs(drawn: Callable[..., Figure]) -> None:
    texts = [text.get_text() for text in drawn("levels_beside_shares").texts]
    assert [texts.count(number) for number in ("1", "2", "3", "4", "5")] == [3] * 5  # in each of the three panels
    assert not any(text.startswith("end ") for text in texts)


def test_a_wedge_rises_while_an_effect_grows(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=2)
    run.scenario["events"] = [
        {"at": "2025-01-01", "ramp": 100.0, "label": "grows", "kind": "x"},
        {"at": "2026-01-01", "until": "2026-01-31", "ramp": 90.0, "label": "ends first", "kind": "x"},
        {"at": "2027-01-01", "until": "2028-01-01", "label": "whole at once", "kind": "x"},
    ]
    axes = draw(run, "currency_shares").axes[0]
    wedges = {patch.get_gid(): patch.get_path().vertices[:3] for patch in axes.patches}
    assert set(wedges) == {"ramp of grows", "ramp of ends first"}
    whole, part = wedges["ramp of grows"], wedges["ramp of ends first"]
    assert list(whole[:, 0]) == [day("2025-01-01"), day("2025-01-01") + 100, day("2025-01-01") + 100]
    assert list(part[:, 0]) == [day("2026-01-01"), day("2026-01-31"), day("2026-01-31")]
    assert whole[2, 1] == pytest.approx(1.0)  # the upper edge of the panel
    assert part[2, 1] - part[1, 1] == pytest.approx((whole[2, 1] - whole[1, 1]) / 3)


def test_every_event_is_named_on_every_figure_of_time(drawn: Callable[..., Figure]) -> None:
    for name in NAMES:
        words = written(drawn(name))
        assert ("China cut off from SWIFT" in words) == (name != "why_the_tracker_moved")
