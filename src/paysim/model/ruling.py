"""What a month's rules rest on beside the state: who decides, what luck adds, and what follows from policy alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paysim.model import contracts, joining
from paysim.model.base import TINY, Base
from paysim.model.parameters import Parameters
from paysim.model.state import Policy
from paysim.model.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Switches:
    """Who follows the model's hazards, and who a path: shares of bank weight by month.

    joining, enabling : (G,) 1 where the model decides; switching : whether customers of cut banks move
    member_path, native_path : (months, G) prescribed weights, nan where none
    """

    joining: Array
    enabling: Array
    switching: bool
    member_path: Array
    native_path: Array

    @cached_property
    def prescribed(self) -> bool:
        """Whether any path prescribes anything."""
        return not (np.isnan(self.member_path).all() and np.isnan(self.native_path).all())


@dataclass(frozen=True)
class Luck:
    """Random numbers of one month; None where the mean is wanted.

    latent : (E, C) steps of latent demand, log-odds; joins, leaves, enables : (E, N) uniforms.
    """

    latent: Array | None = None
    joins: Array | None = None
    leaves: Array | None = None
    enables: Array | None = None


@dataclass(frozen=True)
class Ruling:
    """What follows from a policy alone, whatever the banks do; worked out once for as long as the policy holds.

    allowed : (L, P) 1 where a corridor may use an option; refused : (E, L) share refused
    leaving, enabling : (E, G) chance that a bank leaves the challenger's network, or enables its messages, in a month
    feared_share : (E, G) share of payments at the start in currencies that are feared
    """

    allowed: Array
    refused: Array
    leaving: Array
    enabling: Array
    feared_share: Array

    @classmethod
    def of(cls, world: World, parameters: Parameters, base: Base, policy: Policy) -> Ruling:
        """Work it out."""
        feared_share = np.zeros((parameters.draws, len(world.groups)))
        if policy.feared.any():
            feared = np.einsum("eul,eulc,c->el", base.value, base.share, policy.feared)
            feared_share = (feared @ world.touches) / np.maximum(base.value.sum(1) @ world.touches, TINY)
        touched = joining.touched_groups(world, policy)
        return cls(
            contracts.allowed_options(world, policy),
            contracts.refusal(parameters, policy),
            joining.leaving_probability(parameters, policy),
            joining.enabling_probability(world, parameters, policy, touched),
            feared_share,
        )
