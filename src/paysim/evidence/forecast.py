"""The forecast as of a day: quantiles of the tracker's shares and of CIPS's value, month by month.

It is what the rolling origins of `paysim.evidence.origins` test: the model without events and its residual process
(`paysim.evidence.structural`), fitted to what was public on that day. Nothing is drawn at random.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from paysim.data import catalogue, noise
from paysim.data.noise import month_number
from paysim.errors import InputError
from paysim.evidence import baselines, cips, densities, latent, origins, structural
from paysim.evidence.origins import CURRENCIES, Known, Published, known_on, month_day

QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
LAST = date(2026, 12, 1)
"""The last month of a forecast unless told otherwise."""
TRACKER, CIPS = "tracker_share", "cips_value"
COLUMNS = ("date", "series", "key", "quantile", "value")
_COMPUTING = (noise, baselines, cips, densities, latent, origins, structural)
_TABLES = ("swift_currency_share", "cips_annual")


@dataclass(frozen=True)
class Row:
    """One quantile of one month: a fraction for the tracker, CNY trn for CIPS."""

    month: int
    series: str
    key: str
    quantile: float
    value: float


def forecast(as_of: date, until: date = LAST) -> list[Row]:
    """Forecast every month from the first not yet published on ``as_of`` to ``until``.

    Raises
    ------
    InputError : too little was public on that day, or the last month lies before the first
    """
    published = Published.packaged()
    known = known_on(published, as_of, month_number(as_of))
    short = [currency for currency in CURRENCIES if not known.usable(currency)]
    if short:
        raise InputError(_why(known, short))
    last = month_number(until)
    rows = list(_tracker(published, known, last)) + list(_cips(as_of, last))
    if not rows:
        raise InputError(f"--until {until:%Y-%m}: all of it was published by {as_of}")
    return sorted(rows, key=lambda row: (row.series != TRACKER, row.month, CURRENCIES.index(row.key or "CNY")))


def _why(known: Known, short: Sequence[str]) -> str:
    """Say which currencies lack what."""
    reasons = []
    for currency in short:
        parts = known.parts[currency]
        youngest = f"{month_day(int(parts[-1].month[-1])):%Y-%m}" if parts else "none"
        count = sum(len(part.month) for part in parts)
        reasons.append(f"{currency} ({count} comparable months since 2019, the last {youngest})")
    return (
        f"as of {known.day} too little was public to forecast {', '.join(reasons)}: expected "
        f"{origins.FEWEST_CHANGES} changes of a month, {origins.FEWEST_AFTER_BREAK} months since the break of 2023 if "
        f"it is past, and a figure at most {origins.OLDEST} months old"
    )


def _tracker(published: Published, known: Known, last: int) -> Iterator[Row]:
    density = structural.structural_density(published)
    for currency in CURRENCIES:
        for month in range(int(known.parts[currency][-1].month[-1]) + 1, last + 1):
            values = density(known, currency, month).quantiles(np.array(QUANTILES))
            yield from _rows(month, TRACKER, currency, values)


def _cips(as_of: date, last: int) -> Iterator[Row]:
    found = cips.value_forecast(as_of)
    for month in range(found.month + 1, last + 1):
        yield from _rows(month, CIPS, "", found.quantiles(month, np.array(QUANTILES)))


def _rows(month: int, series: str, key: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> Iterator[Row]:
    for quantile, value in zip(QUANTILES, values, strict=True):
        yield Row(month, series, key, quantile, float(value))


def as_csv(rows: Sequence[Row]) -> bytes:
    """The rows as CSV: shares with five decimals, trillions with three."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        value = f"{row.value:.5f}" if row.series == TRACKER else f"{row.value:.3f}"
        writer.writerow([f"{month_day(row.month):%Y-%m}", row.series, row.key, f"{row.quantile:g}", value])
    return text.getvalue().encode()


def data_digest(as_of: date) -> str:
    """SHA-256 of the figures that were public on a day and that the forecast rests on."""
    total = hashlib.sha256()
    for name in _TABLES:
        for row in catalogue.series(name, as_of=as_of).rows:
            line = (name, *row.key, row.period.text, row.measure, repr(row.value), row.published.isoformat())
            total.update("\t".join(line).encode() + b"\n")
    return total.hexdigest()


def code_digest() -> str:
    """SHA-256 of the modules that make the forecast."""
    total = hashlib.sha256()
    for module in (*_COMPUTING, __name__):
        path = Path(__file__) if isinstance(module, str) else Path(str(module.__file__))
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def manifest(as_of: date, until: date, content: bytes) -> dict[str, Any]:
    """What a forecast was made from: the same manifest, the same bytes."""
    return {
        "as_of": as_of.isoformat(),
        "until": f"{until:%Y-%m}",
        "data": data_digest(as_of),
        "code": code_digest(),
        "seed": None,  # nothing is drawn
        "sha256": {"forecast.csv": hashlib.sha256(content).hexdigest()},
    }
