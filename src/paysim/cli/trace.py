"""Follow an invoice through a scenario: the command `paysim trace` and the function `trace`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.study.trace import Invoice, Trace

_PAGE = 120
"""Characters of a line."""


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
) -> Trace:
    """Follow an invoice through a scenario, before, at and after an event; the same as `paysim trace`.

    path : the scenario file
    corridor : exporter and importer, such as ``CHN-EUR``;  date : of the event, or of a single invoice
    option : that its contract names;  by default all three are found in the scenario
    seed : instead of the scenario's own
    overrides : values of the scenario to change, each ``path=value``
    out : folder for ``trace.json`` and the figure; by default nothing is written
    overwrite : replace another trace in that folder

    Raises
    ------
    ScenarioError : with every problem of the file
    InputError : a corridor, date or option that is unknown or makes no sense
    ResultsError : something else is in the folder
    """
    from paysim.scenario.loading import load_scenario
    from paysim.study.trace import trace_scenario

    scenario = load_scenario(path, [*overrides, *([] if seed is None else [f"seed={seed}"])])
    command_ = _command(path, corridor, date, option, seed, overrides)
    if out is None:
        return trace_scenario(scenario, corridor, date, option)
    return _traced_into(Path(out), scenario, (corridor, date, option), command_, overwrite)


def _traced_into(
    out: Path, scenario: Scenario, asked: tuple[str | None, str | None, str | None], command_: str, overwrite: bool
) -> Trace:
    """Trace, and write steps and figure to a folder."""
    from paysim import __version__
    from paysim.study.trace import trace_scenario
    from paysim.study.trace_store import KIND, check_place, identity, store_trace

    run = identity({"scenario": scenario.digest(), "seed": scenario.seed, "asked": list(asked)})
    check_place(out, run["key"], overwrite)
    found = trace_scenario(scenario, *asked)
    head = {"program": "paysim", "version": __version__, "kind": KIND, "command": command_, "run": run}

    def draw(folder: Path) -> None:
        from paysim.show.trace_figure import draw_trace

        draw_trace(found, command_, folder)

    store_trace(out, {**head, **found.as_dict()}, draw)
    return found


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
@click.option("--json", "as_json", is_flag=True, help="Print the steps as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(file: Path, as_json: bool, quiet: bool, out: Path | None, overwrite: bool, **options: Any) -> None:
    """Follow one invoice of the scenario in FILE through messages, correspondents, queue and settlement.

    The importer's bank pays the exporter's bank, before, at and after an event, in a real run of the event engine:
    every step with its instant and the reason of every wait.
    """
    from paysim.cli.run import stoppable

    with stoppable(quiet, "Nothing is stored; the same command begins anew."):
        found = trace(file, out=out, overwrite=overwrite, **options)
    if quiet:
        return
    again = _command(file, **options)
    if out is not None:
        again += f" --out {shlex.quote(out.as_posix())}"
    if as_json:
        data = {**found.as_dict(), "folder": None if out is None else out.as_posix(), "command": again}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        return
    click.echo("\n".join(_as_text(found, again, out)))


def _as_text(found: Trace, again: str, out: Path | None) -> Iterator[str]:
    from paysim.study.trace_words import instant_words

    exporter, importer = found.corridor
    yield ""
    yield f"{found.title}: one replicate, seed {found.seed}. A model, not a forecast."
    yield f"Goods go from {exporter} to {importer}; a bank of {importer} pays a bank of {exporter}."
    if found.event:
        yield f"The event: {found.event}, {instant_words(found.at)}."
    for number, invoice in enumerate(found.invoices, 1):
        yield ""
        yield from _story(number, invoice)
    yield ""
    for note in found.notes:
        yield from _hanging("Note: ", note)
    if out is not None:
        yield f"Stored in   {out.as_posix()}"
    yield f"Repeat with {again}"  # not wrapped: a line to be copied


def _story(number: int, invoice: Invoice) -> Iterator[str]:
    """One invoice: a heading and a line a step, with the local time of the system where it is another than UTC."""
    from paysim.study.trace_words import city, clock_words, day_words, instant_words, span_words

    zone = invoice.systems[-1].zone
    rows = [("UTC", city(zone), "after", "")]
    for step in invoice.steps:
        local = f"{day_words(step.begin, zone)[:3]} {clock_words(step.begin, zone)}"
        rows.append((instant_words(step.begin), local, span_words(step.begin - invoice.submitted), step.text))
    yield from _hanging(f"{number}. ", f"{invoice.heading}: {invoice.ends}, {invoice.option}. {invoice.outcome}.")
    for at, local, after, text in rows:
        start = f"   {at:<25}  " + ("" if zone == "UTC" else f"{local:<12}  ") + f"{after:<12}  "
        yield from _hanging(start, text) if text else [start.rstrip()]


def _hanging(start: str, text: str) -> list[str]:
    """Wrap a text after its start to the width of a page, later lines indented."""
    import re
    import textwrap

    indent = " " * max(len(start), 2)
    whole = re.sub(r"(\d) (%|d|h|min|s)\b", "\\1\u00a0\\2", text)  # a number stays with its unit
    lines = textwrap.wrap(whole, _PAGE, initial_indent=start, subsequent_indent=indent, break_long_words=False)
    return [line.replace("\u00a0", " ") for line in lines]
