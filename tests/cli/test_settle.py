"""`paysim settle`: what lands in the folder, what is printed, how it ends; the worked day of docs/howto/settle.md."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from paysim.cli.main import main
from paysim.cli.settle import settle
from paysim.study import identity
from paysim.study.settled import settling
from paysim.study.settled import store as settling_store

DOCS = Path(__file__).parents[2] / "docs" / "howto" / "settle.md"
HEAVY = ("numpy", "pydantic", "matplotlib", "pyarrow", "numba", "yaml", "scipy", "simpy", "joblib", "rich")
WORKED = ("payments.csv", "--system", "rtgs-fifo", "--liquidity", "liquidity.csv")


@pytest.fixture(autouse=True)
def still_code(monkeypatch):
    """A file that is edited while the tests run must not make two runs of one test differ."""
    monkeypatch.setattr(identity, "code_digest", lambda: "c" * 64)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with the files of the worked day, as the page prints them."""
    for name, content in re.findall(r"<!-- file: (\S+) -->\n```csv\n(.*?)```", DOCS.read_text(), re.DOTALL):
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return CliRunner().invoke(main, ["settle", *map(str, words)])


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_worked_day_prints_what_the_page_says(folder):
    ((command, expected),) = re.findall(
        r"```console\n\$ paysim ([^\n]*)\n(\nRTGS, .*?)```", DOCS.read_text(), re.DOTALL
    )
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0, done.output
    assert done.stdout == expected
    out = folder / "results" / "settle-rtgs-fifo"
    names = [
        f"{name}.{kind}" for name in ("delays", "liquidity_against_delay", "through_the_day") for kind in ("png", "svg")
    ]
    figures = sorted(f"figures/{name}" for name in ("captions.md", *names))
    assert sorted(tree(out)) == [
        *figures,
        "indicators.json",
        "manifest.json",
        "participants.parquet",
        "payments.parquet",
    ]


def test_help_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "paysim", "settle", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))


def test_the_command_that_is_printed_repeats_every_byte(folder):
    first = run(*WORKED, "--out", "one", "--style", "paper", "--levels", 3)
    before = tree(folder / "one")
    repeat = first.stdout.splitlines()[-1].removeprefix("Repeat with paysim ")
    again = CliRunner().invoke(main, shlex.split(repeat))
    assert again.exit_code == 0, again.output
    assert tree(folder / "one") == before
    manifest = json.loads(before["manifest.json"])
    assert manifest["command"] == ("paysim settle payments.csv --system rtgs-fifo --liquidity liquidity.csv --levels 3")
    assert str(folder) not in before["manifest.json"].decode()


def test_a_synthetic_day_repeats_its_bytes_and_another_seed_is_another_day(folder):
    Path("small.yaml").write_text(
        "extends: rtgs-lsm\nsystem: 1\ntitle: Small\n"
        "traffic: {payments: 500, participants: 9, core: 2, core_share: 60 %}\n"
    )
    common = ("--system", "small.yaml", "--levels", 3, "--no-figures", "--quiet")
    for out, seed in (("one", 7), ("two", 7), ("three", 8)):
        done = run(*common, "--seed", seed, "--out", out)
        assert (done.exit_code, done.output) == (0, "")
    assert tree(folder / "one") == tree(folder / "two")
    assert tree(folder / "one")["payments.parquet"] != tree(folder / "three")["payments.parquet"]
    assert pq.read_table("one/payments.parquet").num_rows == 500


def test_results_can_be_handed_in_again(folder):
    assert run(*WORKED, "--out", "one", "--levels", 0, "--no-figures").exit_code == 0
    again = ("one/payments.parquet", "--system", "rtgs-fifo", "--liquidity", "one/participants.parquet")
    assert run(*again, "--out", "two", "--levels", 0, "--no-figures").exit_code == 0
    for name in ("payments.parquet", "participants.parquet"):
        assert pq.read_table(f"one/{name}").equals(pq.read_table(f"two/{name}")), name


def test_json_holds_indicators_counts_and_levels(folder):
    done = run(*WORKED, "--json", "--no-figures", "--levels", 2)
    data = json.loads(done.stdout)
    found = data["indicators"]
    assert (found["liquidity_used"], found["minor_units"], found["gridlocks"]) == (12_000, 2, 0)
    assert [level["delay_indicator"] for level in found["levels"]] == [1.0, 0.0]
    assert json.loads(Path("results/settle-rtgs-fifo/indicators.json").read_text())["participants"]["name"] == [
        "A",
        "B",
        "C",
    ]


def test_the_indicators_of_the_folder_are_those_of_the_python_function(folder):
    done = settle("payments.csv", system="rtgs-fifo", liquidity="liquidity.csv", levels=0, figures=False, out="one")
    stored = json.loads(Path("one/indicators.json").read_text())
    assert stored["delay_indicator"] == done.day.indicators.delay_indicator
    assert stored["participants"]["lower_bound"] == [0, 2500, 1000]


def test_a_position_is_a_share_of_the_way_between_the_bounds(folder):
    done = run("payments.csv", "--system", "rtgs-fifo", "--liquidity", "100 %", "--json", "--no-figures", "--levels", 0)
    found = json.loads(done.stdout)["indicators"]
    assert (found["liquidity_available"], found["delay_indicator"]) == (17_500, 0.0)
    assert json.loads(done.stdout)["command"].endswith("--liquidity '100 %' --levels 0 --no-figures")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("bad.csv", "--system", "rtgs-fifo"), "bad.csv:2: column amount: '1,5' has separators"),
        (("none.csv", "--system", "rtgs-fifo"), "none.csv: cannot be read"),
        (("payments.csv", "--system", "rtgs-fofo"), "rtgs-fofo: there is no shipped system of this name"),
        (("payments.csv", "--system", "rtgs-fifo", "--liquidity", "half"), "--liquidity half: expected an amount"),
        (("payments.csv", "--system", "rtgs-fifo", "--liquidity", "short.csv"), "short.csv: has no row for 'B'"),
        (("payments.csv", "--system", "rtgs-fifo", "--seed", "3"), "--seed draws a synthetic day"),
        (("payments.csv", "--system", "rtgs-fifo", "--levels", "1"), "--levels 1"),
        (("payments.csv", "--system", "rtgs-fifo", "--date", "2025-06-14"), "does not work on 2025-06-14"),
        (("payments.csv",), "--system"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(folder, words, message):
    Path("bad.csv").write_text('id,time,sender,receiver,amount\n1,09:00,A,B,"1,5"\n')
    Path("short.csv").write_text("participant,liquidity\nA,1\nC,1\n")
    before = sorted(folder.iterdir())
    done = run(*words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert sorted(folder.iterdir()) == before


def test_another_settlement_is_replaced_only_with_overwrite(folder):
    plain = ("--out", "one", "--levels", 0, "--no-figures", "--quiet")
    assert run(*WORKED, *plain).exit_code == 0
    before = tree(folder / "one")
    other = run("payments.csv", "--system", "rtgs-fifo", "--liquidity", "1000", *plain)
    assert other.exit_code == 2
    assert "another settlement, made by: paysim settle payments.csv --system rtgs-fifo" in other.stderr
    assert tree(folder / "one") == before
    assert run("payments.csv", "--system", "rtgs-fifo", "--liquidity", "1000", *plain, "--overwrite").exit_code == 0
    assert tree(folder / "one") != before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("module", "step"), [(settling, "settle_day"), (settling_store, "write_json")])
def test_a_stopped_settlement_leaves_the_folder_as_it_was(folder, monkeypatch, module, step, number):
    plain = ("--out", "one", "--levels", 0, "--no-figures")
    assert run(*WORKED, *plain).exit_code == 0
    before, other = tree(folder), ("payments.csv", "--system", "rtgs-fifo", "--liquidity", "1000", "--overwrite")
    at_rest = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a signal that nobody catches must not end the tests
    try:
        with monkeypatch.context() as during:
            during.setattr(module, step, lambda *_: signal.raise_signal(number))
            done = run(*other, *plain)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, at_rest)
    assert (done.exit_code, done.stdout) == (128 + number, "")
    assert done.stderr == "Stopped. Nothing half-done is stored; the same command begins anew.\n"
    assert tree(folder) == before
    assert run(*other, *plain).exit_code == 0


def test_a_day_of_an_extrapolated_calendar_carries_a_note(folder):
    done = run("payments.csv", "--system", "CIPS", "--date", "2031-10-08", "--levels", 0, "--no-figures")
    assert done.exit_code == 0, done.output
    assert "Note: CIPS: working days from " in done.stdout
    assert json.loads(Path("results/settle-CIPS/manifest.json").read_text())["notes"]
