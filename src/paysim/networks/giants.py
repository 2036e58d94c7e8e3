"""Payments above the largest amount of a system: returned, or split before they are handed over.

Rule 25 of ``docs/reference/settlement.md``: it is done to the table of payments, before the system sees them, and what
becomes of the parts is brought back to the payments they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.networks.payments import STATUSES, Vector, split_giants

RETURNED, SETTLED = (STATUSES.index(word) for word in ("returned", "settled"))


@dataclass(frozen=True)
class HandedOver:
    """What a system is given of N payments: M payments or parts, in the order of their arrival.

    whole : (M,) int64, the payment that each belongs to, 0 to N-1
    payment_id : (M,) int64 from 0, ascending
    arrives : (M,) int64 seconds
    amount : (M,) int64 minor units
    returned : (N,) bool, payments that are not handed over
    """

    whole: Vector
    payment_id: Vector
    arrives: Vector
    amount: Vector
    returned: NDArray[np.bool_]

    @property
    def split(self) -> int:
        """Number of payments that were split."""
        return int((np.bincount(self.whole, minlength=len(self.returned)) > 1).sum())

    def settled_in_part(self, of_parts: Vector) -> tuple[int, int]:
        """Number of payments of which only some parts have settled, and the value of these parts."""
        parts = np.bincount(self.whole, minlength=len(self.returned))
        done = np.bincount(self.whole[of_parts >= 0], minlength=len(self.returned))
        partly = (done > 0) & (done < parts)
        return int(partly.sum()), int(self.amount[(of_parts >= 0) & partly[self.whole]].sum())

    def settled(self, of_parts: Vector) -> Vector:
        """Instants at which the payments have settled, (N,) int64: that of the last part, -1 where one has not."""
        last = np.full(len(self.returned), -1, np.int64)
        np.maximum.at(last, self.whole, of_parts)
        last[self.whole[of_parts < 0]] = -1
        return last

    def status(self, of_parts: NDArray[np.int8]) -> NDArray[np.int8]:
        """Status of the payments, (N,) int8: settled if all parts are, else that of a part which is not."""
        status = np.full(len(self.returned), RETURNED, np.int8)
        status[self.whole] = SETTLED
        waiting = of_parts != SETTLED
        status[self.whole[waiting]] = of_parts[waiting]
        return status


def handed_over(
    payment_id: Vector, arrives: Vector, amount: Vector, largest: int | None = None, above: str = "return"
) -> HandedOver:
    """Put payments into the order of arrival and treat those above the largest amount.

    Parameters
    ----------
    payment_id, arrives, amount : (N,) int64; ids are unique and order payments of one instant; amounts are positive
    largest : minor units; None: there is no limit
    above : ``"return"`` or ``"split"``

    Raises
    ------
    ValueError : another word, or a largest amount that is not positive
    """
    if above not in ("return", "split"):
        raise ValueError(f"payments above the largest amount are 'return'ed or 'split', not {above!r}")
    order = np.lexsort((payment_id, arrives))
    returned = np.zeros(len(amount), dtype=np.bool_)
    if largest is None:
        return HandedOver(order, np.arange(len(order)), arrives[order], amount[order], returned)
    parts = split_giants(np.arange(len(order)), amount[order], largest)
    whole = order[parts.whole]
    if above == "split":
        return HandedOver(whole, parts.payment_id, arrives[whole], parts.amount, returned)
    returned = amount > largest
    kept = order[~returned[order]]
    return HandedOver(kept, np.arange(len(kept)), arrives[kept], amount[kept], returned)
