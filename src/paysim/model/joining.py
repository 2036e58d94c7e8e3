"""Who joins CIPS, who enables its messaging, and where the customers of cut banks go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model.parameters import Parameters
from paysim.model.state import Policy
from paysim.model.units import DAYS_A_MONTH, MONTHS_A_YEAR
from paysim.model.world import World

Array = NDArray[np.float64]


def reach(world: World, weight: Array, member: Array, network: int) -> Array:
    """Trade-weighted share of a group's partners (itself included where it trades inside) on a network, (E, G)."""
    share = np.add.reduceat(weight * member[..., network], world.banks.first, axis=1)
    flows = world.trade + world.trade.T
    return np.asarray(share @ (flows / np.maximum(flows.sum(0, keepdims=True), np.finfo(float).tiny)))


def joining_probability(parameters: Parameters, policy: Policy, reached: Array, saving: Array) -> Array:
    """Chance that a bank of a group joins within the month, (E, G).

    1 - exp(-dt f [p + q R] 2 Lambda(kappa_U U)), the Bass hazard where the saving does not count; f is a policy
    factor, lowered by the threat of secondary sanctions. reached : (E, G); saving : (E, G) bp.
    """
    pull = 2.0 / (1.0 + np.exp(-parameters.joining_saving_weight[:, None] * saving))
    hazard = parameters.joining_innovation[:, None] + parameters.joining_imitation[:, None] * reached
    return np.asarray(-np.expm1(-policy.joining * (1.0 - policy.threat) * hazard * pull / MONTHS_A_YEAR))


def leaving_probability(parameters: Parameters, policy: Policy) -> Array:
    """Chance that a member leaves within the month under the threat of secondary sanctions, (E, G)."""
    return np.asarray(-np.expm1(-parameters.leaving_rate[:, None] * policy.threat / MONTHS_A_YEAR))


def enabling_probability(world: World, parameters: Parameters, policy: Policy, touched: Array) -> Array:
    """Chance that a member enables native messaging within the month, (E, G).

    touched : (G,) share of the group's banks holding a contract with a cut bank, on either side. Those enable it at
    the crisis rate times their willingness, the others at the base rate; a bank that is unwilling does neither.
    """
    median = parameters.native_crisis_median[:, None]
    crisis = np.log(2.0) * DAYS_A_MONTH / median * policy.willingness * touched
    usual = parameters.native_base_rate[:, None] * policy.native / MONTHS_A_YEAR * (policy.willingness > 0.0)
    return np.asarray(-np.expm1(-(crisis + usual)))


def touched_groups(world: World, policy: Policy) -> Array:
    """1 for groups whose banks hold contracts with banks that are cut from some network, themselves included, (G,)."""
    cut = np.maximum.reduceat(policy.cut.max(1), world.banks.first) > 0.0
    flows = world.trade + world.finance_pattern
    return (cut | (((flows + flows.T) > 0.0) @ cut)).astype(np.float64)


def switch_banks(world: World, parameters: Parameters, weight: Array, cut: Array) -> tuple[Array, Array]:
    """Weights of banks (E, N) and cut shares of them (E, N) a month on: customers leave cut banks for others at home.

    A bank of which only a part is cut loses that part's customers to itself and to the other banks of its group. In a
    group that is cut whole nothing moves: there is no bank to go to.
    """
    first, group = world.banks.first, world.banks.group
    if not cut.any():
        return weight, cut
    home = weight * (1.0 - cut)
    if not np.any((cut > 0.0) & (np.add.reduceat(home, first, axis=1)[:, group] > 0.0)):
        return weight, cut
    homes = np.add.reduceat(home, first, axis=1)[:, group]
    leaving = np.where(homes > 0.0, weight * cut * parameters.switching[:, None], 0.0)
    arriving = home / np.maximum(homes, 1e-300) * np.add.reduceat(leaving, first, axis=1)[:, group]
    moved = weight - leaving + arriving
    still = (weight * cut - leaving) / np.maximum(moved, 1e-300)
    return moved, np.where(moved > 0.0, still, cut)
