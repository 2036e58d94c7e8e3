"""The event engine against its slow twin of the benchmarks, in which every payment is a SimPy process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from telling import Tell

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from one_process_per_payment import PaymentProcesses, take_payments

CUT_AND_BACK = """events:
  - {id: cut, kind: disconnection, groups: [CHN, HKG], at: 2024-08-05 16:00Z, notice: 0 d}
  - {id: back, kind: reconnection, groups: [CHN, HKG], at: 2024-08-12 16:00Z}
"""


@pytest.mark.parametrize("by_month", [False, True], ids=["at once", "by month"])
def test_every_payment_settles_and_is_credited_at_the_same_second_as_in_its_own_process(
    tell: Tell, by_month: bool
) -> None:
    prepared = tell("horizon=2024-08")
    payments, funded = take_payments(prepared)
    twin = PaymentProcesses(prepared, payments, funded, prepared.starts[:-1] if by_month else ())
    twin.run()
    in_a_system = payments.system >= 0
    assert in_a_system.sum() > 10_000
    assert (payments.settled[in_a_system] >= 0).mean() > 0.95  # the others arrive after the horizon
    assert (twin.settled == payments.settled).all()
    assert (twin.credited == payments.credited).all()
    assert (payments.credited > payments.settled)[in_a_system].sum() > 1000
    assert (payments.settled[~in_a_system] == -1).all()
    assert (payments.sender == payments.receiver)[~in_a_system].all()
    assert (payments.sender != payments.receiver)[in_a_system].all()
    waited = payments.settled > payments.arrives
    assert waited[in_a_system].sum() > 1000, "night, weekends and queues must be part of it"


def test_a_message_has_one_timeout_for_every_bank_on_its_way_and_none_inside_one_bank(tell: Tell) -> None:
    payments, _ = take_payments(tell("horizon=2024-08"))
    hops = np.array([len(row.sendings[-1].hops) for row in payments.rows])
    assert set(hops[payments.system >= 0]) == {1, 2, 3, 4}
    assert set(hops) == {0, 1, 2, 3, 4}
    for row, arrives in zip(payments.rows, payments.arrives.tolist(), strict=True):
        for sending in row.sendings:
            assert not sending.hops or sending.sent + sum(sending.hops) == arrives


def test_what_politics_did_to_payments_happens_to_them_in_their_own_processes(tell: Tell) -> None:
    prepared = tell("horizon=2024-08", "traffic.payments_per_month=20000", text=CUT_AND_BACK)
    payments, funded = take_payments(prepared)
    twin = PaymentProcesses(prepared, payments, funded)
    twin.run()
    assert (twin.settled == payments.settled).all()
    assert (twin.credited == payments.credited).all()
    sendings = [sending for row in payments.rows for sending in row.sendings]
    assert not all(sending.arrives for sending in sendings), "some messages are returned"
    assert any(row.sendings[0].sent > row.submitted for row in payments.rows if row.sendings), "some are sent later"
    assert not all(row.sendings for row in payments.rows), "some are not sent"
