"""China moves yuan payments out of SWIFT's sight: the premise of the decoupling story."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import StrictBool

from paysim.events.policy_event import PolicyEvent
from paysim.scenario.base import MonthlyShare
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World

NO_SOURCE = "no source gives a rate; bounds follow from the tracker and from the growth of CIPS"


class Steering(PolicyEvent):
    """A share a month of visible yuan moves to CIPS messages and CIPS settlement.

    Message migration (from SWIFT-messaged CIPS payments) leaves the CIPS statistic as it is; clearing migration (from
    offshore clearing) raises it. The two are named apart because only the second shows.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["steering"] = "steering"
    message: MonthlyShare = fact(
        0.0, "message migration: share a month of yuan settled in CIPS with a SWIFT message", "J", unit="/month",
        low=0.0, high=0.2, source=NO_SOURCE,
    )  # fmt: skip
    clearing: MonthlyShare = fact(
        0.0, "clearing migration: share a month of yuan cleared offshore", "J", unit="/month",
        low=0.0, high=0.01, source=NO_SOURCE,
    )  # fmt: skip
    premise: StrictBool = fact(True, "given as input: what follows from it is not a result")

    def describe(self) -> str:
        """The steering."""
        return _("Yuan steered to CIPS")

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Add to the migration of the month."""
        strength = self.strength(elapsed)
        policy.steering_message = min(1.0, policy.steering_message + self.message * strength)
        policy.steering_clearing = min(1.0, policy.steering_clearing + self.clearing * strength)
