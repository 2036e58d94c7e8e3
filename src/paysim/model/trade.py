"""How the volume of trade and finance answers to the cost of paying."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import TINY
from paysim.model.parameters import Parameters
from paysim.model.state import Policy
from paysim.model.units import BP
from paysim.model.world import World

Array = NDArray[np.float64]

FAILING = 0.05
"""Share of failing payments at which a corridor takes no diverted trade any more (judgement; .02 to .1)."""


def desired(parameters: Parameters, cost: Array, unpaid: Array) -> Array:
    """Volume over its base that payers want, exp(-eps [tau (1 - B) + kappa_BY beta B] / 10^4), (E, 2, L).

    cost : (E, 2, L) tau, bp; unpaid : (E, 2, L) share B of the contracted value that was not paid. On a contract that
    is not paid at all only the cost of the bypass counts, otherwise the loss would be counted twice.
    """
    elasticity = np.array([parameters.trade_elasticity, parameters.finance_elasticity]).T[:, :, None]
    bypass = (parameters.bypass_cost * parameters.bypass_share)[:, None, None]
    return np.asarray(np.exp(-elasticity * BP * (cost * (1.0 - unpaid) + bypass * unpaid)))


def taxed(parameters: Parameters, policy: Policy) -> Array:
    """Factor of tariffs on the goods that importers want, (1 + rate)^(-eps), (E, L)."""
    return np.asarray((1.0 + policy.tariff.reshape(-1)) ** -parameters.trade_elasticity[:, None])


def lost_trade(policy: Policy, base: Array, wanted: Array, failed: Array) -> tuple[Array, Array]:
    """Trade that is lost to its exporter and to its importer, who look for others, USD bn a year, (E, L) each.

    base : (E, L) trade without any shock; wanted : (E, L) what is wanted over it at the cost of now, and at tariffs as
    far as volumes have answered to them (if what is still sold sought other partners too, a tariff would at first make
    trade rise); failed : (E, L) USD bn a year that failed. What importers no longer demand they seek nowhere else; it
    is the exporter's loss alone. Demand that grows is nobody's loss.
    """
    demand, open_ = policy.demand.reshape(-1), 1.0 - policy.banned.reshape(-1)
    missed = np.maximum(base * demand * (1.0 - wanted * open_), 0.0)
    unasked = np.maximum(base * (1.0 - demand * wanted * open_), 0.0) if (demand < 1.0).any() else missed
    return np.where(demand < 1.0, unasked, missed) + failed, missed + failed


def adjust(parameters: Parameters, volume: Array, wanted: Array, immediate: bool) -> Array:
    """Volume over its base next month, x^(1 - phi) x*^phi, or x* at once, (E, 2, L)."""
    if immediate:
        return wanted
    phi = parameters.adjustment[:, None, None]
    return np.asarray(volume ** (1.0 - phi) * wanted**phi)


def divert(
    world: World,
    parameters: Parameters,
    lost: Array,
    cost: Array,
    failed: Array,
    value: Array,
    sought: Array | None = None,
) -> Array:
    """Trade that finds other partners, USD bn a year, (E, L).

    Of the lost value half of the diversion share goes to the exporter's, half to the importer's other partners, in
    proportion to V0 exp(-eps tau / 10^4); corridors take less the more of their payments fail, and none from 5 % on. (A
    corridor that came back at once when it crosses the limit would make trade jump.)

    lost, value : (E, L) USD bn a year; cost : (E, L) bp; failed : (E, L) share; sought : what importers seek elsewhere,
    where it is not all that exporters lost.
    """
    groups = len(world.groups)
    eligible = np.maximum(1.0 - failed / FAILING, 0.0)
    pull = value * np.exp(-parameters.trade_elasticity[:, None] * BP * cost) * eligible
    pull = pull.reshape(-1, groups, groups)
    half = (parameters.diversion[:, None] / 2.0 * lost).reshape(-1, groups, groups)
    other = half if sought is None else (parameters.diversion[:, None] / 2.0 * sought).reshape(-1, groups, groups)
    found = _spread(half, pull) + _spread(other.swapaxes(1, 2), pull.swapaxes(1, 2)).swapaxes(1, 2)
    return found.reshape(-1, groups * groups)


def _spread(lost: Array, pull: Array) -> Array:
    """Give each lost value to the other corridors of its row in proportion to their pull, (E, G, G)."""
    all_of = np.ones((pull.shape[-1], 1))
    others = pull @ all_of - pull
    rate = np.where(others > TINY, lost / np.maximum(others, TINY), 0.0)
    return np.asarray(pull * (rate @ all_of - rate))
