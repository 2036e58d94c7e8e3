"""Holding and using a currency costs more: its issuer's debt is doubted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.scenario import units
from paysim.scenario.base import CurrencyId, quantity
from paysim.scenario.parts import fact
from paysim.words import decimal
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class FiscalPremium(PolicyEvent):
    """Payments in a currency cost a premium more than at the start, on every route; several premiums add up."""

    ramps: ClassVar[bool] = True

    kind: Literal["fiscal_premium"] = "fiscal_premium"
    currency: CurrencyId = fact("USD", "the currency", checked=True)
    premium: Annotated[float, quantity(units.COST)] = fact(
        45.0, "extra cost of a payment in it", "S", unit="bp", low=0.0, high=90.0,
        source="top: the convenience yield that a loss of demand for safe dollar assets would take; half of it is a "
        "judgement: https://www.hoover.org/events/dollar-erosion-understanding-loss-reserve-currency-status",
    )  # fmt: skip

    def describe(self) -> str:
        """How much dearer which currency becomes."""
        return _("Fiscal premium of {premium} bp on {currency}").format(
            premium=decimal(f"{self.premium:.4g}"), currency=self.currency
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Add the premium."""
        policy.premium[world.currencies.index(self.currency)] += self.premium * self.strength(elapsed)
