"""Dates as a person writes them: ``2027-01``, ``2027-01-12``, ``2027-01-12 16:00Z``, ``... 16:00 Asia/Shanghai``.

Inside paysim every instant is an aware UTC datetime. A date without a time means 00:00 UTC; a time needs a zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from paysim.scenario.units import shown

_DATE = r"(\d{4})-(\d{2})(?:-(\d{2}))?"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2}))?"
_ZONE = r"(Z|UTC|GMT|[+-]\d{2}:\d{2}|[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)+)"
_INSTANT = re.compile(rf"{_DATE}(?:[ T]{_TIME}(?: ?{_ZONE})?)?\Z", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)

MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
DAY_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$"
INSTANT_PATTERN = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"
    r"([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
    r" ?(Z|UTC|GMT|[+-][0-9]{2}:[0-9]{2}|[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+))?)?$"
)

HOURS_PATTERN = r"^([01][0-9]|2[0-4]):[0-5][0-9]( D-1)?-([01][0-9]|2[0-4]):[0-5][0-9]( D\+1)?( \+[1-9]h)?$"
_HOURS = re.compile(HOURS_PATTERN, re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 2200


def read_month(value: object) -> datetime:
    """A month, as the UTC instant at which it begins (ValueError says what is wrong)."""
    if isinstance(value, datetime):
        instant = read_instant(value)
        if instant != month_start(instant):
            raise ValueError(f"expected the first instant of a month, got {value.isoformat()}")
        return instant
    match = _MONTH.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"expected a month such as 2027-01, got {shown(value)}")
    return _build(str(value), int(match[1]), int(match[2]), 1)


def read_day(value: object) -> date:
    """A day, or the last day of a month (ValueError says what is wrong)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    match = re.match(rf"{_DATE}\Z", value, re.ASCII) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"expected a day such as 2024-01-31 or a month such as 2024-01, got {shown(value)}")
    year, month, day = match.groups()
    first = _build(str(value), int(year), int(month), int(day or 1))
    return first.date() if day else (next_month(first) - timedelta(days=1)).date()


def read_instant(value: object) -> datetime:
    """A date or an instant, in UTC (ValueError says what is wrong)."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} needs a zone")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    match = _INSTANT.match(value) if isinstance(value, str) else None
    if match is None or not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a date (expected YYYY-MM, YYYY-MM-DD or YYYY-MM-DD HH:MMZ)")
    year, month, day, hour, minute, second, zone = match.groups()
    if hour is None:
        return _build(value, int(year), int(month), int(day or 1))
    if day is None:
        raise ValueError(f"{shown(value)}: a time needs a day (expected YYYY-MM-DD HH:MMZ)")
    if zone is None:
        raise ValueError(f"{shown(value)}: a time needs a zone, such as {value}Z or {value} Asia/Shanghai")
    local = _build(value, int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
    return _in_zone(value, local.replace(tzinfo=None), zone)


def _build(text: str, *parts: int) -> datetime:
    if not FIRST_YEAR <= parts[0] <= LAST_YEAR:
        raise ValueError(f"{shown(text)} is not a date between {FIRST_YEAR} and {LAST_YEAR}")
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # checked by datetime itself
    except ValueError:
        raise ValueError(f"{shown(text)} is not a date (expected YYYY-MM or YYYY-MM-DD)") from None


def _in_zone(text: str, local: datetime, zone: str) -> datetime:
    """A local time in UTC; a time that a change of clocks skips or repeats is refused."""
    if zone in ("Z", "UTC", "GMT"):
        return local.replace(tzinfo=UTC)
    if zone[0] in "+-":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 14 or minutes > 59:
            raise ValueError(f"{shown(text)}: {zone} is no offset from UTC")
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
        return local.replace(tzinfo=timezone(offset)).astimezone(UTC)
    place = _zone(text, zone)
    early, late = (local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early != late:
        raise ValueError(f"{shown(text)}: the clocks change in {zone} at that time; write it in UTC")
    return early


def _zone(text: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{shown(text)}: unknown time zone {name!r}") from None


def read_zone(value: object) -> str:
    """The name of a time zone of the IANA database (ValueError says what is wrong)."""
    if not isinstance(value, str):
        raise ValueError(f"expected a time zone such as Asia/Shanghai, got {shown(value)}")
    _zone(value, value)
    return value


def read_hours(value: object) -> str:
    """Hours of a settlement system by its own clock: ``02:30-18:00``, ``21:00 D-1-18:00``, ``00:00-24:00 +4h``."""
    if not isinstance(value, str) or not _HOURS.match(value):
        raise ValueError(f"expected hours such as 02:30-18:00 or 21:00 D-1-18:00, got {shown(value)}")
    return value


def month_start(instant: datetime) -> datetime:
    """The first instant of a UTC month."""
    return instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first instant of the month after."""
    return month_start(month_start(month) + timedelta(days=32))
