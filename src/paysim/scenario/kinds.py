"""Kinds of events, found through the entry-point group ``paysim.events``: the shipped ones like anyone's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from paysim.errors import PaysimError
from paysim.scenario.base import Issues, nearest, problem
from paysim.scenario.event import Event
from paysim.scenario.units import shown

GROUP = "paysim.events"


@cache
def names() -> tuple[str, ...]:
    """Every installed kind, in alphabetical order."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


@cache
def kind(name: str) -> type[Event]:
    """The class of a kind.

    Raises
    ------
    PaysimError
        where the installed package that offers the kind cannot be used.
    """
    (entry, *_) = entry_points(group=GROUP, name=name)
    try:
        found = entry.load()
    except Exception as error:
        raise PaysimError(f"the kind of event {name!r} ({entry.value}) cannot be loaded: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Event)):
        raise PaysimError(f"the kind of event {name!r} ({entry.value}) is not a subclass of Event")
    return found


def read_event(value: object) -> Event:
    """An event as written: its ``kind`` says which class reads it."""
    if isinstance(value, Event):
        return value
    if not isinstance(value, Mapping):
        raise problem(f"expected an event such as {{kind: disconnection, at: 2027-01}}, got {shown(value)}")
    data: dict[str, Any] = dict(value)
    name = data.get("kind")
    if name is None:
        raise problem(f"an event needs a kind{nearest('', names())}")
    if name not in names():
        issues = Issues()
        issues.add(("kind",), f"unknown event kind {shown(name)}{nearest(str(name), names())}", name)
        issues.finish("Event")
    return kind(name).model_validate(data)
