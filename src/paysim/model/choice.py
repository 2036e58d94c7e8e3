"""Which currency and which route new contracts choose: a nested logit in changes of cost ("exact hat").

Only changes of cost since the start count, so that the base is reproduced for any parameters. Currencies are the
nests, routes the alternatives inside them, and depth (how much a currency is used) feeds back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import TINY
from paysim.model.classes import PairClasses
from paysim.model.parameters import Parameters, Rules
from paysim.model.state import Policy
from paysim.model.world import World

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """Outcome of a choice.

    share : (E, 2, L, P) shares of options among new contracts, 0 where no class is left
    cost : (E, 2, L) generalised cost over the base, tau, basis points (classes with nothing left do not count)
    stranded : (E, 2, L) weight of pairs of banks with no option left in a currency that the corridor uses
    class_cost : (E, L, K) the classes' own tau for trade, inf where nothing is left, 0 for classes that nobody is in
    """

    share: Array
    cost: Array
    stranded: Array
    class_cost: Array


@dataclass(frozen=True)
class Rows:
    """The pairs of corridor and class that have any weight, corridor by corridor: most classes exist on few corridors.

    corridor, cls : (R,) indices; first : (L,) place of every corridor's first row.
    """

    corridor: Index
    cls: Index
    first: Index

    @classmethod
    def of(cls, weight: Array) -> Rows:
        """Rows in use, from the weights of classes, (E, L, K); every corridor keeps at least one."""
        used = np.max(weight, axis=0) > 0.0
        used[~np.logical_or.reduce(used, axis=1), 0] = True
        corridor, of_class = np.nonzero(used)
        return cls(corridor, of_class, np.searchsorted(corridor, np.arange(len(used))))


def utilities(
    world: World, parameters: Parameters, policy: Policy, belief: Array, delay: Array, refusal: Array
) -> Array:
    """Change of utility of every option since the start, u = -lambda (kappa - kappa(0)) + ln(1 - refusal), (E, L, P).

    belief : (E, G) subjective chance of being frozen; delay : (P,) or (E, P) change of an option's delay, days;
    refusal : (E, L) refused share, below 1. A hub option bears the hub's margin instead of nothing.
    """
    fear = (belief[:, world.payer] + belief[:, world.payee]) / 2.0 * parameters.loss_given_freeze[:, None]
    cost = fear[:, :, None] * policy.feared[world.option_currency]
    cost = cost + policy.premium[world.option_currency]
    days = policy.delay.reshape(-1)[:, None] + np.atleast_2d(delay)[:, None, :]
    cost = cost + parameters.delay_cost[:, None, None] * days
    cost = cost + parameters.hub_margin[:, None, None] * (world.option_hub >= 0)
    return np.asarray(-parameters.cost_sensitivity[:, None, None] * cost + np.log1p(-refusal)[:, :, None])


def attraction(parameters: Parameters, rules: Rules, gamma: Array, depth: Array, share: Array, current: Array) -> Array:
    """Attractiveness of currencies before cost, A = s0 f(D) ((q + d)/(s0 + d))**xi, (E, 2, L, C).

    depth : (E, C) D, or S - S0 where the rule is linear; share : (E, 2, L, C) base shares; current : (E, 2, L, C)
    shares now (only read where the local complementarity is not 0).
    """
    factor = np.exp(gamma[:, None] * depth) if rules.depth == "linear" else depth ** gamma[:, None]
    attractive = share * factor[:, None, None, :]
    if np.any(parameters.local_complementarity):
        d = parameters.local_constant[:, None, None, None]
        attractive = attractive * ((current + d) / (share + d)) ** parameters.local_complementarity[:, None, None, None]
    return np.asarray(attractive)


def choose(
    world: World,
    classes: PairClasses,
    parameters: Parameters,
    route: Array,
    allowed: Array,
    weight: Array,
    utility: Array,
    attractive: Array,
    attractive_cost: Array,
    class_factor: Array | None = None,
) -> Choice:
    """Shares of options among new contracts and the cost they imply.

    route : (E, L, K0, P) route weights; allowed : (L, P) 0 where the corridor bars an option; weight : (E, L, K);
    utility : (E, L, P); attractive : (E, 2, L, C) from `attraction`; attractive_cost : the same without latent
    demand, from which tau is computed; class_factor : (E, 2, L, K0, C) shares of base classes over the corridor's,
    where they differ.
    """
    rows = Rows.of(weight)
    at, base = rows.corridor, classes.base_of[rows.cls]
    open_ = allowed[at] * classes.live_mask[rows.cls]
    scaled, best = _scaled(utility[:, at], open_ > 0.0, parameters.nest_parameter)
    terms = route[:, at, base][..., world.direct] * open_ * np.exp(scaled)
    nests = terms @ world.nest
    inclusive = _inclusive(nests, parameters.nest_parameter)
    factor = 1.0 if class_factor is None else class_factor[:, :, at, base]
    currencies = attractive[:, :, at] * factor * inclusive[:, None]
    total = currencies.sum(-1)
    left, of_class = total > 0.0, weight[:, None, at, rows.cls]
    share_of = np.where(left, of_class, 0.0)
    weights = share_of / np.maximum(np.add.reduceat(share_of, rows.first, axis=2), TINY)[:, :, at]
    spread = currencies * (weights / np.maximum(total, TINY))[..., None] / np.maximum(nests, TINY)[:, None]
    share = np.add.reduceat(spread[..., world.option_currency] * terms[:, None], rows.first, axis=2)
    if attractive_cost is not attractive:
        total = np.einsum("eurc,erc->eur", attractive_cost[:, :, at] * factor, inclusive)
    cost = (np.log(np.maximum(total, TINY)) + best[:, None]) / -parameters.cost_sensitivity[:, None, None]
    cost = np.where(left, cost, np.inf)
    class_cost = np.zeros(weight.shape)
    class_cost[:, at, rows.cls] = cost[:, 0]
    mean = np.add.reduceat(weights * np.where(left, cost, 0.0), rows.first, axis=2)
    stranded = np.add.reduceat(np.where(left, 0.0, of_class), rows.first, axis=2)
    return Choice(share, mean, stranded, class_cost)


def _scaled(utility: Array, open_: NDArray[np.bool_], theta: Array) -> tuple[Array, Array]:
    """Utilities over theta, measured from the best open one of the row, (E, R, P), and that best, (E, R)."""
    best = np.where(open_, utility, -np.inf).max(-1)
    best = np.where(np.isfinite(best), best, 0.0)
    return np.minimum((utility - best[..., None]) / theta[:, None, None], 0.0), best


def _inclusive(nests: Array, theta: Array) -> Array:
    """Sums of nests to the power of theta, 0 where a nest is empty."""
    return np.where(nests > 0.0, np.maximum(nests, TINY) ** theta[:, None, None], 0.0)


def tilted(share: Array, latent: Array) -> Array:
    """Base shares under latent demand: odds times exp(latent), renormalised.

    share : (..., C) with leading axis E; latent : (E, C) log-odds.
    """
    if not np.any(latent):
        return share
    moved = share * np.exp(latent).reshape(len(latent), *([1] * (share.ndim - 2)), -1)
    return np.asarray(moved / moved.sum(-1, keepdims=True))


def value_shares(value: Array, share: Array) -> Array:
    """Currency shares of all value, (E, C), from values (E, 2, L) and shares (E, 2, L, C)."""
    total = np.einsum("eul,eulc->ec", value, share)
    return np.asarray(total / total.sum(1, keepdims=True))
