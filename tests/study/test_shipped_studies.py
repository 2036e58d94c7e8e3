"""The shipped studies answer their questions: what they say of the model is what the model gives, on fewer points."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paysim.scenario.sweep_loading import load_sweep
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.sweep import How, run_sweep

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def study(tmp_path: Path) -> Any:
    """Runs a shipped study with some of its text replaced."""
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")

    def run(name: str, *changed: tuple[str, str]) -> SweepResults:
        file = tmp_path / "scenarios" / "sweeps" / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        for old, new in changed:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        return run_sweep(load_sweep(file), tmp_path / "out", command="none", how=How(workers=2))

    return run


def number(results: SweepResults, factor: str) -> np.ndarray[Any, Any]:
    return np.array([float(str(value).rstrip(" %")) for value in results.sample().column(factor).to_pylist()])


@pytest.mark.slow
def test_a_push_is_lost_below_the_threshold_multiplied_above_it_and_nothing_moves_without_one(study: Any) -> None:
    few = ("[0 %, 10 %, 20 %, 30 %, 40 %, 50 %, 60 %]", "[0 %, 10 %, 60 %]")
    results = study("tipping", few, ("levels: 21", "levels: 11"))
    ratio, push = number(results, "network_effect"), number(results, "decree")
    moved, ended = results.outcome("moved_in_a_century")[:, 0], results.outcome("share_when_it_ends")[:, 0]
    pushed = push > 0
    assert (ended[pushed] > 1.02 * ended[~pushed].max()).all()
    assert (moved[pushed & (ratio <= 1.0)] < 1.0).all()
    assert (moved[pushed & (ratio > 1.0)] > 1.0).all()
    np.testing.assert_allclose(moved[~pushed], 1.0, atol=1e-6)
    after = results.outcome("share_after_a_century")[:, 0]
    assert after[ratio < 0.75].max() < 1.01 * ended[~pushed].max(), "far below the threshold nothing is left"
    assert all(check["passed"] for check in results.manifest["checks"])


@pytest.mark.slow
def test_liquidity_settles_the_surge_and_leaves_the_share_of_the_yuan_alone(study: Any) -> None:
    results = study(
        "liquidity",
        ("[0.5, 0.625, 0.75, 0.875, 1, 1.125, 1.25, 1.375, 1.5, 1.75, 2, 2.5, 3]", "[0.5, 1, 2]"),
        ("[25 %, 50 %, 75 %, 90 %, 100 %]", "[25 %, 100 %]"),
    )
    liquidity, cut = number(results, "liquidity"), number(results, "cut")
    worst, share = results.outcome("unsettled_at_worst")[:, 0], results.outcome("true_share")[:, 0]
    for part in (25.0, 100.0):
        low, usual, twice = worst[cut == part]
        assert low > usual > 10.0 * twice
        np.testing.assert_allclose(share[cut == part], share[cut == part].mean(), rtol=0.02)
    assert (worst[cut == 100.0] > worst[cut == 25.0]).all()
    assert share[(cut == 100.0) & (liquidity == 1.0)] > 2.0 * share[(cut == 25.0) & (liquidity == 1.0)]
    assert all(check["passed"] for check in results.manifest["checks"])


@pytest.mark.parametrize("file", sorted((SCENARIOS / "sweeps").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_study_opens_with_its_question_and_says_its_result_among_its_limits(file: Path) -> None:
    sweep = load_sweep(file)
    assert file.read_text(encoding="utf-8").splitlines()[1].startswith("# ")
    assert str(sweep.question).endswith("?")
    assert str(sweep.limits[0]).startswith("Result: ")
    assert sweep.checks
