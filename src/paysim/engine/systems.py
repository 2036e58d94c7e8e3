"""From what a system file says to what the settlement needs."""

from __future__ import annotations

import math
import os
from typing import Any

from paysim.networks.calendars import OperatingCalendar
from paysim.networks.rules import Rules
from paysim.networks.synthetic import DayTraffic
from paysim.networks.systems import Fact, Figure, System
from paysim.scenario.system import LiquidityPart, RulesPart, SystemFile, TrafficPart
from paysim.scenario.system_loading import load_system
from paysim.scenario.system_parts import Backed, SystemFigure, WindowHours


def settlement_system(system: str | os.PathLike[str] | SystemFile) -> System:
    """The settlement system of a shipped name, a file, or what was read from one.

    Raises
    ------
    ScenarioError
        with every problem of the file.
    """
    said = system if isinstance(system, SystemFile) else load_system(system)
    figures: dict[str, Figure] = {}
    facts: dict[str, Fact] = {}
    for place, leaf in said.leaves():
        if isinstance(leaf, SystemFigure):
            figures[place] = _figure(leaf, said)
        else:
            facts[place] = Fact(_spoken(leaf.value), leaf.basis, _source(leaf, said), leaf.note or "")
    for name, one in said.published.items():
        low, high = (one.best if limit is None else limit for limit in (one.low, one.high))
        source = _source(one, said)
        figures[f"published.{name}"] = Figure(one.best, low, high, one.unit, one.basis, source, one.note or "")
    rules, liquidity = said.rules, said.liquidity
    return System(
        name=said.name,
        title=said.title,
        about=said.about,
        kind=said.kind.value,
        currency=said.currency,
        minor_units=said.minor_units,
        hours=said.hours.value,
        time_zone=said.timezone.value,
        working_days=said.calendar.value,
        rules=_rules(rules),
        traffic=_traffic(said.traffic),
        prefunding=figures["liquidity.prefunding"],
        collateralised_credit=figures["liquidity.collateralised_credit"],
        uncollateralised_credit=figures["liquidity.uncollateralised_credit"],
        injection_cap=figures["liquidity.injection_cap"],
        credit_price=figures["liquidity.credit_price"],
        injection_window=_window(liquidity),
        netting_sessions=int(rules.netting_sessions.best),
        offset_every=None if rules.offset_every is None else int(rules.offset_every.best),
        largest_amount=None if rules.largest_amount is None else rules.largest_amount.best,
        above_largest="return" if rules.above_largest is None else rules.above_largest.value,
        figures=figures,
        facts=facts,
    )


def _rules(said: RulesPart) -> Rules:
    return Rules(
        discipline=said.discipline.value,
        scan=int(said.scan.best),
        order=said.order.value,
        bilateral=said.bilateral.value,
        multilateral=said.multilateral.value,
        netting=said.netting.value,
        all_net=said.all_net.value,
        at_close=said.at_close.value,
    )


def _traffic(said: TrafficPart) -> DayTraffic:
    return DayTraffic(
        participants=int(said.participants.best),
        payments=int(said.payments.best),
        value=said.value.best,
        size_sigma=said.size_sigma.best,
        largest=math.inf if said.largest is None else said.largest.best,
        profile=said.profile.value,
        core=int(said.core.best),
        core_share=said.core_share.best,
        reciprocity=said.reciprocity.best,
        mirror_delay=said.mirror_delay.best,
        urgent_share=said.urgent_share.best,
        batch_share=said.batch_share.best,
    )


def _window(said: LiquidityPart) -> OperatingCalendar | None:
    if said.injection_window is None:
        return None
    window: WindowHours = said.injection_window.value
    return OperatingCalendar.from_hours(window.hours, window.timezone, window.calendar)


def _figure(said: SystemFigure, file: SystemFile) -> Figure:
    return Figure(said.best, said.low, said.high, said.unit, said.basis, _source(said, file), said.note or "")


def _source(said: Backed, file: SystemFile) -> str:
    """The source as written, with what the names in square brackets stand for."""
    text = said.source or ""
    for name, source in file.sources.items():
        text = text.replace(f"[{name}]", f"{source.text} ({source.url})" if source.url else source.text)
    return text


def _spoken(value: Any) -> str:
    """A fact in words."""
    if isinstance(value, WindowHours):
        return value.system or f"{value.hours} {value.timezone}, {value.calendar}"
    if isinstance(value, tuple):
        return " ".join(f"{weight:g}" for weight in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
