"""What was public on a day: the start months that could be used then, and what a scenario may not know yet.

The series (tracker, CIPS, participants, China's settlement) are read as public on ``as_of``, and the movement of the
tracker is estimated from them. The twelve groups, their parameters, trade and profiles are packaged in one edition, so
they are there whole or not at all. Settlement systems (hours, liquidity, how their queues answer) have no vintages:
whatever the day, they are those of the packaged files, some with traffic and rules of 2025 and 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING

from paysim.data import catalogue
from paysim.scenario import defaults
from paysim.scenario.base import Place

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

TARGETS = ("USD", "EUR", "CNY")
"""Currencies of which a start month needs the published share."""
STRUCTURE = ("groups", "group_parameters", "trade_matrix", "settlement_profiles", "known_corridors")
"""Tables that are packaged in one edition."""


def last_start(as_of: date) -> date | None:
    """The last month of which all targets of the base were public on a day; None where there is none."""
    known = [{row.month for row in catalogue.tracker_share(currency, as_of)} for currency in TARGETS]
    return max(set.intersection(*known), default=None)


@cache
def structure_since() -> Mapping[str, date]:
    """The day from which each table of one edition was public as a whole."""
    return {name: catalogue.public_since(name) for name in STRUCTURE}


def world_known(as_of: date | None) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """The shipped world as of a day; where too little was public to estimate its movement, as of today."""
    try:
        return defaults.world(as_of)
    except ValueError:
        return defaults.world()


def problems(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    """Say what a scenario takes that was not public on its ``as_of``, with the place of each."""
    day = scenario.as_of
    if day is None:
        return
    try:
        defaults.world(day)
    except ValueError as error:
        yield ("as_of",), f"{error}; expected a later day"
    late = {name: since for name, since in structure_since().items() if since > day}
    if late and scenario.structure == "as_of":
        listed = ", ".join(f"{name} from {since}" for name, since in late.items())
        yield (
            ("as_of",),
            f"not yet public on {day}: {listed}; expected {max(late.values())} or later, or `structure: latest`, which "
            "takes groups, trade and profiles from the packaged edition although it came later",
        )
    if scenario.calibration.targets == "published" and (words := _start(scenario.start, day)):
        yield ("start",), words


def _start(start: datetime, day: date) -> str:
    """What is wrong with the start month, as far as the day on which it was published decides that."""
    rows = [row for currency in TARGETS for row in catalogue.tracker_share(currency) if row.month == start.date()]
    late = [row.published for row in rows if row.published > day]
    if not late:
        return ""
    last = last_start(day)
    usable = "no month could be used then" if last is None else f"the last month that could be used is {last:%Y-%m}"
    return f"the tracker of {start:%Y-%m} was published on {max(late)}, after as_of {day}; {usable}"
