"""From what the engine noted of a payment to a story of steps, each with its instants, its place and its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from paysim.engine.outages import EPOCH
from paysim.engine.tracing import Followed, Note, Tracing
from paysim.model.contracts import refusal
from paysim.networks.message_steps import Stop
from paysim.study.traced.words import (
    BANKS,
    NETWORK,
    RECEIVER,
    SENDER,
    Passing,
    Reasons,
    bank_name,
    city,
    instant_words,
    local_words,
    money_words,
    percent_words,
    span_words,
    spans_closed,
)
from paysim.words import decimal
from paysim.words import translated as _

Index = NDArray[np.int64]

AROUND = timedelta(days=20)
"""Longer than any system stays closed."""
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Step:
    """One thing that happens to a payment.

    kind : ``submitted``, ``handled``, ``reviewed``, ``delayed``, ``held``, ``arrived``, ``closed``, ``down``,
        ``queued``, ``settled``, ``credited``, ``blocked``, ``refused``, ``returned``, ``waits``, ``resent``,
        ``bypassed``, ``failed`` or ``unfinished``
    lane : where: ``sender``, ``correspondents``, ``network``, ``receiver``, or the name of a settlement system
    begin, end : seconds since 1970; equal where it takes no time
    label : a few words;  text : a sentence, with the reason of a wait
    """

    kind: str
    lane: str
    begin: int
    end: int
    label: str
    text: str


@dataclass(frozen=True)
class Leg:
    """A leg of a payment: the system it settles in (index) and who pays and is paid there, and for whom."""

    system: int
    payer: int
    payee: int
    for_payer: int
    for_payee: int


class Teller:
    """Tells the steps of the payments of one run."""

    def __init__(self, run: Tracing) -> None:
        self.run, self.world, self.timeline = run, run.world, run.timeline
        self.reasons = Reasons(run.world, run.timeline)
        self.calendars = [system.calendar for system in run.prepared.systems]

    def legs(self, one: Followed) -> list[Leg]:
        """The legs of a payment."""
        ends = [(one.system, one.sender, one.receiver)]
        if one.onward >= 0:
            hub = int(self.world.hub_banks[self.world.option_hub[one.probe.option]])
            ends = [(one.system, one.sender, hub), (one.onward, hub, one.receiver)]
        participant = self.world.participant
        return [Leg(s, int(participant[s, a]), int(participant[s, b]), a, b) for s, a, b in ends]

    def passing(self, one: Followed) -> Passing:
        """What a payment needs."""
        systems = tuple(leg.system for leg in self.legs(one))
        return Passing(one.probe.corridor, one.probe.option, one.sender, one.receiver, systems)

    def steps(self, one: Followed, remark: str = "") -> list[Step]:
        """All steps of a payment, in the order of their beginnings; remark : on its contract."""
        told = [self._submitted(one, remark)]
        for place, note in enumerate(one.notes):
            if note.step == "sent":
                told += self._journey(one, note, one.notes[place + 1 :])
            else:
                told += getattr(self, f"_{note.step}")(one, note, one.notes[place + 1 :])
        return sorted(told, key=lambda step: step.begin)  # stable: at one instant in the order in which it was noted

    # --- before and after the message ---------------------------------------------------------------------------

    def _submitted(self, one: Followed, remark: str) -> Step:
        world, option = self.world, self.world.options[one.probe.option]
        words = _("{sender} is told to pay {receiver} in {currency} for goods, by {option}{remark}").format(
            sender=bank_name(world, one.sender),
            receiver=bank_name(world, one.receiver),
            currency=money_words(world.currencies[option.currency]),
            option=option.name,
            remark=remark,
        )
        label = _("submitted {instant}").format(instant=instant_words(one.submitted))
        return Step("submitted", SENDER, one.submitted, one.submitted, label, words)

    def _blocked(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        bar = self.reasons.blocked(self.passing(one), note.at)
        step = Step("blocked", bar.lane, note.at, note.at, bar.label, _("blocked: {why}").format(why=bar.words))
        return [step, *self._waits(one, note, later)]

    def _refused(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        share = self.refused_share(one, note.at)
        since = self.reasons.since(note.at, lambda policy: self._feared(one, policy) > 0.0)
        words = _("refused out of fear: banks refuse {share} such payments {since}").format(
            share=percent_words(share), since=since
        )
        step = Step("refused", SENDER, note.at, note.at, _("refused out of fear"), words)
        why = _("refused out of fear, as {share} are; ").format(share=percent_words(share))
        return [step, *self._waits(one, note, later, why)]

    def refused_share(self, one: Followed, at: int) -> float:
        """Share of the payments on its corridor that banks refuse at an instant."""
        return self._feared(one, self.timeline.policy(at))

    def _feared(self, one: Followed, policy: object) -> float:
        found = refusal(self.run.economy.parameters, policy)  # type: ignore[arg-type] # a policy
        return float(found[0, one.probe.corridor])

    def _returned(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        bar = self.reasons.blocked(self.passing(one), note.at)
        words = _("the message is under way and comes back: {why}").format(why=bar.words)
        return [Step("returned", bar.lane, note.at, note.at, bar.label, words), *self._waits(one, note, later)]

    def _waits(self, one: Followed, note: Note, later: Sequence[Note], why: str = "") -> list[Step]:
        """A payment that waits in its bank, unless it goes another way at once."""
        if later and later[0].step == "bypassed":
            return []
        limit = float(self.run.economy.parameters.queue_limit[0])
        end = later[0].at if later and later[0].at > note.at else note.at
        fails = later and later[0].step == "failed" and self._too_late(one, later[0])
        label = _("waits {span}, then fails") if fails else _("waits {span}")
        words = _("waits at {bank} to be sent again, for {days} days at most").format(
            bank=bank_name(self.world, one.sender), days=decimal(f"{limit:.3g}")
        )
        return [Step("waits", SENDER, note.at, end, why + label.format(span=span_words(end - note.at)), words)]

    def _too_late(self, one: Followed, note: Note) -> bool:
        """Whether a payment that is given up has waited longer than the limit, and not only until the run ends."""
        return note.at - one.submitted > float(self.run.economy.parameters.queue_limit[0]) * SECONDS_A_DAY

    def _bypassed(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        share = float(self.run.economy.parameters.bypass_share[0])
        words = _("goes another way: agents, barter or bilateral accounts, as {share} such payments do").format(
            share=percent_words(share)
        )
        refused = len(one.notes) > 1 and one.notes[one.notes.index(note) - 1].step == "refused"
        label = _("refused out of fear; goes another way") if refused else _("goes another way")
        return [Step("bypassed", SENDER, note.at, note.at, label, words)]

    def _resent(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        return [Step("resent", SENDER, note.at, note.at, _("sent again"), _("may go again, and is sent again"))]

    def _failed(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        limit = float(self.run.economy.parameters.queue_limit[0])
        if not self._too_late(one, note):
            words = _("still waits when the run ends")
            return [Step("unfinished", SENDER, note.at, note.at, _("still waits"), words)]
        words = _("has failed: at the turn of the month it has waited longer than {days} days").format(
            days=decimal(f"{limit:.3g}")
        )
        return [Step("failed", SENDER, note.at, note.at, _("failed"), words)]

    # --- the message --------------------------------------------------------------------------------------------

    def _journey(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        """A message from its sending to its arrival, or until it is returned, and what settles."""
        returned = next((other.at for other in later if other.step == "returned"), None)
        steps = list(self._at_banks(one, note, returned))
        rest = [*self._under_way(one, note), *self._at_systems(one, note, later)]
        if returned is None:
            return steps + rest
        seen = [step for step in rest if step.begin < returned and step.lane == NETWORK]
        return steps + [replace(step, end=min(step.end, returned)) for step in seen]

    def _at_banks(self, one: Followed, note: Note, returned: int | None) -> Iterator[Step]:
        """The message at the banks before the beneficiary's, up to the instant at which it is returned."""
        stops = one.message.stops
        for number, stop in enumerate(stops):
            begin, end = note.at + int(stop.reached), note.at + int(stop.ready)
            who, lane = self._who(one, number), SENDER if number == 0 else BANKS
            last = number == len(stops) - 1
            whom = bank_name(self.world, one.receiver) if last else self._who(one, number + 1)
            if returned is not None and end > returned:
                if begin < returned:
                    text = _("the message is at {bank}").format(bank=who)
                    yield Step("handled", lane, begin, returned, _("has the message"), text)
                return
            takes = span_words(end - begin)
            if stop.reviewed:
                text = _("{review}; it goes on to {receiver}").format(
                    review=self._review(who, stop, note.at), receiver=whom
                )
                yield Step("reviewed", lane, begin, end, _("a person reviews it"), text)
            elif number == 0:
                text = _("{sender} sends the message by {network} to {receiver}, within {span}").format(
                    sender=who, network=self.network(one), receiver=whom, span=takes
                )
                yield Step("handled", lane, begin, end, _("sent within {span}").format(span=takes), text)
            else:
                text = _("{sender} passes the message on to {receiver}, within {span}").format(
                    sender=who, receiver=whom, span=takes
                )
                yield Step("handled", lane, begin, end, _("passed on within {span}").format(span=takes), text)

    def _review(self, who: str, stop: Stop, sent: int) -> str:
        zone = self.run.drawing.places[stop.place].time_zone
        closed = "" if stop.begun - stop.reached < 1 else _(", when the desk opens")
        begins, ends = (local_words(sent + int(at), zone) for at in (stop.begun, stop.ready))
        return _(
            "the filter of {bank} stops the message: a person reviews it from {begin}{closed}, to {end} ({span} of "
            "work)"
        ).format(bank=who, begin=begins, closed=closed, end=ends, span=span_words(stop.work))

    def _who(self, one: Followed, number: int) -> str:
        """The bank at a stop: the sender, a hub's bank, or a correspondent, of which only the place is known."""
        world, option = self.world, self.world.options[one.probe.option]
        if number == 0:
            return bank_name(world, one.sender)
        hub = option.hub >= 0
        if number == 1 and hub:
            return _("{bank} (the hub)").format(bank=bank_name(world, int(world.hub_banks[option.hub])))
        zone = self.run.drawing.places[one.message.stops[number].place].time_zone
        several = len(one.message.stops) > 2 + hub
        which = _("correspondent {number}").format(number=number - hub) if several else _("a correspondent")
        return which if zone == "UTC" else _("{correspondent} in {city}").format(correspondent=which, city=city(zone))

    def network(self, one: Followed) -> str:
        """The networks that carry the message."""
        return _(" and ").join(self.world.networks[n] for n in self.world.options[one.probe.option].message)

    def _under_way(self, one: Followed, note: Note) -> Iterator[Step]:
        """What holds a message up between the last bank and its arrival, and the arrival."""
        policy = self.timeline.policy(note.at)
        days = float(policy.delay.reshape(-1)[one.probe.corridor])
        passed = note.at + int(one.message.arrival)
        usual = note.at + int(one.message.arrival + days * SECONDS_A_DAY)
        if usual > passed:
            length = decimal(f"{days:.3g}")
            words = _("banks look at it for {days} days, out of fear").format(days=length)
            label = _("held back {days} d, out of fear").format(days=length)
            yield Step("delayed", NETWORK, passed, usual, label, words)
        if note.arrives > usual:
            words = _("{network} is down until {instant}: the message waits").format(
                network=self.network(one), instant=instant_words(note.arrives)
            )
            label = _("{system} is down").format(system=self.network(one))
            yield Step("held", NETWORK, usual, note.arrives, label, words)
        names = _(" and ").join(dict.fromkeys(self.world.systems[leg.system] for leg in self.legs(one)))
        words = _("the message is at {bank}, and the payment at {systems}").format(
            bank=bank_name(self.world, one.receiver), systems=names
        )
        yield Step(
            "arrived",
            RECEIVER,
            note.arrives,
            note.arrives,
            _("arrives after {span}").format(span=span_words(note.arrives - one.submitted)),
            words,
        )

    # --- settlement ---------------------------------------------------------------------------------------------

    def _at_systems(self, one: Followed, note: Note, later: Sequence[Note]) -> Iterator[Step]:
        """What a payment waits for where it settles, and that it settles."""
        for leg in self.legs(one):
            name = self.world.systems[leg.system]
            if one.sender == one.receiver or leg.payer == leg.payee:
                yield Step("settled", name, note.arrives, note.arrives, self._booked(one, leg), self._books(one, leg))
                continue
            settled = next((n.at for n in later if n.step == "settled" and n.system == leg.system), None)
            ended = next((n.at for n in later if n.step in ("failed", "returned")), note.arrives)
            yield from self._waiting(leg, note.arrives, ended if settled is None else settled)
            if settled is not None:
                text = _("settles in {system}: {between}").format(system=name, between=self._between(leg))
                yield Step("settled", name, settled, settled, self._pays(leg), text)

    def _books(self, one: Followed, leg: Leg) -> str:
        world = self.world
        if one.sender == one.receiver:
            return _("settles at once: both customers are with {bank}").format(bank=bank_name(world, one.sender))
        name = bank_name(world, leg.payer)
        who = _("{one} and {other} both pay over it").format(
            one=bank_name(world, leg.for_payer), other=bank_name(world, leg.for_payee)
        )
        if leg.for_payer == leg.payer or leg.for_payee == leg.payee:
            other = leg.for_payee if leg.for_payer == leg.payer else leg.for_payer
            who = _("{bank} is its customer").format(bank=bank_name(world, other))
        return _("settles at once in the books of {bank}: {why}, so {system} is not needed").format(
            bank=name, why=who, system=world.systems[leg.system]
        )

    def _booked(self, one: Followed, leg: Leg) -> str:
        bank = one.sender if one.sender == one.receiver else leg.payer
        return _("settles in the books of {bank}").format(bank=bank_name(self.world, bank))

    def _pays(self, leg: Leg) -> str:
        return _("settles: {payer} pays {payee}").format(
            payer=bank_name(self.world, leg.payer), payee=bank_name(self.world, leg.payee)
        )

    def _between(self, leg: Leg) -> str:
        """Who pays whom in a system, and over which correspondents."""
        world = self.world
        paid = _("{payer} pays {payee}").format(payer=bank_name(world, leg.payer), payee=bank_name(world, leg.payee))
        over = []
        if leg.payer != leg.for_payer:
            pays = _("{bank} pays over its correspondent {correspondent}")
            over.append(pays.format(bank=bank_name(world, leg.for_payer), correspondent=bank_name(world, leg.payer)))
        if leg.payee != leg.for_payee:
            is_paid = _("{bank} is paid over its correspondent {correspondent}")
            over.append(is_paid.format(bank=bank_name(world, leg.for_payee), correspondent=bank_name(world, leg.payee)))
        return f"{paid} ({', '.join(over)})" if over else paid

    def _waiting(self, leg: Leg, arrives: int, settled: int) -> Iterator[Step]:
        """Why a payment that is at a system does not settle yet: closed, down, or no liquidity."""
        name, zone, at = self.world.systems[leg.system], self.calendars[leg.system].time_zone, arrives
        for begin, end, kind in self.not_running(leg.system, arrives, settled):
            if begin > at:
                break
            closes_down = kind == "down" and end not in self.run.outages.systems[leg.system][:, 1]
            local = local_words(end, zone)
            label, text = _not_running(kind, closes_down)
            text = text.format(system=name, instant=instant_words(end), local=local)
            yield Step(kind, name, begin, end, label.format(local=local), text)
            at = end
        if settled > at:
            words = _("in the queue of {bank} behind its earlier payments, until it has cover").format(
                bank=bank_name(self.world, leg.payer)
            )
            yield Step("queued", name, at, settled, _("queued for cover"), words)

    def not_running(self, system: int, first: int, last: int) -> list[tuple[int, int, str]]:
        """Spans between two instants in which a system is ``closed``, or ``down`` in its hours, ascending."""
        start, stop = (datetime.fromtimestamp(at, UTC) for at in (first, last))
        opens, closes = self.calendars[system].sessions(start - AROUND, stop + AROUND, EPOCH)
        return spans_closed(np.stack([opens, closes], axis=1), self.run.outages.systems[system], first, last)

    def _settled(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        return []  # told with the message

    def _credited(self, one: Followed, note: Note, later: Sequence[Note]) -> list[Step]:
        name = bank_name(self.world, one.receiver)
        before = [n.at for n in one.notes if n.step == "settled"] + [n.arrives for n in one.notes if n.step == "sent"]
        if note.at <= max(before):
            words = _("{bank} credits its customer at once").format(bank=name)
        else:
            words = _("{bank} credits its customer, after checks, batches and office hours of its own").format(
                bank=name
            )
        label = _("credited after {span}").format(span=span_words(note.at - one.submitted))
        return [Step("credited", RECEIVER, note.at, note.at, label, words)]


def _not_running(kind: str, until_closing: bool) -> tuple[str, str]:
    """Label and sentence for a system that does not run, still to be filled."""
    if kind == "closed":
        return _("closed until {local}"), _("{system} is closed until {instant} ({local}): the payment waits")
    if until_closing:
        until = _("{system} is down until it closes at {instant} ({local}): the payment waits")
        return _("down until {local}"), until
    return _("down until {local}"), _("{system} is down until {instant} ({local}): the payment waits")
