"""Runs of the event engine, payment by payment: one at a time, a few replicates each, in a short queue."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Literal

from paysim.explore.workers import Busy, Failed, Slot, background

REPLICATES = 4
"""Replicates of a run: their mean is drawn beside the line, and four are enough to see that they agree."""
WAITING = 6
KEPT = 24
"""Runs that are remembered when they have ended."""
PATIENCE = 300.0
"""Seconds that one replicate may take."""

Phase = Literal["queued", "running", "done", "failed"]


@dataclass
class Job:
    """A run: its state's key, how far it is, and what it found."""

    id: str
    key: str
    given: tuple[Any, ...]
    phase: Phase = "queued"
    done: int = 0
    message: str = ""
    months: list[str] = field(default_factory=list)
    series: dict[str, list[float | None]] | None = None


class Jobs:
    """The queue of runs. It belongs to one event loop.

    run : one replicate, (key, document, number) -> (months, series);  together : the series of all of them
    """

    def __init__(
        self,
        run: Callable[..., Any],
        together: Callable[[Sequence[Any]], Any],
        replicates: int = REPLICATES,
        waiting: int = WAITING,
        make: Callable[[], Executor] = background,
    ) -> None:
        self._one, self._together, self.replicates = run, together, replicates
        self._waiting = waiting
        self._slot = Slot(make)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._queue: list[Job] = []
        self._task: asyncio.Task[None] | None = None

    def begin(self, key: str, *given: Any) -> Job:
        """Queue a run; one of the same key that waits, runs or is done stands for it. Raises Busy."""
        for job in self._jobs.values():
            if job.key == key and job.phase != "failed":
                return job
        if len(self._queue) >= self._waiting:
            raise Busy
        job = Job(secrets.token_urlsafe(9), key, (key, *given))
        self._jobs[job.id] = job
        self._queue.append(job)
        self._forget()
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())
        return job

    def find(self, name: str) -> Job | None:
        """A run by its id."""
        return self._jobs.get(name)

    def report(self, job: Job) -> dict[str, Any]:
        """How far a run is, as data for the page."""
        place = self._queue.index(job) + 1 if job in self._queue else 0
        series = {"months": job.months, "series": job.series} if job.series is not None else {"series": None}
        return {
            "phase": job.phase,
            "place": place,
            "done": job.done,
            "of": self.replicates,
            "message": job.message,
            **series,
        }

    def stop(self) -> None:
        """End what runs."""
        if self._task is not None:
            self._task.cancel()
        self._slot.stop()

    def _forget(self) -> None:
        ended = [name for name, job in self._jobs.items() if job.phase in ("done", "failed")]
        for name in ended[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[name]

    async def _work(self) -> None:
        while self._queue:
            job = self._queue.pop(0)
            job.phase = "running"
            try:
                await self._run(job)
            except asyncio.CancelledError:
                raise
            except Failed as error:
                job.phase, job.message = "failed", str(error)
            except Exception as error:
                job.phase, job.message = "failed", str(error) or type(error).__name__

    async def _run(self, job: Job) -> None:
        runs = []
        for number in range(self.replicates):
            job.months, found = await self._slot.run(self._one, *job.given, number, patience=PATIENCE)
            runs.append(found)
            job.done = number + 1
        job.series = await self._slot.run(self._together, runs)
        job.phase = "done"
