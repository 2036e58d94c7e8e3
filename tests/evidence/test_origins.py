"""Rolling origins: nothing is known before it was published, nothing is scored across the break, nobody peeks."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from made_trackers import START, published, walk

from paysim.data.noise import BREAK, month_number
from paysim.data.shipped import scenarios
from paysim.engine.run import prepare, simulate_mean_field
from paysim.evidence import structural
from paysim.evidence.backtest import HELD_OUT, Backtest, makers
from paysim.evidence.baselines import BASELINES, persistence
from paysim.evidence.densities import COUNT, point
from paysim.evidence.origins import (
    AFTER,
    BEFORE,
    CURRENCIES,
    OLDEST,
    Figure,
    Forecast,
    Published,
    month_day,
    month_end,
    peeks,
    regime,
    rolling,
    simple,
)
from paysim.scenario.loading import load_scenario

PACKAGED = Published.packaged()
ORIGIN = month_number(date(2025, 4, 1))


def test_months_are_counted_and_named():
    assert month_day(month_number(date(2025, 10, 17))) == date(2025, 10, 1)
    assert month_end(month_number(date(2024, 2, 1))) == date(2024, 2, 29)


def test_at_an_origin_the_youngest_figure_is_of_the_month_before():
    for origin in (month_number(date(2021, 5, 1)), ORIGIN):
        known = PACKAGED.known(origin)
        assert known.day == month_end(origin)
        assert {int(known.parts[name][-1].month[-1]) for name in CURRENCIES} == {origin - 1}


def test_the_lag_of_three_weeks_counts_by_the_day():
    day = date(2025, 5, 20)
    assert all(one.published <= day for name in CURRENCIES for one in PACKAGED.as_of(day).figures[name])
    later = PACKAGED.as_of(day + timedelta(days=1)).figures["CNY"][-1]
    assert PACKAGED.as_of(day).figures["CNY"][-1].month == later.month - 1


def test_nothing_is_scored_across_the_break_or_inside_it():
    found = rolling(
        PACKAGED, {"p": simple(persistence)}, month_number(date(2020, 6, 1)), month_number(date(2025, 9, 1))
    )
    assert {one.regime for one in found} == {BEFORE, AFTER}
    for one in found:
        known = PACKAGED.known(one.origin)
        last = int(known.parts[one.currency][-1].month[-1])
        assert regime(last) == regime(one.origin + one.horizon) is not None
    assert not [one for one in found if BREAK[0] <= one.origin <= BREAK[1]]


def test_missing_months_are_neither_filled_nor_scored():
    """USD of August 2022 is unknown: no forecast of it is scored, and an origin goes on with what there is."""
    missing = month_number(date(2022, 8, 1))
    found = rolling(PACKAGED, {"p": simple(persistence)}, missing - 8, missing + 2, currencies=("USD",))
    assert missing not in {one.origin + one.horizon for one in found}
    assert missing + 1 in {one.origin for one in found}
    assert not PACKAGED.known(month_number(date(2020, 8, 1))).usable("USD")


def test_a_figure_that_is_too_old_stops_the_forecasts():
    silent = Published({name: figures[:60] for name, figures in PACKAGED.figures.items()})
    last = silent.figures["CNY"][-1].month
    months = [month for month in range(last + 1, last + 9) if silent.known(month).usable("CNY")]
    assert max(months, default=last) <= last + OLDEST


@pytest.mark.parametrize("name", [*BASELINES, "flat", "latent"])
def test_no_method_peeks(name):
    assert not peeks(makers()[name], PACKAGED, ORIGIN, ("CNY", "JPY"))


@pytest.mark.slow
def test_the_forecast_of_the_model_does_not_peek():
    """It learns from its own past forecasts, so the figures that came after them could leak in."""
    assert not peeks(structural.structural, PACKAGED, ORIGIN, ("CNY", "GBP"))


def test_a_baseline_that_peeks_is_caught():
    def cheating(shown):
        def method(known, currency, month):
            came = shown.figure(currency, month)
            return None if came is None else point(float(np.log(came.share / (1 - came.share))))

        return method

    def hidden(shown):
        """Peeks at one month only, by learning a bias from all months."""
        mean = np.mean([one.share for one in shown.figures["CNY"]])
        return lambda known, currency, month: point(float(np.log(mean / (1 - mean))))

    assert peeks(cheating, PACKAGED, ORIGIN, ("CNY",))
    assert peeks(hidden, PACKAGED, ORIGIN, ("CNY",))


@pytest.mark.slow
def test_planted_noise_is_found_and_covered_by_the_machinery():
    """Five walks of 72 months, all methods of the model, a month ahead: some 220 cases that hang together, s.e. about 3
    points; three of them are allowed (error rate below 1 %)."""
    shown = published([walk(seed, 72) for seed in range(40, 45)])
    found = rolling(shown, {"latent": structural.latent()}, START + 26, START + 70, (1,))
    place = np.array([(one.quantiles < one.outcome).mean() for one in found])
    assert len(found) > 200
    assert np.mean((place > 0.05) & (place < 0.95)) == pytest.approx(0.9, abs=0.09)
    assert np.mean((place > 0.25) & (place < 0.75)) == pytest.approx(0.5, abs=0.12)


def test_the_weight_goes_to_the_part_that_was_right():
    """A tracker that wanders is left to latent demand, one that returns at once to the AR(1)."""
    month = START + 90

    def weight(stay, latent, noise):
        shown = published([walk(9, 92, latent, noise, stay)])
        known = shown.known(month)
        mixed = structural.structural_density(shown)(known, "CNY", month + 1)
        return float(mixed.weight[:-1].sum())

    assert weight(1.0, 0.12, 0.12) > weight(0.6, 0.1, 0.0)


def test_without_its_residual_process_the_model_is_the_last_figure():
    known = PACKAGED.known(ORIGIN)
    method = structural.flat(PACKAGED)
    for currency in CURRENCIES:
        came = PACKAGED.figure(currency, ORIGIN - 1)
        assert isinstance(came, Figure)
        np.testing.assert_allclose(method(known, currency, ORIGIN + 6), came.share)


def test_the_path_of_the_model_without_events_is_flat_at_the_last_figure():
    """What is structural about the forecast: with memberships as they are, the tracker stays where it was published."""
    story = load_scenario(scenarios() / "baseline.yaml", ["horizon=2026-07"])
    record = simulate_mean_field(prepare(story), 1, [0], ())[0]
    for currency in ("USD", "EUR", "CNY"):
        path = record.values("tracker_share", currency)
        figure = PACKAGED.figure(currency, month_number(story.start))
        np.testing.assert_allclose(path, figure.share, atol=1e-4)
        assert np.ptp(path) == 0.0


def test_the_path_of_the_model_moves_where_something_happens():
    story = load_scenario(scenarios() / "decoupling.yaml", ["horizon=2026-07"])
    record = simulate_mean_field(prepare(story), 1, [0], ())[0]
    assert np.ptp(record.values("tracker_share", "CNY")) > 0.005


def test_the_choice_was_made_before_the_held_out_origins():
    assert month_number(HELD_OUT) > BREAK[1]


def test_what_came_in_the_held_out_months_had_no_say_in_the_choice():
    """A forecast of December 2023 for the month after ends in the held-out months: it is in neither part."""
    december = month_number(date(2023, 12, 1))
    made = [Forecast("m", "CNY", origin, ahead, np.full(COUNT, 0.03), 0.03) for origin, ahead in
            ((december - 2, 1), (december, 1), (december - 6, 12), (december + 1, 1))]  # fmt: skip
    found = Backtest(made)
    one, year = found.cases("m", "CNY", 1, "before_2024"), found.cases("m", "CNY", 12, "before_2024")
    assert (one.origin.tolist(), year.origin.tolist()) == ([december - 2], [])
    assert found.cases("m", "CNY", 1, "from_2024").origin.tolist() == [december + 1]
    assert len(found.cases("m", "CNY", 1).origin) == 3
