"""What a settlement system is: its home and hours, its rules, the liquidity and the traffic of its participants.

Plain values, without files or schemas: the shipped systems and those of a user are read elsewhere and arrive here as a
`System`. Liquidity and credit are shares of the value that a participant sends on a mean day, so that one figure
serves large and small participants and days of every size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from paysim.networks.calendars import Instants, OperatingCalendar
from paysim.networks.rules import Rules, Timetable
from paysim.networks.synthetic import DayTraffic
from paysim.words import translated as _


@dataclass(frozen=True)
class Figure:
    """A number with its unit, plausible range, basis and source.

    basis : S sourced, D derived from sourced figures, J judgement, U common knowledge for which no source was read,
        weak a weak source, given by whoever wrote the file, without a basis
    source : where it was read, or what it was judged by
    note : what there is to say about it
    """

    value: float
    low: float
    high: float
    unit: str
    basis: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class Fact:
    """Something known about a system that is no number, in words; basis, source and note as in `Figure`."""

    value: str
    basis: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class System:
    """One settlement system.

    name, title, about : a short word, what it is called in a figure, and what is known about it
    kind : rtgs, dns, hybrid or continuous-netting; what it is called, while `rules` say what it does
    currency : ISO 4217 code; OTH for the sum of other currencies
    minor_units : decimal places of the currency, 2 for cents
    hours, time_zone, working_days : see `OperatingCalendar.from_hours` and `calendars.WORKING_DAYS`
    rules, traffic : how it settles, and a mean day of its payments
    prefunding : liquidity that a participant brings in at the opening
    collateralised_credit, uncollateralised_credit : how far its balance may go below zero
    injection_cap : what it may inject of its own accord between an opening and the next closing; these four are shares
        of the value that the participant sends on a mean day
    credit_price : of uncollateralised credit, basis points a year
    injection_window : when it may inject; None where it always may
    netting_sessions : sessions from an opening to its closing, the last one at the closing itself
    offset_every : seconds from one offsetting run to the next; None where there is none
    largest_amount : the most that one payment may be, in major units; None where there is no limit
    above_largest : ``return`` or ``split``: what happens to a payment above it
    figures, facts : every number and every other fact by its place in the file (``liquidity.prefunding``), and what
        the file says of it as published, to compare with (``published.turnover``)
    """

    name: str
    title: str
    about: str
    kind: str
    currency: str
    minor_units: int
    hours: str
    time_zone: str
    working_days: str
    rules: Rules
    traffic: DayTraffic
    prefunding: Figure
    collateralised_credit: Figure
    uncollateralised_credit: Figure
    injection_cap: Figure
    credit_price: Figure
    injection_window: OperatingCalendar | None = None
    netting_sessions: int = 0
    offset_every: int | None = None
    largest_amount: float | None = None
    above_largest: str = "return"
    figures: Mapping[str, Figure] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def calendar(self) -> OperatingCalendar:
        """Make the operating calendar of the system."""
        return OperatingCalendar.from_hours(self.hours, self.time_zone, self.working_days)

    @property
    def extrapolated_from(self) -> date | None:
        """First day on which the working days are extrapolated; None where they follow a standing rule."""
        calendars = (self.calendar(), self.injection_window)
        days = [one.extrapolated_from for one in calendars if one is not None and one.extrapolated_from is not None]
        return min(days, default=None)

    def remarks(self, end: datetime) -> tuple[str, ...]:
        """What a run up to `end` must say about this system."""
        limit = self.extrapolated_from
        if limit is None or end.date() < limit:
            return ()
        return (
            _(
                "{system}: working days from {day} on are extrapolated, without weekend days worked in exchange for a "
                "holiday; China publishes those of a year the autumn before"
            ).format(system=_(self.title), day=limit.isoformat()),
        )

    def timetable(self, start: datetime, end: datetime, epoch: datetime | None = None) -> Timetable:
        """Openings, closings, netting sessions, offsetting runs and injection windows in [start, end).

        Parameters
        ----------
        start, end : aware instants; sessions are cut to them
        epoch : aware instant from which seconds are counted, default `start`

        Returns
        -------
        timetable : netting sessions divide the time from an opening to its closing into equal parts; the session at
            the closing is part of the closing and not listed
        """
        zero = start if epoch is None else epoch
        calendar = self.calendar()
        opens, closes = calendar.sessions(start, end, zero)
        whole = calendar.sessions(start - _LONGEST_SESSION, end + _LONGEST_SESSION, zero)
        limits = (int((start - zero).total_seconds()), int((end - zero).total_seconds()))
        windows = None if self.injection_window is None else self.injection_window.sessions(start, end, zero)
        return Timetable(
            opens=opens,
            closes=closes,
            netting=_between(_inside(*whole, self.netting_sessions), *limits),
            offsetting=_between(_every(*whole, self.offset_every), *limits),
            window_opens=None if windows is None else windows[0],
            window_closes=None if windows is None else windows[1],
        )


_LONGEST_SESSION = timedelta(days=2)
"""A day, and as much again before a day off: what `OperatingCalendar` lets in."""


def _between(instants: Instants, start: int, end: int) -> Instants:
    return instants[(instants >= start) & (instants < end)]


def _inside(opens: Instants, closes: Instants, parts: int) -> Instants:
    """The instants that divide each session into equal parts, rounded down to a second."""
    steps = np.arange(1, parts, dtype=np.int64)
    return np.asarray((opens[:, None] + (closes - opens)[:, None] * steps // max(parts, 1)).ravel())


def _every(opens: Instants, closes: Instants, interval: int | None) -> Instants:
    """Instants at an interval from each opening, within the session."""
    sessions = zip(opens.tolist(), closes.tolist(), strict=True) if interval is not None else ()
    runs = [np.arange(first + interval, last, interval, dtype=np.int64) for first, last in sessions]
    return np.concatenate([np.zeros(0, dtype=np.int64), *runs])
