"""The world as arrays: everything that a run reads and never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

TRADE, FINANCE = 0, 1
MEMBER, NATIVE = 1, 2


@dataclass(frozen=True)
class Banks:
    """The banks of a world, sorted by group and, inside a group, by weight (largest first).

    group : (N,) index of the bank's group
    weight : (N,) its share of the group's payments at the start (sums to 1 in every group)
    bank_class : names of the bank's class (``"all"`` where a group declares none), length N
    order : (N,) place of the bank in the fixed order in which the group's banks join a network, 0 first
    """

    group: Index
    weight: Array
    bank_class: tuple[str, ...]
    order: Index

    @cached_property
    def first(self) -> Index:
        """Index of the first bank of every group, (G,)."""
        return np.flatnonzero(np.r_[True, self.group[1:] != self.group[:-1]])


@dataclass(frozen=True)
class Option:
    """One currency on one route (a row of the table of options).

    ``needs`` names what *both* banks must have: pairs of (network index, level), level 1 member, level 2 member with
    native messaging. A hub option has no needs of that kind: the cut bank needs membership of ``networks[1]`` of the
    hub, the other bank of ``networks[0]``, and the direct option must be out of reach.

    message : indices of the message networks it passes
    systems : indices of the systems of its legs: its currency's own system, for a hub option after the hub's one, in
        which the cut bank and the hub settle
    split : systems and shares of value of the last leg where it settles in several, the largest of which ``systems``
        names; empty where it has one
    waits : whether it is used by nobody until an upgrade of the challenger's network opens it
    visible : whether the tracker sees it
    weight : share of its currency's value at the start, or nan where a behaviour parameter decides
    direct : index of the option that a hub option replaces, -1 otherwise
    hub : index of the hub, -1 otherwise
    """

    name: str
    currency: int
    needs: tuple[tuple[int, int], ...]
    message: tuple[int, ...]
    systems: tuple[int, ...]
    visible: bool
    weight: float = np.nan
    direct: int = -1
    hub: int = -1
    split: tuple[tuple[int, float], ...] = ()
    waits: bool = False

    @property
    def shares(self) -> tuple[tuple[int, float], ...]:
        """Systems of the leg in its own currency and their shares of value, which sum to 1."""
        return self.split or ((self.systems[-1], 1.0),)


@dataclass(frozen=True)
class World:
    """Frozen description of a world.

    G groups, N banks, C currencies, P options, M message networks, S systems, H hubs. Values are USD bn a year.

    trade : (G, G) goods exports, exporter in rows (trade inside a one-currency union left out)
    finance_pattern : (G, G) financial payments, summing to 1
    export_profile, import_profile : (G, C) currency shares of a group's goods exports and imports
    known_corridors : {(g, h): (C,)} corridors whose trade shares are known
    own_currency : (G,) index of the group's own currency
    alignment : (G,) -1 to 1
    levels : (M,) 1 where a network knows members only, 2 where it has native messaging
    member, native : (G, M) share of the group's bank weight that is a member, and a member with native messaging, at
        the start; for a network without native messaging the two are equal
    cuttable : (M,) whether some event disconnects banks from the network
    hub_groups : (H,) group of each hub
    targets : (C,) published tracker shares at the start that the base must meet, nan where none
    payment_networks : indices of the network with reach and of the challenger (SWIFT, CIPS)
    representative : whether a bank stands for all banks of its group and class (its flags are shares) or for itself
    participants : (G,) published count of the challenger's participants at the start
    anchor : (group, currency) whose profile the others are reconciled to, the yuan's issuer; None without one
    yuan_groups : groups whose financial corridors take the calibrated yuan share (China, Hong Kong)
    euro : index of the currency of the payments inside the euro area, -1 without them
    participant : (S, N) bank that settles for each bank in each system, itself where it participates directly; left
        out, every bank settles for itself. One of its own group first; the same for the whole run
    """

    groups: tuple[str, ...]
    currencies: tuple[str, ...]
    networks: tuple[str, ...]
    systems: tuple[str, ...]
    hubs: tuple[str, ...]
    options: tuple[Option, ...]
    bar_patterns: tuple[frozenset[int], ...]
    banks: Banks
    own_currency: Index
    alignment: Array
    trade: Array
    finance_pattern: Array
    export_profile: Array
    import_profile: Array
    levels: Index
    member: Array
    native: Array
    cuttable: NDArray[np.bool_]
    hub_groups: Index
    targets: Array
    known_corridors: dict[tuple[int, int], Array] = field(default_factory=dict)
    payment_networks: tuple[int, int] = (0, 1)
    representative: bool = True
    participants: Array = field(default_factory=lambda: np.zeros(0))
    anchor: tuple[int, int] | None = None
    yuan_groups: tuple[int, ...] = ()
    euro: int = -1
    participant: Index = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    def __post_init__(self) -> None:
        """Let every bank settle for itself where nothing else is said; ValueError for a table of another shape."""
        shape = len(self.systems), len(self.banks.group)
        if not self.participant.size:
            object.__setattr__(self, "participant", np.tile(np.arange(shape[1]), (shape[0], 1)))
        if self.participant.shape != shape:
            raise ValueError(f"expected the participants of {shape} systems and banks, got {self.participant.shape}")

    @cached_property
    def option_currency(self) -> Index:
        """Currency of every option, (P,)."""
        return np.array([option.currency for option in self.options], dtype=np.int64)

    @cached_property
    def nest(self) -> Array:
        """1 where an option belongs to a currency, (P, C)."""
        return np.eye(len(self.currencies))[self.option_currency]

    @cached_property
    def visible(self) -> Array:
        """1 where the tracker sees an option, (P,)."""
        return np.array([float(option.visible) for option in self.options])

    @cached_property
    def direct(self) -> Index:
        """The option whose weight an option has: itself, or for a hub option the direct one, (P,)."""
        return np.array([o.direct if o.direct >= 0 else i for i, o in enumerate(self.options)], dtype=np.int64)

    @cached_property
    def option_hub(self) -> Index:
        """Hub of every option, -1 for none, (P,)."""
        return np.array([option.hub for option in self.options], dtype=np.int64)

    @cached_property
    def conversions(self) -> Array:
        """How many ends of a corridor change an option's currency from or into their own, 0 to 2, (L, P)."""
        own = self.own_currency[:, None] != self.option_currency
        return np.asarray(own[self.payer].astype(np.float64) + own[self.payee])

    @cached_property
    def hub_system(self) -> Index:
        """System in which the cut bank and the hub settle, -1 for an option without a hub, (P,)."""
        return np.array([option.systems[0] if option.hub >= 0 else -1 for option in self.options], dtype=np.int64)

    @cached_property
    def uses_challenger(self) -> NDArray[np.bool_]:
        """Whether an option, or the first leg of a hub option, settles in the challenger's system, (P,)."""
        challenger = self.payment_networks[1]
        return np.array([o.hub >= 0 or any(network == challenger for network, _ in o.needs) for o in self.options])

    @cached_property
    def challenger_systems(self) -> NDArray[np.bool_]:
        """Whether a system settles options that need the challenger's network, (S,)."""
        settles = self.own_systems[self.uses_challenger & (self.option_hub < 0)]
        return np.asarray((settles > 0.0).any(axis=0))

    @cached_property
    def option_systems(self) -> Array:
        """Share of an option's value that settles in a system, (P, S): 1 in all, and 1 for each leg of a hub option."""
        settles = self.own_systems.copy()
        for p, option in enumerate(self.options):
            settles[p, list(option.systems[:-1])] = 1.0
        return settles

    @cached_property
    def own_systems(self) -> Array:
        """Share of an option's value that settles in each of its currency's own systems, (P, S); rows sum to 1."""
        shares = np.zeros((len(self.options), len(self.systems)))
        for p, option in enumerate(self.options):
            for system, share in option.shares:
                shares[p, system] = share
        return shares

    @cached_property
    def system_currency(self) -> Index:
        """Currency that a system settles, (S,); -1 where no option settles there."""
        found = np.full(len(self.systems), -1, dtype=np.int64)
        for option in self.options:
            found[[system for system, _ in option.shares]] = option.currency
        return found

    @cached_property
    def bars(self) -> NDArray[np.bool_]:
        """Whether a bar pattern bars a currency, (B, C)."""
        return np.array([[c in barred for c in range(len(self.currencies))] for barred in self.bar_patterns])

    @cached_property
    def hub_banks(self) -> Index:
        """The bank that pays on at each hub, the largest of its group, (H,)."""
        return self.banks.first[self.hub_groups]

    @cached_property
    def yuan_routes(self) -> tuple[int, int, int] | None:
        """Options of the anchor currency: offshore clearing, hybrid, challenger alone; None unless all three exist."""
        if self.anchor is None:
            return None
        wide, challenger = self.payment_networks
        found = {}
        for p, option in enumerate(self.options):
            if option.currency == self.anchor[1] and option.hub < 0:
                found[frozenset(network for network, _ in option.needs)] = p
        wanted = (frozenset({wide}), frozenset({wide, challenger}), frozenset({challenger}))
        if not all(needs in found for needs in wanted):
            return None
        return found[wanted[0]], found[wanted[1]], found[wanted[2]]

    @cached_property
    def payer(self) -> Index:
        """Group that exports (trade) or pays (finance) on every corridor, (L,); see `paying` for whose bank pays."""
        return np.repeat(np.arange(len(self.groups)), len(self.groups))

    @cached_property
    def payee(self) -> Index:
        """The other group of every corridor, (L,)."""
        return np.tile(np.arange(len(self.groups)), len(self.groups))

    @cached_property
    def paying(self) -> Index:
        """Group whose bank pays, by purpose and corridor, (2, L): the importer's in trade, the payer's in finance."""
        return np.stack([self.payee, self.payer])

    @cached_property
    def paid(self) -> Index:
        """Group whose bank is paid, by purpose and corridor, (2, L)."""
        return np.stack([self.payer, self.payee])

    @cached_property
    def touches(self) -> Array:
        """Weight of a corridor in a group's payments: 1 for either end (1, not 2, inside a group), (L, G)."""
        g = np.arange(len(self.groups))
        ends = (self.payer[:, None] == g) | (self.payee[:, None] == g)
        return np.asarray(ends, dtype=np.float64)

    @cached_property
    def partners(self) -> Array:
        """Share of each partner (rows) in a group's goods trade, both directions, (G, G)."""
        flows = self.trade + self.trade.T
        return np.asarray(flows / np.maximum(flows.sum(0, keepdims=True), np.finfo(float).tiny))

    @cached_property
    def finance_profiles(self) -> tuple[Array, Array]:
        """Currency shares of a corridor's financial payments, (L, C) each, if made as in trade, and in own currencies.

        The first are the geometric mean of both ends' goods profiles.
        """
        profile = (self.export_profile + self.import_profile) / 2.0
        goods = np.sqrt(profile[self.payer] * profile[self.payee])
        goods /= np.maximum(goods.sum(-1, keepdims=True), np.finfo(float).tiny)
        own = np.eye(len(self.currencies))[self.own_currency]
        return goods, (own[self.payer] + own[self.payee]) / 2.0

    @cached_property
    def touches_yuan(self) -> NDArray[np.bool_]:
        """Corridors that touch a group whose financial payments take the calibrated yuan share, (L,)."""
        return np.isin(self.payer, self.yuan_groups) | np.isin(self.payee, self.yuan_groups)

    @cached_property
    def directional(self) -> NDArray[np.bool_]:
        """Whether a group's exports and imports are settled in different currencies, (G,)."""
        return np.asarray(~np.isclose(self.export_profile, self.import_profile).all(axis=1))

    def group_index(self, name: str) -> int:
        """Index of a group by id."""
        return self.groups.index(name)

    def exposure(self, groups: Index | list[int]) -> Array:
        """Share of each group's goods settlement, (G,), in the own currencies of ``groups`` (0 to 1)."""
        currencies = sorted({int(self.own_currency[g]) for g in groups})
        value_out, value_in = self.trade.sum(1)[:, None], self.trade.sum(0)[:, None]
        profile = self.export_profile * value_out + self.import_profile * value_in
        total = np.maximum(profile.sum(1), np.finfo(float).tiny)
        return np.asarray(profile[:, currencies].sum(1) / total)
