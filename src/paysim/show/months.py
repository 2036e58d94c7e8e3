"""Months as places on an axis and as words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.show.reading import Dates
from paysim.words import month

DAY = np.timedelta64(24 * 60 * 60, "s")
EPOCH = np.datetime64("1970-01-01", "s")  # where the numbers of a time axis start
MID_MONTH = 14.5  # days after the first: a value is of the whole month, so it is drawn in its middle
SHORT_RUN = 36  # months; up to here the axis names months, beyond it years


def day_number(moment: np.datetime64) -> float:
    """Place of an instant on a time axis, days since 1970."""
    return float((moment.astype("datetime64[s]") - EPOCH) / DAY)


def month_middle(dates: Dates) -> NDArray[np.float64]:
    """Place of each month's value on a time axis."""
    return np.asarray((dates.astype("datetime64[s]") - EPOCH) / DAY + MID_MONTH, dtype=np.float64)


def month_text(moment: np.datetime64) -> str:
    """Month as text, such as Mar 2027, in the language spoken."""
    day: dt.date = moment.astype("datetime64[M]").astype(object)
    return month(day)


@dataclass(frozen=True)
class Span:
    """First day of the first month drawn and first day after the last."""

    first: np.datetime64
    end: np.datetime64

    @staticmethod
    def of(dates: Dates, before: int = 0) -> Span:
        """Span of some months, starting ``before`` months earlier."""
        months = dates.astype("datetime64[M]")
        return Span((months[0] - before).astype("datetime64[D]"), (months[-1] + 1).astype("datetime64[D]"))

    def holds(self, moment: np.datetime64) -> bool:
        """Whether an instant is inside."""
        return bool(self.first <= moment < self.end)

    @property
    def months(self) -> int:
        """Length in months."""
        return int((self.end.astype("datetime64[M]") - self.first.astype("datetime64[M]")).astype(int))

    def starts(self, every: int) -> Dates:
        """First days of the months inside whose number, counted from January of year 0, ``every`` divides."""
        first, end = self.first.astype("datetime64[M]"), self.end.astype("datetime64[M]")
        months = np.arange(first, end)
        counted = months.astype(int) + 1970 * 12
        return np.asarray(months[counted % every == 0], dtype="datetime64[D]")


def date_ticks(span: Span, room: float, month_width: float, year_width: float) -> tuple[list[float], list[str]]:
    """Places and texts of the ticks of a time axis, as many as fit.

    ``room`` is the length of the axis; the widths are those that a month's and a year's text need, with air.
    """
    if span.months <= SHORT_RUN:
        every = next((step for step in (1, 2, 3, 6, 12) if span.months / step * month_width <= room), 12)
        shown = span.starts(every)
        if not shown.size:
            shown = np.array([span.first], dtype="datetime64[D]")
        return [day_number(day) for day in shown], [month_text(day) for day in shown]
    every = next((step for step in (12, 24, 60, 120) if (span.months / step + 0.5) * year_width <= room), 240)
    shown = span.starts(every)
    return [day_number(day) for day in shown], [str(day)[:4] for day in shown]
