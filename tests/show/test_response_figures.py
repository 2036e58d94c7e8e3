"""Liquidity against surge: what is drawn, what it says, and that no text meets another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawings import faults, lines, written

from paysim.networks.response import AMPLE, FLOORS, MEASURES, Response
from paysim.show.response_figures import ResponseDrawn, draw_response, liquidity_against_surge
from paysim.show.style import STYLES, applied

VALUE = np.array([0.5, 1.0, 2.0, 3.0, 5.0, 8.0])
LIQUIDITY = np.array([0.0, 0.5, 1.0, 2.0, 4.0, AMPLE])


def made(scale=0.1, value=VALUE, **changes):
    """Unsettled: so much at usual value and liquidity, more with value and less with liquidity."""
    share = np.minimum(1.0, scale * value[:, None] / np.maximum(LIQUIDITY, 0.05))
    share[:, -1] = 0.0
    tables = {name: share.copy() for name in MEASURES}
    errors = dict.fromkeys(MEASURES, 0.02 * share)
    response = Response("k", 1, 12, value, LIQUIDITY, **tables, errors=errors)
    drawn = ResponseDrawn("My system", response, "python docs/tools/response_tables.py", "0.1.0", "A word on it.")
    return replace(drawn, **changes)


def drawn(case, style="slides"):
    with applied(STYLES[style]):
        return liquidity_against_surge(case, STYLES[style])


CASES = {
    "ordinary": made(),
    "nothing unsettled": made(scale=0.0),
    "nearly all unsettled": made(scale=0.6),
    "tiny": made(scale=1e-5),
    "few values": made(value=np.array([1.0, 1.5])),
    "no surge": made(value=np.array([0.25, 0.5, 1.0])),
}


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("case", CASES)
def test_no_text_meets_another_or_leaves_the_page(case, style):
    assert faults(drawn(CASES[case], style)) == []


def test_there_is_a_line_for_each_level_that_was_measured_with_its_name_at_its_end():
    figure = drawn(made())
    assert [line.get_gid() for line in lines(figure, 0, "liquidity")] == ["liquidity 0.5", "liquidity 1", "liquidity 2"]
    usual = lines(figure, 0, "liquidity 1")[0]
    assert usual.get_xdata()[[0, -1]] == pytest.approx([1.0, 8.0])
    assert usual.get_ydata()[[0, -1]] == pytest.approx([0.1, 0.8])
    text = written(figure)
    for name in ("half of usual liquidity", "usual liquidity", "2 times usual"):
        assert name in text


def test_what_was_measured_is_marked_with_two_standard_errors():
    figure = drawn(made())
    marks = [line for line in figure.axes[0].lines if line.get_gid() == "measured" and line.get_marker() == "o"]
    assert marks[0].get_xdata().tolist() == [1.0, 2.0, 3.0, 5.0, 8.0]
    assert marks[0].get_ydata() == pytest.approx([0.1, 0.2, 0.3, 0.5, 0.8])
    bars = [bar.get_segments()[0] for bar in figure.axes[0].collections if hasattr(bar, "get_segments")]
    assert any(bar[:, 1] == pytest.approx([0.096, 0.104]) for bar in bars)


def test_it_says_what_a_surge_does_and_how_much_liquidity_restores_it():
    text = written(drawn(made()))
    assert "3 times the payments at usual liquidity: 30.0 % unsettled (10.0 % on a usual day)" in text
    assert "no level that was measured settles all but 0.5 %" in text
    enough = written(drawn(made(scale=0.004)))
    # Unsettled .006 at twice and .003 at four times the liquidity; between them it is linear in logarithms.
    low, wanted, high = (np.log1p(share / FLOORS["unsettled_share"]) for share in (0.006, 0.005, 0.003))
    expected = 2.0 * 2.0 ** ((low - wanted) / (low - high))
    assert f"{expected:.2g} times the liquidity settles all but 0.5 %" in enough


def test_the_foot_names_what_was_measured_and_the_command_that_repeats_it():
    text = written(drawn(made()))
    assert "Source: paysim 0.1.0, My system, 12 synthetic days of true size for each point, seed 1." in text
    assert "A model, not a forecast. To repeat it: python docs/tools/response_tables.py" in text
    assert "A word on it." in text


def test_the_same_response_gives_the_same_files(tmp_path):
    one, two = (draw_response(made(), tmp_path / name) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert one.with_suffix(".svg").read_bytes() == two.with_suffix(".svg").read_bytes()
