"""Latent demand and noise: the filter against brute force and statsmodels, planted parameters, nominal coverage."""

from __future__ import annotations

import numpy as np
import pytest
from made_trackers import START, walk

from paysim.data.noise import Segment, local_level
from paysim.evidence.baselines import filtered_level, local_level_forecast
from paysim.evidence.densities import PROBABILITIES, Density, log_odds
from paysim.evidence.latent import Shapes, filtered, log_likelihood, predicted, shape_prior, summary

SHAPES = Shapes.grid()


def series(value, first=START):
    return Segment(np.arange(first, first + len(value)), value)


def brute_force(parts, latent, stay):
    """Marginal log likelihood of one shape from the joint covariance of all months, mean and scale integrated out."""
    total, squares, changes = 0.0, 0.0, 0
    for part in parts:
        month = part.month - part.month[0]
        gap = np.abs(np.subtract.outer(month, month))
        if stay < 1.0:
            level = latent / (1.0 - stay**2) * stay**gap
        else:
            level = latent * np.minimum.outer(month, month)
        covariance = level + np.eye(len(month)) * (1.0 - latent) / 2.0
        inverse, ones = np.linalg.inv(covariance), np.ones(len(month))
        sure = ones @ inverse @ ones
        mean = ones @ inverse @ part.value / sure
        squares += (part.value - mean) @ inverse @ (part.value - mean)
        total -= 0.5 * (np.linalg.slogdet(covariance)[1] + np.log(sure))
        changes += len(month) - 1
    return total - 0.5 * changes * np.log(squares)


@pytest.mark.parametrize(("latent", "half_life"), [(0.5, None), (0.2, 6.0), (0.9, 1.5)])
def test_the_filter_gives_the_likelihood_of_the_joint_covariance(latent, half_life):
    stay = 1.0 if half_life is None else 0.5 ** (1 / half_life)
    months = np.array([0, 1, 2, 5, 6, 9, 10, 11, 12, 20])
    parts = [Segment(START + months, walk(1, 10)), series(walk(2, 7), START + 40)]
    found = log_likelihood(filtered(parts, Shapes(np.array([latent]), np.array([stay]))))[0]
    assert found == pytest.approx(brute_force(parts, latent, stay), abs=1e-6)


def test_the_forecast_is_that_of_the_joint_covariance():
    """Mean and scale of one shape, four months ahead: ordinary kriging with an unknown mean."""
    value, stay, latent = walk(3, 20), 0.8, 0.4
    month = np.append(np.arange(20), 23)
    gap = np.abs(np.subtract.outer(month, month))
    covariance = latent / (1 - stay**2) * stay**gap + np.eye(21) * (1 - latent) / 2
    known, cross = np.linalg.inv(covariance[:20, :20]), covariance[:20, 20]
    ones = np.ones(20)
    mean = ones @ known @ value / (ones @ known @ ones)
    location = mean + cross @ known @ (value - mean)
    slope = 1 - ones @ known @ cross
    variance = covariance[20, 20] - cross @ known @ cross + slope**2 / (ones @ known @ ones)
    squares = (value - mean) @ known @ (value - mean)
    shapes = Shapes(np.array([latent]), np.array([stay]))
    density = predicted(filtered([series(value)], shapes), shapes, START + 23)
    assert density.location[0] == pytest.approx(location)
    assert density.scale[0] == pytest.approx(np.sqrt(squares / 19 * variance))
    assert density.freedom[0] == 19


def test_the_local_level_is_that_of_statsmodels():
    """Same likelihood surface: level and forecast variance agree where statsmodels' optimiser found the optimum."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    value = walk(5, 120)
    fitted = UnobservedComponents(value, "local level").fit(disp=False, maxiter=500)
    noise, latent = np.sqrt(fitted.params)
    assert local_level([series(value)]) == pytest.approx((latent, noise), rel=0.03)
    level, variance = filtered_level(series(value), latent, noise)
    ahead = fitted.get_forecast(3)
    assert level == pytest.approx(float(ahead.predicted_mean[-1]), abs=1e-4)
    assert variance + 3 * latent**2 + noise**2 == pytest.approx(float(ahead.var_pred_mean[-1]), rel=1e-3)
    quantiles = local_level_forecast([series(value)], START + 122)
    assert quantiles is not None
    spread = np.interp([0.1587, 0.8413], PROBABILITIES, log_odds(quantiles))
    assert (spread[1] - spread[0]) / 2 == pytest.approx(np.sqrt(float(ahead.var_pred_mean[-1])), rel=0.03)


def test_what_wanders_and_what_returns_are_told_apart():
    """Mean chance to wander over ten series of 120 months each; even odds would be 1/6 before the months."""
    wanders, returns = (
        np.mean([summary(filtered([series(walk(seed, 120, 0.09, 0.05, stay))], SHAPES), SHAPES)["wanders"]
                 for seed in range(10)])
        for stay in (1.0, 0.7)
    )  # fmt: skip
    assert wanders > 0.3
    assert returns < 0.02


def test_the_share_of_latent_movement_is_found():
    """Posterior means of ten series of 150 months; near the ends of 0 to 1 they lean inwards."""
    for latent, noise in ((0.1, 0.04), (0.04, 0.1)):
        found = [summary(filtered([series(walk(seed, 150, latent, noise))], SHAPES), SHAPES) for seed in range(10)]
        planted = latent**2 / (latent**2 + 2 * noise**2)
        assert np.mean([one["latent_share"] for one in found]) == pytest.approx(planted, abs=0.15)


def test_others_with_the_same_shape_sharpen_the_shape():
    own = filtered([series(walk(1, 14))], SHAPES)
    alone, together = (
        summary(own, SHAPES, prior)["latent_share"]
        for prior in (0.0, shape_prior([filtered([series(walk(seed, 60, 0.02, 0.1))], SHAPES) for seed in range(4)]))
    )
    assert together < alone


def test_intervals_cover_as_often_as_they_say():
    """240 series of 24 months, 3 months ahead: s.e. of the coverage 2 and 3 points, so 3 s.e. are allowed (0.3 %)."""
    hits = []
    for seed in range(240):
        value = walk(seed, 27)
        density = predicted(filtered([series(value[:24])], SHAPES), SHAPES, START + 26)
        hits.append(float(density.below(value[26:])[0]))
    place = np.array(hits)
    assert np.mean((place > 0.05) & (place < 0.95)) == pytest.approx(0.9, abs=0.06)
    assert np.mean((place > 0.25) & (place < 0.75)) == pytest.approx(0.5, abs=0.1)


def test_a_density_integrates_to_its_probabilities():
    density = Density.mixed([(0.3, Density.normal(-3.0, 0.2)), (0.7, Density(
        np.array([1.0]), np.array([-2.5]), np.array([0.1]), np.array([20.0])))])  # fmt: skip
    grid = np.linspace(-5.0, -1.0, 4001)
    mass = np.exp([density.log_density(value) for value in grid])
    assert np.trapezoid(mass, grid) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(density.below(log_odds(density.quantiles()))[20:-20], PROBABILITIES[20:-20], atol=2e-3)
