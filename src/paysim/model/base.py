"""The base: currency shares of every corridor, calibrated to what was published at the start.

Three quantities with a meaning are solved for three published tracker shares (dollar, euro, yuan): the tilt of
financial payments to the parties' own currencies, the yuan's share of financial payments that touch China or Hong
Kong, and payments inside the euro area, which the tracker sees and the model otherwise leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import CalibrationError
from paysim.model import base_kernel
from paysim.model.classes import PairClasses, base_weights, pair_weights, type_weights
from paysim.model.parameters import Parameters
from paysim.model.world import FINANCE, TRADE, World

Array = NDArray[np.float64]
Unknown = tuple[Array, Array, Array]
"""Tilt, yuan share and euro block (over all value), (E,) each."""

CAP = 0.9
"""Largest share of the pair weight that may use a narrow route at the start (judgement; .8 to 1)."""

FITTING_STEPS = 2000
SOLVER_STEPS = 60
FIRST_GUESS = (0.3, 0.15, 0.0)
"""Where the search for tilt, yuan share and euro block begins."""
SOLVER_TOLERANCE = 1e-12
TARGET_TOLERANCE = 1e-9
"""How far from its published share a currency may end, as a fraction of all value."""
AGREED = 1e-11
"""The same, at which shares by class and what the tracker sees of them are taken to agree."""
TINY = 1e-300
ROUNDING = 1e-12
"""A route weight below this is what subtraction left of one that is used up. The choice raises weights to the power of
the nest parameter, so that 1e-17 would return as a share of a percent or more."""


@dataclass(frozen=True)
class Base:
    """What the world looks like before anything happens; E draws, L corridors, C currencies, K0 base classes.

    share : (E, 2, L, C) currency shares of contracts, by purpose
    class_factor : (E, 2, L, K0, C) shares of a base class over the corridor's; None where every class has every
        currency, so that all have the corridor's shares
    class_weight : (E, L, K0) weights of the base classes at the start, None with class_factor
    route : (E, L, K0, P) weight of a route in its currency's nest, by base class
    value : (E, 2, L) value a year, USD bn
    mix : (E, 2, L, P) shares of options in contracts
    euro_block : (E,) visible payments inside the euro area, USD bn a year
    tilt, financial_yuan : (E,) the two other calibrated quantities
    cleared, messaged : (E,) shares of yuan cleared in CIPS, and of that messaged on SWIFT, that the caps allow
    """

    share: Array
    class_factor: Array | None
    class_weight: Array | None
    route: Array
    value: Array
    mix: Array
    euro_block: Array
    tilt: Array
    financial_yuan: Array
    cleared: Array
    messaged: Array

    def take(self, draws: slice) -> Base:
        """The base of some of the draws."""
        columns: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            columns[field.name] = None if column is None else column[draws]
        return Base(**columns)


def finance_shares(world: World, tilt: Array, yuan: Array) -> Array:
    """Currency shares of financial payments on every corridor, (E, L, C).

    tilt : (E,) weight of the parties' own currencies, the rest as the geometric mean of the goods profiles
    yuan : (E,) share of the anchor currency on corridors that touch its groups (ignored without an anchor)
    """
    goods, parties = world.finance_profiles
    share = (1.0 - tilt[:, None, None]) * goods + tilt[:, None, None] * parties
    if world.anchor is None:
        return np.asarray(share)
    currency = world.anchor[1]
    room = (1.0 - yuan[:, None]) / np.maximum(1.0 - share[..., currency], TINY)
    moved = share * room[..., None]
    moved[..., currency] = yuan[:, None]
    return np.where(world.touches_yuan[:, None], moved, share)


def route_targets(world: World, parameters: Parameters) -> Array:
    """Weights of routes in their currency's nest before caps, (E, P); hub options and those that wait have none."""
    weights = np.array([0.0 if option.hub >= 0 or option.waits else option.weight for option in world.options])
    targets = np.repeat(weights[None], parameters.draws, axis=0)
    left = 1.0 - np.nansum(weights * world.nest.T, axis=1)
    wide, challenger = world.payment_networks
    cleared, messaged = parameters.cleared_in_cips, parameters.messaged_on_swift
    for p, option in enumerate(world.options):
        if not np.isnan(option.weight) or option.hub >= 0:
            continue
        needs = {network for network, _ in option.needs}
        if challenger not in needs:
            targets[:, p] = 1.0 - cleared
        else:
            targets[:, p] = cleared * (messaged if wide in needs else 1.0 - messaged)
        targets[:, p] *= left[option.currency]
    return targets


def fit_routes(world: World, classes: PairClasses, weight: Array, targets: Array, cap: float = CAP) -> Array:
    """Weights of routes inside each currency's nest by base class, (E, L, K0, P).

    Narrow routes are filled first, each with the same fraction of what the classes that can use it have left, at most
    up to ``cap`` times the pair weight of those classes; what does not fit goes to the next wider route. So in every
    class the weights of a nest sum to 1 and, weighted by classes, they meet the targets that the caps allow.

    weight : (E, L, K0) weight of the base classes; targets : (E, P) or (E, L, P) weights of routes in their nests.
    """
    draws, corridors, count = weight.shape
    route = np.zeros((draws, corridors, count, len(world.options)))
    targets = targets[:, None] if targets.ndim == 2 else targets
    targets = np.ascontiguousarray(np.broadcast_to(targets, (draws, corridors, len(world.options))))
    for c in range(len(world.currencies)):
        members = [p for p, option in enumerate(world.options) if option.currency == c and option.hub < 0]
        members.sort(key=lambda p: (int(classes.base_mask[:, p].sum()), -p))
        later = [members[place + 1 :] for place in range(len(members))]
        only = np.array([~classes.base_mask[:, some].any(axis=1) for some in later])
        base_kernel.fill_nest(np.array(members), only, classes.base_mask, weight, targets, cap, ROUNDING, route)
    return route


def ratio_to(want: Array | float, got: Array | float) -> Array:
    """What is wanted over what there is, not below 0; 1 where there is nothing to scale."""
    want, got = np.maximum(want, 0.0), np.asarray(got)
    return np.where(got > TINY, np.maximum(want, TINY) / np.maximum(got, TINY), 1.0)


def class_factors(world: World, classes: PairClasses, weight: Array, share: Array) -> Array | None:
    """Currency shares of base classes over the corridor's, (E, 2, L, K0, C), fitted so that they add up to those.

    weight : (E, L, K0) of the base classes; share : (E, 2, L, C). None where every class that has any option has every
    currency: then all have the corridor's shares.
    """
    has = (classes.base_mask.astype(np.float64) @ world.nest) > 0.0
    fitted = np.where(has, share[:, :, :, None, :], 0.0)
    used = weight[:, None, :, :, None] > 0.0
    if has[classes.base_mask.any(axis=1)].all():
        return None
    for _ in range(FITTING_STEPS):
        fitted = fitted / np.maximum(fitted.sum(-1, keepdims=True), TINY)
        total = np.einsum("elk,eulkc->eulc", weight, fitted)
        gap = ratio_to(share, total)
        if np.abs(total - share).max() < SOLVER_TOLERANCE:
            return np.asarray(fitted / np.maximum(share[:, :, :, None, :], TINY))
        fitted = np.where(used, fitted * gap[:, :, :, None, :], fitted)
    worst = float(np.abs(total - share).max())
    raise CalibrationError(
        f"the base currency shares cannot be met by the banks' memberships (largest gap {100 * worst:.3f} points): "
        "a currency is used more than the banks that can use it allow"
    )


def start_weights(world: World, classes: PairClasses, parameters: Parameters) -> Array:
    """Weights of the base classes on every corridor at the start, (E, L, K0), before any ban."""
    member, native = start_memberships(world, parameters)
    banks = world.banks
    weight = np.repeat(banks.weight[None], parameters.draws, axis=0)
    barred = np.zeros((len(banks.group), len(world.bar_patterns)))
    barred[:, 0] = 1.0
    types = type_weights(
        world, classes, weight, member, native, np.zeros((len(banks.group), len(world.networks))), barred
    )
    return base_weights(classes, pair_weights(classes, types))


def start_memberships(world: World, parameters: Parameters) -> tuple[Array, Array]:
    """Membership and native messaging of every bank at the start, both (E, N, M), as shares of the bank.

    Banks join in their fixed order until the group's weight is reached, the marginal bank with a part of its weight.
    A negative native share stands for one that is drawn (``initial_native_share`` times membership).
    """
    drawn = parameters.initial_native_share[:, None, None] * world.member
    native = np.where(world.native < 0.0, drawn, world.native)
    member = np.repeat(world.member[None], parameters.draws, axis=0)
    return fill_banks(world, member), fill_banks(world, np.minimum(native, member))


def fill_banks(world: World, weight: Array, bank_weight: Array | None = None) -> Array:
    """Shares of banks, (E, N, M), that give their groups the weights (E, G, M).

    Banks fill up in their fixed joining order, the marginal one in part; representative banks all alike. bank_weight :
    (E, N) weights of the banks, those of the start if left out.
    """
    banks = world.banks
    if world.representative:
        return np.asarray(weight[:, banks.group])
    sizes = banks.weight[None] if bank_weight is None else bank_weight
    order = np.lexsort((banks.order, banks.group))
    ordered = sizes[:, order]
    before = np.cumsum(ordered, axis=1) - ordered
    before -= before[:, banks.first][:, banks.group]
    place = np.empty_like(before)
    place[:, order] = before
    wanted = weight[:, banks.group]
    return np.asarray(np.clip((wanted - place[..., None]) / np.maximum(sizes, TINY)[..., None], 0.0, 1.0))


def calibrate(world: World, classes: PairClasses, parameters: Parameters, trade: Array) -> Base:
    """Solve the base of every draw.

    trade : (L, C) shares of goods trade from `trade_shares`. Raises CalibrationError where no meaningful solution
    exists (a tilt outside 0 to 1, a negative share).
    """
    weight = start_weights(world, classes, parameters)
    route = fit_routes(world, classes, weight, route_targets(world, parameters))
    value = _values(world, parameters)
    plain = np.einsum("elk,elkp->elp", weight, route)
    within = np.broadcast_to(plain[:, None], (*value.shape, len(world.options)))  # mean weights of routes in nests
    for _ in range(SOLVER_STEPS):
        unknown = _solve(world, trade, value, _seen(world, within))
        share = _shares(world, trade, unknown)
        factor = class_factors(world, classes, weight, share)
        if factor is None:
            break
        # What is seen depends on which classes use a currency, and that on its share: repeat until both agree.
        within = np.einsum("elk,eulkp,elkp->eulp", weight, factor[..., world.option_currency], route)
        gap = _largest(_gaps(world, trade, value, _seen(world, within), unknown))
        if gap < AGREED:
            break
    _refuse_nonsense(unknown, 0.0 if factor is None else gap)
    mix = share[..., world.option_currency] * within
    cleared, messaged = _yuan_routes(world, value, mix)
    return Base(
        share=share,
        class_factor=factor,
        class_weight=None if factor is None else weight,
        route=route,
        value=value,
        mix=mix,
        euro_block=unknown[2] * value.sum((1, 2)),
        tilt=unknown[0],
        financial_yuan=unknown[1],
        cleared=cleared,
        messaged=messaged,
    )


def _seen(world: World, within: Array) -> Array:
    """Share of a currency's value on a corridor that the tracker sees, (E, 2, L, C).

    within : (E, 2, L, P) mean weights of routes in their nests. A currency that not every class can use has its
    routes in some classes alone: what is seen is a part of those.
    """
    return np.asarray((within * world.visible) @ world.nest / np.maximum(within @ world.nest, TINY))


def _values(world: World, parameters: Parameters) -> Array:
    trade = np.repeat(world.trade.reshape(1, -1), parameters.draws, axis=0)
    finance = parameters.finance_multiplier[:, None] * world.trade.sum() * world.finance_pattern.reshape(1, -1)
    return np.stack([trade, finance], axis=1)


def _yuan_routes(world: World, value: Array, mix: Array) -> tuple[Array, Array]:
    """Shares of the anchor currency cleared in the challenger's system, and of that messaged on the wide network."""
    if world.anchor is None:
        return np.full(len(value), np.nan), np.full(len(value), np.nan)
    wide, challenger = world.payment_networks
    total = np.einsum("eul,eulp->ep", value, mix)
    needs = [{network for network, _ in option.needs} for option in world.options]
    yuan = world.option_currency == world.anchor[1]
    cips = np.array([challenger in need for need in needs]) & yuan
    hybrid = cips & np.array([wide in need for need in needs])
    cleared = total[:, cips].sum(1)
    return cleared / total[:, yuan].sum(1), total[:, hybrid].sum(1) / np.maximum(cleared, TINY)


def _shares(world: World, trade: Array, unknown: Unknown) -> Array:
    """Currency shares of trade and finance, (E, 2, L, C); while a solution is sought it may lie outside 0 to 1."""
    finance = finance_shares(world, np.clip(unknown[0], 0.0, 1.0), np.clip(unknown[1], 0.0, 1.0))
    return np.stack([np.repeat(trade[None], len(finance), axis=0), finance], axis=1)


def tracker(world: World, trade: Array, value: Array, seen: Array, unknown: Unknown) -> Array:
    """Tracker shares, (E, C), that a tilt, a yuan share and an intra-euro block give.

    seen : (E, 2, L, C) share of a currency's value on a corridor that the tracker sees.
    """
    tilt, yuan, block = unknown
    visible = np.einsum("el,lc,elc->ec", value[:, TRADE], trade, seen[:, TRADE])
    visible += np.einsum("el,elc,elc->ec", value[:, FINANCE], finance_shares(world, tilt, yuan), seen[:, FINANCE])
    if world.euro >= 0:
        visible[:, world.euro] += block * value.sum((1, 2))
    return np.asarray(visible / visible.sum(1, keepdims=True))


def _wanted(world: World) -> list[int]:
    """Currencies whose published share the base must meet."""
    if world.anchor is None:
        return []
    return [c for c in range(len(world.currencies)) if not np.isnan(world.targets[c])]


def _gaps(world: World, trade: Array, value: Array, seen: Array, unknown: Unknown) -> Array:
    """Tracker shares less the published ones, (E, wanted)."""
    wanted = _wanted(world)
    return tracker(world, trade, value, seen, unknown)[:, wanted] - world.targets[wanted]


def _largest(gaps: Array) -> float:
    return float(np.abs(gaps).max(initial=0.0))


def _solve(world: World, trade: Array, value: Array, seen: Array) -> Unknown:
    """Newton's method for as many of (tilt, yuan share, euro block) as there are targets; the rest stays at 0."""
    draws, count = len(value), len(_wanted(world))
    if count > len(FIRST_GUESS):
        raise CalibrationError(f"{count} published shares for {len(FIRST_GUESS)} quantities: expected at most as many")
    start = [np.full(draws, guess if i < count else 0.0) for i, guess in enumerate(FIRST_GUESS)]
    unknown: Unknown = (start[0], start[1], start[2])
    for _ in range(SOLVER_STEPS if count else 0):
        here = _gaps(world, trade, value, seen, unknown)
        if _largest(here) < SOLVER_TOLERANCE:
            break
        slope = np.empty((draws, count, count))
        for i in range(count):
            tilt, yuan, block = (u + (1e-6 if j == i else 0.0) for j, u in enumerate(unknown))
            slope[:, :, i] = (_gaps(world, trade, value, seen, (tilt, yuan, block)) - here) / 1e-6
        try:
            step = np.linalg.solve(slope, here[..., None])[..., 0]
        except np.linalg.LinAlgError:
            break  # the quantities do not move the shares apart; what is reached is judged below
        tilt, yuan, block = (u - step[:, i] if i < count else u for i, u in enumerate(unknown))
        unknown = tilt, yuan, block
    _refuse_gap(_largest(_gaps(world, trade, value, seen, unknown)))
    return unknown


def _refuse_gap(gap: float) -> None:
    if not gap < TARGET_TOLERANCE:
        raise CalibrationError(f"the base does not reach the published shares (largest gap {100 * gap:.4f} points)")


def _refuse_nonsense(unknown: Unknown, gap: float) -> None:
    _refuse_gap(gap)
    tilt, yuan, block = unknown
    if tilt.min() < 0.0 or tilt.max() > 1.0 or yuan.min() < 0.0 or yuan.max() > 1.0 or block.min() < 0.0:
        raise CalibrationError(
            "the published shares are met only with meaningless values: "
            f"tilt {tilt.min():.3f} to {tilt.max():.3f}, yuan share of China's financial payments {yuan.min():.3f} to "
            f"{yuan.max():.3f}, euro block {block.min():.3f} to {block.max():.3f} of all value (expected 0 to 1)"
        )
