"""`paysim compare` and `paysim explain` on real runs: what they find, what lands in the folder, how they end."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from paysim.cli.compare import compare
from paysim.cli.explain import explain
from paysim.cli.main import main
from paysim.cli.run import run
from paysim.study import identity

ROOT = Path(__file__).parents[2]
SCENARIOS, DOCS = ROOT / "scenarios", ROOT / "docs" / "howto" / "compare.md"
SMALL = {"engine": "mean-field", "replicates": 40, "until": "2028-01"}
HEAVY = ("numpy", "pydantic", "matplotlib", "pyarrow", "numba", "yaml", "scipy", "simpy", "joblib", "rich")


@pytest.fixture(autouse=True, scope="module")
def still_code():
    """A file that is edited while the tests run must not make two runs of one test differ."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "code_digest", lambda: "c" * 64)
        yield


@pytest.fixture(scope="module")
def runs(tmp_path_factory, still_code):
    """Two finished runs of one seed."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("cutoff", "cutoff_hub_open"):
        run(SCENARIOS / f"{name}.yaml", out=folder / name, figures=False, workers=1, **SMALL)
    return folder


def invoke(*words):
    return CliRunner().invoke(main, list(map(str, words)))


def told(*words):
    done = invoke(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_an_open_hub_begins_with_the_cut_saves_trade_and_costs_the_yuan(runs):
    data = told("compare", runs / "cutoff", runs / "cutoff_hub_open")
    (one,) = data["comparisons"]
    assert (one["against"], one["name"]) == ("cutoff", "cutoff_hub_open")
    assert {entry["begins"] for entry in one["first"]} == {"2027-01"}
    found = {entry["series"]: entry for entry in one["key_series"]}
    assert found["trade_index"]["at_end"]["p05"] > 0.0
    assert found["true_share"]["at_end"]["p95"] < 0.0


def test_the_order_flips_the_sign(runs):
    there = told("compare", runs / "cutoff", runs / "cutoff_hub_open")["comparisons"][0]["key_series"]
    back = told("compare", runs / "cutoff_hub_open", runs / "cutoff")["comparisons"][0]["key_series"]
    for one, other in zip(there, back, strict=True):
        assert one["at_end"]["p50"] == pytest.approx(-other["at_end"]["p50"], rel=1e-9, abs=1e-15)
        assert one["at_end"]["p05"] == pytest.approx(-other["at_end"]["p95"], rel=1e-9, abs=1e-15)


def test_a_run_and_itself_do_not_differ(runs):
    done = invoke("compare", runs / "cutoff", runs / "cutoff")
    assert done.exit_code == 0, done.output
    assert "nothing differs" in done.stdout
    assert "cutoff (2)" in done.stdout


def test_files_are_run_once_and_found_again(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["compare", runs / "cutoff", SCENARIOS / "cutoff.yaml", "--engine", "mean-field", "--replicates", 40,
             "--until", "2028-01", "--runs", runs, "--workers", 1]  # fmt: skip
    before = (runs / "cutoff" / "manifest.json").stat().st_mtime_ns
    done = invoke(*words)
    assert done.exit_code == 0, done.output
    assert "nothing differs" in done.stdout
    assert (runs / "cutoff" / "manifest.json").stat().st_mtime_ns == before
    other = invoke(*words, "--seed", 2)
    assert other.exit_code == 2
    assert "share no luck" in other.stderr
    words[words.index("2028-01")] = "2027-12"
    other = invoke(*words)
    assert other.exit_code == 2
    assert "holds the finished run" in other.stderr
    assert "--runs" in other.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_written(runs, tmp_path):
    out = tmp_path / "out"
    words = ["compare", runs / "cutoff", runs / "cutoff_hub_open", "--out", out]
    done = invoke(*words)
    assert done.exit_code == 0, done.output
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    figures = {f"figures/{name}.{kind}" for name in ("differences", "levels") for kind in ("png", "svg")}
    assert names == {"compare.csv", "compare.parquet", "manifest.json", "report.html", "figures/captions.md"} | figures
    with (out / "compare.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if (row["series"], row["key"]) == ("trade_index", "CHN")]
    assert (rows[0]["run"], rows[0]["against"], len(rows)) == ("cutoff_hub_open", "cutoff", 43)
    assert float(rows[0]["p50"]) == pytest.approx(0.0, abs=1e-9)
    assert float(rows[-1]["p50"]) > 0.05
    first = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert invoke(*words).exit_code == 0
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == first
    other = invoke("compare", runs / "cutoff_hub_open", runs / "cutoff", "--out", out)
    assert other.exit_code == 2
    assert "another comparison" in other.stderr
    assert invoke("compare", runs / "cutoff", out).stderr.startswith(f"{out} holds a comparison, not a run")


def test_mistakes_are_told_all_at_once_and_nothing_is_written(runs, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    done = invoke("compare", empty, tmp_path / "nowhere", SCENARIOS / "cutoff.yaml", "--set", "behaviour.bypas_share=0",
                  "--out", tmp_path / "out", "--runs", tmp_path / "runs")  # fmt: skip
    assert done.exit_code == 2
    for words in ("holds no finished run", "there is neither", "nearest: bypass_share"):
        assert words in done.stderr
    assert "Traceback" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert invoke("compare", runs / "cutoff").exit_code == 2


def test_options_of_scenario_files_are_refused_where_nothing_is_run(runs):
    for words in (("compare", runs / "cutoff", runs / "cutoff_hub_open"), ("explain", runs / "cutoff")):
        done = invoke(*words, "--replicates", 7, "--set", "behaviour.bypass_share=0")
        assert done.exit_code == 2
        assert "--replicates, --set: of scenario files" in done.stderr
        assert done.stdout == ""


def test_what_trade_hangs_on_is_explained_from_the_run_itself(runs):
    data = told("explain", runs / "cutoff")
    assert [one["outcome"] for one in data["outcomes"]] == [
        "trade_index:CHN:2028-01", "true_share:CNY:2028-01", "tracker_share:CNY:2028-01",
    ]  # fmt: skip
    trade = data["outcomes"][0]
    assert trade["parameters"] == len(trade["effects"]) >= 30
    assert not trade["enough_replicates"]
    assert f"40 replicates are not enough for {trade['parameters']} parameters" in trade["cautions"][0]
    bypass = next(one for one in trade["effects"] if one["parameter"] == "bypass_share")
    assert bypass["range"] == [0.0, 0.6]
    assert bypass["basis"] == "J"
    assert "novayagazeta" in bypass["source"]
    assert any("30 % (0 to 60 %)" in one["text"] for one in data["assumptions"])


def test_more_replicates_than_a_few_are_needed(runs):
    first = invoke("explain", SCENARIOS / "cutoff.yaml", "--engine", "mean-field", "--replicates", 3, "--until",
                   "2027-03", "--runs", runs / "few")  # fmt: skip
    assert first.exit_code == 2
    assert re.search(r"3 replicates are too few for \d+ parameters: \d+ are needed at least", first.stderr)


def test_the_explanation_that_is_written(runs, tmp_path):
    out = tmp_path / "out"
    done = invoke("explain", runs / "cutoff", "--outcome", "trade_index:CHN:cut+12", "--out", out)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (out / "figures").iterdir()} == {
        "captions.md", "tornado_trade_index_CHN_2028-01.png", "tornado_trade_index_CHN_2028-01.svg",
    }  # fmt: skip
    assert json.loads((out / "explain.json").read_text())["outcomes"][0]["outcome"] == "trade_index:CHN:2028-01"
    bad = invoke("explain", runs / "cutoff", "--outcome", "trade:CHN:end", "--outcome", "trade_index:CHI:end")
    assert bad.exit_code == 2
    assert "nearest: trade_index" in bad.stderr
    assert "nearest: CHN" in bad.stderr


def test_the_functions_give_what_the_commands_print(runs):
    done = compare(runs / "cutoff", runs / "cutoff_hub_open")
    assert done.comparisons[0].first()[0].begins is not None
    assert explain(runs / "cutoff", ["true_share:CNY:end"]).explanations[0].outcome.series == "true_share"


@pytest.mark.parametrize("name", ["compare", "explain", "data", "require"])
def test_help_imports_nothing_heavy(name):
    code = f"import sys; from paysim.cli.main import main\ntry:\n main(['{name}', '--help'])\nexcept SystemExit: pass\n"
    code += f"print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_the_example_of_the_page_is_printed_like_that(runs, monkeypatch):
    """Word by word; the numbers are those of the day on which the page was written."""
    monkeypatch.chdir(ROOT)
    ((command, expected),) = re.findall(
        r"```console\n\$ paysim ([^\n]*)\n(cutoff_hub_open .*?)```", DOCS.read_text(), re.DOTALL
    )
    done = invoke(*shlex.split(command), "--runs", runs, "--workers", 1)
    assert done.exit_code == 0, done.output
    masked = [
        re.sub(r"[+-]?[0-9.]+|\s+", " ", text.split("  differs first")[0]).split() for text in (done.stdout, expected)
    ]
    assert masked[0] == masked[1]
