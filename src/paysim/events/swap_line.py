"""Central banks lend each other a currency: payers can count on getting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, check_partners, named, with_partners
from paysim.scenario.base import GroupId
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class SwapLine(PolicyEvent):
    """New swap lines make the issuer's currency more attractive to its partners, with the issuer and with each other.

    By ``behaviour.swap_line_effect`` log-odds. Lines that exist at the start are part of the base already. Between two
    partners the effect is the same as with the issuer (as a vehicle the yuan gained only where both had access to a
    line); a partner gains nothing with those who have none.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["swap_line"] = "swap_line"
    issuer: GroupId = fact("CHN", "group whose currency is lent", checked=True)
    partners: Groups = fact(..., "groups that can draw on it")

    @model_validator(mode="after")
    def _others(self) -> Self:
        check_partners(self.issuer, self.partners)
        return self

    def describe(self) -> str:
        """Who lends to whom."""
        return _("Swap line {issuer} with {partners}").format(issuer=self.issuer, partners=named(self.partners))

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Give the partners, and the issuer with them, access to the currency."""
        with_partners(policy.swap_line, world, self.issuer, self.partners, self.strength(elapsed))
