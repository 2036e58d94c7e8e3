"""Days drawn for the settlement system and its twin, and what both show of them.

Payments and acts are read from two strings of bytes, each
from a few of them: Hypothesis draws thousands of days a minute that way, and still makes a failing one smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

import numpy as np
from gross_twin import Payment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settlement_families import Family
from settlement_twin import Timetable, Twin

from paysim.networks.payments import STATUSES
from paysim.networks.rules import Rules
from paysim.networks.rules import Timetable as KernelTimetable
from paysim.networks.settlement import SettlementSystem

PAYMENT_BYTES, ACT_BYTES = 7, 12

Act = tuple[Any, ...]  # name of a method of the system, then its arguments


@dataclass(frozen=True)
class Day:
    """One or several days: rules, payments in the order in which they are handed over, acts at rising instants."""

    banks: int
    rules: Rules
    payments: tuple[Payment, ...]
    acts: tuple[Act, ...]

    def twin(self) -> Twin:
        twin = Twin(self.banks, checked=True, **asdict(self.rules))
        for payment in self.payments:
            twin.add(replace(payment))
        return twin

    def system(self) -> SettlementSystem:
        system = SettlementSystem(self.banks, rules=self.rules)
        hand_over(system, self.payments)
        return system


def hand_over(system: SettlementSystem, payments: Sequence[Payment]) -> None:
    names = ("arrives", "sender", "receiver", "amount", "payment_id", "priority", "batch")
    arrives, sender, receiver, amount, payment_id, priority, batch = (
        [getattr(payment, name) for payment in payments] for name in names
    )
    system.add(arrives, sender, receiver, amount, payment_id, priority=priority, batch=batch)


@st.composite
def days(draw: st.DrawFn, family: Family) -> Day:
    """Draw a day of a family: 2 to 8 banks, up to 60 payments, up to 25 acts."""
    banks = draw(st.sampled_from((3, 2, 4, 3, 5, 8, 2, 4, 6, 7)))
    rules = draw_rules(draw, family)
    span = draw(st.sampled_from((40, 20, 5)))  # a short one makes instants collide, which is where orders matter
    largest, liquidity = draw(st.sampled_from(family.sizes))
    payments = read_payments(chunks(draw, PAYMENT_BYTES, 60), banks, span, largest)
    acts = read_acts(chunks(draw, ACT_BYTES, 25), family, rules, payments, banks, liquidity)
    return Day(banks, rules, payments, tuple(acts))


def chunks(draw: st.DrawFn, size: int, most: int) -> list[bytes]:
    """Draw texts of a size.

    Hypothesis likes strings of zeros, of which half the days would be made: noise keeps those lively.
    """
    least = draw(st.sampled_from((0, most // 2, most * 3 // 4, most // 3)))
    text = draw(st.binary(min_size=least * size, max_size=most * size))
    seed = draw(st.integers(0, 2**16))
    noise = Random(seed).randbytes(len(text)) if seed else bytes(len(text))
    text = bytes(drawn ^ added for drawn, added in zip(text, noise, strict=True))
    return [text[start : start + size] for start in range(0, len(text) - size + 1, size)]


def on_days(examples: int, claim: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> None:
    """Hold a claim against so many drawn examples."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    settings(max_examples=examples, deadline=None, suppress_health_check=quiet)(given(*strategies)(claim))()


def draw_rules(draw: st.DrawFn, family: Family) -> Rules:
    drawn = {name: draw(st.sampled_from(choices)) for name, choices in family.rules.items()}
    if "discipline" in drawn:
        drawn["discipline"], drawn["scan"] = drawn["discipline"]
    if drawn.get("netting", "none") == "none":
        drawn.pop("all_net", None)
    return Rules(**drawn)


def read_payments(texts: Sequence[bytes], banks: int, span: int, largest: int) -> tuple[Payment, ...]:
    """Read each text as a payment; its first byte decides where its identifier stands among the others.

    Some pass on what the payment before them brings: that makes circles, which can settle at once or not at all.
    """
    order = sorted(range(len(texts)), key=lambda row: (texts[row][0], row))
    payments: list[Payment] = []
    for row, (_, arrives, sender, distance, amount, priority, kind) in enumerate(texts):
        passed_on = payments[-1] if payments and kind % 8 > 4 else None
        payer = passed_on.receiver if passed_on else sender % banks
        payments.append(
            Payment(
                payment_id=3 * order.index(row) + 1,  # not the row, and with gaps
                arrives=arrives % span,
                sender=payer,
                receiver=(payer + 1 + distance % (banks - 1)) % banks,
                amount=passed_on.amount if passed_on else 1 + amount % largest,
                priority=priority % 3,
                batch=kind % 3 == 1,
            )
        )
    return tuple(payments)


def read_acts(
    texts: Sequence[bytes], family: Family, rules: Rules, payments: Sequence[Payment], banks: int, liquidity: int
) -> Iterator[Act]:
    """Read each text as an act that is allowed in the state in which the system then is."""
    now, is_open, suspended, window = 0, False, False, True
    other = [act for act in family.acts if act not in ("inject", "net", "offset")]
    while_closed = ["open"] * (len(other) + 1) + other
    for text in texts:
        gap, choice, *numbers = text
        now += gap % 6
        amounts: list[int] | None = [number % liquidity for number in numbers[:banks]]
        allowed = ["step", "close", *family.acts] if is_open else while_closed
        if suspended:
            allowed = [*("outage" if act == "inject" else act for act in allowed), "outage", "outage"]
        act = allowed[choice % len(allowed)]
        if act == "open":
            yield from settings_of(family, numbers, banks, liquidity)
            if numbers[-1] % 2:  # the opening liquidity is set before, or named at the opening
                yield ("set_liquidity", amounts)
                amounts = None
        if act == "outage":
            act = "resume" if suspended else "suspend"
        if act == "window":
            act = "close_window" if window else "open_window"
        if act == "move" and rules.order == "size":
            act = "step"
        is_open = act == "open" or (is_open and act != "close")
        suspended = act == "suspend" or (suspended and act not in ("resume", "close"))
        window = act == "open_window" or (window and act != "close_window")
        yield read_act(act, now, numbers, amounts, payments)
    if is_open:
        yield ("close", now + 30)


def settings_of(family: Family, numbers: Sequence[int], banks: int, liquidity: int) -> Iterator[Act]:
    """Set caps and credits before an opening; without these, liquidity alone counts."""
    backwards = [number % liquidity for number in numbers[::-1][:banks]]
    if family.caps:
        yield ("set_injection_cap", [2 * amount if amount % 4 else 0 for amount in backwards])
    if family.credit:
        yield ("set_credit", backwards, [number % 8 for number in numbers[:banks]])


def read_act(act: str, now: int, numbers: Sequence[int], amounts: list[int] | None, payments: Sequence[Payment]) -> Act:
    named = [payments[n % len(payments)].payment_id for n in numbers[1 : 1 + numbers[0] % 9]] if payments else []
    match act:
        case "step":
            return ("advance", now)
        case "open" | "inject":
            return (act, now) if amounts is None else (act, now, amounts)
        case "set_liquidity" | "set_injection_cap":
            return (act, amounts)
        case "withdraw":
            return (act, now, list(dict.fromkeys(named)))
        case "expire":
            return (act, now, now - numbers[0] % 10)
        case "move":
            return (act, now, list(dict.fromkeys(named)), ("front", "back")[numbers[-1] % 2])
        case _:
            return (act, now)


def drive(system: SettlementSystem | Twin, act: Act) -> list[int] | None:
    """Do an act and give what it returns; both sides know the same verbs."""
    name, *arguments = act
    given = getattr(system, name)(*arguments)
    return None if given is None else [int(entry) for entry in given]


def journal(system: SettlementSystem, cursor: int = 0) -> list[tuple[int, int]]:
    settled = system.settled_since(cursor)
    return list(zip(settled.payment_id.tolist(), settled.settled.tolist(), strict=True))


def shown(system: SettlementSystem) -> dict[str, Any]:
    """Everything the kernel shows of itself, but what it may forget: see `journal` and `rows`."""
    system.check_conservation()
    return {
        "now": system.now,
        "open, suspended, window": (system.is_open, system.is_suspended, system.window_is_open),
        "queues": [system.queue(participant).tolist() for participant in range(len(system.balances))],
        "queued": system.queued().payment_id.tolist(),
        "queue length": system.queue_length,
        "awaited": system.awaited().payment_id.tolist(),
        "balances": system.balances.tolist(),
        "injected": system.injected,
        "injected by": np.asarray(system.injected_by).tolist(),
        "drawn back": system.drawn_back,
        "overnight": system.overnight,
        "closing pay-in": system.closing_pay_in,
        "lowest balances": system.lowest_balance.tolist(),
        "credit seconds": np.asarray(system.credit_seconds).tolist(),
        "gridlocks, deadlocks": (system.gridlocks, system.deadlocks),
        "settled in pairs, nets, runs": (system.pairs_settled, system.netting_settled, system.offset_settled),
    }


def rows(system: SettlementSystem) -> list[tuple[str, int]]:
    """Status and instant of settlement of every payment, in the order in which they were handed over."""
    return [(STATUSES[status], instant) for status, instant in zip(system.status, system.settled.tolist(), strict=True)]


def shown_by_twin(twin: Twin) -> dict[str, Any]:
    def ids(status: str) -> list[int]:
        found = [payment for payment in twin.payments if payment.status == status]
        return [payment.payment_id for payment in sorted(found, key=lambda p: (p.arrives, p.payment_id))]

    return {
        "now": twin.clock,
        "open, suspended, window": (twin.is_open, twin.suspended, twin.window),
        "queues": [[payment.payment_id for payment in queue] for queue in twin.queues],
        "queued": ids("queued"),
        "queue length": len(ids("queued")),
        "awaited": ids("awaited"),
        "balances": list(twin.balances),
        "injected": twin.injected,
        "injected by": list(twin.injected_by),
        "drawn back": twin.drawn_back,
        "overnight": twin.overnight,
        "closing pay-in": twin.closing_pay_in,
        "lowest balances": list(twin.lowest),
        "credit seconds": list(twin.credit_seconds),
        "gridlocks, deadlocks": (twin.gridlocks, twin.deadlocks),
        "settled in pairs, nets, runs": (twin.pairs_settled, twin.netting_settled, twin.offset_settled),
    }


def journal_of_twin(twin: Twin) -> list[tuple[int, int]]:
    return [(payment.payment_id, payment.settled) for payment in twin.journal]


def rows_of_twin(twin: Twin) -> list[tuple[str, int]]:
    return [(payment.status, payment.settled) for payment in twin.payments]


def kernel_timetable(timetable: Timetable) -> KernelTimetable:
    return KernelTimetable(
        **{
            name: None if instants is None else np.array(instants, np.int64)
            for name, instants in asdict(timetable).items()
        }
    )


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """Draw sessions, injection windows, outages, netting sessions and offsetting runs that fall where they may."""

    def spans(least: int, most: int) -> tuple[list[int], list[int]]:
        # A gap of 0 lets one end and the next begin at one instant.
        lengths = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 15)), min_size=least, max_size=most))
        edges = np.cumsum([0, *(length for pair in lengths for length in pair)]).tolist()
        return edges[1::2], edges[2::2]

    instants = st.lists(st.integers(0, 45), max_size=8).map(sorted)
    opens, closes = spans(2, 6)
    suspends, resumes = spans(0, 2)
    window_opens, window_closes = spans(2, 5) if draw(st.booleans()) else (None, None)
    return Timetable(closes, opens, suspends, resumes, window_closes, window_opens, draw(instants), draw(instants))
