"""What the page's scripts compute by themselves: curves drawn by hand, scales of axes, states and addresses."""

from __future__ import annotations

import pytest


@pytest.fixture
def script(page, explore):
    """Runs a function of one of the page's modules."""
    page.goto(f"{explore}/why/bypass_share")

    def run(module, name, *given):
        asked = "async ([address, name, given]) => (await import(address))[name](...given)"
        return page.evaluate(asked, [f"{explore}/static/{module}.js", name, list(given)])

    return run


def test_a_stroke_fills_the_months_between_and_leaves_the_rest(script):
    curve = script("curve", "emptyCurve", 6, 10)
    assert curve == [10, None, None, None, None, None]
    drawn = script("curve", "stroke", curve, {"place": 2, "value": 20}, {"place": 4, "value": 40})
    assert drawn == [10, 15, 20, 30, 40, None]
    back = script("curve", "stroke", drawn, {"place": 4, "value": 0}, {"place": 3, "value": 8})
    assert back == [10, 15, 20, 8, 0, None]
    assert script("curve", "stroke", curve, {"place": 0, "value": 99}, {"place": 0, "value": 99})[0] == 10


def test_typed_points_are_joined_by_straight_lines(script):
    points = [{"place": 2, "value": 14}, {"place": 4, "value": 10}]
    assert script("curve", "through", 6, 10, points) == [10, 12, 14, 12, 10, None]
    assert script("curve", "through", 3, 5, []) == [5, None, None]


def test_the_farthest_month_and_the_mean_gap(script):
    yours, model = [1, 2, 3, None], [1, 4, 2, 50]
    assert script("curve", "farthest", yours, model) == {"place": 1, "gap": 2}
    assert script("curve", "meanGap", yours, model) == 1.5
    assert script("curve", "farthest", [1, None], [1, 2]) is None


@pytest.mark.parametrize(
    ("values", "ends"),
    [([0, 96], [0, 100]), ([3, 26], [0, 30]), ([100], [0, 100]), ([-3, 4], [-4, 4]), ([], [0, 1]), ([0.4], [0, 0.4])],
)
def test_axes_end_at_round_numbers_and_hold_every_value(script, values, ends):
    low, high = script("plot", "niceRange", values)
    assert (low, high) == pytest.approx(ends)


def test_a_state_goes_into_an_address_and_back(script):
    address = "preset=cutoff&allies=refuse&bypass_share=45+%25&lang=de&predict=true_share%3ACNY"
    state = script("state", "readAddress", f"?{address}")
    assert state["values"] == {"allies": "refuse", "bypass_share": "45 %"}
    assert script("state", "pageQuery", state) == address
    assert script("state", "modelQuery", state) == "preset=cutoff&allies=refuse&bypass_share=45+%25"
    own = script("state", "withLever", state, "allies", "use CIPS", "use CIPS")
    assert own["values"] == {"bypass_share": "45 %"}


def test_the_same_state_is_the_same_question_in_any_order(script):
    one = script("state", "readAddress", "?hub=open&preset=cutoff&allies=refuse")
    other = script("state", "readAddress", "?allies=refuse&hub=open&preset=cutoff")
    assert script("state", "modelQuery", one) == script("state", "modelQuery", other)


def test_words_of_a_series_name_its_end_and_its_turn(script):
    months, chart = ["2026-12", "2027-01", "2027-02", "2027-03"], {"unit": "%", "digits": 1}
    told = script("telling", "landmarks", months, [5, 3, 8, 26], "2027-01", 1)
    assert told["end"] == {"month": "2027-03", "value": 26}
    assert told["turn"] is None, "the highest is the end itself"
    told = script("telling", "landmarks", months, [100, 45, 60, 96], "2027-01", 1)
    assert told["turn"] == {"month": "2027-01", "value": 45, "kind": "lowest"}
    told = script("telling", "landmarks", months, [0, 80, 20, 4], "2027-01", 1)
    assert told["turn"] == {"month": "2027-01", "value": 80, "kind": "highest"}
    assert script("telling", "againstPreset", [5, 26.04], [5, 26], chart) == "", "below the rounding"
