"""The parts of the tracker's change add up, in the figures and as printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.data import catalogue
from paysim.show.figures import draw
from paysim.show.figures.explain import sum_text, tracker_parts, whole_parts
from paysim.show.reading import NothingToDrawError


def log_odds(share: Any) -> Any:
    """Log-odds of a share."""
    return np.log(share / (1 - share))


def test_parts_add_up_exactly_in_shares_in_log_odds_and_as_printed(run: Any) -> None:
    parts = tracker_parts(run)
    assert (str(parts.start), str(parts.end)) == ("2024-07-01", "2025-08-01")
    assert parts.shares.sum() == pytest.approx(parts.end_share - parts.start_share, abs=1e-15)
    assert parts.log_odds.sum() == pytest.approx(log_odds(parts.end_share) - log_odds(parts.start_share), abs=1e-12)
    assert parts.printed.sum() == parts.printed_end - parts.printed_start
    assert np.abs(parts.printed / 10_000 - parts.shares).max() < 1.01e-4  # a hundredth of a percent


def test_parts_are_those_of_the_run_and_meet_its_tracker(run: Any) -> None:
    parts = tracker_parts(run)
    for name, change in zip(parts.names, parts.log_odds, strict=True):
        read = run.held["tracker_part", name]
        assert change == pytest.approx(np.mean(read[:, 13] - read[:, 0]))
    seen = run.held["tracker_share", "CNY"]
    for share, month in ((parts.start_share, 0), (parts.end_share, 13)):
        # the published share is rounded to a hundredth of a percent, the parts are those of the unrounded one
        assert log_odds(share) == pytest.approx(log_odds(seen[:, month]).mean(), abs=0.5e-4 / 0.02)


def test_other_months_can_be_asked_for(run: Any) -> None:
    parts = tracker_parts(run, np.datetime64("2027-02"), np.datetime64("2028-02"))
    read = run.held["tracker_part", "message_migration"]
    assert parts.log_odds[parts.names.index("message_migration")] == pytest.approx(np.mean(read[:, 43] - read[:, 31]))
    with pytest.raises(NothingToDrawError):
        tracker_parts(run, np.datetime64("2028-02"), np.datetime64("2027-02"))
    with pytest.raises(NothingToDrawError):
        tracker_parts(run, end=np.datetime64("2040-01"))


def test_the_printed_sum_holds(run: Any) -> None:
    left, right = sum_text(tracker_parts(run)).replace("−", "-").removesuffix(" %").split(" = ")
    terms = left.replace("+ ", "+").replace("- ", "-").split(" ")
    assert len(terms) == 8  # where it started, and seven parts
    assert sum(round(100 * float(term)) for term in terms) == round(100 * float(right))


def test_bars_are_chained_from_the_first_month_to_the_last(run: Any) -> None:
    parts = tracker_parts(run)
    bars = draw(run, "why_the_tracker_moved").axes[0].patches
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    assert len(bars) == 9
    assert ends[0] == pytest.approx((0.0, parts.start_share))
    assert ends[-1] == pytest.approx((0.0, parts.end_share))
    level = parts.start_share
    for (low, high), change in zip(ends[1:-1], parts.shares, strict=True):
        assert (low, high) == pytest.approx((min(level, level + change), max(level, level + change)))
        level += change
    assert level == pytest.approx(parts.end_share)


def test_the_published_figures_stand_on_the_first_and_last_bar(run: Any) -> None:
    axes = draw(run, "why_the_tracker_moved").axes[0]
    (rings,) = [line for line in axes.lines if line.get_gid() == "published"]
    published = {row.period.text: row.value for row in catalogue.tracker_share("CNY")}
    assert list(rings.get_xdata()) == [published["2024-07"], published["2025-08"]] == [0.0474, 0.0293]
    assert list(rings.get_ydata()) == [0, 8]


def test_what_is_a_premise_is_called_given_as_input_and_both_bounds_are_told(make: Callable[..., Any]) -> None:
    run = make(months=20, replicates=2)
    run.scenario["events"].append({"at": "2026-01-01", "label": "later premise", "kind": "x", "premise": True})
    written = " ".join(text.get_text() for text in draw(run, "why_the_tracker_moved").texts).replace("\u00a0", " ")
    assert "Given as input, so not confirmed by the run: steering to CIPS; demand for yuan drifts up." in written
    assert "later premise" not in written
    yearly = {row.period.first.year: row.value for row in catalogue.cips_value("year")}
    assert f"grew {100 * (yearly[2025] / yearly[2024] - 1):.1f} % in 2025" in written


def test_a_change_of_nothing_has_parts_that_cancel(make: Callable[..., Any]) -> None:
    run = make(months=20, replicates=2)
    for (series, key), values in run.held.items():
        if series == "tracker_part":
            values[:] = 0.0
            values[:, 5:] = {"level": 0.1, "message_migration": -0.1}.get(key, 0.0)
    parts = tracker_parts(run)
    assert parts.end_share == pytest.approx(parts.start_share)
    assert parts.shares[parts.names.index("level")] == pytest.approx(0.1 * parts.start_share * (1 - parts.start_share))
    assert parts.printed.sum() == parts.printed_end - parts.printed_start


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=9), st.integers(-3, 3))
def test_whole_parts_sum_to_the_total_and_stay_near(parts: list[float], off: int) -> None:
    total = round(sum(parts)) + off
    whole = whole_parts(np.array(parts), total)
    assert whole.sum() == total
    allowed = 1.0 + (abs(off) + 1) / len(parts) + 1
    assert np.abs(whole - np.array(parts)).max() <= allowed


def test_the_number_of_a_bar_stands_beyond_the_published_ring(make: Callable[..., Any]) -> None:
    run = make(months=20, replicates=2)
    run.held["tracker_part", "message_migration"][:, 13] -= 0.5  # the run ends far below what was published
    axes = draw(run, "why_the_tracker_moved").axes[0]
    (rings,) = [line for line in axes.lines if line.get_gid() == "published"]
    assert rings.get_xdata()[1] > axes.patches[-1].get_width()
    assert axes.texts[-1].xy == (rings.get_xdata()[1], 8)
