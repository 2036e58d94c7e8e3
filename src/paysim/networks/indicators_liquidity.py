"""Liquidity: how much a day of payments needs at most and at least, how much was used, and what credit costs.

``B_i(t)`` is what participant i has received by t less what it has paid, from nothing at the beginning: its *net
cumulative position*. Money is integer minor units of the currency, instants are integer seconds that are not negative,
participants are indices from 0; -1 as an instant of settlement means never.

**Payments of one instant.** What order they settle in matters for liquidity: who pays 80 and then receives 80 within a
second has used 80, the other way round nothing. A ``step`` says in which order positions are looked at: smaller steps
first, and payments of one step together, in between nobody looks. Without one, all payments of an instant are one
step. That is the least that any order within the instant needs; `places_in_journal` makes the steps of the order in
which a settlement system did settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks import indicators_kernel as kernel
from paysim.networks.payments import Vector, integers

SECONDS_A_DAY = 86_400
BASIS_POINTS = 10_000
_DENSE = 8
"""Keys that spread over at most so many times their number are counted into place, others are sorted."""

_FAULTS = {
    kernel.NO_SUCH_PARTICIPANT: "sender and receiver are indices from 0 to participants - 1",
    kernel.PAYS_ITSELF: "a participant does not pay itself",
    kernel.NOT_POSITIVE: "amounts are positive",
    kernel.TOO_MUCH_VALUE: "the value up to here does not fit into 64 bits (at most 9.2e18 minor units a day)",
    kernel.SUBMITTED_AFTER_CLOSE: "submitted after the close: it belongs to another day",
    kernel.SETTLED_BEFORE_SUBMITTED: "settled before it was submitted (never is -1)",
    kernel.SETTLED_OUTSIDE_DAY: "settled outside the day, which is from `opens` to `closes`",
}


@dataclass(frozen=True)
class Traffic:
    """Checked columns of the payments of one day, each (N,) int64; made by `read_traffic`."""

    sender: Vector
    receiver: Vector
    amount: Vector
    submitted: Vector
    settled: Vector
    participants: int


@dataclass(frozen=True)
class LiquidityBounds:
    """Liquidity of each participant that is enough when payments may wait until the close, and when none waits.

    lower, upper : (participants,) int64 minor units, lower <= upper
    """

    lower: Vector
    upper: Vector

    def between(self, alpha: float) -> Vector:
        """Give liquidity between the bounds, (participants,) int64 minor units, rounded to the nearest unit.

        ``lower + alpha (upper - lower)``: 0 gives the lower bound and 1 the upper, exactly. One number moves a system
        from deferred net to real-time gross settlement; concept of trading delay against liquidity: Bank of Finland
        discussion paper 16/1999, https://swopec.hhs.se/bofrdp/abs/bofrdp1999_016.htm

        Raises
        ------
        ValueError : alpha is not between 0 and 1
        """
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha is between 0 and 1, got {alpha}")
        share = Fraction(alpha)  # exact: a float of an amount above 2**53 would not be the amount
        gaps = (self.upper - self.lower).tolist()
        return self.lower + np.array([round(share * gap) for gap in gaps], np.int64)


def read_traffic(
    sender: ArrayLike,
    receiver: ArrayLike,
    amount: ArrayLike,
    submitted: ArrayLike,
    settled: ArrayLike,
    participants: int,
    opens: int,
    closes: int,
) -> Traffic:
    """Check the columns of a day; columns that are int64 already are not copied.

    Raises
    ------
    TypeError : a column is not of integers
    ValueError : columns of different length, or a payment that cannot be, with its row
    """
    traffic = Traffic(
        integers("sender", sender),
        integers("receiver", receiver),
        integers("amount", amount),
        integers("submitted", submitted),
        integers("settled", settled),
        participants,
    )
    columns = (traffic.sender, traffic.receiver, traffic.amount, traffic.submitted, traffic.settled)
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"columns differ in length: {', '.join(str(len(column)) for column in columns)}")
    fault, row = kernel.first_fault(*columns, participants, opens, closes)
    if fault != kernel.FINE:
        raise ValueError(f"payment in row {row}: {_FAULTS[fault]}")
    return traffic


def liquidity_bounds(
    sender: ArrayLike, receiver: ArrayLike, amount: ArrayLike, submitted: ArrayLike, participants: int
) -> LiquidityBounds:
    """Give the upper and the lower bound of the liquidity that a day of payments needs.

    Upper bound of i: ``max(0, -min_t B_i(t))`` if every payment settles when it is submitted, one after the other, at
    one instant in the order of the rows. With it as opening liquidity, gross settlement in order of arrival settles
    everything at once. Lower bound of i: ``max(0, -B_i(T))``, its net debit at the close; with it, one netting session
    at the close settles everything. In use with the simulators of the Bank of Finland, discussion paper 23/2003,
    http://swopec.hhs.se/bofrdp/abs/bofrdp2003_023.htm

    Parameters
    ----------
    sender, receiver : (N,) indices of participants
    amount : (N,) minor units, positive, at most 2**63 - 1 in all
    submitted : (N,) seconds
    participants : their number

    Raises
    ------
    TypeError, ValueError : as `read_traffic`
    """
    whenever = (-kernel.LARGEST, kernel.LARGEST)
    return bounds_of(read_traffic(sender, receiver, amount, submitted, submitted, participants, *whenever))


def bounds_of(traffic: Traffic) -> LiquidityBounds:
    """Give the bounds of checked payments, as `liquidity_bounds`."""
    rows = _arranged(traffic.submitted)
    columns = (traffic.sender, traffic.receiver, traffic.amount)
    lowest, last = kernel.lowest_in_turn(rows, *columns, traffic.participants)
    return LiquidityBounds(np.maximum(0, -last), -lowest)


def liquidity_used(
    sender: ArrayLike,
    receiver: ArrayLike,
    amount: ArrayLike,
    settled: ArrayLike,
    participants: int,
    step: ArrayLike | None = None,
) -> Vector:
    """Give the liquidity that each participant used, (participants,) int64 minor units.

    ``L_i = max(0, -min_t B_i(t))``: the largest negative net cumulative position of the day, "daily maximum intraday
    liquidity usage" of the Basel Committee's monitoring tools for intraday liquidity (BCBS 248, tool A(i)):
    https://www.bis.org/basel_framework/chapter/SRP/50.htm

    Parameters
    ----------
    sender, receiver, amount, participants : as in `liquidity_bounds`
    settled : (N,) seconds, -1 for what never did
    step : (N,) order in which positions are looked at; default `settled` (see the head of this module)

    Raises
    ------
    TypeError, ValueError : as `read_traffic`, or a step that contradicts the instants
    """
    instants = integers("settled", settled)
    traffic = read_traffic(sender, receiver, amount, instants, instants, participants, 0, kernel.LARGEST)
    return peaks_of(traffic, step)[0]


def peaks_of(traffic: Traffic, step: ArrayLike | None) -> tuple[Vector, Vector]:
    """Give the largest negative and the largest positive position of each participant, both as sizes."""
    order = traffic.settled
    if step is not None:
        order = integers("step", step)
        if len(order) != len(traffic.settled):
            raise ValueError(f"step has {len(order)} rows, the payments have {len(traffic.settled)}")
        if ((order < 0) != (traffic.settled == kernel.NEVER)).any():
            raise ValueError("a payment has a step that is not negative if it has settled, and -1 if not")
    rows = _arranged(order, smallest=0)
    if step is not None:
        row = kernel.first_disorder(rows, order, traffic.settled)
        if row >= 0:
            raise ValueError(f"payment in row {row}: its step contradicts the instants of settlement")
    columns = (traffic.sender, traffic.receiver, traffic.amount)
    lowest, highest = kernel.extremes(rows, order, *columns, traffic.participants)
    return -lowest, highest


def _arranged(key: Vector, smallest: int | None = None) -> NDArray[np.int32]:
    """Sort rows by key, equal ones in the order of the rows; leave those below `smallest` out."""
    if len(key) == 0:
        return np.zeros(0, np.int32)
    first, last = int(key.min()) if smallest is None else smallest, int(key.max())
    if last < first:
        return np.zeros(0, np.int32)
    if last - first < _DENSE * len(key) + SECONDS_A_DAY:
        return kernel.arrange(key, first, last)
    rows = np.argsort(key, kind="stable")
    return rows[np.searchsorted(key[rows], first) :].astype(np.int32)


def places_in_journal(payment_id: ArrayLike, journal: ArrayLike, joint: ArrayLike | None = None) -> Vector:
    """Make the steps of the order in which a settlement system settled.

    Parameters
    ----------
    payment_id : (N,) ids of the payments, each once
    journal : (M,) ids in the order of settlement, as `SettlementSystem.settled_since` gives them, each once
    joint : (M,) bool, True where an entry settled together with the one before it (netting, offsetting), so that no
        account is looked at in between; default each entry is a step of its own

    Returns
    -------
    (N,) int64, -1 for payments that are not in the journal

    Raises
    ------
    ValueError : an id of the journal is not among the payments, or `joint` is not as long as the journal
    """
    ids, entries = integers("payment_id", payment_id), integers("journal", journal)
    places = np.arange(len(entries))
    if joint is not None:
        together = np.asarray(joint, dtype=np.bool_)
        if together.shape != entries.shape:
            raise ValueError(f"joint has {len(together)} entries, the journal {len(entries)}")
        places = np.cumsum(~together)
    order = np.argsort(ids, kind="stable")
    at = np.searchsorted(ids, entries, sorter=order)
    if (at == len(ids)).any() or (ids[order[at]] != entries).any():
        raise ValueError("the journal has an id that is not among the payments")
    step = np.full(len(ids), kernel.NEVER, np.int64)
    step[order[at]] = places
    return step


def uncollateralised_credit(
    sender: ArrayLike,
    receiver: ArrayLike,
    amount: ArrayLike,
    settled: ArrayLike,
    closes: int,
    free: ArrayLike,
) -> tuple[int, ...]:
    """Give the use of uncollateralised credit by each participant, minor units times seconds, exactly.

    ``integral of max(0, -(B_i(t) + free_i)) dt`` up to the close, where ``free_i`` is what costs nothing: the opening
    balance and the collateralised credit. If liquidity was injected during the day, a settlement system's own count
    (`credit_seconds`) is the right one: injections are not among the payments. Payments of one instant need no order,
    because no time passes between them.

    Parameters
    ----------
    sender, receiver, amount, settled : as in `liquidity_used`
    closes : seconds
    free : (participants,) minor units, not negative

    Raises
    ------
    TypeError, ValueError : as `read_traffic`, or `free` is negative
    """
    limits, instants = integers("free", free), integers("settled", settled)
    if len(limits) and limits.min() < 0:
        raise ValueError("what is free of charge is not negative")
    traffic = read_traffic(sender, receiver, amount, instants, instants, len(limits), 0, closes)
    columns = (traffic.sender, traffic.receiver, traffic.amount)
    use = kernel.credit_use(_arranged(instants, smallest=0), instants, *columns, limits, closes)
    return tuple((high << kernel.HALF_BITS) + low for high, low in use.tolist())


def credit_cost(credit_seconds: int, price: float, days_a_year: int = 360) -> float:
    """Give what uncollateralised credit costs, minor units.

    ``credit_seconds x price / 10,000 / (days x 86,400)``. The Federal Reserve quotes its fee for daylight overdrafts
    (50 basis points a year where they are uncollateralised) for a year of 360 days and a day of 24 hours, and charges
    the average over the day: https://www.gpo.gov/fdsys/pkg/FR-1995-03-07/html/95-5530.htm

    Parameters
    ----------
    credit_seconds : minor units times seconds, summed over participants
    price : basis points a year
    days_a_year : of the price's quotation
    """
    return float(credit_seconds) * price / BASIS_POINTS / (days_a_year * SECONDS_A_DAY)
