"""Goods may no longer be exported to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, indices, named
from paysim.scenario.base import Share
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class ExportBan(PolicyEvent):
    """A share of the goods that exporters sell to importers may not be sold to them any more.

    From the next beginning of a month on that share is missing, of trade diverted to the corridor too; part of what is
    lost finds other partners. Of several bans on a corridor the widest counts.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["export_ban"] = "export_ban"
    exporters: Groups = fact(..., "groups that may not sell")
    importers: Groups = fact(..., "groups that they may not sell to")
    share: Share = fact(..., "share of the goods, by value")

    def describe(self) -> str:
        """Who may not sell to whom."""
        return _("{exporters} ban exports to {importers}").format(
            exporters=named(self.exporters), importers=named(self.importers)
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Ban the share."""
        corridors = np.ix_(indices(world, self.exporters), indices(world, self.importers))
        policy.banned[corridors] = np.maximum(policy.banned[corridors], self.share * self.strength(elapsed))
