from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from paysim.networks.settlement import SettlementSystem


def system_with(*payments: tuple[int, int, int, int], participants: int = 3, **rules: str) -> SettlementSystem:
    """Make a system that was given (arrives, sender, receiver, amount), numbered from 0."""
    system = SettlementSystem(participants, **rules)
    arrives, sender, receiver, amount = (list(column) for column in zip(*payments, strict=True))
    system.add(arrives, sender, receiver, amount, list(range(len(payments))))
    return system


def test_an_incoming_payment_gives_its_receiver_cover_at_the_same_instant():
    system = system_with((5, 1, 2, 60), (7, 0, 1, 80))
    system.open(0, [100, 0, 0])
    system.advance(8)
    assert system.settled_since(0).payment_id.tolist() == [1, 0]
    assert system.settled.tolist() == [7, 7]
    assert system.balances.tolist() == [20, 20, 60]


def test_three_banks_that_wait_for_each_other_never_settle_gross():
    """The textbook gridlock: one unit of net liquidity would settle all three, and nobody has it."""
    circle = ((1, 0, 1, 10), (1, 1, 2, 10), (1, 2, 0, 10))
    stuck = system_with(*circle)
    stuck.open(0, [9, 9, 9])
    stuck.advance(100)
    assert stuck.queue_length == 3
    freed = system_with(*circle)
    freed.open(0, [10, 0, 0])
    freed.advance(100)
    assert freed.settled.tolist() == [1, 1, 1]
    assert freed.balances.tolist() == [10, 0, 0]


def test_a_head_without_cover_blocks_small_payments_behind_it():
    system = system_with((1, 0, 1, 50), (2, 0, 1, 1))
    system.open(0, [49, 0, 0])
    system.advance(10)
    assert system.settled.tolist() == [-1, -1]
    assert system.balances.tolist() == [49, 0, 0]


def test_the_queue_waits_overnight_and_settles_at_the_opening():
    system = system_with((1, 0, 1, 50), (30, 1, 2, 20))  # the second arrives at night
    system.open(0)
    system.close(20)
    assert system.queued().payment_id.tolist() == [0]
    system.open(40, [50, 0, 0])
    assert system.settled.tolist() == [40, 40]
    system.close(60)
    assert system.balances.tolist() == [0, 0, 0]
    assert system.injected == system.drawn_back == 50


def test_the_queue_is_returned_at_the_close_where_that_is_the_rule():
    system = system_with((1, 0, 1, 50), (30, 0, 1, 5), queue_at_close="return")
    system.open(0)
    system.close(20)
    assert system.returned().payment_id.tolist() == [0]
    assert system.queue_length == 0
    system.open(40, [100, 0, 0])
    system.advance(50)
    assert system.settled.tolist() == [-1, 40]


def test_payments_at_the_instant_of_closing_are_too_late():
    system = system_with((19, 0, 1, 1), (20, 0, 1, 1))
    system.open(0, [5, 0, 0])
    system.close(20)
    system.advance(21)
    assert system.settled.tolist() == [19, -1]


def test_withdrawing_the_head_lets_the_rest_go_and_leaves_settled_payments_alone():
    system = system_with((1, 0, 1, 5), (2, 0, 1, 50), (3, 0, 1, 5), (30, 0, 1, 5))
    system.open(0, [10, 0, 0])
    system.advance(10)
    assert system.settled.tolist() == [1, -1, -1, -1]
    withdrawn = system.withdraw(12, [0, 1, 3, 99])
    assert withdrawn.tolist() == [False, True, True, False]
    assert system.settled.tolist() == [1, -1, 12, -1]
    system.advance(100)
    assert system.settled.tolist() == [1, -1, 12, -1]


def test_payments_that_waited_too_long_are_named_and_taken_out():
    system = system_with((1, 0, 1, 50), (5, 1, 2, 50), (9, 0, 1, 50))
    system.open(0)
    assert system.expire(20, arrived_before=9).tolist() == [0, 1]
    assert system.queued().payment_id.tolist() == [2]
    assert system.queued().arrives.tolist() == [9]


def test_an_injection_in_mid_session_frees_the_queues():
    system = system_with((1, 0, 1, 50))
    system.open(0)
    system.inject(15, [50, 0, 0])
    assert system.settled.tolist() == [15]
    assert system.injected == 50


def test_a_calendar_with_a_gap_closes_what_was_left_open():
    system = system_with((4, 0, 1, 1), (12, 0, 1, 1))
    system.open(0, [5, 5, 5])
    system.run_sessions(np.array([20]), np.array([30]), 25)
    assert system.settled.tolist() == [20, 20]
    assert system.drawn_back == 15


def test_what_the_calendar_says_of_the_last_instant_is_left_to_the_next_call():
    system, opens, closes = SettlementSystem(2), np.array([10]), np.array([20])
    seen = []
    for until in (10, 11, 20, 21):
        system.run_sessions(opens, closes, until)
        seen.append(system.is_open)
    assert seen == [False, True, True, False]


def random_batches(batches: int, size: int) -> list[dict[str, np.ndarray]]:
    generator = np.random.default_rng(5)
    made = []
    for batch in range(batches):
        sender = generator.integers(0, 20, size)
        made.append(
            {
                "arrives": generator.integers(batch * 1000, (batch + 2) * 1000, size),
                "sender": sender,
                "receiver": (sender + generator.integers(1, 20, size)) % 20,
                "amount": generator.integers(1, 1000, size),
                "payment_id": np.arange(batch * size, (batch + 1) * size),
            }
        )
    return made


def test_tables_grow_and_forget_without_losing_a_payment():
    batches = random_batches(30, 3000)
    growing, forgetting = SettlementSystem(20), SettlementSystem(20)
    seen, cursor = [], 0
    for system in (growing, forgetting):
        system.open(0, np.full(20, 40_000))
    for number, batch in enumerate(batches):
        for system in (growing, forgetting):
            system.add(**batch)
            system.advance((number + 1) * 1000)
        fresh = forgetting.settled_since(cursor)
        seen.append(fresh)
        cursor = fresh.cursor
        forgetting.forget_finished()
    whole = growing.settled_since(0)
    assert np.concatenate([part.payment_id for part in seen]).tolist() == whole.payment_id.tolist()
    assert np.concatenate([part.settled for part in seen]).tolist() == whole.settled.tolist()
    assert len(whole.payment_id) + growing.queue_length + len(growing.awaited().payment_id) == 90_000
    assert growing.queue_length > 0, "liquidity should be scarce enough to leave a queue"
    assert len(forgetting.settled) == growing.queue_length + len(growing.awaited().payment_id)
    with pytest.raises(ValueError, match="remembered"):
        forgetting.settled_since(0)


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("amount", [0], ValueError),
        ("amount", [-5], ValueError),
        ("amount", [1.5], TypeError),
        ("arrives", [4], ValueError),
        ("sender", [3], ValueError),
        ("receiver", [-1], ValueError),
        ("receiver", [0], ValueError),
        ("payment_id", [1, 2], ValueError),
    ],
)
def test_payments_that_make_no_sense_are_refused_and_leave_no_trace(column, value, error):
    system = SettlementSystem(3)
    system.advance(5)
    good = {"arrives": [5], "sender": [0], "receiver": [1], "amount": [1], "payment_id": [1]}
    with pytest.raises(error):
        system.add(**{**good, column: value})
    assert len(system.awaited().payment_id) == 0
    system.add(**good)
    assert system.awaited().payment_id.tolist() == [1]


def test_time_and_doors_are_kept_in_order():
    system = SettlementSystem(2)
    system.advance(10)
    with pytest.raises(ValueError, match="runs forward"):
        system.advance(9)
    with pytest.raises(ValueError, match="is closed"):
        system.close(10)
    system.open(10)
    with pytest.raises(ValueError, match="open already"):
        system.open(11)
    with pytest.raises(ValueError, match="not negative"):
        system.inject(11, [-1, 0])


def test_liquidity_beyond_64_bits_is_refused_rather_than_wrapped():
    system = SettlementSystem(2)
    with pytest.raises(ValueError, match="64 bits"):
        system.open(0, [2**62, 2**62])


SCRIPT = """
import numpy as np
from paysim.networks.rules import Rules, Timetable
from paysim.networks.settlement import SettlementSystem

system = SettlementSystem(12)
generator = np.random.default_rng(3)
count, checksum, cursor = 700, 0, 0
for day in range(4):
    dawn = day * 1000
    sender = generator.integers(0, 12, count)
    receiver = (sender + generator.integers(1, 12, count)) % 12
    ids = np.arange(count) + day * count
    system.add(generator.integers(dawn, dawn + 1500, count), sender, receiver, generator.integers(1, 100, count), ids)
    system.set_liquidity(np.full(12, 700))
    system.run_sessions(np.array([dawn + 100]), np.array([dawn + 900]), dawn + 1000)
    system.withdraw(dawn + 1000, np.arange(0, day * count, 7))
    settled = system.settled_since(cursor)
    cursor, checksum = settled.cursor, checksum + int((settled.payment_id * settled.settled).sum())
    system.forget_finished()
print(cursor, checksum, system.queue_length, system.injected)
assert 0 < system.queue_length < cursor

every = np.arange(0, 4000, 90)
for rules in (
    Rules("priority", bilateral=True, netting="delay", multilateral="partial"),
    Rules("bypass", 5, bilateral=True, netting="partial", multilateral="partial"),
    Rules("bypass", 3, "size", bilateral=True, netting="unwind", multilateral="all-or-nothing", at_close="return"),
    Rules(order="size", netting="unwind", at_close="fund"),
):
    system, generator, checksum = SettlementSystem(12, rules=rules), np.random.default_rng(4), 0
    system.set_liquidity(np.full(12, 200))
    system.set_credit(np.full(12, 20), np.full(12, 30))
    system.set_injection_cap(np.full(12, 150))
    timetable = Timetable(np.array([100, 1100, 2050]), np.array([900, 1900, 3800]), every + 1, every + 50,
                          np.array([1500]), np.array([1600]), np.array([100, 1000]), np.array([700, 3000]))
    for day in range(4):
        sender = generator.integers(0, 12, count)
        receiver = (sender + generator.integers(1, 12, count)) % 12
        ids = generator.permutation(count) + day * count
        system.add(generator.integers(day * 1000, day * 1000 + 1500, count), sender, receiver,
                   generator.integers(1, 100, count), ids, generator.integers(0, 3, count),
                   generator.random(count) < 0.2)
        system.follow(timetable, day * 1000 + 500)
        system.withdraw(day * 1000 + 500, np.arange(0, day * count, 5))
        if rules.order == "arrival":
            for participant in range(12):
                system.move(day * 1000 + 500, system.queue(participant)[3:5], "front")
                system.move(day * 1000 + 500, system.queue(participant)[:2], "back")
        system.follow(timetable, day * 1000 + 1000)
        settled = system.settled_since(0 if day == 0 else settled.cursor)
        checksum += int((settled.payment_id * settled.settled).sum())
        system.forget_finished()
    print(settled.cursor, checksum, system.queue_length, system.injected, system.credit_seconds.tolist())
    print(system.gridlocks, system.deadlocks, system.pairs_settled, system.netting_settled, system.offset_settled)
"""


def outcome_under(tmp_path, **environment: str) -> str:
    # A cache of its own: numba would load code compiled without the checks.
    settings = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), **environment}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_kernel_run_as_plain_python_gives_the_same(tmp_path):
    plain = outcome_under(tmp_path, NUMBA_DISABLE_JIT="1")
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert plain == done.stdout


@pytest.mark.slow
def test_the_kernel_stays_inside_its_arrays(tmp_path):
    assert outcome_under(tmp_path, NUMBA_BOUNDSCHECK="1") == outcome_under(tmp_path, NUMBA_DISABLE_JIT="1")
