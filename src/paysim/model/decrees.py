"""What the state orders outside the choice: the currency of contracts, a ceiling on one, routes that open.

A *mandate* puts a share m of an exporter's goods contracts into a currency. New contracts are m in the currency and
1 - m by choice; when the order comes, or grows, existing contracts are written anew at the next beginning of a month,
because an order does not wait for habits. When it ends, contracts stay where they are and choice takes over again.

A *ceiling* limits what is paid for finance in a currency. What exceeds it is contracted in the other currencies of the
same corridor, in proportion; nobody is charged for that, so that cost understates what a ceiling does. Where that does
not make room enough, because contracts are left that have no other currency, these are blocked.
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

ALL_PAIRS = 1.0 - 1e-9
"""Weight of pairs of banks that counts as all of them (rounding of weights that sum to 1)."""


def mandated(policy: Policy) -> Array:
    """Share of the goods contracts of a corridor that is in a currency by decree, (L, C)."""
    return policy.mandate.reshape(-1, policy.mandate.shape[-1])


def follow(world: World, classes: PairClasses, policy: Policy, choice: Choice, weight: Array, allowed: Array) -> Choice:
    """A choice with the contracts that a decree makes: its share in the currency, and what they cost more.

    weight : (E, L, K) of classes; allowed : (L, P). Inside the currency the routes are those of choice. A decree is
    carried out by the pairs of banks that have a route in the currency left, so far as their contracts go.
    """
    if not policy.uses("mandate"):
        return choice
    share, cost = choice.share.copy(), choice.cost.copy()
    bindable = _bindable(world, classes, policy, choice, weight, allowed)
    wanted = mandated(policy)
    ordered = np.minimum(wanted, bindable)
    free = 1.0 - ordered.sum(-1, keepdims=True)
    share[:, TRADE] = free * share[:, TRADE] + ordered[..., world.option_currency] * _routes(world, share[:, TRADE])
    followed = ordered.sum(-1) / np.maximum(wanted.sum(-1), TINY)
    cost[:, TRADE] += policy.mandate_cost.reshape(-1) * followed
    return replace(choice, share=share, cost=cost, bindable=bindable)


def _routes(world: World, share: Array) -> Array:
    """Shares of options, (E, L, P), as shares of their currency."""
    return share / np.maximum((share @ world.nest)[..., world.option_currency], TINY)


def _bindable(
    world: World, classes: PairClasses, policy: Policy, choice: Choice, weight: Array, allowed: Array
) -> Array:
    """The largest decree that can be followed, (E, L, C): 1 where every pair of banks can use the currency.

    Where only the share a of the pairs can, and P is chosen by them, no more than a can be in it: a decree m makes
    m + (1 - m) P, so that it ends at (a - P)/(1 - P).
    """
    chosen = choice.share[:, TRADE] @ world.nest
    left = np.maximum(weight.sum(-1) - choice.stranded[:, TRADE], TINY)
    in_use = np.array([not option.waits for option in world.options]) | (policy.opened > 0.0)
    found = np.zeros_like(chosen)
    for c in np.flatnonzero(policy.mandate.any((0, 1))):
        ours = in_use & (world.option_currency == c)
        can = (allowed[:, ours] > 0.0) @ classes.live_mask[:, ours].T
        able, share = (weight * can).sum(-1) / left, chosen[..., c]
        part = np.clip((able - share) / np.maximum(1.0 - share, TINY), 0.0, 1.0)
        found[..., c] = np.where(able >= ALL_PAIRS, 1.0, part) * (share > 0.0)
    return found


def convert(world: World, contracts: Contracts, before: Array, after: Array, choice: Choice) -> None:
    """Write live goods contracts anew as a decree grows from shares ``before`` to ``after``, (L, C) each.

    With f the shares of what no decree binds, q = before + (1 - sum before) f becomes after + (1 - sum after) f, as far
    as banks can follow it. What a decree gives up stays where it is.
    """
    live = contracts.live[:, TRADE]
    within = _routes(world, choice.share[:, TRADE])
    bindable = np.ones_like(after) if choice.bindable is None else choice.bindable
    after = np.minimum(after, bindable)
    before = np.minimum(before, after)
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
    to live contracts in currencies without a ceiling. Those of corridors that have none are blocked as far as the
    ceiling is not met by that; like all blocked contracts they are bypassed, fail, or are made anew.
    """
    capped = np.isfinite(policy.cap)
    live, blocked, money = contracts.live[:, FINANCE], contracts.blocked[:, FINANCE], value[:, FINANCE]
    for c in np.flatnonzero(capped):
        ours, others = world.option_currency == c, ~capped[world.option_currency]
        mine, rest = live[..., ours].sum(-1), live[..., others].sum(-1)
        start = growth * (base.value[:, FINANCE] * base.share[:, FINANCE, :, c]).sum(-1)
        movable = (money * mine * (rest > 0.0)).sum(-1)
        excess = np.maximum((money * mine).sum(-1) - policy.cap[c] * start, 0.0)
        moved = np.minimum(excess / np.maximum(movable, TINY), 1.0)[:, None] * mine * (rest > 0.0)
        live[..., ours] *= (1.0 - moved / np.maximum(mine, TINY))[..., None]
        live[..., others] *= (1.0 + moved / np.maximum(rest, TINY))[..., None]
        stuck = (money * mine * (rest <= 0.0)).sum(-1)
        over = np.minimum(np.maximum(excess - movable, 0.0) / np.maximum(stuck, TINY), 1.0)
        turned_away = live[..., ours] * (over[:, None] * (rest <= 0.0))[..., None]
        live[..., ours] -= turned_away
        blocked[..., ours] += turned_away
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
    if not policy.uses("opened"):
        return route
    weight = np.array([option.weight if option.waits else 0.0 for option in world.options]) * policy.opened
    taken = classes.base_mask * weight
    left = 1.0 - taken @ world.nest
    return np.asarray(route * left[..., world.option_currency] + taken)
