"""When payments are submitted: over all working days of a month, and over the hours of the day."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numba import float64, int64
from numpy.typing import NDArray

from paysim.networks.compiled import compiled

Array = NDArray[np.float64]
Index = NDArray[np.int64]

HOUR = 3600
HOURS = 24
DAY = HOURS * HOUR

GUESSES = 256
"""Equal parts of the day for which the hour is looked up; the quietest hour takes two of them."""

OFFICE_OPENS = 8
"""Start of working hours, local time. Range 7 to 9, judgement."""
OFFICE_CLOSES = 18
"""End of working hours, local time. Range 17 to 20, judgement."""
OVERNIGHT_SHARE = 0.1
"""Share of payments that machines submit outside working hours. Range 0 to .3, judgement."""


def office_profile(utc_offset: int, opens: int = OFFICE_OPENS, closes: int = OFFICE_CLOSES) -> Array:
    """Share of a region's payments submitted in each hour of the UTC day.

    Parameters
    ----------
    utc_offset : hours that the region's clock is ahead of UTC (standard time: the profile ignores summer time)
    opens, closes : working hours on the local clock, whole hours

    Returns
    -------
    (24,) shares that sum to 1: even over working hours, and `OVERNIGHT_SHARE` of all even over the other hours
    """
    local = (np.arange(HOURS) + utc_offset) % HOURS
    working = (local >= opens) & (local < closes)
    if not working.any() or working.all():
        return np.full(HOURS, 1.0 / HOURS)
    day, night = (1.0 - OVERNIGHT_SHARE) / int(working.sum()), OVERNIGHT_SHARE / int((~working).sum())
    return np.asarray(np.where(working, day, night), dtype=np.float64)


REGIONS: dict[str, tuple[int, float]] = {
    "Asia and Pacific": (8, 0.35),
    "Europe and Africa": (1, 0.4),
    "Americas": (-5, 0.25),
}
"""Region: (hours ahead of UTC, share of the world's cross-border payments). Shares: judgement, within .1 each."""

WORLD_PROFILE: Array = np.asarray(sum(share * office_profile(offset) for offset, share in REGIONS.values()))
"""(24,) share of the world's payments submitted in each hour of the UTC day. Judgement, from `REGIONS`."""
WORLD_PROFILE.flags.writeable = False


def submission_instants(
    uniforms: Array, working_days: NDArray[np.datetime64], epoch: datetime, profile: Array = WORLD_PROFILE
) -> Index:
    """Date payments: each working day is equally likely, and within the day the profile rules.

    Parameters
    ----------
    uniforms : (N,) in [0, 1), one a payment: its whole part, times the number of days, is the day, the rest the hour.
        The instant rises with the uniform, so sorted uniforms give sorted instants.
    working_days : (D,) ``datetime64[D]``
    epoch : aware instant from which seconds are counted
    profile : (24,) non-negative weights of the hours of the UTC day

    Returns
    -------
    (N,) int64 seconds since `epoch`

    Raises
    ------
    ValueError : no working day, or a uniform outside [0, 1)
    """
    if len(working_days) == 0:
        raise ValueError("payments need at least one working day")
    if uniforms.size and not (uniforms.min() >= 0.0 and uniforms.max() < 1.0):
        raise ValueError("uniforms are numbers from 0 to below 1")
    edges = np.concatenate(([0.0], np.cumsum(profile)))
    guesses = np.searchsorted(edges, np.arange(GUESSES) * (edges[-1] / GUESSES), side="right") - 1
    midnights = working_days.astype("datetime64[s]").astype(np.int64) - int(epoch.timestamp())
    instants = np.empty(len(uniforms), dtype=np.int64)
    _date(uniforms, midnights, edges, np.minimum(guesses, HOURS - 1), instants)
    return instants


def share_submitted(
    instants: Index, working_days: NDArray[np.datetime64], epoch: datetime, profile: Array = WORLD_PROFILE
) -> Array:
    """Share of a month's payments that are due before each instant, (N,): where `submission_instants` has them from.

    Parameters
    ----------
    instants : (N,) seconds since `epoch`; the others as there
    """
    midnights = working_days.astype("datetime64[s]").astype(np.int64) - int(epoch.timestamp())
    edges = np.concatenate(([0.0], np.cumsum(profile)))
    day = np.maximum(np.searchsorted(midnights, instants, side="right") - 1, 0)
    within = np.interp((instants - midnights[day]) / HOUR, np.arange(HOURS + 1), edges / edges[-1])
    return np.asarray((day + within) / len(midnights))


@compiled(float64[:], int64[::1], float64[::1], int64[::1], int64[::1])
def _date(uniforms: Array, midnights: Index, edges: Array, guesses: Index, instants: Index) -> None:
    """Write the instants of uniforms: the day, then the hour whose edges they lie between, then the second in it.

    guesses : the hour that each of so many equal parts of the day begins in; the search for the hour begins there
    """
    days, whole = len(midnights), edges[HOURS]
    for i in range(len(uniforms)):
        position = uniforms[i] * days
        day = min(int(position), days - 1)
        reached = (position - day) * whole
        hour = guesses[min(int((position - day) * len(guesses)), len(guesses) - 1)]
        while hour > 0 and edges[hour] > reached:
            hour -= 1
        while hour < HOURS - 1 and edges[hour + 1] <= reached:
            hour += 1
        per_second = HOUR / (edges[hour + 1] - edges[hour])
        second = per_second * (reached - edges[hour]) + hour * HOUR
        instants[i] = midnights[day] + min(int(second), DAY - 1)
