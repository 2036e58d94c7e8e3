"""The folder of a settled day: tables, indicators and manifest, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paysim.networks.payments import STATUSES, Vector
from paysim.study.folder import placed
from paysim.study.results import MANIFEST_FILE
from paysim.study.settled.settling import Level, SettledDay
from paysim.study.store import file_digest, plain_facts, write_json

PAYMENTS_FILE = "payments.parquet"
PARTICIPANTS_FILE = "participants.parquet"
INDICATORS_FILE = "indicators.json"

_DIGITS = 19  # of an amount in 64 bits


def store_day(
    out: Path,
    day: SettledDay,
    levels: Sequence[Level],
    manifest: Mapping[str, Any],
    finish: Callable[[Path], None] | None = None,
) -> None:
    """Write a settled day beside its place, let ``finish`` add to it, and move it there in one step.

    Raises
    ------
    ResultsError : the place cannot be written to
    """
    with placed(out) as building:
        write_tables(building, day)
        write_json(building / INDICATORS_FILE, indicators_of(day, levels))
        files = {
            name: {"bytes": (building / name).stat().st_size, "sha256": file_digest(building / name)}
            for name in (PAYMENTS_FILE, PARTICIPANTS_FILE, INDICATORS_FILE)
        }
        write_json(building / MANIFEST_FILE, {**plain_facts(manifest), "files": files})
        if finish is not None:
            finish(building)


def indicators_of(day: SettledDay, levels: Sequence[Level]) -> dict[str, Any]:
    """Indicators and counts of a day, its levels, and the words that make the numbers readable."""
    found = {
        "currency": day.system.currency,
        "minor_units": day.system.minor_units,
        **day.as_dict(),
        "levels": [asdict(level) for level in levels],
    }
    found["participants"] = {"name": list(day.payments.names), **found["participants"]}
    return dict(plain_facts(found))


def write_tables(folder: Path, day: SettledDay) -> None:
    """Write both tables; amounts are decimals in the currency's major unit, instants seconds from midnight."""
    pq.write_table(payments_table(day), folder / PAYMENTS_FILE, compression="zstd")
    pq.write_table(participants_table(day), folder / PARTICIPANTS_FILE, compression="zstd")


def payments_table(day: SettledDay) -> pa.Table:
    """Payments in the order of the table that was handed in; it can be handed in again."""
    payments, units = day.payments, day.system.minor_units
    return pa.table(
        {
            "id": payments.ids,
            "submitted": pa.array(payments.submitted),
            "settled": pa.array(day.settled, mask=day.settled < 0),
            "status": _words(day.status, STATUSES),
            "sender": _words(payments.sender, payments.names),
            "receiver": _words(payments.receiver, payments.names),
            "amount": decimals(payments.amount, units),
            "priority": pa.array(payments.priority),
            "batch": pa.array(payments.batch),
        }
    )


def _words(places: NDArray[Any], known: Sequence[str]) -> Any:
    """Words of a list by their places in it."""
    return pa.DictionaryArray.from_arrays(places.astype(np.int32), pa.array(known, pa.string()))


def participants_table(day: SettledDay) -> pa.Table:
    """One row a participant; it can be handed in as liquidity."""
    found, given = day.indicators, day.liquidity
    amounts = {
        "submitted_to_send": found.submitted_to_send,
        "submitted_to_receive": found.submitted_to_receive,
        "sent": found.sent,
        "received": found.received,
        "liquidity": given.opening,
        "collateralised_credit": given.collateralised,
        "uncollateralised_credit": given.uncollateralised,
        "injection_cap": given.cap,
        "brought_in": day.brought_in,
        "used": found.largest_negative,
        "lower_bound": found.bounds.lower,
        "upper_bound": found.bounds.upper,
        "lowest_balance": day.lowest_balance,
    }
    columns = {name: decimals(values, day.system.minor_units) for name, values in amounts.items()}
    return pa.table({"name": pa.array(day.payments.names, pa.string()), **columns})


def decimals(minor: Vector, minor_units: int) -> Any:
    """Minor units as decimals of the major unit, exactly: 10 cents are 0.10."""
    words = np.column_stack((minor, minor >> 63)).astype("<i8")  # 128 bits, the sign in the upper half
    buffer = pa.py_buffer(np.ascontiguousarray(words).tobytes())
    return pa.Array.from_buffers(pa.decimal128(_DIGITS, minor_units), len(minor), [None, buffer])
