"""Where the points of a study run: worker processes of this machine, or a Dask cluster, behind one small interface.

Results travel back to the one process that writes them, so that a cluster needs no shared folder.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from functools import partial
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

from joblib.externals.loky.process_executor import BrokenProcessPool

from paysim.errors import InputError, PaysimError
from paysim.study.execute import process_pool
from paysim.study.sweeps.worker import Engine, Finding, Task, run_task

BACKENDS = ("local", "dask")

_AHEAD = 2
"""Blocks handed out for every worker: one to run, one to go on with."""

_DEATHS = 2
"""How often a block may be under way when workers die before it is run alone."""

_LOST_AT_FIRST = 3
"""Points that end their worker one after the other, with none finished ever, before the study gives up."""

_BREAKS = 20
"""How often workers may be lost one time after the other, with nothing finished or given up between."""

_RETURN = 60.0
"""Seconds in which a scheduler that is gone may come back."""

_KEPT = "the same command goes on from what is finished"

Found = Callable[[Task, list[Finding]], None]


class Broken(Exception):
    """All that was handed out is gone; nothing is said about who did it."""

    def __init__(self, suspicious: bool) -> None:
        super().__init__()
        self.suspicious = suspicious
        """Whether one of the blocks that were under way may have ended its worker."""


class Killed(Exception):
    """The block is known to have ended its worker, again and again."""


class Pool(Protocol):
    """Workers to which blocks are handed."""

    @property
    def count(self) -> int:
        """Number of workers."""

    def submit(self, task: Task) -> Future[list[Finding]]:
        """Hand a block out; raises Broken."""

    def findings(self, future: Future[list[Finding]]) -> list[Finding]:
        """What came of it; raises Broken or Killed."""

    def renew(self) -> None:
        """Start again after it broke; raises PaysimError where that cannot be."""

    def close(self, kill: bool) -> None:
        """Let the workers go, at once if what is under way is given up."""


class LocalPool:
    """Worker processes of this machine."""

    def __init__(self, engine: Engine, count: int) -> None:
        self.count = count
        self._run = partial(run_task, engine)
        self._pool: Any = None

    def submit(self, task: Task) -> Future[list[Finding]]:
        """Hand a block out."""
        if self._pool is None:
            self._pool = process_pool(self.count, _ready)
        try:
            future: Future[list[Finding]] = self._pool.submit(self._run, task)
        except BrokenProcessPool as error:
            raise Broken(suspicious=True) from error
        return future

    def findings(self, future: Future[list[Finding]]) -> list[Finding]:
        """What came of it."""
        try:
            return future.result()
        except (BrokenProcessPool, CancelledError) as error:
            raise Broken(suspicious=True) from error

    def renew(self) -> None:
        """Start new workers with the next block."""
        self.close(kill=True)

    def close(self, kill: bool) -> None:
        """Let the workers go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=kill)
            self._pool = None


def _ready() -> None:
    """Nothing is shared by all blocks."""


class DaskPool:
    """A Dask cluster: one of this machine, or the one of a scheduler.

    Raises PaysimError where distributed is not installed, nobody answers, or no worker has joined.
    """

    def __init__(self, engine: Engine, count: int, address: str | None) -> None:
        try:
            import distributed
        except ImportError:
            raise PaysimError(
                "Dask distributed is not installed: pip install 'paysim[cluster]', or leave --backend local"
            ) from None
        self._dask, self._run, self._address = distributed, partial(run_task, engine), address
        self._cluster: Any = None
        if address is None:
            self._cluster = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs="CRITICAL",
            )
        self._client: Any = None
        self._connect(_RETURN)

    @property
    def count(self) -> int:
        """Threads of all workers that have joined."""
        return max(1, int(sum(self._client.nthreads().values())))

    def _connect(self, seconds: float) -> None:
        where = self._cluster if self._cluster is not None else self._address
        try:
            self._client = self._dask.Client(  # type: ignore[no-untyped-call]
                where, timeout=seconds, set_as_default=False
            )
            self._client.wait_for_workers(1, timeout=seconds)
        except (OSError, TimeoutError) as error:
            self.close(kill=True)
            raise PaysimError(f"{self._address or 'the local cluster'}: no scheduler with a worker answers") from error
        self._executor = self._client.get_executor(pure=False)

    def submit(self, task: Task) -> Future[list[Finding]]:
        """Hand a block out."""
        try:
            future: Future[list[Finding]] = self._executor.submit(self._run, task)
        except (OSError, RuntimeError, CancelledError, TimeoutError) as error:
            raise Broken(suspicious=False) from error
        return future

    def findings(self, future: Future[list[Finding]]) -> list[Finding]:
        """What came of it."""
        try:
            return future.result()
        except self._dask.KilledWorker as error:
            raise Killed from error
        except (OSError, CancelledError, TimeoutError) as error:
            raise Broken(suspicious=False) from error

    def renew(self) -> None:
        """Look for the scheduler again: it may have been restarted."""
        self._client.close(timeout=1)
        self._connect(_RETURN)

    def close(self, kill: bool) -> None:
        """Leave the cluster; the one of this machine ends."""
        for one in (self._client, self._cluster):
            if one is not None:
                one.close(timeout=10)


def make_pool(engine: Engine, backend: str, count: int, scheduler: str | None) -> Pool:
    """Give the workers of a backend."""
    if backend == "local":
        return LocalPool(engine, count)
    return DaskPool(engine, count, scheduler)


def check_scheduler(address: str, insecure: bool) -> str:
    """Read the address of a scheduler, with its protocol; InputError where it is none, or anybody might listen.

    A scheduler without TLS runs what anyone sends who reaches its port.
    """
    text = address if "://" in address else f"tcp://{address}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme not in ("tcp", "tls", "ws", "wss"):
        raise InputError(f"--scheduler: expected an address such as tcp://127.0.0.1:8786, got {address!r}")
    if parts.scheme in ("tls", "wss") or _loopback(host) or insecure:
        return text
    raise InputError(
        f"--scheduler: {text} is another machine and not encrypted: expected tls://{host}:{port}, or --insecure "
        "where nobody else can reach that network"
    )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Handing:
    """Hands blocks to workers and takes findings back, whatever becomes of the workers.

    found : called with every block and what came of it
    deadline : of the monotonic clock, at which what is under way is given up; None for none
    """

    def __init__(self, pool: Pool, found: Found, deadline: float | None = None) -> None:
        self._pool, self._found, self._deadline = pool, found, deadline
        self._running: dict[Future[list[Finding]], Task] = {}
        self._again: deque[Task] = deque()
        self._alone: deque[Task] = deque()
        self._deaths: dict[str, int] = {}
        self._finished = self._lost = self._breaks = 0

    def __enter__(self) -> Handing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close(kill=kind is not None or bool(self._running))

    def run(self, tasks: Iterable[Task]) -> bool:
        """Run all blocks; False if the deadline came first."""
        waiting = iter(tasks)
        while True:
            if self._late():
                self._harvest()
                return False
            try:
                self._fill(waiting)
                if not self._running:
                    return True
                self._take()
            except Broken as broken:
                self._start_again(broken)

    def _fill(self, waiting: Iterator[Task]) -> None:
        """Hand out a few at a time; blocks that may end their worker one by one, after all others."""
        while len(self._running) < _AHEAD * self._pool.count:
            task = self._again.popleft() if self._again else next(waiting, None)
            if task is None and not self._running and self._alone:
                task = self._alone[0]
            if task is None:
                return
            try:
                self._running[self._pool.submit(task)] = task
            except Broken:
                if not (self._alone and task is self._alone[0]):
                    self._again.appendleft(task)
                raise
            if self._alone and task is self._alone[0]:
                return

    def _take(self) -> None:
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        for future in wait(self._running, timeout=left, return_when=FIRST_COMPLETED).done:
            task = self._running[future]
            try:
                findings = self._pool.findings(future)
            except Killed:
                findings = None
            del self._running[future]
            if findings is None:
                self._no_longer_alone(task)
                self._give_up(task)
            else:
                self._finish(task, findings)

    def _no_longer_alone(self, task: Task) -> None:
        if self._alone and task is self._alone[0]:
            self._alone.popleft()

    def _finish(self, task: Task, findings: list[Finding]) -> None:
        self._no_longer_alone(task)
        self._finished += 1
        self._breaks = 0
        self._found(task, findings)

    def _harvest(self) -> None:
        """Take what is finished of all that is under way."""
        for future, task in list(self._running.items()):
            if future.done() and not future.cancelled() and future.exception() is None:
                self._running.pop(future)
                self._finish(task, future.result())

    def _start_again(self, broken: Broken) -> None:
        """Everything under way is gone: hand it out again, and by itself what was there too often."""
        self._harvest()
        self._breaks += 1
        if self._breaks > _BREAKS:
            raise PaysimError(f"workers were lost {_BREAKS} times in a row; {_KEPT}") from broken
        under_way = list(self._running.values())
        self._running.clear()
        self._pool.renew()
        if broken.suspicious and self._alone and under_way == [self._alone[0]]:
            self._give_up(self._alone.popleft())
            return
        for task in under_way:
            if self._alone and task is self._alone[0]:
                continue
            deaths = self._deaths[task.name] = self._deaths.get(task.name, 0) + broken.suspicious
            (self._alone if deaths >= _DEATHS else self._again).append(task)

    def _give_up(self, task: Task) -> None:
        """Take a block that ends its worker apart; a point that does so is recorded."""
        self._breaks = 0
        if len(task.keys) > 1:
            self._alone.extend(task.halves())
            return
        self._lost += 1
        if not self._finished and self._lost == _LOST_AT_FIRST:
            raise PaysimError(
                f"worker processes ended {self._lost} times without finishing a point (out of memory?); {_KEPT}"
            )
        text = "its worker process ended (out of memory?)"
        self._found(task, [Finding(key, {}, text, final=False) for key in task.keys])

    def _late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline
