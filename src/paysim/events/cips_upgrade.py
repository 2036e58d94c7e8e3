"""CIPS becomes easier to join, and its own messages easier to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.scenario import units
from paysim.scenario.base import quantity
from paysim.scenario.parts import fact

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World

Factor = Annotated[float, quantity(units.RATIO)]


class CipsUpgrade(PolicyEvent):
    """Factors on the rates at which banks join CIPS and enable its messages (new rules, hours, terminals)."""

    ramps: ClassVar[bool] = True

    kind: Literal["cips_upgrade"] = "cips_upgrade"
    joining: Factor = fact(
        1.5, "factor on the rate of joining", "J", low=1.0, high=3.0,
        source="rules of 19 December 2025 admit more kinds of participants and currencies; no effect measured yet",
    )  # fmt: skip
    native: Factor = fact(
        1.5, "factor on the rate of enabling CIPS's own messages", "J", low=1.0, high=3.0,
        source="installed base of CIPS's own terminal: not found",
    )  # fmt: skip

    def describe(self) -> str:
        """The upgrade."""
        return "CIPS upgrade"

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Speed joining and messaging up."""
        strength = self.strength(elapsed)
        policy.joining *= 1.0 + (self.joining - 1.0) * strength
        policy.native *= 1.0 + (self.native - 1.0) * strength
