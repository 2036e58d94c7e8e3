"""How the ledger says figures, bounds, times and ranges of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paysim.scenario.base import Quantity
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.claims import BEHAVIOUR
from paysim.study.figure_words import bounds_words, interval_words, measured_words
from paysim.words import decimal, number, said
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.evidence.assess import Figure
    from paysim.evidence.ranges import Holding
    from paysim.scenario.claims import Expectation


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
    value = interval_words(figure.low, figure.median, figure.high, unit)
    bounds = bounds_words(expected.at_least, expected.at_most, unit)
    text = _("{figure}: {value} ({bounds})")
    return text.format(figure=measure_words(expected), value=value, bounds=bounds)


def measure_words(expected: Expectation) -> str:
    """What a figure is: as the file puts it, else by its series, key and time."""
    return said(expected.label) if expected.label is not None else measured_words(expected.measure)
