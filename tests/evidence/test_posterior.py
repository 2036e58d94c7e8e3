"""The machinery of calibration on a stand-in model of which the posterior is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import qmc, truncnorm

from paysim.evidence import posterior
from paysim.evidence.posterior import Columns, coverage, log_likelihood, mixture, movement, proposal, weights

Array = NDArray[np.float64]

POINTS, D = 1024, 5
ERROR = 0.15
TRUTH = 0.3


def cube(count: int = POINTS, seed: int = 7, wide: int = D) -> Array:
    return np.asarray(qmc.Sobol(wide, scramble=True, seed=np.random.default_rng(seed)).random(count))


def model(units: Array) -> Array:
    """Two figures: the first parameter, and the second with a little of the third; the others do nothing."""
    return np.column_stack([units[:, 0], units[:, 1] + 0.1 * units[:, 2]])


COVARIANCE = np.diag([ERROR**2, (2 * ERROR) ** 2])


def weighed(units: Array, seen: Array, covariance: Array = COVARIANCE) -> Array:
    return weights(log_likelihood(model(units), seen, covariance))


def test_the_posterior_is_the_one_that_is_known() -> None:
    units = cube(4096)
    weight = weighed(units, np.array([TRUTH, 0.5]))
    law = truncnorm(-TRUTH / ERROR, (1 - TRUTH) / ERROR, TRUTH, ERROR)
    found = Columns(units).quantiles(weight, posterior.BAND)[:, 0]
    assert np.allclose(found, law.ppf(posterior.BAND), atol=0.01)


def test_errors_that_go_together_are_taken_as_one() -> None:
    """Two figures with one error between them tell no more than one; if they were independent they would."""
    units = cube(4096)
    values = np.repeat(units[:, :1], 2, axis=1)
    alone = weights(log_likelihood(values[:, :1], np.array([TRUTH]), np.array([[ERROR**2]])))
    shared = ERROR**2 * np.ones((2, 2)) + 1e-6 * np.eye(2)
    together = weights(log_likelihood(values, np.full(2, TRUTH), shared))
    apart = weights(log_likelihood(values, np.full(2, TRUTH), ERROR**2 * np.eye(2)))
    bands = [Columns(units).quantiles(weight, posterior.BAND)[:, 0] for weight in (alone, together, apart)]
    assert np.allclose(bands[0], bands[1], atol=1e-3)
    assert bands[2][2] - bands[2][0] < 0.8 * (bands[0][2] - bands[0][0])


def test_planted_parameters_are_found_as_often_as_intervals_say() -> None:
    """300 plants: a share of them lies within 4 standard errors of its level but in one test of 1500 (10 shares)."""
    units = cube()
    found = coverage(Columns(units), model(units), COVARIANCE, np.ones(POINTS), range(300))
    for level, shares in zip(posterior.LEVELS, found.share, strict=True):
        assert np.all(np.abs(shares - level) < 4 * found.error(level))


def test_intervals_that_are_too_sure_are_found_out() -> None:
    """Figures made with twice the error that is stated: intervals of nine tenths hold clearly fewer."""
    units = cube()
    rng = np.random.default_rng(3)
    held = []
    for plant in range(200):
        seen = model(units[plant : plant + 1])[0] + 2 * np.sqrt(np.diag(COVARIANCE)) * rng.standard_normal(2)
        low, high = Columns(units).quantiles(weighed(units, seen), (0.05, 0.95))[:, 0]
        held.append(low <= units[plant, 0] <= high)
    assert np.mean(held) < 0.9 - 4 * np.sqrt(0.09 / 200)


def test_what_has_influence_moves_and_what_has_none_stays() -> None:
    units = cube()
    found = movement(Columns(units), weighed(units, np.array([TRUTH, 0.9])), Columns(units))
    assert found.moved.tolist() == [True, True, False, False, False]
    assert found.width_high[0] < 0.8
    assert np.all(found.width_low[2:] < 1.05)
    assert np.all(found.width_high[2:] > 0.95)


def test_chance_alone_moves_none() -> None:
    """Of 40 samples whose weights know of no parameter one in twenty may call any moved: more than 8 in 1 of 3000."""
    rng = np.random.default_rng(11)
    false = 0
    for seed in range(40):
        units = cube(256, seed=100 + seed)
        weight = rng.gamma(0.3, size=256)
        columns = Columns(units)
        chance = posterior.chance_distance(Columns(cube(256)), weight / weight.sum(), rng)
        false += bool((columns.distance(weight / weight.sum()) > chance).any())
    assert false <= 8


def test_a_figure_replaced_by_noise_gives_back_what_it_told() -> None:
    units = cube()
    values, seen = model(units), np.array([TRUTH, 0.5])
    told = Columns(units).quantiles(weights(log_likelihood(values, seen, COVARIANCE)), posterior.BAND)[:, 0]
    noise = np.column_stack([np.random.default_rng(5).permutation(values[:, 0]), values[:, 1]])
    silent = Columns(units).quantiles(weights(log_likelihood(noise, seen, COVARIANCE)), posterior.BAND)[:, 0]
    assert silent[2] - silent[0] > 1.5 * (told[2] - told[0])
    assert abs(silent[1] - 0.5) < 0.1


def test_a_second_wave_sharpens_the_posterior_and_does_not_change_it() -> None:
    tight = np.diag([0.02**2, 0.03**2])
    seen = np.array([TRUTH, 0.9])
    one = cube(512)
    first = weights(log_likelihood(model(one), seen, tight))
    moved = np.array([True, True, False, False, False])
    law = proposal(one, first, moved)
    units = np.concatenate([one, law.place(cube(512, seed=8))])
    both = weights(log_likelihood(model(units), seen, tight), mixture(units, law, 512))
    assert posterior.effective(both) > 3 * posterior.effective(first)
    exact = truncnorm(-TRUTH / 0.02, (1 - TRUTH) / 0.02, TRUTH, 0.02)
    assert np.allclose(Columns(units).quantiles(both, posterior.BAND)[:, 0], exact.ppf(posterior.BAND), atol=0.006)
    assert np.all(law.first[2:] == 1.0)
    assert np.all(law.second[2:] == 1.0)


def test_points_that_failed_weigh_nothing() -> None:
    units = cube()
    values = model(units)
    values[::2] = np.nan
    weight = weights(log_likelihood(values, np.array([TRUTH, 0.5]), COVARIANCE))
    assert not weight[::2].any()
    assert weight.sum() == pytest.approx(1.0)


def test_where_a_figure_falls_in_what_is_predicted() -> None:
    """With equal weights and figures far apart, it is the share of points below."""
    values = np.arange(10.0)[:, None]
    mean, place = posterior.predicted(values, np.full(10, 0.1), np.array([6.5]), np.array([1e-6]))
    assert mean[0] == pytest.approx(4.5)
    assert place[0] == pytest.approx(0.7)


def test_draws_follow_the_weights() -> None:
    places = posterior.drawn(np.array([0.0, 0.5, 0.25, 0.25]), 8)
    assert np.bincount(places, minlength=4).tolist() == [0, 4, 2, 2]
