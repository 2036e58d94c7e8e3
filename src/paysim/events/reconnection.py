"""Banks get a message network back, as Iran's did in February 2016."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import BankChoice, Groups, check_class, hit_banks, named
from paysim.scenario.base import NetworkId
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class Reconnection(PolicyEvent):
    """Undoes disconnections that happened before; blocked contracts live again, beliefs do not heal at once."""

    ramps: ClassVar[bool] = True

    kind: Literal["reconnection"] = "reconnection"
    network: NetworkId = fact("SWIFT", "the network they get back", checked=True)
    groups: Groups = fact(..., "groups whose banks return")
    banks: BankChoice = fact("all", "all, a class of banks, or a share of bank weight (largest first)")

    @model_validator(mode="after")
    def _known_class(self) -> Self:
        check_class(self.groups, self.banks)
        return self

    def describe(self) -> str:
        """Who is back on what."""
        return _("{groups} back on {network}").format(groups=named(self.groups), network=self.network)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Reconnect the banks."""
        back = hit_banks(world, self.groups, self.banks) * self.strength(elapsed)
        policy.reconnect(back, world.networks.index(self.network))
