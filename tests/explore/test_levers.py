"""What the schema says of a lever is what the page says of it."""

from __future__ import annotations

import pytest

from paysim.data import shipped
from paysim.explore.levers import graded, levers
from paysim.explore.pages import find_page
from paysim.scenario import kinds
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.schema import Scenario
from paysim.scenario.uncertain import BASES
from paysim.words import LANGUAGES, speaking

ROWS = {row.path: row for row in Scenario.parameter_table()}


def lever(name):
    return next(one for one in levers() if one.id == name)


@pytest.mark.parametrize("one", levers(), ids=lambda one: one.id)
def test_a_lever_says_what_the_command_line_says(one):
    if one.path in ROWS:
        row, about = ROWS[one.path], one.facts
        assert (about.meaning, about.basis) == (row.meaning, row.basis)
        assert row.unit in ("", about.unit)
        assert (about.source, about.low, about.high) == (row.source, row.low, row.high)
        steps = [about.read(step) for step in one.steps()]
        assert min(steps) == row.low
        assert max(steps) == row.high
    else:
        assert one.facts.basis == "premise"
        assert one.facts.meaning


def test_a_changed_schema_changes_the_lever(monkeypatch):
    field = Behaviour.model_fields["bypass_share"]
    assert isinstance(field.json_schema_extra, dict)
    changed = {**field.json_schema_extra, "range": [0.1, 0.5], "basis": "S", "source": "somebody counted"}
    monkeypatch.setattr(field, "json_schema_extra", changed)
    monkeypatch.setattr(field, "description", "share of what goes round")
    one = lever("bypass_share")
    assert one.steps()[0] == "10 %"
    assert one.steps()[-1] == "50 %"
    assert (one.facts.basis, one.facts.source, one.facts.meaning) == (
        "S",
        "somebody counted",
        "share of what goes round",
    )


def test_a_changed_event_changes_the_lever(monkeypatch):
    field = kinds.kind("fiscal_premium").model_fields["premium"]
    assert isinstance(field.json_schema_extra, dict)
    monkeypatch.setattr(field, "json_schema_extra", {**field.json_schema_extra, "range": [0.0, 120.0]})
    assert lever("dollar_premium").steps()[-1] == "120 bp"


@pytest.mark.parametrize("one", levers(), ids=lambda one: one.id)
def test_a_lever_has_a_page_that_tells_why(one):
    assert find_page(one.page) is not None


def test_every_lever_has_a_basis_in_words():
    for one in levers():
        assert all(word in BASES.values() or word == "premise" for word in one.facts.basis_words)


def test_steps_go_up_and_hold_the_presets_own(presets):
    for one in levers():
        steps = presets.steps[one.id]
        assert len(set(steps)) == len(steps) >= 2
        if one.kind == "slider":
            places = [one._place(step) for step in steps]
            assert places == sorted(places)
        for name, preset in presets.items():
            if presets.reason(one, preset.document) is None:
                assert presets.defaults[name][one.id] in steps


def test_grading():
    assert graded(0.0, 0.6) == pytest.approx([0.05 * step for step in range(13)])
    assert graded(2.0, 11.0) == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
    assert graded(0.002, 0.02)[:3] == [0.002, 0.0025, 0.003]
    assert graded(7.0, 180.0)[0] == 7.0
    assert graded(7.0, 180.0)[-1] == 180.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_steps_are_worded(presets, language):
    with speaking(language):
        for one in levers():
            labels = [one.step_label(step) for step in presets.steps[one.id]]
            assert len(set(labels)) == len(labels)
            assert all(labels)
    with speaking("de"):
        assert lever("cost_sensitivity").step_label("0.006 /bp").startswith("0,006 ")
        assert lever("cut_date").step_label("2027-05") == "Mai 2027"


def test_the_shipped_files_are_found():
    assert (shipped.scenarios() / "cutoff.yaml").is_file()
    assert (shipped.pages() / "events" / "steering.md").is_file()
