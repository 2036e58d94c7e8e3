"""Participants of a settlement system hold more or less liquidity than they would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.scenario import units
from paysim.scenario.base import SystemId, quantity
from paysim.scenario.parts import fact
from paysim.words import decimal
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class LiquidityChange(PolicyEvent):
    """The liquidity of a system's participants is multiplied by a factor, whatever they adapt to besides.

    More of it stands for wider access to the central bank, a credit facility or a longer window of injections; less
    for lines that are withdrawn or funds that are frozen. Credits and caps of injections change with it.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["liquidity_change"] = "liquidity_change"
    system: SystemId = fact(..., "settlement system")
    factor: Annotated[float, quantity(units.RATIO, above=0.0)] = fact(..., "liquidity over what it would be")

    def describe(self) -> str:
        """What changes."""
        return _("Liquidity in {system} times {factor}").format(system=self.system, factor=decimal(f"{self.factor:g}"))

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Multiply it."""
        policy.liquidity[world.systems.index(self.system)] *= 1.0 + (self.factor - 1.0) * self.strength(elapsed)
