"""The levers of the page: what can be moved, in which steps, and what the schema says of it.

Range, unit, basis, source and meaning are the schema's own; here stand the words on the label, the steps, and what is
changed in a scenario (`paysim.explore.edits`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from paysim.explore.edits import (
    ALLIES_REFUSE,
    ALLIES_USE,
    CLOSED,
    EVERYBODY,
    NOBODY,
    OFF,
    ON,
    OPEN,
    CutDate,
    CutShare,
    Edit,
    EventSwitch,
    EventValue,
    HubSwitch,
    Notice,
    Parameter,
    Reason,
    needs_blocked,
    needs_choice,
    needs_cost,
    needs_cut,
    needs_messages,
    needs_something,
    needs_time,
    needs_unpaid,
)
from paysim.explore.facts import Facts, facts
from paysim.explore.story import MONTHS, Document
from paysim.scenario import kinds
from paysim.scenario.dates import read_month
from paysim.words import decimal, deferred, month
from paysim.words import translated as _

Group = Literal["politics", "rails", "behaviour"]
Kind = Literal["slider", "choice", "switch"]

FIRST_CUT, LAST_CUT = "2025-01", "2030-01"
"""Months that a cut can be moved to; every shipped story that has a cut in its future goes on after the last."""
EVERY = 3
MOST_STEPS = 12
WIDE = 8.0
"""Ratio of the ends of a range from which its steps grow with the value."""
_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)

CUT = ("cutoff", "cut")


@dataclass(frozen=True)
class Lever:
    """One thing to move.

    path : the field of the schema that says range, unit, basis, source and meaning; a kind of event alone for what is
    there or not;  given : steps where the schema has no range;  unit : in which values are written, if not the first
    """

    id: str
    label: str
    group: Group
    kind: Kind
    path: str
    edit: Edit
    given: tuple[str, ...] = ()
    unit: str | None = None

    @property
    def facts(self) -> Facts:
        """What the schema says of it."""
        if self.path.count(".") == 1 and self.path.startswith("events."):
            about = kinds.kind(self.path.partition(".")[2]).__doc__ or ""
            return Facts(
                self.path, about.partition("\n")[0].replace("`", ""), "", None, None, None, "premise", "", None
            )
        return facts(self.path)

    @property
    def page(self) -> str:
        """The page that tells why: of the kind of event that it moves, or of the lever itself."""
        room, _dot, rest = self.path.partition(".")
        return rest.partition(".")[0] if room == "events" else self.id

    def steps(self, own: Iterable[str] = ()) -> tuple[str, ...]:
        """Its values in order, those that presets have of their own among them."""
        if self.kind != "slider":
            return self.given
        texts = dict.fromkeys([*(self.given or self._graded()), *own])
        return tuple(sorted(texts, key=self._place))

    def _graded(self) -> list[str]:
        about = self.facts
        assert about.low is not None, self.path
        assert about.high is not None, self.path
        values = graded(about.low, about.high)
        if about.default is not None and about.low <= about.default <= about.high:
            values = sorted({*values, about.default})
        return [about.written(value, self.unit) for value in values]

    def _place(self, text: str) -> float:
        """Where a value stands on the slider."""
        if self.id == "cut_date":
            return read_month(text).timestamp()
        if self.id == "cut_share":
            return float(text.removesuffix("%"))
        return self.facts.read(text)

    def step_label(self, value: str) -> str:
        """A value for people, in the language spoken."""
        if self.id == "cut_date":
            return month(read_month(value))
        if value in _WORDS:
            return _(_WORDS[value])
        number, space, unit = value.partition(" ")
        return decimal(number) + (space + (_(_UNITS[unit]) if unit in _UNITS else unit) if unit else "")


_WORDS = {
    CLOSED: deferred("closed"),
    OPEN: deferred("open"),
    OFF: deferred("off"),
    ON: deferred("on"),
    ALLIES_USE: deferred("use CIPS"),
    ALLIES_REFUSE: deferred("refuse"),
}
_UNITS = {"d": deferred("d"), "%/month": deferred("%/month"), "/bp": deferred("/bp"), "bp": deferred("bp")}


def graded(low: float, high: float) -> list[float]:
    """Round values from one end of a range to the other, both ends among them.

    Wide ranges above zero grow by round factors, others by equal steps, at most `MOST_STEPS`.
    """
    if low > 0.0 and high / low >= WIDE:
        powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
        between = [nice * 10.0**power for power in powers for nice in _NICE]
    else:
        rough = (high - low) / MOST_STEPS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(nice * power for nice in _STEPS if nice * power >= rough * (1.0 - 1e-9))
        first = math.ceil(low / step - 1e-9)
        between = [step * count for count in range(first, math.floor(high / step + 1e-9) + 1)]
    values = {float(f"{value:.6g}") for value in between}
    return sorted({low, high} | {value for value in values if low < value < high})


def _months(first: str, last: str) -> tuple[str, ...]:
    begin, end = (one.year * MONTHS + one.month - 1 for one in (read_month(first), read_month(last)))
    return tuple(f"{count // MONTHS}-{count % MONTHS + 1:02}" for count in range(begin, end + 1, EVERY))


def _shares(step: int) -> tuple[str, ...]:
    return tuple(f"{share} %" for share in range(0, 101, step))


def _parameter(name: str, label: str, needs: Callable[[Document], Reason | None] = needs_something) -> Lever:
    return Lever(name, label, "behaviour", "slider", f"behaviour.{name}", Parameter(name, needs))


def _politics() -> Sequence[Lever]:
    fear = EventValue("secondary_sanctions", "intensity", ("cutoff_fear", "fear"), NOBODY, tied=True)
    allies = EventSwitch(
        "allied_countermeasures", ("cutoff_allies_refuse", "allies"), ALLIES_USE, ALLIES_REFUSE, tied=True
    )
    premium = EventValue("fiscal_premium", "premium", ("us_debt", "doubt"), "0 bp", {"currency": "USD"})
    date = CutDate(FIRST_CUT, LAST_CUT, CUT)
    months, use, shares = _months(FIRST_CUT, LAST_CUT), (ALLIES_USE, ALLIES_REFUSE), _shares(10)
    strength = "events.secondary_sanctions.intensity"
    at, banks = "events.disconnection.at", "events.disconnection.banks"
    return (
        Lever("cut_date", deferred("Date of the cut"), "politics", "slider", at, date, months),
        Lever("cut_share", deferred("Banks cut off, by weight"), "politics", "slider", banks, CutShare(CUT), shares),
        Lever("notice", deferred("Notice"), "politics", "slider", "events.disconnection.notice", Notice()),
        Lever("allies", deferred("Allies"), "politics", "choice", "events.allied_countermeasures", allies, use),
        Lever("fear", deferred("Fear in third countries"), "politics", "slider", strength, fear),
        Lever(
            "hub", deferred("Hong Kong as a hub"), "politics", "switch", "events.hub_opened",
            HubSwitch(("cutoff_hub_open", "hub")), (CLOSED, OPEN),
        ),
        Lever(
            "dollar_premium", deferred("Doubt about the dollar"), "politics", "slider", "events.fiscal_premium.premium",
            premium,
        ),
    )  # fmt: skip


def _rails() -> Sequence[Lever]:
    steering = EventValue(
        "steering",
        "message",
        ("cutoff", "steering"),
        "0 %/month",
        kept=True,
        others={"clearing": "0 %/month"},
        needs=needs_messages,
    )
    drift = EventValue("demand_drift", "drift", ("cutoff", "drift"), "0 %/month", {"currency": "CNY"}, unit="%/month")
    liquidity = EventValue(
        "liquidity_change", "factor", ("cips_surge", "liquidity"), "1", {"system": "CIPS"}, tied=True, anytime=True
    )
    lines = EventSwitch("swap_line", ("swap_lines", "lines"), OFF, ON)
    factors = ("0.25", "0.5", "0.75", "1", "1.5", "2", "3", "4")
    drifts = tuple(f"{tenths / 10:g} %/month" for tenths in range(-20, 21, 2))
    return (
        Lever(
            "native_messaging", deferred("CIPS's own messages, days until a bank has them"), "rails", "slider",
            "behaviour.native_crisis_median", Parameter("native_crisis_median", needs_cut),
        ),
        Lever(
            "cips_liquidity", deferred("Liquidity in CIPS, times"), "rails", "slider", "events.liquidity_change.factor",
            liquidity, factors,
        ),
        Lever("swap_lines", deferred("More swap lines"), "rails", "switch", "events.swap_line", lines, (OFF, ON)),
        Lever(
            "steering", deferred("Yuan steered out of SWIFT's sight"), "rails", "slider", "events.steering.message",
            steering,
        ),
        Lever(
            "demand_drift", deferred("Drift of demand for the yuan"), "rails", "slider", "events.demand_drift.drift",
            drift, drifts, "%/month",
        ),
    )  # fmt: skip


def _behaviour() -> Sequence[Lever]:
    return (
        _parameter("network_effect", deferred("Network effect R"), needs_time),
        _parameter("cost_sensitivity", deferred("Cost sensitivity λ"), needs_choice),
        _parameter("bypass_share", deferred("Bypass by agents and barter"), needs_unpaid),
        _parameter("crisis_inertia", deferred("Inertia of blocked contracts"), needs_blocked),
        _parameter("inertia", deferred("Inertia of other contracts")),
        _parameter("trade_elasticity", deferred("Elasticity of trade to cost"), needs_cost),
    )


def levers() -> tuple[Lever, ...]:
    """Every lever, in the order of the page."""
    return (*_politics(), *_rails(), *_behaviour())


__all__ = ["EVERYBODY", "NOBODY", "Lever", "graded", "levers"]
