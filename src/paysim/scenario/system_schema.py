"""JSON Schema (2020-12) of a system file as a person writes it, for editors.

It describes one file, which may extend another, so that what a parent can supply is not required. What only a whole
system can tell (shares that fit, rules that contradict each other, sources that are named) is checked by loading.
"""

from __future__ import annotations

import json
from typing import Any

from paysim.scenario.json_schema import DIALECT
from paysim.scenario.system import SystemFile

PARTS = ("RulesPart", "LiquidityPart", "TrafficPart", "MessagesPart")
NEEDED = ("title", "currency", "kind", "hours", "timezone", "calendar", "liquidity", "traffic")
"""What a file that extends none must say."""


def system_schema() -> dict[str, Any]:
    """The schema of a system file."""
    schema = SystemFile.model_json_schema(mode="validation")
    definitions = schema.pop("$defs")
    properties = schema["properties"]
    required = {name: definitions[name].pop("required", []) for name in PARTS}
    for part in (properties, *(definition["properties"] for definition in definitions.values())):
        for field in part.values():
            _tidy(field)
    return {
        "$schema": DIALECT,
        "title": "paysim settlement system",
        "description": "One settlement system for paysim; values carry their units, figures where they come from.",
        "type": "object",
        "properties": {
            "extends": {"type": "string", "description": "a shipped system, or a file in this folder or below"},
            **properties,
        },
        "additionalProperties": False,
        "required": ["system"],
        "if": {"not": {"required": ["extends"]}},
        "then": {
            "required": list(NEEDED),
            "properties": {
                "liquidity": {"required": required["LiquidityPart"]},
                "traffic": {"required": required["TrafficPart"]},
            },
        },
        "$defs": dict(sorted(definitions.items())),
    }


def system_schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(system_schema(), indent=1, ensure_ascii=False) + "\n"


def _tidy(field: dict[str, Any]) -> None:
    """Drop generated titles and what the reading makes of a default."""
    field.pop("title", None)
    default = field.get("default")
    if isinstance(default, dict):
        field.pop("default")
        if "value" in default:
            field["default"] = default["value"]
    elif default is None:
        field.pop("default", None)
    for choice in field.get("anyOf", ()):
        choice.pop("title", None)
