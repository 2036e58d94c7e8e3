"""The ledger: claims and checks with verdict, figures, conditions and sources, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from paysim.evidence.verdicts import Finding, Verdict
from paysim.evidence.wording import cases_words, figure_words, range_words
from paysim.scenario.claims import BEHAVIOUR
from paysim.words import said
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.evidence.assess import Assessed, Checked, Figure, InStory
    from paysim.evidence.verdicts import GivenFigure

_NUMBER = re.compile(r"(\d) (%|bp|h)(?!\w)")


@dataclass(frozen=True)
class Line:
    """A line below a verdict, further in by ``depth``."""

    depth: int
    text: str


@dataclass(frozen=True)
class Row:
    """One claim or check in words.

    verdict : in words;  condition : what it rests on, in one sentence, empty where nothing needs saying
    lines : figures and findings;  sources_say : empty where the file says nothing;  sources : text and address
    """

    id: str
    text: str
    verdict: str
    condition: str
    lines: tuple[Line, ...]
    sources_say: str = ""
    sources: tuple[tuple[str, str], ...] = ()


def verdict_words(verdict: Verdict) -> str:
    """Say a verdict."""
    return {
        Verdict.HOLDS: _("holds"),
        Verdict.ONLY_IF: _("holds only if"),
        Verdict.FAILS: _("does not hold"),
        Verdict.GIVEN: _("given as input"),
        Verdict.UNTESTED: _("cannot be tested here"),
    }[verdict]


def claim_row(found: Assessed) -> Row:
    """Put a claim into words."""
    claim = found.claim
    lines = [Line(0, _given_words(figure, given)) for figure, given in found.given]
    if claim.at_ends_of is not None and found.stories:
        text = _("tested at the 5th, 50th and 95th percentile of {parameter}, all others at their best values")
        lines.append(Line(0, text.format(parameter=claim.at_ends_of.removeprefix(BEHAVIOUR))))
    for story in found.stories:
        lines += _story_lines(story, claim.at_ends_of is not None, named=len(found.stories) > 1)
    return Row(
        claim.id,
        said(claim.text),
        verdict_words(found.verdict),
        condition(found),
        tuple(lines),
        "" if claim.sources_say is None else said(claim.sources_say),
        tuple((said(link.text), link.url) for link in claim.sources),
    )


def check_row(found: Checked) -> Row:
    """Put a check into words."""
    check = found.check
    verdict = _("passed") if found.passed else _("failed")
    text = "" if check.text is None else said(check.text)
    lines = [Line(0, figure_words(found.figure))]
    if found.cases == 1:
        lines.append(Line(1, cases_words(float(found.passed), 1, at_ends=False)))
    return Row(check.id, text, verdict, "", tuple(lines))


def condition(found: Assessed) -> str:
    """What a verdict rests on, in one sentence."""
    if found.verdict is Verdict.UNTESTED:
        reason = found.claim.untestable
        return _("the model has no value for a figure that it rests on") if reason is None else said(reason)
    if found.verdict is Verdict.ONLY_IF:
        held = [_held_words(story, found) for story in found.stories if not story.finding.never]
        return _("; or ").join(held)
    if found.verdict is Verdict.GIVEN and found.stories:
        holding = [story for story in found.stories if not story.finding.never]
        events = ", ".join(dict.fromkeys(one for story in holding for one in story.premises))
        if all(story.finding.always for story in found.stories):
            return _("it follows from what is put in: {events}").format(events=events)
        text = _("it follows from what is put in ({events}), and even then holds only if: {condition}")
        return text.format(events=events, condition=_("; or ").join(_held_words(story, found) for story in holding))
    if found.verdict is Verdict.GIVEN:
        return _("the figure is an input of the model and not a result of it")
    if found.verdict is Verdict.FAILS and any(given.contradicts for _figure, given in found.given):
        return _("the published figure itself is another")
    return ""


def _held_words(story: InStory, found: Assessed) -> str:
    """Where a claim holds: a story, and the values of the parameter that decides most, or in how many cases."""
    deciding = [(path, where) for path, where in story.ranges if where.decides]
    parts = [story.label] if len(found.stories) > 1 or story.finding.always else []
    if found.verdict is Verdict.ONLY_IF and story.finding.given:
        parts.append(_("with what is put in ({events})").format(events=", ".join(story.premises)))
    cases = cases_words(story.finding.share, story.cases, found.claim.at_ends_of is not None)
    if deciding and not story.finding.always:
        parts += [cases, range_words(*min(deciding, key=lambda pair: pair[1].part))]
    elif not story.finding.always:
        parts.append(_("luck and parameters fall that way, as {cases}").format(cases=cases))
    return ", ".join(parts)


def _given_words(figure: Figure, given: GivenFigure) -> str:
    words = figure_words(figure)
    if given.contradicts:
        return _("{figure}: an input, which says otherwise").format(figure=words)
    if given.stands_in:
        text = _("{figure}: an input of another period than {period}, which neither confirms nor refutes")
        return text.format(figure=words, period=str(figure.expected.measure.instead_of))
    return _("{figure}: an input, which confirms nothing").format(figure=words)


def _answer(finding: Finding, cases: int, at_ends: bool) -> str:
    """Whether something holds, and in how many cases."""
    words = cases_words(finding.share, cases, at_ends)
    answer = _("yes, {cases}") if finding.always else _("no, {cases}") if finding.never else "{cases}"
    return answer.format(cases=words)


def _story_lines(story: InStory, at_ends: bool, named: bool) -> list[Line]:
    without = story.finding.without
    start = f"{story.label}: " if named else ""
    lines = [Line(0, start + _answer(story.finding, story.cases, at_ends))]
    lines += [Line(1, figure_words(figure)) for figure in story.figures]
    if without is not None:
        text = _("without what is put in ({events}): {cases}")
        answer = _("not defined") if isnan(without) else _answer(Finding(without), story.cases, at_ends)
        lines.append(Line(1, text.format(events=", ".join(story.premises), cases=answer)))
    lines += [Line(1, range_words(path, where)) for path, where in story.ranges if where.decides]
    for words, full in (
        (_("whatever {parameters}, with all others at their best values"), True),
        (_("for no value of {parameters}, with all others at their best values"), False),
    ):
        same = [path for path, where in story.ranges if not where.decides and bool(where.intervals) is full]
        if same:
            names = ", ".join(path.removeprefix(BEHAVIOUR) for path in same)
            lines.append(Line(1, words.format(parameters=names)))
    return lines


def as_text(rows: Sequence[Row], width: int) -> list[str]:
    """The ledger as lines of a page of so many characters; addresses stay whole."""
    import textwrap

    lines: list[str] = []

    def put(start: str, text: str, further: str) -> None:
        kept = _NUMBER.sub("\\1\u00a0\\2", text)  # a number stays in one line with its unit
        wrapped = textwrap.wrap(
            kept,
            width,
            initial_indent=start,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines.extend(line.replace("\u00a0", " ") for line in wrapped or [start])

    for row in rows:
        put("", f"{row.id}: {row.text}" if row.text else row.id, "    ")
        put("    ", row.verdict.upper() + (f": {row.condition}" if row.condition else ""), "        ")
        for line in row.lines:
            inner = "    " + "  " * line.depth
            put(f"{inner}- ", line.text, f"{inner}  ")
        if row.sources_say:
            put("    ", _("Sources: {verdict}").format(verdict=row.sources_say), "      ")
        for text, url in row.sources:
            put("      ", f"{text}: {url}", "        ")
        lines.append("")
    return lines
