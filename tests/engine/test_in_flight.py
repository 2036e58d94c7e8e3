"""What becomes of payments that are under way when banks are cut off, and that nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from telling import CUT_GROUPS, DAY, Run, Tell, at, run

CUT, BACK = at("2024-08-05 00:10"), at("2024-08-10 00:10")
"""At the end of a weekend, when most systems are closed and payments of Friday evening lie in them."""
MANY = "traffic.payments_per_month=20000"
CUT_EVENT = "{id: cut, kind: disconnection, groups: [CHN, HKG], at: 2024-08-05 00:10Z, notice: 0 d}"
BYPASS_SHARE = 0.3
"""Best value of ``behaviour.bypass_share``: replicate without uncertainty."""


def reconnection(instant: str) -> str:
    return f"{{id: back, kind: reconnection, groups: [CHN, HKG], at: {instant}}}"


def events(*lines: str) -> str:
    return "events:\n" + "".join(f"  - {line}\n" for line in lines)


@pytest.fixture(scope="module")
def cut(tell: Tell) -> Run:
    return run(tell("horizon=2024-10", MANY, text=events(CUT_EVENT)))


@pytest.fixture(scope="module")
def mended(tell: Tell) -> Run:
    """Reconnected after five days."""
    return run(tell("horizon=2024-10", MANY, text=events(CUT_EVENT, reconnection("2024-08-10 00:10Z"))))


def hit(run_: Run) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Payments of cut banks that SWIFT carries."""
    return run_.touches(CUT_GROUPS) & run_.on_network("SWIFT")


def test_a_delivered_message_settles(cut: Run) -> None:
    delivered = hit(cut) & (cut["arrives"] >= 0) & (cut["arrives"] <= CUT)
    assert (cut["fate"][delivered] == "settled").all()
    settles_later = delivered & (cut.settled.max(0) > CUT)
    assert settles_later.sum() >= 5, "some must lie in a system at the cut"


def test_a_message_under_way_is_returned(cut: Run) -> None:
    flying = hit(cut) & (cut["submitted"] < CUT) & (cut["arrives"] > CUT)
    assert flying.sum() >= 5
    assert (cut["fate"][flying] != "settled").all()
    assert (cut.settled[:, flying] < 0).all()
    assert cut.counts["returned"] == flying.sum()


def test_messages_of_others_and_on_other_networks_go_on(cut: Run) -> None:
    others = (cut["submitted"] < CUT) & (cut["arrives"] > CUT) & ~hit(cut)
    assert others.sum() >= 5
    assert (cut["fate"][others] == "settled").all()
    native = cut.touches(CUT_GROUPS) & cut.on_network("CIPS") & (cut["submitted"] > CUT)
    assert native.sum() > 50
    assert (cut["fate"][native] == "settled").all()


def test_nothing_is_submitted_over_the_cut_network_afterwards(cut: Run) -> None:
    after = hit(cut) & (cut["submitted"] >= CUT)
    assert after.sum() > 1000
    assert (cut["fate"][after] != "settled").all()


def test_the_bypass_takes_its_share_of_what_is_blocked(cut: Run) -> None:
    turned = hit(cut) & (cut["fate"] != "settled")
    share = (cut["fate"][turned] == "bypassed").mean()
    error = np.sqrt(BYPASS_SHARE * (1.0 - BYPASS_SHARE) / turned.sum())
    assert abs(share - BYPASS_SHARE) < 4.0 * error


def test_returned_payments_are_sent_again_when_their_banks_are_back(cut: Run, mended: Run) -> None:
    waited = hit(cut) & (cut["fate"] == "failed") & (cut["submitted"] < BACK)
    assert (waited & (cut["submitted"] < CUT)).sum() >= 3
    assert waited.sum() > 50
    again = np.isin(mended["id"], cut["id"][waited])
    assert (mended["fate"][again] == "settled").all()
    assert (mended["arrives"][again] >= BACK).all()
    assert mended.counts["resent"] == waited.sum()


def test_bypassed_payments_are_not_sent_again(cut: Run, mended: Run) -> None:
    bypassed = (cut["fate"] == "bypassed") & (cut["submitted"] < BACK)
    assert bypassed.sum() > 20
    assert (mended["fate"][np.isin(mended["id"], cut["id"][bypassed])] == "bypassed").all()


def test_after_the_reconnection_contracts_live_again(mended: Run) -> None:
    after = hit(mended) & (mended["submitted"] >= BACK)
    assert after.sum() > 1000
    assert (mended["fate"][after] == "settled").all()


@pytest.mark.parametrize("back", ["2024-09-20 16:00Z", "2024-10-01"])
def test_a_payment_is_not_sent_again_once_it_has_waited_longer_than_the_limit(tell: Tell, back: str) -> None:
    late = run(tell("horizon=2024-10", MANY, text=events(CUT_EVENT, reconnection(back))))
    instant = at(back.removesuffix("Z"))
    limit = float(late.simulation.economy.parameters.queue_limit[0]) * DAY
    again = (late["submitted"] < instant) & (late["arrives"] >= instant) & hit(late) & (late["submitted"] >= CUT)
    again &= late["fate"] == "settled"
    assert again.sum() > 50
    assert (instant - late["submitted"][again]).max() <= limit
    waited = hit(late) & (late["submitted"] >= CUT) & (late["submitted"] < instant - limit)
    assert (late["fate"][waited] != "settled").all()


# --- nothing is lost ------------------------------------------------------------------------------------------------

SOONER = ("events[cut].at=2024-08-05 16:00Z", "horizon=2024-12", "traffic.payments_per_month=3000")
STORIES = {
    "cutoff": SOONER,
    "cutoff_hub_open": (*SOONER, "events[hub].at=2024-08-05 16:00Z"),
    "cutoff_allies_refuse": (*SOONER, "events[allies].at=2024-08-05 16:00Z"),
    "cutoff_fear": (*SOONER, "events[fear].at=2024-08-05 16:00Z"),
}


@pytest.fixture(scope="module", params=list(STORIES))
def story(request: pytest.FixtureRequest, tell: Tell) -> Run:
    return run(tell(*STORIES[request.param], parent=request.param))


def test_every_payment_has_one_fate(story: Run) -> None:
    counts = story.counts
    assert np.array_equal(story["id"], np.arange(len(story["id"])))
    assert counts["submitted"] == len(story["id"])
    assert counts["settled"] + counts["bypassed"] + counts["failed"] == counts["submitted"]
    for fate in ("settled", "bypassed", "failed"):
        assert counts[fate] == (story["fate"] == fate).sum()
    assert min(counts["bypassed"], counts["failed"]) > 100


def test_contracted_value_is_settled_bypassed_or_failed_to_the_last_cent(story: Run) -> None:
    simulation = story.simulation
    ledger = simulation.ledger
    contracted = simulation.contracted.sum((1, 2))
    ended = ledger.settled.sum((1, 2, 3)) + ledger.fates["bypassed"].sum((1, 2)) + ledger.fates["failed"].sum((1, 2))
    np.testing.assert_allclose(ended, contracted, rtol=1e-12)
    drawn = np.bincount(story["month"] + 1, story["value"])[1:]
    np.testing.assert_allclose(drawn, contracted, rtol=1e-12)


def test_what_is_turned_away_is_what_is_bypassed_or_fails(story: Run) -> None:
    fates = story.simulation.ledger.fates
    turned = fates["blocked"] + fates["refused"]
    tolerance = 1e-9 * story.simulation.contracted.sum()
    assert min(fate.min() for fate in fates.values()) > -tolerance
    unsettled = (fates["bypassed"] + fates["failed"] - turned).sum((1, 2))
    queued = (story["fate"] == "failed") & (story["arrives"] >= 0)  # message delivered, money never settled
    in_queue = np.bincount(story["month"][queued] + 1, story["value"][queued], len(turned) + 1)[1:]
    assert (unsettled > -tolerance).all()
    assert (unsettled <= in_queue + tolerance).all()


def test_what_was_delivered_does_not_lie_in_a_queue_until_it_fails(story: Run) -> None:
    delivered = (story["arrives"] >= 0) & (story["fate"] != "bypassed")
    stuck = delivered & (story["fate"] == "failed") & (story["month"] < story["month"].max())
    returned = stuck & (story["submitted"] < at("2024-08-05 16:00")) & (story["arrives"] > at("2024-08-05 16:00"))
    stuck &= ~returned
    assert story["value"][stuck].sum() < 1e-3 * story["value"][delivered].sum()


def test_money_is_neither_made_nor_lost(story: Run) -> None:
    for system in story.simulation.systems:
        system.check_conservation()


def test_what_is_only_refused_is_never_booked_as_blocked(tell: Tell) -> None:
    fear = "{id: fear, kind: secondary_sanctions, targets: [CHN, HKG], by: [USA, EUR, ALLY], at: 2024-08-05 16:00Z}"
    feared = run(tell("horizon=2024-12", text=events(fear)))
    fates = feared.simulation.ledger.fates
    assert fates["refused"].sum() > 0.0
    assert fates["refused"].min() >= -1e-9
    assert not fates["blocked"].any()
