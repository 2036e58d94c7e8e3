"""Every packaged table drawn: no text meets another, every figure has its marker, breaks are lines."""

from __future__ import annotations

import csv
import re
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner
from drawings import boxes, faults, lines, written

from paysim.cli.main import main
from paysim.data import catalogue
from paysim.data.catalogue import FOLDER
from paysim.errors import DataError
from paysim.show.data_figures import MARKERS, draw_table, number_text, shortened, table_figure
from paysim.show.style import STYLES
from paysim.words import speaking
from paysim.words import translated as _

NAMES = tuple(description.name for description in catalogue.descriptions() if description.name != "groups")


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("name", NAMES)
def test_no_text_meets_another(name, style):
    figure = table_figure(name, STYLES[style], command=f"paysim data plot {name}")
    assert faults(figure) == []
    said = written(figure)
    assert "none of them the model's" in said
    assert "A model, not a forecast" not in said
    assert f"paysim data plot {name}" in said


def test_every_figure_of_the_tracker_is_drawn_where_it_belongs():
    figure = table_figure("swift_currency_share", STYLES["slides"])
    rows = [row for row in catalogue.series("swift_currency_share").rows if row.key == ("CNY",)]
    for grade in {row.grade for row in rows}:
        (line,) = (one for one in lines(figure, 0, "figures CNY") if one.get_gid() == f"figures CNY {grade}")
        assert sorted(line.get_ydata()) == pytest.approx(sorted(row.value for row in rows if row.grade == grade))
        assert line.get_marker() == MARKERS[grade][0]
    drawn = sum(len(line.get_ydata()) for line in lines(figure, 0, "figures"))
    assert drawn == len(catalogue.series("swift_currency_share").rows)


def test_a_break_is_a_line_from_where_it_begins_to_where_it_ends():
    figure = table_figure("swift_currency_share", STYLES["slides"])
    (start,) = lines(figure, 0, "event break: Change of base")
    (end,) = lines(figure, 0, "end of break: Change of base")
    days = [np.datetime64(text, "D").astype(int) for text in ("2023-03-01", "2023-07-31")]
    assert [start.get_xdata()[0], end.get_xdata()[0]] == days
    assert "Change of base" in written(figure)


def test_a_table_without_breaks_has_none():
    assert lines(table_figure("spfs_participants", STYLES["slides"]), 0, "event") == []


def test_suspect_figures_are_not_drawn():
    figure = table_figure("swift_share_ex_eurozone", STYLES["slides"])
    assert lines(figure, 0, "figures USD X") == []


def test_time_and_measure_are_chosen():
    figure = table_figure("cips_annual", STYLES["slides"], date(2025, 1, 1), None, "value")
    assert len(figure.axes) == 1
    values = [value for line in lines(figure, 0, "figures") for value in line.get_ydata()]
    rows = [row for row in catalogue.series("cips_annual", measure="value").rows if row.period.last >= date(2025, 1, 1)]
    assert sorted(values) == pytest.approx(sorted(row.value for row in rows))


def test_the_matrix_says_every_cell():
    figure = table_figure("trade_matrix", STYLES["slides"])
    assert len(figure.axes[0].texts) == 144
    bold = [text for text in figure.axes[0].texts if text.get_weight() == "bold"]
    assert len(bold) == sum(row.basis == "sourced" for row in catalogue.series("trade_matrix").rows)


def test_words_are_not_drawn(tmp_path):
    with pytest.raises(DataError, match="holds words and no figures"):
        table_figure("groups", STYLES["slides"])
    with pytest.raises(DataError, match="nearest: cofer"):
        table_figure("cofr", STYLES["slides"])


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_bytes_twice(tmp_path, kind):
    places = [tmp_path / f"{turn}.{kind}" for turn in "ab"]
    for place in places:
        draw_table("spfs_participants", place)
    assert places[0].read_bytes() == places[1].read_bytes()


def test_words_of_a_label():
    assert [number_text(value) for value in (0.0, 0.0123, 5.678, 1729.0, 158104688.0)] == [
        "0", "0.0123", "5.68", "1,730", "158,000,000",
    ]  # fmt: skip
    assert shortened("Change of base: T2 moved. And more") == "Change of base: T2 moved"
    assert len(shortened("word " * 100)) <= 151


# --- in German ------------------------------------------------------------------------------------------------------

CODES = ("period", "value", "low", "high", "source", "grade", "published", "published_basis", "note")


def stored(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def english_texts(name: str) -> tuple[set[str], set[str]]:
    """What a table says in words as it is stored, and the words of its measures; without what is the same in German."""
    told = {text for row in stored("tables") if row["name"] == name for key, text in row.items() if key != "name"}
    told |= {row["text"] for row in stored("breaks") if row["table"] == name}
    told |= {cell for row in stored(name) for column, cell in row.items() if column not in (*CODES, "measure")}
    measures = {row["measure"].replace("_", " ") for row in stored(name) if "measure" in row}
    told |= {part for text in told for part in re.split("[.;:] ", text) if part.count(" ") > 1}
    with speaking("de"):
        german = squeezed(" ".join(map(_, told)))
    told = {text for text in told if text and squeezed(text) not in german and not re.fullmatch("[A-Z]+", text)}
    with speaking("de"):
        return told, {text for text in measures if _(text) != text}


def squeezed(text: str) -> str:
    return "".join(text.split())


def shown_of(texts: set[str], page: str) -> set[str]:
    """Texts that stand on a page: several words wherever lines end, one word or two as a whole."""
    page = re.sub(r"--measure: [^.]*", "", page)  # ids as the option takes them
    return {
        text
        for text in texts
        if (
            squeezed(text) in squeezed(page)
            if text.count(" ") > 1
            else re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", " ".join(page.split()))
        )
    }


def pages(name: str, language: str) -> tuple[str, str]:
    """What `data list` and `data show` print of a table, and all texts of its figure."""
    told = [CliRunner().invoke(main, ["data", *words, "--lang", language]) for words in (["list"], ["show", name])]
    assert [done.exit_code for done in told] == [0, 0]
    with speaking(language):
        figure = table_figure(name, STYLES["slides"]) if name in NAMES else None
    drawn = "" if figure is None else "\n".join(text for text, _box in boxes(figure))
    return "\n".join(done.stdout for done in told), drawn


@pytest.mark.parametrize("name", [*NAMES, "groups"])
def test_no_text_of_a_table_is_shown_in_english_where_german_is_spoken(name):
    texts, measures = english_texts(name)
    printed, drawn = pages(name, "de")
    ids = {row.get("measure") for row in stored(name)}  # printed as --measure takes them
    assert shown_of(texts - ids, printed) == set()
    assert shown_of(texts | measures, drawn) == set()
    printed, drawn = pages(name, "en")  # the search finds what is there
    whole = {row["title"] for row in stored("tables") if row["name"] == name}
    assert whole <= texts
    assert whole <= shown_of(texts, printed)
    assert name not in NAMES or whole <= shown_of(texts, drawn)


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("name", NAMES)
def test_german_texts_do_not_meet(name, style):
    with speaking("de"):
        figure = table_figure(name, STYLES[style], command=f"paysim data plot {name} --lang de")
    assert faults(figure) == []


def test_measures_keys_and_kinds_of_periods_are_told_in_german():
    with speaking("de"):
        words = {name: " ".join(text for text, _box in boxes(table_figure(name, STYLES["slides"])))
                 for name in ("cips_annual", "settlement_profiles")}  # fmt: skip
    assert all(one in " ".join(words["cips_annual"].split()) for one in ("Tagesmittel des Werts", "Wert (Quartal)"))
    assert "RUS Export" in words["settlement_profiles"]
