"""L9: banks that join by chance alone, with imitation and without a saving, follow the Bass curve."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from worlds import CIPS, even_banks, make_economy, make_switches, make_world, pass_month

from paysim.model.ruling import Luck

INNOVATION, IMITATION = 0.03, 0.4  # a year
RUNS, BANKS, YEARS = 60, 200, 16


def bass(years: np.ndarray) -> np.ndarray:
    """F(t) = (1 - e^-(p+q)t) / (1 + q/p e^-(p+q)t)."""
    fading = np.exp(-(INNOVATION + IMITATION) * years)
    return np.asarray((1.0 - fading) / (1.0 + IMITATION / INNOVATION * fading))


@cache
def adoption() -> np.ndarray:
    """Share of the banks of one group that have joined, (months + 1, runs); each bank joins or not by its own luck."""
    world = make_world([1.0], [[100.0]], banks=even_banks(1, BANKS))
    economy = make_economy(
        world,
        RUNS,
        switches=make_switches(1, joining=True),
        joining_innovation=INNOVATION,
        joining_imitation=IMITATION,
        joining_saving_weight=0.0,
    )
    rng = np.random.default_rng(9)
    joined = [economy.member[..., CIPS].mean(1)]
    for month in range(12 * YEARS):
        luck = Luck(joins=rng.random((RUNS, BANKS)), leaves=rng.random((RUNS, BANKS)))
        pass_month(economy, month=month, luck=luck)
        joined.append(economy.member[..., CIPS].mean(1))
    assert set(np.unique(economy.member[..., CIPS])) <= {0.0, 1.0}  # banks, not shares of banks
    return np.array(joined)


@pytest.mark.parametrize("year", [1, 3, 5, 6, 7, 9, 12, 16])
def test_the_share_of_joined_banks_follows_the_bass_curve(year: int) -> None:
    shares = adoption()[12 * year]
    error = shares.std(ddof=1) / np.sqrt(RUNS)
    assert error < 0.02
    assert abs(shares.mean() - bass(np.array(float(year)))) < 3.0 * error


def test_runs_differ_and_start_from_nobody() -> None:
    assert adoption()[0].max() == 0.0
    assert adoption()[60].std() > 0.01


def test_joining_peaks_at_the_log_of_imitation_over_innovation() -> None:
    peak = np.log(IMITATION / INNOVATION) / (INNOVATION + IMITATION)  # 6.0 years

    def fitted(joined: np.ndarray) -> float:
        """Top of the parabola through new members of the four years around the expected peak.

        The Bass density is symmetric around its peak (a squared hyperbolic secant), so the parabola is unbiased.
        """
        months = np.arange(int(12 * peak) - 24, int(12 * peak) + 24)
        new = (joined[months + 1] - joined[months]).mean(1)
        slope = np.polyfit((months + 0.5) / 12.0 - peak, new, 2)
        return float(peak - slope[1] / (2.0 * slope[0]))

    estimates = np.array([fitted(np.delete(adoption(), run, axis=1)) for run in range(RUNS)])
    error = np.sqrt((RUNS - 1) * ((estimates - estimates.mean()) ** 2).mean())  # jackknife over runs
    assert error < 0.3
    assert abs(fitted(adoption()) - peak) < 3.0 * error


def test_the_mean_path_is_the_bass_curve_up_to_the_monthly_step() -> None:
    economy = make_economy(
        make_world([1.0], [[100.0]]),
        switches=make_switches(1, joining=True),
        joining_innovation=INNOVATION,
        joining_imitation=IMITATION,
    )
    for month in range(12 * YEARS):
        pass_month(economy, month=month)
        # A month's hazard is that of its first day: the path lags by up to a step (dt/2 in the imitation term).
        assert economy.member[0, 0, CIPS] == pytest.approx(bass(np.array((month + 1) / 12.0)), abs=0.01)
