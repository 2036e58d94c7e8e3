"""The report of claims and checks: the ledger, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from paysim.show.report import parts, write_report
from paysim.show.report.blocks import Block, Page, Paragraph, Ruling, Section, Table, Text, link
from paysim.words import said
from paysim.words import translated as _


class Line(Protocol):
    """A line below a verdict, further in by ``depth``."""

    @property
    def depth(self) -> int:
        """How far in."""

    @property
    def text(self) -> str:
        """What it says."""


class Row(Protocol):
    """A claim or a check in words, as `paysim.evidence.ledger` gives it."""

    @property
    def id(self) -> str:
        """Its id in the file."""

    @property
    def text(self) -> str:
        """What is claimed, or made sure of; may be empty."""

    @property
    def verdict(self) -> str:
        """The verdict in words."""

    @property
    def condition(self) -> str:
        """What it rests on; may be empty."""

    @property
    def lines(self) -> Sequence[Line]:
        """Figures and findings."""

    @property
    def sources_say(self) -> str:
        """The verdict of sources; may be empty."""

    @property
    def sources(self) -> Sequence[tuple[str, str]]:
        """Text and address of each."""


@dataclass(frozen=True)
class Ledger:
    """What was found for one file.

    file : its name;  scenario : as plain data
    checks, claims : with whether each is a success (True), a failure (False) or neither (None)
    """

    file: str
    scenario: Mapping[str, Any]
    checks: tuple[tuple[Row, bool | None], ...]
    claims: tuple[tuple[Row, bool | None], ...]


def write_check_report(place: Path, ledgers: Sequence[Ledger], how: str, head: Mapping[str, Any]) -> None:
    """Write the ledger of some files as a report, in the language spoken.

    how : engine, draws and seed, in words;  head : the command that does it again, and the version
    """
    write_report(place, check_page(ledgers, how, head))


def check_page(ledgers: Sequence[Ledger], how: str, head: Mapping[str, Any]) -> Page:
    """The report of claims and checks: an overview, the ledger of every file, and what the files rest on."""
    scenarios = {one.file: one.scenario for one in ledgers}
    single = len(ledgers) == 1
    whole = [_ledger(number, one, single) for number, one in enumerate(ledgers, 1)]
    beside = [_("A verdict is of this model: that a claim holds here does not make it so in the world.")]
    beside += [_("A claim that does not hold is no error; a check that fails is one.")]
    sections = (
        Section("short", _("In short"), (_overview(ledgers, single),)),
        *whole,
        parts.assumptions(scenarios),
        parts.limits(scenarios, beside),
        parts.sources(scenarios),
        parts.repeat(head, whole=False),
    )
    title = _("Claims and checks of {count} scenarios").format(count=len(ledgers))
    return Page(
        _("Report of claims and checks"),
        said(ledgers[0].scenario["title"]) if single else title,
        parts.question_of(ledgers[0].scenario) if single else "",
        (parts.caution(), how),
        sections,
        parts.foot(head),
    )


def _overview(ledgers: Sequence[Ledger], single: bool) -> Table:
    """Every check and claim with its verdict, a line each."""
    rows: list[tuple[Text, ...]] = []
    for one in ledgers:
        for kind, found in ((_("check"), one.checks), (_("claim"), one.claims)):
            where: tuple[Text, ...] = () if single else (parts.code(one.file),)
            rows += [(row.text or row.id, kind, row.verdict, *where) for row, _good in found]
    heads = (_("what is said"), _("kind"), _("verdict"), *(() if single else (_("file"),)))
    return Table(_("All verdicts"), heads, tuple(rows), prose=True)


def _ledger(number: int, one: Ledger, single: bool) -> Section:
    """The ledger of a file; its parts are its checks and its claims."""
    name = "ledger" if single else f"ledger-{number}"
    kinds = (("checks", _("Checks"), one.checks), ("claims", _("Claims"), one.claims))
    inner = tuple(
        Section(f"{name}-{kind}", heading, tuple(_ruling(f"{name}-{kind}", *pair) for pair in found))
        for kind, heading, found in kinds
        if found
    )
    blocks: tuple[Block, ...] = () if inner else (Paragraph(_("neither claims nor checks")),)
    return Section(name, _("The ledger") if single else said(one.scenario["title"]), blocks, inner)


def _ruling(place: str, row: Row, good: bool | None) -> Ruling:
    return Ruling(
        name=f"{place}-{row.id}",
        mark=row.id,
        text=row.text,
        verdict=row.verdict,
        good=good,
        condition=row.condition,
        lines=tuple((line.depth, line.text) for line in row.lines),
        sources_say=_("Sources: {verdict}").format(verdict=row.sources_say) if row.sources_say else "",
        sources=tuple(link(text, address) for text, address in row.sources),
    )
