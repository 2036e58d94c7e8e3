"""JSON Schema (2020-12) of a study's file as a person writes it, for editors.

What only a whole study can tell (paths and values against the base scenario, numbers of points) is checked by loading.
"""

from __future__ import annotations

import json
from typing import Any

from paysim.scenario.json_schema import DIALECT
from paysim.scenario.measure import Comparison
from paysim.scenario.sweep import Sweep


def sweep_schema() -> dict[str, Any]:
    """The schema of a study's file."""
    schema = Sweep.model_json_schema(mode="validation")
    definitions = schema.pop("$defs")
    comparison = Comparison.model_json_schema(mode="validation")
    definitions |= comparison.pop("$defs", {})
    definitions["Comparison"] = comparison
    for part in (schema, *definitions.values()):
        for field in (part.get("properties") or {}).values():
            _tidy(field)
    return {
        "$schema": DIALECT,
        "title": "paysim study",
        "description": "One scenario of paysim at many points: factors, design, outcomes, checks.",
        "type": "object",
        "properties": schema["properties"],
        "additionalProperties": False,
        "required": schema["required"],
        "$defs": dict(sorted(definitions.items())),
    }


def sweep_schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(sweep_schema(), indent=1, ensure_ascii=False) + "\n"


def _tidy(field: dict[str, Any]) -> None:
    """Drop generated titles and empty defaults."""
    field.pop("title", None)
    if field.get("default") is None:
        field.pop("default", None)
