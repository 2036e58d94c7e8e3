"""Worlds: one run for all that is asked, the same numbers as a run by hand, and values of parameters as one run."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.engine.run import prepare, simulate_mean_field
from paysim.evidence import worlds as module
from paysim.evidence.assess import Assessor, search
from paysim.evidence.worlds import Worlds
from paysim.scenario.claims import Expectation


def expect(series="tracker_share", key="CNY", at="2024-12", **fields):
    return Expectation(measure={"series": series, "key": key, "at": at, **fields}, at_least=0)


@pytest.fixture
def told(tell):
    return tell("decoupling")


def test_a_story_cut_short_gives_what_the_whole_one_gives(told):
    """Only the months that are asked for are computed, and they are those of the whole run."""
    short = told.shortened("2026-06")
    (values,) = Worlds(3).values(told, [expect(at="2025-03")])
    by_hand = [record.values("tracker_share", "CNY")[8] for record in simulate_mean_field(prepare(short), 1, [0, 1, 2])]
    assert values.tolist() == by_hand


def test_a_story_is_made_ready_and_run_once(told, monkeypatch):
    made, run = [], []
    prepare_, simulate_ = module.prepare, module.simulate_mean_field
    monkeypatch.setattr(module, "prepare", lambda story: (made.append(story.name), prepare_(story))[1])
    monkeypatch.setattr(module, "simulate_mean_field", lambda *args: (run.append(1), simulate_(*args))[1])
    worlds = Worlds(2)
    asked = [expect(at="2024-08"), expect("true_share", at="2025-02"), expect(at="2025-01", relative_to="start")]
    worlds.need(told, asked)
    for one in asked:
        worlds.values(told, [one])
    assert (len(made), len(run)) == (1, 1)
    worlds.values(told, [expect(at="2025-06")])  # later than announced: once more, and it is kept
    worlds.values(told, [expect(at="2025-05")])
    assert (len(made), len(run)) == (2, 2)


def test_claims_change_no_story(tell):
    plain = tell("decoupling")
    claiming = tell(
        "decoupling",
        claims=[{"id": "one", "text": "x", "untestable": "y"}],
        checks=[{"id": "two", "measure": {"series": "true_share", "key": "CNY", "at": "end"}, "at_least": 0}],
    )
    assert plain.digest() == claiming.digest()
    assert plain != claiming


def test_values_of_a_parameter_are_one_run_and_those_of_a_scenario_that_says_so(tell):
    """20 values at once are what 20 scenarios with the value in the file give."""
    worlds = Worlds()
    story = tell("cutoff", horizon="2027-06")
    expected = [expect("trade_index", "CHN", at="2027-03")]
    values = np.geomspace(0.002, 0.02, 3).round(6)
    (together,) = worlds.values_at(story, expected, {"cost_sensitivity": values.tolist()})
    for value, figure in zip(values, together, strict=True):
        alone = tell("cutoff", horizon="2027-06", behaviour={"cost_sensitivity": f"{value:.6f} /bp"})
        (again,) = worlds.values(alone, expected, ())
        assert figure == pytest.approx(again[0], rel=1e-6)
    assert np.ptp(together) > 1e-4


def test_best_values_are_those_of_no_values(told):
    worlds = Worlds()
    expected = [expect(at="2025-01")]
    best = worlds.quantile(told, "cost_sensitivity", 0.5)
    at_best = worlds.values_at(told, expected, {})[0]
    assert at_best.tolist() == worlds.values(told, expected, ())[0].tolist()
    assert 0.002 < best < 0.02


def test_the_margin_says_how_far(told):
    worlds = Worlds()
    (value,) = worlds.values(told, [expect(at="2025-08")], ())[0]
    near = Expectation(measure={"series": "tracker_share", "key": "CNY", "at": "2025-08"}, at_most=float(value) / 0.9)
    assert worlds.margin(told, [near], sources=())[0] == pytest.approx(0.1)
    assert worlds.margin(told, [near], {"cost_sensitivity": [0.006]})[0] == pytest.approx(0.1, abs=1e-3)


def test_without_luck_there_is_one_draw_and_with_it_there_are_many(told):
    worlds = Worlds(7)
    sizes = {sources: len(worlds.values(told, [expect()], sources)[0]) for sources in ((), ("noise",), ("parameters",))}
    assert sizes == {(): 1, ("noise",): 7, ("parameters",): 7}
    noisy, calm = (worlds.values(told, [expect(at="2024-10")], sources)[0] for sources in (("noise",), ("parameters",)))
    assert np.ptp(noisy) > np.ptp(calm)


def test_stories_share_their_luck(tell):
    """What is the same in two stories cancels draw by draw: before the cut the one over the other is 1."""
    story = tell("cutoff")
    worlds = Worlds(4)
    before = expect("true_share", at="2026-06", relative_to={"scenario": "decoupling.yaml"})
    after = expect("true_share", at="2027-12", relative_to={"without": ["cut"]})
    assert worlds.values(story, [before])[0].tolist() == [1.0] * 4
    assert (worlds.values(story, [after])[0] > 1.5).all()


def test_the_deciding_range_is_where_single_runs_turn(tell):
    """The end of the interval separates values at which the bound is met from those at which it is not."""
    story = tell("cutoff", horizon="2027-06")
    worlds = Worlds()
    expected = [expect("trade_index", "CHN", at="2027-02")]
    bound = Expectation(measure=expected[0].measure, at_least="45 %")
    where = search(worlds, story, [bound], "behaviour.bypass_share")
    ((first, last),) = where.intervals
    assert where.decides
    assert last == where.high
    below, above = worlds.values_at(story, expected, {"bypass_share": [first - 0.005, first]})[0]
    assert below < 0.45 <= above


def test_the_event_engine_can_be_asked(tell):
    story = tell("baseline", horizon="2024-08", traffic={"payments_per_month": 1000})
    (values,) = Worlds(2, engine="events").values(story, [expect(at="2024-08")])
    assert len(values) == 2
    assert (abs(values - 0.0474) < 0.01).all()


def test_a_claim_on_what_the_model_lacks_cannot_be_tested(tell):
    """`payments` is a series of the event engine; the mean field has no value for it."""
    claim = {
        "id": "one",
        "text": "x",
        "expect": [{"measure": {"series": "payments", "key": "settled", "at": "2024-08"}, "at_least": 1}],
    }
    own = tell("baseline", claims=[claim])
    assert Assessor(own, Worlds(2)).claim(own.claims[0]).verdict.value == "cannot be tested here"
