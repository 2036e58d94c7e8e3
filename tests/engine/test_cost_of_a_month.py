"""A month's cost is that of its parts: what happens on the 22nd makes the last days dear and not the whole month."""

from __future__ import annotations

import pytest
from telling import NO_LUCK, Tell

from paysim.engine.record import Record
from paysim.engine.run import simulate_mean_field
from paysim.engine.simulation import simulate

MONTH = 1
EVENT = "events:\n  - {id: fear, kind: secondary_sanctions, targets: [RUS], at: %s}\n"


@pytest.fixture(scope="module")
def told(tell: Tell):
    def run(engine: str, at: str) -> Record:
        prepared = tell("horizon=2024-09", "behaviour.bypass_share=0 %", text=EVENT % at)
        if engine == "mean field":
            return simulate_mean_field(prepared, 1, [0], NO_LUCK)[0]
        return simulate(prepared, 1, 0, NO_LUCK)

    return run


@pytest.mark.parametrize("engine", ["mean field", "events"])
def test_the_later_in_the_month_it_happens_the_less_the_month_costs(told, engine: str) -> None:
    whole, half, end = (
        told(engine, at).values("cost_bp", "RUS")[MONTH] for at in ("2024-08", "2024-08-16 12:00Z", "2024-08-29")
    )
    assert whole > 10.0
    assert end < 0.15 * whole
    assert end < half < 0.6 * whole
    if engine == "mean field":  # with events, much of what is refused is sent once more and paid at the later cost
        assert half == pytest.approx(whole * 15.5 / 31.0, rel=0.05)
        assert end == pytest.approx(whole * 3.0 / 31.0, rel=0.05)
