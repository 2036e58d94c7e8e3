"""The operating day on which payments are settled: its clock, its timetable, and payments drawn for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from paysim.errors import InputError
from paysim.networks.rules import Timetable
from paysim.networks.synthetic import synthetic_day
from paysim.networks.systems import System
from paysim.scenario.payments_table import PaymentsTable
from paysim.scenario.table_values import DayClock

ANY_DAY = date(2025, 6, 11)
"""The day unless one is named, or the next working day: a Wednesday, with no day off after it and no change of clocks
in any zone, in the year from which most figures of the shipped systems are."""

_LONGEST_DAY = timedelta(days=2)
_MINUTES_KEPT = 3 * 24 * 60  # the day of the opening and two more: a session lasts two days at most


@dataclass(frozen=True)
class OperatingDay:
    """One working day of a system. Instants are seconds from `midnight`.

    date : the working day
    midnight : by the system's own clock, of the day on which it opens: the day before for one that opens in the evening
    clock : opening, closing, and how the clock on the wall runs
    timetable : opening, closing, netting sessions, offsetting runs and injection windows
    """

    date: date
    midnight: datetime
    clock: DayClock
    timetable: Timetable

    @property
    def opens(self) -> int:
        """Opening, seconds."""
        return self.clock.opens

    @property
    def closes(self) -> int:
        """Closing, seconds."""
        return self.clock.closes

    @property
    def end(self) -> datetime:
        """Closing, as an aware instant."""
        return self.midnight + timedelta(seconds=self.closes)


def operating_day(system: System, on: date | None = None) -> OperatingDay:
    """Give a working day of a system.

    on : by default `ANY_DAY` or the next working day after it

    Raises
    ------
    InputError : the system does not work on that day
    """
    calendar = system.calendar()
    wanted = ANY_DAY if on is None else on
    working = _next_working_day(system, wanted)
    if on is not None and working != on:
        raise InputError(f"{system.name} does not work on {on.isoformat()}; the next day on which it does is {working}")
    zone = ZoneInfo(system.time_zone)
    begin = datetime(working.year, working.month, working.day) + timedelta(seconds=calendar.opens)
    opening = datetime.fromtimestamp(begin.replace(tzinfo=zone).timestamp(), tz=zone)
    first = begin.replace(hour=0, minute=0, second=0)
    midnight = first.replace(tzinfo=zone)
    opens, closes = calendar.sessions(opening, opening + _LONGEST_DAY, midnight)
    closing = datetime.fromtimestamp(midnight.timestamp() + int(closes[0]), tz=zone)
    walls = (first + timedelta(minutes=minute) for minute in range(_MINUTES_KEPT))
    minutes = np.array([int(wall.replace(tzinfo=zone).timestamp()) for wall in walls], np.int64)
    clock = DayClock(int(opens[0]), int(closes[0]), minutes - int(midnight.timestamp()))
    return OperatingDay(working, midnight, clock, system.timetable(opening, closing, midnight))


def _next_working_day(system: System, on: date) -> date:
    calendar = system.calendar()
    for ahead in range(370):  # no system rests for a year
        day = on + timedelta(days=ahead)
        if np.datetime64(day) in calendar.working_days(day.year, day.month):
            return day
    raise InputError(f"{system.name} does not work in the year from {on.isoformat()} on")


def synthetic_payments(system: System, day: OperatingDay, seed: int) -> PaymentsTable:
    """Draw a day of payments at the system's true size; participants are named P001 and so on."""
    drawn = synthetic_day(system.traffic, day.opens, day.closes, seed, system.minor_units)
    digits = len(str(system.traffic.participants))
    names = tuple(f"P{number:0{digits}d}" for number in range(1, system.traffic.participants + 1))
    ids = pa.array(drawn.payment_id).cast(pa.string())
    columns = (drawn.payment_id, drawn.arrives, drawn.sender, drawn.receiver, drawn.amount, drawn.priority)
    return PaymentsTable(ids, names, *columns, drawn.batch)
