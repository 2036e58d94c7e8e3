"""`paysim data`: lists every packaged table, shows its rows as they are stored, and tells mistakes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from paysim.cli.main import main
from paysim.data import catalogue
from paysim.data.catalogue import FOLDER

NAMES = [description.name for description in catalogue.descriptions()]


def invoke(*words):
    return CliRunner().invoke(main, ["data", *map(str, words)])


def test_the_list_holds_every_table_and_counts_every_figure():
    found = json.loads(invoke("list", "--json").stdout)
    assert [one["name"] for one in found] == NAMES
    for one in found:
        with (FOLDER / f"{one['name']}.csv").open() as file:
            stored = list(csv.DictReader(file))
        assert one["figures"] == sum(one["grades"].values()) == sum(one["bases"].values()) == len(stored)
        assert one["published"] == max(row["published"] for row in stored)
    with (FOLDER / "breaks.csv").open() as file:
        assert sum(len(one["breaks"]) for one in found) == len(list(csv.DictReader(file)))
    plain = invoke("list").stdout
    assert all(name in plain for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_are_those_of_the_file(name):
    done = invoke("show", name, "--csv", "--suspect")
    assert done.exit_code == 0, done.output
    with (FOLDER / f"{name}.csv").open() as file:
        assert list(csv.DictReader(io.StringIO(done.stdout))) == list(csv.DictReader(file))


def test_suspect_figures_are_left_out_unless_asked_for():
    one, two = (list(csv.DictReader(io.StringIO(invoke("show", "swift_share_ex_eurozone", "--csv", *words).stdout)))
                for words in ((), ("--suspect",)))  # fmt: skip
    assert (len(one), len(two)) == (640, 680)
    assert {row["grade"] for row in two} - {row["grade"] for row in one} == {"X"}


def test_a_time_is_kept_if_it_reaches_into_what_was_asked_for():
    words = ("show", "cips_annual", "--json", "--measure", "value", "--since", "2024-12", "--until", "2025-03")
    assert {row["period"] for row in json.loads(invoke(*words).stdout)["rows"]} >= {"2024", "2025", "2025-03"}
    assert "2025-05" not in {row["period"] for row in json.loads(invoke(*words).stdout)["rows"]}


def test_what_is_shown_has_grade_basis_date_and_breaks():
    text = invoke("show", "swift_currency_share", "--since", "2025-10").stdout
    for words in (
        "grade",
        "basis",
        "published",
        "Break 2023-03/2023-07: Change of base",
        "2025-11-21",
        "Grades: A- official",
    ):
        assert words in text


def test_a_table_is_shown_in_german_and_data_for_programs_is_not():
    text = invoke("show", "swift_currency_share", "--since", "2025-10", "--lang", "de").stdout
    assert "Grades:" not in text
    assert "amtliche Zahl" in text
    assert "amtliche Zahl" in invoke("list", "--lang", "de").stdout
    for words in (("show", "cofer", "--csv"), ("show", "cofer", "--json"), ("list", "--json")):
        assert invoke(*words, "--lang", "de").stdout == invoke(*words).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "cofar"), "nearest: cofer"),
        (("plot", "cofar"), "nearest: cofer"),
        (("show", "cips_annual", "--measure", "valu"), "nearest: value"),
        (("show", "cips_annual", "--since", "soon"), "'soon' is not a period"),
        (("show", "cips_annual", "--since", "2025", "--until", "2024"), "lies before"),
        (("show", "cips_annual", "--since", "2040"), "no figure is left"),
        (("plot", "cofer", "--since", "2040"), "no figure is left"),
        (("plot", "groups"), "holds words and no figures"),
        (("plot", "cofer", "--out", "cofer.jpeg"), "expected a file that ends with .png"),
        (("plot", "cofer", "--out", "nowhere/cofer.png"), "there is no folder nowhere"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = invoke(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_a_plot_is_written_where_it_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = invoke("plot", "spfs_participants", "--out", "users.svg")
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["users.svg"]
    assert "Written to users.svg" in done.stdout
    assert invoke("plot", "spfs_participants", "--quiet").stdout == ""
    assert (tmp_path / "spfs_participants.png").is_file()
