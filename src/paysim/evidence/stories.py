"""The stories in which a claim is tested: other scenario files, and this one with changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paysim.errors import Problem, ScenarioError
from paysim.scenario.loading import load_scenario
from paysim.words import said

if TYPE_CHECKING:
    from paysim.scenario.claims import Claim, World
    from paysim.scenario.measure import Comparison
    from paysim.scenario.schema import Scenario


@dataclass(frozen=True)
class Story:
    """A scenario with the name that the ledger gives it."""

    label: str
    scenario: Scenario


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
        scenario = load_scenario(file, changes)
    scenario = without(scenario, world.without, own, where)
    if world.events:
        taken = {event.id for event in scenario.events}
        for event in world.events:
            if event.id is not None and event.id in taken:
                raise problem_in(own, f"{where}.events", f"{scenario.name} has an event {event.id!r} already")
        events = tuple(sorted((*scenario.events, *world.events), key=lambda event: event.at))
        scenario = scenario.model_copy(update={"events": events})
    return Story(said(scenario.title if world.label is None else world.label), scenario)


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


def without_premises(story: Scenario, given_by: Sequence[str]) -> list[Scenario]:
    """The story without what it is given: without the events named, then without all that are marked as premise too."""
    named = tuple(event for event in story.events if event.id not in given_by)
    unmarked = tuple(event for event in named if not event.premise)
    fewer = [events for events in (named, unmarked) if len(events) < len(story.events)]
    return [story.model_copy(update={"events": events}) for events in (fewer if named != unmarked else fewer[:1])]


def compared_with(story: Scenario, comparison: Comparison) -> Scenario:
    """The story that a figure of a story is compared with; events that the story lacks need not be left out."""
    if comparison.scenario is not None:
        return without(load_scenario(_folder(story) / comparison.scenario), comparison.without, story, "relative_to")
    there = {event.id for event in story.events}
    return without(story, [name for name in comparison.without if name in there], story, "relative_to")


def _file(own: Scenario) -> Path:
    return own.files[0] if own.files else Path()


def _folder(own: Scenario) -> Path:
    return _file(own).parent


def problem_in(own: Scenario, where: str, message: str) -> ScenarioError:
    """Something wrong in a part of a scenario file that only shows when other files are read."""
    return ScenarioError([Problem(str(_file(own)), 0, 0, where, message)])


def _written(value: Any) -> str:
    """A value as it would be written after --set."""
    import json

    return value if isinstance(value, str) else json.dumps(value)
