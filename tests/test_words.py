"""Words for people: every one of them in the catalogues, and figures and results in the language asked for."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from click.testing import CliRunner

import paysim
from paysim.cli.main import main
from paysim.study import identity
from paysim.words import LANGUAGES, date_words, decimal, everywhere, inside, month, number, said, speaking, weekday
from paysim.words import translated as _

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "show"))
OTHERS = LANGUAGES[1:]


def module(path: Path):
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


words = module(ROOT / "docs" / "tools" / "words.py")
made_up = module(ROOT / "tests" / "show" / "conftest.py")


# --- the catalogues -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_code_and_the_data_is_translated_and_nothing_else_is_in_the_catalogue(language):
    assert words.faults(language) == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_as_its_program_writes_it(language):
    assert (words.LOCALE / f"{language}.po").read_text(encoding="utf-8") == words.written(language)


@pytest.mark.parametrize(
    "call", ['_("a planted text of {share}").format(share=1)', 'deferred("a planted text of {share}")']
)
def test_a_new_text_is_found_missing(tmp_path, call):
    (tmp_path / "new.py").write_text(f"print({call})\n")
    assert "missing: 'a planted text of {share}'" in words.faults("de", tmp_path)


def test_a_text_that_nobody_says_is_found(tmp_path):
    found = words.faults("de", tmp_path)  # an empty folder: only the names in the data are said
    assert "said nowhere: 'A model, not a forecast.'" in found
    assert not any("'China (mainland, Macao)'" in fault for fault in found)


def test_a_key_of_a_table_is_no_text_and_a_text_filled_too_early_is_an_error(tmp_path):
    assert list(words.spoken_in('_(TABLE["key"])', tmp_path)) == []
    assert list(words.spoken_in('_("one" if x else "other")', tmp_path)) == ["one", "other"]
    with pytest.raises(ValueError, match="no f-string"):
        list(words.spoken_in('_(f"{share} of trade")', tmp_path))


@pytest.mark.parametrize(
    ("text", "translation", "flags", "fault"),
    [
        ("{share} of trade", "{share} des Handels", (), ""),
        ("{share} of trade", "", (), "not translated"),
        ("{share} of trade", "{share} des Handels", ("fuzzy",), "not translated"),
        ("{share} of trade", "{anteil} des Handels", (), "other placeholders"),
        ("{share} of trade", "ein Teil des Handels", (), "other placeholders"),
        (" and ", "und", (), "other spaces"),
    ],
)
def test_what_is_wrong_with_a_translation_is_said(text, translation, flags, fault):
    found = words._fault(Message(text, translation, flags=flags))
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


# --- numbers, months, what authors write ----------------------------------------------------------------------------


def test_english_is_what_the_code_says_and_german_what_the_catalogue_does():
    assert _("A model, not a forecast.") == "A model, not a forecast."
    with speaking("de"):
        assert _("A model, not a forecast.") == "Ein Modell, keine Prognose."
        assert _("a text that nobody translated") == "a text that nobody translated"
    assert _("A model, not a forecast.") == "A model, not a forecast."
    with pytest.raises(ValueError, match="en, de"), speaking("fr"):
        pass


def test_numbers_months_and_days_are_written_as_the_language_writes_them():
    day = dt.date(2027, 3, 8)
    shown = lambda: (number(5.72, 1), decimal(f"{12345.6:,}"), month(day), date_words(day), weekday(day, whole=True))  # noqa: E731
    assert shown() == ("5.7", "12,345.6", "Mar 2027", "Mon 8 Mar 2027", "Monday")
    with speaking("de"):
        assert shown() == ("5,7", "12.345,6", "Mär 2027", "Mo 8. Mär 2027", "Montag")
        assert inside("Noise") == "Noise"
    assert inside("Noise") == "noise"


def test_what_an_author_wrote_by_language_is_said_in_the_one_spoken_or_else_in_english():
    both, german = {"en": "cut", "de": "Schnitt"}, {"de": "Schnitt"}
    assert (said("once for all"), said(both), said(german)) == ("once for all", "cut", "Schnitt")
    with speaking("de"):
        assert (said("once for all"), said(both), said({"en": "cut"})) == ("once for all", "Schnitt", "cut")
    assert everywhere(lambda: _("share")) == {"en": "share", "de": "Anteil"}
    assert everywhere(lambda: "CIPS") == "CIPS"


# --- figures --------------------------------------------------------------------------------------------------------


def page(figure) -> str:
    """All words of a figure in one line, tick labels among them, without the foot that names a command."""
    from drawings import boxes

    return " ".join(" ".join(text.split()) for text, _box in boxes(figure))


def english_in(text: str) -> list[str]:
    """Runs of two words and more that only English texts of the catalogue have; what authors wrote is no part of it."""
    found = set()
    for message in words.stored("de"):
        for part in re.split(r"\{\w*\}", str(message.id)) if message.id else ():
            part = " ".join(part.split())
            if " " in part and len(part) > 8 and part in text and part not in str(message.string):
                found.add(part)
    return sorted(found)


def alone_in(figure) -> list[str]:
    """Texts of a figure that are English texts of the catalogue as a whole."""
    from drawings import boxes

    known = {" ".join(str(message.id).split()): str(message.string) for message in words.stored("de") if message.id}
    shown = (" ".join(text.split()) for text, _box in boxes(figure))
    return [text for text in shown if text in known and " ".join(known[text].split()) != text]


@pytest.fixture(scope="module")
def run():
    return made_up.make_run()


def plates():
    from paysim.show.figures import PLATES

    return [plate.name for plate in PLATES]


@pytest.mark.parametrize("style", ["slides", pytest.param("paper", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", plates())
def test_a_german_figure_has_no_english_words_no_decimal_points_and_nothing_that_meets(run, name, style):
    from drawings import faults

    from paysim.show.figures import NothingToDrawError, draw

    try:
        with speaking("de"):
            figure = draw(run, name, style)
    except NothingToDrawError as reason:
        pytest.skip(str(reason))
    text = page(figure)
    labels = {event["label"] for event in run.scenario["events"]}  # as their author wrote them, in English
    assert set(english_in(text)) <= labels
    assert set(alone_in(figure)) <= labels
    assert not re.search(r"(?<![\d.])\d+\.\d+ %", text), "a share with a decimal point"
    assert faults(figure) == []


@pytest.mark.parametrize("style", ["slides", pytest.param("paper", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["through_the_day", "delays", "liquidity_against_delay", "response"])
def test_a_german_figure_of_a_settlement_system_is_german_and_has_room(name, style):
    from drawings import faults

    with speaking("de"):
        if name == "response":
            made = module(ROOT / "tests" / "show" / "test_response_figures.py")
            figure = made.drawn(made.made(note=""), style)
        else:
            made = module(ROOT / "tests" / "show" / "test_settlement_figures.py")
            figure = made.drawn(name, made.made(**made.CASES["published"], source="0.1.0"), style)
    assert english_in(page(figure)) == []
    assert alone_in(figure) == []
    assert not re.search(r"(?<![\d.])\d+\.\d+ %", page(figure))
    assert faults(figure) == []


def test_the_search_for_english_words_finds_them_where_they_are(run):
    from paysim.show.figures import draw

    figure = draw(run, "after_the_cut")
    assert "Why: share of payments blocked or refused, %" in english_in(page(figure))
    assert any(label.startswith("Why") for label in alone_in(figure))


def test_ticks_keep_the_language_in_which_the_figure_was_drawn(run):
    from paysim.show.figures import draw

    with speaking("de"):
        german = draw(run, "true_beside_tracker")
    english = draw(run, "true_beside_tracker")
    assert "A model, not a forecast." in page(english)
    assert "Ein Modell, keine Prognose." in page(german)


# --- commands -------------------------------------------------------------------------------------------------------


@pytest.fixture
def still_code(monkeypatch):
    """A file that is edited while the tests run must not make two runs of one test differ."""
    monkeypatch.setattr(identity, "code_digest", lambda: "c" * 64)


def invoke(*given):
    return CliRunner().invoke(main, [str(word) for word in given])


CUTOFF = ROOT / "scenarios" / "cutoff.yaml"
BRIEFLY = ("run", CUTOFF, "--until", "2024-09", "--engine", "mean-field")


@pytest.mark.parametrize(
    "given",
    [("run", CUTOFF), ("trace", CUTOFF), ("base", CUTOFF), ("settle", "--system", "CIPS")],
    ids=["run", "trace", "base", "settle"],
)
def test_a_language_that_is_not_spoken_is_a_message(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = invoke(*given, "--lang", "fr")
    assert done.exit_code == 2
    assert "'en', 'de'" in done.output
    assert list(tmp_path.iterdir()) == []


def test_python_is_told_the_same_of_a_language_that_is_not_spoken(tmp_path):
    with pytest.raises(ValueError, match="expected one of en, de, got 'fr'"):
        paysim.run(CUTOFF, language="fr", out=tmp_path / "x")
    with pytest.raises(ValueError, match="expected one of en, de, got 'fr'"):
        paysim.settle(system="CIPS", language="fr", out=tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_one_run_is_shown_in_both_languages_and_is_the_same_run(tmp_path, still_code):
    given = (*BRIEFLY, "--replicates", "2", "--out", tmp_path / "x")
    german = invoke(*given, "--lang", "de")
    assert german.exit_code == 0, german.output
    assert "Ein Modell, keine Prognose." in german.stdout
    assert "China und Hongkong von SWIFT ausgeschlossen" in german.stdout
    assert german.stdout.rstrip().endswith("--lang de")
    assert english_in(" ".join(german.stdout.split())) == []
    captions = (tmp_path / "x" / "figures" / "captions.md").read_text()
    assert "Der wahre Anteil (Yuan)" in captions
    files = lambda: {file.name: file.read_bytes() for file in (tmp_path / "x").glob("*.*")}  # noqa: E731
    kept, report = files(), files().pop("report.html").decode()
    assert '<html lang="de">' in report
    assert "China und Hongkong von SWIFT ausgeschlossen" in report
    english = invoke(*given)  # the same run: nothing is run again, the figures are drawn in English
    assert "A model, not a forecast." in english.stdout
    assert "--lang" not in english.stdout
    assert "The true share of the yuan" in (tmp_path / "x" / "figures" / "captions.md").read_text()
    assert '<html lang="en">' in files()["report.html"].decode()
    assert {**files(), "report.html": b""} == {**kept, "report.html": b""}
    labels = json.loads(kept["manifest.json"])["event_labels"]
    assert {"en": "Yuan steered to CIPS", "de": "Yuan wird zu CIPS gelenkt"} in labels
    results = paysim.load_results(tmp_path / "x")
    with speaking("de"):
        assert results.scenario["names"]["HKG"] == "Hongkong (Offshore-Drehscheibe des Renminbi)"
        assert "China und Hongkong ohne SWIFT" in [event["label"] for event in results.scenario["events"]]
    assert "China and Hong Kong off SWIFT" in [event["label"] for event in results.scenario["events"]]


def test_json_stays_english(tmp_path, still_code):
    given = (*BRIEFLY, "--replicates", "1", "--no-figures", "--json")
    english, german = (invoke(*given, "--out", tmp_path / "x", "--lang", language) for language in LANGUAGES)
    one, other = json.loads(english.stdout), json.loads(german.stdout)
    assert other.pop("command") == one.pop("command") + " --lang de"
    assert one == other


def test_a_trace_is_told_and_drawn_in_german_and_stored_in_english(tmp_path, still_code):
    done = invoke("trace", ROOT / "scenarios" / "outage.yaml", "--out", tmp_path / "x", "--lang", "de")
    assert done.exit_code == 0, done.output
    assert english_in(" ".join(done.stdout.split())) == []
    assert "Das Ereignis: T2 ausgefallen, Do 27. Feb 2025 " in done.stdout
    stored = json.loads((tmp_path / "x" / "trace.json").read_text())
    assert stored["event"] == "T2 down"
    assert stored["invoices"][0]["heading"] == "Before"


def test_a_settled_day_is_summed_up_in_german(tmp_path, still_code):
    table = tmp_path / "day.csv"
    table.write_text("id,time,sender,receiver,amount,colour\n1,09:30,A,B,1000.50,red\n2,10:00,B,A,400,blue\n")
    given = ("settle", table, "--system", "rtgs-fifo", "--levels", "3", "--out", tmp_path / "x", "--lang", "de")
    done = invoke(*given)
    assert done.exit_code == 0, done.output
    assert english_in(" ".join(done.stdout.split())) == []
    assert "Hinweis: übergangene Spalten: colour" in done.stdout
    assert "1.400,50" in done.stdout
    assert json.loads((tmp_path / "x" / "manifest.json").read_text())["notes"] == ["columns passed over: colour"]


def test_the_base_is_told_in_german():
    done = invoke("base", CUTOFF, "--lang", "de")
    assert done.exit_code == 0, done.output
    assert "Tracker-Anteil CNY" in done.stdout
    assert re.search(r"veröffentlicht +\d+,\d\d %", done.stdout)
