"""The compiled loops over the book's rows against the same conditions on whole columns."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.engine import payment_kernel as kernel

ROWS, OPTIONS, CORRIDORS, BANKS, UNTIL = 20_000, 3, 5, 40, 500


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(20270104)


@pytest.mark.parametrize("fear", [0.0, 0.4])
@pytest.mark.parametrize("room", [np.inf, 0.3])
def test_what_is_due_goes_is_blocked_or_is_refused(chance: np.random.Generator, room: float, fear: float) -> None:
    """The third option passes a hub: it has room for a share of its payments, and bans on banks do not count."""
    option, corridor = chance.integers(OPTIONS, size=ROWS), chance.integers(CORRIDORS, size=ROWS)
    sender, receiver = chance.integers(BANKS, size=(2, ROWS))
    status, submitted = chance.integers(5, size=ROWS), chance.integers(2 * UNTIL, size=ROWS)
    blocked, (before, luck, refused_luck) = chance.random(ROWS) < 0.3, chance.random((3, ROWS))
    free, allowed = chance.random((OPTIONS, BANKS)), chance.random((CORRIDORS, OPTIONS))
    hub, rooms = np.array([False, False, True]), np.array([np.inf, np.inf, room])
    rules = (free, allowed, hub, rooms, np.full(CORRIDORS, fear))
    who = (status, submitted, option, corridor, sender, receiver, blocked)
    judged, ends = np.empty((3, ROWS), dtype=np.int64), np.empty(3, dtype=np.int64)
    kernel.judge(UNTIL, *rules, *who, before, luck, refused_luck, judged, ends)
    due = np.flatnonzero((status == kernel.TO_SUBMIT) & (submitted < UNTIL))
    can = np.empty(len(due), dtype=np.bool_)
    kernel.passing(free, allowed, hub, due, option, corridor, sender, receiver, blocked, before, luck, can)
    can &= luck[due] < rooms[option[due]]
    afraid = can & (refused_luck[due] < fear)
    expected = {kernel.GOES: due[can & ~afraid], kernel.HELD_BACK: due[~can], kernel.FEARED: due[afraid]}
    for verdict, rows in expected.items():
        np.testing.assert_array_equal(judged[verdict, : ends[verdict]], rows)
    assert (ends > 0).tolist() == [True, True, fear > 0.0]


def test_what_was_sent_has_arrived_and_has_no_leg_left_is_settled(chance: np.random.Generator) -> None:
    status, legs, arrives = chance.integers(5, size=ROWS), chance.integers(3, size=ROWS), chance.integers(9, size=ROWS)
    rows, ends = np.empty(ROWS, dtype=np.int64), np.empty(1, dtype=np.int64)
    kernel.find_settled(status, legs, arrives, 4, rows, ends)
    expected = np.flatnonzero((status == kernel.SENT) & (legs == 0) & (arrives <= 4))
    assert len(expected) > 100
    np.testing.assert_array_equal(rows[: ends[0]], expected)
