"""Numbers with their unit in the value: ``30 bp``, ``2.5 %``, ``18 months``, ``0.006 /bp``.

A `Dimension` is one kind of quantity: the unit in which paysim computes (its canonical unit) and the units a person
may write. Arithmetic is decimal, so that ``2.5 %`` is the float nearest to 0.025 and `write` after `read` changes
nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

DAYS_PER_YEAR = Decimal("365.25")
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
HOURS_PER_DAY = Decimal(24)

NUMBER = r"[+-]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?"
FRACTION = r"[1-9][0-9]{0,5}(?:\.[0-9]{1,6})?\s*/\s*[1-9][0-9]{0,5}(?:\.[0-9]{1,6})?"
_LONGEST = 18
"""Characters of a number that is written out; a longer one gets an exponent, because so many digits are not read."""
_FRACTION = re.compile(rf"^\s*{FRACTION}\s*$")
_QUANTITY = re.compile(rf"^\s*({NUMBER})\s*([^\s\d.,](?:.*\S)?)?\s*$")


@dataclass(frozen=True)
class Dimension:
    """One kind of quantity.

    name : what it is called in messages ("a share")
    unit : canonical unit, in which the value is stored ("" for a pure number)
    units : every unit that may be written, with its size in canonical units
    example : a value as a person would write it
    bare : whether a plain number may stand without a unit (pure ratios only)
    fraction : whether it may be written as one number over another (``1/29``)
    """

    name: str
    unit: str
    units: Mapping[str, Decimal]
    example: str
    bare: bool = False
    fraction: bool = False

    @property
    def pattern(self) -> str:
        """Regular expression (ECMA 262) of the values that may be written as text."""
        units = "|".join(re.escape(unit).replace("\\ ", " ") for unit in sorted(self.units))
        fraction = rf"|^\s*{FRACTION}\s*$" if self.fraction else ""
        return rf"^\s*{NUMBER}\s*(?:{units}){'?' if self.bare else ''}\s*${fraction}"

    def read(self, value: object) -> float:
        """A value as written, in canonical units.

        Raises
        ------
        ValueError
            with a message that says what was expected and what was got.
        """
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(f"expected {self.name} such as {self.example}, got {shown(value)}")
        if self.fraction and isinstance(value, str) and _FRACTION.match(value):
            above, below = value.split("/")
            return float(above) / float(below)
        match = _QUANTITY.match(value) if isinstance(value, str) else None
        if isinstance(value, str) and match is None:
            raise ValueError(f"expected {self.name} such as {self.example}, got {shown(value)}")
        number, unit = match.groups() if match else (repr(value), None)
        if unit is None and not self.bare:
            raise ValueError(f"{shown(value)} has no unit: expected {self.name} such as {self.example}")
        if unit is not None and not self.units:
            raise ValueError(f"expected {self.name} without a unit, such as {self.example}, got {shown(value)}")
        if unit is not None and unit not in self.units:
            known = ", ".join(self.units)
            raise ValueError(
                f"{unit!r} is no unit of {self.name} (units: {known}); expected something like {self.example}"
            )
        result = float(Decimal(number) * (self.units[unit] if unit is not None else 1))
        if not math.isfinite(result):
            raise ValueError(f"expected a finite number, got {shown(value)}")
        return result

    def write(self, value: float, unit: str | None = None) -> str:
        """A canonical value as a person would write it, in the first or the named unit."""
        if not self.units:
            text = repr(float(value))
            return text if len(text) <= _LONGEST else _plain(Decimal(text))
        unit = next(iter(self.units)) if unit is None else unit
        return f"{_plain(Decimal(repr(float(value))) / self.units[unit])} {unit}"


def _plain(number: Decimal) -> str:
    """A decimal without trailing zeros or needless exponent."""
    text = format(number.normalize(), "f")
    return text if len(text) <= _LONGEST else format(number.normalize(), "E").replace("E+", "E")


def shown(value: object, limit: int = 60) -> str:
    """A value as it stands in a message, cut where it is long."""
    words = {True: "true", False: "false"}
    if isinstance(value, bool):
        return words[value]
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _table(**units: str | Decimal) -> dict[str, Decimal]:
    return {name: Decimal(size) for name, size in units.items()}


_PERCENT = {"%": Decimal("0.01")}

RATIO = Dimension("a plain number", "", {}, "0.6", bare=True)
SHARE = Dimension("a share", "share", _PERCENT, "30 %", bare=True)
COST = Dimension("a cost", "bp", {"bp": Decimal(1), "%": Decimal(100)}, "30 bp")
PER_COST = Dimension("a sensitivity", "/bp", {"/bp": Decimal(1)}, "0.006 /bp")
DURATION = Dimension(
    "a duration",
    "d",
    _table(d="1", days="1", day="1", h=1 / HOURS_PER_DAY, weeks="7", week="7")
    | _table(months=DAYS_PER_MONTH, month=DAYS_PER_MONTH, years=DAYS_PER_YEAR, year=DAYS_PER_YEAR),
    "60 d",
)
YEARLY_RATE = Dimension(
    "a yearly rate",
    "/year",
    {"%/year": Decimal("0.01"), "/year": Decimal(1), "%/month": Decimal("0.12"), "/month": Decimal(12)},
    "10 %/year",
)
MONTHLY_RATE = Dimension("a monthly rate", "/month", {"%/month": Decimal("0.01"), "/month": Decimal(1)}, "20 %/month")
GROWTH = Dimension("a yearly growth", "/year", {"%/year": Decimal("0.01"), "/year": Decimal(1)}, "3 %/year")
DELAY_COST = Dimension("a cost of delay", "bp/day", {"bp/day": Decimal(1)}, "2 bp/day")
LOG_ODDS = Dimension(
    "a number of log-odds", "log-odds", {"log-odds": Decimal(1), "log points": Decimal(1)}, "0.068 log-odds"
)
LOG_ODDS_PER_MONTH = Dimension(
    "a monthly change of log-odds",
    "log-odds/month",
    {"log-odds/month": Decimal(1), "%/month": Decimal("0.01")},
    "0.092 log-odds/month",
)
MONEY = Dimension(
    "a value a year",
    "USD bn",
    {"USD bn": Decimal(1), "USD m": Decimal("0.001"), "USD trn": Decimal(1000)},
    "5 USD bn",
)

LIQUIDITY = Dimension("a share of the value sent on a mean day", "share", _PERCENT, "8 %", bare=True, fraction=True)
TIME_OF_DAY = Dimension("a time", "s", _table(s="1", min="60", h="3600"), "30 min")
CREDIT_PRICE = Dimension("a price of credit", "bp/year", {"bp/year": Decimal(1), "%/year": Decimal(100)}, "50 bp/year")
NUMBER_OF = Dimension("a number", "", {}, "210", bare=True)
_AMOUNTS = _table(bn="1e9", trn="1e12", m="1e6", thousand="1e3")


def amount(currency: str) -> Dimension:
    """An amount of a currency in its major unit; ``680 bn`` alone is meant in that currency."""
    named = {f"{size} {currency}": unit for size, unit in _AMOUNTS.items()}
    return Dimension("an amount", currency, {**named, **_AMOUNTS}, f"680 bn {currency}")
