"""Correspondents: through which bank each bank settles in a system, and which have dropped it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model.world import World

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NONE = -1
"""Stands where a bank has no correspondent: what it had has dropped it."""
ALL_BUT_ROUNDING = 1.0 - 1e-12


def correspondents(world: World, barred: Array) -> Index:
    """The bank that settles for each bank in each system under a policy, (S, N).

    It is the participant of the bank, itself where it participates directly, and `NONE` where a clearing ban bars the
    whole bank from the currency of the system. A bank that is barred in part keeps its correspondent for the rest, and
    so does one whose own correspondent is barred.

    Parameters
    ----------
    world : with every bank for itself
    barred : (N, B) share of each bank under each pattern of barred currencies, as in a policy
    """
    without = barred @ world.bars
    currency = world.system_currency
    dropped = (without[:, currency] >= ALL_BUT_ROUNDING) & (currency >= 0)
    return np.where(dropped.T, NONE, world.participant)
