"""Moving a cut by an hour changes payments of that hour, those under way in it, those queued behind, and no other."""

from __future__ import annotations

import numpy as np
import pytest
from telling import CUT_GROUPS, Chosen, Run, Tell, at, run

EARLY, LATE = at("2024-08-05 16:00"), at("2024-08-05 17:00")
END = at("2024-09-01 00:00")
"""The next tick: from here on contracts answer to the cut, and all payments drawn from them."""
AMPLE, SCARCE = 1.0, 0.0015
"""Liquidity: as the engine has it (no queue), and little enough for queues to be common."""


@pytest.fixture(scope="module")
def runs(tell: Tell) -> dict[float, tuple[Run, Run]]:
    """The same month with the cut at 16:00 and at 17:00 GMT."""

    def cut(hour: int, liquidity: float) -> Run:
        changes = (f"events[cut].at=2024-08-05 {hour}:00Z", "horizon=2024-08", "traffic.payments_per_month=60000")
        changes = (*changes, "events[cut].brought_forward=0 %")  # what is paid before the cut depends on its instant
        return run(tell(*changes, parent="cutoff"), liquidity=liquidity)

    return {liquidity: (cut(16, liquidity), cut(17, liquidity)) for liquidity in (AMPLE, SCARCE)}


def submitted_between(early: Run) -> Chosen:
    return np.asarray((early["submitted"] >= EARLY) & (early["submitted"] < LATE))


def in_transit_between(early: Run, late: Run) -> Chosen:
    """Sent before the early cut, delivered after it and not after the late one."""
    return np.asarray((early["submitted"] < EARLY) & (late["arrives"] > EARLY) & (late["arrives"] <= LATE))


def queued_behind(early: Run, late: Run, cause: Chosen) -> Chosen:
    """Payments that a chain of changed balances leads to, from banks whose payments the cut's hour changed.

    Only payments that waited in a queue, in one run or the other, until after the early cut can be in it.
    """
    reached = np.zeros(len(cause), dtype=bool)
    world = early.simulation.world
    paying, paid = early.participants()
    for system, instants in enumerate(zip(early.settled, late.settled, strict=True)):
        here, there = (np.where(one < END, one, -1) for one in instants)
        uses = early.uses(world.systems[system])
        waited = (here > early["arrives"]) | (there > late["arrives"]) | (here < 0) | (there < 0)
        later = (np.maximum(here, there) >= EARLY) & (here != there)
        banks = np.zeros(len(world.banks.group), dtype=bool)
        banks[paying[cause & uses]] = banks[paid[cause & uses]] = True
        while True:
            fresh = uses & waited & later & banks[paying] & ~reached
            if not fresh.any():
                break
            reached |= fresh
            banks[paid[fresh]] = True
    return reached


@pytest.mark.parametrize("liquidity", [AMPLE, SCARCE])
def test_every_payment_that_differs_has_a_reason(runs: dict[float, tuple[Run, Run]], liquidity: float) -> None:
    early, late = runs[liquidity]
    assert np.array_equal(early["id"], late["id"])
    differs = early.differs(late, END)
    cause = differs & (submitted_between(early) | in_transit_between(early, late))
    behind = queued_behind(early, late, cause)
    unexplained = np.flatnonzero(differs & ~cause & ~behind)
    assert len(unexplained) == 0, early["id"][unexplained[:5]]


def test_each_kind_of_difference_occurs(runs: dict[float, tuple[Run, Run]]) -> None:
    early, late = runs[SCARCE]
    differs = early.differs(late, END)
    submitted = differs & submitted_between(early)
    transit = differs & in_transit_between(early, late)
    assert submitted.sum() >= 10
    assert transit.sum() >= 3
    assert queued_behind(early, late, submitted | transit).sum() >= 3


def test_payments_of_cut_banks_in_that_hour_go_only_before_the_late_cut(runs: dict[float, tuple[Run, Run]]) -> None:
    early, late = runs[AMPLE]
    hit = submitted_between(early) & early.touches(CUT_GROUPS) & early.on_network("SWIFT")
    delivered = hit & (late["arrives"] <= LATE)
    assert delivered.sum() >= 10
    assert (late["fate"][delivered] == "settled").all()
    assert (early["fate"][hit] != "settled").all()
    assert not early.differs(late, END)[submitted_between(early) & ~hit].any()


def test_messages_delivered_within_the_hour_are_returned_only_by_the_early_cut(
    runs: dict[float, tuple[Run, Run]],
) -> None:
    early, late = runs[AMPLE]
    hit = in_transit_between(early, late) & early.touches(CUT_GROUPS) & early.on_network("SWIFT")
    assert hit.sum() >= 3
    assert (early["fate"][hit] != "settled").all()
    assert (late["fate"][hit] == "settled").all()


@pytest.mark.parametrize("liquidity", [AMPLE, SCARCE])
def test_what_was_over_before_the_early_cut_is_identical(runs: dict[float, tuple[Run, Run]], liquidity: float) -> None:
    early, late = runs[liquidity]
    latest = early.settled.max(0)
    over = (early["submitted"] < EARLY) & (latest >= 0) & (latest < EARLY)
    assert over.sum() > 1000
    assert not early.differs(late, END)[over].any()
