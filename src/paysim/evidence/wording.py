"""How the ledger says figures, bounds, times and ranges of parameters."""

from __future__ import annotations

from datetime import date
from math import floor, isnan, log10
from typing import TYPE_CHECKING

from paysim.scenario.base import Quantity
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.claims import BEHAVIOUR
from paysim.scenario.measure import END, START
from paysim.words import decimal, month, number, said
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.evidence.assess import Figure
    from paysim.evidence.ranges import Holding
    from paysim.scenario.claims import Expectation
    from paysim.scenario.measure import Comparison, Measure

_PERCENT = ("fraction", "index", "ratio")
"""Units, by their first words, that people read in percent."""


def cases_words(share: float, cases: int, at_ends: bool) -> str:
    """Say in how many cases something is so; ``at_ends`` where they are values of a parameter."""
    if at_ends:
        return _("at {count} of these {cases} values").format(count=round(share * cases), cases=cases)
    if cases == 1:
        return _("at the best values of all parameters, without luck")
    return _("in {share} of {cases} draws").format(share=f"{number(100.0 * share)} %", cases=cases)


def range_words(path: str, where: Holding) -> str:
    """Say where a parameter lets a claim hold."""
    spans = _(" or ").join(_span(path, *span) for span in where.intervals)
    text = _("if {parameter} is {spans}, of {whole}; all others at their best values")
    return text.format(parameter=path.removeprefix(BEHAVIOUR), spans=spans, whole=_span(path, where.low, where.high))


def _span(path: str, low: float, high: float) -> str:
    """Two values of a parameter, the unit once."""
    field = Behaviour.model_fields[path.removeprefix(BEHAVIOUR)]
    dimension = next(entry.dimension for entry in field.metadata if isinstance(entry, Quantity))
    first, last = (decimal(dimension.write(float(f"{value:.3g}"))) for value in (low, high))
    return _("{low} to {high}").format(low=first.split(" ")[0], high=last)


def figure_words(figure: Figure) -> str:
    """A figure with its interval and what was expected of it."""
    expected = figure.expected
    unit = expected.measure.unit
    values = figure.low, figure.median, figure.high
    places = max(_places(value, unit) for value in values)
    low, middle, high = (quantity(value, unit, places) for value in values)
    interval = "" if low == high else _(" [{low} to {high}]").format(low=low.split(" ")[0], high=high.split(" ")[0])
    bounds = [
        words.format(bound=_bound(bound, unit))
        for words, bound in ((_("at least {bound}"), expected.at_least), (_("at most {bound}"), expected.at_most))
        if bound is not None
    ]
    text = _("{figure}: {value}{interval} ({bounds})")
    joined = _(" and ").join(bounds)
    if expected.at_least == expected.at_most and expected.at_least is not None:
        joined = _("exactly {bound}").format(bound=_bound(expected.at_least, unit))
    return text.format(figure=measure_words(expected), value=middle, interval=interval, bounds=joined)


def measure_words(expected: Expectation) -> str:
    """What a figure is: as the file puts it, else by its series, key and time."""
    return said(expected.label) if expected.label is not None else _measured(expected.measure)


def _measured(measure: Measure | Comparison) -> str:
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
    against = " ".join(filter(None, [*parts, _measured(other)]))
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
