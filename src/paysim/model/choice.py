"""Which currency and which route new contracts choose: a nested logit in changes of cost ("exact hat").

Only changes of cost since the start count, so that the base is reproduced for any parameters. Currencies are the
nests, routes the alternatives inside them, and depth (how much a currency is used) feeds back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.model import choice_kernel
from paysim.model.classes import PairClasses
from paysim.model.parameters import Parameters, Rules
from paysim.model.state import Policy
from paysim.model.world import TRADE, World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """Outcome of a choice.

    share : (E, 2, L, P) shares of options among new contracts, 0 where no class is left
    cost : (E, 2, L) generalised cost over the base, tau, basis points (classes with nothing left do not count)
    stranded : (E, 2, L) weight of pairs of banks with no option left in a currency that the corridor uses
    class_cost : (E, L, K) the classes' own tau for trade, inf where nothing is left, 0 for classes that nobody is in
    bindable : (E, L, C) largest decree on a currency's share of goods that banks can follow; None without decrees
    """

    share: Array
    cost: Array
    stranded: Array
    class_cost: Array
    bindable: Array | None = None


def utilities(
    world: World,
    parameters: Parameters,
    policy: Policy,
    belief: Array,
    delay: Array,
    rejected: Array,
    refusal: Array,
) -> Array:
    """Change of utility of every option since the start, u = -lambda (kappa - kappa(0)) + ln(1 - refusal), (E, L, P).

    belief : (E, G) subjective chance of being frozen; delay : (P,) or (E, P) change of an option's delay, days;
    rejected : (E, G, P) change of the share of what a group sends that settlement systems return unsettled; a corridor
    meets the mean of both ends, since goods are paid by one and financial payments by the other
    refusal : (E, L) refused share, below 1. A hub option bears the hub's margin instead of nothing. Swap lines and
    clearing banks add to utility itself (`backing`).
    """
    utility = np.empty((*refusal.shape, len(world.options)))
    currency = world.option_currency
    choice_kernel.utilities(
        world.payer,
        world.payee,
        world.option_hub,
        belief,
        np.ascontiguousarray(rejected),
        refusal,
        policy.delay.flatten(),
        delay if delay.ndim == 2 else np.tile(delay, (len(refusal), 1)),
        policy.premium[currency],
        policy.feared[currency],
        parameters.loss_given_freeze,
        parameters.delay_cost,
        parameters.hub_margin,
        parameters.rejection_cost,
        parameters.cost_sensitivity,
        utility,
    )
    if policy.uses("conversion"):
        changing = policy.conversion[currency] * world.conversions
        utility = utility - parameters.cost_sensitivity[:, None, None] * changing
    if policy.uses("swap_line", "clearing_bank"):
        utility = utility + backing(world, parameters, policy)[..., world.option_currency]
    return np.asarray(utility)


def backing(world: World, parameters: Parameters, policy: Policy) -> Array:
    """Log-odds that new swap lines and clearing banks add to currencies on a corridor, (E, L, C).

    They work between two groups that both have one, the issuer counting as one that has: in trade with the issuer, and
    in trade of two partners, who both can get the currency; not inside the issuer, which needs none.
    """
    home = world.own_currency == np.arange(len(world.currencies))[:, None]
    abroad = ~(home[:, world.payer] & home[:, world.payee])
    found = np.zeros((parameters.draws, len(world.payer), len(world.currencies)))
    for having, effect in (
        (policy.swap_line, parameters.swap_line_effect),
        (policy.clearing_bank, parameters.clearing_bank_effect),
    ):
        both = np.minimum(having[:, world.payer], having[:, world.payee]) * abroad
        found += effect[:, None, None] * both.T
    return found


def attraction(
    parameters: Parameters, rules: Rules, gamma: Array, depth: Array, share: Array, current: Array | None
) -> Array:
    """Attractiveness of currencies before cost, A = s0 f(D) ((q + d)/(s0 + d))**xi, (E, 2, L, C).

    depth : (E, C) D, or S - S0 where the rule is linear; share : (E, 2, L, C) base shares; current : (E, 2, L, C)
    shares now, None where there is no local complementarity.
    """
    factor = np.exp(gamma[:, None] * depth) if rules.depth == "linear" else depth ** gamma[:, None]
    attractive = share * factor[:, None, None, :]
    if current is not None:
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
    draws, corridors, count = weight.shape
    purposes = (draws, attractive.shape[1], corridors)
    share, class_cost = np.zeros((*purposes, len(world.options))), np.zeros((*purposes, count))
    cost, stranded = np.zeros((2, *purposes))
    currencies = len(world.currencies)
    room = np.empty(len(world.options)), np.empty(currencies), np.empty(currencies), np.empty(purposes[1])
    choice_kernel.choose(
        world.option_currency,
        world.direct,
        classes.base_of,
        classes.live_mask,
        route,
        allowed,
        weight,
        utility,
        attractive,
        attractive_cost,
        class_factor,
        parameters.nest_parameter,
        parameters.cost_sensitivity,
        share,
        cost,
        stranded,
        class_cost,
        room,
    )
    return Choice(share, cost, stranded, class_cost[:, TRADE])


def tilted(share: Array, latent: Array) -> Array:
    """Base shares under latent demand: odds times exp(latent), renormalised.

    share : (..., C) with leading axis E; latent : (E, C) log-odds.
    """
    if not latent.any():
        return share
    moved = share * np.exp(latent).reshape(len(latent), *([1] * (share.ndim - 2)), -1)
    total = moved @ np.ones(moved.shape[-1])  # over a short axis several times as fast as sum
    return np.asarray(moved / total[..., None])


def value_shares(value: Array, share: Array) -> Array:
    """Currency shares of all value, (E, C), from values (E, 2, L) and shares (E, 2, L, C)."""
    draws, count = len(value), share.shape[-1]
    total = (value.reshape(draws, 1, -1) @ share.reshape(draws, -1, count))[:, 0]
    return np.asarray(total / total.sum(1, keepdims=True))
