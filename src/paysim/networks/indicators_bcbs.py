"""What supervisors ask of a bank's intraday liquidity over a reporting period (BCBS 248).

Basel Committee on Banking Supervision, Monitoring tools for intraday liquidity management (April 2013), now in the
Basel Framework: https://www.bis.org/basel_framework/chapter/SRP/50.htm ; in a regulator's words:
https://osfi-bsif.gc.ca/en/guidance/guidance-library/liquidity-adequacy-requirements-lar-2025-chapter-7-intraday-liquidity-monitoring-tools
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from paysim.networks.indicators import Indicators

EXTREMES_REPORTED = 3
"""The tools ask for the three largest (or smallest) values of the period, and the mean."""

NOT_COMPUTED = {
    "A(iv) time-specific obligations": "payments carry no deadline of their own",
    "B(i) payments on behalf of correspondent banking customers": "payments do not say for whom they are made",
    "B(ii) intraday credit lines extended to customers": "customers of participants are not modelled",
}
"""The tools of BCBS 248 that a table of payments does not tell, and why."""


@dataclass(frozen=True)
class Extremes:
    """The most extreme values of the days of a period, and their mean.

    days : (at most 3, participants) int64 minor units, the most extreme first
    mean : (participants,) float64 minor units
    """

    days: NDArray[np.int64]
    mean: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """Give both as lists."""
        return {"days": self.days.tolist(), "mean": self.mean.tolist()}


@dataclass(frozen=True)
class Bcbs248:
    """The tools that can be computed, each per participant over the days of a period.

    largest_usage, largest_positive : tool A(i), three largest net cumulative positions of the two signs
    smallest_available : tool A(ii), three smallest amounts of liquidity at the start of the day; None if unknown
    largest_sent, largest_received : tool A(iii), three largest gross payments sent and received
    throughput : tool C(i), (participants, hours) mean share of the payments submitted that had settled by each hour;
        NaN for who never submitted any
    """

    largest_usage: Extremes
    largest_positive: Extremes
    smallest_available: Extremes | None
    largest_sent: Extremes
    largest_received: Extremes
    throughput: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """Give everything as JSON takes it, and what is not computed with the reason."""
        available = self.smallest_available
        return {
            "largest_usage": self.largest_usage.as_dict(),
            "largest_positive": self.largest_positive.as_dict(),
            "smallest_available": None if available is None else available.as_dict(),
            "largest_sent": self.largest_sent.as_dict(),
            "largest_received": self.largest_received.as_dict(),
            "throughput": [[None if math.isnan(share) else share for share in row] for row in self.throughput.tolist()],
            "not_computed": dict(NOT_COMPUTED),
        }


def bcbs_248(days: Sequence[Indicators], available_at_start: Sequence[NDArray[np.int64]] | None = None) -> Bcbs248:
    """Draw the monitoring tools of a reporting period from its days.

    Parameters
    ----------
    days : indicators of each day; fewer than three give as many extremes as there are days
    available_at_start : for each day (participants,) minor units at hand when it began: balance and credit

    Raises
    ------
    ValueError : no day, days of different participants or hours, or another number of available liquidities
    """
    if not days:
        raise ValueError("a reporting period has at least one day")
    if len({day.settled_in_hour.shape for day in days}) > 1:
        raise ValueError("the days of a reporting period have the same participants and the same number of hours")
    if available_at_start is not None and len(available_at_start) != len(days):
        raise ValueError(f"available_at_start is for {len(days)} days, got {len(available_at_start)}")
    return Bcbs248(
        largest_usage=_largest([day.largest_negative for day in days]),
        largest_positive=_largest([day.largest_positive for day in days]),
        smallest_available=None if available_at_start is None else _smallest(available_at_start),
        largest_sent=_largest([day.sent for day in days]),
        largest_received=_largest([day.received for day in days]),
        throughput=_mean_of_known(np.stack([day.throughput_by_participant for day in days])),
    )


def _smallest(days: Sequence[NDArray[np.int64]]) -> Extremes:
    table = np.stack(days)
    exact = table.astype(object)  # a period's sum may not fit into 64 bits
    return Extremes(np.sort(table, axis=0)[:EXTREMES_REPORTED], (exact.sum(axis=0) / len(table)).astype(np.float64))


def _largest(days: Sequence[NDArray[np.int64]]) -> Extremes:
    table = np.stack(days)
    mean = _smallest(days).mean
    return Extremes(np.sort(table, axis=0)[::-1][:EXTREMES_REPORTED], mean)


def _mean_of_known(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over days of what is not NaN; NaN where there is no such day."""
    known = ~np.isnan(shares)
    counts = known.sum(axis=0)
    sums = np.where(known, shares, 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)
