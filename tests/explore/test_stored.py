"""Between stored runs: exact where it says so, as good as second order elsewhere, and honest about the rest."""

from __future__ import annotations

import json
import re
from itertools import product

import numpy as np
import pytest

from paysim.errors import InputError
from paysim.explore import bundle, export
from paysim.explore.stored import COST, DATE, SHARE, VALUE, Axis, Stored, backward, forward, pair_states, single_states

MONTHS = 40
DATES = tuple(f"2027-{month:02}" for month in range(1, 10))
AXES = (
    Axis(DATE, DATES, 4),
    Axis("one", ("0", "1", "2", "3"), 1),
    Axis("two", ("a", "b"), 0),
    Axis("three", ("0", "5", "10"), 2),
)
LATER = {date: place - 4 for place, date in enumerate(DATES)}
SCALES = (SHARE, VALUE, COST)
SHAPES = np.array([[0.3], [0.1], [8.0]])  # effects on three series, on the scales on which they add up
RNG = np.random.default_rng(4)
BASE = np.vstack([np.full(MONTHS, -2.0), np.full(MONTHS, 1.0), np.zeros(MONTHS)])
CURVES = {name: RNG.normal(size=(3, MONTHS)).cumsum(axis=1) * SHAPES * 0.1 for name in ("one", "two", "three")}


def on_scale(changes, third=0.0, moves=True):
    """A world whose effects add up, but for what each two (and all three) levers do together."""
    place = {axis.id: axis.steps.index(dict(changes).get(axis.id, axis.steps[axis.own])) - axis.own for axis in AXES}
    shift = place[DATE] if moves else 0
    when = np.clip(np.arange(MONTHS) - shift, 0, MONTHS - 1)
    total = BASE.copy()
    for name, curve in CURVES.items():
        total += np.tanh(place[name]) * curve[:, when]  # bent: only what was run says how much
    total += 0.2 * place["one"] * place["two"] * CURVES["three"][:, when]  # straight in both: corners are enough
    return total + third * place["one"] * place["two"] * place["three"] * SHAPES


def stored(**world):
    states = [*single_states(AXES), *pair_states(AXES)]
    return Stored(AXES, SCALES, {state: on_scale(state, **world) for state in states}, LATER)


ALL = [
    tuple((axis.id, step) for axis, step in zip(AXES, steps, strict=True) if step != axis.steps[axis.own])
    for steps in product(*(axis.steps for axis in AXES))
]


def test_where_one_lever_is_moved_the_line_is_the_run():
    own = stored()
    for state in single_states(AXES):
        np.testing.assert_allclose(own.line(state), backward(on_scale(state), SCALES), rtol=1e-12)


def test_effects_of_any_number_of_levers_that_add_up_in_twos_are_found_exactly():
    own = stored()
    for state in ALL:
        if DATE not in dict(state):
            np.testing.assert_allclose(own.line(state), backward(on_scale(state), SCALES), rtol=1e-9)


def test_what_three_do_together_is_missed_and_shows_up_as_a_miss():
    own = stored(third=0.1)
    state = (("one", "3"), ("two", "b"), ("three", "0"))
    gap = np.abs(own.line(state) - backward(on_scale(state, third=0.1), SCALES))
    assert gap[2].min() > 1.0
    names = ["true_share:CNY", "level:USD", "cost_bp:target"]
    found = export.misses(own, {state: backward(on_scale(state, third=0.1), SCALES)}, names)
    assert {chart for chart, _usual, _rare in found} == {"tracker", "shares", "levels", "cost"}
    cost = next(usual for chart, usual, _rare in found if chart == "cost")
    assert cost == pytest.approx(np.median(gap[2]))


def test_effects_move_with_the_cut_only_where_the_runs_say_so():
    assert stored().follows == {"one", "two", "three"}
    assert stored(moves=False).follows == frozenset()
    late = (*DATES[-1:],)
    state = ((DATE, late[0]), ("two", "b"))
    np.testing.assert_allclose(stored().line(state), backward(on_scale(state), SCALES), rtol=1e-9)


def test_a_state_that_cannot_be_run_counts_as_no_effect():
    runs = {state: on_scale(state) for state in [*single_states(AXES), *pair_states(AXES)]}
    without = {state: run for state, run in runs.items() if "two" not in dict(state)}
    own = Stored(AXES, SCALES, without, LATER)
    np.testing.assert_allclose(own.line((("two", "b"),)), backward(BASE, SCALES))


def test_scales_go_there_and_back_and_nothing_stays_nothing():
    values = np.array([[0.0, 1e-6, 3.7, 99.9], [0.0, 0.5, 12.0, 4e3], [-3.0, 0.0, 1.0, np.nan]])
    back = backward(forward(values, SCALES), SCALES)
    assert back[0, 0] == 0.0
    assert back[0, 1] == 0.0
    np.testing.assert_allclose(back[0, 2:], values[0, 2:], rtol=1e-9)
    np.testing.assert_allclose(back[1, 1:], values[1, 1:], rtol=1e-9)
    np.testing.assert_allclose(back[2], values[2])


def test_packed_runs_come_back_within_half_a_step_and_gaps_stay_gaps():
    runs = {state: on_scale(state) for state in single_states(AXES)}
    runs[()][1, 3] = np.nan
    packed, kept = export.pack(runs)
    assert json.dumps(packed, allow_nan=False)
    step = np.array(packed["step"])[:, None]
    for state, run in runs.items():
        assert np.isnan(kept[state][1, 3])
        gap = np.abs(kept[state] - run)
        assert (gap[~np.isnan(gap)] <= np.broadcast_to(step, gap.shape)[~np.isnan(gap)] * 1.01).all()
    assert export.pack(runs)[0] == packed


def test_states_to_hold_it_against_move_several_levers_and_are_the_same_each_time():
    drawn = export.drawn_states(AXES, 30)
    assert drawn == export.drawn_states(AXES, 30)
    assert {len(state) for state in drawn} == {2, 3, 4}
    own = {axis.id: axis.steps[axis.own] for axis in AXES}
    assert all(own[lever] != value for state in drawn for lever, value in state)


DATA = {"languages": {}, "text": "</script><script>alert(1)</script><!-- x"}


def test_one_file_holds_everything_and_asks_for_nothing():
    html = bundle.page_of(DATA)
    assert "</script><script>alert" not in html
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]+"', re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL))
    assert "@import" not in html
    assert re.search(r"\burl\((?!data:)", html) is None
    assert bundle.page_of(DATA) == html


def test_its_policy_lets_in_exactly_its_own_scripts_and_style():
    import base64
    import hashlib

    html = bundle.page_of(DATA)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    inside = re.findall(
        r"<script>(.*?)</script>|<script type=\"module\">(.*?)</script>|<style>(.*?)</style>", html, re.S
    )
    texts = ["".join(found) for found in inside]
    assert len(texts) == 3
    for text in texts:
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_modules_are_put_together_in_the_order_in_which_they_need_one_another():
    text = bundle.modules()
    made = re.findall(r"^const (module_\w+) = ", text, re.MULTILINE)
    assert len(made) == len(set(made)) == len(list(bundle.STATIC.glob("*.js")))
    for name in made:
        used = [match.start() for match in re.finditer(rf"= {name};", text)]
        assert all(at > text.index(f"const {name} = ") for at in used)
    assert made[-1] == "module_main"


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path):
    out = tmp_path / "page.html"
    out.write_text("mine")
    with pytest.raises(InputError, match="--overwrite"):
        export.export_page(None, out)
    with pytest.raises(InputError, match="is no folder"):
        export.export_page(None, tmp_path / "none" / "page.html")
    assert out.read_text() == "mine"
