"""A scenario that differs from one that is ready in a lever: the same as if made ready anew, to the last bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paysim.engine import build, variants
from paysim.engine.prepared import Prepared
from paysim.engine.run import prepare, simulate_mean_field
from paysim.engine.tables import Tables
from paysim.engine.variants import SLEEPING, varied
from paysim.errors import UnstableBaseError
from paysim.model.parameters import Parameters
from paysim.scenario.kinds import read_event
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario

STORY = Path(__file__).parents[2] / "scenarios" / "cutoff.yaml"
SHORT = ("horizon=2027-06", "traffic.payments_per_month=1000")
FAR = 0.8
"""How far from its best value towards an end of its range a parameter is moved."""

NEW_EVENTS: dict[str, dict[str, object]] = {
    "steering": {"message": "1 %/month", "clearing": "1 %/month"},
    "fiscal_premium": {"premium": "30 bp"},
    "demand_drift": {"drift": "0.5 %/month"},
    "liquidity_change": {"system": "CIPS", "factor": 0.5},
    "swap_line": {"partners": ["GULF"]},
    "clearing_ban": {"groups": ["CHN"], "currencies": ["USD"]},
    "hub_opened": {"hub": "HKG"},
}


@cache
def scenario(*changes: str) -> Scenario:
    return load_scenario(STORY, (*SHORT, *changes))


@cache
def ready(*changes: str) -> Prepared:
    return prepare(scenario(*changes))


def moved(name: str, share: float = FAR) -> Scenario:
    """The story with a parameter moved towards the far end of its range, or where it has none to half of its value."""
    story = scenario()
    spread = getattr(story.behaviour, name)
    end = spread.low if spread.best - spread.low > spread.high - spread.best else spread.high
    if end == spread.best:
        end = spread.best / 2.0 or 0.1
    best = spread.best + share * (end - spread.best)
    behaviour = story.behaviour.model_copy(update={name: spread.model_copy(update={"best": best})})
    return story.model_copy(update={"behaviour": behaviour})


def with_event(kind: str) -> Scenario:
    """The story with one more event."""
    event = read_event({"kind": kind, "at": "2026-01", **NEW_EVENTS[kind]})
    return scenario().model_copy(update={"events": (*scenario().events, event)})


def unlike(one: Any, other: Any, where: str = "prepared") -> list[str]:
    """Where two things differ, to the last bit of an array."""
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        return [] if same else [where]
    if is_dataclass(one):
        names = [field.name for field in fields(one)]
        return [
            found for name in names for found in unlike(getattr(one, name), getattr(other, name), f"{where}.{name}")
        ]
    if isinstance(one, dict):
        if list(one) != list(other):
            return [where]
        return [found for key in one for found in unlike(one[key], other[key], f"{where}[{key}]")]
    if isinstance(one, tuple):
        if len(one) != len(other):
            return [where]
        pairs = zip(one, other, strict=True)
        return [found for place, pair in enumerate(pairs) for found in unlike(*pair, f"{where}[{place}]")]
    return [] if one == other or (one != one and other != other) else [where]


def line(prepared: Prepared) -> dict[str, Any]:
    record = simulate_mean_field(prepared, 1, [0], ())[0]
    return {"months": record.months, "series": record.series, "facts": record.facts}


def assert_as_anew(after: Scenario, *before: str) -> Prepared:
    found, anew = varied(ready(*before), scenario(*before), after), prepare(after)
    assert unlike(anew, found) == []
    assert unlike(line(anew), line(found), "record") == []
    return found


@pytest.mark.parametrize("name", [field.name for field in fields(Parameters)])
def test_every_parameter_moved(name: str) -> None:
    found = assert_as_anew(moved(name))
    assert found.ranges[name].best != ready().ranges[name].best


@pytest.mark.parametrize("name", sorted(SLEEPING))
@pytest.mark.parametrize("share", [0.01, 1.0])
def test_a_base_run_does_not_feel_parameters_that_sleep(name: str, share: float) -> None:
    found = prepare(moved(name, share))
    assert unlike(ready().base_delay, found.base_delay) == []


@pytest.mark.parametrize(
    "changes",
    [
        ["events.cut.at=2026-03-02 16:00Z"],
        ["events.cut.notice=60 d"],
        ["events.cut.banks=40 %"],
        ["horizon=2027-12"],
        ["name=another", "seed=7", "replicates=3"],
        ["behaviour.recontracting=immediate"],
        ["behaviour.depth_half_life=90 d", "events.cut.at=2026-03-02 16:00Z"],
        ["uncertainty.noise=false"],
        ["systems.CIPS.liquidity=0.05"],
        ["tipping=true", "behaviour.network_effect=1.2"],
        ["start=2024-08"],
        ["traffic.payments_per_month=900"],
        ["groups.CHN.cips_weight=90 %"],
        ["systems.CIPS.hours=09:00-17:00"],
    ],
    ids=" ".join,
)
def test_other_changes(changes: list[str]) -> None:
    assert_as_anew(scenario(*changes))


@pytest.mark.parametrize("kind", NEW_EVENTS)
def test_another_event(kind: str) -> None:
    assert_as_anew(with_event(kind))


def test_a_horizon_of_few_months() -> None:
    assert_as_anew(scenario().shortened("2024-09"))


def test_no_event_at_all_and_back() -> None:
    quiet = scenario().model_copy(update={"events": ()})
    without = assert_as_anew(quiet)
    assert unlike(ready(), varied(without, quiet, scenario())) == []


def test_what_is_left_alone_is_not_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    called: Counter[str] = Counter()

    def counted(where: Any, name: str) -> None:
        work = getattr(where, name)

        def count(*given: Any, **named: Any) -> Any:
            called[name] += 1
            return work(*given, **named)

        monkeypatch.setattr(where, name, count)

    start = ready()
    for where, name in (
        (variants, "prepare"), (variants, "measure_base_delay"), (variants, "world_facts"), (variants, "pair_classes"),
        (build, "trade_shares"), (build, "measure_base_delay"), (Tables, "world"), (Tables, "systems"),
    ):  # fmt: skip
        counted(where, name)
    for after, expected in (
        (moved("bypass_share"), {"world_facts": 1}),
        (scenario("events.cut.at=2026-03-02 16:00Z"), {}),
        (scenario("horizon=2027-12"), {}),
        (moved("network_effect"), {"world_facts": 1, "measure_base_delay": 1}),
        (scenario("systems.CIPS.liquidity=0.05"), {"measure_base_delay": 1}),
        (scenario().model_copy(update={"events": ()}),
         {"world": 2, "pair_classes": 1, "world_facts": 1, "measure_base_delay": 1}),
    ):  # fmt: skip
        called.clear()
        varied(start, scenario(), after)
        assert called == expected
        called.clear()
        varied(start, scenario(), after, delays=False)
        assert called == {name: times for name, times in expected.items() if name != "measure_base_delay"}
    called.clear()
    varied(start, scenario(), scenario("start=2024-08"))
    assert called["prepare"] == called["trade_shares"] == called["systems"] == 1


@pytest.mark.parametrize("name", ["network_effect", "inertia", "finance_multiplier"])
def test_without_delays_only_their_own_series_stays_behind(name: str) -> None:
    found, anew = varied(ready(), scenario(), moved(name), delays=False), prepare(moved(name))
    assert unlike(anew, found) == ["prepared.base_delay"]
    assert unlike(line(anew), line(found), "record") == ["record[series][delay_hours][1]"]


def test_with_a_hub_delays_are_measured_all_the_same() -> None:
    after = with_event("hub_opened")
    assert unlike(prepare(after), varied(ready(), scenario(), after, delays=False)) == []


def test_an_unstable_base_is_refused() -> None:
    with pytest.raises(UnstableBaseError):
        varied(ready(), scenario(), scenario("behaviour.network_effect=1.2"))
