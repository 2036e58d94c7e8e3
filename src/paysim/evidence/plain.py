"""Claims and checks as plain data, for programs: shares as fractions, parameters in canonical units."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from paysim.evidence.ledger import claim_row
from paysim.evidence.wording import measure_words
from paysim.words import said

if TYPE_CHECKING:
    from paysim.evidence.assess import Assessed, Checked, Figure, InStory


def claim_data(found: Assessed) -> dict[str, Any]:
    """A claim as plain data; null where a figure is not defined."""
    claim, row = found.claim, claim_row(found)
    return {
        "id": claim.id,
        "text": said(claim.text),
        "verdict": found.verdict.value,
        "condition": row.condition,
        "notes": [line.text for line in row.lines],
        "given": [
            {**_figure_data(figure), "agrees": given.agrees, "stands_in": given.stands_in}
            for figure, given in found.given
        ],
        "stories": [_story_data(story) for story in found.stories],
        "sources_say": None if claim.sources_say is None else said(claim.sources_say),
        "sources": [{"text": said(link.text), "url": link.url} for link in claim.sources],
    }


def check_data(found: Checked) -> dict[str, Any]:
    """A check as plain data."""
    text = None if found.check.text is None else said(found.check.text)
    return {"id": found.check.id, "text": text, "passed": found.passed, "cases": found.cases} | _figure_data(
        found.figure
    )


def _story_data(story: InStory) -> dict[str, Any]:
    return {
        "story": story.label,
        "share": _plain(story.finding.share),
        "without_premises": None if story.finding.without is None else _plain(story.finding.without),
        "premises": list(story.premises),
        "cases": story.cases,
        "figures": [_figure_data(figure) for figure in story.figures],
        "ranges": [
            {"parameter": path, "low": where.low, "high": where.high, "holds": [list(span) for span in where.intervals]}
            for path, where in story.ranges
        ],
    }


def _figure_data(figure: Figure) -> dict[str, Any]:
    expected = figure.expected
    return {
        "figure": measure_words(expected),
        "unit": expected.measure.unit,
        "p05": _plain(figure.low),
        "p50": _plain(figure.median),
        "p95": _plain(figure.high),
        "at_least": expected.at_least,
        "at_most": expected.at_most,
    }


def _plain(value: float) -> float | None:
    return None if isnan(value) else value
