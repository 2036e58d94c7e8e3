"""L13: what the offices see, in closed form; and why the tracker moved, exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from storm import BEHAVIOUR, EVENTS, MONTHS, hide_second, open_harbour, storm_world
from worlds import direct, make_prepared, make_switches, make_world, yuan_routes

from paysim.engine.draws import draw
from paysim.engine.meanfield import simulate_ensemble
from paysim.model import observation
from paysim.model.state import Policy
from paysim.model.world import World

fractions = st.floats(0.001, 0.999)


def logit(share: np.ndarray) -> np.ndarray:
    return np.log(share / (1.0 - share))


@given(fractions, fractions)
def test_a_partly_invisible_currency_shows_less_than_its_share(share: float, hidden: float) -> None:
    world = make_world([1.0 - share, share], options=(direct(0), *yuan_routes(1, (1.0 - hidden, 0.0, hidden))))
    value = np.array([[1.0 - share, share * (1.0 - hidden), 0.0, share * hidden]])
    seen = observation.visible_value(world, value, np.zeros(1))
    tracker = observation.tracker_shares(seen, np.ones(2), np.zeros((1, 2)))[0, 1]
    assert tracker == pytest.approx(share * (1.0 - hidden) / (1.0 - share * hidden), rel=1e-12)
    assert observation.invisible_share(tracker, share) == pytest.approx(hidden, rel=1e-9)


@given(st.floats(0.01, 0.4), st.floats(1.01, 2.0))
def test_the_tracker_stays_flat_while_the_truth_rises_at_one_hidden_share(before: float, growth: float) -> None:
    after = before * growth
    hidden = (after - before) / (after * (1.0 - before))
    assert observation.invisible_share(before, after) == pytest.approx(hidden, rel=1e-12)


def test_from_4_to_8_percent_unseen_means_that_52_percent_is_hidden() -> None:
    assert observation.invisible_share(0.04, 0.08) == pytest.approx(0.04 / (0.08 * 0.96), rel=1e-12)
    assert observation.invisible_share(0.04, 0.08) == pytest.approx(0.521, abs=5e-4)


def test_the_fall_of_2024_and_2025_needs_3_8_percent_of_visible_yuan_a_month() -> None:
    # 4.74 % to 2.93 % from July 2024 to August 2025, 13 months, at a constant true share.
    odds = (0.0293 / 0.9707) / (0.0474 / 0.9526)
    assert 1.0 - odds ** (1.0 / 13.0) == pytest.approx(0.038, abs=5e-4)
    hidden, cleared, hybrid = 0.2, 0.6, 0.4
    bounds = observation.tracker_bounds(0.0474, 0.0293, hidden, cleared, hybrid, 0.027)
    needed = (1.0 - hidden) * (1.0 - odds)  # of all yuan, what went out of sight
    assert bounds.needed == pytest.approx(needed, rel=1e-12)
    world = make_world([0.95, 0.05], options=(direct(0), *yuan_routes(1, (0.5, 0.3, 0.2))))
    after = np.array([[0.95, 0.0, 0.05 * (1.0 - hidden - needed), 0.05 * (hidden + needed)]])
    before = np.array([[0.95, 0.0, 0.05 * (1.0 - hidden), 0.05 * hidden]])
    tracks = [
        observation.tracker_shares(observation.visible_value(world, value, np.zeros(1)), np.ones(2), np.zeros((1, 2)))
        for value in (before, after)
    ]
    assert np.exp(logit(tracks[1]) - logit(tracks[0]))[0, 1] == pytest.approx(odds, rel=1e-12)
    assert bounds.clearing_growth == pytest.approx(needed / cleared, rel=1e-12)
    assert bounds.clearing_explains == pytest.approx(0.027 * cleared / needed, rel=1e-12)
    assert bounds.message_explains == 1.0  # the hybrid part at the start could carry all of it


def test_a_run_shows_the_identity_month_by_month_and_truth_where_all_is_visible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(observation, "published", lambda shares: shares)
    world = storm_world()
    for all_visible in (False, True):
        if all_visible:
            world = replace(world, options=tuple(replace(option, visible=True) for option in world.options))
        events = [event for event in EVENTS if event.change not in (hide_second, open_harbour)]
        prepared = make_prepared(world, MONTHS, events=events, **BEHAVIOUR)
        series = simulate_ensemble(prepared, 1, [0])[0]
        tracker, truth = series.values("tracker_share", "C2"), series.values("true_share", "C2")
        if all_visible:
            np.testing.assert_allclose(tracker, truth, rtol=1e-12)
            np.testing.assert_allclose(series.series["tracker_share"][1], series.series["true_share"][1], rtol=1e-12)
        else:
            hidden = series.values("message_share", "CIPS") / truth  # without a hub CIPS's messages are the hidden yuan
            assert np.ptp(hidden) > 0.1  # steering and the cut move it
            np.testing.assert_allclose(tracker, truth * (1.0 - hidden) / (1.0 - truth * hidden), rtol=1e-9)


def test_the_published_figure_is_rounded_to_two_decimals_of_a_percent() -> None:
    shares = np.array([[0.047449, 0.04745001, 0.5]])
    np.testing.assert_array_equal(observation.published(shares), [[0.0474, 0.0475, 0.5]])


def test_the_parts_of_the_trackers_change_add_up_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "published", lambda shares: shares)
    world = storm_world()
    second = replace(world.options[1], visible=False)  # so that the other currencies are not all in sight either
    world = replace(world, options=(world.options[0], second, *world.options[2:]))
    prepared = make_prepared(world, MONTHS, events=EVENTS, switches=make_switches(4, True, True, True), **BEHAVIOUR)
    prepared = replace(prepared, uncertain=frozenset({"noise", "latent_demand"}))
    noise = draw(prepared, 4, [0, 1], ("noise",)).noise[:, 2, :MONTHS]
    for replicate, record in enumerate(simulate_ensemble(prepared, 4, [0, 1])):
        change = logit(record.values("tracker_share", "C2"))
        names, parts = record.series["tracker_part"]
        np.testing.assert_allclose(parts.sum(1), change - change[0], rtol=0, atol=1e-12)
        for name, part in zip(names, parts.T, strict=True):
            assert np.abs(part).max() > 1e-3, name  # every cause acts in this world
        level = logit(record.values("true_share", "C2"))
        np.testing.assert_allclose(record.values("tracker_part", "level"), level - level[0], atol=1e-12)
        seen = record.values("tracker_part", "noise")
        np.testing.assert_allclose(seen, noise[replicate] - noise[replicate, 0], atol=1e-12)


def test_coverage_moves_the_tracker_and_not_the_truth() -> None:
    world = storm_world()
    found = {}
    for covered in (1.0, 0.6):

        def act(policy: Policy, world: World, covered: float = covered) -> None:
            policy.coverage[1] = covered

        events = [replace(EVENTS[0], at=EVENTS[1].at, until=None, change=act)]
        found[covered] = simulate_ensemble(make_prepared(world, 12, events=events, **BEHAVIOUR), 1, [0])[0]
    for name in ("true_share", "message_share", "trade_index"):
        np.testing.assert_array_equal(found[1.0].series[name][1], found[0.6].series[name][1])
    whole, part = found[1.0].series["tracker_share"][1], found[0.6].series["tracker_share"][1]
    np.testing.assert_array_equal(whole[:5], part[:5])
    weights = whole * np.array([1.0, 0.6, 1.0])
    np.testing.assert_allclose(part[5:], (weights / weights.sum(1, keepdims=True))[5:], atol=1.01e-4)  # two roundings
