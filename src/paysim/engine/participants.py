"""Who participates directly in a settlement system, and through whom the other banks settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.model.world import Banks

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

PUBLISHED = "CIPS"
"""The system whose participants are published by country, direct and indirect ones."""
SMALLEST = 1e-9
"""Share of the world's trade that a group counts with at least, so that its banks have some weight."""


def participants(scenario: Scenario, banks: Banks, trade: Array) -> Index:
    """The bank that settles for each bank in each system of a scenario, (S, N).

    trade : (G, G) goods exports, by which the banks of different groups are compared
    """
    size = trade.sum(0) + trade.sum(1)
    weight = banks.weight * np.maximum(size / max(float(size.sum()), SMALLEST), SMALLEST)[banks.group]
    groups = np.arange(len(trade))
    sizes = np.bincount(banks.group, minlength=len(trade))
    found = []
    for system in scenario.systems:
        count = direct_counts(scenario, system, sizes)
        direct = banks.order < count[banks.group]
        home = np.isin(groups, home_groups(scenario, system)) & (count > 0)
        found.append(served_by(direct, home if home.any() else count > 0, banks.group, weight))
    return np.stack(found)


def home_groups(scenario: Scenario, system: str) -> list[int]:
    """Groups at home in a system: those that it names, or else the issuers of its currency."""
    facts = scenario.systems[system]
    named = facts.home or scenario.currencies[facts.currency].issuers
    return [place for place, group in enumerate(scenario.groups) if group in named]


def direct_counts(scenario: Scenario, system: str, banks: Index) -> Index:
    """Number of the simulated banks of each group, (G,), that participate directly in a system, (G,)."""
    stated = scenario.systems[system].direct
    if stated is not None:
        wanted = np.array([stated.get(group, 0) for group in scenario.groups], dtype=np.int64)
    else:
        wanted = _published(scenario, banks) if system == PUBLISHED else np.zeros_like(banks)
        if not wanted.any():
            wanted[home_groups(scenario, system)] = banks.max()
    return np.minimum(wanted, banks) if wanted.any() else banks


def _published(scenario: Scenario, banks: Index) -> Index:
    """The published share of direct participants of each group's banks, (G,): at least one where there are any."""
    shipped, counts = catalogue.groups(), np.zeros_like(banks)
    for place, name in enumerate(scenario.groups):
        if name in shipped and (direct := shipped[name].value("cips_direct")) > 0.0:
            share = direct / (direct + shipped[name].value("cips_indirect"))
            counts[place] = max(round(banks[place] * share), 1)
    return counts


def served_by(direct: Flags, home: Flags, group: Index, weight: Array) -> Index:
    """The direct participant through which each bank settles, (N,): itself, one of its group, or one at home.

    Of its own group if that has any, or else of the groups at home. Customers come in the order of their weight, and
    each goes to the participant that lacks most of what its weight among those entitles it to; so the weights of the
    customers lie within the largest customer's of that.

    Parameters
    ----------
    direct, group, weight : (N,) whether a bank participates directly, its group and its weight, above 0
    home : (G,) groups at home, with at least one direct participant
    """
    served = np.arange(len(direct))
    at_home = np.flatnonzero(direct & home[group])
    strangers = ~direct
    for one in np.unique(group[direct]):
        mine = group == one
        _spread(served, np.flatnonzero(mine & ~direct), np.flatnonzero(mine & direct), weight)
        strangers &= ~mine
    _spread(served, np.flatnonzero(strangers), at_home, weight)
    return served


def _spread(served: Index, customers: Index, among: Index, weight: Array) -> None:
    """Let each of some customers settle through one of some participants."""
    if not len(customers):
        return
    lacking = weight[among] / weight[among].sum() * weight[customers].sum()
    for customer in customers[np.argsort(-weight[customers], kind="stable")]:
        chosen = int(np.argmax(lacking))
        served[customer] = among[chosen]
        lacking[chosen] -= weight[customer]
