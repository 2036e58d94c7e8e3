"""The gallery holds what its page says, with a sentence for each picture, and can be drawn again."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from page_blocks import DOCS, ROOT
from PIL import Image

sys.path.insert(0, str(DOCS / "tools"))
import gallery  # a script beside the pages

LISTED = re.compile(r"^- \[(\S+)\]\((\S+)\): (.+)$", re.MULTILINE)
MODEST = 3_000_000
"""Bytes of all pictures."""
HAVE_OWN_WORDS = 5
"""Pictures whose figure has no caption, or one that says too little alone."""


def listed() -> list[tuple[str, str, str]]:
    return LISTED.findall((gallery.GALLERY / "README.md").read_text(encoding="utf-8"))


def test_the_page_lists_exactly_the_pictures_that_are_there_and_those_of_the_script() -> None:
    names = [name for name, _link, _sentence in listed()]
    assert sorted(names) == sorted(path.name for path in gallery.GALLERY.iterdir() if path.name != "README.md")
    assert names == [f"{picture.name}.png" for picture in gallery.pictures()]
    assert all(name == link for name, link, _sentence in listed())


def test_every_picture_has_one_sentence_that_says_what_to_read_from_it() -> None:
    for name, _link, sentence in listed():
        assert len(sentence.split()) >= 8, name
        assert sentence.endswith("."), name
        assert not re.search(r"[^.]\.\s+[A-Z]", sentence), f"{name}: more than one sentence"
        assert "{" not in sentence, name


def test_most_sentences_are_the_figures_own() -> None:
    own = [picture for picture in gallery.pictures() if "{caption}" not in picture.sentence]
    assert len(own) <= HAVE_OWN_WORDS


def test_a_sentence_without_a_caption_to_take_it_from_is_an_error() -> None:
    assert gallery.sentence(gallery.Picture("one"), {"one": "It falls."}) == "It falls."
    assert (
        gallery.sentence(gallery.Picture("one", "other", "{caption}: so."), {"other": "It falls."}) == "It falls: so."
    )
    with pytest.raises(KeyError):
        gallery.sentence(gallery.Picture("one"), {"other": "It falls."})


def test_the_pictures_are_modest_in_size_and_of_one_format() -> None:
    files = sorted(gallery.GALLERY.glob("*.png"))
    assert sum(file.stat().st_size for file in files) < MODEST
    for file in files:
        with Image.open(file) as picture:
            assert picture.size == (1600, 900), file.name


def test_every_picture_that_a_page_shows_is_in_the_gallery() -> None:
    named = set()
    for page in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))):
        named |= set(re.findall(r"results/gallery/([\w.-]+)\)", page.read_text(encoding="utf-8")))
    assert named <= {name for name, _link, _sentence in listed()} | {"README.md"}


def test_fewer_colours_change_a_picture_by_next_to_nothing(tmp_path) -> None:
    shades = np.linspace(0, 255, 60, dtype=np.uint8).repeat(10)
    drawn = np.stack([np.tile(shades, (200, 1))] * 3, axis=-1)
    Image.fromarray(drawn).save(tmp_path / "drawn.png")
    gallery.store(tmp_path / "drawn.png", tmp_path / "kept.png")
    with Image.open(tmp_path / "kept.png") as kept:
        apart = np.abs(np.asarray(kept.convert("RGB")).astype(int) - drawn)
    assert apart.max() <= 4


@pytest.mark.slow
def test_the_gallery_is_drawn_again_to_the_same_pixels(tmp_path) -> None:
    """Every run and study of it: some eight minutes on two idle cores."""
    page = gallery.draw(tmp_path / "work", tmp_path / "gallery")
    assert page == (gallery.GALLERY / "README.md").read_text(encoding="utf-8")
    for picture in gallery.pictures():
        drawn, kept = tmp_path / "gallery" / f"{picture.name}.png", gallery.GALLERY / f"{picture.name}.png"
        if drawn.read_bytes() != kept.read_bytes():  # another zlib packs the same pixels otherwise
            with Image.open(drawn) as one, Image.open(kept) as other:
                assert np.array_equal(np.asarray(one.convert("RGB")), np.asarray(other.convert("RGB"))), picture.name
