"""Every packaged figure has its provenance, and a table that breaks the rules says where."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from paysim.data import catalogue
from paysim.data.tables import BASES, FIGURE_COLUMNS, GRADES, Period
from paysim.errors import DataError

DESCRIPTIVE = {"tables", "breaks"}
NAMES = [path.stem for path in sorted(catalogue.FOLDER.glob("*.csv")) if path.stem not in DESCRIPTIVE]
HEADER = ["currency", *FIGURE_COLUMNS]
GOOD = {
    "currency": "CNY",
    "period": "2024-07",
    "measure": "share",
    "value": "0.0474",
    "low": "",
    "high": "",
    "unit": "fraction",
    "source": "https://example.org",
    "grade": "A",
    "basis": "sourced",
    "published": "2024-08-21",
    "published_basis": "rule",
    "note": "",
}


def raw_rows(name: str) -> Iterator[dict[str, str]]:
    """Read a packaged file without the code under test."""
    with (catalogue.FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def write(path: Path, *rows: dict[str, str], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_every_file_of_the_folder_is_described_and_every_description_has_its_file() -> None:
    assert {about.name for about in catalogue.descriptions()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_source_grade_basis_and_a_date_of_publication_after_its_period(name: str) -> None:
    rows = list(raw_rows(name))
    assert rows
    for row in rows:
        assert row["source"].strip()
        assert row["grade"] in GRADES
        assert row["basis"] in BASES
        assert row["published_basis"] in {"known", "rule"}
        published = date.fromisoformat(row["published"])
        if "period" in row:
            assert published >= Period.parse(row["period"]).last


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_more_than_a_judgement_is_graded_so_and_has_a_range(name: str) -> None:
    for row in raw_rows(name):
        assert (row["grade"] == "J") == (row["basis"] in {"estimate", "judgement"})
        if row["grade"] == "J" and name in {"group_parameters", "settlement_profiles", "known_corridors"}:
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])


@pytest.mark.parametrize("about", catalogue.descriptions(), ids=lambda about: about.name)
def test_every_table_says_what_it_is_when_it_was_public_and_whose_it_is(about: catalogue.Description) -> None:
    assert about.title
    assert about.unit
    assert about.publication_rule
    assert about.remark
    if about.name not in catalogue.TEXT_TABLES:
        table = catalogue.series(about.name, suspect=True)
        assert table.first <= table.last
        assert len(table.rows) == len(list(raw_rows(about.name)))
        for interruption in table.breaks:
            assert interruption.period.last >= table.first
            assert interruption.period.first <= table.last


def test_suspect_figures_are_out_by_default_and_there_when_asked_for() -> None:
    marked = {name: sum(row["grade"] == "X" for row in raw_rows(name)) for name in NAMES}
    assert {name for name, count in marked.items() if count} == {
        "cips_annual",
        "china_rmb_settlement",
        "swift_share_ex_eurozone",
    }
    for name, count in marked.items():
        if name not in catalogue.TEXT_TABLES:
            default, everything = catalogue.series(name), catalogue.series(name, suspect=True)
            assert not any(row.suspect for row in default.rows)
            assert len(everything.rows) - len(default.rows) == count


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "year"),
        ("2024-H2", date(2024, 7, 1), date(2024, 12, 31), "half"),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31), "quarter"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month"),
        ("2023-02-28", date(2023, 2, 28), date(2023, 2, 28), "day"),
        ("2015-10/2024-12", date(2015, 10, 1), date(2024, 12, 31), "interval"),
    ],
)
def test_a_period_reaches_from_its_first_to_its_last_day(text: str, first: date, last: date, kind: str) -> None:
    period = Period.parse(text)
    assert (period.first, period.last, period.kind) == (first, last, kind)


@pytest.mark.parametrize("text", ["", "24", "2024-13", "2024-Q5", "2024-H3", "2024-00", "2023-02-29", "2024/2023", "x"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("value", "4,74", "'4,74' is not a number"),
        ("value", "nan", "'nan' is not a number"),
        ("value", "4.74", "4.74 is not a fraction"),
        ("low", "0.05", "outside its range"),
        ("high", "0.04", "outside its range"),
        ("period", "July 2024", "'July 2024' is not a period"),
        ("source", " ", "needs a source"),
        ("grade", "D", "'D' is not one of"),
        ("basis", "guess", "'guess' is not one of"),
        ("published", "2024-08", "'2024-08' is not a date"),
        ("published", "2024-07-30", "before the end of 2024-07"),
        ("published_basis", "", "is not one of known, rule"),
        ("unit", "", "is empty"),
        ("currency", "", "is empty"),
    ],
)
def test_a_fault_is_named_with_file_line_and_column(tmp_path: Path, column: str, text: str, message: str) -> None:
    fine = {**GOOD, "period": "2024-06"}
    path = write(tmp_path / "broken.csv", fine, {**GOOD, column: text})
    with pytest.raises(DataError) as caught:
        catalogue.read_table(path)
    named = "value" if column in {"low", "high"} else column
    assert str(caught.value).startswith(f"{path}:3: {named}: ")
    assert message in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path / "broken.csv", {**GOOD, "value": "x", "grade": "?"}, {**GOOD, "period": "2024-06", "value": ""}
    )
    with pytest.raises(DataError) as caught:
        catalogue.read_table(path)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{path}:2", f"{path}:2", f"{path}:3"]


def test_a_figure_given_twice_is_a_fault_unless_one_of_the_two_is_suspect(tmp_path: Path) -> None:
    twice = write(tmp_path / "twice.csv", GOOD, {**GOOD, "value": "0.05"})
    with pytest.raises(DataError, match=r"twice\.csv:3: measure: share of 2024-07 is given in line 2 too"):
        catalogue.read_table(twice)
    kept = catalogue.read_table(write(tmp_path / "kept.csv", GOOD, {**GOOD, "value": "0.05", "grade": "X"}))
    assert [row.value for row in kept.select().rows] == [0.0474]


def test_a_missing_column_a_short_row_and_a_missing_file_are_named(tmp_path: Path) -> None:
    lacking = write(tmp_path / "lacking.csv", GOOD, header=[name for name in HEADER if name != "grade"])
    with pytest.raises(DataError, match=r"lacking\.csv:1: grade: the column is missing"):
        catalogue.read_table(lacking)
    short = write(tmp_path / "short.csv", GOOD)
    short.write_text(short.read_text() + "CNY,2024-06\n")
    with pytest.raises(DataError, match=r"short\.csv:3: row: 2 cells \(expected 13\)"):
        catalogue.read_table(short)
    with pytest.raises(DataError, match=r"absent\.csv"):
        catalogue.read_table(tmp_path / "absent.csv")


def test_an_unknown_table_measure_or_key_says_what_there_is() -> None:
    with pytest.raises(DataError, match="swift_currency_share"):
        catalogue.series("swift")
    with pytest.raises(DataError, match="it has share"):
        catalogue.series("swift_currency_share", measure="rank")
    with pytest.raises(DataError, match="it has currency"):
        catalogue.series("swift_currency_share", group="CHN")
