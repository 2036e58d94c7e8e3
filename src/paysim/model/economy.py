"""The economy of a world, month by month: the one place where the rooms of the model are put together.

Both engines use it. The order of a month is fixed: feasibility, payment, observation, depth, beliefs, choice, new
contracts, latent demand, steering, volumes, memberships. Whatever is decided in a month takes effect in the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paysim.model import beliefs, contracts, decrees, joining, joining_kernel, steering, trade, trade_kernel
from paysim.model.base import TINY, Base, fill_banks, start_memberships
from paysim.model.choice import Choice, attraction, choose, tilted, utilities, value_shares
from paysim.model.classes import PairClasses, base_weights, pair_weights, type_weights
from paysim.model.parameters import Parameters, Rules
from paysim.model.ruling import Luck, Ruling, Switches
from paysim.model.state import Policy
from paysim.model.units import DAYS_A_MONTH, MONTHS_A_YEAR
from paysim.model.world import FINANCE, TRADE, World

Array = NDArray[np.float64]


@dataclass
class Flows:
    """Steering of the past month, shares of the yuan's contracts: (E,) each."""

    message: Array
    clearing: Array


class Economy:
    """State of a world and the rules by which it changes (E draws; see `paysim.model.world` for the other axes).

    volume : (E, 2, L) contracted value over its base without diversion; diverted : (E, L) USD bn a year
    depth : (E, C) average of currency shares over base shares; belief : (E, G); latent : (E, C)
    member, native : (E, N, M); weight : (E, N); left_cut : (E, N, M) share of a cut's customers still there
    mandated : (L, C) share of goods contracts that a decree has put into a currency; demand, open : (L,) factors of
    policy on goods trade in the month, on what is wanted and on all that is traded
    taxed : (E, L) the part of `volume` that is the work of tariffs on goods
    delay, queueing : (E, P) days by which an option takes longer than at the start: as felt on the whole, and for want
    of liquidity; rejected : (E, G, P) change of the share that comes back unsettled, of what a group sends
    """

    def __init__(
        self,
        world: World,
        classes: PairClasses,
        parameters: Parameters,
        base: Base,
        gamma: Array,
        rules: Rules,
        switches: Switches,
    ) -> None:
        self.world, self.classes, self.parameters, self.base = world, classes, parameters, base
        self.gamma, self.rules, self.switches = gamma, rules, switches
        draws, count = parameters.draws, len(world.currencies)
        self.contracts = contracts.Contracts.at_base(base.mix)
        self.volume = np.ones((draws, 2, len(world.payer)))
        self.diverted = np.zeros((draws, len(world.payer)))
        self.depth = np.zeros((draws, count)) if rules.depth == "linear" else np.ones((draws, count))
        self.belief = np.zeros((draws, len(world.groups)))
        self.latent = np.zeros((draws, count))
        self.weight = np.repeat(world.banks.weight[None], draws, axis=0)
        self.member, self.native = start_memberships(world, parameters)
        self.left_cut = np.ones((draws, len(world.banks.group), len(world.networks)))
        self.route = base.route
        self.growth = np.ones(draws)
        self.delay, self.queueing = np.zeros((2, draws, len(world.options)))
        self.rejected = np.zeros((draws, len(world.groups), len(world.options)))
        self.steered = Flows(np.zeros(draws), np.zeros(draws))
        self.mandated = np.zeros((len(world.payer), count))
        self.demand, self.open = np.ones((2, len(world.payer)))
        self.taxed = np.ones((draws, len(world.payer)))
        self.shocks = np.zeros(len(world.groups))
        self._tilt_base()
        self.policy = Policy.base(world)
        self._ruling_of: tuple[Policy, Ruling] | None = None
        self.set_policy(self.policy)

    # --- what is possible -------------------------------------------------------------------------------------

    def set_policy(self, policy: Policy) -> None:
        """Put a policy into force: block and reopen contracts at once."""
        self.left_cut = joining.left_of_cut(self.left_cut, self.policy.cut, policy.cut)
        self.policy = policy
        self.class_weight, self.allowed, self.refused, ratio = self._feasibility(policy)
        contracts.feasibility_changes(self.world, self.contracts, ratio)

    def cut_now(self, policy: Policy) -> Array:
        """Shares of banks' customers that a policy cuts from each network, (E, N, M), following on the one in force.

        Those who moved away are left out, as long as what they moved to is connected.
        """
        return policy.cut * joining.left_of_cut(self.left_cut, self.policy.cut, policy.cut)

    def _feasibility(self, policy: Policy) -> tuple[Array, Array, Array, Array]:
        types = type_weights(
            self.world, self.classes, self.weight, self.member, self.native, self.cut_now(policy), policy.barred
        )
        weight, ruling = pair_weights(self.classes, types), self.ruling(policy)
        ratio = contracts.live_ratio(self.world, self.classes, weight, ruling.allowed)
        return weight, ruling.allowed, ruling.refused, ratio

    def ruling(self, policy: Policy) -> Ruling:
        """What follows from a policy; remembered as long as it is the last one asked for and nobody can edit it."""
        if self._ruling_of is not None and policy is self._ruling_of[0] and policy.frozen:
            return self._ruling_of[1]
        self._ruling_of = (policy, Ruling.of(self.world, self.parameters, self.base, policy))
        return self._ruling_of[1]

    # --- value and payment ------------------------------------------------------------------------------------

    def value(self) -> Array:
        """Contracted value a year, (E, 2, L), USD bn."""
        value, base = np.empty_like(self.volume), self.base.value
        trade_kernel.contracted(base, self.growth, self.volume, self.diverted, self.demand, self.open, value)
        return value

    def hub_capacity(self) -> Array:
        """Share of each option's value that its hub can carry, (E, P)."""
        if not self.world.hubs:
            return np.ones((self.parameters.draws, len(self.world.options)))
        return contracts.hub_capacity(self.world, self.policy, self.contracts, self.value())

    def pay(self) -> contracts.Payment:
        """What becomes of contracts under the policy in force."""
        return contracts.pay(self.parameters, self.contracts, self.refused, self.hub_capacity())

    # --- choice -----------------------------------------------------------------------------------------------

    def choose(self, policy: Policy, weight: Array, allowed: Array, refused: Array) -> Choice:
        """What new contracts choose under a policy and given feasibility."""
        delay = self.delay + self.queueing
        utility = utilities(self.world, self.parameters, policy, self.belief, delay, self.rejected, refused)
        current, base = None, self.base
        if self.parameters.local_complementarity.any():
            current = (self.contracts.live + self.contracts.blocked) @ self.world.nest
        plain = attraction(self.parameters, self.rules, self.gamma, self.depth, base.share, current)
        latent = plain
        if self.tilted_share is not base.share:
            latent = attraction(self.parameters, self.rules, self.gamma, self.depth, self.tilted_share, current)
        route = decrees.opened_routes(self.world, self.classes, self.route, policy)
        factor = base.class_factor
        made = choose(self.world, self.classes, self.parameters, route, allowed, weight, utility, latent, plain, factor)
        return decrees.follow(self.world, self.classes, policy, made, weight, allowed)

    def price(self) -> Array:
        """What new contracts would cost over the base under the policy in force, (E, 2, L) bp."""
        return self.choose(self.policy, self.class_weight, self.allowed, self.refused).cost

    def give_notice(self, policy: Policy, days: float) -> None:
        """Let contracts that an announced policy will block move during the notice period."""
        weight, allowed, refused, ratio = self._feasibility(policy)
        before, falling = self._feasibility(self.policy)[0], self.contracts.kept(ratio) < 1.0
        losing = contracts.losing_weight(self.classes, (before, self.allowed), (weight, allowed), falling)
        choice = self.choose(policy, losing, allowed, refused)
        _, crisis = contracts.inertias(self.parameters, self.rules)
        contracts.move_doomed(self.contracts, ratio, choice, 1.0 - crisis ** (days / DAYS_A_MONTH))

    def adapt(self) -> Choice:
        """Choose, and make contracts anew."""
        self.choice = self.choose(self.policy, self.class_weight, self.allowed, self.refused)
        self._obey(self.choice)
        contracts.recontract(self.contracts, self.choice, *contracts.inertias(self.parameters, self.rules))
        return self.choice

    def open_month(self) -> None:
        """What orders do at the tick that opens a month, and what adapts at once in the immediate limit.

        Contracts and volumes change at ticks only, so an order that comes inside a month waits for the next one.
        """
        policy = self.policy
        self.demand, self.open = policy.demand.flatten(), 1.0 - policy.banned.flatten()
        if not np.array_equal(decrees.mandated(policy), self.mandated):
            self._obey(self.choose(policy, self.class_weight, self.allowed, self.refused))
        choice = self.adapt() if self.rules.immediate else None
        if np.isfinite(policy.cap).any():
            decrees.ration(self.world, self.contracts, self.base, self.value(), self.growth, policy)
        if choice is not None:
            payment = self.pay()
            self.volume = self._wanted(choice, payment.blocked + payment.refused)

    def _obey(self, choice: Choice) -> None:
        """Write contracts anew as decrees have grown since they were last obeyed."""
        after = decrees.mandated(self.policy)
        if (after > self.mandated).any():
            decrees.convert(self.world, self.contracts, self.mandated, after, choice)
        self.mandated = after

    def _wanted(self, choice: Choice, unpaid: Array) -> Array:
        """Volume over its base that payers want at the cost of now, tariffs included, (E, 2, L)."""
        wanted = trade.desired(self.parameters, choice.cost, unpaid)
        if self.policy.uses("tariff"):
            wanted[:, TRADE] *= trade.taxed(self.parameters, self.policy)
        return wanted

    # --- the end of a month -----------------------------------------------------------------------------------

    def end_month(self, month: int, paid: Array, unpaid: Array, failed: Array, luck: Luck) -> None:
        """Everything that follows from a month's payments and takes effect in the next.

        paid : (E, P) value by option that was paid (mean field) or settled (events); unpaid, failed : (E, 2, L)
        shares of the month's contracts that were not paid, and that found no other way.
        """
        self._update_depth(paid)
        shocks = np.maximum(self.policy.shocks - self.shocks, 0.0)
        self.shocks = self.policy.shocks.copy()
        self.belief = beliefs.update(self.parameters, self.belief, self.world.alignment, shocks)
        choice = self.adapt()
        self._update_latent(luck)
        self._steer()
        self._update_volume(choice, unpaid, failed)
        self._update_banks(month, choice, luck)
        self.growth = (1.0 + self.parameters.growth) ** ((month + 1) / MONTHS_A_YEAR)

    def _update_depth(self, paid: Array) -> None:
        currency = paid @ self.world.nest
        total = currency.sum(1, keepdims=True)
        start = self.start_share
        share = np.where(total > 0.0, currency / np.maximum(total, TINY), start)
        now = share - start if self.rules.depth == "linear" else share / start
        kept = self.depth_kept
        self.depth = kept * self.depth + (1.0 - kept) * now

    @cached_property
    def depth_kept(self) -> Array:
        """Share of the average behind depth that is kept from month to month, (E, 1)."""
        half_life = self.parameters.depth_half_life[:, None]
        return np.where(half_life > 0.0, 0.5 ** (DAYS_A_MONTH / np.maximum(half_life, 1e-12)), 0.0)

    def _update_latent(self, luck: Luck) -> None:
        step = self.policy.drift + (np.zeros((self.parameters.draws, 1)) if luck.latent is None else luck.latent)
        if not step.any():
            return
        decrees.shift(self.world, self.contracts, step, self.policy)
        self.latent = self.latent + step
        self._tilt_base()

    def _tilt_base(self) -> None:
        """Currency shares of the base under latent demand: by corridor, and of all value."""
        self.tilted_share = tilted(self.base.share, self.latent)
        self.start_share = value_shares(self.base.value, self.tilted_share)

    def _steer(self) -> None:
        policy = self.policy
        if not (policy.steering_message or policy.steering_clearing):
            self.steered = Flows(np.zeros(self.parameters.draws), np.zeros(self.parameters.draws))
            return
        mean = np.einsum("elk,elkp->elp", self._base_weight(), self.route)
        self.member, self.native = steering.enable_partners(
            self.world,
            policy,
            self.weight,
            self.member,
            self.native,
            mean,
            self.switches.joining,
            self.switches.enabling,
        )
        done = steering.steer(self.world, self.classes, policy, self.contracts, self.route, mean, self._base_weight())
        self.route = done.route
        value = self.value()
        yuan = self.world.option_currency == self.world.anchor[1] if self.world.anchor else []
        shares = (self.contracts.live + self.contracts.blocked)[..., yuan].sum(-1)
        total = np.einsum("eul,eul->e", value, shares)
        self.steered = Flows(
            np.einsum("eul,eul->e", value, done.message) / total, np.einsum("eul,eul->e", value, done.clearing) / total
        )

    def _base_weight(self) -> Array:
        """Weights of the base classes with the memberships of now and without bans, (E, L, K0)."""
        world = self.world
        barred = np.zeros((len(world.banks.group), len(world.bar_patterns)))
        barred[:, 0] = 1.0
        none = np.zeros((len(world.banks.group), len(world.networks)))
        types = type_weights(world, self.classes, self.weight, self.member, self.native, none, barred)
        return base_weights(self.classes, pair_weights(self.classes, types))

    def _update_volume(self, choice: Choice, unpaid: Array, failed: Array) -> None:
        policy, parameters, cost = self.policy, self.parameters, choice.cost[:, TRADE]
        wanted, tax = self._wanted(choice, unpaid), trade.taxed(parameters, policy)
        self.volume = trade.adjust(parameters, self.volume, wanted, self.rules.immediate)
        self.taxed = trade.adjust(parameters, self.taxed[:, None], tax[:, None], self.rules.immediate)[:, 0]
        base, failing = self.base.value[:, TRADE] * self.growth[:, None], failed[:, TRADE]
        asked = wanted[:, TRADE] / tax * self.taxed
        lost, sought = trade.lost_trade(policy, base, asked, failing * self.value()[:, TRADE])
        pull = base * policy.demand.reshape(-1) * tax
        self.diverted = trade.divert(self.world, parameters, lost, cost, failing, pull, sought)

    def _update_banks(self, month: int, choice: Choice, luck: Luck) -> None:
        world, parameters, switches = self.world, self.parameters, self.switches
        policy, ruling = self.policy, self.ruling(self.policy)
        (wide, challenger), group = world.payment_networks, world.banks.group
        if switches.switching:
            cut, left = policy.cut[:, wide], self.left_cut[..., wide]
            rate = joining.switching_rate(parameters, policy)
            self.weight, self.left_cut[..., wide] = joining.switch_banks(world, rate, self.weight, cut, left)
        joins = leaves = enables = None
        if switches.joining.any():
            reached = joining.reach(world, self.weight, self.member, challenger)
            join = joining.joining_probability(parameters, policy, reached, self._saving(choice))
            joins = _happens((join * switches.joining)[:, group], luck.joins)
            leaves = _happens((ruling.leaving * switches.joining)[:, group], luck.leaves)
        if switches.enabling.any():
            enables = _happens((ruling.enabling * switches.enabling)[:, group], luck.enables)
        if joins is not None or enables is not None:
            self.member, self.native = self.member.copy(), self.native.copy()
            joining_kernel.join(challenger, joins, leaves, enables, self.member, self.native)
        self.follow_paths(month + 1)

    def follow_paths(self, month: int) -> None:
        """Set prescribed memberships of a month."""
        world, switches = self.world, self.switches
        if not switches.prescribed or month >= len(switches.member_path):
            return
        challenger, group = world.payment_networks[1], world.banks.group
        for name, path in (("member", switches.member_path), ("native", switches.native_path)):
            wanted = path[month]
            given = ~np.isnan(wanted)
            if not given.any():
                continue
            weights = np.zeros((1, len(world.groups), len(world.networks)))
            weights[..., challenger] = np.where(given, wanted, 0.0)
            filled = fill_banks(world, weights, self.weight)[..., challenger]
            banks = getattr(self, name)
            banks[..., challenger] = np.where(given[group], filled, banks[..., challenger])
        self.native = np.minimum(self.native, self.member)

    def _saving(self, choice: Choice) -> Array:
        """What membership is worth to a group's payers at present, (E, G), bp.

        The saving in tau, at most the cost of the bypass, and the exposure to a freeze that payments in the
        challenger's currency avoid. Membership is taken to cost nothing more than at the start.
        """
        saved = np.empty(self.class_weight.shape[:2])
        cost, most = np.ascontiguousarray(choice.class_cost), self.parameters.bypass_cost
        joining_kernel.saving(self.class_weight, cost, most, self.member_classes, saved)
        value, total = self.base_value
        avoided = self.belief * self.parameters.loss_given_freeze[:, None] * self.ruling(self.policy).feared_share
        return np.asarray((value * saved) @ self.world.touches / total + avoided)

    @cached_property
    def base_value(self) -> tuple[Array, Array]:
        """Value at the start of both purposes, USD bn a year, by corridor, (E, L), and by group, (E, G)."""
        value = self.base.value[:, TRADE] + self.base.value[:, FINANCE]
        return value, np.maximum(value @ self.world.touches, TINY)

    @cached_property
    def member_classes(self) -> NDArray[np.bool_]:
        """Classes with a route through the challenger's network, (K,)."""
        uses = self.world.uses_challenger
        return np.asarray(self.classes.base_mask[self.classes.base_of][:, uses].any(axis=1))


def _happens(probability: Array, luck: Array | None) -> Array:
    """The probability itself in the mean, or 1 where the luck of a bank is below it."""
    return probability if luck is None else (luck < probability).astype(np.float64)
