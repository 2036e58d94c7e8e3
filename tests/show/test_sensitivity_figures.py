import numpy as np
import pytest
from drawings import faults
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from paysim.show.sensitivity_figures import (
    SHOWN,
    caption,
    distance_figure,
    draw_sensitivity,
    morris_figure,
    sobol_figure,
)
from paysim.show.style import STYLES, applied
from paysim.study.compared.explain_words import Scale
from paysim.study.sweeps.sensitivity import analyse
from paysim.study.sweeps.studied import Factor, Studied
from paysim.words import speaking

NAMES = ("Network effect over tipping (R)", "How much payers mind cost", "Bypass share", "Overcompliance out of fear",
         "Native messaging", "Allies follow")  # fmt: skip
MANIFEST = {"version": "0.1.0, study test", "seed": 1, "command": "paysim sweep sensitivity results/sweeps/test"}


def studied(inputs, outcome, design, names=NAMES, **more):
    factors = tuple(Factor(f"f{place}", name) for place, name in enumerate(names[: inputs.shape[1]]))
    return Studied("test", design, factors, inputs, "trade", outcome[:, np.newaxis], np.arange(len(inputs)),
                   title="China's trade in January 2031", scale=Scale(100.0, 1, " %"), **more)  # fmt: skip


def problem(wide):
    return {"num_vars": wide, "names": [str(place) for place in range(wide)], "bounds": [[0.0, 1.0]] * wide}


def tipping(units):
    return 0.5 + 0.35 / (1.0 + np.exp(-40.0 * (units[:, 0] - 0.6))) + 0.1 * units[:, 1] * units[:, 2]


@pytest.fixture(scope="module")
def by_sobol():
    inputs = sobol_sample.sample(problem(6), 64, calc_second_order=False, seed=1)
    return analyse(studied(inputs, tipping(inputs), "saltelli"))


@pytest.fixture(scope="module")
def by_morris():
    inputs = morris_sample.sample(problem(6), 20, seed=1)
    return analyse(studied(inputs, tipping(inputs), "morris"))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_meets_another_or_leaves_the_page(by_sobol, by_morris, style, language):
    look = STYLES[style]
    with applied(look), speaking(language):
        drawn = {
            "sobol": sobol_figure(by_sobol, MANIFEST, look),
            "distance": distance_figure(by_sobol, MANIFEST, look),
            "morris": morris_figure(by_morris, MANIFEST, look),
        }
        assert {name: met for name, figure in drawn.items() if (met := faults(figure))} == {}


def test_bars_and_intervals_are_those_of_the_indices(by_sobol):
    with applied(STYLES["slides"]):
        axes = sobol_figure(by_sobol, MANIFEST, STYLES["slides"]).axes[0]
    for place in range(6):
        widths = [patch.get_width() for patch in axes.patches if patch.get_gid() == f"bar {place}"]
        known = np.clip([by_sobol.sobol.first.value[place], by_sobol.sobol.total.value[place]], 0.0, 1.0)
        np.testing.assert_allclose(widths, known)
        ends = [line.get_xdata() for line in axes.lines if line.get_gid() == f"interval {place}"]
        total = by_sobol.sobol.total
        np.testing.assert_allclose(ends[1], np.clip([total.low[place], total.high[place]], 0.0, 1.0))


def test_the_plane_of_effects_holds_every_factor_and_names_those_that_do_something(by_morris):
    with applied(STYLES["slides"]):
        figure = morris_figure(by_morris, MANIFEST, STYLES["slides"])
    (line,) = [line for line in figure.axes[0].lines if line.get_gid() == "factors"]
    np.testing.assert_allclose(sorted(line.get_xdata()), sorted(100.0 * by_morris.morris.size.value))
    texts = [text.get_text() for text in figure.texts]
    assert NAMES[0] in texts
    assert NAMES[5] not in texts
    assert any("near 0" in text and NAMES[5] in text for text in texts)


def test_the_title_says_that_the_order_is_not_settled_where_it_is_not():
    inputs = np.random.default_rng(1).random((300, 2))
    alike = analyse(studied(inputs, inputs.sum(axis=1), "latin-hypercube"))
    apart = analyse(studied(inputs, inputs @ np.array([9.0, 1.0]), "latin-hypercube"))
    assert "not settled" in caption(alike, "sobol")
    assert f"{NAMES[0]} decides" in caption(apart, "sobol")


def test_levels_are_told_apart_by_name_and_groups_by_a_line():
    rng = np.random.default_rng(2)
    inputs = np.column_stack([rng.integers(0, 3, 600).astype(float), rng.random(600)])
    outcome = np.array([0.2, 0.8, 0.8])[inputs[:, 0].astype(int)] + 0.05 * rng.standard_normal(600)
    there = studied(inputs, outcome, "sobol")
    factors = (Factor("story", "Story", ("cutoff", "hub", "fear")), Factor("other"))
    found = analyse(Studied(**{**vars(there), "factors": factors}))
    with applied(STYLES["slides"]):
        figure = distance_figure(found, MANIFEST, STYLES["slides"])
        assert faults(figure) == []
    assert {"cutoff", "hub", "fear"} <= {text.get_text() for text in figure.texts}
    assert found.groups is not None
    assert "two groups" in caption(found, "distance")


def test_many_factors_are_cut_and_counted(tmp_path):
    inputs = np.random.default_rng(3).random((300, 20))
    names = [f"A factor with a long name, number {place}" for place in range(20)]
    found = analyse(studied(inputs, inputs @ np.arange(20.0), "latin-hypercube", names))
    with applied(STYLES["slides"]):
        figure = distance_figure(found, MANIFEST, STYLES["slides"])
        assert faults(figure) == []
    assert any(f"{20 - SHOWN} more factors" in text.get_text() for text in figure.texts)


def test_the_same_analysis_gives_the_same_bytes_and_captions(by_sobol, tmp_path):
    one, two = (draw_sensitivity(by_sobol, MANIFEST, tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in one] == ["sobol_trade.png", "distance_trade.png"]
    for first, second in zip(one, two, strict=True):
        assert first.read_bytes() == second.read_bytes()
    assert NAMES[0] in (tmp_path / "one" / "captions.md").read_text()
