"""Run a scenario and store what comes of it: the command `paysim run` and the function `paysim.run`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.study.progress import Progress
    from paysim.study.results import Results

STYLES = ("slides", "paper")
ENGINES = ("events", "mean-field")
RESULTS = Path("results")

_PARAMETERS = {
    "network_effect": "network effect R = gamma/gamma_c",
    "cost_sensitivity": "cost sensitivity lambda, per bp",
    "gamma_c": "tipping threshold gamma_c",
}

_PAGE = 120
"""Characters of a line of the summary."""

_KEPT = "Finished replicates are kept; the same command goes on from there."
_STOPPED = 128
"""A process that a signal ended exits with this plus the number of the signal."""


def run(
    path: str | Path,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    until: str | None = None,
    overrides: Sequence[str] = (),
    engine: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    style: str = "slides",
    figures: bool = True,
    progress: Progress | None = None,
) -> Results:
    """Run a scenario file, store the run in a folder and open it; the same bytes as `paysim run`.

    path : the scenario file
    replicates, seed, engine : instead of the scenario's own
    workers : worker processes, by default one a core; has no effect on the results
    until : last month to simulate, ``YYYY-MM``, not after the scenario's horizon
    overrides : values of the scenario to change, each ``path=value``
    out : folder of the run, by default ``results/<name of the scenario>``
    overwrite : replace another finished run in that folder
    style : of the figures, ``slides`` or ``paper``
    figures : whether to draw them
    progress : told how far the run is, by default nobody

    Raises ScenarioError if the file or an option is wrong, ResultsError if the folder is taken, UnstableBaseError if
    the network effect tips the base.
    """
    from paysim.study.ensemble import run_ensemble
    from paysim.study.identity import repeat_command

    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    own = {"replicates": replicates, "seed": seed, "engine": engine}
    scenario = _load(path, [*overrides, *(f"{name}={own[name]}" for name in own if own[name] is not None)], until)
    options = [*(("--set", change) for change in overrides), *((f"--{name}", own[name]) for name in own)]
    return run_ensemble(
        scenario,
        RESULTS / scenario.name if out is None else Path(out),
        command=repeat_command(path, [*options, ("--until", until)]),
        workers=workers,
        overwrite=overwrite,
        progress=progress,
        finish=_Drawing(style) if figures else None,
    )


def _load(path: str | Path, changes: Sequence[str], until: str | None) -> Scenario:
    from paysim.scenario.loading import load_scenario

    scenario = load_scenario(path, changes)
    return scenario if until is None else _shortened(scenario, until)


def _shortened(scenario: Scenario, until: str) -> Scenario:
    from paysim.errors import Problem, ScenarioError

    try:
        return scenario.shortened(until)
    except ValueError as error:
        raise ScenarioError([Problem("--until", 0, 0, "", str(error))]) from None


class _Drawing:
    """Draws the figures of a finished run into its folder."""

    def __init__(self, style: str) -> None:
        self._style = style

    def __call__(self, results: Results, folder: Path) -> None:
        from paysim.show.figures import draw_all
        from paysim.show.style import write_captions
        from paysim.study.results import FIGURES_FOLDER

        drawn = draw_all(results, folder / FIGURES_FOLDER, self._style)  # type: ignore[arg-type] # one of STYLES
        write_captions(folder / FIGURES_FOLDER, drawn)


@click.command("run", short_help="Run a scenario and draw its figures.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replicates", type=click.IntRange(min=1), help="Number of replicates, instead of the scenario's.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all random streams, instead of the scenario's.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Worker processes (default: one a core); no effect on results."
)
@click.option("--until", metavar="YYYY-MM", help="Last month to simulate, before the scenario's horizon.")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario; may be repeated."
)
@click.option("--engine", type=click.Choice(ENGINES), help="Engine, instead of the scenario's.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the run (default: results/<name>)."
)
@click.option("--overwrite", is_flag=True, help="Replace another finished run in that folder.")
@click.option("--style", type=click.Choice(STYLES), default="slides", show_default=True, help="Style of the figures.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(file: Path, no_figures: bool, as_json: bool, quiet: bool, out: Path | None, **options: Any) -> None:
    """Run the scenario in FILE on all cores and store the run, with its figures, in results/<name>.

    A run that was interrupted goes on where it stopped when the same command is given again.
    """
    from paysim.study.headline import beside, headlines
    from paysim.study.progress import Progress, progress_for

    progress = Progress() if quiet else progress_for(sys.stderr)
    with stoppable(quiet):
        results = run(file, out=out, figures=not no_figures, progress=progress, **options)
    if quiet:
        return
    summary = headlines(results), beside(results)
    shown = _repeat(results, out, options["style"], no_figures)
    click.echo(_as_json(results, *summary, shown) if as_json else _as_text(results, *summary, shown))


@contextmanager
def stoppable(quiet: bool, left: str = _KEPT) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into a quiet end with the exit code of a stopped process; ``left`` says what is left."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as stopped:
        number = stopped.args[0] if stopped.args else signal.SIGINT
        if not quiet:
            click.echo(f"Stopped. {left}", err=True)
        raise SystemExit(_STOPPED + number) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _repeat(results: Results, out: Path | None, style: str, no_figures: bool) -> str:
    """Give the command that repeats the run into the same place (the manifest's leaves the place out)."""
    import shlex

    words = [str(results.manifest["command"])]
    if out is not None:
        words.append(f"--out {shlex.quote(out.as_posix())}")
    if style != STYLES[0]:
        words.append(f"--style {style}")
    if no_figures:
        words.append("--no-figures")
    return " ".join(words)


def _as_json(results: Results, figures: Sequence[Any], context: dict[str, Any], command: str) -> str:
    from paysim.study.store import plain_facts

    data = {
        "name": results.manifest["name"],
        "title": results.manifest["title"],
        "folder": results.folder.as_posix(),
        "figures": [{"label": figure.label, "text": figure.text, **figure.data} for figure in figures],
        **context,
        "command": command,
    }
    return json.dumps(plain_facts(data), indent=2, ensure_ascii=False, allow_nan=False)


def _as_text(results: Results, figures: Sequence[Any], context: dict[str, Any], command: str) -> str:
    manifest = results.manifest
    how = f"{manifest['engine']} engine, {manifest['replicates']} replicates, seed {manifest['seed']}"
    width = max((len(figure.label) for figure in figures), default=0)
    lines = [
        "",
        f"{manifest['title']}: {how}",
        "Median [5 to 95 %] over the replicates. A model, not a forecast.",
        "",
        *(_hanging(f"  {figure.label:<{width}}  ", figure.text) for figure in figures),
        "",
        *(_hanging("", line) for line in _context_lines(context, int(manifest["replicates"]))),
        "",
        f"Stored in   {results.folder.as_posix()}",
        f"Repeat with {command}",  # not wrapped: a line to be copied
    ]
    return "\n".join(lines)


def _hanging(start: str, text: str) -> str:
    """Wrap a text after its start to the width of a page, later lines indented."""
    import textwrap

    indent = " " * max(len(start), 2)
    return textwrap.fill(text, _PAGE, initial_indent=start, subsequent_indent=indent, break_long_words=False)


def _context_lines(context: dict[str, Any], replicates: int) -> list[str]:
    lines = []
    for name, words in _PARAMETERS.items():
        if context[name] is not None:
            least, median, greatest = (f"{context[name][part]:.3g}" for part in ("least", "median", "greatest"))
            lines.append(f"{words}: {median}" + ("" if least == greatest else f" ({least} to {greatest})"))
    lines.append(f"draws with an unstable base: {context['unstable']} of {replicates}")
    lines += [f"given as input: {premise}" for premise in context["premises"]]
    return [*lines, *context["notes"]]
