"""Verdicts are pure rules over what was found; every rule is met on both sides of its line."""

from __future__ import annotations

from itertools import product
from math import nan

import pytest

from paysim.evidence.verdicts import Finding, GivenFigure, Verdict, decide

YES, NO, HALF = Finding(1.0), Finding(0.0), Finding(0.6)
GIVEN = Finding(1.0, 0.0)
AGREES, CONTRADICTS = GivenFigure(True), GivenFigure(False)
STANDS_IN = GivenFigure(False, stands_in=True)


@pytest.mark.parametrize(
    ("figures", "findings", "verdict"),
    [
        ([], [], Verdict.UNTESTED),
        ([], [Finding(nan)], Verdict.UNTESTED),
        ([], [YES, Finding(nan)], Verdict.UNTESTED),
        ([], [YES], Verdict.HOLDS),
        ([], [YES, YES], Verdict.HOLDS),
        ([], [NO], Verdict.FAILS),
        ([], [NO, NO], Verdict.FAILS),
        ([], [YES, NO], Verdict.ONLY_IF),
        ([], [HALF], Verdict.ONLY_IF),
        ([], [Finding(0.2)], Verdict.ONLY_IF),
        ([], [GIVEN], Verdict.GIVEN),
        ([], [GIVEN, NO], Verdict.GIVEN),
        ([], [GIVEN, YES], Verdict.ONLY_IF),
        ([], [GIVEN, Finding(1.0, 1.0)], Verdict.ONLY_IF),
        ([], [Finding(1.0, 1.0)], Verdict.HOLDS),
        ([], [Finding(0.7, 0.2)], Verdict.GIVEN),
        ([], [Finding(0.7, 0.6)], Verdict.ONLY_IF),
        ([], [Finding(0.2, 0.0)], Verdict.GIVEN),
        ([], [Finding(0.2, 0.2)], Verdict.ONLY_IF),
        ([AGREES], [], Verdict.GIVEN),
        ([AGREES, STANDS_IN], [], Verdict.GIVEN),
        ([STANDS_IN], [], Verdict.GIVEN),
        ([CONTRADICTS], [], Verdict.FAILS),
        ([AGREES, CONTRADICTS], [], Verdict.FAILS),
        ([CONTRADICTS], [YES], Verdict.FAILS),
        ([AGREES], [YES], Verdict.HOLDS),
        ([AGREES], [GIVEN], Verdict.GIVEN),
        ([AGREES], [NO], Verdict.FAILS),
    ],
)
def test_the_verdict(figures, findings, verdict):
    assert decide(figures, findings) is verdict


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (0.0, Verdict.FAILS),
        (0.05, Verdict.FAILS),
        (0.06, Verdict.ONLY_IF),
        (0.94, Verdict.ONLY_IF),
        (0.95, Verdict.HOLDS),
        (1.0, Verdict.HOLDS),
    ],
)
def test_nine_in_ten_draws_lie_between_holds_and_does_not_hold(share, verdict):
    assert decide([], [Finding(share)]) is verdict


def test_a_premise_is_needed_for_given_as_input():
    """Without a story that lacks the premises nothing can be called given, however it came about."""
    shares = (0.0, 0.04, 0.3, 0.6, 1.0)
    for one, two in product(shares, shares):
        assert decide([], [Finding(one), Finding(two)]) is not Verdict.GIVEN


def test_what_happens_anyway_is_not_given():
    """The premise is there, and taking it away changes nothing."""
    for share in (0.0, 0.3, 0.6, 1.0):
        assert decide([], [Finding(share, share)]) is decide([], [Finding(share)])


def test_the_order_of_stories_decides_nothing():
    findings = [YES, NO, HALF, GIVEN, Finding(0.3, 0.0)]
    for one, two in product(findings, findings):
        assert decide([], [one, two]) is decide([], [two, one])
