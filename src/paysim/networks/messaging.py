r"""How long a payment message is under way, and when the customer is credited.

A message passes the first bank and the intermediaries. Each of them handles it in minutes, or its filter stops it and a
person reviews it in the working hours of the bank's place. When the last of them has sent it, it has *arrived* at the
beneficiary bank. The customer is credited at the later of that instant and of the time that the mixture from submission
to credit draws:

    credit = max(mixture, arrival)

with parameters such that the published times hold for the credit as it is then. The rules are told one by one in
``docs/reference/messages.md``; `paysim.networks.message_kernel` follows them, and so does a slow twin in the tests.

Everything is an inverse distribution function of given uniforms: the same uniforms give the same delays whatever else
is drawn, and a payment that moves to another network keeps its luck. Delays are in seconds from submission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paysim.networks import message_kernel as kernel
from paysim.networks.message_kernel import CORRESPONDENTS, MOST_INTERMEDIARIES, NATIVE
from paysim.networks.message_law import MessageLaw
from paysim.networks.screening import WorkingHours

__all__ = [
    "BANKS_ON_THE_WAY",
    "CORRESPONDENTS",
    "MOST_INTERMEDIARIES",
    "NATIVE",
    "NO_OUTAGES",
    "UNIFORMS_PER_MESSAGE",
    "Ways",
    "cips_ways",
    "message_delays",
    "outage_table",
]

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNIFORMS_PER_MESSAGE = kernel.UNIFORMS
"""Rows of uniforms: two for the credit, one for the number of intermediaries, one a bank before the beneficiary."""
BANKS_ON_THE_WAY = kernel.BANKS
"""The most banks before the beneficiary: the first and its intermediaries."""

NO_OUTAGES: Index = np.zeros((3, 0), dtype=np.int64)

STANDARD = MessageLaw()


class Ways(NamedTuple):
    """Which banks messages pass; columns (N,).

    native : whether the message goes by the challenger's network (CIPS), else by correspondents (SWIFT)
    known : intermediaries known beforehand: on the challenger's network all of them, on the correspondents' a hub,
        which comes before those that are drawn
    places : (`BANKS_ON_THE_WAY`, N) places of the first bank and of each intermediary, indices into the working hours
    """

    native: Flags
    known: Index
    places: Index


def message_delays(
    uniforms: Array,
    submitted: Index,
    ways: Ways,
    hours: WorkingHours,
    law: MessageLaw = STANDARD,
    outages: Index = NO_OUTAGES,
) -> tuple[Array, Array]:
    """Draw arrival at the beneficiary bank and credit of messages.

    Parameters
    ----------
    uniforms : (`UNIFORMS_PER_MESSAGE`, N) in [0, 1)
    submitted : (N,) seconds since 1970
    ways : the banks they pass
    hours : working hours of the places, over the years of submission
    law : the parameters
    outages : (3, K) from `outage_table`

    Returns
    -------
    arrival, credit : (N,) seconds from submission, arrival at most credit; infinite where a bank ends the message

    Raises
    ------
    ValueError : columns of other shapes, a uniform outside [0, 1), a place or an instant that the hours do not have,
        more intermediaries than there may be
    """
    _check(uniforms, submitted, ways, hours)
    arrival, credit = np.empty((2, len(submitted)))
    columns = (uniforms, submitted, ways.known, ways.native, ways.places)
    kernel.deliver(*columns, law.vector(), *hours, outages, arrival, credit)
    return arrival, credit


def cips_ways(sender: Index, receiver: Index, direct: Index, place: Index) -> Ways:
    """The ways of messages on CIPS, where indirect participants act through a direct one.

    Between two direct participants there is nobody. An indirect one adds its direct participant, unless that is the
    other end; two banks that act through the same direct participant pass that one only.

    Parameters
    ----------
    sender, receiver : (N,) banks
    direct : (B,) the direct participant that each bank acts through, itself where it is one
    place : (B,) place of each bank
    """
    ours, theirs = direct[sender], direct[receiver]
    sends = (ours != sender) & (ours != receiver)
    receives = (theirs != receiver) & (theirs != sender) & (theirs != ours)
    places = np.empty((BANKS_ON_THE_WAY, len(sender)), dtype=np.int64)
    places[0] = place[sender]
    places[1] = place[np.where(sends, ours, theirs)]
    places[2:] = place[theirs]
    return Ways(np.ones(len(sender), dtype=np.bool_), sends.astype(np.int64) + receives, places)


def outage_table(outages: Mapping[int, Iterable[tuple[int, int]]]) -> Index:
    """Outages of networks as the kernel wants them: begin, end and network of each, (3, K).

    outages : for `CORRESPONDENTS` and `NATIVE`, the intervals [begin, end) in seconds since 1970; those that overlap or
    touch become one. ValueError for an interval that ends before it begins, or another network
    """
    rows: list[tuple[int, int, int]] = []
    for network in sorted(outages):
        if network not in (CORRESPONDENTS, NATIVE):
            raise ValueError(f"a network is CORRESPONDENTS or NATIVE, got {network}")
        merged: list[tuple[int, int]] = []
        for begin, end in sorted(outages[network]):
            if end < begin:
                raise ValueError(f"an outage ends after it begins, got {begin} to {end}")
            if merged and begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((begin, end))
        rows += [(begin, end, network) for begin, end in merged]
    return np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def _check(uniforms: Array, submitted: Index, ways: Ways, hours: WorkingHours) -> None:
    count = len(submitted)
    if uniforms.shape != (UNIFORMS_PER_MESSAGE, count):
        raise ValueError(f"expected uniforms of shape ({UNIFORMS_PER_MESSAGE}, {count}), got {uniforms.shape}")
    if not (len(ways.native) == len(ways.known) == count and ways.places.shape == (BANKS_ON_THE_WAY, count)):
        raise ValueError(f"expected the ways of {count} messages, with {BANKS_ON_THE_WAY} places each")
    if not count:
        return
    if not kernel.are_uniforms(uniforms):
        raise ValueError("uniforms are numbers from 0 to below 1")
    if ways.places.min() < 0 or ways.places.max() >= hours.places:
        raise ValueError(f"a place is a number from 0 to below {hours.places}")
    if ways.known.min() < 0 or ways.known.max() > MOST_INTERMEDIARIES:
        raise ValueError(f"a message passes 0 to {MOST_INTERMEDIARIES} intermediaries")
    if not hours.covers(submitted):
        raise ValueError("messages are submitted in the years of the working hours")
