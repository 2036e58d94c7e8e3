"""`paysim run` and `paysim.run` on the real engine, short: what lands in the folder, what is printed, how it ends."""

import html
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

import paysim
from paysim.cli.main import main
from paysim.study import identity, store
from paysim.study.headline import headlines
from paysim.study.series import SERIES

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CUTOFF = SCENARIOS / "cutoff.yaml"
SHORT = ("--until", "2024-10", "--replicates", "2", "--no-figures")


@pytest.fixture(scope="module", autouse=True)
def still_code():
    """A file that is edited while the tests run must not make two runs of one test differ."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "code_digest", lambda: "c" * 64)
        yield


def invoke(*words):
    return CliRunner().invoke(main, ["run", *map(str, words)])


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A short run of the mean field by the command: its folder and what was printed."""
    out = tmp_path_factory.mktemp("made") / "run"
    ended = invoke(CUTOFF, *SHORT, "--engine", "mean-field", "--out", out)
    assert ended.exit_code == 0, ended.output
    return out, ended


def test_the_run_lands_whole_with_a_manifest_that_fits_its_schema(made):
    out, _ = made
    assert sorted(tree(out)) == ["draws.csv", "manifest.json", "report.html", "series.parquet", "summary.csv"]
    assert [path.name for path in out.parent.iterdir()] == ["run"]
    schema = json.loads(Path(store.__file__).with_name("manifest.schema.json").read_text())
    jsonschema.validate(json.loads((out / "manifest.json").read_text()), schema)


def test_every_recorded_series_is_documented_and_every_documented_one_recorded(made):
    results = paysim.load_results(made[0])
    expected = {name for name, series in SERIES.items() if series.engine in ("", results.manifest["engine"])}
    assert set(results.series_names()) == expected


def test_the_keys_of_a_series_are_what_its_documentation_says(made):
    results = paysim.load_results(made[0])
    tables = {"currency": "currencies", "group": "groups", "network": "networks", "system": "systems"}
    ids = {kind: set(results.scenario[table]) for kind, table in tables.items()}
    for name, series in SERIES.items():
        if series.key in ids:
            assert set(results.keys(name)) <= ids[series.key], name
        if series.key == "none":
            assert results.keys(name) == ("",)


def test_shares_are_fractions_and_those_of_currencies_and_networks_sum_to_one(made):
    results = paysim.load_results(made[0])
    for name in ("true_share", "true_share_trade", "true_share_finance", "settlement_share"):
        total = sum(results.values(name, key)[1] for key in results.keys(name))
        np.testing.assert_allclose(total, 1.0, atol=1e-9)


def test_the_summary_ends_with_the_command_that_repeats_the_run(made):
    out, ended = made
    lines = ended.stdout.splitlines()
    assert shlex.split(lines[-1].removeprefix("Repeat with ")) == [
        "paysim", "run", str(CUTOFF), "--replicates", "2", "--engine", "mean-field", "--until", "2024-10",
        "--out", str(out), "--no-figures",
    ]  # fmt: skip
    again = CliRunner().invoke(main, shlex.split(lines[-1].removeprefix("Repeat with paysim ")))
    assert again.exit_code == 0
    assert "already" in again.stderr  # the command names this very run


def test_the_summary_tells_what_must_stand_beside_a_headline(made):
    _, ended = made
    text = " ".join(ended.stdout.split())
    for words in ("network effect R", "cost sensitivity lambda", "gamma_c", "unstable base: 0 of 2", "given as input:",
                  "model, not a forecast", "true share", "tracker", "published 4.74 %", "worst month"):  # fmt: skip
        assert words in text


def test_the_report_of_a_run_tells_its_figures_and_is_left_out_when_told_so(made, tmp_path):
    out, _ = made
    page = html.unescape(re.sub(r"<[^>]*>", "", (out / "report.html").read_text(encoding="utf-8")))
    for figure in headlines(paysim.load_results(out)):
        assert " ".join(figure.text.split()) in " ".join(page.split())
    bare = invoke(CUTOFF, *SHORT, "--engine", "mean-field", "--out", tmp_path / "bare", "--no-report")
    assert sorted(tree(tmp_path / "bare")) == ["draws.csv", "manifest.json", "series.parquet", "summary.csv"]
    assert bare.stdout.splitlines()[-1].endswith("--no-figures --no-report")
    assert {name: held for name, held in tree(out).items() if name != "report.html"} == tree(tmp_path / "bare")


def test_json_is_one_object_with_the_same_figures(made):
    out, ended = made
    told = invoke(CUTOFF, *SHORT, "--engine", "mean-field", "--out", out, "--json")
    data = json.loads(told.stdout)
    assert data["command"] == ended.stdout.splitlines()[-1].removeprefix("Repeat with ")
    for figure in data["figures"]:
        assert " ".join(figure["text"].split()) in " ".join(ended.stdout.split())
    assert data["premises"]


def test_quiet_says_nothing(made):
    told = invoke(CUTOFF, *SHORT, "--engine", "mean-field", "--out", made[0], "--quiet")
    assert (told.exit_code, told.output) == (0, "")


def test_python_writes_the_same_bytes(made, tmp_path):
    results = paysim.run(
        CUTOFF, until="2024-10", replicates=2, engine="mean-field", figures=False, out=tmp_path / "run"
    )
    assert tree(tmp_path / "run") == tree(made[0])
    assert results.values("true_share", "CNY")[1].shape == (2, 4)


def test_another_run_in_the_folder_is_refused_and_nothing_changes(made):
    before = tree(made[0])
    told = invoke(CUTOFF, *SHORT, "--engine", "mean-field", "--out", made[0], "--seed", "7")
    assert told.exit_code == 2
    assert "--overwrite" in told.stderr
    assert "seed 7" in told.stderr
    assert tree(made[0]) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((CUTOFF, "--until", "2050-01"), "2050-01"),
        ((CUTOFF, "--until", "soon"), "soon"),
        ((CUTOFF, "--set", "behaviour.inertai=0.9"), "inertia"),
        ((CUTOFF, "--set", "name=../elsewhere"), "name"),
        ((SCENARIOS / "nothing.yaml",), "nothing.yaml"),
        ((CUTOFF, "--replicates", "0"), "--replicates"),
        ((CUTOFF, "--engine", "magic"), "magic"),
    ],
)
def test_a_wrong_file_or_option_ends_with_2_says_what_is_wrong_and_writes_nothing(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    told = invoke(*words)
    assert told.exit_code == 2
    assert said in told.stderr
    assert "Traceback" not in told.output
    assert list(tmp_path.iterdir()) == []


def test_without_out_a_run_lands_in_results_under_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = invoke(
        SCENARIOS / "baseline.yaml", *SHORT, "--replicates", "1", "--engine", "mean-field", "--set", "name=mine"
    )
    assert ended.exit_code == 0, ended.output
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_dir()) == ["mine", "results"]


def test_until_shows_the_first_months_of_the_longer_run(made, tmp_path):
    shorter = paysim.run(
        CUTOFF, until="2024-09", replicates=2, engine="mean-field", figures=False, out=tmp_path / "run"
    )
    longer = paysim.load_results(made[0])
    for name in longer.series_names():
        for key in longer.keys(name):
            np.testing.assert_array_equal(shorter.values(name, key)[1], longer.values(name, key)[1][:, :3])


def test_the_event_engine_gives_the_same_bytes_for_any_workers_and_hash_seed(tmp_path):
    code = """
import sys
from paysim.study import identity
identity.code_digest = lambda: "c" * 64
from paysim.cli.main import main
if __name__ == "__main__":
    main(sys.argv[1:])
"""
    for workers in ("1", "2"):
        words = ["run", str(CUTOFF), *SHORT, "--set", "traffic.payments_per_month=500", "--workers", workers]
        subprocess.run(
            [sys.executable, "-c", code, *words, "--out", str(tmp_path / workers), "--quiet"],
            env={**os.environ, "PYTHONHASHSEED": workers},
            check=True,
        )
    assert tree(tmp_path / "1") == tree(tmp_path / "2")
    results = paysim.load_results(tmp_path / "1")
    assert results.manifest["engine"] == "events"
    assert set(results.series_names()) == set(SERIES)


@pytest.mark.slow
def test_figures_come_with_the_run_in_the_style_asked_for_and_python_draws_the_same(tmp_path):
    words = ("--until", "2027-06", "--replicates", "3", "--engine", "mean-field")
    ended = invoke(CUTOFF, *words, "--out", tmp_path / "run")
    assert ended.exit_code == 0, ended.output
    slides = tree(tmp_path / "run")
    names = {name for name in slides if name.startswith("figures/")}
    assert "figures/captions.md" in names
    names.remove("figures/captions.md")
    assert {Path(name).suffix for name in names} == {".png", ".svg"}
    paysim.run(CUTOFF, until="2027-06", replicates=3, engine="mean-field", out=tmp_path / "python")
    assert tree(tmp_path / "python") == slides
    assert invoke(CUTOFF, *words, "--out", tmp_path / "run", "--style", "paper").exit_code == 0
    paper = tree(tmp_path / "run")
    assert {name for name in paper if paper[name] != slides.get(name)} >= {
        name for name in names if "small" not in name
    }
    assert all(paper[name] == slides[name] for name in slides if name not in names and name != "figures/captions.md")


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from paysim.cli.main import main\n"
        "try:\n"
        "    main(['run', '--help'])\n"
        "except SystemExit:\n"
        "    print([name for name in ('numpy', 'pydantic', 'matplotlib', 'pyarrow', 'numba', 'joblib', 'rich') "
        "if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"
    for option in ("--replicates", "--seed", "--workers", "--until", "--set", "--engine", "--out", "--overwrite",
                   "--style", "--json", "--quiet"):  # fmt: skip
        assert option in told.stdout


def test_the_options_of_python_are_those_of_the_command():
    import inspect

    from paysim.cli.run import command

    options = {parameter.name for parameter in command.params if isinstance(parameter, click.Option)}
    python = set(inspect.signature(paysim.run).parameters) - {"path", "figures", "report", "progress"}
    assert python == options - {"no_figures", "no_report", "as_json", "quiet"}
