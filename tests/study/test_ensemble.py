import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fakes
import numpy as np
import pytest

from paysim.errors import PaysimError
from paysim.study import ensemble
from paysim.study.ensemble import band_tasks, main_tasks, run_ensemble
from paysim.study.progress import Progress

DRIVER = Path(__file__).with_name("driver.py")


def run(out, made_by=None, workers=1, **changes):
    return run_ensemble(fakes.small(**changes), out, command="none", workers=workers, engine=made_by or fakes.Engine())


def contents(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).iterdir()}


def driver(out, replicates, pause, log, *more, **environment):
    words = [sys.executable, str(DRIVER), str(out), str(replicates), str(pause), str(log), *map(str, more)]
    return subprocess.Popen(words, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True)


def ended(process, status=0):
    """Wait for the end with this exit status; what was said on the way."""
    _, said = process.communicate(timeout=60)
    assert process.returncode == status, said
    return said


def lines(log):
    return log.read_text().split() if log.exists() else []


def wait_for(count, log, seconds=60):
    end = time.monotonic() + seconds
    while len(lines(log)) < count:
        assert time.monotonic() < end, "the run did not get under way"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run of twelve replicates."""
    out = tmp_path_factory.mktemp("whole") / "run"
    run(out, replicates=12)
    return out


def test_values_are_those_of_the_engine_replicate_by_replicate(whole):
    from paysim.study.results import load_results

    results = load_results(whole)
    _, found = results.values("true_share", "CNY")
    expected = [fakes.record(fakes.small(), 1, r, fakes.SOURCES).values("true_share", "CNY") for r in range(12)]
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found[:, 0])) == 12  # no two replicates alike


def test_each_source_of_uncertainty_has_a_band_of_its_own(tmp_path):
    results = run(tmp_path / "run", replicates=60)
    assert results.sources() == ("all", "none", *fakes.SOURCES)
    for source in fakes.SOURCES:
        records = [fakes.record(fakes.small(), 1, r, (source,)).values("true_share", "USD") for r in range(60)]
        _, found = results.quantiles("true_share", "USD", source)
        np.testing.assert_allclose(found[0.95], np.quantile(records, 0.95, axis=0), rtol=1e-12)
    _, none = results.quantiles("true_share", "USD", "none")
    np.testing.assert_array_equal(none[0.05], none[0.95])
    np.testing.assert_allclose(none[0.5][0], 0.5)


def test_a_source_that_the_scenario_switches_off_is_in_no_band(tmp_path):
    results = run(tmp_path / "run", fakes.Engine(), switched=("noise",), engine="mean-field")
    assert results.sources() == ("all", "none", "noise")
    _, band = results.quantiles("true_share", "USD", "all")
    _, noise = results.quantiles("true_share", "USD", "noise")
    np.testing.assert_array_equal(band[0.95], noise[0.95])


def test_chunks_of_the_mean_field_hold_every_replicate_once_and_do_not_depend_on_workers():
    tasks = main_tasks(fakes.small(engine="mean-field", replicates=120))
    assert [replicate for task in tasks for replicate in task.replicates] == list(range(120))
    assert max(len(task.replicates) for task in tasks) == ensemble.CHUNK


def test_single_sources_get_as_many_draws_as_the_run_but_not_more_than_enough():
    for replicates, draws in ((7, 7), (1000, ensemble.SOURCE_DRAWS)):
        tasks = [task for task in band_tasks(fakes.small(replicates=replicates)) if task.band == "noise"]
        assert sum(len(task.replicates) for task in tasks) == draws


def test_one_worker_and_two_and_any_hash_seed_give_the_same_bytes(tmp_path, whole):
    for place, (workers, seed) in enumerate(((1, "1"), (2, "2"))):
        process = driver(tmp_path / str(place), 12, 0, tmp_path / "log", workers, PYTHONHASHSEED=seed)
        ended(process)
        assert contents(tmp_path / str(place)) == contents(whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_nothing_half_written_and_goes_on_where_it_stopped(tmp_path, whole, number):
    out, log = tmp_path / "run", tmp_path / "log"
    process = driver(out, 12, 0.15, log)
    wait_for(5, log)
    process.send_signal(number)
    assert "Stopped" in ended(process, 128 + number)
    assert not out.exists()
    (partial,) = (path for path in tmp_path.iterdir() if path.name.endswith(".partial"))
    kept = sorted(path.name for path in (partial / "all").glob("[0-9]*.parquet"))
    assert 3 <= len(kept) < 12
    before = len(lines(log))
    ended(driver(out, 12, 0, log))
    assert len(lines(log)) - before == 12 - len(kept)  # only what was missing is run
    assert contents(out) == contents(whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "run"]


def test_a_run_killed_outright_goes_on_as_well(tmp_path, whole):
    out, log = tmp_path / "run", tmp_path / "log"
    process = driver(out, 12, 0.15, log)
    wait_for(5, log)
    process.kill()
    ended(process, -signal.SIGKILL)
    time.sleep(0.5)  # its workers end what they are at
    before = len(lines(log))
    ended(driver(out, 12, 0, log))
    assert len(lines(log)) - before < 12
    assert contents(out) == contents(whole)


def test_a_killed_worker_costs_no_replicate(tmp_path, whole):
    engine = fakes.Engine(kill=4, once=tmp_path / "died")
    run(tmp_path / "run", engine, workers=2, replicates=12)
    assert (tmp_path / "died").exists()
    assert contents(tmp_path / "run") == contents(whole)


def test_a_replicate_that_always_kills_its_worker_ends_the_run_and_keeps_the_others(tmp_path):
    with pytest.raises(PaysimError, match="kept"):
        run(tmp_path / "run", fakes.Engine(kill=2, always=True), replicates=4)
    assert not (tmp_path / "run").exists()
    (partial,) = tmp_path.iterdir()
    assert (partial / "all" / "000000.parquet").exists()


def test_what_an_engine_raises_is_not_hidden_and_the_next_run_goes_on(tmp_path):
    with pytest.raises(ArithmeticError, match="replicate 3 cannot be"):
        run(tmp_path / "run", fakes.Engine(broken=3), replicates=4)
    log = tmp_path / "log"
    run(tmp_path / "run", fakes.Engine(log=log), replicates=4)
    assert lines(log) == ["3"]


def test_progress_is_told_every_replicate_once_and_of_what_was_kept(tmp_path):
    class Listener(Progress):
        def __init__(self):
            self.phases = []

        def start(self, label, total, done=0):
            self.phases.append([total, done])

        def advance(self, count):
            self.phases[-1][1] += count

    with pytest.raises(ArithmeticError):
        run(tmp_path / "run", fakes.Engine(broken=3), replicates=4)
    listener = Listener()
    run_ensemble(fakes.small(replicates=4), tmp_path / "run", command="none", engine=fakes.Engine(), progress=listener)
    assert listener.phases == [[4, 4], [13, 13]]


def test_another_seed_gives_other_values_and_more_replicates_leave_the_first_as_they_were(tmp_path, whole):
    from paysim.study.results import load_results

    first = load_results(whole).values("true_share", "CNY")[1]
    other = run(tmp_path / "seed", seed=2, replicates=3).values("true_share", "CNY")[1]
    fewer = run(tmp_path / "fewer", replicates=3).values("true_share", "CNY")[1]
    assert not np.isin(other, first).any()
    np.testing.assert_array_equal(fewer, first[:3])


MEMORY = """
import resource, sys
from pathlib import Path
import fakes
from paysim.study.ensemble import run_ensemble
if __name__ == "__main__":
    scenario = fakes.small(replicates=int(sys.argv[1]), months=120, keys=120, switched=())
    run_ensemble(scenario, Path(sys.argv[2]), command="none", workers=1, engine=fakes.Engine())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units elsewhere")
def test_memory_does_not_grow_with_replicates(tmp_path):
    peaks = []
    for replicates in (40, 400):
        words = [sys.executable, "-c", MEMORY, str(replicates), str(tmp_path / f"run{replicates}")]
        ended = subprocess.run(words, cwd=DRIVER.parent, capture_output=True, text=True, check=True)
        peaks.append(int(ended.stdout))
    # 360 more replicates of 16,000 rows of 24 bytes are 138 MB in memory; the blocks of quantiles may grow to 16 MB,
    # their sorted copy to as much again.
    assert peaks[1] - peaks[0] < 60
