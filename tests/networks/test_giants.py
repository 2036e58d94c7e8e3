"""Payments above the largest amount: rule 25 of the rule page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.networks.giants import handed_over
from paysim.networks.payments import STATUSES

QUEUED, SETTLED, RETURNED = (STATUSES.index(word) for word in ("queued", "settled", "returned"))


def vector(*numbers):
    return np.array(numbers, np.int64)


def test_a_giant_is_split_into_the_fewest_equal_parts_the_larger_first_in_its_place():
    handed = handed_over(vector(1, 0, 2), vector(5, 5, 4), vector(250, 10, 100), 100, "split")
    assert handed.whole.tolist() == [2, 1, 0, 0, 0]  # by time, then by id; the parts in the place of their payment
    assert handed.amount.tolist() == [100, 10, 84, 83, 83]
    assert handed.arrives.tolist() == [4, 5, 5, 5, 5]
    assert handed.payment_id.tolist() == [0, 1, 2, 3, 4]
    assert handed.split == 1
    assert not handed.returned.any()


def test_a_giant_is_returned_and_the_others_stay_in_order():
    handed = handed_over(vector(1, 0, 2), vector(5, 5, 4), vector(101, 10, 100), 100, "return")
    assert handed.whole.tolist() == [2, 1]
    assert handed.returned.tolist() == [True, False, False]
    assert handed.settled(vector(7, -1)).tolist() == [-1, -1, 7]
    assert handed.status(np.array([SETTLED, QUEUED], np.int8)).tolist() == [RETURNED, QUEUED, SETTLED]


def test_a_split_payment_has_settled_when_its_last_part_has():
    handed = handed_over(vector(0, 1), vector(0, 0), vector(30, 30), 10, "split")
    assert handed.settled(vector(5, 6, 9, 5, 5, -1)).tolist() == [9, -1]
    assert handed.status(np.array([SETTLED] * 5 + [RETURNED], np.int8)).tolist() == [SETTLED, RETURNED]
    assert handed.settled_in_part(vector(5, 6, 9, 5, 5, -1)) == (1, 20)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30), st.integers(1, 200))
def test_splitting_keeps_every_amount_to_the_unit_and_no_part_is_too_large(amounts, largest):
    amount = np.array(amounts, np.int64)
    handed = handed_over(np.arange(len(amount)), np.zeros(len(amount), np.int64), amount, largest, "split")
    total = np.zeros(len(amount), np.int64)
    np.add.at(total, handed.whole, handed.amount)
    assert total.tolist() == amounts
    assert handed.amount.max() <= largest
    assert len(handed.amount) == sum(-(-one // largest) for one in amounts)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="'return'ed or 'split', not 'burn'"):
        handed_over(vector(0), vector(0), vector(5), 1, "burn")
