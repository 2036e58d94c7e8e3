"""The figure of a surge: of which system, with which lines and words, and when it is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawings import data_lines, faults, written
from matplotlib.figure import Figure

from paysim.engine import responses
from paysim.engine.responses import known_response
from paysim.engine.systems import settlement_system
from paysim.show.figures import draw, draw_all
from paysim.show.figures.settlement import liquidity_against_surge_caption, liquidity_needed, strained_most
from paysim.show.reading import NothingToDrawError

NAME = "liquidity_against_surge"


def line(figure: Figure, panel: int, name: str) -> Any:
    (found,) = [one for one in data_lines(figure, panel) if one.get_gid() == name]
    return found.get_ydata()


def test_lines_are_medians_of_the_system_that_is_strained(run: Any, drawn: Callable[..., Figure]) -> None:
    figure = drawn(NAME)
    for panel, series in ((0, "settlement_load"), (0, "liquidity_held"), (1, "unsettled_share"), (2, "waiting_hours")):
        assert line(figure, panel, series) == pytest.approx(np.median(run.held[series, "CIPS"], axis=0))
    assert "Liquidity against surge: CIPS" in written(figure)


def test_with_the_liquidity_needed_as_much_comes_back_as_at_the_start(run: Any, drawn: Callable[..., Figure]) -> None:
    needed, load = (line(drawn(NAME), 0, name) for name in ("liquidity_needed", "settlement_load"))
    response = known_response(settlement_system("CIPS"))
    assert response is not None
    assert np.isfinite(needed).all()
    assert response.at(load, needed).unsettled_share == pytest.approx(0.005, abs=1e-6)
    after = load > 1.5
    assert (response.at(load[after], 0.95 * needed[after]).unsettled_share > 0.005).all()


def test_it_is_a_multiple_of_what_the_scenario_says_is_usual(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=3)
    load = np.median(run.held["settlement_load", "CIPS"], axis=0)
    usual = liquidity_needed(run, strained_most(run), load)
    run.scenario["systems"] = {"CIPS": {"liquidity": 0.16, "behaves_like": None}}  # twice that of the shipped system
    assert usual is not None
    assert liquidity_needed(run, strained_most(run), load) == pytest.approx(usual / 2)


def test_a_system_behaves_like_the_one_it_names_and_else_like_plain_real_time_settlement(
    make: Callable[..., Any],
) -> None:
    run = make(months=60, replicates=3)
    for series in ("settlement_load", "liquidity_held", "unsettled_share"):
        run.held[series, "MINE"] = run.held.pop((series, "CIPS"))
    load = np.array([1.5, 3.0])
    found = {}
    for like in (None, "rtgs-fifo", "CIPS"):
        run.scenario["systems"] = {"MINE": {"liquidity": None, "behaves_like": like}}
        needed = liquidity_needed(run, strained_most(run), load)
        found[like] = None if needed is None else list(needed)
    assert found[None] == found["rtgs-fifo"] != found["CIPS"]


def test_beyond_what_was_measured_there_is_no_line_and_the_note_says_so(make: Callable[..., Any]) -> None:
    run = make(months=100, replicates=3)
    run.held["settlement_load", "CIPS"] *= 1 + (run.held["settlement_load", "CIPS"] - 1) / 3
    load = np.median(run.held["settlement_load", "CIPS"], axis=0)
    assert load[-1] > 8.5
    run.held["outside_measured", "CIPS"] = np.where(run.held["settlement_load", "CIPS"] > 8.0, 1.0, 0.0)
    figure = draw(run, NAME)
    needed = line(figure, 0, "liquidity_needed")
    assert np.array_equal(np.isfinite(needed), load <= 8.0)
    assert "as far as the response was measured" in written(figure)
    assert "queues there are extrapolated" in written(figure)
    assert faults(figure) == []


def test_what_was_measured_is_not_called_extrapolated(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=3)
    run.held["outside_measured", "CIPS"][:] = 0.0
    assert "extrapolated" not in written(draw(run, NAME))


def test_without_a_response_the_third_line_is_left_out_and_nothing_is_measured(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PAYSIM_CACHE", str(tmp_path))
    monkeypatch.setattr(responses, "shipped_response", lambda key: None)
    monkeypatch.setattr(responses, "measure_response", lambda *_: pytest.fail("measured while drawing"))
    run = make(months=60, replicates=3)
    figure = draw(run, NAME)
    assert [one.get_gid() for one in data_lines(figure, 0)] == ["settlement_load", "liquidity_held"]
    assert "Needed" not in written(figure)
    assert "no more would come back" not in liquidity_against_surge_caption(run)
    run.scenario["systems"] = {"CIPS": {"behaves_like": "a system of another version"}}
    assert len(data_lines(draw(run, NAME), 0)) == 2


def test_the_caption_says_in_numbers_what_to_read(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=1)
    load, held, back = (run.held[name, "CIPS"][0] for name in ("settlement_load", "liquidity_held", "unsettled_share"))
    worst = int(np.argmax(back))
    caption = liquidity_against_surge_caption(run)
    assert f"CIPS has {load[worst]:.2g} times its payments and {held[worst]:.2g} times its usual liquidity" in caption
    assert f"{100 * back[worst]:.1f} % of the value comes back (0.5 % at the start)" in caption
    assert "times the usual no more would come back than at the start." in caption
    assert caption.split(";")[0] in written(draw(run, NAME))


def test_a_system_that_keeps_up_is_said_to(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=1)
    run.held["unsettled_share", "CIPS"][:] = 0.005
    assert liquidity_against_surge_caption(run).startswith("CIPS keeps up: at the worst, in Jul 2024,")
    assert faults(draw(run, NAME)) == []


def moving(run: Any, most: float) -> Any:
    """The run with payments that move by so much at most, and liquidity that stays."""
    change = run.held["settlement_load", "CIPS"] - 1
    run.held["settlement_load", "CIPS"] = 1 + most * change / change.max()
    run.held["liquidity_held", "CIPS"][:] = 1.0
    return run


@pytest.mark.parametrize("most", [0.0, 0.09])
def test_without_a_surge_there_is_no_figure_and_a_sentence_why(
    make: Callable[..., Any], tmp_path: Path, most: float
) -> None:
    run = moving(make(months=60, replicates=1), most)
    drawn = [text for path, text in draw_all(run, tmp_path) if path is None and text.startswith(NAME)]
    assert drawn == [f"{NAME} is not drawn: payments and liquidity hardly move in any settlement system"]
    assert not (tmp_path / f"{NAME}.png").exists()


@pytest.mark.parametrize("most", [0.11, -0.11])
def test_with_a_small_surge_or_the_contrary_there_is_one(make: Callable[..., Any], most: float) -> None:
    assert faults(draw(moving(make(months=60, replicates=1), most), NAME)) == []


def test_a_run_without_the_series_has_no_figure(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=1)
    for pair in [pair for pair in run.held if pair[0] == "liquidity_held"]:
        del run.held[pair]
    with pytest.raises(NothingToDrawError, match="holds no values of settlement_load"):
        draw(run, NAME)


@pytest.mark.parametrize("style", ["slides", "paper"])
def test_a_run_without_waiting_hours_has_two_panels(make: Callable[..., Any], style: Any) -> None:
    run = make(months=60, replicates=2)
    del run.held["waiting_hours", "CIPS"]
    figure = draw(run, NAME, style)
    assert len(figure.axes) == 2
    assert faults(figure) == []


def test_a_system_that_stands_still_is_not_chosen_for_what_comes_back(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=1)
    run.held["unsettled_share", "T2"] = 0.005 + np.linspace(0.0, 0.9, 60)[None, :]
    assert strained_most(run).system == "CIPS"
    run.held["liquidity_held", "T2"] = np.linspace(1.0, 0.5, 60)[None, :]
    assert strained_most(run).system == "T2"
