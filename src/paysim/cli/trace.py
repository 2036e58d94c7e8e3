"""Follow an invoice through a scenario: the command `paysim trace` and the function `trace`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import hanging, lang_option, repeated
from paysim.words import LANGUAGES, check_language, speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.study.traced.trace import Invoice, Trace, Traced


def trace(
    path: str | Path,
    *,
    corridor: str | None = None,
    date: str | None = None,
    option: str | None = None,
    seed: int | None = None,
    overrides: Sequence[str] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    language: str = LANGUAGES[0],
) -> Trace:
    """Follow an invoice through a scenario, before, at and after an event; the same as `paysim trace`.

    path : the scenario file
    corridor : exporter and importer, such as ``CHN-EUR``;  date : of the event, or of a single invoice
    option : that its contract names;  by default all three are found in the scenario
    seed : instead of the scenario's own
    overrides : values of the scenario to change, each ``path=value``
    out : folder for ``trace.json`` and the figure; by default nothing is written
    overwrite : replace another trace in that folder
    language : of what is told and drawn, ``en`` or ``de``; ``trace.json`` is English

    Raises
    ------
    ScenarioError : with every problem of the file
    InputError : a corridor, date or option that is unknown or makes no sense
    ResultsError : something else is in the folder
    """
    command_ = _command(path, corridor, date, option, seed, overrides)
    followed = _followed(path, (corridor, date, option), seed, overrides, command_, out, overwrite, language)
    with speaking(language):
        return followed.told()


def _followed(
    path: str | Path,
    asked: tuple[str | None, str | None, str | None],
    seed: int | None,
    overrides: Sequence[str],
    command_: str,
    out: str | Path | None,
    overwrite: bool,
    language: str,
) -> Traced:
    """Follow the invoices, and write steps and figure to a folder if there is one."""
    from paysim.scenario.loading import load_scenario
    from paysim.study.traced.trace import follow_invoices

    check_language(language)
    scenario = load_scenario(path, [*overrides, *([] if seed is None else [f"seed={seed}"])])
    if out is None:
        return follow_invoices(scenario, *asked)
    return _followed_into(Path(out), scenario, asked, command_, overwrite, language)


def _followed_into(
    out: Path,
    scenario: Scenario,
    asked: tuple[str | None, str | None, str | None],
    command_: str,
    overwrite: bool,
    language: str,
) -> Traced:
    from paysim.study.answers import TRACE, check_place, identity, store
    from paysim.study.traced.trace import follow_invoices

    run = identity(TRACE, {"scenario": scenario.digest(), "seed": scenario.seed, "asked": list(asked)})
    check_place(TRACE, out, run["key"], overwrite)
    followed = follow_invoices(scenario, *asked)

    def draw(folder: Path) -> None:
        from paysim.show.trace_figure import draw_trace

        with speaking(language):
            draw_trace(followed.told(), command_, folder)

    store(TRACE, out, {"command": command_, "run": run, **followed.told().as_dict()}, draw)
    return followed


def _command(
    path: str | Path,
    corridor: str | None,
    date: str | None,
    option: str | None,
    seed: int | None,
    overrides: Sequence[str],
) -> str:
    """The command that does it again, without where it goes."""
    words = ["paysim", "trace", Path(path).as_posix()]
    given = (("--corridor", corridor), ("--date", date), ("--option", option), ("--seed", seed))
    for name, value in (*given, *(("--set", change) for change in overrides)):
        words += [] if value is None else [name, str(value)]
    return shlex.join(words)


@click.command("trace", short_help="Follow an invoice before, at and after an event.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--corridor", metavar="CHN-EUR", help="Exporter and importer, groups or countries (default: the largest)."
)
@click.option("--date", metavar="INSTANT", help="Of an event, or of a single invoice (default: the first that blocks).")
@click.option("--option", metavar="NAME", help="Currency and route of the contract (default: the most used).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all random streams, instead of the scenario's.")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario; may be repeated."
)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for trace.json and the figure.")
@click.option("--overwrite", is_flag=True, help="Replace another trace in that folder.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print the steps as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    file: Path, as_json: bool, quiet: bool, out: Path | None, overwrite: bool, language: str, **asked: Any
) -> None:
    """Follow one invoice of the scenario in FILE through messages, correspondents, queue and settlement.

    The importer's bank pays the exporter's bank, before, at and after an event, in a real run of the event engine:
    every step with its instant and the reason of every wait.
    """
    from paysim.cli.run import stoppable

    with stoppable(quiet, "Nothing is stored; the same command begins anew."):
        names = tuple(asked[name] for name in ("corridor", "date", "option"))
        again = _command(file, **asked)
        followed = _followed(file, names, asked["seed"], asked["overrides"], again, out, overwrite, language)
    if quiet:
        return
    again = repeated(again, out, language=language)
    if as_json:
        data = {**followed.told().as_dict(), "folder": None if out is None else out.as_posix(), "command": again}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        return
    with speaking(language):
        click.echo("\n".join(_as_text(followed.told(), again, out)))


def _as_text(found: Trace, again: str, out: Path | None) -> Iterator[str]:
    from paysim.study.traced.words import instant_words

    exporter, importer = found.corridor
    yield ""
    how = _("one replicate, seed {seed}. A model, not a forecast.").format(seed=found.seed)
    yield f"{found.title}: {how}"
    yield _("Goods go from {exporter} to {importer}; a bank of {importer} pays a bank of {exporter}.").format(
        exporter=exporter, importer=importer
    )
    if found.event:
        yield _("The event: {event}, {instant}.").format(event=found.event, instant=instant_words(found.at))
    for number, invoice in enumerate(found.invoices, 1):
        yield ""
        yield from _story(number, invoice)
    yield ""
    for note in found.notes:
        yield from hanging(_("Note: "), note, whole_quantities=True)
    if out is not None:
        yield _("Stored in   {folder}").format(folder=out.as_posix())
    yield _("Repeat with {command}").format(command=again)  # not wrapped: a line to be copied


def _story(number: int, invoice: Invoice) -> Iterator[str]:
    """One invoice: a heading and a line a step, with the local time of the system where it is another than UTC."""
    from paysim.study.traced.words import city, instant_words, span_words, weekday_words

    zone = invoice.systems[-1].zone
    rows = [("UTC", city(zone), _("after"), "")]
    for step in invoice.steps:
        local = weekday_words(step.begin, zone)
        rows.append((instant_words(step.begin), local, span_words(step.begin - invoice.submitted), step.text))
    head = f"{invoice.heading}: {invoice.ends}, {invoice.option}. {invoice.outcome}."
    yield from hanging(f"{number}. ", head, whole_quantities=True)
    for at, local, after, text in rows:
        start = f"   {at:<25}  " + ("" if zone == "UTC" else f"{local:<12}  ") + f"{after:<12}  "
        yield from hanging(start, text, whole_quantities=True) if text else [start.rstrip()]
