"""Payments brought forward: in a notice period part of what would be stopped soon after it is paid before.

Who is told that a bank will be cut off pays in time what is due to it soon afterwards. Of the payments that are due
after the change within as much of the month as the notice leaves before it, and that could go before it and not after,
a share is submitted as long before it as they were due after it. Payments are drawn a month at a time, and so they move
inside their month: a change in a month's first hours leaves no time to hurry.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from paysim.engine.outages import EPOCH
from paysim.engine.timeline import Hurry
from paysim.engine.traffic import Ability, Batch, passes, refuses
from paysim.model.world import World
from paysim.networks.calendars import working_days
from paysim.networks.submission import share_submitted, submission_instants

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


def hastened(world: World, now: Ability, after: Ability, batch: Batch, due: Index, hurry: Hurry) -> tuple[Index, Index]:
    """Payments that a notice brings forward, and when they are submitted then.

    Parameters
    ----------
    now, after : what banks are able to before and after the change
    due : (N,) rows that wait to be submitted in the month of the change

    Returns
    -------
    rows, instants : (K,) some of the rows, and seconds since 1970, from the notice to before the change
    """
    first = datetime.fromtimestamp(hurry.at, UTC)
    days = working_days("weekdays", first.year, first.month)
    since, at = share_submitted(np.array([hurry.since, hurry.at]), days, EPOCH)
    place = share_submitted(batch.submitted[due], days, EPOCH)
    soon = (batch.submitted[due] >= hurry.at) & (place < at + (at - since))
    soon &= batch.hastened_luck[due] < hurry.share[batch.corridor[due]]
    rows, mirrored = due[soon], at - (place[soon] - at)
    chosen = _goes(world, now, batch, rows) & ~_goes(world, after, batch, rows)
    instants = submission_instants(np.clip(mirrored[chosen], 0.0, np.nextafter(1.0, 0.0)), days, EPOCH)
    return rows[chosen], np.clip(instants, hurry.since, hurry.at - 1)


def _goes(world: World, able: Ability, batch: Batch, at: Index) -> Flags:
    """Which of the rows can go and are not refused."""
    return np.asarray(passes(world, able, batch, at) & ~refuses(able, batch, at))
