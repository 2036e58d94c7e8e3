"""Payments of one day from a table: exact amounts, instants, an order, and every problem at once.

A table has the columns ``id, time, sender, receiver, amount`` and may have ``priority`` and ``batch``; capitals make no
difference. The names of PSSimPy's transactions and of paysim's own results are understood as well (`ALIASES`). Where
there is no ``id``, payments are numbered from 1 in the order of the rows.

- Payments of one instant stand in the order of their ids: by number if all ids are whole numbers, else as text, by the
  code points of their characters.
- Participants are the names that occur, in the same kind of order.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paysim.scenario import table_values
from paysim.scenario.table_text import Column, Faults, TextTable, compute, read_text_table
from paysim.scenario.table_values import LARGEST, DayClock, Flags, Vector
from paysim.scenario.units import shown
from paysim.words import everywhere
from paysim.words import translated as _

REQUIRED = ("time", "sender", "receiver", "amount")
OPTIONAL = ("id", "priority", "batch", "day")
ALIASES = {
    "sender_account": "sender",  # PSSimPy's transactions
    "recipient_account": "receiver",
    "from_account": "sender",  # PSSimPy's log of arrivals
    "to_account": "receiver",
    "submitted": "time",  # paysim's own results
}
PRIORITIES = {"": 1, "urgent": 0, "normal": 1, **{str(number): number for number in range(10)}}
"""Words and numbers for the priority of a payment; 0 is the most urgent, and 1 where nothing is said."""
MARKS = {"": 0, "false": 0, "no": 0, "0": 0, "true": 1, "yes": 1, "1": 1}
"""What may stand in the column ``batch``; an empty cell is no."""

_WHOLE_ZEROS = r"^([0-9])\.0+$"  # a number column with gaps is written with decimals by many programs
_HALF = 32  # bits; a sum of a billion halves of numbers fits into 64 bits
_LIKE_KNOWN = 0.7  # similarity at which an unknown column is taken for a misspelt one


@dataclass(frozen=True)
class PaymentsTable:
    """Checked payments of one day, in the order of the table; N payments, P participants.

    ids : (N,) text
    names : P names of participants, in their order
    payment_id : (N,) int64 from 0: place among all ids, by which payments of one instant are ordered
    submitted : (N,) int64 seconds from midnight of the day on which the system opens
    sender, receiver : (N,) int64 places in ``names``
    amount : (N,) int64 minor units
    priority : (N,) int64, 0 the most urgent
    batch : (N,) bool
    notes : what a person should know about the reading, texts or texts by language
    sha256 : of the file; empty where there is none
    """

    ids: Column
    names: tuple[str, ...]
    payment_id: Vector
    submitted: Vector
    sender: Vector
    receiver: Vector
    amount: Vector
    priority: Vector
    batch: Flags
    notes: tuple[str | dict[str, str], ...] = ()
    sha256: str = ""

    def with_names(self, more: Iterable[str]) -> PaymentsTable:
        """The same payments among more participants."""
        names = in_order({*self.names, *more})
        place = {name: at for at, name in enumerate(names)}
        moved = np.array([place[name] for name in self.names], np.int64)
        return replace(self, names=names, sender=moved[self.sender], receiver=moved[self.receiver])


def read_payments(path: str | Path, clock: DayClock, minor_units: int, currency: str) -> PaymentsTable:
    """Read a table of payments.

    Parameters
    ----------
    path : CSV or Parquet
    clock : the operating day
    minor_units, currency : decimals of the currency, and its code for messages

    Raises
    ------
    DataError : with every problem of the table, each with row and column
    """
    table = read_text_table(path, (*REQUIRED, *OPTIONAL, *ALIASES))
    faults = Faults(table)
    columns, passed_over = find_columns(table, faults, REQUIRED, OPTIONAL, ALIASES)
    faults.finish()
    table.check_shape(faults)
    if table.rows == 0 and not len(faults):
        faults.add("rows", None, "has no payments: there is a header and nothing below it")
    reading = _Reading(table, faults, columns)
    ids, payment_id = reading.ids()
    submitted = reading.times(clock)
    names, sender, receiver = reading.participants()
    amount = reading.amounts("amount", minor_units, currency)
    priority = reading.words("priority", PRIORITIES, "a priority (0, the most urgent, to 9, or urgent or normal)")
    batch = reading.words("batch", MARKS, "true or false").astype(np.bool_)
    reading.check_one_day()
    faults.finish()
    notes = (passed_over_words(passed_over),) if passed_over else ()
    columns_read = (payment_id, submitted, sender, receiver, amount, priority)
    return PaymentsTable(ids, names, *columns_read, batch, notes, table.sha256)


def passed_over_words(columns: Iterable[str], where: str = "") -> str | dict[str, str]:
    """Say which columns of a table were not read, in every language."""
    return everywhere(lambda: where + _("columns passed over: {columns}").format(columns=", ".join(columns)))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Sort names by number if all are whole numbers, else as text by code point; equal numbers as text."""
    listed = list(names)
    if all(name.isascii() and name.isdigit() for name in listed):
        return tuple(sorted(listed, key=lambda name: (int(name), name)))
    return tuple(sorted(listed))


def find_columns(
    table: TextTable,
    faults: Faults,
    required: Sequence[str],
    optional: Sequence[str],
    aliases: Mapping[str, str],
) -> tuple[dict[str, Column], list[str]]:
    """Give the columns by their names here, and the names of those that are passed over.

    A column whose name is near to one that is known and not there is a problem, not passed over: it is misspelt.
    """
    found: dict[str, Column] = {}
    written: dict[str, str] = {}
    strangers = []
    for name, column in table.columns.items():
        known = aliases.get(name.lower(), name.lower())
        if known in found:
            faults.add("columns", None, f"columns {shown(written[known])} and {shown(name)} are both the {known}")
        elif known in required or known in optional:
            found[known], written[known] = column, name
        else:
            strangers.append(name)
    missing = [name for name in (*required, *optional) if name not in found]
    near = {name: _misspelt(name, missing) for name in strangers}
    for name in required:
        if name in missing:
            meant = next((stranger for stranger, known in near.items() if known == name), None)
            hint = (
                f"; did you mean the column {shown(meant)}?"
                if meant
                else f" (there are {', '.join(map(shown, table.columns))})"
            )
            faults.add("columns", None, f"has no column {name}{hint}")
    for name, meaning in near.items():
        if meaning in optional:
            faults.add("columns", None, f"unknown column {shown(name)}; did you mean {meaning}?")
    return found, [_brief(name) for name in strangers if near[name] is None]


def _brief(name: str) -> str:
    """A name of a column as it stands in a note."""
    return name if re.fullmatch(r"[^\n]{1,60}", name) else shown(name) if name else "(without a name)"


def _misspelt(name: str, missing: Sequence[str]) -> str | None:
    close = difflib.get_close_matches(name.lower(), missing, n=1, cutoff=_LIKE_KNOWN)
    return close[0] if close else None


class _Reading:
    """Columns of payments on their way from text to numbers; problems go to `faults`."""

    def __init__(self, table: TextTable, faults: Faults, columns: Mapping[str, Column]) -> None:
        self._rows = table.rows
        self._faults = faults
        self._columns = columns

    def _blame(self, column: str, wrong: Flags, why: Callable[[str], tuple[str, str]]) -> None:
        """Note what is wrong with every cell of a mask."""
        rows = np.flatnonzero(wrong)
        cells = self._columns[column].take(pa.array(rows)).to_pylist()
        for row, cell in zip(rows.tolist(), cells, strict=True):
            kind, message = why(cell)
            self._faults.add(f"{column}: {kind}", row, f"column {column}: {message}")

    def amounts(self, column: str, minor_units: int, currency: str) -> Vector:
        """Positive amounts whose sum fits into 64 bits."""
        values, wrong = table_values.amounts(self._columns[column], minor_units)
        self._blame(column, wrong, lambda cell: table_values.why_no_amount(cell, minor_units, currency))
        self._blame(column, ~wrong & (values == 0), lambda cell: ("zero", "is zero; a payment has an amount"))
        total = (int((values >> _HALF).sum()) << _HALF) + int((values & (1 << _HALF) - 1).sum())
        if total > LARGEST:
            limit = f"{LARGEST / 10**minor_units:.4g} (2^63 minor units)"
            self._faults.add("total", None, f"column {column}: the amounts are together more than {limit}")
        return values

    def times(self, clock: DayClock) -> Vector:
        """Instants of the operating day."""
        values, wrong, outside = table_values.times(self._columns["time"], clock)
        self._blame("time", wrong, table_values.why_no_time)
        rule = f"outside the day: a payment is handed over from second 0 to before {clock.closes}, the closing"
        self._blame("time", outside, lambda cell: ("outside", f"{shown(cell)} is {rule} (in session {clock.words()})"))
        return values

    def participants(self) -> tuple[tuple[str, ...], Vector, Vector]:
        """Names of participants, and who sends and receives."""
        both = [self._columns[column] for column in ("sender", "receiver")]
        for column, cells in zip(("sender", "receiver"), both, strict=True):
            self._blame(column, np.asarray(compute.equal(cells, "")), lambda cell: ("empty", "is empty"))
        itself = np.asarray(compute.and_(compute.equal(*both), compute.not_equal(both[0], "")))
        self._blame("receiver", itself, lambda cell: ("itself", f"{shown(cell)} pays itself; that needs no system"))
        names = in_order(compute.unique(pa.chunked_array(both)).to_pylist())
        known = pa.array(names, pa.string())
        sender, receiver = (np.asarray(compute.index_in(cells, known)).astype(np.int64) for cells in both)
        return names, sender, receiver

    def words(self, column: str, meanings: dict[str, int], expected: str) -> Vector:
        """Words of a column that may be missing."""
        cells = self._columns.get(column)
        if cells is None:
            return np.full(self._rows, meanings[""], np.int64)
        values, wrong = table_values.words(compute.replace_substring_regex(cells, _WHOLE_ZEROS, r"\1"), meanings)
        self._blame(column, wrong, lambda cell: ("unknown", f"{shown(cell)} is not {expected}"))
        return values

    def ids(self) -> tuple[Column, Vector]:
        """Identifiers, each once, and their places in their order."""
        cells = self._columns.get("id")
        if cells is None:
            return pa.array(np.arange(1, self._rows + 1)).cast(pa.string()), np.arange(self._rows)
        self._blame("id", np.asarray(compute.equal(cells, "")), lambda cell: ("empty", "is empty"))
        order = _order_of_ids(cells)
        payment_id = np.empty(self._rows, np.int64)
        payment_id[order] = np.arange(self._rows)
        ordered = cells.take(pa.array(order))
        again = np.zeros(self._rows, dtype=np.bool_)
        again[1:] = np.asarray(
            compute.and_(compute.equal(ordered[1:], ordered[:-1]), compute.not_equal(ordered[1:], ""))
        )
        wrong = np.empty(self._rows, dtype=np.bool_)
        wrong[order] = again
        self._blame("id", wrong, lambda cell: ("twice", f"{shown(cell)} stands in an earlier row already"))
        return cells, payment_id

    def check_one_day(self) -> None:
        """A column ``day``, as in PSSimPy, may only say one thing."""
        cells = self._columns.get("day")
        if cells is not None and len(compute.unique(cells)) > 1:
            self._blame(
                "day",
                np.asarray(compute.not_equal(cells, cells[0])),
                lambda cell: ("other", f"{shown(cell)} is not the day of the first payment; give a table for each day"),
            )


def _order_of_ids(cells: Column) -> NDArray[np.int64]:
    """Rows in the order of their ids; rows of equal ids in the order of the table."""
    keys: dict[str, Any] = {"id": cells, "row": pa.array(np.arange(len(cells)))}
    sort: list[Any] = [("id", "ascending"), ("row", "ascending")]
    if compute.all(compute.match_substring_regex(cells, "^[0-9]+$")).as_py():
        digits = compute.utf8_ltrim(cells, "0")
        keys |= {"length": compute.utf8_length(digits), "digits": digits}  # numbers of any size
        sort = [("length", "ascending"), ("digits", "ascending"), *sort]
    return np.asarray(compute.sort_indices(pa.table(keys), sort_keys=sort)).astype(np.int64)
