"""The movement of the tracker is estimated from its months: the packaged estimates are what this code gives."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from paysim.data import catalogue
from paysim.data.noise import (
    BREAK,
    LAST,
    Segment,
    known_shares,
    local_level,
    month_number,
    segments,
    tracker_noise,
)


def walk(generator, months, latent, noise):
    level = np.cumsum(latent * generator.standard_normal(months)) - 3.0
    return level + noise * generator.standard_normal(months)


@pytest.mark.parametrize("currency", ["USD", "EUR", "CNY", "GBP", "JPY", "OTH"])
def test_the_packaged_estimates_after_the_break_are_found_again(currency):
    after = {month: share for month, share in known_shares(currency).items() if month >= month_number(LAST)}
    packaged = catalogue.tracker_noise()[currency]
    found = local_level(segments(after))
    assert found == pytest.approx((packaged.latent_demand_sd.value, packaged.observation_noise.value), abs=5e-5)


def test_the_packaged_estimate_of_the_yuan_over_all_months_is_found_again():
    packaged = catalogue.tracker_noise(catalogue.CNY_LONG)["CNY"]
    found = tracker_noise("CNY")
    assert found == pytest.approx((packaged.latent_demand_sd.value, packaged.observation_noise.value), abs=5e-5)


def test_segments_are_cut_at_the_break_and_have_none_of_its_months():
    months = range(BREAK[0] - 3, BREAK[1] + 4)
    parts = segments(dict.fromkeys(months, 0.02))
    assert [part.month.tolist() for part in parts] == [
        list(range(BREAK[0] - 3, BREAK[0])),
        list(range(BREAK[1] + 1, BREAK[1] + 4)),
    ]


def test_planted_movement_is_found_again():
    """Error: of 8 series of 400 months the mean estimate lies within 10 % of what was planted (s.e. about 3 %)."""
    generator = np.random.default_rng(3)
    months = np.arange(400)
    found = [local_level([Segment(months, walk(generator, 400, 0.09, 0.07))]) for _ in range(8)]
    assert np.mean(found, axis=0) == pytest.approx((0.09, 0.07), rel=0.1)


def test_a_jump_between_segments_is_no_movement():
    generator = np.random.default_rng(4)
    value = walk(generator, 80, 0.05, 0.05)
    whole = local_level([Segment(np.arange(80), value)])
    jumped = value + np.where(np.arange(80) >= 40, 2.0, 0.0)
    parts = [Segment(np.arange(40), jumped[:40]), Segment(np.arange(40, 80), jumped[40:])]
    assert local_level(parts) == pytest.approx(whole, rel=0.15)
    assert sum(local_level([Segment(np.arange(80), jumped)])) > 2 * sum(whole)


def test_a_gap_counts_by_its_months():
    """Every third month of a walk without noise: the step is that of a month, not of three."""
    generator = np.random.default_rng(5)
    months = np.arange(0, 900, 3)
    latent, noise = local_level([Segment(months, walk(generator, 900, 0.1, 0.0)[months])])
    assert latent == pytest.approx(0.1, rel=0.15)
    assert noise < 0.05


def test_what_was_not_public_is_not_used():
    early, late = date(2024, 12, 31), date(2025, 11, 30)
    assert tracker_noise("CNY", early) != tracker_noise("CNY", late)
    assert max(known_shares("USD", early)) == month_number(date(2024, 11, 1))
    assert tracker_noise("USD", late) == tracker_noise("USD")


def test_too_few_months_are_refused():
    with pytest.raises(ValueError, match="months of CNY since 2019"):
        tracker_noise("CNY", date(2019, 6, 30))
