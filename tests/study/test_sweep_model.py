"""Studies of the real model: factors reach it, and what runs together changes nothing that matters."""

from pathlib import Path

import numpy as np
import pytest

from paysim.engine import run as engine
from paysim.engine.run import prepare, simulate_mean_field, simulate_points
from paysim.scenario.loading import load_scenario
from paysim.scenario.sweep_loading import load_sweep
from paysim.study.sweeps import sweep
from paysim.study.sweeps.points import Points
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.sweep import How, merge_sweeps, run_sweep
from paysim.study.sweeps.worker import run_task

CUTOFF = Path(__file__).parents[2] / "scenarios" / "cutoff.yaml"
ROUNDING = 1e-11
"""How far a value may differ with what runs beside it, relative: sums are added in another order (1e-13 was seen)."""

STUDY = """
format: 1
title: A study of the cut
question: Do factors reach the model?
base: cutoff.yaml
until: 2027-06
factors:
{factors}
design: {design}
{more}
outcomes:
  trade: {{series: trade_index, key: CHN, at: 2027-03}}
  lost: {{series: trade_index, key: CHN, over: [2026-12, 2027-06], reduce: min, relative_to: {{at: 2026-12}}}}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with the scenarios that a study starts from."""
    for name in ("cutoff", "decoupling", "cutoff_allies_refuse"):
        (tmp_path / f"{name}.yaml").write_text(CUTOFF.with_name(f"{name}.yaml").read_text())
    return tmp_path


def study(folder, *factors, design="{kind: grid}", more="", name="study"):
    lines = "\n".join(f"  f{number}: {factor}" for number, factor in enumerate(factors))
    path = folder / f"{name}.yaml"
    path.write_text(STUDY.format(factors=lines, design=design, more=more))
    return load_sweep(path)


def run(one, out, inline=True, **how):
    """Run a study, in this process unless its processes matter."""
    with pytest.MonkeyPatch.context() as patch:
        if inline:
            patch.setattr(sweep, "_run", run_here)
        return run_sweep(one, out, command="none", how=How(**how))


def run_here(points, todo, index, cache, *_):
    for task in sweep._tasks(points, todo):
        index.add(cache.write(task.name, run_task(engine, task)))


def test_a_slider_moves_an_outcome_and_an_inert_one_does_not(folder):
    one = study(
        folder,
        "{path: behaviour.bypass_share, values: [0 %, 30 %, 60 %]}",
        "{path: behaviour.hub_margin, values: [30 bp, 150 bp]}",  # no hub is open: nothing to take a margin of
    )
    trade = run(one, folder / "out").outcome("trade").reshape(3, 2)
    assert np.all(np.diff(trade[:, 0]) > 0.02)
    np.testing.assert_allclose(trade[:, 0], trade[:, 1], rtol=ROUNDING)


def test_a_scenario_as_level_and_an_event_as_factor_reach_the_model(folder):
    one = study(
        folder,
        "{scenarios: [cutoff.yaml, cutoff_allies_refuse.yaml]}",
        "{path: events.cut.banks, values: [100 %, 50 %]}",
    )
    trade = run(one, folder / "out").outcome("trade").reshape(2, 2)
    assert trade[0, 0] > trade[1, 0] + 0.02  # allies that refuse cost trade
    assert np.all(trade[:, 1] > trade[:, 0] + 0.02)  # half a cut costs less


def test_a_point_is_what_its_command_runs(folder):
    one = study(
        folder,
        "{path: behaviour.cost_sensitivity, range: [0.002 /bp, 0.02 /bp], distribution: log-uniform}",
        "{path: behaviour.cleared_in_cips, range: [45 %, 75 %]}",
        "{scenarios: [cutoff.yaml, cutoff_allies_refuse.yaml]}",
        design="{kind: latin-hypercube, n: 6}",
    )
    results, points = run(one, folder / "out"), Points(one)
    for point in (0, 3):
        file, changes = points.changes(point)
        scenario = load_scenario(file, changes).shortened("2027-06")
        (record,) = simulate_mean_field(prepare(scenario), 1, [0])
        place = list(record.months.astype(str)).index("2027-03")
        expected = record.values("trade_index", "CHN")[place]
        np.testing.assert_allclose(results.outcome("trade")[point, 0], expected, rtol=ROUNDING)


def test_fifty_points_together_are_each_what_it_is_alone():
    off = [f"uncertainty.{source}=false" for source in ("parameters", "latent_demand", "noise")]
    world = load_scenario(CUTOFF, off).shortened("2027-06")
    prepared = prepare(world)
    ranges = {name: getattr(world.behaviour, name) for name in ("cost_sensitivity", "network_effect", "bypass_share")}
    luck = np.random.default_rng(1).random((50, len(ranges)))
    points = [
        {
            name: spread.model_copy(
                update=dict.fromkeys(("best", "low", "high"), spread.quantile(float(u))) | {"distribution": "fixed"}
            )
            for (name, spread), u in zip(ranges.items(), row, strict=True)
        }
        for row in luck
    ]
    together = simulate_points(prepared, points, 1, [0])
    for place in (0, 17, 49):
        ((alone,),) = simulate_points(prepared, [points[place]], 1, [0])
        for name, (_, values) in alone.series.items():
            there = together[place][0].series[name][1]
            np.testing.assert_allclose(there, values, rtol=ROUNDING, atol=1e-12, err_msg=name)


def test_points_of_an_open_hub_have_the_delay_of_their_own_base():
    off = [f"uncertainty.{source}=false" for source in ("parameters", "latent_demand", "noise")]
    file = CUTOFF.with_name("cutoff_hub_open.yaml")
    prepared, points, expected = prepare(load_scenario(file, off).shortened("2027-04")), [], []
    for share in ("45 %", "75 %"):
        own = load_scenario(file, [*off, f"behaviour.cleared_in_cips={share}"]).shortened("2027-04")
        points.append({"cleared_in_cips": own.behaviour.cleared_in_cips})
        expected += simulate_mean_field(prepare(own), 1, [0])
    found = [one for (one,) in simulate_points(prepared, points, 1, [0])]
    for one, other in zip(found, expected, strict=True):
        for name, (_, values) in other.series.items():
            np.testing.assert_allclose(one.series[name][1], values, rtol=1e-9, atol=1e-12, err_msg=name)
    assert np.nanmax(np.abs(found[0].series["delay_hours"][1] - found[1].series["delay_hours"][1])) > 1e-3


def test_replicates_share_their_luck_between_points_and_differ_among_themselves(folder):
    one = study(
        folder,
        "{path: behaviour.bypass_share, values: [0 %, 60 %]}",
        more="replicates: 3\nvary: [parameters]",
    )
    trade = run(one, folder / "out").outcome("trade")
    assert trade.shape == (2, 3)
    assert len(np.unique(trade[0])) == 3
    assert np.all(trade[1] > trade[0])


def test_an_unstable_point_fails_as_it_does_by_itself(folder):
    one = study(folder, "{path: behaviour.network_effect, values: [0.3, 0.6, 1.2]}")
    results = run(one, folder / "out")
    (failure,) = results.failures()
    assert failure["point"] == "2"
    assert "1.2 of the tipping threshold" in failure["error"]
    assert not np.isnan(results.outcome("trade")[:2]).any()


@pytest.mark.slow
def test_serial_workers_shards_and_dask_agree_to_the_byte_on_the_real_model(folder):
    one = study(
        folder,
        "{path: behaviour.cost_sensitivity, range: [0.002 /bp, 0.02 /bp], distribution: log-uniform}",
        "{path: behaviour.network_effect, range: [0, 1.1]}",
        "{scenarios: [cutoff.yaml, cutoff_allies_refuse.yaml]}",
        design="{kind: latin-hypercube, n: 120}",
    )
    run(one, folder / "serial", inline=False, workers=1)
    run(one, folder / "two", inline=False, workers=2)
    run(one, folder / "dask", inline=False, workers=2, backend="dask")
    shards = [folder / f"shard{number}" for number in (1, 2, 3)]
    for number, out in enumerate(shards, start=1):
        run(one, out, inline=False, workers=1, shard=(number, 3))
    merge_sweeps(one, shards, folder / "merged", command="none")
    expected = (folder / "serial" / "study" / "outcomes.parquet").read_bytes()
    assert SweepResults(folder / "serial" / "study").failed > 0
    for name in ("two", "dask", "merged"):
        assert (folder / name / "study" / "outcomes.parquet").read_bytes() == expected, name
