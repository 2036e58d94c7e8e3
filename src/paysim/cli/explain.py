"""Say what outcomes of a run hang on: the command `paysim explain` and the function `explain`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.compare import open_runs
from paysim.cli.page import RESULTS, STYLES, aligned, hanging, lang_option, repeated
from paysim.cli.run import ENGINES, stoppable
from paysim.words import LANGUAGES

if TYPE_CHECKING:
    from paysim.study.compared.explain import Explanation
    from paysim.study.compared.explain_words import Assumed
    from paysim.study.progress import Progress
    from paysim.study.results import Results


@dataclass(frozen=True)
class Explained:
    """What outcomes of a run hang on.

    known : what is assumed of each parameter;  names : of the keys of the outcomes, in their order
    command : does it again, without where it goes and how figures look
    """

    run: Results
    explanations: tuple[Explanation, ...]
    known: dict[str, Assumed]
    names: tuple[str, ...]
    command: str


def explain(
    place: str | Path,
    outcomes: Sequence[str] = (),
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    style: str = STYLES[0],
    figures: bool = True,
    runs: str | Path = RESULTS,
    progress: Progress | None = None,
    **options: Any,
) -> Explained:
    """Find what outcomes of a run hang on, from its own draws; the same as `paysim explain`.

    place : folder of a finished run, or a scenario file, which is run or found finished
    outcomes : each ``SERIES:KEY:AT``; by default the trade of the group that is hit a year after, and the yuan's
        true share and its tracker at the end
    out : folder for ``explain.json``, the figures and the report; by default nothing is written
    overwrite, style, figures, runs, progress, options : as in `paysim.cli.compare.compare`

    Raises
    ------
    InputError : there is no such run, an outcome is unknown, or replicates are too few for the parameters
    """
    from paysim.show.reading import name_of
    from paysim.study.compared.explain import default_outcomes, read_outcome
    from paysim.study.compared.explain import explain as explain_outcome
    from paysim.study.compared.explain_words import assumed
    from paysim.study.headline import roles

    (found,) = open_runs([Path(place)], Path(runs), progress, options)
    part = roles(found)
    wanted = _all_read(lambda text: read_outcome(found, text, part.start), outcomes)
    wanted = wanted or default_outcomes(found, part.subject, part.start)
    explained = tuple(explain_outcome(found, outcome) for outcome in wanted)
    names = tuple(name_of(found, one.key, group=one.series == "trade_index") for one in wanted)
    done = Explained(found, explained, assumed(found), names, _command(place, outcomes, Path(runs), options))
    if out is not None:
        _store(Path(out), done, overwrite, style if figures else None)
    return done


def _all_read(read: Any, texts: Sequence[str]) -> list[Any]:
    """Read every outcome, and tell what is wrong with all of them at once."""
    from paysim.errors import InputError

    found, wrong = [], []
    for text in texts:
        try:
            found.append(read(text))
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError("\n".join(wrong))
    return found


def _command(place: str | Path, outcomes: Sequence[str], runs: Path, options: dict[str, Any]) -> str:
    words = ["paysim", "explain", Path(place).as_posix()]
    for outcome in outcomes:
        words += ["--outcome", outcome]
    for name in ("replicates", "seed", "engine", "until"):
        words += [] if options.get(name) is None else [f"--{name}", str(options[name])]
    for change in options.get("overrides", ()):
        words += ["--set", change]
    return shlex.join(words + ([] if runs == RESULTS else ["--runs", runs.as_posix()]))


def _data(done: Explained) -> dict[str, Any]:
    from paysim.study.compared.explain_words import as_data
    from paysim.words import said

    return {
        "name": done.run.manifest["name"],
        "outcomes": [as_data(one, done.known, name) for one, name in zip(done.explanations, done.names, strict=True)],
        "assumptions": [{**one, "text": said(one["text"])} for one in done.run.scenario["assumptions"]],
    }


def _store(out: Path, done: Explained, overwrite: bool, style: str | None) -> None:
    """Write numbers, figures (none without a style) and report to a folder."""
    from paysim.study.answers import EXPLANATION, check_place, identity, store
    from paysim.study.identity import versions
    from paysim.study.results import FIGURES_FOLDER
    from paysim.words import speaking

    outcomes = [str(one.outcome) for one in done.explanations]
    made = identity(EXPLANATION, {"explained": done.run.manifest["run"]["key"], "outcomes": outcomes})
    check_place(EXPLANATION, out, made["key"], overwrite)

    def draw(folder: Path) -> None:
        if style is not None:
            from paysim.show.tornado import draw_explanations

            draw_explanations(done.run, done.explanations, done.known, done.names, done.command,
                              folder / FIGURES_FOLDER, style)  # fmt: skip
        from paysim.show.report.explanation import write_explanation_report

        head = {"command": done.command, "run": made, "version": versions()["paysim"]}
        write_explanation_report(done.run, done.explanations, done.known, done.names, head, folder)

    with speaking(LANGUAGES[0]):
        data = {"command": done.command, "run": made, **_data(done)}
    store(EXPLANATION, out, data, draw)


@click.command("explain", short_help="Say what an outcome hangs on.")
@click.argument("run", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--outcome", "outcomes", multiple=True, metavar="SERIES:KEY:AT",
              help="Such as trade_index:CHN:2028-01, :end or :cut+12; may be repeated.")  # fmt: skip
@click.option("--replicates", type=click.IntRange(min=1), help="Of a scenario file: number of replicates.")
@click.option("--seed", type=click.IntRange(min=0), help="Of a scenario file: seed of all random streams.")
@click.option("--engine", type=click.Choice(ENGINES), help="Of a scenario file: the engine.")
@click.option("--until", metavar="YYYY-MM", help="Of a scenario file: last month to simulate.")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes (default: one a core).")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Of a scenario file: change a value.")
@click.option("--runs", "kept", type=click.Path(path_type=Path), default=RESULTS, metavar="DIR", show_default=True,
              help="Where the run of a scenario file is looked for and stored.")  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for explain.json, figures and report."
)
@click.option("--overwrite", is_flag=True, help="Replace another explanation in that folder.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of the figures.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    run: Path,
    outcomes: tuple[str, ...],
    kept: Path,
    out: Path | None,
    style: str,
    no_figures: bool,
    language: str,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Say which assumptions an outcome hangs on, from the draws that a run already holds; nothing is run for it.

    Partial rank correlations with intervals, how far the outcome swings with each parameter, and what each rests on.
    A scenario file is run first, into results/<name>, unless it is found there.
    """
    from paysim.study.progress import Progress, progress_for
    from paysim.words import speaking

    progress = Progress() if quiet else progress_for(sys.stderr)
    with stoppable(quiet), speaking(LANGUAGES[0] if as_json and out is None else language):
        done = explain(
            run, outcomes, out=out, style=style, figures=not no_figures, runs=kept, progress=progress, **options
        )
        if quiet:
            return
        again = repeated(done.command, out, style, not no_figures, language)
        if as_json:
            from paysim.study.store import plain_facts

            with speaking(LANGUAGES[0]):
                found = _data(done)
            data = {**found, "folder": None if out is None else out.as_posix(), "command": again}
            click.echo(json.dumps(plain_facts(data), indent=2, ensure_ascii=False, allow_nan=False))
        else:
            click.echo("\n".join(_as_text(done, out, again)))


def _as_text(done: Explained, out: Path | None, again: str) -> Iterator[str]:
    from paysim.study.compared.explain_words import cautions, outcome_words, paragraph, table
    from paysim.words import said
    from paysim.words import translated as _

    manifest = done.run.manifest
    yield ""
    yield _("{title}: {engine} engine, {replicates} replicates, seed {seed}. A model, not a forecast.").format(
        title=said(manifest["title"]),
        engine=_(manifest["engine"]),
        replicates=manifest["replicates"],
        seed=manifest["seed"],
    )
    for one, name in zip(done.explanations, done.names, strict=True):
        yield ""
        yield outcome_words(one, name)
        yield from (f"  {line}" for line in aligned(table(one, done.known)))
        yield from hanging("  ", paragraph(one, done.known, name))
        for caution in cautions(one):
            yield from hanging("  " + _("Caution: "), caution)
    yield ""
    yield _("What each rests on:")
    for about in _leading(done):
        source = f" ({about.source})" if about.source else ""
        yield from hanging(f"  {about.name}: ", f"{_(about.meaning)}; {about.range_words}; {about.basis_words}{source}")
    yield ""
    yield _("What the scenario takes for granted beside its parameters:")
    for taken in done.run.scenario["assumptions"]:
        yield from hanging(f"  {_(taken['basis'])}: ", said(taken["text"]))
    yield ""
    if out is not None:
        yield _("Stored in   {folder}").format(folder=out.as_posix())
    yield _("Repeat with {command}").format(command=again)  # not wrapped: a line to be copied


def _leading(done: Explained) -> Iterator[Assumed]:
    """Parameters whose effect is told in some outcome, each once, those of the first outcome first."""
    from paysim.study.compared.explain_words import SHOWN

    names = [one.name for found in done.explanations for one in found.effects[:SHOWN] if one.told]
    for name in dict.fromkeys(names):
        if name in done.known:
            yield done.known[name]
