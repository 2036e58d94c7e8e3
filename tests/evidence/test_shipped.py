"""What the shipped scenarios promise of themselves holds, with the draws that the command takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from paysim.cli.check import REPLICATES
from paysim.evidence.assess import Assessor
from paysim.evidence.worlds import Worlds
from paysim.scenario.loading import load_scenario

FILES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
CHECKED = [file for file in FILES if load_scenario(file).checks]


@pytest.fixture(scope="module")
def many() -> Worlds:
    return Worlds(REPLICATES)


def test_the_stories_of_the_cut_check_themselves():
    assert {file.stem for file in CHECKED} >= {
        *("baseline", "business_as_usual", "decoupling", "clearing_ban"),
        *("cutoff", "cutoff_hub_open", "cutoff_allies_refuse", "cutoff_fear"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("file", CHECKED, ids=lambda file: file.stem)
def test_every_check_passes(file, many):
    assessor = Assessor(load_scenario(file), many)
    failed = [check.id for check in assessor.own.checks if not assessor.check(check).passed]
    assert failed == []


@pytest.mark.parametrize(
    ("name", "change", "check"),
    [
        ("decoupling", "events.steering.message=1 %/month", "reaches-the-low"),
        ("decoupling", "calibration.targets={USD: 47.81 %, EUR: 22.47 %, CNY: 4 %}", "begins-at-the-peak"),
        ("cutoff", "events.cut.banks=1 %", "trough"),
        ("cutoff_hub_open", "events.hub.at=2029-01", "saves-trade"),
        ("cutoff_allies_refuse", "events.allies.at=2029-01", "costs-trade"),
        ("baseline", "behaviour.growth=3 %/year", None),
        ("baseline", "adoption_default=model", "shares-stand-still"),
    ],
)
def test_a_check_fails_where_its_cause_is_gone(name, change, check, worlds):
    """Growth alone moves no share and no index, and the baseline's checks say so."""
    own = load_scenario(FILES[0].parent / f"{name}.yaml", [change])
    assessor = Assessor(own, worlds)
    failed = [one.id for one in own.checks if not assessor.check(one).passed]
    assert check in failed if check is not None else failed == []
