"""Working days and operating hours of settlement systems, as instants in UTC.

A settlement system lives by the clock of its home: it opens and closes at a local time, on the working days of its
own calendar, and both move against UTC with summer time. Here a calendar becomes arrays of instants, once for each
process, so that a simulation of many years asks for them at no cost.

Working days come from the ``holidays`` library, hours and zones from ``systems.py``, summer time from ``zoneinfo``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from holidays import HolidayBase

Days = NDArray[np.datetime64]
Instants = NDArray[np.int64]

HOUR = 3600
DAY = 24 * HOUR
SUNDAY = 6

#: Names of the working-day rules and what each counts as a working day.
WORKING_DAYS: dict[str, str] = {
    "weekdays": "Monday to Friday, no holidays",
    "every-day": "all days",
    "target": "Monday to Friday without the TARGET closing days of the ECB",
    "us-federal-reserve": "Monday to Friday without the holidays of the US Federal Reserve",
    "england": "Monday to Friday without the bank holidays of England",
    "japan": "Monday to Friday without the bank holidays of Japan",
    "hong-kong": "Monday to Friday without the general holidays of Hong Kong",
    "china-statutory": "statutory working days of China, with the weekend days worked in exchange for a holiday",
    "china-cross-border": (
        "Monday to Friday through China's holidays, and the weekend days worked in exchange for one, without 1 January "
        "(derived: CIPS has run through the long holidays since 29 September 2023, Xinhua, 9 October 2023, and this "
        "rule gives the 269 and 265 days on which it settled in 2024 and 2025, its yearly value over its daily value)"
    ),
}

_PUBLISHED_YEARS_TO_SEARCH = range(2020, 2051)
_HOURS = re.compile(
    r"(?P<open_hour>\d\d):(?P<open_minute>[0-5]\d)(?P<evening> D-1)?\s*-\s*"
    r"(?P<close_hour>\d\d):(?P<close_minute>[0-5]\d)(?P<morning> D\+1)?(?: \+(?P<extension>\d+)h)?"
)


@dataclass(frozen=True)
class OperatingCalendar:
    """When a settlement system is open.

    Parameters
    ----------
    time_zone : IANA name of the zone in which the hours are meant, such as ``Asia/Shanghai``
    opens, closes : seconds from local midnight of the working day; negative is the evening before, more than 24 hours
        the morning after
    working : name of a rule in `WORKING_DAYS`
    extension : seconds that the system stays open longer on a working day that is followed by a day off

    Raises
    ------
    ValueError : unknown rule, a closing that is not after the opening, or sessions longer than a day
    zoneinfo.ZoneInfoNotFoundError : unknown zone
    """

    time_zone: str
    opens: int
    closes: int
    working: str = "weekdays"
    extension: int = 0

    def __post_init__(self) -> None:
        if self.working not in WORKING_DAYS:
            known = ", ".join(WORKING_DAYS)
            raise ValueError(f"{self.working!r} is not a calendar of working days (known: {known})")
        if not self.opens < self.closes <= self.opens + DAY:
            raise ValueError("a system closes after it opens and at most 24 hours later")
        if not 0 <= self.extension <= DAY:
            raise ValueError("the extension before a day off is between 0 and 24 hours")
        ZoneInfo(self.time_zone)

    @classmethod
    def from_hours(cls, hours: str, time_zone: str, working: str = "weekdays") -> OperatingCalendar:
        """Read hours as a person writes them.

        ``08:00-18:00``; ``21:00 D-1-18:00`` opens the evening before; ``08:30-05:00 D+1`` closes the morning after;
        ``00:00-24:00 +4h`` stays open four hours longer before a day off.

        Raises
        ------
        ValueError : the text is not of this form
        """
        found = _HOURS.fullmatch(hours.strip().replace("–", "-"))
        if found is None:
            raise ValueError(f"{hours!r} are not hours (expected HH:MM-HH:MM, perhaps with ' D-1', ' D+1' or ' +4h')")
        opens = int(found["open_hour"]) * HOUR + int(found["open_minute"]) * 60 - (DAY if found["evening"] else 0)
        closes = int(found["close_hour"]) * HOUR + int(found["close_minute"]) * 60 + (DAY if found["morning"] else 0)
        return cls(time_zone, opens, closes, working, int(found["extension"] or 0) * HOUR)

    @property
    def extrapolated_from(self) -> date | None:
        """First day whose status no government has published yet; None where holidays follow a standing rule."""
        return extrapolated_from(self.working)

    def working_days(self, year: int, month: int) -> Days:
        """Working days of a month, ``datetime64[D]``, ascending."""
        return working_days(self.working, year, month)

    def sessions(self, start: datetime, end: datetime, epoch: datetime | None = None) -> tuple[Instants, Instants]:
        """Give the openings and closings in an interval.

        Parameters
        ----------
        start, end : aware instants; the parts of sessions in [start, end) are given, cut to the interval
        epoch : aware instant from which seconds are counted, default `start`

        Returns
        -------
        opens, closes : (S,) int64 seconds since `epoch`; sessions do not overlap, and the system is open in
            [opens, closes). A closing may be the opening of the next session (a system that runs round the clock
            has its accounts at zero for that one instant).
        """
        first, last = int(start.timestamp()), int(end.timestamp())
        opens, closes = _sessions(self, start.astimezone(UTC).year - 1, end.astimezone(UTC).year + 1)
        inside = slice(int(np.searchsorted(closes, first, side="right")), int(np.searchsorted(opens, last)))
        zero = first if epoch is None else int(epoch.timestamp())
        return np.maximum(opens[inside], first) - zero, np.minimum(closes[inside], last) - zero


@cache
def working_days(rule: str, year: int, month: int) -> Days:
    """Working days of a month under a rule of `WORKING_DAYS`, ``datetime64[D]``, ascending."""
    days = _working_days_of_year(rule, year)
    first = np.datetime64(f"{year:04d}-{month:02d}", "M")
    lower, upper = np.searchsorted(days, [first.astype("M8[D]"), (first + 1).astype("M8[D]")])
    return days[lower:upper]


@cache
def extrapolated_from(rule: str) -> date | None:
    """First day of a rule that is extrapolated: China publishes each year's exchanged weekends the autumn before."""
    if not rule.startswith("china-"):
        return None
    published = max(day.year for day in _exchanged_weekends())
    return date(published + 1, 1, 1)


def _public_holidays(rule: str, year: int) -> HolidayBase:
    # Imported here: the library takes a tenth of a second, and a system without holidays needs none of it.
    import holidays

    if rule == "target":
        return holidays.financial_holidays("XECB", years=year)
    if rule == "us-federal-reserve":
        return holidays.country_holidays("US", years=year, observed=False)
    if rule == "england":
        return holidays.country_holidays("GB", subdiv="ENG", years=year)
    if rule == "japan":
        return holidays.country_holidays("JP", years=year, categories=("public", "bank"))
    if rule == "hong-kong":
        return holidays.country_holidays("HK", years=year)
    return holidays.country_holidays("CN", years=year)


@cache
def _exchanged_weekends() -> frozenset[date]:
    import holidays

    china = holidays.country_holidays("CN", years=_PUBLISHED_YEARS_TO_SEARCH)
    return frozenset(china.weekend_workdays)


def _weekday(days: Days) -> NDArray[np.int64]:
    # 1970-01-01, day 0, was a Thursday; Monday is 0, as in `datetime`.
    return np.asarray((days.astype(np.int64) + 3) % 7)


@cache
def _working_days_of_year(rule: str, year: int) -> Days:
    days = np.arange(f"{year:04d}-01-01", f"{year + 1:04d}-01-01", dtype="datetime64[D]")
    if rule == "every-day":
        return days
    working = np.is_busday(days)
    if rule == "china-cross-border":
        working[0] = False
    elif rule != "weekdays":
        off = np.array(sorted(_public_holidays(rule, year)), dtype="datetime64[D]")
        if rule == "us-federal-reserve":
            # The Federal Reserve makes up for a holiday on a Sunday, not for one on a Saturday.
            off = np.where(_weekday(off) == SUNDAY, off + 1, off)
        working &= ~np.isin(days, off)
    if rule.startswith("china-"):
        exchanged = [day for day in sorted(_exchanged_weekends()) if day.year == year]
        working |= np.isin(days, np.array(exchanged, dtype="datetime64[D]"))
    chosen = days[working]
    chosen.flags.writeable = False
    return chosen


@cache
def _sessions(calendar: OperatingCalendar, first_year: int, last_year: int) -> tuple[Instants, Instants]:
    """Give openings and closings of whole years, in seconds since 1970 (UTC)."""
    days = np.concatenate([_working_days_of_year(calendar.working, y) for y in range(first_year, last_year + 1)])
    zone = ZoneInfo(calendar.time_zone)
    before_day_off = np.append(np.diff(days) > np.timedelta64(1, "D"), False)
    midnights: list[datetime] = days.astype("datetime64[s]").tolist()
    opens = [_instant(midnight, calendar.opens, zone) for midnight in midnights]
    closes = [
        _instant(midnight, calendar.closes + (calendar.extension if last else 0), zone)
        for midnight, last in zip(midnights, before_day_off.tolist(), strict=True)
    ]
    return np.array(opens, dtype=np.int64), np.array(closes, dtype=np.int64)


def _instant(midnight: datetime, offset: int, zone: ZoneInfo) -> int:
    # The offset is added to the wall clock, then the zone is applied: 18:00 stays 18:00 on the day the clocks change.
    return int((midnight + timedelta(seconds=offset)).replace(tzinfo=zone).timestamp())
