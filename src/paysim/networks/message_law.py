"""The parameters of messages: how long banks take, how often a filter stops a payment, when the customer is credited.

Basis: S sourced, D derived from sourced figures, J judgement. Sources: Swift 2023 and 2024, cross-border payments
against the G20's targets (84 % direct or one intermediary; 90 % at the beneficiary bank and 43 % at the customer within
the hour); BIS/CPMI 2022, Swift gpi data indicate drivers of fast cross-border payments (median under 2 hours, mean
8.6 hours, 78 % of intermediaries and 33 % of beneficiary banks under 5 minutes); vendors' figures on screening (alerts
at 2 to 10 % of payments, reviews of 1 to 24 hours in business hours, Friday's hits wait till Monday).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from paysim.networks import message_kernel as kernel

Array = NDArray[np.float64]

MINUTE = 60.0
HOUR = 60.0 * MINUTE
DAY = 24.0 * HOUR

INTERMEDIARY_SHARES = (0.15, 0.69, 0.12, 0.04)
"""Shares of payments with 0, 1, 2 and 3 intermediaries. D: 84 % have at most one (Swift 2023), mean about 1 (BIS)."""


@dataclass(frozen=True)
class MessageLaw:
    """Everything that decides how long messages take, in seconds and shares.

    Four of the parameters are solved for, from what is published, by `paysim.networks.message_calibration`.

    Parameters
    ----------
    prompt_share : payments that the beneficiary bank credits without waiting. Range .30 to .42. D: solved for
    prompt_mean : mean of their time from submission to credit, exponential. Range .5 to 3 minutes. D: earlier fit
    waiting_median, waiting_sigma : the others' time from submission to credit, log-normal. Ranges 3 to 8 hours and 1.1
        to 1.6. D: solved for
    first_bank_mean : handling at the first bank, exponential. Range .2 to 5 minutes, J
    native_mean : handling at the first bank and one hop on CIPS, exponential. Range 5 to 180 seconds, J
    intermediary_mean : handling at an intermediary, exponential. D: 78 % need less than 5 minutes (BIS/CPMI 2022)
    alert_rate : messages that the filter of a bank stops, at every bank before the beneficiary. Range .02 to .10. Weak
    stopped_share : alerts that end the payment there. Filters are wrong in .95 (range .85 to .99, weak) of alerts, so
        at most .05. 0 by default, J: what banks refuse has a parameter of its own and enters once
    review_median, review_sigma : working time of a review, log-normal. The median is solved for: with it half of all
        stopped messages go on within 6 hours by the clock (range 1 to 24, weak). The spread is that of a range of 1.5
        to 24 hours around 6 (95 % inside), D
    intermediaries : shares of messages with 0, 1, 2 and 3 intermediaries, summing to 1. D

    Raises
    ------
    ValueError : a share outside [0, 1], a time or spread that is not positive, shares that do not sum to 1
    """

    prompt_share: float = 0.398
    prompt_mean: float = 2.0 * MINUTE
    waiting_median: float = 4.75 * HOUR
    waiting_sigma: float = 1.37
    first_bank_mean: float = 1.0 * MINUTE
    native_mean: float = 30.0
    intermediary_mean: float = 3.3 * MINUTE
    alert_rate: float = 0.05
    stopped_share: float = 0.0
    review_median: float = 2.34 * HOUR
    review_sigma: float = float(np.log(4.0) / 1.96)
    intermediaries: tuple[float, ...] = INTERMEDIARY_SHARES

    def __post_init__(self) -> None:
        for name in ("prompt_share", "alert_rate", "stopped_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a share from 0 to 1, got {getattr(self, name)}")
        for field in fields(self):
            if field.name.endswith(("_mean", "_median", "_sigma")) and not getattr(self, field.name) > 0.0:
                raise ValueError(f"{field.name} is positive, got {getattr(self, field.name)}")
        shares = self.intermediaries
        if len(shares) != kernel.BANKS or min(shares) < 0.0 or abs(sum(shares) - 1.0) > 1e-9:
            raise ValueError(f"intermediaries are {kernel.BANKS} shares that sum to 1, got {shares}")

    def vector(self) -> Array:
        """The law as the kernel wants it, (LAW,)."""
        law = np.empty(kernel.LAW)
        for field in fields(self)[:-1]:
            law[getattr(kernel, field.name.upper())] = getattr(self, field.name)
        law[kernel.UP_TO :] = np.cumsum(self.intermediaries)[:-1]
        return law
