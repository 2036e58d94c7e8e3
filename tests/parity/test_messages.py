"""The kernel of messages against its twin in plain Python: both ways in, all networks, outages and hits."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import message_twin as twin
from message_twin import CIPS, CORRESPONDENTS, Message

from paysim.networks import message_kernel as kernel
from paysim.networks.message_law import MessageLaw
from paysim.networks.message_stream import CLEARING_HOMES, REGION_PLACES, message_stream
from paysim.networks.messaging import (
    BANKS_ON_THE_WAY,
    NO_OUTAGES,
    UNIFORMS_PER_MESSAGE,
    Ways,
    message_delays,
    outage_table,
)
from paysim.networks.screening import PLACES, Place, hours_for
from paysim.networks.submission import REGIONS, office_profile

MESSAGES = 4000
HALF_A_MICROSECOND = 5e-7  # two digits of an instant since 1970 as a float
# From Christmas into January, so that years, holidays and weekends are crossed.
BEGIN, END = (int(datetime(2024, month, day, tzinfo=UTC).timestamp()) for month, day in ((12, 19), (12, 31)))
OUTAGES = {
    CORRESPONDENTS: [(BEGIN + 100_000, BEGIN + 140_000), (BEGIN + 400_000, BEGIN + 430_000)],
    CIPS: [(BEGIN + 90_000, BEGIN + 160_000)],
}
BUSY = MessageLaw(alert_rate=0.3, stopped_share=0.1, review_median=20_000.0)
EVERYWHERE = [*PLACES.values(), Place(), Place("Asia/Kathmandu", "weekdays", 8 * 3600, 12 * 3600)]


@pytest.mark.parametrize("outages", [{}, OUTAGES], ids=["quiet", "outages"])
@pytest.mark.parametrize("law", [MessageLaw(), BUSY], ids=["standard", "busy"])
def test_delays_are_those_of_the_twin(law: MessageLaw, outages: dict[int, list[tuple[int, int]]]) -> None:
    chance = np.random.default_rng(20240701)
    uniforms = chance.random((UNIFORMS_PER_MESSAGE, MESSAGES))
    submitted = chance.integers(BEGIN, END, MESSAGES)
    native, known = chance.random(MESSAGES) < 0.4, chance.integers(0, 3, MESSAGES)
    places = chance.integers(0, len(EVERYWHERE), (BANKS_ON_THE_WAY, MESSAGES))
    hours = hours_for(EVERYWHERE, submitted)
    arrival, credit = message_delays(
        uniforms, submitted, Ways(native, known, places), hours, law, outage_table(outages)
    )  # fmt: skip
    rows = [(*interval, network) for network, intervals in outages.items() for interval in intervals]
    expected = [
        twin.send(
            Message(
                uniforms[:, i].tolist(),
                int(submitted[i]),
                CIPS if native[i] else CORRESPONDENTS,
                int(known[i]),
                [EVERYWHERE[p] for p in places[:, i]],
            ),
            law,
            rows,
        )
        for i in range(MESSAGES)
    ]
    assert_same(arrival, credit, expected)
    assert np.isinf(arrival).any() == (law is BUSY)


def test_a_stream_is_that_of_the_twin_and_knows_no_chunks() -> None:
    days = np.array(["2024-12-20", "2024-12-23", "2024-12-24"], dtype="datetime64[D]")
    keys = np.random.SeedSequence(5).generate_state(kernel.PURPOSES, np.uint64).tolist()
    regions = list(REGION_PLACES)
    expected, submitted = [], []
    for number in range(MESSAGES):
        luck = [twin.hashed(key, number) for key in keys]
        region = int(np.searchsorted(np.cumsum([REGIONS[name][1] for name in regions]), luck[7], side="right"))
        home = int(np.searchsorted(np.cumsum([CLEARING_HOMES[name] for name in regions]), luck[10], side="right"))
        edges = np.append(0.0, np.cumsum(office_profile(REGIONS[regions[region]][0])))
        second = int(np.interp(luck[9], edges, np.arange(25.0) * 3600.0))
        midnight = int(days[int(luck[8] * len(days))].astype("datetime64[s]").astype(np.int64))
        places = [REGION_PLACES[regions[region]]] + [REGION_PLACES[regions[home if home < 3 else region]]] * 3
        submitted.append(midnight + second)
        expected.append(twin.send(Message(luck, midnight + second, CORRESPONDENTS, 0, places), BUSY))
    chunks = list(message_stream(MESSAGES, 5, days, BUSY, NO_OUTAGES, chunk=1700))
    assert [part.first for part in chunks] == [0, 1700, 3400]
    assert np.concatenate([part.submitted for part in chunks]).tolist() == submitted
    arrival, credit = (np.concatenate([getattr(part, name) for part in chunks]) for name in ("arrival", "credit"))
    assert_same(arrival, credit, expected)


def assert_same(arrival: np.ndarray, credit: np.ndarray, expected: list[tuple[float, float]]) -> None:
    at_bank, credited = np.array(expected).T
    np.testing.assert_allclose(arrival, at_bank, rtol=1e-9, atol=HALF_A_MICROSECOND)
    np.testing.assert_allclose(credit, credited, rtol=1e-9, atol=HALF_A_MICROSECOND)


def test_normal_quantiles_are_those_of_the_standard_library() -> None:
    uniforms = np.concatenate([np.geomspace(1e-16, 0.5, 400), 1.0 - np.geomspace(1e-15, 0.5, 400)])
    found = [kernel.normal_quantile(u) for u in uniforms]
    np.testing.assert_allclose(found, [twin.NORMAL.inv_cdf(u) for u in uniforms], rtol=1e-12, atol=1e-15)
