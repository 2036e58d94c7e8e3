"""`paysim evidence backtest`: names of its parts, what it writes, and what it refuses."""

from __future__ import annotations

import csv
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from paysim.cli.evidence import _wanted
from paysim.cli.main import main


def invoke(*arguments):
    return CliRunner().invoke(main, ["evidence", "backtest", *arguments])


def test_all_parts_are_meant_where_none_is_named():
    assert _wanted(()) == ["rolling", "E1", "E2", "E3", "E4", "E5"]
    assert _wanted(("e4", "ROLLING")) == ["rolling", "E4"]


def test_every_part_that_there_is_not_is_told_at_once():
    done = invoke("E9", "roling", "moon")
    assert done.exit_code == 2
    assert "unknown episode 'E9'; nearest: E5" in done.output or "unknown episode 'E9'" in done.output
    assert "unknown episode 'roling'; nearest: rolling" in done.output
    assert "'moon' (known: rolling, E1, E2, E3, E4, E5)" in done.output


def test_an_episode_is_told_and_stored(tmp_path):
    out, report = tmp_path / "out", tmp_path / "report.xml"
    done = invoke("E2", "--out", str(out), "--junit", str(report))
    assert done.exit_code == 0
    assert "Bass's curve" in done.output
    assert "Repeat with paysim evidence backtest E2" in done.output
    assert sorted(path.name for path in (out / "figures").iterdir()) == ["E2.png", "E2.svg"]
    case = ElementTree.parse(report).getroot().find(".//testcase")
    assert case is not None
    assert case.get("name") == "E2"


def test_a_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = invoke("E2", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert "holds what paysim evidence backtest did not write (mine.txt)" in done.output


@pytest.mark.parametrize("words", [["evidence", "--help"], ["evidence", "backtest", "--help"], ["forecast", "--help"]])
def test_help_loads_nothing_heavy(words):
    code = "import sys; from paysim.cli.main import main\n"
    code += f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
    code += "print([name for name in ('numpy', 'matplotlib', 'pydantic', 'scoringrules') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_missing_extra_is_named(monkeypatch):
    """Without scoringrules the episodes that need no score are told, and the others say what is missing."""
    monkeypatch.setitem(sys.modules, "scoringrules", None)
    done = invoke("E1")
    assert done.exit_code == 2
    assert "pip install 'paysim[evidence]'" in done.output


@pytest.mark.slow
def test_rolling_origins_write_every_score_and_say_what_was_missed_first(tmp_path):
    done = invoke("rolling", "--out", str(tmp_path / "out"), "--junit", str(tmp_path / "report.xml"))
    assert done.exit_code == 0
    assert done.output.index("MISSED") < done.output.index("REACHED")
    rows = list(csv.DictReader((tmp_path / "out" / "scores.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["currency"] for row in rows} == {"all", "CNY", "USD", "EUR", "GBP", "JPY"}
    assert {row["period"] for row in rows} == {"all", "before_2024", "from_2024", "before", "after"}
    assert {"flat", "latent", "structural", "local_level", "seasonal"} <= {row["method"] for row in rows}
    flat = {(row["period"], row["currency"], row["horizon"]): row["crps"] for row in rows
            if row["method"] == "flat" and not row["baseline"]}  # fmt: skip
    last = {(row["period"], row["currency"], row["horizon"]): row["crps"] for row in rows
            if row["method"] == "persistence"}  # fmt: skip
    assert flat == last
    assert (tmp_path / "out" / "figures" / "rolling.png").is_file()
    cases = ElementTree.parse(tmp_path / "report.xml").getroot().findall(".//testcase")
    assert any(case.find("skipped") is not None for case in cases)
    assert not any(case.find("failure") is not None for case in cases)
