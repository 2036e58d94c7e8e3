"""Say what would have to be true for a claim to hold: the command `paysim require`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import STYLES, hanging, lang_option, repeated
from paysim.cli.run import stoppable
from paysim.words import LANGUAGES

if TYPE_CHECKING:
    from paysim.evidence.require import Feasible, Lever
    from paysim.evidence.require_words import Required
    from paysim.evidence.stories import Story
    from paysim.scenario.claims import Claim
    from paysim.scenario.schema import Scenario

DEFAULTS = ("behaviour.bypass_share", "behaviour.cost_sensitivity", "behaviour.messaged_on_swift")
"""Assumptions that are moved where neither a person nor the claim names any, beside those of steering."""


@dataclass(frozen=True)
class Answer:
    """What would have to be true for a claim, story by story."""

    own: Scenario
    claim: Claim
    required: tuple[Required, ...]
    grids: tuple[tuple[str, Feasible], ...]
    command: str


def require(
    path: str | Path, claim: str, by: Sequence[str] = (), *, world: int | None = None, overrides: Sequence[str] = ()
) -> Answer:
    """Find what assumptions would have to be for a claim to hold, one at a time, and two together if two are given.

    path : the scenario file with the claim;  claim : its id
    by : paths of assumptions, such as ``behaviour.bypass_share`` or ``events.steering.message``; by default those that
        the claim depends on, or else those of steering and a few that matter
    world : only the story of this number, from 1;  overrides : values of the scenario to change

    Raises
    ------
    InputError : there is no such claim, story or assumption, or the claim has no figures
    """
    from paysim.evidence.require import SWITCH, feasible
    from paysim.evidence.stories import stories_of
    from paysim.evidence.worlds import Worlds
    from paysim.scenario.loading import load_scenario

    own = load_scenario(path, overrides)
    asked = _claim(own, claim)
    stories = _chosen(stories_of(asked, own), world)
    worlds = Worlds(1, own.seed)
    wanted = list(dict.fromkeys(by)) or _usual(asked, stories)
    levers = _levers(stories, wanted)
    for story in stories:
        worlds.need(story.scenario, asked.expect)
    required = tuple(_required(worlds, story, asked, lever) for story, found in zip(stories, levers, strict=True)
                     for lever in found)  # fmt: skip
    together = len(wanted) == len(set(by)) == 2
    grids = tuple(
        (story.label, feasible(worlds, story.scenario, asked.expect, found[0], found[1]))
        for story, found in zip(stories, levers, strict=True)
        if together and len(found) == 2 and not any(lever.unit == SWITCH for lever in found)
    )
    return Answer(own, asked, required, grids, _command(path, claim, by, world, overrides))


def _claim(own: Scenario, name: str) -> Claim:
    from paysim.errors import InputError
    from paysim.scenario.base import nearest

    found = next((one for one in own.claims if one.id == name), None)
    if found is None:
        raise InputError(f"{own.name} has no claim {name!r}{nearest(name, (one.id for one in own.claims))}")
    if not found.expect:
        raise InputError(f"the claim {name} has no figures: it cannot be tested here")
    if all(expected.measure.series is None for expected in found.expect):
        raise InputError(f"the claim {name} rests on published figures alone: no assumption of the model moves it")
    return found


def _chosen(stories: Sequence[Story], world: int | None) -> list[Story]:
    from paysim.errors import InputError

    if world is None:
        return list(stories)
    if not 1 <= world <= len(stories):
        listed = "; ".join(f"{place} {story.label}" for place, story in enumerate(stories, 1))
        raise InputError(f"--world {world}: the claim has {len(stories)}: {listed}")
    return [stories[world - 1]]


def _usual(claim: Claim, stories: Sequence[Story]) -> list[str]:
    """Assumptions that are moved where nobody named any: those of the claim, or of steering and a few that matter."""
    if claim.depends:
        return list(claim.depends)
    steered = any(event.kind == "steering" for story in stories for event in story.scenario.events)
    return [*(("events.steering.message", "events.steering.clearing") if steered else ()), *DEFAULTS]


def _levers(stories: Sequence[Story], wanted: Sequence[str]) -> list[list[Lever]]:
    """The assumptions that each story has; those that none has are told, all at once."""
    from paysim.errors import InputError
    from paysim.evidence.require import lever_of

    wrong: dict[str, str] = {}
    had: set[str] = set()
    found: list[list[Lever]] = []
    for story in stories:
        found.append([])
        for path in wanted:
            try:
                found[-1].append(lever_of(story.scenario, path))
                had.add(path)
            except InputError as error:
                wrong.setdefault(path, str(error))
    if missing := [words for path, words in wrong.items() if path not in had]:
        raise InputError("\n".join(missing))
    return found


def _required(worlds: Any, story: Story, claim: Claim, lever: Lever) -> Required:
    from paysim.evidence.require import margins_over, solve
    from paysim.evidence.require_words import Required

    whole = solve(margins_over(worlds, story.scenario, claim.expect, lever), lever)
    if len(claim.expect) == 1:
        return Required(story.label, whole, (whole,))
    apart = tuple(solve(margins_over(worlds, story.scenario, [one], lever), lever) for one in claim.expect)
    return Required(story.label, whole, apart)


def _command(path: str | Path, claim: str, by: Sequence[str], world: int | None, overrides: Sequence[str]) -> str:
    words = ["paysim", "require", Path(path).as_posix(), "--claim", claim]
    for name, values in (("--by", by), ("--world", [] if world is None else [world]), ("--set", overrides)):
        for value in values:
            words += [name, str(value)]
    return shlex.join(words)


@click.command("require", short_help="Say what would have to be true for a claim to hold.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--claim", required=True, metavar="ID", help="The claim, by its id in the file.")
@click.option("--by", multiple=True, metavar="PATH",
              help="An assumption to move; may be repeated, two are looked at together as well.")  # fmt: skip
@click.option("--world", type=click.IntRange(min=1), metavar="N", help="Only the claim's story of this number.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for require.json and the figures.")
@click.option("--overwrite", is_flag=True, help="Replace another answer in that folder.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of the figures.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object.")
def command(
    file: Path,
    claim: str,
    by: tuple[str, ...],
    world: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    style: str,
    language: str,
    as_json: bool,
) -> None:
    """Say what would have to be true for a claim of the scenario in FILE to hold.

    Assumptions move one at a time, through their documented range and beyond; all others stay at their best values, and
    there is no luck. What is found is held against what is documented and what CIPS has published.
    """
    from paysim.words import speaking

    with (
        stoppable(False, "Nothing is stored; the same command begins anew."),
        speaking(LANGUAGES[0] if as_json and out is None else language),
    ):
        answer = require(file, claim, by, world=world, overrides=overrides)
        if out is not None:
            _store(answer, out, overwrite, style)
        if as_json:
            with speaking(LANGUAGES[0]):
                data = _data(answer)
            click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        else:
            again = repeated(answer.command, out, style, language=language)
            click.echo("\n".join(_as_text(answer, out, again)))


def _data(answer: Answer) -> dict[str, Any]:
    from paysim.evidence.require_words import as_data, grid_data
    from paysim.study.store import plain_facts
    from paysim.words import said

    found: dict[str, Any] = plain_facts(
        {
            "claim": answer.claim.id,
            "text": said(answer.claim.text),
            "required": [as_data(one, answer.claim.expect) for one in answer.required],
            "together": [grid_data(one, story) for story, one in answer.grids],
            "command": answer.command,
        }
    )
    return found


def _as_text(answer: Answer, out: Path | None, again: str) -> Iterator[str]:
    from paysim.evidence.require_words import bound_words, feasible_words, sentence
    from paysim.words import said
    from paysim.words import translated as _

    yield ""
    yield from hanging("", said(answer.claim.text))
    yield from hanging("  ", _("Best values, no luck, one assumption moved at a time. A model, not a forecast."))
    story = None
    for one in answer.required:
        if one.story != story:
            story = one.story
            yield ""
            yield from hanging("", story)
        yield from hanging(f"  {one.whole.lever.path}: ", sentence(one.whole))
        if len(one.apart) > 1:
            for expected, found in zip(answer.claim.expect, one.apart, strict=True):
                text = f"{bound_words(expected)}: {sentence(found).split(' (')[0]}"
                yield from (f"    {line}" for line in hanging("", text))
    for label, grid in answer.grids:
        yield ""
        yield from hanging(f"{label}: ", feasible_words(grid))
    yield ""
    if out is not None:
        yield _("Stored in   {folder}").format(folder=out.as_posix())
    yield _("Repeat with {command}").format(command=again)


def _store(answer: Answer, out: Path, overwrite: bool, style: str) -> None:
    """Write numbers and figures to a folder."""
    from paysim.study.answers import REQUIREMENT, check_place, identity, store
    from paysim.study.results import FIGURES_FOLDER
    from paysim.words import speaking

    made = identity(REQUIREMENT, {"scenario": answer.own.digest(), "command": answer.command})
    check_place(REQUIREMENT, out, made["key"], overwrite)
    with speaking(LANGUAGES[0]):
        data = {"run": made, **_data(answer)}
    store(REQUIREMENT, out, data, lambda folder: _draw(answer, folder / FIGURES_FOLDER, style))


def _draw(answer: Answer, folder: Path, style: str) -> None:
    """Draw a page of curves for each story, and each grid."""
    from paysim import __version__
    from paysim.evidence.require import SWITCH
    from paysim.evidence.require_words import bound_words, constraint_words, lever_words
    from paysim.show import require_figure
    from paysim.show.style import STYLES, save
    from paysim.words import said

    folder.mkdir(parents=True, exist_ok=True)
    look, claim = STYLES[style], said(answer.claim.text)
    foot = require_figure.foot(answer.command, __version__, answer.own.name)
    bounds = [bound_words(one) for one in answer.claim.expect]
    for place, story in enumerate(dict.fromkeys(one.story for one in answer.required), 1):
        moved = [one for one in answer.required if one.story == story and one.whole.lever.unit != SWITCH]
        panels = [(lever_words(one.whole.lever), _curves(one)) for one in moved]
        if not panels:
            continue
        figure = require_figure.curves(foot, look, f"{claim} ({story})", panels, bounds)
        save(figure, folder, f"require_{place}", look)
    for place, (story, found) in enumerate(answer.grids, 1):
        figure = require_figure.grid(foot, look, f"{claim} ({story})", _grid(found), constraint_words(found))
        save(figure, folder, f"feasible_{place}", look)


def _axis(lever: Lever) -> tuple[Any, float]:
    """The axis of an assumption in the unit that people read, and the factor to it."""
    from paysim.evidence.require_words import lever_words, scale
    from paysim.show.require_figure import Axis

    factor, unit = scale(lever)
    best, low, high = (factor * value for value in (lever.best, lever.low, lever.high))
    return Axis(lever_words(lever), unit, best, low, high, lever.wide), factor


def _curves(one: Required) -> Any:
    from paysim.show.require_figure import Curves

    axis, factor = _axis(one.whole.lever)
    intervals = tuple((factor * first, factor * last) for first, last in one.whole.intervals)
    return Curves(axis, factor * one.whole.values, tuple(found.margins for found in one.apart), intervals)


def _grid(found: Feasible) -> Any:
    from paysim.show.require_figure import Grid

    (across, one), (up, other) = _axis(found.across), _axis(found.up)
    return Grid(across, up, one * found.columns, other * found.rows, found.margins, found.constraint)
