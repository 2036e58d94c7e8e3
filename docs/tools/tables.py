"""Rewrite the tables of the documentation that come from the code: ``python docs/tools/tables.py``.

Each stands between the markers ``<!-- table: NAME -->`` and ``<!-- end of table -->``; the text around them is left
alone. Run it again whenever a default, a kind of event or a series has changed.
"""

from __future__ import annotations

import re
from pathlib import Path

import click
import schema_tables
import system_tables

from paysim.cli.main import main
from paysim.scenario import kinds
from paysim.scenario.event import Event
from paysim.scenario.schema import Scenario
from paysim.study.series import series_table

DOCS = Path(__file__).parents[1]
PAGES = (
    "explanation/odd.md",
    "reference/glossary.md",
    "reference/systems.md",
    "reference/schema.md",
    "reference/commands.md",
)
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def parameters() -> str:
    """Every figure with a default, as the schema declares it."""
    head = "| parameter | default | range | unit | basis | meaning | source |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(
        _row(
            f"`{row.path.removeprefix('behaviour.')}`",
            _number(row.default),
            f"{_number(row.low)} to {_number(row.high)}" if row.low is not None else "",
            row.unit,
            row.basis,
            row.meaning,
            row.source,
        )
        for row in Scenario.parameter_table()
    )


def events() -> str:
    """Every kind of event with what it does and the fields of its own."""
    common = set(Event.model_fields)
    rows = ["| kind | what happens | its fields |\n|---|---|---|\n"]
    for name in kinds.names():
        kind = kinds.kind(name)
        own = (f"`{field}`" for field in kind.model_fields if field not in common)
        rows.append(_row(f"`{name}`", (kind.__doc__ or "").partition("\n")[0], ", ".join(own)))
    return "".join(rows)


def commands() -> str:
    """A directive a command, by which the site shows its options."""
    shown = (
        f".. click:: paysim.cli.{name.replace('-', '_')}:command\n   :prog: paysim {name}\n   :nested: full\n"
        for name in main.list_commands(click.Context(main))
    )
    return "```{eval-rst}\n" + "\n".join(shown) + "```\n"


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


TABLES = {
    "parameters": parameters,
    "events": events,
    "commands": commands,
    "series": series_table,
    "shipped_systems": system_tables.shipped,
    "system_rules": system_tables.rules,
    "system_figures": system_tables.figures,
    "not_found": system_tables.not_found,
    "scenario_keys": schema_tables.of_scenario,
    "event_keys": schema_tables.of_events,
    "study_keys": schema_tables.of_study,
    "system_keys": schema_tables.of_system,
}


def rewritten(text: str) -> str:
    """A page with its tables as the code has them now."""
    return MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], text)


if __name__ == "__main__":
    for page in PAGES:
        path = DOCS / page
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
