"""The economy of a month once more, slowly and readably: loops over corridors, pairs of banks and options.

It shares no code with `paysim.model`; it reads the tables of a world (who trades with whom, which option needs what),
a calibrated base, and what politics allows at each part of a month, and works out the rest as the specification tells
it: feasibility, payment, depth, beliefs, choice, new contracts, latent demand, steering, volumes, memberships.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

from contracts_twin import CIPS, DAYS_A_MONTH, FINANCE, PURPOSES, SWIFT, TRADE, Choice, Kind, Policy
from orders_twin import Orders

BP = 1e-4
CAP = 0.9  # the most that a narrow route may take of the pair weight that can use it
FAILING = 0.05  # share of failing payments at which a corridor takes no diverted trade


class Twin(Orders):
    """State of one world, and how it lives through a month."""

    # --- the month ------------------------------------------------------------------------------------------------

    def live_through(
        self, notices: list[tuple[Policy, float]], parts: list[tuple[Policy, float]], latent: list[float]
    ) -> dict[tuple[int, int, int], tuple[list[float], float, float]]:
        """One month: announced policies with their notice in days, then the policies of its parts (fractions)."""
        for announced, days in notices:
            self.give_notice(announced, days)
        self.set_policy(parts[0][0])
        self.open_month(parts[0][0])
        contracted = {key: self.contracted(key) for key in self.keys}
        fates = {key: ([0.0 for _ in self.options], 0.0, 0.0) for key in self.keys}
        for policy, fraction in parts:
            self.set_policy(policy)
            for key, (paid, unpaid, failed) in self.pay(policy).items():
                sums = [x + fraction * y for x, y in zip(fates[key][0], paid, strict=True)]
                fates[key] = (sums, fates[key][1] + fraction * unpaid, fates[key][2] + fraction * failed)
        policy = parts[-1][0]
        self.observe(contracted, fates)
        self.believe(policy)
        choices = {(g, h): self.choose(g, h, policy) for g, h in self.lines}
        self.obey(policy, choices)
        self.recontract(choices)
        self.shift([float(policy.drift[c]) + latent[c] for c in self.currencies])
        self.steer(policy)
        self.answer(policy, choices, fates)
        self.join(policy, choices)
        self.month += 1
        self.growth = (1.0 + self.behaviour["growth"]) ** (self.month / 12.0)
        return {key: ([x * contracted[key] / 12.0 for x in paid], u, f) for key, (paid, u, f) in fates.items()}

    def observe(self, contracted: dict[Any, float], fates: dict[Any, tuple[list[float], float, float]]) -> None:
        """Depth: average of the currency's share of paid value over its base share."""
        paid = [0.0 for _ in self.currencies]
        start = [0.0 for _ in self.currencies]
        for key in self.keys:
            tilted = self.tilted(self.share[key])
            for p in self.options:
                paid[self.world.options[p].currency] += contracted[key] * fates[key][0][p]
            for c in self.currencies:
                start[c] += self.value[key] * tilted[c]
        kept = 0.5 ** (DAYS_A_MONTH / self.behaviour["depth_half_life"])
        for c in self.currencies:
            now = (paid[c] / sum(paid)) / (start[c] / sum(start))
            self.depth[c] = kept * self.depth[c] + (1.0 - kept) * now

    def believe(self, policy: Policy) -> None:
        b = self.behaviour
        new = [max(float(policy.shocks[g]) - self.shocks[g], 0.0) for g in self.groups]
        self.shocks = [float(policy.shocks[g]) for g in self.groups]
        for g in self.groups:
            belief = self.belief[g] * 0.5 ** (DAYS_A_MONTH / b["belief_half_life"])
            for hit in self.groups:
                distance = abs(float(self.world.alignment[g]) - float(self.world.alignment[hit]))
                belief += new[hit] * b["belief_jump"] * exp(-distance / b["alignment_scale"])
            self.belief[g] = min(belief, 1.0)

    def answer(
        self, policy: Policy, choices: dict[tuple[int, int], Choice], fates: dict[Any, tuple[list[float], float, float]]
    ) -> None:
        """Volumes move to what payers want; part of lost trade finds other partners."""
        b, wanted = self.behaviour, {}
        for k, g, h in self.keys:
            _, unpaid, _ = fates[k, g, h]
            elasticity = b["trade_elasticity"] if k == TRADE else b["finance_elasticity"]
            bypass = b["bypass_cost"] * b["bypass_share"] * unpaid
            wanted[k, g, h] = exp(-elasticity * BP * (choices[g, h].cost[k] * (1.0 - unpaid) + bypass))
            tax = self.tax(g, h, policy) if k == TRADE else 1.0
            old, phi = self.volume[k, g, h], b["adjustment"]
            self.volume[k, g, h] = old ** (1.0 - phi) * (wanted[k, g, h] * tax) ** phi
            if k == TRADE:
                self.taxed[g, h] = self.taxed[g, h] ** (1.0 - phi) * tax**phi
                wanted[k, g, h] *= self.taxed[g, h]
        base = {(g, h): self.value[TRADE, g, h] * self.growth for g, h in self.lines}
        failed = {(g, h): fates[TRADE, g, h][2] for g, h in self.lines}
        lost, sought, pull = {}, {}, {}
        for g, h in self.lines:
            missing = failed[g, h] * self.contracted((TRADE, g, h))
            exporters, importers = self.losses(g, h, base[g, h], wanted[TRADE, g, h], policy)
            lost[g, h], sought[g, h] = exporters + missing, importers + missing
            room = min(max(1.0 - failed[g, h] / FAILING, 0.0), 1.0)
            pull[g, h] = base[g, h] * exp(-b["trade_elasticity"] * BP * choices[g, h].cost[TRADE]) * room
            pull[g, h] *= float(policy.demand[g, h]) * self.tax(g, h, policy)
        found = dict.fromkeys(self.lines, 0.0)
        for g, h in self.lines:
            customers, suppliers = [(g, x) for x in self.groups if x != h], [(x, h) for x in self.groups if x != g]
            for others, part in ((customers, lost[g, h]), (suppliers, sought[g, h])):
                total = sum(pull[line] for line in others)
                for line in others if total > 0.0 else []:
                    found[line] += b["diversion"] / 2.0 * part * pull[line] / total
        self.diverted = found

    # --- steering -------------------------------------------------------------------------------------------------

    def mean_routes(self, g: int, h: int) -> list[float]:
        return [
            sum(weight * self.routes[g, h][base][p] for weight, _, _, base in self.pairs(g, h, None))
            for p in self.options
        ]

    def steer(self, policy: Policy) -> None:
        """Move the yuan's contracts and route weights to CIPS's messages; partners enable them as far as needed."""
        if not (policy.steering_message or policy.steering_clearing):
            return
        offshore, hybrid, alone = self.world.yuan_routes
        message, clearing = float(policy.steering_message), float(policy.steering_clearing)
        mean = {line: self.mean_routes(*line) for line in self.lines}
        issuer = self.world.anchor[0]
        able = sum(self.weight[b] * self.native[b] for b in self.members_of(issuer))
        for g in self.groups:
            if g == issuer:
                continue
            row = mean[issuer, g]
            wanted = row[alone] + message * row[hybrid] + clearing * row[offshore]
            needed = min(wanted / (CAP * able), 1.0)
            have = sum(self.weight[b] * self.native[b] for b in self.members_of(g))
            members = sum(self.weight[b] * self.member[b] for b in self.members_of(g))
            # Members enable the messages first; others join only where all members are not enough.
            enabled = min(max(needed - have, 0.0) / (members - have), 1.0) if members > have and self.enabling else 0.0
            may_join = self.joining and self.enabling and members < 1.0
            joined = min(max(needed - members, 0.0) / (1.0 - members), 1.0) if may_join else 0.0
            for b in self.members_of(g):
                entering = (1.0 - self.member[b]) * joined
                self.native[b] += (self.member[b] - self.native[b]) * enabled + entering
                self.member[b] += entering
        for g, h in self.lines:
            row = list(mean[g, h])
            pairs = self.pairs(g, h, None)
            room = max(CAP * sum(weight for weight, _, _, base in pairs if base[alone]) - row[alone], 0.0)
            wanted = message * row[hybrid] + clearing * row[offshore]
            possible = min(1.0, room / wanted) if wanted > 0.0 else 0.0
            for stock in (row, *(self.live[k, g, h] for k in PURPOSES)):
                first, second = possible * message * stock[hybrid], possible * clearing * stock[offshore]
                stock[hybrid] -= first
                stock[offshore] -= second
                stock[alone] += first + second
            self.fit(g, h, row, pairs)

    def fit(
        self, g: int, h: int, targets: list[float], pairs: list[tuple[float, Kind, Kind, tuple[bool, ...]]]
    ) -> None:
        """Route weights by base class: 1 in sum in every nest, the targets on average, narrow routes first."""
        weights: dict[tuple[bool, ...], float] = dict.fromkeys(self.routes[g, h], 0.0)
        for weight, _, _, base in pairs:
            weights[base] += weight
        offshore, hybrid, alone = self.world.yuan_routes
        left = dict.fromkeys(weights, 1.0)
        later = {alone: [hybrid, offshore], hybrid: [offshore], offshore: []}
        wanted = filled = 0.0
        for p in (alone, hybrid, offshore):
            wanted += targets[p]
            amount = max(min(wanted, sum(w for base, w in weights.items() if base[p])) - filled, 0.0)
            free = sum(w * left[base] for base, w in weights.items() if base[p])
            rest = sum(targets[q] for q in (p, *later[p]))
            fraction = min(amount / free, 1.0) if free > 1e-300 else (targets[p] / rest if rest > 0.0 else 0.0)
            for base in weights:
                part = (1.0 if not any(base[q] for q in later[p]) else fraction) * left[base] if base[p] else 0.0
                self.routes[g, h][base][p] = part
                left[base] = left[base] - part if left[base] - part >= 1e-12 else 0.0
                filled += weights[base] * part

    # --- banks ------------------------------------------------------------------------------------------------------

    def join(self, policy: Policy, choices: dict[tuple[int, int], Choice]) -> None:
        if self.switching:
            self.switch(policy)
        member, native = list(self.member), list(self.native)
        for bank in self.banks:
            g = int(self.world.banks.group[bank])
            if self.joining:
                hazard = self.hazard(g, policy, choices)
                leaving = 1.0 - exp(-self.behaviour["leaving_rate"] * float(policy.threat[g]) / 12.0)
                member[bank] = self.member[bank] * (1.0 - leaving) + (1.0 - self.member[bank]) * (1.0 - exp(-hazard))
                native[bank] = min(self.native[bank] * (1.0 - leaving), member[bank])
            if self.enabling:
                rate = self.enabling_rate(g, policy)
                native[bank] += (self.member[bank] - self.native[bank]) * (1.0 - exp(-rate))
                native[bank] = min(native[bank], member[bank])
        self.member, self.native = member, native

    def hazard(self, g: int, policy: Policy, choices: dict[tuple[int, int], Choice]) -> float:
        """Hazard of joining within the month, from reach and from what membership saves."""
        b, trade = self.behaviour, self.world.trade
        flows = [float(trade[g, h] + trade[h, g]) for h in self.groups]
        reach = sum(
            flow * sum(self.weight[i] * self.member[i] for i in self.members_of(h))
            for h, flow in zip(self.groups, flows, strict=True)
        ) / sum(flows)
        saving = total = feared = 0.0
        for one, other in self.lines:
            if g not in (one, other):
                continue
            value = self.value[TRADE, one, other] + self.value[FINANCE, one, other]
            means = {}
            for uses in (False, True):
                pairs = [(w, min(c, b["bypass_cost"])) for w, has, c in choices[one, other].pairs if has is uses]
                weight = sum(w for w, _ in pairs)
                means[uses] = sum(w * c for w, c in pairs) / weight if weight > 0.0 else 0.0
            saving += value * (means[False] - means[True])
            total += value
            feared += sum(
                self.value[k, one, other] * self.share[k, one, other][c] * float(policy.feared[c])
                for k in PURPOSES
                for c in self.currencies
            )
        worth = saving / total + self.belief[g] * b["loss_given_freeze"] * feared / total
        pull = 2.0 / (1.0 + exp(-b["joining_saving_weight"] * worth))
        rate = b["joining_innovation"] + b["joining_imitation"] * reach
        return float(policy.joining) * (1.0 - float(policy.threat[g])) * rate * pull / 12.0

    def enabling_rate(self, g: int, policy: Policy) -> float:
        """Hazard of enabling CIPS's messages: the crisis rate for whoever deals with a cut bank, and the base rate."""
        willing = float(policy.willingness[g])
        cut = [
            any(policy.cut[b, network] > 0.0 for b in self.members_of(h) for network in (SWIFT, CIPS))
            for h in self.groups
        ]
        deals = cut[g] or any(
            cut[h] and self.world.trade[g, h] + self.world.trade[h, g] + self.world.finance_pattern[g, h] > 0.0
            for h in self.groups
        )
        crisis = log(2.0) * DAYS_A_MONTH / self.behaviour["native_crisis_median"] * willing if deals else 0.0
        usual = self.behaviour["native_base_rate"] * float(policy.native) / 12.0 if willing > 0.0 else 0.0
        return crisis + usual

    def switch(self, policy: Policy) -> None:
        """Customers of cut banks move to the parts of their group's banks that are not cut."""
        for g in self.groups:
            ordered = float(policy.switching[g])
            rate = ordered if ordered >= 0.0 else self.behaviour["switching"]
            banks = self.members_of(g)
            home = {b: self.weight[b] * (1.0 - self.off[b]) for b in banks}
            total = sum(home.values())
            if total == 0.0:
                continue
            leaving = {b: rate * self.weight[b] * self.off[b] for b in banks}
            for b in banks:
                moved = self.weight[b] - leaving[b] + home[b] / total * sum(leaving.values())
                self.off[b] = (self.weight[b] * self.off[b] - leaving[b]) / moved if moved > 0.0 else self.off[b]
                self.weight[b] = moved
