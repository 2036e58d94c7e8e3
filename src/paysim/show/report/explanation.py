"""The report of an explanation: which assumptions outcomes of a run hang on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from paysim.show.reading import heading
from paysim.show.report import parts, write_report
from paysim.show.report.blocks import Block, Listing, Page, Paragraph, Section, Table
from paysim.show.report.pictures import pictures
from paysim.study.compared.explain import Explanation
from paysim.study.compared.explain_words import Assumed, cautions, outcome_words, paragraph, table
from paysim.study.results import FIGURES_FOLDER, REPORT_FILE, Results
from paysim.words import said
from paysim.words import translated as _


def write_explanation_report(
    run: Results,
    explanations: Sequence[Explanation],
    known: Mapping[str, Assumed],
    names: Sequence[str],
    head: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write the report of an explanation into its folder, with the figures that lie there, in the language spoken.

    known : what is assumed of each parameter;  names : of the keys of the outcomes;  head : command, version and key
    """
    page = explanation_page(run, explanations, known, names, head, folder / FIGURES_FOLDER)
    write_report(folder / REPORT_FILE, page)


def explanation_page(
    run: Results,
    explanations: Sequence[Explanation],
    known: Mapping[str, Assumed],
    names: Sequence[str],
    head: Mapping[str, Any],
    figures: Path,
) -> Page:
    """The report of an explanation: each outcome in words and as a table, the figures, and what each rests on."""
    own = {str(run.manifest["name"]): run.scenario}
    inner = tuple(_outcomes(explanations, known, names))
    beside = [_("Correlations of ranks tell what goes together in the draws of this run, not what causes what."),
              _("Parameters that the scenario fixes cannot show here, however much hangs on them.")]  # fmt: skip
    sections = (
        Section("short", _("What it hangs on"), (), inner),
        Section("figures", _("Figures"), pictures(figures, {})),
        parts.parameters(run),
        parts.assumptions(own),
        parts.limits(own, beside),
        parts.sources(own),
        parts.repeat(head, whole=False),
    )
    return Page(
        _("Report of an explanation"),
        _("{title}: what it hangs on").format(title=said(run.manifest["title"])),
        parts.question_of(run.scenario),
        parts.run_facts(run.manifest),
        sections,
        parts.foot(head),
    )


def _outcomes(
    explanations: Sequence[Explanation], known: Mapping[str, Assumed], names: Sequence[str]
) -> Iterator[Section]:
    for number, (one, who) in enumerate(zip(explanations, names, strict=True), 1):
        what = heading(outcome_words(one, who))
        rows = table(one, known)
        caption = _("{outcome}: partial rank correlation (PRCC) with each parameter, the strongest first")
        blocks: list[Block] = [Paragraph(paragraph(one, known, who), "lead")]
        blocks.append(Table(caption.format(outcome=what), rows[0], tuple(rows[1:]), prose=True))
        warned = tuple(heading(text) for text in cautions(one))
        if warned:
            blocks += [Paragraph(_("To be read with care:")), Listing(warned)]
        yield Section(f"outcome-{number}", what, tuple(blocks))
