"""Tasks on several cores, with workers that may die without taking finished work along.

joblib's loky pool is used without `joblib.Parallel` around it: that runs a single worker inside the calling process,
where numpy may use as many threads as it likes, so that one worker and two could differ in the last bit.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from types import TracebackType
from typing import Any, Generic, TypeVar

from joblib.externals.loky import ProcessPoolExecutor, cpu_count
from joblib.externals.loky.process_executor import BrokenProcessPool

from paysim.errors import PaysimError

Task = TypeVar("Task")

ROUNDS_WITHOUT_PROGRESS = 3
"""How often all workers may die without finishing a single task before the run gives up."""

_LOOK = 0.5
"""Seconds after which a worker looks again whether its parent is alive."""

_AHEAD = 2
"""Tasks handed to the pool for every worker: one to run, one to go on with."""

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}


def worker_count(asked: int | None) -> int:
    """Count the worker processes: as asked, else one for every core that this process may use."""
    return int(cpu_count()) if asked is None else asked


def _start(start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    # Ctrl-C on a terminal reaches the workers too; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    start(*arguments)


def _end_with(parent: int) -> None:
    """End this worker when its parent has gone: a parent that was killed cannot tell it to."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def process_pool(count: int, start: Callable[..., None], arguments: tuple[Any, ...] = ()) -> ProcessPoolExecutor:
    """Worker processes with one thread each, started by ``start(*arguments)``, that end when this process does."""
    return ProcessPoolExecutor(count, initializer=_start, initargs=(start, arguments), env=_ONE_THREAD)


class Workers(Generic[Task]):
    """A pool of worker processes, each started once with what all tasks share.

    count : worker processes
    start, arguments : called as ``start(*arguments)`` in every new worker before its first task
    """

    def __init__(self, count: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._count = count
        self._initial = (start, arguments)
        self._pool: Any = None

    def __enter__(self) -> Workers[Task]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop(kill=kind is not None)

    def run(
        self,
        function: Callable[[Task], None],
        missing: Callable[[], Sequence[Task]],
        finished: Callable[[Task], None],
    ) -> None:
        """Call the function for every task that is missing, and again for those that a killed worker left.

        Raises what the function raises, and PaysimError if workers die again and again without finishing a task.
        """
        deaths = 0
        tasks = missing()
        while tasks:
            try:
                self._round(function, tasks, finished)
            except BrokenProcessPool as error:
                self._drop(kill=True)
                left = missing()
                deaths = deaths + 1 if len(left) == len(tasks) else 1
                if deaths == ROUNDS_WITHOUT_PROGRESS:
                    raise PaysimError(
                        f"worker processes ended {deaths} times without finishing a replicate (out of memory?); "
                        "what is finished is kept, and the same command goes on from there"
                    ) from error
                tasks = left
            else:
                return

    def _round(self, function: Callable[[Task], None], tasks: Sequence[Task], finished: Callable[[Task], None]) -> None:
        if self._pool is None:
            self._pool = process_pool(self._count, *self._initial)
        waiting = iter(tasks)
        running: dict[Future[None], Task] = {}
        while True:
            # Few at a time: loky's thread dies with a traceback if work is queued when workers are told to stop.
            for task in islice(waiting, _AHEAD * self._count - len(running)):
                running[self._pool.submit(function, task)] = task
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                future.result()
                finished(running.pop(future))

    def _drop(self, kill: bool) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=kill)
            self._pool = None
