"""From what validation found to messages that say the rule, what was expected, what was got, and where."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as List
from typing import Any

from pydantic import ValidationError

from paysim.errors import Problem
from paysim.scenario.base import nearest
from paysim.scenario.document import Mapping, Mark, Node, Sequence, problem
from paysim.scenario.units import shown

AT_THE_KEY = ("missing", "key")


def problems_of(error: ValidationError, root: Mapping, lines: Dictionary[str, List[str]]) -> list[Problem]:
    """Every problem of a validation, each at its place in the document.

    ``lines`` are the lines of every file that went into the document.
    """
    found = []
    for detail in error.errors(include_url=False):
        mark, where = locate(root, detail["loc"], at_key=detail["type"] in AT_THE_KEY)
        found.append(problem(mark, where, message_of(detail), list(lines.get(mark.file, ()))))
    return found


def locate(root: Mapping, loc: tuple[str | int, ...], *, at_key: bool) -> tuple[Mark, str]:
    """The place of a value, or of its key, and its path.

    Where the value itself is not in the document (a key is missing, or a default was broken by what the file says)
    the place is that of the nearest thing around it.
    """
    node: Node = root
    mark, path = root.mark, ""
    for step in loc:
        if step == "[key]":
            at_key = True
            break
        if isinstance(node, Mapping) and str(step) in node.entries:
            entry = node.entries[str(step)]
            mark, node = entry.key_mark, entry.node
            path += f".{step}" if path else str(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            path += f"[{node.places[step]}]"
            node = node.items[step]
            mark = node.mark
        elif isinstance(step, str):
            path += f".{step}" if path else step
            return mark, path
    return (mark if at_key else node.mark), path


def message_of(detail: Any) -> str:
    """One problem in words."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    expected = {
        "bool_type": "true or false",
        "int_type": "a whole number",
        "string_type": "text",
        "float_type": "a number",
        "dict_type": "a mapping",
        "mapping_type": "a mapping",
        "model_type": "a mapping",
        "model_attributes_type": "a mapping",
        "tuple_type": "a list",
        "list_type": "a list",
    }.get(kind)
    if expected is not None:
        return f"expected {expected}, got {shown(value)}{_hint(kind, value)}"
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in str(context["expected"]).replace(" or ", ", ").split(", ")]
        near = nearest(value, choices) if isinstance(value, str) else ""
        return f"expected {' or '.join(choices)}, got {shown(value)}{near if near.startswith(';') else ''}"
    limits = {
        "greater_than_equal": ("at least", "ge"),
        "less_than_equal": ("at most", "le"),
        "less_than": ("less than", "lt"),
    }
    if kind in limits:
        word, name = limits[kind]
        return f"expected {word} {context[name]:,}, got {shown(value)}"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} does not look like {_PATTERNS.get(context['pattern'][:8], context['pattern'])}"
    if kind == "string_too_short":
        return "expected text, got nothing"
    return str(detail["msg"])


_PATTERNS = {"^[A-Za-z": "a name (letters, digits, - and _, a letter first)", "^https?:": "an address (https://...)"}


def _hint(kind: str, value: object) -> str:
    """What a person who wrote this probably meant."""
    if kind == "bool_type" and isinstance(value, str) and value.lower() in ("yes", "no", "on", "off", "y", "n"):
        return " (yes, no, on and off are plain words)"
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return " (put it in quotes)"
    return ""
