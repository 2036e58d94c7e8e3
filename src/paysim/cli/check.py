"""``paysim check``: the claims and checks of scenario files, as a ledger for people and as files for programs."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import PAGE
from paysim.cli.run import stoppable
from paysim.words import LANGUAGES, language, said, speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.evidence.assess import Assessed, Assessor, Checked
    from paysim.scenario.schema import Scenario
    from paysim.study.progress import Progress

REPLICATES = 60
FEWEST, MOST = 20, 100_000
"""Draws: with fewer, the 5th percentile lies below them all, and luck could pass a check."""
FAILED = 1
ENGINES = ("mean-field", "events")
_SCENARIOS = (".yaml", ".yml")


@dataclass
class Sheet:
    """What was found for one file, with the seconds that each took."""

    file: Path
    scenario: Scenario
    checks: list[tuple[Checked, float]]
    claims: list[tuple[Assessed, float]]

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(not found.passed for found, _seconds in self.checks)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a JUnit report.")
@click.option("--json", "as_json", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write JSON.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a page (HTML).")
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Language.")
@click.option(
    "--replicates", type=click.IntRange(FEWEST, MOST), default=REPLICATES, show_default=True, help="Draws a story."
)
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True, help="Engine.")
@click.option("--quiet", is_flag=True, help="Print the ledger, but not how far it is.")
def command(
    files: tuple[Path, ...],
    junit: Path | None,
    as_json: Path | None,
    report: Path | None,
    lang: str,
    replicates: int,
    engine: str,
    quiet: bool,
) -> None:
    """Test the claims and checks of scenario files and print a ledger.

    A check must hold at the far end of the interval over the draws; exit code 1 if one does not. A claim has a verdict
    and never fails: holds, holds only if, does not hold, given as input, cannot be tested here. Runs are those of the
    mean field unless --engine says otherwise.
    """
    from paysim.study.progress import Progress, progress_for

    _writable(files, junit, as_json, report)
    progress = Progress() if quiet else progress_for(sys.stderr)
    with speaking(lang), stoppable(quiet, "Nothing was written."):
        sheets = _tested(files, replicates, engine, progress)
        for sheet in sheets:
            click.echo("\n".join(_page(sheet, replicates, engine)))
        if as_json is not None:
            _write(as_json, _json(sheets, replicates, engine).encode())
        if report is not None:
            _report(report, sheets, replicates, engine)
        if junit is not None:
            _write(junit, _junit(sheets, replicates, engine))
    if any(sheet.failed for sheet in sheets):
        raise SystemExit(FAILED)


def _writable(read: Sequence[Path], *files: Path | None) -> None:
    """Refuse a place that cannot be written to before anything is run, and one that would cost a scenario.

    read : scenario files; those that they extend are kept by how such files are named
    """
    from paysim.errors import InputError

    taken = {file.resolve() for file in read}
    for file in files:
        if file is None:
            continue
        if not file.parent.is_dir():
            raise InputError(f"{file}: cannot be written: there is no folder {file.parent}")
        if file.resolve() in taken or file.suffix.lower() in _SCENARIOS:
            raise InputError(f"{file}: is a scenario or another file of this command; give a name of its own")
        if not file.is_char_device():  # several may go to /dev/null
            taken.add(file.resolve())


def _write(file: Path, content: bytes) -> None:
    from paysim.errors import InputError

    try:
        file.write_bytes(content)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None


def _tested(files: Sequence[Path], replicates: int, engine: str, progress: Progress) -> list[Sheet]:
    """Load all files, then test what they say; ScenarioError with every problem of all of them."""
    from paysim.errors import Problem, ScenarioError
    from paysim.evidence.assess import Assessor
    from paysim.evidence.worlds import Worlds
    from paysim.scenario.loading import load_scenario

    problems: list[Problem] = []
    worlds: dict[int, Worlds] = {}
    found: list[tuple[Path, Assessor]] = []
    for file in files:
        try:
            scenario = load_scenario(file)
            seeded = worlds.setdefault(scenario.seed, Worlds(replicates, scenario.seed, engine))
            found.append((file, Assessor(scenario, seeded)))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    total = sum(len(assessor.own.claims) + len(assessor.own.checks) for _file, assessor in found)
    progress.start("claims and checks", total)
    try:
        return [_sheet(file, assessor, progress) for file, assessor in found]
    finally:
        progress.close()


def _sheet(file: Path, assessor: Assessor, progress: Progress) -> Sheet:
    sheet = Sheet(file, assessor.own, [], [])
    for check in assessor.own.checks:
        began = time.monotonic()
        sheet.checks.append((assessor.check(check), time.monotonic() - began))
        progress.advance(1)
    for claim in assessor.own.claims:
        began = time.monotonic()
        sheet.claims.append((assessor.claim(claim), time.monotonic() - began))
        progress.advance(1)
    return sheet


def _page(sheet: Sheet, replicates: int, engine: str) -> Iterator[str]:
    from paysim.evidence.ledger import as_text, check_row, claim_row

    yield f"{sheet.file}: {said(sheet.scenario.title)}"
    text = _("{engine}, {replicates} draws, seed {seed}; median [5th to 95th percentile]. A model, not a forecast.")
    yield text.format(engine=_engine(engine), replicates=replicates, seed=sheet.scenario.seed)
    yield ""
    if not (sheet.checks or sheet.claims):
        yield from ("    " + _("neither claims nor checks"), "")
    yield from as_text([check_row(found) for found, _seconds in sheet.checks], PAGE)
    yield from as_text([claim_row(found) for found, _seconds in sheet.claims], PAGE)


def _engine(engine: str) -> str:
    return _("mean field") if engine == ENGINES[0] else _("event engine")


def _report(place: Path, sheets: Sequence[Sheet], replicates: int, engine: str) -> None:
    """Write the ledger as a page."""
    from paysim.errors import InputError
    from paysim.evidence.ledger import check_row, claim_row
    from paysim.evidence.verdicts import Verdict
    from paysim.show.report.check import Ledger, write_check_report
    from paysim.study.identity import code_digest, machine, versions

    success = {Verdict.HOLDS: True, Verdict.FAILS: False}
    ledgers = [
        Ledger(
            _shown(sheet.file),
            json.loads(sheet.scenario.canonical()),
            tuple((check_row(found), found.passed) for found, _seconds in sheet.checks),
            tuple((claim_row(found), success.get(found.verdict)) for found, _seconds in sheet.claims),
        )
        for sheet in sheets
    ]
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(sheet.scenario.seed for sheet in sheets))
    how = _("{engine}, {replicates} draws, seed {seed}; median [5th to 95th percentile]")
    words = ["paysim", "check", *(_shown(sheet.file) for sheet in sheets)]
    words += ["--replicates", str(replicates), "--engine", engine, "--report", place.name]
    words += [] if language.get() == LANGUAGES[0] else ["--lang", language.get()]
    parts = {"code": code_digest(), "versions": versions(), "platform": machine()}
    head = {"command": shlex.join(words), "version": versions()["paysim"], "run": {"parts": parts}}
    try:
        write_check_report(place, ledgers, how.format(engine=_engine(engine), replicates=replicates, seed=seeds), head)
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {error.strerror}") from None


def _shown(file: Path) -> str:
    """A file as it was named, and of a place that only this machine has its name alone."""
    return file.name if file.is_absolute() else file.as_posix()


def _json(sheets: Sequence[Sheet], replicates: int, engine: str) -> str:
    from paysim.evidence.plain import check_data, claim_data

    data: list[dict[str, Any]] = [
        {
            "file": sheet.file.as_posix(),
            "name": sheet.scenario.name,
            "title": said(sheet.scenario.title),
            "engine": engine,
            "replicates": replicates,
            "seed": sheet.scenario.seed,
            "checks": [check_data(found) for found, _seconds in sheet.checks],
            "claims": [claim_data(found) for found, _seconds in sheet.claims],
        }
        for sheet in sheets
    ]
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _junit(sheets: Sequence[Sheet], replicates: int, engine: str) -> bytes:
    import platform
    from datetime import UTC, datetime

    from paysim.evidence.junit import Suite, report

    how = {"engine": engine, "replicates": str(replicates)}
    suites = [
        Suite(sheet.scenario.name, "paysim", {**how, "file": sheet.file.as_posix()}, list(_cases(sheet)))
        for sheet in sheets
    ]
    return report(suites, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", platform.node())


def _cases(sheet: Sheet) -> Iterator[Any]:
    from paysim.evidence.junit import Case
    from paysim.evidence.ledger import as_text, check_row, claim_row
    from paysim.evidence.verdicts import Verdict

    for checked, seconds in sheet.checks:
        row = check_row(checked)
        text = "\n".join(as_text([row], PAGE))
        yield Case("checks", row.id, seconds, text, failure=None if checked.passed else row.lines[0].text)
    for assessed, seconds in sheet.claims:
        row = claim_row(assessed)
        text = "\n".join(as_text([row], PAGE))
        skipped = row.condition if assessed.verdict is Verdict.UNTESTED else None
        yield Case("claims", row.id, seconds, text, skipped=skipped)
