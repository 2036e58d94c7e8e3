"""The compiled heart of the feedback: what contracts send through the systems, and what each group has for it.

`paysim.engine.feedback` is the way in and tells what the arrays are. Nothing here checks what it is given, and
constants stand in this file, because the compiler's cache looks at this file only.

Indices: e draw, g exporter or payer, h importer or payee, p option, s system.
"""

from __future__ import annotations

import numpy as np
from numba import float64
from numpy.typing import NDArray

from paysim.networks.compiled import compiled

Array = NDArray[np.float64]

TRADE, FINANCE = 0, 1
TINY = 1e-300
"""Keeps quotients finite."""
HOURS_A_DAY = 24.0

_VECTOR, _TABLE, _CUBE = float64[::1], float64[:, ::1], float64[:, :, ::1]


@compiled(float64[:, :, :, :, ::1], _TABLE, _CUBE, _CUBE)
def send(paid: Array, uses: Array, sent: Array, load: Array) -> None:
    """Add up value by sending group and option, (E, G, P), and by system, (E, S, G), given zeros.

    The importer pays for goods. paid : (E, 2, G, G, P); uses : (P, S) share of an option's value in a system
    """
    draws, _, groups, _, options = paid.shape
    for e in range(draws):
        for g in range(groups):
            for h in range(groups):
                for p in range(options):
                    sent[e, h, p] += paid[e, TRADE, g, h, p]
                    sent[e, g, p] += paid[e, FINANCE, g, h, p]
        for g in range(groups):
            for p in range(options):
                for s in range(uses.shape[1]):
                    load[e, s, g] += sent[e, g, p] * uses[p, s]


@compiled(_CUBE, _CUBE, _CUBE, _VECTOR, _VECTOR, float64, _TABLE, _TABLE, _CUBE, _CUBE)
def levels(
    usual: Array,
    load: Array,
    funded: Array,
    level: Array,
    liquidity: Array,
    widest: float,
    value: Array,
    held: Array,
    values: Array,
    met: Array,
) -> None:
    """Fill in load and liquidity of systems over the usual, (E, S), and at what values and liquidity each is met.

    usual, load, funded : (E, S, G); level, liquidity : (S,) factors on liquidity
    values, met : (E, S, 1 + G) of the whole system and then as each group meets it, which has for its value up to
    ``widest`` times as much liquidity as the system, or as little
    """
    draws, systems, groups = load.shape
    for e in range(draws):
        for s in range(systems):
            normal = sent = have = 0.0
            for g in range(groups):
                normal += usual[e, s, g]
                sent += load[e, s, g]
                have += funded[e, s, g]
            used = normal > TINY
            value[e, s] = sent / normal if used else 1.0
            held[e, s] = (have / normal if used else 1.0) * level[s] * liquidity[s]
            values[e, s, :] = value[e, s]
            met[e, s, 0] = held[e, s]
            for g in range(groups):
                own = 1.0
                if load[e, s, g] > TINY and have > TINY:
                    own = funded[e, s, g] * sent / max(load[e, s, g] * have, TINY)
                met[e, s, 1 + g] = held[e, s] * min(max(own, 1.0 / widest), widest)


@compiled(_CUBE, _CUBE, _CUBE, _CUBE, _VECTOR, _TABLE, _CUBE, _TABLE)
def feel(
    unsettled: Array,
    waiting: Array,
    unsettled_before: Array,
    waiting_before: Array,
    sooner: Array,
    uses: Array,
    rejected: Array,
    days: Array,
) -> None:
    """Fill in what options meet beyond the start: share returned by group, (E, G, P), and days of delay, (E, P).

    unsettled, waiting and both before : (E, S, 1 + G) shares and hours, of the whole system and as each group meets it
    sooner : (S,) hours gained; uses : (P, S) share of an option's value in a system. All are given as zeros.
    """
    draws, systems, _ = unsettled.shape
    draws, groups, options = rejected.shape
    for e in range(draws):
        for s in range(systems):
            late = (waiting[e, s, 0] - waiting_before[e, s, 0] - sooner[s]) / HOURS_A_DAY
            late += unsettled[e, s, 0] - unsettled_before[e, s, 0]  # what comes back is sent again the next day
            for p in range(options):
                days[e, p] += late * uses[p, s]
                for g in range(groups):
                    more = unsettled[e, s, 1 + g] - unsettled_before[e, s, 1 + g]
                    rejected[e, g, p] += more * uses[p, s]


@compiled(_CUBE, _TABLE, _VECTOR, float64, _CUBE)
def bring_in(load: Array, value: Array, kept: Array, stretch: float, funded: Array) -> None:
    """Let liquidity, (E, S, G), go a month's way to what its service needs for the value sent, load * value^stretch.

    value : (E, S) over the usual; kept : (E,) share of the gap that is still there after a month
    """
    draws, systems, groups = load.shape
    for e in range(draws):
        for s in range(systems):
            scale = max(value[e, s], TINY) ** stretch
            for g in range(groups):
                funded[e, s, g] = kept[e] * funded[e, s, g] + (1.0 - kept[e]) * load[e, s, g] * scale
