"""The estimates of latent demand and noise are what the published shares give."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

from paysim.data import catalogue
from paysim.errors import DataError

CURRENCIES = ["USD", "EUR", "CNY", "GBP", "JPY", "OTH"]
HALF_CHI_SQUARE_90 = 1.3528  # half of the 90 % point of chi square with one degree of freedom


def log_odds(currency: str) -> list[float]:
    """Log-odds of the share of each month after the break; OTH is what USD, EUR and CNY leave."""

    def shares(name: str) -> list[float]:
        return [row.value for row in catalogue.tracker_share(name) if row.month >= date(2023, 9, 1)]

    if currency == "OTH":
        values = [1 - sum(three) for three in zip(shares("USD"), shares("EUR"), shares("CNY"), strict=True)]
    else:
        values = shares(currency)
    assert len(values) == 26
    return [math.log(value / (1 - value)) for value in values]


def log_likelihood(changes: np.ndarray, latent: float, noise: float) -> float:
    """Gaussian likelihood of the changes of a local level, by their covariance.

    A change has variance latent^2 + 2 noise^2 and covariance -noise^2 with the next. The packaged figures came from a
    Kalman filter: this is another way to the same likelihood.
    """
    size = len(changes)
    covariance = np.eye(size) * (latent**2 + 2 * noise**2) - (np.eye(size, k=1) + np.eye(size, k=-1)) * noise**2
    _, logarithm = np.linalg.slogdet(covariance)
    return float(-0.5 * (logarithm + changes @ np.linalg.solve(covariance, changes)))


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_estimate_after_the_break_is_the_maximum_of_the_likelihood(currency: str) -> None:
    changes = np.diff(log_odds(currency))
    estimate = catalogue.tracker_noise()[currency]
    best = max(
        (
            minimize(
                lambda log_sd: -log_likelihood(changes, *np.exp(log_sd)),
                start,
                method="Nelder-Mead",
                options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000},
            )
            for start in ([-2.0, -3.0], [-3.5, -3.5], [-6.0, -3.0])
        ),
        key=lambda found: -found.fun,
    )
    latent, noise = np.exp(best.x)
    # the likelihood is flat along the split: the grid of .001 in the ratio of variances is worth about .001 in a s.d.
    assert estimate.latent_demand_sd.value == pytest.approx(latent, abs=0.0015)
    assert estimate.observation_noise.value == pytest.approx(noise, abs=0.0015)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_ends_of_the_range_are_where_the_likelihood_has_fallen_by_its_90_percent_point(currency: str) -> None:
    changes = np.diff(log_odds(currency))
    estimate = catalogue.tracker_noise()[currency]
    latent, noise = estimate.latent_demand_sd, estimate.observation_noise
    best = log_likelihood(changes, latent.value, noise.value)
    grid = np.linspace(1e-6, 0.3, 1200)
    assert latent.low is not None
    assert latent.high is not None
    ends = {
        (end, side): max(log_likelihood(changes, end, other) for other in grid)
        for end, side in ((latent.low, "low"), (latent.high, "high"))
    }
    for (end, _), reached in ends.items():
        if end > 0:
            assert best - reached == pytest.approx(HALF_CHI_SQUARE_90, abs=0.1)
        else:
            assert best - reached < HALF_CHI_SQUARE_90 + 0.1


def test_the_renminbi_over_82_months_by_moments() -> None:
    months = [row for row in catalogue.tracker_share("CNY") if row.month >= date(2019, 1, 1)]
    changes = np.array([math.log(after.value / before.value) for before, after in pairwise(months)])
    variance = changes.var(ddof=1)
    correlation = np.corrcoef(changes[1:], changes[:-1])[0, 1]
    assert math.sqrt(variance) == pytest.approx(0.133, abs=0.001)  # published: .133 over 81 changes, -.26
    assert correlation == pytest.approx(-0.26, abs=0.005)
    estimate = catalogue.tracker_noise(catalogue.CNY_LONG)["CNY"]
    assert estimate.latent_demand_sd.value == pytest.approx(math.sqrt(variance * (1 + 2 * correlation)), abs=5e-5)
    assert estimate.observation_noise.value == pytest.approx(math.sqrt(-variance * correlation), abs=5e-5)


def test_a_period_that_was_not_estimated_is_refused() -> None:
    with pytest.raises(DataError, match="no estimate over '2020'"):
        catalogue.tracker_noise("2020")
