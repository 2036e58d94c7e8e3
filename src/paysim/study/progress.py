"""How far a run has come: silent, as plain lines, or as a bar on a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


_TICK = 1e-3
"""Seconds below which no rate is worth telling."""


class Progress:
    """Told what a run does; this one says nothing, the others show it.

    A run has phases. Every phase is started with its number of replicates, of which some may be there already.
    """

    def start(self, label: str, total: int, done: int = 0) -> None:
        """Begin a phase of ``total`` replicates, ``done`` of them kept from an earlier run."""

    def advance(self, count: int) -> None:
        """So many more replicates are finished."""

    def note(self, text: str) -> None:
        """Say something that a person should know."""

    def close(self) -> None:
        """End the show: the run is over, or was stopped."""


def time_left(seconds: float, done: int, total: int) -> str:
    """Write the time left in words, when ``done`` of ``total`` took so many seconds."""
    if not done:
        return "time left unknown"
    left = round(seconds / done * (total - done))
    minutes, rest = divmod(left, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min left"
    return f"{minutes} min {rest:02d} s left" if minutes else f"{rest} s left"


def _rate(done: int, seconds: float) -> str:
    return f"{done / max(seconds, _TICK):.3g} a second"


class PlainProgress(Progress):
    """A line at every tenth of a phase, for files and pipes."""

    _PARTS = 10

    def __init__(self, stream: TextIO, rate: bool = False) -> None:
        self._stream, self._rate = stream, rate
        self._label, self._total, self._done, self._fresh, self._shown = "", 0, 0, 0, 0
        self._began = time.monotonic()

    def start(self, label: str, total: int, done: int = 0) -> None:
        """Begin a phase and say what was kept."""
        self._label, self._total, self._done, self._fresh = label, total, done, 0
        self._shown = done * self._PARTS // max(total, 1)
        self._began = time.monotonic()
        kept = f", {done} kept from an earlier run" if done else ""
        self.note(f"{label}: {total}{kept}")

    def advance(self, count: int) -> None:
        """Print a line when another tenth is done."""
        self._done += count
        self._fresh += count
        part = self._done * self._PARTS // max(self._total, 1)
        if part > self._shown:
            self._shown = part
            seconds = time.monotonic() - self._began
            left = time_left(seconds, self._fresh, self._total - self._done + self._fresh)
            rate = f"{_rate(self._fresh, seconds)}, " if self._rate else ""
            self.note(f"{self._label}: {self._done} of {self._total}, {rate}{left}")

    def note(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)


class TerminalProgress(Progress):
    """A bar with the time left."""

    def __init__(self, stream: TextIO, rate: bool = False) -> None:
        from rich.console import Console

        self._rate = rate
        self._began, self._fresh = time.monotonic(), 0
        self._console = Console(file=stream)
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def start(self, label: str, total: int, done: int = 0) -> None:
        """Put up the bar of a phase."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.close()
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        if self._rate:
            columns.insert(3, TextColumn("{task.fields[rate]}"))
        self._bar = Progress(*columns, console=self._console)
        self._task = self._bar.add_task(label, total=total, completed=done, rate="")
        self._began, self._fresh = time.monotonic(), 0
        self._bar.start()

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._bar is not None and self._task is not None:
            self._fresh += count
            rate = _rate(self._fresh, time.monotonic() - self._began)
            self._bar.update(self._task, advance=count, rate=rate)

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def progress_for(stream: TextIO, rate: bool = False) -> Progress:
    """Give a bar where a person looks on, plain lines elsewhere; ``rate`` shows how many are done in a second."""
    return TerminalProgress(stream, rate) if stream.isatty() else PlainProgress(stream, rate)
