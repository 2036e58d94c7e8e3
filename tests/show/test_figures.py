"""What the drawn figures show, and that they can be read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from drawings import NAMES, data_lines, day, faults, lines, written
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

from paysim.data import catalogue
from paysim.show.figures import PLATES, draw, draw_all
from paysim.show.reading import NothingToDrawError

TRACKER_PANELS = {
    "tracker": {0: "CNY", 1: "USD", 2: "EUR"},
    "true_beside_tracker": {0: "CNY"},
    "bands_apart": dict.fromkeys((4, 5, 6, 7), "CNY"),
    "small_multiples": {15: "CNY"},
}
HISTORY = {"tracker": 12, "true_beside_tracker": 12, "bands_apart": 0, "small_multiples": 0}
MIDDLE = 14.5  # days after the first of a month


@pytest.fixture(scope="session")
def gallery(run: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Path | None, str]]]:
    """Every figure as slides, and what `draw_all` says of them."""
    folder = tmp_path_factory.mktemp("gallery")
    return folder, draw_all(run, folder)


def test_every_figure_is_written_as_png_and_svg_with_a_caption(gallery: Any) -> None:
    folder, drawn = gallery
    assert [path.name for path, _ in drawn] == [f"{name}.png" for name in NAMES]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")
    )
    for _, caption in drawn:
        assert caption.endswith(".")
        assert "nan" not in caption
        assert len(caption) > 40


def test_slides_are_sixteen_to_nine_and_paper_is_one_column_at_print_resolution(
    gallery: Any, run: Any, tmp_path: Path
) -> None:
    for path, _ in gallery[1]:
        assert imread(path).shape[:2] == (900, 1600)
    for path, _ in draw_all(run, tmp_path, "paper"):
        assert path is not None
        assert imread(path).shape[1] == (2481 if path.stem == "small_multiples" else 1050)  # A4, and 3.5 inches


def test_a_second_run_gives_the_same_bytes_whatever_the_settings_of_the_reader(
    gallery: Any, run: Any, tmp_path: Path
) -> None:
    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "red", "svg.hashsalt": None, "lines.linewidth": 9}):
        draw_all(run, tmp_path)
    for path in sorted(gallery[0].iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_no_file_says_when_it_was_made(gallery: Any) -> None:
    for path in gallery[0].glob("*.svg"):
        assert "<dc:date>" not in path.read_text()


def test_drawing_does_not_import_pyplot() -> None:
    code = "import sys, paysim.show.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", list(TRACKER_PANELS))
def test_every_tracker_chart_shows_every_published_point_of_its_months(drawn: Callable[..., Figure], name: str) -> None:
    figure = drawn(name)
    before = np.datetime64("2024-07") - HISTORY[name]
    for panel, currency in TRACKER_PANELS[name].items():
        rows = [row for row in catalogue.tracker_share(currency) if np.datetime64(row.period.first, "M") >= before]
        assert len(rows) >= 16  # July 2024 to October 2025
        (points,) = lines(figure, panel, "published")
        assert list(points.get_ydata()) == [row.value for row in rows]
        assert list(points.get_xdata()) == [day(row.period.first) + MIDDLE for row in rows]
        low, high = figure.axes[panel].get_ylim()
        assert all(low <= row.value <= high for row in rows)


def test_only_panels_of_what_is_published_carry_published_points(drawn: Callable[..., Figure]) -> None:
    for name in NAMES:
        figure = drawn(name)
        with_points = {panel for panel in range(len(figure.axes)) if lines(figure, panel, "published")}
        extra = {
            "small_multiples": {17},
            "why_the_tracker_moved": {0},
            "settlement_by_direction": {0, 1, 2, 3, 4, 5},
        }.get(name, set())
        assert with_points == set(TRACKER_PANELS.get(name, ())) | extra


def test_the_page_shows_cips_as_published_in_trillions_a_month(drawn: Callable[..., Figure]) -> None:
    (points,) = lines(drawn("small_multiples"), 17, "published")
    yearly = {row.period.first.year: row.value for row in catalogue.cips_value("year")}
    assert list(points.get_ydata()) == [yearly[2024] / 12, yearly[2025] / 12]


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("name", NAMES)
def test_no_text_meets_another_or_leaves_the_page(drawn: Callable[..., Figure], name: str, style: Any) -> None:
    figure = drawn(name, style)
    assert faults(figure) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_text_meets_another_with_many_events_at_a_time(make: Callable[..., Any], name: str) -> None:
    run = make(months=60, replicates=4)
    run.scenario["events"] += [
        {
            "at": f"202{5 + place // 4}-{1 + 3 * (place % 4):02d}-15",
            "until": f"202{6 + place // 4}-{2 + 3 * (place % 4):02d}-20",
            "ramp": 20.0 * place,
            "label": f"one more event, number {place}",
            "kind": "x",
        }
        for place in range(11)
    ]
    figure = draw(run, name)
    assert faults(figure) == []


@pytest.mark.parametrize("style", ["slides", "paper"])
def test_lines_of_one_panel_differ_without_colour(drawn: Callable[..., Figure], style: Any) -> None:
    crowded = 0
    for name in NAMES:
        figure = drawn(name, style)
        for panel in range(len(figure.axes)):
            found = data_lines(figure, panel)
            crowded += len(found) > 1
            if len(found) > 1:
                assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in found}) == len(found)
                assert len({line.get_marker() for line in found}) == len(found)
    assert crowded == 5  # currencies, true beside tracker, networks, systems, payments and liquidity


def test_bands_reach_from_the_outer_and_inner_quantiles(run: Any, drawn: Callable[..., Figure]) -> None:
    axes = drawn("currency_shares").axes[0]
    bands = [layer.get_paths()[0].vertices for layer in axes.collections if isinstance(layer, PolyCollection)]
    yuan = run.held["true_share", "CNY"]
    place = day("2035-12-01") + MIDDLE
    reached = [
        (vertices[vertices[:, 0] == place, 1].min(), vertices[vertices[:, 0] == place, 1].max()) for vertices in bands
    ]
    for low, high in ((0.05, 0.95), (0.25, 0.75)):
        assert tuple(np.quantile(yuan[:, -1], (low, high))) in [pytest.approx(pair) for pair in reached]


def test_the_line_is_the_median_in_the_middle_of_each_month(run: Any, drawn: Callable[..., Figure]) -> None:
    (line,) = [line for line in data_lines(drawn("currency_shares"), 0) if line.get_gid() == "USD"]
    assert line.get_ydata() == pytest.approx(np.median(run.held["true_share", "USD"], axis=0))
    assert line.get_xdata()[8] == day("2025-03-01") + MIDDLE


def test_who_pays_tells_target_sender_and_bystanders_apart(run: Any, drawn: Callable[..., Figure]) -> None:
    figure = drawn("who_pays")
    weights = run.scenario["trade"]
    roles = (("CHN", "HKG"), ("USA", "EUR", "ALLY"), ("RUS", "ASEAN", "GULF", "LATAM", "AFR", "SAS", "ROW"))
    for panel, groups in enumerate(roles):
        whole = sum(weights[group] * run.held["trade_index", group] for group in groups)
        mean = np.median(whole / sum(weights[group] for group in groups), axis=0)
        (line,) = data_lines(figure, panel)
        assert line.get_ydata() == pytest.approx(100 * mean)
    assert len({figure.axes[panel].get_ylim() for panel in range(3)}) == 1  # one scale, or harm cannot be compared
    assert len({figure.axes[panel].get_ylim() for panel in range(3, 6)}) == 1


def test_the_foot_gives_source_seed_command_and_that_it_is_no_forecast(run: Any, drawn: Callable[..., Figure]) -> None:
    for name in NAMES:
        words = written(drawn(name))
        assert "A model, not a forecast." in words
        assert "paysim run scenarios/cutoff.yaml --replicates 60 --seed 1" in words
        assert "seed 1" in words
        assert "Source: paysim 0.1.0" in words
        assert "network effect 0.45 (0.05 to 0.85)" in words  # the parameters in dispute stand beside every headline
        assert ("SWIFT RMB Tracker" in words) == (name in TRACKER_PANELS or name == "why_the_tracker_moved")


def test_an_unstable_base_is_named_at_the_foot(make: Callable[..., Any]) -> None:
    run = make(months=4, replicates=3)
    run.manifest["unstable"] = 2
    words = written(draw(run, "currency_shares"))
    assert "unstable base in 2 of them" in words


def left_out(run: Any) -> dict[str, str]:
    """Names of the figures that this run has nothing for, and why; the others are drawn and captioned, not saved."""
    reasons = {}
    for plate in PLATES:
        try:
            draw(run, plate.name)
            assert "nan" not in plate.caption(run)
        except NothingToDrawError as reason:
            reasons[plate.name] = str(reason)
    return reasons


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("months", "replicates", "missing"),
    [
        (1, 5, {"after_the_cut", "who_pays", "liquidity_against_surge", "why_the_tracker_moved", "bands_apart"}),
        (2, 1, {"after_the_cut", "who_pays", "liquidity_against_surge", "bands_apart"}),
        (6, 3, {"after_the_cut", "who_pays", "liquidity_against_surge"}),
        (33, 1, {"liquidity_against_surge", "bands_apart"}),  # ends in the month of the cut
    ],
)
def test_short_runs_and_single_replicates_are_drawn_as_far_as_they_go(
    make: Callable[..., Any], months: int, replicates: int, missing: set[str]
) -> None:
    assert set(left_out(make(months=months, replicates=replicates))) == missing


@pytest.mark.filterwarnings("error")
def test_what_cannot_be_drawn_is_not_written_and_its_sentence_says_why(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    results = draw_all(make(months=1, replicates=5), tmp_path)
    absent = {name: sentence for name, (path, sentence) in zip(NAMES, results, strict=True) if path is None}
    assert absent["who_pays"] == "who_pays is not drawn: the cut of Mar 2027 is outside the months of the run"
    assert {path.stem for path in tmp_path.iterdir()} == set(NAMES) - set(absent)
    assert len(absent) == 5


def test_one_replicate_has_no_bands_and_says_so(make: Callable[..., Any]) -> None:
    figure = draw(make(months=12, replicates=1), "currency_shares")
    assert not figure.axes[0].collections
    assert any("no bands" in text.get_text() for text in figure.texts)


@pytest.mark.filterwarnings("error")
def test_months_without_a_value_are_gaps(make: Callable[..., Any]) -> None:
    run = make(months=40, replicates=3)
    for values in run.held.values():
        values[:, 10:14] = np.nan
    assert left_out(run) == {"why_the_tracker_moved": "the yuan's tracker is not defined in one of the two months"}
    figure = draw(run, "currency_shares")
    figure.canvas.draw()
    assert list(np.flatnonzero(np.isnan(data_lines(figure, 0)[0].get_ydata()))) == [10, 11, 12, 13]


def test_a_run_without_a_cut_says_why_two_figures_are_missing(make: Callable[..., Any]) -> None:
    run = make(months=60, replicates=3)
    run.scenario["events"] = []
    assert left_out(run) == dict.fromkeys(("after_the_cut", "who_pays"), "no message network is cut in this scenario")


def test_a_missing_series_leaves_out_its_figures_only(make: Callable[..., Any]) -> None:
    run = make(months=40, replicates=3)
    for pair in [pair for pair in run.held if pair[0] in ("tracker_share", "message_share", "cips_value")]:
        del run.held[pair]
    run.apart.clear()
    assert left_out(run) == {
        **dict.fromkeys(
            ("tracker", "true_beside_tracker", "why_the_tracker_moved"), "the run holds no values of tracker_share[CNY]"
        ),
        "bands_apart": "the run did not draw its sources of uncertainty apart",
    }


@pytest.mark.filterwarnings("error")
def test_a_run_that_holds_nothing_draws_nothing(make: Callable[..., Any], tmp_path: Path) -> None:
    run = make(months=3, replicates=2)
    run.held.clear()
    assert all(path is None for path, _ in draw_all(run, tmp_path))
    assert not list(tmp_path.iterdir())


def test_trade_that_hardly_moves_is_not_drawn_as_a_fall(make: Callable[..., Any]) -> None:
    run = make(months=40, replicates=2)
    for pair, values in run.held.items():
        if pair[0] == "trade_index":
            values[:] = 1.0 + 1e-12 * np.arange(40)
    for name in ("small_multiples", "who_pays"):
        low, high = draw(run, name).axes[0].get_ylim()
        assert low <= 90
        assert high >= 100


def test_more_currencies_than_colours_of_their_own_stay_apart(make: Callable[..., Any]) -> None:
    run = make(months=24, replicates=2)
    for key in ("GBP", "JPY", "RUB"):
        run.held["true_share", key] = run.held["true_share", "CNY"] * 0.5
    drawn = data_lines(draw(run, "currency_shares"), 0)
    assert len({line.get_color() for line in drawn}) == len({line.get_marker() for line in drawn}) == 7
    assert faults(draw(run, "currency_shares", "paper")) == []
