"""Banks lose a message network: the cut that Iran's banks knew in 2012 and Russia's in 2022."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import SANCTIONING, BankChoice, Groups, check_class, hit_banks, named, shock
from paysim.scenario.base import Duration, NetworkId, Share
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World

NOTICE = 10.0
"""Days from the legal act to the cut of Russia's first seven banks (Regulation (EU) 2022/345, 2 to 12 March 2022)."""


class Disconnection(PolicyEvent):
    """Banks of groups are disconnected from a message network.

    Their contracts on it are blocked; with notice, contracts begin to move before. What they pay on other networks
    goes on. Customers may move to banks that stay connected.
    """

    ramps: ClassVar[bool] = True

    kind: Literal["disconnection"] = "disconnection"
    network: NetworkId = fact("SWIFT", "the network they lose", checked=True)
    groups: Groups = fact(..., "groups whose banks are cut")
    banks: BankChoice = fact("all", "all, a class of banks, or a share of bank weight (largest first)")
    notice: Duration = fact(
        NOTICE, "time between announcement and cut", "S", unit="d", low=2.0, high=11.0,
        source="2 days in 2012 (Iran), 10 in March 2022 (Russia): "
        "https://www.treasuryandrisk.com/2012/03/15/swift-halts-services-to-iran-banks/ , "
        "https://www.theasianbanker.com/updates-and-articles/us-and-western-allies-ban-selected-russian-banks-from-swift-current",
    )  # fmt: skip
    brought_forward: Share = fact(
        0.3, "share of what is due within the length of the notice after the cut that is paid before it", "J",
        low=0.0, high=0.7,
    )  # fmt: skip
    by: Groups = fact(SANCTIONING, "groups that decide it: their currencies come under suspicion", checked=True)

    @model_validator(mode="after")
    def _known_class(self) -> Self:
        check_class(self.groups, self.banks)
        return self

    @property
    def announced(self) -> datetime:
        """When contracts may begin to move away."""
        return self.at - timedelta(days=self.notice)

    def describe(self) -> str:
        """Who is cut from what."""
        groups = named(self.groups)
        if self.banks != "all":
            groups += f" ({self.banks if isinstance(self.banks, str) else f'{self.banks:.0%}'})"
        return _("{groups} off {network}").format(groups=groups, network=self.network)

    def cuts(self) -> tuple[str, ...]:
        """The network."""
        return (self.network,)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Disconnect the banks."""
        hit = hit_banks(world, self.groups, self.banks) * self.strength(elapsed)
        policy.disconnect(hit, world.networks.index(self.network))

    def leave(self, policy: Policy, world: World) -> None:
        """Everybody has seen who was cut and by whom."""
        shock(policy, world, self.groups, self.by)
