"""Tables of payments and of liquidity: exact values, order, names, and every problem at its place."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim.errors import DataError, InputError
from paysim.scenario import table_values
from paysim.scenario.liquidity_table import read_liquidity
from paysim.scenario.payments_table import in_order, read_payments
from paysim.scenario.table_values import LARGEST, DayClock
from paysim.words import said

HOUR = 3600
EVEN = np.arange(3 * 1440, dtype=np.int64) * 60
DAYTIME = DayClock(8 * HOUR, 18 * HOUR, EVEN)
EVENING = DayClock(21 * HOUR, 42 * HOUR, EVEN)  # opens at 21:00 and closes at 18:00 of the next day
HEADER = "id,time,sender,receiver,amount"


def table(tmp_path, *lines, name="payments.csv", clock=DAYTIME, minor_units=2):
    file = tmp_path / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_payments(file, clock, minor_units, "USD")


def amounts(tmp_path, *cells, minor_units=2):
    rows = [f'{row},09:00,A,B,"{cell}"' for row, cell in enumerate(cells)]
    return table(tmp_path, HEADER, *rows, minor_units=minor_units).amount.tolist()


def problems(tmp_path, *lines, **options):
    with pytest.raises(DataError) as caught:
        table(tmp_path, *lines, **options)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


# --- amounts ----------------------------------------------------------------------------------------------------------


def test_a_tenth_is_exactly_ten_cents_and_zeros_at_the_end_cost_nothing(tmp_path):
    assert amounts(tmp_path, "0.1", "0.10", "0.100000", "1", "1.", "0012.34") == [10, 10, 10, 100, 100, 1234]
    assert amounts(tmp_path, "7.000", "12", minor_units=0) == [7, 12]


def test_the_largest_amount_of_64_bits_is_read_to_the_unit(tmp_path):
    assert amounts(tmp_path, "92233720368547758.07") == [LARGEST]


@given(st.lists(st.integers(1, LARGEST), min_size=1, max_size=20), st.integers(0, 4))
def test_decimal_text_and_minor_units_are_the_same_number(wanted, minor_units):
    text = pa.array([format(Decimal(amount).scaleb(-minor_units), "f") for amount in wanted])
    read, wrong = table_values.amounts(text, minor_units)
    assert read.tolist() == wanted
    assert not wrong.any()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-5", "negative"),
        ("1e6", "scientific notation"),
        ("1E+08", "scientific notation"),
        ("5,50", "separators or a decimal comma"),
        ("1,000,000.00", "separators"),
        ("1 000", "separators"),
        ("1.000.000", "separators"),
        ("0.123", "more decimals than USD, which has 2"),
        ("92233720368547758.08", "too large"),
        ("1" * 40, "too large"),
        ("0", "is zero"),
        ("", "is empty"),
        ("nan", "no amount"),
        ("0x10", "no amount"),
    ],
)
def test_what_is_no_amount_is_told_with_line_column_and_reason(tmp_path, cell, words):
    (line,) = problems(tmp_path, HEADER, "1,09:00,A,B,5", f'2,09:00,A,B,"{cell}"')
    assert line.startswith("payments.csv:3: column amount: ")
    assert words in line


def test_amounts_that_fit_alone_but_not_together_are_refused(tmp_path):
    (line,) = problems(tmp_path, HEADER, "1,09:00,A,B,92233720368547758.07", "2,09:00,A,B,0.01")
    assert "column amount: the amounts are together more than" in line


# --- times ------------------------------------------------------------------------------------------------------------


def times(tmp_path, *cells, clock=DAYTIME):
    rows = [f"{row},{cell},A,B,1" for row, cell in enumerate(cells)]
    return table(tmp_path, HEADER, *rows, clock=clock).submitted.tolist()


def test_seconds_and_times_of_day_mean_the_same_instant(tmp_path):
    read = times(tmp_path, "32400", "09:00", "9:00", "09:00:00", "32400.0", "09:00:01", "0", "07:30")
    assert read == [32_400] * 5 + [32_401, 0, 27_000]


def test_a_time_of_day_is_the_first_in_session_else_the_one_before_the_opening(tmp_path):
    read = times(tmp_path, "21:00", "23:59", "00:00", "17:59:59", "18:00", "20:59", clock=EVENING)
    assert read == [21 * HOUR, 24 * HOUR - 60, 24 * HOUR, 42 * HOUR - 1, 18 * HOUR, 21 * HOUR - 60]


def test_a_time_of_day_follows_the_wall_clock_through_a_change_of_clocks(tmp_path):
    jump = np.where(EVEN < 2 * HOUR, EVEN, EVEN - HOUR)  # at 02:00 clocks go to 03:00: an hour is missing
    assert times(tmp_path, "01:00", "09:00", clock=DayClock(0, 17 * HOUR, jump)) == [HOUR, 8 * HOUR]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("18:00", "outside the day"),
        ("64800", "outside the day"),
        ("-1", "outside the day"),
        ("24:00", "no time"),
        ("09:60", "no time"),
        ("9h", "no time"),
        ("100.5", "no whole number of seconds"),
        ("", "is empty"),
    ],
)
def test_what_is_no_time_of_the_day_is_told(tmp_path, cell, words):
    (line,) = problems(tmp_path, HEADER, f"1,{cell},A,B,5")
    assert line.startswith("payments.csv:2: column time: ")
    assert words in line


# --- order ------------------------------------------------------------------------------------------------------------


def test_ids_that_are_all_numbers_stand_by_number_others_as_text(tmp_path):
    numbers = table(tmp_path, HEADER, *(f"{i},09:00,A,B,1" for i in ("10", "9", "007", "123456789012345678901")))
    assert numbers.payment_id.tolist() == [2, 1, 0, 3]
    text = table(tmp_path, HEADER, *(f"{i},09:00,A,B,1" for i in ("10", "9", "x", "Ä")))
    assert text.payment_id.tolist() == [0, 1, 2, 3]


def test_without_ids_rows_are_numbered_from_1(tmp_path):
    read = table(tmp_path, "time,sender,receiver,amount", "10:00,A,B,1", "09:00,A,B,1")
    assert read.ids.to_pylist() == ["1", "2"]
    assert read.payment_id.tolist() == [0, 1]


def test_participants_are_all_names_in_the_same_kind_of_order(tmp_path):
    read = table(tmp_path, HEADER, "1,09:00,10,9,1", "2,09:00,9,2,1")
    assert read.names == ("2", "9", "10")
    assert (read.sender.tolist(), read.receiver.tolist()) == ([2, 1], [1, 0])
    assert in_order(["b", "10", "9", "a"]) == ("10", "9", "a", "b")


def test_more_participants_do_not_change_who_pays_whom(tmp_path):
    read = table(tmp_path, HEADER, "1,09:00,B,D,1").with_names(["C", "A", "E"])
    assert read.names == ("A", "B", "C", "D", "E")
    assert (read.names[read.sender[0]], read.names[read.receiver[0]]) == ("B", "D")


# --- forms of tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_byte_order_mark_quotes_capitals_and_blanks(tmp_path, delimiter, mark):
    rows = [["Id", " Time", '"SENDER"', "receiver", "Amount "], ["1", "09:00", '" A; B,\nC"', " D ", "5"]]
    read = table(tmp_path, mark + delimiter.join(rows[0]), delimiter.join(rows[1]))
    assert read.names == ("A; B,\nC", "D")
    assert read.amount.tolist() == [500]


def test_words_for_priority_and_batch(tmp_path):
    cells = [("urgent", "true"), ("NORMAL", "no"), ("", ""), ("3", "1"), ("0.0", "Yes")]
    rows = [f"{row},09:00,A,B,1,{priority},{batch}" for row, (priority, batch) in enumerate(cells)]
    read = table(tmp_path, f"{HEADER},priority,batch", *rows)
    assert read.priority.tolist() == [0, 1, 1, 3, 0]
    assert read.batch.tolist() == [True, False, False, True, True]
    plain = table(tmp_path, HEADER, "1,09:00,A,B,1")
    assert (plain.priority.tolist(), plain.batch.tolist()) == ([1], [False])


def test_names_of_pssimpy_are_understood(tmp_path):
    # The transactions and accounts of PSSimPy 0.1.5's quick start.
    read = table(
        tmp_path, "sender_account,recipient_account,amount,time,day", "acc1,acc2,1,08:00,1", "acc2,acc3,1,08:10,1"
    )
    assert read.names == ("acc1", "acc2", "acc3")
    assert read.submitted.tolist() == [28_800, 29_400]
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("id,owner,balance,posted_collateral\nacc1,b1,100,5\nacc2,b2,100,0\n")
    asked = read_liquidity(str(accounts), 2, "USD")
    assert asked.table == {"acc1": (10_000, 500, 0, 0), "acc2": (10_000, 0, 0, 0)}
    (line,) = problems(tmp_path, f"day,{HEADER}", "1,1,09:00,A,B,1", "2,2,09:00,A,B,1")
    assert line == "payments.csv:3: column day: '2' is not the day of the first payment; give a table for each day"


def test_parquet_of_any_fitting_types_reads_as_the_csv_does(tmp_path):
    file = tmp_path / "payments.parquet"
    columns = {
        "id": pa.array([2, 10]),
        "time": pa.array([dt.time(9, 0), dt.time(9, 0, 30)]),
        "sender": pa.array(["A", "B"]).dictionary_encode(),
        "receiver": pa.array(["B", "A"]),
        "priority": pa.array([0.0, None]),
        "batch": pa.array([True, None]),
        "tags": pa.array([["x"], []]),
    }
    for column in (
        pa.array([0.1, 1234567.89]),
        pa.array([Decimal("0.10"), Decimal("1234567.89")]),
        pa.array(["0.1", "1234567.89"]),
    ):
        pq.write_table(pa.table({**columns, "amount": column}), file)
        read = read_payments(file, DAYTIME, 2, "USD")
        assert read.amount.tolist() == [10, 123_456_789]
        assert read.submitted.tolist() == [32_400, 32_430]
        assert read.payment_id.tolist() == [0, 1]
        assert (read.priority.tolist(), read.batch.tolist()) == ([0, 1], [True, False])
    pq.write_table(pa.table({**columns, "amount": [0.1 + 0.2, 5.0]}), file)
    with pytest.raises(DataError, match=r"payments.parquet: row 1: column amount: '0.30000000000000004' has more dec"):
        read_payments(file, DAYTIME, 2, "USD")


def test_columns_that_mean_nothing_here_are_named_not_lost_in_silence(tmp_path):
    read = table(tmp_path, f"{HEADER},purpose,channel", "1,09:00,A,B,1,x,y")
    assert [said(note) for note in read.notes] == ["columns passed over: purpose, channel"]


# --- problems ---------------------------------------------------------------------------------------------------------


def test_misspelt_columns_are_told_the_nearest(tmp_path):
    lines = problems(tmp_path, "id,time,sender,reciever,amount,priorty", "1,09:00,A,B,5,0")
    assert lines == [
        "payments.csv: has no column receiver; did you mean the column 'reciever'?",
        "payments.csv: unknown column 'priorty'; did you mean priority?",
    ]


def test_every_problem_of_a_table_comes_at_once_with_its_line(tmp_path):
    lines = problems(
        tmp_path,
        f"{HEADER},priority",
        '1,09:00,"A\nA",B,5,0',
        "",
        "1,19:00,B,B,-5,high",
        "3,09:00,A,B,5",
        "4,09:00,,B,5,0",
    )
    assert [line.split(": ")[:2] for line in lines] == [
        ["payments.csv:6", "expected 6 cells as in the header, got 5"],
        ["payments.csv:5", "column id"],
        ["payments.csv:5", "column time"],
        ["payments.csv:7", "column sender"],
        ["payments.csv:5", "column receiver"],
        ["payments.csv:5", "column amount"],
        ["payments.csv:5", "column priority"],
    ]


def test_twenty_problems_of_a_kind_are_shown_and_the_rest_counted(tmp_path):
    lines = problems(tmp_path, HEADER, *(f"{row},09:00,A,B,x" for row in range(50)), "50,09:00,A,A,1")
    assert sum("column amount" in line for line in lines) == 20
    assert "payments.csv: and 30 more of this kind" in lines
    assert any(line.startswith("payments.csv:52: column receiver: 'A' pays itself") for line in lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"id,time,sender,receiver,amount\n", "has no payments"),
        ("id,time,sender,receiver,amount\n1,09:00,A,Bänk,1\n".encode("latin-1"), "payments.csv:2: is not UTF-8 text"),
        ("id,time\n".encode("utf-16"), "is not UTF-8"),
        (b"id,Id,time,sender,receiver,amount\n1,1,09:00,A,B,1\n", "several columns named 'id'"),
        (b"id,time,sender,sender_account,receiver,amount\n1,09:00,A,A,B,1\n", "are both the sender"),
    ],
)
def test_files_that_are_no_table_of_payments(tmp_path, content, words):
    file = tmp_path / "payments.csv"
    file.write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_payments(file, DAYTIME, 2, "USD")


def test_a_file_that_is_missing_or_no_parquet(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_payments(tmp_path / "none.csv", DAYTIME, 2, "USD")
    (tmp_path / "x.parquet").write_bytes(b"id,time\n")
    with pytest.raises(DataError, match="no Parquet file"):
        read_payments(tmp_path / "x.parquet", DAYTIME, 2, "USD")


# --- liquidity --------------------------------------------------------------------------------------------------------


def test_liquidity_is_an_amount_a_position_or_a_table():
    assert read_liquidity("2500.50", 2, "USD").amount == 250_050
    assert read_liquidity("5 bn", 2, "USD").amount == 500_000_000_000
    assert read_liquidity("0.1 thousand USD", 2, "USD").amount == 10_000
    assert read_liquidity("30 %", 2, "USD").position == Fraction(3, 10)
    assert read_liquidity("0.1%", 2, "USD").position == Fraction(1, 1000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("101 %", "from 0 % to 100 %"),
        ("0.001", "USD has 2 decimals"),
        ("5 bn EUR", "the currency of the system is USD"),
        ("100000 trn", "beyond 2\\^63"),
        ("-5", "expected an amount"),
        ("none.csv", "no file of this name"),
    ],
)
def test_liquidity_that_makes_no_sense_is_told(text, words):
    with pytest.raises(InputError, match=words):
        read_liquidity(text, 2, "USD")


def test_problems_of_a_liquidity_table_and_participants_it_lacks(tmp_path):
    file = tmp_path / "liquidity.csv"
    file.write_text("participant,liquidity,injection_cap\nA,1,\nA,2,x\nBank B,,1\n")
    with pytest.raises(DataError) as caught:
        read_liquidity(str(file), 2, "USD")
    assert [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()] == [
        "3: column participant: 'A' stands in an earlier row already",
        "4: column liquidity: is empty",
        "3: column injection_cap: 'x' is no amount (expected a number such as 1250.00)",
    ]
    file.write_text("participant,liquidity\nBank A,1\n")
    with pytest.raises(DataError, match="has no row for 'Bank_A', who has payments; nearest: Bank A"):
        read_liquidity(str(file), 2, "USD").check_names(("Bank A", "Bank_A"))
