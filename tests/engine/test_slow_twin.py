"""The event engine against its slow twin of the benchmarks, in which every payment is a SimPy process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from stories import Tell

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from one_process_per_payment import PaymentProcesses, take_payments


def test_every_payment_settles_at_the_same_second_as_in_its_own_process(tell: Tell) -> None:
    prepared = tell("horizon=2024-08")
    payments, funded = take_payments(prepared)
    twin = PaymentProcesses(prepared, payments, funded)
    twin.run()
    in_a_system = payments.system >= 0
    assert in_a_system.sum() > 10_000
    assert (payments.settled[in_a_system] >= 0).mean() > 0.95  # the others arrive after the horizon
    assert (twin.settled == payments.settled)[in_a_system].all()
    assert (payments.sender == payments.receiver)[~in_a_system].all()
    assert (payments.sender != payments.receiver)[in_a_system].all()
    waited = payments.settled > payments.arrives
    assert waited[in_a_system].sum() > 1000, "night, weekends and queues must be part of it"
