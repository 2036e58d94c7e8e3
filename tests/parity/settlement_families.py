"""Families of days: each exercises a group of rules of the settlement system, and says how often at least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DISCIPLINES = (("fifo", 1), ("priority", 1), ("bypass", 1), ("bypass", 2), ("bypass", 3), ("bypass", 60))


@dataclass(frozen=True)
class Family:
    """Days that exercise a group of rules.

    rules : for each field of `Rules`, what it is drawn from; "discipline" is drawn with its scan
    acts : what is done in sessions besides closing, named as often as it is likely
    sizes : pairs of the largest amount and the most liquidity a participant brings in: they make cover scarce
    credit, caps : whether participants may be given credit, and caps for injections of their own accord
    exercises : for marks of `Twin.seen`, the least share of days that bear them
    """

    name: str
    rules: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    acts: Sequence[str] = ()
    sizes: Sequence[tuple[int, int]] = ((20, 8), (20, 16), (2, 3), (5, 3), (5, 8), (50, 16))
    credit: bool = False
    caps: bool = False
    exercises: Mapping[str, float] = field(default_factory=dict)


# What begins if it is not on, and ends if it is.
WINDOWS = ("window", "window")
OUTAGES = ("outage",)
ANYHOW = {"discipline": DISCIPLINES, "at_close": ("keep", "keep", "return")}

FAMILIES = (
    Family(
        "fifo",
        {"at_close": ("keep", "return")},
        ("inject", "inject", "step"),
        exercises={
            "a head blocks what has cover": 0.35,
            "settled after waiting": 0.35,
            "queued at the closing: keep": 0.2,
        },
    ),
    Family(
        "priority",
        {"discipline": (("priority", 1),), "at_close": ("keep", "return")},
        ("inject", "step"),
        exercises={"overtaken on arrival": 0.35, "a head blocks what has cover": 0.35},
    ),
    Family(
        "bypass",
        {"discipline": DISCIPLINES[2:], "at_close": ("keep", "return")},
        ("inject", "step"),
        exercises={"settled from behind the head": 0.2, "a head blocks what has cover": 0.18},
    ),
    Family(
        "order size",
        {**ANYHOW, "order": ("size",)},
        ("inject", "step"),
        exercises={"overtaken on arrival": 0.3, "settled after waiting": 0.3},
    ),
    Family("moves", ANYHOW, ("inject", "move", "move", "move", "step"), exercises={"moved": 0.2}),
    Family(
        "credit",
        {**ANYHOW, "order": ("arrival", "size")},
        ("inject", "step", "step"),
        credit=True,
        exercises={"uncollateralised credit used": 0.3, "overnight loan": 0.3},
    ),
    Family(
        "injection",
        {**ANYHOW, "order": ("arrival", "size")},
        ("inject", "step", *WINDOWS, *WINDOWS),
        caps=True,
        exercises={
            "injected of one's own accord": 0.35,
            "injection refused by the window": 0.25,
            "injection refused by the cap": 0.3,
            "window opened while running": 0.35,
            "opening fell outside the window": 0.25,
            "closed before the window opened": 0.07,
        },
    ),
    Family(
        "bilateral",
        {**ANYHOW, "order": ("arrival", "size"), "bilateral": (True,)},
        ("inject", "step"),
        exercises={"bilateral offset": 0.3},
    ),
    Family(
        "all-or-nothing",
        {**ANYHOW, "order": ("arrival", "size"), "multilateral": ("all-or-nothing",)},
        ("inject", "offset", "offset", "offset", "step"),
        exercises={"gridlock": 0.2, "deadlock": 0.25, "gridlock dissolved whole": 0.02},
    ),
    Family(
        "partial",
        {**ANYHOW, "order": ("arrival", "size"), "multilateral": ("partial",)},
        ("inject", "offset", "offset", "offset", "step"),
        exercises={"gridlock": 0.2, "deadlock": 0.3, "gridlock dissolved in part": 0.2},
    ),
    *(
        Family(
            f"netting {rule}",
            {**ANYHOW, "netting": (rule,), "all_net": (False, False, True)},
            ("inject", "inject", "inject", "net", "net", "net", *WINDOWS),
            sizes=((1, 1), (2, 1), (2, 3), (5, 3), (20, 8), (20, 16)),
            caps=True,
            exercises={
                "netting with somebody short": 0.3,
                "netting without anybody short": 0.1,
                "injected in a netting session": 0.05,
                **particular,
            },
        )
        for rule, particular in (
            ("delay", {}),
            ("unwind", {"unwound": 0.3, "unwound after another": 0.15, "unwound, and others settle": 0.1}),
            ("partial", {"netting left some out, not all": 0.25}),
        )
    ),
    Family(
        "fund",
        {**ANYHOW, "at_close": ("fund",), "netting": ("none", "delay", "partial")},
        ("inject", "net", "step", *WINDOWS, *OUTAGES),
        caps=True,
        exercises={"closing pay-in": 0.2, "queued at the closing: fund": 0.15},
    ),
    Family(
        "suspension",
        {**ANYHOW, "netting": ("none", "partial"), "multilateral": ("none", "partial"), "bilateral": (False, True)},
        ("inject", "step", "net", "offset", *WINDOWS, *OUTAGES, *OUTAGES),
        caps=True,
        exercises={
            "resumed with queues": 0.25,
            "opening fell into a suspension": 0.14,
            "closed while suspended": 0.2,
        },
    ),
    Family(
        "withdrawal",
        {**ANYHOW, "order": ("arrival", "size"), "netting": ("none", "partial")},
        ("inject", "step", "withdraw", "withdraw", "expire"),
        exercises={"withdrawn while queued": 0.3, "withdrawn while awaited": 0.15},
    ),
)

HYBRID = Family(
    "hybrid",
    {
        "discipline": DISCIPLINES,
        "order": ("arrival", "arrival", "size"),
        "bilateral": (False, True),
        "multilateral": ("none", "all-or-nothing", "partial"),
        "netting": ("none", "delay", "unwind", "partial"),
        "all_net": (False, False, False, True),
        "at_close": ("keep", "keep", "return", "fund"),
    },
    (
        *("inject", "net", "net", "offset", "offset", "offset", "move", "move", "withdraw", "expire"),
        *("set_liquidity", "set_injection_cap", *WINDOWS, *OUTAGES),
    ),
    credit=True,
    caps=True,
    exercises={mark: 0.005 for family in FAMILIES for mark in family.exercises if mark != "gridlock dissolved whole"},
)
