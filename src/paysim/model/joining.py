"""Who joins CIPS, who enables its messaging, and where the customers of cut banks go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model import joining_kernel
from paysim.model.parameters import Parameters
from paysim.model.state import Policy
from paysim.model.units import DAYS_A_MONTH, MONTHS_A_YEAR
from paysim.model.world import World

Array = NDArray[np.float64]

NOWHERE = 1e-12
"""Connected bank weight of a group up to which there is no bank to go to: rounding leaves that of one cut whole."""


def reach(world: World, weight: Array, member: Array, network: int) -> Array:
    """Trade-weighted share of a group's partners (itself included where it trades inside) on a network, (E, G)."""
    share = np.add.reduceat(weight * member[..., network], world.banks.first, axis=1)
    return np.asarray(share @ world.partners)


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


def left_of_cut(left: Array, before: Array, after: Array) -> Array:
    """Share of a cut's customers who have not moved away, (E, N, M), when the cut of banks, (N, M), changes.

    Who moved away sits with what was connected then. Where the cut of a bank grows from c to c', the share
    (c' - c)/(1 - c) of all who are connected with it is cut too. The share that moved away falls with the odds of the
    cut, to c (1 - c')/(c' (1 - c)) of itself, and to none where the bank is cut whole. Where the cut falls that share
    stays, so that who is cut falls in proportion.
    """
    if after is before or not (grows := after > before).any():
        return left
    away = np.divide(before * (1.0 - after), after * (1.0 - before), out=np.ones(after.shape), where=grows)
    return np.where(grows, 1.0 - (1.0 - left) * away, left)


def switching_rate(parameters: Parameters, policy: Policy) -> Array:
    """Rate a month at which customers of a group's cut banks move, (E, G): that of policy where it gives one."""
    return np.where(policy.switching >= 0.0, policy.switching, parameters.switching[:, None])


def switch_banks(world: World, rate: Array, weight: Array, cut: Array, left: Array) -> tuple[Array, Array]:
    """Weights of banks and shares of a cut's customers still there, (E, N), a month on: some leave for others at home.

    rate : (E, G) a month; cut : (N,) share of each bank that is cut. A bank of which only a part is cut loses that
    part's customers to itself and to the other banks of its group. In a group that is cut whole nothing moves: there is
    no bank to go to.
    """
    if not cut.any():
        return weight, np.ones_like(left)
    moved, still = np.empty((2, *weight.shape))
    room = np.empty((2, rate.shape[1]))
    flags = np.ascontiguousarray(cut), np.ascontiguousarray(left)
    joining_kernel.switch_banks(world.banks.group, rate, weight, *flags, NOWHERE, room, moved, still)
    return moved, still
