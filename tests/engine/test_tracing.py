"""Probes: payments that are followed through a run, are treated like any other, and change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from telling import ALL_LUCK, DAY, HOUR, NO_LUCK, Tell, at, different

from paysim.engine.draws import draw
from paysim.engine.prepared import Prepared
from paysim.engine.simulation import Simulation
from paysim.engine.tracing import Probe, Tracing, follow
from paysim.networks.messaging import CORRESPONDENTS

CUT = at("2024-08-05 16:00")
EVENT = "events:\n  - {id: cut, kind: disconnection, groups: [CHN, HKG], at: 2024-08-05 16:00Z, notice: 0 d}\n"
BAN = "events:\n  - {id: ban, kind: clearing_ban, currencies: [USD], groups: [CHN], at: 2024-08-05 16:00Z}\n"
OUTAGE = "events:\n  - {id: out, kind: outage, network: SWIFT, at: 2024-08-05 12:00Z, duration: 10 h}\n"
DOWN = "events:\n  - {id: out, kind: outage, system: CHIPS, at: 2024-08-05 12:00Z, duration: 6 h}\n"
BACK = EVENT + "  - {id: back, kind: reconnection, groups: [CHN, HKG], at: 2024-08-12 16:00Z}\n"
FEAR = "events:\n  - {id: fear, kind: secondary_sanctions, targets: [CHN], at: 2024-08-01}\n"
NOBODY, EVERYBODY = "behaviour.bypass_share=0 %", "behaviour.bypass_share=100 %"


def corridor(prepared: Prepared, exporter: str, importer: str) -> int:
    world = prepared.individual
    return world.group_index(exporter) * len(world.groups) + world.group_index(importer)


def option(prepared: Prepared, name: str) -> int:
    return [one.name for one in prepared.individual.options].index(name)


def probes(prepared: Prepared, event: int = CUT) -> list[Probe]:
    place = corridor(prepared, "CHN", "USA"), option(prepared, "usd-swift")
    return [
        Probe("before", *place, event - 7 * DAY),
        Probe("at", *place, event, meets=True),
        Probe("after", corridor(prepared, "CHN", "USA"), option(prepared, "cny-cips"), event + 31 * DAY),
        Probe("old", *place, event + 31 * DAY, like="before"),
    ]


def traced(prepared: Prepared, asked: list[Probe], seed: int = 1) -> Tracing:
    return follow(prepared, draw(prepared, seed, [0], NO_LUCK), seed, 0, asked)


def steps(run: Tracing, name: str) -> list[str]:
    return [note.step for note in run.followed[name].notes]


# --- nothing else moves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", [EVENT, BAN, OUTAGE, BACK, FEAR], ids=["cut", "ban", "outage", "back", "fear"])
def test_a_run_with_probes_gives_the_series_of_the_run_without(tell: Tell, story: str) -> None:
    prepared = tell("horizon=2024-11", text=story)
    draws = draw(prepared, 3, [0], ALL_LUCK)
    plain = Simulation(prepared, draws, 3, 0)
    plain.run()
    many = [
        Probe(f"{name} {number}", place, one, CUT + number * 7 * HOUR)
        for number in range(-40, 60)
        for name, place, one in (
            ("usd", corridor(prepared, "CHN", "USA"), option(prepared, "usd-swift")),
            ("eur", corridor(prepared, "ALLY", "EUR"), option(prepared, "eur-swift")),
        )
    ]
    run = Tracing(prepared, draws, 3, 0, [*probes(prepared), *many])
    run.run()
    assert sum(bool(one.notes) for one in run.followed.values()) == len(many) + 4
    assert different(plain.record(), run.record(), slice(None)) == []
    assert plain.record().facts == run.record().facts


def test_probes_leave_the_luck_of_all_payments_alone(tell: Tell) -> None:
    prepared = tell("horizon=2024-10", text=EVENT)
    draws = draw(prepared, 1, [0], NO_LUCK)
    plain, run = Simulation(prepared, draws, 1, 0), Tracing(prepared, draws, 1, 0, probes(prepared))
    for simulation in (plain, run):
        simulation.run()
    assert plain.ledger.settled.tobytes() == run.ledger.settled.tobytes()
    assert plain.ledger.delay.tobytes() == run.ledger.delay.tobytes()


# --- what becomes of them -------------------------------------------------------------------------------------------


def test_before_the_cut_a_payment_settles_and_is_credited(tell: Tell) -> None:
    run = traced(tell("horizon=2024-11", text=EVENT), probes(tell("horizon=2024-11", text=EVENT)))
    one = run.followed["before"]
    assert steps(run, "before") == ["sent", "settled", "credited"]
    sent, settled, credited = one.notes
    assert sent.at == one.submitted == CUT - 7 * DAY
    assert sent.arrives == sent.at + int(one.message.arrival)
    assert run.world.systems[settled.system] == "CHIPS"
    assert settled.at >= sent.arrives
    assert credited.at == max(sent.at + int(one.message.credit), settled.at)


def test_the_importers_bank_pays(tell: Tell) -> None:
    prepared = tell("horizon=2024-11", text=EVENT)
    run = traced(prepared, probes(prepared))
    home = run.world.banks.group
    for one in run.followed.values():
        assert run.world.groups[home[one.sender]] == "USA"
        assert run.world.groups[home[one.receiver]] == "CHN"


def test_a_message_under_way_at_the_cut_comes_back(tell: Tell) -> None:
    prepared = tell("horizon=2024-12", NOBODY, text=EVENT)
    run = traced(prepared, probes(prepared))
    one = run.followed["at"]
    assert one.under_way
    sent, returned, failed = one.notes
    assert (sent.step, returned.step, failed.step) == ("sent", "returned", "failed")
    assert sent.at < CUT < sent.arrives
    assert returned.at == CUT
    limit = float(run.economy.parameters.queue_limit[0]) * DAY
    assert failed.at == min(start for start in run.starts if start > one.submitted + limit)


def test_without_the_cut_the_same_message_is_credited(tell: Tell) -> None:
    prepared = tell("horizon=2024-11")
    run = traced(prepared, probes(prepared))
    assert all(steps(run, name)[-1] == "credited" for name in ("before", "at", "old"))
    assert not run.followed["old"].blocked


def test_an_old_contract_is_blocked_after_the_cut_and_the_bypass_takes_it_or_not(tell: Tell) -> None:
    for change, fate in ((NOBODY, "failed"), (EVERYBODY, "bypassed")):
        prepared = tell("horizon=2024-12", change, text=EVENT)
        run = traced(prepared, probes(prepared))
        assert run.followed["old"].blocked
        assert steps(run, "old") == ["blocked", fate]
        before = run.followed["before"]
        assert (run.followed["old"].sender, run.followed["old"].receiver) == (before.sender, before.receiver)


def test_what_came_back_is_sent_again_after_a_reconnection(tell: Tell) -> None:
    prepared = tell("horizon=2024-11", NOBODY, text=BACK)
    run = traced(prepared, probes(prepared))
    assert steps(run, "at") == ["sent", "returned", "resent", "sent", "settled", "credited"]
    again = run.followed["at"].notes[3]
    assert again.at == at("2024-08-12 16:00")
    assert again.arrives - again.at == int(run.followed["at"].message.arrival)


def test_a_ban_stops_dollars_and_leaves_euros_alone(tell: Tell) -> None:
    prepared = tell("horizon=2024-11", EVERYBODY, text=BAN)
    euros = Probe("euros", corridor(prepared, "CHN", "EUR"), option(prepared, "eur-swift"), CUT, meets=True)
    run = traced(prepared, [*probes(prepared), euros])
    assert steps(run, "at") == ["sent", "returned", "bypassed"]
    assert steps(run, "euros") == ["sent", "settled", "credited"]


def test_an_outage_of_the_network_holds_the_message_to_its_end(tell: Tell) -> None:
    place = (corridor, option)
    for story, end in ((OUTAGE, at("2024-08-05 22:00")), ("", None)):
        prepared = tell("horizon=2024-09", text=story)
        one = Probe("one", place[0](prepared, "CHN", "USA"), place[1](prepared, "usd-swift"), CUT)
        sent = traced(prepared, [one]).followed["one"].notes[0]
        usual = sent.at + int(traced(prepared, [one]).followed["one"].message.arrival)
        assert sent.arrives == (usual if end is None else end)


def test_an_outage_of_the_system_lets_payments_wait_there(tell: Tell) -> None:
    prepared = tell("horizon=2024-09", text=DOWN)
    one = Probe("one", corridor(prepared, "CHN", "USA"), option(prepared, "usd-swift"), at("2024-08-05 13:00"))
    sent, settled, _ = traced(prepared, [one]).followed["one"].notes
    assert sent.arrives < at("2024-08-05 18:00") == settled.at


def test_all_probes_share_the_luck_of_their_messages_and_have_their_own_fate(tell: Tell) -> None:
    prepared = tell("horizon=2024-11", text=EVENT)
    run = traced(prepared, probes(prepared))
    before, old = run.followed["before"], run.followed["old"]
    assert before.luck.tobytes() == old.luck.tobytes()
    assert run.fate_luck["before"].tobytes() != run.fate_luck["old"].tobytes()
    other = traced(prepared, probes(prepared), seed=2)
    assert other.followed["before"].luck.tobytes() != before.luck.tobytes()


def test_the_message_is_followed_from_bank_to_bank(tell: Tell) -> None:
    prepared = tell("horizon=2024-09")
    one = Probe("one", corridor(prepared, "CHN", "USA"), option(prepared, "usd-swift"), CUT)
    for luck in range(12):
        run = Tracing(prepared, draw(prepared, 1, [0], NO_LUCK), 1, 0, [one], luck)
        run.run()
        followed = run.followed["one"]
        assert not run.drawing.native[one.option]  # by correspondents
        assert CORRESPONDENTS == 0
        assert 1 <= len(followed.message.stops) <= 4
        assert followed.notes[0].arrives == followed.submitted + int(followed.message.stops[-1].sent)
        assert np.isfinite(followed.message.credit)


def test_the_participant_of_the_sender_alone_brings_in_the_minor_unit(tell: Tell) -> None:
    prepared = tell("horizon=2024-09")
    one = Probe("one", corridor(prepared, "CHN", "EUR"), option(prepared, "usd-swift"), CUT)
    draws = draw(prepared, 1, [0], NO_LUCK)
    plain, run = Simulation(prepared, draws, 1, 0), Tracing(prepared, draws, 1, 0, [one])
    for simulation in (plain, run):
        simulation.run()
    place = run.world.systems.index("CHIPS")
    more = run.systems[place].injected_by - plain.systems[place].injected_by
    sender = run.followed["one"].sender
    brought = {sender, int(run.world.participant[place, sender])}
    assert more[int(run.world.participant[place, sender])] > 0
    assert set(np.flatnonzero(more)) <= brought
