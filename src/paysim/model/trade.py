"""How the volume of trade and finance answers to the cost of paying."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model import trade_kernel
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
    wanted = np.empty_like(cost)
    elasticities = (parameters.trade_elasticity * BP, parameters.finance_elasticity * BP)
    bypass = parameters.bypass_cost * parameters.bypass_share
    trade_kernel.desired(*elasticities, bypass, cost, unpaid, wanted)
    return wanted


def taxed(parameters: Parameters, policy: Policy) -> Array:
    """Factor of tariffs on the goods that importers want, (1 + rate)^(-eps), (E, L)."""
    if not policy.uses("tariff"):
        return np.ones((parameters.draws, policy.tariff.size))
    return np.asarray((1.0 + policy.tariff.reshape(-1)) ** -parameters.trade_elasticity[:, None])


def lost_trade(policy: Policy, base: Array, wanted: Array, failed: Array) -> tuple[Array, Array]:
    """Trade that is lost to its exporter and to its importer, who look for others, USD bn a year, (E, L) each.

    base : (E, L) trade without any shock; wanted : (E, L) what is wanted over it at the cost of now, and at tariffs as
    far as volumes have answered to them (if what is still sold sought other partners too, a tariff would at first make
    trade rise); failed : (E, L) USD bn a year that failed. What importers no longer demand they seek nowhere else; it
    is the exporter's loss alone. Demand that grows is nobody's loss.
    """
    lost, sought = np.empty((2, *base.shape))
    base, wanted, failed = (np.ascontiguousarray(one) for one in (base, wanted, failed))
    trade_kernel.lose(base, wanted, failed, policy.demand.flatten(), 1.0 - policy.banned.flatten(), lost, sought)
    return lost, sought


def adjust(parameters: Parameters, volume: Array, wanted: Array, immediate: bool) -> Array:
    """Volume over its base next month, x^(1 - phi) x*^phi, or x* at once, (E, 2, L)."""
    if immediate:
        return wanted
    after = np.empty_like(volume)
    trade_kernel.adjust(volume, wanted, parameters.adjustment, after)
    return after


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
    shape = (len(value), len(world.groups), len(world.groups))
    found = np.zeros(shape)
    rows = lost, lost if sought is None else sought, cost, failed, value
    lost, sought, cost, failed, value = (np.ascontiguousarray(one).reshape(shape) for one in rows)
    elasticity, half, pull = parameters.trade_elasticity * BP, parameters.diversion / 2.0, np.empty(shape[1:])
    trade_kernel.divert(elasticity, half, lost, sought, cost, failed, value, FAILING, pull, found)
    return found.reshape(len(value), -1)
