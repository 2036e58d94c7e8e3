"""From text to exact whole numbers, a column at a time; what cannot be read is told apart and explained.

Every function gives int64 values and the mask of the rows that could not be read, whose values mean nothing. The
``why_no_...`` functions say of one such cell what is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paysim.scenario.table_text import Column, compute
from paysim.scenario.units import shown

Vector = NDArray[np.int64]
Flags = NDArray[np.bool_]

LARGEST = 2**63 - 1
_DIGITS_OF_LARGEST = 19
MINUTE, HOUR, DAY = 60, 3600, 86_400

_AMOUNT = r"^(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]*))?$"
_WHOLE = r"^(?P<whole>-?[0-9]{1,9})(?:\.0*)?$"
_CLOCK = r"^(?P<hours>[01]?[0-9]|2[0-3]):(?P<minutes>[0-5][0-9])(?::(?P<seconds>[0-5][0-9])(?:\.0*)?)?$"

_GROUPED = re.compile(r"[0-9]+(?:[ ,'.\u00a0\u202f_][0-9]+)+")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]*\.?[0-9]*[eE][+-]?[0-9]+")
_NEGATIVE = re.compile(r"[-\u2212][0-9]+(?:\.[0-9]*)?")


def amounts(text: Column, minor_units: int) -> tuple[Vector, Flags]:
    """Read plain decimal numbers as whole minor units.

    ``0.1`` is exactly 10 cents. Zeros at the end may go beyond the decimals of the currency, other digits may not.
    """
    parts = compute.extract_regex(text, _AMOUNT)
    unread = np.asarray(compute.is_null(parts))
    whole = compute.utf8_ltrim(_field(parts, "whole"), "0")
    part = compute.utf8_rtrim(_field(parts, "part"), "0")
    digits = compute.binary_join_element_wise(whole, compute.utf8_rpad(part, minor_units, "0"), "")
    digits = compute.utf8_lpad(compute.utf8_ltrim(digits, "0"), 1, "0")
    wrong = unread | np.asarray(compute.greater(compute.utf8_length(part), minor_units))
    wrong |= np.asarray(compute.greater(compute.utf8_length(digits), _DIGITS_OF_LARGEST))
    values = _integers(digits, wrong, pa.uint64())  # nineteen digits fit into 64 bits without a sign
    wrong |= values > LARGEST
    return np.where(wrong, 0, values).astype(np.int64), wrong


def why_no_amount(cell: str, minor_units: int, currency: str) -> tuple[str, str]:
    """Kind and explanation of a cell that is no amount."""
    said = shown(cell)
    if not cell:
        return "empty", "is empty"
    if _NEGATIVE.fullmatch(cell):
        return "negative", f"{said} is negative; who pays is told by the columns"
    if _SCIENTIFIC.fullmatch(cell):
        return "scientific", f"{said} is in scientific notation, which may have lost digits; write the number out"
    found = re.fullmatch(r"[0-9]+(?:\.([0-9]*))?", cell)
    if found is None and _GROUPED.fullmatch(cell):
        return "separators", f"{said} has separators or a decimal comma; write digits, and a point before the decimals"
    if found is None:
        return "no number", f"{said} is no amount (expected a number such as 1250.00)"
    if len((found[1] or "").rstrip("0")) > minor_units:
        return "decimals", f"{said} has more decimals than {currency}, which has {minor_units}"
    return "overflow", f"{said} is too large: amounts are below {LARGEST / 10**minor_units:.4g} (2^63 minor units)"


def whole_numbers(text: Column) -> tuple[Vector, Flags]:
    """Read whole numbers of up to nine digits; ``28800.0`` is one."""
    parts = compute.extract_regex(text, _WHOLE)
    wrong = np.asarray(compute.is_null(parts))
    return _integers(_field(parts, "whole"), wrong, pa.int64()), wrong


@dataclass(frozen=True)
class DayClock:
    """The operating day by the clock on the wall.

    Instants are seconds from midnight, by the system's own clock, of the day on which it opens.

    opens, closes : of the system
    minutes : (M,) instants of the minutes of the clock on the wall from that midnight on; on a day on which clocks are
        changed they do not follow each other by 60
    """

    opens: int
    closes: int
    minutes: Vector

    def words(self) -> str:
        """The day as a person says it: ``08:00 to 18:00``."""
        return f"{self.clock(self.opens)} to {self.clock(self.closes)}"

    def clock(self, instant: int) -> str:
        """What the clock on the wall shows at an instant, with ``+1`` on the next day."""
        minute = int(np.searchsorted(self.minutes, instant, side="right")) - 1
        days, of_day = divmod(minute, DAY // MINUTE)
        return f"{of_day // 60:02d}:{of_day % 60:02d}" + (f" +{days}" if days else "")

    def instants(self, on_the_wall: Vector) -> Vector:
        """Place times of day (seconds, of one day) in the operating day.

        The first instant in session of that name, else the one before the opening, else -1.
        """
        placed = np.full(len(on_the_wall), -1, np.int64)
        for day in range(len(self.minutes) * MINUTE // DAY):
            wall = on_the_wall + day * DAY
            instant = self.minutes[wall // MINUTE] + wall % MINUTE
            in_session = (instant >= self.opens) & (instant < self.closes)
            placed = np.where((placed < 0) & in_session, instant, placed)
        before = self.minutes[on_the_wall // MINUTE] + on_the_wall % MINUTE
        return np.where((placed < 0) & (before < self.opens), before, placed)


def times(text: Column, clock: DayClock) -> tuple[Vector, Flags, Flags]:
    """Read instants: seconds, or HH:MM and HH:MM:SS by the clock of the system.

    Returns
    -------
    instants, (N,) bool what could not be read, (N,) bool what lies outside the day
    """
    values, no_seconds = whole_numbers(text)
    parts = compute.extract_regex(text, _CLOCK)
    no_clock = np.asarray(compute.is_null(parts))
    shown = sum(
        _integers(compute.utf8_lpad(_field(parts, name), 1, "0"), no_clock, pa.int64()) * size
        for name, size in (("hours", HOUR), ("minutes", MINUTE), ("seconds", 1))
    )
    values = np.where(no_clock, values, clock.instants(np.asarray(shown, dtype=np.int64)))
    wrong = no_seconds & no_clock
    outside = ~wrong & ((values < 0) | (values >= clock.closes))
    return values, wrong, outside


def why_no_time(cell: str) -> tuple[str, str]:
    """Kind and explanation of a cell that is no time."""
    if not cell:
        return "empty", "is empty"
    if re.fullmatch(r"-?[0-9]+\.[0-9]+", cell):
        return "fraction", f"{shown(cell)} is no whole number of seconds"
    return "no time", f"{shown(cell)} is no time (expected seconds such as 28800, or a time of day such as 08:00)"


def words(text: Column, meanings: dict[str, int]) -> tuple[Vector, Flags]:
    """Look words up, capitals making no difference."""
    known = list(meanings)
    place = compute.index_in(compute.utf8_lower(text), pa.array(known, pa.string()))
    wrong = np.asarray(compute.is_null(place))
    values = np.array([meanings[word] for word in known], np.int64)
    return values[np.asarray(compute.fill_null(place, 0))], wrong


def _field(parts: Any, name: str) -> Column:
    return compute.fill_null(compute.struct_field(parts, name), "")


def _integers(digits: Column, wrong: Flags, kind: Any) -> NDArray[Any]:
    """Cast digits; 0 where they are wrong."""
    return np.asarray(compute.if_else(pa.array(wrong), "0", digits).cast(kind))
