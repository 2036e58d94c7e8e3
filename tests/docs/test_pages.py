"""Every block of every page does what the page shows."""

from __future__ import annotations

import pytest
from page_blocks import ROOT, PageError, blocks_of, pages
from page_runner import prepare, run_page

QUICK = ("docs/explanation/response.md", "docs/reference/systems.md")
"""Pages with commands that are done in about three seconds; the others with commands are slow."""


def _marked(page: str):
    try:
        blocks = blocks_of(page, (ROOT / page).read_text(encoding="utf-8"))
    except PageError:
        blocks = []  # the test tells it
    runs = [block for block in blocks if block.language in ("console", "python") and block.order("not run") is None]
    return pytest.param(page, marks=[pytest.mark.slow] if runs and page not in QUICK else [], id=page)


@pytest.mark.parametrize("page", [_marked(page) for page in pages()])
def test_a_page_shows_what_happens(page, tmp_path):
    run_page(blocks_of(page, (ROOT / page).read_text(encoding="utf-8")), prepare(tmp_path))
