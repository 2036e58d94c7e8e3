"""What the state orders outside the choice: the currency of contracts, a ceiling on one, routes that open.

A *mandate* puts a share m of an exporter's goods contracts into a currency. New contracts are m in the currency and
1 - m by choice; when the order comes, or grows, existing contracts are written anew at the next beginning of a month,
because an order does not wait for habits. When it ends, contracts stay where they are and choice takes over again.

A *ceiling* limits what is paid for finance in a currency. What exceeds it is contracted in the other currencies of the
same corridor, in proportion; nobody is charged for that, so that cost understates what a ceiling does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import TINY, Base
from paysim.model.choice import Choice
from paysim.model.classes import PairClasses
from paysim.model.contracts import Ahead, Contracts, shift_demand
from paysim.model.state import Policy
from paysim.model.world import FINANCE, TRADE, World

Array = NDArray[np.float64]


def mandated(policy: Policy) -> Array:
    """Share of the goods contracts of a corridor that is in a currency by decree, (L, C)."""
    return policy.mandate.reshape(-1, policy.mandate.shape[-1])


def follow(world: World, policy: Policy, choice: Choice) -> Choice:
    """A choice with the contracts that a decree makes: its share in the currency, and what they cost more.

    Inside the currency the routes are those of choice. Where a corridor has no route in the currency left the decree
    cannot be followed.
    """
    if not policy.mandate.any():
        return choice
    share, cost = choice.share.copy(), choice.cost.copy()
    within, able = _routes(world, share[:, TRADE])
    ordered = mandated(policy) * able
    free = 1.0 - ordered.sum(-1, keepdims=True)
    share[:, TRADE] = free * share[:, TRADE] + ordered[..., world.option_currency] * within
    cost[:, TRADE] += policy.mandate_cost.reshape(-1)
    return replace(choice, share=share, cost=cost)


def _routes(world: World, share: Array) -> tuple[Array, Array]:
    """Shares of options, (E, L, P), as shares of their currency, and 1 where a currency has any, (E, L, C)."""
    nest = share @ world.nest
    return share / np.maximum(nest[..., world.option_currency], TINY), (nest > 0.0).astype(np.float64)


def convert(world: World, contracts: Contracts, before: Array, after: Array, choice: Choice) -> None:
    """Write live goods contracts anew as a decree grows from shares ``before`` to ``after``, (L, C) each.

    With f the shares of what no decree binds, q = before + (1 - sum before) f becomes after + (1 - sum after) f. What a
    decree gives up stays where it is.
    """
    live = contracts.live[:, TRADE]
    within, able = _routes(world, choice.share[:, TRADE])
    before, after = np.minimum(before, after) * able, after * able
    kept = (1.0 - after.sum(-1)) / np.maximum(1.0 - before.sum(-1), TINY)
    added = after - kept[..., None] * before
    total = live.sum(-1, keepdims=True)
    contracts.live[:, TRADE] = kept[..., None] * live + total * added[..., world.option_currency] * within
    _stay_ahead(contracts)


def shift(world: World, contracts: Contracts, step: Array, policy: Policy) -> None:
    """Let latent demand (E, C), log-odds, move contracts, those that no decree binds."""
    bound = mandated(policy)
    at = bound.any(-1)
    stocks = [stock[:, TRADE][:, at].copy() for stock in (contracts.live, contracts.blocked)]
    shift_demand(world, contracts, step)
    if not at.any():
        return
    bound, share = bound[at], (stocks[0] + stocks[1]) @ world.nest
    free = np.maximum(share - bound, 0.0)
    moved = free * np.exp(step)[:, None]
    moved *= (free.sum(-1) / np.maximum(moved.sum(-1), TINY))[..., None]
    factor = (share - free + moved) / np.maximum(share, TINY)
    for stock, before in zip((contracts.live, contracts.blocked), stocks, strict=True):
        stock[:, TRADE, at] = before * factor[..., world.option_currency]


def ration(world: World, contracts: Contracts, base: Base, value: Array, growth: Array, policy: Policy) -> None:
    """Bring financial payments in capped currencies down to their ceilings, over all corridors alike.

    value : (E, 2, L) contracted value, USD bn a year; growth : (E,) of all value since the start. Live contracts move
    to live contracts in currencies without a ceiling; on a corridor that has none they stay. So the ceiling is met
    exactly wherever there is enough that can move.
    """
    capped = np.isfinite(policy.cap)
    live, money = contracts.live[:, FINANCE], value[:, FINANCE]
    for c in np.flatnonzero(capped):
        ours, others = world.option_currency == c, ~capped[world.option_currency]
        mine, rest = live[..., ours].sum(-1), live[..., others].sum(-1)
        start = growth * (base.value[:, FINANCE] * base.share[:, FINANCE, :, c]).sum(-1)
        movable = (money * mine * (rest > 0.0)).sum(-1)
        excess = np.maximum((money * mine).sum(-1) - policy.cap[c] * start, 0.0)
        moved = np.minimum(excess / np.maximum(movable, TINY), 1.0)[:, None] * mine * (rest > 0.0)
        live[..., ours] *= (1.0 - moved / np.maximum(mine, TINY))[..., None]
        live[..., others] *= (1.0 + moved / np.maximum(rest, TINY))[..., None]
    _stay_ahead(contracts)


def _stay_ahead(contracts: Contracts) -> None:
    """Contracts ahead of an announced change are a part of the live ones."""
    if contracts.ahead is not None:
        contracts.ahead = Ahead(np.minimum(contracts.ahead.live, contracts.live), contracts.ahead.ratio)


def opened_routes(world: World, classes: PairClasses, route: Array, policy: Policy) -> Array:
    """Route weights, (E, L, K0, P), with options that an upgrade has opened.

    An opened option takes its weight of its currency's nest where both banks can use it, the other routes give it in
    proportion: so the opening by itself changes no cost and no currency.
    """
    if not policy.opened.any():
        return route
    weight = np.array([option.weight if option.waits else 0.0 for option in world.options]) * policy.opened
    taken = classes.base_mask * weight
    left = 1.0 - taken @ world.nest
    return np.asarray(route * left[..., world.option_currency] + taken)
