"""What changes while a world runs: what politics allows (`Policy`) and what has come of it (`State`).

A policy is never edited step by step over time. Whenever something may have changed it is composed
anew: `Policy.base` and then the effect of every event that is active, in the order of their dates.
So nothing has to be undone, and an event added later cannot change an earlier month.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from paysim.model.world import World

Array = NDArray[np.float64]


@dataclass
class Policy:
    """What politics allows at one instant.

    N banks, M message networks, S settlement systems, C currencies, G groups, H hubs, P options, B bar patterns. All
    float arrays.

    cut : (N, M)        share of the bank that is disconnected from the network, 0 to 1
    barred : (N, B)     share of the bank under each pattern of barred currencies (rows sum to 1; pattern 0 bars none)
    pair_barred : (G, G, M)  1 where two groups must not use a network with each other (either layer of it)
    hub_open : (H,)     1 while the hub routes are open
    hub_capacity : (H,) value a year the hub can carry, USD bn (inf: no limit)
    refusal_shock, refusal_later : (G, G)  weights of the two phases of overcompliance; the refused share is
                        refusal_shock * behaviour.refusal_shock + refusal_later * behaviour.refusal_later, at most 1
    delay : (G, G)      extra days a payment between two groups takes
    premium : (C,)      cost premium of a currency, bp
    drift : (C,)        trend of latent demand, log-odds a month
    coverage : (C,)     share of visible payments of the currency that the tracker counts
    steering_message, steering_clearing : float  shares a month of CNY moved from SWIFT-messaged CIPS settlement, and
                        from offshore clearing, to CIPS messages and settlement
    shocks : (G,)       number of belief shocks that have hit a group so far (only increases matter)
    feared : (C,)       1 for the currencies of groups that have sanctioned someone (they bear the belief premium)
    willingness : (G,)  factor on the crisis rate of enabling CIPS-native messaging, 0 to 1
    joining, native : float  factors on the rates of joining CIPS and of enabling native messaging at base
    threat : (G,)       threat of secondary sanctions, 0 to 1 (joining slows, members leave)
    system_down : (S,)  1 while a settlement system is down: payments wait, and nobody is barred
    network_down : (M,) the same of a message network
    liquidity : (S,)    factor on the liquidity that participants hold in a settlement system
    swap_line, clearing_bank : (C, G)  how far a group has a swap line with the currency's issuer, or a bank that clears
                        the currency, beyond what it had at the start, 0 to 1 (the issuer itself too)
    conversion : (C,)   extra cost of changing a currency from or into another one, bp
    cap : (C,)          ceiling on financial payments in a currency over those of the start (inf: none)
    mandate : (G, G, C) share of an exporter's (rows) contracts that a decree puts into a currency
    mandate_cost : (G, G)  what decrees cost a corridor's goods trade on average, bp
    demand : (G, G)     factor on goods that importers (columns) want of exporters (rows) at unchanged cost
    tariff : (G, G)     tariffs on goods, as a share of their value
    banned : (G, G)     share of goods that may not be exported, 0 to 1
    switching : (G,)    rate a month at which customers of cut banks move; negative: that of behaviour
    open_hours : (S,)   hours a day for which a settlement system is open at least (0: as it is)
    opened : (P,)       how far an option that waits for an upgrade is in use, 0 to 1
    """

    cut: Array
    barred: Array
    pair_barred: Array
    hub_open: Array
    hub_capacity: Array
    refusal_shock: Array
    refusal_later: Array
    delay: Array
    premium: Array
    drift: Array
    coverage: Array
    shocks: Array
    feared: Array
    willingness: Array
    threat: Array
    system_down: Array
    network_down: Array
    liquidity: Array
    swap_line: Array
    clearing_bank: Array
    conversion: Array
    cap: Array
    mandate: Array
    mandate_cost: Array
    demand: Array
    tariff: Array
    banned: Array
    switching: Array
    open_hours: Array
    opened: Array
    steering_message: float = 0.0
    steering_clearing: float = 0.0
    joining: float = 1.0
    native: float = 1.0

    @classmethod
    def base(cls, world: World) -> Policy:
        """The policy in force when no event is active."""
        n, g, c = len(world.banks.group), len(world.groups), len(world.currencies)
        barred = np.zeros((n, len(world.bar_patterns)))
        barred[:, 0] = 1.0
        return cls(
            cut=np.zeros((n, len(world.networks))),
            barred=barred,
            pair_barred=np.zeros((g, g, len(world.networks))),
            hub_open=np.zeros(len(world.hubs)),
            hub_capacity=np.full(len(world.hubs), np.inf),
            refusal_shock=np.zeros((g, g)),
            refusal_later=np.zeros((g, g)),
            delay=np.zeros((g, g)),
            premium=np.zeros(c),
            drift=np.zeros(c),
            coverage=np.ones(c),
            shocks=np.zeros(g),
            feared=np.zeros(c),
            willingness=np.ones(g),
            threat=np.zeros(g),
            system_down=np.zeros(len(world.systems)),
            network_down=np.zeros(len(world.networks)),
            liquidity=np.ones(len(world.systems)),
            swap_line=np.zeros((c, g)),
            clearing_bank=np.zeros((c, g)),
            conversion=np.zeros(c),
            cap=np.full(c, np.inf),
            mandate=np.zeros((g, g, c)),
            mandate_cost=np.zeros((g, g)),
            demand=np.ones((g, g)),
            tariff=np.zeros((g, g)),
            banned=np.zeros((g, g)),
            switching=np.full(g, -1.0),
            open_hours=np.zeros(len(world.systems)),
            opened=np.zeros(len(world.options)),
        )

    def uses(self, *instruments: str) -> bool:
        """Whether any of these is in use, which means not all zero; remembered once nobody can edit the policy."""
        if not self.frozen:
            return any(bool(np.any(getattr(self, name))) for name in instruments)
        if instruments not in self._in_use:
            self._in_use[instruments] = any(bool(np.any(getattr(self, name))) for name in instruments)
        return self._in_use[instruments]

    def __post_init__(self) -> None:
        """Nothing is remembered yet."""
        self._frozen = False
        self._in_use: dict[tuple[str, ...], bool] = {}

    def freeze(self) -> None:
        """Forbid editing the arrays, so that what follows from them need not be worked out again."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        self._frozen = True

    @property
    def frozen(self) -> bool:
        """Whether it cannot be edited."""
        return self._frozen

    def equals(self, other: Policy) -> bool:
        """Whether two policies allow the same."""
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    def disconnect(self, banks: Array, network: int) -> None:
        """Disconnect a share of each bank, (N,) in 0 to 1, from a message network; the larger share counts."""
        self.cut[:, network] = np.maximum(self.cut[:, network], banks)

    def reconnect(self, banks: Array, network: int) -> None:
        """Give a share of each bank, (N,) in 0 to 1, its connection back."""
        self.cut[:, network] *= 1.0 - banks

    def bar(self, banks: Array, currencies: frozenset[int], world: World) -> None:
        """Bar currencies (indices) to a share of each bank, (N,) in 0 to 1, on every route."""
        after = np.zeros_like(self.barred)
        for source, pattern in enumerate(world.bar_patterns):
            target = world.bar_patterns.index(pattern | currencies)
            after[:, target] += self.barred[:, source] * banks
            after[:, source] += self.barred[:, source] * (1.0 - banks)
        self.barred = after
