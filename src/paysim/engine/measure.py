"""The series of one month, computed from what was paid; both engines use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from paysim.engine.feedback import Settlement
from paysim.engine.timeline import Segment, mean_coverage
from paysim.model import observation
from paysim.model.base import TINY
from paysim.model.contracts import Payment
from paysim.model.economy import Economy, Flows
from paysim.model.units import MONTHS_A_YEAR
from paysim.model.world import FINANCE, TRADE, World

Array = NDArray[np.float64]

Rows = dict[str, tuple[tuple[str, ...], Array]]


@dataclass(frozen=True)
class Snapshot:
    """What must be remembered of an economy at the end of a month, beside its payments.

    members, natives : (E, N) shares of banks on the challenger's network and with its messages, in the month; weight :
    (E, N) of the banks in their groups
    coverage : (E, C) of the tracker; growth : (E,) of value since the start; block : (E,) payments inside the euro area
    at the start, USD bn a year; tau : (E, 2, L) cost over the base, bp; bypass_cost : (E,) bp
    flows : steering that took effect at the beginning of the month
    """

    members: Array
    natives: Array
    weight: Array
    coverage: Array
    growth: Array
    block: Array
    tau: Array
    bypass_cost: Array
    flows: Flows


def snapshot(economy: Economy) -> Snapshot:
    """Remember an economy during a month; ``tau`` and the mean coverage take their place at its end (`at_end`)."""
    challenger = economy.world.payment_networks[1]
    return Snapshot(
        members=economy.member[..., challenger].copy(),
        natives=economy.native[..., challenger].copy(),
        weight=economy.weight,
        coverage=economy.policy.coverage[None],
        growth=economy.growth,
        block=economy.base.euro_block,
        tau=economy.volume,
        bypass_cost=economy.parameters.bypass_cost,
        flows=economy.steered,
    )


@dataclass(frozen=True)
class Part:
    """Part of a month under one policy: its segment, the fate of contracts in it, and cost under it, (E, 2, L) bp.

    weight : share of the month's payments made in it, one number or by corridor, (L,)
    Cost in the last part of a month is None: it is what contracts made at the month's end meet.
    """

    segment: Segment
    weight: Array | float
    fate: Payment
    cost: Array | None = None

    @property
    def share(self) -> Payment:
        """The fate as part of the month's."""
        whole = not isinstance(self.weight, np.ndarray) and self.weight == 1.0
        return self.fate if whole else self.fate.scaled(self.weight)


def fate_of(parts: Sequence[Part]) -> Payment:
    """Mean fate of contracts over the parts of a month."""
    shares = [part.share for part in parts]
    return sum(shares[1:], shares[0])


def at_end(before: Snapshot, economy: Economy, parts: Sequence[Part]) -> Snapshot:
    """Complete a month's snapshot with what is known only at its end; cost is the mean over all that is paid."""
    coverage = mean_coverage([part.segment for part in parts])[None].repeat(len(economy.growth), axis=0)
    tau = economy.choice.cost
    if len(parts) > 1:
        paid = np.stack([part.share.paid.sum(-1) for part in parts])
        costs = np.stack([tau if part.cost is None else part.cost for part in parts])
        tau = (paid * costs).sum(0) / np.maximum(paid.sum(0), TINY)
    return replace(before, tau=tau, coverage=coverage)


def group_weight(world: World, share: Array, weight: Array) -> Array:
    """Weight of a group's banks that are in something, (E, G); share and weight are (E, N)."""
    return np.asarray(np.add.reduceat(weight * share, world.banks.first, axis=1))


@dataclass(frozen=True)
class Outcome:
    """What became of a month's value, USD bn in the month.

    contracted : (E, 2, L); settled : (E, 2, L, P) by option; blocked, refused, bypassed, failed : (E, 2, L)
    delay : (E, P) hours, nan where nothing was paid; noise : (E, C) of the tracker, log-odds
    settlement : the state of the systems
    """

    contracted: Array
    settled: Array
    blocked: Array
    refused: Array
    bypassed: Array
    failed: Array
    delay: Array
    noise: Array
    settlement: Settlement


Arrays = TypeVar("Arrays", Outcome, Snapshot, Settlement, Flows)


def joined(parts: Sequence[Arrays]) -> Arrays:
    """What months have, of E draws each, as one long table: month-major rows, M * E."""
    columns: dict[str, Any] = {}
    for field in fields(parts[0]):
        column = [getattr(part, field.name) for part in parts]
        columns[field.name] = joined(column) if is_dataclass(column[0]) else np.concatenate(column)
    return type(parts[0])(**columns)


@dataclass(frozen=True)
class Meter:
    """Turns outcomes of months into series.

    statistic : published monthly value of the challenger's system at the start, trn yuan
    base_trade : (E, G) goods trade of groups at the start, both directions, USD bn a year
    base_options : (E, P) value by option at the start, USD bn a month
    """

    world: World
    statistic: float
    base_trade: Array
    base_options: Array

    @classmethod
    def of(cls, world: World, economy: Economy, statistic: float) -> Meter:
        """The meter of an economy."""
        base = economy.base
        options = np.einsum("eul,eulp->ep", base.value, base.mix) / MONTHS_A_YEAR
        return cls(world, statistic, base.value[:, TRADE] @ world.touches, options)

    def series(self, outcome: Outcome, seen: Snapshot) -> Rows:
        """All series, name -> (keys, (E, M, keys)), from rows of months and draws as `joined` makes them."""
        world = self.world
        by_purpose = np.ones(outcome.settled.shape[2]) @ outcome.settled  # over long axes several times as fast as sum
        by_option = by_purpose[:, TRADE] + by_purpose[:, FINANCE]
        visible = observation.visible_value(world, by_option, seen.block * seen.growth / MONTHS_A_YEAR)
        tracker = observation.tracker_shares(visible, seen.coverage, outcome.noise)
        rows: Rows = {"tracker_share": (world.currencies, observation.published(tracker))}
        rows["delay_hours"] = (tuple(option.name for option in world.options), outcome.delay)
        rows |= self._currencies(by_purpose, by_option)
        rows |= self._networks(by_option)
        rows |= self._systems(outcome)
        rows |= self._groups(outcome, seen)
        rows |= self._directions(outcome)
        rows |= self._parts(by_option, visible, outcome.noise, seen)
        rows |= self._china(outcome, by_option, seen)
        return {name: (keys, self._by_month(values).swapaxes(0, 1)) for name, (keys, values) in rows.items()}

    def _by_month(self, values: Array) -> Array:
        """Rows (M * E, ...) as (M, E, ...)."""
        return values.reshape(-1, len(self.base_trade), *values.shape[1:])

    def _over_first(self, values: Array) -> Array:
        """Values (M * E, ...) over those of the same draw in the first month."""
        by_month = self._by_month(values)
        return _over(by_month, by_month[:1]).reshape(values.shape)

    def _currencies(self, by_purpose: Array, by_option: Array) -> Rows:
        world = self.world
        values = {
            "true_share": by_option,
            "true_share_trade": by_purpose[:, TRADE],
            "true_share_finance": by_purpose[:, FINANCE],
        }
        rows = {name: (world.currencies, _shares(value @ world.nest)) for name, value in values.items()}
        return rows | {"settled_value": (world.currencies, by_option @ world.nest)}

    def _networks(self, by_option: Array) -> Rows:
        world = self.world
        message = np.zeros((len(world.options), len(world.networks)))
        for p, option in enumerate(world.options):
            message[p, list(option.message)] = 1.0
        return {
            "message_share": (world.networks, _shares(by_option @ message)),
            "settlement_share": (world.systems, _shares(by_option @ world.option_systems)),
        }

    def _systems(self, outcome: Outcome) -> Rows:
        found = outcome.settlement
        values = {
            "settlement_load": found.load,
            "liquidity_held": found.held,
            "liquidity_used": found.used,
            "turnover_ratio": _over(found.load * (1.0 - found.unsettled), found.used),
            "unsettled_share": found.unsettled,
            "waiting_hours": found.waiting,
            "queued_share": found.queued,
            "outside_measured": found.outside,
        }
        return {name: (self.world.systems, value) for name, value in values.items()}

    def _groups(self, outcome: Outcome, seen: Snapshot) -> Rows:
        world = self.world
        paid = (outcome.settled.reshape(-1, len(world.options)) @ np.ones(len(world.options))).reshape(seen.tau.shape)
        due = paid.sum(1) + (outcome.bypassed + outcome.failed).sum(1)
        contracted = due @ world.touches
        rows: Rows = {}
        for name in ("blocked", "refused", "bypassed", "failed"):
            rows[f"{name}_share"] = (world.groups, _over(getattr(outcome, name).sum(1) @ world.touches, contracted))
        start = np.tile(self.base_trade, (len(seen.growth) // len(self.base_trade), 1))
        base = start * seen.growth[:, None] / MONTHS_A_YEAR
        carried = paid[:, TRADE] + outcome.bypassed[:, TRADE]
        rows["trade_index"] = (world.groups, _over(carried @ world.touches, base))
        rows["trade_demand"] = (world.groups, _over(outcome.contracted[:, TRADE] @ world.touches, base))
        rows["cost_bp"] = (world.groups, _over(self._cost(outcome, paid, seen) @ world.touches, contracted))
        rows["cips_member_weight"] = (world.groups, group_weight(world, seen.members, seen.weight))
        rows["native_messaging_share"] = (world.groups, group_weight(world, seen.natives, seen.weight))
        return rows

    def _directions(self, outcome: Outcome) -> Rows:
        """Currencies of a group's exports and of its imports, for groups whose two directions differ at the start.

        The key is the group and the currency, ``RUS/CNY``. Trade inside a group belongs to neither direction.
        """
        world = self.world
        watched = np.flatnonzero(world.directional)
        if not watched.size:
            return {}
        keys = tuple(f"{world.groups[g]}/{currency}" for g in watched for currency in world.currencies)
        goods, abroad = outcome.settled[:, TRADE] @ world.nest, world.payer != world.payee
        rows: Rows = {}
        for name, side in (("export_share", world.payer), ("import_share", world.payee)):
            own = (side[None] == watched[:, None]) & abroad
            value = np.einsum("elc,gl->egc", goods, own.astype(np.float64))
            rows[name] = (keys, _shares(value).reshape(len(value), -1))
        return rows

    def _cost(self, outcome: Outcome, paid: Array, seen: Snapshot) -> Array:
        """Cost of a month's payments over the base, value times bp, (E, L): tau on what is paid, the bypass's price.

        paid : (E, 2, L)
        """
        bypass = seen.bypass_cost[:, None, None] * outcome.bypassed
        return np.asarray((seen.tau * paid + bypass).sum(1))

    def _china(self, outcome: Outcome, by_option: Array, seen: Snapshot) -> Rows:
        world = self.world
        rows: Rows = {}
        cips = world.uses_challenger.astype(np.float64)
        start = np.tile(self.base_options @ cips, len(by_option) // len(self.base_options))
        rows["cips_value"] = (("",), (self.statistic * _over(by_option @ cips, start))[:, None])
        if world.participants.size:
            grown = self._over_first(group_weight(world, seen.members, seen.weight))
            rows["cips_participants"] = (("",), np.nansum(world.participants * grown, axis=1, keepdims=True))
        if world.anchor is not None:
            group, yuan = world.anchor
            touching = world.touches[:, group] * (world.payer != world.payee)
            trade = np.einsum("elp,l->ep", outcome.settled[:, TRADE], touching) @ world.nest
            rows["china_trade_rmb_share"] = ((world.groups[group],), _shares(trade)[:, [yuan]])
        return rows

    def _parts(self, by_option: Array, visible: Array, noise: Array, seen: Snapshot) -> Rows:
        now = observation.sight(self.world, by_option, visible, seen.coverage, noise)
        if now is None:
            return {}
        before, after = (_months(now, self._by_month, months) for months in (slice(None, -1), slice(1, None)))
        flows = [self._by_month(flow)[1:] for flow in (seen.flows.message, seen.flows.clearing)]
        changes = observation.tracker_parts(before, after, *flows)
        steps = np.stack([changes[part] for part in observation.PARTS], axis=-1)
        moved = np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps, axis=0)])
        return {"tracker_part": (observation.PARTS, moved.reshape(-1, len(observation.PARTS)))}


def _months(sight: observation.Sight, by_month: Callable[[Array], Array], months: slice) -> observation.Sight:
    """Some of the months of a sight, (M, E)."""
    routes = {f.name: by_month(getattr(sight.routes, f.name))[months] for f in fields(observation.YuanRoutes)}
    rest = {f.name: by_month(getattr(sight, f.name))[months] for f in fields(observation.Sight) if f.name != "routes"}
    return observation.Sight(routes=observation.YuanRoutes(**routes), **rest)


def _shares(values: Array) -> Array:
    return np.asarray(values / np.maximum(values.sum(-1, keepdims=True), TINY))


def _over(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0.0, part / whole, np.nan))
