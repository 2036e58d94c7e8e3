"""An exporter sells for a currency by decree, as oil or rare earths might be sold for yuan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, indices
from paysim.scenario import units
from paysim.scenario.base import CurrencyId, GroupId, Share, quantity
from paysim.scenario.parts import fact
from paysim.words import number
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class CurrencyMandate(PolicyEvent):
    """A share of an exporter's goods contracts is in a currency by decree, whatever payers would choose.

    The rest is chosen as before. A decree does not wait for habits: contracts are written anew at the next beginning
    of a month, or over the ramp. When it ends they stay where they are, and choice takes over. The logit would price a
    decree at -ln(share chosen)/lambda, several hundred basis points, as if every payer's taste were money; instead its
    cost is given.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["currency_mandate"] = "currency_mandate"
    exporter: GroupId = fact(..., "group that sells")
    currency: CurrencyId = fact("CNY", "currency it must be paid in", checked=True)
    share: Share = fact(..., "share of its contracts, by value")
    importers: Groups | None = fact(None, "groups that buy (default: all)")
    cost: Annotated[float, quantity(units.COST)] = fact(
        20.0, "what a contract by decree costs more than one by choice: changing and hedging the currency", "J",
        unit="bp", low=0.0, high=100.0,
        source="no figure found; no sign of oil exports leaving the dollar either: "
        "https://econpapers.repec.org/RePEc:imf:imfwpa:2025/178",
    )  # fmt: skip

    def describe(self) -> str:
        """Who sells how much for what."""
        return _("{exporter} sells {share} % for {currency}").format(
            exporter=self.exporter, share=number(100.0 * self.share), currency=self.currency
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Put the contracts into the currency; of several decrees on one the widest counts, at most all contracts."""
        exporter, currency = world.group_index(self.exporter), world.currencies.index(self.currency)
        importers = np.arange(len(world.groups)) if self.importers is None else indices(world, self.importers)
        before = policy.mandate[exporter, importers]
        room = 1.0 - before.sum(-1) + before[:, currency]
        wanted = np.minimum(np.maximum(before[:, currency], self.share * self.strength(elapsed)), room)
        policy.mandate[exporter, importers, currency] = wanted
        policy.mandate_cost[exporter, importers] += (wanted - before[:, currency]) * self.cost
