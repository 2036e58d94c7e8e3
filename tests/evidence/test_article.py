"""The twelve claims of the article: every one that can be tested turns when one of its premises is changed.

A verdict that no change of the premises could turn would be written down and not computed.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

import paysim.evidence
from paysim.evidence.assess import Assessor
from paysim.evidence.verdicts import Verdict
from paysim.scenario.loading import load_scenario

FILE = Path(__file__).parents[2] / "scenarios" / "article_claims.yaml"
CLAIMS: dict[str, dict[str, Any]] = {
    claim["id"]: claim for claim in yaml.safe_load(FILE.read_text(encoding="utf-8"))["claims"]
}
TWELVE = [
    *("usd-47", "cny-fall", "steered", "cips-42", "reach-189", "harmless"),
    *("internationalise", "us-10", "debt", "infrastructure", "rare-earths", "bubble"),
]

Edit = Callable[[dict[str, Any]], object]


def story(place: int, **fields: Any) -> Edit:
    """Change one story of a claim."""
    return lambda claim: claim["worlds"][place].update(fields)


def everywhere(**fields: Any) -> Edit:
    """Change all stories of a claim; of the values that a story sets the others stay, so that one premise changes."""

    def change(claim: dict[str, Any]) -> None:
        for world in claim["worlds"]:
            world.update({**deepcopy(fields), "set": {**world.get("set", {}), **fields.get("set", {})}})

    return change


def measure(place: int = 0, **fields: Any) -> Edit:
    return lambda claim: claim["expect"][place]["measure"].update(fields)


def forgotten(place: int, field: str) -> Edit:
    return lambda claim: claim["expect"][place]["measure"].pop(field)


DOLLARS = {"id": "dollars", "kind": "demand_drift", "currency": "USD", "drift": "5 %/month", "at": "2024-08"}
AWAY = {
    "id": "away",
    "kind": "demand_drift",
    "currency": "CNY",
    "drift": "-9 %/month",
    "at": "2024-08",
    "premise": False,
}

FLIPS: dict[str, tuple[Verdict, str, Edit, Verdict]] = {
    "usd-47": (Verdict.HOLDS, "demand for the dollar grows", everywhere(events=[DOLLARS]), Verdict.FAILS),
    "cny-fall": (
        Verdict.GIVEN,
        "demand for the yuan falls, so that it would fall without steering too",
        lambda claim: claim.update(worlds=[{"events": [AWAY]}]),
        Verdict.HOLDS,
    ),
    "steered": (
        Verdict.GIVEN,
        "hardly anybody steers",
        everywhere(set={"events.steering.message": "0.1 %/month"}),
        Verdict.FAILS,
    ),
    "cips-42": (
        Verdict.GIVEN,
        "the year after is meant",
        measure(at=2025, relative_to={"at": 2024}),
        Verdict.FAILS,
    ),
    "reach-189": (
        Verdict.GIVEN,
        "countries with a participant are meant",
        measure(figure="countries_covered", at="2024-12"),
        Verdict.FAILS,
    ),
    "harmless": (
        Verdict.FAILS,
        "a hundredth of the banks is cut off",
        everywhere(set={"events.cut.banks": "1 %"}),
        Verdict.ONLY_IF,
    ),
    "internationalise": (
        Verdict.ONLY_IF,
        "a hundredth of the banks is cut off",
        everywhere(set={"events.cut.banks": "1 %"}),
        Verdict.FAILS,
    ),
    "us-10": (Verdict.GIVEN, "the year of the figure is meant", forgotten(0, "instead_of"), Verdict.FAILS),
    "debt": (
        Verdict.GIVEN,
        "the premium is a basis point",
        everywhere(set={"events.doubt.premium": "1 bp"}),
        Verdict.FAILS,
    ),
    "infrastructure": (
        Verdict.ONLY_IF,
        "the clearing banks come at the very end",
        story(1, set={"events.trade.premise": False, "events.banks.premise": False, "events.banks.at": "2035-11"}),
        Verdict.FAILS,
    ),
    "rare-earths": (
        Verdict.GIVEN,
        "the leverage is small",
        everywhere(set={"events.leverage.share": "0.1 %"}),
        Verdict.FAILS,
    ),
    "bubble": (
        Verdict.GIVEN,
        "demand falls by a hundredth",
        everywhere(set={"events.fall.change": "-1 %"}),
        Verdict.FAILS,
    ),
}
"""Claim -> its verdict, what is changed, how, and the verdict then."""


@pytest.fixture(scope="module")
def verdict(tell, worlds):
    """The verdict on a claim of the article, changed or as it is; parameters are not searched."""

    def found(name: str, edit: Edit | None = None, new_name: str | None = None) -> Verdict:
        claim = deepcopy(CLAIMS[name])
        claim.pop("depends", None)
        claim["id"] = new_name or name
        if edit is not None:
            edit(claim)
        own = tell("decoupling", claims=[claim])
        return Assessor(own, worlds).claim(own.claims[0]).verdict

    return found


def test_all_twelve_are_there():
    assert list(CLAIMS) == TWELVE


@pytest.mark.parametrize("name", TWELVE)
def test_a_claim_is_told_in_both_languages_with_its_sources(name):
    claim = next(one for one in load_scenario(FILE).claims if one.id == name)
    for words in (claim.text, claim.sources_say, *(one.label for one in claim.expect)):
        assert set(words) == {"en", "de"}
    assert claim.sources or name == "bubble"  # nothing was found about it, and it says so


def test_every_testable_claim_has_its_flip():
    assert set(FLIPS) == {name for name, claim in CLAIMS.items() if "expect" in claim}


@pytest.mark.parametrize("name", FLIPS)
def test_a_changed_premise_turns_the_verdict(verdict, name):
    before, _what, edit, after = FLIPS[name]
    assert before is not after
    assert verdict(name) is before
    assert verdict(name, edit) is after


@pytest.mark.parametrize("name", FLIPS)
def test_a_verdict_does_not_depend_on_the_name_of_the_claim(verdict, name):
    assert verdict(name, new_name="another") is FLIPS[name][0]


def test_no_claim_is_named_where_verdicts_are_computed():
    code = "\n".join(file.read_text(encoding="utf-8") for file in Path(paysim.evidence.__file__).parent.glob("*.py"))
    assert [name for name in CLAIMS if name in code] == []
