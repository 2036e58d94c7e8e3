"""Contracts once more, slowly and readably: what pairs of banks can do, what is paid, what new contracts choose.

The lower half of `model_twin`, which lives through months.

Live and blocked contracts are two stocks: blocked ones wait, or are made anew by banks that have a way left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf, log
from typing import Any

Policy = Any
World = Any

DAYS_A_MONTH = 30.4
SWIFT, CIPS = 0, 1
TRADE, FINANCE = 0, 1
PURPOSES = (TRADE, FINANCE)


@dataclass(frozen=True)
class Kind:
    """Banks that are alike: level on CIPS (2: with its messages), off SWIFT or not, pattern of barred currencies."""

    level: int
    cut: bool
    pattern: int


Pairs = list[tuple[float, Kind, Kind, tuple[bool, ...]]]


def gone(before: float, after: float) -> float:
    """Share of contracts that a fall of their live ratio blocks."""
    return max(1.0 - after / before, 0.0) if before > 0.0 else 0.0


@dataclass
class Choice:
    """What new contracts on one corridor choose."""

    share: list[list[float]]  # by purpose and option
    cost: list[float]  # by purpose, bp
    stranded: list[float]  # by purpose, weight of pairs with nothing left in a currency that the corridor uses
    pairs: list[tuple[float, bool, float]]  # weight, whether CIPS could be used without bans, cost of trade


@dataclass
class Deals:
    """State of one world; corridors are pairs (g, h)."""

    world: World
    behaviour: dict[str, float]
    gamma: float
    share: dict[tuple[int, int, int], list[float]]  # (purpose, g, h) -> base share by currency
    value: dict[tuple[int, int, int], float]  # USD bn a year
    routes: dict[tuple[int, int], dict[tuple[bool, ...], list[float]]]  # corridor -> base class -> weights
    mix: dict[tuple[int, int, int], list[float]]
    member: list[float]  # by bank
    native: list[float]
    joining: bool = False
    enabling: bool = False
    switching: bool = False
    month: int = 0
    growth: float = 1.0
    depth: list[float] = field(default_factory=list)
    belief: list[float] = field(default_factory=list)
    latent: list[float] = field(default_factory=list)
    shocks: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        self.groups = range(len(world.groups))
        self.currencies = range(len(world.currencies))
        self.options = range(len(world.options))
        self.banks = range(len(world.banks.group))
        self.lines = [(g, h) for g in self.groups for h in self.groups]
        self.keys = [(k, g, h) for k in PURPOSES for g, h in self.lines]
        self.depth = [1.0 for _ in self.currencies]
        self.belief = [0.0 for _ in self.groups]
        self.latent = [0.0 for _ in self.currencies]
        self.shocks = [0.0 for _ in self.groups]
        self.live = {key: list(self.mix[key]) for key in self.keys}
        self.blocked = {key: [0.0 for _ in self.options] for key in self.keys}
        self.ratio = {line: [1.0 for _ in self.options] for line in self.lines}
        self.policy: Policy | None = None  # in force; nothing is banned before the first
        self.ahead: dict[tuple[int, int, int], list[float]] = {}  # part of the live contracts that heeded a notice
        self.mark: dict[tuple[int, int], list[float]] = {}  # ratio down to which those are safe
        self.volume = dict.fromkeys(self.keys, 1.0)
        self.diverted = dict.fromkeys(self.lines, 0.0)
        self.weight = [float(w) for w in world.banks.weight]
        self.off = [0.0 for _ in self.banks]  # part of a bank's customers that is off SWIFT

    # --- who can do what ----------------------------------------------------------------------------------------

    def members_of(self, group: int) -> list[int]:
        return [bank for bank in self.banks if self.world.banks.group[bank] == group]

    def kinds(self, group: int, policy: Policy | None) -> dict[Kind, float]:
        """Weight of every kind of bank in a group; without a policy nobody is cut or barred."""
        found: dict[Kind, float] = {}
        for bank in self.members_of(group):
            levels = (1.0 - self.member[bank], self.member[bank] - self.native[bank], self.native[bank])
            off = 0.0 if policy is None else self.off_under(policy, bank)
            patterns = [1.0] if policy is None else [float(x) for x in policy.barred[bank]]
            for level, part in enumerate(levels):
                for cut, chance in ((False, 1.0 - off), (True, off)):
                    for pattern, barred in enumerate(patterns):
                        kind = Kind(level, cut, pattern)
                        found[kind] = found.get(kind, 0.0) + self.weight[bank] * part * chance * barred
        return {kind: weight for kind, weight in found.items() if weight > 0.0}

    def off_under(self, policy: Policy, bank: int) -> float:
        """Part of a bank's customers that a policy cuts off: more of who is connected, or some of them return."""
        before = 0.0 if self.policy is None else float(self.policy.cut[bank, SWIFT])
        after = float(policy.cut[bank, SWIFT])
        if after > before:
            return self.off[bank] + (1.0 - self.off[bank]) * (after - before) / (1.0 - before)
        return self.off[bank] * after / before if before > 0.0 else 0.0

    def can(self, p: int, one: Kind, other: Kind, bans: bool) -> bool:
        """Whether two banks can pay each other by an option."""
        option = self.world.options[p]
        if option.hub >= 0:
            if not bans or self.can(option.direct, one, other, True) or self.barred(option.currency, one, other):
                return False
            return any(a.cut and a.level >= 1 and not b.cut for a, b in ((one, other), (other, one)))
        for network, level in option.needs:
            for bank in (one, other):
                if network == CIPS and bank.level < level:
                    return False
                if network == SWIFT and bans and bank.cut:
                    return False
        return not (bans and self.barred(option.currency, one, other))

    def barred(self, currency: int, one: Kind, other: Kind) -> bool:
        patterns = self.world.bar_patterns
        return currency in patterns[one.pattern] or currency in patterns[other.pattern]

    def may(self, p: int, g: int, h: int, policy: Policy | None) -> bool:
        """Whether two groups may use an option with each other at all."""
        option = self.world.options[p]
        if policy is None:
            return bool(option.hub < 0)
        if option.hub < 0:
            return all(policy.pair_barred[g, h, network] == 0.0 for network, _ in option.needs)
        hub = int(self.world.hub_groups[option.hub])
        connected = sum(self.weight[b] * (1.0 - float(policy.cut[b, SWIFT])) for b in self.members_of(hub))
        leg = any(
            policy.pair_barred[side, hub, CIPS] == 0.0
            and any(policy.cut[b, SWIFT] > 0.0 for b in self.members_of(side))
            for side in (g, h)
        )
        return bool(policy.hub_open[option.hub] > 0.0 and connected > 0.0 and leg)

    def pairs(self, g: int, h: int, policy: Policy | None) -> Pairs:
        """Pairs of banks that had any option at the start: weight (summing to 1), kinds, their base class."""
        found = []
        for one, left in self.kinds(g, policy).items():
            for other, right in self.kinds(h, policy).items():
                base = tuple(self.can(p, one, other, False) for p in self.options)
                if any(base):
                    found.append((left * right, one, other, base))
        total = sum(weight for weight, *_ in found)
        return [(weight / total, one, other, base) for weight, one, other, base in found]

    # --- contracts become blocked and live again ----------------------------------------------------------------

    def ratios(self, policy: Policy) -> dict[tuple[int, int], list[float]]:
        """Pair weight able to use an option with bans over the same without; 1 where a hub can be used."""
        found = {}
        for g, h in self.lines:
            now, before = [0.0 for _ in self.options], [0.0 for _ in self.options]
            for weight, one, other, base in self.pairs(g, h, policy):
                for p in self.options:
                    before[p] += weight * base[p]
                    if self.may(p, g, h, policy) and self.can(p, one, other, True):
                        now[p] += weight
            found[g, h] = [
                (1.0 if now[p] > 0.0 else 0.0)
                if self.world.options[p].hub >= 0
                else (min(now[p] / before[p], 1.0) if before[p] > 0.0 else 0.0)
                for p in self.options
            ]
        return found

    def set_policy(self, policy: Policy) -> None:
        after = self.ratios(policy)
        for k, g, h in self.keys:
            live, blocked = self.live[k, g, h], self.blocked[k, g, h]
            back = [0.0 for _ in self.options]
            for p in self.options:
                was, is_ = self.ratio[g, h][p], after[g, h][p]
                safe = self.safe((k, g, h), p, is_)
                lost = (live[p] - self.heeding((k, g, h), p)) * gone(was, is_) + self.heeding((k, g, h), p) - safe
                if self.ahead:
                    self.ahead[k, g, h][p] = safe
                back[p] = min(max((is_ - was) / (1.0 - was), 0.0), 1.0) if was < 1.0 else 0.0
                opened = blocked[p] * back[p]
                live[p] += opened - lost
                blocked[p] += lost - opened
            for p in self.options:
                option = self.world.options[p]
                if option.hub >= 0:  # what went through a hub goes directly again
                    for stock in (live, blocked):
                        live[option.direct] += stock[p] * back[option.direct]
                        stock[p] *= 1.0 - back[option.direct]
            if self.ahead:
                self.ahead[k, g, h] = [min(pair) for pair in zip(self.ahead[k, g, h], live, strict=True)]
        if self.mark:
            self.mark = {line: [min(pair) for pair in zip(self.mark[line], after[line], strict=True)] for line in after}
        self.off = [self.off_under(policy, bank) for bank in self.banks]
        self.ratio, self.policy = after, policy

    def heeding(self, key: tuple[int, int, int], p: int) -> float:
        """Live contracts that are ahead of an announced change."""
        return self.ahead[key][p] if self.ahead else 0.0

    def safe(self, key: tuple[int, int, int], p: int, ratio: float) -> float:
        """What a live ratio leaves of them."""
        return self.ahead[key][p] * (1.0 - gone(self.mark[key[1:]][p], ratio)) if self.ahead else 0.0

    # --- payment ------------------------------------------------------------------------------------------------

    def contracted(self, key: tuple[int, int, int]) -> float:
        """Value a year."""
        k, g, h = key
        return self.value[key] * self.growth * self.volume[key] + (self.diverted[g, h] if k == TRADE else 0.0)

    def refused(self, g: int, h: int, policy: Policy) -> float:
        shock = float(policy.refusal_shock[g, h]) * self.behaviour["refusal_shock"]
        return min(shock + float(policy.refusal_later[g, h]) * self.behaviour["refusal_later"], 1.0 - 1e-9)

    def carried(self, policy: Policy) -> list[float]:
        """Share of each option's value that its hub can take."""
        found = [1.0 for _ in self.options]
        for p in self.options:
            hub = self.world.options[p].hub
            if hub < 0:
                continue
            passing = [q for q in self.options if self.world.options[q].hub == hub]
            demand = sum(self.contracted(key) * self.live[key][q] for key in self.keys for q in passing)
            found[p] = min(1.0, float(policy.hub_capacity[hub]) / demand) if demand > 0.0 else 1.0
        return found

    def pay(self, policy: Policy) -> dict[tuple[int, int, int], tuple[list[float], float, float]]:
        """By corridor: paid by option, unpaid, failed; shares of the contracted value."""
        carried, found = self.carried(policy), {}
        for key in self.keys:
            willing = 1.0 - self.refused(key[1], key[2], policy)
            paid = [self.live[key][p] * carried[p] * willing for p in self.options]
            unpaid = 1.0 - sum(paid)
            found[key] = (paid, unpaid, unpaid * (1.0 - self.behaviour["bypass_share"]))
        return found

    # --- choice -------------------------------------------------------------------------------------------------

    def utility(self, p: int, g: int, h: int, policy: Policy) -> float:
        """- lambda (kappa - kappa(0)) + ln(1 - refusal)."""
        b, option = self.behaviour, self.world.options[p]
        cost = (self.belief[g] + self.belief[h]) / 2.0 * b["loss_given_freeze"] * float(policy.feared[option.currency])
        cost += float(policy.premium[option.currency]) + b["delay_cost"] * float(policy.delay[g, h])
        cost += b["hub_margin"] if option.hub >= 0 else 0.0
        return -b["cost_sensitivity"] * cost + log(1.0 - self.refused(g, h, policy))

    def tilted(self, share: list[float]) -> list[float]:
        """Base shares under latent demand: odds times exp(z)."""
        moved = [share[c] * exp(self.latent[c]) for c in self.currencies]
        return [x / sum(moved) for x in moved]

    def attraction(self, key: tuple[int, int, int], base: list[float]) -> list[float]:
        """A_c = s0 D^gamma ((q + d)/(s0 + d))^xi."""
        b, found = self.behaviour, []
        for c in self.currencies:
            now = sum(
                self.live[key][p] + self.blocked[key][p] for p in self.options if self.world.options[p].currency == c
            )
            local = (now + b["local_constant"]) / (base[c] + b["local_constant"])
            found.append(base[c] * self.depth[c] ** self.gamma * local ** b["local_complementarity"])
        return found

    def choose(self, g: int, h: int, policy: Policy, pairs_: Pairs | None = None) -> Choice:
        theta, sensitivity = self.behaviour["nest_parameter"], self.behaviour["cost_sensitivity"]
        tilted = [self.attraction((k, g, h), self.tilted(self.share[k, g, h])) for k in PURPOSES]
        plain = [self.attraction((k, g, h), self.share[k, g, h]) for k in PURPOSES]
        utility = [self.utility(p, g, h, policy) for p in self.options]
        may = [self.may(p, g, h, policy) for p in self.options]
        share, cost = [[0.0 for _ in self.options] for _ in PURPOSES], [0.0, 0.0]
        stranded, reached, pairs = [0.0, 0.0], [0.0, 0.0], []
        for weight, one, other, base in self.pairs(g, h, policy) if pairs_ is None else pairs_:
            routes = self.routes[g, h][base]
            terms = [0.0 for _ in self.options]
            for p in self.options:
                option = self.world.options[p]
                if may[p] and self.can(p, one, other, True):
                    terms[p] = routes[option.direct if option.hub >= 0 else p] * exp(utility[p] / theta)
            nests = [
                sum(terms[p] for p in self.options if self.world.options[p].currency == c) for c in self.currencies
            ]
            uses = any(base[p] for p in self.options if any(n == CIPS for n, _ in self.world.options[p].needs))
            for k in PURPOSES:
                terms_k = [tilted[k][c] * nests[c] ** theta for c in self.currencies]
                if sum(terms_k) == 0.0:
                    stranded[k] += weight
                    if k == TRADE:
                        pairs.append((weight, uses, inf))
                    continue
                reached[k] += weight
                for p in self.options:
                    c = self.world.options[p].currency
                    if terms[p] > 0.0:
                        share[k][p] += weight * terms_k[c] / sum(terms_k) * terms[p] / nests[c]
                tau = -log(sum(plain[k][c] * nests[c] ** theta for c in self.currencies)) / sensitivity
                cost[k] += weight * tau
                if k == TRADE:
                    pairs.append((weight, uses, tau))
        for k in PURPOSES:
            if reached[k] > 0.0:
                share[k] = [x / reached[k] for x in share[k]]
                cost[k] /= reached[k]
        return Choice(share, cost, stranded, pairs)

    # --- contracts are made anew ----------------------------------------------------------------------------------

    def classes(self, g: int, h: int, policy: Policy | None) -> dict[tuple[tuple[bool, ...], ...], list[Any]]:
        """Pairs of banks by what they can use without and with bans: weight, and two banks for example."""
        found: dict[tuple[tuple[bool, ...], ...], list[Any]] = {}
        for weight, one, other, base in self.pairs(g, h, policy):
            key = base, tuple(self.can(p, one, other, True) for p in self.options)
            found.setdefault(key, [0.0, one, other])[0] += weight
        return found

    def losers(self, g: int, h: int, policy: Policy, after: list[float]) -> Pairs:
        """Pairs that a new policy deprives of an option: whole classes where it closes one, else what they grow by."""
        now, found = self.classes(g, h, self.policy), []
        for (base, left), (weight, one, other) in self.classes(g, h, policy).items():
            grown = max(weight - now.get((base, left), [0.0])[0], 0.0)
            lacking = any(base[p] and not left[p] and after[p] < self.ratio[g, h][p] for p in self.options)
            closed = any(
                left[p] and self.may(p, g, h, self.policy) and not self.may(p, g, h, policy) for p in self.options
            )
            if closed or lacking:
                found.append((weight if closed else grown, one, other, base))
        return found

    def give_notice(self, policy: Policy, days: float) -> None:
        """Doomed contracts move to what the losing pairs will choose; their mates that need not move are safe too."""
        moved = 1.0 - self.behaviour["crisis_inertia"] ** (days / DAYS_A_MONTH)
        after, ahead = self.ratios(policy), {}
        for g, h in self.lines:
            choice = self.choose(g, h, policy, self.losers(g, h, policy, after[g, h]))
            for k in PURPOSES:
                key, live = (k, g, h), self.live[k, g, h]
                plain = [live[p] - self.heeding(key, p) for p in self.options]
                lose = [gone(self.ratio[g, h][p], after[g, h][p]) for p in self.options]
                safe = [self.safe(key, p, after[g, h][p]) for p in self.options]
                doomed = [plain[p] * lose[p] + self.heeding(key, p) - safe[p] for p in self.options]
                movable = max(sum(doomed) - choice.stranded[k], 0.0) if sum(choice.share[k]) > 0.0 else 0.0
                part = moved * movable / sum(doomed) if movable > 0.0 else 0.0
                ahead[key] = []
                for p in self.options:
                    coming = moved * movable * choice.share[k][p]
                    live[p] += coming - part * doomed[p]
                    ahead[key].append(coming + part * plain[p] * (1.0 - lose[p]) + safe[p])
        self.ahead = ahead
        self.mark = {line: [min(pair) for pair in zip(self.ratio[line], after[line], strict=True)] for line in after}

    def recontract(self, choices: dict[tuple[int, int], Choice]) -> None:
        normal, crisis = self.behaviour["inertia"], self.behaviour["crisis_inertia"]
        for k, g, h in self.keys:
            choice, live, blocked = choices[g, h], self.live[k, g, h], self.blocked[k, g, h]
            if sum(choice.share[k]) == 0.0:
                continue
            waiting, flowing = sum(blocked), sum(live)
            released = (1.0 - crisis) * max(waiting - choice.stranded[k], 0.0)
            for p in self.options:
                live[p] = normal * live[p] + ((1.0 - normal) * flowing + released) * choice.share[k][p]
                if waiting > 0.0:
                    blocked[p] *= 1.0 - released / waiting
        self.ahead, self.mark = {}, {}
