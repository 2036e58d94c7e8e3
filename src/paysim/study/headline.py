"""The five figures that matter of a finished run, and what must be known beside them to read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.study.bounds import STORY_LOW, published_steps, tracker_bounds
from paysim.study.quantiles import quantiles
from paysim.study.results import Array, Results
from paysim.study.strain import strain_notes
from paysim.words import decimal, deferred, number
from paysim.words import translated as _

_YEAR = 12
_LOW, _MIDDLE, _HIGH = 0, 2, 4  # places of .05, .5 and .95 among the quantiles
_UNSEEN = deferred("published figure not known")


@dataclass(frozen=True)
class Headline:
    """One figure of the summary: what it is, in words, and as data (shares as fractions, months as YYYY-MM)."""

    label: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


_PARAMETERS = {
    "network_effect": deferred("network effect R = gamma/gamma_c"),
    "cost_sensitivity": deferred("cost sensitivity lambda, per bp"),
    "gamma_c": deferred("tipping threshold gamma_c"),
}

_MEASURES = (
    ("disconnection", "groups", deferred("Cost of paying, mean of the year after the cut")),
    ("clearing_ban", "groups", deferred("Cost of paying, mean of the year after the ban")),
    ("secondary_sanctions", "targets", deferred("Cost of paying, mean of the year after the threat")),
)
"""Kinds of events that give groups their parts, the first one that happens at all before the others: kind, the field
of those who are hit, and what the cost of paying after it is called."""


@dataclass(frozen=True)
class Roles:
    """Groups by their part in the first measure against some; without one, China is looked at and nobody has a part.

    start : month of the measure;  cost : what the cost of paying after it is called
    """

    target: tuple[str, ...]
    sender: tuple[str, ...]
    bystander: tuple[str, ...]
    start: np.datetime64 | None
    cost: str = ""

    @property
    def subject(self) -> str:
        """The group that the summary speaks of."""
        return "CHN" if "CHN" in self.target or not self.target else self.target[0]


def roles(results: Results) -> Roles:
    """Find who is hit first, by whom, and who looks on.

    That is the first disconnection; without any, the first clearing ban, and else the first secondary sanctions.
    """
    groups = results.keys("cost_bp") or results.keys("trade_index")
    events = sorted(results.scenario["events"], key=lambda event: str(event["at"]))
    for kind, hit, cost in _MEASURES:
        for event in events:
            if event["kind"] == kind:
                target, sender = tuple(event.get(hit) or ()), tuple(event.get("by") or ())
                others = tuple(group for group in groups if group not in target + sender)
                return Roles(target, sender, others, np.datetime64(str(event["at"])[:7], "M"), cost)
    return Roles((), (), (), None)


def headlines(results: Results) -> list[Headline]:
    """Give the five figures that matter, each only where the run defines it."""
    part = roles(results)
    found = (
        _true_share(results),
        _tracker(results),
        _trade(results, part.subject),
        _worst_month(results, part.subject),
        _costs(results, part),
    )
    return [headline for headline in found if headline is not None]


def _read(results: Results, series: str, key: str) -> Array | None:
    """Quantiles (5, M), None if the run has none or nowhere a value."""
    try:
        read = results.quantiles(series, key)[1]
    except KeyError:
        return None
    rows = np.stack(list(read.values()))
    return rows if np.any(np.isfinite(rows)) else None


def _month(results: Results, place: int) -> str:
    return str(results.dates[place].astype("datetime64[M]"))


def _name(results: Results, group: str) -> str:
    return str(results.scenario["names"].get(group, group))


def _point(column: Array) -> dict[str, float]:
    return {"p05": float(column[_LOW]), "p50": float(column[_MIDDLE]), "p95": float(column[_HIGH])}


def _percent(column: Array, digits: int = 2) -> str:
    """Median with the range of nine in ten, in percent; the range only if it can be seen."""
    low, middle, high = (number(100 * float(column[place]), digits) for place in (_LOW, _MIDDLE, _HIGH))
    return f"{middle} %" if low == high else between(f"{middle} %", low, high)


def between(middle: str, low: str, high: str) -> str:
    """A median with the range of nine in ten."""
    return _("{middle} [{low} to {high}]").format(middle=middle, low=low, high=high)


def _true_share(results: Results) -> Headline | None:
    read = _read(results, "true_share", "CNY")
    if read is None:
        return None
    start, end = _month(results, 0), _month(results, -1)
    text = _("{share} in {month}, {last_share} in {last}").format(
        share=_percent(read[:, 0]), month=start, last_share=_percent(read[:, -1]), last=end
    )
    return Headline(
        _("Yuan, true share of payments"),
        text,
        {"start": start, "at_start": _point(read[:, 0]), "end": end, "at_end": _point(read[:, -1])},
    )


def _tracker(results: Results) -> Headline | None:
    read = _read(results, "tracker_share", "CNY")
    if read is None:
        return None
    months = results.dates.astype("datetime64[M]")
    published = {np.datetime64(row.month, "M"): row.value for row in catalogue.tracker_share("CNY")}
    known = [month for month in months if month in published]
    wanted = [months[0], STORY_LOW, *known[-1:]]
    texts, data = [], []
    for month in sorted({month for month in wanted if month in months}):
        place = int(np.flatnonzero(months == month)[0])
        known_as = _(_UNSEEN)
        if month in published:
            known_as = _("published {share} %").format(share=number(100 * published[month], 2))
        text = _("{share} in {month} ({published})")
        texts.append(text.format(share=_percent(read[:, place]), month=month, published=known_as))
        data.append({"month": str(month), "simulated": _point(read[:, place]), "published": published.get(month)})
    return Headline(_("Yuan, tracker"), ", ".join(texts), {"months": data})


def _trade(results: Results, group: str) -> Headline | None:
    read = _read(results, "trade_index", group)
    if read is None:
        return None
    place = int(np.nanargmin(read[_MIDDLE]))
    lowest, end = _month(results, place), _month(results, -1)
    text = _("lowest {least} in {month}, {last_value} in {last} (100 = no event)").format(
        least=_index(read[:, place]), month=lowest, last_value=_index(read[:, -1]), last=end
    )
    data = {
        "group": group,
        "lowest_month": lowest,
        "lowest": _point(read[:, place]),
        "end": end,
        "at_end": _point(read[:, -1]),
    }
    return Headline(_("{group}, trade").format(group=_name(results, group)), text, data)


def _index(column: Array) -> str:
    return _percent(column, 0).replace(" %", "")


_FATES = {name: name for name in (deferred("blocked"), deferred("refused"), deferred("bypassed"), deferred("failed"))}


def _worst_month(results: Results, group: str) -> Headline | None:
    names = tuple(_FATES)
    read = {name: _read(results, f"{name}_share", group) for name in names}
    stuck = [rows[_MIDDLE] for name in ("blocked", "refused") if (rows := read[name]) is not None]
    if not stuck:
        return None
    total = np.nan_to_num(np.sum(stuck, axis=0))
    place = int(np.argmax(total))
    label = _("{group}, payments in the worst month").format(group=_name(results, group))
    if total[place] <= 0:
        return Headline(label, _("none blocked, none refused"), {"group": group, "month": None})
    there = {name: rows[:, place] for name, rows in read.items() if rows is not None}
    month = _month(results, place)
    words = ", ".join(f"{_(_FATES[name])} {_percent(column, 0)}" for name, column in there.items())
    return Headline(
        label, f"{month}: {words}", {"group": group, "month": month, **{n: _point(c) for n, c in there.items()}}
    )


def _costs(results: Results, part: Roles) -> Headline | None:
    if part.start is None:
        return None
    months = results.dates.astype("datetime64[M]")
    year = (months >= part.start) & (months < part.start + _YEAR)
    weights: Mapping[str, float] = results.scenario.get("trade", {})
    texts, data = [], {}
    roles = ("target", _("target"), part.target), ("sender", _("sender"), part.sender)
    for role, name, groups in (*roles, ("bystander", _("bystander"), part.bystander)):
        column = _mean_cost(results, groups, weights, year)
        if column is not None:
            # adding 0.0 makes 0.0 of -0.0
            low, middle, high = (number(round(column[place], 1) + 0.0, 1) for place in (_LOW, _MIDDLE, _HIGH))
            cost = _("{role} {cost} bp").format(role=name, cost=middle)
            texts.append(cost if low == high else between(cost, low, high))
            data[role] = {"groups": list(groups), **_point(column)}
    if not texts:
        return None
    return Headline(_(part.cost), ", ".join(texts), {"from": str(part.start), **data})


def _mean_cost(
    results: Results, groups: Sequence[str], weights: Mapping[str, float], months: NDArray[np.bool_]
) -> Array | None:
    """Quantiles (5,) over the replicates of the mean cost over groups (weighted by trade) and months."""
    known = [group for group in groups if group in results.keys("cost_bp")]
    if not known or not months.any():
        return None
    read = np.stack([results.values("cost_bp", group)[1][:, months].mean(axis=1) for group in known])
    mean = np.average(read, axis=0, weights=[weights.get(group, 1.0) for group in known])
    column: Array = quantiles(mean[:, np.newaxis])[:, 0]
    return column if np.all(np.isfinite(column)) else None


def beside(results: Results) -> dict[str, Any]:
    """Collect what stands beside every headline: the parameters in dispute, stability, premises, bounds, the command.

    network_effect, cost_sensitivity, gamma_c : median and range of the draws (R = gamma/gamma_c; lambda, a bp)
    unstable : number of replicates whose base is unstable
    premises : events that are given as input and are not results
    bounds : how low either kind of migration alone could bring the tracker;  notes : sentences to read with them
    """
    draws = results.draws()
    bounds = tracker_bounds(results)
    steps = published_steps(results)
    premises = [
        f"{event['label']} ({str(event['at'])[:7]})"
        for event in results.scenario["events"]
        if event.get("premise") and str(event["at"])[:7] <= results.manifest["last_month"]
    ]
    return {
        **{name: _range(draws.get(name)) for name in ("network_effect", "cost_sensitivity", "gamma_c")},
        "unstable": results.manifest["unstable"],
        "premises": premises,
        "bounds": None if bounds is None else asdict(bounds),
        "notes": strain_notes(results, results.scenario["names"])
        + ([] if bounds is None else bounds.sentences())
        + ([] if steps is None else [steps]),
        "command": results.manifest["command"],
    }


def context_lines(context: Mapping[str, Any], replicates: int) -> Iterator[str]:
    """Say what `beside` has collected, a line each; ``replicates`` is their number."""
    for name, words in _PARAMETERS.items():
        if context[name] is not None:
            median, least, most = (decimal(f"{context[name][part]:.3g}") for part in ("median", "least", "greatest"))
            spread = _("{median} ({least} to {most})").format(median=median, least=least, most=most)
            yield f"{_(words)}: {median if least == most else spread}"
    unstable = _("draws with an unstable base: {count} of {replicates}")
    yield unstable.format(count=context["unstable"], replicates=replicates)
    for premise in context["premises"]:
        yield _("given as input: {premise}").format(premise=premise)
    yield from context["notes"]


def _range(values: NDArray[Any] | None) -> dict[str, float] | None:
    if values is None:
        return None
    return {"median": float(np.median(values)), "least": float(values.min()), "greatest": float(values.max())}
