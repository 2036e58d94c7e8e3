"""The verdict on a claim, from what was found: pure rules, which know no claim by its name.

A claim is a conjunction of figures and bounds, tested in one or several stories, each over cases (draws of the
uncertainties, or a parameter's ends). What is found of a story is the share of its cases in which all bounds are met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isnan

NEARLY_ALL = 0.95
"""Share of cases from which on a claim holds in a story: its figure meets a bound at the far end of nine in ten."""
NEARLY_NONE = 0.05
"""Share of cases up to which it does not."""
MORE_OFTEN = 0.5
"""Share of cases above which it holds more often than not."""


class Verdict(Enum):
    """What can be said of a claim."""

    HOLDS = "holds"
    ONLY_IF = "holds only if"
    FAILS = "does not hold"
    GIVEN = "given as input"
    UNTESTED = "cannot be tested here"


@dataclass(frozen=True)
class GivenFigure:
    """A figure that the story is given: a published one, or one that the base was calibrated to.

    agrees : whether it meets its bounds;  stands_in : whether it is of another period than the claim speaks of
    """

    agrees: bool
    stands_in: bool = False

    @property
    def contradicts(self) -> bool:
        """Whether it is the very figure that the claim speaks of, and another."""
        return not (self.agrees or self.stands_in)


@dataclass(frozen=True)
class Finding:
    """What was found in one story.

    share : of cases in which all bounds on figures that are no input are met; nan where a figure is not defined
    without : the same share in the story without its premises; None where it has none, nan where a figure is only
    defined with them
    """

    share: float
    without: float | None = None

    @property
    def always(self) -> bool:
        """Whether the claim holds in the story."""
        return self.share >= NEARLY_ALL

    @property
    def never(self) -> bool:
        """Whether it does not."""
        return self.share <= NEARLY_NONE

    @property
    def given(self) -> bool:
        """Whether the premises carry it: more often than not with them and not without, or only with them at all."""
        if self.without is None:
            return False
        if isnan(self.without):
            return not self.never
        lines = (MORE_OFTEN, NEARLY_NONE)
        return any(self.share > line >= self.without for line in lines)


def decide(figures: Sequence[GivenFigure], findings: Sequence[Finding]) -> Verdict:
    """Give the verdict on a claim, from the figures that are inputs and from what was found in every story.

    A claim without either cannot be tested. A given figure confirms nothing; the one that the claim speaks of refutes
    it where it is another.
    """
    if any(isnan(found.share) for found in findings) or not (figures or findings):
        return Verdict.UNTESTED
    if any(figure.contradicts for figure in figures):
        return Verdict.FAILS
    if not findings:
        return Verdict.GIVEN
    holding = [found for found in findings if not found.never]
    if holding and all(found.given for found in holding):
        return Verdict.GIVEN
    if all(found.always and not found.given for found in findings):
        return Verdict.HOLDS
    return Verdict.FAILS if all(found.never for found in findings) else Verdict.ONLY_IF
