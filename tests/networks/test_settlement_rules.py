"""Known cases of the rules that act on every arrival: disciplines, orders, pairs, credit, injection on demand."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.networks import arrival_kernel, settlement_kernel
from paysim.networks.payments import STATUSES, split_giants
from paysim.networks.rules import Rules
from paysim.networks.settlement import SettlementSystem

URGENT, NORMAL = 0, 1


def system_with(*payments: tuple[int, ...], participants: int = 3, **rules: object) -> SettlementSystem:
    """Make a system that was given (arrives, sender, receiver, amount[, priority]), numbered from 0."""
    system = SettlementSystem(participants, rules=Rules(**rules))
    columns = [list(column) for column in zip(*payments, strict=True)]
    system.add(*columns[:4], list(range(len(payments))), *columns[4:])
    return system


def settled_in_order(system: SettlementSystem) -> list[int]:
    return system.settled_since(0).payment_id.tolist()


# --- disciplines and orders -----------------------------------------------------------------------------------------


def test_an_urgent_payment_without_cover_blocks_the_normal_ones_that_have_it():
    payments = ((1, 0, 1, 10, NORMAL), (2, 0, 1, 60, URGENT), (3, 0, 1, 5, NORMAL))
    blocked = system_with(*payments, discipline="priority")
    blocked.open(0, [50, 0, 0])
    blocked.advance(10)
    assert blocked.settled.tolist() == [1, -1, -1]
    assert blocked.queue(0).tolist() == [1, 2]


def test_bypass_lets_the_normal_ones_go():
    payments = ((1, 0, 1, 10, NORMAL), (2, 0, 1, 60, URGENT), (3, 0, 1, 5, NORMAL))
    passed = system_with(*payments, discipline="bypass", scan=2)
    passed.open(0, [50, 0, 0])
    passed.advance(10)
    assert passed.settled.tolist() == [1, -1, 3]


def test_bypass_looks_at_so_many_payments_and_no_further():
    payments = ((1, 0, 1, 90), (2, 0, 1, 80), (3, 0, 1, 5), (4, 0, 1, 4))
    for scan, settled in ((2, [-1, -1, -1, -1]), (3, [-1, -1, 3, 4])):
        system = system_with(*payments, discipline="bypass", scan=scan)
        system.open(0, [50, 0, 0])
        system.advance(10)
        assert system.settled.tolist() == settled


def test_what_is_behind_the_scan_comes_into_view_when_one_in_front_settles():
    # Room is 10: of 90, 10, 9, 1 the scan of two sees 90 and 10; when 10 has gone it sees 9, for which nothing is left.
    # At the injection of 10 more it sees 90 and 9, and then 90 and 1.
    system = system_with((1, 0, 1, 90), (2, 0, 1, 10), (3, 0, 1, 9), (4, 0, 1, 1), discipline="bypass", scan=2)
    system.advance(5)
    system.open(5, [10, 0, 0])
    assert system.settled.tolist() == [-1, 5, -1, -1]
    system.inject(6, [10, 0, 0])
    assert system.settled.tolist() == [-1, 5, 6, 6]


def test_urgent_payments_leave_the_queue_first_and_equals_in_order_of_arrival():
    priorities = [2, 0, 1, 0, 2, 1]
    system = system_with(*((t, 0, 1, 1, p) for t, p in enumerate(priorities)), discipline="priority")
    system.advance(10)
    assert system.queue(0).tolist() == [1, 3, 2, 5, 0, 4]
    system.open(10, [6, 0, 0])
    assert settled_in_order(system) == [1, 3, 2, 5, 0, 4]


def test_fifo_does_not_look_at_priorities():
    system = system_with((1, 0, 1, 1, 7), (2, 0, 1, 1, 0), discipline="fifo")
    system.advance(10)
    assert system.queue(0).tolist() == [0, 1]


def test_in_order_of_size_the_smaller_go_first_and_equal_ones_in_order_of_arrival():
    system = system_with((1, 0, 1, 30), (2, 0, 1, 20), (3, 0, 1, 30), (4, 0, 1, 10), order="size")
    system.advance(5)
    assert system.queue(0).tolist() == [3, 1, 0, 2]
    system.open(5, [60, 0, 0])
    assert settled_in_order(system) == [3, 1, 0]


def test_a_long_queue_in_order_of_size_stays_in_order_while_payments_come_and_go():
    generator = np.random.default_rng(8)
    count = 3000
    amounts = generator.integers(1, 500, count)  # many equal ones
    priorities = generator.integers(0, 3, count)
    system = SettlementSystem(2, rules=Rules(discipline="priority", order="size"))
    system.add(generator.integers(0, 1000, count), np.zeros(count, int), np.ones(count, int), amounts,
               np.arange(count), priorities)  # fmt: skip
    system.advance(600)
    there = system.queued()
    expected = there.payment_id[
        np.lexsort((there.payment_id, there.arrives, amounts[there.payment_id], priorities[there.payment_id]))
    ]
    assert system.queue(0).tolist() == expected.tolist()
    gone = generator.choice(expected, 700, replace=False)
    system.withdraw(600, gone)
    system.forget_finished()
    assert system.queue(0).tolist() == [number for number in expected.tolist() if number not in set(gone.tolist())]
    system.advance(1000)
    system.open(1000, [int(amounts.sum()), 0])
    order = settled_in_order(system)
    assert sorted(order, key=lambda i: (priorities[i], amounts[i])) == order
    assert len(order) == count - 700


# --- moving ---------------------------------------------------------------------------------------------------------


def test_a_payment_moved_to_the_front_stands_before_those_of_its_priority_only():
    priorities = [0, 1, 1, 0, 1, 2]
    system = system_with(*((1, 0, 1, 9, p) for p in priorities), discipline="priority")
    system.advance(5)
    assert system.queue(0).tolist() == [0, 3, 1, 2, 4, 5]
    assert system.move(5, [4, 99], "front").tolist() == [True, False]
    assert system.queue(0).tolist() == [0, 3, 4, 1, 2, 5]
    system.move(5, [0, 4], "back")
    assert system.queue(0).tolist() == [3, 0, 1, 2, 4, 5]
    system.move(5, [1, 2], "front")  # one after the other
    assert system.queue(0).tolist() == [3, 0, 2, 1, 4, 5]


def test_a_late_payment_joins_behind_a_moved_one_and_the_moved_head_is_tried():
    system = system_with((1, 0, 1, 50), (2, 0, 1, 7), (9, 0, 1, 1))
    system.open(0, [10, 0, 0])
    system.advance(3)
    system.move(3, [0], "back")
    assert system.settled.tolist() == [-1, 3, -1]
    system.advance(10)
    assert system.queue(0).tolist() == [0, 2]


def test_queues_in_order_of_size_cannot_be_rearranged():
    system = system_with((1, 0, 1, 50), order="size")
    with pytest.raises(ValueError, match="order of size"):
        system.move(2, [0], "front")


# --- pairs ----------------------------------------------------------------------------------------------------------


def test_two_payments_to_each_other_settle_if_the_larger_net_has_cover():
    """0 owes 100 and is owed 90: with 10 it can pay the net, with 9 it cannot."""
    for liquidity, settled in ((10, [2, 2]), (9, [-1, -1])):
        system = system_with((1, 0, 1, 100), (2, 1, 0, 90), bilateral=True)
        system.open(0, [liquidity, 0, 0])
        system.advance(5)
        assert system.settled.tolist() == settled
        assert system.pairs_settled == (2 if settled[0] > 0 else 0)


def test_a_pair_is_in_the_order_of_the_one_whose_queue_is_tried():
    system = system_with((1, 0, 1, 100), (2, 1, 0, 100), bilateral=True)
    system.open(0)
    system.advance(5)
    assert settled_in_order(system) == [1, 0], "the queue tried is that of 1, whose payment arrived last"


def test_a_payment_behind_the_head_finds_its_partner_only_where_it_is_looked_at():
    payments = ((1, 0, 2, 500), (2, 0, 1, 100), (3, 1, 0, 100))
    for rules, settled in (
        ({"discipline": "fifo"}, [-1, -1, -1]),
        ({"discipline": "bypass", "scan": 2}, [-1, 3, 3]),
    ):
        system = system_with(*payments, bilateral=True, **rules)
        system.open(0)
        system.advance(5)
        assert system.settled.tolist() == settled


def test_money_from_a_pair_frees_what_waits_behind():
    # The pair leaves 1 with 30 more, which pays its next payment.
    system = system_with((1, 1, 0, 20), (2, 1, 2, 30), (3, 0, 1, 50), bilateral=True)
    system.open(0, [30, 0, 0])
    system.advance(5)
    assert system.settled.tolist() == [3, 3, 3]
    assert system.balances.tolist() == [0, 0, 30]


# --- credit ---------------------------------------------------------------------------------------------------------


def test_both_credits_cover_payments_and_only_the_second_is_paid_for():
    # From 10 to 40 the account of 0 is at -100, of which 60 is secured: 40 units for 30 seconds.
    # From 40 to 50 it is at -70: 10 units for 10 seconds; at 50 it is at -20, within the secured part.
    system = system_with((10, 0, 1, 100), (20, 0, 1, 1), (40, 1, 0, 30), (50, 1, 0, 50))
    system.set_credit([60, 0, 0], [40, 0, 0])
    system.open(0)
    system.advance(21)
    assert system.settled.tolist() == [10, -1, -1, -1], "the credits are used up"
    assert system.credit_seconds.tolist() == [40 * 11, 0, 0], "also what is still used counts"
    system.advance(40)
    assert system.lowest_balance.tolist() == [-100, 0, 0]
    system.withdraw(40, [1])
    system.close(60)
    assert system.credit_seconds.tolist() == [40 * 30 + 10 * 10, 0, 0]


def test_credit_is_repaid_overnight():
    system = system_with((10, 0, 1, 100))
    system.set_credit([100, 0, 0], [0, 0, 0])
    system.open(0, [0, 5, 0])
    system.close(60)
    assert system.balances.tolist() == [0, 0, 0]
    assert (system.injected, system.overnight, system.drawn_back) == (5, 100, 105)
    system.check_conservation()


def test_use_of_credit_that_does_not_fit_into_64_bits_is_still_exact():
    # 10**17 units for 10**6 seconds are 10**23, beyond 2**63 = 9.2 * 10**18.
    system = system_with((0, 0, 1, 10**17))
    system.set_credit([0, 0, 0], [10**17, 0, 0])
    system.open(0)
    system.close(10**6)
    assert system.credit_seconds.tolist() == [10**23, 0, 0]


def test_credit_is_set_while_closed():
    system = system_with((1, 0, 1, 1))
    system.open(0)
    with pytest.raises(ValueError, match="while the system is closed"):
        system.set_credit([1, 0, 0], [0, 0, 0])


# --- injection on demand --------------------------------------------------------------------------------------------


def test_what_the_head_lacks_is_injected_to_the_unit_within_the_cap():
    # 0 holds 10 and may inject 50: 40 for the first payment, then 10 are left, too few for 11, enough for 10.
    for second, injected in ((11, 10 + 40), (10, 10 + 50)):
        system = system_with((1, 0, 1, 50), (2, 0, 1, second))
        system.set_injection_cap([50, 0, 0])
        system.open(0, [10, 0, 0])
        system.advance(5)
        assert system.injected == injected
        assert system.injected_by.tolist() == [injected, 0, 0]
        assert system.settled.tolist() == [1, 2 if second == 10 else -1]
        assert system.balances[0] == 0


def test_the_cap_is_whole_again_at_the_next_opening():
    system = system_with((1, 0, 1, 50), (2, 0, 1, 50))
    system.set_injection_cap([50, 0, 0])
    system.open(0)
    system.close(10)
    system.open(20)
    assert system.settled.tolist() == [1, 20]


def test_credit_is_used_before_anything_is_injected():
    system = system_with((1, 0, 1, 50))
    system.set_credit([20, 0, 0], [0, 0, 0])
    system.set_injection_cap([100, 0, 0])
    system.open(0)
    system.advance(5)
    assert system.injected == 30
    assert system.balances.tolist() == [-20, 50, 0]


def test_a_pair_is_sought_before_anything_is_injected():
    system = system_with((1, 0, 1, 100), (2, 1, 0, 100), bilateral=True)
    system.set_injection_cap([99, 100, 0])
    system.open(0)
    system.advance(5)
    assert system.settled.tolist() == [2, 2]
    assert system.injected == 0


def test_only_the_head_is_injected_for_also_under_bypass():
    system = system_with((1, 0, 1, 90), (2, 0, 1, 5), discipline="bypass", scan=9)
    system.set_injection_cap([80, 0, 0])
    system.open(0)
    system.advance(5)
    assert system.settled.tolist() == [-1, -1]
    assert system.injected == 0


# --- what holds them together ---------------------------------------------------------------------------------------


def test_numbers_of_states_and_layouts_agree_between_the_modules():
    named = {name.lower(): getattr(settlement_kernel, name) for name in map(str.upper, STATUSES)}
    assert named == {name: number for number, name in enumerate(STATUSES)}
    assert arrival_kernel.PAYMENT == settlement_kernel.PAYMENT
    assert settlement_kernel.PAYMENT.itemsize + 12 + 4 <= 64, "bytes a payment: row, three row numbers, one spare"


@pytest.mark.parametrize(
    "rules",
    [
        {"discipline": "lifo"},
        {"scan": 0, "discipline": "bypass"},
        {"scan": 2},
        {"all_net": True},
        {"at_close": "burn"},
    ],
)
def test_rules_that_make_no_sense_are_refused(rules):
    with pytest.raises(ValueError, match=r"scan|one of|netting"):
        Rules(**rules)


def test_a_priority_is_not_below_zero_and_there_is_one_for_each_payment():
    system = SettlementSystem(2, rules=Rules(discipline="priority"))
    for priority in ([-1], [2**15], [0, 0]):
        with pytest.raises(ValueError, match="priority"):
            system.add([1], [0], [1], [1], [1], priority=priority)


def test_giants_are_split_into_the_fewest_parts_equal_but_for_one_unit_the_larger_first():
    parts = split_giants(np.array([20, 10, 30]), np.array([10, 100, 31]), largest=33)
    # By identifier: 10 (100 in four parts of 25), 20 (10 whole), 30 (31 whole).
    assert parts.whole.tolist() == [1, 1, 1, 1, 0, 2]
    assert parts.amount.tolist() == [25, 25, 25, 25, 10, 31]
    assert parts.payment_id.tolist() == [0, 1, 2, 3, 4, 5]
    assert split_giants(np.array([1]), np.array([101]), largest=33).amount.tolist() == [26, 25, 25, 25]
