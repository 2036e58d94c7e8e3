"""What is remembered of a story's line counts only for the very same story and code."""

from __future__ import annotations

import asyncio

import pytest

from paysim.explore import remembered, tasks
from paysim.explore.remembered import recall, remember
from paysim.explore.server import Explorer
from paysim.explore.state import State
from paysim.explore.tasks import Line

LINE = Line(("2024-07", "2024-08"), "China", ((({"en": "Cut", "de": "Schnitt"}), "2024-08"),), b'{"a":[0.1,null]}')


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYSIM_CACHE", str(tmp_path))
    return tmp_path / remembered.FOLDER


def test_a_line_comes_back_as_it_was():
    assert recall("cutoff", "k") is None
    remember("cutoff", "k", LINE)
    assert recall("cutoff", "k") == LINE


def test_it_counts_for_no_other_story_and_no_other_code(monkeypatch):
    remember("cutoff", "k", LINE)
    assert recall("cutoff", "other") is None
    assert recall("baseline", "k") is None
    monkeypatch.setattr(remembered, "_code", lambda: "other")
    assert recall("cutoff", "k") is None


@pytest.mark.parametrize("cut", [0, 10, -3])
def test_what_is_broken_is_not_there(folder, cut):
    remember("cutoff", "k", LINE)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:cut] if cut else whole.replace(b"0.1", b"0.2"))
    assert recall("cutoff", "k") is None


def test_a_newer_line_takes_the_place_of_the_older(folder):
    remember("cutoff", "k", LINE)
    remember("cutoff", "later", LINE)
    assert len(list(folder.iterdir())) == 1
    assert recall("cutoff", "k") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PAYSIM_CACHE", str(tmp_path / "file"))
    remember("cutoff", "k", LINE)
    assert recall("cutoff", "k") is None


class Counted:
    """Instead of a pool."""

    closed = False

    def __init__(self):
        self.asked = []

    async def ask(self, turn, key, function, *given, visitor=None):
        self.asked.append(function)
        return LINE


def test_a_story_is_drawn_from_memory_and_a_changed_one_never(presets):
    first, second = Counted(), Counted()
    changed = State("cutoff", (("bypass_share", "45 %"),))
    explorer = Explorer(presets, first)
    asyncio.run(explorer.line(State("cutoff")))
    asyncio.run(explorer.line(changed))
    assert first.asked == [tasks.ask_line] * 2
    again = Explorer(presets, second)
    assert asyncio.run(again.line(State("cutoff")))[1] == LINE
    assert second.asked == []
    asyncio.run(again.line(changed))
    assert second.asked == [tasks.ask_line]
