"""What the state orders, once more and slowly: decrees, ceilings, tariffs, bans, demand, backing, opened routes.

The middle of `model_twin`. What no decree binds is worked out currency by currency, contract by contract.
"""

from __future__ import annotations

from math import exp, inf

from contracts_twin import FINANCE, TRADE, Choice, Deals, Pairs, Policy


class Orders(Deals):
    """Contracts under orders, beside those of `Deals`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.bound = {line: [0.0 for _ in self.currencies] for line in self.lines}  # by decree, obeyed so far
        self.demand = dict.fromkeys(self.lines, 1.0)
        self.open = dict.fromkeys(self.lines, 1.0)
        self.taxed = dict.fromkeys(self.lines, 1.0)
        self.bindable = {line: [0.0 for _ in self.currencies] for line in self.lines}

    def currency(self, p: int) -> int:
        return int(self.world.options[p].currency)

    # --- at the beginning of a month --------------------------------------------------------------------------------

    def open_month(self, policy: Policy) -> None:
        """Orders that hold from the beginning of a month."""
        for g, h in self.lines:
            self.demand[g, h] = float(policy.demand[g, h])
            self.open[g, h] = 1.0 - float(policy.banned[g, h])
        if any(list(policy.mandate[line]) != self.bound[line] for line in self.lines):
            self.obey(policy, {line: self.choose(*line, policy) for line in self.lines})
        self.ration(policy)

    def contracted(self, key: tuple[int, int, int]) -> float:
        k, g, h = key
        value = self.value[key] * self.growth * self.volume[key]
        if k == FINANCE:
            return value
        return (value * self.demand[g, h] + self.diverted[g, h]) * self.open[g, h]

    def obey(self, policy: Policy, choices: dict[tuple[int, int], Choice]) -> None:
        """Write live goods contracts anew where a decree has grown: those not bound so far, as many as it takes."""
        for g, h in self.lines:
            live, chosen = self.live[TRADE, g, h], choices[g, h].share[TRADE]
            chosen_in = [sum(chosen[p] for p in self.options if self.currency(p) == c) for c in self.currencies]
            total, now = sum(live), [float(x) for x in policy.mandate[g, h]]
            before, can = self.bound[g, h], self.bindable[g, h]
            old = [min(before[c], now[c], can[c]) for c in self.currencies]
            new = [min(now[c], can[c]) for c in self.currencies]
            if any(now[c] > before[c] for c in self.currencies):
                free = {p: live[p] / total - self.part(old, chosen, chosen_in, p) for p in self.options}
                for p in self.options:
                    loose = free[p] / (1.0 - sum(old)) if sum(old) < 1.0 else 0.0
                    live[p] = total * (self.part(new, chosen, chosen_in, p) + (1.0 - sum(new)) * loose)
            self.bound[g, h] = now
        self.stay_ahead()

    def part(self, bound: list[float], chosen: list[float], chosen_in: list[float], p: int) -> float:
        """Part of all contracts that decrees put into an option: the routes inside a currency are those of choice."""
        c = self.currency(p)
        return bound[c] * chosen[p] / chosen_in[c] if chosen_in[c] > 0.0 else 0.0

    def ration(self, policy: Policy) -> None:
        """Financial contracts beyond a ceiling go to other currencies of their corridor, or are blocked without any."""
        for c in self.currencies:
            cap = float(policy.cap[c])
            if cap == inf:
                continue
            free = [p for p in self.options if float(policy.cap[self.currency(p)]) == inf]
            ours = [p for p in self.options if self.currency(p) == c]
            mine = {line: sum(self.live[FINANCE, *line][p] for p in ours) for line in self.lines}
            rest = {line: sum(self.live[FINANCE, *line][p] for p in free) for line in self.lines}
            start = sum(self.value[FINANCE, *line] * self.share[FINANCE, *line][c] for line in self.lines) * self.growth
            now = sum(self.contracted((FINANCE, *line)) * mine[line] for line in self.lines)
            movable = sum(self.contracted((FINANCE, *line)) * mine[line] for line in self.lines if rest[line] > 0.0)
            excess = max(now - cap * start, 0.0)
            rate = min(excess / movable, 1.0) if movable > 0.0 else 0.0
            stuck = sum(self.contracted((FINANCE, *line)) * mine[line] for line in self.lines if rest[line] <= 0.0)
            over = min(max(excess - movable, 0.0) / stuck, 1.0) if stuck > 0.0 else 0.0
            for line in self.lines:
                live = self.live[FINANCE, *line]
                if rest[line] > 0.0:
                    moved = rate * mine[line]
                    for p in self.options:
                        if p in free:
                            live[p] += moved * live[p] / rest[line]
                        elif p in ours:
                            live[p] *= 1.0 - rate
                else:
                    for p in ours:
                        self.blocked[FINANCE, *line][p] += over * live[p]
                        live[p] *= 1.0 - over
        self.stay_ahead()

    def stay_ahead(self) -> None:
        if self.ahead:
            kept = {key: zip(self.ahead[key], self.live[key], strict=True) for key in self.keys}
            self.ahead = {key: [min(pair) for pair in pairs] for key, pairs in kept.items()}

    # --- choice -----------------------------------------------------------------------------------------------------

    def utility(self, p: int, g: int, h: int, policy: Policy) -> float:
        found, c, own = super().utility(p, g, h, policy), self.currency(p), self.world.own_currency
        changes = sum(1 for end in (g, h) if own[end] != c)
        found -= self.behaviour["cost_sensitivity"] * changes * float(policy.conversion[c])
        if own[g] == c and own[h] == c:
            return found
        for having, effect in ((policy.swap_line, "swap_line_effect"), (policy.clearing_bank, "clearing_bank_effect")):
            found += self.behaviour[effect] * min(float(having[c, g]), float(having[c, h]))
        return found

    def choose(self, g: int, h: int, policy: Policy, pairs_: Pairs | None = None) -> Choice:
        plain, self.routes[g, h] = self.routes[g, h], self.opened(g, h, policy)
        choice = super().choose(g, h, policy, pairs_)
        self.routes[g, h] = plain
        share = choice.share[TRADE]
        inside = [sum(share[p] for p in self.options if self.currency(p) == c) for c in self.currencies]
        wanted = [float(m) for m in policy.mandate[g, h]]
        pairs = self.pairs(g, h, policy) if pairs_ is None else pairs_
        left = sum(weight for weight, *_ in pairs) - choice.stranded[TRADE]
        can = [self.can_follow(c, inside[c], left, g, h, policy, pairs) for c in self.currencies]
        self.bindable[g, h] = can
        bound = [min(wanted[c], can[c]) for c in self.currencies]
        ordered = [self.part(bound, share, inside, p) + (1.0 - sum(bound)) * share[p] for p in self.options]
        cost = choice.cost[TRADE]
        if sum(wanted) > 0.0:
            cost += float(policy.mandate_cost[g, h]) * sum(bound) / sum(wanted)
        return Choice([ordered, choice.share[FINANCE]], [cost, choice.cost[FINANCE]], choice.stranded, choice.pairs)

    def can_follow(self, c: int, chosen: float, left: float, g: int, h: int, policy: Policy, pairs: Pairs) -> float:
        """The largest decree for which the contracts of the pairs that can use its currency are enough."""
        able = 0.0
        for weight, one, other, _ in pairs:
            ways = [p for p in self.options if self.currency(p) == c and self.may(p, g, h, policy)]
            ways = [p for p in ways if not self.world.options[p].waits or policy.opened[p] > 0.0]
            able += weight if any(self.can(p, one, other, True) for p in ways) else 0.0
        if chosen <= 0.0 or left <= 0.0:
            return 0.0
        if able / left > 1.0 - 1e-9:
            return 1.0
        return max(able / left - chosen, 0.0) / (1.0 - chosen)

    def opened(self, g: int, h: int, policy: Policy) -> dict[tuple[bool, ...], list[float]]:
        """Route weights once an upgrade has opened options: those take their weight, the others give it."""
        found = {}
        for base, weights in self.routes[g, h].items():
            taken = [0.0 for _ in self.options]
            for p in self.options:
                if self.world.options[p].waits and base[p]:
                    taken[p] = float(self.world.options[p].weight) * float(policy.opened[p])
            given = [sum(taken[p] for p in self.options if self.currency(p) == c) for c in self.currencies]
            found[base] = [weights[p] * (1.0 - given[self.currency(p)]) + taken[p] for p in self.options]
        return found

    def shift(self, step: list[float]) -> None:
        """Latent demand multiplies the odds of currencies in contracts that no decree binds, and in the base."""
        for k, g, h in self.keys:
            stocks = (self.live[k, g, h], self.blocked[k, g, h])
            share = [0.0 for _ in self.currencies]
            for p in self.options:
                share[self.currency(p)] += stocks[0][p] + stocks[1][p]
            bound = self.bound[g, h] if k == TRADE else [0.0 for _ in self.currencies]
            free = [max(share[c] - bound[c], 0.0) for c in self.currencies]
            odds = [free[c] * exp(step[c]) for c in self.currencies]
            for c in self.currencies:
                after = share[c] - free[c] + odds[c] * sum(free) / sum(odds) if sum(odds) > 0.0 else share[c]
                for stock in stocks:
                    for p in self.options:
                        if self.currency(p) == c and share[c] > 0.0:
                            stock[p] *= after / share[c]
        self.latent = [self.latent[c] + step[c] for c in self.currencies]

    # --- goods ------------------------------------------------------------------------------------------------------

    def tax(self, g: int, h: int, policy: Policy) -> float:
        return float(1.0 + policy.tariff[g, h]) ** -self.behaviour["trade_elasticity"]

    def losses(self, g: int, h: int, base: float, wanted: float, policy: Policy) -> tuple[float, float]:
        """Trade lost to the exporter and to the importer, who seeks nothing that it does not want."""
        demand, may = float(policy.demand[g, h]), 1.0 - float(policy.banned[g, h])
        made = base * demand * wanted * may
        importers = max(base * demand - made, 0.0)
        return (max(base - made, 0.0) if demand < 1.0 else importers), importers
