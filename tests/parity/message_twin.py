"""Messages, one by one and in plain Python: written from ``docs/reference/messages.md``, without the kernel's code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

from paysim.networks.calendars import working_days
from paysim.networks.message_law import MessageLaw
from paysim.networks.screening import Place

CORRESPONDENTS, CIPS = 0, 1
NORMAL = NormalDist()
BELOW_ONE = 1.0 - 2.0**-53


@dataclass
class Message:
    """One message: seven uniforms, the instant of submission, and the places of the banks it may pass."""

    uniforms: Sequence[float]
    submitted: int
    network: int
    known: int
    places: Sequence[Place]


def works_on(place: Place, day: date) -> bool:
    """Whether a place's desks work on a day of their own calendar."""
    return day in set(working_days(place.working, day.year, day.month).tolist())


def reviewed(at: float, work: float, place: Place) -> float:
    """When a review is done that could begin at an instant: day after day of the place's own calendar (rule 6)."""
    zone = ZoneInfo(place.time_zone)
    day = datetime.fromtimestamp(at, UTC).astimezone(zone).date()
    while True:
        if works_on(place, day):
            midnight = datetime(day.year, day.month, day.day)
            opens, closes = (
                (midnight + timedelta(seconds=hour)).replace(tzinfo=zone).timestamp()
                for hour in (place.opens, place.closes)
            )
            begun = max(at, opens)
            if begun < closes:
                if work <= closes - begun:
                    return begun + work
                work -= closes - begun
        day += timedelta(days=1)


def intermediaries(message: Message, law: MessageLaw) -> int:
    """Rules 1 and 2."""
    if message.network == CIPS:
        return message.known
    drawn, reached = 0, 0.0
    for share in law.intermediaries[:-1]:
        reached += share
        drawn += message.uniforms[2] >= reached
    return min(drawn + message.known, 3)


def arrives(message: Message, law: MessageLaw, outages: Sequence[tuple[int, int, int]]) -> float:
    """Instant of arrival at the beneficiary bank (rules 3 to 8 and 10), infinite if it ends before."""
    prompt = message.uniforms[0] < law.prompt_share
    at = float(message.submitted)
    for bank in range(1 + intermediaries(message, law)):
        luck = message.uniforms[3 + bank]
        if luck >= 1.0 - law.alert_rate:
            place = min((luck - (1.0 - law.alert_rate)) / law.alert_rate, BELOW_ONE)
            if place >= 1.0 - law.stopped_share:
                return math.inf
            quantile = min(place / (1.0 - law.stopped_share), BELOW_ONE)
            score = NORMAL.inv_cdf(quantile) if quantile > 0.0 else -math.inf
            at = reviewed(at, law.review_median * math.exp(law.review_sigma * score), message.places[bank])
        else:
            place = min(luck / (1.0 - law.alert_rate), BELOW_ONE)
            lower, upper = (0.0, law.prompt_share) if prompt else (law.prompt_share, 1.0)
            if bank > 0:
                mean = law.intermediary_mean
            else:
                mean = law.native_mean if message.network == CIPS else law.first_bank_mean
            at += -mean * math.log1p(-min(lower + (upper - lower) * place, BELOW_ONE))
        by_cips = message.network == CIPS or (bank == 0 and message.known > 0)
        for begin, end, network in outages:
            if network == (CIPS if by_cips else CORRESPONDENTS) and begin <= at < end:
                at = float(end)
    return at


def own_time(message: Message, law: MessageLaw) -> float:
    """Seconds of the credit's own time (rule 9)."""
    branch, position = message.uniforms[:2]
    if branch < law.prompt_share:
        return -law.prompt_mean * math.log1p(-position)
    return law.waiting_median * math.exp(law.waiting_sigma * NORMAL.inv_cdf(position))


def send(message: Message, law: MessageLaw, outages: Sequence[tuple[int, int, int]] = ()) -> tuple[float, float]:
    """Seconds from submission to arrival and credit."""
    undisturbed = arrives(message, law, ()) - message.submitted
    arrival = arrives(message, law, outages) - message.submitted
    if math.isinf(undisturbed):
        return math.inf, math.inf
    return arrival, max(own_time(message, law), undisturbed) + arrival - undisturbed


# --- the stream -----------------------------------------------------------------------------------------------------

MASK = 2**64 - 1


def hashed(key: int, counter: int) -> float:
    """A uniform by splitmix64 (Steele, Lea and Flood 2014): the top 53 bits of a counter's hash."""
    bits = (key + counter * 0x9E3779B97F4A7C15) & MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
    return ((bits ^ (bits >> 31)) >> 11) * 2.0**-53
