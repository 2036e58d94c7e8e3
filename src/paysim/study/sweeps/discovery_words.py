"""Boxes in words: under which conditions an outcome is reached, how well they hold, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from paysim.study.compared.explain_words import number_words
from paysim.study.sweeps.discovery import Box, Discovery, Limit
from paysim.study.sweeps.sensitivity_words import capital, percent
from paysim.study.sweeps.studied import beyond_words
from paysim.words import number
from paysim.words import translated as _

STABLE = 0.8
"""Share of half samples that limit a factor from which its limit is called stable. A judgement; 0.7 to 0.9 would do."""
FEW_CASES = 20
"""Points looked for below which a caution is said: a judgement."""


def threshold_words(found: Discovery) -> str:
    """What is looked for: the outcome above, or below, the threshold."""
    return beyond_words(found.studied, found.threshold, found.above)


def limit_words(limit: Limit) -> str:
    """What a box demands of a factor: R above 0.83; hub one of cut, fear."""
    name, unit = limit.factor.words, f" {limit.factor.unit}".rstrip()
    if limit.kept is not None:
        kept = _(" or ").join(limit.kept)
        return _("{name} is {kept}").format(name=name, kept=kept)
    low, high = ("" if np.isnan(end) else number_words(end) + unit for end in (limit.low, limit.high))
    if np.isnan(limit.high):
        return _("{name} at least {low}").format(name=name, low=low)
    if np.isnan(limit.low):
        return _("{name} at most {high}").format(name=name, high=high)
    return _("{name} between {low} and {high}").format(name=name, low=low, high=high)


def box_words(box: Box) -> str:
    """All that a box demands."""
    return "; ".join(limit_words(limit) for limit in box.limits)


def paragraph(found: Discovery) -> str:
    """Say in a few sentences where the outcome is reached, how well the box tells it, and which limit matters most."""
    parts = [
        _("{what}: so are {count} of {all} points ({share}).").format(
            what=threshold_words(found), count=int(found.cases.sum()), all=len(found.cases), share=percent(found.share)
        )
    ]
    if not found.boxes:
        return f"{parts[0]} " + _("No box sets them apart beyond chance.")
    parts += [_box_sentence(found.boxes[0]), _lead_sentence(found.boxes[0]), _stable_sentence(found)]
    parts += [_further_sentence(box) for box in found.boxes[1:]]
    parts.append(_left_sentence(found))
    return " ".join(capital(part) for part in parts if part)


def _box_sentence(box: Box) -> str:
    most = _(
        "Most of them are where {limits}: {density} of the {points} points there are (density), and {coverage} of all "
        "that are lie there (coverage)."
    )
    few = _(
        "They are densest where {limits}: {density} of the {points} points there are (density), but only {coverage} of "
        "all that are lie there (coverage)."
    )
    return (most if box.coverage > 0.5 else few).format(
        limits=box_words(box), density=percent(box.density), points=box.points, coverage=percent(box.coverage)
    )


def _lead_sentence(box: Box) -> str:
    """The limit whose loss costs most density."""
    first = box.limits[0]
    text = _("Most depends on {name}: without its limit the density would be {without} (quasi-p {p}).").format(
        name=first.factor.words, without=percent(first.without), p=quasi_p(first.surest)
    )
    if len(box.limits) > 1 and box.limits[1].without - first.without < 1.0 / max(box.points, 1) ** 0.5:
        second = box.limits[1]
        text = _(
            "Most depends on {name} and {other}, about alike: without the limit on one of them the density would be "
            "{without} or {second}."
        ).format(
            name=first.factor.words,
            other=second.factor.words,
            without=percent(first.without),
            second=percent(second.without),
        )
    return text


def quasi_p(value: float) -> str:
    """A quasi-p value for people: three decimals, or that it is smaller."""
    return _("below {least}").format(least=number(0.001, 3)) if value < 0.001 else number(value, 3)


def _stable_sentence(found: Discovery) -> str:
    """In how many half samples the search limits the same factors again."""
    box = found.boxes[0]
    if np.isnan(box.limits[0].reproduced):
        return ""
    shaky = [limit for limit in box.limits if limit.reproduced < STABLE]
    listed = ", ".join(f"{limit.factor.words} {percent(limit.reproduced)}" for limit in box.limits)
    text = _("Of {count} searches in half of the points so many limit the same factors: {listed}").format(
        count=found.resamples, listed=listed
    )
    if not shaky:
        return text + "."
    return text + _("; do not lean on the limit of {shaky}.").format(
        shaky=", ".join(limit.factor.words for limit in shaky)
    )


def _further_sentence(box: Box) -> str:
    return _("Outside of it, another box is where {limits} (density {density}, coverage {coverage}).").format(
        limits=box_words(box), density=percent(box.density), coverage=percent(box.coverage)
    )


def _left_sentence(found: Discovery) -> str:
    left = 1.0 - sum(box.coverage for box in found.boxes)
    if left < 0.005:
        return ""
    return _("{left} of the points looked for lie outside of any box.").format(left=percent(left))


def cautions(found: Discovery) -> Iterator[str]:
    """Say what is to be read with care."""
    if (few := int(min(found.cases.sum(), (~found.cases).sum()))) < FEW_CASES:
        yield _("only {count} points are on one side of the threshold").format(count=few)
    if found.shared:
        yield _(
            "points of a {design} design share values, so that they say less than as many others would: quasi-p values "
            "are too small"
        ).format(design=found.studied.design)
    if found.dropped:
        yield _("limits that chance would give as well were dropped: {listed}").format(
            listed=", ".join(f"{limit.factor.words} ({quasi_p(limit.surest)})" for limit in found.dropped)
        )


def table(box: Box) -> list[tuple[str, ...]]:
    """Heads and rows, a limit each, those first whose loss would cost most density."""
    rows: list[tuple[str, ...]] = [
        (_("limit"), _("of the range"), _("quasi-p"), _("density without"), _("limited again"), _("limits again"))
    ]
    for limit in box.limits:
        again = "–" if np.isnan(limit.reproduced) else percent(limit.reproduced)
        rows.append((limit_words(limit), _range_words(limit), quasi_p(limit.surest), percent(limit.without), again,
                     _spread_words(limit)))  # fmt: skip
    return rows


def _range_words(limit: Limit) -> str:
    if limit.kept is not None:
        return ", ".join(limit.factor.levels)
    low, high = (number_words(value) for value in limit.range)
    return _("{low} to {high}").format(low=low, high=high)


def _spread_words(limit: Limit) -> str:
    """Where the limits of the half samples lie, nine of ten."""
    parts = []
    for low, high in (limit.spread[:2], limit.spread[2:]):
        if not np.isnan(low):
            parts.append(_("{low} to {high}").format(low=number_words(low), high=number_words(high)))
    return ", ".join(parts) or "–"


def as_data(found: Discovery) -> dict[str, Any]:
    """The same as plain data, unscaled."""
    return {
        "outcome": found.studied.outcome,
        "threshold": found.threshold,
        "side": "above" if found.above else "below",
        "points": len(found.cases),
        "cases": int(found.cases.sum()),
        "boxes": [_box_data(box) for box in found.boxes],
        "dropped": [_limit_data(limit) for limit in found.dropped],
        "restricted_again": dict(zip(found.studied.names, found.reproduced.tolist(), strict=True)),
        "half_samples": found.resamples,
        "peeling": {
            "coverage": found.peeling.coverage.tolist(), "density": found.peeling.density.tolist(),
            "mass": found.peeling.mass.tolist(), "restricted": found.peeling.restricted.tolist(),
            "chosen": found.peeling.chosen,
        },
        "text": paragraph(found),
        "cautions": list(cautions(found)),
    }  # fmt: skip


def _box_data(box: Box) -> dict[str, Any]:
    return {
        "coverage": box.coverage, "density": box.density, "mass": box.mass, "points": box.points, "cases": box.cases,
        "limits": [_limit_data(limit) for limit in box.limits],
    }  # fmt: skip


def _limit_data(limit: Limit) -> dict[str, Any]:
    return {
        "factor": limit.factor.name, "low": limit.low, "high": limit.high,
        "kept": None if limit.kept is None else list(limit.kept), "range": list(limit.range),
        "quasi_p": list(limit.quasi_p), "density_without": limit.without, "limited_again": limit.reproduced,
        "low_again": list(limit.spread[:2]), "high_again": list(limit.spread[2:]),
    }  # fmt: skip
