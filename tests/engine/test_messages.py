"""Messages in the engine's traffic: what is published holds there too, and banks review by their own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from telling import DAY, HOUR, Tell

from paysim.engine.draws import draw
from paysim.engine.simulation import Simulation
from paysim.engine.traffic import Batch
from paysim.networks.screening import PLACES

MONTHS = 12  # some 60,000 payments: sampling error of a share at most .002 (1 s.e.)


@pytest.fixture
def traffic(tell: Tell) -> tuple[Simulation, Batch]:
    """A year of payments through correspondents, as drawn."""
    prepared = tell("horizon=2025-06")
    simulation = Simulation(prepared, draw(prepared, 1, [0], ()), 1, 0)
    batches = [simulation._draw(month, simulation.starts[month]) for month in range(MONTHS)]
    whole = batches[0]
    for batch in batches[1:]:
        whole = whole.followed_by(batch)
    return simulation, whole.take(~simulation.drawing.native[whole.option])


def test_what_is_published_holds_for_the_payments_of_the_engine(traffic: tuple[Simulation, Batch]) -> None:
    payments = traffic[1]
    for share, published in (
        (payments.transit < HOUR, 0.90),  # at the beneficiary bank, Swift 2024
        (payments.wait < HOUR / 12, 0.33),  # BIS/CPMI 2022
        (payments.wait < HOUR, 0.43),  # Swift 2024
        (payments.wait < DAY, 0.92),  # gpi
    ):
        assert share.mean() == pytest.approx(published, abs=0.03)
    assert np.median(payments.wait) < 2 * HOUR
    assert payments.wait.mean() / HOUR == pytest.approx(8.6, abs=0.4)
    assert (payments.wait >= payments.transit).all()


def test_held_payments_go_on_in_the_working_hours_of_the_senders_or_the_systems_place(
    traffic: tuple[Simulation, Batch],
) -> None:
    simulation, payments = traffic
    held = np.flatnonzero(payments.transit > 2 * HOUR)
    assert len(held) > 2000
    groups = simulation.world.groups
    homes = [system.calendar.time_zone for system in simulation.prepared.systems]
    at_work = by_another_clock = 0
    for row in held.tolist():
        released = datetime.fromtimestamp(payments.submitted[row] + payments.transit[row], UTC)
        sender = PLACES[groups[simulation.world.banks.group[payments.sender[row]]]].time_zone
        home = homes[simulation.world.options[payments.option[row]].systems[0]]
        at_work += any(working(released.astimezone(ZoneInfo(zone))) for zone in (sender, home))
        by_another_clock += working(released.astimezone(ZoneInfo("Pacific/Auckland")))
    assert at_work / len(held) > 0.99
    assert by_another_clock / len(held) < 0.6


def working(local: datetime) -> bool:
    """Nine to five on a day that may be worked (China works some weekends), and handling elsewhere until half past."""
    return 9 <= local.hour + local.minute / 60 < 17.5
