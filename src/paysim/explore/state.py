"""What the page shows, as data: a preset and the levers that differ from it; to and from a query, and to a scenario.

A value is only ever one of the steps of its lever, so nothing that a visitor writes reaches a scenario. There is one
way from a state to figures: `document_of`, the preset's document as the levers change it, which is what is validated,
run, shown and saved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import yaml

from paysim.errors import ScenarioError
from paysim.explore.edits import NOBODY
from paysim.explore.presets import DATE, Presets
from paysim.explore.story import Document, span
from paysim.scenario.base import nearest
from paysim.scenario.document import parse_value, plain
from paysim.scenario.schema import Scenario
from paysim.words import LANGUAGES, everywhere
from paysim.words import translated as _

PRESET = "preset"
LONGEST_QUERY = 4000
LONGEST_NAME = 40
LINE = 110


class StateError(ValueError):
    """What a visitor asked for does not exist; the message says what was expected."""


@dataclass(frozen=True)
class State:
    """A preset and the values, by lever, that are not its own; levers in the order of the page."""

    preset: str
    values: tuple[tuple[str, str], ...] = ()

    def query(self) -> str:
        """The state as the query of an address."""
        return urlencode([(PRESET, self.preset), *self.values])

    @property
    def changed(self) -> bool:
        """Whether it differs from the preset."""
        return bool(self.values)


def read_query(query: str, presets: Presets, besides: Sequence[str] = ()) -> State:
    """A state from a query; names in ``besides`` belong to somebody else. Raises StateError."""
    if len(query) > LONGEST_QUERY:
        raise StateError(f"expected a query of at most {LONGEST_QUERY} characters, got {len(query)}")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=64)
    except ValueError:
        raise StateError("expected a query such as preset=cutoff&bypass_share=45+%25") from None
    own = [(name, value) for name, value in pairs if name not in besides]
    twice = next((name for name, _value in own if sum(name == other for other, _ in own) > 1), None)
    if twice is not None:
        raise StateError(f"{_cut(twice)} is given twice")
    return read_values(dict(own), presets)


def read_values(values: Mapping[str, object], presets: Presets) -> State:
    """A state from names and values, as a body of JSON has them. Raises StateError."""
    preset = values.get(PRESET, presets.first)
    if not isinstance(preset, str) or preset not in presets:
        raise StateError(f"unknown preset {_cut(preset)}{nearest(str(preset)[:LONGEST_NAME], presets)}")
    for name, value in values.items():
        if name != PRESET:
            _check(name, value, presets)
    defaults = presets.defaults[preset]
    kept = ((name, str(values[name])) for name in presets.levers if name in values and values[name] != defaults[name])
    state = State(preset, tuple(kept))
    for name, _value in state.values:
        reason = presets.fixed_reason(preset, name)
        if reason is not None:
            raise StateError(f"{name} has no meaning in {preset}: {reason}")
    _check_room(state, presets)
    return state


def _check_room(state: State, presets: Presets) -> None:
    """Refuse a date that the story has no room for."""
    date, allowed = dict(state.values).get(DATE), presets.stops[state.preset][DATE]
    if date is not None and date not in allowed:
        first, last = (f"{month:%Y-%m}" for month in span(presets[state.preset].document))
        raise StateError(
            f"{DATE}: expected a month from {allowed[0]} to {allowed[-1]}, got {date}: {state.preset} goes from "
            f"{first} to {last}, and what moves with the cut must lie within"
        )


def _check(name: str, value: object, presets: Presets) -> None:
    if name not in presets.levers:
        raise StateError(f"unknown lever {_cut(name)}{nearest(name[:LONGEST_NAME], presets.levers)}")
    steps = presets.steps[name]
    if not isinstance(value, str) or value not in steps:
        shown = ", ".join(steps) if len(steps) <= 4 else f"{steps[0]}, {steps[1]}, ... {steps[-1]}"
        hint = nearest(value[:LONGEST_NAME], steps) if isinstance(value, str) else ""
        raise StateError(f"{name}: expected one of {shown}, got {_cut(value)}{hint if hint.startswith(';') else ''}")


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


def document_of(state: State, presets: Presets) -> Document:
    """The preset's document as the levers change it; the preset's own where no lever is moved."""
    document = presets[state.preset].copy()
    if not state.changed:
        return document
    for name, value in sorted(state.values, key=_turn):
        presets.levers[name].edit.apply(document, value, presets.template)
    return _signed(document, state, presets)


def _turn(change: tuple[str, str]) -> int:
    """A cut or a threat is there before what happens at its instant is dated by it, and taken out after that."""
    name, value = change
    order = {"cut_share": 0, DATE: 1, "hub": 3}
    if name in ("cut_share", "fear") and value == NOBODY:
        return 9
    return order.get(name, 2)


def _signed(document: Document, state: State, presets: Presets) -> Document:
    """A document that says of itself what was changed, so that nobody takes its figures for the preset's."""
    name, title = state.preset, document["title"]
    document["name"] = f"{name[: LONGEST_NAME - 7]}_varied"
    titles = title if isinstance(title, dict) else dict.fromkeys(LANGUAGES, title)
    words = everywhere(lambda: _("{title}, varied"))
    document["title"] = {
        language: (words if isinstance(words, str) else words[language]).format(title=text)
        for language, text in titles.items()
    }
    defaults = presets.defaults[name]
    for lever, value in state.values:
        text = f"Changed from {name}: {lever} is {value}, not {defaults[lever]}."
        document["assumptions"] = [*(document.get("assumptions") or []), {"text": text, "basis": "premise"}]
    document["limits"] = [
        f"The limits of {name} hold here as well; what it says of its own figures, there and among its assumptions, "
        "does not."
    ]
    return document


def key_of(document: Document) -> str:
    """What tells a document from every other one: a digest."""
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def scenario_of(document: Document) -> Scenario:
    """The scenario that a document says, by the rules for files; ValidationError where it breaks one."""
    return Scenario.model_validate(document)


class _Writer(yaml.SafeDumper):
    """Writes documents so that `paysim.scenario.document` reads back the same."""

    def ignore_aliases(self, data: Any) -> bool:
        """Everything is written out: aliases are not read."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Items of lists stand further in than their key, as in the shipped files."""
        super().increase_indent(flow, False)


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    """Text in quotes where it would be read as something else."""
    try:
        same = plain(parse_value(text, "")) == text
    except ScenarioError:
        same = False
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=None if same else '"')


_Writer.add_representer(str, _text)


def yaml_of(state: State, document: Document) -> str:
    """A document as a file of its own, which `paysim run` repeats."""
    text = yaml.dump(document, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=LINE)
    said = f"# {state.preset} as changed with `paysim explore`:" if state.changed else f"# {state.preset}, written out."
    changes = [f"#   {lever}: {value}" for lever, value in state.values]
    return "\n".join(["# yaml-language-server: $schema=scenario.schema.json", said, *changes, "", text])
