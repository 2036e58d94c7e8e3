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
COUNTED = ("submitted", "brought_forward", "settled", "returned", "resent", *FATES)
"""What payments are counted by; a payment that is sent again leaves the blocked or the refused."""


class Ledger:
    """Sums of value by month of submission (M months), purpose, corridor and option, USD bn.

    settled : (M, 2, L, P); blocked, refused, bypassed, failed : (M, 2, L); delay, weight : (M, P) value-weighted hours
    from submission to credit, and the value; counts : by name, (M + 1,) payments, those before the start first
    recorded : months that count; those after them only let the last payments finish.
    """

    def __init__(self, world: World, months: int, recorded: int) -> None:
        self.world, self.recorded = world, recorded
        shape = (months, 2, len(world.payer))
        self.settled = np.zeros((*shape, len(world.options)))
        self.fates = {fate: np.zeros(shape) for fate in FATES}
        self.delay = np.zeros((months, len(world.options)))
        self.weight = np.zeros((months, len(world.options)))
        self.recent = np.zeros((2, len(world.options)))
        self.counts = {name: np.zeros(months + 1, dtype=np.int64) for name in COUNTED}

    def keep(self, months: int) -> None:
        """Forget all but the first months."""
        for name in ("settled", "delay", "weight"):
            setattr(self, name, getattr(self, name)[:months])
        self.fates = {fate: values[:months] for fate, values in self.fates.items()}
        self.counts = {name: counts[: months + 1] for name, counts in self.counts.items()}

    def count(self, name: str, rows: Batch, at: Index, sign: int = 1) -> None:
        """Count the rows ``at`` in their months of submission."""
        kernel.count(at, rows.month, sign, self.counts[name])

    def settle(self, rows: Batch, at: Index, credited: Index) -> None:
        """Book the rows ``at`` as settled; credited : by row, seconds since 1970 of the customer's credit."""
        if not len(at):
            return
        place = (rows.month, rows.purpose, rows.corridor, rows.option)
        recent = np.zeros_like(self.recent)
        counts, sums = self.counts["settled"], (self.delay, self.weight, recent)
        kernel.book_settled(at, *place, rows.value, rows.submitted, credited, counts, self.settled, *sums)
        self.recent += recent

    def book(self, fate: str, rows: Batch, at: Index, sign: int = 1) -> None:
        """Book the rows ``at`` as blocked, refused, bypassed or failed; or, with sign -1, take them off it again."""
        if not len(at):
            return
        place = (rows.month, rows.purpose, rows.corridor)
        kernel.add_up(at, *place, rows.value, sign, self.counts[fate], self.fates[fate])

    def take_recent(self) -> tuple[Array, Array]:
        """Value settled since the last call by option, (P,), and its mean hours to credit (nan where none); emptied."""
        value, hours = self.recent
        self.recent = np.zeros_like(self.recent)
        with np.errstate(invalid="ignore", divide="ignore"):
            return value, np.where(value > 0.0, hours / value, np.nan)
