"""Customers of cut banks move faster, or slower, to other banks of their country."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import Groups, indices, named
from paysim.scenario.base import MonthlyShare
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class BankSwitching(PolicyEvent):
    """A rate of groups, while it lasts, in the place of ``behaviour.switching``; of several the later one counts."""

    kind: Literal["bank_switching"] = "bank_switching"
    groups: Groups = fact(..., "groups whose customers move")
    rate: MonthlyShare = fact(
        0.2, "rate at which customers of cut banks move to uncut ones at home", "J", unit="/month", low=0.0, high=0.4,
        source="in Russia an effective cut weight of about .4 fits where about .7 was cut",
    )  # fmt: skip

    def describe(self) -> str:
        """Whose customers move."""
        return _("Customers of {groups} switch banks").format(groups=named(self.groups))

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Set the rate."""
        policy.switching[indices(world, self.groups)] = self.rate
