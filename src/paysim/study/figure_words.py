"""How figures and the bounds on them are said: in the units that people read."""

from __future__ import annotations

from datetime import date
from math import floor, isnan, log10
from typing import TYPE_CHECKING

from paysim.scenario.measure import END, START
from paysim.words import decimal, month, number
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.scenario.measure import Comparison, Measure

_PERCENT = ("fraction", "index", "ratio")
"""Units, by their first words, that people read in percent."""


def interval_words(low: float, median: float, high: float, unit: str) -> str:
    """A median with its interval, all with the same decimals; the median alone where there is no width."""
    values = low, median, high
    places = max(_places(value, unit) for value in values)
    least, middle, most = (quantity(value, unit, places) for value in values)
    if least == most:
        return middle
    return middle + _(" [{low} to {high}]").format(low=least.split(" ")[0], high=most.split(" ")[0])


def bounds_words(at_least: float | None, at_most: float | None, unit: str) -> str:
    """Bounds on a figure, in its unit as people read it."""
    if at_least == at_most and at_least is not None:
        return _("exactly {bound}").format(bound=_bound(at_least, unit))
    bounds = [
        words.format(bound=_bound(bound, unit))
        for words, bound in ((_("at least {bound}"), at_least), (_("at most {bound}"), at_most))
        if bound is not None
    ]
    return _(" and ").join(bounds)


def measured_words(measure: Measure | Comparison) -> str:
    """A figure by its series, key and time, and by what it is divided by."""
    name = str(measure.series or "/".join(filter(None, (measure.data, measure.figure))))
    when = " – ".join(_when(one) for one in measure.over or ((measure.at,) if measure.at else ()))
    words = [name, measure.key or "", f"{measure.reduce}" if measure.reduce else "", when]
    text = " ".join(word for word in words if word)
    other = getattr(measure, "relative_to", None)
    if other is None:
        return text
    parts = [
        other.scenario or "",
        _("without {events}").format(events=", ".join(other.without)) if other.without else "",
    ]
    against = " ".join(filter(None, [*parts, measured_words(other)]))
    return _("{figure} over {other}").format(figure=text, other=against)


def _when(text: str) -> str:
    if text in (START, END):
        return _("start") if text == START else _("end")
    year, dash, rest = text.partition("-")
    return month(date(int(year), int(rest), 1)) if dash and rest.isdecimal() else text


def quantity(value: float, unit: str, places: int | None = None) -> str:
    """A number with its unit, as people read it: percent for shares, indices and ratios."""
    if isnan(value):
        return _("not defined")
    size, short = _in_words(value, unit)
    return f"{number(size, _places(value, unit) if places is None else places)}{short}"


def _bound(value: float, unit: str) -> str:
    """A bound as a person wrote it."""
    size, short = _in_words(value, unit)
    return f"{decimal(f'{size:.12g}')}{short}"


def _in_words(value: float, unit: str) -> tuple[float, str]:
    """A number in the unit that people read, and the unit."""
    if unit.startswith(_PERCENT):
        return 100.0 * value, " %"
    return value, {"basis points": " bp", "hours": " h"}.get(unit, f" {unit}" if unit else "")


def _places(value: float, unit: str) -> int:
    """Decimals that leave about three figures of a number as people read it."""
    size = abs(_in_words(value, unit)[0])
    return 0 if isnan(size) or size == 0.0 else max(0, min(6, 2 - floor(log10(size))))
