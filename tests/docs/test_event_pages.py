"""Every kind of event and every lever has a page of one form, whose tables, numbers and examples are true today."""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.metadata import entry_points
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from page_blocks import ROOT
from page_links import dead_links, links

sys.path.insert(0, str(ROOT / "docs" / "tools"))
import page_numbers
from event_pages import HEADINGS, MARKED, block
from page_numbers import MESSAGES, REFERENCE, examples, holds, loaded

from paysim.explore.levers import levers
from paysim.explore.pages import page_html
from paysim.scenario import kinds
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.event import Event
from paysim.scenario.schema import Scenario
from paysim.scenario.series import SERIES

EVENTS = sorted(page.stem for page in (REFERENCE / "events").glob("*.md") if page.stem != "index")
LEVERS = sorted(page.stem for page in (REFERENCE / "levers").glob("*.md") if page.stem != "index")
PAGES = (*EVENTS, *LEVERS)
QUICK = ("coverage_break", "demand_drift")
"""Pages whose numbers are found in about a second; the others' are left to the full test."""

LONGEST_SHARED = 80
COMMENT = re.compile(r"<!--.*?-->")
CODE = re.compile(r"```.*?```", re.DOTALL)
NAME = re.compile(r"`([a-z]+(?:_[a-z0-9]+)+)`")
NATIVE = {"native_messaging": "native_crisis_median"}
"""Levers that are not called as the parameter that they turn."""


@cache
def text_of(page: str) -> str:
    return page_numbers.page_file(page).read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    _, *parts = re.split(r"^## (.+)\n", text_of(page), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def sentences(text: str) -> set[str]:
    """The long sentences of what a person wrote: without generated parts, code, addresses and marks."""
    written = re.sub(r"\]\([^)]*\)", "]", CODE.sub("", MARKED.sub("", text)))
    plain = re.sub(r"[*`\[\]]|^\W+", "", written, flags=re.MULTILINE)
    return {one.strip() for one in re.split(r"(?<=[.!?:])\s+|\n", plain) if len(one.strip()) > LONGEST_SHARED}


# --- which pages there are -------------------------------------------------------------------------------------------


def test_every_shipped_kind_has_a_page_and_every_page_a_kind():
    ours = {entry.name for entry in entry_points(group=kinds.GROUP) if entry.value.startswith("paysim.")}
    assert set(EVENTS) == ours
    assert len(ours) >= 23


def test_every_lever_has_a_page_and_every_page_of_a_lever_a_lever():
    wanted = {lever.page for lever in levers()}
    assert wanted <= set(PAGES)
    assert set(LEVERS) == wanted - set(EVENTS)


def test_the_list_of_levers_leads_from_each_to_its_page():
    text = (REFERENCE / "levers" / "index.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \|.*\((?:\.\./events/)?(\w+)\.md\) \|$", text, re.MULTILINE))
    assert listed == {lever.id: lever.page for lever in levers()}


def test_pages_of_events_and_levers_do_not_share_a_name():
    assert set(EVENTS).isdisjoint(LEVERS)


# --- their form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_all_headings_in_their_order_and_none_is_empty(page):
    found = sections(page)
    assert tuple(found) == HEADINGS
    for heading, text in found.items():
        words = COMMENT.sub("", text).split()
        assert len(words) >= 25, heading


@pytest.mark.parametrize("page", PAGES)
def test_a_statement_is_two_to_four_sentences_that_need_no_formula(page):
    statement = sections(page)["Statement"]
    assert 2 <= len(re.findall(r"[.!?](?=\s)", statement)) <= 4
    assert not re.search(r"[=λγρ·]|`", statement)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_answers_three_to_five_questions(page):
    asked = re.findall(r"^### (.+)\n\n(\S.*)", sections(page)["FAQ"], re.MULTILINE)
    assert 3 <= len(asked) <= 5
    assert all(question.endswith("?") for question, _ in asked)
    assert len(re.findall(r"^###", text_of(page), re.MULTILINE)) == len(asked)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_where_in_the_model_it_acts(page):
    where = sections(page)["Model structure"]
    assert "../../explanation/odd.md#" in where
    sources = re.findall(r"\]\(\.\./\.\./\.\./(src/paysim/\S+\.py)\)", where)
    expected = f"src/paysim/events/{page}.py" if page in EVENTS else "src/paysim/model/"
    assert any(source.startswith(expected) for source in sources)


def test_no_two_pages_share_a_long_sentence():
    for one, other in combinations(PAGES, 2):
        assert sentences(text_of(one)) & sentences(text_of(other)) == set(), (one, other)


def test_a_long_sentence_that_two_pages_share_is_found_where_a_person_wrote_it():
    plain = "This sentence is in two pages and so long that any reader will notice it twice over."
    shared = plain.replace("sentence", "[sentence](https://paysim.example)").replace("two", "*two*")
    assert sentences(f"# One\n\n- {shared} Another.\n") & sentences(f"# Two\n\nFirst. {shared}\n") == {plain}
    assert sentences(f"<!-- messages: one -->\n- {shared}\n<!-- end of messages -->\n") == set()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_plain_markdown_that_the_browser_page_can_show(page):
    html = page_html(page_numbers.page_file(page))
    assert "&lt;!--" not in html
    assert html.count("<h2>") == len(HEADINGS)
    assert html.count("<table>") == 1


@pytest.mark.parametrize("page", [*(f"events/{page}" for page in (*EVENTS, "index")), "levers/index"])
def test_every_link_of_a_page_resolves(page):
    file = REFERENCE / f"{page}.md"
    assert dead_links(file, file.read_text(encoding="utf-8"), ROOT) == []


@pytest.mark.parametrize("page", LEVERS)
def test_every_link_of_a_page_of_a_lever_resolves(page):
    assert dead_links(page_numbers.page_file(page), text_of(page), ROOT) == []


@cache
def known_addresses() -> str:
    """Everything that cites sources and is no page of an event or a lever."""
    files = [
        *ROOT.glob("scenarios/*.yaml"),
        *ROOT.glob("src/paysim/data/**/*.*"),
        *ROOT.glob("src/paysim/scenario/*.py"),
        *ROOT.glob("src/paysim/events/*.py"),
        *ROOT.glob("docs/explanation/*.md"),
    ]
    kept = (file for file in files if file.suffix in (".yaml", ".csv", ".md", ".py"))
    return "\n".join(file.read_text(encoding="utf-8") for file in kept)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_cites_only_what_scenarios_data_or_schema_cite(page):
    cited = {target for _, target in links(text_of(page)) if target.startswith("http")}
    as_written = {address.replace("%25", "%") for address in cited}
    assert {address for address in as_written if not _known(address)} == set()


def _known(address: str) -> bool:
    from urllib.parse import unquote

    return address in known_addresses() or unquote(address) in known_addresses()


@cache
def known_names() -> frozenset[str]:
    """Names of fields, kinds, series, scenarios, options and levers."""
    names = set(Scenario.model_fields) | set(Behaviour.model_fields) | set(Event.model_fields) | set(SERIES)
    for kind in kinds.names():
        names |= {kind, *kinds.kind(kind).model_fields}
    names |= {file.stem for file in ROOT.glob("scenarios/*.yaml")} | {lever.id for lever in levers()}
    return frozenset(names | {"willing_hub", "bank_classes"})


@pytest.mark.parametrize("page", PAGES)
def test_a_name_in_code_is_a_name_of_the_product(page):
    assert set(NAME.findall(text_of(page))) - known_names() == set()


# --- what is taken from the code -------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(REFERENCE.glob("[el]*/*.md")), ids=lambda file: file.stem)
def test_tables_are_those_of_the_schema(file: Path):
    text = file.read_text(encoding="utf-8")
    for found in MARKED.finditer(text):
        if found[2] != "messages":
            assert found[0] == found[1] + block(found[2], found[3]) + found[4]


@pytest.mark.parametrize("page", PAGES)
def test_the_settings_begin_with_the_pages_own_and_hold_every_field_of_it(page):
    (found,) = (mark for mark in MARKED.finditer(text_of(page)) if mark[2] == "settings")
    first, *_ = found[3].split(", ")
    if page in LEVERS:
        assert first == f"behaviour.{NATIVE.get(page, page)}"
        return
    assert first == page
    kind = kinds.kind(page)
    unnamed = {"kind", "id", "label"} | (set() if kind.ramps else {"ramp"})
    assert all(f"| `{field}` |" in found[0] for field in kind.model_fields if field not in unnamed)


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=() if page in QUICK else pytest.mark.slow) for page in PAGES]
)
def test_numbers_are_those_of_a_fresh_run(page):
    (found,) = (mark for mark in MARKED.finditer(text_of(page)) if mark[2] == "messages")
    assert found[3] == page
    assert found[0] == found[1] + block("messages", page) + found[4]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_two_to_four_messages_with_figures_and_what_must_hold_of_them(page):
    says, runs = MESSAGES[page]["says"], MESSAGES[page]["runs"]
    assert 2 <= len(says) <= 4
    used = {written.split()[0] for message in says for written in message["figures"]}
    assert used == set(runs)
    for message in says:
        in_text = {int(place) for place in re.findall(r"\{(\d+)", message["text"])}
        held = {int(word) for relation in message["holds"] for word in relation.split() if word.isdigit()}
        assert in_text | held == set(range(len(message["figures"])))
        assert in_text
        assert held
    shown = sections(page)["Big messages"]
    assert len(re.findall(r"^- .*\d", shown, re.MULTILINE)) == len(says)
    assert not COMMENT.sub("", MARKED.sub("", shown)).strip()


def test_messages_are_of_pages_and_of_no_others():
    assert set(MESSAGES) == set(PAGES)


@pytest.mark.parametrize(
    ("relation", "figures", "true"),
    [
        ("0 < 1", [1.0, 2.0], True),
        ("0 > 1", [1.0, 2.0], False),
        ("0 < 1 < 2", [1.0, 2.0, 1.5], False),
        ("0 < #100", [99.0], True),
        ("0 = 1", [50.0, 50.0 + 1e-9], True),
        ("0 = 1", [50.0, 50.1], False),
        ("0 ~ 1", [50.0, 50.1], True),
        ("0 ~ 1", [50.0, 51.0], False),
    ],
)
def test_what_must_hold_is_checked(relation, figures, true):
    assert holds(relation, figures) is true


def test_a_sentence_whose_direction_no_longer_holds_is_refused(monkeypatch):
    monkeypatch.setattr(page_numbers, "figure", lambda _page, written: float(written))
    message = {"text": "It falls from {0} to {1:.1f}.", "figures": ["5", "4"], "holds": ["0 > 1"]}
    monkeypatch.setitem(MESSAGES, "made_up", {"runs": {}, "says": [message]})
    assert page_numbers.says("made_up") == ("It falls from 5 to 4.0.",)
    message["figures"] = ["4", "5"]
    with pytest.raises(ValueError, match="does not hold"):
        page_numbers.says("made_up")


# --- examples --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_example_is_a_scenario_that_can_be_read_and_has_what_the_page_is_about(page):
    shown = examples(page)
    assert shown
    assert text_of(page).count("```yaml") == len(shown)
    for text in shown:
        scenario = loaded(text)
        own = yaml.safe_load(text)
        assert set(own) >= {"extends", "format", "title"}
        if page in EVENTS:
            ids = {event["id"] for event in own["events"]}
            assert page in {event.kind for event in scenario.events if event.id in ids}
        else:
            assert NATIVE.get(page, page) in own["behaviour"]


@pytest.mark.parametrize("page", EVENTS)
def test_a_page_names_a_shipped_scenario_that_has_the_event_or_says_that_none_has(page):
    text = sections(page)["Examples"]
    having = {file.stem for file in ROOT.glob("scenarios/*.yaml") if f"kind: {page}" in file.read_text("utf-8")}
    if not having:
        assert re.search(r"^No shipped scenario", text, re.MULTILINE)
        return
    (line,) = re.findall(r"^Shipped: .*", text, re.MULTILINE)
    named = set(re.findall(r"scenarios/(\w+)\.yaml", line))
    assert named
    assert named <= having
