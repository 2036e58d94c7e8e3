"""A table that a person hands over, CSV or Parquet, as columns of text whose rows can be named.

Everything is read as text, so that ``0.10`` arrives as it was written and not as the nearest binary float. Blanks
around a cell mean nothing; an empty cell is empty text, as is a null. In a Parquet file, whole numbers, decimals,
times and truth values become the text that stands for them, and a float the shortest decimal that reads as this float.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet as pq

from paysim.errors import DataError

DELIMITERS = (",", ";", "\t")
# The stubs of pyarrow refuse much of what its functions take.
compute: Any = pyarrow.compute
Column = Any
"""Text of one column, a ``pyarrow.StringArray``."""
PARQUET_ENDINGS = (".parquet", ".pq")
SHOWN_A_KIND = 20
"""Problems of one kind that are listed; of the rest, only the number is told."""

_BLOCK = 1 << 24  # bytes that the CSV reader takes at a time; a row must fit into it


class Faults:
    """Problems of a table, gathered until all of it has been looked at."""

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._kinds: dict[str, list[tuple[int | None, str, str]]] = {}

    def __len__(self) -> int:
        return sum(len(found) for found in self._kinds.values())

    def add(self, kind: str, row: int | None, message: str, place: str = "") -> None:
        """Note a problem of a row (from 0), or of the whole table; those of one kind are listed together.

        place : where it is, if it is in no row that could be read
        """
        self._kinds.setdefault(kind, []).append((row, message, place))

    def finish(self) -> None:
        """Raise DataError with every problem, if there is one."""
        if not self._kinds:
            return
        lines = []
        for found in self._kinds.values():
            ordered = sorted(found, key=lambda fault: -1 if fault[0] is None else fault[0])
            lines += [f"{place or self._table.place(row)}: {message}" for row, message, place in ordered[:SHOWN_A_KIND]]
            rest = len(ordered) - SHOWN_A_KIND
            if rest > 0:
                lines.append(f"{self._table.place(None)}: and {rest:,} more of this kind")
        raise DataError("\n".join(lines))


@dataclass(frozen=True)
class TextTable:
    """Columns of text of one length.

    file : as the person named it
    sha256 : of the file's bytes
    columns : name, as written but without blanks around it, to (N,) text
    text : of a CSV file, for finding lines; None for Parquet
    delimiter : of a CSV file
    malformed : whether rows with a wrong number of cells were met (they are not in the columns)
    """

    file: str
    sha256: str
    columns: Mapping[str, Column]
    text: str | None = None
    delimiter: str = ""
    malformed: bool = False

    @property
    def rows(self) -> int:
        """Number of rows, without the header."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def place(self, row: int | None) -> str:
        """File and line of a row from 0; a Parquet file has rows, counted from 1, and no lines."""
        if row is None:
            return self.file
        if self.text is None or len(self._lines[0]) != self.rows:
            return f"{self.file}: row {row + 1}"
        return f"{self.file}:{self._lines[0][row]}"

    def check_shape(self, faults: Faults) -> None:
        """Note rows that have more or fewer cells than the header."""
        if not self.malformed:
            return
        expected = f"expected {len(self.columns)} cells as in the header"
        for line, count in self._lines[1]:
            faults.add("shape", None, f"{expected}, got {count}", f"{self.file}:{line}")
        if not self._lines[1]:
            faults.add("shape", None, f"{expected} in every row, and some rows have others")

    @cached_property
    def _lines(self) -> tuple[list[int], list[tuple[int, int]]]:
        """First line of every row, and lines and numbers of cells of malformed rows; read anew only for messages."""
        rows: list[int] = []
        wrong: list[tuple[int, int]] = []
        reader = csv.reader(io.StringIO(self.text or "", newline=""), delimiter=self.delimiter or ",")
        header_seen, line = False, 1
        try:
            for cells in reader:
                if cells and header_seen:
                    if len(cells) == len(self.columns):
                        rows.append(line)
                    else:
                        wrong.append((line, len(cells)))
                header_seen = header_seen or bool(cells)
                line = reader.line_num + 1
        except csv.Error:
            return [], wrong
        return rows, wrong


def read_text_table(path: str | Path, known: Collection[str]) -> TextTable:
    """Read a CSV file (comma, semicolon or tab; UTF-8, with or without a byte order mark) or a Parquet file.

    known : names of columns, by which the delimiter is told

    Raises
    ------
    DataError : the file cannot be read, or has no header
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None
    digest = hashlib.sha256(content).hexdigest()
    if file.suffix.lower() in PARQUET_ENDINGS:
        return _read_parquet(file, content, digest)
    return _read_csv(file, content, digest, known)


def _read_parquet(file: Path, content: bytes, digest: str) -> TextTable:
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file}: is no Parquet file that can be read: {error}") from None
    _check_header(file, [name.strip() for name in table.column_names])
    columns = {}
    for name in table.column_names:
        try:
            columns[name.strip()] = _as_text(table.column(name))
        except pa.ArrowException:
            continue  # lists and structures: no column that is looked at can be one; see `passed over`
    return TextTable(str(file), digest, columns)


def _as_text(column: Any) -> Column:
    text = compute.fill_null(column.cast(pa.string()), "")
    joined = text.combine_chunks()
    return compute.utf8_trim_whitespace(joined if isinstance(joined, pa.StringArray) else pa.array(joined, pa.string()))


def _read_csv(file: Path, content: bytes, digest: str, known: Collection[str]) -> TextTable:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{file}:{line}: is not UTF-8 text; save the table as CSV in UTF-8") from None
    first = next((line.rstrip("\r\n") for line in io.StringIO(text, newline="") if line.strip()), "")
    if not first:
        raise DataError(f"{file}: is empty; expected a header and a row for each payment or participant")
    delimiter, header = _header(first, known)
    _check_header(file, header)
    malformed = _Malformed()
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(content.removeprefix(codecs.BOM_UTF8)),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                invalid_row_handler=malformed.skip,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(_raw_names(first, delimiter), pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        raise DataError(f"{file}: cannot be read as a table: {error}") from None
    columns = {name.strip(): _as_text(table.column(name)) for name in table.column_names}
    return TextTable(str(file), digest, columns, text, delimiter, malformed.met)


class _Malformed:
    """Passes over rows with a wrong number of cells, and remembers that there were some."""

    def __init__(self) -> None:
        self.met = False

    def skip(self, row: object) -> Literal["skip"]:
        """Answer the CSV reader, which cannot tell the line; that is found out when the problem is told."""
        self.met = True
        return "skip"


def _raw_names(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _header(line: str, known: Collection[str]) -> tuple[str, list[str]]:
    """The delimiter that makes most known names of the first line, else most cells; and the names."""
    return max(
        ((delimiter, [name.strip() for name in _raw_names(line, delimiter)]) for delimiter in DELIMITERS),
        key=lambda found: (sum(name.lower() in known for name in found[1]), len(found[1])),
    )


def _check_header(file: Path, names: list[str]) -> None:
    folded = [name.lower() for name in names]
    twice = sorted({name for name in folded if folded.count(name) > 1})
    if twice:
        listed = ", ".join(repr(name) for name in twice)
        raise DataError(f"{file}: there are several columns named {listed} (capitals make no difference)")
