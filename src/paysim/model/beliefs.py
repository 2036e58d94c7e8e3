"""What banks believe about the chance of being frozen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model.parameters import Parameters
from paysim.model.units import DAYS_A_MONTH

Array = NDArray[np.float64]


def update(parameters: Parameters, belief: Array, alignment: Array, shocks: Array) -> Array:
    """Beliefs after a month, (E, G): decay by half-life, a jump where a group was hit, less the further away.

    alignment : (G,); shocks : (G,) number of new shocks on each group. The jump of group g at an event on g* is
    J exp(-|a_g - a_g*| / l_a).
    """
    kept = 0.5 ** (DAYS_A_MONTH / parameters.belief_half_life)
    belief = belief * kept[:, None]
    if shocks.any():
        distance = np.abs(alignment[:, None] - alignment[None, :])
        near = np.exp(-distance / parameters.alignment_scale[:, None, None])
        belief = belief + parameters.belief_jump[:, None] * (near @ shocks)
    return np.asarray(np.minimum(belief, 1.0))
