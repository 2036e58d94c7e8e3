"""``paysim sweep``: one scenario at many points, on all cores, in parts, or on a cluster."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli._sweep_analysis import discover, sensitivity
from paysim.cli.page import RESULTS, STYLES, lang_option
from paysim.cli.run import stoppable
from paysim.words import LANGUAGES, said, speaking

if TYPE_CHECKING:
    from paysim.study.sweeps.results import SweepResults
    from paysim.study.sweeps.sweep import How

SWEEPS = RESULTS / "sweeps"
"""Where studies go unless told otherwise."""
BACKENDS = ("local", "dask")
FAILED, LEFT = 1, 3
"""Exit codes: a check or a point failed; the time limit came before all points were run."""

_KEPT = "Finished points are kept; the same command goes on from there."
_SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})\Z")


def _read_shard(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    match = _SHARD.match(value)
    if match is None or int(match[1]) > int(match[2]):
        raise click.BadParameter(f"expected a part such as 1/4, the first of four, got {value!r}")
    return int(match[1]), int(match[2])


def _read_time(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    from paysim.scenario.units import TIME_OF_DAY

    try:
        return TIME_OF_DAY.read(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=SWEEPS,
    show_default=True,
    help="Folder of studies.",
)
_junit = click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a JUnit report."
)
_summary = click.option(
    "--summary",
    type=click.Choice(["github"]),
    help="Write Markdown to the file that GITHUB_STEP_SUMMARY names, else to the terminal.",
)
_quiet = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
_style = click.option(
    "--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of figures."
)
_no_figures = click.option(
    "--no-figures", is_flag=True, help="Draw no figures (a grid of up to three factors has some)."
)


@click.group(short_help="Run a scenario at many points: parameter sweeps and designs.")
def command() -> None:
    """Run a scenario at many points, spread by a design over factors, and read outcomes off every run.

    A study is a file, such as scenarios/sweeps/cutoff_sweep.yaml.
    """


command.add_command(sensitivity)
command.add_command(discover)


@command.command("run")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes (default: one a core).")
@click.option("--backend", type=click.Choice(BACKENDS), default=BACKENDS[0], show_default=True, help="Where to run.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler to join, such as tcp://127.0.0.1:8786.")
@click.option("--insecure", is_flag=True, help="Join a scheduler of another machine without TLS.")
@click.option("--time-limit", callback=_read_time, metavar="TIME", help="Stop after this time, such as 50 min.")
@click.option("--fresh", is_flag=True, help="Compute anew what is there already.")
@click.option("--shard", callback=_read_shard, metavar="I/N", help="Only this part of the points, for `sweep merge`.")
@click.option("--limit-points", type=click.IntRange(min=1), metavar="N", help="Only the first N points.")
@_out
@_junit
@_summary
@_style
@_no_figures
@_quiet
@lang_option
def run(file: Path, out: Path, insecure: bool, language: str, **options: Any) -> None:
    """Run the study in FILE; what was computed before is not computed again.

    Results of points are kept one by one in DIR/points, the tables of the study in DIR/<name>. Exit codes: 0 done,
    1 a check or a point failed, 2 the file or an option is wrong, 3 the time limit came first, 130 stopped by Ctrl-C.
    """
    from paysim.scenario.sweep_loading import load_sweep
    from paysim.study.progress import Progress, progress_for
    from paysim.study.sweeps.sweep import run_sweep

    how, quiet = _how(insecure, **{name: options[name] for name in _HOW}), options["quiet"]
    _writable(options["junit"])
    sweep = load_sweep(file)
    progress = Progress() if quiet else progress_for(sys.stderr, rate=True)
    repeat = shlex.join(["paysim", "sweep", "run", file.as_posix()])
    with speaking(language), stoppable(quiet, _KEPT):
        results = run_sweep(sweep, out, command=repeat, how=how, progress=progress)
        _draw(results, options["style"], options["no_figures"])
        _report(results)
        _finish(results, out, language, options["junit"], options["summary"], quiet)


_HOW = ("workers", "backend", "scheduler", "time_limit", "fresh", "shard", "limit_points")


def _how(insecure: bool, scheduler: str | None, backend: str, limit_points: int | None, **options: Any) -> How:
    from paysim.study.sweeps.backends import check_scheduler
    from paysim.study.sweeps.sweep import How

    if scheduler is not None:
        scheduler, backend = check_scheduler(scheduler, insecure), BACKENDS[1]
    if limit_points is not None and options["shard"] is not None:
        raise click.UsageError("--shard and --limit-points each choose points: give one of them")
    return How(backend=backend, scheduler=scheduler, limit=limit_points, **options)


@command.command("merge")
@click.argument("folders", nargs=-1, required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR...")
@click.option(
    "--study",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File of the study (default: where the shards found it).",
)
@_out
@_junit
@_summary
@_style
@_no_figures
@_quiet
@lang_option
def merge(
    folders: tuple[Path, ...],
    study: Path | None,
    out: Path,
    junit: Path | None,
    summary: str | None,
    style: str,
    no_figures: bool,
    quiet: bool,
    language: str,
) -> None:
    """Bring the shards of a study together: DIR is what was --out of each. Exit codes as of `sweep run`."""
    from paysim.scenario.sweep_loading import load_sweep
    from paysim.study.sweeps.results import study_in
    from paysim.study.sweeps.sweep import merge_sweeps

    _writable(junit)
    file = Path(study_in(folders[0]).manifest["file"]) if study is None else study
    sweep = load_sweep(file)
    repeat = shlex.join(["paysim", "sweep", "run", file.as_posix()])
    with speaking(language), stoppable(quiet, _KEPT):
        results = merge_sweeps(sweep, folders, out, command=repeat)
        _draw(results, style, no_figures)
        _report(results)
        _finish(results, out, language, junit, summary, quiet)


def _writable(file: Path | None) -> None:
    """Refuse a place that cannot be written to before anything is run."""
    from paysim.errors import InputError

    if file is not None and not file.parent.is_dir():
        raise InputError(f"{file}: cannot be written: there is no folder {file.parent}")


def _draw(results: SweepResults, style: str, left_out: bool) -> None:
    """Draw a study on a grid into its folder; a part of one is drawn when it is merged."""
    if left_out or results.manifest["part"] is not None or not results.manifest["finished"]:
        return
    from paysim.cli._sweep_analysis import foot
    from paysim.show.factor_map import draw_factor_maps
    from paysim.study.folder import placed
    from paysim.study.results import FIGURES_FOLDER

    if results.manifest["study"]["design"]["kind"] == "grid":
        with placed(results.folder / FIGURES_FOLDER) as place:
            draw_factor_maps(results, place, foot(results, str(results.manifest["command"])), style)


def _report(results: SweepResults) -> None:
    """Write the report of a study into its folder; a part of one has its report when it is merged."""
    if results.manifest["part"] is not None or not results.manifest["finished"]:
        return
    from paysim.show.report.study import write_study_report

    write_study_report(results)


def _finish(
    results: SweepResults, out: Path, language: str, junit: Path | None, summary: str | None, quiet: bool
) -> None:
    """Tell what came of a study, and end with its exit code."""
    from paysim.study.sweeps.words import lines, markdown

    if not quiet:
        repeat = str(results.manifest["command"])
        repeat += "" if out == SWEEPS else f" --out {shlex.quote(out.as_posix())}"
        repeat += "" if language == LANGUAGES[0] else f" --lang {language}"
        click.echo("\n".join(["", *lines(results), "", f"Stored in   {results.folder.as_posix()}"]))
        click.echo(f"Repeat with {repeat}")
    if junit is not None:
        _write(junit.write_bytes, _junit_report(results), junit)
    if summary is not None:
        _write_summary(markdown(results))
    if results.failed or any(check["passed"] is False for check in results.manifest["checks"]):
        raise SystemExit(FAILED)
    if results.left:
        raise SystemExit(LEFT)


def _write(write: Callable[[Any], object], content: object, place: Path) -> None:
    from paysim.errors import InputError

    try:
        write(content)
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {error.strerror}") from None


def _write_summary(text: str) -> None:
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        click.echo(text)
        return

    def add(content: str) -> None:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(content)

    _write(add, text + "\n", Path(place))


def _junit_report(results: SweepResults) -> bytes:
    """A case for every check and for every point that failed."""
    import platform
    from datetime import UTC, datetime

    from paysim.evidence.junit import Suite, report

    manifest = results.manifest
    names = ("engine", "replicates", "seed", "points", "finished", "failed", "missing")
    facts = {name: str(manifest[name]) for name in names}
    suite = Suite(str(manifest["name"]), "paysim.sweep", facts, _cases(results))
    return report([suite], f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", platform.node())


def _cases(results: SweepResults) -> Sequence[Any]:
    from paysim.evidence.junit import Case
    from paysim.study.sweeps.words import check_line

    cases = []
    for check in results.manifest["checks"]:
        line = check_line(check)
        text = "\n".join(part for part in (said(check["text"]), line) if part)
        failed, unknown = check["passed"] is False, check["passed"] is None
        cases.append(Case("checks", check["id"], 0.0, text, line if failed else None, line if unknown else None))
    for failure in results.failures():
        text = f"{failure['error']}\n{failure['command']}"
        cases.append(Case("points", f"point {failure['point']}", 0.0, text, failure["error"].splitlines()[0]))
    return cases
