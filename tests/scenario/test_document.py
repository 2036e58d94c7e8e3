"""What makes YAML surprising or dangerous is an error with a place."""

from __future__ import annotations

import itertools

import pytest

from paysim.errors import ScenarioError
from paysim.scenario import document
from paysim.scenario.loading import load_scenario

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: 1\nseed: 2\n", "5:1: duplicate key 'seed' (first in line 4)"),
        ("behaviour:\n  growth: 0 %/year\n  growth: 1 %/year\n", "6:3: duplicate key 'growth' (first in line 5)"),
        ("seed: &one 1\n", "4:7: anchor &one"),
        ("limits: [&a x, *a]\n", "4:16: alias *a"),
        ("traffic:\n  <<: {a: 1}\n", "5:3: merge key <<"),
        ("seed: !!int 3\n", "4:7: tag tag:yaml.org,2002:int"),
        ("seed: !!python/object/apply:os.system [x]\n", "4:7: tag tag:yaml.org,2002:python"),
        ("---\nformat: 1\n", "4:1: a second document"),
        ("seed: 010\n", "4:7: 010: write a number in plain decimal digits"),
        ("seed: 0x1F\n", "4:7: 0x1F: write a number in plain decimal digits"),
        ("seed: 1_000\n", "4:7: 1_000: write a number in plain decimal digits"),
        ("seed: .nan\n", "4:7: .nan: numbers must be finite"),
        ("seed: -.inf\n", "4:7: -.inf: numbers must be finite"),
        ("seed: 1e999\n", "4:7: 1e999: numbers must be finite"),
        (f"seed: {'9' * 5000}\n", "4:7: a number of 5000 characters"),
        ("traffic:\n\tsampling: plain\n", "5:1: a tab: indent with spaces"),
        ("? [a, b]\n: 1\n", "4:3: a key must be a word"),
        ("title: a: b\n", "4:9: a second `:` in one line"),
        ("limits: [a\n", "5:1: not YAML"),
    ],
)
def test_a_trap_of_yaml_is_an_error_with_its_place(complaints, text, expected):
    assert any(line.startswith(expected) for line in complaints(text)), complaints(text)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1:1: the file is empty"),
        (b"# only a comment\n", "1:1: the file is empty"),
        (b"\xef\xbb\xbfformat: 1\n", "1:1: the file starts with a byte order mark"),
        ("format: 1\n".encode("utf-16"), "1:1: the file is UTF-16"),
        (b"format: 1\ntitle: caf\xe9\n", "2:11: byte 0xe9 is not UTF-8"),
        (b"format: 1\ntitle: a\x00b\n", "2:9: control character U+0000"),
        (b"PK\x03\x04", "1:3: control character U+0003"),
        (b"- a\n- b\n", "1:1: a scenario is a mapping"),
        (b"just words\n", "1:1: a scenario is a mapping"),
        (b"x" * (document.MAX_BYTES + 1), "1:1: the file has"),
        (b"a: " + b"[" * 100_000, "1:35: nested more than 32 levels deep"),
        (b"a: " + b"{b: " * 100_000, None),
        (b"a: [" + b"1," * (document.MAX_NODES + 1) + b"]", "more than 50,000 values"),
    ],
)
def test_what_is_no_scenario_text_is_refused_at_its_place(complaints, content, expected):
    (line, *_) = complaints(content)
    assert expected is None or expected in line
    assert expected is not None or "nested more than 32 levels deep" in line


def test_an_alias_bomb_is_refused_without_being_expanded(complaints):
    names = "abcdefghijklmnopqrstuvwxyz"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in itertools.pairwise(names)]
    found = complaints("\n".join(lines).encode())
    assert "1:4: anchor &a: anchors and aliases are not read" in found
    assert any(line.startswith("2:8: alias *a") for line in found)


@pytest.mark.parametrize("word", ["NO", "yes", "off", "y", "True", "TRUE"])
def test_only_true_and_false_are_booleans(complaints, word):
    (line,) = complaints(f"tipping: {word}\n")
    assert line.startswith("4:10: tipping: expected true or false, got ")


def test_plain_words_that_other_yaml_takes_for_values_stay_text(write):
    scenario = load_scenario(write("limits: [NO, 2024-07-01, 1:30, 12e, on]\n"))
    assert scenario.limits == ("NO", "2024-07-01", "1:30", "12e", "on")


def test_a_number_where_text_is_meant_asks_for_quotes(complaints):
    assert complaints("limits: [12]\n") == ["4:10: limits[0]: expected text, got 12 (put it in quotes)"]


def test_quoted_numbers_are_text(complaints):
    assert complaints('replicates: "7"\n') == ["4:13: replicates: expected a whole number, got '7'"]


def test_problems_of_yaml_and_of_meaning_come_out_together(complaints):
    found = complaints("seed: 010\nhorizont: 2030-01\nevents:\n  - {kind: disconection, at: 2027-01}\n")
    assert [line.split(":")[0] for line in found] == ["4", "5", "7"]


def test_places_count_characters_not_bytes(complaints):
    (line,) = complaints("uncertainty: {latent_demand: true, noise: ä}\n")
    assert line.startswith("4:43: uncertainty.noise: expected true or false, got 'ä'")


def test_the_message_shows_the_line_and_points_at_the_value(write):
    file = write("seed: -3\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert str(caught.value) == f"{file}:4:7: seed: expected at least 0, got -3\n    seed: -3\n          ^"
