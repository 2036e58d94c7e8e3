"""Published figures that stand beside the simulated ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.show.months import Span
from paysim.show.reading import Dates

MONTHS_A_YEAR = 12
SETTLED = {"share_cny": ("CNY",), "share_rub": ("RUB",), "share_unfriendly": ("USD", "EUR")}
"""Currencies of the model that a published share of Russia's settlements is held against."""
MID_YEAR = 7  # July: a yearly figure is drawn in the middle of its year


@dataclass(frozen=True)
class Points:
    """Published values in order of date: first days of months (n,), and values (n,)."""

    dates: Dates
    values: NDArray[np.float64]

    def within(self, span: Span) -> Points:
        """Keep the points of a span."""
        kept = (self.dates >= span.first) & (self.dates < span.end)
        return Points(self.dates[kept], self.values[kept])

    def at(self, month: np.datetime64) -> float:
        """Value of a month, NaN if none was published."""
        place = np.flatnonzero(self.dates.astype("datetime64[M]") == month.astype("datetime64[M]"))
        return float(self.values[place[0]]) if place.size else float("nan")


def tracker_points(currency: str) -> Points:
    """Shares of the currency that the tracker has published, as fractions; empty for a currency it does not name."""
    rows = catalogue.tracker_share(currency)
    dates = np.array([row.period.first for row in rows], dtype="datetime64[D]")
    return Points(dates, np.array([row.value for row in rows], dtype=np.float64))


def settlement_points(flow: str, measure: str) -> Points:
    """Monthly shares of currencies in the settlement of Russia's exports or imports, as fractions."""
    rows = [
        row
        for row in catalogue.series("russia_settlement", measure=measure, flow=flow).by_period()
        if row.period.kind == "month"
    ]
    dates = np.array([row.period.first for row in rows], dtype="datetime64[D]")
    return Points(dates, np.array([row.value for row in rows], dtype=np.float64))


def cips_points() -> Points:
    """Yearly values of CIPS as means over the months of the year, trillion yuan a month, dated at mid-year."""
    rows = catalogue.cips_value("year")
    dates = np.array([row.period.first.replace(month=MID_YEAR) for row in rows], dtype="datetime64[D]")
    return Points(dates, np.array([row.value / MONTHS_A_YEAR for row in rows], dtype=np.float64))


def cips_growth(year: int) -> float:
    """Growth of the value of CIPS over the year before, as a fraction; NaN if one of the two is not known."""
    points = cips_points()
    before, after = (points.at(np.datetime64(f"{one}-{MID_YEAR:02}")) for one in (year - 1, year))
    return after / before - 1.0
