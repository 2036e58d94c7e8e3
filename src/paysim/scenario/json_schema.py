"""JSON Schema (2020-12) of a scenario file as a person writes it: text with units, months, ids; for editors.

It describes one file, which may extend another, so parts that a parent or the shipped world can supply are not
required. What only a whole scenario can tell (references, sums, dates in order) is checked by loading.
"""

from __future__ import annotations

import json
from typing import Any

from paysim.scenario import kinds
from paysim.scenario.schema import TABLES, Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PARTIAL = ("Assumption", "Currency", "Group", "Network", "System", "OptionRow")
"""Parts of which a file may give only what differs from the shipped or the parent's entry."""


def scenario_schema() -> dict[str, Any]:
    """The schema, every installed kind of event included."""
    schema = Scenario.model_json_schema(mode="validation")
    definitions = schema.pop("$defs")
    names: dict[str, str] = {}
    for kind in kinds.names():
        event = kinds.kind(kind).model_json_schema(mode="validation")
        definitions |= event.pop("$defs", {})
        event["properties"]["kind"] = {"const": kind}
        event["required"] = ["kind", *(name for name in event.get("required", ()) if name != "kind")]
        names[kind] = str(event["title"])
        definitions[names[kind]] = event
    definitions["AnyEvent"] = _any_event(definitions, names)
    for part in PARTIAL:
        definitions[part].pop("required", None)
    definitions["Claim"]["required"] = ["id"]
    definitions["World"]["properties"]["events"]["items"] = {"$ref": "#/$defs/AnyEvent"}
    _tidy(schema)
    _tidy(definitions)
    properties = schema["properties"]
    properties["events"]["items"] = {"$ref": "#/$defs/AnyEvent"}
    for table in TABLES:
        entries = properties[table]
        for key in ("additionalProperties", "patternProperties"):
            _allow_removal(entries, key)
    return {
        "$schema": DIALECT,
        "title": "paysim scenario",
        "description": "One story for paysim; values carry their units.",
        "type": "object",
        "properties": {
            "extends": {"type": "string", "description": "a file in this folder or below that this one changes"},
            "replace_events": {"type": "boolean", "description": "leave all events of the extended file out"},
            **properties,
        },
        "additionalProperties": False,
        "required": ["format"],
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": schema["required"]},
        "$defs": dict(sorted(definitions.items())),
    }


def scenario_schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> None:
    """Drop generated titles, and write defaults as a person would."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    for name, field in (node.get("properties") or {}).items():
        if not isinstance(field, dict):
            continue
        field.pop("title", None)
        default = field.get("default")
        if name in ("start", "horizon"):
            field["default"] = str(default)[: len("2024-07")]
        elif isinstance(default, (int, float)) and "pattern" in field:
            field["default"] = f"{default:g} {field['unit']}"
        elif default is None:
            field.pop("default", None)
    for value in node.values():
        _tidy(value)


def _any_event(definitions: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """An event of one of the kinds, or a change of an inherited event, which says its id and not its kind."""
    keys = sorted({key for name in names.values() for key in definitions[name]["properties"]} - {"kind"})
    change = {"required": ["id"], "propertyNames": {"enum": keys}}
    choices = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": {"$ref": f"#/$defs/{name}"}}
        for kind, name in names.items()
    ]
    return {
        "type": "object",
        "properties": {"kind": {"enum": list(names), "description": "what happens"}},
        "if": {"required": ["kind"]},
        "then": {"allOf": choices},
        "else": change,
    }


def _allow_removal(entries: dict[str, Any], key: str) -> None:
    """In a table, null takes a shipped or inherited entry out."""
    value = entries.get(key)
    if key == "additionalProperties" and isinstance(value, dict):
        entries[key] = {"anyOf": [value, {"type": "null"}]}
    elif key == "patternProperties" and isinstance(value, dict):
        entries[key] = {pattern: {"anyOf": [one, {"type": "null"}]} for pattern, one in value.items()}
        entries["additionalProperties"] = False
