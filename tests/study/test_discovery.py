import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import sweep_fakes
from click.testing import CliRunner
from SALib.sample import sobol as sobol_sample

from paysim.cli._sweep_analysis import discover as discover_command
from paysim.cli.main import main
from paysim.errors import InputError
from paysim.scenario.sweep_loading import load_sweep
from paysim.study.sweeps import discovery_words as words
from paysim.study.sweeps import sweep
from paysim.study.sweeps.discovery import CHANCE, RESAMPLES, beyond, discover
from paysim.study.sweeps.studied import Factor, Studied
from paysim.study.sweeps.sweep import How, run_sweep

LOW, HIGH, OTHER = 0.6, 0.85, 0.4
LEVELS = ("cut", "hub", "fear")


def planted(points=300, seed=0, noise=0.03, design="latin-hypercube"):
    """Most points with one between 0.6 and 0.85, two below 0.4 and not the story of the hub are at 1, others at 0."""
    rng = np.random.default_rng(seed)
    inputs = rng.random((points, 6))
    inputs[:, 5] = np.floor(3.0 * inputs[:, 5])
    inside = (inputs[:, 0] > LOW) & (inputs[:, 0] < HIGH) & (inputs[:, 1] < OTHER) & (inputs[:, 5] != 1)
    outcome = np.where(rng.random(points) < noise, ~inside, inside).astype(float)
    factors = (*(Factor(name) for name in ("one", "two", "three", "four", "five")), Factor("scenario", "", LEVELS))
    return Studied("test", design, factors, inputs, "y", outcome[:, np.newaxis], np.arange(points))


@pytest.fixture(scope="module")
def found():
    return discover(planted(1500), 0.5, True, boxes=1, resamples=5)


def limits_of(box):
    return {limit.factor.name: limit for limit in box.limits}


def test_a_planted_box_is_found_with_its_limits(found):
    box = found.boxes[0]
    limits = limits_of(box)
    assert set(limits) == {"one", "two", "scenario"}  # a factor may be called as a column that ema-workbench drops
    assert limits["one"].low == pytest.approx(LOW, abs=0.03)
    assert limits["one"].high == pytest.approx(HIGH, abs=0.03)
    assert np.isnan(limits["two"].low)
    assert limits["two"].high == pytest.approx(OTHER, abs=0.03)
    assert limits["scenario"].kept == ("cut", "fear")
    assert box.density > 0.9
    assert box.coverage > 0.6  # of the points looked for, as many lie outside by noise as 3 % of all points


def test_coverage_density_and_mass_are_those_of_the_points(found):
    box, cases = found.boxes[0], found.cases
    inside = box.holds(found.studied)
    assert (box.points, box.cases) == (inside.sum(), (inside & cases).sum())
    assert box.coverage == pytest.approx((inside & cases).sum() / cases.sum())
    assert box.density == pytest.approx(cases[inside].mean())
    assert box.mass == pytest.approx(inside.mean())
    for limit in box.limits:
        freed = replace(box, limits=tuple(one for one in box.limits if one is not limit))
        assert limit.without == pytest.approx(cases[freed.holds(found.studied)].mean())
    costs = [limit.without for limit in box.limits]
    assert costs == sorted(costs)


def test_quasi_p_is_small_for_planted_limits_and_large_for_those_of_noise(found):
    for limit in found.boxes[0].limits:
        assert np.nanmax(limit.quasi_p) < 1e-3
    place = len(found.peeling.coverage) - 1
    last = discover(found.studied, 0.5, True, boxes=1, resamples=0, place=place).boxes[0]
    by_noise = [limit for limit in last.limits if limit.factor.name in ("three", "four", "five")]
    assert by_noise  # the search itself peels on, and limits what does nothing
    assert max(np.nanmax(limit.quasi_p) for limit in by_noise) > CHANCE
    for name in ("one", "two"):
        assert limits_of(last)[name].surest < 1e-3


def test_half_of_the_points_limit_the_planted_factors_again_and_others_seldom(found):
    again = dict(zip(found.studied.names, found.reproduced, strict=True))
    assert min(again["one"], again["two"], again["scenario"]) >= 0.8
    assert max(again["three"], again["four"], again["five"]) <= 0.2
    limits = limits_of(found.boxes[0])
    low, high = limits["two"].spread[2:]
    assert low <= OTHER + 0.03
    assert high >= OTHER - 0.03
    assert np.isnan(limits["two"].spread[0])


def test_pure_chance_gives_no_box_that_comes_back():
    rng = np.random.default_rng(3)
    factors = tuple(Factor(name) for name in ("one", "two", "three", "four"))
    studied = Studied("test", "sobol", factors, rng.random((400, 4)), "y", rng.random((400, 1)), np.arange(400))
    found = discover(studied, 0.7, True, boxes=1, resamples=6)
    for box in found.boxes:
        assert box.density < 0.6
        assert min(limit.reproduced for limit in box.limits) < words.STABLE
        assert "do not lean" in words.paragraph(found)
    if not found.boxes:
        assert "No box" in words.paragraph(found)


def test_below_looks_on_the_other_side():
    there = planted(400)
    below = discover(replace(there, values=-there.values), -0.5, False, boxes=1, resamples=0)
    above = discover(there, 0.5, True, boxes=1, resamples=0)
    assert below.boxes == above.boxes
    assert words.threshold_words(below) == "y below -0.500"


def test_two_boxes_are_found_one_after_the_other():
    rng = np.random.default_rng(4)
    inputs = rng.random((900, 3))
    outcome = ((inputs[:, 0] > 0.75) | (inputs[:, 1] > 0.85)).astype(float)
    factors = tuple(Factor(name) for name in ("one", "two", "three"))
    studied = Studied("test", "sobol", factors, inputs, "y", outcome[:, np.newaxis], np.arange(900))
    found = discover(studied, 0.5, True, resamples=0)
    names = [{limit.factor.name for limit in box.limits} for box in found.boxes[:2]]
    assert sorted(map(sorted, names)) == [["one"], ["two"]]
    assert not (found.boxes[0].holds(studied) & found.boxes[1].holds(studied) & found.cases).all()
    assert sum(box.coverage for box in found.boxes) == pytest.approx(1.0, abs=0.03)
    assert "another box" in words.paragraph(found)


def test_most_replicates_decide_whether_a_point_is_looked_for():
    values = np.array([[0.0, 0.9, 0.9], [0.9, 0.0, 0.0], [9.0, 0.0, 0.0]])
    assert beyond(values, 0.5, True).tolist() == [True, False, False]
    assert beyond(values, 0.5, False).tolist() == [False, True, True]


def test_a_threshold_on_one_side_of_all_points_is_refused_with_their_range():
    there = planted(100, noise=0.0)
    with pytest.raises(InputError, match=r"no point has y above 2\.000.*from 0\.000 to 1\.000 over 100 points"):
        discover(there, 2.0, True)
    with pytest.raises(InputError, match="every point has y above"):
        discover(there, -1.0, True)


def test_a_missing_library_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis", None)
    with pytest.raises(InputError, match=r"pip install 'paysim\[study\]'"):
        discover(planted(100), 0.5, True)


def test_a_place_that_is_not_on_the_trajectory_is_refused():
    with pytest.raises(InputError, match="expected a place on the trajectory, 0 to"):
        discover(planted(200), 0.5, True, resamples=0, place=4000)


def test_points_of_a_bundle_are_said_to_say_less(found):
    assert "share values" not in " ".join(words.cautions(found))
    inputs = sobol_sample.sample({"num_vars": 2, "names": ["a", "b"], "bounds": [[0, 1]] * 2}, 64, seed=1,
                                 calc_second_order=False)  # fmt: skip
    outcome = (inputs[:, :1] > 0.6).astype(float)
    studied = Studied("test", "saltelli", (Factor("one"), Factor("two")), inputs, "y", outcome, np.arange(len(inputs)))
    shared = discover(studied, 0.5, True, boxes=1, resamples=0)
    assert "share values" in " ".join(words.cautions(shared))


@pytest.mark.parametrize(("name", "place"), [("one", 0), ("two", 1)])
def test_swapping_two_factors_changes_the_factor_that_the_text_names(name, place):
    inputs = np.random.default_rng(6).random((300, 3))
    outcome = (inputs[:, place] > 0.7).astype(float)
    factors = tuple(Factor(word) for word in ("one", "two", "three"))
    studied = Studied("test", "sobol", factors, inputs, "y", outcome[:, np.newaxis], np.arange(300))
    text = words.paragraph(discover(studied, 0.5, True, boxes=1, resamples=0))
    assert f"where {name} at least 0.7" in text
    assert f"Most depends on {name}" in text
    assert ({"one", "two"} - {name}).pop() not in text


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A study whose trade rises with the bypass share alone: it is above 120 % where that is above 40 %."""
    folder = tmp_path_factory.mktemp("stored")
    file = sweep_fakes.study(folder, n=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "make_pool", lambda engine, *_: sweep_fakes.Inline(engine))
        return run_sweep(load_sweep(file), folder / "out", command="none", how=How(), engine=sweep_fakes.Engine())


def test_the_command_finds_the_box_of_a_stored_study(stored):
    words_of = ["sweep", "discover", str(stored.folder), "--outcome", "trade", "--above", "120%", "--resamples", "2"]
    done = CliRunner().invoke(main, [*words_of, "--json", "--no-figures"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    (limit,) = data["boxes"][0]["limits"]
    assert limit["factor"] == "by"
    assert limit["low"] == pytest.approx(40.0, abs=1.0)
    assert data["boxes"][0]["coverage"] > 0.95
    assert (stored.folder / "analysis" / "discover_trade_above_120_resamples_2" / "discover.json").is_file()
    page = CliRunner().invoke(main, [*words_of, "--no-figures"])
    assert page.exit_code == 0
    assert "by at least 40" in page.stdout


@pytest.mark.parametrize(
    ("more", "message"), [([], "expected a threshold"), (["--above", "900 %"], "no point has trade above 900.0 %")]
)
def test_no_threshold_and_one_that_nothing_reaches_end_with_2(stored, more, message):
    done = CliRunner().invoke(main, ["sweep", "discover", str(stored.folder), "--outcome", "trade", *more])
    assert done.exit_code == 2
    assert message in done.output


def test_the_command_searches_as_often_as_the_function_unless_told_otherwise():
    (option,) = [one for one in discover_command.params if one.name == "resamples"]
    assert option.default == RESAMPLES
