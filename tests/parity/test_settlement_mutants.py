"""Would the drawn days notice a wrong rule? Each mutant breaks one rule of the page, and is found out."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from settlement_days import Day, days, drive, journal_of_twin, on_days, rows_of_twin, shown_by_twin
from settlement_families import FAMILIES, HYBRID
from settlement_mutants import MUTANTS
from settlement_twin import Twin

DAYS = 250  # drawn for a family, to be told apart on one of them
BY_NAME = {family.name: family for family in (*FAMILIES, HYBRID)}


@cache
def drawn(name: str) -> tuple[Day, ...]:
    collected: list[Day] = []

    def collect(day: Day) -> None:
        collected.append(day)

    on_days(DAYS, collect, days(BY_NAME[name]))
    return tuple(collected)


def lived(day: Day, kind: type[Twin]) -> list[object]:
    twin = kind(day.banks, **asdict(day.rules))
    for payment in day.payments:
        twin.add(replace(payment))
    shown: list[object] = []
    for act in [*day.acts, ("advance", 1000)]:
        given = drive(twin, act)
        # A mutant may break a law; what it shows then is different too.
        shown += [given, shown_by_twin(twin), journal_of_twin(twin), rows_of_twin(twin)]
    return shown


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_twin_that_breaks_a_rule_is_told_from_one_that_does_not(mutant):
    assert any(differs(day, mutant) for day in drawn(MUTANTS[mutant]))


def differs(day: Day, mutant: type[Twin]) -> bool:
    try:
        return lived(day, mutant) != lived(day, Twin)
    except ValueError:  # an act is refused that the page allows
        return True
