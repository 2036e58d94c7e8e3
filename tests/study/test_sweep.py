import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import sweep_fakes

from paysim.errors import PaysimError, ResultsError
from paysim.scenario.sweep_loading import load_sweep
from paysim.study.sweeps import backends as sweep_backends
from paysim.study.sweeps import sweep
from paysim.study.sweeps.points import Points
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.sweep import How, merge_sweeps, run_sweep
from paysim.study.sweeps.worker import with_behaviour

DRIVER = Path(__file__).with_name("sweep_driver.py")
TABLES = ("sample.parquet", "sample.csv", "outcomes.parquet", "failures.csv", "manifest.json")


def run(file, out, engine=None, **how):
    """Run a study: in this process, unless workers are asked for."""
    engine = engine or sweep_fakes.Engine()
    with pytest.MonkeyPatch.context() as patch:
        if "workers" not in how:
            patch.setattr(sweep, "make_pool", lambda engine, *_: sweep_fakes.Inline(engine))
        return run_sweep(load_sweep(file), out, command="none", how=How(**how), engine=engine)


def tables(out):
    return {name: (Path(out) / "study" / name).read_bytes() for name in TABLES}


def driver(file, out, log, pause, backend="local", *more, **environment):
    words = [sys.executable, str(DRIVER), *map(str, (file, out, log, pause, backend, *more))]
    return subprocess.Popen(
        words, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def ended(process, status=0):
    _, said = process.communicate(timeout=120)
    assert process.returncode == status, said
    return said


def counts(log):
    return Counter(log.read_text().split()) if log.exists() else Counter()


def results_there(out):
    return [path for path in (out / "points").glob("*/*.json") if not path.name.startswith(".")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted study of 120 points, in three blocks."""
    folder = tmp_path_factory.mktemp("whole")
    file = sweep_fakes.study(folder)
    run(file, folder / "out", workers=1)
    return file, folder / "out"


def test_every_value_is_the_closed_form_of_its_own_factors(whole):
    results = SweepResults(whole[1] / "study")
    sample = results.sample()
    lam, by = (sample.column(name).to_numpy() for name in ("lam", "by"))
    np.testing.assert_allclose(results.outcome("trade")[:, 0], 1.0 + 0.5 * by / 100.0, rtol=1e-12)
    luck = sweep_fakes.record(0.0, 0.0, 1, 0).values("true_share", "CNY")[0]
    np.testing.assert_allclose(results.outcome("share")[:, 0], 10.0 * lam + luck, rtol=1e-12)
    table = pq.read_table(whole[1] / "study" / "outcomes.parquet")
    assert table.column_names == ["point", "lam", "by", "replicate", "outcome", "value"]
    assert table.num_rows == 2 * 120
    np.testing.assert_array_equal(table.column("lam").to_numpy()[::2], lam)


@pytest.mark.parametrize("how", [{"workers": 2}, {"workers": 2, "backend": "dask"}], ids=["two workers", "dask"])
def test_workers_and_backend_change_no_byte(whole, tmp_path, how):
    run(whole[0], tmp_path, **how)
    assert tables(tmp_path) == tables(whole[1])


def test_shards_run_every_block_once_and_merge_to_the_same_bytes(whole, tmp_path):
    file, shards = whole[0], [tmp_path / f"shard{number}" for number in (1, 2, 3, 4)]
    for number, out in enumerate(shards, start=1):
        results = run(file, out, sweep_fakes.Engine(log=tmp_path / "log"), shard=(number, 4))
        assert results.left == 0
    assert len(counts(tmp_path / "log")) == sum(counts(tmp_path / "log").values()) == 120
    merged = merge_sweeps(load_sweep(file), shards, tmp_path / "merged", command="none")
    assert merged.missing == 0
    assert tables(tmp_path / "merged") == tables(whole[1])
    partly = merge_sweeps(load_sweep(file), shards[1:], tmp_path / "partly", command="none")
    assert partly.missing == partly.left == 50


def test_merging_refuses_another_study(whole, tmp_path):
    (tmp_path / "a").mkdir()
    other = sweep_fakes.study(tmp_path / "a", n=30)
    run(other, tmp_path / "out")
    with pytest.raises(ResultsError, match="another study or version"):
        merge_sweeps(load_sweep(whole[0]), [whole[1], tmp_path / "out"], tmp_path / "merged", command="none")


def test_what_is_finished_is_never_computed_again_by_any_study_of_the_folder(tmp_path):
    for name, values in (("one", "10 %, 20 %, 30 %"), ("two", "10 %, 20 %, 30 %, 40 %")):
        (tmp_path / name).mkdir()
        text = sweep_fakes.STUDY.format(n=0, engine="events", kind="grid", more="replicates: 2\nname: " + name)
        text = text.replace(", n: 0", "").replace("range: [0 %, 60 %]", f"values: [{values}]")
        text = text.replace("range: [0.002 /bp, 0.02 /bp], distribution: log-uniform", "values: [0.003 /bp, 0.01 /bp]")
        (tmp_path / name / "study.yaml").write_text(text)
        (tmp_path / name / "base.yaml").write_text(sweep_fakes.BASE)
    engine = sweep_fakes.Engine(log=tmp_path / "log")
    run(tmp_path / "one" / "study.yaml", tmp_path / "out", engine)
    assert sum(counts(tmp_path / "log").values()) == 2 * 3 * 2
    run(tmp_path / "one" / "study.yaml", tmp_path / "out", engine)
    assert sum(counts(tmp_path / "log").values()) == 2 * 3 * 2
    results = run(tmp_path / "two" / "study.yaml", tmp_path / "out", engine)
    assert sum(counts(tmp_path / "log").values()) == 2 * 4 * 2  # only the fourth share is new
    assert results.missing == results.failed == 0
    table = tmp_path / "out" / "one" / "outcomes.parquet"
    stored = table.read_bytes()
    run(tmp_path / "one" / "study.yaml", tmp_path / "out", engine, fresh=True)
    assert sum(counts(tmp_path / "log").values()) == 2 * 4 * 2 + 2 * 3 * 2
    assert table.read_bytes() == stored


def test_another_seed_another_engine_and_other_code_are_other_points(tmp_path, monkeypatch):
    from paysim.study.sweeps import points as sweep_points

    keys = set()
    for number, more in enumerate(("", "seed: 2", "set: {start: 2024-06}", "vary: [noise]")):
        (tmp_path / str(number)).mkdir()
        keys.add(Points(load_sweep(sweep_fakes.study(tmp_path / str(number), n=4, more=more))).key(0))
    keys.add(Points(load_sweep(sweep_fakes.study(tmp_path, n=4, engine="events"))).key(0))
    monkeypatch.setattr(sweep_points, "code_digest", lambda: "d" * 64)
    keys.add(Points(load_sweep(tmp_path / "0" / "study.yaml")).key(0))
    assert len(keys) == 6


def test_a_key_is_that_of_the_scenario_as_the_command_would_load_it(whole):
    from paysim.scenario.loading import load_scenario
    from paysim.study.sweeps.points import _Digests

    points = Points(load_sweep(whole[0]))
    words = shlex.split(points.command(7))
    changes = [word for before, word in pairwise(words) if before == "--set"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    own = [f"{name}={options['--' + name]}" for name in ("engine", "replicates", "seed")]
    scenario = load_scenario(words[2], [*changes, *own])
    assert scenario == points.scenario(7)
    assert scenario.digest() == _Digests(points.world(7)).of(points.behaviour(7)) == points.scenario(7).digest()
    assert with_behaviour(points.world(7), {}).digest() != scenario.digest()


@pytest.mark.parametrize("place", ["middle:2", "rename:1", pytest.param("rename:3", marks=pytest.mark.slow)])
def test_a_driver_killed_while_it_writes_loses_what_was_under_way_and_nothing_else(whole, tmp_path, place):
    file, log = whole[0], tmp_path / "log"
    ended(driver(file, tmp_path / "out", log, 0, DIE_AT=place), -signal.SIGKILL)
    kept = len(results_there(tmp_path / "out"))
    assert kept == int(place[-1]) - 1
    assert not (tmp_path / "out" / "study").exists()
    ended(driver(file, tmp_path / "out", log, 0))
    assert tables(tmp_path / "out") == tables(whole[1])
    assert len(counts(log)) == 120
    assert sum(counts(log).values()) <= 120 + 50 * (3 - kept)
    assert max(counts(log).values()) <= 2


def interrupted(file, out, log, backend, moments, seed):
    """Kill a study at random moments, a worker or the driver, until one comes through; how often it was killed."""
    luck = np.random.default_rng(seed)
    for number in range(moments):
        process = driver(file, out, log, 0.002, backend)
        time.sleep(float(luck.uniform(0.1, 3.0)))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()
        assert not (out / "study").exists() or process.returncode == 0, number
        if process.returncode == 0:
            return number
    ended(driver(file, out, log, 0, backend))
    return moments


def check_resumed(file, out, log, kills, whole_out):
    assert tables(out) == tables(whole_out)
    done = counts(log)
    assert len(done) == 120
    # a kill costs at most the blocks that two workers were running, and those that waited to be written
    assert sum(done.values()) <= 120 + kills * 4 * 50


def test_a_study_killed_at_random_moments_ends_as_one_that_was_not(whole, tmp_path):
    kills = interrupted(whole[0], tmp_path / "out", tmp_path / "log", "local", 3, seed=1)
    check_resumed(whole[0], tmp_path / "out", tmp_path / "log", kills, whole[1])


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(10))
def test_a_study_killed_at_fifty_random_moments_ends_as_one_that_was_not(whole, tmp_path, batch):
    kills = interrupted(whole[0], tmp_path / "out", tmp_path / "log", "local", 5, seed=100 + batch)
    check_resumed(whole[0], tmp_path / "out", tmp_path / "log", kills, whole[1])


def test_a_killed_worker_costs_the_block_it_ran(whole, tmp_path):
    engine = sweep_fakes.Engine(log=tmp_path / "log", kill=0.012, once=tmp_path / "once")
    run(whole[0], tmp_path / "out", engine, workers=2)
    assert (tmp_path / "once").exists()
    assert tables(tmp_path / "out") == tables(whole[1])
    assert sum(counts(tmp_path / "log").values()) <= 120 + 4 * 50


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["mean-field", "events"])
def test_a_point_that_always_kills_its_worker_does_not_stop_the_others(tmp_path, engine):
    file = sweep_fakes.study(tmp_path, n=12, engine=engine)
    results = run(file, tmp_path / "out", sweep_fakes.Engine(kill=0.017), workers=2)
    lam = results.sample().column("lam").to_numpy()
    np.testing.assert_array_equal(np.isnan(results.outcome("trade")[:, 0]), lam >= 0.017)
    assert 0 < results.failed == (lam >= 0.017).sum()
    assert all("worker process ended" in failure["error"] for failure in results.failures())


@pytest.mark.slow
def test_if_every_worker_dies_the_study_says_so(tmp_path):
    file = sweep_fakes.study(tmp_path, n=12, engine="events")
    with pytest.raises(PaysimError, match="ended 3 times without finishing a point"):
        run(file, tmp_path / "out", sweep_fakes.Engine(kill=0.0), workers=1)


@pytest.mark.parametrize("engine", ["mean-field", "events"])
def test_a_failing_point_is_told_with_its_command_and_the_rest_is_run(whole, tmp_path, engine):
    file = sweep_fakes.study(tmp_path, n=60, engine=engine)
    log = tmp_path / "log"
    results = run(file, tmp_path / "out", sweep_fakes.Engine(broken=0.012, log=log))
    lam = results.sample().column("lam").to_numpy()
    bad = np.flatnonzero(lam >= 0.012)
    assert [int(failure["point"]) for failure in results.failures()] == bad.tolist()
    assert len(bad) > 5
    for failure in results.failures():
        assert failure["error"] == f"{lam[int(failure['point'])]} cannot be"
        assert failure["command"] == Points(load_sweep(file)).command(int(failure["point"]))
    assert np.isnan(results.outcome("trade")[bad]).all()
    assert not np.isnan(np.delete(results.outcome("trade"), bad, axis=0)).any()
    before = sum(counts(log).values())
    run(file, tmp_path / "out", sweep_fakes.Engine(log=log))  # the model's own error would be the same again
    assert sum(counts(log).values()) == before


def test_an_error_that_is_not_the_models_own_is_tried_again(tmp_path):
    file, mend = sweep_fakes.study(tmp_path, n=30), tmp_path / "mended"
    engine = sweep_fakes.Engine(broken=0.012, known=False, mend=mend, log=tmp_path / "log")
    first = run(file, tmp_path / "out", engine)
    assert all("ArithmeticError" in failure["error"] for failure in first.failures())
    finished = counts(tmp_path / "log")
    mend.touch()
    assert first.failed > 0
    assert run(file, tmp_path / "out", engine).failed == 0
    assert all(count == finished[name] for name, count in counts(tmp_path / "log").items() if name in finished)


def test_a_point_that_is_no_scenario_fails_alone(tmp_path):
    file = sweep_fakes.study(tmp_path, n=0, kind="grid")
    text = file.read_text().replace(", n: 0", "").replace("range: [0 %, 60 %]", "values: [0 %, 30 %]")
    text = text.replace("path: behaviour.cost_sensitivity, range: [0.002 /bp, 0.02 /bp], distribution: log-uniform",
                        "path: events.cut.at, values: [2024-08, 2024-10]")  # fmt: skip
    file.write_text(text.replace("design:", "  until: {path: events.cut.until, values: [2024-09, 2024-12]}\ndesign:"))
    cut = "events: [{id: cut, kind: disconnection, network: SWIFT, groups: [CHN], at: 2024-08, until: 2024-12}]\n"
    (tmp_path / "base.yaml").write_text(sweep_fakes.BASE + cut)
    results = run(file, tmp_path / "out")
    assert results.manifest["points"] == 8
    assert results.failed == 2
    assert all("must be later than at" in failure["error"] for failure in results.failures())


def test_the_first_points_alone_and_then_all_cost_no_point_twice(whole, tmp_path):
    engine = sweep_fakes.Engine(log=tmp_path / "log")
    first = run(whole[0], tmp_path / "out", engine, limit=10)
    assert first.manifest["finished"] == 10
    assert first.missing == 110
    assert first.left == 0
    run(whole[0], tmp_path / "out", engine)
    assert set(counts(tmp_path / "log").values()) == {1}
    assert tables(tmp_path / "out") == tables(whole[1])


def test_a_time_limit_keeps_what_is_finished(whole, tmp_path):
    log = tmp_path / "log"
    results = run(whole[0], tmp_path / "out", sweep_fakes.Engine(pause=0.01, log=log), time_limit=0.1)
    assert results.left == 20  # two blocks of fifty were handed out before the limit came
    assert results.manifest["finished"] == 100
    run(whole[0], tmp_path / "out", sweep_fakes.Engine(log=log))
    assert set(counts(log).values()) == {1}
    assert tables(tmp_path / "out") == tables(whole[1])


@pytest.mark.slow
def test_a_time_limit_ends_what_is_under_way(tmp_path):
    file = sweep_fakes.study(tmp_path, n=4, engine="events")
    began = time.monotonic()
    results = run(file, tmp_path / "out", sweep_fakes.Engine(pause=300.0), time_limit=3.0, workers=2)
    assert time.monotonic() - began < 60.0
    assert results.left == 4


def test_an_unreadable_result_is_computed_again(whole, tmp_path):
    run(whole[0], tmp_path / "out")
    torn = sorted(results_there(tmp_path / "out"))[1]
    torn.write_text(torn.read_text()[:100])
    run(whole[0], tmp_path / "out")
    assert tables(tmp_path / "out") == tables(whole[1])
    assert json.loads(torn.read_text())["points"]


def test_nothing_of_somebody_else_is_replaced(tmp_path):
    file = sweep_fakes.study(tmp_path, n=4)
    (tmp_path / "out" / "study").mkdir(parents=True)
    (tmp_path / "out" / "study" / "thesis.txt").write_text("mine")
    with pytest.raises(ResultsError, match="did not write"):
        run(file, tmp_path / "out")


def test_memory_grows_by_little_more_than_the_sample(tmp_path):
    import tracemalloc

    def peak(n):
        file = sweep_fakes.study(tmp_path, n=n)
        run(file, tmp_path / f"out{n}")
        tracemalloc.start()
        run(file, tmp_path / f"out{n}", fresh=False, limit=n)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(50)
    small, large = peak(100), peak(500)
    assert (large - small) / 400 < 6000  # bytes a point


@pytest.mark.slow
def test_a_dask_worker_that_is_killed_costs_its_block(whole, tmp_path):
    engine = sweep_fakes.Engine(log=tmp_path / "log", kill=0.012, once=tmp_path / "once")
    run(whole[0], tmp_path / "out", engine, workers=2, backend="dask")
    assert (tmp_path / "once").exists()
    assert tables(tmp_path / "out") == tables(whole[1])


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers as processes of their own; `start` starts what is not running."""
    running, port = {}, 18000 + os.getpid() % 1000
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(DRIVER.parent)}

    def start(name):
        words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
        words += ["--no-dashboard"]
        if name != "scheduler":
            words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
            words += ["--host", "127.0.0.1", "--local-directory", str(tmp_path / name), "--death-timeout", "60"]
        running[name] = subprocess.Popen(
            words, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def kill(name):
        os.killpg(running[name].pid, signal.SIGKILL)
        running[name].wait()

    for name in ("scheduler", "one", "two"):
        start(name)
    yield address, start, kill
    for name in running:
        if running[name].poll() is None:
            kill(name)


@pytest.mark.slow
def test_a_scheduler_that_is_restarted_costs_what_was_under_way(whole, tmp_path, cluster):
    address, start, kill = cluster
    log = tmp_path / "log"
    process = driver(whole[0], tmp_path / "out", log, 0.05, "dask", address)
    end = time.monotonic() + 60
    while len(counts(log)) < 60:
        assert time.monotonic() < end
        time.sleep(0.1)
    for name in ("scheduler", "one", "two"):
        kill(name)
    for name in ("scheduler", "one", "two"):
        start(name)
    ended(process)
    assert tables(tmp_path / "out") == tables(whole[1])


@pytest.mark.parametrize(
    ("address", "insecure", "read"),
    [
        ("tcp://127.0.0.1:8786", False, "tcp://127.0.0.1:8786"),
        ("localhost:8786", False, "tcp://localhost:8786"),
        ("tcp://[::1]:8786", False, "tcp://[::1]:8786"),
        ("tls://cluster.example:8786", False, "tls://cluster.example:8786"),
        ("tcp://10.0.0.5:8786", True, "tcp://10.0.0.5:8786"),
        ("tcp://10.0.0.5:8786", False, None),
        ("cluster.example:8786", False, None),
        ("tcp://127.0.0.1", False, None),
        ("http://127.0.0.1:8786", False, None),
    ],
)
def test_a_scheduler_of_another_machine_needs_tls_or_leave(address, insecure, read):
    if read is not None:
        assert sweep_backends.check_scheduler(address, insecure) == read
        return
    with pytest.raises(PaysimError, match="--scheduler"):
        sweep_backends.check_scheduler(address, insecure)
