"""Runs of the event engine wait in a short line, say how far they are, and fail by themselves."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from paysim.explore.jobs import KEPT, Jobs
from paysim.explore.workers import Busy


class Steps:
    """Replicates that are let through one by one."""

    def __init__(self):
        self.gate, self.seen = threading.Semaphore(0), []

    def __call__(self, key, number):
        assert self.gate.acquire(timeout=20)
        self.seen.append((key, number))
        if key == "bad":
            raise ValueError("the base is unstable")
        return ["2027-01"], {"true_share:CNY": [float(number)]}


def together(runs):
    return {"true_share:CNY": [sum(run["true_share:CNY"][0] for run in runs)]}


def queued(work, **bounds):
    async def whole():
        steps = Steps()
        jobs = Jobs(steps, together, replicates=2, make=lambda: ThreadPoolExecutor(1), **bounds)
        try:
            return await asyncio.wait_for(work(jobs, steps), 20)
        finally:
            steps.gate.release(1000)
            jobs.stop()

    return asyncio.run(whole())


async def until(jobs, job, **wanted):
    while any(jobs.report(job)[name] != value for name, value in wanted.items()):
        await asyncio.sleep(0.005)
    return jobs.report(job)


def test_one_after_the_other_with_progress():
    async def work(jobs, steps):
        first, second = jobs.begin("a"), jobs.begin("b")
        await until(jobs, first, phase="running", done=0)
        assert jobs.report(second) == {
            "phase": "queued", "place": 1, "done": 0, "of": 2, "message": "", "series": None,
        }  # fmt: skip
        steps.gate.release(1)
        await until(jobs, first, done=1)
        steps.gate.release(3)
        await until(jobs, second, phase="done")
        report = jobs.report(first)
        assert report["phase"] == "done"
        assert report["months"] == ["2027-01"]
        assert report["series"] == {"true_share:CNY": [1.0]}
        assert steps.seen == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]

    queued(work)


def test_a_run_that_fails_says_why_and_lets_the_next_go():
    async def work(jobs, steps):
        bad, good = jobs.begin("bad"), jobs.begin("good")
        steps.gate.release(3)
        await until(jobs, good, phase="done")
        report = jobs.report(bad)
        assert (report["phase"], report["message"]) == ("failed", "the base is unstable")
        assert report["series"] is None
        assert jobs.begin("bad") is not bad  # asked again, it is tried again

    queued(work)


def test_the_same_state_is_run_once():
    async def work(jobs, steps):
        first = jobs.begin("a")
        assert jobs.begin("a") is first
        steps.gate.release(2)
        await until(jobs, first, phase="done")
        assert jobs.begin("a") is first

    queued(work)


def test_queue_and_memory_are_bounded():
    async def work(jobs, steps):
        running = jobs.begin("0")
        await until(jobs, running, phase="running")
        for number in range(1, 4):
            jobs.begin(f"{number}")
        with pytest.raises(Busy):
            jobs.begin("one more")
        steps.gate.release(1000)
        last = jobs.begin("3")
        await until(jobs, last, phase="done")
        for number in range(100, 100 + 2 * KEPT):
            last = jobs.begin(f"{number}")
            await until(jobs, last, phase="done")
        assert jobs.find(running.id) is None
        assert jobs.find(last.id) is last
        assert len(jobs._jobs) <= KEPT + 1

    queued(work, waiting=3)
