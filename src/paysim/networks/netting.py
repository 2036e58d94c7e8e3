"""Payments that may settle at one instant: who is short in them, and which of them can settle without those short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.networks import netting_kernel as kernel

Vector = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Together:
    """Payments looked at together, as in a netting session or a multilateral offsetting run.

    sender, receiver, amount : (N,) int64, grouped by ascending sender, each group in the order of its queue
    participants : number of participants

    Raises
    ------
    ValueError : the amounts together do not fit into 62 bits
    """

    def __init__(self, sender: Vector, receiver: Vector, amount: Vector, participants: int) -> None:
        if kernel.total(amount) < 0:
            raise ValueError(f"payments that are to settle together are worth more than {kernel.LARGEST_TOTAL}")
        self._columns = (sender, receiver, amount)
        self._participants = participants

    def all(self) -> Flags:
        """Every payment is taken, (N,)."""
        return np.ones(len(self._columns[0]), dtype=bool)

    def positions(self, taken: Flags) -> Vector:
        """What each participant receives in the payments that are taken less what it pays, (participants,)."""
        positions = np.empty(self._participants, np.int64)
        kernel.draw_positions(*self._columns, taken, positions)
        return positions

    def short(self, cover: Vector) -> Vector:
        """By how much each participant's cover and net position are below zero if all settle, (participants,)."""
        return np.asarray(np.maximum(-self.positions(self.all()) - _capped(cover), 0))

    def partial(self, cover: Vector) -> Flags:
        """Leave out the last payments of those short until nobody is; (N,), True for those that stay."""
        taken = self.all()
        kernel.leave_last_out(*self._columns, _capped(cover), self.positions(taken), taken)
        return taken

    def unwind(self, cover: Vector) -> Flags:
        """Take those short out with all they send and receive, the shortest first; (N,), True for those that stay."""
        taken = self.all()
        kernel.take_short_out(*self._columns, _capped(cover), self.positions(taken), taken)
        return taken


def _capped(cover: Vector) -> Vector:
    # More cover than all payments together are worth makes no difference, and sums with it could overflow.
    return np.minimum(cover, kernel.LARGEST_TOTAL)
