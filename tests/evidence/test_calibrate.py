"""Calibration: what it is held against, that it repeats and goes on where it stopped, that it finds what is planted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from paysim.cli.main import main
from paysim.data import catalogue
from paysim.evidence import calibrated
from paysim.evidence.calibrate import DRIFT, Sample, design, priors, simulate
from paysim.evidence.posterior import LEVELS, Columns, coverage
from paysim.evidence.posterior_words import paragraphs, section
from paysim.evidence.targets import EXPORTS, FAMILIES, IMPORTS, RUSSIA, YUAN, covariance, targets
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.uncertain import Uncertain
from paysim.study.progress import Progress

POINTS = 16


def made(seed: int = 3, points: int = 256, *, tells: bool = True, shift: float = 0.0) -> Sample:
    """A sample whose figures hang on inertia alone, or on nothing."""
    units, of = design(points), targets()
    noise = np.random.default_rng(seed).random(points)
    told = units[:, [prior.name for prior in priors()].index("inertia")] if tells else noise
    missed = np.array([one.family.discrepancy.best for one in of])
    values = np.array([one.seen.value for one in of]) + 4.0 * missed * (told[:, None] - 0.2 + shift)
    return Sample(tuple(prior.name for prior in priors()), units, of, values, points, np.ones(points))


def none(sample: Sample) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.zeros((0, 0, len(sample.of)))


# -- what it is held against ----------------------------------------------------------------------------------------


def test_every_target_is_a_packaged_figure_with_grade_and_date() -> None:
    tables = ("russia_settlement", "swift_currency_share", "china_rmb_settlement")
    rows = [row for name in tables for row in catalogue.series(name).rows]
    for one in targets():
        assert one.seen in rows
        assert one.seen.grade not in ("X", "J")
        assert one.seen.source


def test_no_target_is_of_a_story_that_is_given_what_it_is_asked() -> None:
    """Steering is a premise of the stories of 2024 and 2025: nothing of these years' tracker is a target."""
    assert {one.family.story for one in targets()} == {RUSSIA, YUAN}
    assert all(one.seen.period.text < "2017" for one in targets() if one.family.story == YUAN)


def test_exports_and_later_imports_are_held_out() -> None:
    fitted = [one for one in targets() if one.family.fitted and one.family.story == RUSSIA]
    assert fitted
    assert all(one.seen.key == ("import",) and one.seen.period.text < "2023-12" for one in fitted)
    held = [one for one in targets() if one.family is EXPORTS]
    assert len(held) > 10
    assert not EXPORTS.fitted


def test_errors_are_judgements_with_ranges_and_reasons() -> None:
    for family in FAMILIES:
        for error in (family.own, family.discrepancy):
            assert 0.0 < error.low < error.best < error.high
            assert error.reason


@pytest.mark.parametrize("which", ["low", "best", "high"])
def test_errors_of_fitted_figures_make_a_law(which: str) -> None:
    fitted = [one for one in targets() if one.family.fitted]
    assert np.linalg.eigvalsh(covariance(fitted, which)).min() > 0.0


def test_what_is_too_much_in_one_currency_lacks_in_another() -> None:
    of = [one for one in targets() if one.family is IMPORTS and one.seen.period.text == "2023-06"]
    errors = covariance(of)
    assert len(of) == 3
    assert np.all(errors[~np.eye(3, dtype=bool)] < 0.0)
    own, missed = IMPORTS.own.best, IMPORTS.discrepancy.best
    assert np.ones(3) @ errors @ np.ones(3) == pytest.approx(3 * own**2)
    assert errors[0, 0] == pytest.approx(own**2 + missed**2)


def test_the_priors_are_those_of_the_schema() -> None:
    uncertain = {
        name: one.default for name, one in Behaviour.model_fields.items()
        if isinstance(one.default, Uncertain) and one.default.distribution != "fixed"
    }  # fmt: skip
    assert {prior.name: prior.range for prior in priors() if prior.name != DRIFT} == uncertain


def test_a_longer_sample_begins_with_the_shorter() -> None:
    assert np.array_equal(design(64)[:32], design(32))
    assert not np.array_equal(design(32, 2), design(32, 1))


# -- what is said ---------------------------------------------------------------------------------------------------


def test_it_says_what_moved_and_by_how_much() -> None:
    sample = made()
    data = calibrated.found(sample, none(sample), "paysim evidence calibrate")
    rows = {row["name"]: row for row in data["parameters"]}
    assert [name for name, row in rows.items() if row["moved"]] == ["inertia"]
    assert rows["inertia"]["width"][2] < 0.9
    assert rows["inertia"]["by"]
    assert rows["inertia"]["posterior"][1] < rows["inertia"]["prior"][1]
    text = paragraphs(data)
    assert text[0] == "The figures moved 1 of 32 uncertain parameters further than chance does: inertia."
    stayed = next(line for line in text if line.startswith("The data did not move 31"))
    assert "bypass share" in stayed
    assert "inertia," not in stayed.replace("crisis inertia,", "")


def test_figures_that_hang_on_no_parameter_move_none() -> None:
    sample = made(tells=False)
    data = calibrated.found(sample, none(sample), "")
    assert not any(row["moved"] for row in data["parameters"])
    assert paragraphs(data)[0] == "The figures moved none of 32 uncertain parameters further than chance does."


def test_larger_errors_tell_less() -> None:
    sample = made()
    rows = calibrated.found(sample, none(sample), "")["parameters"]
    one = next(row for row in rows if row["name"] == "inertia")
    assert one["errors"]["low"]["width"] < one["width"][0] < one["errors"]["high"]["width"]


def test_a_posterior_at_the_end_of_its_range_is_said_to_lean_there() -> None:
    sample = made()
    data = calibrated.found(made(shift=0.5), none(sample), "")
    assert any("inertia leans on the low end" in line for line in paragraphs(data))
    assert not any("leans" in line for line in paragraphs(calibrated.found(sample, none(sample), "")))


def test_the_event_engine_is_held_beside_the_mean_field() -> None:
    sample = made()
    places = calibrated.confirmed(sample)
    events = sample.values[places][:, None] + np.array([0.01, 0.03])[None, :, None]
    data = calibrated.found(sample, np.asarray(events), "")
    for family in data["families"]:
        assert family["events"] == pytest.approx(0.02)
    assert any("the mean field" in line and "2.00 ±" in line for line in paragraphs(data))


def test_the_section_of_the_page_has_every_parameter() -> None:
    text = section(calibrated.shipped())
    for name in ("cost sensitivity", "hub margin", "switching"):
        assert f"| {name} |" in text


# -- the package ----------------------------------------------------------------------------------------------------


def test_the_shipped_posterior_is_of_these_figures_and_priors() -> None:
    data = calibrated.shipped()
    assert {name: data["inputs"][name] for name in ("priors", "figures")} == calibrated.inputs(targets()), (
        f"run `{data['command']}` and copy posterior.json to src/paysim/data"
    )
    assert calibrated.text(data) == (catalogue.FOLDER / calibrated.FILE).read_text(encoding="utf-8")


def test_the_shipped_posterior_holds_no_place_and_no_time() -> None:
    text = (catalogue.FOLDER / calibrated.FILE).read_text(encoding="utf-8")
    assert "/work" not in text
    assert "/home" not in text
    assert "/tmp" not in text
    assert set(json.loads(text)["draws"]) == {prior.name for prior in priors() if prior.name != DRIFT}


def test_the_shipped_intervals_hold_what_they_say() -> None:
    """Of every parameter, within 4 standard errors: 66 shares fail in one calibration of 240."""
    made_by_itself = calibrated.shipped()["coverage"]
    assert made_by_itself["plants"] >= 200
    for level in LEVELS:
        one = made_by_itself["levels"][str(level)]
        assert all(abs(share - level) < 4 * one["error"] for share in one["share"].values())


# -- running --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "near"), [("100", "128"), ("8", "16")])
def test_a_number_of_points_that_cannot_be_is_refused(points: str, near: str, tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["evidence", "calibrate", "--points", points, "--out", str(tmp_path / "out")])
    assert found.exit_code == 2
    assert f"such as {near}" in found.output
    assert not (tmp_path / "out").exists()


class Stopping(Progress):
    """Stops like Ctrl-C after so many blocks."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, count: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


class Counting(Progress):
    """Notes how many points each phase found there already."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    def start(self, label: str, total: int, done: int = 0) -> None:
        self.kept.append(done)


@pytest.mark.slow
def test_it_goes_on_where_it_stopped_and_workers_do_not_matter(tmp_path: Path) -> None:
    of = [one for one in targets() if one.family.story == YUAN]
    whole = simulate(POINTS, tmp_path / "whole", workers=2, of=of)
    with pytest.raises(KeyboardInterrupt):
        simulate(POINTS, tmp_path / "parts", workers=1, of=of, progress=Stopping(3))
    counting = Counting()
    parts = simulate(POINTS, tmp_path / "parts", workers=1, of=of, progress=counting)
    assert counting.kept[0] > 0
    assert np.array_equal(whole.units, parts.units)
    assert np.array_equal(whole.values, parts.values)


@pytest.mark.slow
def test_the_command_gives_the_same_bytes_with_one_worker_and_two(tmp_path: Path) -> None:
    files = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        command = ["evidence", "calibrate", "--points", "16", "--out", str(out), "--workers", workers, "--no-events"]
        found = CliRunner().invoke(main, command)
        assert found.exit_code == 0, found.output
        files.append({path.relative_to(out): path.read_bytes() for path in (out / "posterior").rglob("*.*")})
    assert files[0] == files[1]
    assert any(path.name == calibrated.FILE for path in files[0])
    assert not any(str(tmp_path).encode() in content for content in files[0].values())


@pytest.mark.slow
def test_the_mean_field_finds_what_is_planted(tmp_path: Path) -> None:
    """Figures of the yuan 2015 made by the mean field at 96 points: shares within 4 standard errors of their levels.

    Of 33 parameters at two levels; the fall of demand, which these figures tell of, must be narrowed as well.
    """
    of = [one for one in targets() if one.family.story == YUAN]
    sample = simulate(128, tmp_path, workers=2, of=of)
    at = sample.columns(fitted=True)
    columns = Columns(sample.units)
    found = coverage(columns, sample.values[:, at], covariance(of), sample.density, range(96))
    for level, shares in zip(LEVELS, found.share, strict=True):
        assert np.all(np.abs(shares - level) < 4 * found.error(level))
    drift = sample.names.index(DRIFT)
    low, high = columns.quantiles(sample.weigh(at), (0.05, 0.95))[:, drift]
    assert high - low < 0.85


@pytest.mark.slow
def test_the_shipped_sample_is_what_the_model_gives_today(tmp_path: Path) -> None:
    """The first points again: their figures enter the digest, so that a changed model asks for a new calibration."""
    sample = simulate(POINTS, tmp_path, workers=2)
    shipped = calibrated.shipped()["first_figures"]
    now = {one.id: sample.values[0, place] for place, one in enumerate(sample.of)}
    assert now == pytest.approx(shipped, rel=1e-4), "the model moved: run `paysim evidence calibrate` and copy"
