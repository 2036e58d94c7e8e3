"""What a figure reads: the shape of a finished run, and bands, events and names taken out of it."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.words import deferred, said
from paysim.words import translated as _

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

SHORT_NAMES = {
    "USD": deferred("US dollar"),
    "EUR": deferred("euro"),
    "CNY": deferred("yuan"),
    "OTH": deferred("others"),
    "CHN": deferred("China"),
    "HKG": deferred("Hong Kong"),
    "USA": deferred("United States"),
    "ALLY": deferred("G7 and allies"),
    "RUS": deferred("Russia, EAEU"),
    "ASEAN": deferred("ASEAN"),
    "GULF": deferred("Gulf states"),
    "LATAM": deferred("Latin America"),
    "AFR": deferred("Africa"),
    "SAS": deferred("South Asia"),
    "ROW": deferred("rest of world"),
    "HK-RMB": deferred("HK yuan clearing"),
    "OTH-RTGS": deferred("other systems"),
}
# Beneath this the replicates differ by rounding of floats only; every series is of order .001 or more.
NO_WIDTH = 1e-9
GROUP_NAMES = {"EUR": deferred("euro area")}
SECONDS_PER_DAY = 24 * 60 * 60


class Results(Protocol):
    """A finished run, as the figures read it. A folder opened by ``paysim.load_results`` is one.

    scenario : ``events``, a list of mappings with ``at`` (datetime or ISO text), ``label`` (str), ``kind`` (str) and,
        where the event has them, ``until`` (as ``at``: when it ends), ``ramp`` (days over which its effect grows),
        ``groups`` (ids it hits), ``by`` (ids of those who act) and ``premise`` (bool); ``names`` (optional, id to
        name); ``trade`` (optional, group id to goods trade at the start, exports and imports together, USD bn a year:
        the weights of a mean over groups)
    manifest : ``name``, ``command`` (the command that repeats the run), ``seed``, ``replicates``, ``version`` and
        ``unstable`` (number of replicates whose base is unstable); a key that is missing is left out of the figure
    """

    @property
    def scenario(self) -> Mapping[str, Any]:
        """What was simulated."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """How it was run."""

    def keys(self, series: str) -> tuple[str, ...]:
        """Keys of a series in the order of the scenario; empty if the run has no such series."""

    def quantiles(self, series: str, key: str = "", source: str = "all") -> tuple[Dates, Mapping[float, Array]]:
        """Months (first days, length M) and the quantiles .05 .25 .5 .75 .95 over the replicates, each of length M.

        ``source`` says which uncertainty was on: all, parameters, latent_demand, noise, none. KeyError if not stored.
        """

    def values(self, series: str, key: str = "") -> tuple[Dates, Array]:
        """Months (first days, length M) and the values of every replicate, (replicates, M); NaN where not defined."""

    def draws(self) -> Mapping[str, NDArray[Any]]:
        """Parameters drawn in every replicate, each (replicates,); may be empty."""


class NothingToDrawError(Exception):
    """A figure has nothing to show for this run; the message says why."""


@dataclass(frozen=True)
class Band:
    """Quantiles of one series over the replicates, month by month.

    dates : (M,) first day of each month
    quantiles : the quantiles of `QUANTILES`, each (M,)
    """

    dates: Dates
    quantiles: Mapping[float, Array]

    @property
    def median(self) -> Array:
        """The middle replicate, (M,)."""
        return self.quantiles[0.5]

    @property
    def spread(self) -> bool:
        """Whether the replicates differ, so that there is a band to draw."""
        width = self.quantiles[0.95] - self.quantiles[0.05]
        return bool(np.any(np.nan_to_num(width) > NO_WIDTH))

    def first(self) -> float:
        """First defined median, NaN if there is none."""
        defined = self.median[np.isfinite(self.median)]
        return float(defined[0]) if defined.size else float("nan")

    def last(self) -> float:
        """Last defined median, NaN if there is none."""
        defined = self.median[np.isfinite(self.median)]
        return float(defined[-1]) if defined.size else float("nan")

    def lowest(self) -> float:
        """Lowest defined median."""
        return float(np.nanmin(self.median))

    def highest(self) -> float:
        """Highest defined median."""
        return float(np.nanmax(self.median))

    def at(self, month: np.datetime64) -> float:
        """Median of the month, NaN if the run does not hold it."""
        place = np.flatnonzero(self.dates.astype("datetime64[M]") == month.astype("datetime64[M]"))
        return float(self.median[place[0]]) if place.size else float("nan")


def as_days(dates: object) -> Dates:
    """Dates of any resolution as days."""
    return np.asarray(dates, dtype="datetime64[D]")


def band(results: Results, series: str, key: str = "", source: str = "all") -> Band | None:
    """The stored quantiles of a series; None if it is not stored, empty, or nowhere defined."""
    try:
        dates, quantiles = results.quantiles(series, key, source)
    except KeyError:
        return None
    read = {level: np.asarray(quantiles[level], dtype=np.float64) for level in QUANTILES}
    if not len(dates) or not np.any(np.isfinite(read[0.5])):
        return None
    return Band(as_days(dates), read)


def need_band(results: Results, series: str, key: str = "", source: str = "all") -> Band:
    """As `band`; raises NothingToDrawError where that gives None."""
    found = band(results, series, key, source)
    if found is None:
        raise NothingToDrawError(no_values(f"{series}[{key}]" if key else series))
    return found


def no_values(*series: str) -> str:
    """Say that a run does not hold some series."""
    return _("the run holds no values of {series}").format(series=_(" or ").join(series))


def band_of(dates: Dates, values: Array) -> Band:
    """Quantiles over the first axis of values (replicates, M); months without a defined value stay NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy warns of months that are NaN in every replicate
        levels = np.nanquantile(values, QUANTILES, axis=0)
    return Band(as_days(dates), dict(zip(QUANTILES, levels, strict=True)))


def values(results: Results, series: str, key: str = "") -> tuple[Dates, Array]:
    """Every replicate of a series; raises NothingToDrawError if the run does not hold it."""
    try:
        dates, read = results.values(series, key)
    except KeyError:
        raise NothingToDrawError(no_values(f"{series}[{key}]")) from None
    read = np.atleast_2d(np.asarray(read, dtype=np.float64))
    if not len(dates) or not np.any(np.isfinite(read)):
        raise NothingToDrawError(no_values(f"{series}[{key}]"))
    return as_days(dates), read


def mean_over(results: Results, series: str, keys: Iterable[str], weights: Mapping[str, float]) -> Band | None:
    """Band of the weighted mean of a series over keys, taken inside each replicate; None if no key has values.

    A key without a weight counts 1. A month is NaN in a replicate where any key is.
    """
    total: Array | None = None
    weight = 0.0
    dates: Dates | None = None
    for key in keys:
        try:
            dates, read = values(results, series, key)
        except NothingToDrawError:
            continue
        part = weights.get(key, 1.0)
        total = part * read if total is None else total + part * read
        weight += part
    if total is None or dates is None or weight == 0.0:
        return None
    return band_of(dates, total / weight)


@dataclass(frozen=True)
class EventMark:
    """An event as a figure needs it: when (UTC), what to call it, who is hit and who acts.

    until : when it ends; None if it lasts
    full : when its effect has grown to the full; None if at once
    """

    at: np.datetime64
    label: str
    kind: str
    groups: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    premise: bool = False
    until: np.datetime64 | None = None
    full: np.datetime64 | None = None


def instant(moment: object) -> np.datetime64:
    """A date, an aware or naive (taken as UTC) datetime, or ISO text, as an instant in UTC to the second."""
    if isinstance(moment, np.datetime64):
        seconds: np.datetime64 = moment.astype("datetime64[s]")
        return seconds
    if isinstance(moment, str):
        text = moment if len(moment) > len("2027-01") else moment + "-01"
        moment = dt.datetime.fromisoformat(text)
    if isinstance(moment, dt.datetime):
        naive = moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
        return np.datetime64(naive, "s")
    if isinstance(moment, dt.date):
        return np.datetime64(moment, "s")
    raise TypeError(f"{moment!r} is not an instant")


def _ids(entry: object) -> tuple[str, ...]:
    if entry is None:
        return ()
    return (entry,) if isinstance(entry, str) else tuple(str(item) for item in entry)  # type: ignore[attr-defined]


def events(results: Results) -> tuple[EventMark, ...]:
    """All events of the scenario in the order of their dates."""
    marks = [_mark(event) for event in results.scenario.get("events", ())]
    return tuple(sorted(marks, key=lambda mark: (mark.at, mark.label)))


def _mark(event: Mapping[str, Any]) -> EventMark:
    at, ramp = instant(event["at"]), float(event.get("ramp") or 0.0)
    return EventMark(
        at,
        said(event.get("label") or event["kind"]).replace("_", " "),
        str(event["kind"]),
        _ids(event.get("groups")),
        _ids(event.get("by")),
        bool(event.get("premise", False)),
        None if event.get("until") is None else instant(event["until"]),
        at + np.timedelta64(round(ramp * SECONDS_PER_DAY), "s") if ramp > 0.0 else None,
    )


def first_disconnection(results: Results) -> EventMark:
    """The first event that cuts groups off from a message network; raises NothingToDrawError if there is none."""
    for mark in events(results):
        if mark.kind == "disconnection":
            return mark
    raise NothingToDrawError(_("no message network is cut in this scenario"))


def name_of(results: Results, identity: str, group: bool = False) -> str:
    """Short name of a currency, network, system or (``group``) country group, for a label; the id if there is none.

    A scenario that gives a shipped group another name, as it does where other countries are in it, has its own.
    """
    named: Mapping[str, str] = results.scenario.get("names", {})
    shipped = None if identity in GROUP_NAMES else catalogue.groups().get(identity)
    if shipped is not None and named.get(identity, shipped.name) not in (shipped.name, _(shipped.name)):
        return named[identity]
    if group and identity in GROUP_NAMES:
        return _(GROUP_NAMES[identity])
    if identity in SHORT_NAMES:
        return _(SHORT_NAMES[identity])
    return named.get(identity, identity)


def heading(text: str) -> str:
    """Text with a capital first letter."""
    return text[:1].upper() + text[1:]
