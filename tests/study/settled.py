"""Days of payments for the tests of settling."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from paysim.engine.systems import settlement_system
from paysim.scenario.payments_table import PaymentsTable
from paysim.study.settled.day import operating_day

HOUR = 3600
CENTS = 100
FIFO = settlement_system("rtgs-fifo")
DAY = operating_day(FIFO)

# The worked day of docs/howto/settle.md: instant, sender, receiver, amount.
WORKED = (
    (9 * HOUR, "A", "B", 80),
    (9 * HOUR + 600, "A", "C", 60),
    (9 * HOUR + 1200, "C", "A", 30),
    (9 * HOUR + 1800, "B", "C", 90),
    (10 * HOUR, "B", "A", 15),
    (17 * HOUR, "C", "A", 130),
)


def table(rows=WORKED, names=("A", "B", "C"), priority=1, batch=False):
    """A table of (instant, sender, receiver, amount in whole major units), in the order of its ids."""
    count = len(rows)
    times, senders, receivers, amounts = zip(*rows, strict=True)
    return PaymentsTable(
        pa.array([str(number + 1) for number in range(count)]),
        names,
        np.arange(count),
        np.array(times, np.int64),
        np.array([names.index(name) for name in senders], np.int64),
        np.array([names.index(name) for name in receivers], np.int64),
        np.array(amounts, np.int64) * CENTS,
        np.full(count, priority, np.int64),
        np.full(count, batch),
    )
