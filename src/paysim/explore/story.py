"""A scenario as a plain document (dictionaries, lists and scalars, as in a file), and what levers change in it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from paysim.scenario.dates import read_instant, read_month
from paysim.scenario.document import parse_value, plain
from paysim.scenario.schema import DEFAULT_HORIZON, DEFAULT_START

Document = dict[str, Any]
EventEntry = dict[str, Any]

CUT = "disconnection"
AGAINST = {"disconnection": "groups", "clearing_ban": "groups", "secondary_sanctions": "targets"}
"""Kinds of events that name whom a story is about, and the field that names them."""
HUB = "HKG"
MONTHS = 12


def written(text: str) -> Any:
    """A value as a file has it once it is read: ``"30 %"`` is text, ``"0.55"`` a number."""
    return plain(parse_value(text, "lever"))


def events_of(document: Document, kind: str, **fields: object) -> list[EventEntry]:
    """The events of a kind; of those that say one of the fields, only the ones that say the same."""
    found = [event for event in document.get("events") or [] if event.get("kind") == kind]
    return [event for event in found if all(event.get(name, value) == value for name, value in fields.items())]


def instant(event: Mapping[str, Any], field: str = "at") -> datetime:
    """When an event begins (or what else the field says)."""
    return read_instant(event[field])


def span(document: Document) -> tuple[datetime, datetime]:
    """The first and the last month of a story."""
    return read_month(document.get("start", DEFAULT_START)), read_month(document.get("horizon", DEFAULT_HORIZON))


def inside(document: Document, event: Mapping[str, Any]) -> bool:
    """Whether an event begins within the months of a story."""
    first, last = span(document)
    return months_between(first, instant(event)) >= 0 and months_between(instant(event), last) >= 0


def against(document: Document) -> tuple[str, ...]:
    """The groups that a story is about: those of its first cut, ban or threat; empty where nobody is hit."""
    for kind, field in AGAINST.items():
        hit = sorted(events_of(document, kind), key=instant)
        if hit:
            return tuple(hit[0][field])
    return ()


def blow(document: Document) -> datetime | None:
    """When its first cut, ban or threat falls, None where nobody is hit."""
    for kind in AGAINST:
        hit = events_of(document, kind)
        if hit:
            return min(instant(event) for event in hit)
    return None


def add(document: Document, event: Mapping[str, Any]) -> EventEntry:
    """Add a copy of an event, under an id that no other has."""
    events = document["events"] = list(document.get("events") or [])
    taken = {one.get("id") for one in events}
    entry = deepcopy(dict(event))
    while entry.get("id") in taken:
        entry["id"] = f"{entry['id']}_more"
    events.append(entry)
    return entry


def remove(document: Document, unwanted: list[EventEntry]) -> None:
    """Take events out."""
    kept = [event for event in document.get("events") or [] if not any(event is one for one in unwanted)]
    document["events"] = kept
    if not kept:
        del document["events"]


def at_text(moment: datetime) -> str:
    """An instant as a file has it."""
    return f"{moment:%Y-%m-%d %H:%M}Z"


def moved(moment: datetime, months: int) -> datetime:
    """The same day and time some months later; in a shorter month its 28th."""
    year, month = divmod(moment.year * MONTHS + moment.month - 1 + months, MONTHS)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, 28) if months else moment.day)


def months_between(first: datetime, last: datetime) -> int:
    """Whole calendar months from one instant's month to the other's."""
    return (last.year - first.year) * MONTHS + last.month - first.month
