"""Three groups, three currencies: the world in which each mechanism of the model is tried by itself."""

from __future__ import annotations

import numpy as np
from worlds import direct, make_world, pass_month, through_hub, yuan_routes

from paysim.model.economy import Economy
from paysim.model.state import Policy
from paysim.model.world import World

TRADE = np.array([[0.0, 50.0, 30.0], [40.0, 0.0, 20.0], [25.0, 15.0, 10.0]])
SHARES = (0.5, 0.3, 0.2)
LAMBDA = 0.006
BETWEEN = 1  # the corridor from the first group to the second


def three_groups(hub: bool = False, **changes: object) -> World:
    """Three groups on SWIFT, partly on CIPS; the first issues the yuan, the third could be a hub."""
    options = (direct(0), direct(1), *yuan_routes(2))
    routes = options + tuple(through_hub(p, options, cips_system=3) for p in (0, 1, 2) if hub)
    described: dict[str, object] = {
        "options": routes,
        "cips": [0.9, 0.6, 0.8],
        "native": [0.7, 0.3, 0.4],
        "cuttable": (True, False),
        "hubs": [2] if hub else [],
        "yuan": 2,
        "alignment": [-1.0, 0.8, 0.2],
        "finance": TRADE / TRADE.sum(),
    }
    return make_world(SHARES, TRADE, **{**described, **changes})  # type: ignore[arg-type]


def lived(economy: Economy, policy: Policy, months: int = 1) -> Economy:
    for month in range(months):
        pass_month(economy, policy, month)
    return economy
