"""The same seed gives the same bytes anywhere, replicates differ, and scenarios share their luck."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from telling import ALL_LUCK, SCENARIOS, Tell, different

from paysim.engine.draws import draw
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.run import prepare
from paysim.engine.simulation import simulate
from paysim.scenario.loading import load_scenario

Engine = Callable[[Prepared], Record]

SHORT = (
    "horizon=2024-10",
    "events[cut].at=2024-08-05 16:00Z",
    "events[hub].at=2024-08-05 16:00Z",
    "traffic.payments_per_month=2000",
)


def digest(record: Record) -> str:
    """A hash of all series and facts of a record."""
    sha = hashlib.sha256()
    for name, (keys, values) in sorted(record.series.items()):
        sha.update(repr((name, keys)).encode() + values.tobytes())
    sha.update(repr(sorted(record.facts.items())).encode())
    return sha.hexdigest()


def both_digests() -> str:
    """Hashes of a short run of either engine, made from the file."""
    prepared = prepare(load_scenario(SCENARIOS / "cutoff_hub_open.yaml", SHORT))
    return f"{digest(simulate(prepared, 7, 3))} {digest(simulate_ensemble(prepared, 7, [3])[0])}"


def test_other_processes_with_other_hash_seeds_make_the_same_bytes() -> None:
    here = Path(__file__).parent
    code = f"import sys; sys.path.insert(0, {str(here)!r}); import test_repeatability as t; print(t.both_digests())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("0", "4711")
    ]
    printed = [process.communicate(timeout=300)[0].strip() for process in started]
    assert printed == [both_digests()] * 2


def test_replicates_differ_and_repeat(tell: Tell) -> None:
    prepared = tell("horizon=2024-09", parent="business_as_usual")
    zero, one, again = (simulate(prepared, 1, replicate) for replicate in (0, 1, 0))
    assert digest(zero) == digest(again)
    assert digest(zero) != digest(one)
    for name in ("cost_sensitivity", "inertia", "bypass_share"):
        assert zero.facts[name] != one.facts[name]
    assert (zero.values("tracker_share", "CNY") != one.values("tracker_share", "CNY")).all()
    assert digest(simulate(prepared, 2, 0)) != digest(zero)


def test_ensembles_do_not_depend_on_what_else_is_in_them(tell: Tell) -> None:
    prepared = tell("horizon=2024-09", parent="business_as_usual")
    alone = simulate_ensemble(prepared, 1, [4])[0]
    among = simulate_ensemble(prepared, 1, [2, 4, 9])[1]
    for name, (_, values) in alone.series.items():
        np.testing.assert_allclose(values, among.series[name][1], rtol=1e-9, atol=1e-12, err_msg=name)


def test_two_scenarios_share_their_luck(tell: Tell) -> None:
    usual = draw(tell("horizon=2027-01", parent="business_as_usual"), 1, [0, 5], ALL_LUCK)
    cut = draw(tell("horizon=2027-01", parent="cutoff"), 1, [0, 5], ALL_LUCK)
    assert np.array_equal(usual.noise, cut.noise)
    assert np.array_equal(usual.latent, cut.latent)
    assert (usual.noise != 0.0).any()
    assert (usual.latent != 0.0).any()
    for name, values in vars(usual.parameters).items():
        assert np.array_equal(values, getattr(cut.parameters, name)), name


def test_a_source_of_luck_is_switched_without_touching_the_others(tell: Tell) -> None:
    prepared = tell("horizon=2024-09", parent="business_as_usual")
    everything = draw(prepared, 1, [3], ALL_LUCK)
    for source in ALL_LUCK:
        rest = draw(prepared, 1, [3], [other for other in ALL_LUCK if other != source])
        same_parameters = rest.parameters.cost_sensitivity == everything.parameters.cost_sensitivity
        assert same_parameters.all() == (source != "parameters")
        assert np.array_equal(rest.noise, everything.noise) == (source != "noise")
        assert np.array_equal(rest.latent, everything.latent) == (source != "latent_demand")


def horizons(tell: Tell, engine: Engine) -> tuple[Record, Record]:
    """The same story to October 2024 and to January 2025."""
    short, long = (
        engine(tell(f"horizon={end}", *SHORT[1:], parent="cutoff_hub_open")) for end in ("2024-10", "2025-01")
    )
    return short, long


def events(prepared: Prepared) -> Record:
    return simulate(prepared, 1, 2)


def mean_field(prepared: Prepared) -> Record:
    return simulate_ensemble(prepared, 1, [2])[0]


@pytest.mark.parametrize("engine", [events, mean_field])
def test_a_longer_horizon_leaves_earlier_months_alone(tell: Tell, engine: Engine) -> None:
    short, long = horizons(tell, engine)
    assert different(short, long, slice(0, len(short.months) - 1)) == []


@pytest.mark.parametrize("engine", [events, mean_field])
def test_the_last_month_does_not_know_that_it_is_the_last(tell: Tell, engine: Engine) -> None:
    short, long = horizons(tell, engine)
    last = len(short.months) - 1
    assert different(short, long, slice(last, last + 1)) == []
