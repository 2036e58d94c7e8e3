"""``paysim evidence calibrate``: what published figures say about the parameters, and what they do not."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import RESULTS, STYLES, aligned, hanging, lang_option
from paysim.cli.run import stoppable
from paysim.words import speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from paysim.show.style import Style
    from paysim.study.progress import Progress

PLACE = RESULTS / "calibration"
POINTS = 1024
LEAST = 16
FIGURE = "priors_and_posteriors"

_KEPT = "Finished points are kept; the same command goes on from there."


def _read_points(context: click.Context, option: click.Parameter, value: int) -> int:
    if value < LEAST or value & (value - 1):
        near = max(LEAST, 1 << (max(value, 1) - 1).bit_length())
        raise click.BadParameter(f"expected a power of two from {LEAST} on, such as {near}, got {value}")
    return value


@click.command("calibrate")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", default=PLACE, show_default=True,
              help="Folder: its points are kept, and the results are in DIR/posterior.")  # fmt: skip
@click.option("--points", type=int, callback=_read_points, default=POINTS, show_default=True,
              help="Points of the first wave, a power of two; the second has as many.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes (default: one a core).")
@click.option("--no-events", is_flag=True, help="Leave out the event engine, which confirms some points.")
@click.option("--overwrite", is_flag=True, help="Replace another calibration in that folder.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of the figure.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@lang_option
def calibrate(
    out: Path,
    points: int,
    workers: int | None,
    no_events: bool,
    overwrite: bool,
    style: str,
    quiet: bool,
    language: str,
) -> None:
    """Weigh the uncertain parameters of behaviour by what was published of two episodes.

    Russia's imports of 2022 and 2023 and the yuan of 2015 and 2016 are run all over the priors, in two waves; each
    point is weighed by how near it comes, given what the model may miss. Tells which parameters moved, which did not,
    and what came of figures that were held out. An interrupted calibration goes on where it stopped.
    """
    from paysim.study.progress import Progress, progress_for

    words = ["paysim", "evidence", "calibrate", *([] if points == POINTS else ["--points", str(points)])]
    words += ["--no-events"] if no_events else []
    place = out / "posterior"
    with stoppable(quiet, _KEPT), speaking(language):
        made = _identity(place, points, not no_events, overwrite)
        progress = Progress() if quiet else progress_for(sys.stderr)
        data = _found(out, points, workers, not no_events, shlex.join(words), progress)
        _store(place, made, data, style)
        if not quiet:
            _tell(data)
            click.echo(_("Stored in   {folder}").format(folder=place.as_posix()))
            click.echo(_("Repeat with {command}").format(command=_again(words, out, style, language)))


def _again(words: list[str], out: Path, style: str, language: str) -> str:
    more = [] if out == PLACE else ["--out", out.as_posix()]
    more += [] if style == STYLES[0] else ["--style", style]
    more += [] if language == "en" else ["--lang", language]
    return shlex.join([*words, *more])


def _identity(place: Path, points: int, events: bool, overwrite: bool) -> dict[str, Any]:
    """See that the folder may be written to, before anything is computed."""
    from paysim.evidence.calibrated import inputs
    from paysim.evidence.targets import targets
    from paysim.study.answers import CALIBRATION, check_place, identity

    made = identity(CALIBRATION, {"points": points, "events": events, **inputs(targets())})
    check_place(CALIBRATION, place, made["key"], overwrite)
    return made


def _found(
    out: Path, points: int, workers: int | None, events: bool, command: str, progress: Progress
) -> dict[str, Any]:
    """Run the sample and the event engine at some points of the posterior, and say what came of it."""
    from paysim.evidence.calibrate import confirm, simulate
    from paysim.evidence.calibrated import confirmed, found

    sample = simulate(points, out, workers=workers, progress=progress)
    places = confirmed(sample) if events else []
    return found(sample, confirm(sample, places, out, workers=workers, progress=progress), command)


def _store(place: Path, made: dict[str, Any], data: dict[str, Any], style: str) -> None:
    """Write the posterior and its figure to a folder, whole or not at all."""
    from paysim.evidence.calibrated import FILE, text
    from paysim.show.style import STYLES as LOOKS
    from paysim.show.style import save
    from paysim.study.answers import CALIBRATION, store
    from paysim.study.results import FIGURES_FOLDER

    def finish(folder: Path) -> None:
        (folder / FILE).write_text(text(data), encoding="utf-8")
        (folder / FIGURES_FOLDER).mkdir()
        save(figure(data, LOOKS[style]), folder / FIGURES_FOLDER, FIGURE, LOOKS[style])

    store(CALIBRATION, place, {"run": made, "command": data["command"]}, finish)


def figure(data: dict[str, Any], style: Style) -> Figure:
    """Priors and posteriors of all parameters, in one figure."""
    from paysim import __version__
    from paysim.evidence.posterior_words import behaviour, moved_words, name_words, value_words
    from paysim.show.posterior_figure import Law, priors_and_posteriors

    laws = []
    for row in behaviour(data):
        before, after = value_words(row, row["prior"][1], bare=True), value_words(row, row["posterior"][1])
        note = _("{before} → {after}").format(before=before, after=after)
        laws.append(Law(name_words(row["name"]), tuple(row["quantiles"]), bool(row["moved"]), note))
    return priors_and_posteriors(laws, moved_words(data), data["command"], __version__, style)


def _tell(data: dict[str, Any]) -> None:
    from paysim.evidence.posterior_words import paragraphs, table

    click.echo("")
    for text in paragraphs(data):
        click.echo("\n".join(hanging("", text)))
    click.echo("\n".join(["", *aligned(table(data)), ""]))
