"""Known cases of settling together: netting sessions, multilateral offsetting, funding at the closing."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.networks.rules import Rules
from paysim.networks.settlement import SettlementSystem


def batch_system(*payments: tuple[int, int, int, int], participants: int = 3, **rules: object) -> SettlementSystem:
    """Make a system of batch payments (arrives, sender, receiver, amount), numbered from 0."""
    system = SettlementSystem(participants, rules=Rules(all_net=True, **rules))
    system.add(*[list(column) for column in zip(*payments, strict=True)], list(range(len(payments))))
    return system


def gross_system(*payments: tuple[int, int, int, int], participants: int = 3, **rules: object) -> SettlementSystem:
    system = SettlementSystem(participants, rules=Rules(**rules))
    system.add(*[list(column) for column in zip(*payments, strict=True)], list(range(len(payments))))
    return system


def status(system: SettlementSystem) -> list[int]:
    return system.status.tolist()


QUEUED, SETTLED, RETURNED = 1, 2, 4

# 0 pays 100 to 1, 1 pays 70 to 2, 2 pays 50 to 0: nets are -50, +30, +20.
RING = ((1, 0, 1, 100), (2, 1, 2, 70), (3, 2, 0, 50))


# --- netting --------------------------------------------------------------------------------------------------------


def test_a_netting_session_needs_the_lower_bound_and_not_a_unit_less():
    """The lower bound of liquidity is the sum of the net debits, here 50."""
    for liquidity, settled in ((50, [9, 9, 9]), (49, [-1, -1, -1])):
        system = batch_system(*RING, netting="delay")
        system.open(0, [liquidity, 0, 0])
        system.net(9)
        assert system.settled.tolist() == settled
        assert system.netting_settled == sum(instant == 9 for instant in settled)


def test_gross_settlement_on_submission_needs_the_upper_bound_and_not_a_unit_less():
    """The upper bound is the sum of the largest cumulative debits; here 0 pays 100 first, 1 then pays out of it.

    2 receives 70 before it pays 50; so it is 100, all of it with 0.
    """
    for liquidity, waiting in ((100, 0), (99, 3)):
        system = gross_system(*RING)
        system.open(0, [liquidity, 0, 0])
        system.advance(2)
        assert system.settled[0] == (1 if waiting == 0 else -1)
        system.advance(9)
        assert system.queue_length == waiting
        assert system.lowest_balance[0] == (0 if waiting == 0 else 99)


def test_who_is_short_injects_it_if_window_and_cap_allow_the_whole():
    for cap, window, settled in ((50, True, True), (49, True, False), (50, False, False)):
        system = batch_system(*RING, netting="delay")
        system.set_injection_cap([cap, 0, 0])
        system.open(0)
        if not window:
            system.close_window(1)
        system.net(9)
        assert system.settled[0] == (9 if settled else -1)
        assert system.injected == (50 if settled else 0)


def test_what_is_injected_for_a_session_that_fails_may_still_free_a_gross_queue():
    # For the session 0 injects 50; 1 is short by 500 and cannot, so nothing nets. But now 0 can pay its 45.
    system = SettlementSystem(3, rules=Rules(discipline="bypass", scan=2, netting="delay"))
    batch = [True, True, False, False]
    system.add([1, 1, 1, 2], [0, 1, 0, 0], [2, 2, 1, 1], [50, 500, 60, 45], [0, 1, 2, 3], batch=batch)
    system.set_injection_cap([50, 0, 0])
    system.open(0)
    system.advance(5)
    assert system.injected == 0, "the head lacks 60, and for what is behind it nothing is injected"
    system.net(5)
    assert status(system) == [QUEUED, QUEUED, QUEUED, SETTLED]
    assert system.balances.tolist() == [5, 45, 0]


def test_delay_lets_all_wait_for_the_next_session():
    system = batch_system(*RING, netting="delay")
    system.open(0, [49, 0, 0])
    system.net(9)
    system.inject(10, [1, 0, 0])
    system.net(11)
    assert system.settled.tolist() == [11, 11, 11]
    assert system.settled_since(0).payment_id.tolist() == [0, 1, 2], "by the senders' numbers"


def test_unwinding_takes_the_shortest_out_with_all_it_sends_and_receives():
    # Nets: 0 -80, 1 +40, 2 +40. 0 has 10 and is out; 1 to 2 with 30 stays, and 1 has 30.
    payments = ((1, 0, 1, 70), (2, 0, 2, 10), (3, 1, 2, 30))
    system = batch_system(*payments, netting="unwind")
    system.open(0, [10, 30, 0])
    system.net(9)
    assert status(system) == [RETURNED, RETURNED, SETTLED]
    assert system.balances.tolist() == [10, 0, 30]


def test_unwinding_one_may_unwind_another_that_counted_on_it():
    payments = ((1, 0, 1, 70), (3, 1, 2, 30))
    system = batch_system(*payments, netting="unwind")
    system.open(0, [10, 29, 0])
    system.net(9)
    assert status(system) == [RETURNED, RETURNED]


def test_of_those_equally_short_the_lowest_number_is_unwound_first():
    # 0 and 1 are both short by 10 (they pay 2); with 0 out, 1 still is: 1 goes too. But 1 receives 10 from 2 only in
    # the second case, so there the unwinding of 0 is enough.
    both = ((1, 0, 2, 10), (1, 1, 2, 10))
    system = batch_system(*both, netting="unwind")
    system.open(0)
    system.net(9)
    assert status(system) == [RETURNED, RETURNED]
    # Nets: 0 -10, 1 -10, 2 +20. With 0 out (payments 0 and 1): 1 pays 20 and receives 20.
    pair = ((1, 0, 2, 20), (1, 1, 0, 10), (1, 1, 2, 20), (1, 2, 1, 20))
    system = batch_system(*pair, netting="unwind")
    system.open(0)
    system.net(9)
    assert status(system) == [RETURNED, RETURNED, SETTLED, SETTLED]


def test_partial_netting_leaves_out_the_last_ones_of_who_is_short():
    # 0 has 60 and pays 50, 10 and 20: the 20 is left out. 2 counted on it and leaves out what it sends.
    payments = ((1, 0, 1, 50), (2, 0, 1, 10), (3, 0, 2, 20), (4, 2, 1, 15))
    system = batch_system(*payments, netting="partial")
    system.open(0, [60, 0, 0])
    system.net(9)
    assert status(system) == [SETTLED, SETTLED, QUEUED, QUEUED]
    system.inject(10, [20, 0, 0])
    system.net(11)
    assert system.settled.tolist() == [9, 9, 11, 11]


def test_a_batch_payment_without_a_netting_rule_settles_gross():
    system = SettlementSystem(2)
    system.add([1], [0], [1], [5], [0], batch=[True])
    system.open(0, [5, 0])
    system.advance(2)
    assert system.settled.tolist() == [1]


def test_money_from_a_session_frees_the_gross_queues():
    system = SettlementSystem(3, rules=Rules(netting="delay"))
    system.add([1, 2], [0, 1], [1, 2], [50, 50], [0, 1], batch=[True, False])
    system.open(0, [50, 0, 0])
    system.advance(5)
    assert system.settled.tolist() == [-1, -1]
    system.net(5)
    assert system.settled.tolist() == [5, 5]


def test_there_is_a_last_session_at_the_closing():
    system = batch_system(*RING, netting="delay", at_close="return")
    system.open(0, [50, 0, 0])
    system.close(20)
    assert system.settled.tolist() == [20, 20, 20]
    assert system.balances.tolist() == [0, 0, 0]
    short = batch_system(*RING, netting="delay", at_close="return")
    short.open(0, [49, 0, 0])
    short.close(20)
    assert status(short) == [RETURNED] * 3


# --- multilateral offsetting ----------------------------------------------------------------------------------------


CIRCLE = ((1, 0, 1, 10), (1, 1, 2, 10), (1, 2, 0, 10))


@pytest.mark.parametrize("rule", ["all-or-nothing", "partial"])
def test_the_textbook_gridlock_of_three_banks_settles_and_is_counted(rule):
    system = gross_system(*CIRCLE, multilateral=rule)
    system.open(0)
    system.advance(5)
    assert system.settled.tolist() == [-1, -1, -1]
    system.offset(5)
    assert system.settled.tolist() == [5, 5, 5]
    assert (system.gridlocks, system.deadlocks, system.offset_settled) == (1, 0, 3)
    assert system.injected == 0


def test_a_deadlock_is_recognised_and_only_new_liquidity_helps():
    """0 owes 10 more than it will ever receive: no set of these payments settles without money."""
    system = gross_system((1, 0, 1, 20), (1, 1, 2, 20), (1, 2, 0, 10), multilateral="partial")
    system.open(0)
    system.offset(5)
    assert (system.gridlocks, system.deadlocks) == (0, 1)
    system.inject(6, [9, 0, 0])
    system.offset(7)
    assert (system.gridlocks, system.deadlocks) == (0, 2)
    system.inject(8, [1, 0, 0])
    system.offset(9)
    assert (system.gridlocks, system.deadlocks) == (1, 2)
    assert system.settled.tolist() == [9, 9, 9]


def test_all_or_nothing_settles_nothing_where_partial_leaves_one_out():
    # The circle and, behind 0's payment in it, one that nobody can pay for.
    payments = (*CIRCLE, (2, 0, 1, 1000))
    partial = gross_system(*payments, multilateral="partial")
    strict = gross_system(*payments, multilateral="all-or-nothing")
    for system in (partial, strict):
        system.open(0)
        system.offset(5)
        assert system.gridlocks == 1
    assert partial.settled.tolist() == [5, 5, 5, -1]
    assert strict.settled.tolist() == [-1, -1, -1, -1]


def test_a_run_over_empty_queues_counts_as_nothing():
    system = gross_system((1, 0, 1, 10), multilateral="partial")
    system.open(0, [10, 0, 0])
    system.offset(5)
    assert (system.gridlocks, system.deadlocks) == (0, 0)


def test_the_largest_set_of_first_payments_is_found_in_a_long_queue():
    """Every participant pays the next one 10, 100 times over, but 0 also owes 1 a fortune after its 60th payment."""
    banks, rounds = 50, 100
    sender = np.tile(np.arange(banks), rounds)
    receiver = (sender + 1) % banks
    amount = np.full(len(sender), 10)
    amount[60 * banks] = 10_000  # the 61st payment of 0
    system = SettlementSystem(banks, rules=Rules(multilateral="partial"))
    system.add(np.ones(len(sender), int), sender, receiver, amount, np.arange(len(sender)))
    system.open(0)
    system.offset(5)
    assert system.offset_settled == 60 * banks, "without more from 0, everybody else can pay 60 times as well"
    assert system.queue_length == 40 * banks


# --- closing --------------------------------------------------------------------------------------------------------


def test_funding_at_the_closing_settles_all_gross_payments_with_the_net_pay_ins():
    # Queues: 0 pays 100 to 1, 1 pays 70 to 2. Nets -100, +30, +70; 0 holds 40, so it pays 60 in.
    system = gross_system((1, 0, 1, 100), (2, 1, 2, 70), at_close="fund")
    system.open(0, [40, 0, 0])
    system.close_window(3)  # whatever the window and the cap
    system.close(20)
    assert system.settled.tolist() == [20, 20]
    assert (system.closing_pay_in, system.injected, system.drawn_back) == (60, 100, 100)
    assert system.injected_by.tolist() == [100, 0, 0]


def test_funding_does_not_reach_batch_payments_which_are_returned():
    system = SettlementSystem(3, rules=Rules(netting="delay", at_close="fund"))
    system.add([1, 1], [0, 1], [1, 2], [10, 20], [0, 1], batch=[True, False])
    system.open(0)
    system.close(9)
    assert status(system) == [RETURNED, SETTLED]
    assert system.closing_pay_in == 20


def test_in_an_outage_the_closing_neither_nets_nor_funds():
    system = SettlementSystem(3, rules=Rules(netting="delay", at_close="fund"))
    system.add([1, 1], [0, 1], [1, 2], [10, 20], [0, 1], batch=[True, False])
    system.open(0)
    system.suspend(5)
    system.close(9)
    assert status(system) == [RETURNED, RETURNED]
    assert not system.is_suspended


def test_amounts_that_cannot_be_added_up_in_64_bits_are_refused_not_wrapped():
    system = gross_system((1, 0, 1, 2**62), (1, 1, 0, 2**62), (1, 0, 1, 2**62), multilateral="partial")
    system.open(0)
    with pytest.raises(ValueError, match="worth more"):
        system.offset(5)
