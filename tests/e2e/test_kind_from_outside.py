"""A kind of event of somebody else's: a distribution that offers it by entry point is enough, nothing in paysim."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paysim.study.results import load_results

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"

MODULE = '''
"""A holiday from payments in a currency."""

from typing import ClassVar, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.scenario.base import CurrencyId
from paysim.scenario.parts import fact


class Fashion(PolicyEvent):
    """A currency is out of fashion by 100 bp."""

    ramps: ClassVar[bool] = True
    kind: Literal["fashion"] = "fashion"
    currency: CurrencyId = fact(..., "the currency")

    def act(self, policy, world, elapsed):
        policy.premium[world.currencies.index(self.currency)] += 100.0 * self.strength(elapsed)
'''

STORY = """\
format: 1
extends: baseline.yaml
title: Out of fashion
question: What if a currency goes out of fashion?
horizon: 2025-06
uncertainty: {parameters: false}
events:
  - {kind: fashion, at: 2025-01, currency: EUR}
"""


@pytest.fixture
def offered(tmp_path: Path) -> Path:
    """A folder as an installed package leaves it: a module, and what it offers."""
    site = tmp_path / "site"
    facts = site / "newcomer-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "newcomer_events.py").write_text(MODULE, encoding="utf-8")
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: newcomer\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text("[paysim.events]\nfashion = newcomer_events:Fashion\n", encoding="utf-8")
    shutil.copy(BASELINE, tmp_path)
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    return site


def paysim(folder: Path, *arguments: str, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a fresh interpreter, with or without the newcomer installed."""
    path = {"PYTHONPATH": str(site)} if site else {}
    command = [sys.executable, "-m", "paysim", *arguments]
    return subprocess.run(command, cwd=folder, env={**os.environ, **path}, capture_output=True, text=True, check=False)


def test_it_runs_from_the_command_line_and_moves_what_it_says(tmp_path: Path, offered: Path) -> None:
    run = ("run", "story.yaml", "--engine", "mean-field", "--replicates", "2", "--no-figures", "--out", "out")
    done = paysim(tmp_path, *run, site=offered)
    assert done.returncode == 0, done.stderr
    results = load_results(tmp_path / "out")
    share = np.asarray(results.values("true_share", "EUR")[1])[0]
    assert np.abs(share[:6] - share[0]).max() < 1e-9
    assert (np.diff(share[6:]) < 0.0).all()
    assert share[-1] < share[0] - 1e-3


def test_the_schema_for_editors_knows_it_too(tmp_path: Path, offered: Path) -> None:
    done = paysim(tmp_path, "schema", site=offered)
    assert done.returncode == 0, done.stderr
    assert "fashion" in json.loads(done.stdout)["$defs"]["AnyEvent"]["properties"]["kind"]["enum"]


def test_without_the_package_the_kind_is_unknown_and_said_so(tmp_path: Path, offered: Path) -> None:
    done = paysim(tmp_path, "validate", "story.yaml")
    assert done.returncode == 2
    assert "unknown event kind 'fashion'" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_its_fields_are_checked_like_those_of_the_shipped_kinds(tmp_path: Path, offered: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text(STORY.replace("currency: EUR", "currencey: EUR"), encoding="utf-8")
    done = paysim(tmp_path, "validate", "story.yaml", site=offered)
    assert done.returncode == 2
    assert "story.yaml:8:" in done.stdout + done.stderr
    assert "nearest: currency" in done.stdout + done.stderr
