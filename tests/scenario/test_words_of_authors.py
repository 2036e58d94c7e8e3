"""Texts that the author of a scenario writes once for all, or in each language."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from paysim.errors import ScenarioError
from paysim.scenario.json_schema import scenario_schema
from paysim.scenario.loading import load_scenario
from paysim.words import speaking

BOTH = "{en: A cut, de: Ein Ausschluss}"


def written(folder, *lines, name="story"):
    path = folder / f"{name}.yaml"
    path.write_text("\n".join(["format: 1", *lines]) + "\n", encoding="utf-8")
    return path


def plain(folder, title="A cut", question="What then?"):
    return written(folder, f"title: {title}", f"question: {question}")


def test_a_text_stays_a_text_and_texts_by_language_stay_apart(tmp_path):
    scenario = load_scenario(plain(tmp_path, title=BOTH))
    assert scenario.title == {"en": "A cut", "de": "Ein Ausschluss"}
    assert scenario.question == "What then?"
    assert json.loads(scenario.canonical())["title"] == {"en": "A cut", "de": "Ein Ausschluss"}


def test_a_text_once_for_all_is_another_scenario_than_two_texts_and_the_same_as_ever(tmp_path):
    digests = {load_scenario(plain(tmp_path, title=title)).digest() for title in ("A cut", "' A cut '", BOTH)}
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("{en: A cut, fr: Une coupure}", r"title\.fr: unknown language 'fr'"),
        ("{en: A cut, deu: Ein Ausschluss}", r"title\.deu: unknown language 'deu'; nearest: de"),
        ("{en: A cut, de: 5}", r"title\.de: expected text, got 5 \(put it in quotes\)"),
        ("{en: ''}", r"title\.en: expected text, got nothing"),
        ("{}", r"title: expected a text in one language at least \(known: en, de\), got none"),
        ("[A cut]", r"title: expected text, got a list"),
    ],
)
def test_what_is_no_text_or_of_no_known_language_is_told_at_its_place(tmp_path, title, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        load_scenario(plain(tmp_path, title=title))
    assert caught.value.problems[0].line == 2


def test_an_extending_file_replaces_a_text_as_a_whole(tmp_path):
    plain(tmp_path, title=BOTH)
    child = written(tmp_path, "extends: story.yaml", "title: {en: Another}", name="child")
    assert load_scenario(child).title == {"en": "Another"}  # not beside the parent's German


def test_an_event_is_called_what_its_author_wrote_or_described_in_the_language_spoken(tmp_path):
    path = written(
        tmp_path,
        "title: t",
        "question: q",
        "events:",
        "  - {kind: disconnection, at: 2027-01, groups: [CHN], label: {en: Out, de: Draussen}}",
        "  - {kind: disconnection, at: 2028-01, groups: [HKG]}",
        "  - {kind: disconnection, at: 2029-01, groups: [RUS], label: Out}",
    )
    events = load_scenario(path).events
    assert [event.title() for event in events] == ["Out", "HKG off SWIFT", "Out"]
    with speaking("de"):
        assert [event.title() for event in events] == ["Draussen", "HKG von SWIFT ausgeschlossen", "Out"]
        assert [event.titles() for event in events] == [
            {"en": "Out", "de": "Draussen"},
            {"en": "HKG off SWIFT", "de": "HKG von SWIFT ausgeschlossen"},
            "Out",
        ]


@pytest.mark.parametrize(
    ("title", "fits"),
    [("A cut", True), (BOTH, True), ("{fr: Une coupure}", False), ("{}", False), ("5", False), ("''", False)],
)
def test_the_schema_for_editors_lets_through_what_is_read(tmp_path, title, fits):
    path = plain(tmp_path, title=title)
    found = list(jsonschema.Draft202012Validator(scenario_schema()).iter_errors(yaml.safe_load(path.read_text())))
    assert (not found) == fits
    if fits:
        load_scenario(path)
    else:
        with pytest.raises(ScenarioError):
            load_scenario(path)
