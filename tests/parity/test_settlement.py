"""The compiled kernel against its slow twin, and against the laws it must keep, on random days of every kind."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from paysim.networks.payments import split_giants
from paysim.networks.rules import Rules
from paysim.networks.settlement import SettlementSystem

sys.path.insert(0, str(Path(__file__).parent))
from gross_twin import Payment  # the tests are not a package
from settlement_days import (
    Act,
    Day,
    days,
    drive,
    hand_over,
    journal,
    journal_of_twin,
    kernel_timetable,
    on_days,
    rows,
    rows_of_twin,
    shown,
    shown_by_twin,
    timetables,
)
from settlement_families import FAMILIES, HYBRID, Family
from settlement_twin import Timetable, Twin, split

EVERY_FAMILY = (*FAMILIES, HYBRID)
FEW, MANY = 150, 10_000  # days a family in a normal run, and in a full one
LAST = 1000  # after everything that is drawn


def by_family(test: Callable[[Family, int], None]) -> Callable[..., None]:
    """Make a test for every family, once with few days and once, slowly, with many."""
    cases = [pytest.param(family, FEW, id=family.name) for family in EVERY_FAMILY]
    cases += [pytest.param(family, MANY, id=f"{family.name}, many", marks=pytest.mark.slow) for family in EVERY_FAMILY]
    return pytest.mark.parametrize(("family", "examples"), cases)(test)


few_and_many = pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


@by_family
def test_kernel_equals_its_twin_after_every_act_on_days_that_exercise_the_rules(family, examples):
    days_with: Counter[str] = Counter()

    def compare(day: Day) -> None:
        system, twin = day.system(), day.twin()
        for act in [*day.acts, ("advance", LAST)]:
            assert drive(system, act) == drive(twin, act), act
            assert shown(system) == shown_by_twin(twin), act
            assert journal(system) == journal_of_twin(twin), act
            assert rows(system) == rows_of_twin(twin), act
        days_with.update({"days", *(mark for mark, times in twin.seen.items() if times)})

    on_days(examples, compare, days(family))
    dull = {m: days_with[m] for m, share in family.exercises.items() if days_with[m] < share * days_with["days"]}
    assert not dull, f"of {days_with['days']} days too few bear these marks"


@few_and_many
def test_neither_steps_nor_late_handing_over_nor_forgetting_change_the_outcome(examples):
    def compare(day: Day, pauses: list[int], choices: bytes) -> None:
        whole, pieces = day.system(), SettlementSystem(day.banks, rules=day.rules)
        for act in [*day.acts, ("advance", LAST)]:
            drive(whole, act)
        waiting, collected, cursor = list(day.payments), [], 0
        for step, act in enumerate([*with_pauses(day.acts, pauses), ("advance", LAST)]):
            choice = choices[step % len(choices)]
            late = [payment for payment in waiting if choice % 2 and may_be_late(payment, act)]
            hand_over(pieces, [payment for payment in waiting if payment not in late])
            waiting = late
            drive(pieces, act)
            collected += journal(pieces, cursor)
            cursor = pieces.settled_since(cursor).cursor
            if choice % 3 == 0:
                pieces.forget_finished()
        assert collected == journal(whole)
        assert shown(pieces) == shown(whole)

    on_days(examples, compare, days(HYBRID), st.lists(st.integers(0, 90), max_size=12), st.binary(min_size=1))


def with_pauses(acts: Sequence[Act], pauses: Sequence[int]) -> list[Act]:
    """Let the clock stop at further instants."""
    merged: list[Act] = []
    waiting = sorted(pauses)
    for act in acts:
        if isinstance(act[1], int):
            merged += [("advance", pause) for pause in waiting if pause <= act[1]]
            waiting = [pause for pause in waiting if pause > act[1]]
        merged.append(act)
    return merged


def may_be_late(payment: Payment, act: Act) -> bool:
    """Whether a payment may be handed over after an act: it has not arrived by then, and the act does not name it."""
    name, instant, *_ = act
    return name not in ("withdraw", "move") and (not isinstance(instant, int) or payment.arrives >= instant)


@few_and_many
def test_the_order_of_handing_over_does_not_matter(examples):
    def compare(day: Day, source: Random) -> None:
        shuffled = list(range(len(day.payments)))
        source.shuffle(shuffled)
        one, other = day.system(), replace(day, payments=tuple(day.payments[row] for row in shuffled)).system()
        for act in [*day.acts, ("advance", LAST)]:
            assert drive(one, act) == drive(other, act)
        assert shown(one) == shown(other)
        assert journal(one) == journal(other)
        assert [rows(one)[row] for row in shuffled] == rows(other)

    on_days(examples, compare, days(HYBRID), st.randoms(use_true_random=False))


@few_and_many
def test_a_timetable_is_followed_as_by_hand_and_by_the_twin_in_any_number_of_steps(examples):
    days_with: Counter[str] = Counter()

    def compare(day: Day, timetable: Timetable, start: int, before: list[str], stops: list[int]) -> None:
        at_once, in_steps, by_hand, twin = day.system(), day.system(), day.system(), day.twin()
        sides = (at_once, in_steps, by_hand, twin)
        for side, act in product(sides, [act for act in day.acts if not isinstance(act[1], int)]):
            drive(side, act)
        # By hand, whatever the timetable says; but what is opened just before a session begins the page leaves open.
        before = [name for name in before if name != "open" or start not in timetable.opens]
        for side, name in product(sides, before):
            drive(side, (name, start // 2))
        for side in sides:
            side.advance(start)
        for stop in [*sorted(stop for stop in stops if stop >= start), LAST]:
            in_steps.follow(kernel_timetable(timetable), stop)
        at_once.follow(kernel_timetable(timetable), LAST)
        twin.follow(timetable, LAST)
        for act in acts_by_hand(timetable, start, before):
            drive(by_hand, act)
        assert shown(at_once) == shown_by_twin(twin)
        assert shown(in_steps) == shown(by_hand) == shown(at_once)
        assert journal(in_steps) == journal(by_hand) == journal(at_once) == journal_of_twin(twin)
        assert rows(in_steps) == rows(by_hand) == rows(at_once) == rows_of_twin(twin)
        days_with.update({"days", *(mark for mark, times in twin.seen.items() if times)})

    starts = st.sampled_from((3, 0, 8, 14, 25))
    before = st.sampled_from(([], ["close_window"], ["open"], ["close_window", "open"], ["suspend", "open"]))
    stops = st.lists(st.integers(0, 80), max_size=5)
    on_days(examples, compare, days(HYBRID), timetables(), starts, before, stops)
    for mark in (
        *("session joined", "window joined", "opening fell outside the window"),
        *("closed outside the sessions", "closed outside the windows"),
    ):
        assert days_with[mark] > days_with["days"] / 100, mark


def acts_by_hand(timetable: Timetable, start: int, before: list[str]) -> Iterator[Act]:
    """Spell a timetable out: first what is joined at the start, then act by act what changes something."""

    def at_start(begins: Sequence[int] | None, ends: Sequence[int] | None) -> set[bool]:
        """{True}: it is on and goes on; {False}: it ends at the start; nothing: it is not on."""
        return {start < end for begin, end in zip(begins or (), ends or (), strict=True) if begin < start <= end}

    sessions = at_start(timetable.opens, timetable.closes)
    windows = at_start(timetable.window_opens, timetable.window_closes)
    joined = {
        "close_window": timetable.window_opens is not None and not windows,
        "close": not sessions,
        "open": True in sessions,
        "open_window": True in windows,
    }
    spelt = [(verb, start) for verb, is_due in joined.items() if is_due]
    verbs = ("close", "open", "suspend", "resume", "close_window", "open_window", "net", "offset")
    instants = (getattr(timetable, entry.name) or () for entry in fields(timetable))  # in the order of the page
    later = [(verb, at) for verb, ats in zip(verbs, instants, strict=True) for at in ats if at >= start]
    spelt += sorted(later, key=lambda act: (act[1], verbs.index(act[0])))
    begins = {"open": "close", "suspend": "resume", "open_window": "close_window"}
    ends = {end: begin for begin, end in begins.items()}
    on = {"open_window"} ^ {"open_window" if verb == "close_window" else verb for verb in before}
    for verb, at in spelt:
        if (verb in begins and verb in on) or (verb in ends and ends[verb] not in on):
            continue
        on = (on | {verb} & set(begins)) - {ends.get(verb), "suspend" if verb == "close" else None}
        yield (verb, at)
    yield ("advance", LAST)


@few_and_many
def test_running_by_a_calendar_equals_the_twin(examples):
    def compare(day: Day, timetable: Timetable, stops: list[int]) -> None:
        system, twin = day.system(), day.twin()
        for side, liquidity in product((system, twin), [[7] * day.banks]):
            side.set_liquidity(liquidity)
        sessions = kernel_timetable(timetable)
        for stop in [*sorted(stops), LAST]:
            system.run_sessions(sessions.opens, sessions.closes, stop)
        twin.follow(Timetable(closes=timetable.closes, opens=timetable.opens), LAST)
        assert shown(system) == shown_by_twin(twin)
        assert journal(system) == journal_of_twin(twin)
        assert rows(system) == rows_of_twin(twin)

    on_days(examples, compare, days(HYBRID), timetables(), st.lists(st.integers(0, 80), max_size=5))


@few_and_many
def test_under_fifo_who_settles_does_not_depend_on_how_participants_are_numbered(examples):
    """The claim of the page of rules: the order of the line decides the sequence, never the set or the instants."""

    def compare(day: Day, source: Random) -> None:
        name = list(range(day.banks))
        source.shuffle(name)
        renamed = [replace(p, sender=name[p.sender], receiver=name[p.receiver]) for p in day.payments]
        one, other = day.system(), replace(day, payments=tuple(renamed)).system()
        for act in day.acts:
            drive(one, act)
            drive(other, tuple(permuted(value, name) if isinstance(value, list) else value for value in act))
        assert rows(one) == rows(other)
        assert permuted(one.balances.tolist(), name) == other.balances.tolist()

    on_days(examples, compare, days(FAMILIES[0]), st.randoms(use_true_random=False))


def permuted(values: list[int], name: list[int]) -> list[int]:
    return [values[name.index(bank)] for bank in range(len(name))]


REFUSED: dict[str, tuple[dict[str, Any], list[Act]]] = {
    "injecting while closed": ({}, [("inject", 5, [1, 1])]),
    "injecting while suspended": ({}, [("open", 1, [1, 1]), ("suspend", 2), ("inject", 5, [1, 1])]),
    "setting credit while open": ({}, [("open", 1, [1, 1]), ("set_credit", [1, 1], [1, 1])]),
    "moving in a queue in order of size": ({"order": "size"}, [("open", 1, [1, 1]), ("move", 5, [1], "front")]),
    "going back in time": ({}, [("advance", 5), ("advance", 4)]),
    "opening what is open": ({}, [("open", 1, [1, 1]), ("open", 2, [1, 1])]),
    "closing what is closed": ({}, [("close", 1)]),
}


@few_and_many
def test_giants_are_split_as_the_page_says(examples):
    def compare(amount: int, largest: int) -> None:
        parts = split_giants(np.array([7]), np.array([amount]), largest).amount.tolist()
        assert parts == split(amount, largest)
        assert (sum(parts), max(parts) <= largest, len(parts)) == (amount, True, -(-amount // largest))

    on_days(examples, compare, st.integers(1, 2000), st.integers(1, 300))


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_page_does_not_allow_is_refused(case):
    rules, acts = REFUSED[case]
    for side in (SettlementSystem(2, rules=Rules(**rules)), Twin(2, **rules)):
        for act in acts[:-1]:
            drive(side, act)
        with pytest.raises(ValueError, match=r"\w"):
            drive(side, acts[-1])
