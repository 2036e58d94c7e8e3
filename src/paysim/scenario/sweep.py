"""A study: one scenario at many points, as a frozen and checked model.

What it asks, which scenario it starts from, what differs between its points (factors), how points are spread (design),
what is read off every run (outcomes) and which bounds must hold (checks).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, StrictInt, ValidationError, model_validator

from paysim.scenario import document
from paysim.scenario.base import Issues, Model, Month, Name, Text, Words, nearest
from paysim.scenario.claims import Sources
from paysim.scenario.sweep_parts import Design, Factor, Level, Outcome, SweepCheck

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

SOURCES = ("parameters", "latent_demand", "noise")
OF_THE_STUDY = ("format", "name", "replicates", "seed", "engine", "uncertainty", "horizon", "claims", "checks")
"""What of a scenario the study itself says, or has no use for."""
COLUMNS = ("point", "replicate", "outcome", "value", "key")
"""Columns of the tables beside the factors."""


class Sweep(Model):
    """One scenario at many points."""

    format: Literal[1] = Field(description="version of the file format")
    name: Name = Field("sweep", description="name of the results (default: name of the file)")
    title: Words = Field(description="one line for people")
    question: Words = Field(description="what the study asks")
    limits: tuple[Words, ...] = Field((), description="what it cannot tell")
    base: Text = Field(description="scenario file, beside this one, below, or in the folder above")
    until: Month | None = Field(None, description="last month of every run, before the horizon of the base")
    set: dict[Text, Level] = Field({}, description="values changed at every point, as with --set")
    factors: dict[Name, Factor] = Field(description="what differs between points", min_length=1)
    design: Design = Field(description="how points are spread over the factors")
    replicates: Annotated[StrictInt, Field(ge=1, le=100_000)] = Field(1, description="runs of every point")
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] = Field(1, description="root of the sample and of all runs")
    engine: Literal["events", "mean-field"] = Field("mean-field", description="engine of all runs")
    vary: Sources = Field((), description="sources of uncertainty that differ between replicates (default: none)")
    outcomes: dict[Name, Outcome] = Field(description="what is read off every run", min_length=1)
    checks: tuple[SweepCheck, ...] = Field((), description="bounds that must hold")

    _file: Path = PrivateAttr(default=Path())

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, data: Any, handler: Any) -> Self:
        """Check the parts against each other as far as each can be read, beside all problems of single parts."""
        issues = Issues()
        made = None
        try:
            made = handler(data)
        except ValidationError as error:
            issues.take(error)
        if isinstance(data, Mapping):
            parts = Parts.of(data)
            _check_paths(parts, issues)
            _check_design(parts, issues)
            _check_replicates(data, issues)
            _check_checks(parts, issues)
        issues.finish("Sweep")
        assert isinstance(made, cls)
        return made

    def bound(self, check: SweepCheck, name: str) -> float | None:
        """A bound of a check in the unit of its outcome; ValueError says what is wrong with it."""
        return bound_of(check, name, self.outcomes[check.outcome])

    @property
    def file(self) -> Path:
        """The file that it was read from."""
        return self._file

    @property
    def points(self) -> int:
        """How many points it has."""
        return self.design.rows(list(self.factors.values()))

    def scenario_file(self, name: str | None = None) -> Path:
        """The base, or another scenario that a factor names, as it is found from where the study's file was."""
        return Path(os.path.normpath(self._file.parent / (name or self.base)))

    def fixed(self) -> tuple[str, ...]:
        """What the study changes at every point, as ``--set`` takes it; engine, replicates and seed left out."""
        uncertainty = (f"uncertainty.{source}={'true' if source in self.vary else 'false'}" for source in SOURCES)
        return (*uncertainty, *(f"{path}={value}" for path, value in self.set.items()))

    def shortened(self, scenario: Scenario) -> Scenario:
        """A scenario as far as the study runs it; ValueError where that is outside of it."""
        return scenario if self.until is None else scenario.shortened(self.until)

    def canonical(self) -> dict[str, Any]:
        """The whole study as plain data, defaults included."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """SHA-256 of `canonical`, in hexadecimal."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Parts:
    """The parts of a study's data that can be read by themselves, and the names of all factors and outcomes."""

    changed: tuple[str, ...]
    named: tuple[str, ...]
    factors: dict[str, Factor]
    design: Design | None
    outcomes: dict[str, Outcome | None]
    checks: dict[int, SweepCheck]
    complete: bool
    """Whether every factor could be read."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Parts:
        """Read what can be read."""
        factors, outcomes = (_mapping(data.get(name)) for name in ("factors", "outcomes"))
        read = {str(name): _read(Factor, value) for name, value in factors.items()}
        checks = data.get("checks")
        listed = enumerate(checks if isinstance(checks, (list, tuple)) else ())
        return cls(
            changed=tuple(str(path) for path in _mapping(data.get("set"))),
            named=tuple(read),
            factors={name: factor for name, factor in read.items() if factor is not None},
            design=_read(Design, data.get("design")),
            outcomes={str(name): _read(Outcome, value) for name, value in outcomes.items()},
            checks={place: check for place, one in listed if (check := _read(SweepCheck, one)) is not None},
            complete=bool(read) and None not in read.values(),
        )


Part = TypeVar("Part", bound=Model)


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _read(model: type[Part], value: object) -> Part | None:
    try:
        return value if isinstance(value, model) else model.model_validate(value)
    except ValidationError:
        return None


def bound_of(check: SweepCheck, name: str, outcome: Outcome) -> float | None:
    """A bound of a check in the unit of its outcome, None where it has none; ValueError says what is wrong with it."""
    raw = getattr(check, name)
    return None if raw is None else outcome.dimension.read(document.plain(document.parse_value(raw, "")))


def _check_paths(parts: Parts, issues: Issues) -> None:
    """Every path once, none that the study says itself, and the scenario chosen by one factor at most."""
    taken = dict.fromkeys(parts.changed, "set")
    for path in parts.changed:
        _refuse_own(issues, ("set", path), path, at_key=True)
    stories = [name for name, factor in parts.factors.items() if factor.scenarios is not None]
    for name in stories[1:]:
        issues.add(("factors", name), f"only one factor can choose the scenario, and {stories[0]} does", at_key=True)
    for name in parts.named:
        if name in COLUMNS:
            issues.add(("factors", name), f"{name} is a column of its own in the tables: another name", at_key=True)
    for name, factor in parts.factors.items():
        if factor.path is not None:
            _refuse_own(issues, ("factors", name, "path"), factor.path)
            if factor.path in taken:
                text = f"{factor.path} is changed by {taken[factor.path]} already"
                issues.add(("factors", name, "path"), text, factor.path)
            taken.setdefault(factor.path, f"the factor {name}")


def _refuse_own(issues: Issues, place: tuple[str, ...], path: str, at_key: bool = False) -> None:
    first = path.partition(".")[0]
    if first in OF_THE_STUDY:
        said = {"uncertainty": "vary", "horizon": "until"}.get(first, first)
        advice = f"say `{said}:` in the study" if said in Sweep.model_fields else "a study has no use for it"
        issues.add(place, f"{first} is not changed from point to point: {advice}", path, at_key=at_key)


def _check_design(parts: Parts, issues: Issues) -> None:
    """A number of points that the design can use."""
    if parts.design is not None and parts.complete:
        try:
            parts.design.rows(list(parts.factors.values()))
        except ValueError as error:
            place = ("design",) if parts.design.n is None else ("design", "n")
            issues.add(place, str(error), parts.design.n)


def _check_replicates(data: Mapping[str, Any], issues: Issues) -> None:
    count = data.get("replicates") or 1
    if (
        data.get("engine", "mean-field") == "mean-field"
        and isinstance(count, int)
        and count > 1
        and not data.get("vary")
    ):
        text = f"expected 1, since {count} runs of the mean field are the same unless something may vary"
        issues.add(("replicates",), f"{text}: say `vary: [parameters]`, or `engine: events`", count)


def _check_checks(parts: Parts, issues: Issues) -> None:
    """Checks of outcomes that there are, with bounds in their units."""
    ids: list[str] = []
    for place, check in parts.checks.items():
        if check.id in ids:
            issues.add(("checks", place, "id"), f"two checks have the id {check.id!r}", check.id)
        ids.append(check.id)
        if check.outcome not in parts.outcomes:
            near = nearest(check.outcome, parts.outcomes)
            issues.add(("checks", place, "outcome"), f"unknown outcome {check.outcome!r}{near}", check.outcome)
        elif (outcome := parts.outcomes[check.outcome]) is not None:
            for name in ("at_least", "at_most"):
                try:
                    bound_of(check, name, outcome)
                except ValueError as error:
                    issues.add(("checks", place, name), str(error), getattr(check, name))


def is_sweep(data: Mapping[str, Any]) -> bool:
    """Whether the keys of a file are those of a study."""
    return "factors" in data and "design" in data
