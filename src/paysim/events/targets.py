"""Whom an event hits: groups, their banks, and who does it to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

from paysim.scenario.base import GroupId, Written, known, nearest, problem, some
from paysim.scenario.event import raise_at
from paysim.scenario.units import SHARE, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paysim.model.state import Policy
    from paysim.model.world import World

Array = NDArray[np.float64]

SANCTIONING = ("USA", "EUR", "ALLY")
"""Groups that have cut banks off from SWIFT or could: the United States, the euro area and their allies."""

SINGLE_WEIGHT = 1e-12
"""Bank weight below which a bank is not counted (rounding of weights that sum to 1)."""


def read_banks(value: object) -> str | float:
    """Which banks: ``all``, the name of a class, or a share of bank weight such as ``70 %``."""
    if isinstance(value, str) and value[:1].isalpha():
        return value
    try:
        share = SHARE.read(value)
    except ValueError:
        share = -1.0
    if not 0.0 < share <= 1.0:
        raise problem(f"expected all, a class of banks or a share such as 70 %, got {shown(value)}")
    return share


BankChoice = Annotated[
    Any,
    Written(
        read_banks,
        {
            "anyOf": [
                {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$"},
                {"type": "string", "pattern": SHARE.pattern},
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            ]
        },
    ),
]
"""``"all"``, the name of a class of banks, or a share of bank weight (0 to 1)."""

Groups = Annotated[tuple[GroupId, ...], AfterValidator(some)]


def check_class(groups: Sequence[str], banks: object) -> None:
    """A class of banks must be one of the classes of every group that is hit."""
    names = known.get()
    if names is None or not isinstance(banks, str) or banks == "all":
        return
    without = [group for group in groups if banks not in names.classes.get(group, frozenset())]
    if without:
        classes = sorted({name for group in groups for name in names.classes.get(group, ())})
        hint = nearest(banks, classes) or "; declare it in groups, bank_classes"
        raise_at("banks", f"unknown class of banks {banks!r} in {', '.join(without)}{hint}", banks)


def check_partners(issuer: str, partners: Sequence[str]) -> None:
    """An issuer gives a currency to others; it has it itself."""
    if issuer in partners:
        raise_at("partners", f"{issuer} issues the currency: expected other groups only", list(partners))


def indices(world: World, groups: Sequence[str]) -> NDArray[np.int64]:
    """Indices of groups."""
    return np.array([world.group_index(group) for group in groups], dtype=np.int64)


def hit_banks(world: World, groups: Sequence[str], banks: str | float) -> Array:
    """Share of each bank that is hit, (N,) in 0 to 1.

    A share of a group's bank weight takes the largest banks first, until it is reached; the marginal bank is hit in
    part. A group that one bank stands for is therefore hit by just the share.
    """
    hit = np.zeros(len(world.banks.group))
    for group in indices(world, groups):
        members = np.flatnonzero(world.banks.group == group)
        if banks == "all":
            hit[members] = 1.0
        elif isinstance(banks, str):
            hit[members] = [float(world.banks.bank_class[member] == banks) for member in members]
        else:
            hit[members] = _largest_first(world.banks.weight[members], banks)
    return hit


def _largest_first(weight: Array, share: float) -> Array:
    """Share of each bank that lies within the first ``share`` of the weight, largest banks first."""
    order = np.argsort(-weight, kind="stable")
    within = weight[order] / weight.sum()
    before = np.cumsum(within) - within
    hit = np.zeros(len(weight))
    hit[order] = np.where(
        within > SINGLE_WEIGHT, np.clip((share - before) / np.maximum(within, SINGLE_WEIGHT), 0.0, 1.0), 0.0
    )
    return hit


def shock(policy: Policy, world: World, groups: Sequence[str], by: Sequence[str]) -> None:
    """Sanctions against groups: one more belief shock for them, and fear of the currencies of those who do it."""
    policy.shocks[indices(world, groups)] += 1.0
    policy.feared[world.own_currency[indices(world, by)]] = 1.0


def with_partners(access: Array, world: World, issuer: str, partners: Sequence[str], strength: float) -> None:
    """Raise access to an issuer's currency, (C, G), to at least a strength: that of partners and of the issuer."""
    currency = world.own_currency[world.group_index(issuer)]
    groups = indices(world, (issuer, *partners))
    access[currency, groups] = np.maximum(access[currency, groups], strength)


def named(groups: Sequence[str]) -> str:
    """Groups for a label."""
    return ", ".join(groups)
