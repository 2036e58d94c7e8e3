"""What counts as put in: inputs, premises of a story and of what it is compared with; and how the ledger says it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from paysim.errors import ScenarioError
from paysim.evidence.assess import Assessor
from paysim.evidence.ledger import check_row, claim_row
from paysim.evidence.verdicts import Verdict
from paysim.evidence.worlds import Worlds

START = {"series": "tracker_share", "key": "USD", "at": "start"}
STEERED = {"series": "tracker_share", "key": "CNY", "at": "2025-08"}


@pytest.fixture
def assessed(tell, worlds):
    """A claim of these figures, assessed."""

    def found(*expect, parent="decoupling", events=(), **fields):
        own = tell(parent, events=list(events), claims=[{"id": "one", "text": "x", "expect": list(expect), **fields}])
        return Assessor(own, worlds).claim(own.claims[0])

    return found


@pytest.mark.parametrize(
    ("measure", "bound"),
    [
        (START, "10 %"),
        ({**START, "relative_to": {"key": "CNY"}}, "500 %"),
        ({**START, "at": None, "over": ["start", "2024-07"], "reduce": "mean"}, "10 %"),
        ({"series": "trade_index", "key": "CHN", "at": "2024-07"}, "99 %"),
        ({"data": "cips_annual", "figure": "value", "at": 2024, "relative_to": {"series": "cips_value"}}, 1),
    ],
)
def test_what_the_run_begins_with_is_no_result(assessed, measure, bound):
    measure = {name: value for name, value in measure.items() if value is not None}
    if "data" in measure:
        measure["relative_to"]["at"] = "start"
        bound = "100 %"
    assert assessed({"measure": measure, "at_least": bound}).verdict is Verdict.GIVEN


def test_a_published_figure_over_a_result_is_a_result(assessed):
    later = {"series": "cips_value", "at": "end"}
    measure = {"data": "cips_annual", "figure": "value", "at": 2024, "relative_to": later}
    found = assessed({"measure": measure, "at_most": "10 %"}, vary=[])
    assert found.given == ()
    assert found.verdict is Verdict.FAILS


def test_a_premise_of_the_story_compared_with_carries_a_claim_too(assessed):
    """Less use than where growing demand is put in: nothing is found, though this story has no premise."""
    measure = {"series": "true_share", "key": "CNY", "at": "2025-08", "relative_to": {"scenario": "decoupling.yaml"}}
    less = {"measure": measure, "at_most": "99 %"}
    found = assessed(less, parent="business_as_usual", vary=[])
    assert found.verdict is Verdict.GIVEN
    assert found.stories[0].premises
    (line,) = (line.text for line in claim_row(found).lines if line.text.startswith("without"))
    assert ": no, at the best values" in line


def test_premises_are_taken_from_both_stories_and_cancel(assessed):
    """The same premises on both sides are no cause: without them the ratio is as before."""
    measure = {"series": "true_share", "key": "CNY", "at": "2025-08", "relative_to": {"scenario": "decoupling.yaml"}}
    found = assessed({"measure": measure, "at_least": "99.9 %", "at_most": "100.1 %"}, parent="cutoff", vary=[])
    assert (found.verdict, found.stories[0].finding.without) == (Verdict.HOLDS, 1.0)


@pytest.mark.parametrize("fields", [{}, {"at_ends_of": "behaviour.inertia"}])
def test_a_figure_that_only_a_premise_makes_is_carried_by_it(assessed, fields):
    hub = {"id": "hub", "kind": "hub_opened", "hub": "HKG", "premise": True, "at": "2024-09"}
    delay = {"measure": {"series": "delay_hours", "key": "usd-via-hkg", "at": "2024-12"}, "at_least": "0 h"}
    found = assessed(delay, parent="business_as_usual", events=[hub], **fields)
    assert found.verdict is Verdict.GIVEN
    assert np.isnan(found.stories[0].finding.without)
    assert any(line.text.endswith(": not defined") for line in claim_row(found).lines)


def test_what_is_put_in_and_yet_does_not_do_is_said_so(assessed):
    """Steering carries the claim in some stories and draws only: the verdict does not say that it follows."""
    fall = {"measure": STEERED, "at_most": "3 %"}
    none = {"set": {"events.steering.message": "0.1 %/month"}, "label": "hardly"}
    found = assessed(fall, worlds=[{"label": "as told"}, none], given_by=["steering"])
    said = claim_row(found).condition
    assert found.verdict is Verdict.GIVEN
    assert "even then holds only if: as told" in said
    assert "hardly" not in said
    sure = assessed({"measure": STEERED, "at_most": "4 %"}, vary=[], given_by=["steering"])
    assert claim_row(sure).condition == "it follows from what is put in: Yuan steered to CIPS"


def test_a_story_that_a_premise_carries_is_told_from_one_that_needs_none(assessed):
    away = {"id": "away", "kind": "demand_drift", "currency": "CNY", "drift": "-9 %/month", "at": "2024-08"}
    away["premise"] = False
    found = assessed(
        {"measure": STEERED, "at_most": "4 %"},
        vary=[],
        given_by=["steering"],
        worlds=[{"label": "steered"}, {"label": "unwanted", "events": [away]}],
    )
    assert found.verdict is Verdict.ONLY_IF
    assert claim_row(found).condition == "steered, with what is put in (Yuan steered to CIPS); or unwanted"


def test_one_path_is_told(tell, worlds):
    own = tell("decoupling", checks=[{"id": "one", "vary": [], "measure": STEERED, "at_most": "4 %"}])
    (check,) = own.checks
    lines = [line.text for line in check_row(Assessor(own, worlds).check(check)).lines]
    assert lines[1] == "at the best values of all parameters, without luck"


def test_the_payments_of_the_event_engine_are_luck_too(tell):
    """At best values its payments are still drawn, so that one path would let luck pass a check."""
    story = tell("baseline", horizon="2024-08", traffic={"payments_per_month": 500})
    delay = {"series": "delay_hours", "key": "usd-swift", "at": "2024-08"}
    check = tell("baseline", checks=[{"id": "one", "measure": delay, "at_least": "0 h"}]).checks[0]
    (values,) = Worlds(3, engine="events").values(story, [check], ())
    assert len(set(values.tolist())) == 3


def test_what_a_claim_is_compared_with_lies_beside_the_claim(tell, folder, worlds):
    """And not beside the story, which may lie in a folder below."""
    below = folder / "below"
    below.mkdir(exist_ok=True)
    shutil.copy(folder / "decoupling.yaml", below / "told.yaml")
    measure = {**STEERED, "relative_to": {"scenario": "business_as_usual.yaml"}}
    claim = {"id": "one", "text": "x", "expect": [{"measure": measure, "at_most": "90 %"}], "vary": []}
    own = tell("baseline", claims=[{**claim, "worlds": [{"scenario": "below/told.yaml"}]}])
    assert Assessor(own, worlds).claim(own.claims[0]).verdict is Verdict.GIVEN


def test_every_story_that_cannot_be_had_is_told_with_its_claim(tell, worlds):
    def claim(name, **world):
        return {"id": name, "text": "x", "expect": [{"measure": STEERED, "at_most": 1}], "worlds": [world]}

    own = tell(
        "baseline",
        claims=[
            claim("a", set={"behaviour.inertai": 0.9}),
            claim("b", without=["steering"]),
            claim("c", scenario="iran_2012.yaml"),
            claim("d", set={"horizon": "2025-01"}),
        ],
    )
    with pytest.raises(ScenarioError) as error:
        Assessor(own, worlds)
    told = str(error.value).splitlines()
    assert [line.split(": ")[1].split(".")[1].split("[")[0] for line in told] == ["a", "b", "c", "d"]
    assert "claims.a.worlds[0]: set behaviour.inertai=0.9:" in told[0]
    assert "nearest: inertia" in told[0]
    assert "2025-08 lies outside 2024-07 to 2025-01" in told[3]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"kind": "demand_drift", "currency": "RUB", "drift": "1 %/month", "at": "2024-08"}, "has no 'RUB'"),
        ({"kind": "disconnection", "network": "SPFS", "groups": ["RUS"], "at": "2024-08"}, "has no 'SPFS'"),
        ({"kind": "demand_drift", "currency": "CNY", "drift": "1 %/month", "at": "2023-08"}, "2023-08-01 lies outside"),
    ],
)
def test_an_event_must_fit_the_story_that_it_is_added_to(tell, worlds, event, message):
    """The file of the claim has the rouble and a start in 2021, the story has neither."""
    figure = {"measure": {**STEERED, "at": "2024-09"}, "at_least": 0}
    world = {"scenario": "baseline.yaml", "events": [{"id": "new", **event}]}
    own = tell("russia_2022", claims=[{"id": "one", "text": "x", "expect": [figure], "worlds": [world]}])
    with pytest.raises(ScenarioError, match=message):
        Assessor(own, worlds)
