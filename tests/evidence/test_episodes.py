"""Episodes told again: what the texts say of them is what comes out, and events are what does the work."""

from __future__ import annotations

import numpy as np
import pytest

from paysim.data import catalogue
from paysim.evidence import episodes
from paysim.evidence.episodes import EPISODES, Compared, change_of_base, euro_coverage, fall_of_2015, fall_of_2025


@pytest.fixture(scope="module")
def base():
    return change_of_base()


def test_the_change_of_base_moves_what_is_counted_and_not_the_truth(base):
    assert base.scores["truth_moved"] < 1e-9
    assert base.scores["EUR_model"] == pytest.approx(base.scores["EUR_seen"], abs=0.02)
    assert base.scores["USD_model"] > base.scores["USD_start"] + 5.0
    assert euro_coverage() == pytest.approx(0.53, abs=0.01)


def test_what_the_note_on_the_change_of_base_says_is_so(base):
    """The pound rose less than arithmetic says, the yuan more."""
    assert base.scores["GBP_seen"] < base.scores["GBP_model"]
    assert base.scores["CNY_seen"] > base.scores["CNY_model"]
    assert 0.0 < base.scores["explained"] < 0.5


def test_without_the_break_nothing_is_counted_anew(monkeypatch):
    monkeypatch.setattr(episodes, "euro_coverage", lambda: 1.0)
    told = change_of_base()
    assert told.scores["USD_model"] == pytest.approx(told.scores["USD_start"], abs=0.02)
    assert told.scores["CNY_model"] == pytest.approx(told.scores["CNY_start"], abs=0.02)


def test_the_steps_of_the_fall_were_published():
    seen = {row.period.text: row.value for row in catalogue.tracker_share("CNY")}
    assert (seen["2024-10"], seen["2025-02"]) == (0.0293, 0.0433)


@pytest.mark.slow
def test_the_fall_of_2025_is_bounded_by_the_growth_of_cips():
    told = fall_of_2025()
    assert told.scores["growth"] == pytest.approx(0.027, abs=0.001)
    assert told.scores["clearing"] < 0.1 < told.scores["message"] <= 1.0
    assert told.scores["covered"] < 0.9


@pytest.mark.slow
def test_the_fall_of_2015_follows_from_what_is_put_in():
    told = fall_of_2015()
    assert told.scores["crps"] < told.scores["nothing"]
    assert told.scores["goods_model"] > told.scores["goods_seen"]


def test_scores_of_an_episode_are_those_of_the_months_that_were_published():
    draws = {f"2020-{month:02d}": np.array([1.0, 2.0, 3.0]) for month in range(1, 7)}
    found = episodes.held(draws, {"2019-12": 9.0, "2020-01": 9.0, "2020-03": 2.0, "2020-05": 2.5, "2021-01": 9.0})
    assert found.months == ("2020-03", "2020-05")
    assert found.nothing(2.0) == pytest.approx(0.25)
    assert found.covered == 1.0


def test_a_certain_and_right_episode_scores_zero():
    assert Compared(("2020-01",), np.full((4, 1), 2.0), np.array([2.0])).crps == pytest.approx(0.0)


def test_every_episode_has_a_name():
    assert list(EPISODES) == ["E1", "E2", "E3", "E4", "E5"]
