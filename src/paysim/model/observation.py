"""What statistics offices would have published about the payments that were made."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import TINY
from paysim.model.world import World

Array = NDArray[np.float64]

PUBLISHED_DECIMALS = 4
"""Trackers are published as percentages with two decimals."""

PARTS = ("level", "message_migration", "clearing_migration", "hub", "other_currencies", "coverage", "noise")
"""Names of the parts of a change of the tracker's logit, in the order in which they are drawn."""


def logit(share: Array) -> Array:
    """Log-odds of a share; infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(share) - np.log1p(-share))


def visible_value(world: World, option_value: Array, euro_block: Array) -> Array:
    """Value by currency that the tracker can see before coverage, (E, C); option_value is (E, P)."""
    visible = (option_value * world.visible) @ world.nest
    if world.euro >= 0:
        visible[:, world.euro] += euro_block
    return visible


def tracker_shares(visible: Array, coverage: Array, noise: Array) -> Array:
    """Tracker shares before rounding, (E, C): logit of the covered share plus white noise (E, C)."""
    covered = visible * coverage
    share = covered / np.maximum(covered.sum(1, keepdims=True), TINY)
    return np.asarray(1.0 / (1.0 + np.exp(-(logit(share) + noise))))


def published(shares: Array) -> Array:
    """Shares as printed, with two decimals of a percent."""
    return np.round(shares, PUBLISHED_DECIMALS)


def invisible_share(tracker: float, true: float) -> float:
    """Share mu of a currency that is out of sight when a tracker Y stands for a true share S, Y = S(1-mu)/(1-S mu)."""
    return (true - tracker) / (true * (1.0 - tracker))


@dataclass(frozen=True)
class YuanRoutes:
    """Shares of the yuan's paid value by route, (E,) each."""

    offshore: Array
    hybrid: Array
    native: Array
    hub: Array


def yuan_routes(world: World, option_value: Array) -> YuanRoutes | None:
    """Shares of the anchor currency's value by route; option_value is (E, P). None without the three routes."""
    if world.yuan_routes is None or world.anchor is None:
        return None
    yuan = world.option_currency == world.anchor[1]
    total = np.maximum(option_value[:, yuan].sum(1), TINY)
    offshore, hybrid, native = (option_value[:, p] / total for p in world.yuan_routes)
    hub = option_value[:, yuan & (world.option_hub >= 0)].sum(1) / total
    return YuanRoutes(offshore, hybrid, native, hub)


_FIRST = np.array([1.0, 0.0, 0.0])


def migration(before: YuanRoutes, after: YuanRoutes, message: Array, clearing: Array) -> tuple[Array, Array, Array]:
    """Flows out of sight during a month by origin, shares of the yuan's value, (E,) each: message, clearing, hub.

    ``message`` and ``clearing`` are the flows that steering booked. What else went out of sight (or came back) is
    ascribed to the origins in proportion to what they lost (or gained).
    """
    rest = after.native - before.native - message - clearing
    changes = np.stack(
        [after.hybrid - before.hybrid + message, after.offshore - before.offshore + clearing, after.hub - before.hub]
    )
    moved = np.maximum(-np.sign(rest) * changes, 0.0)
    total = moved.sum(0)
    share = np.where(total > TINY, moved / np.maximum(total, TINY), _FIRST.reshape(3, *([1] * rest.ndim)))
    flows = share * rest
    return flows[0] + message, flows[1] + clearing, flows[2]


def _log(share: Array) -> Array:
    """Logarithm, finite even where a month's sample has nothing of a kind."""
    return np.asarray(np.log(np.maximum(share, TINY)))


def shapley_log(visible: Array, flows: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Fair split of the change of ln(visible share) among flows that leave it (Shapley value); adds up exactly."""
    parts = [np.zeros_like(visible) for _ in flows]
    orders = list(permutations(range(len(flows))))
    for order in orders:
        left = visible
        for i in order:
            parts[i] = parts[i] + (_log(left - flows[i]) - _log(left)) / len(orders)
            left = left - flows[i]
    return parts[0], parts[1], parts[2]


@dataclass(frozen=True)
class Sight:
    """What the tracker's logit is made of at one month, (E,) each.

    true : the yuan's true share; routes : by route; rest : visible over true value of all other currencies;
    coverage : log of the yuan's coverage over the others'; noise.
    """

    true: Array
    routes: YuanRoutes
    rest: Array
    coverage: Array
    noise: Array


def sight(world: World, option_value: Array, visible: Array, coverage: Array, noise: Array) -> Sight | None:
    """Components of the yuan tracker this month; option_value (E, P), visible (E, C), noise (E, C)."""
    routes = yuan_routes(world, option_value)
    if routes is None or world.anchor is None:
        return None
    yuan = world.anchor[1]
    currency = option_value @ world.nest
    others = np.delete(currency, yuan, axis=1).sum(1)
    seen = np.delete(visible, yuan, axis=1)
    covered = (seen * np.delete(coverage, yuan, axis=-1)).sum(1)
    seen_all = np.maximum(seen.sum(1), TINY)
    return Sight(
        true=currency[:, yuan] / np.maximum(currency.sum(1), TINY),
        routes=routes,
        rest=seen_all / np.maximum(others, TINY),
        coverage=np.log(np.maximum(coverage[..., yuan], TINY)) - np.log(np.maximum(covered / seen_all, TINY)),
        noise=noise[:, yuan],
    )


def tracker_parts(before: Sight, after: Sight, message: Array, clearing: Array) -> dict[str, Array]:
    """Change of the yuan tracker's logit between two months by cause, (E,) each; the parts add up exactly.

    logit Y = logit S + ln v_CNY - ln v_rest + coverage + noise, with v the visible share of true value.
    """
    flows = migration(before.routes, after.routes, message, clearing)
    parts = shapley_log(1.0 - before.routes.native, flows)
    return {
        "level": logit(after.true) - logit(before.true),
        "message_migration": parts[0],
        "clearing_migration": parts[1],
        "hub": parts[2],
        "other_currencies": _log(before.rest) - _log(after.rest),
        "coverage": after.coverage - before.coverage,
        "noise": after.noise - before.noise,
    }


@dataclass(frozen=True)
class TrackerBounds:
    """How much of a fall of the tracker each kind of migration could explain at an unchanged true share.

    needed : share of the yuan that must have left the tracker's sight; clearing_growth : growth of the CIPS statistic
    if all of it were clearing migration; clearing_explains : share of the fall that the published growth leaves for
    it; message_explains : share of the fall that the hybrid value at the start could carry.
    """

    needed: float
    clearing_growth: float
    clearing_explains: float
    message_explains: float


def tracker_bounds(
    start: float, end: float, native: float, cleared: float, hybrid: float, growth: float
) -> TrackerBounds:
    """Bounds on what migration explains of a fall of the tracker from ``start`` to ``end`` (fractions).

    native, cleared, hybrid : shares of the yuan out of sight, cleared in CIPS and hybrid at the start
    growth : published growth of the CIPS statistic over the time
    """
    odds = (end / (1.0 - end)) / (start / (1.0 - start))
    needed = (1.0 - native) * (1.0 - odds)
    return TrackerBounds(
        needed=needed,
        clearing_growth=needed / cleared,
        clearing_explains=min(1.0, max(0.0, growth * cleared / needed)),
        message_explains=min(1.0, hybrid / needed),
    )
