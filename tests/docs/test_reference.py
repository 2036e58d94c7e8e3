"""The reference holds everything there is, and its generated tables are those of the code."""

from __future__ import annotations

import importlib.util
import re
import sys

import pytest
from page_blocks import DOCS

import paysim
from paysim.cli.main import main
from paysim.scenario import kinds
from paysim.scenario.json_schema import scenario_schema
from paysim.scenario.sweep_schema import sweep_schema
from paysim.scenario.system_schema import system_schema

TOOLS = DOCS / "tools"
REFERENCE = DOCS / "reference"


@pytest.fixture(scope="module")
def tables():
    sys.path.insert(0, str(TOOLS))
    spec = importlib.util.spec_from_file_location("docs_tables", TOOLS / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_from_the_code_are_current(tables):
    for page in tables.PAGES:
        text = (DOCS / page).read_text(encoding="utf-8")
        assert "<!-- table: " in text
        assert tables.rewritten(text) == text, f"{page}: run python docs/tools/tables.py"


def test_a_table_that_is_out_of_date_would_be_found(tables):
    text = (REFERENCE / "schema.md").read_text(encoding="utf-8")
    assert "| `bypass_share` |" in text
    assert tables.rewritten(text.replace("| `bypass_share` |", "| `bypass` |")) == text


@pytest.mark.parametrize(
    ("title", "schema"),
    [
        ("A scenario", scenario_schema),
        ("Events", scenario_schema),
        ("A study", sweep_schema),
        ("A system", system_schema),
    ],
)
def test_every_key_of_a_file_is_in_the_reference(title, schema):
    page = (REFERENCE / "schema.md").read_text(encoding="utf-8")
    part = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    shared = scenario_schema()["$defs"] if title == "A study" else {}
    events = {
        node["properties"]["kind"]["const"]: node for node in scenario_schema()["$defs"].values() if is_kind(node)
    }
    if title == "Events":
        wanted = {kind: {*node["properties"]} - {"kind"} for kind, node in events.items()}
        common = rows(part.partition("### Every event\n")[2].partition("\n### ")[0])
        assert {"id", "at", "until", "label", "premise"} == common
    else:
        found = schema()
        wanted = {"": set(found["properties"])} | {
            name: set(node.get("properties", {}))
            for name, node in found.get("$defs", {}).items()
            if not is_kind(node) and shared.get(name) != node and name != "AnyEvent"
        }
        common = set()
    assert wanted
    for name, keys in wanted.items():
        section = part.partition(f"\n### {name}\n")[2] if name else part
        assert keys - common - rows(section.partition("\n### ")[0]) == set(), name


def is_kind(node) -> bool:
    return node.get("properties", {}).get("kind", {}).get("const") in kinds.names()


def rows(section: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def test_a_row_says_what_the_schema_says():
    page = (REFERENCE / "schema.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| `bypass_share` \|.*$", page, re.MULTILINE)
    cells = [cell.strip() for cell in row.split(" | ")]
    assert cells[2:5] == ["`0.3`, 0 to 0.6, uniform", "0 to 0.6 share", "judgement"]
    assert "[novayagazeta.eu](https://" in cells[5]
    assert "barter" in cells[6]


def test_every_kind_of_event_has_a_page():
    assert {f"{kind}.md" for kind in kinds.names()} <= {path.name for path in (REFERENCE / "events").glob("*.md")}


def test_every_command_is_in_the_reference():
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r":prog: paysim (\S+)", page) == main.list_commands(None)


def test_every_public_name_is_in_the_reference():
    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"\.\. (?:autofunction|data):: (?:paysim\.)?(\w+)$", page, re.MULTILINE)
    assert sorted(named) == sorted(paysim.__all__)
