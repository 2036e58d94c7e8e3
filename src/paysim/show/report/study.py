"""Reports of a study: what was found at its points, and what an analysis of them says of its factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from paysim.scenario.schema import Scenario
from paysim.show.reading import heading
from paysim.show.report import parts, write_report
from paysim.show.report.blocks import Block, Facts, Listing, Page, Paragraph, Piece, Ruling, Section, Table, Text
from paysim.show.report.pictures import pictures
from paysim.study.compared.explain_words import Assumed, number_words
from paysim.study.results import FIGURES_FOLDER, REPORT_FILE
from paysim.study.sweeps.results import SweepResults
from paysim.study.sweeps.words import SHOWN_FAILURES, check_line, counts, outcome_rows, verdict
from paysim.words import deferred, said
from paysim.words import translated as _

_SPREADS = {
    "uniform": deferred("uniform"),
    "log-uniform": deferred("log-uniform"),
    "triangular": deferred("triangular"),
    "normal": deferred("normal"),
}


def write_study_report(results: SweepResults) -> None:
    """Write the report of a study into its folder, with the figures that lie there, in the language spoken."""
    write_report(results.folder / REPORT_FILE, study_page(results))


def study_page(results: SweepResults) -> Page:
    """The report of a study: outcomes over its points, checks, figures, factors, limits."""
    manifest = results.manifest
    folder = results.folder / FIGURES_FOLDER
    sections = (
        Section("short", _("In short"), tuple(_short(results))),
        Section("checks", _("Checks"), tuple(map(_ruling, manifest["checks"]))),
        Section("figures", _("Figures"), pictures(folder, {}) if folder.is_dir() else ()),
        _next(results),
        _factors(manifest["study"]),
        Section("failures", _("Points that failed"), tuple(_failures(results))),
        _limits(manifest["study"]),
        parts.repeat(manifest),
    )
    return _page(_("Report of a study"), said(manifest["title"]), results, sections, manifest)


def write_analysis_report(
    results: SweepResults,
    title: str,
    text: str,
    tables: Sequence[tuple[str, Sequence[tuple[str, ...]]]],
    cautions: Sequence[str],
    head: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write the report of an analysis of a study into a folder, with the figures that lie there.

    title : what was asked of the study;  text : what was found, in a paragraph
    tables : captions, and heads and rows of each;  cautions : what is to be read with care
    head : the command that does it again, version and key
    """
    shown = tuple(Table(caption, tuple(rows[0]), tuple(rows[1:]), prose=True) for caption, rows in tables if rows)
    warned = tuple(heading(caution) for caution in cautions)
    care: tuple[Block, ...] = (Paragraph(_("To be read with care:")), Listing(warned)) if warned else ()
    study = results.manifest["study"]
    sections = (
        Section("short", _("In short"), (Paragraph(text, "lead"), *shown, *care)),
        Section("figures", _("Figures"), pictures(folder / FIGURES_FOLDER, {})),
        _factors(study),
        _limits(study),
        parts.repeat(head, (Paragraph(_("The study itself:")), parts.command(str(results.manifest["command"]))), False),
    )
    write_report(folder / REPORT_FILE, _page(_("Report of an analysis"), title, results, sections, head))


def _page(kind: str, title: str, results: SweepResults, sections: tuple[Section, ...], head: Mapping[str, Any]) -> Page:
    question = said(results.manifest["study"]["question"])
    return Page(kind, title, question, (parts.caution(), counts(results)), sections, parts.foot(head))


def _short(results: SweepResults) -> Iterator[Block]:
    outcomes: Mapping[str, Any] = results.manifest["study"]["outcomes"]
    head, *rows = outcome_rows(results)
    named = tuple((_outcome(row[0], outcomes[row[0]]), *row[1:]) for row in rows)
    yield Table(_("Outcomes over all points and replicates"), head, named, prose=True)


def _outcome(name: str, outcome: Mapping[str, Any]) -> Text:
    label = outcome.get("label")
    return (Piece(said(label) + " "), Piece(name, code=True)) if label else name


def _ruling(check: Mapping[str, Any]) -> Ruling:
    return Ruling(
        name=f"check-{check['id']}",
        mark=check["id"],
        text=said(check["text"]),
        verdict=verdict(dict(check)),
        good=check["passed"],
        lines=((0, check_line(dict(check))),),
    )


def _next(results: SweepResults) -> Section:
    """Commands that say more of a study; one on a grid is read from its figures."""
    study = results.manifest["study"]
    if study["design"]["kind"] == "grid":
        return Section("next", "")
    first = next(iter(study["outcomes"]))
    sensitivity, discover = (f"paysim sweep {what} DIR --outcome {first}" for what in ("sensitivity", "discover"))
    commands = (sensitivity, f"{discover} --below X")
    told = _("The first says which factor decides an outcome, the second where it lies below X (DIR is this folder):")
    return Section("next", _("What decides"), (Paragraph(told), *map(parts.command, commands)))


def _factors(study: Mapping[str, Any]) -> Section:
    """What differs between points: range and spread, basis and source of the parameters among them."""
    known = {row.path: row for row in Scenario.parameter_table()}
    rows = []
    for name, factor in study["factors"].items():
        row = known.get(factor["path"] or "")
        basis = Assumed("", "", "", 0.0, 0.0, row.basis, "").basis_words if row and row.basis else "–"
        label = said(factor["label"]) if factor["label"] else name
        called: Text = (Piece(label + " "), Piece(factor["path"] or name, code=True))
        rows.append((called, _range(factor), basis, parts.source_text(row.source if row else "")))
    heads = (_("factor"), _("range"), _("basis of its default"), _("source"))
    design = study["design"]
    facts = Facts(((_("design"), str(design["kind"])), (_("scenario"), str(study["base"]))))
    table = Table(_("What differs between the points"), heads, tuple(rows), prose=True)
    changed = tuple(parts.code(f"{path}={value}") for path, value in study["set"].items())
    fixed: tuple[Block, ...] = (Paragraph(_("Changed at every point:")), Listing(changed)) if changed else ()
    return Section("factors", _("What was varied"), (table, facts, *fixed))


def _range(factor: Mapping[str, Any]) -> str:
    if factor["range"] is None:
        return ", ".join(factor["values"] or factor["scenarios"])
    (low, unit), (high, _unit) = factor["range"]
    span = _("{low} to {high}{unit}").format(low=number_words(low), high=number_words(high), unit=f" {unit}".rstrip())
    return f"{span}, {_(_SPREADS[factor['distribution'] or 'uniform'])}"


def _failures(results: SweepResults) -> Iterator[Block]:
    if results.failed:
        rows = tuple(
            (one["point"], one["error"].splitlines()[0], parts.code(one["command"]))
            for one in results.failures()[:SHOWN_FAILURES]
        )
        caption = _("The first of {count} points that failed").format(count=results.failed)
        yield Table(caption, (_("point"), _("error"), _("command")), rows, prose=True)


def _limits(study: Mapping[str, Any]) -> Section:
    return parts.limits({str(study["name"]): study}, [_("Factors that are not here stay at their best values.")])
