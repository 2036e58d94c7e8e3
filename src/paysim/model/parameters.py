"""The parameters of behaviour as arrays over draws, and the two rules that are no numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Rules of the model that are chosen, not drawn.

    immediate : contracts and volumes adapt before anything is paid (the limit that closed forms speak of)
    depth : ``"log"`` for D**gamma, ``"linear"`` for exp(gamma (S - S0)), which only the closed forms use
    """

    immediate: bool = False
    depth: str = "log"


@dataclass(frozen=True)
class Parameters:
    """Parameters of behaviour, each an (E,) array; units as in the field names of the scenario's schema.

    ``network_effect`` is the ratio R = gamma / gamma_c; ``gamma`` itself is set by `with_gamma` once the threshold of
    the base is known. Rates are a year, half-lives and medians days, costs basis points of value.
    """

    cost_sensitivity: Array
    network_effect: Array
    nest_parameter: Array
    inertia: Array
    crisis_inertia: Array
    trade_elasticity: Array
    finance_elasticity: Array
    adjustment: Array
    diversion: Array
    bypass_share: Array
    bypass_cost: Array
    cleared_in_cips: Array
    messaged_on_swift: Array
    initial_native_share: Array
    native_base_rate: Array
    native_crisis_median: Array
    refusal_shock: Array
    refusal_later: Array
    hub_margin: Array
    finance_multiplier: Array
    joining_innovation: Array
    joining_imitation: Array
    joining_saving_weight: Array
    leaving_rate: Array
    delay_cost: Array
    rejection_cost: Array
    liquidity_half_life: Array
    belief_jump: Array
    alignment_scale: Array
    belief_half_life: Array
    loss_given_freeze: Array
    local_complementarity: Array
    local_constant: Array
    switching: Array
    growth: Array
    depth_half_life: Array
    queue_limit: Array
    swap_line_effect: Array
    clearing_bank_effect: Array

    @property
    def draws(self) -> int:
        """Number of draws E."""
        return len(self.cost_sensitivity)

    def take(self, index: slice | NDArray[np.int64]) -> Parameters:
        """The parameters of some of the draws."""
        return Parameters(**{f.name: getattr(self, f.name)[index] for f in fields(self)})
