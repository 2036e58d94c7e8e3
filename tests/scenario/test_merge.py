"""What a file inherits from the file that it extends, and what an override changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from paysim.errors import ScenarioError
from paysim.scenario import merge
from paysim.scenario.loading import load_scenario

PARENT = (
    "seed: 5\n"
    "assumptions:\n"
    "  - {id: who, text: all banks, basis: premise}\n"
    "limits: [old]\n"
    "behaviour: {hub_margin: {best: 60 bp, low: 50 bp}, growth: 2 %/year}\n"
    "groups: {ASEAN: {adoption: {2025-01: 65 %, 2030-01: 80 %}}}\n"
    "events:\n"
    "  - {id: cut, kind: disconnection, at: 2027-01-04 16:00Z, groups: [CHN, HKG], notice: 5 d}\n"
)
CHILD = "extends: parent\nformat: 1\ntitle: A child\n"


@pytest.fixture
def family(write):
    """Load a child of `PARENT`."""

    def made(text: str, overrides: tuple[str, ...] = ()):
        write(PARENT, name="parent.yaml")
        return load_scenario(write(CHILD + text, head=""), overrides)

    return made


def test_a_child_keeps_what_it_does_not_change(family):
    scenario = family("seed: 6\n")
    assert (scenario.seed, scenario.title, scenario.question) == (6, "A child", "A question?")
    assert scenario.events[0].groups == ("CHN", "HKG")


def test_mappings_merge_key_by_key(family):
    behaviour = family("behaviour: {hub_margin: {best: 70 bp}}\n").behaviour
    assert (behaviour.hub_margin.best, behaviour.hub_margin.low) == (70.0, 50.0)
    assert behaviour.growth.best == 0.02


def test_events_are_added_to_the_parents(family):
    scenario = family("events:\n  - {kind: hub_opened, at: 2027-02, hub: HKG}\n")
    assert [event.kind for event in scenario.events] == ["disconnection", "hub_opened"]


def test_an_event_with_the_id_of_a_parents_event_changes_that_one(family):
    (event,) = family("events:\n  - {id: cut, groups: [CHN]}\n").events
    assert event.groups == ("CHN",)
    assert event.notice == 5.0


def test_replace_events_leaves_the_parents_out(family):
    assert family("replace_events: true\n").events == ()
    (event,) = family("replace_events: true\nevents:\n  - {kind: hub_opened, at: 2027-02, hub: HKG}\n").events
    assert event.kind == "hub_opened"


def test_prose_is_added_and_an_assumption_is_changed_by_its_id(family):
    scenario = family("limits: [new]\nassumptions:\n  - {id: who, text: one bank}\n  - {text: b, basis: weak}\n")
    assert scenario.limits == ("old", "new")
    assert [one.text for one in scenario.assumptions] == ["one bank", "b"]
    assert scenario.assumptions[0].basis == "premise"


def test_other_lists_replace(family):
    (event,) = family("events:\n  - {id: cut, by: [USA]}\n").events
    assert event.by == ("USA",)


def test_a_prescribed_path_replaces_the_parents_whole(family):
    path = family("groups: {ASEAN: {adoption: {2026-01: 70 %}}}\n").groups["ASEAN"].adoption
    assert path == {datetime(2026, 1, 1, tzinfo=UTC): 0.7}


def test_null_means_as_if_it_had_never_been_said(family):
    assert family("seed: null\n").seed == 1


def test_a_scenario_knows_the_files_it_came_from(family, tmp_path):
    assert family("").files == (tmp_path / "story.yaml", tmp_path / "parent.yaml")


def test_a_problem_of_the_parent_is_told_in_the_parents_file(write, tmp_path):
    write(PARENT + "horizont: 3\n", name="parent.yaml")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(CHILD + "seed: no\n", head=""))
    places = [(one.file, one.line) for one in caught.value.problems]
    assert places == [(str(tmp_path / "story.yaml"), 4), (str(tmp_path / "parent.yaml"), 12)]


def test_the_place_inside_the_file_is_told_for_an_added_event(write):
    write(PARENT, name="parent.yaml")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(CHILD + "events:\n  - {kind: hub_opened, at: 2027-02, hub: HKK}\n", head=""))
    (problem,) = caught.value.problems
    assert (problem.where, problem.line) == ("events[0].hub", 5)


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ("missing", "there is no file"),
        ("../outside.yaml", "lies outside the folder of this file"),
        ("/etc/passwd", "lies outside the folder of this file"),
        ("story", "a circle: story.yaml extends story.yaml"),
        ("3", "expected the name of a file beside this one"),
        ("[a, b]", "expected the name of a file beside this one"),
    ],
)
def test_what_cannot_be_extended_is_told_at_its_place(complaints, tmp_path, extends, expected):
    (tmp_path.parent / "outside.yaml").write_text("format: 1\n")
    (line,) = complaints(f"extends: {extends}\nformat: 1\n", head="")
    assert line.startswith("1:10: extends: ")
    assert expected in line


def test_a_circle_of_three_files_is_found(write):
    write("extends: b\n", name="a.yaml", head="")
    write("extends: c\n", name="b.yaml", head="")
    with pytest.raises(ScenarioError, match=r"a circle: a\.yaml extends b\.yaml extends c\.yaml extends a\.yaml"):
        load_scenario(write("extends: a\n", name="c.yaml", head="").with_name("a.yaml"))


def test_a_link_out_of_the_folder_is_refused(write, tmp_path):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "secret.yaml").write_text("format: 1\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.yaml").symlink_to(outside / "secret.yaml")
    with pytest.raises(ScenarioError, match="lies outside the folder"):
        load_scenario(write("extends: link\n", name="inner/child.yaml", head=""))


def test_a_file_in_a_folder_below_may_be_extended(write):
    write(PARENT, name="base/parent.yaml")
    assert load_scenario(write("extends: base/parent\n", head="")).seed == 5


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("seed=9", lambda s: s.seed, 9),
        ("behaviour.hub_margin=90 bp", lambda s: s.behaviour.hub_margin.best, 90.0),
        ("behaviour.hub_margin.best=90 bp", lambda s: s.behaviour.hub_margin.low, 50.0),
        ("events.cut.at=2027-01-04 17:00Z", lambda s: s.events[0].at.hour, 17),
        ("events[0].notice=2 d", lambda s: s.events[0].notice, 2.0),
        ("events.0.groups=[CHN]", lambda s: s.events[0].groups, ("CHN",)),
        ("groups.RUS.cips_weight=50 %", lambda s: s.groups["RUS"].cips_weight, 0.5),
        ("uncertainty.noise=false", lambda s: s.uncertainty.noise, False),
        ("title=a: b", None, "title: expected text, got a mapping"),
        ("title='a: b'", lambda s: s.title, "a: b"),
        ("events.cat.at=2027-02", None, "events has no item 'cat' (1 items; ids: cut)"),
        ("events[3].at=2027-02", None, "events has no item '3'"),
        ("sead=9", None, "unknown key 'sead'; nearest: seed"),
        ("seed", None, "expected path=value"),
        ("a..b=1", None, "is no path such as behaviour.inertia"),
        ("=1", None, "is no path such as behaviour.inertia"),
        ("seed=*a", None, "alias *a"),
        ("behaviour.hub_margin=90", None, "behaviour.hub_margin: 90 has no unit"),
        ("behaviour=7", None, "behaviour: expected a mapping, got 7"),
    ],
)
def test_an_override_sets_one_value_or_says_why_not(family, override, get, value):
    if get is not None:
        assert get(family("", (override,))) == value
        return
    with pytest.raises(ScenarioError) as caught:
        family("", (override,))
    assert caught.value.problems[0].file == f"--set {override}"
    assert value in str(caught.value)


def test_later_overrides_win_and_all_bad_ones_are_told(family):
    assert family("", ("seed=1", "seed=2")).seed == 2
    with pytest.raises(ScenarioError) as caught:
        family("", ("sead=1", "replicates=none"))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a[", "a]b", "[a]b]"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="is no path"):
        merge.steps(path)
