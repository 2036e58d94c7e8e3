"""The library of stories: each shows what its file and the gallery say, and not without what it puts in.

The numbers are worked out by the scripts of the documentation, at the best values of all parameters.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from paysim.engine.run import prepare, simulate_mean_field
from paysim.engine.simulation import simulate
from paysim.words import said

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "tools"))
from stories import pair, row, sentences  # the scripts of the documentation are not a package
from stories_bands import BANDS
from stories_shown import SHOWN
from stories_told import SAID
from story_measures import at, change, gains, path, story

ROOT = Path(__file__).parents[2]
FILES = sorted(file.stem for file in (ROOT / "scenarios").glob("*.yaml"))
GALLERY = (ROOT / "docs" / "reference" / "scenarios.md").read_text(encoding="utf-8")
SIDES = ("article_full", "skeptic")

MOVES = (  # story, series, key, month, least move in points (signed), the premises without which it is gone
    ("reconnect", "trade_index", "CHN", "2030-12", 8.0, ("back",), "2029-12"),
    ("swap_lines", "true_share", "CNY", "2030-12", 0.4, ("lines", "banks"), "2025-12"),
    ("oil_in_yuan", "true_share", "CNY", "2030-12", 0.2, ("oil",), "2025-12"),
    ("us_debt", "true_share", "USD", "2030-12", -4.0, ("doubt",), "2025-12"),
    (
        "tariffs_2025",
        "trade_index",
        "CHN",
        "2026-12",
        -3.0,
        ("february", "march", "april", "may", "november"),
        "2025-01",
    ),
    (
        "tariffs_2025",
        "trade_index",
        "ASEAN",
        "2026-12",
        0.5,
        ("february", "march", "april", "may", "november"),
        "2025-01",
    ),
    ("belt_and_road", "trade_index", "CHN", "2030-12", 3.0, ("trade", "banks"), "2025-12"),
    ("rare_earths", "china_trade_rmb_share", "CHN", "2027-12", 1.5, ("leverage",), "2026-10"),
    ("bubble", "trade_index", "USA", "2028-12", -9.0, ("fall",), "2026-12"),
    ("article_full", "true_share", "CNY", "2030-12", 15.0, ("cut",), "2026-12"),
    ("skeptic", "trade_index", "CHN", "2030-12", -50.0, ("cut", "fear"), "2026-12"),
    ("skeptic", "tracker_share", "CNY", "2025-08", -0.5, ("fading", "controls"), "2024-07"),
)

NEAR = {  # the same kinds of events a month after the start, for the event engine
    "reconnect": ("events.cut.at=2024-07-20", "events.cut.notice=2 d", "events.back.at=2024-08-20"),
    "swap_lines": ("events.lines.at=2024-08", "events.banks.at=2024-08"),
    "oil_in_yuan": ("events.oil.at=2024-08", "events.oil.ramp=0 d"),
    "us_debt": ("events.doubt.at=2024-08", "events.doubt.ramp=0 d"),
    "tariffs_2025": ("events.february.at=2024-08", "events.answer_may.at=2024-08"),
    "belt_and_road": ("events.trade.at=2024-08", "events.trade.ramp=0 d", "events.banks.at=2024-08"),
    "rare_earths": ("events.leverage.at=2024-08", "events.leverage.ramp=0 d"),
    "bubble": ("events.fall.at=2024-08", "events.fall.ramp=0 d"),
    "article_full": ("events.cut.at=2024-08-20", "events.cut.notice=2 d", "events.bubble.at=2024-08"),
    "skeptic": ("events.cut.at=2024-08-20", "events.cut.notice=2 d", "events.fear.at=2024-08-20"),
}


def limits(name: str) -> str:
    """The limits of a story, with single spaces."""
    return " ".join(" ".join(map(said, story(name).limits)).split())


def test_the_gallery_has_every_story_and_no_other() -> None:
    named = re.findall(r"^\| \[`(\w+)`\]\(\.\./\.\./scenarios/(\w+)\.yaml\)", GALLERY, re.MULTILINE)
    assert all(name == file for name, file in named)
    assert sorted(name for name, _ in named) == FILES


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_the_gallery_asks_what_the_file_asks_and_shows_what_the_code_gives(name: str) -> None:
    assert row(name) in GALLERY


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_file_says_what_the_code_gives(name: str) -> None:
    said = limits(name)
    for sentence in sentences(name):
        assert sentence in said


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BANDS))
def test_a_file_says_how_far_its_result_reaches(name: str) -> None:
    assert BANDS[name].text() in limits(name)


@pytest.mark.parametrize(("name", "series", "key", "month", "least", "premises", "before"), MOVES)
def test_a_story_moves_what_it_says_and_not_without_its_premise(
    name: str, series: str, key: str, month: str, least: float, premises: tuple[str, ...], before: str
) -> None:
    def move(without: tuple[str, ...]) -> float:
        record = path(name, without=without)
        return at(record, series, key, month) - at(record, series, key, before)

    assert move(()) * np.sign(least) >= abs(least)
    assert abs(move(premises)) < 0.1 * abs(least) or abs(move(premises)) < 0.25 * abs(move(()))


@pytest.mark.parametrize("name", sorted(NEAR))
def test_the_event_engine_tells_the_story_too(name: str) -> None:
    prepared = prepare(story(name, *NEAR[name]).shortened("2024-09"))
    events, mean_field = simulate(prepared, 1, 0, ()), simulate_mean_field(prepared, 1, [0], ())[0]
    assert events.values("payments", "settled")[-1] > 0
    for currency in ("USD", "EUR", "CNY", "OTH"):
        ours, theirs = (record.values("true_share", currency)[-1] for record in (events, mean_field))
        assert ours == pytest.approx(theirs, abs=0.005), currency


@pytest.mark.parametrize("name", SIDES)
def test_all_that_happens_on_either_side_is_marked_as_premise(name: str) -> None:
    assert all(event.premise for event in story(name).events)


def test_both_sides_are_cut_alike_and_told_at_the_same_length() -> None:
    article, skeptic = (next(event for event in story(name).events if event.id == "cut") for name in SIDES)
    assert (article.at, article.notice, article.groups) == (skeptic.at, skeptic.notice, skeptic.groups)
    words = [len((ROOT / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8").split()) for name in SIDES]
    assert max(words) < 1.1 * min(words)
    assert len(SAID[SIDES[0]]) == len(SAID[SIDES[1]])


def test_the_readme_shows_both_sides_in_one_table() -> None:
    assert pair() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_cut_moves_the_yuan_more_than_all_that_touches_trade_alone() -> None:
    small = [gains(name, "CNY")[0] for name in ("swap_lines", "oil_in_yuan", "rare_earths", "belt_and_road")]
    assert all(0.0 < gain < 1.2 for gain in small)
    assert gains("cutoff", "CNY")[0] > 4.0 * sum(small)


def test_a_doubted_dollar_is_the_gain_of_others_before_the_yuan() -> None:
    euro, yuan, others = gains("us_debt", "EUR", "CNY", "OTH")
    assert min(euro, others) > 2.0 * yuan > 0.0


def test_trade_between_two_that_tax_each_other_falls_twice_as_much_as_it_did() -> None:
    published = {("CHN", "USA"): -20.0, ("USA", "CHN"): -14.6}
    for corridor, fall in published.items():
        assert 1.7 < change("tariffs_2025", *corridor, 2025) / fall < 2.3
        assert 0.7 < change("tariffs_2025", *corridor, 2025, "behaviour.trade_elasticity=1.5") / fall < 1.2
