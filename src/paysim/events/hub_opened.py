"""A hub opens: cut banks reach the world through banks of a third group that stays on SWIFT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import StrictBool, model_validator

from paysim.events.policy_event import PolicyEvent
from paysim.scenario.base import GroupId, Money, known
from paysim.scenario.event import raise_at
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class HubOpened(PolicyEvent):
    """Payments may go by CIPS to the hub and by SWIFT from it, for the hub's margin, as long as it is open."""

    kind: Literal["hub_opened"] = "hub_opened"
    hub: GroupId = fact(..., "group whose banks pass payments on")
    capacity: Money | None = fact(None, "value a year that it can pass on (default: no limit)", unit="USD bn")
    willing: StrictBool | None = fact(None, "whether its banks do it (default: the group's willing_hub)")

    @model_validator(mode="after")
    def _willing(self) -> Self:
        names = known.get()
        if names is not None and self.willing is None and self.hub in names.unwilling:
            raise_at("hub", f"banks of {self.hub} are no willing hub: write willing: true if here they are", self.hub)
        return self

    def describe(self) -> str:
        """Which hub."""
        return _("Hub {hub} open").format(hub=self.hub)

    def hubs(self) -> tuple[str, ...]:
        """The hub."""
        return (self.hub,)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Open the hub's routes, if its banks are willing."""
        if self.willing is False:
            return
        hub = world.hubs.index(self.hub)
        policy.hub_open[hub] = 1.0
        policy.hub_capacity[hub] = np.inf if self.capacity is None else self.capacity
