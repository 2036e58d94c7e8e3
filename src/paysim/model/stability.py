"""The tipping threshold of a base: how strong network effects may be before it stops being stable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import Base
from paysim.model.parameters import Parameters
from paysim.model.units import BP

Array = NDArray[np.float64]


def spectral_radius(share: Array, value: Array, response: Array, together: Array | None = None) -> Array:
    """Largest eigenvalue mu of d ln D' / d ln D at gamma = 1, (E,).

    share : (E, 2, L, C) currency shares; value : (E, 2, L); response : (E, 2) elasticity of value to the log of
    attractiveness, eps / (10^4 lambda), 0 to leave the trade response out; together : (E, 2, L, C, C) mean over
    classes of banks of the product of two currencies' shares, where classes differ (`shares_together`).

    A rise of one currency's depth moves its share in each class of banks by s (1 - s), takes s s' from the others and,
    by lowering the corridor's cost, adds value. Depth is the ratio of the currency's share to its base share.
    """
    weighted = value[..., None] * share
    paid = weighted.sum((1, 2))
    if together is None:
        cross = np.einsum("eulc,euld,eu->ecd", weighted, share, 1.0 - response)
    else:
        cross = np.einsum("eul,eulcd->ecd", value, together)
        cross -= np.einsum("eulc,euld,eu->ecd", weighted, share, response)
    identity = np.eye(share.shape[-1])
    change = (paid[:, :, None] * identity - cross) / paid[:, :, None]
    mean = paid / paid.sum(1, keepdims=True)
    change = change - (mean[:, None, :] @ change)
    return np.asarray(np.abs(np.linalg.eigvals(change)).max(axis=1))


def shares_together(base: Base) -> Array | None:
    """Mean over classes of banks of the product of two currencies' shares, (E, 2, L, C, C).

    None where all classes have the corridor's shares, and the product is that of the corridor.
    """
    if base.class_factor is None or base.class_weight is None:
        return None
    by_class = base.class_factor * base.share[:, :, :, None, :]
    return np.asarray(np.einsum("elk,eulkc,eulkd->eulcd", base.class_weight, by_class, by_class))


def critical_network_effect(base: Base, parameters: Parameters, trade_response: bool = True) -> Array:
    """gamma_c = 1 / mu of every draw, (E,): the base is stable iff gamma / gamma_c + xi < 1."""
    response = np.zeros((parameters.draws, 2))
    if trade_response:
        elasticity = np.stack([parameters.trade_elasticity, parameters.finance_elasticity], axis=1)
        response = elasticity * BP / parameters.cost_sensitivity[:, None]
    return 1.0 / spectral_radius(base.share, base.value, response, shares_together(base))
