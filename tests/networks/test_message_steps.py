"""One message bank by bank: the last instants are those of the kernel, and what lies between them adds up."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.networks.message_law import MessageLaw
from paysim.networks.message_steps import MessageSteps, message_steps
from paysim.networks.messaging import (
    BANKS_ON_THE_WAY,
    CORRESPONDENTS,
    NATIVE,
    NO_OUTAGES,
    STANDARD,
    UNIFORMS_PER_MESSAGE,
    Ways,
    message_delays,
    outage_table,
)
from paysim.networks.screening import PLACES, Place, hours_for

BEGIN, END = (int(datetime(2026, 12, day, tzinfo=UTC).timestamp()) for day in (21, 31))
DESKS = [*PLACES.values(), Place("Asia/Kathmandu", "weekdays", 8 * 3600, 12 * 3600)]
BUSY = MessageLaw(alert_rate=0.4, stopped_share=0.1, review_median=20_000.0)
OUTAGES = outage_table({CORRESPONDENTS: [(BEGIN, BEGIN + 300_000)], NATIVE: [(BEGIN + 200_000, BEGIN + 500_000)]})

LUCK = st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=UNIFORMS_PER_MESSAGE, max_size=UNIFORMS_PER_MESSAGE)
SOMEWHERE = st.lists(st.integers(0, len(DESKS) - 1), min_size=BANKS_ON_THE_WAY, max_size=BANKS_ON_THE_WAY)


def way(native: bool, known: int, places: list[int]) -> Ways:
    return Ways(np.array([native]), np.array([known]), np.array(places)[:, None])


def followed(
    luck, submitted, native=False, known=0, places=(0, 0, 0, 0), law=STANDARD, outages=NO_OUTAGES
) -> MessageSteps:
    hours = hours_for(DESKS, np.array([submitted]))
    return message_steps(np.array(luck), submitted, way(native, known, list(places)), hours, law, outages)


@settings(max_examples=300, deadline=None)
@given(LUCK, st.integers(BEGIN, END), st.booleans(), st.integers(0, 3), SOMEWHERE, st.booleans(), st.booleans())
def test_the_last_instants_are_those_of_the_kernel(luck, submitted, native, known, places, busy, outage) -> None:
    law, outages = BUSY if busy else MessageLaw(), OUTAGES if outage else NO_OUTAGES
    hours = hours_for(DESKS, np.array([submitted]))
    arrival, credit = message_delays(
        np.array(luck)[:, None], np.array([submitted]), way(native, known, places), hours, law, outages
    )  # fmt: skip
    steps = followed(luck, submitted, native, known, places, law, outages)
    if np.isinf(arrival[0]):
        assert np.isinf([steps.arrival, steps.credit]).all()
        return
    assert int(steps.arrival) == int(arrival[0])
    assert int(steps.credit) == int(credit[0])


@settings(max_examples=200, deadline=None)
@given(LUCK, st.integers(BEGIN, END), SOMEWHERE)
def test_every_bank_has_the_message_when_the_one_before_has_sent_it(luck, submitted, places) -> None:
    steps = followed(luck, submitted, places=places, law=BUSY, outages=OUTAGES)
    assert steps.stops[0].reached == 0.0
    for one, other in zip(steps.stops, steps.stops[1:], strict=False):
        assert other.reached == one.sent
    for stop in steps.stops:
        assert stop.reached <= stop.begun <= stop.ready + 1e-6
        assert stop.ready <= stop.sent
        assert stop.reviewed or (stop.begun == stop.reached and stop.work == 0.0)
        if stop.reviewed and np.isfinite(stop.ready):
            assert stop.ready - stop.begun >= stop.work * (1 - 1e-12) - 1e-6
    assert steps.credit >= steps.arrival


def test_a_review_begins_when_the_desk_opens_and_only_an_alert_causes_one() -> None:
    saturday = int(datetime(2026, 12, 19, 12, tzinfo=UTC).timestamp())
    frankfurt = list(PLACES).index("EUR")
    calm = followed([0.9, 0.5, 0.0, 0.5, 0.5, 0.5, 0.5], saturday, places=[frankfurt] * 4)
    alert = followed([0.9, 0.5, 0.0, 0.975, 0.5, 0.5, 0.5], saturday, places=[frankfurt] * 4)
    assert not calm.stops[0].reviewed
    assert alert.stops[0].reviewed
    monday = datetime(2026, 12, 21, 8, tzinfo=UTC)  # 09:00 in Frankfurt
    assert saturday + alert.stops[0].begun == monday.timestamp()
    assert alert.stops[0].work == pytest.approx(MessageLaw().review_median)  # the middle of the alerts
    assert alert.stops[0].ready - alert.stops[0].begun == pytest.approx(alert.stops[0].work)


def test_the_number_of_intermediaries_is_that_of_its_uniform() -> None:
    shares = np.cumsum(MessageLaw().intermediaries)
    for number, share in enumerate(shares):
        luck = [0.5, 0.5, share - 1e-9, 0.5, 0.5, 0.5, 0.5]
        assert len(followed(luck, BEGIN).stops) == 1 + number
        assert len(followed(luck, BEGIN, native=True).stops) == 1


def test_an_outage_holds_a_message_at_the_bank_that_would_send_it() -> None:
    steps = followed([0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], BEGIN + 10, outages=OUTAGES)
    assert steps.stops[0].ready < 3600
    assert BEGIN + 10 + steps.stops[0].sent == BEGIN + 300_000
    quiet = followed([0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], BEGIN + 10)
    assert all(stop.sent == stop.ready for stop in quiet.stops)
    assert steps.credit - quiet.credit == pytest.approx(steps.arrival - quiet.arrival)
