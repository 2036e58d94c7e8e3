"""The figures of a settled day: what they draw, what they say, and that no text meets another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawings import faults, lines, written

from paysim.show import settlement_figures
from paysim.show.settled_day import DayDrawn, money
from paysim.show.style import STYLES, applied

HOUR = 3600


def made(**changes):
    minutes = np.arange(8 * HOUR, 18 * HOUR, 60, dtype=np.float64)
    queued = np.where(minutes < 12 * HOUR, 0.0, 2.5e9)
    day = DayDrawn(
        source="0.1.0, RTGS, first in first out, 2025-06-11, payments.csv, 20,000 payments",
        command="paysim settle payments.csv --system rtgs-fifo --liquidity '30 %'",
        currency="USD",
        opens=8 * HOUR,
        closes=18 * HOUR,
        hours=lambda instant: f"{instant // HOUR % 24:02d}:{instant // 60 % 60:02d}",
        instants=minutes,
        queued=queued,
        in_use=np.linspace(0.0, 8e9, len(minutes)),
        at_hand=10e9,
        delays=np.array([0.0, 60.0, 6 * HOUR]),
        by_number=np.array([0.8, 0.9, 0.99]),
        by_value=np.array([0.5, 0.6, 0.95]),
        value=100e9,
        settled_share=0.95,
        used=9e9,
        delay=0.12,
        positions=np.linspace(0, 1, 5),
        level_liquidity=np.linspace(5e9, 20e9, 5),
        level_delay=np.array([0.4, 0.2, 0.1, 0.05, 0.0]),
        level_unsettled=np.array([0.1, 0.0, 0.0, 0.0, 0.0]),
    )
    return replace(day, **changes)


def drawn(name, day, style="slides"):
    draw = {plate[0]: plate[1] for plate in settlement_figures.PLATES}[name]
    with applied(STYLES[style]):
        return draw(day, STYLES[style])


AT_ONCE = {
    "queued": np.zeros(600),
    "delays": np.array([0.0]),
    "by_number": np.array([1.0]),
    "by_value": np.array([1.0]),
    "settled_share": 1.0,
    "delay": 0.0,
}
NOTHING = {
    "in_use": np.zeros(600),
    "delays": np.zeros(0),
    "by_number": np.zeros(0),
    "by_value": np.zeros(0),
    "settled_share": 0.0,
    "delay": 1.0,
    "level_delay": np.ones(5),
}
CASES = {
    "ordinary": {},
    "at once": AT_ONCE,
    "nothing settles": NOTHING,
    "published": {"published": 29.0, "published_source": "The Clearing House, release"},
    "plenty": {"at_hand": 90e9, "delay": 0.0},
    "least": {"at_hand": 5e9, "delay": 1.0, "level_delay": np.array([1.0, 1.0, 1.0, 0.5, 0.0])},
    "most": {"at_hand": 20e9, "delay": 0.4},
    "published beyond": {"published": 2.0, "published_source": "somebody"},
    "published far below": {
        "published": 2000.0,
        "published_source": "somebody",
        "level_liquidity": np.linspace(18e9, 20e9, 5),
    },
    "bounds equal": {"level_liquidity": np.full(5, 5e9), "at_hand": 5e9},
    "round the clock": {"opens": 0, "closes": 28 * HOUR, "instants": np.arange(0, 28 * HOUR, 168.0)},
}


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", [plate[0] for plate in settlement_figures.PLATES])
def test_no_text_meets_another_or_leaves_the_page(name, case, style):
    assert faults(drawn(name, made(**CASES[case]), style)) == []


def test_the_foot_names_the_day_and_the_command_that_repeats_it():
    for name, _, _ in settlement_figures.PLATES:
        text = written(drawn(name, made()))
        assert "first in first out, 2025-06-11, payments.csv, 20,000 payments." in text
        assert "To repeat it: paysim settle payments.csv --system rtgs-fifo --liquidity '30 %'" in text
        assert "A model, not a forecast." in text


def test_the_queue_says_when_it_is_longest():
    assert "At most 2.5 bn USD waits, at 12:00; 95.0 % of the value settles" in written(
        drawn("through_the_day", made())
    )
    assert "No payment waits" in written(drawn("through_the_day", made(**AT_ONCE)))


def test_the_delays_are_read_at_two_minutes_and_at_the_closing():
    text = written(drawn("delays", made()))
    assert "Within 2 minutes: 90.0 % of the payments, 60.0 % of the value; by the closing 99.0 % and 95.0 %" in text
    line = lines(drawn("delays", made()), 0, "by value")[0]
    assert line.get_xdata()[0] == 1.0  # what settles at once stands at the left end
    assert line.get_ydata().tolist() == [0.5, 0.5, 0.6, 0.95, 0.95]


def test_the_curve_has_its_levels_and_the_day_as_it_was_settled():
    figure = drawn("liquidity_against_delay", made())
    assert lines(figure, 0, "levels")[0].get_xdata().tolist() == [5.0, 8.75, 12.5, 16.25, 20.0]
    actual = lines(figure, 0, "actual")[0]
    assert (actual.get_xdata()[0], actual.get_ydata()[0]) == (10.0, 0.12)
    assert not lines(figure, 0, "published")
    assert "40.0 % at the lower bound (10.0 % of the value unsettled), 0.0 % at the upper" in written(figure)


def test_the_published_turnover_stands_at_the_value_over_it():
    figure = drawn("liquidity_against_delay", made(**CASES["published"]))
    assert lines(figure, 0, "published")[0].get_xdata()[0] == pytest.approx(100 / 29)
    assert "published turnover of 29 (The Clearing House, release)" in written(figure)


def test_a_published_turnover_beyond_the_upper_bound_is_told_and_not_drawn():
    figure = drawn("liquidity_against_delay", made(**CASES["published beyond"]))
    assert not lines(figure, 0, "published")
    assert "beyond the edge, 50 bn USD: value over the published turnover of 2 (somebody)" in written(figure)


def test_liquidity_far_beyond_the_upper_bound_is_drawn_at_the_edge_and_said():
    figure = drawn("liquidity_against_delay", made(**CASES["plenty"]))
    assert lines(figure, 0, "actual")[0].get_xdata()[0] == pytest.approx(23.0)
    assert "at hand 90 bn USD, used 9 bn USD (beyond the edge, drawn at it)" in written(figure)


def test_without_levels_the_curve_is_left_out_with_a_reason(tmp_path):
    day = made(positions=np.zeros(0), level_liquidity=np.zeros(0), level_delay=np.zeros(0))
    found = settlement_figures.draw_settlement(day, tmp_path)
    assert [path and path.name for path, _ in found] == ["through_the_day.png", "delays.png", None]
    assert "at least two levels" in found[2][1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "delays.png",
        "delays.svg",
        "through_the_day.png",
        "through_the_day.svg",
    ]


def test_amounts_have_four_digits_and_a_unit():
    assert [money(amount, "CNY") for amount in (679.8e9, 1.8e12, 1234.0, 5.0)] == [
        "679.8 bn CNY",
        "1.8 trn CNY",
        "1.234 thousand CNY",
        "5 CNY",
    ]
