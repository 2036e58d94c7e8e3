"""The stories in which a claim is tested: other scenario files, and this one with changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from paysim.errors import Problem, ScenarioError
from paysim.scenario.base import nearest
from paysim.scenario.loading import load_scenario
from paysim.scenario.measure import Comparison
from paysim.scenario.schema import TABLES
from paysim.words import said

if TYPE_CHECKING:
    from paysim.scenario.claims import Claim, Expectation, World
    from paysim.scenario.event import Event
    from paysim.scenario.schema import Scenario


@dataclass(frozen=True)
class Story:
    """A scenario with the name that the ledger gives it."""

    label: str
    scenario: Scenario


class BareComparison(Comparison):
    """What a figure is divided by, in a story that has lost its premises too."""

    given_by: tuple[str, ...] = Field((), exclude=True)
    marked: bool = Field(False, exclude=True)


@dataclass(frozen=True)
class Bare:
    """A story without premises, what is expected of it then, and the events that were taken away.

    A figure over the same in another story is divided by that one without its premises: else what is put in there would
    be taken for a result.
    """

    scenario: Scenario
    expected: tuple[Expectation, ...]
    taken: tuple[Event, ...]


def stories_of(claim: Claim, own: Scenario) -> list[Story]:
    """Find every story of a claim; ScenarioError names the world that cannot be had."""
    if not claim.worlds:
        return [Story(said(own.title), own)]
    return [_story(world, own, f"claims.{claim.id}.worlds[{place}]") for place, world in enumerate(claim.worlds)]


def _story(world: World, own: Scenario, where: str) -> Story:
    changes = [f"{path}={_written(value)}" for path, value in world.set.items()]
    scenario = own
    if world.scenario is not None or changes:
        file = _folder(own) / world.scenario if world.scenario is not None else _file(own)
        try:
            scenario = load_scenario(file, changes)
        except ScenarioError as error:
            raise told_in(own, where, error) from None
        scenario._files = own.files  # what the claim compares it with lies beside the file of the claim
    scenario = without(scenario, world.without, own, where)
    if world.events:
        _fit(world.events, scenario, own, f"{where}.events")
        events = tuple(sorted((*scenario.events, *world.events), key=lambda event: event.at))
        scenario = scenario.model_copy(update={"events": events})
    return Story(said(scenario.title if world.label is None else world.label), scenario)


def _fit(events: Sequence[Event], story: Scenario, own: Scenario, where: str) -> None:
    """Refuse events that a story has already, or that name what only the file of the claim has, or that lie outside."""
    taken = {event.id for event in story.events}
    missing = _declared(own) - _declared(story)
    for event in events:
        if event.id is not None and event.id in taken:
            raise problem_in(own, where, f"{story.name} has an event {event.id!r} already")
        if not story.start <= event.at < story.end:
            span = f"{story.start:%Y-%m} to {story.horizon:%Y-%m}"
            raise problem_in(own, where, f"{event.at:%Y-%m-%d} lies outside {span} of {story.name}")
        for name in sorted(missing & set(_texts(event.model_dump(exclude={"id", "label"})))):
            raise problem_in(own, where, f"{story.name} has no {name!r}{nearest(name, _declared(story))}")


def _declared(story: Scenario) -> set[str]:
    """Ids of all that a story declares."""
    return {name for table in TABLES for name in getattr(story, table)}


def _texts(value: Any) -> Iterator[str]:
    """Every text in what a model holds, keys of its tables too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from (*_texts(key), *_texts(item))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _texts(item)


def without(story: Scenario, names: Sequence[str], own: Scenario, where: str) -> Scenario:
    """The story without some events; ScenarioError for one that it does not have."""
    if not names:
        return story
    there = {event.id for event in story.events}
    for name in names:
        if name not in there:
            known = ", ".join(sorted(one for one in there if one is not None)) or "none"
            raise problem_in(own, where, f"{story.name} has no event {name!r} (it has {known})")
    return story.model_copy(update={"events": tuple(event for event in story.events if event.id not in names)})


def without_premises(
    story: Scenario,
    expected: Sequence[Expectation],
    given_by: Sequence[str],
    other: Callable[[Scenario, Comparison], Scenario],
) -> list[Bare]:
    """The story without what it is given: without the events named, then without all that are marked as premise too.

    other : finds the story that a figure is compared with
    """
    found: list[Bare] = []
    for marked in (False, True):
        kept, taken = _parted(story, given_by, marked)
        bare: list[Expectation] = []
        for one in expected:
            said_of = one.measure.relative_to
            if said_of is not None and said_of.scenario is not None:
                taken += _parted(other(story, said_of), given_by, marked)[1]
                less = BareComparison(**dict(said_of), given_by=tuple(given_by), marked=marked)
                one = one.model_copy(update={"measure": one.measure.model_copy(update={"relative_to": less})})
            bare.append(one)
        if taken and (not found or taken != found[-1].taken):
            found.append(Bare(story.model_copy(update={"events": kept}), tuple(bare), taken))
    return found


def _parted(story: Scenario, given_by: Sequence[str], marked: bool) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """The events of a story that are no premise, and those that are; ``marked`` ones count if asked for."""
    taken = tuple(event for event in story.events if event.id in given_by or (marked and event.premise))
    return tuple(event for event in story.events if event not in taken), taken


def compared_with(story: Scenario, comparison: Comparison) -> Scenario:
    """The story that a figure of a story is compared with; events that the story lacks need not be left out."""
    if comparison.scenario is not None:
        there = without(load_scenario(_folder(story) / comparison.scenario), comparison.without, story, "relative_to")
        if isinstance(comparison, BareComparison):
            kept, _taken = _parted(there, comparison.given_by, comparison.marked)
            there = there.model_copy(update={"events": kept})
        return there
    names = {event.id for event in story.events}
    return without(story, [name for name in comparison.without if name in names], story, "relative_to")


def _file(own: Scenario) -> Path:
    return own.files[0] if own.files else Path()


def _folder(own: Scenario) -> Path:
    return _file(own).parent


def problem_in(own: Scenario, where: str, message: str) -> ScenarioError:
    """Something wrong in a part of a scenario file that only shows when other files are read."""
    return ScenarioError([Problem(str(_file(own)), 0, 0, where, message)])


def told_in(own: Scenario, where: str, error: ScenarioError) -> ScenarioError:
    """Problems of another file, or of values changed, told where the claim asked for it; places in files stay."""

    def moved(one: Problem) -> Problem:
        text = f"{one.where}: {one.message}" if one.file == str(_file(own)) else str(one).removeprefix("--")
        return one if one.line else Problem(str(_file(own)), 0, 0, where, text)

    return ScenarioError([moved(one) for one in error.problems])


def _written(value: Any) -> str:
    """A value as it would be written after --set."""
    import json

    return value if isinstance(value, str) else json.dumps(value)
