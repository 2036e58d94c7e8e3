"""What an outcome hangs on, in words: each parameter with range, basis and source, and a paragraph from the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paysim.scenario.schema import Scenario
from paysim.scenario.series import SERIES
from paysim.scenario.uncertain import BASES
from paysim.study.compared.explain import Effect, Explanation, Run
from paysim.study.compared.words import shown_month
from paysim.words import deferred, number
from paysim.words import translated as _

SHOWN = 10
"""Parameters in a table or a figure; the others are counted."""
_NAMED = 3
UNITS = frozenset({
    deferred("bp"), deferred("bp/day"), deferred("/bp"), deferred("/month"), deferred("/year"), deferred("d"),
    deferred("payments"), deferred("log-odds"), deferred("log-odds/month"), deferred("hours"),
    deferred("basis points"), deferred("participants"), deferred("CNY trn a month"), deferred("USD bn a month"),
    deferred("ratio"), deferred("multiple"), deferred("index"), deferred("0 or 1"),
    deferred("log-odds of the CNY tracker, change since the first month"),
})  # fmt: skip
"""Units of parameters and of series that are shown with them."""


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a parameter: meaning, unit, the range that the run drew from, basis and source."""

    name: str
    meaning: str
    unit: str
    low: float
    high: float
    basis: str
    source: str

    @property
    def label(self) -> str:
        """Its name as words."""
        return parameter_words(self.name)

    @property
    def basis_words(self) -> str:
        """The basis in full: sourced, derived from sources, judgement, usual in the literature, a weak source."""
        return ", ".join(_(BASES[word]) for word in self.basis.split())

    @property
    def range_words(self) -> str:
        """Range and unit for people."""
        factor, unit = (100.0, " %") if self.unit == "share" else (1.0, f" {unit_words(self.unit)}".rstrip())
        low, high = (number_words(factor * value) for value in (self.low, self.high))
        return _("{low} to {high}{unit}").format(low=low, high=high, unit=unit)


def parameter_words(name: str) -> str:
    """A parameter's name as words."""
    return _(name.replace("_", " ").replace("cips", "CIPS").replace("swift", "SWIFT"))


def unit_words(unit: str) -> str:
    """A unit of a parameter or a series for people; one without other words stays as it is."""
    return _(unit) if unit in UNITS else unit


def number_words(value: float) -> str:
    """Three significant digits, without an exponent where people write none."""
    if value == 0.0:
        return "0"
    digits = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    return number(round(value, digits), digits).rstrip("0").rstrip(".,") if digits else number(value)


def assumed(run: Run) -> dict[str, Assumed]:
    """What is assumed of every parameter of behaviour, with the ranges of the run's own scenario."""
    behaviour: Mapping[str, Mapping[str, Any]] = run.scenario["behaviour"]
    found = {}
    for row in Scenario.parameter_table():
        room, _dot, name = row.path.partition(".")
        if room == "behaviour" and name in behaviour:
            spread = behaviour[name]
            ends = (float(spread["low"]), float(spread["high"]))
            found[name] = Assumed(name, row.meaning, row.unit, *ends, row.basis, row.source)
    return found


@dataclass(frozen=True)
class Scale:
    """How an outcome is shown: values times ``factor`` with ``digits`` decimals and ``unit`` behind them."""

    factor: float
    digits: int
    unit: str

    def say(self, value: float) -> str:
        """The value with its unit."""
        return f"{number(self.factor * value, self.digits)}{self.unit}"


def scale_of(series: str) -> Scale:
    """How the values of a series are shown: shares in percent, an index as 100 at the start."""
    unit = SERIES[series].unit if series in SERIES else ""
    if unit == "fraction":
        return Scale(100.0, 2 if series == "tracker_share" else 1, " %")
    if unit.startswith("index"):
        return Scale(100.0, 0, "")
    return Scale(1.0, 1, f" {unit_words(unit)}" if unit else "")


def outcome_words(explanation: Explanation, who: str) -> str:
    """What the outcome is; ``who`` is the name of its key."""
    outcome = explanation.outcome
    named = {
        "trade_index": _("{who}: trade"),
        "true_share": _("{who}: true share"),
        "tracker_share": _("{who}: share on the tracker"),
    }
    what = named[outcome.series].format(who=who) if outcome.series in named else f"{outcome.series} {who}".strip()
    return _("{what} in {month}").format(what=what, month=shown_month(outcome.month))


def paragraph(explanation: Explanation, known: Mapping[str, Assumed], who: str) -> str:
    """Say in a few sentences what the outcome hangs on, what it does not, and how well that is known."""
    scale, told = scale_of(explanation.outcome.series), [one for one in explanation.effects if one.told]
    low, middle, high = (scale.say(value) for value in explanation.spread)
    parts = [
        _("{what} is {middle} in the middle of {count} replicates, and {low} to {high} in nine of ten.").format(
            what=outcome_words(explanation, who), middle=middle, low=low, high=high, count=explanation.replicates
        )
    ]
    if told:
        parts.append(
            _("It hangs most on {listed}.").format(listed="; ".join(_strong(one, scale) for one in told[:_NAMED]))
        )
        parts.append(_basis_sentence(told[:_NAMED], known))
    else:
        parts.append(_("No parameter's effect can be told from none."))
    parts.append(_rest_sentence(explanation, len(told)))
    return " ".join(part for part in parts if part)


def _strong(one: Effect, scale: Scale) -> str:
    return _(
        "{name} (PRCC {prcc} [{low} to {high}]; {least} where it is in its lowest third, {most} in its highest)"
    ).format(
        name=one.name,
        prcc=prcc_words(one.prcc),
        low=prcc_words(one.low),
        high=prcc_words(one.high),
        least=scale.say(one.least),
        most=scale.say(one.most),
    )


def prcc_words(value: float) -> str:
    """A correlation with sign and two decimals."""
    if not np.isfinite(value):
        return "–"
    return ("+" if value > 0 else "-" if round(value, 2) < 0 else "") + number(abs(value), 2)


def _basis_sentence(effects: Sequence[Effect], known: Mapping[str, Assumed]) -> str:
    judged = [one.name for one in effects if one.name in known and {"J", "weak"} & set(known[one.name].basis.split())]
    if not judged:
        return ""
    return _("Judgement or a weak source stands behind {listed}.").format(listed=", ".join(judged))


def _rest_sentence(explanation: Explanation, told: int) -> str:
    wide = len(explanation.effects)
    return _(
        "The effects of {rest} of {all} parameters cannot be told from none; by chance alone about {chance} of {all} "
        "would seem to have one. All parameters together go with {explained} % of the variance of ranks: the rest is "
        "latent demand, noise, sampled payments, and effects that do not only rise or only fall."
    ).format(
        rest=wide - told,
        all=wide,
        chance=number(0.05 * wide, 1),
        explained=number(100.0 * max(explanation.explained, 0.0)),
    )


def cautions(explanation: Explanation) -> Iterator[str]:
    """Say that replicates are too few for so many parameters, and which parameters are to be read with care."""
    wide = len(explanation.effects)
    if not explanation.enough:
        yield _(
            "{count} replicates are not enough for {wide} parameters: intervals are this wide because of that; "
            "4 replicates for 3 parameters are the least that is usual, and hundreds are better"
        ).format(count=explanation.replicates, wide=wide)
    turned = [one.name for one in explanation.effects if one.told and one.swing * one.prcc < 0.0]
    if turned:
        yield _(
            "the outcome swings the other way than the partial correlation says, by what other parameters did by "
            "chance, with: {listed}"
        ).format(listed=", ".join(turned))
    lost = [one.name for one in explanation.effects if not np.isfinite(one.prcc)]
    if lost:
        yield _("cannot be told from other parameters in these replicates: {listed}").format(listed=", ".join(lost))


def table(explanation: Explanation, known: Mapping[str, Assumed]) -> list[tuple[str, ...]]:
    """Heads and rows of the strongest parameters: effect, swing, range, basis."""
    scale = scale_of(explanation.outcome.series)
    rows: list[tuple[str, ...]] = [
        (_("parameter"), "PRCC", "[95 %]", _("lowest to highest third"), _("range"), _("basis"))
    ]
    for one in explanation.effects[:SHOWN]:
        about = known.get(one.name)
        rows.append(
            (
                one.name,
                prcc_words(one.prcc),
                _("[{low} to {high}]").format(low=prcc_words(one.low), high=prcc_words(one.high)),
                _("{least} to {most}").format(least=scale.say(one.least), most=scale.say(one.most)),
                about.range_words if about else "",
                about.basis_words if about else "",
            )
        )
    return rows


def as_data(explanation: Explanation, known: Mapping[str, Assumed], who: str) -> dict[str, Any]:
    """The explanation as plain data, every parameter with what is assumed of it; values in the unit of the series."""
    low, middle, high = explanation.spread
    return {
        "outcome": str(explanation.outcome),
        "replicates": explanation.replicates,
        "parameters": len(explanation.effects),
        "enough_replicates": explanation.enough,
        "spread": {"p05": low, "p50": middle, "p95": high},
        "rank_variance_explained": explanation.explained,
        "effects": [_effect_data(one, known.get(one.name)) for one in explanation.effects],
        "text": paragraph(explanation, known, who),
        "cautions": list(cautions(explanation)),
    }


def _effect_data(one: Effect, about: Assumed | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "parameter": one.name, "prcc": one.prcc, "low": one.low, "high": one.high,
        "lowest_third": one.least, "highest_third": one.most,
    }  # fmt: skip
    if about is not None:
        data |= {
            "meaning": about.meaning, "range": [about.low, about.high], "unit": about.unit,
            "basis": about.basis, "source": about.source,
        }  # fmt: skip
    return data
