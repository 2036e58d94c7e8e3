"""The tables of a study: its sample, its outcomes, its failures and its manifest, written point after point."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from paysim.study.identity import FORMAT, code_digest, machine, versions
from paysim.study.store import file_digest
from paysim.study.sweeps.design import column
from paysim.study.sweeps.worker import Finding

if TYPE_CHECKING:
    from paysim.scenario.sweep import Sweep
    from paysim.study.sweeps.points import Points

SAMPLE_FILE = "sample.parquet"
SAMPLE_TEXT = "sample.csv"
OUTCOMES_FILE = "outcomes.parquet"
FAILURES_FILE = "failures.csv"
UNIT = "unit."
"""Prefix of a column of `sample.parquet` that says where a point lies in the unit interval of a factor."""

BATCH = 1000
"""Points that are held at a time: a memory budget."""

_WORD = pa.dictionary(pa.int32(), pa.string())
Findings = Iterator[tuple[int, Finding]]


def factor_columns(points: Points, rows: Sequence[int]) -> dict[str, pa.Array[Any]]:
    """Every factor at some points: numbers in the unit of its range, or texts."""
    found: dict[str, pa.Array[Any]] = {}
    for place, (name, factor) in enumerate(points.sweep.factors.items()):
        values = column(factor, points.units[list(rows), place])
        found[name] = pa.array(values.tolist(), pa.string() if factor.levels is not None else pa.float64())
    return found


def write_sample(folder: Path, points: Points) -> None:
    """Write where every point lies, as a table for programs and as one for people."""
    numbers = range(len(points))
    columns: dict[str, Any] = {"point": pa.array(numbers, pa.int32()), **factor_columns(points, numbers)}
    for place, name in enumerate(points.names):
        columns[UNIT + name] = pa.array(points.units[:, place])
    columns["key"] = pa.array([points.key(point) for point in numbers], pa.string())
    pq.write_table(pa.table(columns), folder / SAMPLE_FILE, compression="zstd")
    with (folder / SAMPLE_TEXT).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("point", *points.names))
        writer.writerows((point, *(points.text(point, at) for at in range(len(points.names)))) for point in numbers)


def outcomes_schema(sweep: Sweep) -> pa.Schema:
    """Columns of `outcomes.parquet`: point, factors, replicate, outcome, value (null where it is not defined)."""
    factors = [
        pa.field(name, _WORD if factor.levels is not None else pa.float64()) for name, factor in sweep.factors.items()
    ]
    start: list[pa.Field[Any]] = [pa.field("point", pa.int32(), nullable=False), *factors]
    end: list[pa.Field[Any]] = [
        pa.field("replicate", pa.int32(), nullable=False),
        pa.field("outcome", _WORD, nullable=False),
        pa.field("value", pa.float64()),
    ]
    return pa.schema(start + end)


def write_outcomes(folder: Path, points: Points, findings: Findings, measures: Mapping[str, str]) -> dict[str, int]:
    """Write the outcomes of finished points and what became of the others; give the counts of both.

    findings : points with what came of them, in their order;  measures : outcome -> its text in a finding
    """
    schema = outcomes_schema(points.sweep)
    counts = {"finished": 0, "failed": 0}
    with (
        pq.ParquetWriter(folder / OUTCOMES_FILE, schema, compression="zstd") as table,
        (folder / FAILURES_FILE).open("w", encoding="utf-8", newline="") as file,
    ):
        failures = csv.writer(file, lineterminator="\n")
        failures.writerow(("point", "error", "command"))
        batch: list[tuple[int, Finding]] = []
        for point, finding in findings:
            if finding.error:
                counts["failed"] += 1
                failures.writerow((point, finding.error, points.command(point)))
                continue
            counts["finished"] += 1
            batch.append((point, finding))
            if len(batch) == BATCH:
                table.write_table(_rows(points, batch, measures, schema))
                batch = []
        table.write_table(_rows(points, batch, measures, schema))
    return counts


def _rows(
    points: Points, batch: Sequence[tuple[int, Finding]], measures: Mapping[str, str], schema: pa.Schema
) -> pa.Table:
    replicates, names = points.sweep.replicates, list(measures)
    each = replicates * len(names)
    repeat = np.repeat(np.arange(len(batch)), each)
    factors = factor_columns(points, [point for point, _ in batch])
    values = np.array([finding.values[text] for _, finding in batch for text in measures.values()], dtype=np.float64)
    columns: dict[str, Any] = {
        "point": pa.array(np.repeat([point for point, _ in batch], each), pa.int32()),
        **{name: of.take(repeat) for name, of in factors.items()},
        "replicate": pa.array(np.tile(np.arange(replicates), len(batch) * len(names)), pa.int32()),
        "outcome": pa.array(np.tile(np.repeat(np.array(names, dtype=object), replicates), len(batch)), pa.string()),
        "value": pa.array(values.reshape(-1), mask=np.isnan(values.reshape(-1))),
    }
    arrays = [_words(columns[name]) if schema.field(name).type == _WORD else columns[name] for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def _words(texts: Any) -> Any:
    """Texts with a sorted dictionary, so that equal content gives equal bytes."""
    plain = np.array(texts.to_pylist(), dtype=str)
    names, place = np.unique(plain, return_inverse=True)
    indices: Any = pa.array(place.astype(np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array(names.tolist(), pa.string()))


def make_manifest(
    folder: Path, points: Points, counts: Mapping[str, int], command: str, only: str | None, checks: Sequence[Any]
) -> dict[str, Any]:
    """What the study was and how far it came; nothing in it that a second run would not repeat.

    only : which part of the points was asked for, None for all;  checks : verdicts as plain data
    """
    sweep = points.sweep
    return {
        "program": "paysim",
        "kind": "sweep",
        "format": FORMAT,
        "name": sweep.name,
        "title": sweep.canonical()["title"],
        "file": sweep.file.as_posix(),
        "version": versions()["paysim"],
        "command": command,
        "engine": sweep.engine,
        "seed": sweep.seed,
        "replicates": sweep.replicates,
        "points": len(points),
        **counts,
        "part": only,
        "units": {name: factor.unit for name, factor in sweep.factors.items() if factor.levels is None},
        "outcomes": {name: outcome.unit for name, outcome in sweep.outcomes.items()},
        "checks": list(checks),
        "run": {
            "study": sweep.digest(),
            "code": code_digest(),
            "versions": versions(),
            "platform": machine(),
        },
        "files": {
            name: {"bytes": (folder / name).stat().st_size, "sha256": file_digest(folder / name)}
            for name in (SAMPLE_FILE, SAMPLE_TEXT, OUTCOMES_FILE, FAILURES_FILE)
        },
        "study": json.loads(json.dumps(sweep.canonical())),
    }
