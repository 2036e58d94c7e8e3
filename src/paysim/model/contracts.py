"""Contracts: which options they name, which of them are blocked, what is paid, and how they are made anew.

A contract names an option. When banks lose what the option needs, part of the contracts is *blocked*; they wait,
are paid through a bypass, or fail, and are made anew with an inertia of their own. Live and blocked contracts are
kept apart, because a new contract is made by banks that are able to use it: with one stock for both, as a plain
reading of the specification has it, new contracts would be blocked again by a cut that left part of the banks alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from paysim.model import contracts_kernel
from paysim.model.base import TINY
from paysim.model.choice import Choice
from paysim.model.classes import PairClasses
from paysim.model.parameters import Parameters, Rules
from paysim.model.state import Policy
from paysim.model.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ahead:
    """Live contracts that are ahead of an announced change: it blocks none of them, for who had to leave them has.

    live : (E, 2, L, P) part of a corridor's contracts
    ratio : (E, L, P) share of each option's original contracts that bans leave alone now and after the change
    """

    live: Array
    ratio: Array

    def kept(self, ratio: Array) -> Array:
        """What a live ratio leaves of these contracts: they lose only what was not announced, (E, 2, L, P)."""
        return self.live * _kept(self.ratio, ratio)[:, None]


@dataclass
class Contracts:
    """Shares of a corridor's contracts by option, live and blocked, (E, 2, L, P); together they sum to 1.

    ratio : (E, L, P) share of each option's original contracts that bans leave alone
    ahead : part of the live contracts, in a month with an announced change: that change will not block them
    """

    live: Array
    blocked: Array
    ratio: Array
    ahead: Ahead | None = None

    @classmethod
    def at_base(cls, mix: Array) -> Contracts:
        """Every contract live."""
        return cls(mix.copy(), np.zeros_like(mix), np.ones((mix.shape[0], mix.shape[2], mix.shape[3])))

    def copy(self) -> Contracts:
        """An independent copy."""
        return Contracts(self.live.copy(), self.blocked.copy(), self.ratio.copy(), self.ahead)

    def kept(self, ratio: Array) -> Array:
        """Share of each option's live contracts, (E, L, P), that a new live ratio leaves alone."""
        return _kept(self.ratio, ratio)

    def lost(self, ratio: Array) -> Array:
        """Live contracts that a new live ratio blocks, (E, 2, L, P)."""
        if self.ahead is None:
            return self.live * (1.0 - self.kept(ratio))[:, None]
        unprepared = (self.live - self.ahead.live) * (1.0 - self.kept(ratio))[:, None]
        return unprepared + self.ahead.live - self.ahead.kept(ratio)


def _kept(before: Array, after: Array) -> Array:
    """Share of what a live ratio leaves alone that a later one leaves alone too, at most 1."""
    return np.where(before > 0.0, np.minimum(after / np.maximum(before, TINY), 1.0), 1.0)


def allowed_options(world: World, policy: Policy) -> Array:
    """1 where a pair of groups may use an option at all, (L, P): pairwise bars and closed hubs make it 0."""
    groups = len(world.groups)
    allowed = np.ones((groups, groups, len(world.options)))
    for p, option in enumerate(world.options):
        if option.hub >= 0:
            hub = int(world.hub_groups[option.hub])
            wide, challenger = world.payment_networks
            members = world.banks.group == hub
            reach = 1.0 - float((policy.cut[members, wide] * world.banks.weight[members]).sum())
            open_ = policy.hub_open[option.hub] * (reach > 0.0)
            cut = np.maximum.reduceat(policy.cut[:, wide], world.banks.first) > 0.0
            first = np.where(cut, 1.0 - policy.pair_barred[:, hub, challenger], 0.0)  # the cut side's leg to the hub
            someone = cut[:, None] | cut[None, :]
            allowed[..., p] = open_ * np.where(someone, np.maximum(first[:, None], first[None, :]), 1.0)
            continue
        for network in {network for network, _ in option.needs}:
            allowed[..., p] *= 1.0 - policy.pair_barred[..., network]
    return allowed.reshape(groups * groups, -1)


def live_ratio(world: World, classes: PairClasses, weight: Array, allowed: Array) -> Array:
    """Pair weight able to use an option with bans over the same without, (E, L, P); 0/0 = 0, open hubs 1."""
    draws, corridors, _ = weight.shape
    ratio = np.empty((draws, corridors, len(world.options)))
    contracts_kernel.live_ratio(
        weight, allowed, classes.live_mask, classes.base_mask, classes.base_of, world.option_hub, ratio
    )
    return ratio


def feasibility_changes(world: World, contracts: Contracts, ratio: Array) -> None:
    """Block or reopen contracts as the live ratio of their options changes; hub contracts become direct again."""
    ahead, reopened = contracts.ahead, np.empty_like(ratio)
    lost = None if ahead is None else contracts.lost(ratio)
    contracts_kernel.block_and_reopen(contracts.ratio, ratio, lost, contracts.live, contracts.blocked, reopened)
    for p in np.flatnonzero(world.option_hub >= 0):
        share = reopened[:, None, :, world.direct[p]]
        for stock in (contracts.live, contracts.blocked):
            contracts.live[..., world.direct[p]] += stock[..., p] * share
            stock[..., p] *= 1.0 - share
    contracts.ratio = ratio
    if ahead is not None:
        contracts.ahead = Ahead(np.minimum(ahead.kept(ratio), contracts.live), np.minimum(ahead.ratio, ratio))


def refusal(parameters: Parameters, policy: Policy) -> Array:
    """Share of payments that banks refuse out of fear (overcompliance), (E, L), on any route, below 1."""
    shock = policy.refusal_shock.reshape(-1) * parameters.refusal_shock[:, None]
    later = policy.refusal_later.reshape(-1) * parameters.refusal_later[:, None]
    return np.asarray(np.minimum(shock + later, 1.0 - 1e-9))


@dataclass(frozen=True)
class Payment:
    """What became of a month's contracts, shares of the corridor's contracted value.

    paid : (E, 2, L, P) paid by option; blocked, refused, bypassed, failed : (E, 2, L).
    """

    paid: Array
    blocked: Array
    refused: Array
    bypassed: Array
    failed: Array

    def scaled(self, factor: Array | float) -> Payment:
        """The fate of a part of the month; factor : one number, or by corridor, (L,)."""
        by_option = np.asarray(factor)[..., None]
        rest = (getattr(self, f.name) * factor for f in fields(self) if f.name != "paid")
        return Payment(self.paid * by_option, *rest)

    def __add__(self, other: Payment) -> Payment:
        return Payment(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def pay(parameters: Parameters, contracts: Contracts, refused: Array, capacity: Array) -> Payment:
    """Pay what is live and not refused; of the rest the bypass share goes other ways and what remains fails.

    refused : (E, L); capacity : (E, P) share of an option's value that its hub can carry (1 without a limit).
    """
    paid, rest = np.empty_like(contracts.live), np.empty((4, *contracts.live.shape[:3]))
    bypass = parameters.bypass_share
    contracts_kernel.pay(contracts.live, contracts.blocked, refused, capacity, bypass, paid, *rest)
    return Payment(paid, *rest)


def hub_capacity(world: World, policy: Policy, contracts: Contracts, value: Array) -> Array:
    """Share of each option's value that can be carried, min(1, capacity / demand), (E, P); value is (E, 2, L)."""
    carried = np.ones((len(value), len(world.options)))
    for h in range(len(world.hubs)):
        options = world.option_hub == h
        demand = np.einsum("eul,eulp->e", value, contracts.live[..., options])
        limit = np.where(demand > 0.0, np.minimum(1.0, policy.hub_capacity[h] / np.maximum(demand, TINY)), 1.0)
        carried[:, options] = limit[:, None]
    return carried


def recontract(contracts: Contracts, choice: Choice, normal: Array, crisis: Array) -> None:
    """Make contracts anew: live ones with inertia ``normal``, blocked ones with ``crisis``, both (E,).

    Blocked contracts between banks that have no option left stay blocked, and nothing moves on a corridor where no
    class of banks has any.
    """
    after, still = np.empty((2, *contracts.live.shape))
    contracts_kernel.recontract(
        contracts.live, contracts.blocked, choice.share, choice.stranded, normal, crisis, after, still
    )
    contracts.live, contracts.blocked, contracts.ahead = after, still, None


def losing_weight(
    classes: PairClasses, before: tuple[Array, Array], after: tuple[Array, Array], falling: NDArray[np.bool_]
) -> Array:
    """Weight of the pairs of banks that a change deprives of an option, by their class after it, (E, L, K).

    before, after : weights of classes, (E, L, K), and allowed options, (L, P); falling : (E, L, P) options whose live
    ratio falls. Where an option is closed to a corridor all pairs that used it lose it; otherwise those do by whom a
    class without a falling option grows.
    """
    lacking = (classes.base_mask[classes.base_of] & ~classes.live_mask).astype(np.float64)
    grown = np.where(falling @ lacking.T > 0.0, np.maximum(after[0] - before[0], 0.0), 0.0)
    closed = (after[1] < before[1]).astype(np.float64) @ classes.live_mask.T.astype(np.float64) > 0.0
    return np.where(closed, after[0], grown)


def move_doomed(contracts: Contracts, ratio: Array, choice: Choice, moved: Array) -> None:
    """In the notice period, move the share ``moved`` (E,) of contracts that the announced change will block.

    ratio : (E, L, P) live ratio after the change; choice : what the pairs that lose an option by it choose under the
    rules after it. Contracts of banks that will have no option left do not move. What has moved, and its part of the
    contracts that it left behind in the same options, is ahead of the change and not blocked when it comes.
    """
    doomed = contracts.lost(ratio)
    total = doomed.sum(-1)
    movable = np.maximum(total - choice.stranded, 0.0) * (choice.share.sum(-1) > 0.0)
    leaving = moved[:, None, None] * movable
    part = (leaving / np.maximum(total, TINY))[..., None]
    arriving = leaving[..., None] * choice.share
    ahead = contracts.ahead
    unprepared = contracts.live if ahead is None else contracts.live - ahead.live
    staying = part * unprepared * contracts.kept(ratio)[:, None] + (0.0 if ahead is None else ahead.kept(ratio))
    contracts.live = contracts.live - doomed * part
    contracts.live += arriving
    contracts.ahead = Ahead(staying + arriving, np.minimum(contracts.ratio, ratio))


def inertias(parameters: Parameters, rules: Rules) -> tuple[Array, Array]:
    """Monthly inertia of normal and of blocked contracts, (E,) each; none at all where contracts adapt at once."""
    if rules.immediate:
        return np.zeros(parameters.draws), np.zeros(parameters.draws)
    return parameters.inertia, parameters.crisis_inertia


def shift_demand(world: World, contracts: Contracts, step: Array) -> None:
    """Let latent demand (E, C), log-odds, multiply the odds of currencies in all contracts of a corridor."""
    contracts_kernel.shift(np.exp(step)[:, world.option_currency], contracts.live, contracts.blocked)
