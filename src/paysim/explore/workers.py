"""The processes that compute: one a core, the latest wish of a visitor first, nothing twice, nothing without bounds.

A slot is one process with one task at a time. Lines go before bands, and bands before what nobody has asked for yet;
neither of these takes the last slot while there are several. Who asks for another line before the first was begun has
no use for the first any more.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from importlib import import_module
from itertools import count
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

WAITING = 64
"""Lines that may wait; more are turned away, of what is less urgent a quarter as many."""
PATIENCE = 60.0
"""Seconds after which a task is given up and its process ended."""
CACHE = 48_000_000
"""Bytes of results that are kept."""

ENDED = "the server has ended"

Task = Callable[..., Any]


class Busy(Exception):
    """Too many wait already; asking again later may help."""


class Superseded(Exception):
    """The same visitor has asked for something else since."""


class Failed(Exception):
    """A task took too long, or its process ended."""


class Turn(IntEnum):
    """What goes first."""

    LINE = 0
    BAND = 1
    AHEAD = 2

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it with a hand on a lever."""
        return self is Turn.LINE


@dataclass
class _Wish:
    """A task that waits or runs, and everybody who waits for it."""

    turn: Turn
    key: str
    task: Task
    given: tuple[Any, ...]
    askers: list[tuple[str | None, asyncio.Future[Any]]] = field(default_factory=list)
    running: bool = False


def process() -> Executor:
    """A process of its own for a slot."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin)


def background() -> Executor:
    """The same for what may take its time: the machine lets others go first."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin, initargs=(10,))


def _begin(niceness: int = 0) -> None:
    """Leave Ctrl-C to the server, end with it whatever ended it, and load what takes long before anybody waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    import_module("paysim.explore.lines")


def _follow() -> None:
    """End this process when the server is no more."""
    server = parent_process()
    if server is not None:
        server.join()
        os._exit(0)


@contextmanager
def _deaf() -> Iterator[None]:
    """Have processes born that do not hear Ctrl-C, from their first instant on: it is meant for the server."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would open the ears again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Slot:
    """One process, one task at a time; the process comes with the first task, or with `start`."""

    def __init__(self, make: Callable[[], Executor] = process) -> None:
        self._make = make
        self._executor: Executor | None = None
        self._children: set[BaseProcess] = set()

    def start(self) -> None:
        """Start the process, without waiting for it."""
        if self._executor is None:
            before = set(active_children())
            self._executor = self._make()
            with _deaf():
                self._executor.submit(os.getpid)  # it starts with its first task
            self._children = set(active_children()) - before

    async def run(self, task: Task, *given: Any, patience: float = PATIENCE) -> Any:
        """Run a task; raises what it raises, or Failed where it takes too long or its process ends."""
        self.start()
        assert self._executor is not None
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._executor.submit(task, *given)), patience)
        except TimeoutError:
            self.stop()
            raise Failed("it took too long and was given up") from None
        except BrokenExecutor:
            self.stop()
            raise Failed("the process that computed it has ended") from None

    def stop(self) -> None:
        """End the process whatever it does; the next task starts another."""
        executor, self._executor = self._executor, None
        for child in self._children:
            child.kill()
        self._children = set()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)


class Pool:
    """Slots, and the wishes that wait for one of them. It belongs to one event loop.

    slots : processes;  waiting : lines that may wait;  make : what a slot runs in

    A slot takes part once it is open; the lowest free one is taken, which is the one that is warm.
    """

    def __init__(self, slots: int, waiting: int = WAITING, make: Callable[[], Executor] = process) -> None:
        self._slots = [Slot(make) for _ in range(slots)]
        self._open = 0
        self._free: list[int] = []
        self._waiting = waiting
        self._queue: list[tuple[int, int, _Wish]] = []
        self._wishes: dict[tuple[Turn, str], _Wish] = {}
        self._turns = count()
        self._patient = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    def start(self) -> None:
        """Start the first process, which takes a while to load; it may be called before there is an event loop."""
        self._slots[0].start()

    async def open(self, task: Task | None = None, *given: Any) -> None:
        """Open the next slot, after a task that makes its process ready."""
        slot, self._open = self._open, self._open + 1
        self._slots[slot].start()
        try:
            if task is not None:
                await self._slots[slot].run(task, *given)
        finally:
            heapq.heappush(self._free, slot)
            self._serve()

    @property
    def closed(self) -> int:
        """Slots that are not open yet."""
        return len(self._slots) - self._open

    def stop(self) -> None:
        """End all processes; who waits gets Failed, and so does who asks from now on."""
        self._stopped = True
        for slot in self._slots:
            slot.stop()
        for wish in self._wishes.values():
            for _visitor, future in wish.askers:
                if not future.done():
                    future.set_exception(Failed(ENDED))

    async def ask(self, turn: Turn, key: str, task: Task, *given: Any, visitor: str | None = None) -> Any:
        """The result of a task; the same key is computed once for all who ask.

        visitor : whose earlier wishes of the same turn, if they have not begun, are dropped

        Raises Busy, Superseded, Failed, and what the task raises.
        """
        if self._stopped:
            raise Failed(ENDED)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        wish = self._wishes.get((turn, key))
        if visitor is not None:
            self._leave(turn, visitor, wish)
        if wish is None:
            if self.waiting(turn) >= (self._waiting if turn.urgent else max(1, self._waiting // 4)):
                raise Busy
            wish = _Wish(turn, key, task, given)
            self._wishes[turn, key] = wish
            heapq.heappush(self._queue, (turn, next(self._turns), wish))
        wish.askers.append((visitor, future))
        self._serve()
        return await future

    def waiting(self, turn: Turn) -> int:
        """Wishes of a turn that have not begun."""
        return sum(wish.turn is turn and not wish.running for wish in self._wishes.values())

    def _leave(self, turn: Turn, visitor: str, kept: _Wish | None) -> None:
        """Take a visitor's name off what has not begun; what nobody wants any more is forgotten."""
        for wish in list(self._wishes.values()):
            if wish is kept or wish.running or wish.turn != turn:
                continue
            for asker in [one for one in wish.askers if one[0] == visitor]:
                wish.askers.remove(asker)
                if not asker[1].done():
                    asker[1].set_exception(Superseded())
            if not wish.askers:
                del self._wishes[wish.turn, wish.key]

    def _serve(self) -> None:
        """Give free slots to whoever is next."""
        later = []
        while self._free and self._queue and not self._stopped:
            entry = heapq.heappop(self._queue)
            wish = entry[2]
            if self._wishes.get((wish.turn, wish.key)) is not wish:
                continue
            if not wish.turn.urgent and self._patient >= max(1, self._open - 1):
                later.append(entry)
                continue
            wish.running = True
            self._patient += not wish.turn.urgent
            task = asyncio.ensure_future(self._run(wish, heapq.heappop(self._free)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for entry in later:
            heapq.heappush(self._queue, entry)

    async def _run(self, wish: _Wish, slot: int) -> None:
        result, problem = None, None
        try:
            result = await self._slots[slot].run(wish.task, *wish.given)
        except Exception as error:
            problem = error
        finally:
            del self._wishes[wish.turn, wish.key]
            self._patient -= not wish.turn.urgent
            heapq.heappush(self._free, slot)
            self._serve()
        for _visitor, future in wish.askers:
            if future.done():
                continue
            if problem is None:
                future.set_result(result)
            else:
                future.set_exception(problem)


class Cache:
    """Results by key, up to a limit in bytes; the one that was not asked for longest goes first."""

    def __init__(self, limit: int = CACHE) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self.size = 0

    def get(self, key: str) -> Any:
        """The result of a key, None where it is not kept."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, key: str, value: Any, size: int) -> None:
        """Keep a result of so many bytes; one that is larger than everything is not kept."""
        if key in self._kept:
            self.size -= self._kept.pop(key)[1]
        if size > self._limit:
            return
        self._kept[key] = value, size
        self.size += size
        while self.size > self._limit:
            _key, (_value, gone) = self._kept.popitem(last=False)
            self.size -= gone
