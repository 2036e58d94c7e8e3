r"""The law of a synthetic day: who pays whom, how much, when, and what comes back.

**Who pays whom.** The participants with the lowest numbers are the core. It sends the share *c* of the payments, the
periphery the share *p = 1 - c*. A participant of rank *r* in its group has the weight :math:`x_r` proportional to
:math:`r^{-a}`. A payment is drawn in two steps: first the groups of its two sides, then a pair of different
participants with a probability in proportion to the product of their weights; a coin decides the direction. So

* as many payments go from *i* to *j* as back, and in a mean day everybody receives what it sends. Where senders and
  receivers are drawn apart from each other, the largest participants lose money day by day (a trap, and not a fact);
* a periphery pays with the core but for the share `PERIPHERY_INSIDE`; with the groups' balance this fixes the rest:
  *p (1 - PERIPHERY_INSIDE)* of all payments go from the periphery to the core, as many back, the others are inside.

The shape is that of Fedwire: a tightly connected core of money-center banks to which all other banks connect, low
connectivity, and a degree distribution that is scale-free over a substantial range (Soramäki, Bech, Arnold, Glass and
Beyeler 2007, Physica A 379, 317-333; FRBNY Staff Report 243). Tiers of this kind, with a periphery that hardly deals
with itself, were found for 1,800 German banks by Craig and von Peter (2014, Journal of Financial Intermediation 23,
322-347). CHAPS, with few members, is a well-connected network (Becher, Millard and Soramäki 2008, Bank of England
Working Paper 355). The exponent *a* and `PERIPHERY_INSIDE` are judgements.

**How much.** An amount is log-normal with the given sigma. It is at most `largest` times the mean daily outflow of the
smaller of the two participants: that is no more than this multiple of its sender's outflow, and nobody is sent in one
payment many times what it turns over in a day. What the cap takes from a pair's payments is put on its smaller ones:
the median of the pair's law is raised until their mean is that of all payments again, so that the shares hold in value
as they do in number. (Only where a cap is under twice the mean payment, that is for a participant with few payments a
day, the mean falls, to half the cap.)

**When.** Payments that mirror nothing arrive by a profile of piecewise constant density, at whole seconds.

**What comes back.** Payments between banks come back: loans are repaid, currencies exchanged, positions squared. The
share `reciprocity` of all payments mirror an earlier one: from its receiver back to its sender, after an exponential
delay of the given mean, on the condition that it ends before the closing (so the delay is shorter near it, and mirrors
follow no profile), with a logarithm of the amount that differs by a normal number of standard deviation
`MIRROR_SIGMA`; the amounts of all payments keep the same law. No payment is mirrored twice. Up to a share of one half
only payments that mirror nothing are mirrored, a random subset of them of exactly the right number; above, mirrors are
mirrored in turn, in chains of equal length but for one. With 0 all payments are independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]


RANK_EXPONENT = 0.8
"""Exponent *a* of the weights by rank inside core and periphery. Range 0.4 to 1.2, J: Zipf's law would be 1."""
PERIPHERY_INSIDE = 0.1
"""Share of its payments that the periphery sends to the periphery. Range 0.02 to 0.3, J."""
MIRROR_SIGMA = 0.1
"""Standard deviation of the logarithm of a mirror's amount over that of the payment it mirrors. Range 0 to 0.5, J."""

_LEAST_CAP = 2.0  # mean payments: the cap of a participant below which its mean payment falls
_BISECTIONS = 50  # halvings of a bracket that is some units wide: to the last bits of a float


@dataclass(frozen=True)
class DayTraffic:
    """What a day of payments looks like.

    participants, payments : numbers of them
    value : of the day, major units of the currency
    size_sigma : standard deviation of the logarithm of the amounts
    largest : cap of one payment as a multiple of the mean daily outflow of its sender, and of its receiver; infinite
        for none
    profile : weights of equal parts of the operating day, from opening to closing
    core : participants in the core: those with the lowest numbers, the largest first
    core_share : share of payments and value that the core sends
    reciprocity : share of payments that mirror an earlier one: same pair back, similar amount
    mirror_delay : mean seconds until the mirror payment
    urgent_share, batch_share : shares of payments

    Raises
    ------
    ValueError : a value outside its range, or a core that would have to pay itself; all problems at once
    """

    participants: int
    payments: int
    value: float
    size_sigma: float
    largest: float
    profile: tuple[float, ...]
    core: int
    core_share: float
    reciprocity: float
    mirror_delay: float
    urgent_share: float
    batch_share: float

    def __post_init__(self) -> None:
        """Check every field."""
        rules = {
            "at least 2 participants": self.participants >= 2,
            "from 1 to 2^31 payments": 1 <= self.payments < 2**31,
            "a positive, finite value": 0 < self.value < np.inf,
            "a size_sigma from 0 to 10": 0 <= self.size_sigma <= 10,
            "a positive largest": self.largest > 0,
            "a profile of weights >= 0, not all 0": len(self.profile) > 0
            and all(0 <= weight < np.inf for weight in self.profile)
            and sum(self.profile) > 0,
            "a core of 1 participant to all": 1 <= self.core <= self.participants,
            "a core_share from 0 to 1": 0 <= self.core_share <= 1,
            "a reciprocity from 0 to 1": 0 <= self.reciprocity <= 1,
            "a mirror_delay of 0 seconds or more": 0 <= self.mirror_delay < np.inf,
            "an urgent_share from 0 to 1": 0 <= self.urgent_share <= 1,
            "a batch_share from 0 to 1": 0 <= self.batch_share <= 1,
            "a core_share of 1 where all participants are in the core": self.core != self.participants
            or self.core_share == 1,
            "a core_share of at most 1/2 for a core of one: it does not pay itself": self.core != 1
            or self.core_share <= 0.5,
            "a core_share of at least 1/2 for a periphery of one: it does not pay itself": self.core
            != self.participants - 1
            or self.core_share >= 0.5,
        }
        broken = [rule for rule, kept in rules.items() if not kept]
        if broken:
            raise ValueError(f"a day's traffic wants {'; '.join(broken)}")

    @property
    def mirrors(self) -> int:
        """How many payments of the day mirror an earlier one: the share asked for, but the first mirrors nothing."""
        return min(round(self.reciprocity * self.payments), self.payments - 1)


def sending_shares(traffic: DayTraffic) -> Array:
    """Share of all payments that each participant sends in a mean day, (participants,), sum 1; it receives as much."""
    inside_core, across, inside_periphery = block_shares(traffic)
    shares = []
    for weights, inside in zip(rank_weights(traffic), (inside_core, inside_periphery), strict=True):
        within = weights * (1.0 - weights)
        total = within.sum()
        shares.append(across * weights + (inside * within / total if total > 0 else 0.0))
    return np.concatenate(shares)


def mean_outflows(traffic: DayTraffic) -> Array:
    """What each participant sends in a mean day, (participants,) major units; it receives as much."""
    return np.asarray(sending_shares(traffic) * traffic.value)


def rank_weights(traffic: DayTraffic) -> tuple[Array, Array]:
    """Weights by rank of core and periphery, each with sum 1 (or empty)."""
    found = []
    for count in (traffic.core, traffic.participants - traffic.core):
        weights = np.arange(1.0, count + 1.0) ** -RANK_EXPONENT
        found.append(weights / weights.sum() if count else weights)
    return found[0], found[1]


def block_shares(traffic: DayTraffic) -> tuple[float, float, float]:
    """Shares of payments inside the core, from one group to the other (in each direction), inside the periphery."""
    core, periphery = traffic.core_share, 1.0 - traffic.core_share
    across = min(core, periphery * (1.0 - PERIPHERY_INSIDE))
    if traffic.core == 1:
        across = core  # it does not pay itself
    if traffic.participants - traffic.core == 1:
        across = periphery
    return max(core - across, 0.0), across, max(periphery - across, 0.0)


def amount_laws(traffic: DayTraffic) -> Array:
    """Scale and cap of the payments of each participant, (2, n), in mean payments.

    The scale *s* of a log-normal *X* of mean 1 solves E min(s X, k) = 1 for the cap *k*, by bisection.
    """
    shares = sending_shares(traffic)
    if np.isinf(traffic.largest):
        return np.stack([np.ones_like(shares), np.full_like(shares, np.inf)])
    cap = np.maximum(traffic.largest * traffic.payments * shares, np.finfo(float).tiny)  # who never pays has no outflow
    target = np.minimum(1.0, cap / _LEAST_CAP)
    sigma = traffic.size_sigma
    if sigma == 0.0:
        return np.stack([target, cap])
    low, high = np.log(target), np.log(cap) + 0.5 * sigma**2  # at high the median is the cap, the mean over half of it
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        distance = np.log(cap) - middle
        mean = np.exp(middle) * ndtr(distance / sigma - 0.5 * sigma) + cap * ndtr(-distance / sigma - 0.5 * sigma)
        low, high = np.where(mean < target, middle, low), np.where(mean < target, high, middle)
    return np.stack([np.exp(0.5 * (low + high)), cap])
