"""Where a run of the event engine spends its time: each part without what it calls of the others.

A profiler that looks at every call makes Python dearer than compiled code. Here only the doors between the parts are
watched, a few thousand times in a run, so that the shares are those of a run that nobody watches. What the doors do not
lead to belongs to the part that was entered last: *SimPy and glue* is all of the clock's run that is in none of the
others, SimPy's own modules and the bodies of the processes.
"""

from __future__ import annotations

import inspect
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import simpy

from paysim.engine.book import Book
from paysim.engine.prepared import Prepared
from paysim.engine.simulation import Simulation, simulate
from paysim.engine.traffic import Drawing
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.settlement import SettlementSystem

CLOCK, MONTHS, DRAWING, BOOK, SYSTEMS, REST = (
    "SimPy and glue",
    "months and policy: economy, queues' feedback",
    "drawing payments, and their messages' delays",
    "submission, returns, booking",
    "settlement systems",
    "before and after the clock: draws, record",
)
DOORS: tuple[tuple[type, str], ...] = (
    (Simulation, MONTHS),
    (Drawing, DRAWING),
    (Book, BOOK),
    (SettlementSystem, SYSTEMS),
    (OperatingCalendar, SYSTEMS),
)
OF_THE_CLOCK = {"run", "_until"}


class Parts:
    """Processor time by part, seconds."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.now, self.since = REST, time.process_time()

    def enter(self, part: str) -> str:
        """Go on in another part; the one that is left."""
        left, instant = self.now, time.process_time()
        self.spent[left] += instant - self.since
        self.now, self.since = part, instant
        return left

    def door(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """The function, as a way into a part."""

        @wraps(function)
        def entered(*args: Any, **named: Any) -> Any:
            left = self.enter(part)
            try:
                return function(*args, **named)
            finally:
                self.enter(left)

        return entered


def _doors() -> Iterator[tuple[type, str, str]]:
    """Classes, names and parts of the functions that lead into a part: all of a class but its generators.

    The simulation's own `_draw` leads to the drawing; its making and its record are not part of the clock's run.
    """
    for owner, part in DOORS:
        for name, found in vars(owner).items():
            if not inspect.isfunction(found) or inspect.isgeneratorfunction(found) or name.startswith("__"):
                continue
            if owner is Simulation and name in (*OF_THE_CLOCK, "record"):
                continue
            yield owner, name, DRAWING if (owner, name) == (Simulation, "_draw") else part
    yield simpy.Environment, "run", CLOCK


@contextmanager
def watched(parts: Parts) -> Iterator[None]:
    """Watch the doors for a while."""
    kept = [(owner, name, vars(owner)[name]) for owner, name, _ in _doors()]
    try:
        for (owner, name, part), (*_, function) in zip(list(_doors()), kept, strict=True):
            setattr(owner, name, parts.door(function, part))
        yield
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def shares(prepared: Prepared, seed: int, replicate: int, sources: tuple[str, ...]) -> dict[str, float]:
    """Share of each part in the time of one replicate."""
    parts = Parts()
    with watched(parts):
        simulate(prepared, seed, replicate, sources)
    parts.enter(REST)
    total = sum(parts.spent.values())
    return {part: parts.spent[part] / total for part in (CLOCK, DRAWING, BOOK, SYSTEMS, MONTHS, REST)}
