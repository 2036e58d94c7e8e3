"""Why the tracker moved: the split among flows is fair, exact, and knows what was booked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.model.observation import YuanRoutes, migration, shapley_log

shares = st.floats(0.01, 0.3)


def one(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value]) for value in values)


@given(shares, shares)
def test_two_flows_share_what_they_do_together_in_halves(first: float, second: float) -> None:
    parts = shapley_log(np.array([0.9]), one(first, second, 0.0))  # type: ignore[arg-type]
    alone = np.log(0.9 - first) - np.log(0.9)
    after = np.log(0.9 - first - second) - np.log(0.9 - second)
    assert parts[0][0] == pytest.approx((alone + after) / 2.0, abs=1e-12)
    assert parts[2][0] == pytest.approx(0.0, abs=1e-12)
    assert sum(part[0] for part in parts) == pytest.approx(np.log(0.9 - first - second) - np.log(0.9), abs=1e-12)


@given(shares, shares, shares)
def test_the_split_is_symmetric_and_adds_up(first: float, second: float, third: float) -> None:
    parts = shapley_log(np.array([0.95]), one(first, second, third))  # type: ignore[arg-type]
    again = shapley_log(np.array([0.95]), one(third, first, second))  # type: ignore[arg-type]
    np.testing.assert_allclose([part[0] for part in parts], [again[i][0] for i in (1, 2, 0)], atol=1e-12)
    assert sum(part[0] for part in parts) == pytest.approx(np.log1p(-(first + second + third) / 0.95), abs=1e-12)


def test_booked_flows_keep_their_names() -> None:
    before = YuanRoutes(*one(0.35, 0.52, 0.13, 0.0))
    after = YuanRoutes(*one(0.32, 0.47, 0.21, 0.0))
    flows = migration(before, after, *one(0.05, 0.03))
    np.testing.assert_allclose([flow[0] for flow in flows], [0.05, 0.03, 0.0], atol=1e-12)


def test_what_was_not_booked_goes_to_the_routes_that_lost_it() -> None:
    before = YuanRoutes(*one(0.35, 0.52, 0.13, 0.0))
    after = YuanRoutes(*one(0.32, 0.46, 0.22, 0.0))
    flows = migration(before, after, *one(0.0, 0.0))
    np.testing.assert_allclose([flow[0] for flow in flows], [0.06, 0.03, 0.0], atol=1e-12)
