"""How a file changes the file that it extends, and how an override changes both.

Mappings merge key by key; everything else replaces. Four lists and two kinds of mappings have rules of their own:

* ``assumptions``, ``sources``, ``limits`` and ``events`` are added to the parent's; an item with the ``id`` of one of
  the parent's items changes that one instead, and ``replace_events: true`` leaves all of the parent's events out;
* a prescribed path (months and shares), and a text by language, replace the parent's as a whole.

``null`` means: as if it had never been said.
"""

from __future__ import annotations

import re
from dataclasses import replace

from paysim.scenario.document import Entry, Mapping, Mark, Node, Scalar, Sequence
from paysim.words import LANGUAGES

REPLACE_EVENTS = "replace_events"
OWN = ("extends", REPLACE_EVENTS)
"""Keys that concern the file itself and are not inherited."""

ADDED = ("assumptions", "sources", "limits", "events", "claims")
NOT_INHERITED = "checks"

_PATH = re.compile(r"[^.\[\]]+(\.[^.\[\]]+|\[[^.\[\]]+\])*\Z")
_STEP = re.compile(r"([^.\[\]]+)|\[([^\[\]]+)\]")


def extend(parent: Mapping, child: Mapping) -> Mapping:
    """The parent's document as the child changes it."""
    keep = child.entries.get(REPLACE_EVENTS)
    replaces = keep is not None and isinstance(keep.node, Scalar) and keep.node.value is True
    merged = _merged(parent, child)
    if NOT_INHERITED not in child.entries:
        merged.entries.pop(NOT_INHERITED, None)
    for key in ADDED:
        if key == "events" and replaces:
            if key not in child.entries:
                merged.entries.pop(key, None)
        elif key in parent.entries and key in child.entries:
            before, after = parent.entries[key].node, child.entries[key].node
            if isinstance(before, Sequence) and isinstance(after, Sequence):
                merged.entries[key] = replace(child.entries[key], node=_joined(before, after))
    return merged


def _merged(before: Mapping, after: Mapping) -> Mapping:
    result = Mapping(after.mark, dict(before.entries))
    for key, entry in after.entries.items():
        old = result.entries.get(key)
        both = old is not None and isinstance(old.node, Mapping) and isinstance(entry.node, Mapping)
        if old is not None and both and not _is_whole(entry.node):
            assert isinstance(old.node, Mapping)
            assert isinstance(entry.node, Mapping)
            result.entries[key] = Entry(entry.key_mark, _merged(old.node, entry.node))
        else:
            result.entries[key] = entry
    return result


def _is_whole(node: Node) -> bool:
    """Whether the keys are months, as in a prescribed adoption, or languages, as in a text."""
    if not isinstance(node, Mapping):
        return False
    texts = all(key in LANGUAGES and isinstance(entry.node, Scalar) for key, entry in node.entries.items())
    return bool(node.entries) and (texts or any(re.match(r"\d{4}-\d\d\Z", key) for key in node.entries))


def _joined(before: Sequence, after: Sequence) -> Sequence:
    result = Sequence(after.mark, list(before.items), list(before.places))
    names = {name: place for place, item in enumerate(before.items) if (name := _id(item)) is not None}
    for item, place in zip(after.items, after.places, strict=True):
        name = _id(item)
        if name in names:
            old = result.items[names[name]]
            assert isinstance(old, Mapping)
            assert isinstance(item, Mapping)
            result.items[names[name]] = _merged(old, item)
            result.places[names[name]] = place
        else:
            result.items.append(item)
            result.places.append(place)
    return result


def _id(item: Node) -> str | None:
    entry = item.entries.get("id") if isinstance(item, Mapping) else None
    value = entry.node.value if entry is not None and isinstance(entry.node, Scalar) else None
    return value if isinstance(value, str) else None


def steps(path: str) -> list[str]:
    """``behaviour.inertia``, ``events.cut.at`` or ``events[2].at`` as its steps; ValueError where it is no path."""
    if not _PATH.match(path):
        raise ValueError(f"{path!r} is no path such as behaviour.inertia or events[0].at")
    return [name or index for name, index in _STEP.findall(path)]


def override(root: Mapping, path: list[str], value: Node, mark: Mark) -> Mapping:
    """The document with one value set; ValueError names the step that is not there."""
    changed = _set(root, path, value, mark, ())
    assert isinstance(changed, Mapping)
    return changed


def _set(node: Node | None, path: list[str], value: Node, mark: Mark, done: tuple[str, ...]) -> Node:
    """A node with a value set below it; what is missing on the way, or is no collection, becomes a mapping."""
    if not path:
        return value
    if isinstance(node, Sequence):
        return _set_item(node, path, value, mark, done)
    step, rest = path[0], path[1:]
    result = Mapping(node.mark, dict(node.entries)) if isinstance(node, Mapping) else Mapping(mark)
    old = result.entries.get(step)
    changed = _set(old.node if old else None, rest, value, mark, (*done, step))
    result.entries[step] = Entry(old.key_mark if old and rest else mark, changed)
    return result


def _set_item(node: Sequence, path: list[str], value: Node, mark: Mark, done: tuple[str, ...]) -> Sequence:
    """A list with a value set in the item of an index or an id."""
    step, rest = path[0], path[1:]
    names = {name: place for place, item in enumerate(node.items) if (name := _id(item)) is not None}
    place = int(step) if step.isdecimal() else names.get(step, -1)
    if not 0 <= place < len(node.items):
        ids = f"; ids: {', '.join(names)}" if names else ""
        raise ValueError(f"{'.'.join(done)} has no item {step!r} ({len(node.items)} items{ids})")
    result = Sequence(node.mark, list(node.items), list(node.places))
    result.items[place] = _set(node.items[place], rest, value, mark, (*done, step))
    return result
