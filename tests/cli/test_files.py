"""The commands about scenario files, and the command line as such."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import paysim
from paysim.cli.main import main
from paysim.scenario.loading import load_scenario
from paysim.scenario.system_loading import load_system
from paysim.words import said

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEAVY = ("numpy", "pydantic", "matplotlib", "pyarrow", "numba", "yaml", "scipy", "simpy", "joblib", "rich")


def run(*args: object):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["validate", "--help"], ["run", "--help"], ["new", "-h"]]
)
def test_help_loads_nothing_heavy(arguments):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "paysim", *arguments], capture_output=True, text=True, check=True
    )
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))


def test_importing_paysim_loads_nothing_heavy():
    code = f"import sys, paysim; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_the_packages():
    assert run("--version").output == f"paysim, version {paysim.__version__}\n"


def test_help_lists_the_commands():
    output = run("--help").output
    for command in ("new", "run", "schema", "validate"):
        assert f"\n  {command} " in output


def test_a_misspelt_command_is_told_the_nearest(tmp_path):
    result = run("valdate", tmp_path)
    assert result.exit_code == 2
    assert "valdate" in result.stderr
    assert "validate" in result.stderr


def test_validate_prints_digest_and_title_of_each_good_file():
    files = [SCENARIOS / "baseline.yaml", SCENARIOS / "cutoff.yaml"]
    result = run("validate", *files)
    assert result.exit_code == 0
    assert result.stderr == ""
    for file, line in zip(files, result.stdout.splitlines(), strict=True):
        scenario = load_scenario(file)
        assert line == f"ok  {file}  {scenario.digest()[:12]}  {said(scenario.title)}"


def test_validate_tells_all_problems_of_all_files(tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("format: 1\ntitle: t\nquestion: q\nsead: 1\nengine: fast\n")
    two.write_text("format: 1\ntitle: t\n")
    result = run("validate", one, SCENARIOS / "baseline.yaml", two, tmp_path / "three.yaml")
    assert result.exit_code == 2
    assert result.stdout.startswith(f"ok  {SCENARIOS / 'baseline.yaml'}")
    for line in (
        f"{one}:4:1: sead:",
        f"{one}:5:9: engine:",
        f"{two}:1:1: question: is missing",
        f"{tmp_path}/three.yaml:",
    ):
        assert line in result.stderr
    assert "Traceback" not in result.stderr


def test_a_problem_of_a_shared_parent_is_told_once(tmp_path):
    (tmp_path / "parent.yaml").write_text("format: 1\ntitle: t\nquestion: q\nsead: 1\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("extends: parent\n")
    result = run("validate", tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert result.stderr.count("unknown key 'sead'") == 1


def test_validate_takes_overrides():
    file = SCENARIOS / "cutoff.yaml"
    plain, other = run("validate", file), run("validate", file, "--set", "events.cut.at=2027-01-04 17:00Z")
    assert (plain.exit_code, other.exit_code) == (0, 0)
    assert plain.stdout != other.stdout
    assert run("validate", file, "--set", "sead=1").exit_code == 2


def test_schema_prints_or_writes_the_schema(tmp_path):
    printed = run("schema")
    assert json.loads(printed.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert run("schema", "--out", tmp_path / "s.json").exit_code == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed.stdout


def test_schema_of_system_files_is_another():
    printed = run("schema", "--system")
    assert printed.exit_code == 0
    schema = json.loads(printed.stdout)
    assert schema["title"] == "paysim settlement system"
    assert "liquidity" in schema["properties"]
    assert "groups" not in schema["properties"]


def test_validate_tells_a_system_file_from_a_scenario(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("extends: CIPS\nsystem: 1\ntitle: CIPS with offsetting\n")
    bad.write_text("extends: CIPS\nsystem: 1\nrules: {discipline: fast}\n")
    result = run("validate", good, SCENARIOS / "baseline.yaml", bad)
    assert result.exit_code == 2
    first, second = result.stdout.splitlines()
    assert first == f"ok  {good}  {load_system(good).digest()[:12]}  CIPS with offsetting"
    assert second.startswith(f"ok  {SCENARIOS / 'baseline.yaml'}")
    assert result.stderr.startswith(f"{bad}:3:21: rules.discipline: expected fifo or priority or bypass, got 'fast'")
    assert run("validate", good, "--set", "liquidity.prefunding=10 %").exit_code == 0


def test_schema_into_a_missing_folder_is_a_message(tmp_path):
    result = run("schema", "--out", tmp_path / "none" / "s.json")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("name", ["my_story", "half-cut.yaml"])
def test_new_writes_a_scenario_that_validates(tmp_path, name):
    result = run("new", name, "--dir", tmp_path)
    assert result.exit_code == 0
    (file,) = tmp_path.iterdir()
    assert file.name == f"{name.removesuffix('.yaml')}.yaml"
    scenario = load_scenario(file)
    assert scenario.name == file.stem
    assert scenario.events[0].banks == 0.5
    assert file.read_text(encoding="utf-8").count("#") > 8


def test_new_leaves_an_existing_file_alone(tmp_path):
    file = tmp_path / "story.yaml"
    file.write_text("mine")
    result = run("new", "story", "--dir", tmp_path)
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert file.read_text() == "mine"


@pytest.mark.parametrize("name", ["../up", "a b", "1st", "", "a/b"])
def test_new_refuses_a_name_that_is_none(tmp_path, name):
    assert run("new", name, "--dir", tmp_path).exit_code == 2
    assert not list(tmp_path.iterdir())
