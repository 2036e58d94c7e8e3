"""Where banks review what their filters stop, and when: the places of banks, and their working hours as instants.

A filter looks at every message in no time. A message that it stops waits for a person, and people work in the office
hours and on the working days of the bank's place: what is stopped on a Friday evening waits until Monday, and how long
it waits in all depends on when it was submitted. Offices follow their own clock, summer time included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from paysim.networks.calendars import DAY, HOUR, WORKING_DAYS, working_days

Index = NDArray[np.int64]

OFFICE_OPENS = 9 * HOUR
"""Start of a review desk's day, local time. Range 7 to 10 o'clock, J."""
OFFICE_CLOSES = 17 * HOUR
"""End of a review desk's day, local time. Range 17 to 24 o'clock (desks that follow the sun), J."""

NEVER = 2**62
"""An instant after all others, seconds."""


@dataclass(frozen=True)
class Place:
    """Where a bank reviews what its filter stops.

    Parameters
    ----------
    time_zone : IANA name, such as ``Asia/Shanghai``
    working : name of a rule in `paysim.networks.calendars.WORKING_DAYS`
    opens, closes : working hours, seconds from local midnight; 0 and 24 hours are the whole day

    Raises
    ------
    ValueError : unknown rule, or hours that are not inside one day
    zoneinfo.ZoneInfoNotFoundError : unknown zone
    """

    time_zone: str = "UTC"
    working: str = "weekdays"
    opens: int = OFFICE_OPENS
    closes: int = OFFICE_CLOSES

    def __post_init__(self) -> None:
        if self.working not in WORKING_DAYS:
            known = ", ".join(WORKING_DAYS)
            raise ValueError(f"{self.working!r} is not a calendar of working days (known: {known})")
        if not 0 <= self.opens < self.closes <= DAY:
            raise ValueError("working hours begin before they end, within one day")
        ZoneInfo(self.time_zone)


ANYWHERE = Place()
"""Place of a bank of which nothing else is known: UTC, weekdays, 09:00 to 17:00. J."""
ALWAYS_AT_WORK = Place("UTC", "every-day", 0, DAY)
"""A desk that never closes: reviews take as long as the work in them."""

PLACES: dict[str, Place] = {
    "CHN": Place("Asia/Shanghai", "china-statutory"),
    "HKG": Place("Asia/Hong_Kong", "hong-kong"),
    "USA": Place("America/New_York", "us-federal-reserve"),
    "EUR": Place("Europe/Berlin", "target"),
    "ALLY": Place("Europe/London", "england"),
    "RUS": Place("Europe/Moscow"),
    "ASEAN": Place("Asia/Singapore"),
    "GULF": Place("Asia/Dubai"),
    "LATAM": Place("America/Sao_Paulo"),
    "AFR": Place("Africa/Johannesburg"),
    "SAS": Place("Asia/Kolkata"),
    "ROW": Place("Europe/Istanbul"),
}
"""Place of the banks of a group: its largest banking centre. J.

A group of many countries has one clock here, although London's desks keep no Tokyo hours; national holidays are kept
where the calendars have them. The Emirates work Monday to Friday since 2022; Saudi Arabia's weekend, Friday and
Saturday, is left out.
"""


class WorkingHours(NamedTuple):
    """Working hours of places, as instants, over some years.

    opens, closes : (P, S) int64 seconds since 1970, ascending; the last of each place never close, so that an instant
        after the years finds working hours at once
    guide : (P, D) int64, the first working hours that close after a UTC day begins
    first_day : UTC day since 1970 of the guide's first column
    """

    opens: Index
    closes: Index
    guide: Index
    first_day: int

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.opens)

    def covers(self, instants: Index) -> bool:
        """Whether instants, (N,) seconds since 1970, lie in the years."""
        days = np.array([instants.min(), instants.max()]) // DAY - self.first_day if len(instants) else np.zeros(2)
        return bool(days[0] >= 0 and days[1] < self.guide.shape[1])


@cache
def working_hours(places: tuple[Place, ...], first_year: int, last_year: int) -> WorkingHours:
    """Working hours of places for what is submitted in a range of years, both included, and reviewed by the next."""
    years = range(first_year - 1, last_year + 2)  # an evening in the west is the first morning of a year in UTC
    kept = [np.concatenate([_hours_of_year(place, year) for year in years], axis=1) for place in places]
    opens, closes = np.full((2, len(places), max(hours.shape[1] for hours in kept) + 1), NEVER)
    first, end = (np.datetime64(f"{year:04d}-01-01", "D").astype(np.int64) for year in (first_year, last_year + 2))
    midnights = np.arange(first, end) * DAY
    guide = np.empty((len(places), len(midnights)), dtype=np.int64)
    for p, (begins, ends) in enumerate(kept):
        opens[p, : len(begins)], closes[p, : len(ends)] = begins, ends
        opens[p, len(begins)] = ends[-1]
        guide[p] = np.searchsorted(closes[p], midnights, side="right")
    return WorkingHours(opens, closes, guide, int(first))


def hours_for(places: Sequence[Place], instants: Index) -> WorkingHours:
    """Working hours of places that cover instants, (N,) seconds since 1970."""
    ends = [instants.min(), instants.max()] if len(instants) else [0, 0]
    first, last = (int(year) + 1970 for year in np.array(ends, dtype="M8[s]").astype("M8[Y]").astype(np.int64))
    return working_hours(tuple(places), first, last)


@cache
def _hours_of_year(place: Place, year: int) -> Index:
    """Openings and closings of a place on the working days of a year, (2, days)."""
    days = np.concatenate([working_days(place.working, year, month) for month in range(1, 13)])
    zone = ZoneInfo(place.time_zone)
    noons: list[datetime] = (days.astype("M8[s]") + np.timedelta64(12, "h")).tolist()
    # Clocks change at night, so the offset of noon is that of the office hours.
    ahead = [(zone.utcoffset(noon) or timedelta()) // timedelta(seconds=1) for noon in noons]
    midnights = days.astype("M8[s]").astype(np.int64) - np.array(ahead, dtype=np.int64)
    return np.stack([midnights + place.opens, midnights + place.closes])
