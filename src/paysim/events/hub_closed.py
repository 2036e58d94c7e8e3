"""A hub closes: its banks pass payments of cut banks on no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.scenario.base import GroupId
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class HubClosed(PolicyEvent):
    """A hub that was opened before is closed while this lasts; one that no event has opened is an error of the file."""

    kind: Literal["hub_closed"] = "hub_closed"
    hub: GroupId = fact(..., "group whose banks passed payments on")

    def describe(self) -> str:
        """Which hub."""
        return _("Hub {hub} closed").format(hub=self.hub)

    def closes(self) -> tuple[str, ...]:
        """The hub."""
        return (self.hub,)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Close the hub's routes; without what opened it (a comparison may leave that out) there are none."""
        if self.hub in world.hubs:
            policy.hub_open[world.hubs.index(self.hub)] = 0.0
