"""The tracker counts more or less of a currency than before; what is paid does not change.

In 2023 the euro's visible share fell from 31.7 to 23.2 % between May and August while traffic inside the euro area
moved; every other currency's share rose by about 12 % without any payment having changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator

from paysim.events.policy_event import PolicyEvent
from paysim.scenario.base import CurrencyId, Ratio, some
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class CoverageBreak(PolicyEvent):
    """Factors on the visible value of currencies."""

    ramps: ClassVar[bool] = True

    kind: Literal["coverage_break"] = "coverage_break"
    coverage: Annotated[dict[CurrencyId, Ratio], AfterValidator(some)] = fact(
        ..., "factor on the visible value by currency (1: no change)"
    )

    def describe(self) -> str:
        """Which currencies."""
        return _("Tracker counts {currencies} anew").format(currencies=", ".join(self.coverage))

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Scale what is counted."""
        for currency, factor in self.coverage.items():
            policy.coverage[world.currencies.index(currency)] *= 1.0 + (factor - 1.0) * self.strength(elapsed)
