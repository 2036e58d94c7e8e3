"""What a person says participants have to pay with: an amount, a position between the bounds, or a table.

A table has the columns ``participant, liquidity`` and may have ``collateralised_credit``, ``uncollateralised_credit``
and ``injection_cap``, all in the currency's major unit and read as exactly as amounts of payments. PSSimPy's accounts
(``id, owner, balance, posted_collateral``) are understood as well, and so are paysim's own ``participants.parquet``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from paysim.errors import DataError, InputError
from paysim.scenario import table_values, units
from paysim.scenario.base import nearest
from paysim.scenario.payments_table import find_columns, passed_over_words
from paysim.scenario.table_text import Faults, TextTable, compute, read_text_table
from paysim.scenario.table_values import LARGEST, Vector

REQUIRED = ("participant", "liquidity")
OPTIONAL = ("collateralised_credit", "uncollateralised_credit", "injection_cap")
ALIASES = {
    "id": "participant",  # PSSimPy's accounts
    "balance": "liquidity",
    "posted_collateral": "collateralised_credit",
    "name": "participant",  # paysim's own results
}

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_POSITION = re.compile(rf"\s*({_NUMBER})\s*%\s*")
_AMOUNT = re.compile(rf"\s*({_NUMBER})\s*(thousand|m|bn|trn)?(?:\s*([A-Z]{{3}}))?\s*")


@dataclass(frozen=True)
class LiquidityAsked:
    """What was asked for; exactly one of the three is given.

    text : as it was written
    position : between the lower bound, 0, and the upper bound of the liquidity that the day needs, 1
    amount : opening liquidity of each participant, minor units
    table : name of a participant to its liquidity, collateralised and uncollateralised credit and injection cap, minor
        units
    notes : what a person should know about the reading, texts or texts by language
    sha256 : of the file
    """

    text: str
    position: Fraction | None = None
    amount: int | None = None
    table: dict[str, tuple[int, int, int, int]] | None = None
    notes: tuple[str | dict[str, str], ...] = ()
    sha256: str = ""

    def check_names(self, names: tuple[str, ...]) -> None:
        """Raise DataError if a participant that has payments is not in the table."""
        table = self.table
        missing = [name for name in names if name not in table] if table is not None else []
        if table is None or not missing:
            return
        lines = [
            f"{self.text}: has no row for {units.shown(name)}, who has payments{nearest(name, table)}"
            for name in missing[:20]
        ]
        if len(missing) > len(lines):
            lines.append(f"{self.text}: and {len(missing) - len(lines):,} more participants without a row")
        raise DataError("\n".join(lines))


def read_liquidity(text: str, minor_units: int, currency: str) -> LiquidityAsked:
    """Read ``30 %``, an amount such as ``2500.50`` or ``5 bn``, or the name of a file.

    Raises
    ------
    InputError : it is none of them, a position above 100 %, or an amount with too many decimals
    DataError : with every problem of the file
    """
    found = _POSITION.fullmatch(text)
    if found is not None:
        position = Fraction(Decimal(found[1])) / 100
        if position > 1:
            raise InputError(f"--liquidity {text}: a position between the bounds is from 0 % to 100 %")
        return LiquidityAsked(text, position=position)
    found = _AMOUNT.fullmatch(text)
    if found is not None:
        return LiquidityAsked(text, amount=_amount(text, found, minor_units, currency))
    if not Path(text).is_file():
        raise InputError(
            f"--liquidity {text}: expected an amount such as 2500.50 or 5 bn, a position between the bounds such as "
            "30 %, or a file; there is no file of this name"
        )
    return _read_table(text, minor_units, currency)


def _amount(text: str, found: re.Match[str], minor_units: int, currency: str) -> int:
    number, size, code = found.groups()
    if code is not None and code != currency:
        raise InputError(f"--liquidity {text}: the currency of the system is {currency}")
    multiple = units.amount(currency).units[size] if size else Decimal(1)
    amount = Fraction(Decimal(number)) * Fraction(multiple) * 10**minor_units
    if amount.denominator != 1:
        raise InputError(f"--liquidity {text}: {currency} has {minor_units} decimals")
    if amount > LARGEST:
        raise InputError(f"--liquidity {text}: is beyond 2^63 minor units ({LARGEST / 10**minor_units:.4g})")
    return int(amount)


def _read_table(path: str, minor_units: int, currency: str) -> LiquidityAsked:
    table = read_text_table(path, (*REQUIRED, *OPTIONAL, *ALIASES))
    faults = Faults(table)
    columns, passed_over = find_columns(table, faults, REQUIRED, OPTIONAL, ALIASES)
    faults.finish()
    table.check_shape(faults)
    names = columns["participant"]
    seen: set[str] = set()
    for row, name in enumerate(names.to_pylist()):
        if not name or name in seen:
            wrong = "is empty" if not name else f"{units.shown(name)} stands in an earlier row already"
            faults.add("participant", row, f"column participant: {wrong}")
        seen.add(name)
    values = []
    for column in ("liquidity", *OPTIONAL):
        cells = columns.get(column)
        if cells is None:
            values.append(np.zeros(table.rows, np.int64))
            continue
        if column != "liquidity":
            cells = compute.if_else(compute.equal(cells, ""), "0", cells)
        amounts, wrong_cells = table_values.amounts(cells, minor_units)
        for row in np.flatnonzero(wrong_cells).tolist():
            kind, message = table_values.why_no_amount(cells[row].as_py(), minor_units, currency)
            faults.add(f"{column}: {kind}", row, f"column {column}: {message}")
        values.append(amounts)
    _check_total(table, faults, values)
    faults.finish()
    rows = zip(*(column.tolist() for column in values), strict=True)
    notes = (passed_over_words(passed_over, f"{path}: "),) if passed_over else ()
    return LiquidityAsked(path, table=dict(zip(names.to_pylist(), rows, strict=True)), notes=notes, sha256=table.sha256)


def _check_total(table: TextTable, faults: Faults, values: list[Vector]) -> None:
    if sum(sum(column.tolist()) for column in values) > LARGEST:
        faults.add("total", None, "liquidity, credit and caps are together beyond 2^63 minor units")
