"""The tables of ``schema.md``, from the JSON Schema of each kind of file; written by ``tables.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from paysim.scenario import kinds
from paysim.scenario.json_schema import scenario_schema
from paysim.scenario.sweep_schema import sweep_schema
from paysim.scenario.system_schema import system_schema
from paysim.scenario.uncertain import BASES

COLUMNS = ("key", "what it takes", "default", "plausible range", "basis", "source", "meaning")
ADDRESS = re.compile(r"https?://(?:www\.)?([^/\s|]+)[^\s|]*")
UNITS = re.compile(r"\\s\*\(\?:([^()]*)\)(\??)\\s\*\$$")
FORMS = (("([ T][0-9]", "date, with a time or without"), ("-(0[1-9]|1[0-2])$", "month"), ("^[A-Za-z]", "id"))
"""What patterns of text mean, by what is found in them; the first that fits."""

Node = dict[str, Any]


def of_scenario() -> str:
    """Every key of a scenario file; its events stand apart."""
    schema = scenario_schema()
    return _whole(schema, [name for name in schema["$defs"] if name not in _event_parts(schema)])


def of_events() -> str:
    """Every key of every kind of event, with those that all kinds have once."""
    schema = scenario_schema()
    common = {name: schema["$defs"]["Outage"]["properties"][name] for name in ("id", "at", "until", "label", "premise")}
    made = ["### Every event\n\n", _table(common, (), schema)]
    for kind, part in sorted(_kinds(schema).items()):
        node = schema["$defs"][part]
        own = {name: field for name, field in node["properties"].items() if name not in {*common, "kind"}}
        what = _first(node)
        made.append(f"\n### {kind}\n\n{what} [What it does](events/{kind}.md).\n\n")
        made.append(_table(own, node.get("required", ()), schema))
    return "".join(made)


def of_study() -> str:
    """Every key of a study file; parts that a scenario has as well stand there."""
    schema, shared = sweep_schema(), scenario_schema()["$defs"]
    return _whole(schema, [name for name, node in schema["$defs"].items() if shared.get(name) != node])


def of_system() -> str:
    """Every key of a file that describes a settlement system."""
    return _whole(system_schema())


def keys(schema: Node) -> Iterator[tuple[str, str]]:
    """Every key that a kind of file may hold: the part that it belongs to (empty: the file itself) and its name."""
    for part, node in {"": schema, **schema.get("$defs", {})}.items():
        yield from ((part, name) for name in node.get("properties", {}))


def _kinds(schema: Node) -> dict[str, str]:
    """The part of the schema that is each kind of event."""
    found = ((node.get("properties", {}).get("kind", {}).get("const"), name) for name, node in schema["$defs"].items())
    return {kind: name for kind, name in found if kind in kinds.names()}


def _event_parts(schema: Node) -> set[str]:
    return {"AnyEvent", *_kinds(schema).values()}


def _whole(schema: Node, parts: list[str] | None = None) -> str:
    made = [_table(schema["properties"], schema.get("required", ()), schema)]
    for part in schema.get("$defs", {}) if parts is None else parts:
        node = schema["$defs"][part]
        if "properties" in node:
            made.append(f"\n### {part}\n\n{_first(node)}\n\n")
            made.append(_table(node["properties"], node.get("required", ()), schema))
    return "".join(made)


def _first(node: Node) -> str:
    return _safe(" ".join(str(node.get("description", "")).partition("\n\n")[0].split()).replace("``", "`"))


def _table(properties: dict[str, Node], required: Any, schema: Node) -> str:
    """A row a key; a column that says nothing of any key is left out."""
    rows = [COLUMNS, *(_cells(name, node, name in required, schema) for name, node in properties.items())]
    said = [place for place in range(len(COLUMNS)) if any(row[place] for row in rows[1:])]
    lines = [" | ".join(row[place].replace("|", "\\|") for place in said) for row in rows]
    return "".join(f"| {line} |\n" for line in [lines[0], " | ".join("---" for _ in said), *lines[1:]])


def _cells(name: str, node: Node, required: bool, schema: Node) -> tuple[str, ...]:
    low, high = node.get("range") or (None, None)
    return (
        f"`{name}`",
        takes(node, schema),
        "required" if required else _default(node.get("default")),
        f"{_number(low)} to {_number(high)} {node.get('unit', '')}".strip() if low is not None else "",
        ", ".join(BASES.get(word, word) for word in str(node.get("basis", "")).split()),
        ADDRESS.sub(r"[\1](\g<0>)", _safe(str(node.get("source", "")))),
        _first(node),
    )


def takes(node: Node, schema: Node) -> str:
    """What a person may write there, in words."""
    if "$ref" in node:
        part = node["$ref"].rpartition("/")[2]
        return "an [event](#events)" if part == "AnyEvent" else f"[{part}](#{part.lower()})"
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(takes(one, schema) for one in node["anyOf"] if one.get("type") != "null"))
    for key in ("const", "enum"):
        if key in node:
            values = node[key] if key == "enum" else [node[key]]
            return ", ".join(f"`{_plain(value)}`" for value in values if value is not None)
    kind = node.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(_type(one) for one in kind)
    if kind == "array":
        return f"list of: {takes(node['items'], schema)}" if node.get("items") else "list"
    if kind == "object":
        return _mapping(node, schema)
    return _text(node) if kind == "string" else f"{_type(kind)}{_bounds(node)}"


def _mapping(node: Node, schema: Node) -> str:
    properties = node.get("properties")
    if properties:
        return "{" + ", ".join(f"`{name}`" for name in properties) + "}"
    entries = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    entry = next((one for one in entries if isinstance(one, dict)), None)
    return f"by name: {takes(entry, schema)}" if entry else "mapping"


def _text(node: Node) -> str:
    pattern = str(node.get("pattern", ""))
    units = UNITS.search(pattern)
    if units:
        written = [unit.replace("\\", "") for unit in units[1].split("|") if unit]
        named = ", ".join(f"`{unit}`" for unit in written if f"{unit}s" not in written)
        return f"number with {named}" if not units[2] else f"number, or with {named}"
    return next((words for mark, words in FORMS if mark in pattern), "text")


def _type(kind: str) -> str:
    return {"string": "text", "integer": "whole number", "boolean": "`true`, `false`"}.get(kind, kind)


def _bounds(node: Node) -> str:
    low, high = (node.get(inclusive, node.get(f"exclusive{inclusive.title()}")) for inclusive in ("minimum", "maximum"))
    bounds = [f"from {_number(low)}" if low is not None else "", f"to {_number(high)}" if high is not None else ""]
    told = " ".join(bound for bound in bounds if bound)
    return f" {told}" if told else ""


def _default(value: object) -> str:
    if isinstance(value, dict) and "best" in value:
        spread = f", {_plain(value['low'])} to {_plain(value['high'])}, {value['distribution']}"
        return f"`{_plain(value['best'])}`" + ("" if value["distribution"] == "fixed" else spread)
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, dict):
        return "see there"
    values = value if isinstance(value, list) else [value]
    return ", ".join(f"`{_plain(one)}`" for one in values)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, (int, float)) and abs(value) < 1e15 else str(value)


def _safe(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")
