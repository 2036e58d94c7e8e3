"""What a lever reads in a document, what it changes there, and when it has no meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from paysim.explore import story
from paysim.explore.facts import facts
from paysim.explore.story import CUT, HUB, Document, EventEntry, events_of
from paysim.scenario.dates import read_month
from paysim.scenario.units import SHARE
from paysim.words import deferred, month
from paysim.words import translated as _

Templates = Callable[[str, str], EventEntry]
"""An event of a shipped scenario, by the scenario's name and the event's id."""

EVERYBODY, NOBODY = "100 %", "0 %"
CLOSED, OPEN = "closed", "open"
OFF, ON = "off", "on"
ALLIES_USE, ALLIES_REFUSE = "use CIPS", "refuse"

BARRING = ("disconnection", "clearing_ban", "allied_countermeasures")
"""Kinds of events that bar payers from what they have contracted."""
COSTLY = ("secondary_sanctions", "capital_controls", "swap_line", "clearing_bank", "tariff", "export_ban")
"""Other kinds that change what paying or trading costs by enough to be seen in trade."""
PASSING = ("outage",)
"""Kinds that are over before anybody answers."""

MOVING = ("demand_drift", "swap_line", "clearing_bank", "currency_mandate", "fiscal_premium", "capital_controls")
"""Other kinds that move payers from one currency to another."""
HABIT = 60
"""Months below which, where nothing moves payers, the network effect stays within the rounding of the lines."""

SEVERAL = deferred("There are several such events here, each with its own value.")
NO_CUT = deferred("Nobody is cut off here.")
BY_NAME = deferred("The banks that are cut are named one by one here.")
NOT_MOVED = deferred("The date is history here.")
TOO_LATE = deferred("The story begins only after that, in {month}.")
TOO_SHORT = deferred("The story ends before that, in {month}.")
NOTHING_UNPAID = deferred("No payment is blocked or refused here.")
NOTHING_BLOCKED = deferred("No contract is blocked here.")
NO_TIME = deferred("Nothing here moves payers to another currency, and the story is too short for use to breed use.")
NO_CHOICE = deferred("Nothing here changes what one currency costs against another.")
NOTHING_DEARER = deferred("Paying costs nobody noticeably more here.")
NOTHING_MOVES = deferred("Nothing happens here that anybody could answer.")
FROZEN = deferred("Banks' own CIPS messages stay as they are here.")


class Reason(NamedTuple):
    """Why a lever has no meaning; ``fixed`` where no other lever can give it one."""

    words: str
    fixed: bool = False


class Edit(Protocol):
    """One way from a lever's value to a document."""

    def own(self, document: Document, templates: Templates) -> str:
        """The value that a document has, in the words of the lever."""

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Give a document another value, in place."""

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """Why the lever has no meaning in a document, None where it has one."""


def _late(document: Document, event: Mapping[str, Any]) -> Reason | None:
    """Why an event cannot be added to a document: it lies before the start or after the end."""
    first, last = story.span(document)
    begins = story.instant(event)
    if story.months_between(first, begins) < 0:
        return Reason(_(TOO_LATE).format(month=month(first)), fixed=True)
    over = story.months_between(begins, last) <= 0
    return Reason(_(TOO_SHORT).format(month=month(last)), fixed=True) if over else None


def _several(events: list[EventEntry]) -> Reason | None:
    return Reason(_(SEVERAL), fixed=True) if len(events) > 1 else None


def _always(document: Document) -> Reason | None:
    return None


@dataclass(frozen=True)
class Parameter:
    """A parameter of behaviour; ``needs`` says what must happen for it to matter."""

    name: str
    needs: Callable[[Document], Reason | None]

    def own(self, document: Document, templates: Templates) -> str:
        """The best value."""
        about = facts(f"behaviour.{self.name}")
        said = (document.get("behaviour") or {}).get(self.name)
        if isinstance(said, Mapping):
            said = said.get("best")
        assert about.default is not None
        return about.written(about.default if said is None else about.read(said))

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Fix it: a parameter that is set by hand is not drawn any more."""
        document["behaviour"] = {**(document.get("behaviour") or {}), self.name: story.written(value)}

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """What it needs and does not find."""
        return self.needs(document)


@dataclass(frozen=True)
class EventValue:
    """A figure of an event that there is, or that is added from a shipped scenario.

    absent : the value that stands for no event; ``kept`` leaves an event in its place even then, because it does more
    tied : an added event is dated and aimed at whom the story's first blow hits
    anytime : where nobody is hit and the usual date lies outside the story, an added event begins with the story
    """

    kind: str
    name: str
    template: tuple[str, str]
    absent: str
    match: Mapping[str, object] = field(default_factory=dict)
    unit: str | None = None
    kept: bool = False
    tied: bool = False
    anytime: bool = False
    others: Mapping[str, object] = field(default_factory=dict)
    needs: Callable[[Document], Reason | None] = _always

    def _found(self, document: Document) -> list[EventEntry]:
        return events_of(document, self.kind, **self.match)

    def own(self, document: Document, templates: Templates) -> str:
        """The value of the event, or that of none."""
        found, about = self._found(document), facts(f"events.{self.kind}.{self.name}")
        if not found:
            return self.absent
        said = found[0].get(self.name)
        value = about.default if said is None else about.read(said)
        assert value is not None
        return about.written(value, self.unit)

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Write it into the event, add one, or take it out."""
        found = self._found(document)
        if value == self.absent and not self.kept:
            story.remove(document, found)
            return
        event = found[0] if found else story.add(document, self._added(document, templates))
        event[self.name] = story.written(value)

    def _added(self, document: Document, templates: Templates) -> EventEntry:
        event = deepcopy(templates(*self.template)) | dict(self.others)
        falls, hit = story.blow(document), story.against(document)
        if self.tied and falls is not None:
            event["at"] = story.at_text(falls)
            if "targets" in event:
                event["targets"] = list(hit)
        elif self.anytime and not story.inside(document, event):
            event["at"] = story.at_text(story.span(document)[0])
        return event

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """Several events, or none and no time for one."""
        found = self._found(document)
        placed = _several(found) if found else _late(document, self._added(document, templates))
        return placed or self.needs(document)


@dataclass(frozen=True)
class EventSwitch:
    """An event that is there or not, added from a shipped scenario."""

    kind: str
    template: tuple[str, str]
    without: str
    with_it: str
    tied: bool = False

    def own(self, document: Document, templates: Templates) -> str:
        """Whether it is there."""
        return self.with_it if events_of(document, self.kind) else self.without

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Add it or take it out."""
        if value == self.without:
            story.remove(document, events_of(document, self.kind))
        else:
            story.add(document, self._added(document, templates))

    def _added(self, document: Document, templates: Templates) -> EventEntry:
        return EventValue(self.kind, "", self.template, "", tied=self.tied)._added(document, templates)

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """No time for it."""
        return None if events_of(document, self.kind) else _late(document, self._added(document, templates))


@dataclass(frozen=True)
class CutShare:
    """How many banks of the target are cut, by weight; 0 % is no cut."""

    template: tuple[str, str]

    def own(self, document: Document, templates: Templates) -> str:
        """All, a share, or none."""
        cuts = events_of(document, CUT)
        if not cuts:
            return NOBODY
        banks = cuts[0].get("banks", "all")
        return EVERYBODY if isinstance(banks, str) and banks[:1].isalpha() else SHARE.write(SHARE.read(banks))

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Cut so many; who is cut no more is not reconnected either."""
        cuts = events_of(document, CUT)
        if value == NOBODY:
            story.remove(document, [*cuts, *events_of(document, "reconnection")])
            return
        for cut in cuts or [story.add(document, templates(*self.template))]:
            if value == EVERYBODY:
                cut.pop("banks", None)
            else:
                cut["banks"] = value
                cut.pop("label", None)  # it speaks of all of them

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """Banks by name, or no time for a cut."""
        cuts = events_of(document, CUT)
        if any(str(cut.get("banks", "all"))[:1].isalpha() and cut.get("banks", "all") != "all" for cut in cuts):
            return Reason(_(BY_NAME), fixed=True)
        return _several(cuts) if cuts else _late(document, templates(*self.template))


@dataclass(frozen=True)
class CutDate:
    """The month of the cut; what happens at the same instant, and a reconnection, move with it."""

    first: str
    last: str
    template: tuple[str, str]

    def own(self, document: Document, templates: Templates) -> str:
        """The month of the first cut, or of the one that would be added."""
        cuts = events_of(document, CUT) or [templates(*self.template)]
        return f"{min(story.instant(cut) for cut in cuts):%Y-%m}"

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Move it, keeping day and time."""
        cuts = events_of(document, CUT)
        if not cuts:
            return
        falls = min(story.instant(cut) for cut in cuts)
        months = story.months_between(falls, read_month(value))
        for event in document["events"]:
            if story.instant(event) == falls or event.get("kind") == "reconnection":
                for name in ("at", "until"):
                    if event.get(name) is not None:
                        event[name] = story.at_text(story.moved(story.instant(event, name), months))

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """No cut, several, or one that happened."""
        cuts = events_of(document, CUT)
        if not cuts:
            return Reason(_(NO_CUT))
        inside = self.first <= self.own(document, templates) <= self.last
        return _several(cuts) if inside else Reason(_(NOT_MOVED), fixed=True)


@dataclass(frozen=True)
class Notice:
    """Days between the announcement and the cut."""

    def own(self, document: Document, templates: Templates) -> str:
        """That of the first cut, or the usual."""
        about, cuts = facts(f"events.{CUT}.notice"), events_of(document, CUT)
        said = cuts[0].get("notice") if cuts else None
        assert about.default is not None
        return about.written(about.default if said is None else about.read(said))

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Give it to the cut."""
        for cut in events_of(document, CUT):
            cut["notice"] = value

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """No cut, or several."""
        cuts = events_of(document, CUT)
        return _several(cuts) if cuts else Reason(_(NO_CUT))


@dataclass(frozen=True)
class HubSwitch:
    """Whether Hong Kong stays connected and passes payments of the others on."""

    template: tuple[str, str]

    def own(self, document: Document, templates: Templates) -> str:
        """Open where an event opens it."""
        return OPEN if events_of(document, "hub_opened", hub=HUB) else CLOSED

    def apply(self, document: Document, value: str, templates: Templates) -> None:
        """Open it and leave it out of the cut, or close it and cut it with China."""
        hubs, cuts = events_of(document, "hub_opened", hub=HUB), events_of(document, CUT)
        if value == OPEN and not hubs:
            falls = story.blow(document)
            event = templates(*self.template)
            story.add(document, event if falls is None else event | {"at": story.at_text(falls)})
        elif value == CLOSED:
            story.remove(document, [*hubs, *events_of(document, "hub_closed", hub=HUB)])
        for cut in cuts:
            groups = list(cut["groups"])
            open_now = [group for group in groups if group != HUB]
            wanted = open_now if value == OPEN else [*groups, HUB] if groups == ["CHN"] else groups
            if wanted != groups:
                cut["groups"] = wanted
                cut.pop("label", None)  # it names the others

    def reason(self, document: Document, templates: Templates) -> Reason | None:
        """Nobody needs a hub, or no time for one."""
        if events_of(document, CUT):
            return None
        return _late(document, templates(*self.template)) or Reason(_(NO_CUT))


def needs_unpaid(document: Document) -> Reason | None:
    """Why what becomes of unpaid value does not matter: all is paid."""
    return _one_of(document, (*BARRING, "secondary_sanctions"), NOTHING_UNPAID)


def needs_blocked(document: Document) -> Reason | None:
    """Why what is done about blocked contracts does not matter: there are none."""
    return _one_of(document, BARRING, NOTHING_BLOCKED)


def needs_cost(document: Document) -> Reason | None:
    """Why what cost does to trade does not matter: nobody pays noticeably more."""
    doubted = any(facts("events.fiscal_premium.premium").read(one["premium"]) for one in _priced(document))
    return None if doubted else _one_of(document, (*BARRING, *COSTLY), NOTHING_DEARER)


def needs_cut(document: Document) -> Reason | None:
    """Why what banks with a cut counterpart do does not matter."""
    return needs_messages(document) or _one_of(document, (CUT,), NO_CUT)


def needs_messages(document: Document) -> Reason | None:
    """Why nobody moves to CIPS's own messages: their reach is frozen."""
    return Reason(_(FROZEN), fixed=True) if document.get("native_adoption_default") == "frozen" else None


def needs_something(document: Document) -> Reason | None:
    """Why no answer of anybody matters: nothing happens that lasts, and nobody joins CIPS."""
    frozen = document.get("adoption_default") == "frozen" and document.get("native_adoption_default") == "frozen"
    lasting = any(event.get("kind") not in PASSING for event in document.get("events") or [])
    return Reason(_(NOTHING_MOVES)) if frozen and not lasting else None


def needs_time(document: Document) -> Reason | None:
    """Why the network effect does not matter: nothing happens, or nobody moves before the story ends."""
    return _too_short(document, (*BARRING, *MOVING), NO_TIME) or needs_something(document)


def needs_choice(document: Document) -> Reason | None:
    """Why it does not matter how much payers mind cost: nothing happens, or nobody has a choice to make."""
    return _too_short(document, (*BARRING, *MOVING, "secondary_sanctions"), NO_CHOICE) or needs_something(document)


def _too_short(document: Document, moving: tuple[str, ...], reason: str) -> Reason | None:
    short = story.months_between(*story.span(document)) < HABIT
    return _one_of(document, moving, reason) if short else None


def _one_of(document: Document, wanted: tuple[str, ...], reason: str) -> Reason | None:
    return None if any(events_of(document, kind) for kind in wanted) else Reason(_(reason))


def _priced(document: Document) -> list[EventEntry]:
    return [event for event in events_of(document, "fiscal_premium") if "premium" in event]
