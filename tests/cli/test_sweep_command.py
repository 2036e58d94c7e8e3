"""The command `paysim sweep`: its options, exit codes and what it writes."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from paysim.cli.main import main

CUTOFF = Path(__file__).parents[2] / "scenarios" / "cutoff.yaml"

STUDY = """
format: 1
title: A small study
question: none
base: cutoff.yaml
until: 2024-09
factors:
  bypass: {path: behaviour.bypass_share, values: [0 %, 30 %]}
  ratio: {path: behaviour.network_effect, values: [0.2, VALUE]}
design: {kind: grid}
outcomes:
  share: {series: true_share, key: CNY, at: end}
checks:
  - {id: there, text: Somebody pays in yuan., outcome: share, at_least: BOUND}
"""


@pytest.fixture
def study(tmp_path):
    """Writes a study with a greatest network effect and a bound beside the scenarios it starts from."""
    for name in ("cutoff", "decoupling"):
        (tmp_path / f"{name}.yaml").write_text(CUTOFF.with_name(f"{name}.yaml").read_text())

    def write(value="0.5", bound="0 %"):
        path = tmp_path / "small.yaml"
        path.write_text(STUDY.replace("VALUE", value).replace("BOUND", bound))
        return path

    return write


def paysim(*words, **environment):
    return CliRunner().invoke(main, [str(word) for word in words], env=environment)


def test_a_study_whose_checks_hold_exits_with_0_and_says_what_it_found(study, tmp_path):
    page = tmp_path / "page.md"
    found = paysim(
        "sweep", "run", study(), "--workers", 1, "--out", tmp_path / "out", "--summary", "github",
        "--junit", tmp_path / "junit.xml", GITHUB_STEP_SUMMARY=str(page),
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    assert "4 points × 1 replicates, mean-field engine, seed 1: 4 finished" in found.output
    assert "there: share ≥ 0 % at 100 % of points: holds, 4 of 4 keep it" in found.output
    assert "| share |" in page.read_text()
    (case,) = ElementTree.parse(tmp_path / "junit.xml").iter("testcase")
    assert case.get("name") == "there"
    again = paysim("sweep", "run", study(), "--out", tmp_path / "out")
    assert again.exit_code == 0
    assert "holds this very study already" in again.output


@pytest.mark.parametrize(("value", "bound", "failures"), [("0.5", "90 %", 1), ("1.5", "0 %", 3)])
def test_a_failed_check_or_point_exits_with_1_and_is_a_failure_in_the_report(study, tmp_path, value, bound, failures):
    report = tmp_path / "junit.xml"
    file = study(value, bound)
    found = paysim("sweep", "run", file, "--workers", 1, "--out", tmp_path / "out", "--junit", report)
    assert found.exit_code == 1, found.output
    (suite,) = ElementTree.parse(report).iter("testsuite")
    assert suite.get("failures") == str(failures)
    if value == "1.5":  # two points failed, which keep no bound
        assert "Points that failed" in found.output
        assert "--set behaviour.network_effect=1.5" in found.output


def test_what_is_wrong_exits_with_2_and_writes_nothing(study, tmp_path):
    out = tmp_path / "out"
    file = study()
    for words in (
        (file, "--shard", "3/2"),
        (file, "--shard", "1/2", "--limit-points", "2"),
        (file, "--time-limit", "5 weeks"),
        (file, "--scheduler", "tcp://10.0.0.5:8786"),
        (file, "--junit", tmp_path / "none" / "junit.xml"),
        (tmp_path / "none.yaml",),
    ):
        found = paysim("sweep", "run", *words, "--out", out)
        assert found.exit_code == 2, found.output
        assert "Traceback" not in found.output
    found = paysim("sweep", "run", study("no"), "--out", out)
    assert found.exit_code == 2
    assert "small.yaml:9:57: factors.ratio.values[1]" in found.output
    assert not out.exists()


def test_a_time_limit_that_comes_first_exits_with_3(study, tmp_path):
    found = paysim("sweep", "run", study(), "--workers", 1, "--out", tmp_path / "out", "--time-limit", "0 s")
    assert found.exit_code == 3, found.output
    assert "4 not run" in found.output
    assert "open: points are missing" in found.output


def test_shards_are_merged_and_a_study_of_a_missing_shard_is_not_whole(study, tmp_path):
    for number in (1, 2):
        words = ("--workers", 1, "--shard", f"{number}/2", "--out", tmp_path / str(number), "--quiet")
        assert paysim("sweep", "run", study("0.9"), *words).exit_code == 0
    merged = paysim("sweep", "merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "merged")
    assert merged.exit_code == 0, merged.output
    manifest = json.loads((tmp_path / "merged" / "small" / "manifest.json").read_text())
    assert (manifest["finished"], manifest["missing"]) == (4, 0)
    assert paysim("sweep", "merge", tmp_path / "1", "--out", tmp_path / "half").exit_code in (0, 3)
    assert paysim("sweep", "merge", tmp_path, "--out", tmp_path / "none").exit_code == 2


def test_a_study_is_validated_and_has_a_schema(study):
    found = paysim("validate", study())
    assert found.exit_code == 0, found.output
    assert "A small study" in found.output
    assert json.loads(paysim("schema", "--study").output)["title"] == "paysim study"
    assert paysim("validate", study("no")).exit_code == 2


def test_a_study_on_a_grid_of_numbers_is_drawn_unless_told_otherwise_and_a_part_is_not(study, tmp_path):
    file = study()
    file.write_text(file.read_text().replace("[0 %, 30 %]", "[0 %, 30 %, 60 %]"))
    for folder, more in (("drawn", ()), ("bare", ("--no-figures",)), ("part", ("--limit-points", 2))):
        assert paysim("sweep", "run", file, "--out", tmp_path / folder, "--quiet", *more).exit_code == 0
    names = ["captions.md", "share.png", "share.svg"]
    assert sorted(one.name for one in (tmp_path / "drawn" / "small" / "figures").iterdir()) == names
    assert not (tmp_path / "bare" / "small" / "figures").exists()
    assert not (tmp_path / "part" / "small" / "figures").exists()
