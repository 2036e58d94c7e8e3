"""Trade is built up between groups, as by the Belt and Road Initiative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import StrictBool

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, indices, named
from paysim.scenario import units
from paysim.scenario.base import quantity
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class TradeExpansion(PolicyEvent):
    """Goods that exporters sell to importers grow by a share at unchanged cost.

    It creates trade: no other corridor loses any. Changes of several events multiply.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["trade_expansion"] = "trade_expansion"
    exporters: Groups = fact(..., "groups that sell more")
    importers: Groups = fact(..., "groups that buy more")
    change: Annotated[float, quantity(units.SHARE, at_most=5.0)] = fact(..., "growth of their trade, by value")
    both: StrictBool = fact(False, "whether the trade grows in both directions")

    def describe(self) -> str:
        """Whose trade grows."""
        return _("Trade {exporters} with {importers} grows").format(
            exporters=named(self.exporters), importers=named(self.importers)
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Scale demand, once for each corridor."""
        grown = np.zeros(policy.demand.shape, dtype=np.bool_)
        grown[np.ix_(indices(world, self.exporters), indices(world, self.importers))] = True
        policy.demand[grown | grown.T if self.both else grown] *= 1.0 + self.change * self.strength(elapsed)
