"""Follow an invoice through a scenario: before, at and after an event, in a real run of the event engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paysim.engine.build import prepare
from paysim.engine.draws import Draws, draw
from paysim.engine.prepared import Prepared
from paysim.engine.timeline import Timeline
from paysim.engine.tracing import Followed, Probe, Tracing, follow
from paysim.errors import InputError
from paysim.study.ensemble import SOURCES
from paysim.study.traced.plan import (
    AFTER,
    AT,
    BEFORE,
    MONTHS_AFTER,
    OLD,
    Subject,
    choose_subject,
    first_probes,
    later_probes,
    read_corridor,
    read_date,
    read_option,
    until,
)
from paysim.study.traced.steps import Step, Teller
from paysim.study.traced.words import bank_name, instant_words, percent_words, read_utc, span_words
from paysim.words import said
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

REPLICATE = 0
"""The replicate that is traced: the first of `paysim run`."""
FATES = {"credited": "settled", "bypassed": "bypassed", "failed": "failed", "unfinished": "waiting"}
"""What becomes of an invoice, by the kind of its last step."""
MONTHS_TO_END = 4
"""Months that a run goes on after the last invoice, so that what waits for two months at most ends."""


@dataclass(frozen=True)
class Place:
    """A settlement system that a payment needs: spans in which it does not run while the payment is followed.

    zone : of its clock; not_running : begin, end (seconds since 1970) and ``closed`` or ``down``
    """

    name: str
    zone: str
    not_running: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Invoice:
    """A payment for goods and what became of it; instants are seconds since 1970.

    name : ``before``, ``at``, ``after`` or ``old``;  heading : what it is, in words
    sender, receiver : banks;  option, currency, network : names;  systems : in the order of the legs
    fate : ``settled``, ``bypassed``, ``failed`` or ``waiting``;  ended : instant of that
    steps : in the order of their beginnings
    """

    name: str
    heading: str
    option: str
    currency: str
    network: str
    sender: str
    receiver: str
    systems: tuple[Place, ...]
    submitted: int
    fate: str
    ended: int
    steps: tuple[Step, ...]

    @property
    def ends(self) -> str:
        """Who pays whom."""
        return _("{payer} pays {payee}").format(payer=self.sender, payee=self.receiver)

    @property
    def outcome(self) -> str:
        """What becomes of it, in words."""
        after, at_once = {
            "settled": (_("Credited after {span}"), _("Credited at once")),
            "bypassed": (_("Goes another way after {span}"), _("Goes another way at once")),
            "failed": (_("Fails after {span}"), _("Fails at once")),
            "waiting": (_("Still waits after {span}"), _("Still waits at once")),
        }[self.fate]
        taken = self.ended - self.submitted
        return after.format(span=span_words(taken)) if taken else at_once

    def as_dict(self) -> dict[str, Any]:
        """Everything, with instants as text and seconds since submission, for JSON."""
        systems = [
            {
                "name": system.name,
                "time_zone": system.zone,
                "not_running": [[read_utc(a), read_utc(b), why] for a, b, why in system.not_running],
            }
            for system in self.systems
        ]
        steps = [
            {
                "kind": step.kind,
                "where": step.lane,
                "begin": read_utc(step.begin),
                "end": read_utc(step.end),
                "after_seconds": step.begin - self.submitted,
                "lasts_seconds": step.end - step.begin,
                "text": step.text,
            }
            for step in self.steps
        ]
        plain = {key: getattr(self, key) for key in ("name", "heading", "option", "currency", "network")}
        return {
            **plain,
            "sender": self.sender,
            "receiver": self.receiver,
            "systems": systems,
            "submitted": read_utc(self.submitted),
            "fate": self.fate,
            "ended": read_utc(self.ended),
            "steps": steps,
        }


@dataclass(frozen=True)
class Trace:
    """Invoices of one corridor, followed through a scenario.

    corridor : exporter's and importer's group;  event : its name, empty without one;  at : its instant, or the date
    notes : what a person must know beside the steps
    """

    scenario: str
    title: str
    seed: int
    corridor: tuple[str, str]
    event: str
    at: int
    invoices: tuple[Invoice, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "scenario": self.scenario,
            "title": self.title,
            "seed": self.seed,
            "replicate": REPLICATE,
            "exporter": self.corridor[0],
            "importer": self.corridor[1],
            "event": self.event or None,
            "at": read_utc(self.at),
            "invoices": [invoice.as_dict() for invoice in self.invoices],
            "notes": list(self.notes),
        }


def trace_scenario(
    scenario: Scenario, corridor: str | None = None, date: str | None = None, option: str | None = None
) -> Trace:
    """Follow an invoice through a scenario and tell it in the language spoken; see `follow_invoices`."""
    return follow_invoices(scenario, corridor, date, option).told()


def follow_invoices(
    scenario: Scenario, corridor: str | None = None, date: str | None = None, option: str | None = None
) -> Traced:
    """Follow an invoice through a scenario.

    corridor : ``CHN-EUR`` or names of countries, exporter first; by default the one with most value that the event
        touches
    date : instant of an event, or of a single invoice; by default that of the first event that blocks, refuses or takes
        down something of the corridor
    option : name; by default the one that the corridor uses most of those that the event touches

    Raises InputError where one of them is unknown or makes no sense, and what `prepare` raises.
    """
    groups = None if corridor is None else read_corridor(corridor, scenario)
    when = None if date is None else read_date(date, scenario)
    prepared = prepare(scenario)
    world = prepared.individual
    wanted = None if option is None else read_option(option, world)
    place = None if groups is None else _corridor(prepared, *groups)
    draws = draw(prepared, scenario.seed, [REPLICATE], SOURCES)
    subject = choose_subject(prepared, draws, place, wanted, when, date is not None and ":" not in date)
    return Traced(scenario, prepared, subject)


def _corridor(prepared: Prepared, exporter: str, importer: str) -> int:
    world = prepared.individual
    found = world.group_index(exporter) * len(world.groups) + world.group_index(importer)
    if world.trade[world.group_index(exporter), world.group_index(importer)] <= 0.0:
        raise InputError(
            f"--corridor {exporter}-{importer}: no goods are traded there; expected a pair of groups with trade"
        )
    return found


class Traced:
    """A subject that was followed in two runs, the first to see which contracts are made anew after the event."""

    def __init__(self, scenario: Scenario, prepared: Prepared, subject: Subject) -> None:
        self.scenario, self.subject = scenario, subject
        more = MONTHS_AFTER + MONTHS_TO_END if subject.touch is not None else MONTHS_TO_END
        self.prepared = until(prepared, subject.at, more)
        self.draws: Draws = draw(self.prepared, scenario.seed, [REPLICATE], SOURCES)
        self.world = self.prepared.individual
        system = self.world.options[subject.option].systems[-1]
        self.rule = self.prepared.systems[system].calendar.working
        self._run()

    def _run(self) -> None:
        scout = Tracing(self.prepared, self.draws, self.scenario.seed, REPLICATE)
        scout.run()
        timeline = scout.timeline
        probes = first_probes(self.subject, timeline, self.rule, scout.starts[0])
        self._check_used(scout, probes)
        later = later_probes(self.subject, scout.mixes, timeline, scout.starts, self.rule, probes)
        later = [probe for probe in later if probe.at < scout.starts[len(self.prepared.months)]]
        self.run = follow(self.prepared, self.draws, self.scenario.seed, REPLICATE, [*probes, *later])
        self.timeline = timeline

    def told(self) -> Trace:
        """Tell it in the language spoken."""
        run, teller = self.run, Teller(self.run)
        invoices = [self._invoice(teller, one) for one in run.followed.values() if not self._same(run, one)]
        group = self.world.groups
        pair = self.world.payer[self.subject.corridor], self.world.payee[self.subject.corridor]
        return Trace(
            scenario=self.scenario.name,
            title=said(self.scenario.title),
            seed=self.scenario.seed,
            corridor=(group[pair[0]], group[pair[1]]),
            event=self._event(),
            at=self.subject.at,
            invoices=tuple(invoices),
            notes=tuple(self._notes(run, self.timeline)),
        )

    def _event(self) -> str:
        return "" if self.subject.touch is None else str(self.subject.touch.event.title())  # type: ignore[attr-defined]

    def _check_used(self, scout: Tracing, probes: Sequence[Probe]) -> None:
        """See that some contract of the corridor names the option."""
        month = int(np.searchsorted(scout.starts, probes[0].drawn, side="right")) - 1
        mix = scout.mixes[month]
        shares = mix.live[self.subject.corridor] + mix.blocked[self.subject.corridor]
        if shares[self.subject.option] > 0.0:
            return
        named = [
            f"{option.name} {100 * share:.2g} %"
            for option, share in zip(self.world.options, shares, strict=True)
            if share > 0.0
        ]
        name = self.world.options[self.subject.option].name
        raise InputError(f"--option: no contract of this corridor names {name} then; they name {', '.join(named)}")

    def _same(self, run: Tracing, one: Followed) -> bool:
        """Whether an old contract is no other thing than one made after the event."""
        after = run.followed.get(AFTER)
        if one.probe.name != OLD or after is None or after.probe.option != one.probe.option:
            return False
        return not any(note.step == "blocked" for note in one.notes)

    def _invoice(self, teller: Teller, one: Followed) -> Invoice:
        world, option = self.world, self.world.options[one.probe.option]
        steps = teller.steps(one, self._remark(teller.run, one))
        first, last = one.submitted, max(step.end for step in steps)
        return Invoice(
            name=one.probe.name,
            heading=self._heading(one),
            option=option.name,
            currency=world.currencies[option.currency],
            network=teller.network(one),
            sender=bank_name(world, one.sender),
            receiver=bank_name(world, one.receiver),
            systems=tuple(
                Place(
                    world.systems[leg.system],
                    teller.calendars[leg.system].time_zone,
                    tuple(teller.not_running(leg.system, first, max(last, first + 1))),
                )
                for leg in teller.legs(one)
            ),
            submitted=first,
            fate=FATES[steps[-1].kind],
            ended=last,
            steps=tuple(steps),
        )

    def _heading(self, one: Followed) -> str:
        name, subject = one.probe.name, self.subject
        if subject.touch is None:
            return _("An invoice")
        if name == BEFORE:
            return _("Before")
        if name == AT:
            if one.probe.meets:
                return _("Under way when it happens")
            return _("When it happens") if subject.blocks else _("While it lasts")
        if name == OLD:
            return _("Afterwards, with an old contract")
        return _("Afterwards") if subject.stops else _("Afterwards, with a new contract")

    def _remark(self, run: Tracing, one: Followed) -> str:
        """How many of the contracts made anew name what this one names."""
        if one.probe.name != AFTER or self.subject.stops:
            return ""
        month = int(np.searchsorted(run.starts, one.probe.drawn, side="right")) - 1
        share = run.mixes[month].chosen[one.probe.corridor, one.probe.option]
        return _(", as {share} contracts made anew").format(share=percent_words(share))

    def _notes(self, run: Tracing, timeline: Timeline) -> list[str]:
        subject, found = self.subject, list[str]()
        names = [one.probe.name for one in run.followed.values()]
        if subject.touch is None:
            return found
        if BEFORE not in names:
            found.append(_("The event comes so early that no invoice of five working days before is in the run."))
        if AFTER not in names:
            found.append(
                _(
                    "Nobody on this corridor could make contracts anew within {months} months of the event, or the "
                    "scenario ends before."
                ).format(months=MONTHS_AFTER)
            )
        if any(one.probe.meets and not one.under_way for one in run.followed.values()):
            text = _("No message was under way at {instant}: it arrived before.")
            found.append(text.format(instant=instant_words(subject.at)))
        return found
