"""The stories that the page starts from: the shipped scenarios, and one of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from paysim.data import shipped
from paysim.errors import InputError
from paysim.explore import story
from paysim.explore.edits import EVERYBODY, NOBODY, Reason
from paysim.explore.levers import Lever, levers
from paysim.explore.story import Document, EventEntry
from paysim.scenario.base import nearest
from paysim.scenario.document import plain
from paysim.scenario.loading import load_scenario
from paysim.scenario.reading import Reading

FIRST = "cutoff"
"""What the page opens with, unless told otherwise."""
LONGEST = 30 * story.MONTHS
"""Months beyond which a shipped story is left out: it could not be redrawn while somebody drags. So are those that take
groups out of the world: they tell of a past with few of the payments that the levers are about."""
DATE = "cut_date"
"""The lever whose values hang on the months of a story."""
LEFT_OUT = ("claims", "checks")
"""What a story says about itself and other files; no run depends on it."""


@dataclass(frozen=True)
class Preset:
    """A story as a document of its own, with what it extends merged and without claims and checks."""

    name: str
    document: Document

    def copy(self) -> Document:
        """The document, free to be changed."""
        return deepcopy(self.document)

    @property
    def fits(self) -> bool:
        """Whether a shipped story is one for this page: of the whole world, and short enough to be redrawn at once."""
        groups = self.document.get("groups") or {}
        return self.months <= LONGEST and all(group is not None for group in groups.values())

    @property
    def months(self) -> int:
        """How many months it has."""
        first, last = story.span(self.document)
        return story.months_between(first, last) + 1


def read_preset(path: Path) -> Preset:
    """A file as a preset, validated; ScenarioError with every problem as `paysim validate` tells them."""
    load_scenario(path)
    return _read(path)


def _read(path: Path) -> Preset:
    document: dict[str, Any] = plain(Reading().family(path))
    name = str(document.get("name") or path.stem)
    rest = {key: value for key, value in document.items() if key not in (*LEFT_OUT, "name") and value is not None}
    return Preset(name, {"format": rest.pop("format", 1), "name": name, **rest})


class Presets(Mapping[str, Preset]):
    """Every preset by name, the one that the page opens with first, and the levers with their steps for them."""

    def __init__(self, first: Preset | str = FIRST, folder: Path | None = None) -> None:
        """Read the shipped scenarios; ``first`` is one of their names or a preset of its own."""
        found = {path.stem: _read(path) for path in sorted((folder or shipped.scenarios()).glob("*.yaml"))}
        self._shipped = dict(found)
        if isinstance(first, Preset):
            found[first.name] = first
        name = first if isinstance(first, str) else first.name
        if name not in found:
            raise InputError(f"{name!r} is no shipped scenario{nearest(name, found)}, and there is no such file")
        self.first = name
        kept = [one for one in found if found[one].fits and one != name]
        self._presets = {one: found[one] for one in (name, *kept)}

    def __getitem__(self, name: str) -> Preset:
        return self._presets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._presets)

    def __len__(self) -> int:
        return len(self._presets)

    def template(self, scenario: str, event: str) -> EventEntry:
        """An event of a shipped scenario, which levers add to others."""
        events = self._shipped[scenario].document["events"]
        return dict(next(one for one in events if one.get("id") == event))

    def own(self, lever: Lever, document: Document) -> str:
        """The value of a lever that a document has."""
        return lever.edit.own(document, self.template)

    def reason(self, lever: Lever, document: Document) -> Reason | None:
        """Why a lever has no meaning in a document."""
        return lever.edit.reason(document, self.template)

    @cached_property
    def levers(self) -> dict[str, Lever]:
        """The levers by id."""
        return {lever.id: lever for lever in levers()}

    @cached_property
    def steps(self) -> dict[str, tuple[str, ...]]:
        """The values of every lever, those of the presets that it has a meaning in among them."""
        return {lever.id: lever.steps(self._owns(lever)) for lever in self.levers.values()}

    @cached_property
    def defaults(self) -> dict[str, dict[str, str]]:
        """The preset's own value of every lever, by preset."""
        return {
            name: {lever.id: self.own(lever, preset.document) for lever in self.levers.values()}
            for name, preset in self.items()
        }

    @cached_property
    def stops(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """By preset, the values of every lever that its story has room for, the preset's own among them."""
        return {name: {**self.steps, DATE: self._dates(name)} for name in self}

    def _dates(self, name: str) -> tuple[str, ...]:
        """The months of a cut that keep it, and what moves with it, within the months of a story."""
        steps, own = self.steps[DATE], self.defaults[name][DATE]
        if self.fixed_reason(name, DATE) is not None:
            return steps
        return tuple(step for step in steps if step == own or self._has_room(name, step))

    def _has_room(self, name: str, step: str) -> bool:
        document = self[name].copy()
        if self.defaults[name]["cut_share"] == NOBODY:
            self.levers["cut_share"].edit.apply(document, EVERYBODY, self.template)
        self.levers[DATE].edit.apply(document, step, self.template)
        return all(story.inside(document, event) for event in document["events"])

    def fixed_reason(self, name: str, lever: str) -> str | None:
        """Why a lever can have no meaning in a preset, whatever the others say; None where it may have one."""
        reason = self.reason(self.levers[lever], self[name].document)
        return reason.words if reason is not None and reason.fixed else None

    def disabled(self, document: Document) -> dict[str, str]:
        """The levers that have no meaning in a document, each with the reason."""
        reasons = {lever.id: self.reason(lever, document) for lever in self.levers.values()}
        return {name: reason.words for name, reason in reasons.items() if reason is not None}

    def _owns(self, lever: Lever) -> list[str]:
        documents = [preset.document for preset in self.values()]
        return [self.own(lever, document) for document in documents if self.reason(lever, document) is None]
