"""The page says nothing but what `paysim.explore.texts` has, and every text there is said somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import paysim.explore
from paysim.explore.levers import levers
from paysim.explore.texts import TEXTS

STATIC = Path(paysim.explore.__file__).parent / "static"
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.js"))}
PAGE = (STATIC / "index.html").read_text(encoding="utf-8")
KEYS = re.compile(r'"([a-z]+(?:_[a-z]+)*)"')


def said() -> set[str]:
    """Keys that are asked for outright."""
    found = {key for text in SCRIPTS.values() for key in re.findall(r'\bsay\("(\w+)"', text)}
    return found | set(re.findall(r'data-say(?:-label)?="(\w+)"', PAGE))


def composed() -> set[str]:
    """Keys put together or chosen on the way: whole words in quotes, groups of levers, ends of comparisons."""
    words = {word for text in SCRIPTS.values() for word in KEYS.findall(text)}
    groups = {f"group_{lever.group}" for lever in levers()}
    ends = {f"{word}_{end}" for word in words for end in ("more", "less", "even")}
    return words | groups | ends


def test_every_text_that_is_asked_for_is_there():
    assert said(), "the scripts ask for texts"
    assert said() - set(TEXTS) == set()
    assert {f"group_{lever.group}" for lever in levers()} <= set(TEXTS)


def test_no_text_lies_unused():
    assert set(TEXTS) - said() - composed() == set()


def test_fields_of_texts_are_those_that_scripts_fill():
    filled = {name for text in SCRIPTS.values() for name in re.findall(r"(\w+)(?=:|,|\s*\})", text)}
    for key, text in TEXTS.items():
        assert set(re.findall(r"\{(\w+)\}", text)) <= filled, key


def test_nothing_is_inline_and_nothing_comes_from_elsewhere():
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", PAGE)
    for name, text in {**SCRIPTS, "index.html": PAGE}.items():
        addresses = set(re.findall(r"https?://[^\s\"'`]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not addresses, name
    for sheet in STATIC.glob("*.css"):
        assert "url(" not in sheet.read_text(encoding="utf-8"), sheet.name
