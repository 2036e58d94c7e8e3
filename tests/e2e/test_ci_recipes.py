"""The recipes for continuous integration, followed step by step on this machine.

Every `run:` of the workflow is executed in order, each job in a folder of its own; what GitHub itself does (checking
out, caching, passing artifacts on) is done here in the same words, and an action that is not known here fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "ci"
SHIPPED = ROOT / "scenarios"

STUDY = """
format: 1
title: A small study
question: none
base: ../cutoff.yaml
until: 2024-09
set: {events.cut.at: 2024-08-20, events.cut.notice: 2 d}
factors:
  neighbours: {scenarios: [../cutoff.yaml, ../cutoff_hub_open.yaml]}
  bypass: {path: behaviour.bypass_share, range: [0 %, 60 %]}
design: {kind: saltelli, n: 64}
outcomes:
  trade: {series: trade_index, key: CHN, at: end}
checks:
  - {id: there, outcome: trade, at_least: BOUND}
"""


def workflow() -> dict[str, Any]:
    text = (RECIPES / "github-actions.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


class Runner:
    """Follows a workflow: jobs in order, a matrix one after the other."""

    def __init__(self, place: Path, study: str) -> None:
        self.place, self.cache, self.artifacts = place, place / "cache", place / "artifacts"
        self.summary = place / "summary.md"
        self.study, self.runs = study, 0
        self.ran: list[str] = []

    def run(self) -> dict[str, str]:
        """Follow all jobs; what became of each: success or failure."""
        plan, results = workflow(), {}
        self.runs += 1
        shutil.rmtree(self.artifacts, ignore_errors=True)
        for job, what in plan["jobs"].items():
            needed = [results[name] for name in ([what["needs"]] if "needs" in what else [])]
            if "failure" in needed and "cancelled()" not in what.get("if", ""):
                continue
            axes = what.get("strategy", {}).get("matrix", {"": [None]})
            ((axis, values),) = axes.items()
            outcomes = [self.job(plan, what, {f"matrix.{axis}": str(value)}) for value in values[: self.shards]]
            results[job] = "success" if all(outcomes) else "failure"
        return results

    shards = 2

    def job(self, plan: dict[str, Any], what: dict[str, Any], names: dict[str, str]) -> bool:
        folder = self.place / f"job{len(list(self.place.glob('job*')))}"
        names |= {"github.run_id": str(self.runs), "github.run_attempt": "1"}
        well = True
        for step in what["steps"]:
            condition = step.get("if", "success()")
            assert re.search(r"success\(\)|always\(\)|!cancelled\(\)", condition), condition
            if not well and "success" in condition:
                continue
            given = {key: fill(str(value), names) for key, value in (step.get("with") or {}).items()}
            if "uses" in step:
                self.action(step["uses"].partition("@")[0], given, folder)
            elif "pip install" not in step["run"]:
                well &= self.step(step, {**plan["env"], **(step.get("env") or {})}, names, folder)
        return well

    def step(self, step: dict[str, Any], settings: dict[str, Any], names: dict[str, str], folder: Path) -> bool:
        own = {name: fill(str(value), names) for name, value in settings.items()}
        own |= {"STUDY": self.study, "OUTCOME": "trade", "BELOW": "35 %", "CHECKED": "scenarios/baseline.yaml"}
        own |= {"SHARDS": str(self.shards), "GITHUB_STEP_SUMMARY": str(self.summary)}
        assert set(own) <= {*settings, *workflow()["env"], "GITHUB_STEP_SUMMARY"}, "the recipe no longer asks for it"
        done = shell(["bash", "-e", "-c", step["run"]], folder, own)
        self.ran.append(f"{step['name']}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.returncode == 0

    def action(self, name: str, given: dict[str, str], folder: Path) -> None:
        """What an action of GitHub does, here."""
        if name == "actions/checkout":
            folder.mkdir()
            shutil.copytree(SHIPPED, folder / "scenarios")
            (folder / "scenarios" / "sweeps" / Path(self.study).name).write_text(self.text)
        elif name == "actions/cache/restore":
            kept = sorted(self.cache.glob(f"{given['restore-keys']}*"), key=lambda one: one.stat().st_mtime)
            if kept:
                shutil.copytree(kept[-1], folder / given["path"], copy_function=shutil.copy2)
        elif name == "actions/cache/save":
            assert (folder / given["path"]).is_dir(), "there is nothing to keep"
            shutil.copytree(folder / given["path"], self.cache / given["key"], copy_function=shutil.copy2)
        elif name == "actions/upload-artifact":
            self.upload(folder, self.artifacts / given["name"], given["path"].split())
        elif name == "actions/download-artifact":
            for one in self.artifacts.glob(given["pattern"]):
                shutil.copytree(one, folder / given["path"] / one.name)
        else:
            assert name == "actions/setup-python", f"{name} is not known here"

    text = ""

    @staticmethod
    def upload(folder: Path, place: Path, patterns: list[str]) -> None:
        """Files of some patterns, those with ! left out; nothing hidden, as the service does."""
        left = [folder / one[1:] for one in patterns if one.startswith("!")]
        for pattern in (one for one in patterns if not one.startswith("!")):
            for found in folder.glob(pattern.rstrip("/")):
                if found not in left:
                    target = place / (found.relative_to(folder) if len(patterns) > 1 else "")
                    shutil.copytree(found, target, ignore=shutil.ignore_patterns(".*"))


def fill(text: str, names: dict[str, str]) -> str:
    """Put values in the place of expressions; KeyError for one that is not known."""
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: names[found[1]], text)


def shell(words: list[str], folder: Path, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(words, cwd=folder, env={**os.environ, "PATH": path, **more}, text=True, capture_output=True)


def points(place: Path) -> dict[str, int]:
    """Files with results of points, and when each was written."""
    return {file.name: file.stat().st_mtime_ns for file in place.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_the_workflow_runs_shards_merges_reports_and_computes_no_point_twice(tmp_path: Path) -> None:
    runner = Runner(tmp_path, "scenarios/sweeps/small.yaml")
    runner.text = STUDY.replace("BOUND", "1 %")
    assert runner.run() == {"shard": "success", "whole": "success"}, "\n".join(runner.ran)
    whole = tmp_path / "job2"
    assert "64 finished" in runner.summary.read_text()
    assert "trade" in (whole / "reports" / "analysis.md").read_text()
    for name in ("sweep.xml", "check.xml"):
        assert list(ElementTree.parse(whole / "reports" / name).iter("testcase"))
    assert list((whole / "reports").rglob("*.png"))
    kept = tmp_path / "artifacts" / "study"
    assert (kept / "whole" / "small" / "outcomes.parquet").is_file()
    assert not (kept / "whole" / "points").exists()
    first = [points(tmp_path / f"job{job}" / "part" / "points") for job in (0, 1)]
    assert all(first)

    runner.ran.clear()
    assert runner.run() == {"shard": "success", "whole": "success"}, "\n".join(runner.ran)
    again = [points(tmp_path / f"job{job}" / "part" / "points") for job in (3, 4)]
    assert again == first


@pytest.mark.slow
def test_a_check_that_fails_makes_the_workflow_fail_and_is_reported(tmp_path: Path) -> None:
    runner = Runner(tmp_path, "scenarios/sweeps/small.yaml")
    runner.text = STUDY.replace("BOUND", "99 %")
    assert runner.run()["whole"] == "failure"
    whole = tmp_path / "job2"
    assert (whole / "reports" / "sweep.xml").is_file(), "\n".join(runner.ran)
    (case,) = ElementTree.parse(whole / "reports" / "sweep.xml").iter("testcase")
    assert case.find("failure") is not None
    assert "there" in runner.summary.read_text()
    assert list((whole / "reports").rglob("*.png")), "what was found is told all the same"


def test_the_workflow_keeps_what_it_promises_on_paper() -> None:
    plan = workflow()
    shards = plan["jobs"]["shard"]
    assert shards["strategy"]["matrix"]["shard"] == list(range(1, int(plan["env"]["SHARDS"]) + 1))
    assert shards["strategy"]["fail-fast"] is False
    assert (ROOT / plan["env"]["STUDY"]).is_file()
    study = yaml.safe_load((ROOT / plan["env"]["STUDY"]).read_text(encoding="utf-8"))
    assert plan["env"]["OUTCOME"] in study["outcomes"]
    assert all((ROOT / name).is_file() for name in plan["env"]["CHECKED"].split())
    assert plan["permissions"] == {"contents": "read"}


@pytest.mark.slow
@pytest.mark.parametrize(("bound", "code"), [("1 %", 0), ("99 %", 1), ("one", 2)])
def test_the_shell_recipe_ends_with_the_code_of_the_study(tmp_path: Path, bound: str, code: int) -> None:
    shutil.copytree(SHIPPED, tmp_path / "scenarios")
    (tmp_path / "scenarios" / "sweeps" / "small.yaml").write_text(STUDY.replace("BOUND", bound))
    own = {"STUDY": "scenarios/sweeps/small.yaml", "OUTCOME": "trade", "BELOW": "35 %"}
    own["CHECKED"] = "scenarios/baseline.yaml"
    done = shell(["sh", str(RECIPES / "sweep.sh")], tmp_path, own)
    assert done.returncode == code, done.stdout + done.stderr
    told = code < 2
    assert (tmp_path / "reports" / "sweep.xml").is_file() == told
    assert bool(list((tmp_path / "reports").rglob("*.png"))) == told
    assert (tmp_path / "results" / "sweeps" / "points").is_dir() == told


@pytest.mark.slow
def test_the_shell_recipe_ends_with_3_when_time_is_up_and_goes_on_from_there(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "scenarios")
    (tmp_path / "scenarios" / "sweeps" / "small.yaml").write_text(STUDY.replace("BOUND", "1 %"))
    own = {"STUDY": "scenarios/sweeps/small.yaml", "OUTCOME": "trade", "BELOW": "35 %"}
    own |= {"CHECKED": "scenarios/baseline.yaml", "LIMIT": "0.001 s"}
    done = shell(["sh", str(RECIPES / "sweep.sh")], tmp_path, own)
    assert done.returncode == 3, done.stdout + done.stderr
    assert not (tmp_path / "reports" / "sensitivity").exists()
    done = shell(["sh", str(RECIPES / "sweep.sh")], tmp_path, own | {"LIMIT": "10 min"})
    assert done.returncode == 0, done.stdout + done.stderr
