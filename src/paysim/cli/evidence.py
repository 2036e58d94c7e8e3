"""``paysim evidence``: how far the tool may be believed, measured against what was published."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli._evidence_calibrate import calibrate
from paysim.cli.page import PAGE, STYLES, aligned, hanging, lang_option, repeated
from paysim.cli.run import stoppable
from paysim.words import month, speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from paysim.evidence.junit import Case
    from paysim.show.style import Style

ROLLING = "rolling"
EPISODES = ("E1", "E2", "E3", "E4", "E5")
SCORES = "scores.csv"


@dataclass(frozen=True)
class Part:
    """What one part of the test gives: lines of the ledger, files, figures to draw, cases for a report."""

    lines: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)


@click.group(short_help="Measure how far the tool may be believed.")
def command() -> None:
    """Measure how far the tool may be believed, against what was published."""


command.add_command(calibrate)


@command.command("backtest")
@click.argument("parts", nargs=-1, metavar="[EPISODE...]")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for scores and figures.")
@click.option("--overwrite", is_flag=True, help="Replace another back-test in that folder.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a JUnit report.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of the figures.")
@lang_option
def backtest(
    parts: tuple[str, ...], out: Path | None, overwrite: bool, junit: Path | None, style: str, language: str
) -> None:
    """Test forecasts from rolling origins, and tell episodes again.

    EPISODE is rolling (forecasts of SWIFT's tracker from every month since June 2020) or one of E1 (the yuan 2015 and
    2016), E2 (CIPS), E3 (Russia 2022, in sample), E4 (the tracker's change of base of 2023) and E5 (the tracker's fall
    2024 and 2025); by default all. A goal that is missed is a result and no failure: the exit code is 0.
    """
    wanted = _wanted(parts)
    again = shlex.join(["paysim", "evidence", "backtest", *parts])
    with stoppable(False, "Nothing is stored; the same command begins anew."), speaking(language):
        key = None if out is None else _place(out, wanted, overwrite)
        found = [_rolling(again) if name == ROLLING else _episode(name, again) for name in wanted]
        if out is not None and key is not None:
            _store(out, key, again, found, style)
        if junit is not None:
            _report(junit, found)
        click.echo("\n".join(line for part in found for line in part.lines))
        if out is not None:
            click.echo(_("Stored in   {folder}").format(folder=out.as_posix()))
        click.echo(_("Repeat with {command}").format(command=repeated(again, out, style, language=language)))


def _wanted(parts: Sequence[str]) -> list[str]:
    """Names of the parts, in a fixed order; InputError for one that there is not."""
    from difflib import get_close_matches

    from paysim.errors import InputError

    known = {name.lower(): name for name in (ROLLING, *EPISODES)}
    wrong = []
    for part in parts:
        if part.lower() not in known:
            close = get_close_matches(part.lower(), known, n=1)
            near = f"; nearest: {known[close[0]]}" if close else f" (known: {', '.join(known.values())})"
            wrong.append(f"unknown episode {part!r}{near}")
    if wrong:
        raise InputError("\n".join(wrong))
    asked = {known[part.lower()] for part in parts} or set(known.values())
    return [name for name in known.values() if name in asked]


def _rolling(again: str) -> Part:
    """The rolling-origin test."""
    from paysim.evidence.backtest import HELD_OUT, Backtest, goals
    from paysim.evidence.backtest_words import (
        as_csv,
        currency_words,
        from_figure,
        goal_id,
        goal_row,
        head,
        held_out,
        table,
    )
    from paysim.evidence.junit import Case
    from paysim.evidence.ledger import as_text
    from paysim.evidence.origins import CURRENCIES

    found = Backtest.run()
    held = goals(found)
    lines = ["", _("FORECASTS FROM ROLLING ORIGINS"), ""]
    for text in head(found):
        lines += hanging("", text)
    lines += ["", *as_text([goal_row(goal) for goal in held], PAGE)]
    for currency in CURRENCIES:
        lines += [_("{currency}: CRPS, percentage points").format(currency=currency_words(currency))]
        lines += [*aligned(table(found, currency)), ""]
    lines += [_("Origins from {month} alone").format(month=month(HELD_OUT)), *aligned(held_out(found)), ""]
    lines += [_("Months counted from the last figure"), *aligned(from_figure(Backtest.from_figure())), ""]
    cases = [
        Case("goals", goal_id(goal), 0.0, goal_row(goal).lines[0].text,
             skipped=None if goal.reached else goal_row(goal).verdict) for goal in held
    ]  # fmt: skip
    return Part(lines, {SCORES: as_csv(found)}, {ROLLING: _rolling_figure(found, again)}, cases)


def _rolling_figure(found: Any, again: str) -> Any:
    """What draws the figure of rolling origins, when it is known how it shall look."""
    from paysim.evidence.backtest import ALL, RIVAL, STRUCTURAL
    from paysim.evidence.backtest_words import currency_words
    from paysim.evidence.origins import CURRENCIES, HORIZONS

    def draw(style: Style) -> Figure:
        from paysim import __version__
        from paysim.show.evidence_figures import Mark, Rolling, foot, rolling

        shown = HORIZONS[:4]
        nan = float("nan")
        covers = {}
        for currency in (ALL, "CNY"):
            for level in (0.9, 0.5):
                name = _("{level} %, {currency}").format(level=f"{100 * level:.0f}", currency=currency_words(currency))
                scores = [found.score(STRUCTURAL, currency, horizon).cover[level] for horizon in shown]
                covers[name] = (level, [Mark(one.value, one.low, one.high) for one in scores])
        skills = {}
        for currency in CURRENCIES:
            against = [found.compared(STRUCTURAL, RIVAL, currency, horizon) for horizon in shown]
            skills[currency] = [
                Mark(nan, nan, nan) if one is None else Mark(one.skill.value, one.skill.low, one.skill.high)
                for one in against
            ]
        pits = {months: found.pits(months) for months in (1, 3)}
        return rolling(foot(again, __version__, ""), style, Rolling(shown, covers, skills, pits))

    return draw


def _episode(name: str, again: str) -> Part:
    """One episode told again."""
    from paysim.evidence.episodes import EPISODES as TOLD

    told = TOLD[name]()
    lines = ["", f"{name}  {told.title}", ""]
    for text in (told.given, told.sentence, *told.notes):
        lines += hanging("    ", text)
    lines += ["", *(f"    {line}" for line in aligned(told.table)), ""]

    def draw(style: Style) -> Figure:
        from paysim import __version__
        from paysim.show.evidence_figures import Course, episode, foot

        panels = [(title, [Course(*course) for course in courses]) for title, courses in told.panels]
        return episode(foot(again, __version__, told.scenario), style, told.title, told.sentence, panels, [told.given])

    from paysim.evidence.junit import Case

    return Part(lines, {}, {name: draw}, [Case("episodes", name, 0.0, told.sentence)])


def _place(out: Path, wanted: Sequence[str], overwrite: bool) -> dict[str, Any]:
    """See that the folder may be written to, before anything is computed."""
    from paysim.study.answers import BACKTEST, check_place, identity

    made = identity(BACKTEST, {"parts": list(wanted)})
    check_place(BACKTEST, out, made["key"], overwrite)
    return made


def _store(out: Path, made: dict[str, Any], again: str, found: Sequence[Part], style: str) -> None:
    """Write scores and figures to a folder, whole or not at all."""
    from paysim.show.style import STYLES as LOOKS
    from paysim.show.style import save
    from paysim.study.answers import BACKTEST, store
    from paysim.study.results import FIGURES_FOLDER

    def finish(folder: Path) -> None:
        for name, content in ((name, content) for part in found for name, content in part.files.items()):
            (folder / name).write_bytes(content)
        (folder / FIGURES_FOLDER).mkdir()
        for name, draw in ((name, draw) for part in found for name, draw in part.figures.items()):
            save(draw(LOOKS[style]), folder / FIGURES_FOLDER, name, LOOKS[style])

    ledger = [line for part in found for line in part.lines]
    store(BACKTEST, out, {"run": made, "command": again, "ledger": ledger}, finish)


def _report(file: Path, found: Sequence[Part]) -> None:
    """Write goals and episodes as a JUnit report: a missed goal is skipped, with what came out."""
    import platform
    from datetime import UTC, datetime

    from paysim.cli.check import _writable, _write
    from paysim.evidence.junit import Suite, report

    _writable((), file)
    suite = Suite("backtest", "paysim.evidence", {}, list(_cases(found)))
    _write(file, report([suite], f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", platform.node()))


def _cases(found: Sequence[Part]) -> Iterator[Case]:
    for part in found:
        yield from part.cases
