"""The schema for editors accepts what loads, refuses what does not, and is the one in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from paysim.scenario import kinds
from paysim.scenario.document import parse, plain
from paysim.scenario.json_schema import scenario_schema, scenario_schema_text
from paysim.scenario.loading import load_scenario
from paysim.words import LANGUAGES, said, speaking

FOLDER = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = scenario_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_schema_beside_the_scenarios_is_current():
    assert (FOLDER / "scenario.schema.json").read_text(encoding="utf-8") == scenario_schema_text()


def test_the_scenarios_of_the_story_are_there():
    assert {file.stem for file in SHIPPED} >= {
        "baseline",
        "business_as_usual",
        "decoupling",
        "cutoff",
        "cutoff_hub_open",
        "cutoff_allies_refuse",
        "cutoff_fear",
    }


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_scenario_loads_validates_and_teaches(validator, file):
    root, problems = parse(file.read_bytes(), file.name)
    assert problems == []
    assert [error.message for error in validator.iter_errors(plain(root))] == []
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=scenario.schema.json\n")
    scenario = load_scenario(file)
    for language in LANGUAGES:
        with speaking(language):
            assert said(scenario.question).endswith("?")
    assert scenario.assumptions
    assert scenario.sources
    assert scenario.limits


@pytest.mark.parametrize(
    "text",
    [
        "horizont: 2030-01",
        "seed: many",
        "tipping: NO",
        "behaviour: {hub_margin: 80}",
        "behaviour: {hub_margin: 80 d}",
        "behaviour: {hub_margin: {beste: 80 bp}}",
        "start: 2024-13",
        "groups: {CHN: {adoption: {soon: 30 %}}}",
        "groups: {CHN: {cips_weight: 130}}",
        "events: [{kind: disconection, at: 2027-01}]",
        "events: [{kind: disconnection, groups: [CHN]}]",
        "events: [{kind: disconnection, at: January, groups: [CHN]}]",
        "events: [{kind: disconnection, at: 2027-01, grups: [CHN]}]",
        "events: [{groups: [CHN]}]",
        "sources: [{text: a, url: www.example.org}]",
    ],
)
def test_what_does_not_load_is_refused_by_the_schema_too(validator, complaints, text):
    assert complaints(text + "\n")
    root, _ = parse(f"format: 1\ntitle: t\nquestion: q\n{text}\n".encode(), "x")
    assert list(validator.iter_errors(plain(root)))


def test_a_file_that_extends_needs_only_what_it_changes(validator):
    assert not list(
        validator.iter_errors({"format": 1, "extends": "cutoff", "events": [{"id": "cut", "notice": "2 d"}]})
    )
    assert list(validator.iter_errors({"format": 1}))


def test_defaults_in_the_schema_are_written_as_a_person_would_write_them():
    schema = scenario_schema()

    def check(name: str, field: dict) -> None:
        if "default" in field:
            errors = list(Draft202012Validator({**field, "$defs": schema["$defs"]}).iter_errors(field["default"]))
            assert not errors, (name, field["default"])

    for name, field in schema["properties"].items():
        check(name, field)
    for part, definition in schema["$defs"].items():
        for name, field in definition.get("properties", {}).items():
            check(f"{part}.{name}", field)


@pytest.mark.parametrize("name", kinds.names())
def test_every_field_of_every_kind_of_event_says_what_it_is(name):
    for field_name, field in kinds.kind(name).model_fields.items():
        assert field_name == "kind" or field.description, field_name
    assert kinds.kind(name).model_fields["kind"].default == name
