"""Scores against closed forms, and the error rates of the tests on made-up forecasts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, t

from paysim.evidence.densities import PROBABILITIES
from paysim.evidence.origins import Forecast
from paysim.evidence.scores import (
    Cases,
    block_length,
    bootstrapped,
    coverage,
    crps,
    diebold_mariano,
    inside,
    pit,
    resampled,
    skill,
)

NORMAL = norm.ppf(PROBABILITIES)


def cases(quantiles, outcome, origins=None, currency="CNY"):
    months = range(len(outcome)) if origins is None else origins
    return Cases.of(
        [Forecast("m", currency, int(month), 1, row, float(came))
         for month, row, came in zip(months, quantiles, outcome, strict=True)]
    )  # fmt: skip


def test_crps_of_a_normal_forecast_is_the_closed_form():
    outcome = np.array([-1.0, 0.0, 0.4, 2.0])
    wanted = outcome * (2 * norm.cdf(outcome) - 1) + 2 * norm.pdf(outcome) - 1 / np.sqrt(np.pi)
    np.testing.assert_allclose(crps(np.tile(NORMAL, (4, 1)), outcome), wanted, atol=3e-3)


def test_crps_of_a_certain_forecast_is_the_absolute_error():
    assert crps(np.full((1, len(NORMAL)), 3.0), np.array([5.5]))[0] == pytest.approx(2.5)


def test_crps_prefers_the_truth_to_a_forecast_too_sure_and_one_too_unsure():
    outcome = np.random.default_rng(1).standard_normal(3000)
    scores = [crps(np.tile(scale * NORMAL, (3000, 1)), outcome).mean() for scale in (0.5, 1.0, 2.0)]
    assert scores[1] < min(scores[0], scores[2])


def test_pit_is_level_and_coverage_nominal_where_the_forecast_is_right():
    """3,000 cases: s.e. 0.5 to 0.9 points, 3 s.e. allowed."""
    outcome = np.random.default_rng(2).standard_normal(3000)
    quantiles = np.tile(NORMAL, (3000, 1))
    share = np.histogram(pit(quantiles, outcome), np.linspace(0, 1, 11))[0] / 3000
    assert np.abs(share - 0.1).max() < 0.02
    for level in (0.5, 0.8, 0.9):
        assert inside(quantiles, outcome, level).mean() == pytest.approx(level, abs=0.03)
        assert inside(0.5 * quantiles, outcome, level).mean() < level - 0.1


def test_the_interval_of_a_coverage_holds_the_truth_nine_times_in_ten():
    """200 runs of 60 origins, five currencies with errors in common: 80 to 97 % of the intervals hold 0.9."""
    held = []
    for seed in range(200):
        generator = np.random.default_rng(seed)
        common = generator.standard_normal(60)
        rows = [(origin, 0.7 * common[origin] + np.sqrt(0.51) * generator.standard_normal())
                for origin in range(60) for _currency in range(5)]  # fmt: skip
        found = coverage(
            Cases.of([Forecast("m", str(place % 5), origin, 1, NORMAL, came)
                      for place, (origin, came) in enumerate(rows)]), 0.9, 1)  # fmt: skip
        held.append(found.low <= 0.9 <= found.high)
    assert 0.80 <= np.mean(held) <= 0.97


def test_there_is_no_interval_from_too_few_blocks():
    outcome = np.random.default_rng(3).standard_normal(17)
    assert np.isnan(coverage(cases(np.tile(NORMAL, (17, 1)), outcome), 0.9, 1).low)
    assert block_length(1) == 6
    assert block_length(6) == 7  # the youngest figure is of the month before the origin: seven steps ahead
    assert block_length(24) == 25


def test_what_always_happened_has_no_interval_that_says_it_is_certain():
    """30 of 30 inside: drawing them again gives 100 % each time, and says nothing."""
    outcome = np.zeros(30)
    found = coverage(cases(np.tile(NORMAL, (30, 1)), outcome), 0.9, 1)
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()
    outcome[0] = 9.0
    assert coverage(cases(np.tile(NORMAL, (30, 1)), outcome), 0.9, 1).low < 1.0


def test_resampling_keeps_blocks_together():
    origins, values = np.arange(12.0), np.eye(12)
    drawn = resampled(origins, values, 4, draws=50)
    assert drawn.shape == (50, 12)
    np.testing.assert_array_equal(drawn.sum(1), 12)
    whole = resampled(origins, values, 12, draws=5)
    np.testing.assert_array_equal(whole, np.ones((5, 12)))


def test_equal_methods_are_called_different_one_time_in_twenty():
    """400 pairs of 60 errors that overlap by three months: the rate of p < 5 % lies between 2 and 12 %."""
    rejected = []
    for seed in range(400):
        generator = np.random.default_rng(seed)
        noise = np.convolve(generator.standard_normal(64), np.ones(3) / np.sqrt(3), "valid")[:60]
        rejected.append(diebold_mariano(noise, np.zeros(60), np.arange(60), 3) < 0.05)
    assert 0.02 <= np.mean(rejected) <= 0.12


def test_five_currencies_of_a_month_are_one_observation():
    """Equal methods whose differences are the same in five currencies: counted as five, they are called different two
    or three times in ten; the p-value of all is that of one."""
    rejected = []
    for seed in range(400):
        difference = np.random.default_rng(seed).standard_normal(40)
        months = np.repeat(np.arange(40), 5)
        pooled = diebold_mariano(np.repeat(difference, 5), np.zeros(200), months, 1)
        assert pooled == pytest.approx(diebold_mariano(difference, np.zeros(40), np.arange(40), 1))
        rejected.append(pooled < 0.05)
    assert 0.02 <= np.mean(rejected) <= 0.09


def test_small_samples_are_corrected_as_by_harvey_leybourne_and_newbold():
    """White differences, no lag: the statistic is the t-test's but for the divisor n and the factor for one step."""
    difference = np.random.default_rng(4).standard_normal(12) + 0.5
    plain = difference.mean() / (difference.std() / np.sqrt(12))
    wanted = 2 * t.sf(np.sqrt(11 / 12) * plain, 11)
    assert diebold_mariano(difference, np.zeros(12), np.arange(12), 0) == pytest.approx(wanted)
    assert np.isnan(diebold_mariano(difference, np.zeros(12), np.arange(12), 12))


def test_a_method_that_is_better_is_found():
    """A quarter better over 60 months: the power is above 80 %."""
    found = []
    for seed in range(60):
        generator = np.random.default_rng(seed)
        good = generator.gamma(4.0, 0.25, 60)
        found.append(diebold_mariano(good, good + generator.normal(0.33, 0.5, 60), np.arange(60), 1) < 0.05)
    assert np.mean(found) > 0.8


def test_skill_is_zero_against_itself_and_positive_against_a_worse_one():
    outcome = np.random.default_rng(5).standard_normal(90)
    good, bad = (cases(np.tile(scale * NORMAL, (90, 1)), outcome) for scale in (1.0, 3.0))
    same = skill(good, good, 1)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert skill(good, bad, 1).low > 0.0
    assert skill(bad, good, 1).high < 0.0


def test_skill_counts_only_cases_that_both_have():
    outcome = np.random.default_rng(6).standard_normal(40)
    whole = cases(np.tile(NORMAL, (40, 1)), outcome)
    half = cases(np.tile(NORMAL, (20, 1)), outcome[20:], range(20, 40))
    assert skill(whole, half, 1).value == 0.0


def test_a_bootstrap_gives_the_same_interval_again():
    origins, values = np.arange(30.0), np.random.default_rng(7).random((30, 1))
    first, second = (bootstrapped(lambda total: total[..., 0], origins, values, 6) for _ in range(2))
    assert first == second
    assert first.low < first.value < first.high
