"""Which settlement system is strained, when, and that nothing is said without cause."""

import numpy as np
import pytest

from paysim.study.strain import strain_notes, strains

MONTHS = np.arange("2027-01", "2027-05", dtype="datetime64[M]").astype("datetime64[D]")


class Run:
    """A run of some systems; each series is (replicates, months) or one number for all of them."""

    def __init__(self, **systems):
        self.systems = systems

    def keys(self, series):
        return tuple(name for name, held in self.systems.items() if series in held)

    def values(self, series, key=""):
        return MONTHS, np.broadcast_to(np.asarray(self.systems[key][series], dtype=float), (3, len(MONTHS)))

    def quantiles(self, series, key="", source="all"):
        return MONTHS, {0.5: np.median(self.values(series, key)[1], axis=0)}


def system(unsettled, load=1.0, held=1.0, outside=0.0):
    return {"settlement_load": load, "liquidity_held": held, "unsettled_share": unsettled, "outside_measured": outside}


def test_a_system_is_told_in_its_worst_month_by_medians():
    (found,) = strains(
        Run(A=system([[0.01, 0.05, 0.2, 0.1]] * 2 + [[0.01, 0.9, 0.2, 0.1]], [1, 2, 3, 4], [1, 1, 1.5, 2]))
    )
    assert str(found.month) == "2027-03"  # the one replicate with .9 does not decide
    assert (found.load, found.held, found.unsettled, found.start) == (3.0, 1.5, 0.2, 0.01)
    assert found.rise == pytest.approx(0.19)
    assert found.moved == 3.0


def test_what_moves_may_fall_and_may_be_the_liquidity():
    down, less = strains(Run(A=system(0.0, [1, 1, 0.4, 1]), B=system(0.0, held=[1, 1, 1, 0.5])))
    assert (down.moved, less.moved) == (pytest.approx(0.6), 0.5)


def test_months_without_a_value_are_passed_over():
    nothing = np.nan
    (found,) = strains(Run(A=system([nothing, 0.02, 0.03, nothing], [nothing, 1, 2, 9]), B=system(nothing)))
    assert (found.system, found.start, found.unsettled, found.moved) == ("A", 0.02, 0.03, 1.0)


def test_a_run_without_the_series_of_settlement_says_nothing():
    assert strains(Run()) == ()
    assert strains(Run(A={"unsettled_share": 0.5})) == ()
    assert strain_notes(Run(), {}) == []


def test_only_the_system_whose_share_rises_most_is_noted():
    run = Run(A=system([0.3, 0.31, 0.32, 0.3]), B=system([0.0, 0.1, 0.05, 0.0], [1, 2.4, 2, 1]))
    (note,) = strain_notes(run, {"B": "Bee"})
    assert note.startswith("Bee is strained most in 2027-02: with 2.4 times the payments")


def test_strain_is_a_rise_and_not_a_level():
    assert strain_notes(Run(A=system([0.3, 0.309, 0.3, 0.3])), {}) == []
    assert len(strain_notes(Run(A=system([0.3, 0.311, 0.3, 0.3])), {})) == 1


def test_what_was_not_measured_is_counted_over_months_and_replicates():
    flags = np.zeros((3, 4))
    flags[0, 0] = 1.0
    run = Run(A=system(0.0, outside=flags), B=system(0.0), C=system(0.0, outside=1.0))
    (note,) = strain_notes(run, {})
    assert note.endswith(": 8 % for A, 100 % for C")
