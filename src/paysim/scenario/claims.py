"""What is said about the world, and what a file promises about itself: claims and checks.

A **claim** is somebody's sentence in our own words, the figures by which it would show, and what sources say of it;
`paysim check` gives its verdict, and a claim that does not hold is no error. A **check** is a bound that must hold: it
is tested against the far end of the interval over the draws, so that noise cannot pass it, and fails the command.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializeAsAny, StringConstraints, ValidationInfo, field_validator, model_validator

from paysim.scenario import kinds
from paysim.scenario.base import Issues, Model, Name, Words, Written, nearest, problem
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.event import Event
from paysim.scenario.measure import Measure, ScenarioFile
from paysim.scenario.uncertain import Uncertain
from paysim.scenario.units import shown

Sources = tuple[Literal["parameters", "latent_demand", "noise"], ...]
BEHAVIOUR = "behaviour."


def read_parameter(value: object) -> str:
    """Read the path of an uncertain parameter of behaviour, such as ``behaviour.cost_sensitivity``."""
    names = {BEHAVIOUR + name for name, field in Behaviour.model_fields.items() if isinstance(field.default, Uncertain)}
    if not isinstance(value, str):
        raise ValueError(f"expected a parameter such as behaviour.cost_sensitivity, got {shown(value)}")
    if value not in names:
        raise ValueError(f"unknown parameter {value!r}{nearest(value, names)}")
    return value


Parameter = Annotated[str, Written(read_parameter, {"type": "string", "pattern": "^behaviour\\.[a-z_]+$"})]
_BOUND_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string"}]}
Bound = Annotated[float, Written(lambda value: value, _BOUND_SCHEMA)]


class Expectation(Model):
    """A figure and the bounds between which it is expected."""

    measure: Measure
    label: Words | None = Field(None, description="what the figure is, in words (default: its series, key and time)")
    at_least: Bound | None = Field(None, description="lower bound, with the unit of the figure: 5 %, 30 bp, 2")
    at_most: Bound | None = Field(None, description="upper bound")

    @field_validator("at_least", "at_most", mode="before")
    @classmethod
    def _with_unit(cls, value: Any, info: ValidationInfo) -> Any:
        measure = info.data.get("measure")
        if measure is None or value is None:
            return None
        try:
            return measure.dimension.read(value)
        except ValueError as error:
            raise problem(str(error)) from None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise problem("expected at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            write = self.measure.dimension.write
            raise problem(f"at_most {write(self.at_most)} lies below at_least {write(self.at_least)}")
        return self


class Check(Expectation):
    """A bound that must hold, at the far end of the interval over the draws."""

    id: Name
    text: Words | None = Field(None, description="what it makes sure of")
    vary: Sources | None = Field(
        None, description="sources of uncertainty that vary (default: the scenario's; []: none, at best values)"
    )


class World(Model):
    """A story in which a claim is tested: another scenario file, changes of it, or both."""

    label: Words | None = Field(None, description="its name in the ledger (default: the title of the scenario)")
    scenario: ScenarioFile | None = Field(None, description="a file beside this one or below (default: this one)")
    set: dict[str, Any] = Field({}, description="values to change, as with --set: {events.cut.until: 2028-01}")
    without: tuple[Name, ...] = Field((), description="events that do not happen")
    events: tuple[SerializeAsAny[Annotated[Event, Written(kinds.read_event, {"type": "object"})]], ...] = Field(
        (), description="further events"
    )


class Link(Model):
    """Where something was read."""

    text: Words
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=600)]


class Claim(Model):
    """What is said, by which figures it would show, and what sources say."""

    id: Name
    text: Words = Field(description="the claim, in your own words")
    sources_say: Words | None = Field(None, description="the verdict of sources, in your own words")
    sources: tuple[Link, ...] = Field((), description="where that was read")
    expect: tuple[Expectation, ...] = Field((), description="figures and bounds, all of which must be met")
    worlds: tuple[World, ...] = Field((), description="stories in which it is tested (default: this one)")
    given_by: tuple[Name, ...] = Field((), description="events that put in what is claimed, beside those of `premise`")
    depends: tuple[Parameter, ...] = Field((), description="parameters that may decide; searched over their ranges")
    at_ends_of: Parameter | None = Field(
        None, description="test at the 5th and 95th percentile of this parameter, all others at their best values"
    )
    vary: Sources | None = Field(
        None, description="sources of uncertainty that vary (default: the scenario's; []: none, at best values)"
    )
    untestable: Words | None = Field(None, description="why the model cannot test it, instead of `expect`")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if bool(self.expect) == (self.untestable is not None):
            raise problem("a claim needs either expect, figures and bounds, or untestable, the reason why it has none")
        if self.at_ends_of is not None and self.vary is not None:
            issues = Issues()
            issues.add(("vary",), "at_ends_of sets all other parameters to their best values: remove vary", self.vary)
            issues.finish("Claim")
        return self
