"""A currency becomes dearer to convert, and financial payments in it are rationed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from paysim.events.policy_event import PolicyEvent
from paysim.scenario import units
from paysim.scenario.base import CurrencyId, quantity
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


CONTROLS = (
    "sign from 2015 and 2016, when the yuan's share fell from 2.79 to 1.68 % with a devaluation and controls: "
    "https://www.fintekasia.com/201701262187/ ; size not found"
)


class CapitalControls(PolicyEvent):
    """Converting a currency costs more, and financial payments in it have a ceiling.

    Each end of a payment whose own currency is another one converts once. What exceeds the ceiling is contracted in
    other currencies; nobody is charged for being rationed, so the cost shown is too low.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["capital_controls"] = "capital_controls"
    currency: CurrencyId = fact("CNY", "the currency", checked=True)
    cost: Annotated[float, quantity(units.COST)] = fact(
        30.0, "extra cost of a conversion", "J", unit="bp", low=0.0, high=150.0, source=CONTROLS
    )
    cap: Annotated[float, quantity(units.SHARE, at_most=5.0)] | None = fact(
        None,
        "ceiling on financial payments in it, over those of the start with the growth of all value (default: none)",
    )

    def describe(self) -> str:
        """Which currency."""
        return _("Capital controls on {currency}").format(currency=self.currency)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Add the cost and set the ceiling, which a ramp lowers from the value of the start."""
        currency, strength = world.currencies.index(self.currency), self.strength(elapsed)
        policy.conversion[currency] += self.cost * strength
        if self.cap is not None:
            policy.cap[currency] = min(policy.cap[currency], 1.0 + (self.cap - 1.0) * strength)
