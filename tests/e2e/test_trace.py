"""`paysim trace` on the real engine: what it finds by itself, what it tells and writes, and how it ends."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from paysim.cli.main import main
from paysim.cli.trace import trace
from paysim.study import identity

ROOT = Path(__file__).parents[2]
SCENARIOS, DOCS = ROOT / "scenarios", ROOT / "docs" / "howto" / "trace.md"
HEAVY = ("numpy", "pydantic", "matplotlib", "pyarrow", "numba", "yaml", "scipy", "simpy", "joblib", "rich")
SOON = ("--set", "events[cut].at=2024-08-05 16:00Z", "--set", "horizon=2025-01")


@pytest.fixture(autouse=True)
def still_code(monkeypatch):
    """A file that is edited while the tests run must not make two runs of one test differ."""
    monkeypatch.setattr(identity, "code_digest", lambda: "c" * 64)


def invoke(*words):
    return CliRunner().invoke(main, ["trace", *map(str, words)])


@cache
def told(scenario: str, *words: str) -> dict:
    done = invoke(SCENARIOS / f"{scenario}.yaml", "--json", *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def invoices(data: dict) -> dict[str, dict]:
    return {one["name"]: one for one in data["invoices"]}


def kinds(one: dict) -> list[str]:
    return [step["kind"] for step in one["steps"]]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


# --- what it finds --------------------------------------------------------------------------------------------------


def test_the_example_of_the_page_is_what_is_printed(monkeypatch):
    monkeypatch.chdir(ROOT)
    ((command, expected),) = re.findall(r"```console\n\$ paysim ([^\n]*)\n(China .*?)```", DOCS.read_text(), re.S)
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == expected.strip()


def test_a_cut_is_met_under_way_and_comes_back():
    data = told("cutoff", "--corridor", "CHN-EUR")
    found = invoices(data)
    assert list(found) == ["before", "at", "after", "old"]
    assert data["event"] == "China and Hong Kong off SWIFT"
    assert data["at"] == "2027-01-04T16:00:00Z"
    assert found["before"]["fate"] == found["after"]["fate"] == "settled"
    (returned,) = [step for step in found["at"]["steps"] if step["kind"] == "returned"]
    assert returned["begin"] == data["at"]
    assert "no message network between EUR-" in returned["text"]
    assert "SWIFT has cut off CHN-" in returned["text"]
    assert "since Mon 4 Jan 2027 16:00Z (China and Hong Kong off SWIFT)" in returned["text"]
    assert found["after"]["network"] == "CIPS"
    assert found["old"]["fate"] in ("bypassed", "failed")
    assert "blocked" in kinds(found["old"])
    assert (found["old"]["sender"], found["old"]["option"]) == (found["before"]["sender"], found["before"]["option"])


def test_steps_follow_each_other_and_end_with_the_fate():
    for scenario in ("cutoff", "outage", "fear_2024"):
        for one in told(scenario)["invoices"]:
            begins = [instant(step["begin"]) for step in one["steps"]]
            assert begins == sorted(begins)
            assert begins[0] == instant(one["submitted"])
            assert max(instant(step["end"]) for step in one["steps"]) == instant(one["ended"])
            assert one["steps"][-1]["kind"] == {"settled": "credited"}.get(one["fate"], one["fate"])


def test_a_banned_currency_is_dropped_by_the_correspondent_and_messages_still_pass():
    found = invoices(told("clearing_ban"))
    assert found["before"]["currency"] == "USD"
    (returned,) = [step for step in found["at"]["steps"] if step["kind"] == "returned"]
    assert returned["where"] == "correspondents"
    assert re.search(r"USA-\d+ dropped CHN-\d+ as a customer in USD since Mon 4 Jan 2027", returned["text"])
    assert found["after"]["currency"] != "USD"
    assert found["after"]["fate"] == "settled"


def test_an_outage_makes_one_invoice_wait_and_the_others_not():
    data = told("outage")
    found = invoices(data)
    assert list(found) == ["before", "at", "after"]
    assert {one["option"] for one in data["invoices"]} == {"eur-swift"}
    assert "down" in kinds(found["at"])
    assert not {"down", "closed"} & set(kinds(found["before"]) + kinds(found["after"]))
    (down,) = [step for step in found["at"]["steps"] if step["kind"] == "down"]
    assert down["text"].startswith("T2 is down until")
    assert instant(found["at"]["submitted"]).time() == instant(found["before"]["submitted"]).time()


def test_fear_refuses_with_its_share_and_holds_back_what_passes():
    data = told("fear_2024")
    assert data["event"] == "Third countries threatened for serving Russia"
    steps = [step for one in data["invoices"] for step in one["steps"]]
    (refused, *_) = [step for step in steps if step["kind"] == "refused"]
    assert re.search(
        r"refused out of fear: banks refuse \d+ of 100 such payments since Fri 22 Dec 2023", refused["text"]
    )
    assert "refused" not in kinds(data["invoices"][0])


def test_without_an_event_that_touches_payments_there_is_one_invoice():
    for scenario, words in (("business_as_usual", ()), ("cutoff", ("--date", "2026-06-10T09:00Z"))):
        data = told(scenario, *words)
        assert [one["fate"] for one in data["invoices"]] == ["settled"]
        assert data["event"] is None
    assert data["invoices"][0]["submitted"] == "2026-06-10T09:00:00Z"


def test_an_event_at_the_very_start_has_no_before():
    data = told("cutoff", "--set", "events[cut].at=2024-07-01", "--set", "horizon=2024-12")
    found = invoices(data)
    assert list(found) == ["at", "after", "old"]
    assert "blocked" in kinds(found["at"])
    assert any("no invoice of five working days before" in note for note in data["notes"])


def test_an_event_at_the_very_end_has_no_after():
    data = told("cutoff", "--set", "events[cut].at=2024-09-25", "--set", "horizon=2024-09")
    assert list(invoices(data)) == ["before", "at"]
    assert any("the scenario ends before" in note for note in data["notes"])


def test_a_network_that_is_down_holds_the_message(tmp_path):
    shutil.copy(SCENARIOS / "baseline.yaml", tmp_path)
    path = tmp_path / "story.yaml"
    path.write_text(
        "extends: baseline.yaml\nformat: 1\ntitle: A test\nquestion: What waits?\nhorizon: 2024-10\n"
        "events:\n  - {id: out, kind: outage, network: SWIFT, at: 2024-08-05 12:00Z, duration: 8 h}\n"
    )
    data = json.loads(invoke(path, "--json").stdout)
    (held,) = [step for step in invoices(data)["at"]["steps"] if step["kind"] == "held"]
    assert held["end"] == "2024-08-05T20:00:00Z"
    assert held["text"].startswith("SWIFT is down until Mon 5 Aug 2024 20:00Z")
    assert all("held" not in kinds(invoices(data)[name]) for name in ("before", "after"))


def test_the_date_of_the_event_may_be_a_day():
    assert told("cutoff", "--date", "2027-01-04")["invoices"] == told("cutoff")["invoices"]


def test_another_seed_and_another_option_tell_another_story():
    plain = told("cutoff", *SOON)
    other = told("cutoff", *SOON, "--seed", "5")
    assert invoices(plain)["before"]["steps"] != invoices(other)["before"]["steps"]
    euros = invoices(told("cutoff", *SOON, "--corridor", "CHN-EUR", "--option", "eur-swift"))
    assert euros["before"]["currency"] == "EUR"
    assert euros["before"]["systems"][0]["name"] == "T2"


def test_countries_and_groups_name_the_same_corridor():
    assert (
        told("cutoff", "--corridor", "China-Germany")["invoices"] == told("cutoff", "--corridor", "CHN-EUR")["invoices"]
    )


# --- what it prints and writes --------------------------------------------------------------------------------------


def test_the_story_ends_with_the_command_that_repeats_it():
    done = invoke(SCENARIOS / "cutoff.yaml", *SOON)
    assert done.exit_code == 0, done.output
    last = done.stdout.splitlines()[-1]
    again = CliRunner().invoke(main, shlex.split(last.removeprefix("Repeat with paysim ")))
    assert again.stdout == done.stdout
    assert all(len(line) <= 120 for line in done.stdout.splitlines()[:-1])


def test_quiet_says_nothing():
    done = invoke(SCENARIOS / "cutoff.yaml", *SOON, "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_a_folder_gets_the_steps_and_the_figure(tmp_path):
    out = tmp_path / "new" / "trace"
    words = (SCENARIOS / "cutoff.yaml", *SOON, "--out", out)
    assert invoke(*words).exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["trace.json", "trace.png", "trace.svg"]
    written = {path.name: path.read_bytes() for path in out.iterdir()}
    data = json.loads(written["trace.json"])
    assert data["invoices"] == told("cutoff", *SOON)["invoices"]
    assert invoke(*words).exit_code == 0  # the very same trace may be written again
    assert {path.name: path.read_bytes() for path in out.iterdir()} == written
    assert [path.name for path in out.parent.iterdir()] == ["trace"]


def test_another_trace_is_not_overwritten_unasked(tmp_path):
    words = (SCENARIOS / "cutoff.yaml", *SOON, "--out", tmp_path)
    assert invoke(*words).exit_code == 0
    before = (tmp_path / "trace.json").read_bytes()
    refused = invoke(*words, "--seed", "3")
    assert refused.exit_code == 2
    assert "holds another trace" in refused.output
    assert (tmp_path / "trace.json").read_bytes() == before
    assert invoke(*words, "--seed", "3", "--overwrite").exit_code == 0
    assert json.loads((tmp_path / "trace.json").read_text())["seed"] == 3


def test_somebodys_folder_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = invoke(SCENARIOS / "cutoff.yaml", "--out", tmp_path, "--overwrite")
    assert done.exit_code == 2
    assert "notes.txt" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_python_gives_what_the_command_tells():
    found = trace(SCENARIOS / "outage.yaml")
    assert found.as_dict()["invoices"] == told("outage")["invoices"]


# --- what is wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--corridor", "CHN"), "exporter-importer such as CHN-EUR"),
        (("--corridor", "CHN-ASEN"), "unknown group or country 'ASEN'; nearest: ASEAN"),
        (("--corridor", "Chna-EUR"), "unknown group or country 'Chna'; nearest: China"),
        (("--corridor", "CHN-EUR-USA"), "exporter-importer such as CHN-EUR"),
        (("--corridor", "EUR-EUR"), "no goods are traded there"),
        (("--option", "usd-swft"), "unknown option 'usd-swft'; nearest: usd-swift"),
        (("--date", "2050-01-01"), "expected 2024-07-01 to 2035-12-31"),
        (("--date", "2027-01-04T16:00"), "needs a zone"),
        (("--date", "soon"), "is not a date"),
        (("--set", "seed=x"), "seed"),
        (("--seed", "-1"), "-1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_written(tmp_path, words, expected):
    out = tmp_path / "out"
    done = invoke(SCENARIOS / "cutoff.yaml", *words, "--out", out)
    assert done.exit_code == 2, done.output
    assert expected in done.output
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_no_contract_names_yet_is_refused():
    done = invoke(SCENARIOS / "cutoff_hub_open.yaml", "--option", "usd-via-hkg", "--corridor", "CHN-EUR")
    assert done.exit_code == 2
    assert "no contract of this corridor names usd-via-hkg then; they name usd-swift" in done.output


def test_help_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "paysim", "trace", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))
