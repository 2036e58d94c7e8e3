import csv

import fakes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from paysim.study import quantiles as module
from paysim.study.pieces import read_piece, write_piece
from paysim.study.quantiles import QUANTILES, quantiles, write_summary

RUN = "a" * 64
NUMBER = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 12).flatmap(lambda count: arrays(float, (count, 3), elements=NUMBER)))
def test_quantiles_are_those_of_the_values_that_are_defined(values):
    found = quantiles(values)
    for column in range(3):
        defined = values[~np.isnan(values[:, column]), column]
        if defined.size:
            np.testing.assert_allclose(found[:, column], np.quantile(defined, QUANTILES), rtol=1e-12, atol=1e-9)
        else:
            assert np.isnan(found[:, column]).all()


def test_a_quantile_on_a_replicate_is_that_replicate_even_beside_an_infinite_one():
    values = np.array([[1.0], [2.0], [3.0], [4.0], [np.inf]])
    assert quantiles(values)[:3, 0].tolist() == [pytest.approx(1.2), 2.0, 3.0]
    assert quantiles(values)[3, 0] == 4.0


@pytest.fixture
def pieces(tmp_path):
    for replicate in range(5):
        write_piece(tmp_path, fakes.record(fakes.small(), 1, replicate, fakes.SOURCES), replicate, RUN)
    return [read_piece(tmp_path, replicate, RUN) for replicate in range(5)]


def test_the_size_of_a_block_changes_nothing(tmp_path, monkeypatch, pieces):
    write_summary(tmp_path / "one.csv", {"all": pieces})
    monkeypatch.setattr(module, "BLOCK", 5 * 7)  # seven rows at a time, across the borders of series
    write_summary(tmp_path / "many.csv", {"all": pieces})
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()


def test_the_summary_holds_every_quantile_in_full_and_nothing_where_not_defined(tmp_path, pieces):
    write_summary(tmp_path / "summary.csv", {"all": pieces, "none": pieces[:1]})
    with (tmp_path / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * pieces[0].layout.rows
    place = ("2024-09-01", "true_share", "CNY", "all")
    row = next(row for row in rows if tuple(row[name] for name in ("date", "series", "key", "source")) == place)
    expected = np.quantile([piece_values(piece, "true_share", "CNY")[2] for piece in pieces], QUANTILES)
    np.testing.assert_allclose([float(row[name]) for name in module.COLUMNS], expected, rtol=1e-15)
    undefined = [r for r in rows if r["series"] == "delay_hours" and r["date"] == "2024-07-01"]
    assert undefined
    assert all(r["p50"] == "" for r in undefined)


def piece_values(piece, series, key):
    start = piece.layout.pairs().index((series, key)) * len(piece.layout.months)
    return piece.values()[start : start + len(piece.layout.months)]
