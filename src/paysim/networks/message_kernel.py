"""The compiled heart of messages: one message from its submission to the beneficiary bank and to the credit.

`paysim.networks.messaging` states the law, prepares the tables and is the way in; nothing here checks what it is given.
Two ways lead into the same loop body: `deliver` takes the uniforms of messages as an array (the economic engine), and
`stream` makes them itself by hashing a counter (a true day of tens of millions, in no memory).

Constants stand in this file, because the compiler's cache looks at this file only. Tables::

    law       (LAW,) float64: the parameters named below
    opens, closes
              (P, S) int64: working hours of each place, seconds since 1970, ascending; the last never closes
    guide     (P, D) int64: for each place and UTC day, the first working hours that close after the day begins
    outages   (3, K) int64: begin, end and network of each outage, ascending and disjoint in each network
    uniforms  (UNIFORMS, N) float64 in [0, 1): rows as named below
    places    (BANKS, N) int64: place of the first bank and of each intermediary there may be
"""

from __future__ import annotations

import numpy as np
from numba import boolean, float64, int64, njit, uint64
from numpy.typing import NDArray

from paysim.networks.compiled import compiled, inner

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Keys = NDArray[np.uint64]

DAY = 86_400

# Rows of uniforms: the credit (2), the number of intermediaries, the first bank and each intermediary.
BRANCH, POSITION, HOPS, BANK = 0, 1, 2, 3
MOST_INTERMEDIARIES = 3
BANKS = 1 + MOST_INTERMEDIARIES
UNIFORMS = BANK + BANKS

# The law.
PROMPT_SHARE, PROMPT_MEAN, WAITING_MEDIAN, WAITING_SIGMA = 0, 1, 2, 3
FIRST_BANK_MEAN, NATIVE_MEAN, INTERMEDIARY_MEAN = 4, 5, 6
ALERT_RATE, STOPPED_SHARE, REVIEW_MEDIAN, REVIEW_SIGMA = 7, 8, 9, 10
UP_TO = 11  # and the next two: shares of messages with no, at most one and at most two intermediaries
LAW = UP_TO + MOST_INTERMEDIARIES

# Networks.
CORRESPONDENTS, NATIVE = 0, 1

# What a stream draws beside the uniforms of a message.
REGION, WORKING_DAY, SECOND, HOME = UNIFORMS, UNIFORMS + 1, UNIFORMS + 2, UNIFORMS + 3
PURPOSES = UNIFORMS + 4

GUESSES = 256

_BELOW_ONE = 1.0 - 2.0**-53
_ARRAY, _INDEX, _FLAGS = float64[::1], int64[::1], boolean[::1]
_MATRIX, _TABLE = float64[:, ::1], int64[:, ::1]


@inner
def normal_quantile(uniform: float) -> float:
    """Standard normal number of a uniform in (0, 1): algorithm AS 241, PPND16 (Wichura 1988), to 16 digits."""
    q = uniform - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        upper = 2509.0809287301226727 * r + 33430.575583588128105
        upper = (upper * r + 67265.770927008700853) * r + 45921.953931549871457
        upper = (upper * r + 13731.693765509461125) * r + 1971.5909503065514427
        upper = (upper * r + 133.14166789178437745) * r + 3.387132872796366608
        lower = 5226.495278852854561 * r + 28729.085735721942674
        lower = (lower * r + 39307.89580009271061) * r + 21213.794301586595867
        lower = (lower * r + 5394.1960214247511077) * r + 687.1870074920579083
        lower = (lower * r + 42.313330701600911252) * r + 1.0
        return float(q * upper / lower)
    r = np.sqrt(-np.log(max(min(uniform, 1.0 - uniform), 1e-300)))
    if r <= 5.0:
        r -= 1.6
        upper = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        upper = (upper * r + 0.24178072517745061177) * r + 1.27045825245236838258
        upper = (upper * r + 3.64784832476320460504) * r + 5.7694972214606914055
        upper = (upper * r + 4.6303378461565452959) * r + 1.42343711074968357734
        lower = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        lower = (lower * r + 0.0151986665636164571966) * r + 0.14810397642748007459
        lower = (lower * r + 0.68976733498510000455) * r + 1.6763848301838038494
        lower = (lower * r + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        upper = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        upper = (upper * r + 0.0012426609473880784386) * r + 0.026532189526576123093
        upper = (upper * r + 0.29656057182850489123) * r + 1.7848265399172913358
        upper = (upper * r + 5.4637849111641143699) * r + 6.6579046435011037772
        lower = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        lower = (lower * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4
        lower = (lower * r + 0.0148753612908506148525) * r + 0.13692988092273580531
        lower = (lower * r + 0.59983220655588793769) * r + 1.0
    score = upper / lower
    return float(-score if q < 0.0 else score)


@inner
def _released(at: float, work: float, place: int, opens: Index, closes: Index, guide: Index, first_day: int) -> float:
    """Instant at which so many seconds of work are done that may begin at an instant; work is done in working hours."""
    day = min(max(int(at / DAY) - first_day, 0), guide.shape[1] - 1)
    hours = guide[place, day]
    while closes[place, hours] <= at:
        hours += 1
    begun = max(at, float(opens[place, hours]))
    while work > closes[place, hours] - begun:
        work -= closes[place, hours] - begun
        hours += 1
        begun = float(opens[place, hours])
    return float(begun + work)


@inner
def _sent(submitted: int, delay: float, network: int, outages: Index, count: int) -> float:
    """Seconds until a bank that is ready to send a message sends it: at once, or at the end of an outage."""
    for k in range(count):
        if outages[2, k] == network and outages[0, k] <= submitted + delay < outages[1, k]:
            delay = float(outages[1, k] - submitted)
    return delay


@inner
def _handling(luck: float, branch: float, mean: float, law: Array) -> float:
    """Seconds that a bank takes for a message that its filter lets pass.

    A payment that the beneficiary bank credits without waiting went straight through before: of the exponential times
    it has the shortest, in all as many as there are such payments, and the others share the rest.
    """
    share = law[PROMPT_SHARE]
    place = min(luck / (1.0 - law[ALERT_RATE]), _BELOW_ONE)
    place = share * place if branch < share else min(share + (1.0 - share) * place, _BELOW_ONE)
    return float(-mean * np.log(1.0 - place))


@inner
def _first_mean(network: int, law: Array) -> float:
    return float(law[NATIVE_MEAN] if network == NATIVE else law[FIRST_BANK_MEAN])


@inner
def _free_way(uniforms: Array, intermediaries: int, network: int, law: Array) -> float:
    """Seconds until the last bank before the beneficiary has sent a message that no filter stops and no outage."""
    delay = _handling(uniforms[BANK], uniforms[BRANCH], _first_mean(network, law), law)
    for bank in range(1, 1 + intermediaries):
        delay += _handling(uniforms[BANK + bank], uniforms[BRANCH], law[INTERMEDIARY_MEAN], law)
    return delay


@inner
def _stopped(uniforms: Array, intermediaries: int, law: Array) -> bool:
    """Whether the filter of some bank on the way stops a message."""
    found = False
    for bank in range(1 + intermediaries):
        found |= uniforms[BANK + bank] >= 1.0 - law[ALERT_RATE]
    return found


@inner
def _way(
    uniforms: Array,
    places: Index,
    intermediaries: int,
    hub: bool,
    network: int,
    submitted: int,
    law: Array,
    opens: Index,
    closes: Index,
    guide: Index,
    first_day: int,
    outages: Index,
    count: int,
) -> float:
    """Seconds until the last bank before the beneficiary has sent a message; inf if one of the banks ends it.

    uniforms : (UNIFORMS,), places : (BANKS,) of this message; hub : whether its first intermediary is a hub, which the
    message reaches by the challenger's network; count : of the outages, how many there are
    """
    alert, goes_on = law[ALERT_RATE], 1.0 - law[STOPPED_SHARE]
    delay = 0.0
    for bank in range(1 + intermediaries):
        luck = uniforms[BANK + bank]
        if luck >= 1.0 - alert:
            review = min((luck - (1.0 - alert)) / alert, _BELOW_ONE)
            if review >= goes_on:
                return np.inf
            score = normal_quantile(min(review / goes_on, _BELOW_ONE))
            work = law[REVIEW_MEDIAN] * np.exp(law[REVIEW_SIGMA] * score)
            delay = _released(submitted + delay, work, places[bank], opens, closes, guide, first_day) - submitted
        else:
            mean = law[INTERMEDIARY_MEAN] if bank > 0 else _first_mean(network, law)
            delay += _handling(luck, uniforms[BRANCH], mean, law)
        if count:
            leaves_by = NATIVE if hub and bank == 0 else network
            delay = _sent(submitted, delay, leaves_by, outages, count)
    return float(delay)


@inner
def _credit(uniforms: Array, law: Array) -> float:
    """Seconds from submission to the customer's credit, were the message there at once."""
    position = uniforms[POSITION]
    if uniforms[BRANCH] < law[PROMPT_SHARE]:
        return float(-law[PROMPT_MEAN] * np.log(1.0 - position))
    return float(law[WAITING_MEDIAN] * np.exp(law[WAITING_SIGMA] * normal_quantile(position)))


@inner
def _intermediaries(uniforms: Array, known: int, network: int, law: Array) -> int:
    """Number of intermediaries: those that are known beforehand, and on the correspondents' network those drawn."""
    if network == CORRESPONDENTS:
        for number in range(MOST_INTERMEDIARIES):
            known += uniforms[HOPS] >= law[UP_TO + number]
    return min(known, MOST_INTERMEDIARIES)


@inner
def _disturbed(
    uniforms: Array,
    places: Index,
    known: int,
    network: int,
    submitted: int,
    law: Array,
    opens: Index,
    closes: Index,
    guide: Index,
    first_day: int,
    outages: Index,
) -> tuple[float, float]:
    """Seconds to the arrival and to the credit of a message that a filter stops, or that an outage may.

    The credit is the later of its own time and the arrival; an outage moves both by as much as it moves the arrival.
    """
    intermediaries = _intermediaries(uniforms, known, network, law)
    hub = network == CORRESPONDENTS and known > 0
    arrival = _way(
        uniforms, places, intermediaries, hub, network, submitted, law, opens, closes, guide, first_day, outages, 0
    )  # fmt: skip
    credit = max(_credit(uniforms, law), arrival)
    count = outages.shape[1]
    if count == 0 or arrival == np.inf:
        return arrival, credit
    later = _way(
        uniforms, places, intermediaries, hub, network, submitted, law, opens, closes, guide, first_day, outages, count
    )  # fmt: skip
    return later, max(credit + (later - arrival), later)


@njit(boolean(float64[:, :]), cache=True, error_model="numpy")
def are_uniforms(numbers: Array) -> bool:
    """Whether all numbers, (UNIFORMS, N), are from 0 to below 1."""
    found = True
    for i in range(numbers.shape[1]):
        for row in range(UNIFORMS):
            found &= 0.0 <= numbers[row, i] < 1.0
    return found


@compiled(
    float64[:, :], _INDEX, _INDEX, _FLAGS, int64[:, :], _ARRAY, _TABLE, _TABLE, _TABLE, int64, _TABLE, _ARRAY, _ARRAY
)  # fmt: skip
def deliver(
    uniforms: Array,
    submitted: Index,
    known: Index,
    native: Flags,
    places: Index,
    law: Array,
    opens: Index,
    closes: Index,
    guide: Index,
    first_day: int,
    outages: Index,
    arrival: Array,
    credit: Array,
) -> None:
    """Write the delays of messages whose uniforms are given.

    submitted : (N,) seconds since 1970; known : (N,) intermediaries known beforehand; native : (N,) whether the message
    goes by the challenger's network; first_day : UTC day, since 1970, of the guide's first column
    arrival, credit : (N,) seconds from submission, written
    """
    own, at, outs = np.empty(UNIFORMS), np.empty(BANKS, dtype=np.int64), outages.shape[1]
    for i in range(len(submitted)):
        for row in range(UNIFORMS):
            own[row] = uniforms[row, i]
        for bank in range(BANKS):
            at[bank] = places[bank, i]
        network = NATIVE if native[i] else CORRESPONDENTS
        intermediaries = _intermediaries(own, known[i], network, law)
        if outs or _stopped(own, intermediaries, law):
            arrival[i], credit[i] = _disturbed(
                own, at, known[i], network, submitted[i], law, opens, closes, guide, first_day, outages
            )  # fmt: skip
        else:
            arrival[i] = _free_way(own, intermediaries, network, law)
            credit[i] = max(_credit(own, law), arrival[i])


# --- a stream of messages -------------------------------------------------------------------------------------------


@inner
def _uniform(key: np.uint64, counter: int) -> float:
    """A uniform in [0, 1) of a counter, with 53 bits: splitmix64 (Steele, Lea and Flood 2014)."""
    bits = key + np.uint64(counter) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@inner
def _cell(uniform: float, ends: Array) -> int:
    """How many of a few ascending ends a uniform has reached (looking at all costs less than a wrong guess)."""
    reached = 0
    for end in ends:
        reached += uniform >= end
    return reached


@inner
def _second(uniform: float, edges: Array, guesses: Index, region: int) -> int:
    """Second of the UTC day at which a region submits a payment: the inverse of its profile."""
    hour = guesses[region, int(uniform * GUESSES)]
    while hour < 23 and edges[region, hour + 1] <= uniform:
        hour += 1
    share = (uniform - edges[region, hour]) / (edges[region, hour + 1] - edges[region, hour])
    return min(int(3600 * (hour + share)), DAY - 1)


@compiled(
    int64, uint64[::1], _INDEX, _ARRAY, _ARRAY, _MATRIX, _TABLE, _ARRAY, _TABLE, _TABLE, _TABLE, int64, _TABLE, _INDEX,
    _ARRAY, _ARRAY,
)  # fmt: skip
def stream(
    first: int,
    keys: Keys,
    midnights: Index,
    regions: Array,
    homes: Array,
    edges: Array,
    guesses: Index,
    law: Array,
    opens: Index,
    closes: Index,
    guide: Index,
    first_day: int,
    outages: Index,
    submitted: Index,
    arrival: Array,
    credit: Array,
) -> None:
    """Draw and send the messages from a number on, as many as the columns have room for.

    keys : (PURPOSES,); midnights : (days,) seconds since 1970 of the working days; regions, homes : cumulative shares
    of the regions of first banks, and of the homes of their intermediaries (their own region with what is left to 1)
    edges, guesses : (regions, 25) running sum of each region's profile, (regions, GUESSES) hour where a search begins
    """
    own, at, outs = np.empty(UNIFORMS), np.empty(BANKS, dtype=np.int64), outages.shape[1]
    for i in range(len(submitted)):
        number = first + i
        for row in range(UNIFORMS):
            own[row] = _uniform(keys[row], number)
        region = _cell(_uniform(keys[REGION], number), regions)
        home = _cell(_uniform(keys[HOME], number), homes)
        at[0] = region
        for bank in range(1, BANKS):
            at[bank] = home if home < len(homes) else region
        day = midnights[int(_uniform(keys[WORKING_DAY], number) * len(midnights))]
        submitted[i] = day + _second(_uniform(keys[SECOND], number), edges, guesses, region)
        intermediaries = _intermediaries(own, 0, CORRESPONDENTS, law)
        if outs:
            arrival[i], credit[i] = _disturbed(
                own, at, 0, CORRESPONDENTS, submitted[i], law, opens, closes, guide, first_day, outages
            )  # fmt: skip
            continue
        if _stopped(own, intermediaries, law):  # past `_disturbed`, because handing the tables on costs a tenth
            arrival[i] = _way(
                own, at, intermediaries, False, CORRESPONDENTS, submitted[i], law, opens, closes, guide, first_day,
                outages, 0,
            )  # fmt: skip
        else:
            arrival[i] = _free_way(own, intermediaries, CORRESPONDENTS, law)
        credit[i] = max(_credit(own, law), arrival[i])


@njit(float64(_ARRAY, _ARRAY, _INDEX), cache=True, error_model="numpy")
def tally(delay: Array, limits: Array, counts: Index) -> float:
    """Add to `counts` the messages whose delay is below each of the ascending limits; the sum of finite delays."""
    total = 0.0
    for seconds in delay:
        if seconds < np.inf:
            total += seconds
        for k in range(len(limits)):
            counts[k] += seconds < limits[k]
    return total
