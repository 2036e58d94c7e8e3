"""The page of evidence says what is measured; the shipped tracker's break is the one that nothing is scored across."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from paysim.data import catalogue
from paysim.data.noise import BREAK, month_number

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "tools"))
import evidence as script  # the scripts of the documentation are not a package


@pytest.mark.slow
def test_the_page_is_what_is_measured():
    """Whoever changes a number must write the page anew: python docs/tools/evidence.py"""
    text = script.PAGE.read_text(encoding="utf-8")
    assert script.page(text) == text


@pytest.mark.slow
def test_what_the_page_says_between_its_tables_is_so():
    """Sentences that are not written by the script."""
    from paysim.evidence.backtest import WIDEST, goals

    found = {(goal.name, goal.currency, goal.horizon): goal for goal in goals(script.measured())}
    for horizon in (1, 3, 6):
        skill = found["beats_rival", "CNY", horizon].interval
        assert skill.low < 0.0 < skill.value < skill.high
        assert found["near_best", "GBP", horizon].rival == "seasonal"
        assert not found["near_best", "GBP", horizon].reached
        assert found["coverage_90", "CNY", horizon].value < 0.9
        later = script.measured().score("structural", "CNY", horizon, "from_2024")
        assert later.cover[0.9].value < 0.9
    assert script.measured().score("structural", "CNY", 12, "from_2024").cover[0.9].value < 0.5
    width, from_figure, month_known = (
        found[name, "CNY", 8].value for name in ("width", "width_from_figure", "width_month_known")
    )
    assert width == pytest.approx(4 / 3 * WIDEST, abs=0.1)
    assert width > from_figure > month_known > WIDEST


@pytest.mark.slow
def test_what_the_page_says_of_months_counted_from_the_last_figure_is_so():
    from paysim.evidence.backtest import COVERAGE_GOALS, FROM_FIGURE

    found, missed = script.counted(), []
    for currency, months, level, low, high in COVERAGE_GOALS:
        value = found.score("structural", currency, months - 1).cover[level].value
        if not low <= value <= high:
            missed.append((currency, months, level, round(100 * (low - value))))
    assert missed == [("CNY", 1, 0.9, 1)]
    for horizon in FROM_FIGURE:
        skill = found.compared("structural", "local_level", "CNY", horizon).skill
        assert skill.low < 0.0 < skill.high


def test_the_break_is_the_one_of_the_data():
    break_ = next(one for one in catalogue.series("swift_currency_share").breaks if "Change of base" in one.text)
    assert (month_number(break_.period.first), month_number(break_.period.last)) == BREAK


def test_every_table_of_the_page_is_written_by_the_script():
    text = script.PAGE.read_text(encoding="utf-8")
    assert [match[2] for match in script.MARKED.finditer(text)] == list(script.PARTS)
    assert text.count("<!-- evidence:") == len(script.PARTS)


def test_missed_goals_stand_before_those_reached():
    text = script.PAGE.read_text(encoding="utf-8")
    assert text.index("## What was missed") < text.index("## What was reached")
