"""A state goes to an address and back, and nothing that is no state goes anywhere."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from paysim.explore.presets import Preset, Presets
from paysim.explore.state import (
    LONGEST_QUERY,
    State,
    StateError,
    document_of,
    key_of,
    read_query,
    read_values,
    scenario_of,
)
from paysim.explore.story import add

PRESETS = Presets()


@st.composite
def states(draw):
    """Any state: a story, and any steps of any levers that may have a meaning in it."""
    preset = draw(st.sampled_from(list(PRESETS)))
    movable = [lever for lever in PRESETS.levers if PRESETS.fixed_reason(preset, lever) is None]
    moved = draw(st.lists(st.sampled_from(movable), unique=True))
    return {"preset": preset} | {lever: draw(st.sampled_from(PRESETS.stops[preset][lever])) for lever in moved}


@given(states())
def test_a_state_comes_back_from_its_query(values):
    state = read_values(values, PRESETS)
    assert read_query(state.query(), PRESETS) == state
    assert read_query(urlencode(values), PRESETS) == state


@given(states())
@settings(max_examples=30)
def test_every_state_is_a_scenario_that_can_be_written_down(values):
    from paysim.explore.state import yaml_of
    from paysim.scenario.document import parse, plain

    state = read_values(values, PRESETS)
    document = document_of(state, PRESETS)
    scenario_of(document)
    read, problems = parse(yaml_of(state, document).encode(), "saved.yaml")
    assert not problems
    assert plain(read) == document


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_junk_is_no_state(query):
    try:
        state = read_query(query, PRESETS)
    except StateError:
        return
    assert state.preset in PRESETS


@given(
    st.dictionaries(
        st.text(max_size=30), st.one_of(st.text(max_size=30), st.integers(), st.none(), st.lists(st.text())), max_size=4
    )
)
@settings(max_examples=200)
def test_junk_in_a_body_is_no_state(values):
    try:
        read_values(values, PRESETS)
    except StateError:
        return
    assert not values


@given(st.sampled_from(list(PRESETS.levers)), st.text(max_size=60))
@settings(max_examples=200)
def test_a_value_is_only_ever_a_step_of_its_lever(lever, value):
    if value not in PRESETS.steps[lever]:
        with pytest.raises(StateError, match="expected one of"):
            read_values({"preset": "cutoff", lever: value}, PRESETS)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("preset=cutof", "unknown preset 'cutof'; nearest: cutoff"),
        ("preset=../../etc/passwd", "unknown preset"),
        ("preset=cutoff.yaml", "unknown preset"),
        ("preset=cutoff&bypas_share=45+%25", "unknown lever 'bypas_share'; nearest: bypass_share"),
        ("preset=cutoff&bypass_share=46+%25", "bypass_share: expected one of 0 %, 5 %, ... 60 %, got '46 %'"),
        ("preset=cutoff&bypass_share=45+%25&bypass_share=40+%25", "'bypass_share' is given twice"),
        ("preset=cutoff&allies=refuse%0Aevents%3A+%5B%5D", "allies: expected one of use CIPS, refuse"),
        ("preset=cutoff&network_effect=%21%21python%2Fobject%3Aos.system", "network_effect: expected one of"),
        ("preset", "expected a query"),
        ("preset=cutoff&" + "x" * LONGEST_QUERY, "at most"),
        ("preset=russia_2022&cut_share=50+%25", "cut_share has no meaning in russia_2022"),
    ],
)
def test_what_is_wrong_is_said(query, said):
    with pytest.raises(StateError) as caught:
        read_query(query, PRESETS)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_lever_at_its_own_value_is_not_moved():
    own = {"preset": "cutoff", **PRESETS.defaults["cutoff"]}
    assert read_values(own, PRESETS) == State("cutoff")
    assert document_of(State("cutoff"), PRESETS) == PRESETS["cutoff"].document


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_moved_lever_reads_back_as_it_was_set(preset):
    for name, lever in PRESETS.levers.items():
        if PRESETS.reason(lever, PRESETS[preset].document) is None:
            for value in PRESETS.stops[preset][name]:
                document = document_of(read_values({"preset": preset, name: value}, PRESETS), PRESETS)
                assert PRESETS.own(lever, document) == value, (name, value)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_step_of_every_lever_is_a_scenario(preset):
    for lever in PRESETS.levers:
        if PRESETS.fixed_reason(preset, lever) is None:
            for value in PRESETS.stops[preset][lever]:
                scenario_of(document_of(read_values({"preset": preset, lever: value}, PRESETS), PRESETS))


def test_the_preset_is_not_changed_by_what_is_made_of_it():
    before = key_of(PRESETS["cutoff"].document)
    values = {name: PRESETS.steps[name][0] for name in PRESETS.levers}
    document_of(read_values({"preset": "cutoff", **values}, PRESETS), PRESETS)
    assert key_of(PRESETS["cutoff"].document) == before


def test_what_happens_with_the_cut_moves_with_it():
    document = document_of(read_query("preset=cutoff_fear_allies_refuse&cut_date=2028-01", PRESETS), PRESETS)
    dates = {event["id"]: event["at"] for event in document["events"]}
    assert dates["cut"] == dates["fear"] == dates["allies"] == "2028-01-04 16:00Z"
    assert dates["steering"] == "2024-08"


def test_a_reconnection_keeps_its_distance():
    document = document_of(read_query("preset=reconnect&cut_date=2028-01", PRESETS), PRESETS)
    assert {event["id"]: event["at"] for event in document["events"]}["back"] == "2031-01-04 16:00Z"


def test_nobody_cut_nobody_reconnected():
    document = document_of(read_query("preset=reconnect&cut_share=0+%25", PRESETS), PRESETS)
    assert {event["kind"] for event in document["events"]} == {"steering", "demand_drift"}


def test_a_changed_story_says_so():
    document = document_of(read_query("preset=cutoff&bypass_share=45+%25", PRESETS), PRESETS)
    assert document["name"] == "cutoff_varied"
    assert document["title"]["en"].endswith("varied")
    assert any("bypass_share is 45 %, not 30 %" in one["text"] for one in document["assumptions"])
    assert not any("Result" in limit for limit in document["limits"])


def test_an_added_event_never_takes_an_id_that_is_taken():
    document = {"events": [{"id": "cut", "kind": "demand_drift"}]}
    for _ in range(3):
        add(document, {"id": "cut", "kind": "disconnection"})
    ids = [event["id"] for event in document["events"]]
    assert len(set(ids)) == len(ids) == 4


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_date_that_a_story_offers_is_a_scenario_with_a_cut(preset):
    if PRESETS.fixed_reason(preset, "cut_share") is None and PRESETS.fixed_reason(preset, "cut_date") is None:
        for date in PRESETS.stops[preset]["cut_date"]:
            changes = {"cut_date": date, "cut_share": "50 %", "fear": "50 %", "hub": "open", "cips_liquidity": "4"}
            scenario_of(document_of(read_values({"preset": preset, **changes}, PRESETS), PRESETS))


def test_a_story_offers_every_date_that_it_has_room_for_and_no_other():
    """Whatever is left out is refused by the rules as well."""
    kept = PRESETS.stops["tariffs_2025"]["cut_date"]
    assert kept[0] == "2025-01"
    assert kept[-1] == "2028-10"
    assert PRESETS.stops["cutoff"]["cut_date"] == PRESETS.steps["cut_date"]
    for date in set(PRESETS.steps["cut_date"]) - set(kept):
        with pytest.raises(ValidationError, match="lies after the horizon"):
            scenario_of(document_of(State("tariffs_2025", (("cut_date", date), ("cut_share", "100 %"))), PRESETS))
        with pytest.raises(StateError, match=f"cut_date: expected a month from 2025-01 to 2028-10, got {date}"):
            read_values({"preset": "tariffs_2025", "cut_share": "100 %", "cut_date": date}, PRESETS)


@pytest.mark.parametrize(
    ("start", "horizon", "kept"), [("2024-07", "2027-06", "2027-04"), ("2026-06", "2035-12", "2030-01")]
)
def test_a_story_of_ones_own_offers_dates_within_its_months(start, horizon, kept):
    document = PRESETS["cutoff"].document
    events = [one for one in document["events"] if str(one["at"]) >= start]
    own = Presets(Preset("own", document | {"name": "own", "start": start, "horizon": horizon, "events": events}))
    dates = own.stops["own"]["cut_date"]
    assert dates[-1] == kept
    assert dates[0] >= start
    for date in dates:
        scenario_of(document_of(read_values({"preset": "own", "cut_date": date}, own), own))


def test_liquidity_comes_where_fear_has_gone():
    """The story ends before the usual date of either."""
    state = read_values({"preset": "fear_2024", "fear": "0 %", "cips_liquidity": "4"}, PRESETS)
    document = document_of(state, PRESETS)
    scenario_of(document)
    assert [event["kind"] for event in document["events"]][-1] == "liquidity_change"
    alone = document_of(read_values({"preset": "fear_2024", "fear": "0 %"}, PRESETS), PRESETS)
    assert "cips_liquidity" not in PRESETS.disabled(alone)
    only = document_of(read_values({"preset": "fear_2024", "cips_liquidity": "4"}, PRESETS), PRESETS)
    assert document["events"][-1]["at"] == only["events"][-1]["at"]


def test_liquidity_begins_with_a_story_that_hits_nobody_and_ends_before_its_date():
    state = read_values({"preset": "outage", "cips_liquidity": "4"}, PRESETS)
    document = document_of(state, PRESETS)
    scenario_of(document)
    assert document["events"][-1]["at"] == "2024-07-01 00:00Z"
    usual = document_of(read_values({"preset": "tariffs_2025", "cips_liquidity": "4"}, PRESETS), PRESETS)
    assert usual["events"][-1]["at"].startswith("2027-01-04")
