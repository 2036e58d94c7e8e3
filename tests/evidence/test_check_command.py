"""`paysim check` from the outside: what it prints and writes, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from click.testing import CliRunner, Result

from paysim.cli.main import main
from paysim.evidence.junit import Case, Suite, report

SCHEMA = Path(__file__).with_name("junit.xsd")
JENKINS = Path(__file__).with_name("junit-10.xsd")
"""The schema of Jenkins's xUnit plugin (MIT licence, in the file): looser than ours, and not ours."""
MEASURE = {"series": "trade_index", "key": "CHN", "at": "2024-09"}
MEASURE_OVER = {"series": "trade_index", "key": "CHN", "reduce": "min"}
STANDS = {"id": "stands", "text": {"en": "It stands", "de": "Es steht"}, "measure": MEASURE, "at_least": "99 %"}
FALLS = {"id": "falls", "text": "It falls", "measure": MEASURE, "at_most": "90 %"}
WRONG = {"id": "wrong", "text": {"en": "Wrong", "de": "Falsch"}, "expect": [{"measure": MEASURE, "at_most": "50 %"}]}
RIGHT = {"id": "right", "text": "Right", "expect": [{"measure": MEASURE, "at_least": "99 %"}]}
SILENT = {"id": "silent", "text": "Silent", "untestable": {"en": "no figure", "de": "keine Zahl"}}


@pytest.fixture
def check(write):
    """Run the command on a scenario with these checks and claims."""

    def run(*options: str, checks=(), claims=(), **parts) -> Result:
        file = write(checks=list(checks), claims=list(claims), horizon="2024-10", **parts)
        return CliRunner().invoke(main, ["check", str(file), "--replicates", "20", *options])

    return run


def test_a_check_that_holds_exits_0(check):
    result = check(checks=[STANDS])
    assert result.exit_code == 0
    assert "PASSED" in result.output
    assert "mean field, 20 draws" in result.output


def test_a_failed_check_exits_1(check):
    result = check(checks=[STANDS, FALLS])
    assert result.exit_code == 1
    assert "FAILED" in result.output
    assert "at most 90 %" in result.output


def test_a_claim_that_does_not_hold_exits_0(check):
    result = check(claims=[WRONG, RIGHT, SILENT])
    assert result.exit_code == 0
    for word in ("DOES NOT HOLD", "HOLDS\n", "CANNOT BE TESTED HERE: no figure"):
        assert word in result.output


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"checks": [{**STANDS, "measure": {**MEASURE, "series": "trade_indx"}}]}, "nearest: trade_index"),
        ({"checks": [{**STANDS, "measure": {**MEASURE, "at": "2031-01"}}]}, "lies after the horizon 2024-10"),
        ({"claims": [{**RIGHT, "worlds": [{"scenario": "cutof.yaml"}]}]}, "nearest: cutoff.yaml"),
        ({"claims": [{**RIGHT, "worlds": [{"set": {"behaviour.inertai": 0.9}}]}]}, "nearest: inertia"),
        ({"claims": [{**RIGHT, "worlds": [{"without": ["steering"]}]}]}, "has no event 'steering'"),
        ({"claims": [{**RIGHT, "given_by": ["steering"]}]}, "has an event 'steering'"),
        ({"claims": [{**RIGHT, "expect": []}]}, "untestable"),
        (
            {"checks": [{**STANDS, "measure": {**MEASURE_OVER, "over": ["2024-09", "2024-08"]}}]},
            "the last month lies before the first",
        ),
    ],
)
def test_bad_input_exits_2_and_nothing_is_run_or_written(check, tmp_path, parts, said):
    result = check("--json", str(tmp_path / "out.json"), **parts)
    assert result.exit_code == 2
    assert said in result.output
    assert "story.yaml" in result.output or "--set" in result.output
    assert not (tmp_path / "out.json").exists()
    assert "draws" not in result.output


def test_a_story_that_ends_too_early_is_named(check, write, folder):
    (folder / "short.yaml").write_text((folder / "baseline.yaml").read_text().replace("2035-12", "2024-08"))
    late = {
        "id": "late",
        "text": "x",
        "expect": [{"measure": MEASURE, "at_least": 0}],
        "worlds": [{"scenario": "short.yaml"}],
    }
    result = check(claims=[late])
    assert result.exit_code == 2
    assert "claims.late: 2024-09 lies outside 2024-07 to 2024-08 of short" in result.output


def test_a_place_that_cannot_be_written_exits_2_before_anything_is_run(check, tmp_path):
    result = check("--junit", str(tmp_path / "nowhere" / "out.xml"), checks=[STANDS])
    assert result.exit_code == 2
    assert "there is no folder" in result.output
    assert "PASSED" not in result.output


@pytest.mark.parametrize("option", ["--report", "--json", "--junit"])
def test_no_scenario_is_written_over(check, write, option):
    file = write(checks=[STANDS], horizon="2024-10")
    parent = file.with_name("parent.yml")
    parent.write_text("format: 1")
    for place in (file, file.parent / "." / file.name, parent):
        result = check(option, str(place), checks=[STANDS])
        assert result.exit_code == 2
        assert "give a name of its own" in result.output
    assert file.read_text().startswith("extends: baseline.yaml")
    assert parent.read_text() == "format: 1"


def test_two_reports_do_not_go_into_one_file(check, tmp_path):
    result = check("--report", str(tmp_path / "one"), "--json", str(tmp_path / "one"), checks=[STANDS])
    assert result.exit_code == 2
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("few", ["1", "19", "100001"])
def test_draws_that_have_no_5th_percentile_are_refused(check, few):
    """One lucky draw would pass a check, and its ends would be called percentiles."""
    result = check("--replicates", few, checks=[STANDS])
    assert result.exit_code == 2
    assert "20<=x<=100000" in result.output


def test_progress_is_shown_and_can_be_silenced(check):
    assert "claims and checks: 2 of 2" in check(checks=[STANDS], claims=[RIGHT]).output
    assert "2 of 2" not in check("--quiet", checks=[STANDS], claims=[RIGHT]).output


def test_the_junit_report_is_what_systems_read(check, tmp_path):
    file = tmp_path / "out.xml"
    result = check("--junit", str(file), checks=[STANDS, FALLS], claims=[WRONG, SILENT])
    assert result.exit_code == 1
    for schema in (SCHEMA, JENKINS):
        xmlschema.XMLSchema(schema).validate(file)
    (suite,) = ElementTree.parse(file).getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    cases = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert cases == {"stands": [], "falls": ["failure"], "wrong": [], "silent": ["skipped"]}
    assert "DOES NOT HOLD" in str(suite.findtext("system-out"))


def test_the_schema_of_the_test_refuses_what_is_none(tmp_path):
    """Else a valid report would prove nothing."""
    schema = xmlschema.XMLSchema(SCHEMA)
    good = report(
        [Suite("one", "paysim", {}, [Case("checks", "a", 0.5, "text", failure="low")])], "2026-01-02T03:04:05", ""
    )
    schema.validate(good.decode())
    for old, new in (
        (b'tests="1"', b""),
        (b"03:04:05", b"03:04:05Z"),
        (b"<system-err />", b""),
        (b'type="check"', b""),
    ):
        assert old in good
        assert not schema.is_valid(good.replace(old, new).decode())


def test_any_text_makes_a_report_that_can_be_read():
    text = 'a < b & "c" \x00\x0b\ud800 é 人民币'
    made = report(
        [Suite(text, "p", {"x": text}, [Case("checks", text, 1.0, text, failure=text)])], "2026-01-02T03:04:05", "h"
    )
    xmlschema.XMLSchema(SCHEMA).validate(made.decode())
    assert "人民币" in made.decode()


def test_json_has_the_ledger_as_data(check, tmp_path):
    file = tmp_path / "out.json"
    check("--json", str(file), checks=[FALLS], claims=[WRONG, SILENT])
    (sheet,) = json.loads(file.read_text(encoding="utf-8"))
    assert (sheet["engine"], sheet["replicates"], sheet["seed"]) == ("mean-field", 20, 1)
    (falls,) = sheet["checks"]
    assert (falls["id"], falls["passed"], falls["at_most"]) == ("falls", False, 0.9)
    assert falls["p95"] == pytest.approx(1.0, abs=1e-3)
    wrong, silent = sheet["claims"]
    assert (wrong["verdict"], silent["verdict"]) == ("does not hold", "cannot be tested here")
    assert wrong["stories"][0]["share"] == 0.0
    assert silent["stories"] == []


def test_the_words_of_the_file_come_in_the_language_asked_for(check):
    result = check("--lang", "de", checks=[STANDS], claims=[WRONG, SILENT])
    assert result.exit_code == 0
    for words in ("Es steht", "Falsch", "keine Zahl"):
        assert words in result.output
    assert "It stands" not in result.output


def test_the_ledger_repeats_itself(check):
    one, two = (check("--quiet", checks=[STANDS, FALLS], claims=[RIGHT, WRONG]).output for _ in range(2))
    assert one == two
