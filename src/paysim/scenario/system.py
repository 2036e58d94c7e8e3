"""A settlement system as a file describes it: a frozen and checked model.

Values are in canonical units: shares are fractions, times of day seconds, prices of credit basis points a year, amounts
the currency's major unit. Each figure keeps its range, basis and source.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, StringConstraints, model_validator

from paysim.scenario.base import Issues, Model, Name, Text, Written
from paysim.scenario.parts import fact as described
from paysim.scenario.system_parts import (
    SOURCE_NAME,
    AmountFigure,
    Around,
    Backed,
    CalendarFact,
    HoursFact,
    IntervalFigure,
    LiquidityFigure,
    PriceFigure,
    ProfileFact,
    SecondsFigure,
    ShareFigure,
    SigmaFigure,
    SystemFact,
    SystemFigure,
    SystemSource,
    TextFact,
    TruthFact,
    WindowFact,
    ZoneFact,
    around,
    choice,
    count,
    surroundings,
)
from paysim.scenario.units import shown

_CODE = re.compile(r"[A-Z]{3}\Z")


def read_currency(value: object) -> str:
    """A currency by its code of ISO 4217 (ValueError says what is wrong)."""
    if not isinstance(value, str) or not _CODE.match(value):
        raise ValueError(f"expected a code of three capital letters such as EUR, got {shown(value)}")
    return value


CurrencyCode = Annotated[str, Written(read_currency, {"type": "string", "pattern": "^[A-Z]{3}$"})]
_CORE_TOLERANCE = 1e-9


def _said(value: object) -> Any:
    """A default that holds where a file says nothing."""
    return SystemFact(value=value, note="the default")


def _zero(unit: str) -> Any:
    return SystemFigure(best=0.0, low=0.0, high=0.0, unit=unit, note="the default")


class RulesPart(Model):
    """How payments settle; the page on settlement says exactly what each word means."""

    discipline: Annotated[SystemFact, choice("fifo", "priority", "bypass")] = described(
        _said("fifo"), "which payment of a queue is tried"
    )
    scan: Annotated[SystemFigure, count("payments", at_least=1.0)] = described(
        SystemFigure(best=1.0, low=1.0, high=1.0, unit="payments", note="the default"),
        "how many payments from the head of a queue are tried (discipline bypass)",
    )
    order: Annotated[SystemFact, choice("arrival", "size")] = described(
        _said("arrival"), "order of a queue among payments of one priority"
    )
    bilateral: TruthFact = described(_said(False), "whether two queues are offset against each other")
    multilateral: Annotated[SystemFact, choice("none", "all-or-nothing", "partial")] = described(
        _said("none"), "how all queues are offset together"
    )
    offset_every: IntervalFigure | None = described(None, "time from one multilateral offsetting run to the next")
    netting: Annotated[SystemFact, choice("none", "delay", "unwind", "partial")] = described(
        _said("none"), "netting of batch payments: what happens where a participant is short"
    )
    netting_sessions: Annotated[SystemFigure, count("sessions a day")] = described(
        _zero("sessions a day"), "netting sessions from an opening to its closing, the last at the closing"
    )
    all_net: TruthFact = described(_said(False), "whether every payment is a batch payment")
    at_close: Annotated[SystemFact, choice("keep", "return", "fund")] = described(
        _said("keep"), "what becomes of queues at the closing"
    )
    largest_amount: AmountFigure | None = described(None, "the most that one payment may be")
    above_largest: Annotated[SystemFact, choice("return", "split")] | None = described(
        None, "what happens to a payment above the largest amount (default: return)"
    )

    @model_validator(mode="after")
    def _fit(self) -> Self:
        issues = Issues()
        discipline, scan, netting = self.discipline.value, self.scan.best, self.netting.value
        sessions, multilateral = self.netting_sessions.best, self.multilateral.value
        if discipline == "bypass" and scan < 2:
            issues.add(("discipline",), "bypass looks behind the head of a queue: it needs a scan of at least 2")
        if discipline != "bypass" and scan > 1:
            issues.add(("discipline",), f"{discipline} tries the head alone: say scan: 1, or discipline: bypass")
        if netting != "none" and sessions < 1:
            issues.add(("netting",), "netting needs at least one session a day: say netting_sessions")
        if netting == "none" and sessions > 0:
            issues.add(
                ("netting",), f"{sessions:g} netting sessions a day need a rule for those short, or none of them"
            )
        if netting == "none" and self.all_net.value:
            issues.add(("netting",), "where all payments net (all_net) there must be a rule for those short")
        if multilateral != "none" and self.offset_every is None:
            issues.add(("multilateral",), "multilateral offsetting needs an interval: say offset_every, such as 5 min")
        if multilateral == "none" and self.offset_every is not None:
            issues.add(("multilateral",), "offset_every is given, but no multilateral offsetting")
        if self.above_largest is not None and self.largest_amount is None:
            issues.add(("above_largest",), "there is no largest_amount that a payment could be above")
        issues.finish("RulesPart")
        return self


class LiquidityPart(Model):
    """What participants pay with; each a share of the value that a participant sends on a mean day."""

    prefunding: LiquidityFigure = described(..., "brought in at the opening")
    collateralised_credit: LiquidityFigure = described(_zero("share"), "credit of the operator against collateral")
    uncollateralised_credit: LiquidityFigure = described(_zero("share"), "credit of the operator without collateral")
    credit_price: PriceFigure = described(_zero("bp/year"), "price of uncollateralised credit")
    injection_cap: LiquidityFigure = described(
        _zero("share"), "the most that a participant injects of its own accord in a day"
    )
    injection_window: WindowFact | None = described(
        None, "when it can: the name of a system, or hours, timezone and calendar (default: always)"
    )


class TrafficPart(Model):
    """A mean day of payments, for days drawn at random."""

    participants: Annotated[SystemFigure, count("participants", at_least=2.0, at_most=100_000.0)] = described(
        ..., "participants with an account"
    )
    payments: Annotated[SystemFigure, count("payments a day", at_least=1.0, at_most=100_000_000.0)] = described(
        ..., "payments a day"
    )
    value: AmountFigure = described(..., "value a day")
    size_sigma: SigmaFigure = described(..., "standard deviation of the natural log of payment sizes")
    largest: LiquidityFigure | None = described(
        None, "the largest payment over the value that its sender sends on a mean day (default: no limit)"
    )
    profile: ProfileFact = described(..., "weights of equal parts of the operating day, from opening to closing")
    core: Annotated[SystemFigure, count("participants")] = described(..., "participants in the core")
    core_share: ShareFigure = described(..., "share of the value that the core sends")
    reciprocity: ShareFigure = described(_zero("share"), "share of payments that mirror an earlier one")
    mirror_delay: SecondsFigure = described(_zero("s"), "mean time until the mirror payment")
    urgent_share: ShareFigure = described(_zero("share"), "share of payments that are urgent")
    batch_share: ShareFigure = described(_zero("share"), "share of payments that are batch payments")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        issues = Issues()
        core, participants, share = self.core.best, self.participants.best, self.core_share.best
        if core > participants:
            issues.add(("core",), f"the core of {core:g} is larger than the number of participants, {participants:g}")
        elif (core == 0.0) != (share == 0.0) or (core == participants) != (share == 1.0):
            issues.add(
                ("core_share",), f"a core of {core:g} of {participants:g} cannot send {100 * share:g} % of the value"
            )
        elif share < core / participants - _CORE_TOLERANCE:
            issues.add(
                ("core_share",),
                f"a core of {core:g} of {participants:g} participants sends at least "
                f"{100 * core / participants:.3g} % of the value, got {100 * share:g} %",
            )
        if self.urgent_share.best + self.batch_share.best > 1.0:
            issues.add(("batch_share",), "urgent_share and batch_share are together more than 100 % of the payments")
        if self.reciprocity.best == 1.0:
            issues.add(("reciprocity",), "not every payment can mirror an earlier one: expected less than 100 %")
        issues.finish("TrafficPart")
        return self


class MessagesPart(Model):
    """How payments reach the system."""

    standard: TextFact = described(_said("not stated"), "message standard")


class Published(Backed):
    """A published figure that is no input, to compare results with."""

    best: float
    low: float | None = None
    high: float | None = None
    unit: Text


class SystemFile(Model):
    """One settlement system with where its figures come from."""

    system: Literal[1] = Field(description="marks a system file; version of its format")
    name: Name = Field("system", description="short name (default: name of the file)")
    title: Text = Field(description="what it is called in figures and tables")
    about: Text = Field("", description="what it is, what is known of it and what is not")
    currency: CurrencyCode = Field(description="ISO 4217 code; OTH for the sum of other currencies")
    minor_units: Annotated[int, Field(ge=0, le=4, strict=True)] = Field(2, description="decimal places of the currency")
    kind: Annotated[SystemFact, choice("rtgs", "dns", "hybrid", "continuous-netting")] = described(
        ..., "what sort of system it is"
    )
    hours: HoursFact = described(..., "opening and closing by its own clock, such as 02:30-18:00 or 21:00 D-1-18:00")
    timezone: ZoneFact = described(..., "time zone of the hours")
    calendar: CalendarFact = described(..., "its working days")
    rules: RulesPart = Field(default_factory=RulesPart, description="how payments settle")
    liquidity: LiquidityPart = Field(description="what participants pay with")
    traffic: TrafficPart = Field(description="a mean day of payments")
    messages: MessagesPart = Field(default_factory=MessagesPart, description="how payments reach the system")
    published: dict[Name, Published] = Field({}, description="published figures to compare results with")
    sources: dict[Annotated[str, StringConstraints(pattern=SOURCE_NAME)], SystemSource] = Field(
        {}, description="sources that figures name in square brackets"
    )

    _files: tuple[Path, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Tell each part what it must know of the rest."""
        if not isinstance(data, Mapping):
            return handler(data)
        code, sources = data.get("currency"), data.get("sources")
        known = Around(
            currency=code if isinstance(code, str) and _CODE.match(code) else None,
            sources=frozenset(map(str, sources)) if isinstance(sources, Mapping) else frozenset(),
            hours_of=surroundings().hours_of,
        )
        token = around.set(known)
        try:
            return handler(data)
        finally:
            around.reset(token)

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        rules, issues = self.rules, Issues()
        netting, offsetting = rules.netting.value != "none", rules.bilateral.value or rules.multilateral.value != "none"
        kind = self.kind.value
        if kind == "dns" and not rules.all_net.value:
            issues.add(("kind",), "a dns nets all payments: it needs rules.all_net: true", kind)
        if kind != "dns" and rules.all_net.value:
            issues.add(("kind",), f"where all payments net the system is a dns, not {kind}", kind)
        if kind == "hybrid" and not netting:
            issues.add(
                ("kind",), "a hybrid settles single payments gross and batches net: it needs rules.netting", kind
            )
        if kind == "rtgs" and netting:
            issues.add(("kind",), "an rtgs with netting sessions is a hybrid", kind)
        if kind == "continuous-netting" and not offsetting:
            issues.add(("kind",), "continuous netting needs bilateral or multilateral offsetting", kind)
        issues.finish("SystemFile")
        return self

    @property
    def files(self) -> tuple[Path, ...]:
        """The file and those it extends, the oldest ancestor last; empty for a system made in Python."""
        return self._files

    def leaves(self) -> Iterator[tuple[str, SystemFigure | SystemFact]]:
        """Every figure and fact with its place in the file (``liquidity.prefunding``); what is not said is left out."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Backed):
                yield name, value  # type: ignore[misc] # what is backed here is a figure or a fact
            elif isinstance(value, (RulesPart, LiquidityPart, TrafficPart, MessagesPart)):
                for part in type(value).model_fields:
                    leaf = getattr(value, part)
                    if leaf is not None:
                        yield f"{name}.{part}", leaf

    def canonical(self) -> str:
        """The whole system, defaults included, as JSON: one line, sorted keys, the same on every platform."""
        data = self.model_dump(mode="json")
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    def digest(self) -> str:
        """SHA-256 of `canonical`, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()
