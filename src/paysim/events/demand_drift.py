"""Demand for a currency drifts for reasons outside the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import StrictBool

from paysim.events.policy_event import PolicyEvent
from paysim.scenario.base import CurrencyId, Trend
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class DemandDrift(PolicyEvent):
    """A trend in the latent demand for a currency, in log-odds a month (1 %/month is 0.01)."""

    ramps: ClassVar[bool] = True

    kind: Literal["demand_drift"] = "demand_drift"
    currency: CurrencyId = fact("CNY", "the currency", checked=True)
    drift: Trend = fact(..., "change of its log-odds", unit="log-odds/month")
    premise: StrictBool = fact(True, "given as input: what follows from it is not a result")

    def describe(self) -> str:
        """Which currency, which way."""
        rises, falls = _("Demand for {currency} rises"), _("Demand for {currency} falls")
        return (rises if self.drift >= 0.0 else falls).format(currency=self.currency)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Add the trend."""
        policy.drift[world.currencies.index(self.currency)] += self.drift * self.strength(elapsed)
