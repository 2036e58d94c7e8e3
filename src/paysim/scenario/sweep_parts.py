"""The parts of a study: factors, which vary from point to point, the design that spreads points over them, checks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, field_validator, model_validator

from paysim.errors import ScenarioError
from paysim.scenario import document
from paysim.scenario.base import Issues, Model, Name, Share, Text, Words, Written
from paysim.scenario.measure import Measure
from paysim.scenario.units import NUMBER, shown

Spread = Literal["uniform", "log-uniform", "triangular", "normal"]
DIGITS = 12
"""Significant digits of a drawn value: what is computed is what can be written down and given to ``--set``."""

NORMAL_SPAN = 4.0
"""Standard deviations from the low to the high end of a normal factor, which is cut off there."""

_QUANTITY = re.compile(rf"^\s*({NUMBER})\s*([^\s\d.,](?:.*\S)?)?\s*$")
_LEVEL_SCHEMA = {"type": ["string", "number", "boolean"]}


def read_level(value: object) -> str:
    """Read a value as it is written in a scenario file, as the text that ``--set`` takes; ValueError for nothing."""
    if value is None:
        raise ValueError("expected a value, got nothing")
    if isinstance(value, str):
        try:
            same = document.plain(document.parse_value(value, "")) == value
        except ScenarioError:
            same = False
        return value.strip() if same else json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else json.dumps(value, ensure_ascii=False)


def read_quantity(value: object) -> tuple[float, str]:
    """Read a number and its unit ("" without one); ValueError says what is wrong."""
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value), ""
    if match is None:
        raise ValueError(f"expected a number with its unit, such as 0.006 /bp, got {shown(value)}")
    return float(Decimal(match[1])), match[2] or ""


Level = Annotated[str, Written(read_level, _LEVEL_SCHEMA)]
End = Annotated[tuple[float, str], Written(read_quantity, {"type": ["string", "number"]})]


class Line(Model):
    """A value of a factor that figures mark with a line, such as a threshold."""

    at: End = Field(description="where, with the unit of the factor")
    label: Words = Field(description="what is there")


class Factor(Model):
    """Something that differs between points: a value of the scenario, or the scenario itself."""

    label: Words | None = Field(None, description="its name for people")
    path: Text | None = Field(None, description="which value of the scenario, as for --set: behaviour.bypass_share")
    values: tuple[Level, ...] | None = Field(None, description="the values it takes, each as often")
    range: tuple[End, End] | None = Field(None, description="low and high end, with the same unit")
    distribution: Spread | None = Field(None, description="how values spread over the range (default: uniform)")
    best: End | None = Field(None, description="most likely value, triangular or normal (default: the middle)")
    scenarios: tuple[Text, ...] | None = Field(None, description="files that take the place of the base, instead")
    line: Line | None = Field(None, description="a value of the range that figures mark")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        issues = Issues()
        given = [name for name in ("values", "range", "scenarios") if getattr(self, name) is not None]
        if len(given) != 1:
            issues.add((), f"expected one of values, range and scenarios, got {' and '.join(given) or 'none'}")
        elif self.scenarios is not None and self.path is not None:
            issues.add(("path",), "scenarios take the place of the base: remove path", self.path)
        elif self.scenarios is None and self.path is None:
            issues.add((), "is missing its path, such as behaviour.bypass_share")
        for name in ("values", "scenarios"):
            levels = getattr(self, name)
            if levels is not None and len(set(levels)) < max(2, len(levels)):
                issues.add((name,), "expected at least two values, all different", levels)
        for name in ("distribution", "best"):
            if self.range is None and getattr(self, name) is not None:
                issues.add((name,), f"{name} is for a range", getattr(self, name))
        if self.range is not None:
            self._check_range(issues, self.range)
        if self.line is not None:
            self._check_line(issues, self.line)
        issues.finish("Factor")
        return self

    def _check_range(self, issues: Issues, ends: tuple[tuple[float, str], tuple[float, str]]) -> None:
        (low, unit), (high, other) = ends
        if unit != other:
            issues.add(
                ("range", 1), f"expected the unit of the low end, {unit or 'none'}, got {other or 'none'}", other
            )
        elif low >= high:
            issues.add(
                ("range", 1), f"expected more than the low end {low:g} {unit}".rstrip() + f", got {high:g}", high
            )
        if self.distribution == "log-uniform" and low <= 0.0:
            issues.add(("range", 0), f"log-uniform needs a low end above 0, got {low:g}", low)
        if self.best is not None:
            if self.distribution not in ("triangular", "normal"):
                issues.add(("best",), "best is for a triangular or a normal factor", self.best)
            elif self.best[1] != unit or not low <= self.best[0] <= high:
                issues.add(("best",), f"expected {low:g} to {high:g} {unit}".rstrip() + f", got {self.best[0]:g}", "")

    def _check_line(self, issues: Issues, line: Line) -> None:
        if self.range is None:
            issues.add(("line",), "a line is for a range", line.at[0])
        elif line.at[1] != self.unit or not self.range[0][0] <= line.at[0] <= self.range[1][0]:
            (low, unit), (high, _) = self.range
            issues.add(("line", "at"), f"expected {low:g} to {high:g} {unit}".rstrip() + f", got {line.at[0]:g}", "")

    @property
    def levels(self) -> tuple[str, ...] | None:
        """What it takes, where that can be counted: values as ``--set`` takes them, or files; None for a range."""
        return self.values if self.values is not None else self.scenarios

    @property
    def unit(self) -> str:
        """Unit of a range, as it is written; empty where there is none."""
        return self.range[0][1] if self.range is not None else ""

    @cached_property
    def _ends(self) -> tuple[float, float, float]:
        assert self.range is not None
        low, high = self.range[0][0], self.range[1][0]
        return low, high, (low + high) / 2.0 if self.best is None else self.best[0]

    def quantile(self, u: float) -> float:
        """The value of a range below which a share ``u`` of the points lies, in its unit."""
        low, high, best = self._ends
        value = low + u * (high - low)
        if self.distribution == "log-uniform":
            value = math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        elif self.distribution == "triangular":
            rising = (best - low) / (high - low)
            value = low + math.sqrt(u * (high - low) * (best - low))
            if u >= rising:
                value = high - math.sqrt((1.0 - u) * (high - low) * (high - best))
        elif self.distribution == "normal":
            value = _cut_normal(u, low, high, best)
        return float(f"{min(max(value, low), high):.{DIGITS}g}")

    def place(self, u: float) -> int:
        """Which of the levels a share ``u`` (0 to 1) of the points falls on."""
        assert self.levels is not None
        return min(int(u * len(self.levels)), len(self.levels) - 1)

    def written(self, value: float) -> str:
        """A value of the range as ``--set`` takes it."""
        return f"{value!r} {self.unit}".rstrip()


def _cut_normal(u: float, low: float, high: float, middle: float) -> float:
    """Quantile of a normal distribution of which nothing lies outside the ends."""
    from statistics import NormalDist

    law = NormalDist(middle, (high - low) / NORMAL_SPAN)
    below, above = law.cdf(low), law.cdf(high)
    share = below + u * (above - below)
    return low if share <= 0.0 else high if share >= 1.0 else law.inv_cdf(share)


class Design(Model):
    """How points are spread over the factors."""

    kind: Literal["grid", "latin-hypercube", "sobol", "saltelli", "morris"]
    n: Annotated[StrictInt, Field(ge=1, le=10_000_000)] | None = Field(None, description="number of points, all told")
    levels: Annotated[StrictInt, Field(ge=2, le=1000)] | None = Field(
        None, description="grid: values of every range, both ends among them; morris: steps of every factor (even; 4)"
    )
    second_order: StrictBool = Field(False, description="saltelli: points for effects of pairs as well")

    @field_validator("kind", mode="before")
    @classmethod
    def _other_names(cls, value: Any) -> Any:
        return {"lhs": "latin-hypercube", "latin_hypercube": "latin-hypercube"}.get(value, value)

    def rows(self, factors: Sequence[Factor]) -> int:
        """Number of points; ValueError names the next number that the design can use."""
        if self.kind == "grid":
            return self._cells(factors)
        if self.n is None:
            raise ValueError(f"a {self.kind} design needs n, the number of points")
        if self.kind == "latin-hypercube":
            return self.n
        step, powers, what = self._steps(len(factors))
        times = -(-self.n // step)
        good = step * (1 << (times - 1).bit_length() if powers else times)
        if good != self.n:
            raise ValueError(f"{what}: expected {good:,} (the next that can be used), got {self.n:,}")
        return self.n

    def _steps(self, factors: int) -> tuple[int, bool, str]:
        """What n is a multiple of, whether by a power of two, and the rule in words."""
        if self.kind == "sobol":
            return 1, True, "a Sobol sequence is balanced for powers of two only"
        if self.kind == "morris":
            return factors + 1, False, f"a Morris design of {factors} factors has r ({factors} + 1) points"
        step = 2 * factors + 2 if self.second_order else factors + 2
        rule = f"N (2 × {factors} + 2)" if self.second_order else f"N ({factors} + 2)"
        return step, True, f"a Saltelli design of {factors} factors has {rule} points, N a power of two"

    def _cells(self, factors: Sequence[Factor]) -> int:
        if self.levels is None and any(factor.levels is None for factor in factors):
            raise ValueError("a grid with ranges needs levels, the number of values of every range")
        cells = math.prod(len(factor.levels) if factor.levels is not None else self.levels or 1 for factor in factors)
        if self.n not in (None, cells):
            raise ValueError(f"this grid has {cells:,} points: expected {cells:,} or no n, got {self.n:,}")
        return cells

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        issues = Issues()
        if self.levels is not None and self.kind not in ("grid", "morris"):
            issues.add(("levels",), "levels are for grid and morris", self.levels)
        if self.kind == "morris" and self.levels is not None and self.levels % 2:
            issues.add(
                ("levels",), f"expected an even number, such as {self.levels + 1}, got {self.levels}", self.levels
            )
        if self.second_order and self.kind != "saltelli":
            issues.add(("second_order",), "second_order is for saltelli", self.second_order)
        issues.finish("Design")
        return self


class Outcome(Measure):
    """A figure of every run of a study."""

    label: Words | None = Field(None, description="its name for people")

    @model_validator(mode="after")
    def _of_the_run(self) -> Self:
        issues = Issues()
        if self.data is not None:
            issues.add(("data",), "an outcome is a figure of the run: expected a series", self.data)
        for name in ("scenario", "without", "data"):
            if self.relative_to is not None and getattr(self.relative_to, name):
                issues.add(("relative_to", name), f"{name} is for claims: an outcome belongs to one run", "")
        issues.finish("Outcome")
        return self


class SweepCheck(Model):
    """A bound that an outcome must keep, at all points or at a share of them; a failed point keeps none."""

    id: Name
    text: Words | None = Field(None, description="what it makes sure of")
    outcome: Text = Field(description="which outcome")
    at_least: Level | None = Field(None, description="lower bound, with the unit of the figure")
    at_most: Level | None = Field(None, description="upper bound")
    share: Share = Field(1.0, description="share of points and replicates that must keep it")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            issues = Issues()
            issues.add((), "expected at_least, at_most or both")
            issues.finish("SweepCheck")
        return self
