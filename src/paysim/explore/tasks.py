"""What the server asks of its workers: light to import, because what computes is imported in the worker alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from paysim.scenario.messages import message_of

if TYPE_CHECKING:
    from paysim.explore.lines import Story, Worlds
    from paysim.explore.story import Document


class Refused(Exception):
    """A scenario that cannot be run; the message says why."""


@dataclass(frozen=True)
class Line:
    """The line of a state: what stands around the series, and the series themselves as JSON.

    months : ``2024-07``, ...;  target : name of whom it is about;  events : label (a text, or one by language), month
    """

    months: tuple[str, ...]
    target: str
    events: tuple[tuple[str | dict[str, str], str], ...]
    series: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes, nearly."""
        return len(self.series) + 16 * len(self.months) + 200 * len(self.events)


def refusal(error: ValidationError) -> Refused:
    """What the rules for files say against a document, the first three of it."""
    return Refused("; ".join(message_of(detail) for detail in error.errors(include_url=False)[:3]))


@cache
def _worlds(delays: bool = False) -> Worlds:
    """The worlds of this process."""
    from paysim.explore.lines import Worlds

    return Worlds(delays=delays)


def ask_line(key: str, document: Document, story: Story | None = None) -> Line:
    """The line of a document."""
    from paysim.explore.lines import line

    return line(_worlds(), key, document, story)


def ask_draws(key: str, document: Document, replicates: Sequence[int], story: Story | None = None) -> Any:
    """Some draws of a band."""
    from paysim.explore.lines import band_part

    return band_part(_worlds(), key, document, replicates, story)


def ask_band(parts: Sequence[Any]) -> bytes:
    """The band of all draws, as JSON."""
    from paysim.explore.lines import band_of

    return band_of(parts)


def ask_events(key: str, document: Document, replicate: int) -> Any:
    """One replicate of the event engine."""
    from paysim.explore.lines import event_run

    return event_run(_worlds(delays=True), key, document, replicate)


def ask_mean(runs: Sequence[Any]) -> Any:
    """The mean of replicates."""
    from paysim.explore.lines import mean_of

    return mean_of(runs)


def make_ready(presets: Sequence[tuple[str, Document]]) -> None:
    """Prepare the worlds of presets ahead."""
    for key, document in presets:
        _worlds().of(key, document)
