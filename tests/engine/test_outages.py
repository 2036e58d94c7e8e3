"""A system or a network is down for hours: what waits, how long, and that nothing else changes and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from telling import DAY, HOUR, Run, Tell, at, run

from paysim.engine.outages import expected_waiting, intervals, timetable
from paysim.engine.prepared import Prepared
from paysim.engine.timeline import Timeline
from paysim.networks.settlement import SettlementSystem

MANY = ("horizon=2024-08", "traffic.payments_per_month=60000")
DOWN, HOURS = "2024-08-06 08:00", 4
"""A Tuesday; T2 is open from 02:30 to 18:00 in Berlin, two hours ahead of UTC, CHIPS and CIPS nearly always."""
BEGIN, END = at(DOWN), at(DOWN) + HOURS * HOUR
LIMIT = 30
"""Best value of ``behaviour.queue_limit``, days."""


def outage(what: str, begin: str = DOWN, duration: str = f"{HOURS} h") -> str:
    return f"events:\n  - {{id: down, kind: outage, {what}, at: {begin}Z, duration: {duration}}}\n"


@pytest.fixture(scope="module")
def quiet(tell: Tell) -> Run:
    return run(tell(*MANY))


@pytest.fixture(scope="module")
def system_down(tell: Tell) -> Run:
    return run(tell(*MANY, text=outage("system: T2")))


@pytest.fixture(scope="module")
def network_down(tell: Tell) -> Run:
    return run(tell(*MANY, text=outage("network: SWIFT")))


def settled_in(story: Run, system: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return story.settled[story.simulation.world.systems.index(system)]


# --- a settlement system --------------------------------------------------------------------------------------------


def test_a_system_settles_nothing_while_it_is_down_and_the_others_go_on(quiet: Run, system_down: Run) -> None:
    def during(story: Run, system: str) -> int:
        instants = settled_in(story, system)
        return int(((instants >= BEGIN) & (instants < END)).sum())

    assert during(quiet, "T2") > 50
    assert during(system_down, "T2") == 0
    for system in ("CHIPS", "CIPS", "OTH-RTGS"):
        assert during(system_down, system) == during(quiet, system) > 20


def test_what_waited_settles_at_the_end_and_is_all_that_changes(quiet: Run, system_down: Run) -> None:
    before, after = settled_in(quiet, "T2"), settled_in(system_down, "T2")
    waited = (before >= BEGIN) & (before < END)
    assert (after[waited] >= END).all()
    assert (after[waited] == END).mean() > 0.9
    differs = quiet.differs(system_down, at("2024-09-01 00:00"))
    queued = quiet.uses("T2") & ((before > quiet["arrives"]) | (after > system_down["arrives"])) & (after >= BEGIN)
    assert not (differs & ~waited & ~queued).any()
    assert np.array_equal(quiet["fate"], system_down["fate"])


def test_everything_before_an_outage_is_identical(quiet: Run, system_down: Run, network_down: Run) -> None:
    for story in (system_down, network_down):
        assert not quiet.differs(story, BEGIN)[quiet["arrives"] < BEGIN].any()
        over = (quiet["credited"] < BEGIN) & (quiet["fate"] == "settled")
        assert over.sum() > 1000
        assert np.array_equal(quiet["credited"][over], story["credited"][over])


@pytest.mark.parametrize("what", ["system: T2", "network: SWIFT"])
def test_an_outage_an_hour_later_changes_only_payments_of_those_hours(tell: Tell, what: str) -> None:
    early = run(tell(*MANY, text=outage(what)))
    late = run(tell(*MANY, text=outage(what, begin="2024-08-06 09:00")))
    differs = early.differs(late, at("2024-09-01 00:00"))
    # what waits for the one and not for the other, or for both and not equally long
    first = np.minimum(early["arrives"], late["arrives"])
    hours = (first >= BEGIN) & (first <= END + HOUR)
    behind = (early.settled.max(0) > early["arrives"]) | (late.settled.max(0) > late["arrives"])
    assert (differs & hours).sum() > 20
    assert not (differs & ~hours & ~behind).any()
    assert not differs[early["submitted"] > END + HOUR + DAY].any()


def test_every_payment_is_settled_bypassed_failed_or_in_flight_at_any_instant(system_down: Run) -> None:
    counts = system_down.counts
    assert counts["settled"] + counts["bypassed"] + counts["failed"] == counts["submitted"] == len(system_down["id"])
    for system in system_down.simulation.systems:
        system.check_conservation()
    during = BEGIN + 2 * HOUR
    delivered = system_down.uses("T2") & (system_down["arrives"] < during)
    done = delivered & (settled_in(system_down, "T2") < during)
    queue = delivered & (settled_in(system_down, "T2") >= during)
    assert delivered.sum() == done.sum() + queue.sum()
    assert (queue & (system_down["arrives"] >= BEGIN)).sum() > 20
    assert (system_down["fate"][queue] == "settled").all()


def test_an_outage_longer_than_the_queue_limit_returns_what_has_waited_too_long(tell: Tell) -> None:
    story = run(tell("horizon=2024-10", text=outage("system: T2", duration="60 d")))
    end, tick = BEGIN + 60 * DAY, at("2024-10-01 00:00")  # the last tick before the end, at which payments are given up
    instants = settled_in(story, "T2")
    assert not ((instants >= BEGIN) & (instants < end)).any()
    waited = story.uses("T2") & (story["arrives"] >= BEGIN) & (story["arrives"] < end)
    too_long = waited & (story["submitted"] < tick - LIMIT * DAY)
    assert min(too_long.sum(), (waited & ~too_long).sum()) > 100
    assert (story["fate"][too_long] == "failed").all()
    assert (story["fate"][waited & ~too_long] == "settled").all()
    counts = story.counts
    assert counts["settled"] + counts["bypassed"] + counts["failed"] == counts["submitted"]
    for system in story.simulation.systems:
        system.check_conservation()


def test_a_closing_within_an_outage_lets_payments_wait_for_the_next_opening(quiet: Run, tell: Tell) -> None:
    story = run(tell(*MANY, text=outage("system: T2", begin="2024-08-06 14:00", duration="3 h")))
    before, after = settled_in(quiet, "T2"), settled_in(story, "T2")
    waited = (before >= at("2024-08-06 14:00")) & (before < at("2024-08-06 16:00"))
    assert waited.sum() > 10
    assert (after[waited] >= at("2024-08-07 00:30")).all()  # 02:30 in Berlin


def test_an_outage_overnight_opens_the_next_session_late(tell: Tell) -> None:
    story = run(tell(*MANY, text=outage("system: T2", begin="2024-08-05 20:00", duration="12 h")))
    instants = settled_in(story, "T2")
    assert not ((instants >= at("2024-08-05 16:00")) & (instants < at("2024-08-06 08:00"))).any()
    assert (instants == at("2024-08-06 08:00")).sum() > 5


# --- a message network ----------------------------------------------------------------------------------------------


def test_messages_due_while_their_network_is_down_arrive_at_its_end(quiet: Run, network_down: Run) -> None:
    due = quiet.on_network("SWIFT") & (quiet["arrives"] >= BEGIN) & (quiet["arrives"] < END)
    assert due.sum() > 100
    assert (network_down["arrives"][due] == END).all()
    assert np.array_equal(network_down["arrives"][~due], quiet["arrives"][~due])
    assert (quiet.on_network("CIPS") & (quiet["arrives"] >= BEGIN) & (quiet["arrives"] < END)).sum() > 5


def test_a_held_message_delays_the_credit_by_as_long_or_longer(quiet: Run, network_down: Run) -> None:
    held = quiet.on_network("SWIFT") & (quiet["arrives"] >= BEGIN) & (quiet["arrives"] < END)
    held &= (quiet["fate"] == "settled") & (quiet.settled.max(0) == quiet["arrives"])
    later = network_down["credited"][held] - quiet["credited"][held]
    assert (later >= END - quiet["arrives"][held]).all()
    assert np.array_equal(quiet["fate"], network_down["fate"])


def test_what_one_bank_books_itself_needs_no_network(quiet: Run, network_down: Run) -> None:
    inside = (quiet["sender"] == quiet["receiver"]) & (quiet["arrives"] >= BEGIN) & (quiet["arrives"] < END)
    assert inside.sum() > 0
    assert np.array_equal(network_down["arrives"][inside], quiet["arrives"][inside])


def test_a_cut_returns_the_messages_that_an_outage_holds(tell: Tell) -> None:
    cut = "  - {kind: disconnection, groups: [CHN], notice: 0 d, at: 2024-08-06 10:00Z}\n"
    story = run(tell(*MANY, text=outage("network: SWIFT") + cut))
    held = story.on_network("SWIFT") & story.touches(["CHN"]) & (story["submitted"] < at("2024-08-06 10:00"))
    held &= story["arrives"] == END
    assert held.sum() > 5
    assert (story["fate"][held] != "settled").all()


# --- the pieces -----------------------------------------------------------------------------------------------------


def test_outages_that_overlap_or_touch_are_one() -> None:
    instants = np.array([0, 5, 7, 9, 20])
    down = np.array([False, True, True, False, True])
    assert intervals(instants, down, 30).tolist() == [[5, 9], [20, 30]]
    assert intervals(instants, np.zeros(5, dtype=bool), 30).shape == (0, 2)


def test_sessions_that_begin_in_an_outage_begin_at_its_end_or_not_at_all() -> None:
    opens, closes = (
        np.array([0, 10, 20, 30]),
        np.array([10, 20, 30, 40]),
    )  # round the clock: closing and opening at once
    plan = timetable(opens, closes, np.array([[5, 25]]))
    assert (plan.opens.tolist(), plan.closes.tolist()) == ([0, 25, 30], [10, 30, 40])
    assert (plan.suspends.tolist(), plan.resumes.tolist()) == ([5], [25])


def test_a_system_round_the_clock_settles_nothing_between_two_sessions_of_an_outage() -> None:
    system = SettlementSystem(2)
    system.set_liquidity([100, 100])
    system.add([1, 6, 12, 26], [0, 0, 1, 0], [1, 1, 0, 1], [10, 10, 10, 10], [1, 2, 3, 4])
    opens, closes = np.array([0, 10, 20, 30]), np.array([10, 20, 30, 40])
    plan = timetable(opens, closes, np.array([[5, 25]]))
    for instant in (5, 7, 20, 25, 40):
        system.follow(plan, instant)
    done = system.settled_since(0)
    assert dict(zip(done.payment_id.tolist(), done.settled.tolist(), strict=True)) == {1: 1, 2: 25, 3: 25, 4: 26}


def waiting(prepared: Prepared) -> dict[str, list[float]]:
    """Expected hours by option, of every month."""
    world = prepared.world
    outages = Timeline(world, prepared.events, prepared.starts).outages()
    hours = expected_waiting(world, [system.calendar for system in prepared.systems], prepared.starts, outages)
    return {option.name: hours[:, p].tolist() for p, option in enumerate(world.options)}


def test_the_mean_field_waits_for_a_network_half_the_outage_for_its_part_of_the_month(tell: Tell) -> None:
    found = waiting(tell("horizon=2024-09", text=outage("network: SWIFT")))
    working_hours = 22 * 24  # 22 weekdays in August 2024
    for option, (july, august, september) in found.items():
        assert july == september == 0.0
        assert august == pytest.approx(0.0 if option == "cny-cips" else HOURS**2 / 2 / working_hours, rel=0.01)


def test_the_mean_field_waits_for_the_opening_after_an_outage_that_outlasts_the_day(tell: Tell) -> None:
    # T2 closes at 16:00 UTC in August and opens at 00:30. Down from 08:00: eight hours of messages wait, on the mean,
    # 12.5 hours until 00:30; those from 16:00 on wait for it anyway.
    found = waiting(tell("horizon=2024-08", text=outage("system: T2", duration="9 h")))
    assert found["eur-swift"][1] == pytest.approx(8 * 12.5 / (22 * 24), rel=0.01)
    assert all(hours[1] == 0.0 for option, hours in found.items() if option != "eur-swift")


def test_nobody_waits_for_a_system_that_is_down_while_it_is_closed(tell: Tell) -> None:
    weekend = outage("system: T2", begin="2024-08-03 06:00", duration="20 h")
    assert waiting(tell("horizon=2024-08", text=weekend))["eur-swift"] == [0.0, 0.0]


def test_two_outages_of_one_system_add_up(tell: Tell) -> None:
    second = outage("system: T2", begin="2024-08-08 08:00").removeprefix("events:\n").replace("id: down, ", "")
    one, two = (
        waiting(tell("horizon=2024-08", text=text))["eur-swift"][1]
        for text in (outage("system: T2"), outage("system: T2") + second)
    )
    assert two == pytest.approx(2 * one, rel=1e-9)


def test_what_ends_within_a_second_has_ended(tell: Tell) -> None:
    """A phase of sanctions whose length is no whole number of seconds must not last until the month's end."""
    event = "{{kind: secondary_sanctions, targets: [CHN], at: 2024-08-01, shock_duration: {}}}"
    whole, fraction = (
        tell("horizon=2024-08", text=f"events:\n  - {event.format(length)}\n") for length in ("5 d", "5.000001 d")
    )
    for prepared, second in ((whole, 0), (fraction, 1)):
        timeline = Timeline(prepared.world, prepared.events, prepared.starts)
        end = int(datetime(2024, 8, 6, tzinfo=UTC).timestamp()) + second
        assert timeline.policy(end - 1).refusal_shock.any()
        assert not timeline.policy(end).refusal_shock.any()
