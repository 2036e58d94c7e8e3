"""Quantiles over replicates with memory that does not grow with their number, and the table that holds them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paysim.study.pieces import Layout, Piece

Array = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("p05", "p25", "p50", "p75", "p95")
HEADER = ("date", "series", "key", "source", *COLUMNS)

BLOCK = 2_000_000
"""Values held at a time (16 MB): a memory budget, with no effect on the result."""


def quantiles(values: Array) -> Array:
    """Find the quantiles (5, rows) over the first axis of values (replicates, rows), of the values that are defined.

    Linear between order statistics (type 7 of Hyndman and Fan 1996, as numpy's default); nan where nothing is defined.
    """
    ordered = np.sort(values, axis=0)  # nan sorts to the end
    defined = np.count_nonzero(~np.isnan(ordered), axis=0)
    result = np.empty((len(QUANTILES), values.shape[1]))
    for row, level in enumerate(QUANTILES):
        place = level * np.maximum(defined - 1, 0)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(defined - 1, 0))
        below = np.take_along_axis(ordered, low[np.newaxis], axis=0)[0]
        above = np.take_along_axis(ordered, high[np.newaxis], axis=0)[0]
        between = place > low  # elsewhere the neighbour must not count: inf * 0 is nan
        result[row] = below
        result[row, between] += (above - below)[between] * (place - low)[between]
    return result


def piece_quantiles(pieces: Sequence[Piece]) -> Iterator[Array]:
    """Give the quantiles (5, rows of a block) of a replicate's rows, block after block in their order."""
    rows = pieces[0].layout.rows
    width = max(1, BLOCK // len(pieces))
    for start in range(0, rows, width):
        block = np.empty((len(pieces), min(width, rows - start)))
        for place, piece in enumerate(pieces):
            block[place] = piece.values()[start : start + width]
        yield quantiles(block)


def write_summary(path: Path, sources: Mapping[str, Sequence[Piece]]) -> None:
    """Write the quantiles of every source as CSV: floats in full, empty where not defined.

    ``sources`` : name of a source -> the pieces of its replicates, at least one each
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for source, pieces in sources.items():
            labels = _labels(pieces[0].layout)
            for block in piece_quantiles(pieces):
                for column in block.T.tolist():
                    numbers = ("" if isnan(number) else repr(number) for number in column)
                    writer.writerow((*next(labels), source, *numbers))


def _labels(layout: Layout) -> Iterator[tuple[str, str, str]]:
    dates = [str(month) + "-01" for month in layout.months]
    for series, key in layout.pairs():
        for date in dates:
            yield date, series, key
