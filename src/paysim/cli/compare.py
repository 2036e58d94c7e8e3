"""Hold runs against one another, replicate by replicate: the command `paysim compare` and the function `compare`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import RESULTS, STYLES, aligned, hanging, lang_option, repeated
from paysim.cli.run import ENGINES, run, stoppable
from paysim.words import LANGUAGES

if TYPE_CHECKING:
    from paysim.study.compared.compare import Comparison
    from paysim.study.compared.words import KeySeries
    from paysim.study.progress import Progress
    from paysim.study.results import Results


@dataclass(frozen=True)
class Compared:
    """Runs held against the first of them.

    runs : the finished runs;  comparisons : of the second and every later run with the first, in their order
    looked_at : the series that matter most;  command : does it again, without where it goes and how figures look
    """

    runs: tuple[Results, ...]
    comparisons: tuple[Comparison, ...]
    looked_at: tuple[KeySeries, ...]
    command: str


def compare(
    *places: str | Path,
    out: str | Path | None = None,
    overwrite: bool = False,
    style: str = STYLES[0],
    figures: bool = True,
    runs: str | Path = RESULTS,
    progress: Progress | None = None,
    **options: Any,
) -> Compared:
    """Take the first run from every other one, replicate by replicate; the same as `paysim compare`.

    places : folders of finished runs, or scenario files, which are run or found finished; two at least
    out : folder for the tables, the figures, the report and the manifest; by default nothing is written
    overwrite : replace another comparison in that folder
    style : of the figures, ``slides`` or ``paper``;  figures : whether to draw them
    runs : folder in which runs of scenario files are looked for and stored
    progress : told how far a run is, by default nobody
    options : of the runs of scenario files: replicates, seed, engine, until, workers, overrides, as in `paysim.run`

    Raises
    ------
    InputError : a place is neither, fewer than two are given, or two of them cannot be paired
    """
    from paysim.errors import InputError
    from paysim.study.compared.compare import compare_runs

    if len(places) < 2:
        raise InputError("expected two runs or more, folders or scenario files; the others are held against the first")
    found = open_runs([Path(place) for place in places], Path(runs), progress, options)
    names = unlike_names(found)
    comparisons = tuple(
        compare_runs(found[0], other, (names[0], name)) for other, name in zip(found[1:], names[1:], strict=True)
    )
    done = Compared(found, comparisons, _key_series(found), _command(places, Path(runs), options))
    if out is not None:
        _store(Path(out), done, names, overwrite, style if figures else None)
    return done


def open_runs(
    places: Sequence[Path], runs: Path, progress: Progress | None, options: dict[str, Any]
) -> tuple[Results, ...]:
    """Open folders of finished runs; run scenario files, or find them finished under ``runs``.

    Every place is looked at before anything is run. Raises InputError with what is wrong with all of them.
    """
    from paysim.errors import InputError
    from paysim.scenario.loading import load_scenario
    from paysim.study.results import load_results

    given = [*options.get("overrides", ())]
    ready: dict[Path, Any] = {}
    wrong = []
    for place in dict.fromkeys(places):
        try:
            if place.is_dir():
                ready[place] = load_results(place)
            elif place.is_file():
                ready[place] = load_scenario(place, given)
            else:
                wrong.append(f"{place}: expected a folder of a finished run or a scenario file; there is neither")
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError("\n".join(wrong))
    _check_options(ready, options)
    _check_seeds(ready, options.get("seed"))
    for place, there in ready.items():
        if place.is_file():
            ready[place] = _run_or_find(place, runs / there.name, progress, options)
    return tuple(ready[place] for place in places)


def _check_options(ready: dict[Path, Any], options: dict[str, Any]) -> None:
    """InputError for an option of scenario files where all are finished runs, which it would not change."""
    from paysim.errors import InputError

    named = {"replicates": "--replicates", "seed": "--seed", "engine": "--engine", "until": "--until",
             "overrides": "--set"}  # fmt: skip
    given = [option for name, option in named.items() if options.get(name) not in (None, (), [])]
    if given and not any(place.is_file() for place in ready):
        raise InputError(
            f"{', '.join(given)}: of scenario files; {', '.join(map(str, ready))}: finished already, and not run anew"
        )


def _check_seeds(ready: dict[Path, Any], seed: int | None) -> None:
    """See before anything is run that all runs share their luck; InputError if they will not."""
    from paysim.errors import InputError

    seeds = {
        place: (there.seed if seed is None else seed) if place.is_file() else int(there.manifest["seed"])
        for place, there in ready.items()
    }
    if len(set(seeds.values())) > 1:
        listed = ", ".join(f"{place} has seed {found}" for place, found in seeds.items())
        raise InputError(f"{listed}: replicates share no luck and cannot be paired. Run one of them anew with --seed")


def _run_or_find(place: Path, folder: Path, progress: Progress | None, options: dict[str, Any]) -> Results:
    from paysim.errors import ResultsError

    try:
        return run(place, out=folder, figures=False, report=False, progress=progress, **options)
    except ResultsError as error:
        first = str(error).split(". Replace it with")[0]
        raise ResultsError(
            f"{first}. Give the folder itself, {folder.as_posix()}, to use what is in it, or another folder for runs "
            "with --runs"
        ) from None


def unlike_names(runs: Sequence[Results]) -> list[str]:
    """A name for each run: its scenario's, and where two have one name, that of the folder or else a number."""
    names = [str(one.manifest["name"]) for one in runs]
    if len(set(names)) < len(names):
        names = [
            one.folder.resolve().name if names.count(name) > 1 else name for one, name in zip(runs, names, strict=True)
        ]
    return [f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names, 1)]


def _key_series(runs: Sequence[Results]) -> tuple[KeySeries, ...]:
    from paysim.show.reading import name_of
    from paysim.study.compared.words import key_series
    from paysim.study.headline import roles

    subject = next((part.subject for one in runs if (part := roles(one)).target), "CHN")
    return key_series(subject, name_of(runs[0], subject, group=True))


def _command(places: Sequence[str | Path], runs: Path, options: dict[str, Any]) -> str:
    words = ["paysim", "compare", *(Path(place).as_posix() for place in places)]
    for name in ("replicates", "seed", "engine", "until"):
        words += [] if options.get(name) is None else [f"--{name}", str(options[name])]
    for change in options.get("overrides", ()):
        words += ["--set", change]
    return shlex.join(words + ([] if runs == RESULTS else ["--runs", runs.as_posix()]))


def _store(out: Path, done: Compared, names: Sequence[str], overwrite: bool, style: str | None) -> None:
    """Write tables, manifest, figures (none without a style) and report to a folder."""
    from paysim.study.answers import COMPARISON, check_place, identity, store
    from paysim.study.compared.store import write_tables
    from paysim.study.identity import versions
    from paysim.study.results import FIGURES_FOLDER

    manifests = [one.manifest for one in done.runs]
    made = identity(COMPARISON, {"runs": [manifest["run"]["key"] for manifest in manifests]})
    check_place(COMPARISON, out, made["key"], overwrite)
    listed = [
        {"called": name, **{part: manifest[part] for part in ("name", "command", "engine", "seed", "replicates")},
         "key": manifest["run"]["key"]}
        for name, manifest in zip(names, manifests, strict=True)
    ]  # fmt: skip

    head = {"command": done.command, "run": made, "runs": listed}

    def finish(folder: Path) -> None:
        write_tables(folder, done.comparisons)
        if style is not None:
            from paysim.show.compare_figures import draw_comparison

            draw_comparison(done.runs, done.comparisons, done.looked_at, done.command, folder / FIGURES_FOLDER, style)
        from paysim.show.report.comparison import write_comparison_report

        told = {**head, "version": versions()["paysim"]}
        write_comparison_report(done.runs, done.comparisons, done.looked_at, told, folder)

    store(COMPARISON, out, head, finish)


@click.command("compare", short_help="Hold runs against one another, replicate by replicate.")
@click.argument("runs", nargs=-1, required=True, metavar="A B [C ...]", type=click.Path(path_type=Path))
@click.option("--replicates", type=click.IntRange(min=1), help="Of scenario files: number of replicates.")
@click.option("--seed", type=click.IntRange(min=0), help="Of scenario files: seed of all random streams.")
@click.option("--engine", type=click.Choice(ENGINES), help="Of scenario files: the engine.")
@click.option("--until", metavar="YYYY-MM", help="Of scenario files: last month to simulate.")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes (default: one a core).")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Of scenario files: change a value.")
@click.option("--runs", "kept", type=click.Path(path_type=Path), default=RESULTS, metavar="DIR", show_default=True,
              help="Where runs of scenario files are looked for and stored.")  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for tables, figures, report and manifest."
)
@click.option("--overwrite", is_flag=True, help="Replace another comparison in that folder.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of the figures.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print the differences as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    runs: tuple[Path, ...],
    kept: Path,
    out: Path | None,
    style: str,
    no_figures: bool,
    language: str,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Take run A from every other run, replicate by replicate: how much they differ, how surely, and from when.

    A, B, C are folders of finished runs or scenario files; a file is run into results/<name>, or found there. Runs of
    one seed share their luck, so that differences show what the scenarios do.
    """
    from paysim.study.progress import Progress, progress_for
    from paysim.words import speaking

    progress = Progress() if quiet else progress_for(sys.stderr)
    with stoppable(quiet), speaking(LANGUAGES[0] if as_json and out is None else language):
        done = compare(*runs, out=out, style=style, figures=not no_figures, runs=kept, progress=progress, **options)
        if quiet:
            return
        again = repeated(done.command, out, style, not no_figures, language)
        click.echo(_as_json(done, out, again) if as_json else "\n".join(_as_text(done, out, again)))


def _as_json(done: Compared, out: Path | None, again: str) -> str:
    from paysim.study.compared.words import as_data
    from paysim.study.store import plain_facts

    data = {
        "against": done.comparisons[0].against,
        "comparisons": [as_data(comparison, done.looked_at) for comparison in done.comparisons],
        "folder": None if out is None else out.as_posix(),
        "command": again,
    }
    return json.dumps(plain_facts(data), indent=2, ensure_ascii=False, allow_nan=False)


def _as_text(done: Compared, out: Path | None, again: str) -> Iterator[str]:
    from paysim.study.compared.words import sentences, table
    from paysim.words import said
    from paysim.words import translated as _

    first = done.runs[0].manifest
    for comparison, other in zip(done.comparisons, done.runs[1:], strict=True):
        how = _("{engine} engine, {pairs} pairs of replicates, seed {seed}").format(
            engine=_(other.manifest["engine"]), pairs=comparison.replicates, seed=first["seed"]
        )
        yield ""
        yield from hanging("", f"{comparison.name} ({said(other.manifest['title'])})")
        against = _("minus {name} ({title})").format(name=comparison.against, title=said(first["title"]))
        yield from hanging("  ", against)
        yield from hanging("  ", how)
        yield "  " + _("Median [5 to 95 %] of the differences within replicates. A model, not a forecast.")
        yield ""
        yield from (f"  {line}" for line in aligned(table(comparison, done.looked_at)))
        yield ""
        for sentence in sentences(comparison, done.looked_at):
            yield from hanging("  ", sentence)
    yield ""
    if out is not None:
        yield _("Stored in   {folder}").format(folder=out.as_posix())
    yield _("Repeat with {command}").format(command=again)  # not wrapped: a line to be copied
