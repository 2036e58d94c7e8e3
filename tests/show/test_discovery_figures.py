import numpy as np
import pytest
from drawings import faults

from paysim.show.discovery_figures import box_figure, draw_discovery, points_figure
from paysim.show.style import STYLES, applied
from paysim.study.compared.explain_words import Scale
from paysim.study.sweeps.discovery import discover
from paysim.study.sweeps.studied import Factor, Studied
from paysim.words import speaking

FACTORS = (
    Factor("network", "Network effect over tipping (R)"),
    Factor("cost", "How much payers mind cost", unit="/bp"),
    Factor("bypass", "Bypass share", unit="%"),
    Factor("story", "Story", ("cutoff", "cutoff_hub_open", "cutoff_fear")),
)
MANIFEST = {"version": "0.1.0, study test", "seed": 1, "command": "paysim sweep discover results/test --below 80%"}


def studied(cases):
    rng = np.random.default_rng(3)
    inputs = rng.random((500, 4))
    inputs[:, 1] = 0.002 + 0.018 * inputs[:, 1]
    inputs[:, 3] = np.floor(3.0 * inputs[:, 3])
    outcome = 0.95 - 0.25 * cases(inputs) + 0.02 * rng.standard_normal(500)
    return Studied("test", "latin-hypercube", FACTORS, inputs, "trade", outcome[:, np.newaxis], np.arange(500),
                   title="China's trade in January 2031", scale=Scale(100.0, 1, " %"))  # fmt: skip


@pytest.fixture(scope="module")
def three():
    there = studied(lambda at: (at[:, 0] > 0.55) & (at[:, 1] < 0.012) & (at[:, 3] != 1))
    return discover(there, 0.8, False, boxes=1, resamples=3)


@pytest.fixture(scope="module")
def one():
    return discover(studied(lambda at: at[:, 3] == 2), 0.8, False, boxes=1, resamples=0)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_meets_another_or_leaves_the_page(three, one, style, language):
    look = STYLES[style]
    with applied(look), speaking(language):
        for found in (three, one):
            for make in (box_figure, points_figure):
                assert faults(make(found, MANIFEST, look)) == []


def test_limits_are_drawn_where_they_lie_in_the_range(three):
    with applied(STYLES["slides"]):
        axes = box_figure(three, MANIFEST, STYLES["slides"]).axes[0]
    bars = {patch.get_gid(): patch for patch in axes.patches}
    limits = {limit.factor.name: limit for limit in three.boxes[0].limits}
    assert set(limits) == {"network", "cost", "story"}
    low, (least, most) = limits["network"].low, limits["network"].range
    assert bars["limit network"].get_x() == pytest.approx((low - least) / (most - least))
    assert bars["limit network"].get_x() + bars["limit network"].get_width() == pytest.approx(1.0)
    assert bars["limit cost"].get_x() == 0.0
    assert "limit bypass" not in bars
    kept = {level: bars[f"level story {level}"].get_facecolor() for level in FACTORS[3].levels}
    assert kept["cutoff"] == kept["cutoff_fear"] != kept["cutoff_hub_open"]


def test_points_looked_for_are_filled_and_the_box_is_framed(three):
    with applied(STYLES["slides"]):
        scatter, peeling = points_figure(three, MANIFEST, STYLES["slides"]).axes
    drawn = {line.get_gid(): line for line in scatter.lines}
    assert len(drawn["case near"].get_xdata()) + len(drawn["case far"].get_xdata()) == three.cases.sum()
    assert sum(len(line.get_xdata()) for line in drawn.values()) == 500
    (frame,) = [patch for patch in scatter.patches if patch.get_gid() == "box"]
    first = three.boxes[0].limits[0]
    edges = {round(frame.get_x(), 6), round(frame.get_x() + frame.get_width(), 6)}
    assert round(first.low if np.isfinite(first.low) else first.high, 6) in edges
    (passed,) = [line for line in peeling.lines if line.get_gid() == "passed"]
    np.testing.assert_allclose(passed.get_ydata(), three.peeling.density)


def test_no_box_is_said_instead_of_drawn(three, tmp_path):
    from dataclasses import replace

    assert draw_discovery(replace(three, boxes=()), MANIFEST, tmp_path) == []
    assert "no box" in (tmp_path / "captions.md").read_text()


def test_the_same_boxes_give_the_same_bytes(one, tmp_path):
    first, second = (draw_discovery(one, MANIFEST, tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in first] == ["box_trade.png", "points_trade.png"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
