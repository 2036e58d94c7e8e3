"""Compiled intake of payments: look them over, put them into the order of arrival, fill the rows of a table.

Sorting is most of the work of settling a day in simple order, so the payments are not sorted by themselves: a counting
sort by instant finds where each payment stands, and the payment is written there at once. Only payments that share a
bucket (an instant, or a short span where instants are far apart) are sorted by comparison, in place.

This file imports nothing of paysim: the compiler's cache looks at this file only. So the layout of a row is written
down here and in ``settlement_kernel``; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, from_dtype, int32, int64, njit, types, void
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Vector = NDArray[np.int64]
Index = NDArray[np.int32]
Table = NDArray[np.void]

PAYMENT = np.dtype(
    [
        ("arrives", np.int64),  # instant at which the system gets it
        ("amount", np.int64),
        ("payment_id", np.int64),
        ("settled", np.int64),  # instant of settlement, -1 if not settled
        ("sender", np.int32),
        ("receiver", np.int32),
        ("following", np.int32),  # next row in its queue
        ("priority", np.int16),  # 0 the most urgent; 0 for all where priorities are not looked at
        ("status", np.int8),
        ("batch", np.int8),  # 1 if it settles in netting sessions
    ],
    align=True,
)

# Fields of the facts about columns of payments: what a survey finds, and how they are to be written.
EARLIEST, LATEST, SMALLEST, LOWEST, HIGHEST, TO_ITSELF, IN_ORDER = range(7)
SHIFT, HANDED, RANKED = 7, 8, 9  # 2**SHIFT instants a bucket; payments handed over before; whether priorities count
FACTS = 10

_LARGEST = 2**63 - 1
_FEW = 32  # so many rows are sorted by insertion; more of them digit by digit
_DIGIT_BITS = 8
_DIGIT = 2**_DIGIT_BITS - 1

_VECTOR = int64[::1]
_INDEX = int32[::1]
_PAYMENTS = from_dtype(PAYMENT)[::1]
_WORDS = int64[:, ::1]
_COLUMNS = cast("Any", types).UniTuple(_VECTOR, 5)


def _entry(*arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that Python calls, once, for these argument types; keep its type hints for the reader."""
    return cast("Callable[[Compiled], Compiled]", njit(void(*arguments), cache=True))


def _inner(result: Any, *arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that only compiled functions call, once, for these types."""
    options: dict[str, Any] = {"cache": True, "no_cpython_wrapper": True}
    return cast("Callable[[Compiled], Compiled]", njit(result(*arguments), **options))


@_entry(_COLUMNS, _VECTOR)
def survey(columns: tuple[Vector, ...], facts: Vector) -> None:
    """Look columns (arrives, payment_id, amount, sender, receiver) over in one pass; there is at least one payment."""
    arrives, payment_id, amount, sender, receiver = columns
    earliest, latest, smallest = arrives[0], arrives[0], amount[0]
    lowest, highest = sender[0], sender[0]
    to_itself, in_order = 0, 1
    for i in range(len(arrives)):
        earliest, latest = min(earliest, arrives[i]), max(latest, arrives[i])
        smallest = min(smallest, amount[i])
        lowest = min(lowest, min(sender[i], receiver[i]))
        highest = max(highest, max(sender[i], receiver[i]))
        if sender[i] == receiver[i]:
            to_itself += 1
        if i > 0 and (
            arrives[i] < arrives[i - 1] or (arrives[i] == arrives[i - 1] and payment_id[i] < payment_id[i - 1])
        ):
            in_order = 0
    facts[EARLIEST], facts[LATEST], facts[SMALLEST] = earliest, latest, smallest
    facts[LOWEST], facts[HIGHEST] = lowest, highest
    facts[TO_ITSELF], facts[IN_ORDER] = to_itself, in_order


@_entry(_VECTOR, _VECTOR, _INDEX)
def count(arrives: Vector, facts: Vector, begins: Index) -> None:
    """Find where each bucket of instants begins; the last entry of `begins` is the end of all."""
    earliest, shift = facts[EARLIEST], facts[SHIFT]
    for bucket in range(len(begins)):
        begins[bucket] = 0
    for instant in arrives:
        begins[((instant - earliest) >> shift) + 1] += 1
    for bucket in range(1, len(begins)):
        begins[bucket] += begins[bucket - 1]


@_entry(_COLUMNS, _VECTOR, boolean[::1], _VECTOR, _INDEX, _PAYMENTS, _INDEX)
def fill(
    columns: tuple[Vector, ...],
    priority: Vector,
    batch: NDArray[np.bool_],
    facts: Vector,
    begins: Index,
    payments: Table,
    place: Index,
) -> None:
    """Write payments into the rows of a table, bucket by bucket, or as they come where there are no buckets.

    priority, batch : of every payment, or of none; begins : (buckets + 1,) from `count`, ends of the buckets afterwards
    payments : the rows to be written; place : becomes the place of each row's payment among all that were handed over
    """
    arrives, payment_id, amount, sender, receiver = columns
    earliest, shift, handed = facts[EARLIEST], facts[SHIFT], facts[HANDED]
    counted, ranked, marked = len(begins) > 0, facts[RANKED] == 1 and len(priority) > 0, len(batch) > 0
    for i in range(len(arrives)):
        row = i
        if counted:
            bucket = (arrives[i] - earliest) >> shift
            row = begins[bucket]
            begins[bucket] += 1
        payments["arrives"][row] = arrives[i]
        payments["amount"][row] = amount[i]
        payments["payment_id"][row] = payment_id[i]
        payments["settled"][row] = -1
        payments["sender"][row] = sender[i]
        payments["receiver"][row] = receiver[i]
        payments["following"][row] = -1
        payments["priority"][row] = priority[i] if ranked else 0
        payments["status"][row] = 0  # awaited
        payments["batch"][row] = 1 if marked and batch[i] else 0
        place[row] = handed + i


@_inner(boolean, _PAYMENTS, int64, int64)
def _earlier(payments: Table, one: int, other: int) -> bool:
    """Whether one row arrives before another."""
    if payments["arrives"][one] != payments["arrives"][other]:
        return bool(payments["arrives"][one] < payments["arrives"][other])
    return bool(payments["payment_id"][one] < payments["payment_id"][other])


@_inner(void, _VECTOR, _INDEX, _VECTOR, _INDEX, _INDEX)
def _sort_by_digits(keys: Vector, order: Index, spare_keys: Vector, spare: Index, begins: Index) -> None:
    """Sort keys that are not negative, and `order` with them, digit by digit; equal ones stay in their order."""
    highest = 0
    for key in keys:
        highest |= key
    shift = 0
    while highest >> shift > 0:
        for digit in range(len(begins)):
            begins[digit] = 0
        for key in keys:
            begins[((key >> shift) & _DIGIT) + 1] += 1
        for digit in range(1, len(begins)):
            begins[digit] += begins[digit - 1]
        for i in range(len(keys)):
            digit = (keys[i] >> shift) & _DIGIT
            to = begins[digit]
            begins[digit] += 1
            spare_keys[to] = keys[i]
            spare[to] = order[i]
        for i in range(len(keys)):
            keys[i] = spare_keys[i]
            order[i] = spare[i]
        shift += _DIGIT_BITS


@_inner(void, _PAYMENTS, _INDEX)
def _sort_few(payments: Table, order: Index) -> None:
    """Sort the numbers of a few rows by insertion."""
    for i in range(1, len(order)):
        row, j = order[i], i
        while j > 0 and _earlier(payments, row, order[j - 1]):
            order[j] = order[j - 1]
            j -= 1
        order[j] = row


@_inner(void, _WORDS, _INDEX, _INDEX, _VECTOR)
def _permute(words: Vector, place: Index, order: Index, held: Vector) -> None:
    """Bring rows into an order, ring by ring: row `i` becomes what row `order[i]` was; `order` is used up."""
    width = words.shape[1]
    for first in range(len(order)):
        if order[first] < 0:
            continue
        for word in range(width):
            held[word] = words[first, word]
        held_place = place[first]
        to, source = first, order[first]
        while source != first:
            for word in range(width):
                words[to, word] = words[source, word]
            place[to] = place[source]
            order[to] = -1
            to, source = source, order[source]
        for word in range(width):
            words[to, word] = held[word]
        place[to] = held_place
        order[to] = -1


@_inner(boolean, _PAYMENTS)
def _in_order(payments: Table) -> bool:
    i = 1
    while i < len(payments) and not _earlier(payments, i, i - 1):
        i += 1
    return bool(i >= len(payments))


@_inner(void, _PAYMENTS, _INDEX, _INDEX, _VECTOR, _VECTOR, _INDEX)
def _sort_many(payments: Table, order: Index, spare: Index, keys: Vector, spare_keys: Vector, begins: Index) -> None:
    """Sort the numbers of rows by their identifiers and then by their instants."""
    lowest, highest, earliest = payments["payment_id"][0], payments["payment_id"][0], payments["arrives"][0]
    for row in range(len(payments)):
        lowest = min(lowest, payments["payment_id"][row])
        highest = max(highest, payments["payment_id"][row])
        earliest = min(earliest, payments["arrives"][row])
    if lowest < 0 and highest > _LARGEST + lowest:
        _sort_few(payments, order)  # slow, but the distance between such identifiers does not fit into 64 bits
        return
    for row in range(len(payments)):
        keys[row] = payments["payment_id"][row] - lowest
    _sort_by_digits(keys, order, spare_keys, spare, begins)
    for row in range(len(payments)):
        keys[row] = payments["arrives"][order[row]] - earliest
    _sort_by_digits(keys, order, spare_keys, spare, begins)


@_entry(_PAYMENTS, _WORDS, _INDEX, _INDEX)
def sort_buckets(payments: Table, words: Vector, place: Index, ends: Index) -> None:
    """Sort the rows of each bucket by instant and identifier, where they are not so already.

    words : the same rows as words of 64 bits; ends : (buckets + 1,) where each bucket ends, as left by `fill`
    """
    largest, begin = 0, 0
    for end in ends[:-1]:
        largest, begin = max(largest, end - begin), end
    numbers, spare = np.empty(largest, np.int32), np.empty(largest, np.int32)
    keys, spare_keys = np.empty(largest, np.int64), np.empty(largest, np.int64)
    held, begins = np.empty(words.shape[1], np.int64), np.empty(_DIGIT + 2, np.int32)
    begin = 0
    for end in ends[:-1]:
        rows, size = payments[begin:end], end - begin
        if not _in_order(rows):
            order = numbers[:size]
            for i in range(size):
                order[i] = i
            if size <= _FEW:
                _sort_few(rows, order)
            else:
                _sort_many(rows, order, spare[:size], keys[:size], spare_keys[:size], begins)
            _permute(words[begin:end], place[begin:end], order, held)
        begin = end


@_entry(_PAYMENTS, _INDEX, int64, int64, int64, int64)
def merge(payments: Table, sequence: Index, arrived: int, scheduled: int, first: int, rows: int) -> None:
    """Merge new rows, `first` and those that follow, into the rows still to arrive; both are in order of arrival.

    sequence[arrived:scheduled] : rows still to arrive; it has room for the new ones behind them
    """
    old, new = scheduled - 1, first + rows - 1
    for to in range(scheduled + rows - 1, -1, -1):
        if new < first:
            break
        if old >= arrived and _earlier(payments, new, sequence[old]):
            sequence[to] = sequence[old]
            old -= 1
        else:
            sequence[to] = new
            new -= 1


@_entry(_PAYMENTS, _INDEX, _VECTOR)
def settled_as_handed(payments: Table, place: Index, instants: Vector) -> None:
    """Write each row's instant of settlement to the place of its payment among all that were handed over."""
    for row in range(len(place)):
        instants[place[row]] = payments["settled"][row]
