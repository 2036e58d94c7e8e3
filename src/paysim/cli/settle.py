"""Settle a day of payments in one system: the command `paysim settle` and the function `settle`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import RESULTS, STYLES, check_look, hanging, lang_option, repeated
from paysim.words import LANGUAGES, decimal, speaking, weekday
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.networks.systems import System
    from paysim.scenario.liquidity_table import LiquidityAsked
    from paysim.scenario.payments_table import PaymentsTable
    from paysim.scenario.system import SystemFile
    from paysim.study.progress import Progress
    from paysim.study.settled.day import OperatingDay
    from paysim.study.settled.settling import Level, Liquidity, SettledDay

LEVELS = 11
"""Levels of liquidity unless told otherwise: from 0 to 100 % of the way between the bounds, by tens."""
SEED = 1
_LEFT = "Nothing half-done is stored; the same command begins anew."


@dataclass(frozen=True)
class Settlement:
    """A settled day and the folder it was written to.

    folder : where it lies
    day : payments, indicators, counts
    levels : what the day is like between the bounds of liquidity
    manifest : how it was made
    notes : what a person must know beside the figures
    """

    folder: Path
    day: SettledDay
    levels: tuple[Level, ...]
    manifest: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """What was asked for, as it is repeated."""

    payments: str | Path | None
    system: str
    liquidity: str | None
    seed: int | None
    on: date | None
    levels: int

    def command(self) -> str:
        """The command that does it again, without where it goes and how figures look."""
        words = ["paysim", "settle", *([Path(self.payments).as_posix()] if self.payments is not None else [])]
        words += ["--system", self.system]
        for name, value in (("--liquidity", self.liquidity), ("--seed", self.seed), ("--date", self.on)):
            words += [name, str(value)] if value is not None else []
        return shlex.join(words + (["--levels", str(self.levels)] if self.levels != LEVELS else []))


def settle(
    payments: str | Path | None = None,
    *,
    system: str | Path,
    liquidity: str | None = None,
    seed: int | None = None,
    on: date | None = None,
    levels: int = LEVELS,
    out: str | Path | None = None,
    overwrite: bool = False,
    style: str = "slides",
    language: str = LANGUAGES[0],
    figures: bool = True,
    progress: Progress | None = None,
) -> Settlement:
    """Settle a day of payments, write it to a folder and give it; the same bytes as `paysim settle`.

    payments : a table, CSV or Parquet; by default a synthetic day at the true size of the system
    system : name of a shipped system, or a system file
    liquidity : an amount (``5 bn``), a position between the bounds (``30 %``) or a file; by default what the system's
        data say
    seed : of the synthetic day
    on : working day, by default 11 June 2025 or the next
    levels : of liquidity between the bounds; 0 for none
    out : folder, by default ``results/settle-<system>``
    overwrite : replace another settlement in that folder
    style : of the figures, ``slides`` or ``paper``;  figures : whether to draw them
    language : of figures and notes, ``en`` or ``de``
    progress : told how far it is, by default nobody

    Raises
    ------
    DataError : with every problem of a table
    ScenarioError : with every problem of the system file
    InputError : an option that makes no sense
    ResultsError : something else is in the folder
    """
    from paysim.study.answers import SETTLEMENT, check_place
    from paysim.study.progress import Progress
    from paysim.study.settled import settling
    from paysim.study.settled.store import store_day
    from paysim.study.settled.summary import notes

    check_look(style, language)
    asked = _Asked(payments, str(system), liquidity, seed, on, levels)
    read = _read(asked)
    table, chosen, day = read.table, read.system, read.day
    manifest = _manifest(asked, read)
    folder = RESULTS / f"settle-{chosen.name}" if out is None else Path(out)
    check_place(SETTLEMENT, folder, manifest["run"]["key"], overwrite)
    done = settling.settle_day(table, chosen, read.liquidity, day)
    positions = [number / (levels - 1) for number in range(levels)]
    curve = settling.liquidity_levels(table, chosen, day, positions, progress or Progress()) if levels else ()
    more = read.asked.notes if read.asked is not None else ()
    manifest["notes"] = notes(done, more)
    drawing = _Drawing(done, curve, manifest, style) if figures else None
    with speaking(language):
        store_day(folder, done, curve, manifest, drawing)
        return Settlement(folder, done, curve, manifest, tuple(notes(done, more)))


@dataclass(frozen=True)
class _Read:
    """What was read: a system as said and as meant, the day, the payments, liquidity as asked and as given."""

    said: SystemFile
    system: System
    day: OperatingDay
    table: PaymentsTable
    asked: LiquidityAsked | None
    liquidity: Liquidity


def _read(asked: _Asked) -> _Read:
    """Read the system, the day and the tables."""
    from paysim.engine.systems import settlement_system
    from paysim.errors import InputError
    from paysim.scenario.system_loading import load_system
    from paysim.study.settled.day import operating_day
    from paysim.study.settled.settling import asked_liquidity, own_liquidity

    if asked.payments is not None and asked.seed is not None:
        raise InputError("--seed draws a synthetic day; it has no effect on payments from a table")
    if asked.levels == 1:
        raise InputError("--levels 1: the curve goes from the lower to the upper bound, so it has 2 levels or more")
    said = load_system(asked.system)
    system = settlement_system(said)
    day = operating_day(system, asked.on)
    table, wanted = _inputs(asked, system, day)
    given = own_liquidity(system, table) if wanted is None else asked_liquidity(wanted, system, table)
    return _Read(said, system, day, table, wanted, given)


def _inputs(asked: _Asked, system: System, day: OperatingDay) -> tuple[PaymentsTable, LiquidityAsked | None]:
    """Read the tables, or draw the day."""
    from paysim.scenario.liquidity_table import read_liquidity
    from paysim.scenario.payments_table import read_payments
    from paysim.study.settled.day import synthetic_payments

    units = (system.minor_units, system.currency)
    wanted = None if asked.liquidity is None else read_liquidity(asked.liquidity, *units)
    if asked.payments is None:
        table = synthetic_payments(system, day, SEED if asked.seed is None else asked.seed)
    else:
        table = read_payments(asked.payments, day.clock, *units)
    if wanted is not None and wanted.table is not None:
        wanted.check_names(table.names)
        table = table.with_names(wanted.table)
    return table, wanted


def _manifest(asked: _Asked, read: _Read) -> dict[str, Any]:
    """How the day was made; what decides its bytes, and under which key."""
    from paysim import __version__
    from paysim.study.answers import SETTLEMENT, identity
    from paysim.study.identity import FORMAT

    said, table, day, wanted = read.said, read.table, read.day, read.asked
    seed = None if asked.payments is not None else SEED if asked.seed is None else asked.seed
    parts = {
        "payments": table.sha256 or f"synthetic, seed {seed}",
        "system": said.digest(),
        "liquidity": None if wanted is None else wanted.sha256 or wanted.text,
        "date": day.date.isoformat(),
        "levels": asked.levels,
    }
    return {
        "program": "paysim",
        "format": FORMAT,
        "kind": SETTLEMENT.name,
        "name": said.name,
        "title": said.title,
        "version": __version__,
        "command": asked.command(),
        "date": day.date.isoformat(),
        "midnight": day.midnight.isoformat(),
        "opens": day.opens,
        "closes": day.closes,
        "seed": seed,
        "source": None if asked.payments is None else Path(asked.payments).as_posix(),
        "liquidity": asked.liquidity,
        "participants": len(table.names),
        "payments": len(table.amount),
        "run": identity(SETTLEMENT, parts),
        "system": json.loads(said.canonical()),
    }


class _Drawing:
    """Draws the figures of a settled day into its folder."""

    def __init__(self, day: SettledDay, levels: Sequence[Level], manifest: dict[str, Any], style: str) -> None:
        self._day, self._levels, self._manifest, self._style = day, levels, manifest, style

    def __call__(self, folder: Path) -> None:
        from paysim.show.settled_day import DayDrawn
        from paysim.show.settlement_figures import draw_settlement
        from paysim.show.style import write_captions
        from paysim.study.results import FIGURES_FOLDER

        manifest = self._manifest
        what = manifest["source"] or _("a synthetic day (seed {seed})").format(seed=manifest["seed"])
        count = _("{count} payments").format(count=decimal(f"{manifest['payments']:,}"))
        parts = (manifest["version"], _(manifest["title"]), manifest["date"], what, count)
        drawn = DayDrawn.of(self._day, self._levels, ", ".join(parts), manifest["command"])
        figures = draw_settlement(drawn, folder / FIGURES_FOLDER, self._style)  # type: ignore[arg-type] # one of STYLES
        write_captions(folder / FIGURES_FOLDER, figures)


@click.command("settle", short_help="Settle a day of payments in one system.")
@click.argument("payments", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--system", required=True, metavar="NAME|FILE", help="A shipped system such as CIPS, or a system file.")
@click.option(
    "--liquidity",
    metavar="AMOUNT|N %|FILE",
    help="Opening liquidity of each participant, a position between the bounds (0 % lower, 100 % upper), or a table "
    "(default: what the system's data say).",
)
@click.option("--seed", type=click.IntRange(min=0), help=f"Seed of the synthetic day (default: {SEED}).")
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Working day (default: 2025-06-11, or the next).",
)
@click.option(
    "--levels",
    type=click.IntRange(min=0, max=1001),
    default=LEVELS,
    show_default=True,
    help="Levels of liquidity between the bounds at which the day is settled; 0 for none.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder (default: results/settle-<system>)."
)
@click.option("--overwrite", is_flag=True, help="Replace another settlement in that folder.")
@click.option("--style", type=click.Choice(STYLES), default="slides", show_default=True, help="Style of the figures.")
@lang_option
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    payments: Path | None,
    on: datetime | None,
    no_figures: bool,
    as_json: bool,
    quiet: bool,
    out: Path | None,
    **options: Any,
) -> None:
    """Settle the table PAYMENTS in a system, or without it a synthetic day at the system's true size.

    PAYMENTS is CSV or Parquet with the columns id, time, sender, receiver, amount and, if you like, priority and
    batch. Times are HH:MM[:SS] by the system's clock, or seconds. Every problem of a table is told with its row.
    """
    from paysim.cli.run import stoppable
    from paysim.study.progress import Progress, progress_for

    day = None if on is None else on.date()
    with stoppable(quiet, _LEFT):
        progress = progress_for(sys.stderr) if sys.stderr.isatty() and not quiet else Progress()
        try:
            done = settle(payments, on=day, out=out, figures=not no_figures, progress=progress, **options)
        finally:
            progress.close()
    if quiet:
        return
    look = (options["style"], not no_figures, options["language"])
    repeat = repeated(str(done.manifest["command"]), out, *look)
    if as_json:
        click.echo(_as_json(done, repeat))
        return
    with speaking(options["language"]):
        click.echo(_as_text(done, repeat))


def _as_json(done: Settlement, repeat: str) -> str:
    from paysim.study.settled.store import indicators_of
    from paysim.study.settled.summary import summary

    found = indicators_of(done.day, done.levels)
    del found["participants"]
    data = {
        "name": done.manifest["name"],
        "title": done.manifest["title"],
        "date": done.manifest["date"],
        "folder": done.folder.as_posix(),
        "figures": [{"label": label, "text": text} for label, text in summary(done.day)],
        "indicators": found,
        "notes": done.manifest["notes"],
        "command": repeat,
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)


def _as_text(done: Settlement, repeat: str) -> str:
    from paysim.study.settled.summary import summary

    manifest, day = done.manifest, done.day.day
    lines = summary(done.day)
    width = max(len(label) for label, _text in lines)
    what = manifest["source"] or _("a synthetic day, seed {seed}").format(seed=manifest["seed"])
    head = _("{system}, {weekday} {date}, open {hours}: {what}").format(
        system=_(manifest["title"]),
        weekday=weekday(day.date, whole=True),
        date=day.date,
        hours=_("{first} to {last}").format(first=day.clock.clock(day.opens), last=day.clock.clock(day.closes)),
        what=what,
    )
    return "\n".join(
        [
            "",
            *hanging("", head),
            "",
            *(line for label, text in lines for line in hanging(f"  {label:<{width}}  ", text)),
            "",
            *(line for note in done.notes for line in hanging(_("Note: "), note)),
            *([""] if done.notes else []),
            _("Stored in   {folder}").format(folder=done.folder.as_posix()),
            _("Repeat with {command}").format(command=repeat),  # not wrapped: a line to be copied
        ]
    )
