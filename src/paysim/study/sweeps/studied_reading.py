"""From the folder of a study to what its analysis begins with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from paysim.errors import InputError, ResultsError
from paysim.scenario import document
from paysim.scenario.base import nearest
from paysim.scenario.sweep_parts import Outcome, read_quantity
from paysim.study.compared.explain_words import Scale
from paysim.study.store import file_digest
from paysim.study.sweeps.design import MORRIS_LEVELS
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.studied import MORRIS, SALTELLI, Array, Factor, Studied, is_morris, saltelli_step
from paysim.study.sweeps.tables import OUTCOMES_FILE, SAMPLE_FILE

FEWEST_NUMBERS = 3
"""Values of a list from which they are numbers on an axis; two are a switch."""


def outcome_name(results: SweepResults, wanted: str | None) -> str:
    """The outcome that is asked for, the only one if none is; InputError with the nearest right word."""
    known: dict[str, str] = dict(results.manifest["outcomes"])
    if wanted is None and len(known) == 1:
        return next(iter(known))
    if wanted is None:
        raise InputError(f"{results.folder}: has {len(known)} outcomes, choose one with --outcome: {', '.join(known)}")
    if wanted not in known:
        raise InputError(
            f"{results.folder}: has no outcome {wanted!r}{nearest(wanted, known)} (it has {', '.join(known)})"
        )
    return wanted


def read_studied(results: SweepResults, outcome: str) -> Studied:
    """Read the sample of a study and one outcome of every point.

    Raises
    ------
    ResultsError : the tables are not those that the study wrote
    InputError : the sample is not one that its design makes
    """
    _check_files(results)
    manifest, study = results.manifest, results.manifest["study"]
    table, design = results.sample(), study["design"]
    names, units = results.units()
    columns = [_column(name, study["factors"][name], table.column(name)) for name in names]
    factors = tuple(factor for factor, _numbers in columns)
    _check_sample(str(manifest["name"]), str(design["kind"]), units)
    return Studied(
        name=str(manifest["name"]),
        design=str(design["kind"]),
        factors=factors,
        inputs=np.column_stack([numbers for _factor, numbers in columns]),
        outcome=outcome,
        values=results.outcome(outcome),
        points=table.column("point").to_numpy().astype(np.int64),
        failed=tuple(int(row["point"]) for row in results.failures()),
        steps=int(design["levels"] or MORRIS_LEVELS),
        repeated=str(manifest["command"]),
        title=title_of(outcome),
        scale=scale_of(str(manifest["outcomes"][outcome])),
    )


def _check_files(results: SweepResults) -> None:
    for name in (SAMPLE_FILE, OUTCOMES_FILE):
        if file_digest(results.folder / name) != results.manifest["files"][name]["sha256"]:
            raise ResultsError(
                f"{results.folder / name} is not what the study wrote: an analysis would be of other points. Write it "
                f"again: {results.manifest['command']}"
            )


def _check_sample(name: str, design: str, units: Array) -> None:
    """See that points lie where the design puts them; in the unit cube, where no two levels look alike."""
    whole = True
    if design == SALTELLI:
        whole = saltelli_step(units) is not None
    if design == MORRIS:
        whole = is_morris(units, [True] * units.shape[1])
    if not whole:
        raise InputError(f"{name}: the stored sample is not one that the design {design!r} makes; run it with --fresh")


def _column(name: str, said_of: dict[str, Any], column: pa.ChunkedArray[Any]) -> tuple[Factor, Array]:
    """A factor and what it is at every point: numbers, or places among its levels."""
    label = said_of["label"] or name.replace("_", " ")
    if said_of["range"] is not None:
        return Factor(name, label, unit=str(said_of["range"][0][1])), column.to_numpy().astype(np.float64)
    levels = tuple(str(level) for level in said_of["values"] or said_of["scenarios"])
    texts = column.to_pylist()
    if (numbers := as_numbers(levels)) is not None:
        of = dict(zip(levels, numbers[0], strict=True))
        return Factor(name, label, unit=numbers[1]), np.array([of[str(text)] for text in texts])
    places = {level: place for place, level in enumerate(levels)}
    shown = tuple(Path(level).stem if said_of["scenarios"] else level for level in levels)
    return Factor(name, label, shown), np.array([float(places[str(text)]) for text in texts])


def as_numbers(levels: Sequence[str]) -> tuple[list[float], str] | None:
    """Numbers and unit of a list of values, None where they are words, of several units, or only two."""
    if len(levels) < FEWEST_NUMBERS:
        return None
    try:
        read = [read_quantity(_plain(level)) for level in levels]
    except ValueError:
        return None
    units = {unit for _number, unit in read}
    return ([value for value, _unit in read], units.pop()) if len(units) == 1 else None


def _plain(text: str) -> object:
    return document.plain(document.parse_value(text, ""))


def title_of(name: str) -> str:
    """An outcome in words: its name."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def scale_of(unit: str) -> Scale:
    """How an outcome of a unit is shown: shares, indices and ratios in percent."""
    if unit.startswith(("fraction", "index", "ratio")):
        return Scale(100.0, 1, " %")
    name = {"count": "", "multiple": "", "0 or 1": "", "basis points": "bp"}.get(unit, unit)
    return Scale(1.0, 2, f" {name}".rstrip())


def read_threshold(results: SweepResults, outcome: str, written: str, option: str) -> float:
    """A threshold as it is written, ``10 %`` or ``90``, in the unit of the outcome; InputError says what is wrong."""
    measure = Outcome.model_validate(results.manifest["study"]["outcomes"][outcome])
    try:
        return measure.dimension.read(_plain(written))
    except ValueError as error:
        raise InputError(f"{option} {written}: {error}") from None
