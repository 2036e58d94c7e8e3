import builtins
import json
import shutil

import fakes
import numpy as np
import pytest

from paysim.errors import ResultsError
from paysim.study import results as module
from paysim.study.ensemble import run_ensemble
from paysim.study.results import load_results
from paysim.study.series import SERIES, series_table

EVENTS = (
    fakes.Event("2024-09-01T00:00:00Z", "steering", "Steering", premise=True),
    fakes.Event("2024-11-04T16:00:00Z", "disconnection", "China off SWIFT", groups=("CHN",), by=("USA",)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("results") / "run"
    run_ensemble(fakes.small(events=EVENTS), out, command="none", workers=1, engine=fakes.Engine())
    return out


@pytest.fixture
def results(folder):
    return load_results(folder)


def test_a_run_opens_from_text_and_path_and_tells_its_series_and_keys(folder, results):
    assert load_results(str(folder)).manifest == results.manifest
    assert results.series_names() == tuple(sorted(fakes.record(fakes.small(), 1, 0, ()).series))
    assert results.keys("true_share") == fakes.CURRENCIES
    assert results.keys("message_share") == ()


def test_the_table_is_long_tidy_and_a_data_frame_where_pandas_is(results):
    table, frame = results.table(), results.to_pandas()
    assert table.column_names == ["replicate", "date", "series", "key", "value"]
    assert len(frame) == table.num_rows == results.manifest["rows"]
    chosen = frame[(frame.series == "true_share") & (frame.key == "CNY") & (frame.replicate == 2)]
    np.testing.assert_array_equal(chosen.value, results.values("true_share", "CNY")[1][2])
    assert str(chosen.date.iloc[0])[:10] == "2024-07-01"


def test_without_pandas_the_error_says_what_to_do(results, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"table\(\)"):
        results.to_pandas()


def test_values_and_quantiles_agree_and_keep_undefined_months_undefined(results):
    dates, values = results.values("delay_hours", "option1")
    assert dates.dtype == np.dtype("datetime64[D]")
    assert np.isnan(values[:, 0]).all()
    _, quantiles = results.quantiles("delay_hours", "option1")
    assert np.isnan(quantiles[0.5][0])
    np.testing.assert_allclose(quantiles[0.25][1:], np.quantile(values[:, 1:], 0.25, axis=0), rtol=1e-15)


def test_a_run_too_large_to_hold_is_read_piece_by_piece_with_the_same_values(folder, results, monkeypatch):
    _, held = results.values("true_share", "EUR")
    monkeypatch.setattr(module, "_HELD", 0)
    np.testing.assert_array_equal(load_results(folder).values("true_share", "EUR")[1], held)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda results: results.values("nothing"), "no series 'nothing'"),
        (lambda results: results.values("true_share", "GBP"), "no key 'GBP'"),
        (lambda results: results.quantiles("true_share", "CNY", "weather"), "no band of 'weather'"),
    ],
)
def test_what_a_run_does_not_hold_is_a_key_error_that_names_what_there_is(results, call, message):
    with pytest.raises(KeyError, match=message):
        call(results)


def test_the_scenario_comes_with_labels_names_and_trade(results):
    scenario = results.scenario
    assert [event["label"] for event in scenario["events"]] == ["Steering", "China off SWIFT"]
    assert scenario["names"]["CHN"] == "China"
    assert scenario["trade"] == {"USA": 3.0, "CHN": 5.0}


def test_the_draws_hold_every_fact_of_every_replicate(results):
    draws = results.draws()
    records = [fakes.record(fakes.small(), 1, replicate, fakes.SOURCES) for replicate in range(6)]
    np.testing.assert_array_equal(draws["cost_sensitivity"], [record.facts["cost_sensitivity"] for record in records])
    assert draws["unstable"].tolist() == [record.facts["unstable"] for record in records]
    assert draws["replicate"].tolist() == list(range(6))


def spoilt(folder, tmp_path, **changes):
    shutil.copytree(folder, tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest | changes))
    return tmp_path / "run"


def test_a_later_format_is_refused_by_number(folder, tmp_path):
    with pytest.raises(ResultsError, match="format 2; this version of paysim reads format 1"):
        load_results(spoilt(folder, tmp_path, format=2))


def test_the_manifest_of_another_program_is_refused(folder, tmp_path):
    with pytest.raises(ResultsError, match="not written by paysim"):
        load_results(spoilt(folder, tmp_path, program="other"))


def test_the_folder_of_a_settlement_is_not_opened_as_a_run(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "settled")
    manifest = {**load_results(folder).manifest, "kind": "settlement"}
    (tmp_path / "settled" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ResultsError, match="holds a settlement, not a run"):
        load_results(tmp_path / "settled")


def test_a_folder_without_a_run_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ResultsError, match="no finished run"):
            load_results(place)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ResultsError, match="cannot be read"):
        load_results(tmp_path)


def test_a_missing_file_is_named_when_it_is_needed(folder, tmp_path):
    place = spoilt(folder, tmp_path)
    (place / "series.parquet").unlink()
    with pytest.raises(ResultsError, match=r"series\.parquet is missing"):
        load_results(place).table()


def test_every_series_that_is_a_share_says_of_what():
    for series in SERIES.values():
        assert series.description
        assert series.key
        if series.unit == "fraction" or series.unit.startswith("index"):
            assert series.denominator, series.name


def test_the_table_of_series_has_a_row_for_each():
    rows = [line.split("`")[1] for line in series_table().splitlines()[2:]]
    assert rows == list(SERIES)
