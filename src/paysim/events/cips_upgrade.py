"""CIPS becomes easier to join, its own messages easier to use; it takes further currencies, or opens for longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from paysim.events.policy_event import PolicyEvent
from paysim.scenario import units
from paysim.scenario.base import CurrencyId, quantity
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World

Factor = Annotated[float, quantity(units.RATIO)]
HOURS_A_DAY = 24.0


class CipsUpgrade(PolicyEvent):
    """Banks join CIPS and enable its messages at other rates; further currencies may use it; it is open for longer.

    The two factors grow over the ramp, and so do the further currencies; hours hold from the first day.

    A currency that CIPS takes needs an option of its own under ``options``, with ``needs: {CIPS: ...}``, its ``weight``
    in the currency, and the system that it settles in. Until the event nobody uses it. From then on new contracts of
    banks that both can use it take it with that weight, at the expense of the currency's other routes; that changes no
    cost and no currency by itself, but leaves a way when SWIFT is lost.
    """

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
    currencies: tuple[CurrencyId, ...] = fact((), "further currencies it takes, each with an option of its own")
    hours: Annotated[float, quantity(units.DURATION, at_most=1.0)] | None = fact(
        None, "time a working day for which its system is open (default: as it is, 24 h since 2018)", unit="d"
    )

    def describe(self) -> str:
        """The upgrade."""
        return _("CIPS upgrade")

    def opens(self) -> tuple[str, ...]:
        """The currencies."""
        return self.currencies

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Speed joining and messaging up, open options, and lengthen the system's day."""
        strength = self.strength(elapsed)
        policy.joining *= 1.0 + (self.joining - 1.0) * strength
        policy.native *= 1.0 + (self.native - 1.0) * strength
        for p, option in enumerate(world.options):
            if option.waits and world.currencies[option.currency] in self.currencies:
                policy.opened[p] = max(policy.opened[p], strength)
        if self.hours is not None:
            open_ = np.where(world.challenger_systems, HOURS_A_DAY * self.hours, 0.0)
            policy.open_hours = np.maximum(policy.open_hours, open_)
