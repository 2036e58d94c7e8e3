"""Groups forbid their banks to use a network with the target: CIPS does not replace SWIFT where they are concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AfterValidator

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import SANCTIONING, Groups, indices, named
from paysim.scenario.base import NetworkId, some
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World


class AlliedCountermeasures(PolicyEvent):
    """Groups bar networks between their banks and the targets'; their banks enable no messages of CIPS's own."""

    kind: Literal["allied_countermeasures"] = "allied_countermeasures"
    groups: Groups = fact(SANCTIONING, "groups whose banks must not use the networks with the targets", checked=True)
    networks: Annotated[tuple[NetworkId, ...], AfterValidator(some)] = fact(
        ("CIPS",), "networks barred, both layers", checked=True
    )
    targets: Groups = fact(..., "groups they must not use them with")

    def describe(self) -> str:
        """Who bars what."""
        return _("{groups} bar {networks} with {targets}").format(
            groups=named(self.groups), networks=named(self.networks), targets=named(self.targets)
        )

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Bar the networks for the pairs, in both directions."""
        ours, theirs = indices(world, self.groups), indices(world, self.targets)
        for network in self.networks:
            layer = policy.pair_barred[:, :, world.networks.index(network)]
            layer[np.ix_(ours, theirs)] = 1.0
            layer[np.ix_(theirs, ours)] = 1.0
        policy.willingness[ours] = 0.0
