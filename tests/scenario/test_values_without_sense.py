"""Values at which the model divides by nothing are refused while the file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from paysim.engine.build import prepare
from paysim.errors import InputError, ScenarioError, UnstableBaseError
from paysim.scenario.loading import load_scenario

CUTOFF = Path(__file__).parents[2] / "scenarios" / "cutoff.yaml"


@pytest.mark.parametrize(
    "value",
    [
        "nest_parameter=0",
        "cost_sensitivity=0 /bp",
        "native_crisis_median=0 d",
        "alignment_scale=0",
        "belief_half_life=0 d",
        "cleared_in_cips=0 %",
        "finance_multiplier=1000000",
        "network_effect=1000000",
        "local_complementarity=1000000",
    ],
)
def test_a_value_without_sense_is_refused_by_name(value: str) -> None:
    with pytest.raises(ScenarioError, match=value.split("=")[0]):
        load_scenario(CUTOFF, (f"behaviour.{value}",))


def test_a_network_effect_beyond_its_threshold_is_refused_by_name() -> None:
    with pytest.raises(UnstableBaseError, match=r"behaviour\.network_effect"):
        prepare(load_scenario(CUTOFF, ("behaviour.network_effect=1.2",)))


@pytest.mark.parametrize("start", ["2015-10", "2020-03", "2026-06"])
def test_a_start_without_all_three_published_shares_is_refused(start: str) -> None:
    quiet = CUTOFF.with_name("business_as_usual.yaml")
    with pytest.raises(InputError, match=r"USD, EUR and CNY"):
        prepare(load_scenario(quiet, (f"start={start}",)))
