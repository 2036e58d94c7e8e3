"""What a finished study says in words: for a terminal, and as Markdown for a summary of continuous integration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from paysim.study.sweeps.results import SweepResults, spread
from paysim.words import decimal, said
from paysim.words import translated as _

SHOWN_FAILURES = 5
_PERCENT = ("fraction", "index", "ratio")


def shown(value: float, unit: str) -> str:
    """A figure with three digits and its unit; shares and indices in percent."""
    if math.isnan(value):
        return "–"
    if unit.startswith(_PERCENT):
        return decimal(f"{100.0 * value:.3g}") + " %"
    name = {"basis points": "bp"}.get(unit, unit)
    return f"{decimal(f'{value:.3g}')} {name}".rstrip()


def counts(results: SweepResults) -> str:
    """How far the study came, in one line."""
    manifest = results.manifest
    text = _("{points} points × {replicates} replicates, {engine} engine, seed {seed}: {finished} finished")
    line = text.format(**{name: manifest[name] for name in ("points", "replicates", "engine", "seed", "finished")})
    if results.failed:
        line += ", " + _("{count} failed").format(count=results.failed)
    if results.missing:
        line += ", " + _("{count} not run").format(count=results.missing)
    return line


def outcome_rows(results: SweepResults) -> list[tuple[str, ...]]:
    """A row an outcome: its name, least value, quantiles .05, .5, .95, greatest value; a head first."""
    rows: list[tuple[str, ...]] = [(_("outcome"), _("least"), "5 %", _("median"), "95 %", _("greatest"))]
    for name, unit in results.manifest["outcomes"].items():
        found = spread(results.outcome(name))
        rows.append((name, *(shown(value, unit) for value in found.values())))
    return rows


def verdict(check: dict[str, Any]) -> str:
    """A word for what became of a check."""
    return {True: _("holds"), False: _("fails"), None: _("open: points are missing")}[check["passed"]]


def check_line(check: dict[str, Any]) -> str:
    """What became of a check, in one line."""
    text = _("{id}: {outcome} {bounds} at {share} of points: {verdict}, {met} of {values} keep it")
    share = decimal(f"{100.0 * check['share']:.4g}") + " %"
    return text.format(**{**check, "share": share, "verdict": verdict(check)})


def lines(results: SweepResults) -> Iterator[str]:
    """The study on a terminal."""
    yield said(results.manifest["title"])
    yield counts(results)
    yield ""
    yield from _columns(outcome_rows(results))
    checks = results.manifest["checks"]
    if checks:
        yield ""
        yield from (check_line(check) for check in checks)
    if results.failed:
        yield ""
        yield _("Points that failed, each with the command that repeats it ({file} has all):").format(
            file=(results.folder / "failures.csv").as_posix()
        )
        for failure in results.failures()[:SHOWN_FAILURES]:
            yield f"  {failure['point']}: {failure['error'].splitlines()[0]}"
            yield f"    {failure['command']}"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join((first.strip().ljust(widths[0]), *rest)).rstrip()


def markdown(results: SweepResults) -> str:
    """The study as Markdown."""
    found = [f"### {said(results.manifest['title'])}", "", counts(results), ""]
    head, *rows = outcome_rows(results)
    found += [_row(head), _row(("---", *["---:"] * (len(head) - 1))), *(_row(row) for row in rows), ""]
    checks = results.manifest["checks"]
    if checks:
        found += [_row((_("check"), _("verdict"))), _row(("---", "---"))]
        found += [_row((check_line(check), verdict(check))) for check in checks] + [""]
    if results.failed:
        found += [_row((_("point"), _("error"), _("command"))), _row(("---", "---", "---"))]
        for failure in results.failures()[:SHOWN_FAILURES]:
            found.append(_row((failure["point"], failure["error"].splitlines()[0], f"`{failure['command']}`")))
        found.append("")
    return "\n".join(found)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
