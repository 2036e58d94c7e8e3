"""Where settlement meets choice: what a month's payments do to the settlement systems, and what payers make of it.

A few thousand sampled payments cannot stand in for a system's queue. So every system's response to value and liquidity
was measured at true size (`paysim.networks.response`), and is read here, once a month, at the value that contracts send
through it and the liquidity that its participants hold. What comes back unsettled at the close enters the cost of an
option as an expected cost of rejection, for the groups that send; waiting enters as delay. Both count as changes since
the start, so that the base is what was published whatever its queues are.

**Liquidity follows value** with a half-life: who sends more brings in more, later. A steady trend is met in time, a
surge is not. What participants aim at is about the service that they had: a system with twice the payments needs less
than twice the liquidity, by the exponent with which responses are stretched between values.

**Groups** differ in how much liquidity they hold for what they send; a group with half the system's liquidity for its
value meets what the whole system would meet with half its own. That is how far a response of the whole system can speak
of a part of it, and so the ratio is held between half and twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.engine import feedback_kernel
from paysim.engine.prepared import System
from paysim.model.base import TINY
from paysim.model.economy import Economy
from paysim.model.units import DAYS_A_MONTH, HOURS_A_DAY, MONTHS_A_YEAR
from paysim.model.world import World
from paysim.networks.response import MEASURES, STRETCH, Responses

Array = NDArray[np.float64]

WIDEST = 2.0
"""How much more or less liquidity for its value than the whole system a group is taken to have, at most (judgement)."""
UNSETTLED, WAITING = MEASURES.index("unsettled_share"), MEASURES.index("waiting_hours")


@dataclass(frozen=True)
class Settlement:
    """The systems in one month, (E, S) each, and what that means for options.

    load : value over that of the start, growth of the whole economy taken out; held : liquidity over the usual
    unsettled : share of value returned at the close; waiting : hours, mean over all value; used : liquidity used over
    the usual day's value; queued : mean value in the queues over the day's value
    outside : 1 where the load is above, or liquidity below, what was measured (smaller loads hardly have queues)
    hours : (E, P) by how much longer an option's payments take than at the start
    """

    load: Array
    held: Array
    unsettled: Array
    waiting: Array
    used: Array
    queued: Array
    outside: Array
    hours: Array


@dataclass(frozen=True)
class State:
    """What the systems have in a month before anything is read, (E, S) each: load, and liquidity over the usual."""

    load: Array
    level: Array


class Feedback:
    """Liquidity of the systems' participants, and what their queues do to the cost of options (E draws, S systems).

    funded : (E, S, G) liquidity that the participants of each group hold, USD bn: the value a month for which it was
    usual at the start
    """

    def __init__(self, world: World, systems: tuple[System, ...], economy: Economy) -> None:
        self.world, self.economy = world, economy
        self.responses = Responses([system.response for system in systems])
        met = len(economy.growth), len(systems), 1 + len(world.groups)
        self.which = np.broadcast_to(np.arange(len(systems))[:, None], met).copy()
        self.most = np.array([system.response.value[-1] for system in systems])
        self.least = np.array([system.response.liquidity[0] for system in systems])
        self.level = np.array([system.level for system in systems])
        self.hours_open = np.array([system.hours_open for system in systems])
        self.usual = self._load(economy.base.mix * economy.base.value[..., None] / MONTHS_A_YEAR)
        self.funded = self.usual.copy()
        self.kept = 0.5 ** (DAYS_A_MONTH / economy.parameters.liquidity_half_life)
        self.start = self._read(self.usual, np.ones(len(systems)))[0]

    def state(self, paid: Array, liquidity: Array) -> State:
        """The systems in a month; paid and liquidity as in `end_month`."""
        value, level, _, _ = self._levels(self._load(paid) / self.economy.growth[:, None, None], liquidity)
        return State(value, level)

    def end_month(
        self, paid: Array, liquidity: Array, correction: tuple[int, Array] | None = None, hours: Array | float = 0.0
    ) -> Settlement:
        """Read the month's state of the systems, let payers feel it, and let participants bring in what was lacking.

        Parameters
        ----------
        paid : (E, 2, L, P) value paid in the month by option, USD bn
        liquidity : (S,) factor that policy puts on the liquidity of each system
        correction : a system, and what is known of its measures, (measures,), beyond what its response says
        hours : (S,) for which each system is open at least on a working day
        """
        load = self._load(paid) / self.economy.growth[:, None, None]
        found, settlement = self._read(load, liquidity, correction)
        now, start = ((measures[UNSETTLED], measures[WAITING]) for measures in (found, self.start))
        economy, uses = self.economy, self.world.option_systems
        economy.rejected = np.zeros((len(load), len(self.world.groups), len(uses)))
        economy.queueing = np.zeros((len(load), len(uses)))
        feedback_kernel.feel(*now, *start, self._sooner(hours), uses, economy.rejected, economy.queueing)
        feedback_kernel.bring_in(load, settlement["load"], self.kept, STRETCH - 1.0, self.funded)
        return Settlement(**settlement, hours=HOURS_A_DAY * economy.queueing)

    def _sooner(self, hours: Array | float) -> Array:
        """Hours by which a payment waits less for its system to open, (S,), where that is open for longer.

        A payment that comes at any hour of the day meets a system closed for h hours with the chance h/24 and waits
        h/2: h^2/48 on average. Days without settlement stay as they are.
        """
        if not np.any(hours):
            return np.zeros(len(self.hours_open))
        shut = HOURS_A_DAY - np.minimum(self.hours_open, HOURS_A_DAY)
        left = HOURS_A_DAY - np.clip(hours, HOURS_A_DAY - shut, HOURS_A_DAY)
        return np.asarray((shut**2 - left**2) / (2.0 * HOURS_A_DAY))

    def _load(self, paid: Array) -> Array:
        """Value by system and sending group, (E, S, G), of value by option, (E, 2, L, P)."""
        world, groups = self.world, len(self.world.groups)
        sent = np.zeros((len(paid), groups, len(world.options)))
        load = np.zeros((len(paid), len(world.systems), groups))
        pairs = np.ascontiguousarray(paid).reshape(len(paid), 2, groups, groups, -1)
        feedback_kernel.send(pairs, world.option_systems, sent, load)
        for p in np.flatnonzero(world.option_hub >= 0).tolist() if world.hubs else ():
            through = self._through_hub(paid[..., p], p) - sent[..., p, None] * world.option_systems[p]
            load += through.swapaxes(1, 2)
        return load

    def _through_hub(self, value: Array, p: int) -> Array:
        """Value by sending group and system, (E, G, S), of a hub option: the cut side's leg is the challenger's.

        value : (E, 2, L)
        """
        world, economy = self.world, self.economy
        banks = economy.weight * economy.cut_now(economy.policy)[..., world.payment_networks[0]]
        cut = np.add.reduceat(banks, world.banks.first, axis=1)
        payer, payee = cut[:, world.paying], cut[:, world.paid]
        by_payer = np.where(payer + payee > 0.0, payer / np.maximum(payer + payee, TINY), 1.0)
        first = np.zeros(len(world.systems))
        first[world.hub_system[p]] = 1.0
        own, hub = world.option_systems[p] - first, world.hub_groups[world.option_hub[p]]
        load = np.zeros((len(value), len(world.groups), len(world.systems)))
        for e in range(len(value)):
            pays, paid_on = value[e] * by_payer[e], value[e] * (1.0 - by_payer[e])
            np.add.at(load[e], world.paying, pays[..., None] * first + paid_on[..., None] * own)
            load[e, hub] += pays.sum() * own + paid_on.sum() * first
        return load

    def _levels(self, load: Array, liquidity: Array) -> tuple[Array, Array, Array, Array]:
        """Load and liquidity of systems over the usual, (E, S), and both as they are met there, (E, S, 1 + G).

        They are met as those of the whole system, and by each group with the liquidity that it has for its value.
        """
        draws, systems, groups = load.shape
        value, held = np.empty((2, draws, systems))
        values, met = np.empty((2, draws, systems, 1 + groups))
        tables = (self.usual, load, self.funded, self.level, liquidity)
        feedback_kernel.levels(*tables, WIDEST, value, held, values, met)
        return value, held, values, met

    def _read(
        self, load: Array, liquidity: Array, correction: tuple[int, Array] | None = None
    ) -> tuple[Array, dict[str, Array]]:
        """Measures, (measures, E, S, 1 + G): of the system and as each group meets it; and the system's state."""
        value, held, values, levels = self._levels(load, liquidity)
        found, _ = self.responses.read(self.which, values, levels)
        if correction is not None:
            system, added = correction
            found[:, :, system] = np.maximum(found[:, :, system] + added[:, None, None], 0.0)
        whole = dict(zip(MEASURES, found[..., 0], strict=True))
        state = {
            "load": value,
            "held": held / self.level,
            "unsettled": whole["unsettled_share"],
            "waiting": whole["waiting_hours"],
            "used": whole["liquidity_used"],
            "queued": whole["waiting_hours"] / self.hours_open,  # Little's law: what waits is rate times waiting
            "outside": ((value > self.most) | (held < self.least)).astype(np.float64),
        }
        return found, state
