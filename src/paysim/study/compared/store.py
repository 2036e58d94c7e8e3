"""The tables of a comparison: every difference as CSV and Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from paysim.study.answers import COMPARED_TABLES
from paysim.study.compared.compare import Comparison
from paysim.study.quantiles import COLUMNS


def difference_table(comparisons: Sequence[Comparison]) -> pa.Table:
    """Every difference, a row for each run, series, key and month: quantiles .05 .25 .5 .75 .95, null if undefined."""
    return pa.concat_tables([_rows(comparison) for comparison in comparisons])


def _rows(comparison: Comparison) -> pa.Table:
    found, months = comparison.differences, len(comparison.dates)
    rows = len(found) * months
    numbers = np.concatenate([one.bands for one in found], axis=1) if found else np.empty((len(COLUMNS), 0))
    columns: dict[str, Any] = {
        "run": pa.array([comparison.name] * rows, pa.string()),
        "against": pa.array([comparison.against] * rows, pa.string()),
        "date": pa.array(np.tile(comparison.dates.astype("datetime64[D]"), len(found)), pa.date32()),
        "series": pa.array(np.repeat([one.series for one in found], months).tolist(), pa.string()),
        "key": pa.array(np.repeat([one.key for one in found], months).tolist(), pa.string()),
    }
    columns |= {name: pa.array(row, pa.float64(), from_pandas=True) for name, row in zip(COLUMNS, numbers, strict=True)}
    return pa.table(columns)


def write_tables(folder: Path, comparisons: Sequence[Comparison]) -> None:
    """Write the table twice into a folder."""
    rows = difference_table(comparisons)
    pyarrow.csv.write_csv(rows, folder / COMPARED_TABLES[0], pyarrow.csv.WriteOptions(quoting_style="needed"))
    pq.write_table(rows, folder / COMPARED_TABLES[1], compression="zstd")
