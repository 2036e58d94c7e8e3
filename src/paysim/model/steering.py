"""Steering: the state moves its currency's payments from the wide network to the challenger's own messages.

Message migration moves what already settles in the challenger's system; clearing migration moves what is cleared
offshore. The first leaves the challenger's statistic unchanged, the second raises it; the tracker sees both alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import CAP, TINY, fit_routes
from paysim.model.classes import PairClasses
from paysim.model.contracts import Contracts
from paysim.model.state import Policy
from paysim.model.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Steered:
    """Outcome of a month's steering.

    route : (E, L, K0, P) route weights that keep what was moved from coming back
    message, clearing : (E, 2, L) shares of the corridor's contracts that moved
    """

    route: Array
    message: Array
    clearing: Array


def steer(
    world: World, classes: PairClasses, policy: Policy, contracts: Contracts, route: Array, mean: Array, weight: Array
) -> Steered:
    """Move this month's share of contracts and of route weights, as far as the pair weight allows.

    mean : (E, L, P) mean route weights before partners were enabled for it; weight : (E, L, K0) weights of the base
    classes after that. At most .9 of the pair weight that can use the narrow route is filled.
    """
    none = np.zeros(contracts.live.shape[:3])
    if world.yuan_routes is None or not (policy.steering_message or policy.steering_clearing):
        return Steered(route, none, none)
    offshore, hybrid, native = world.yuan_routes
    room = np.maximum(CAP * (weight @ classes.base_mask[:, native]) - mean[..., native], 0.0)
    wanted = policy.steering_message * mean[..., hybrid] + policy.steering_clearing * mean[..., offshore]
    possible = np.minimum(1.0, room / np.maximum(wanted, TINY))
    rates = policy.steering_message * possible, policy.steering_clearing * possible
    moved = _shift(mean, (offshore, hybrid, native), rates)[0]
    contracts.live, message, clearing = _shift(
        contracts.live, (offshore, hybrid, native), (rates[0][:, None], rates[1][:, None])
    )
    return Steered(fit_routes(world, classes, weight, moved, cap=1.0), message, clearing)


def _shift(shares: Array, options: tuple[int, int, int], rates: tuple[Array, Array]) -> tuple[Array, Array, Array]:
    """Move shares of the hybrid and of the offshore option to the native one."""
    offshore, hybrid, native = options
    message, clearing = rates[0] * shares[..., hybrid], rates[1] * shares[..., offshore]
    moved = shares.copy()
    moved[..., hybrid] -= message
    moved[..., offshore] -= clearing
    moved[..., native] += message + clearing
    return moved, message, clearing


def enable_partners(
    world: World,
    policy: Policy,
    weight: Array,
    member: Array,
    native: Array,
    mean: Array,
    joining: Array,
    enabling: Array,
) -> tuple[Array, Array]:
    """Memberships and native messaging of banks, (E, N, M), that the month's steering needs on the partners' side.

    weight : (E, N) of the banks; mean : (E, L, P) mean route weights. Every group is brought to the weight at which
    the corridor with the issuer that needs most has room for the month's steering, no further: members enable messages
    first, others join only if that is not enough. The issuer's own banks are taken as they are, and so are
    groups whose memberships are frozen or follow a path (joining, enabling : (G,) 0 for those).
    """
    if world.yuan_routes is None or world.anchor is None or not (policy.steering_message or policy.steering_clearing):
        return member, native
    offshore, hybrid, alone = world.yuan_routes
    issuer, challenger = world.anchor[0], world.payment_networks[1]
    wanted = (
        mean[..., alone] + policy.steering_message * mean[..., hybrid] + policy.steering_clearing * mean[..., offshore]
    )
    with_issuer = wanted[:, (world.payer == issuer) & (world.payee != issuer)]
    first, group = world.banks.first, world.banks.group
    issuers = (weight * native[..., challenger])[:, group == issuer].sum(1)
    needed = np.zeros((len(mean), len(world.groups)))
    needed[:, np.arange(len(world.groups)) != issuer] = np.minimum(with_issuer / (CAP * issuers[:, None]), 1.0)
    ours, members = native[..., challenger], member[..., challenger]
    have = np.add.reduceat(weight * ours, first, axis=1)
    in_reach = np.add.reduceat(weight * members, first, axis=1)
    enabled = (enabling * _part(needed - have, in_reach - have))[:, group]
    joined = (joining * enabling * _part(needed - np.maximum(in_reach, have), 1.0 - in_reach))[:, group]
    native, member = native.copy(), member.copy()
    native[..., challenger] = ours + (members - ours) * enabled + (1.0 - members) * joined
    member[..., challenger] = members + (1.0 - members) * joined
    return member, native


def _part(wanted: Array, available: Array) -> Array:
    """Share of what is available that meets what is wanted, 0 to 1."""
    return np.clip(wanted / np.maximum(available, TINY), 0.0, 1.0)
