"""One message bank by bank: when each bank on its way has it, whether a person reviews it, and when it goes on.

The law is that of `paysim.networks.message_kernel`, whose parts are called here one after the other: the same uniforms
give the same instants, and the last of them are the arrival and the credit of `paysim.networks.messaging`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.networks import message_kernel as kernel
from paysim.networks.message_law import MessageLaw
from paysim.networks.messaging import CORRESPONDENTS, NATIVE, NO_OUTAGES, STANDARD, Ways
from paysim.networks.screening import WorkingHours

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Stop:
    """A message at one bank before the beneficiary's; times are seconds from submission.

    place : of the bank, index into the working hours
    reached : when it has the message
    reviewed : whether its filter stops the message, so that a person looks at it
    begun : when that person can begin, `reached` without a review
    work : seconds of working time that the review takes, 0 without one
    ready : when it has done with the message, infinite where it ends the message there
    sent : when it sends the message on: at once, or at the end of an outage of its network
    """

    place: int
    reached: float
    reviewed: bool
    begun: float
    work: float
    ready: float
    sent: float


@dataclass(frozen=True)
class MessageSteps:
    """A message from submission to credit; times are seconds from submission.

    stops : the first bank and the intermediaries that it passes
    arrival : at the beneficiary bank, when the last of them has sent it; infinite where one of them ends it
    prompt : whether the beneficiary bank credits without waiting
    own_time : of the credit, were the message there at once
    credit : at the customer's account, the later of both; an outage moves it by as much as the arrival
    """

    stops: tuple[Stop, ...]
    arrival: float
    prompt: bool
    own_time: float
    credit: float


def message_steps(
    uniforms: Array,
    submitted: int,
    ways: Ways,
    hours: WorkingHours,
    law: MessageLaw = STANDARD,
    outages: Index = NO_OUTAGES,
) -> MessageSteps:
    """Follow one message.

    Parameters
    ----------
    uniforms : (`UNIFORMS_PER_MESSAGE`,) in [0, 1)
    submitted : seconds since 1970
    ways : the banks it passes, columns of one message
    hours, law, outages : as in `message_delays`
    """
    own, vector = np.ascontiguousarray(uniforms, dtype=np.float64), law.vector()
    stops = _stops(own, submitted, ways, hours, vector, outages)
    arrival, credit = stops[-1].sent, float(kernel._credit(own, vector))
    own_time = credit
    if outages.shape[1] and np.isfinite(arrival):
        undisturbed = _stops(own, submitted, ways, hours, vector, NO_OUTAGES)[-1].sent
        credit = max(credit, undisturbed) + arrival - undisturbed
    prompt = bool(own[kernel.BRANCH] < law.prompt_share)
    return MessageSteps(stops, arrival, prompt, own_time, max(credit, arrival))


def _stops(own: Array, submitted: int, ways: Ways, hours: WorkingHours, law: Array, outages: Index) -> tuple[Stop, ...]:
    """The banks before the beneficiary, up to the one that ends the message."""
    network, known = (NATIVE if ways.native[0] else CORRESPONDENTS), int(ways.known[0])
    through_hub = network == CORRESPONDENTS and known > 0
    stops: list[Stop] = []
    for bank in range(1 + int(kernel._intermediaries(own, known, network, law))):
        reached = stops[-1].sent if stops else 0.0
        place = int(ways.places[bank, 0])
        begun, work, ready = _handled(own, bank, network, submitted, reached, place, hours, law)
        leaves_by = NATIVE if through_hub and bank == 0 else network
        sent = ready
        if np.isfinite(ready):
            sent = float(kernel._sent(submitted, ready, leaves_by, outages, outages.shape[1]))
        stops.append(Stop(place, reached, work is not None, begun, work or 0.0, ready, sent))
        if not np.isfinite(ready):
            break
    return tuple(stops)


def _handled(
    own: Array, bank: int, network: int, submitted: int, reached: float, place: int, hours: WorkingHours, law: Array
) -> tuple[float, float | None, float]:
    """When a bank begins with a message, seconds of a review (None without one), and when it has done."""
    luck, alert, goes_on = float(own[kernel.BANK + bank]), law[kernel.ALERT_RATE], 1.0 - law[kernel.STOPPED_SHARE]
    if luck < 1.0 - alert:
        mean = law[kernel.INTERMEDIARY_MEAN] if bank > 0 else kernel._first_mean(network, law)
        return reached, None, reached + float(kernel._handling(luck, own[kernel.BRANCH], mean, law))
    review = min((luck - (1.0 - alert)) / alert, kernel._BELOW_ONE)
    begun = max(reached, float(kernel._released(submitted + reached, 0.0, place, *hours)) - submitted)
    if review >= goes_on:
        return begun, 0.0, float("inf")
    score = kernel.normal_quantile(min(review / goes_on, kernel._BELOW_ONE))
    work = float(law[kernel.REVIEW_MEDIAN] * np.exp(law[kernel.REVIEW_SIGMA] * score))
    return begun, work, float(kernel._released(submitted + reached, work, place, *hours)) - submitted
