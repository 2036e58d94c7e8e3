"""What all kinds of events share: when an effect holds, and how strong it is."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING

from paysim.scenario.schema import Event

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class PolicyEvent(Event):
    """An event that changes what politics allows.

    The policy in force is composed anew from its base whenever something may have changed, by calling `effect` of
    every event in the order of their dates. So an effect needs no undoing: it is simply not applied when it has
    ended.
    """

    @property
    def announced(self) -> datetime:
        """When it is known, so that contracts may begin to move away; `at` for a kind without notice."""
        return self.at

    def effect(self, policy: Policy, world: World, elapsed: float) -> None:
        """Change a policy by what the event does, ``elapsed`` days after ``at``.

        Nothing before the event; from `at` on what it leaves behind for good; while it lasts what it does.
        """
        if elapsed < 0.0:
            return
        self.leave(policy, world)
        if self.lasts is None or elapsed < self.lasts:
            self.act(policy, world, elapsed)

    @abstractmethod
    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """What the event does while it lasts."""

    def leave(self, policy: Policy, world: World) -> None:
        """What stays when it has ended: that it happened (beliefs remember)."""

    def strength(self, elapsed: float) -> float:
        """Share of the full effect, growing over the ramp from 0 to 1."""
        return min(1.0, elapsed / self.ramp) if self.ramp > 0.0 else 1.0
