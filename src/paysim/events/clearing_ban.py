"""Currencies are barred to banks on every route: their correspondents drop them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, model_validator

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import SANCTIONING, BankChoice, Groups, check_class, hit_banks, named, shock
from paysim.scenario.base import CurrencyId, some
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class ClearingBan(PolicyEvent):
    """Banks of groups may no longer pay in currencies, whatever carries the message.

    This is another thing than a disconnection: it removes a currency, not a route.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["clearing_ban"] = "clearing_ban"
    currencies: Annotated[tuple[CurrencyId, ...], AfterValidator(some)] = fact(..., "currencies they lose")
    groups: Groups = fact(..., "groups whose banks lose them")
    banks: BankChoice = fact("all", "all, a class of banks, or a share of bank weight (largest first)")
    by: Groups = fact(SANCTIONING, "groups that decide it: their currencies come under suspicion", checked=True)

    @model_validator(mode="after")
    def _known_class(self) -> Self:
        check_class(self.groups, self.banks)
        return self

    def describe(self) -> str:
        """What is barred to whom."""
        return _("{currencies} barred to {groups}").format(
            currencies=", ".join(self.currencies), groups=named(self.groups)
        )

    def bars(self) -> tuple[frozenset[str], ...]:
        """The currencies."""
        return (frozenset(self.currencies),)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Bar the currencies."""
        hit = hit_banks(world, self.groups, self.banks) * self.strength(elapsed)
        policy.bar(hit, frozenset(world.currencies.index(currency) for currency in self.currencies), world)

    def leave(self, policy: Policy, world: World) -> None:
        """Everybody has seen who was hit and by whom."""
        shock(policy, world, self.groups, self.by)
