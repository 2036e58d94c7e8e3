"""A group taxes goods that it imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, indices, named
from paysim.scenario import units
from paysim.scenario.base import GroupId, quantity
from paysim.scenario.parts import fact
from paysim.words import decimal
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class Tariff(PolicyEvent):
    """A tariff lowers the goods that an importer wants of exporters, by (1 + rate)^(-trade elasticity).

    Trade moves there as it answers to any cost; part of what is lost finds other partners. Rates of several tariffs add
    up. Retaliation is another tariff.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["tariff"] = "tariff"
    importer: GroupId = fact(..., "group that levies it")
    exporters: Groups = fact(..., "groups whose goods are taxed")
    rate: Annotated[float, quantity(units.SHARE, at_most=5.0)] = fact(
        ..., "tariff over what it was at the start, of the goods' value"
    )

    def describe(self) -> str:
        """Who taxes whom by how much."""
        return _("{importer} taxes {exporters} {rate} %").format(
            importer=self.importer, exporters=named(self.exporters), rate=decimal(f"{100.0 * self.rate:.4g}")
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Add the rate."""
        corridors = np.ix_(indices(world, self.exporters), indices(world, (self.importer,)))
        policy.tariff[corridors] += self.rate * self.strength(elapsed)
