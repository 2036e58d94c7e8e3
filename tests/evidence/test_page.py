"""What docs/howto/claims.md shows can be run, and what it says of verdicts is what the code knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from paysim.evidence.verdicts import Verdict
from paysim.scenario.claims import Claim
from paysim.scenario.loading import load_scenario
from paysim.scenario.measure import Measure

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "claims.md").read_text(encoding="utf-8")
CLAIM, CHECK = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_claim_and_the_check_of_the_page_load(folder):
    file = folder / "page.yaml"
    file.write_text(CLAIM + CHECK, encoding="utf-8")
    scenario = load_scenario(file)
    assert [len(claim.worlds) for claim in scenario.claims] == [3]
    assert len(scenario.checks) == 1


@pytest.mark.parametrize("written", re.findall(r"^\| `(\{[^`.]*\})` \|", PAGE, re.MULTILINE))
def test_a_measure_of_the_page_can_be_read(folder, written):
    file = folder / "page.yaml"
    head = "extends: cutoff.yaml\nformat: 1\nchecks:\n  - {id: one, at_least: 0, measure: "
    file.write_text(f"{head}{written}}}\n", encoding="utf-8")
    assert isinstance(load_scenario(file).checks[0].measure, Measure)


def test_every_field_of_a_claim_is_explained():
    table = PAGE.split("## A measure")[0]
    assert [name for name in Claim.model_fields if f"`{name}`" not in table and name != "id"] == []


def test_every_verdict_is_explained():
    assert [verdict.value for verdict in Verdict if f"**{verdict.value}" not in PAGE] == []
