"""L11 and L12: what drawing payments one by one adds to the mean, and how it fades with their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from worlds import START, Act, direct, even_banks, make_economy, make_prepared, make_world, yuan_routes

from paysim.engine.draws import draw
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Traffic
from paysim.engine.simulation import Simulation
from paysim.engine.traffic import UNIFORMS, Drawing, ability
from paysim.model.ruling import Luck
from paysim.model.state import Policy
from paysim.model.world import World


def sampled_shares(gamma: float, payments: int, months: int, seed: int) -> np.ndarray:
    """Share of the first currency among ``payments`` equal payments a month, contracts made anew every month."""
    world = make_world([0.4, 0.6], [[0.0, 60.0], [0.0, 0.0]], banks=even_banks(2, 2))
    economy = make_economy(world, gamma=gamma)
    drawing = Drawing(world, Traffic(payments, "plain", 0.0), np.full((2, 4), 1e18))
    rng, when, able = np.random.default_rng(seed), np.arange(payments), ability(world, economy)
    nothing, found = np.zeros((1, 2, 4)), []
    for month in range(months):
        batch = drawing.month(economy, able, rng.random((UNIFORMS, payments)), month, when)
        paid = np.bincount(batch.option, batch.value, 2).astype(np.float64)
        found.append(paid[0] / paid.sum())
        economy.end_month(month, paid[None], nothing, nothing, Luck())
    return np.array(found)


@pytest.mark.parametrize(("gamma", "months"), [(0.0, 3000), (0.6, 6000)])
def test_feedback_multiplies_the_variance_of_sampled_shares(gamma: float, months: int) -> None:
    # dS' = J dS + noise of variance s (1 - s) / N, with J = gamma mu and mu = 1 on a single corridor.
    payments = 500
    shares = sampled_shares(gamma, payments, months, seed=3)
    variance = 0.4 * 0.6 / (payments * (1.0 - gamma**2))
    assert shares.mean() == pytest.approx(0.4, abs=5.0 * np.sqrt(variance * (1 + gamma) / (1 - gamma) / months))
    assert shares[20:].var() == pytest.approx(variance, rel=0.05)


SIZES = (500, 2000, 8000, 32_000)
REPLICATES = (36, 24, 14, 8)
MONTHS = 3


def errors(payments: int, replicates: Sequence[int]) -> tuple[float, float]:
    """Root mean square gap between events and mean field in currency shares, and the effective number of payments."""

    def dearer(policy: Policy, world: World) -> None:
        policy.premium[0] = 60.0

    world = make_world(
        [0.4, 0.25, 0.35],
        [[0.0, 60.0], [40.0, 10.0]],
        options=(direct(0), direct(1), *yuan_routes(2)),
        cips=[0.8, 0.7],
        native=[0.5, 0.4],
    )
    prepared = make_prepared(
        world,
        MONTHS,
        individual=make_world(
            [0.4, 0.25, 0.35],
            [[0.0, 60.0], [40.0, 10.0]],
            options=world.options,
            cips=[0.8, 0.7],
            native=[0.5, 0.4],
            banks=even_banks(2, 20),
        ),
        events=[Act(START, dearer)],
        traffic=Traffic(payments, "plain", 1.0),
        inertia=0.5,
        network_effect=0.5,
        depth_half_life=60.0,
        delay_cost=0.0,  # the mean field has no delays to answer to
    )
    expected = simulate_ensemble(prepared, 1, [0])[0].series["true_share"][1]
    assert np.ptp(expected[:, 0]) > 0.02  # the path moves
    gaps, effective = [], []
    for replicate in replicates:
        run = Simulation(prepared, draw(prepared, 5, [replicate], ()), seed=5, replicate=replicate, keep_payments=True)
        run.run()
        gaps.append(run.record().series["true_share"][1] - expected)
        assert run.book.trace is not None
        sizes = np.concatenate([rows.value for rows, *_ in run.book.trace])
        effective.append(sizes.sum() ** 2 / (sizes**2).sum() / (MONTHS + 1))  # a month of burn-in beside them
    return float(np.sqrt((np.array(gaps) ** 2).mean())), float(np.mean(effective))


def test_events_approach_the_mean_field_with_the_root_of_the_effective_number() -> None:
    found = np.array([errors(n, range(r)) for n, r in zip(SIZES, REPLICATES, strict=True)])
    assert found[0, 1] < 0.6 * SIZES[0]  # unequal sizes: fewer effective payments than payments
    slope = np.polyfit(np.log(found[:, 1]), np.log(found[:, 0]), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)
