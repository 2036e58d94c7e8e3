"""L10: contracts that arrive one at a time make an urn of the currencies, whose limits are known."""

from __future__ import annotations

import numpy as np
from scipy import stats
from worlds import make_economy, make_world

from paysim.model.parameters import Rules


def arrivals(urns: int, count: int, depth: str, gamma: float, seed: int) -> np.ndarray:
    """Shares of the first of two currencies after ``count`` contracts arrived at urns that start with one of each.

    Every arrival chooses by the model's own choice, at the depth that the contracts so far have made.
    """
    economy = make_economy(make_world([0.5, 0.5], [[100.0]]), urns, gamma=gamma, rules=Rules(depth=depth))
    held = np.ones((urns, 2))
    luck = np.random.default_rng(seed).random((count, urns))
    for uniform in luck:
        share = held / held.sum(1, keepdims=True)
        economy.depth = share - 0.5 if depth == "linear" else share / 0.5
        choice = economy.choose(economy.policy, economy.class_weight, economy.allowed, economy.refused)
        first = uniform < choice.share[:, 0, 0, 0]
        held += np.stack([first, ~first], axis=1)
    return np.asarray(held[:, 0] / held.sum(1))


def test_proportional_choice_makes_a_polya_urn_with_a_uniform_limit() -> None:
    # Log depth at gamma = 1 gives f(x) = x; from (1, 1) every composition of the urn is equally likely.
    shares = arrivals(1000, 1000, "log", 1.0, seed=10)
    assert stats.kstest(shares, "uniform").pvalue > 0.01


def test_less_than_proportional_choice_returns_to_the_middle() -> None:
    shares = arrivals(300, 2000, "log", 0.2, seed=11)
    assert np.abs(shares - 0.5).max() < 0.1


def test_strong_linear_feedback_ends_at_one_of_two_stable_shares() -> None:
    strength = 6.0  # K = 2 gamma
    low = 0.0
    for _ in range(200):
        low = 1.0 / (1.0 + np.exp(-strength * (low - 0.5)))
    np.testing.assert_allclose(low, 0.0707, atol=1e-4)
    shares = arrivals(200, 20_000, "linear", strength / 2.0, seed=12)
    near = np.minimum(np.abs(shares - low), np.abs(shares - (1.0 - low))) < 0.03
    assert near.mean() >= 0.95
    assert 0.35 < (shares > 0.5).mean() < 0.65  # and either end as often: chance decides
