"""Known cases of what happens at appointed instants: outages, injection windows, and their order at one instant."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.networks.rules import Rules, Timetable
from paysim.networks.settlement import SettlementSystem


def system_with(*payments: tuple[int, int, int, int], participants: int = 3, **rules: object) -> SettlementSystem:
    system = SettlementSystem(participants, rules=Rules(**rules))
    system.add(*[list(column) for column in zip(*payments, strict=True)], list(range(len(payments))))
    return system


def at(*instants: int) -> np.ndarray:
    return np.array(instants, dtype=np.int64)


# --- outages --------------------------------------------------------------------------------------------------------


def test_in_an_outage_nothing_settles_and_at_its_end_everything_does_that_can():
    system = system_with((1, 0, 1, 10), (5, 0, 1, 10), (6, 1, 2, 5), (30, 0, 1, 10))
    system.open(0, [30, 0, 0])
    system.suspend(5)
    system.advance(20)
    assert system.settled.tolist() == [1, -1, -1, -1]
    assert system.balances.tolist() == [20, 10, 0]
    system.resume(20)
    system.advance(40)
    assert system.settled.tolist() == [1, 20, 20, 30]


def test_an_outage_reaches_over_sessions_runs_and_injections():
    system = system_with((1, 0, 1, 10), (1, 1, 0, 10), multilateral="partial")
    system.open(0)
    system.suspend(5)
    system.offset(6)
    assert (system.gridlocks, system.deadlocks) == (0, 0)
    with pytest.raises(ValueError, match="suspended"):
        system.inject(7, [10, 0, 0])
    system.resume(8)
    system.offset(9)
    assert system.settled.tolist() == [9, 9]


def test_an_opening_in_an_outage_has_its_effect_at_the_end():
    system = system_with((1, 0, 1, 10))
    system.suspend(0)
    system.open(5, [10, 0, 0])
    assert (system.injected, system.settled.tolist()) == (0, [-1])
    system.resume(7)
    assert (system.injected, system.settled.tolist()) == (10, [7])


def test_a_closing_ends_an_outage():
    system = system_with((1, 0, 1, 10))
    system.open(0)
    system.suspend(1)
    system.close(5)
    system.open(6, [10, 0, 0])
    assert system.settled.tolist() == [6]
    with pytest.raises(ValueError, match="not suspended"):
        system.resume(7)


# --- windows --------------------------------------------------------------------------------------------------------


def test_nothing_is_injected_outside_the_window_and_what_waits_goes_when_it_opens():
    system = system_with((1, 0, 1, 10), (8, 0, 1, 5))
    system.set_injection_cap([15, 0, 0])
    system.close_window(0)
    system.open(0)
    system.advance(5)
    assert system.settled.tolist() == [-1, -1]
    system.open_window(5)
    assert system.settled.tolist() == [5, -1]
    system.close_window(6)
    system.advance(10)
    assert system.settled.tolist() == [5, -1]
    assert system.injected == 10


def test_opening_liquidity_waits_for_the_window_and_lapses_at_the_closing():
    for window_opens, injected in ((15, 10), (25, 0)):
        system = system_with((1, 0, 1, 10))
        system.set_liquidity([10, 0, 0])
        timetable = Timetable(at(10), at(20), window_opens=at(window_opens), window_closes=at(30))
        system.follow(timetable, 40)
        assert system.injected == injected
        assert system.settled.tolist() == [15 if injected else -1]


def test_what_comes_late_is_what_was_set_at_the_opening():
    system = SettlementSystem(2)
    system.set_liquidity([10, 0])
    system.close_window(0)
    system.open(1)
    system.set_liquidity([99, 0])
    system.open_window(2)
    assert system.balances.tolist() == [10, 0]


def test_liquidity_comes_by_hand_whatever_the_window():
    system = system_with((1, 0, 1, 10))
    system.close_window(0)
    system.open(0)
    system.inject(5, [10, 0, 0])
    assert system.settled.tolist() == [5]


# --- timetables -----------------------------------------------------------------------------------------------------


def test_a_timetable_does_what_the_calls_one_by_one_do():
    generator = np.random.default_rng(2)
    count, banks = 3000, 8
    sender = generator.integers(0, banks, count)
    columns = {
        "arrives": generator.integers(0, 1000, count),
        "sender": sender,
        "receiver": (sender + generator.integers(1, banks, count)) % banks,
        "amount": generator.integers(1, 100, count),
        "payment_id": np.arange(count),
        "priority": generator.integers(0, 2, count),
        "batch": generator.random(count) < 0.3,
    }
    rules = Rules("bypass", 4, bilateral=True, multilateral="partial", netting="partial")
    by_hand, followed = SettlementSystem(banks, rules=rules), SettlementSystem(banks, rules=rules)
    for system in (by_hand, followed):
        system.add(**columns)
        system.set_liquidity(np.full(banks, 50))
        system.set_injection_cap(np.full(banks, 100))
        system.set_credit(np.full(banks, 10), np.full(banks, 10))
    by_hand.close_window(0)
    by_hand.open(100)
    by_hand.open_window(150)
    by_hand.net(200)
    by_hand.offset(200)
    by_hand.suspend(300)
    by_hand.net(350)
    by_hand.resume(400)
    by_hand.offset(450)
    by_hand.close(500)
    by_hand.open(500)
    by_hand.close_window(600)
    by_hand.net(700)
    by_hand.close(900)
    by_hand.advance(1000)
    timetable = Timetable(
        opens=at(100, 500), closes=at(500, 900), netting=at(200, 350, 700), offsetting=at(200, 450),
        suspends=at(300), resumes=at(400), window_opens=at(150), window_closes=at(600),
    )  # fmt: skip
    for until in (0, 1, 150, 151, 199, 300, 350, 500, 501, 1000):  # in pieces
        followed.follow(timetable, until)
    assert followed.settled_since(0).payment_id.tolist() == by_hand.settled_since(0).payment_id.tolist()
    assert followed.settled.tolist() == by_hand.settled.tolist()
    assert followed.status.tolist() == by_hand.status.tolist()
    assert followed.credit_seconds.tolist() == by_hand.credit_seconds.tolist()
    assert followed.injected_by.tolist() == by_hand.injected_by.tolist()
    assert 0 < followed.netting_settled < followed.settled_since(0).cursor < count
    assert followed.pairs_settled > 0
    assert followed.credit_seconds.max() > 0


def test_at_one_instant_the_closing_comes_first_and_the_offsetting_run_last():
    acts = Timetable(
        opens=at(5), closes=at(5), netting=at(5), offsetting=at(5), suspends=at(5), resumes=at(5),
        window_opens=at(5), window_closes=at(5),
    ).acts(0, 6)  # fmt: skip
    assert [act for _, act in acts] == [
        "close", "open", "suspend", "resume", "close_window", "open_window", "net", "offset",
    ]  # fmt: skip


def test_a_timetable_joined_late_finds_session_and_window_as_they_should_be():
    timetable = Timetable(at(10), at(30), window_opens=at(5), window_closes=at(25))
    late = SettlementSystem(2)
    late.set_liquidity([10, 0])
    late.advance(20)
    late.follow(timetable, 21)
    assert (late.is_open, late.window_is_open, late.injected) == (True, True, 10)
    later = SettlementSystem(2)
    later.advance(27)
    later.follow(timetable, 28)
    assert (later.is_open, later.window_is_open) == (True, False)
    over = SettlementSystem(2)
    over.advance(30)
    over.follow(timetable, 40)
    assert (over.is_open, over.window_is_open) == (False, False)


def test_netting_at_night_does_not_take_place():
    system = SettlementSystem(2, rules=Rules(netting="delay", all_net=True))
    system.add([1], [0], [1], [5], [0])
    system.set_credit([5, 0], [0, 0])
    system.follow(Timetable(at(10), at(20), netting=at(5, 12)), 15)
    assert system.settled.tolist() == [12]


@pytest.mark.parametrize(
    "entries",
    [
        {"opens": [2, 1]},
        {"netting": [1.5]},
        {"window_opens": [1]},
    ],
)
def test_a_timetable_out_of_order_is_refused(entries):
    with pytest.raises(ValueError, match=r"ascending|whole seconds|both or neither"):
        Timetable(**{name: np.array(values) for name, values in entries.items()})
