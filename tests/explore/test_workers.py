"""Who goes first, who is dropped, and that nothing grows without bounds."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from paysim.explore.workers import Busy, Cache, Failed, Pool, Slot, Superseded, Turn, process


def thread():
    return ThreadPoolExecutor(1)


class Gate:
    """Tasks that wait until they are let through, and the order in which they began."""

    def __init__(self):
        self.open, self.began = threading.Event(), []

    def __call__(self, name):
        self.began.append(name)
        assert self.open.wait(20)
        return name


def pooled(work, slots=1, **bounds):
    """Run a coroutine with an open pool and a gate."""

    async def whole():
        pool, gate = Pool(slots, make=thread, **bounds), Gate()
        for _ in range(slots):
            await pool.open()
        try:
            return await asyncio.wait_for(work(pool, gate), 20)
        finally:
            gate.open.set()
            pool.stop()

    return asyncio.run(whole())


async def began(gate, count):
    while len(gate.began) < count:
        await asyncio.sleep(0.005)


def ask(pool, gate, name, turn=Turn.LINE, visitor=None):
    return asyncio.ensure_future(pool.ask(turn, name, gate, name, visitor=visitor))


def test_the_latest_wish_of_a_visitor_wins():
    async def work(pool, gate):
        first = ask(pool, gate, "first", visitor="a")
        await began(gate, 1)
        dropped = [ask(pool, gate, f"{number}", visitor="a") for number in range(5)]
        await asyncio.sleep(0.02)
        last = ask(pool, gate, "last", visitor="a")
        await asyncio.sleep(0.02)
        gate.open.set()
        assert await first == "first"  # begun already, and drawn while the next is on its way
        assert await last == "last"
        for one in dropped:
            with pytest.raises(Superseded):
                await one
        assert gate.began == ["first", "last"]

    pooled(work)


def test_a_visitor_drops_nobody_elses_wish():
    async def work(pool, gate):
        running = ask(pool, gate, "running")
        await began(gate, 1)
        both = [ask(pool, gate, "shared", visitor=one) for one in ("a", "b")]
        anonymous = ask(pool, gate, "anonymous")
        await asyncio.sleep(0.02)
        other = ask(pool, gate, "other", visitor="a")
        await asyncio.sleep(0.02)
        gate.open.set()
        with pytest.raises(Superseded):
            await both[0]
        assert await both[1] == "shared"
        assert [await running, await anonymous, await other] == ["running", "anonymous", "other"]

    pooled(work)


def test_the_same_is_computed_once():
    async def work(pool, gate):
        asked = [ask(pool, gate, "same", visitor=str(number)) for number in range(30)]
        await began(gate, 1)
        gate.open.set()
        assert await asyncio.gather(*asked) == ["same"] * 30
        assert gate.began == ["same"]

    pooled(work, slots=2)


def test_lines_go_before_bands_and_bands_before_what_nobody_asked_for():
    async def work(pool, gate):
        asked = [ask(pool, gate, "running")]
        await began(gate, 1)
        asked += [ask(pool, gate, "ahead", Turn.AHEAD), ask(pool, gate, "band", Turn.BAND), ask(pool, gate, "line")]
        await asyncio.sleep(0.02)
        gate.open.set()
        await asyncio.gather(*asked)
        assert gate.began == ["running", "line", "band", "ahead"]

    pooled(work)


def test_bands_leave_a_slot_to_lines():
    async def work(pool, gate):
        asked = [ask(pool, gate, f"band {number}", Turn.BAND) for number in range(4)]
        await began(gate, 1)
        asked.append(ask(pool, gate, "line"))
        await began(gate, 2)
        assert gate.began == ["band 0", "line"]  # both at once, with three bands waiting
        gate.open.set()
        await asyncio.gather(*asked)

    pooled(work, slots=2)


def test_the_queue_is_bounded():
    async def work(pool, gate):
        asked = [ask(pool, gate, "running")]
        await began(gate, 1)
        asked += [ask(pool, gate, f"{number}") for number in range(4)]
        await asyncio.sleep(0.02)
        with pytest.raises(Busy):
            await ask(pool, gate, "one more")
        assert pool.waiting(Turn.LINE) == 4
        gate.open.set()
        await asyncio.gather(*asked)
        assert await ask(pool, gate, "later") == "later"

    pooled(work, waiting=4)


def test_a_task_that_fails_fails_alone():
    def broken(_name):
        raise ValueError("no such world")

    async def work(pool, gate):
        gate.open.set()
        with pytest.raises(ValueError, match="no such world"):
            await pool.ask(Turn.LINE, "broken", broken, "broken")
        assert await ask(pool, gate, "next") == "next"

    pooled(work)


def sleep_long(seconds):
    time.sleep(seconds)


def die():
    os._exit(3)


@pytest.mark.slow
def test_what_takes_too_long_or_dies_makes_room():
    async def work():
        slot = Slot(process)
        try:
            await slot.run(os.getpid)
            with pytest.raises(Failed, match="too long"):
                await slot.run(time.sleep, 60, patience=0.2)
            assert await slot.run(len, "abc") == 3
            with pytest.raises(Failed, match="ended"):
                await slot.run(os._exit, 3)
            assert await slot.run(len, "abcd") == 4
        finally:
            slot.stop()

    asyncio.run(work())


def test_the_cache_keeps_to_its_bytes():
    cache = Cache(limit=100)
    for number in range(50):
        cache.put(f"{number}", number, 30)
        assert cache.size <= 100
    assert [cache.get(f"{number}") for number in (46, 47, 48, 49)] == [None, 47, 48, 49]
    cache.get("47")
    cache.put("new", "new", 30)
    assert cache.get("48") is None
    assert cache.get("47") == 47
    cache.put("47", "again", 10)
    assert cache.size == 70
    cache.put("huge", "huge", 101)
    assert cache.get("huge") is None
    assert cache.size <= 100


def test_who_waits_when_it_ends_is_told_so_and_nothing_begins_after_it():
    async def work(pool, gate):
        asked = [ask(pool, gate, name) for name in ("running", "waiting")]
        await began(gate, 1)
        pool.stop()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in found] == [Failed, Failed]
        gate.open.set()
        await asyncio.sleep(0.05)
        with pytest.raises(Failed):
            await pool.ask(Turn.LINE, "late", gate, "late")
        assert gate.began == ["running"]

    pooled(work)
