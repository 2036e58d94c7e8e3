import hashlib
from dataclasses import replace

import fakes
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from paysim.engine.record import Record
from paysim.study.pieces import SCHEMA, missing, piece_path, read_piece, record_table, write_piece

RUN = "a" * 64


def drawn(replicate=0, **changes):
    return fakes.record(fakes.small(**changes), 1, replicate, fakes.SOURCES)


def test_rows_are_sorted_by_series_key_and_date_and_hold_every_value_of_the_record():
    record = drawn()
    table = record_table(record, 7)
    rows = list(zip(*(table.column(name).to_pylist() for name in ("series", "key", "date")), strict=True))
    assert rows == sorted(rows)
    assert table.schema == SCHEMA
    assert set(table.column("replicate").to_pylist()) == {7}
    for series, (keys, values) in record.series.items():
        for place, key in enumerate(keys):
            chosen = table.filter((pc.field("series") == series) & (pc.field("key") == key))
            np.testing.assert_array_equal(chosen.column("value").to_numpy(), values[:, place])
            assert str(chosen.column("date")[0]) == "2024-07-01"


def test_a_value_that_is_not_defined_is_null_and_no_other_is():
    record = drawn()
    undefined = sum(int(np.isnan(values).sum()) for _, values in record.series.values())
    assert record_table(record, 0).column("value").null_count == undefined == 2


def test_a_piece_reads_back_as_written_with_the_keys_in_their_own_order(tmp_path):
    record = drawn()
    write_piece(tmp_path, record, 3, RUN)
    piece = read_piece(tmp_path, 3, RUN)
    assert piece is not None
    assert piece.layout.keys["true_share"] == ("USD", "EUR", "OTH", "CNY")  # sorted only in the rows
    np.testing.assert_array_equal(piece.layout.months, record.months)
    assert piece.facts == record.facts
    assert piece.table().equals(record_table(record, 3))
    assert [path.name for path in tmp_path.iterdir()] == ["000003.parquet"]


def test_equal_records_give_equal_bytes_whatever_the_order_of_their_series(tmp_path):
    record = drawn()
    turned = replace(record, series=dict(reversed(record.series.items())))
    for folder, one in (("a", record), ("b", turned)):
        pq.write_table(record_table(one, 0), tmp_path / folder, compression="zstd")
    one, two = (hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in "ab")
    assert one == two


def test_pieces_of_another_run_and_damaged_ones_count_as_missing(tmp_path):
    for replicate in range(4):
        write_piece(tmp_path, drawn(replicate), replicate, RUN if replicate != 1 else "b" * 64)
    whole = piece_path(tmp_path, 2).read_bytes()
    piece_path(tmp_path, 2).write_bytes(whole[: len(whole) // 2])
    piece_path(tmp_path, 3).write_bytes(b"")
    assert missing(tmp_path, range(5), RUN) == [1, 2, 3, 4]


def test_a_fact_that_is_no_number_text_or_truth_value_is_refused_and_leaves_no_file(tmp_path):
    record = replace(drawn(), facts={"list": [1, 2]})
    with pytest.raises(TypeError, match="a fact is"):
        write_piece(tmp_path, record, 0, RUN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("months", "values", "message"),
    [
        (np.array(["2024-01", "2024-03"], "datetime64[M]"), np.zeros((2, 1)), "gap"),
        (np.array(["2024-01", "2024-02"], "datetime64[D]"), np.zeros((2, 1)), "datetime64"),
        (np.array(["2024-01", "2024-02"], "datetime64[M]"), np.zeros((2, 2)), "must be"),
        (np.array(["2024-01", "2024-02"], "datetime64[M]"), np.zeros((2, 1), np.float32), "float64"),
    ],
)
def test_a_record_refuses_months_and_values_that_do_not_fit(months, values, message):
    with pytest.raises(ValueError, match=message):
        Record(months, {"x": (("a",), values)})


def test_a_record_refuses_a_key_twice():
    with pytest.raises(ValueError, match="twice"):
        Record(np.array(["2024-01"], "datetime64[M]"), {"x": (("a", "a"), np.zeros((1, 2)))})
