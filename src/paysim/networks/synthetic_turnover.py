"""How often money goes round in a synthetic day, and how much reciprocity makes it go round as often as published.

Turnover is value over liquidity. With independent payments it is limited by chance: the net positions at the end of a
day, which nothing but money from outside can cover, are as large as random walks are. What comes back takes them away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from paysim.networks.indicators import liquidity_bounds
from paysim.networks.synthetic import DayTraffic, synthetic_day

_ALL_MIRRORED = 0.5
"""Reciprocity at which every payment has its mirror. Beyond it, chains of odd length leave payments without one."""
_NARROW = 0.002
"""Width at which the search for a reciprocity ends; turnover then is right to some percent, as its luck allows."""


def turnover_at_lower_bound(traffic: DayTraffic, opens: int, closes: int, seeds: Sequence[int]) -> float:
    """Value of some days over the sum of their lower bounds of liquidity: the most that any rules can reach.

    Infinite where no liquidity is needed.
    """
    value = bound = 0
    for seed in seeds:
        day = synthetic_day(traffic, opens, closes, seed)
        columns = (day.sender, day.receiver, day.amount, day.arrives)
        value += int(day.amount.sum())
        bound += int(liquidity_bounds(*columns, traffic.participants).lower.sum())
    return value / bound if bound else float("inf")


def solve_reciprocity(traffic: DayTraffic, target: float, turnover: Callable[[DayTraffic], float]) -> float:
    """Find the reciprocity, at most one half, with which a turnover meets a target.

    Parameters
    ----------
    traffic : whose reciprocity is varied
    target : value over liquidity
    turnover : of a day of such traffic, growing with its reciprocity; with luck averaged out

    Raises
    ------
    ValueError : independent payments exceed the target, or payments that are all mirrored do not reach it
    """

    def reached(reciprocity: float) -> float:
        return turnover(replace(traffic, reciprocity=reciprocity))

    least, most = reached(0.0), reached(_ALL_MIRRORED)
    if not least <= target <= most:
        raise ValueError(
            f"turnover is {least:.3g} with independent payments and {most:.3g} where all are mirrored; "
            f"{target:g} is not between them"
        )
    low, high = 0.0, _ALL_MIRRORED
    while high - low > _NARROW:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if reached(middle) < target else (low, middle)
    return 0.5 * (low + high)
