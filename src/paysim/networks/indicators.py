"""Indicators of a day in a payment system: liquidity against delay, and what supervisors ask for.

The measured quantities are exact integers; only the ratios made of them are floats. A ratio without a denominator (no
payments, no liquidity used) is NaN, and ``None`` in `Indicators.as_dict`. The page ``docs/reference/indicators.md``
lists all with key, unit, formula, source and published examples::

    day = indicators([0, 1], [1, 0], [80, 60], submitted=[10, 20], settled=[10, 30], participants=2, opens=0, closes=60)
    day.turnover_ratio      # 140 / 80 = 1.75: participant 0 used 80
    day.delay_indicator     # 60 x 10 / (80 x 50 + 60 x 40) = 0.094

Payments of one instant, `step` and the bounds of liquidity are explained in `paysim.networks.indicators_liquidity`;
gridlock and deadlock in `paysim.networks.indicators_queue`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks import indicators_kernel as kernel
from paysim.networks.indicators_bcbs import Bcbs248, bcbs_248
from paysim.networks.indicators_liquidity import (
    LiquidityBounds,
    bounds_of,
    credit_cost,
    liquidity_bounds,
    liquidity_used,
    peaks_of,
    places_in_journal,
    read_traffic,
    uncollateralised_credit,
)
from paysim.networks.indicators_queue import QueueState, UndecidedError, queue_state, queue_state_in_order
from paysim.networks.payments import Vector, integers

__all__ = [
    "Bcbs248",
    "Indicators",
    "LiquidityBounds",
    "QueueState",
    "UndecidedError",
    "bcbs_248",
    "credit_cost",
    "indicators",
    "liquidity_bounds",
    "liquidity_used",
    "places_in_journal",
    "queue_state",
    "queue_state_in_order",
    "uncollateralised_credit",
]

SECONDS_AN_HOUR = 3600
_LONGEST_DAY = 7 * 86_400
"""Seconds; the queue is followed second by second, and what lasts longer than a week is not a day."""


@dataclass(frozen=True)
class Indicators:
    """What was measured on a day, and the ratios made of it.

    Money is minor units, instants and durations are seconds. P is the number of participants, H of hours that the day
    lasts, the last one perhaps in part. What had not settled at the close counts as waiting until then; what was
    submitted before the opening counts as waiting from then on, because nothing could have settled it earlier.

    opens, closes : limits of the day
    payments, settled_payments, queued_payments : numbers; queued is what did not settle when it was submitted
    value, settled_value : minor units
    value_seconds_waited : value times time between submission and settlement
    value_seconds_possible : value times time between submission and close
    seconds_queued : time in queue, summed over payments
    largest_queued_value : of any second, as it stands when the instant's payments have settled
    settled_in_hour : (P, H) value sent
    submitted_to_send, submitted_to_receive, sent, received : (P,) value
    largest_negative, largest_positive : (P,) peaks of the net cumulative position, as sizes
    bounds : of the payments submitted
    available : (P,) liquidity at hand, or None: opening balance, credit and injections
    credit_seconds : minor units times seconds of uncollateralised credit, or None
    credit_price : basis points a year
    """

    opens: int
    closes: int
    payments: int
    settled_payments: int
    queued_payments: int
    value: int
    settled_value: int
    value_seconds_waited: int
    value_seconds_possible: int
    seconds_queued: int
    largest_queued_value: int
    settled_in_hour: NDArray[np.int64]
    submitted_to_send: Vector
    submitted_to_receive: Vector
    sent: Vector
    received: Vector
    largest_negative: Vector
    largest_positive: Vector
    bounds: LiquidityBounds
    available: Vector | None
    credit_seconds: int | None
    credit_price: float

    @property
    def liquidity_used(self) -> int:
        """``L = sum_i max(0, -min_t B_i(t))``, minor units; each participant's peak at its own time (BCBS 248)."""
        return int(self.largest_negative.sum())

    @property
    def upper_bound(self) -> int:
        """Sum of the upper bounds, minor units; see `liquidity_bounds`."""
        return int(self.bounds.upper.sum())

    @property
    def lower_bound(self) -> int:
        """Sum of the lower bounds, minor units; see `liquidity_bounds`."""
        return int(self.bounds.lower.sum())

    @property
    def position_between_bounds(self) -> float:
        """``(L - lower) / (upper - lower)``: 0 as in net settlement at the close, 1 as in gross settlement at once.

        Below 0 if so much stayed unsettled that less was used than netting needs; above 1 if delay made payments in
        and out of a participant fall apart. NaN if the bounds are equal.
        """
        return _ratio(self.liquidity_used - self.lower_bound, self.upper_bound - self.lower_bound)

    @property
    def liquidity_usage_ratio(self) -> float:
        """Liquidity used by all over liquidity available to all, share; NaN if none is known or there is none."""
        return math.nan if self.available is None else _ratio(self.liquidity_used, sum(self.available.tolist()))

    @property
    def turnover_ratio(self) -> float:
        """Value settled over liquidity used, multiple; how often a unit of liquidity went round.

        As The Clearing House compares systems (CHIPS 26 in 2023, 29 in 2024, others 6.6 in the mean):
        https://www.theclearinghouse.org/payment-systems/Articles/2024/04/CHIPS_Liquidity_Algorithm_04-02-2024
        """
        return _ratio(self.settled_value, self.liquidity_used)

    @property
    def delay_indicator(self) -> float:
        """``sum v (s - a) / sum v (T - a)``, share: 0 if all settle at once, 1 if all wait for the close T.

        v value, a submission, s settlement. In use with the simulators of the Bank of Finland, discussion paper
        23/2003, http://swopec.hhs.se/bofrdp/abs/bofrdp2003_023.htm
        """
        return _ratio(self.value_seconds_waited, self.value_seconds_possible)

    @property
    def mean_delay(self) -> float:
        """``sum v (s - a) / sum v``, seconds, weighted by value; what stayed unsettled counts until the close."""
        return _ratio(self.value_seconds_waited, self.value)

    @property
    def unsettled_share(self) -> float:
        """Value not settled at the close over value submitted, share."""
        return _ratio(self.value - self.settled_value, self.value)

    @property
    def mean_queued_value(self) -> float:
        """Mean over the day of the value in the queues, minor units: ``sum v (s - a) / (T - opening)``."""
        return _ratio(self.value_seconds_waited, self.closes - self.opens)

    @property
    def mean_time_in_queue(self) -> float:
        """Mean time in queue of the payments that queued, seconds, each counting the same."""
        return _ratio(self.seconds_queued, self.queued_payments)

    @property
    def netting_ratio(self) -> float:
        """Share of value submitted that netting it all would save: ``1 - sum_i max(0, -B_i(T)) / sum v``.

        The same as ``1 - sum |net position| / sum (sent + received)``. CLS asks its members to pay in about 4 percent
        of gross value, a netting ratio of 0.96:
        https://e-forex.net/service-spotlight-casting-light-on-the-critical-role-of-clssettlement-and-clsnet/
        """
        return _ratio(self.value - self.lower_bound, self.value)

    @property
    def profile(self) -> NDArray[np.float64]:
        """Share of the value submitted in the day that settled in each hour, (H,)."""
        return _shares(self.settled_in_hour.sum(axis=0), np.array(self.value))

    @property
    def throughput(self) -> NDArray[np.float64]:
        """Share of the value submitted in the day that had settled by the end of each hour, (H,) (BCBS 248, C(i))."""
        return _shares(self.settled_in_hour.sum(axis=0).cumsum(), np.array(self.value))

    @property
    def throughput_by_participant(self) -> NDArray[np.float64]:
        """The same of each sender's payments, (P, H); NaN for who submitted none (BCBS 248, tool C(i))."""
        return _shares(self.settled_in_hour.cumsum(axis=1), self.submitted_to_send[:, np.newaxis])

    @property
    def credit_cost(self) -> float:
        """Cost of uncollateralised credit, minor units; see the function `credit_cost`. NaN if its use is unknown."""
        return math.nan if self.credit_seconds is None else credit_cost(self.credit_seconds, self.credit_price)

    def as_dict(self) -> dict[str, Any]:
        """Give everything under the keys of ``docs/reference/indicators.md``, as JSON takes it: NaN is None."""
        return {
            "opens": self.opens,
            "closes": self.closes,
            "payments": self.payments,
            "settled_payments": self.settled_payments,
            "queued_payments": self.queued_payments,
            "value": self.value,
            "settled_value": self.settled_value,
            "unsettled_share": _plain(self.unsettled_share),
            "liquidity_used": self.liquidity_used,
            "upper_bound": self.upper_bound,
            "lower_bound": self.lower_bound,
            "position_between_bounds": _plain(self.position_between_bounds),
            "liquidity_available": None if self.available is None else sum(self.available.tolist()),
            "liquidity_usage_ratio": _plain(self.liquidity_usage_ratio),
            "turnover_ratio": _plain(self.turnover_ratio),
            "netting_ratio": _plain(self.netting_ratio),
            "delay_indicator": _plain(self.delay_indicator),
            "mean_delay": _plain(self.mean_delay),
            "largest_queued_value": self.largest_queued_value,
            "mean_queued_value": _plain(self.mean_queued_value),
            "mean_time_in_queue": _plain(self.mean_time_in_queue),
            "profile": _plain(self.profile),
            "throughput": _plain(self.throughput),
            "credit_seconds": self.credit_seconds,
            "credit_price": self.credit_price,
            "credit_cost": _plain(self.credit_cost),
            "participants": {
                "submitted_to_send": self.submitted_to_send.tolist(),
                "submitted_to_receive": self.submitted_to_receive.tolist(),
                "sent": self.sent.tolist(),
                "received": self.received.tolist(),
                "liquidity_used": self.largest_negative.tolist(),
                "largest_positive": self.largest_positive.tolist(),
                "upper_bound": self.bounds.upper.tolist(),
                "lower_bound": self.bounds.lower.tolist(),
                "liquidity_available": None if self.available is None else self.available.tolist(),
                "throughput": _plain(self.throughput_by_participant),
            },
        }


def indicators(
    sender: ArrayLike,
    receiver: ArrayLike,
    amount: ArrayLike,
    submitted: ArrayLike,
    settled: ArrayLike,
    participants: int,
    opens: int,
    closes: int,
    *,
    step: ArrayLike | None = None,
    available: ArrayLike | None = None,
    credit_seconds: int | None = None,
    credit_price: float = 0.0,
) -> Indicators:
    """Measure a day of payments.

    Parameters
    ----------
    sender, receiver : (N,) indices of participants
    amount : (N,) minor units, positive, at most 2**63 - 1 in all
    submitted : (N,) seconds, not after the close; rows of one instant stand in the order of arrival
    settled : (N,) seconds from the opening to the close, both included; -1 for what did not settle
    participants : their number
    opens, closes : the operating day, seconds, at most a week
    step : (N,) order of settlement; default, payments of one instant together (`places_in_journal`)
    available : (participants,) minor units each could draw on: opening balance, credit and injections
    credit_seconds : use of uncollateralised credit, minor units times seconds
    credit_price : basis points a year

    Raises
    ------
    TypeError : a column is not of integers
    ValueError : columns of different length, a payment that cannot be (with its row), a step that contradicts the
        instants, available liquidity that is negative or of another shape, or a day that does not end after its begin
    """
    if not 0 <= opens < closes <= opens + _LONGEST_DAY:
        raise ValueError(f"a day begins at 0 or later and lasts at most {_LONGEST_DAY} s, got {opens} to {closes}")
    traffic = read_traffic(sender, receiver, amount, submitted, settled, participants, opens, closes)
    at_hand = None if available is None else _amounts_at_hand(available, participants)
    totals = np.zeros(kernel.TOTALS, np.int64)
    flows = np.zeros((4, participants), np.int64)
    settled_in_hour = np.zeros((participants, -(-(closes - opens) // SECONDS_AN_HOUR)), np.int64)
    queued = np.zeros(closes - opens + 1, np.int64)
    columns = (traffic.sender, traffic.receiver, traffic.amount, traffic.submitted, traffic.settled)
    kernel.measure(*columns, opens, closes, SECONDS_AN_HOUR, totals, flows, settled_in_hour, queued)
    negative, positive = peaks_of(traffic, step)
    return Indicators(
        opens=opens,
        closes=closes,
        payments=len(traffic.amount),
        settled_payments=int(totals[kernel.SETTLED_PAYMENTS]),
        queued_payments=int(totals[kernel.QUEUED_PAYMENTS]),
        value=int(totals[kernel.VALUE]),
        settled_value=int(totals[kernel.SETTLED_VALUE]),
        value_seconds_waited=_whole(totals, kernel.WAITED),
        value_seconds_possible=_whole(totals, kernel.POSSIBLE),
        seconds_queued=int(totals[kernel.QUEUED_SECONDS]),
        largest_queued_value=int(queued.cumsum().max()),
        settled_in_hour=settled_in_hour,
        submitted_to_send=flows[0],
        submitted_to_receive=flows[1],
        sent=flows[2],
        received=flows[3],
        largest_negative=negative,
        largest_positive=positive,
        bounds=bounds_of(traffic),
        available=at_hand,
        credit_seconds=credit_seconds,
        credit_price=credit_price,
    )


def _amounts_at_hand(available: ArrayLike, participants: int) -> Vector:
    """Check what each participant could draw on."""
    amounts = integers("available", available)
    if amounts.shape != (participants,) or amounts.min(initial=0) < 0:
        raise ValueError(f"available liquidity is {participants} amounts that are not negative")
    return amounts


def _whole(totals: Vector, field: int) -> int:
    """Put the two halves of a sum together."""
    return (int(totals[field]) << kernel.HALF_BITS) + int(totals[field + 1])


def _ratio(numerator: int, denominator: int) -> float:
    """Divide integers of any size, correctly rounded; NaN by nothing."""
    return numerator / denominator if denominator else math.nan


def _shares(parts: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(whole > 0, parts / np.maximum(whole, 1), math.nan)


def _plain(value: float | NDArray[np.float64]) -> Any:
    """Make numbers that JSON knows: NaN becomes None, arrays become lists."""
    if isinstance(value, np.ndarray):
        return [_plain(part) for part in value.tolist()] if value.ndim == 1 else [_plain(row) for row in value]
    return None if math.isnan(value) else value
