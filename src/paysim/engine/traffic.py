"""The payments of a month, drawn from contracts: the option first, then a corridor, then banks able to use it.

The other order (a pair of banks first, then an option that it can use) does not reproduce the base. Payments are
stratified: every combination of option, purpose and live or blocked contracts gets its payments, and corridors are
drawn systematically along their value, so that a few thousand payments carry the value of a month almost exactly.
Each payment stands for a value; the amount that settles varies around it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from paysim.engine.prepared import Traffic
from paysim.model.base import TINY
from paysim.model.economy import Economy
from paysim.model.units import MONTHS_A_YEAR
from paysim.model.world import World
from paysim.networks.messaging import UNIFORMS_PER_MESSAGE

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MINOR_UNITS = 1e11
"""Cents in a USD bn."""
EVEN_SHARE = 0.5
"""Share of the payments spread evenly over strata; the rest goes by value (judgement: rare options need a few)."""
LIVE, ALL, BANNED, ANY = range(4)
"""Tables from which banks are drawn: able and not banned, able, able and banned, any bank of the group."""

LUCK = {
    name: column
    for column, name in enumerate(
        ("corridor", "sender", "receiver", "side", "day", "size", "live", "refused", "bypassed")
    )
}
UNIFORMS = len(LUCK) + UNIFORMS_PER_MESSAGE


@dataclass
class Batch:
    """Payments as columns, (N,) each, in the order of submission.

    month : index of the month of submission (-1 before the start); submitted : seconds since 1970; option, purpose,
    corridor, sender, receiver : indices; value : USD bn the payment stands for; amount : minor units that settle;
    blocked : whether its contract was blocked when the month began; clear : share of the pair free of bans then;
    luck : (UNIFORMS, N) uniforms that decide what happens to it, whenever that is decided.
    """

    id: Index
    month: Index
    submitted: Index
    option: Index
    purpose: Index
    corridor: Index
    sender: Index
    receiver: Index
    value: Array
    amount: Index
    blocked: NDArray[np.bool_]
    clear: Array
    luck: Array

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: Index | slice | NDArray[np.bool_]) -> Batch:
        """Some of the rows."""
        return Batch(**{f.name: getattr(self, f.name)[..., rows] for f in fields(Batch)})

    def followed_by(self, other: Batch) -> Batch:
        """The rows of both."""
        return Batch(
            **{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)], axis=-1) for f in fields(Batch)}
        )


@dataclass(frozen=True)
class Ability:
    """What banks are able to, (P, N) each.

    able : share of a bank that could use an option without bans; free : part of that which bans leave. For hub
    options they stand for the cut side (``able``) and the open side (``free``) instead.
    """

    able: Array
    free: Array


def ability(world: World, economy: Economy) -> Ability:
    """Shares of banks able to use each option now, and the part free of bans."""
    policy, challenger = economy.policy, world.payment_networks[1]
    wide = world.payment_networks[0]
    cut = economy.cut_now(policy)[0]
    member, native = economy.member[0], economy.native[0]
    barred = np.array([[c in pattern for c in range(len(world.currencies))] for pattern in world.bar_patterns])
    clear = 1.0 - policy.barred @ barred
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
    return Ability(able, free)


def clearance(world: World, economy: Economy, now: Ability, batch: Batch, at: Index | slice = slice(None)) -> Array:
    """Share of each payment's pair of banks that bans leave free to use its option, for the rows ``at`` of a batch."""
    option = batch.option[at]
    allowed = economy.allowed[batch.corridor[at], option]
    pair = now.free[option, batch.sender[at]] * now.free[option, batch.receiver[at]]
    return np.asarray(np.where(world.option_hub[option] >= 0, 1.0, pair) * allowed)


def passes(batch: Batch, at: Index, clear: Array) -> NDArray[np.bool_]:
    """Which payments can go: a live contract while its pair stays free, a blocked one once it becomes free.

    clear : from `clearance` for the same rows ``at``.
    """
    before = batch.clear[at]
    stays = clear / np.maximum(before, TINY)
    freed = (clear - before) / np.maximum(1.0 - before, TINY)
    return np.asarray(batch.luck[LUCK["live"], at] < np.where(batch.blocked[at], freed, stays))


class Drawing:
    """Draws the payments of months for one world."""

    def __init__(self, world: World, traffic: Traffic, limit: Array) -> None:
        """``limit`` is the largest amount a bank sends in each system, (systems, N) minor units."""
        self.world, self.traffic, self.limit = world, traffic, limit
        self.drawn = 0
        self.strata = 4 * len(world.options)

    def month(self, economy: Economy, now: Ability, luck: Array, month: int, instants: Index) -> Batch:
        """The payments of a month; luck : (UNIFORMS, n) uniforms, instants : (n,) of submission.

        n is the number of payments plus `strata`: a stratum with any value gets at least one payment.
        """
        stock, where, value, luck, instants = self._strata(economy, luck, instants)
        world = self.world
        options, corridors = len(world.options), len(world.payer)
        corridor, rest = where % corridors, where // corridors
        option, purpose = rest % options, rest // options
        sender, receiver = self._pairs(economy, now, option, corridor, stock == 1, luck)
        size = np.exp(self.traffic.size_sigma * _normal(luck[LUCK["size"]]) - self.traffic.size_sigma**2 / 2.0)
        if self.traffic.sampling == "plain":
            value = value * size
        amount = value * (1.0 if self.traffic.sampling == "plain" else size) * MINOR_UNITS
        amount = np.minimum(amount, self._largest(option, sender))
        order = np.argsort(instants, kind="stable")
        ids = self.drawn + np.arange(len(order), dtype=np.int64)
        self.drawn += len(order)
        batch = Batch(
            id=ids,
            month=np.full(len(order), month),
            submitted=instants[order],
            option=option[order],
            purpose=purpose[order],
            corridor=corridor[order],
            sender=sender[order],
            receiver=receiver[order],
            value=value[order],
            amount=np.maximum(amount[order], 1.0).astype(np.int64),
            blocked=(stock == 1)[order],
            clear=np.ones(len(order)),
            luck=luck[:, order],
        )
        batch.clear = clearance(world, economy, now, batch)
        return batch

    def _largest(self, option: Index, sender: Index) -> Array:
        """The largest amount that can settle: what the sender, and for a hub's second leg its bank, holds."""
        world = self.world
        largest = self.limit[np.array([o.systems[0] for o in world.options])[option], sender]
        for p in np.flatnonzero(world.option_hub >= 0):
            bank = world.hub_banks[world.option_hub[p]]
            second = self.limit[world.options[p].systems[-1], bank]
            largest = np.where(option == p, np.minimum(largest, second), largest)
        return np.asarray(largest)

    def _strata(self, economy: Economy, luck: Array, instants: Index) -> tuple[Index, Index, Array, Array, Index]:
        """Stock, place (purpose, option, corridor), value, luck and instant of every payment."""
        value = economy.value()[0] / MONTHS_A_YEAR
        contracts = economy.contracts
        stocks = np.stack([contracts.live[0], contracts.blocked[0]]) * value[None, :, :, None]
        cells = stocks.transpose(0, 1, 3, 2)
        flat = cells.reshape(-1)
        places = cells[0].size
        edges = np.cumsum(flat)
        if self.traffic.sampling == "plain":
            luck, instants = luck[:, : self.traffic.payments], instants[: self.traffic.payments]
            at = luck[LUCK["corridor"]] * edges[-1]
            each = np.full(luck.shape[1], edges[-1] / luck.shape[1])
        else:
            totals = cells.sum(-1).reshape(-1)
            counts = _allocate(totals, self.traffic.payments)
            luck, instants = luck[:, : counts.sum()], instants[: counts.sum()]
            first = np.repeat(np.cumsum(counts) - counts, counts)
            rank = np.arange(luck.shape[1]) - first
            start = np.repeat(np.cumsum(totals) - totals, counts)
            width = np.repeat(totals / np.maximum(counts, 1), counts)
            offset = luck[LUCK["corridor"], first]
            at, each = start + (rank + offset) * width, width
        cell = np.minimum(np.searchsorted(edges, at, side="right"), len(flat) - 1)
        return cell // places, cell % places, each, luck, instants

    def _pairs(
        self, economy: Economy, now: Ability, option: Index, corridor: Index, blocked: NDArray[np.bool_], luck: Array
    ) -> tuple[Index, Index]:
        """Sender and receiver of every payment."""
        world, weight = self.world, economy.weight[0]
        payer, payee = world.payer[corridor], world.payee[corridor]
        hub = world.option_hub[option] >= 0
        is_hub = (world.option_hub >= 0)[:, None]
        tables = np.stack(
            [
                weight * np.where(is_hub, now.able, now.able * now.free),
                weight * np.where(is_hub, now.free, now.able),
                weight * np.where(is_hub, 1.0, now.able * (1.0 - now.free)),
                weight * np.ones_like(now.able),
            ]
        )
        totals = np.add.reduceat(tables, world.banks.first, axis=2)
        whole = np.maximum(totals[ALL], TINY)
        left, right = totals[LIVE][option, payer], totals[LIVE][option, payee]
        ours, theirs = left / whole[option, payer], right / whole[option, payee]
        sender_side = np.where(hub, left * totals[ALL][option, payee], 1.0 - ours)
        receiver_side = np.where(hub, totals[ALL][option, payer] * right, ours * (1.0 - theirs))
        share = sender_side / np.maximum(sender_side + receiver_side, TINY)
        on_sender = luck[LUCK["side"]] < share
        none = sender_side + receiver_side <= 0.0
        sending = np.where(
            hub, np.where(on_sender, LIVE, ALL), np.where(blocked, np.where(on_sender, BANNED, LIVE), LIVE)
        )
        receiving = np.where(
            hub, np.where(on_sender, ALL, LIVE), np.where(blocked, np.where(on_sender, ALL, BANNED), LIVE)
        )
        barred = blocked & (none | hub)
        sending, receiving = np.where(barred, ANY, sending), np.where(barred, ANY, receiving)
        return (
            _draw_bank(world, tables, totals, sending, option, payer, luck[LUCK["sender"]]),
            _draw_bank(world, tables, totals, receiving, option, payee, luck[LUCK["receiver"]]),
        )


def _draw_bank(
    world: World, tables: Array, totals: Array, table: Index, option: Index, group: Index, luck: Array
) -> Index:
    """Banks of groups drawn with the weights of tables, (N,); any bank of the group where the table is empty."""
    table = np.where(totals[table, option, group] > 0.0, table, ANY)
    banks = tables.shape[2]
    edges = np.cumsum(tables.reshape(-1))
    row = (table * tables.shape[1] + option) * banks
    start = row + world.banks.first[group]
    before = np.where(start > 0, edges[start - 1], 0.0)
    found = np.searchsorted(edges, before + luck * totals[table, option, group], side="right")
    last = np.r_[world.banks.first[1:], banks][group] - 1 + row
    return np.asarray(np.clip(found, start, last) - row)


def _allocate(totals: Array, payments: int) -> Index:
    """Numbers of payments by stratum: half evenly over those that have value, half by value; at least one each."""
    used = totals > 0.0
    even = EVEN_SHARE * payments * used / max(int(used.sum()), 1)
    counts = np.floor(even + (1.0 - EVEN_SHARE) * payments * totals / totals.sum()).astype(np.int64)
    return np.where(used, np.maximum(counts, 1), 0)


def _normal(uniform: Array) -> Array:
    return np.asarray(ndtri(np.clip(uniform, 1e-12, 1.0 - 1e-12)))
