"""Run a scenario and store what comes of it: the command `paysim run` and the function `paysim.run`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import RESULTS, STYLES, check_look, lang_option, repeated
from paysim.words import LANGUAGES, said, speaking

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.study.progress import Progress
    from paysim.study.results import Results

ENGINES = ("events", "mean-field")

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
    language: str = LANGUAGES[0],
    figures: bool = True,
    report: bool = True,
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
    language : of figures and report, ``en`` or ``de``
    figures : whether to draw them;  report : whether to write ``report.html``, with the figures that are drawn
    progress : told how far the run is, by default nobody

    Raises ScenarioError if the file or an option is wrong, ResultsError if the folder is taken, UnstableBaseError if
    the network effect tips the base.
    """
    from paysim.study.ensemble import run_ensemble
    from paysim.study.identity import repeat_command

    check_look(style, language)
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
        finish=_Finish(style, language, figures, report) if figures or report else None,
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


@dataclass(frozen=True)
class _Finish:
    """Draws the figures of a finished run into its folder and writes its report, as far as each is wanted."""

    style: str
    language: str
    figures: bool
    report: bool

    def __call__(self, results: Results, folder: Path) -> None:
        from paysim.study.results import FIGURES_FOLDER

        with speaking(self.language):
            if self.figures:
                from paysim.show.figures import draw_all
                from paysim.show.style import write_captions

                drawn = draw_all(results, folder / FIGURES_FOLDER, self.style)  # type: ignore[arg-type] # one of STYLES
                write_captions(folder / FIGURES_FOLDER, drawn)
            if self.report:
                from paysim.show.report.run import write_run_report

                write_run_report(results, folder)


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
@lang_option
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    file: Path, no_figures: bool, no_report: bool, as_json: bool, quiet: bool, out: Path | None, **options: Any
) -> None:
    """Run the scenario in FILE on all cores and store the run, with figures and a report, in results/<name>.

    A run that was interrupted goes on where it stopped when the same command is given again.
    """
    from paysim.study.progress import Progress, progress_for

    progress = Progress() if quiet else progress_for(sys.stderr)
    with stoppable(quiet):
        results = run(file, out=out, figures=not no_figures, report=not no_report, progress=progress, **options)
    if quiet:
        return
    look = (options["style"], not no_figures, options["language"], not no_report)
    shown = repeated(str(results.manifest["command"]), out, *look)
    if as_json:
        click.echo(_as_json(results, shown))
        return
    from paysim.cli import summary

    with speaking(options["language"]):
        if sys.stdout.isatty():
            summary.show(results, shown)
        else:
            click.echo(summary.as_text(results, shown))


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


def _as_json(results: Results, command: str) -> str:
    from paysim.study.headline import beside, headlines
    from paysim.study.store import plain_facts

    data = {
        "name": results.manifest["name"],
        "title": said(results.manifest["title"]),
        "folder": results.folder.as_posix(),
        "figures": [{"label": figure.label, "text": figure.text, **figure.data} for figure in headlines(results)],
        **beside(results),
        "command": command,
    }
    return json.dumps(plain_facts(data), indent=2, ensure_ascii=False, allow_nan=False)
