"""Every link and every anchor within the pages exists, and every page can be found."""

from __future__ import annotations

import pytest
from page_blocks import DOCS, ROOT, pages
from page_links import anchors, dead_links, links

PAGES = (*pages(), "CHANGELOG.md", "src/paysim/data/README.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page):
    assert dead_links(ROOT / page, (ROOT / page).read_text(encoding="utf-8"), ROOT) == []


def test_a_link_to_nowhere_is_found():
    page = ROOT / "docs" / "howto" / "settle.md"
    text = page.read_text(encoding="utf-8")
    assert "(../reference/settlement.md)" in text
    (dead, *_) = dead_links(page, text.replace("(../reference/settlement.md)", "(../settlement.md)"), ROOT)
    assert dead.startswith("docs/howto/settle.md:")
    assert dead.endswith(": no such file: ../settlement.md")


def test_an_anchor_to_nowhere_is_found():
    page = ROOT / "docs" / "explanation" / "why.md"
    text = page.read_text(encoding="utf-8")
    assert "(odd.md#where-the-rules-were-mended)" in text
    found = dead_links(page, text.replace("#where-the-rules-were-mended", "#where-the-rules-were-bent"), ROOT)
    assert found
    assert all("no such heading: odd.md#where-the-rules-were-bent" in dead for dead in found)


def test_a_link_out_of_the_repository_is_found():
    (dead,) = dead_links(ROOT / "README.md", "[passwords](../../../../../etc/passwd)\n", ROOT)
    assert dead.startswith("README.md:1: no such file")


def test_anchors_are_those_of_github():
    text = "# One `paysim` word: Ünited\n\n## Twice\n\n## Twice\n\n### 7.13 Queues, and choice (`a/b.py`)\n"
    assert anchors(text) == {"one-paysim-word-ünited", "twice", "twice-1", "713-queues-and-choice-abpy"}


def test_code_and_comments_hold_no_links():
    assert list(links("`[a](b.md)`\n\n```text\n[a](c.md)\n```\n\n[a](d.md) ![e](f.png)\n")) == [
        (7, "d.md"),
        (7, "f.png"),
    ]


@pytest.mark.parametrize("folder", ["tutorial", "howto", "reference", "explanation"])
def test_the_start_page_names_every_page(folder):
    index = DOCS / "index.md"
    named = {(index.parent / target).resolve() for _, target in links(index.read_text(encoding="utf-8"))}
    assert {path for path in (DOCS / folder).glob("*.md") if path.resolve() not in named} == set()


@pytest.mark.parametrize("folder", ["events", "levers"])
def test_the_page_of_a_folder_names_every_page_in_it(folder):
    index = DOCS / "reference" / folder / "index.md"
    named = {target.partition("#")[0] for _, target in links(index.read_text(encoding="utf-8"))}
    assert {path.name for path in index.parent.glob("*.md")} - {"index.md"} <= named
