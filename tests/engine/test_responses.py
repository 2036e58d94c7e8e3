"""Responses that are shipped, cached or measured: which of the three, and what happens to a cache that is broken."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paysim.data import response_files
from paysim.data.response_files import SHIPPED, cache_folder, read_response, write_response
from paysim.engine import responses
from paysim.engine.responses import as_table, from_table, response_of
from paysim.engine.systems import settlement_system
from paysim.errors import DataError
from paysim.networks.response import AMPLE, MEASURES
from paysim.networks.response_measure import measure_points, measure_response
from paysim.networks.response_plan import Plan, response_key, thorough_plan
from paysim.scenario.system_loading import shipped_systems

PLAN = Plan((0.5, 1.0), (0.0, 1.0, AMPLE), 2)
NAMES = shipped_systems()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "responses"


@pytest.fixture
def measured(monkeypatch):
    """Names of the systems that were measured, not read."""
    names = []

    def counted(system, *arguments):
        names.append(system.name)
        return measure_response(system, *arguments)

    monkeypatch.setattr(responses, "measure_response", counted)
    return names


@pytest.fixture(scope="module")
def mine():
    system = settlement_system("rtgs-fifo")
    traffic = replace(system.traffic, payments=400, participants=5, core=2, core_share=0.6, value=1e9)
    return replace(system, name="mine", traffic=traffic)


def shipped(name):
    return from_table(read_response(SHIPPED / f"{name}.csv"))


# --- shipped --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_response_is_current(name):
    system = settlement_system(name)
    found = shipped(name)
    assert found.key == response_key(system, thorough_plan(system)), "run: python docs/tools/response_files.py"
    assert found.days == thorough_plan(system).days


def test_measuring_cips_again_gives_the_shipped_numbers():
    system, found, value, levels = settlement_system("CIPS"), shipped("CIPS"), 0.25, (0.1, 0.2)
    measures, errors = measure_points(system, thorough_plan(system), value, levels)
    columns = np.isin(found.liquidity, levels)
    for name in MEASURES:
        expected = getattr(found, name)[found.value == value][0, columns]
        assert (expected > 0).all()
        assert measures[name] == pytest.approx(expected, rel=1e-4)  # libraries of mathematics differ in the last digit
        assert errors[name] == pytest.approx(found.errors[name][found.value == value][0, columns], rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["CIPS", "HK-RMB", "rtgs-priority"])
def test_measuring_a_row_again_gives_the_shipped_numbers(name):
    system, found = settlement_system(name), shipped(name)
    plan = thorough_plan(system)
    measures, _ = measure_points(system, plan, 2.0, plan.liquidity)
    for measure in MEASURES:
        expected = getattr(found, measure)[found.value == 2.0][0]
        np.testing.assert_allclose(measures[measure], expected, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_system_is_read_and_not_measured_whatever_its_name(name, cache, monkeypatch):
    def refused(*_):
        raise AssertionError("it is measured")

    monkeypatch.setattr(responses, "measure_response", refused)
    system = replace(settlement_system(name), name="renamed")
    assert response_of(system).digest == shipped(name).digest
    assert not cache.exists()


@pytest.mark.parametrize("name", NAMES)
def test_with_ample_liquidity_a_shipped_response_is_exactly_zero(name):
    found = shipped(name)
    for measure in ("delay_hours", "waiting_hours", "unsettled_share"):
        assert (getattr(found, measure)[:, -1] == 0.0).all()
        assert (getattr(found.at(found.value, AMPLE), measure) == 0.0).all()


@pytest.mark.parametrize("name", NAMES)
def test_more_liquidity_never_makes_a_shipped_response_worse_beyond_its_error(name):
    found = shipped(name)
    for measure in ("waiting_hours", "unsettled_share"):
        table, error = getattr(found, measure), found.errors[measure]
        rise, doubt = np.diff(table, axis=1), np.hypot(error[:, 1:], error[:, :-1])
        assert (rise <= 3.0 * doubt + 1e-9).all()


def test_halving_the_liquidity_of_cips_raises_delay_and_unsettled_share():
    found = shipped("CIPS")
    half, usual = found.at(1.0, 0.5), found.at(1.0, 1.0)
    assert half.waiting_hours > 2.0 * usual.waiting_hours
    assert half.unsettled_share > usual.unsettled_share + 0.05


def test_a_surge_at_usual_liquidity_leaves_more_of_cips_unsettled_step_by_step():
    shares = shipped("CIPS").at([1.0, 1.5, 2.0, 3.0, 5.0], 1.0).unsettled_share
    assert (np.diff(shares) > 0.005).all()


# --- cached and measured --------------------------------------------------------------------------------------------


def test_a_system_of_ones_own_is_measured_once_with_progress_and_then_read(mine, cache, measured):
    told = []
    first = response_of(mine, plan=PLAN, progress=lambda *step: told.append(step))
    second = response_of(mine, plan=PLAN, progress=lambda *step: told.append(step))
    assert measured == ["mine"]
    assert told[-1] == (PLAN.points, PLAN.points)
    assert len(told) == PLAN.points
    assert first.digest == second.digest
    assert [file.name for file in cache.iterdir()] == [f"{first.key}.csv"]


def test_a_change_of_the_system_is_measured_anew(mine, cache, measured):
    response_of(mine, plan=PLAN)
    response_of(replace(mine, prefunding=replace(mine.prefunding, value=0.3)), plan=PLAN)
    response_of(mine, seed=2, plan=PLAN)
    assert len(measured) == len(list(cache.iterdir())) == 3


def broken(text):
    lines = text.splitlines(keepends=True)
    return {
        "empty": "",
        "cut off": text[: len(text) // 2],
        "a digit changed": text.replace("0.5,1,", "0.5,2,", 1),
        "not text": "\udcff",
        "of another format": text.replace("response 1", "response 2", 1),
        "of another system": text.replace("# key: ", "# key: f", 1),
        "without a column": "".join([*lines[:6], *(line.partition(",")[2] for line in lines[6:])]),
    }


@pytest.mark.parametrize("fault", broken("a\n" * 9))
def test_a_broken_file_of_the_cache_is_measured_again_and_replaced(fault, mine, cache, measured):
    first = response_of(mine, plan=PLAN)
    file = cache / f"{first.key}.csv"
    good = file.read_text()
    file.write_bytes(broken(good)[fault].encode(errors="surrogateescape"))
    assert response_of(mine, plan=PLAN).digest == first.digest
    assert measured == ["mine", "mine"]
    assert file.read_text() == good


def test_a_file_with_a_right_check_sum_but_no_grid_is_measured_again(mine, cache, measured):
    first = response_of(mine, plan=PLAN)
    table = as_table(first, "mine")
    shuffled = replace(table, columns={name: column[::-1] for name, column in table.columns.items()})
    write_response(shuffled, cache / f"{first.key}.csv")
    assert response_of(mine, plan=PLAN).digest == first.digest
    assert measured == ["mine", "mine"]


def test_a_cache_that_cannot_be_written_is_done_without(mine, tmp_path, monkeypatch, measured):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PAYSIM_CACHE", str(tmp_path / "file"))
    one, two = response_of(mine, plan=PLAN), response_of(mine, plan=PLAN)
    assert one.digest == two.digest
    assert measured == ["mine", "mine"]
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(mine, cache, monkeypatch):
    first = response_of(mine, plan=PLAN)
    before = {file.name: file.read_bytes() for file in cache.iterdir()}

    def refused(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "replace", refused)
    assert response_files.keep_response(as_table(first, "mine")) is False
    assert {file.name: file.read_bytes() for file in cache.iterdir()} == before


def test_a_table_survives_its_file_to_the_last_bit(mine, tmp_path):
    response = measure_response(mine, plan=PLAN)
    write_response(as_table(response, "mine"), tmp_path / "one.csv")
    assert from_table(read_response(tmp_path / "one.csv")).digest == response.digest
    assert b"\r" not in (tmp_path / "one.csv").read_bytes()


def test_a_broken_shipped_file_is_told(tmp_path):
    (tmp_path / "CIPS.csv").write_text("# paysim response 1\n")
    with pytest.raises(DataError, match=r"CIPS\.csv"):
        read_response(tmp_path / "CIPS.csv")


def test_the_cache_is_where_the_platform_has_it_unless_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("PAYSIM_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for platform, expected in (
        ("linux", ".cache/paysim/responses"),
        ("darwin", "Library/Caches/paysim/responses"),
        ("win32", "AppData/Local/paysim/Cache/responses"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_folder() == tmp_path / expected
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder() == tmp_path / ".cache/paysim/responses"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg/paysim/responses"
    monkeypatch.setenv("PAYSIM_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own/responses"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_cached_file_can_be_read_by_others(mine, cache):
    key = response_of(mine, plan=PLAN).key
    assert (cache / f"{key}.csv").stat().st_mode & 0o044
