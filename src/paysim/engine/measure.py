"""The series of one month, computed from what was paid; both engines use it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paysim.model import observation
from paysim.model.economy import Economy, Flows
from paysim.model.world import FINANCE, TRADE, World

Array = NDArray[np.float64]

MONTHS_A_YEAR = 12.0
Rows = dict[str, tuple[tuple[str, ...], Array]]


@dataclass(frozen=True)
class Snapshot:
    """What must be remembered of an economy at the end of a month, beside its payments.

    members, natives : (E, G) bank weight on the challenger's network and with its messages, in the month
    coverage : (C,) of the tracker; growth : (E,) of value since the start; block : (E,) payments inside the euro area
    at the start, USD bn a year; tau : (E, 2, L) cost over the base, bp; bypass_cost : (E,) bp
    flows : steering that took effect at the beginning of the month
    """

    members: Array
    natives: Array
    coverage: Array
    growth: Array
    block: Array
    tau: Array
    bypass_cost: Array
    flows: Flows


def snapshot(economy: Economy) -> Snapshot:
    """Remember an economy during a month; ``tau`` is known once the month has ended (`Snapshot.with_cost`)."""
    return Snapshot(
        members=group_weight(economy.world, economy.member, economy.weight),
        natives=group_weight(economy.world, economy.native, economy.weight),
        coverage=economy.policy.coverage,
        growth=economy.growth,
        block=economy.base.euro_block,
        tau=np.zeros_like(economy.volume),
        bypass_cost=economy.parameters.bypass_cost,
        flows=economy.steered,
    )


def at_end(before: Snapshot, economy: Economy) -> Snapshot:
    """Complete a month's snapshot with what is known only at its end."""
    return replace(before, tau=economy.choice.cost, coverage=economy.policy.coverage)


def group_weight(world: World, share: Array, weight: Array) -> Array:
    """Weight of a group's banks on the challenger's network, (E, G); share is (E, N, M), weight (E, N)."""
    return np.asarray(np.add.reduceat(weight * share[..., world.payment_networks[1]], world.banks.first, axis=1))


@dataclass(frozen=True)
class Outcome:
    """What became of a month's value, USD bn in the month.

    contracted : (E, 2, L); settled : (E, 2, L, P) by option; blocked, refused, bypassed, failed : (E, 2, L)
    delay : (E, P) hours, nan where nothing was paid; noise : (E, C) of the tracker, log-odds
    """

    contracted: Array
    settled: Array
    blocked: Array
    refused: Array
    bypassed: Array
    failed: Array
    delay: Array
    noise: Array


class Meter:
    """Turns outcomes of months into rows of series; keeps what the tracker's decomposition needs of the past."""

    def __init__(self, world: World, economy: Economy, statistic: float) -> None:
        """``statistic`` is the published monthly value of the challenger's system at the start, trn yuan."""
        self.world, self.statistic = world, statistic
        self.first_cleared: Array | None = None
        self.last_sight: observation.Sight | None = None
        self.parts: dict[str, Array] = {}
        self.members = group_weight(world, economy.member, economy.weight)
        self.base_trade = economy.base.value[:, TRADE] @ world.touches

    def month(self, outcome: Outcome, seen: Snapshot) -> Rows:
        """All series of a month, name -> (keys, (E, keys))."""
        world = self.world
        by_option = outcome.settled.sum((1, 2))
        visible = observation.visible_value(world, by_option, seen.block * seen.growth / MONTHS_A_YEAR)
        tracker = observation.tracker_shares(visible, seen.coverage, outcome.noise)
        rows: Rows = {"tracker_share": (world.currencies, observation.published(tracker))}
        rows["delay_hours"] = (tuple(option.name for option in world.options), outcome.delay)
        rows |= self._currencies(outcome, by_option)
        rows |= self._networks(by_option)
        rows |= self._groups(outcome, seen)
        rows |= self._parts(by_option, visible, outcome.noise, seen)
        return rows | self._china(outcome, by_option, seen)

    def _currencies(self, outcome: Outcome, by_option: Array) -> Rows:
        world = self.world
        values = {
            "true_share": by_option,
            "true_share_trade": outcome.settled[:, TRADE].sum(1),
            "true_share_finance": outcome.settled[:, FINANCE].sum(1),
        }
        rows = {name: (world.currencies, _shares(value @ world.nest)) for name, value in values.items()}
        return rows | {"settled_value": (world.currencies, by_option @ world.nest)}

    def _networks(self, by_option: Array) -> Rows:
        world = self.world
        message, system = (
            np.zeros((len(world.options), len(world.networks))),
            np.zeros((len(world.options), len(world.systems))),
        )
        for p, option in enumerate(world.options):
            message[p, list(option.message)] = 1.0
            system[p, list(option.systems)] = 1.0
        return {
            "message_share": (world.networks, _shares(by_option @ message)),
            "settlement_share": (world.systems, _shares(by_option @ system)),
        }

    def _groups(self, outcome: Outcome, seen: Snapshot) -> Rows:
        world = self.world
        contracted = outcome.contracted.sum(1) @ world.touches
        rows: Rows = {}
        for name in ("blocked", "refused", "bypassed", "failed"):
            rows[f"{name}_share"] = (world.groups, _over(getattr(outcome, name).sum(1) @ world.touches, contracted))
        base = self.base_trade * seen.growth[:, None] / MONTHS_A_YEAR
        carried = outcome.settled[:, TRADE].sum(-1) + outcome.bypassed[:, TRADE]
        rows["trade_index"] = (world.groups, _over(carried @ world.touches, base))
        rows["trade_demand"] = (world.groups, _over(outcome.contracted[:, TRADE] @ world.touches, base))
        rows["cost_bp"] = (world.groups, _over(self._cost(outcome, seen) @ world.touches, contracted))
        rows["cips_member_weight"] = (world.groups, seen.members)
        rows["native_messaging_share"] = (world.groups, seen.natives)
        return rows

    def _cost(self, outcome: Outcome, seen: Snapshot) -> Array:
        """Cost of a month's payments over the base, value times bp, (E, L): tau on what is paid, the bypass's price."""
        bypass = seen.bypass_cost[:, None, None] * outcome.bypassed
        return np.asarray((seen.tau * outcome.settled.sum(-1) + bypass).sum(1))

    def _china(self, outcome: Outcome, by_option: Array, seen: Snapshot) -> Rows:
        world = self.world
        rows: Rows = {}
        cips = np.array([self._clears_in_challenger(p) for p in range(len(world.options))])
        cleared = by_option @ cips
        self.first_cleared = cleared if self.first_cleared is None else self.first_cleared
        rows["cips_value"] = (("",), (self.statistic * _over(cleared, self.first_cleared))[:, None])
        if world.participants.size:
            count = (world.participants * _over(seen.members, self.members)).sum(1, keepdims=True)
            rows["cips_participants"] = (("",), count)
        if world.anchor is not None:
            group, yuan = world.anchor
            touching = world.touches[:, group] * (world.payer != world.payee)
            trade = np.einsum("elp,l->ep", outcome.settled[:, TRADE], touching) @ world.nest
            rows["china_trade_rmb_share"] = ((world.groups[group],), _shares(trade)[:, [yuan]])
        return rows

    def _clears_in_challenger(self, option: int) -> float:
        """1 where an option, or its first leg to a hub, settles in the challenger's system."""
        world = self.world
        if world.options[option].hub >= 0:
            return 1.0
        return float(any(network == world.payment_networks[1] for network, _ in world.options[option].needs))

    def _parts(self, by_option: Array, visible: Array, noise: Array, seen: Snapshot) -> Rows:
        now = observation.sight(self.world, by_option, visible, seen.coverage, noise)
        if now is None:
            return {}
        if self.last_sight is None:
            self.parts = {part: np.zeros(len(by_option)) for part in observation.PARTS}
        else:
            change = observation.tracker_parts(self.last_sight, now, seen.flows.message, seen.flows.clearing)
            self.parts = {part: self.parts[part] + change[part] for part in observation.PARTS}
        self.last_sight = now
        return {"tracker_part": (observation.PARTS, np.stack([self.parts[p] for p in observation.PARTS], axis=1))}


def _shares(values: Array) -> Array:
    return np.asarray(values / np.maximum(values.sum(-1, keepdims=True), 1e-300))


def _over(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0.0, part / whole, np.nan))
