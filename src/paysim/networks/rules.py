"""The rules a settlement system follows and its timetable; ``docs/reference/settlement.md`` says what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.int64]

_WORDS = {
    "discipline": ("fifo", "priority", "bypass"),
    "order": ("arrival", "size"),
    "multilateral": ("none", "all-or-nothing", "partial"),
    "netting": ("none", "delay", "unwind", "partial"),
    "at_close": ("keep", "return", "fund"),
}


@dataclass(frozen=True)
class Rules:
    """How a system settles: the choices of the rule page.

    discipline : ``"fifo"``, ``"priority"`` or ``"bypass"``
    scan : how many payments of a queue are looked at, from its head; 1 unless the discipline is bypass
    order : ``"arrival"`` or ``"size"``, among payments of equal priority
    bilateral : whether a queue that is tried looks for a payment back, so that both settle
    multilateral : ``"none"``, ``"all-or-nothing"`` or ``"partial"``, what an offsetting run may settle
    netting : ``"none"``, ``"delay"``, ``"unwind"`` or ``"partial"``, what a netting session does if somebody is short
    all_net : whether every payment is a batch payment (deferred net settlement); needs a netting rule
    at_close : ``"keep"``, ``"return"`` or ``"fund"``, what becomes of the queues at a closing

    Raises
    ------
    ValueError : an unknown word, or rules that contradict each other
    """

    discipline: str = "fifo"
    scan: int = 1
    order: str = "arrival"
    bilateral: bool = False
    multilateral: str = "none"
    netting: str = "none"
    all_net: bool = False
    at_close: str = "keep"

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is one of {', '.join(words)}; got {getattr(self, name)!r}")
        if self.scan < 1:
            raise ValueError(f"scan is at least 1, got {self.scan}")
        if self.scan > 1 and self.discipline != "bypass":
            raise ValueError(f"only bypass looks behind the head of a queue: scan is 1 with {self.discipline}")
        if self.all_net and self.netting == "none":
            raise ValueError("where all payments net there has to be a netting rule")


# What a timetable does, in the order in which it is done at one instant; the words are methods of the system.
_ACTS = {
    "closes": "close",
    "opens": "open",
    "suspends": "suspend",
    "resumes": "resume",
    "window_closes": "close_window",
    "window_opens": "open_window",
    "netting": "net",
    "offsetting": "offset",
}


def _nothing() -> Vector:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Timetable:
    """Instants at which things are done to a system, each (N,) int64 seconds, ascending.

    opens, closes : begin and end of sessions
    netting, offsetting : netting sessions and multilateral offsetting runs
    suspends, resumes : begin and end of outages
    window_opens, window_closes : begin and end of injection windows; None: the timetable says nothing about them

    Raises
    ------
    ValueError : instants that are not integers, or not in ascending order
    """

    opens: Vector = field(default_factory=_nothing)
    closes: Vector = field(default_factory=_nothing)
    netting: Vector = field(default_factory=_nothing)
    offsetting: Vector = field(default_factory=_nothing)
    suspends: Vector = field(default_factory=_nothing)
    resumes: Vector = field(default_factory=_nothing)
    window_opens: Vector | None = None
    window_closes: Vector | None = None

    def __post_init__(self) -> None:
        if (self.window_opens is None) != (self.window_closes is None):
            raise ValueError("window_opens and window_closes go together: both or neither")
        for entry in fields(self):
            given = getattr(self, entry.name)
            if given is None:
                continue
            instants = np.asarray(given)
            if instants.ndim != 1 or (instants.size and instants.dtype.kind not in "iu"):
                raise ValueError(f"{entry.name} are whole seconds in a vector")
            if (instants[1:] < instants[:-1]).any():
                raise ValueError(f"{entry.name} are in ascending order")
            object.__setattr__(self, entry.name, instants.astype(np.int64))

    def acts(self, start: int, until: int) -> Iterator[tuple[int, str]]:
        """Give (instant, what is done) from `start` up to and without `until`, in order.

        What is done is the name of a method of the settlement system.
        """
        instants, ranks = [], []
        for rank, name in enumerate(_ACTS):
            given = getattr(self, name)
            if given is not None:
                within = given[np.searchsorted(given, start) : np.searchsorted(given, until)]
                instants.append(within)
                ranks.append(np.full(len(within), rank))
        times, kinds = np.concatenate(instants), np.concatenate(ranks)
        words = list(_ACTS.values())
        for at in np.lexsort((kinds, times)):
            yield int(times[at]), words[kinds[at]]

    def in_session(self, now: int) -> tuple[bool, bool] | None:
        """Whether the system should be open up to `now`, and also beyond; None if the timetable does not say."""
        return _inside(self.opens, self.closes, now) if len(self.opens) else None

    def in_window(self, now: int) -> tuple[bool, bool] | None:
        """Whether the injection window should be open up to `now`, and also beyond; None if it does not say."""
        if self.window_opens is None or self.window_closes is None:
            return None
        return _inside(self.window_opens, self.window_closes, now)


def _inside(begins: Vector, ends: Vector, now: int) -> tuple[bool, bool]:
    begun = np.searchsorted(begins, now)
    return bool(begun > np.searchsorted(ends, now)), bool(begun > np.searchsorted(ends, now, side="right"))
