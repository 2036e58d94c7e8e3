"""What would have to be true: roots against closed forms, what cannot be had, and what was published against it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from paysim.cli.main import main
from paysim.cli.require import require
from paysim.errors import InputError, PaysimError
from paysim.evidence import require as module
from paysim.evidence.require import Feasible, Lever, feasible, lever_of, margins_over, moved, published_growth, solve
from paysim.evidence.require_words import bound_words, feasible_words, range_words, sentence
from paysim.scenario.claims import Expectation
from paysim.scenario.loading import load_scenario
from paysim.words import speaking

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHARE = Lever("behaviour.messaged_on_swift", "share", 0.8, 0.5, 0.9, 0.0, 1.0)
SEEN, BOUND = 0.0474, 0.0293


def observed(moved_away):
    """The tracker's share of what was S when a share of its messages is not seen: Y = S (1 - m) / (1 - S m)."""
    return SEEN * (1.0 - moved_away) / (1.0 - SEEN * moved_away)


def test_the_root_of_the_observation_identity_is_exact():
    found = solve(lambda share: (BOUND - observed(share)) / BOUND, SHARE)
    exact = (SEEN - BOUND) / (SEEN * (1.0 - BOUND))
    assert found.roots == (pytest.approx(exact, abs=1e-5),)
    assert found.intervals == ((found.roots[0], 1.0),)
    assert found.documented == ((0.5, 0.9),)


def test_all_crossings_are_found():
    found = solve(lambda x: np.sin(3.0 * np.pi * x + 0.4), SHARE)
    exact = [(n * np.pi - 0.4) / (3.0 * np.pi) for n in (1, 2, 3)]
    assert found.roots == pytest.approx(exact, abs=1e-5)
    assert found.intervals == ((0.0, found.roots[0]), (found.roots[1], found.roots[2]))


def test_what_holds_nowhere_or_everywhere_says_so():
    never, always = solve(lambda x: -1.0 - x, SHARE), solve(lambda x: 1.0 + x, SHARE)
    assert never.intervals == never.roots == never.documented == ()
    assert sentence(never) == "holds for no value from 0 to 100 % (documented: 50 to 90 %; best value: 80 %)"
    assert always.intervals == ((0.0, 1.0),)
    assert sentence(always).startswith("holds whatever it is, from 0 to 100 %")
    assert "inside of that" not in sentence(always)


def test_what_lies_outside_of_what_is_documented_is_told():
    bypass = Lever("behaviour.bypass_share", "share", 0.3, 0.0, 0.6, 0.0, 1.0)
    found = solve(lambda x: x - 0.71, bypass)
    assert found.documented == ()
    assert sentence(found) == (
        "holds from 71 % on (documented: 0 to 60 %; all of it outside of what is documented; best value: 30 %)"
    )
    partly = solve(lambda x: x - 0.4, bypass)
    assert partly.documented == ((pytest.approx(0.4, abs=1e-4), 0.6),)
    assert "inside of that: 40 to 60 %" in sentence(partly)
    assert sentence(solve(lambda x: 0.2 - x, bypass)).startswith("holds up to 20 %")
    assert sentence(solve(lambda x: 0.01 - (x - 0.5) ** 2, bypass)).startswith("holds 40 to 60 %")


def test_where_a_figure_is_not_defined_the_claim_does_not_hold():
    found = solve(lambda x: np.where(x < 0.3, np.nan, 1.0), SHARE)
    assert found.intervals == ((pytest.approx(0.3, abs=1e-4), 1.0),)


class Made:
    """Stands in for the mean field: a claim that needs two assumptions, a constraint that bounds one of them."""

    def margin(self, story, expected, values=None, sources=None):
        one = np.asarray((values or {}).get("messaged_on_swift", [0.8]))
        other = np.asarray((values or {}).get("cleared_in_cips", [0.65]))
        if getattr(expected[0], "measure", None) is not None:  # what CIPS published
            return 0.5 - other + 0.0 * one
        if np.any(one > 0.95):
            raise PaysimError("there is no such world")
        return one + other - 1.2


def test_a_world_that_cannot_be_had_is_left_out_and_the_others_kept():
    margins = margins_over(Made(), None, [object()], SHARE)
    assert np.isnan(margins(np.array([0.5, 0.99]))).tolist() == [False, True]
    assert solve(margins, SHARE).intervals[0][0] == pytest.approx(1.2 - 0.65, abs=1e-4)


def test_what_was_published_excludes_part_of_what_would_do(monkeypatch):
    story = load_scenario(SCENARIOS / "decoupling.yaml")
    across = Lever("behaviour.messaged_on_swift", "share", 0.8, 0.5, 0.9, 0.0, 0.95)
    up = Lever("behaviour.cleared_in_cips", "share", 0.65, 0.4, 0.8, 0.0, 1.0)
    found = feasible(Made(), story, [object()], across, up)
    one, other = np.meshgrid(found.columns, found.rows)
    assert found.holds.tolist() == (one + other >= 1.2).tolist()
    expected = (one + other >= 1.2) & (other <= 0.5) & (one >= 0.5) & (one <= 0.9) & (other >= 0.4)
    assert found.allowed.tolist() == expected.tolist()
    assert 0 < found.allowed.sum() < found.holds.sum()
    excluded = int(((one + other >= 1.2) & (other > 0.5)).sum())
    assert f"{excluded} of these would have CIPS grow by more than was published" in feasible_words(found)
    broken = Feasible(across, up, found.columns, found.rows, found.margins, -1.0 + 0.0 * found.margins)
    assert broken.allowed.sum() == 0
    assert "whatever the two are, the story has CIPS grow by more" in feasible_words(broken)
    free = Feasible(across, up, found.columns, found.rows, found.margins, None)
    assert free.allowed.sum() > found.allowed.sum()


def test_the_published_growth_is_that_of_the_table_and_bounds_only_stories_of_its_months():
    assert published_growth() == pytest.approx(0.027, abs=0.002)
    story = load_scenario(SCENARIOS / "decoupling.yaml")
    bound = module.published_constraint(story)
    assert bound.at_most == pytest.approx(1.0 + published_growth(), abs=1e-7)
    assert module.published_constraint(story.shortened("2025-06")) is None


def test_levers_have_what_is_documented_and_stay_where_they_make_sense():
    story = load_scenario(SCENARIOS / "cutoff.yaml")
    found = lever_of(story, "behaviour.bypass_share")
    assert (found.best, found.low, found.high, found.least, found.most) == (0.3, 0.0, 0.6, 0.0, 1.0)
    assert lever_of(story, "behaviour.network_effect").most < 1.0
    assert lever_of(story, "behaviour.cost_sensitivity").least > 0.0
    steering = lever_of(story, "events.steering.message")
    assert (steering.best, steering.low, steering.high) == (0.15, 0.0, 0.2)
    event = next(one for one in moved(story, steering, 0.05).events if one.id == "steering")
    assert (event.message, event.clearing) == (0.05, 0.006)
    assert range_words(steering, 0.0, 0.2) == "0 to 20 % a month"
    for path, words in (
        ("behaviour.bypas_share", "nearest: behaviour.bypass_share"),
        ("events.steering.mesage", "nearest: events.steering.message"),
        ("trade", "expected behaviour.NAME, events.ID.FIELD or events.ID"),
    ):
        with pytest.raises(InputError, match=words):
            lever_of(story, path)


def test_an_event_is_there_or_not():
    story = load_scenario(SCENARIOS / "cutoff_hub_open.yaml")
    hub = lever_of(story, "events.hub")
    assert {event.id for event in story.events} - {event.id for event in moved(story, hub, 0.0).events} == {"hub"}
    assert moved(story, hub, 1.0).events == story.events
    for needed, words in (
        (0.5, "only with it"),
        (-0.5, "with it and without it"),
        (2.0, "neither with it nor without it"),
    ):
        assert sentence(solve(lambda x, least=needed: x - least, hub)) == f"holds {words}"
    assert sentence(solve(lambda x: 0.5 - x, hub)) == "holds only without it"


@pytest.fixture
def claims(tmp_path):
    """A scenario with a claim about the tracker, and one that cannot be."""
    for name in ("decoupling.yaml", "business_as_usual.yaml", "baseline.yaml"):
        (tmp_path / name).write_text((SCENARIOS / name).read_text())
    (tmp_path / "own.yaml").write_text("""
extends: decoupling.yaml
format: 1
title: Two claims
question: What would have to be true?
events:
  - {id: drift, drift: 0 log-odds/month}
claims:
  - id: falls
    text: The tracker falls by a third.
    expect:
      - {measure: {series: tracker_share, key: CNY, at: 2025-08, relative_to: start}, at_most: 70 %}
  - id: impossible
    text: All is paid in yuan.
    expect:
      - {measure: {series: true_share, key: CNY, at: 2025-08}, at_least: 99 %}
  - {id: words, text: Nobody can know., untestable: nothing is measured}
""")
    return tmp_path / "own.yaml"


def test_the_root_in_the_model_parts_what_holds_from_what_does_not(claims):
    answer = require(claims, "falls", ["events.steering.message"])
    (one,) = answer.required
    (root,) = one.whole.roots
    assert 0.0 < root < 0.2
    margins = {}
    for value in (root - 0.003, root + 0.003):
        at = require(
            claims, "falls", ["behaviour.queue_limit"], overrides=[f"events.steering.message={100 * value} %/month"]
        )
        margins[value] = float(np.nanmean(at.required[0].whole.margins))
    assert margins[root - 0.003] < 0.0 < margins[root + 0.003]


@pytest.mark.parametrize("claim", ["cips-42", "reach-189", "us-10"])
def test_a_claim_of_published_figures_alone_is_moved_by_nothing(claim):
    done = CliRunner().invoke(main, ["require", str(SCENARIOS / "article_claims.yaml"), "--claim", claim])
    assert done.exit_code == 2
    assert "rests on published figures alone" in done.stderr


def test_bounds_are_written_with_the_signs_of_the_language(claims):
    expected = Expectation.model_validate(
        {"measure": {"series": "cips_value", "at": "end", "relative_to": "start"}, "at_most": "102.5 %"}
    )
    assert "102.5 %" in bound_words(expected)
    with speaking("de"):
        assert "102,5 %" in bound_words(expected)
    published = {"data": "cips_annual", "figure": "value", "at": "2024", "relative_to": {"at": "2023"}}
    bound = Expectation.model_validate({"measure": published, "at_least": "141.5 %"})
    assert bound_words(bound) == "cips_annual value: at least 141.5 %"


def test_the_command_tells_what_cannot_be_and_what_is_wrong(claims, tmp_path):
    out = tmp_path / "out"
    words = ["require", str(claims), "--claim", "impossible", "--by", "behaviour.bypass_share", "--out", str(out)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "holds for no value from 0 to 100 %" in done.stdout
    assert json.loads((out / "require.json").read_text())["required"][0]["holds"] == []
    assert (out / "figures" / "require_1.png").is_file()
    again = CliRunner().invoke(main, [*words, "--lang", "de"]).stdout.splitlines()[-1]
    assert again.endswith(f"--out {out} --lang de")
    for claim, said in (("fall", "nearest: falls"), ("words", "has no figures")):
        done = CliRunner().invoke(main, ["require", str(claims), "--claim", claim])
        assert done.exit_code == 2
        assert said in done.stderr
