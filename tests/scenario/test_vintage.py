"""``as_of``: only what was published by a day is used, and a start month that was not public is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from paysim.data import catalogue
from paysim.engine.build import prepare
from paysim.engine.calibration import calibration
from paysim.engine.draws import draw
from paysim.errors import ScenarioError
from paysim.scenario import defaults, vintage
from paysim.scenario.loading import load_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
EARLY = "as_of=2024-12-31"
STATISTICS = ("swift_currency_share", "cips_annual", "cips_participants", "china_rmb_settlement", "tracker_noise")


def loaded(*changes):
    return load_scenario(BASELINE, changes)


def said(*changes):
    with pytest.raises(ScenarioError) as caught:
        loaded(*changes)
    return str(caught.value)


def arrays(scenario):
    """All numbers that a run starts from."""
    prepared = prepare(scenario)
    best = draw(prepared, 0, [0], ())
    reached = [target.published for target in calibration(prepared, scenario.start, scenario.as_of).targets]
    return [
        prepared.world.targets, prepared.world.trade, prepared.world.participants, prepared.statistic,
        prepared.latent_sd, prepared.noise_sd, best.base.share, best.base.value, np.array(reached),
    ]  # fmt: skip


def same(first, second):
    return [one.shape == other.shape and np.array_equal(one, other, equal_nan=True) for one, other in zip(
        map(np.asarray, first), map(np.asarray, second), strict=True)]  # fmt: skip


@pytest.fixture
def replaced(monkeypatch):
    """Replace every row of every table that was published after a day by noise."""

    def replace_after(day):
        original = catalogue.read_table
        generator = np.random.default_rng(7)

        def noisy(path, description=None):
            table = original(path, description)
            rows = tuple(
                row if row.published <= day else replace(row, value=float(generator.uniform(0.05, 0.2)))
                for row in table.rows
            )
            return replace(table, rows=rows)

        monkeypatch.setattr(catalogue, "read_table", noisy)
        forget()

    yield replace_after
    monkeypatch.undo()
    forget()


def forget():
    for kept in (catalogue._table, defaults.world, defaults.known_corridors, defaults.traded_groups,
                 vintage.structure_since):  # fmt: skip
        kept.cache_clear()


def test_what_was_published_later_changes_nothing(replaced):
    before = arrays(loaded(EARLY))
    replaced(date(2024, 12, 31))
    assert all(same(before, arrays(loaded(EARLY))))


def test_the_noise_of_the_test_before_reaches_a_run_that_does_not_ask(replaced):
    before = arrays(loaded())
    replaced(date(2024, 12, 31))
    assert not all(same(before, arrays(loaded())))


def test_an_earlier_day_gives_other_figures_where_they_came_later():
    """CIPS's value of 2024 came in March 2025, and the movement of the tracker was estimated on fewer months."""
    early, late = loaded(EARLY), loaded("as_of=2025-12")
    first, second = prepare(early), prepare(late)
    value = {row.period.text: row.value for row in catalogue.cips_value()}
    assert first.statistic == pytest.approx(value["2023"] / 12)
    assert second.statistic == pytest.approx(value["2024"] / 12)
    assert not np.array_equal(first.noise_sd, second.noise_sd)
    np.testing.assert_array_equal(first.world.targets, second.world.targets)  # the tracker is not revised


def test_all_that_is_packaged_is_the_default():
    assert all(same(arrays(loaded()), arrays(loaded("as_of=2026-12"))))


def test_a_scenario_that_does_not_ask_has_the_digest_it_had():
    assert "as_of" not in loaded().canonical()
    assert '"as_of":"2024-12-31"' in loaded(EARLY).canonical()
    assert loaded().digest() != loaded(EARLY).digest()


def test_a_month_means_its_last_day():
    assert loaded("as_of=2024-12").as_of == date(2024, 12, 31)
    assert loaded("as_of=2024-12-30").as_of == date(2024, 12, 30)


def test_a_start_that_was_not_public_says_which_month_could_be_used():
    words = said("as_of=2024-12", "start=2024-12")
    assert "the tracker of 2024-12 was published on 2025-01-21, after as_of 2024-12-31" in words
    assert "the last month that could be used is 2024-11" in words
    assert loaded("as_of=2024-12", "start=2024-11").start.month == 11


def test_what_the_world_is_made_of_must_have_been_public_or_be_asked_for():
    words = said("as_of=2024-01")
    assert "the last month that could be used is 2023-12" in words
    assert "trade_matrix from 2024-04-30" in words
    assert "structure: latest" in words
    made = loaded("as_of=2024-01", "start=2023-12", "structure=latest")
    december = {
        c: r.value for c in ("USD", "EUR", "CNY") for r in catalogue.tracker_share(c) if r.period.text == "2023-12"
    }
    targets = dict(zip(prepare(made).world.currencies, prepare(made).world.targets, strict=True))
    assert {currency: targets[currency] for currency in december} == pytest.approx(december)


def test_what_is_no_date_is_said():
    assert "expected a day such as 2024-01-31 or a month such as 2024-01, got 2024-13" not in said("as_of=soon")
    assert "expected a day such as 2024-01-31 or a month such as 2024-01" in said("as_of=soon")
    assert "2024-13" in said("as_of=2024-13")


def test_targets_that_the_file_gives_need_no_published_month():
    given = ("as_of=2024-12", "start=2025-06", "calibration.targets={USD: 47 %, EUR: 23 %, CNY: 3 %}")
    assert loaded(*given).start.year == 2025


def test_every_table_of_statistics_has_dates_to_compare_with():
    for name in STATISTICS:
        assert all(row.published >= row.period.last for row in catalogue.series(name, suspect=True).rows), name
