"""A comparison in words: the series that are looked at first, and a table with one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from paysim.study.compared.compare import Array, Comparison, Difference
from paysim.words import month, number
from paysim.words import translated as _

YEAR = 12
_LOW, _MIDDLE, _HIGH = 0, 2, 4  # places of .05, .5 and .95 among the quantiles
_FIRST_SHOWN = 6


@dataclass(frozen=True)
class KeySeries:
    """A series that comparisons show: what to call it, and in what unit.

    factor : by which values of the run are multiplied;  digits : decimals shown
    """

    series: str
    key: str
    label: str
    factor: float
    digits: int
    unit: str

    def say(self, column: Array) -> str:
        """Median and range of nine in ten, of quantiles (5,), with signs; the range only if it can be seen."""
        low, middle, high = (
            signed(self.factor * float(column[place]), self.digits) for place in (_LOW, _MIDDLE, _HIGH)
        )
        return middle if low == high else _("{middle} [{low} to {high}]").format(middle=middle, low=low, high=high)


def signed(value: float, digits: int) -> str:
    """A number with its sign; zero has none."""
    if not np.isfinite(value):
        return _("not defined")
    shown = number(abs(value), digits)
    nothing = round(abs(value), digits) == 0.0
    return shown if nothing else ("+" if value > 0 else "-") + shown


def key_series(subject: str, who: str) -> tuple[KeySeries, ...]:
    """The series that matter most, in their order.

    subject : group that is spoken of;  who : its name
    """
    points = _("points")
    return (
        KeySeries("true_share", "CNY", _("Yuan, true share"), 100.0, 1, points),
        KeySeries("tracker_share", "CNY", _("Yuan, tracker"), 100.0, 2, points),
        KeySeries("trade_index", subject, _("{who}, trade (100 = no event)").format(who=who), 100.0, 1, ""),
        KeySeries("blocked_share", subject, _("{who}, blocked payments").format(who=who), 100.0, 1, points),
        KeySeries("failed_share", subject, _("{who}, failed payments").format(who=who), 100.0, 1, points),
        KeySeries("cost_bp", subject, _("{who}, cost of paying").format(who=who), 1.0, 0, _("bp")),
        KeySeries("cips_value", "", _("CIPS, value"), 1.0, 1, _("CNY trn a month")),
        KeySeries("china_trade_rmb_share", "CHN", _("Yuan in China's trade"), 100.0, 1, points),
        KeySeries("settled_value", "CNY", _("Settled in yuan"), 1.0, 0, _("USD bn a month")),
    )


def shown_month(moment: np.datetime64 | None) -> str:
    """A month for people, a dash for none."""
    return "–" if moment is None else month(date.fromisoformat(f"{str(moment)[:7]}-01"))


def table(comparison: Comparison, looked_at: Sequence[KeySeries]) -> list[tuple[str, ...]]:
    """Heads and rows: what, when it begins, when it is sure, a year after it begins, and in the last month.

    A series that neither run defines is left out.
    """
    end = shown_month(comparison.dates[-1])
    rows: list[tuple[str, ...]] = [("", _("begins"), _("sure"), _("a year later"), end)]
    for one in looked_at:
        found = comparison.find(one.series, one.key)
        if found is None or not np.isfinite(found.bands).any():
            continue
        label = f"{one.label}, {one.unit}" if one.unit else one.label
        later = _year_later(comparison, found)
        rows.append(
            (
                label,
                shown_month(found.begins),
                sure_words(found),
                "–" if later is None else one.say(later),
                one.say(found.at(-1)),
            )
        )
    return rows


def sure_words(found: Difference) -> str:
    """From when to when the band of nine in ten lies on one side of zero, and if not throughout; a dash for never."""
    months = shown_month(found.sure)
    if found.lasts is not None and found.lasts != found.sure:
        months = _("{first} to {last}").format(first=months, last=shown_month(found.lasts))
    if found.turns:
        return _("{months}, sign changes").format(months=months)
    return _("{months}, with gaps").format(months=months) if found.gaps else months


def _year_later(comparison: Comparison, found: Difference) -> Array | None:
    place = year_place(comparison, found)
    return None if place is None else found.at(place)


def year_place(comparison: Comparison, found: Difference) -> int | None:
    """Place of the month a year after a difference begins; None if it does not begin or the runs are shorter."""
    if found.begins is None:
        return None
    places = np.flatnonzero(comparison.dates.astype("datetime64[M]") == found.begins + YEAR)
    return int(places[0]) if places.size else None


def sentences(comparison: Comparison, looked_at: Sequence[KeySeries]) -> Iterator[str]:
    """Say what differs first and when, how much pairing narrows the bands, and what is not paired."""
    first = comparison.first()
    if not first:
        yield _("nothing differs: the two runs give the same numbers in every series, month and replicate")
    else:
        listed = ", ".join(f"{one.series} {one.key}".strip() for one in first[:_FIRST_SHOWN])
        more = len(first) - _FIRST_SHOWN
        begun = sum(one.begins is not None for one in comparison.differences)
        yield _("differs first, in {month}: {listed}{more}; {begun} of {all} series differ at some time").format(
            month=shown_month(first[0].begins),
            listed=listed,
            more=_(" and {count} more").format(count=more) if more > 0 else "",
            begun=begun,
            all=len(comparison.differences),
        )
    for one in looked_at[:1]:
        found = comparison.find(one.series, one.key)
        if found is not None and np.isfinite(found.narrower) and found.narrower > 0.0:
            yield _(
                "the band of {what} in {month} is {share} % as wide as that of replicates that do not share their luck"
            ).format(what=one.label, month=shown_month(comparison.dates[-1]), share=number(100 * found.narrower))
    yield from comparison.notes


def as_data(comparison: Comparison, looked_at: Sequence[KeySeries]) -> dict[str, Any]:
    """The comparison as plain data: months as YYYY-MM, numbers in the unit of the series."""

    def entry(one: Difference) -> dict[str, Any]:
        place = year_place(comparison, one)
        return {
            "series": one.series,
            "key": one.key,
            "begins": _plain(one.begins),
            "sure": _plain(one.sure),
            "sure_until": _plain(one.lasts),
            "sure_with_gaps": one.gaps,
            "sure_sign_changes": one.turns,
            "year_later": None if place is None else _point(one.at(place)),
            "at_end": _point(one.at(-1)),
            "band_over_unpaired": one.narrower,
        }

    keys = [found for one in looked_at if (found := comparison.find(one.series, one.key)) is not None]
    return {
        "name": comparison.name,
        "against": comparison.against,
        "first_month": _plain(comparison.dates[0]),
        "last_month": _plain(comparison.dates[-1]),
        "replicates": comparison.replicates,
        "first": [{"series": one.series, "key": one.key, "begins": _plain(one.begins)} for one in comparison.first()],
        "key_series": [entry(one) for one in keys],
        "series": [entry(one) for one in comparison.differences],
        "notes": list(comparison.notes),
    }


def _plain(moment: np.datetime64 | None) -> str | None:
    return None if moment is None else str(moment)[:7]


def _point(column: Array) -> dict[str, float]:
    return {"p05": float(column[_LOW]), "p50": float(column[_MIDDLE]), "p95": float(column[_HIGH])}
