"""What became of payments, added up by the month in which they were submitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.engine import payment_kernel as kernel
from paysim.engine.traffic import Batch
from paysim.model.world import World

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FATES = ("blocked", "refused", "bypassed", "failed")


class Ledger:
    """Sums of value by month of submission (M months), purpose, corridor and option, USD bn.

    settled : (M, 2, L, P); blocked, refused, bypassed, failed : (M, 2, L); delay, weight : (M, P) value-weighted hours
    from submission to credit, and the value; recorded : months that count; those after them only let
    the last payments finish.
    """

    def __init__(self, world: World, months: int, recorded: int) -> None:
        self.world, self.recorded = world, recorded
        shape = (months, 2, len(world.payer))
        self.settled = np.zeros((*shape, len(world.options)))
        self.fates = {fate: np.zeros(shape) for fate in FATES}
        self.delay = np.zeros((months, len(world.options)))
        self.weight = np.zeros((months, len(world.options)))
        self.recent = np.zeros((2, len(world.options)))
        self.counts = dict.fromkeys(("submitted", "settled", "returned", "resent", *FATES), 0)

    def keep(self, months: slice) -> None:
        """Forget all other months."""
        for name in ("settled", "delay", "weight"):
            setattr(self, name, getattr(self, name)[months])
        self.fates = {fate: values[months] for fate, values in self.fates.items()}

    def count(self, name: str, rows: Batch, at: Index, sign: int = 1) -> None:
        """Count the rows ``at``, without those submitted after the horizon."""
        self.counts[name] += sign * int(np.count_nonzero(rows.month[at] < self.recorded))

    def settle(self, rows: Batch, at: Index, credited: Index) -> None:
        """Book the rows ``at`` as settled; credited : by row, seconds since 1970 of the customer's credit."""
        self.count("settled", rows, at)
        place = (rows.month, rows.purpose, rows.corridor, rows.option)
        recent = np.zeros_like(self.recent)
        sums = (self.settled, self.delay, self.weight, recent)
        kernel.book_settled(at, *place, rows.value, rows.submitted, credited, *sums)
        self.recent += recent

    def book(self, fate: str, rows: Batch, at: Index, sign: int = 1) -> None:
        """Book the rows ``at`` as blocked, refused, bypassed or failed; or, with sign -1, take them off it again."""
        if not len(at):
            return
        self.count(fate, rows, at, sign)
        kernel.add_up(at, rows.month, rows.purpose, rows.corridor, rows.value, sign, self.fates[fate])

    def take_recent(self) -> tuple[Array, Array]:
        """Value settled since the last call by option, (P,), and its mean hours to credit (nan where none); emptied."""
        value, hours = self.recent
        self.recent = np.zeros_like(self.recent)
        with np.errstate(invalid="ignore", divide="ignore"):
            return value, np.where(value > 0.0, hours / value, np.nan)
