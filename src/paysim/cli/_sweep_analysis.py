"""``paysim sweep sensitivity`` and ``paysim sweep discover``: what a finished study says of its factors."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from paysim.cli.page import STYLES, hanging, lang_option, repeated
from paysim.cli.run import stoppable
from paysim.words import LANGUAGES, speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.study.sweeps.results import SweepResults
    from paysim.study.sweeps.studied import Studied

METHODS = ("sobol", "morris", "distance")
_KEPT = "Nothing was written."
Command = TypeVar("Command", bound=Callable[..., Any])

_SHARED = (
    click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
    click.option("--outcome", metavar="NAME", help="Outcome of the study (needed if it has several)."),
    click.option("--above", metavar="X", help="Look at whether the outcome lies above this, such as 10%."),
    click.option("--below", metavar="X", help="Look at whether it lies below this."),
    click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the numbers and figures "
                 "(default: analysis/... in the folder of the study)."),
    click.option("--overwrite", is_flag=True, help="Replace another analysis in the folder that --out names."),
    click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of figures."),
    click.option("--no-figures", is_flag=True, help="Draw no figures."),
    click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object."),
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
    lang_option,
)  # fmt: skip


def _shared(command: Command) -> Command:
    """Give a command the options that both have."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.command("sensitivity", short_help="Say which factor of a study decides an outcome.")
@_shared
@click.option("--method", type=click.Choice(METHODS), help="By default the one that the design was made for.")
def sensitivity(folder: Path, outcome: str | None, method: str | None, **options: Any) -> None:
    """Say which factor decides an outcome of the study in DIR, how sure that is, and which do nothing.

    Sobol's indices from a saltelli design, Morris's effects from a morris design, and from any design distances of
    distributions, which hold where the outcome tips and its variance misleads. With --above or --below: which factor
    decides whether the outcome lies beyond a threshold.
    """
    with stoppable(options["quiet"], _KEPT), speaking(options["language"]):
        results, studied, threshold = _open(folder, outcome, options["above"], options["below"])
        from paysim.study.sweeps import sensitivity_words as words
        from paysim.study.sweeps.sensitivity import analyse
        from paysim.study.sweeps.studied import flagged

        if threshold is not None:
            studied = flagged(studied, *threshold)
        found = analyse(studied, method)
        repeat = _command("sensitivity", results, studied, options, ["--method", method] if method else [])

        def draw(place: Path, style: str) -> None:
            from paysim.show.sensitivity_figures import draw_sensitivity

            draw_sensitivity(found, foot(results, repeat), place, style)

        rows = [] if found.rare else [*_table(words.table(found)), ""]
        text = [*rows, *hanging("  ", words.paragraph(found))]
        text += _cautions(words.cautions(found))
        tables = [] if found.rare else [(_("Factors, the strongest first"), words.table(found))]
        title = _("What decides: {what}").format(what=studied.what)
        told = _Told(title, words.paragraph(found), tables, list(words.cautions(found)))
        _finish("sensitivity", results, studied, lambda: words.as_data(found), text, draw, told, repeat, options)


@click.command("discover", short_help="Say where in the space of its factors a study reaches an outcome.")
@_shared
@click.option("--box", "place", type=click.IntRange(min=0), metavar="N",
              help="Take this box on the way of the search, with all its limits (default: by rule).")  # fmt: skip
@click.option("--resamples", type=click.IntRange(min=0), default=20, show_default=True,
              help="Searches in half of the points, to see which limits come back.")  # fmt: skip
def discover(folder: Path, outcome: str | None, place: int | None, resamples: int, **options: Any) -> None:
    """Find boxes of factors in which an outcome of the study in DIR lies above, or below, a threshold (PRIM).

    Tells limits, coverage, density, quasi-p values, and how often a search in half of the points limits the same
    factors. Give --above or --below.
    """
    with stoppable(options["quiet"], _KEPT), speaking(options["language"]):
        results, studied, threshold = _open(folder, outcome, options["above"], options["below"])
        if threshold is None:
            raise click.UsageError("expected a threshold: --above X or --below X, in the unit of the outcome")
        from paysim.study.progress import Progress, progress_for
        from paysim.study.sweeps import discovery_words as words
        from paysim.study.sweeps.discovery import RESAMPLES
        from paysim.study.sweeps.discovery import discover as find
        from paysim.study.sweeps.sensitivity_words import left_out

        progress = Progress() if options["quiet"] else progress_for(sys.stderr)
        found = find(studied, *threshold, resamples=resamples, place=place, progress=progress)
        special = [] if place is None else ["--box", str(place)]
        special += [] if resamples == RESAMPLES else ["--resamples", str(resamples)]
        repeat = _command("discover", results, studied, options, special)

        def draw(place: Path, style: str) -> None:
            from paysim.show.discovery_figures import draw_discovery

            draw_discovery(found, foot(results, repeat), place, style)

        text = [line for box in found.boxes for line in (*_table(words.table(box)), "")]
        text += hanging("  ", words.paragraph(found))
        cautions = [*words.cautions(found), *left_out(studied)]
        text += _cautions(cautions)
        title = _("Where to find: {what}").format(what=words.threshold_words(found))
        told = _Told(title, words.paragraph(found), list(_boxes(map(words.table, found.boxes))), cautions)
        _finish("discover", results, studied, lambda: words.as_data(found), text, draw, told, repeat, options)


@dataclass(frozen=True)
class _Told:
    """What an analysis says in its report: what was asked, a paragraph, tables with captions and heads, cautions."""

    title: str
    text: str
    tables: Sequence[tuple[str, Sequence[tuple[str, ...]]]]
    cautions: Sequence[str]

    def write(self, results: SweepResults, head: dict[str, Any], folder: Path) -> None:
        """Write the report into a folder."""
        from paysim.show.report.study import write_analysis_report
        from paysim.study.identity import versions

        told = {**head, "version": versions()["paysim"]}
        write_analysis_report(results, self.title, self.text, self.tables, self.cautions, told, folder)


def _boxes(tables: Iterable[list[tuple[str, ...]]]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Tables of boxes with their captions."""
    for number, rows in enumerate(tables, 1):
        yield _("Limits of box {number}").format(number=number), rows


def _open(
    folder: Path, outcome: str | None, above: str | None, below: str | None
) -> tuple[SweepResults, Studied, tuple[float, bool] | None]:
    """Read the study, the outcome and the threshold, whatever is wrong with any of them."""
    if above is not None and below is not None:
        raise click.UsageError("--above and --below each name a threshold: give one of them")
    from paysim.study.results import MANIFEST_FILE
    from paysim.study.sweeps.results import SweepResults, study_in
    from paysim.study.sweeps.studied_reading import outcome_name, read_studied, read_threshold

    results = SweepResults(folder) if (folder / MANIFEST_FILE).exists() or not folder.is_dir() else study_in(folder)
    name = outcome_name(results, outcome)
    threshold = None
    if above is not None:
        threshold = read_threshold(results, name, above, "--above"), True
    elif below is not None:
        threshold = read_threshold(results, name, below, "--below"), False
    return results, read_studied(results, name), threshold


def _command(what: str, results: SweepResults, studied: Studied, options: dict[str, Any], more: Sequence[str]) -> str:
    words = ["paysim", "sweep", what, results.folder.as_posix(), "--outcome", studied.outcome]
    for name in ("above", "below"):
        words += [] if options[name] is None else [f"--{name}", options[name]]
    return shlex.join([*words, *more])


def foot(results: SweepResults, repeat: str) -> dict[str, Any]:
    """What the foot of the figures says: the study, its points and design."""
    manifest = results.manifest
    what = _("{version}, study {name}, {points} points ({design})").format(
        version=manifest["version"],
        name=manifest["name"],
        points=manifest["points"],
        design=manifest["study"]["design"]["kind"],
    )
    return {"version": what, "replicates": manifest["replicates"], "seed": manifest["seed"], "command": repeat}


def _cautions(cautions: Iterable[str]) -> list[str]:
    return [line for caution in cautions for line in hanging("  " + _("Caution: "), caution)]


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _finish(
    what: str,
    results: SweepResults,
    studied: Studied,
    data: Callable[[], dict[str, Any]],
    text: Sequence[str],
    draw: Callable[[Path, str], None],
    told: _Told,
    repeat: str,
    options: dict[str, Any],
) -> None:
    """Store an analysis with its figures and its report, and print it."""
    from paysim.study.answers import DISCOVERY, SENSITIVITY, check_place, identity, store
    from paysim.study.results import FIGURES_FOLDER
    from paysim.study.store import plain_facts

    kind, figures = SENSITIVITY if what == "sensitivity" else DISCOVERY, not options["no_figures"]
    out = options["out"] or results.folder / "analysis" / _folder_name(repeat, what)
    made = identity(kind, {"files": results.manifest["files"], "command": repeat})
    check_place(kind, out, made["key"], options["overwrite"] or options["out"] is None)
    with speaking(LANGUAGES[0]):
        whole = {"study": studied.name, "command": repeat, "run": made, **data()}

    def finish(place: Path) -> None:
        if figures:
            draw(place / FIGURES_FOLDER, options["style"])
        told.write(results, {"command": repeat, "run": made}, place)

    store(kind, out, whole, finish)
    if options["quiet"]:
        return
    again = repeated(repeat, options["out"], options["style"], figures, options["language"])
    if options["as_json"]:
        told = plain_facts({**whole, "folder": out.as_posix(), "command": again})
        click.echo(json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join(_page(results, text, out, again)))


def _folder_name(repeat: str, what: str) -> str:
    """A name for the folder from the options that decide what is in it: discover_china_trade_below_90."""
    words = shlex.split(repeat)[4:]
    return re.sub(r"[^A-Za-z0-9.]+", "_", "_".join([what, *words]).replace("--outcome", "")).strip("_")


def _page(results: SweepResults, text: Sequence[str], out: Path, again: str) -> Iterator[str]:
    from paysim.words import said

    manifest = results.manifest
    yield ""
    yield _("{title}: {points} points, {engine} engine, seed {seed}. A model, not a forecast.").format(
        title=said(manifest["title"]), points=manifest["points"], engine=manifest["engine"], seed=manifest["seed"]
    )
    yield ""
    yield from text
    yield ""
    yield _("Stored in   {folder}").format(folder=out.as_posix())
    yield _("Repeat with {command}").format(command=again)  # not wrapped: a line to be copied
