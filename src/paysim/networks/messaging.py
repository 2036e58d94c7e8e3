r"""How long a payment message is under way, and when the customer is credited.

What is published is the time from submission to credit: 33 % under 5 minutes, 43 % under 1 hour, median under 2 hours,
92 % under a day, mean 8.6 hours (Swift 2024; BIS and CPMI 2022). It is one mixture from end to end: adding hops to it
would count them twice (20 % under 5 minutes instead of 33 %).

When the message reaches the beneficiary bank is a second, shorter time: 90 % within 1 hour (Swift 2024). It is made
of the first bank's handling and of the intermediaries, and it can never be later than the credit:

    credit = mixture,    arrival = min(first bank + intermediaries, credit)

so that the published mixture holds exactly. Between the two instants the payment lies at the beneficiary bank, which
is where the sources see most of the delay (capital controls, batches, opening hours).

Everything is an inverse distribution function of given uniforms: the same uniforms give the same delays whatever else
is drawn, and a payment that moves to another network keeps its luck. All times are in seconds.

Sources: Swift 2024, cross-border payment speed (release in The Asian Banker); BIS/CPMI 2022, Swift gpi data indicate
drivers of fast cross-border payments; Swift 2023, cross-border payments exceed the G20's processing speed target.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

MINUTE = 60.0
HOUR = 60.0 * MINUTE

PROMPT_SHARE = 0.36
"""Share of payments credited without waiting. Range .30 to .42. D: fit to the published figures."""
PROMPT_MEAN = 2.0 * MINUTE
"""Mean of their time from submission to credit, exponential; seconds. D: same fit."""
WAITING_MEDIAN = 5.4 * HOUR
"""Median time from submission to credit of the others, log-normal; seconds. Range 3 to 8 hours. D: same fit."""
WAITING_SIGMA = 1.35
"""Standard deviation of its logarithm. Range 1.1 to 1.6. D: same fit."""

INTERMEDIARY_SHARES = (0.15, 0.69, 0.12, 0.04)
"""Shares of payments with 0, 1, 2 and 3 intermediaries. D: 84 % have at most one (Swift 2023), mean about 1 (BIS)."""
INTERMEDIARY_MEAN = 3.3 * MINUTE
"""Mean time at an intermediary, exponential; seconds. D: 78 % need less than 5 minutes (BIS 2022)."""
FIRST_BANK_MEAN = 1.0 * MINUTE
"""Mean time at the first bank when nothing holds the payment, exponential; seconds. Range .2 to 5 minutes, J."""
HELD_SHARE = 0.1755
"""Share held at the first bank (screening, repair, cut-off times). D: solves 90 % at the beneficiary bank in 1 h."""
HELD_MEDIAN = 6.0 * HOUR
"""Median time of a held payment, log-normal; seconds. Range 1 to 24 hours. Weak: reviews of screening alerts."""
HELD_SIGMA = float(np.log(4.0) / 1.96)
"""Standard deviation of its logarithm: 95 % of reviews between 1.5 and 24 hours. D from that range."""

NATIVE_MEAN = 30.0
"""Mean time of a CIPS-native message, one direct hop, exponential; seconds. Range 5 to 180 (seconds to minutes), J."""

_BELOW_ONE = float(np.nextafter(1.0, 0.0))

MOST_INTERMEDIARIES = len(INTERMEDIARY_SHARES) - 1
UNIFORMS_PER_MESSAGE = 4 + MOST_INTERMEDIARIES
"""Rows that `message_delays` and `native_delays` want: two for the credit, two for the route, one an intermediary."""


def credit_delay(branch: Array, position: Array) -> Array:
    """Draw the seconds from submission to the credit of the beneficiary.

    Parameters
    ----------
    branch, position : (N,) uniforms in [0, 1): which part of the mixture, and where in it
    """
    prompt = branch < PROMPT_SHARE
    delay = np.empty(len(branch))
    delay[prompt] = _exponential(position[prompt], PROMPT_MEAN)
    delay[~prompt] = _log_normal(position[~prompt], WAITING_MEDIAN, WAITING_SIGMA)
    return delay


def arrival_delay(credit: Array, hops: Array, first_bank: Array, passage: Array) -> Array:
    """Draw the seconds from submission to the arrival of the message at the beneficiary bank, at most `credit`.

    Parameters
    ----------
    credit : (N,) seconds from submission to credit, from `credit_delay`
    hops : (N,) uniforms in [0, 1) that decide the number of intermediaries
    first_bank : (N,) uniforms in [0, 1) for the first bank: held if below `HELD_SHARE`
    passage : (3, N) uniforms in [0, 1), one for each possible intermediary
    """
    # One uniform decides whether the payment is held and, rescaled to [0, 1) in its part, for how long. The rescaling
    # can round up to 1, where an inverse distribution function is infinite.
    held = first_bank < HELD_SHARE
    long = np.minimum(first_bank[held] / HELD_SHARE, _BELOW_ONE)
    short = np.minimum((first_bank[~held] - HELD_SHARE) / (1.0 - HELD_SHARE), _BELOW_ONE)
    delay = np.empty(len(credit))
    delay[held] = _log_normal(long, HELD_MEDIAN, HELD_SIGMA)
    delay[~held] = _exponential(short, FIRST_BANK_MEAN)
    for intermediary, threshold in enumerate(np.cumsum(INTERMEDIARY_SHARES)[:MOST_INTERMEDIARIES]):
        passed = np.flatnonzero(hops >= threshold)
        delay[passed] += _exponential(passage[intermediary, passed], INTERMEDIARY_MEAN)
    return np.minimum(delay, credit)


def message_delays(uniforms: Array) -> tuple[Array, Array]:
    """Draw arrival at the beneficiary bank and credit of messages through correspondents (SWIFT).

    Parameters
    ----------
    uniforms : (`UNIFORMS_PER_MESSAGE`, N) in [0, 1)

    Returns
    -------
    arrival, credit : (N,) seconds from submission, arrival at most credit

    Raises
    ------
    ValueError : wrong shape, or a uniform outside [0, 1)
    """
    _check(uniforms)
    credit = credit_delay(uniforms[0], uniforms[1])
    return arrival_delay(credit, uniforms[2], uniforms[3], uniforms[4:]), credit


def native_delays(uniforms: Array) -> tuple[Array, Array]:
    """Draw arrival at the beneficiary bank and credit of CIPS-native messages: one direct hop.

    The beneficiary bank is the same bank as on the other network and its delay dominates, so the credit follows the
    same mixture, only not before the message is there. Parameters, returns and errors as `message_delays`.
    """
    _check(uniforms)
    arrival = _exponential(uniforms[3], NATIVE_MEAN)
    return arrival, np.maximum(credit_delay(uniforms[0], uniforms[1]), arrival)


def _check(uniforms: Array) -> None:
    if uniforms.ndim != 2 or len(uniforms) != UNIFORMS_PER_MESSAGE:
        raise ValueError(f"expected uniforms of shape ({UNIFORMS_PER_MESSAGE}, N), got {uniforms.shape}")
    if uniforms.size and not (uniforms.min() >= 0.0 and uniforms.max() < 1.0):
        raise ValueError("uniforms are numbers from 0 to below 1")


def _exponential(uniform: Array, mean: float) -> Array:
    return np.asarray(-mean * np.log1p(-uniform))


def _log_normal(uniform: Array, median: float, sigma: float) -> Array:
    return np.asarray(median * np.exp(sigma * ndtri(uniform)))
