"""In a notice period part of what would be stopped soon after the cut is paid before it, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest
from telling import CUT_GROUPS, NO_LUCK, Run, Tell, at, run

from paysim.engine.record import Record
from paysim.engine.run import simulate_mean_field
from paysim.engine.timeline import Hurry

CUT, MONTH, END = at("2024-08-15 00:00"), at("2024-08-01 00:00"), at("2024-09-01 00:00")
DAYS = 7
SINCE, SOON = CUT - DAYS * 86_400, CUT + DAYS * 86_400
"""A week before the cut to a week after it, both with five working days."""


def changes(share: float, notice: str = f"{DAYS} d") -> tuple[str, ...]:
    settings = (f"events[cut].notice={notice}", f"events[cut].brought_forward={share}", "events[cut].at=2024-08-15")
    return ("horizon=2024-08", "traffic.payments_per_month=20000", *settings)


@pytest.fixture(scope="module")
def stayed(tell: Tell) -> Run:
    return run(tell(*changes(0.0), parent="cutoff"))


@pytest.fixture(scope="module")
def half(tell: Tell) -> Run:
    return run(tell(*changes(0.5), parent="cutoff"))


def doomed(story: Run) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Payments of the week after the cut that the cut blocks."""
    soon = (story["submitted"] >= CUT) & (story["submitted"] < SOON)
    return soon & story.touches(CUT_GROUPS) & (story["fate"] != "settled") & ~story["blocked"]


def test_half_of_what_is_due_in_the_week_after_the_cut_is_paid_in_the_week_before(stayed: Run, half: Run) -> None:
    hit = doomed(stayed)
    moved = stayed["submitted"] != half["submitted"]
    assert (hit | ~moved).all()
    error = np.sqrt(0.25 / hit.sum())
    assert moved.sum() / hit.sum() == pytest.approx(0.5, abs=4.0 * error)
    assert ((half["submitted"][moved] >= SINCE) & (half["submitted"][moved] < CUT)).all()
    assert half.counts["brought_forward"] == moved.sum() > 100
    assert (half["fate"][moved] == "settled").mean() > 0.95  # some messages are still under way at the cut


def test_who_is_due_sooner_after_the_cut_pays_later_before_it(stayed: Run, half: Run) -> None:
    moved = stayed["submitted"] != half["submitted"]
    ranks = np.argsort(stayed["submitted"][moved], kind="stable")
    assert (np.diff(half["submitted"][moved][ranks]) <= 0).all()


def test_nothing_before_the_announcement_and_nothing_of_others_changes(stayed: Run, half: Run) -> None:
    same = stayed["submitted"] == half["submitted"]
    for column in ("submitted", "arrives", "fate"):
        assert np.array_equal(stayed[column][same], half[column][same]), column
    assert (half["submitted"][~same] >= SINCE).all()


def test_without_notice_nobody_hurries(tell: Tell) -> None:
    told = [run(tell(*changes(share, "0 d"), parent="cutoff")) for share in (0.0, 0.5)]
    assert told[1].counts["brought_forward"] == 0
    assert np.array_equal(told[0]["submitted"], told[1]["submitted"])


def test_the_mean_field_brings_forward_as_much(tell: Tell, stayed: Run, half: Run) -> None:
    """Blocked share of China, less by half a week of a month; the rest of the month is as it was."""
    told = [simulate_mean_field(tell(*changes(share), parent="cutoff"), 1, [0], NO_LUCK)[0] for share in (0.0, 0.5)]
    blocked = [record.values("blocked_share", "CHN")[1] for record in told]
    days_after, days_moved = 17.0, 0.5 * DAYS
    assert 1.0 - blocked[1] / blocked[0] == pytest.approx(days_moved / days_after, rel=1e-6)
    counted = [story.record.values("blocked_share", "CHN")[1] for story in (stayed, half)]
    assert 1.0 - counted[1] / counted[0] == pytest.approx(1.0 - blocked[1] / blocked[0], abs=0.05)


TWO = """events:
  - {id: one, kind: disconnection, groups: [RUS], at: 2024-08-10, notice: 30 d, brought_forward: 100 %}
  - {id: two, kind: disconnection, groups: [CHN], at: 2024-08-16, notice: 30 d, brought_forward: %s}
"""
BESIDE = """events:
  - {id: cut, kind: disconnection, groups: [RUS], at: 2024-08-16, notice: 30 d, brought_forward: %s}
  - {id: ban, kind: clearing_ban, groups: [LATAM], currencies: [USD], at: 2024-08-16}
"""


def means(tell: Tell, text: str) -> Record:
    return simulate_mean_field(tell("horizon=2024-08", text=text), 1, [0], NO_LUCK)[0]


def test_two_cuts_in_a_month_move_no_payment_twice(tell: Tell) -> None:
    still, all_ = (means(tell, TWO.replace("%s", share)) for share in ("0 %", "100 %"))
    for record in (still, all_):
        for name in ("blocked_share", "failed_share", "bypassed_share"):
            assert (record.series[name][1] >= 0.0).all(), name
    assert all_.values("blocked_share", "CHN")[1] < 0.2 * still.values("blocked_share", "CHN")[1]


def test_who_hurries_before_one_event_does_not_before_another(tell: Tell) -> None:
    still, all_ = (means(tell, BESIDE.replace("%s", share)) for share in ("0 %", "100 %"))
    assert all_.values("blocked_share", "RUS")[1] < 0.5 * still.values("blocked_share", "RUS")[1]
    moved = 1.0 - all_.values("blocked_share", "LATAM")[1] / still.values("blocked_share", "LATAM")[1]
    assert abs(moved) < 0.03  # its payments with Russia alone


def test_nobody_hurries_before_a_cut_that_grows_from_nothing(tell: Tell) -> None:
    ramp = (
        "events:\n  - {id: cut, kind: disconnection, groups: [CHN], at: 2024-08-16, ramp: 10 d, brought_forward: %s}\n"
    )
    told = [means(tell, ramp % share) for share in ("0 %", "50 %")]
    assert told[0].series["blocked_share"][1].tobytes() == told[1].series["blocked_share"][1].tobytes()


@pytest.mark.parametrize(("notice", "expected"), [(2.0, 2.0), (10.0, 10.0), (25.0, 4.0)])
def test_a_month_loses_nothing_and_moves_no_more_than_is_left_after_the_change(notice: float, expected: float) -> None:
    day = 86_400
    month_end, change = 30 * day, 26 * day
    hurry = Hurry(change, int(change - notice * day), np.ones(4))
    gained = [hurry.gained(begin * day, (begin + 1) * day, month_end) / day for begin in range(30)]
    assert sum(gained) == pytest.approx(0.0)
    assert sum(gained[:26]) == pytest.approx(min(expected, 4.0))
    assert max(np.abs(gained)) == 1.0
