"""The ledger of a run: what its scenario checks and claims, and the figures of this run beside it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import DataError
from paysim.scenario.measure import Measure
from paysim.show.report import parts
from paysim.show.report.blocks import Code, Paragraph, Piece, Section, Table, Text
from paysim.study.figure_words import bounds_words, interval_words, measured_words
from paysim.study.measures import figure
from paysim.study.results import Results
from paysim.words import number, said
from paysim.words import translated as _

Array = NDArray[np.float64]

NOTHING = "–"
_LEVELS = (0.05, 0.5, 0.95)
_CHANGES = ("scenario", "set", "without", "events")
"""What makes a world of a claim another story than the scenario itself."""


@dataclass(frozen=True)
class _Found:
    """What a run says of one expected figure.

    label : what the figure is;  wanted : its bounds;  value : the figure, or why there is none
    inside : whether it lies inside, (R,) truth values; None where the run cannot say;  why : the reason for that
    """

    label: str = ""
    wanted: str = NOTHING
    value: str = NOTHING
    inside: NDArray[np.bool_] | None = None
    why: str = NOTHING


def ledger(results: Results) -> Section:
    """Checks and claims of the scenario with their figures in this run, and the command that gives the verdicts."""
    title, scenario, manifest = _("Claims and checks"), results.scenario, results.manifest
    rows = [row for one in scenario.get("checks", ()) for row in _check(results, one)]
    rows += [row for one in scenario.get("claims", ()) for row in _claim(results, one)]
    if not rows:
        return Section("ledger", title)
    told = [
        _(
            "The figures are those of this run, over its own replicates with all the uncertainty that is on in it. "
            "A verdict of paysim check varies only what the check or claim names, and may be another."
        )
    ]
    if manifest["engine"] == "events":
        told.append(_("It is given on the mean field, unless another engine is asked for."))
    told.append(_("A run does not test them. This does, and says of each whether it holds, and on what it rests:"))
    if parts.changed(manifest):
        told.append(_("It tests the file as it stands, without what --set or --until changed in this run:"))
    command = f"paysim check {shlex.quote(parts.scenario_file(manifest))}"
    heads = (
        _("what is said"),
        _("kind"),
        _("wanted"),
        _("in this run: median [5 to 95 %]"),
        _("replicates in which it lies inside"),
    )
    table = Table(_("What the scenario claims and promises"), heads, tuple(rows), prose=True)
    return Section("ledger", title, (Paragraph(" ".join(told)), Code(command, _("The command that tests them")), table))


def _check(results: Results, one: Mapping[str, Any]) -> Iterator[tuple[Text, ...]]:
    yield _row(one, _("check"), _found(results, one, _best_values(one)))


def _claim(results: Results, one: Mapping[str, Any]) -> Iterator[tuple[Text, ...]]:
    """A row of each figure of a claim, and one of all of them together; one row where this run has none of them."""
    kind, expected, worlds = _("claim"), one.get("expect") or (), one.get("worlds") or ()
    if not expected:
        reason = one.get("untestable")
        yield _row(one, kind, _Found(why=said(reason) if reason else NOTHING))
        return
    if worlds and not any(_is_this_story(world) for world in worlds):
        yield _row(one, kind, _Found(why=_("no share: it is tested in other stories than this one")))
        return
    found = [_found(results, each, _best_values(one)) for each in expected]
    for each in found:
        yield _row(one, kind, each)
    inside = [each.inside for each in found if each.inside is not None]
    if len(found) > 1 and len(inside) == len(found):
        yield _row(one, kind, _Found(_("all of it at once"), inside=np.all(inside, axis=0)))


def _is_this_story(world: Mapping[str, Any]) -> bool:
    return not any(world.get(name) for name in _CHANGES)


def _best_values(one: Mapping[str, Any]) -> str:
    """Why a share over replicates says nothing of a check or claim that is tested at chosen values; else empty."""
    if one.get("at_ends_of"):
        text = _("no share: it is tested at chosen values of {parameter}, all others at their best values")
        return text.format(parameter=one["at_ends_of"])
    if one.get("vary") is not None and not one["vary"]:
        return _("no share: it is tested at the best values of all parameters, without luck")
    return ""


def _row(one: Mapping[str, Any], kind: str, found: _Found) -> tuple[Text, ...]:
    text: Text = said(one.get("text") or one["id"])
    if found.label:
        text = (Piece(str(text)), Piece(f" {found.label}", small=True))
    return text, kind, found.wanted, found.value, found.why if found.inside is None else _share(found.inside)


def _share(inside: NDArray[np.bool_]) -> str:
    """In how many replicates something is so; no share of a single one."""
    count, cases = int(np.count_nonzero(inside)), len(inside)
    if cases == 1:
        return _("no share: one replicate")
    share = f"{number(100.0 * count / cases)} %"
    return _("{count} of {cases} ({share})").format(count=count, cases=cases, share=share)


def _found(results: Results, expected: Mapping[str, Any], best: str) -> _Found:
    """What a run says of one expected figure: no figure where it is not of this run, no share where that misleads."""
    try:
        measure = Measure.model_validate(expected["measure"])
    except (KeyError, TypeError, ValueError, DataError):
        return _Found(why=_("its measure cannot be read"))
    label = said(expected["label"]) if expected.get("label") else measured_words(measure)
    low, high = expected.get("at_least"), expected.get("at_most")
    wanted = bounds_words(low, high, measure.unit)
    other = measure.relative_to
    if measure.data is not None or (other is not None and measure.compared().data is not None):
        return _Found(label, wanted, why=_("no share: it rests on a published figure, which no run changes"))
    if other is not None and (other.scenario or other.without):
        measure = measure.model_copy(update={"relative_to": None})
        best = _("no share: it is compared with another story; the figure is that of this run before it is compared")
    try:
        months = results.dates.astype("datetime64[M]")
        values = figure(measure, months, lambda series, key: results.values(series, key)[1])
    except KeyError:
        return _Found(label, wanted, _("not in this run"), why=_("this run has no such series or key"))
    except ValueError:
        return _Found(label, wanted, _("not in this run"), why=_("this run has not all of its months"))
    value = _value_words(values, measure.unit)
    return _Found(label, wanted, value, None if best else _inside(values, low, high), best)


def _inside(values: Array, low: float | None, high: float | None) -> NDArray[np.bool_]:
    """Whether each value lies between the bounds; one that is not defined does not."""
    return np.asarray((values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high)))


def _value_words(values: Array, unit: str) -> str:
    """Median and 5 to 95 % of the values that are defined, and how many are not."""
    there = values[~np.isnan(values)]
    if not len(there):
        return _("not defined")
    low, median, high = (float(one) for one in np.quantile(there, _LEVELS))
    words = interval_words(low, median, high, unit)
    if len(there) == len(values):
        return words
    text = _("{figure}; not defined in {count} of {cases} replicates")
    return text.format(figure=words, count=len(values) - len(there), cases=len(values))
