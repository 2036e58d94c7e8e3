"""Solving for what is not published of messages, so that what is published holds.

Four parameters are free: the median working time of a review, and three of the credit, `prompt_share`, `waiting_median`
and `waiting_sigma`. Five facts fix them, in a stated mixture of submission times: the messages of
`paysim.networks.message_stream` on every weekday of a year. Everything else, the alert rate among it, stands as it is,
so that the share at the beneficiary bank within the hour and the median are checks, not targets.

Why payments that are credited at once must also be quick on the way: were the two times independent, the payments
credited within 5 minutes could be at most P(at the bank in 5 minutes) / P(at the bank in 1 hour) = .60 / .91 = .66 of
those credited within the hour. Published are .33 / .43 = .77. So what delays a payment (incomplete data, a corridor
with controls, odd hours) delays it at several banks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares

from paysim.networks.message_law import DAY, HOUR, MINUTE, MessageLaw
from paysim.networks.message_stream import message_speed, message_stream
from paysim.networks.messaging import STANDARD

Days = NDArray[np.datetime64]

CALIBRATION_DAYS: Days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
CALIBRATION_DAYS = CALIBRATION_DAYS[np.is_busday(CALIBRATION_DAYS)]
"""Weekdays on which the messages of the calibration are submitted: a whole year, so that all holidays count."""
CALIBRATION_MESSAGES = 1_000_000
CALIBRATION_SEED = 1


@dataclass(frozen=True)
class Published:
    """What is published, as targets; hours and shares.

    Sources: BIS/CPMI 2022 (`within_5_minutes`, the beneficiary banks that need less; `mean`), Swift 2024
    (`within_hour`), the older gpi figures (`within_day`: nearly all within a day, .92 by the fit of 2022's data).
    review_median : hours by the clock from an alert to its release. Weak: vendors, 1 to 24 hours
    """

    within_5_minutes: float = 0.33
    within_hour: float = 0.43
    within_day: float = 0.92
    mean: float = 8.6
    review_median: float = 6.0


PUBLISHED = Published()


def calibrate(
    law: MessageLaw = STANDARD,
    published: Published = PUBLISHED,
    messages: int = CALIBRATION_MESSAGES,
    seed: int = CALIBRATION_SEED,
) -> MessageLaw:
    """Solve for the median of a review and three parameters of the credit.

    Parameters
    ----------
    law : where to begin, and everything that is not solved for
    published : the targets
    messages, seed : size and luck of the sample: sampling error of a share .0005 at a million

    Raises
    ------
    ValueError : no law within half a point of the targets
    """
    law = replace(law, review_median=_review_work(law, published.review_median, messages, seed))
    names = ("prompt_share", "waiting_median", "waiting_sigma")
    start = np.array([getattr(law, name) for name in names])
    targets = np.array([published.within_5_minutes, published.within_hour, published.within_day, 1.0])

    def solved(factors: NDArray[np.float64]) -> MessageLaw:
        return replace(law, **dict(zip(names, (start * factors).tolist(), strict=True)))

    def misses(factors: NDArray[np.float64]) -> NDArray[np.float64]:
        speed = message_speed(messages, seed, CALIBRATION_DAYS, solved(factors))
        found = [speed.share(5 * MINUTE), speed.share(HOUR), speed.share(DAY), speed.mean_credited / published.mean]
        return np.asarray(np.array(found) - targets)

    result = least_squares(misses, np.ones(3), diff_step=0.02, bounds=(0.4, 2.5), xtol=1e-6, ftol=1e-10)
    if np.abs(result.fun).max() > 0.005:
        raise ValueError(f"no law meets what is published: misses are {result.fun}")
    return solved(result.x)


def review_hours(law: MessageLaw, messages: int, seed: int) -> NDArray[np.float64]:
    """Hours by the clock from submission to release of messages that their first bank stopped, and no other holds."""
    alone = replace(law, intermediaries=(1.0, 0.0, 0.0, 0.0), alert_rate=1.0)
    parts = [part.arrival for part in message_stream(messages, seed, CALIBRATION_DAYS, alone)]
    return np.concatenate(parts) / HOUR


def _review_work(law: MessageLaw, median: float, messages: int, seed: int) -> float:
    """Median working time of a review, seconds, with which half of the stopped messages go on within so many hours."""

    def miss(work: float) -> float:
        hours = review_hours(replace(law, review_median=work), messages // 10, seed)
        return float((hours < median).mean()) - 0.5

    return float(brentq(miss, 0.1 * HOUR, median * HOUR, xtol=1.0))
