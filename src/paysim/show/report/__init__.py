"""Reports: one self-contained HTML page for each run, comparison, explanation, check and study.

A report is read without anything else: what was asked, what is assumed and on what basis, what happened, what it does
not show, and how to repeat it. Nothing in it asks for anything from outside, it is readable without JavaScript, and the
same results give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from paysim.show.report.blocks import Page
from paysim.show.report.page import rendered

__all__ = ["MOST_BYTES", "write_report"]

MOST_BYTES = 3_000_000
"""A report is smaller than this; what pictures it has no room for are named in it."""


def write_report(place: Path, page: Page) -> None:
    """Write a page to a file in one step, the same bytes on every system."""
    fresh = place.with_name(f".{place.name}.fresh")
    try:
        fresh.write_bytes(rendered(page).encode())
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
