"""One replicate as one small Parquet file, written whole or not at all.

Workers leave pieces behind while a run is under way. Whatever interrupts the run, the pieces that are there are
finished, and the next run of the same key goes on from them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paysim.engine.record import Fact, Record

Array = NDArray[np.float64]

_WORD = pa.dictionary(pa.int32(), pa.string())
_COLUMNS: tuple[pa.Field[Any], ...] = (
    pa.field("replicate", pa.int32(), nullable=False),
    pa.field("date", pa.date32(), nullable=False),
    pa.field("series", _WORD, nullable=False),
    pa.field("key", _WORD, nullable=False),
    pa.field("value", pa.float64()),
)
SCHEMA = pa.schema(_COLUMNS)
"""Columns of `series.parquet` and of every piece; a value that is not defined is null."""

_RUN = b"paysim.run"
_FACTS = b"paysim.facts"
_KEYS = b"paysim.keys"
_MONTHS = b"paysim.months"


@dataclass(frozen=True, eq=False)
class Layout:
    """How the rows of one replicate lie in the table: by series, then key, then month.

    months : (M,) datetime64[M];  keys : series -> its keys in the order of the scenario
    """

    months: NDArray[np.datetime64]
    keys: dict[str, tuple[str, ...]]

    def pairs(self) -> list[tuple[str, str]]:
        """Series and key of every block of M rows, in the order of the rows."""
        return [(series, key) for series in sorted(self.keys) for key in sorted(self.keys[series])]

    def fits(self, other: Layout) -> bool:
        """Whether the rows of the two mean the same."""
        return self.keys == other.keys and bool(np.array_equal(self.months, other.months))

    @property
    def rows(self) -> int:
        """Rows of one replicate."""
        return len(self.months) * sum(len(keys) for keys in self.keys.values())

    @classmethod
    def of(cls, record: Record) -> Layout:
        """Find the layout that a record takes."""
        return cls(record.months, {name: keys for name, (keys, _) in record.series.items()})


@dataclass(frozen=True)
class Piece:
    """A finished replicate on disk: its layout and facts, read; its values, not."""

    path: Path
    layout: Layout
    facts: dict[str, Fact]

    def values(self) -> Array:
        """Values (rows,) of the replicate, nan where not defined."""
        with pq.ParquetFile(self.path) as file:
            return column_values(file.read(columns=["value"]))

    def table(self) -> pa.Table:
        """Read the rows of the replicate, without what only a piece carries."""
        with pq.ParquetFile(self.path) as file:
            return file.read().replace_schema_metadata(None)


def column_values(table: pa.Table) -> Array:
    """Column ``value`` of a table, (rows,) float64, nan where it is null."""
    values: Array = table.column("value").to_numpy().astype(np.float64, copy=False)
    return values


def record_table(record: Record, replicate: int) -> pa.Table:
    """Lay out the rows of one replicate, sorted by series, key and date."""
    layout = Layout.of(record)
    pairs = layout.pairs()
    months = len(layout.months)
    values = np.concatenate([record.values(series, key) for series, key in pairs]) if pairs else np.empty(0)
    days = np.tile(layout.months.astype("datetime64[D]"), len(pairs))
    columns = [
        pa.array(np.full(layout.rows, replicate, dtype=np.int32)),
        pa.array(days, pa.date32()),
        _words([series for series, _ in pairs], months),
        _words([key for _, key in pairs], months),
        pa.array(values, mask=np.isnan(values)),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _words(words: list[str], times: int) -> pa.Array[Any]:
    """Each word so many times, with a sorted dictionary, so that equal content gives equal bytes."""
    names, place = np.unique(np.array(words, dtype=str), return_inverse=True)
    indices: Any = pa.array(
        np.repeat(place, times).astype(np.int32)
    )  # the stubs take numpy's integers for truth values
    return pa.DictionaryArray.from_arrays(indices, pa.array(names.tolist(), pa.string()))


def piece_path(folder: Path, replicate: int) -> Path:
    """Where the piece of a replicate lies."""
    return folder / f"{replicate:06d}.parquet"


def write_piece(folder: Path, record: Record, replicate: int, run: str) -> None:
    """Write a finished replicate of the run with key ``run``: to a temporary file first, then under its name."""
    table = record_table(record, replicate)
    metadata = {
        _RUN: run.encode(),
        _FACTS: json.dumps({name: _plain(value) for name, value in record.facts.items()}).encode(),
        _KEYS: json.dumps(Layout.of(record).keys).encode(),
        _MONTHS: json.dumps([str(record.months[0]), str(record.months[-1])]).encode(),
    }
    path = piece_path(folder, replicate)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(metadata), unfinished, compression="zstd")
    unfinished.replace(path)


def _plain(value: object) -> Fact:
    """Give a fact as Python's own type: engines hand over numpy's as well."""
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, (bool, int, float, str)):
        raise TypeError(f"a fact is a number, a text or a truth value, not {value!r}")
    return plain


def read_piece(folder: Path, replicate: int, run: str) -> Piece | None:
    """Open the piece of a replicate; None if there is none, if it is of another run, or if it cannot be read."""
    path = piece_path(folder, replicate)
    try:
        with pq.ParquetFile(path) as file:
            metadata = file.schema_arrow.metadata or {}
            if metadata.get(_RUN) != run.encode():
                return None
            keys = {name: tuple(of) for name, of in json.loads(metadata[_KEYS]).items()}
            first, last = json.loads(metadata[_MONTHS])
            facts = json.loads(metadata[_FACTS])
    except (OSError, pa.ArrowInvalid, KeyError, ValueError):
        return None
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)
    return Piece(path, Layout(months, keys), facts)


def missing(folder: Path, replicates: Iterable[int], run: str) -> list[int]:
    """Those of the replicates that have no finished piece yet."""
    return [replicate for replicate in replicates if read_piece(folder, replicate, run) is None]
