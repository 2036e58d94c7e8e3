"""The payments of a month, drawn from contracts: the option first, then a corridor, then banks able to use it.

The other order (a pair of banks first, then an option that it can use) does not reproduce the base. Payments are
stratified: every combination of option, purpose and live or blocked contracts gets its payments, and corridors are
drawn systematically along their value, so that a few thousand payments carry the value of a month almost exactly.
Each payment stands for a value; the amount that settles varies around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from paysim.engine import drawing_kernel, payment_kernel
from paysim.engine.drawing_kernel import ALL, BANNED, LIVE
from paysim.engine.prepared import Traffic
from paysim.model.economy import Economy
from paysim.model.state import Policy
from paysim.model.units import MONTHS_A_YEAR
from paysim.model.world import World
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.messaging import BANKS_ON_THE_WAY, UNIFORMS_PER_MESSAGE, Ways, message_delays
from paysim.networks.screening import ANYWHERE, PLACES, Place, hours_for

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MINOR_UNITS = 1e9
"""Units that settle in a USD bn: whole dollars, so that ample liquidity of every day of a run adds up in 64 bits."""
LATEST = 2**62
"""An instant after all others, seconds."""
EVEN_SHARE = 0.5
"""Share of the payments spread evenly over strata; the rest goes by value (judgement: rare options need a few)."""
JUDGED = ("live", "refused", "bypassed", "hastened")
"""What is decided about a payment whenever it comes to that, each by luck of its own."""
LUCK = {
    name: column
    for column, name in enumerate(("corridor", "sender", "receiver", "side", "day", "size", "system", *JUDGED))
}
UNIFORMS = len(LUCK) + UNIFORMS_PER_MESSAGE


@dataclass
class Batch:
    """Payments as columns, (N,) each, in the order of submission.

    month : index of the month of submission (-1 before the start); submitted : seconds since 1970; option, purpose,
    corridor, sender, receiver : indices; system : in which its sender pays; onward : in which a hub's bank pays on, -1
    without a hub; value : USD bn the payment stands for; amount : minor units that settle; blocked : whether its
    contract was blocked when the month began; clear : share of the pair free of bans then
    transit, wait : seconds from sending to the arrival of its message and to the customer's credit, whenever it is
    sent; live_luck, refused_luck, bypassed_luck, hastened_luck : uniforms that decide what happens to it, whenever that
    is decided
    """

    id: Index
    month: Index
    submitted: Index
    option: Index
    purpose: Index
    corridor: Index
    sender: Index
    receiver: Index
    system: Index
    onward: Index
    value: Array
    amount: Index
    blocked: NDArray[np.bool_]
    clear: Array
    transit: Array
    wait: Array
    live_luck: Array
    refused_luck: Array
    bypassed_luck: Array
    hastened_luck: Array

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: Index | slice | NDArray[np.bool_]) -> Batch:
        """Some of the rows."""
        return Batch(**{f.name: getattr(self, f.name)[rows] for f in fields(Batch)})

    def followed_by(self, other: Batch) -> Batch:
        """The rows of both."""
        return Batch(**{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(Batch)})


@dataclass(frozen=True)
class Ability:
    """What banks are able to, (P, N) each.

    able : share of a bank that could use an option without bans; free : part of that which bans leave. For hub
    options they stand for the cut side (``able``) and the open side (``free``) instead.
    allowed : (L, P) 1 where a corridor may use an option; refused : (L,) share of payments that banks refuse
    """

    able: Array
    free: Array
    allowed: Array
    refused: Array


def ability(world: World, economy: Economy, policy: Policy | None = None) -> Ability:
    """What banks are able to now, or would be under another policy."""
    policy = policy or economy.policy
    wide, challenger = world.payment_networks
    cut = economy.cut_now(policy)[0]
    member, native = economy.member[0], economy.native[0]
    clear = 1.0 - policy.barred @ world.bars
    able, free = np.ones((2, len(world.options), len(world.banks.group)))
    for p, option in enumerate(world.options):
        if option.hub >= 0:
            able[p] = member[:, challenger] * cut[:, wide]
            free[p] = member[:, wide] * (1.0 - cut[:, wide])
            continue
        for network, level in option.needs:
            able[p] *= member[:, network] if level == 1 else native[:, network]
            free[p] *= 1.0 - cut[:, network]
        free[p] *= clear[:, option.currency]
    ruling = economy.ruling(policy)
    return Ability(able, free, ruling.allowed, ruling.refused[0])


def clearance(world: World, now: Ability, batch: Batch) -> Array:
    """Share of each payment's pair of banks that bans leave free to use its option, (N,)."""
    clear = np.empty(len(batch))
    columns = (batch.option, batch.corridor, batch.sender, batch.receiver)
    payment_kernel.clearances(now.free, now.allowed, world.option_hub >= 0, *columns, clear)
    return clear


def passes(world: World, now: Ability, batch: Batch, at: Index) -> NDArray[np.bool_]:
    """Which of the rows ``at`` can go: live contracts while their pair stays free, blocked ones once it is freed."""
    found = np.empty(len(at), dtype=np.bool_)
    columns = (batch.option, batch.corridor, batch.sender, batch.receiver, batch.blocked, batch.clear, batch.live_luck)
    payment_kernel.passing(now.free, now.allowed, world.option_hub >= 0, at, *columns, found)
    return found


def refuses(now: Ability, batch: Batch, at: Index) -> NDArray[np.bool_]:
    """Which of the rows ``at`` a bank refuses out of fear."""
    return np.asarray(batch.refused_luck[at] < now.refused[batch.corridor[at]])


def turn_to_the_cut(world: World, now: Ability, batch: Batch, at: Index) -> None:
    """Let a hub's bank and the cut bank settle with each other in the hub's system, whichever of the two pays.

    A payment is drawn as if its sender were cut. Where the receiver is, of the rows ``at``, the two systems change
    places, and they change back if it is the sender in the end; where neither is cut yet they stay.
    """
    hub = at[batch.onward[at] >= 0]
    option = batch.option[hub]
    sender, receiver = (now.free[option, bank[hub]] for bank in (batch.sender, batch.receiver))
    as_drawn = batch.system[hub] == world.hub_system[option]
    turned = hub[np.where(as_drawn, receiver < sender, sender < receiver)]
    batch.system[turned], batch.onward[turned] = batch.onward[turned], batch.system[turned]


class Drawing:
    """Draws the payments of months for one world."""

    def __init__(
        self, world: World, traffic: Traffic, limit: Array, calendars: Sequence[OperatingCalendar] = ()
    ) -> None:
        """``limit`` is the largest amount a participant sends in each system, (systems, N) minor units.

        Banks review payments at the place of their group, intermediaries at the home of the system that the payment
        settles in, by the ``calendars`` of the systems.
        """
        self.world, self.traffic, self.limit = world, traffic, limit
        self.drawn = 0
        self.strata = 4 * len(world.options)
        challenger = world.payment_networks[1]
        self.native = np.array([option.message == (challenger,) for option in world.options])
        reached = np.cumsum(world.own_systems, axis=1)
        self.shares_reached = reached / reached[:, -1:]
        homes = [Place(calendar.time_zone, calendar.working) for calendar in calendars]
        self.places = [PLACES.get(group, ANYWHERE) for group in world.groups] + (homes or [ANYWHERE] * len(limit))
        self.home = len(world.groups) + np.array([option.systems[-1] for option in world.options])
        self.hub, self.hub_system = world.option_hub >= 0, world.hub_system
        self.hub_bank = np.append(world.hub_banks, -1).astype(np.int64)[world.option_hub]
        self.hub_place = np.append(world.hub_groups, -1).astype(np.int64)[world.option_hub]
        self.bounds = np.append(world.banks.first, len(world.banks.group))
        # Of every kind of contract: stock (0 live, 1 blocked), purpose, option, corridor, groups that pay and are paid.
        kinds = np.indices((2, 2, len(world.options), len(world.payer))).reshape(4, -1)
        _, purpose, _, corridor = kinds
        self.kinds = np.vstack([kinds, world.paying[purpose, corridor], world.paid[purpose, corridor]])

    def month(self, economy: Economy, now: Ability, luck: Array, month: int, instants: Index) -> Batch:
        """The payments of a month; luck : (UNIFORMS, n) uniforms, instants : (n,) of submission.

        n is the number of payments plus `strata`: a stratum with any value gets at least one payment. They are drawn in
        the order of their contracts, because then each finds its tables and its luck next to those of the one before,
        and are put in the order of submission last.
        """
        cell, value = self._strata(economy, luck)
        stock, purpose, option, corridor, paying, paid = np.take(self.kinds, cell, axis=1)
        number, blocked, submitted = len(cell), stock == 1, instants[: len(cell)]
        luck = np.ascontiguousarray(luck.T[:number])  # a row a payment, as they are drawn
        sender, receiver = self._banks(economy, now, option, (paying, paid), blocked, luck)
        system, onward = self._systems(option, luck[:, LUCK["system"]])
        largest = self._largest(option, sender, system, onward)
        value, amount = self._sizes(value, largest, luck[:, LUCK["size"]])
        transit, wait = self._delays(option, sender, submitted, luck[:, len(LUCK) :].T)
        order = _order(submitted)
        fate = np.empty((len(JUDGED), number))
        drawing_kernel.take_columns(luck, order, LUCK[JUDGED[0]], fate)
        batch = Batch(
            id=self.drawn + np.arange(number, dtype=np.int64),
            month=np.full(number, month),
            submitted=submitted[order],
            option=option[order],
            purpose=purpose[order],
            corridor=corridor[order],
            sender=sender[order],
            receiver=receiver[order],
            system=system[order],
            onward=onward[order],
            value=value[order],
            amount=amount[order],
            blocked=blocked[order],
            clear=np.ones(number),
            transit=transit[order],
            wait=wait[order],
            **{f"{name}_luck": column for name, column in zip(JUDGED, fate, strict=True)},
        )
        self.drawn += number
        batch.clear = clearance(self.world, now, batch)
        turn_to_the_cut(self.world, now, batch, np.arange(number))
        return batch

    def _systems(self, option: Index, luck: Array) -> tuple[Index, Index]:
        """System in which each sender pays, and in which a hub's bank pays on, -1 without a hub; luck : (N,).

        Where the leg in the option's own currency settles in several systems, ``luck`` decides by their shares.
        """
        system, onward = np.empty((2, len(option)), dtype=np.int64)
        drawing_kernel.choose_systems(option, luck, self.shares_reached, self.hub_system, system, onward)
        return system, onward

    def _sizes(self, value: Array, largest: Array, luck: Array) -> tuple[Array, Index]:
        """Value that each payment stands for, USD bn, and amount that settles, minor units."""
        spread = self.traffic.size_sigma
        varied = value * np.exp(spread * _normal(luck) - spread**2 / 2.0)
        if self.traffic.sampling == "plain":
            value = varied
        amount = np.minimum(varied * MINOR_UNITS, largest)
        return value, np.maximum(amount, 1.0).astype(np.int64)

    def _delays(self, option: Index, sender: Index, submitted: Index, luck: Array) -> tuple[Array, Array]:
        """Seconds from sending to the arrival of the message, and to the customer's credit; luck : (7, N)."""
        return message_delays(luck, submitted, self.ways(option, sender), hours_for(self.places, submitted))

    def ways(self, option: Index, sender: Index) -> Ways:
        """The banks that messages pass.

        A hub's bank is one more intermediary, the first. Whoever has messages of the challenger is connected itself.
        """
        hub = self.hub[option]
        places = np.empty((BANKS_ON_THE_WAY, len(option)), dtype=np.int64)
        places[0] = self.world.banks.group[sender]
        places[1:] = self.home[option]
        places[1, hub] = self.hub_place[option[hub]]
        return Ways(self.native[option], hub.astype(np.int64), places)

    def _largest(self, option: Index, sender: Index, system: Index, onward: Index) -> Array:
        """The largest amount that can settle, (N,): what the sender's participant holds, and that of a hub's bank.

        At a hub each must be able to pay in either system, for who is cut may change until the payment is sent.
        """
        largest = np.empty(len(option))
        columns = (option, sender, system, onward)
        drawing_kernel.find_largest(self.limit, self.world.participant, self.hub_bank, *columns, largest)
        return largest

    def _strata(self, economy: Economy, luck: Array) -> tuple[Index, Array]:
        """Kind of contract (a place in `cells`) and value of every payment."""
        value = economy.value()[0] / MONTHS_A_YEAR
        contracts = economy.contracts
        stocks = np.stack([contracts.live[0], contracts.blocked[0]]) * value[None, :, :, None]
        cells = stocks.transpose(0, 1, 3, 2)
        edges = np.cumsum(cells.reshape(-1))
        if self.traffic.sampling == "plain":
            count = min(self.traffic.payments, luck.shape[1])
            at = luck[LUCK["corridor"], :count] * edges[-1]
            cell = np.minimum(np.searchsorted(edges, at, side="right"), len(edges) - 1)
            return cell, np.full(count, edges[-1] / count)
        totals = cells.sum(-1).reshape(-1)
        counts = _allocate(totals, self.traffic.payments)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        rank = np.arange(len(first)) - first
        start = np.repeat(np.cumsum(totals) - totals, counts)
        each = np.repeat(totals / np.maximum(counts, 1), counts)
        cell = np.empty(len(first), dtype=np.int64)
        drawing_kernel.find_cells(edges, start + (rank + luck[LUCK["corridor"], first]) * each, cell)
        return cell, each

    def _banks(
        self,
        economy: Economy,
        now: Ability,
        option: Index,
        groups: tuple[Index, Index],
        blocked: NDArray[np.bool_],
        luck: Array,
    ) -> tuple[Index, Index]:
        """Sender and receiver of every payment; groups : whose bank pays and whose is paid; luck : (N, UNIFORMS)."""
        world, weight = self.world, economy.weight[0]
        is_hub = self.hub[:, None]
        tables = np.empty((4, *now.able.shape))
        tables[:] = weight  # ANY
        tables[LIVE] *= np.where(is_hub, now.able, now.able * now.free)
        tables[ALL] *= np.where(is_hub, now.free, now.able)
        tables[BANNED] *= np.where(is_hub, 1.0, now.able * (1.0 - now.free))
        totals = np.add.reduceat(tables, world.banks.first, axis=2)
        sender, receiver = np.empty((2, len(option)), dtype=np.int64)
        contracts = (option, *groups, blocked)
        side, ours, theirs = (luck[:, LUCK[name]] for name in ("side", "sender", "receiver"))
        places = (self.hub, totals, np.cumsum(tables), self.bounds)
        drawing_kernel.draw_banks(*contracts, side, ours, theirs, *places, sender, receiver)
        return sender, receiver


def _allocate(totals: Array, payments: int) -> Index:
    """Numbers of payments by stratum: half evenly over those that have value, half by value; at least one each."""
    used = totals > 0.0
    even = EVEN_SHARE * payments * used / max(int(used.sum()), 1)
    counts = np.floor(even + (1.0 - EVEN_SHARE) * payments * totals / totals.sum()).astype(np.int64)
    return np.where(used, np.maximum(counts, 1), 0)


def _order(instants: Index) -> Index:
    """Order by instant and, at one instant, by place: sorting one number made of both takes a fifth of the time."""
    bits = len(instants).bit_length()
    places = np.arange(len(instants), dtype=np.int64)
    return np.asarray(np.sort((instants - instants.min(initial=LATEST)) << bits | places) & (2**bits - 1))


def _normal(uniform: Array) -> Array:
    return np.asarray(ndtri(np.clip(uniform, 1e-12, 1.0 - 1e-12)))
