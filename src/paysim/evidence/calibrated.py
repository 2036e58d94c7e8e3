"""What a calibration found, as plain data: every word and figure about it is made from this, and so is the package's.

``src/paysim/data/posterior.json`` is the file that `paysim evidence calibrate` writes, as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.errors import DataError
from paysim.evidence.calibrate import CONFIRMED, CONFIRMED_REPLICATES, DRIFT, Sample, priors
from paysim.evidence.posterior import BAND, END, LEVELS, Columns, coverage, drawn, effective, movement, predicted
from paysim.evidence.targets import FAMILIES, MEMORY, Family, Target, covariance
from paysim.study.identity import digest

Array = NDArray[np.float64]

FILE = "posterior.json"
PLANTS = 256
"""Points of the first wave that are planted."""
KEPT = 100
"""Equally weighted draws of the posterior that are written down."""
OUTSIDE = 0.05
"""A point is ruled out whose figures lie further from the published ones than all but this share would by chance."""


def found(sample: Sample, events: Array, command: str) -> dict[str, Any]:
    """Everything that the figures say, rounded to what is written.

    events : (P, R, T) figures of the event engine at the first points of `confirmed`;  command : that repeats it
    """
    fitted = sample.columns(fitted=True)
    columns, weight = Columns(sample.units), sample.weigh(fitted)
    data = {
        "command": command,
        "sample": {
            "first": sample.first,
            "second": len(sample.units) - sample.first,
            "failed": int(np.isnan(sample.values).any(axis=1).sum()),
            "effective": effective(weight),
            "not_ruled_out": _not_ruled_out(sample, fitted),
        },
        "inputs": inputs(sample.of) | {"outcomes": digest(np.nan_to_num(sample.values, nan=-1.0).tolist())},
        "parameters": _parameters(sample, columns, weight),
        "families": [_family(sample, family, weight, events) for family in FAMILIES],
        "figures": [_figure(one) for one in sample.of],
        "first_figures": {one.id: float(value) for one, value in zip(sample.of, sample.values[0], strict=True)},
        "memory": MEMORY,
        "coverage": _coverage(sample, columns, fitted),
        "confirmed": {"points": len(events), "replicates": events.shape[1] if len(events) else 0},
        "draws": _draws(sample, weight),
    }
    rounded: dict[str, Any] = _rounded(data)
    return rounded


def confirmed(sample: Sample) -> list[int]:
    """Places of the points at which the event engine is run: different ones of the posterior, spread by weight."""
    weight = sample.weigh(sample.columns(fitted=True))
    return list(dict.fromkeys(drawn(weight, CONFIRMED).tolist()))


def inputs(of: Sequence[Target]) -> dict[str, str]:
    """Digests of what a calibration starts from: the priors, and the figures with their errors."""
    laws = [[prior.name, prior.range.model_dump(mode="json")] for prior in priors()]
    figures = [[one.id, one.series, one.at, one.seen.value, one.family.fitted, *_numbers(one.family)] for one in of]
    return {"priors": digest(laws), "figures": digest(figures)}


def _numbers(family: Family) -> list[float]:
    """The errors of a family, without the words."""
    return [getattr(error, end) for error in (family.own, family.discrepancy) for end in ("best", "low", "high")]


def text(data: dict[str, Any]) -> str:
    """The file, as it is written."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


@cache
def shipped() -> dict[str, Any]:
    """The posterior of the package; DataError where it is missing or broken."""
    path = catalogue.FOLDER / FILE
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name} of the package cannot be read: {error}") from None
    return data


def _not_ruled_out(sample: Sample, fitted: NDArray[np.intp]) -> float:
    """Share of the first wave at which the fitted figures are not too far off (chi-squared, all together)."""
    from scipy.stats import chi2

    errors = np.linalg.cholesky(covariance([sample.of[place] for place in fitted]))
    values = sample.values[: sample.first, fitted]
    gaps = np.linalg.solve(errors, np.nan_to_num(values - sample.seen[fitted], nan=np.inf).T)
    far = (np.nan_to_num(gaps, nan=np.inf) ** 2).sum(axis=0)
    return float(np.mean(far < chi2.ppf(1.0 - OUTSIDE, len(fitted))))


def _parameters(sample: Sample, columns: Columns, weight: Array) -> list[dict[str, Any]]:
    flat = sample.flat()
    whole = movement(columns, weight, flat)
    alone = {
        family.id: movement(columns, sample.weigh(sample.columns(family.id)), flat)
        for family in FAMILIES if family.fitted
    }  # fmt: skip
    ends = {
        which: movement(columns, sample.weigh(sample.columns(fitted=True), which), flat) for which in ("low", "high")
    }
    rows = []
    for place, prior in enumerate(priors()):
        middle = float(whole.band[1, place])
        rows.append(
            {
                "name": prior.name,
                "meaning": prior.meaning,
                "unit": prior.unit,
                "basis": prior.basis,
                "prior": prior.values(np.array(BAND)).tolist(),
                "posterior": prior.values(whole.band[:, place]).tolist(),
                "quantiles": whole.band[:, place].tolist(),
                "width": [float(one[place]) for one in (whole.width, whole.width_low, whole.width_high)],
                "distance": float(whole.distance[place]),
                "chance": whole.chance,
                "moved": bool(whole.moved[place]),
                "end": "" if END <= middle <= 1.0 - END else "low" if middle < END else "high",
                "by": [name for name, one in alone.items() if one.moved[place]],
                "errors": {
                    which: {
                        "moved": bool(one.moved[place]),
                        "width": float(one.width[place]),
                        "median": float(prior.values(one.band[1, place])),
                        "effective": one.effective,
                    }
                    for which, one in ends.items()
                },
            }
        )  # fmt: skip
    return rows


def _family(sample: Sample, family: Family, weight: Array, events: Array) -> dict[str, Any]:
    """How near the model comes to a family of figures, before and after, and what the event engine makes of it."""
    at = sample.columns(family.id)
    of, seen, values = [sample.of[place] for place in at], sample.seen[at], sample.values[:, at]
    errors = np.sqrt(np.diag(covariance(of)))
    before = np.zeros(len(weight))
    before[: sample.first] = ~np.isnan(sample.values[: sample.first]).any(axis=1)
    told = {}
    for name, by in (("prior", before / before.sum()), ("posterior", weight)):
        mean, place = predicted(values, by, seen, errors)
        told[name] = {
            "error": float(np.sqrt(np.mean((mean - seen) ** 2))),
            "covered": float(np.mean((place >= BAND[0]) & (place <= BAND[-1]))),
        }
    gaps = (events[:, :, at] - values[confirmed(sample)][:, None]).mean(axis=2) if len(events) else np.zeros((0, 0))
    return {
        "id": family.id, "label": family.label, "story": family.story, "fitted": family.fitted, "figures": len(at),
        "own": asdict(family.own), "discrepancy": asdict(family.discrepancy), **told,
        "events": float(np.nanmean(gaps)) if gaps.size else None,
        "events_error": float(np.nanstd(gaps, ddof=1) / np.sqrt(gaps.size)) if gaps.size > 1 else None,
    }  # fmt: skip


def _figure(one: Target) -> dict[str, Any]:
    seen = one.seen
    return {
        "id": one.id, "family": one.family.id, "value": seen.value, "grade": seen.grade, "source": seen.source,
        "published": seen.published.isoformat(),
    }  # fmt: skip


def _coverage(sample: Sample, columns: Columns, fitted: NDArray[np.intp]) -> dict[str, Any]:
    whole = np.flatnonzero(~np.isnan(sample.values[: sample.first]).any(axis=1))
    errors = covariance([sample.of[place] for place in fitted])
    plants = whole[:PLANTS].tolist()
    made = coverage(columns, sample.values[:, fitted], errors, sample.density, plants)
    return {
        "plants": made.plants,
        "effective": made.effective,
        "levels": {
            str(level): {"share": dict(zip(sample.names, shares.tolist(), strict=True)), "error": made.error(level)}
            for level, shares in zip(LEVELS, made.share, strict=True)
        },
    }


def _draws(sample: Sample, weight: Array) -> dict[str, list[float]]:
    places = drawn(weight, KEPT)
    return {
        prior.name: prior.values(sample.units[places, place]).tolist()
        for place, prior in enumerate(priors()) if prior.name != DRIFT
    }  # fmt: skip


def _rounded(data: Any) -> Any:
    """The same with numbers of six significant digits."""
    if isinstance(data, dict):
        return {key: _rounded(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_rounded(value) for value in data]
    return float(f"{data:.6g}") if isinstance(data, float) else data


__all__ = ["CONFIRMED_REPLICATES", "FILE", "confirmed", "found", "inputs", "shipped", "text"]
