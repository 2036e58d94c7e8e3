"""The compiled loops over payments against the same formulas on whole columns."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from paysim.engine import drawing_kernel
from paysim.engine import payment_kernel as kernel
from paysim.networks.calendars import working_days
from paysim.networks.submission import WORLD_PROFILE, submission_instants

PAYMENTS, OPTIONS, BANKS = 20_000, 3, 40
FIRST = np.array([0, 1, 9, 30, BANKS])
GROUPS = len(FIRST) - 1
HOUR = 3600


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(20240701)


def test_instants_are_those_of_an_interpolation(chance: np.random.Generator) -> None:
    days, uniforms = working_days("weekdays", 2027, 3), chance.random(PAYMENTS)
    for profile in (WORLD_PROFILE, np.eye(24)[7] + np.eye(24)[8] * 1e-9, chance.random(24)):
        found = submission_instants(uniforms, days, datetime(1970, 1, 1, tzinfo=UTC), profile)
        place = uniforms * len(days)
        edges = np.append(0.0, np.cumsum(profile))
        second = np.interp((place - place.astype(int)) * edges[-1], edges, np.arange(25.0) * HOUR)
        midnight = days.astype("datetime64[s]").astype(np.int64)[place.astype(int)]
        np.testing.assert_array_equal(found, midnight + second.astype(np.int64))


def test_cells_are_those_of_a_search_whether_the_values_rise_or_not(chance: np.random.Generator) -> None:
    edges = np.cumsum(np.where(chance.random(500) < 0.3, 0.0, chance.random(500)))
    values = chance.random(2000) * edges[-1] * 1.01
    for wanted in (values, np.sort(values), np.sort(values)[::-1].copy(), edges):
        found = np.empty(len(wanted), dtype=np.int64)
        drawing_kernel.find_cells(edges, wanted, found)
        np.testing.assert_array_equal(found, np.minimum(np.searchsorted(edges, wanted, side="right"), 499))


def test_banks_are_drawn_from_the_tables_that_the_sides_of_a_payment_ask_for(chance: np.random.Generator) -> None:
    """Tables: 0 able and free, 1 able, 2 able and banned, 3 any; the third option passes a hub, group 1 has no bans."""
    weight = chance.random(BANKS)
    able = (chance.random((OPTIONS, BANKS)) < 0.7) * 1.0
    free = np.where(np.arange(BANKS) < FIRST[1], 1.0, (chance.random((OPTIONS, BANKS)) < 0.5) * 1.0)
    tables = weight * np.stack([able * free, able, able * (1.0 - free), np.ones_like(able)])
    totals = np.add.reduceat(tables, FIRST[:-1], axis=2)
    option, corridor = chance.integers(OPTIONS, size=PAYMENTS), chance.integers(GROUPS**2, size=PAYMENTS)
    payer, payee = np.repeat(np.arange(GROUPS), GROUPS), np.tile(np.arange(GROUPS), GROUPS)
    blocked, hub = chance.random(PAYMENTS) < 0.5, np.array([False, False, True])
    luck = chance.random((3, PAYMENTS))
    drawn = np.empty((2, PAYMENTS), dtype=np.int64)
    places = (hub, totals, np.cumsum(tables), FIRST)
    drawing_kernel.draw_banks(option, payer[corridor], payee[corridor], blocked, *luck, *places, *drawn)
    for bank, group in zip(drawn, (payer[corridor], payee[corridor]), strict=True):
        assert (bank >= FIRST[group]).all()
        assert (bank < FIRST[group + 1]).all()
    live = ~blocked & ~hub[option]
    for bank, group in zip(drawn, (payer[corridor], payee[corridor]), strict=True):
        possible = live & (totals[0, option, group] > 0.0)
        assert possible.sum() > 1000
        assert (tables[0, option, bank][possible] > 0.0).all()
    payable = (totals[1, option, payer[corridor]] > 0.0) & (totals[1, option, payee[corridor]] > 0.0)
    banned = [totals[2, option, group[corridor]] > 0.0 for group in (payer, payee)]
    due = blocked & ~hub[option] & payable & (banned[0] | banned[1])
    is_banned = tables[2, option, drawn] > 0.0
    assert due.sum() > 1000
    assert is_banned.any(0)[due].all()
    assert 0.1 < is_banned[0][due].mean() < 0.9


SYSTEMS = 3
HUB_SYSTEM, HUB_BANK = np.array([-1, -1, 2]), np.array([-1, -1, 7])


def test_systems_are_chosen_by_the_shares_of_the_option_and_a_hub_comes_first(chance: np.random.Generator) -> None:
    shares_reached = np.array([[0.25, 1.0, 1.0], [0.0, 0.5, 1.0], [0.75, 1.0, 1.0]])
    option, luck = chance.integers(OPTIONS, size=PAYMENTS), chance.random(PAYMENTS)
    luck[:3] = 0.25, 0.5, 0.75  # a share that is just reached belongs to the next
    system, onward = np.empty((2, PAYMENTS), dtype=np.int64)
    drawing_kernel.choose_systems(option, luck, shares_reached, HUB_SYSTEM, system, onward)
    own, hub = (luck[:, None] >= shares_reached[option]).sum(1), option == 2
    np.testing.assert_array_equal(system, np.where(hub, 2, own))
    np.testing.assert_array_equal(onward, np.where(hub, own, -1))


def test_the_largest_amount_is_the_least_that_a_participant_on_the_way_holds(chance: np.random.Generator) -> None:
    limit, participant = chance.random((SYSTEMS, BANKS)), chance.integers(BANKS, size=(SYSTEMS, BANKS))
    option, sender = chance.integers(OPTIONS, size=PAYMENTS), chance.integers(BANKS, size=PAYMENTS)
    system, own = chance.integers(SYSTEMS, size=(2, PAYMENTS))
    onward, found = np.where(option == 2, own, -1), np.empty(PAYMENTS)
    drawing_kernel.find_largest(limit, participant, HUB_BANK, option, sender, system, onward, found)
    held = limit[np.arange(SYSTEMS)[:, None], participant]
    either = [held[place, bank] for place in (system, own) for bank in (sender, np.full(PAYMENTS, HUB_BANK[2]))]
    np.testing.assert_array_equal(found, np.where(option == 2, np.min(either, axis=0), held[system, sender]))


def test_columns_of_a_table_are_taken_in_the_order_asked_for(chance: np.random.Generator) -> None:
    table, order, found = chance.random((50, 9)), chance.permutation(50)[:40], np.empty((3, 40))
    drawing_kernel.take_columns(table, order, 4, found)
    np.testing.assert_array_equal(found, table[order, 4:7].T)


def test_legs_come_sorted_by_system_and_payments_inside_a_bank_have_none() -> None:
    hub_bank, itself = np.array([-1, -1, 9]), np.tile(np.arange(10), (3, 1))
    option = np.array([1, 0, 2, 0, 2, 2, 1])
    system, onward = np.array([2, 0, 1, 0, 1, 1, 2]), np.array([-1, -1, 2, -1, 2, 2, -1])
    sender, receiver = np.array([1, 2, 3, 4, 9, 6, 7]), np.array([2, 3, 4, 4, 5, 9, 8])
    rows, at = np.arange(7), np.array([0, 1, 2, 3, 4, 5])
    legs, handed, ends = np.full(7, -5), np.empty((5, 12), dtype=np.int64), np.empty(3, dtype=np.int64)
    columns = (option, system, onward, sender, receiver, rows + 100, rows + 200, rows + 300)
    kernel.sort_by_system(itself, hub_bank, at, *columns, legs, np.empty((4, 12), dtype=np.int64), handed, ends)
    assert legs.tolist() == [1, 1, 2, 0, 1, 1, -5]
    assert ends.tolist() == [1, 3, 6]
    found = [tuple(leg) for leg in handed[:, :6].T.tolist()]
    assert found[:1] == [(101, 2, 3, 201, 301)]
    assert found[1:3] == [(102, 3, 9, 202, 302), (105, 6, 9, 205, 305)]
    assert found[3:] == [(100, 1, 2, 200, 300), (102, 9, 4, 202, 302), (104, 9, 5, 204, 304)]


def test_legs_are_those_of_the_participants_and_have_no_system_inside_the_books_of_one() -> None:
    """System 1 is banks 0 and 1 with their customers 2, 4 and 3, 5; system 0 has everybody for itself."""
    participant = np.array([[0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 0, 1]])
    hub_bank, option = np.array([-1, 4]), np.array([0, 0, 0, 0, 1, 1])
    system, onward = np.array([1, 1, 1, 0, 1, 0]), np.array([-1, -1, -1, -1, 0, 1])
    sender, receiver = np.array([2, 2, 0, 2, 2, 2]), np.array([3, 4, 4, 4, 3, 3])
    rows = np.arange(6)
    legs, handed, ends = np.empty(6, dtype=np.int64), np.empty((5, 12), dtype=np.int64), np.empty(2, dtype=np.int64)
    columns = (option, system, onward, sender, receiver, rows, rows + 20, rows + 30)
    kernel.sort_by_system(participant, hub_bank, rows, *columns, legs, np.empty((4, 12), dtype=np.int64), handed, ends)
    assert legs.tolist() == [1, 0, 0, 1, 1, 2]  # 4 is the hub: it and 2 settle with each other in the books of 0
    assert ends.tolist() == [3, 5]
    found = [tuple(leg[:3]) for leg in handed[:, :5].T.tolist()]
    assert found == [(3, 2, 4), (4, 4, 3), (5, 2, 4), (0, 0, 1), (5, 0, 1)]
