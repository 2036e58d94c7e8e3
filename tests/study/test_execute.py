import os

import pytest
from fake_tasks import die, die_once, start, touch

from paysim.errors import PaysimError
from paysim.study.execute import ROUNDS_WITHOUT_PROGRESS, Workers, worker_count


def run(function, folder, tasks, workers=1):
    done = []

    def missing():
        return [task for task in tasks if not (folder / str(task)).exists()]

    with Workers(workers, start, (folder,)) as pool:
        pool.run(function, missing, done.append)
    return done


def test_every_task_is_run_once_in_another_process_with_one_thread(tmp_path):
    assert sorted(run(touch, tmp_path, [1, 2, 3])) == [1, 2, 3]
    assert (tmp_path / "1").read_text() == "1 1"


def test_tasks_that_a_killed_worker_left_are_run_again(tmp_path):
    run(die_once, tmp_path, [1, 2, 3, 4])
    assert all((tmp_path / str(task)).exists() for task in (1, 2, 3, 4))
    assert (tmp_path / "died-2").exists()


def test_workers_that_always_die_end_the_run_with_a_reason_and_not_for_ever(tmp_path):
    with pytest.raises(PaysimError, match=f"ended {ROUNDS_WITHOUT_PROGRESS} times"):
        run(die, tmp_path, [1])
    assert (tmp_path / "rounds").read_text() == "x" * ROUNDS_WITHOUT_PROGRESS


def test_what_a_task_raises_reaches_the_caller(tmp_path):
    with pytest.raises(FileNotFoundError):
        run(touch, tmp_path / "nowhere", [1])


def test_as_many_workers_as_asked_else_one_a_core():
    assert worker_count(3) == 3
    assert 1 <= worker_count(None) <= os.cpu_count()
