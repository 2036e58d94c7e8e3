"""Claims and checks of one scenario, evaluated: what was found, before anything is said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import Problem, ScenarioError
from paysim.evidence.figures import margin, together
from paysim.evidence.ranges import Holding, holding
from paysim.evidence.stories import Story, problem_in, stories_of, told_in, without_premises
from paysim.evidence.verdicts import Finding, GivenFigure, Verdict, decide
from paysim.scenario.base import nearest
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.claims import BEHAVIOUR
from paysim.scenario.measure import START

if TYPE_CHECKING:
    from paysim.evidence.worlds import Worlds
    from paysim.scenario.claims import Check, Claim, Expectation
    from paysim.scenario.measure import Measure
    from paysim.scenario.schema import Scenario

Array = NDArray[np.float64]

LOW, HIGH = 0.05, 0.95
"""The ends of the interval over the draws, and of a parameter's."""
GIVEN_AT_START = ("cips_value", "cips_participants", "trade_index", "trade_demand", "cost_bp", "tracker_part")
"""Series that begin with what was published, beside the tracker's shares that the base is calibrated to; or that begin
with 1 or 0, as changes since the start."""


@dataclass(frozen=True)
class Figure:
    """One expected figure: 5th percentile, median and 95th over the cases (all the same for a published one)."""

    expected: Expectation
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, expected: Expectation, values: Array) -> Figure:
        """The figure of values over cases, (E,); its ends are values that occurred."""
        if np.any(np.isnan(values)):
            return cls(expected, np.nan, np.nan, np.nan)
        low = float(np.quantile(values, LOW, method="lower"))
        high = float(np.quantile(values, HIGH, method="higher"))
        return cls(expected, low, float(np.median(values)), high)


@dataclass(frozen=True)
class InStory:
    """What was found in one story.

    cases : how many draws, or values of a parameter;  premises : names of the events that were taken away for
    ``finding.without``;  ranges : where each parameter lets the claim hold, for those that were searched
    """

    label: str
    finding: Finding
    figures: tuple[Figure, ...]
    cases: int
    premises: tuple[str, ...] = ()
    ranges: tuple[tuple[str, Holding], ...] = ()


@dataclass(frozen=True)
class Assessed:
    """A claim with its verdict; ``given`` are the figures that are inputs, with whether they agree."""

    claim: Claim
    verdict: Verdict
    given: tuple[tuple[Figure, GivenFigure], ...]
    stories: tuple[InStory, ...]


@dataclass(frozen=True)
class Checked:
    """A check with its figure; it passed if the far end of the interval meets the bounds."""

    check: Check
    figure: Figure
    cases: int

    @property
    def passed(self) -> bool:
        """Whether the low end meets the lower bound and the high end the upper one; a figure not defined does not."""
        check, figure = self.check, self.figure
        low_enough = check.at_most is None or figure.high <= check.at_most
        high_enough = check.at_least is None or figure.low >= check.at_least
        return bool(not np.isnan(figure.median) and low_enough and high_enough)


class Assessor:
    """Evaluates the claims and checks of a scenario in its worlds."""

    def __init__(self, own: Scenario, worlds: Worlds) -> None:
        self.own, self.worlds = own, worlds
        self._stories: dict[str, list[Story]] = {}
        problems: list[Problem] = []
        for ready in (
            *(partial(self._claim_ready, claim) for claim in own.claims),
            *(partial(self._need, own, [check], f"checks.{check.id}") for check in own.checks),
        ):
            try:
                ready()
            except ScenarioError as error:
                problems += error.problems
        if problems:
            raise ScenarioError(problems)

    def _claim_ready(self, claim: Claim) -> None:
        """Find the stories of a claim, and announce its figures in each."""
        self._stories[claim.id] = stories_of(claim, self.own)
        for story in self._stories[claim.id]:
            self._need(story.scenario, claim.expect, f"claims.{claim.id}")
        self._named(claim)

    def _named(self, claim: Claim) -> None:
        """Refuse names of events that no story of a claim has."""
        stories = [story.scenario for story in self._stories[claim.id]]
        compared = [said for one in claim.expect if (said := one.measure.relative_to) is not None]
        stories += [self.worlds.other(story, said) for story in stories for said in compared if said.scenario]
        there = {event.id or "" for story in stories for event in story.events}
        left_out = [name for other in compared if other.scenario is None for name in other.without]
        for name in (*claim.given_by, *left_out):
            if name not in there:
                message = f"no story of the claim has an event {name!r}{nearest(name, there)}"
                raise problem_in(self.own, f"claims.{claim.id}", message)

    def _need(self, story: Scenario, expected: Sequence[Expectation], where: str) -> None:
        """Announce figures; ScenarioError where a story does not have their months."""
        try:
            self.worlds.need(story, expected)
        except ScenarioError as error:
            raise told_in(self.own, where, error) from None
        except ValueError as error:
            raise problem_in(self.own, where, str(error)) from None

    def check(self, check: Check) -> Checked:
        """Evaluate a check."""
        (values,) = self.worlds.values(self.own, [check], check.vary)
        return Checked(check, Figure.of(check, values), len(values))

    def claim(self, claim: Claim) -> Assessed:
        """Evaluate a claim in all its stories and give its verdict."""
        stories = self._stories[claim.id]
        inputs = [one for one in claim.expect if all(self._is_input(one.measure, each.scenario) for each in stories)]
        tested = [one for one in claim.expect if one not in inputs]
        given = tuple(self._given(one, stories[0].scenario) for one in inputs)
        found = [self._in_story(claim, story, tested) for story in stories] if tested else []
        verdict = decide([figure for _, figure in given], [one.finding for one in found])
        if verdict in (Verdict.ONLY_IF, Verdict.GIVEN):
            found = [self._with_ranges(claim, *pair, tested) for pair in zip(stories, found, strict=bool(found))]
        return Assessed(claim, verdict, given, tuple(found))

    def _is_input(self, measure: Measure, story: Scenario) -> bool:
        """Whether a figure is published, or what the base starts from in its first month, or one such over another."""
        if measure.series is not None and not self._begins(measure, story):
            return False
        said = measure.relative_to
        if said is None:
            return True
        return self._is_input(measure.compared(), self.worlds.other(story, said) if said.scenario else story)

    def _begins(self, measure: Measure, story: Scenario) -> bool:
        """Whether a series is read in the first month alone, and what it begins with is put in."""
        if not set(measure.months) <= {START, f"{story.start:%Y-%m}"}:
            return False
        calibrated = measure.series == "tracker_share" and measure.key in self.worlds.calibrated(story)
        return calibrated or measure.series in GIVEN_AT_START

    def _given(self, expected: Expectation, story: Scenario) -> tuple[Figure, GivenFigure]:
        (values,) = self.worlds.values_at(story, [expected], {})
        agrees = bool(margin(expected, values)[0] >= 0.0)
        return Figure.of(expected, values), GivenFigure(agrees, expected.measure.instead_of is not None)

    def _in_story(self, claim: Claim, story: Story, tested: Sequence[Expectation]) -> InStory:
        values = self._values(claim, story.scenario, tested)
        margins = together([margin(one, found) for one, found in zip(tested, values, strict=True)])
        found, premises = self._without(claim, story.scenario, tested, Finding(_share(margins)))
        figures = tuple(Figure.of(one, column) for one, column in zip(tested, values, strict=True))
        return InStory(story.label, found, figures, len(margins), premises)

    def _without(
        self, claim: Claim, story: Scenario, tested: Sequence[Expectation], found: Finding
    ) -> tuple[Finding, tuple[str, ...]]:
        """The finding beside that without premises: those that the claim names, or all if these do not carry it."""
        premises: tuple[str, ...] = ()
        if np.isnan(found.share) or found.never:
            return found, premises
        for bare in without_premises(story, tested, claim.given_by, self.worlds.other):
            values = self._values(claim, bare.scenario, bare.expected)
            share = _share(together([margin(one, column) for one, column in zip(tested, values, strict=True)]))
            found = Finding(found.share, share)
            premises = tuple(dict.fromkeys(event.title() for event in bare.taken))
            if found.given:
                break
        return found, premises

    def _values(self, claim: Claim, story: Scenario, tested: Sequence[Expectation]) -> list[Array]:
        """Every tested figure over the cases of a claim: draws, or both ends and the middle of a parameter."""
        if claim.at_ends_of is None:
            return self.worlds.values(story, tested, claim.vary)
        name = claim.at_ends_of.removeprefix(BEHAVIOUR)
        ends = [self.worlds.quantile(story, name, level) for level in (LOW, 0.5, HIGH)]
        return self.worlds.values_at(story, tested, {name: ends})

    def _with_ranges(self, claim: Claim, story: Story, found: InStory, tested: Sequence[Expectation]) -> InStory:
        """The finding with the ranges of the parameters, where it neither holds nor fails throughout."""
        if found.finding.always or found.finding.never:
            return found
        wanted = dict.fromkeys((*((claim.at_ends_of,) if claim.at_ends_of else ()), *claim.depends))
        ranges = tuple((path, search(self.worlds, story.scenario, tested, path)) for path in wanted)
        return InStory(found.label, found.finding, found.figures, found.cases, found.premises, ranges)


def search(worlds: Worlds, story: Scenario, expected: Sequence[Expectation], path: str) -> Holding:
    """Find the values of a parameter, over its documented range, at which a story meets the expectations without luck.

    path : of a parameter of behaviour, such as ``behaviour.cost_sensitivity``; all others are at their best values
    """
    name = path.removeprefix(BEHAVIOUR)
    facts: Any = Behaviour.model_fields[name].json_schema_extra
    low, high = facts["range"]
    spread = Behaviour.model_fields[name].default.distribution
    return holding(_margin(worlds, story, expected, name), low, high, logarithmic=spread == "log-uniform")


def _margin(worlds: Worlds, story: Scenario, expected: Sequence[Expectation], name: str) -> Callable[[Array], Array]:
    return lambda values: worlds.margin(story, expected, {name: values.tolist()})


def _share(margins: Array) -> float:
    """Share of cases in which all bounds are met; nan where a figure is not defined in some case."""
    return float(np.nan if np.any(np.isnan(margins)) else np.mean(margins >= 0.0))
