"""Made-up trackers whose movement is known, as if published three weeks after each month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from paysim.data.noise import BREAK
from paysim.evidence.densities import shares
from paysim.evidence.origins import CURRENCIES, Figure, Published, month_end

LAG = timedelta(days=21)
START = BREAK[1] + 1


def walk(seed: int, months: int, latent: float = 0.09, noise: float = 0.07, stay: float = 1.0, mean: float = -2.0):
    """Log-odds: a level that wanders or returns, and noise on top."""
    generator = np.random.default_rng(seed)
    level = np.zeros(months)
    for month in range(1, months):
        level[month] = stay * level[month - 1] + latent * generator.standard_normal()
    return mean + level + noise * generator.standard_normal(months)


def published(values: Sequence[np.ndarray], first: int = START) -> Published:
    """A tracker of as many currencies as there are series of log-odds."""
    return Published(
        {
            currency: tuple(
                Figure(first + place, float(share), month_end(first + place) + LAG)
                for place, share in enumerate(shares(value))
            )
            for currency, value in zip(CURRENCIES, values, strict=False)
        }
    )
