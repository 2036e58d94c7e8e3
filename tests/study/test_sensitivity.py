import json
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import sweep_fakes
from click.testing import CliRunner
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from paysim.cli.main import main
from paysim.engine.record import Record
from paysim.errors import InputError, ResultsError
from paysim.scenario.sweep_loading import load_sweep
from paysim.study.sweeps import distances as of_distances
from paysim.study.sweeps import sensitivity_words as words
from paysim.study.sweeps import sweep
from paysim.study.sweeps.distances import distances, two_groups
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.sensitivity import analyse, elementary_effects, luck, sobol_indices
from paysim.study.sweeps.studied import Factor, Studied, flagged, is_morris, numbered, saltelli_step
from paysim.study.sweeps.studied_reading import as_numbers, read_studied, scale_of
from paysim.study.sweeps.sweep import How, run_sweep

NAMES = ("one", "two", "three", "four", "five", "six")


def problem(wide):
    return {"num_vars": wide, "names": list(NAMES[:wide]), "bounds": [[0.0, 1.0]] * wide}


def saltelli(wide, base=512, second=False, seed=1):
    return sobol_sample.sample(problem(wide), base, calc_second_order=second, seed=seed)


def studied(inputs, outcome, design="saltelli", names=NAMES, **more):
    values = np.asarray(outcome, dtype=float)
    factors = tuple(Factor(name) for name in names[: inputs.shape[1]])
    values = values[:, np.newaxis] if values.ndim == 1 else values
    return Studied("test", design, factors, inputs, "y", values, np.arange(len(inputs)), **more)


def ishigami(units, a=7.0, b=0.1):
    x = np.pi * (2.0 * units - 1.0)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_indices(a=7.0, b=0.1):
    """First and total order (Ishigami and Homma 1990), derived from the partial variances of the function."""
    one = 0.5 * (1.0 + b * np.pi**4 / 5.0) ** 2
    two, both = a**2 / 8.0, b**2 * np.pi**8 * 8.0 / 225.0
    variance = one + two + both
    return np.array([one, two, 0.0]) / variance, np.array([one + both, two, both]) / variance


COEFFICIENTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def g_function(units, a=COEFFICIENTS):
    return np.prod((np.abs(4.0 * units - 2.0) + a) / (1.0 + a), axis=1)


def g_indices(a=COEFFICIENTS):
    """First and total order: each factor of the product has mean 1 and variance 1 / (3 (1 + a)^2) (Sobol 1993)."""
    parts = 1.0 / (3.0 * (1.0 + a) ** 2)
    variance = np.prod(1.0 + parts) - 1.0
    others = np.array([np.prod(1.0 + np.delete(parts, place)) for place in range(len(a))])
    return parts / variance, parts * others / variance


@pytest.mark.parametrize("second", [False, True])
def test_indices_of_ishigami_lie_within_their_intervals(second):
    inputs = saltelli(3, second=second)
    found = sobol_indices(studied(inputs, ishigami(inputs)))
    first, total = ishigami_indices()
    for estimate, known in ((found.first, first), (found.total, total), (found.interaction, total - first)):
        assert np.all(estimate.low <= known)
        assert np.all(known <= estimate.high)
        assert np.all(estimate.high - estimate.low < 0.25)  # an interval that holds everything says nothing
    assert found.base == 512


def test_indices_of_the_g_function_lie_within_their_intervals_and_what_does_nothing_is_named():
    inputs = saltelli(6, 1024)
    found = analyse(studied(inputs, g_function(inputs)))
    first, total = g_indices()
    for estimate, known in ((found.sobol.first, first), (found.sobol.total, total)):
        assert np.all(estimate.low <= known + 1e-4)
        assert np.all(known <= estimate.high + 1e-4)
    assert words.order(found)[:4] == [0, 1, 2, 3]
    assert {4, 5} <= set(words.inert(found))
    assert 0 not in words.inert(found)


def test_morris_ranks_the_g_function():
    inputs = morris_sample.sample(problem(6), 40, num_levels=4, seed=2)
    found = elementary_effects(studied(inputs, g_function(inputs), "morris"))
    assert list(np.argsort(-found.size.value))[:4] == [0, 1, 2, 3]
    assert found.size.low[0] > found.size.high[2]
    assert found.trajectories == 40
    # half of the steps of 2/3 between 0, 1/3, 2/3 and 1 cross the middle: |4u - 2| moves by 4/3 in all of them
    assert np.all(found.size.value[4:] < 0.05)


def test_effects_of_a_sum_are_its_coefficients_everywhere():
    inputs = morris_sample.sample(problem(3), 10, seed=3)
    found = elementary_effects(studied(inputs, inputs @ np.array([3.0, -1.0, 0.0]), "morris"))
    np.testing.assert_allclose(found.size.value, [3.0, 1.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found.mean, [3.0, -1.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found.spread.value, 0.0, atol=1e-9)


def test_effects_that_depend_on_where_they_are_have_a_spread_and_are_said_to():
    inputs = morris_sample.sample(problem(3), 40, seed=3)
    even = analyse(studied(inputs, inputs @ np.array([3.0, 1.0, 0.0]), "morris"))
    uneven = analyse(studied(inputs, 3.0 * inputs[:, 0] * (inputs[:, 1] > 0.5), "morris"))
    assert "differs much" not in words.paragraph(even)
    assert "differs much" in words.paragraph(uneven)


def test_a_step_between_few_levels_may_stay_where_it_is():
    units = morris_sample.sample(problem(2), 8, seed=1)
    levels = units.copy()
    levels[:, 1] = np.minimum(np.floor(units[:, 1] * 2), 1)
    assert is_morris(levels, [True, False])
    factors = (Factor("one"), Factor("two", "", ("a", "b")))
    there = replace(studied(levels, levels @ np.array([1.0, 5.0]), "morris"), factors=factors)
    # two levels differ by 5, and a step is 2/3 of the range of the sample
    assert elementary_effects(there).size.value[1] == pytest.approx(7.5)


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_a_foreign_design_is_refused_with_a_way_out(method):
    inputs = np.random.default_rng(1).random((240, 3))
    with pytest.raises(InputError, match=r"design 'latin-hypercube'.*--method distance"):
        analyse(studied(inputs, ishigami(inputs), "latin-hypercube"), method)
    assert analyse(studied(inputs, ishigami(inputs), "latin-hypercube")).sobol is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows[np.random.default_rng(1).permutation(len(rows))],
        lambda rows: rows[::-1],
        lambda rows: rows[1:],
        lambda rows: np.where(np.arange(len(rows))[:, None] == 7, 0.5, rows),
        lambda rows: np.random.default_rng(1).random(rows.shape),
    ],
    ids=["shuffled", "reversed", "one point less", "one point changed", "random"],
)
def test_a_sample_that_the_design_does_not_make_is_refused_whatever_it_calls_itself(spoil):
    rows = spoil(saltelli(3, 64))
    assert saltelli_step(rows) is None
    with pytest.raises(InputError, match="not one that the design 'saltelli' makes"):
        analyse(studied(rows, ishigami(rows)))
    walked = spoil(morris_sample.sample(problem(3), 20, seed=1))
    if not is_morris(walked, [True] * 3):  # trajectories read backwards are trajectories
        with pytest.raises(InputError, match="not one that the design 'morris' makes"):
            analyse(studied(walked, ishigami(walked), "morris"))


def test_points_without_the_outcome_are_named_and_those_that_failed_apart():
    inputs = saltelli(3, 64)
    outcome = ishigami(inputs)
    outcome[[3, 4, 5, 9]] = np.nan
    there = studied(inputs, outcome, failed=(9,), repeated="paysim sweep run x.yaml")
    expected = (
        r"3 of 320 points have no value of y \(3 to 5\) and 1 of 320 points ended with an error \(9\).*paysim sweep run"
    )
    with pytest.raises(InputError, match=expected):
        analyse(there)
    free = analyse(replace(there, design="latin-hypercube"))
    assert "4 of 320 points have no outcome and are left out" in " ".join(words.cautions(free))
    assert len(there.complete().points) == 320 - 5 - 5  # whole bundles, in which points share values


def test_an_outcome_that_is_the_same_everywhere_and_too_few_points_are_refused():
    inputs = saltelli(3, 64)
    with pytest.raises(InputError, match=r"y is 2 at every point"):
        analyse(studied(inputs, np.full(len(inputs), 2.0)))
    with pytest.raises(InputError, match="8 base points are too few"):
        analyse(studied(inputs[:40], ishigami(inputs[:40])))


def test_a_missing_library_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    inputs = saltelli(3, 64)
    with pytest.raises(InputError, match=r"pip install 'paysim\[study\]'"):
        analyse(studied(inputs, ishigami(inputs)))


def shape_only(units):
    """The first factor sets the outcome; the second only whether it is -1 or 1 or anything between, mean and variance
    the same: no share of the variance by itself, and 0.067 = (2 - sqrt(3)) / 4 with the first."""
    around = 2.0 * units[:, 0] - 1.0
    return np.where(units[:, 1] < 0.5, np.sign(around), np.sqrt(3.0) * around)


def test_a_factor_that_moves_only_the_shape_is_missed_by_variance_and_found_by_distance():
    inputs = saltelli(3)
    found = analyse(studied(inputs, shape_only(inputs)))
    assert found.sobol.first.low[1] <= 0.0 <= found.sobol.first.high[1]
    assert found.sobol.total.value[1] == pytest.approx((2.0 - np.sqrt(3.0)) / 4.0, abs=0.02)
    assert found.distance.low[1] > found.distance.chance[1]
    assert not found.distance.told(2)
    text = words.paragraph(found)
    assert "its spread or its shape: two" in text
    assert "its spread or its shape" not in words.paragraph(analyse(studied(inputs, inputs[:, 0] + 0.1 * inputs[:, 1])))


def test_luck_alone_can_be_what_a_factor_changes():
    inputs = np.random.default_rng(2).random((300, 2))
    noise = np.random.default_rng(3).standard_normal((300, 10)) * np.where(inputs[:, :1] > 0.5, 1.0, 0.1)
    found = analyse(studied(inputs, noise, "latin-hypercube"))
    assert found.distance.told(0)
    assert not found.distance.told(1)
    assert "replicates of the same point" in words.paragraph(found)
    assert luck(noise[:, :1]) != luck(noise[:, :1])  # one replicate tells nothing about luck


def test_chance_is_seldom_passed_by_a_factor_that_does_nothing():
    rng, passed = np.random.default_rng(5), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_distances, "RESAMPLES", 2)
        for _number in range(60):
            found = distances(rng.random((120, 2)), rng.standard_normal((120, 1)), (False, False))
            passed += sum(found.told(place) for place in (0, 1))
    assert passed <= 6  # 1.2 are expected of 120


def test_points_that_share_values_count_for_less():
    inputs = saltelli(3, 128)
    outcome = ishigami(inputs)[:, np.newaxis]
    together, apart = (distances(inputs, outcome, (False,) * 3, bundle) for bundle in (5, 1))
    np.testing.assert_array_equal(together.value, apart.value)
    assert np.all(together.chance > apart.chance)


def test_few_levels_are_all_looked_at():
    column = np.repeat([0.0, 1.0, 2.0], 100)
    outcome = np.where(column == 2.0, 5.0, np.tile(np.arange(100.0) / 100.0, 3))[:, np.newaxis]
    found = distances(column[:, np.newaxis], outcome, (True,))
    # a third lies apart from the rest: the distance is 2/3 for it and 1/3 for the two others
    assert found.value[0] == pytest.approx((2 / 3 + 1 / 3 + 1 / 3) / 3, abs=0.01)


@pytest.mark.parametrize("law", ["random", "standard_normal", "standard_exponential"])
def test_one_group_is_not_taken_for_two(law):
    rng = np.random.default_rng(6)
    assert sum(two_groups(getattr(rng, law)(1000)) is not None for _number in range(50)) <= 1


def test_two_groups_are_seen_with_their_valley_and_their_share():
    rng = np.random.default_rng(7)
    values = np.concatenate([rng.normal(0.0, 0.5, 700), rng.normal(4.0, 0.5, 300)])
    found = two_groups(values)
    assert found is not None
    assert found.share == pytest.approx(0.3, abs=0.01)
    assert (found.lower, found.upper) == (pytest.approx(0.0, abs=0.3), pytest.approx(4.0, abs=0.3))
    assert 1.0 < found.split < 3.0
    assert two_groups(np.concatenate([np.zeros(960), np.ones(40)])) is None  # too few apart to be a group
    assert two_groups(np.concatenate([np.zeros(700), np.ones(300)])) is not None
    assert two_groups(np.zeros(1000)) is None


def tipping(units):
    return 1.0 / (1.0 + np.exp(-60.0 * (units[:, 0] - 0.5))) + 0.05 * units[:, 1]


def test_an_outcome_that_tips_is_said_to_fall_into_two_groups():
    inputs = saltelli(3)
    assert "two groups" in words.paragraph(analyse(studied(inputs, tipping(inputs))))
    assert "two groups" not in words.paragraph(analyse(studied(inputs, inputs @ np.array([3.0, 2.0, 1.0]))))


SAMPLES = {
    "saltelli": lambda: saltelli(3, 512),
    "morris": lambda: morris_sample.sample(problem(3), 40, seed=4),
    "latin-hypercube": lambda: np.random.default_rng(4).random((600, 3)),
}


@pytest.mark.parametrize("design", SAMPLES)
def test_swapping_the_effects_of_two_factors_changes_the_factor_that_the_text_names(design):
    inputs = SAMPLES[design]()
    said = {}
    for name, weights in (("one", [10.0, 4.0, 0.0]), ("two", [4.0, 10.0, 0.0])):
        found = analyse(studied(inputs, inputs @ np.array(weights), design))
        said[name] = words.paragraph(found)
        data = words.as_data(found)
        assert (data["decides"], data["settled"]) == ([name], True)
        assert f"{name.title()} decides it most" in said[name]
        assert data["inert"] == ["three"]
        json.dumps(data)
    assert said["one"] != said["two"]


@pytest.mark.parametrize("design", SAMPLES)
def test_the_order_of_factors_that_weigh_alike_is_said_not_to_be_settled(design):
    inputs = SAMPLES[design]()
    outcome = np.abs(inputs[:, 0] - 0.37) + 1.02 * np.abs(inputs[:, 1] - 0.41) + inputs[:, 0] * inputs[:, 1]
    found = analyse(studied(inputs, outcome, design))
    text = words.paragraph(found)
    assert "is not settled" in text
    assert "decides it most" not in text
    assert set(words.as_data(found)["decides"]) == {"one", "two"}


def test_what_factors_do_together_is_named_only_where_there_is_some():
    inputs = saltelli(3)
    product = words.paragraph(analyse(studied(inputs, (inputs[:, 0] - 0.5) * (inputs[:, 1] - 0.5))))
    added = words.paragraph(analyse(studied(inputs, inputs[:, 0] + inputs[:, 1])))
    together = product.split("what they do together: ")[1].split(".")[0]
    assert "one" in together
    assert "two" in together
    assert "three" not in together
    assert "what they do together" not in added


def test_which_factor_decides_whether_a_threshold_is_passed_can_differ_from_which_decides_the_value():
    inputs = np.random.default_rng(8).random((800, 2))
    outcome = inputs[:, 0] + np.where(inputs[:, 1] > 0.95, 10.0, 0.0)
    there = studied(inputs, outcome, "latin-hypercube")
    assert words.as_data(analyse(there))["decides"] == ["one"]
    flag = analyse(flagged(there, 1.5, True))
    assert words.as_data(flag)["decides"] == ["two"]
    assert words.paragraph(flag).startswith("y above 1.500: so are ")
    assert flag.groups is None


@pytest.mark.parametrize("lone", [0, 3])
def test_nothing_is_made_of_a_threshold_that_nearly_all_points_lie_beyond(lone):
    inputs = saltelli(3)
    outcome = np.where(np.arange(len(inputs)) < lone, 0.0, 1.0) + 0.1 * inputs[:, 0]
    found = analyse(flagged(studied(inputs, outcome), 0.5, True))
    data = words.as_data(found)
    assert (data["decides"], data["settled"], data["inert"]) == ([], False, [])
    assert found.sobol is None
    assert f"so are {99.9 if lone else 100} % of 2560 points. Too few lie on the other side" in data["text"]
    often = analyse(flagged(studied(inputs, inputs[:, 0]), 0.9, True))
    assert words.as_data(often)["decides"] == ["one"]


def test_nearly_all_is_not_called_all():
    assert [words.percent(share) for share in (0.0, 0.002, 0.25, 0.998, 1.0)] == [
        "0 %",
        "0.2 %",
        "25 %",
        "99.8 %",
        "100 %",
    ]


def test_points_are_named_briefly():
    assert numbered([1, 2, 3, 7, 9, 10]) == "1 to 3, 7, 9 to 10"
    assert numbered(list(range(0, 100, 2))).endswith("18 and more")


def test_a_list_of_numbers_is_an_axis_and_one_of_words_is_not():
    assert as_numbers(("0 %", "15 %", "30 %")) == ([0.0, 15.0, 30.0], "%")
    assert as_numbers(("0 %", "15 d", "30 %")) is None
    assert as_numbers(("none", "some", "all")) is None
    assert as_numbers(("0", "1")) is None
    assert scale_of("fraction").say(0.123) == "12.3 %"


class Waves(sweep_fakes.Engine):
    """Trade in the last month is Ishigami's function of three parameters."""

    def _run(self, behaviour, seed, replicate):
        ends = ((0.002, 0.02), (0.0, 0.6), (0.0, 0.9))
        drawn = (behaviour.cost_sensitivity.best, behaviour.bypass_share.best, behaviour.network_effect.best)
        units = np.array([[(value - low) / (high - low) for value, (low, high) in zip(drawn, ends, strict=True)]])
        months = np.arange(np.datetime64("2024-07", "M"), np.datetime64("2025-01", "M"))
        if self.broken is not None and units[0, 0] > self.broken:
            raise ArithmeticError("odd")
        level = np.full((len(months), 1), ishigami(units)[0])
        return Record(months, {"trade_index": (("CHN",), level), "true_share": (("CNY",), level)})


def stored(folder, kind="saltelli", n=640, engine=None, **how):
    """A study of three factors as it is stored."""
    file = sweep_fakes.study(folder, n=n, kind=kind)
    text = file.read_text().replace("distribution: log-uniform", "")
    third = "  gam: {path: behaviour.network_effect, range: [0, 0.9]}\ndesign:"
    file.write_text(text.replace("design:", third))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "make_pool", lambda engine, *_: sweep_fakes.Inline(engine))
        return run_sweep(load_sweep(file), folder / "out", command="paysim sweep run study.yaml", how=How(**how),
                         engine=engine or Waves())  # fmt: skip


@pytest.fixture(scope="module")
def waves(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("waves"))


def test_indices_read_from_a_stored_study_lie_within_their_intervals(waves):
    found = sobol_indices(read_studied(waves, "trade"))
    first, total = ishigami_indices()
    for estimate, known in ((found.first, first), (found.total, total)):
        assert np.all((estimate.low <= known) & (known <= estimate.high))
    assert found.base == 128


def test_the_command_tells_and_stores_what_it_found(waves, tmp_path):
    out = tmp_path / "there"
    words_of = ["sweep", "sensitivity", str(waves.folder), "--outcome", "trade", "--out", str(out), "--no-figures"]
    done = CliRunner().invoke(main, [*words_of, "--json"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    there = json.loads((out / "sensitivity.json").read_text())
    assert set(data["sobol"]["total"]) == {"lam", "by", "gam"}
    assert there["sobol"] == data["sobol"]
    assert data["text"].startswith("Trade is ")
    page = CliRunner().invoke(main, words_of)
    assert page.exit_code == 0, page.output
    assert "Repeat with paysim sweep sensitivity" in page.stdout
    other = CliRunner().invoke(main, [*words_of, "--below", "50 %"])
    assert other.exit_code == 2
    assert "another sensitivity analysis" in other.output


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--outcome", "trad"], "nearest: trade"),
        ([], "choose one with --outcome: trade, share"),
        (["--outcome", "trade", "--method", "morris"], "this one is of design 'saltelli'"),
        (["--outcome", "trade", "--above", "1", "--below", "2"], "give one of them"),
        (["--outcome", "trade", "--above", "ten"], "--above ten: expected"),
    ],
)
def test_what_cannot_be_told_ends_with_2_and_leaves_nothing(waves, tmp_path, more, message):
    out = tmp_path / "there"
    done = CliRunner().invoke(main, ["sweep", "sensitivity", str(waves.folder), "--out", str(out), *more])
    assert done.exit_code == 2
    assert message in done.output
    assert not out.exists()


def test_tables_that_somebody_changed_are_refused(tmp_path):
    results = stored(tmp_path, n=80)
    table = pq.read_table(results.folder / "sample.parquet")
    pq.write_table(table.slice(0, 40), results.folder / "sample.parquet")
    with pytest.raises(ResultsError, match="not what the study wrote"):
        read_studied(SweepResults(results.folder), "trade")


def test_an_unfinished_study_and_one_with_failures_name_their_points(tmp_path):
    folders = [tmp_path / name for name in ("part", "failed")]
    for folder in folders:
        folder.mkdir()
    part = read_studied(stored(folders[0], n=80, limit=20), "trade")
    with pytest.raises(
        InputError, match=r"points have no value of trade \(.*to 79\).*Finish the study first: paysim sweep"
    ):
        analyse(part)
    failed = read_studied(stored(folders[1], n=80, engine=Waves(broken=0.9)), "trade")
    with pytest.raises(InputError, match=r"points ended with an error"):
        analyse(failed)
    assert analyse(failed, "distance").sobol is None


def test_the_page_speaks_german_and_json_stays_english(waves, tmp_path):
    words_of = ["sweep", "sensitivity", str(waves.folder), "--outcome", "trade", "--below", "0 %", "--no-figures"]
    words_of += ["--lang", "de"]
    page = CliRunner().invoke(main, words_of)
    data = json.loads(CliRunner().invoke(main, [*words_of, "--json"]).stdout)
    assert "Trade below 0.0 %: so are " in data["text"]
    assert "so are" not in page.stdout
