"""Importers want less, or more, at unchanged cost: a recession, a pandemic, a boom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, indices, named
from paysim.scenario import units
from paysim.scenario.base import quantity
from paysim.scenario.parts import fact
from paysim.words import decimal
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class DemandShock(PolicyEvent):
    """Goods that importers want at unchanged cost change by a share, from the next beginning of a month on.

    Part of what exporters lose finds other customers; importers, who want less, seek it nowhere else. Changes of
    several shocks multiply.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["demand_shock"] = "demand_shock"
    importers: Groups = fact(..., "groups whose demand changes")
    exporters: Groups | None = fact(None, "groups whose goods they want (default: all)")
    change: Annotated[float, quantity(units.SHARE, at_least=-1.0, at_most=5.0)] = fact(
        ..., "change of what they want, by value"
    )

    def describe(self) -> str:
        """Whose demand changes by how much."""
        return _("Imports of {importers} {change} %").format(
            importers=named(self.importers), change=decimal(f"{100.0 * self.change:+.4g}")
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Scale demand."""
        exporters = np.arange(len(world.groups)) if self.exporters is None else indices(world, self.exporters)
        policy.demand[np.ix_(exporters, indices(world, self.importers))] *= 1.0 + self.change * self.strength(elapsed)
