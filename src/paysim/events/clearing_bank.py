"""A bank abroad is appointed to clear a currency."""

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


class ClearingBank(PolicyEvent):
    """New clearing banks make the issuer's currency more attractive to its partners, with the issuer and each other.

    By ``behaviour.clearing_bank_effect`` log-odds, beside what a swap line does. Banks that clear at the start are part
    of the base already.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["clearing_bank"] = "clearing_bank"
    issuer: GroupId = fact("CHN", "group whose currency is cleared", checked=True)
    partners: Groups = fact(..., "groups in which a bank clears it")

    @model_validator(mode="after")
    def _others(self) -> Self:
        check_partners(self.issuer, self.partners)
        return self

    def describe(self) -> str:
        """Where a bank clears whose currency."""
        return _("Clearing bank of {issuer} in {partners}").format(issuer=self.issuer, partners=named(self.partners))

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Give the partners, and the issuer with them, access to the currency."""
        with_partners(policy.clearing_bank, world, self.issuer, self.partners, self.strength(elapsed))
