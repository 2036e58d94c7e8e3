"""Uncertain parameters: a best value, a plausible range and how it is drawn, with unit, basis and source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, Field, model_validator
from pydantic.fields import FieldInfo

from paysim.scenario.base import Issues, Model, Quantity, nearest, problem
from paysim.scenario.units import Dimension

Distribution = Literal["uniform", "log-uniform", "triangular", "fixed"]
DISTRIBUTIONS: tuple[Distribution, ...] = ("uniform", "log-uniform", "triangular", "fixed")
BASES = {
    "S": "sourced",
    "D": "derived from sources",
    "J": "judgement",
    "literature": "usual in the literature",
    "weak": "a weak source",
}


class Uncertain(Model):
    """A parameter in canonical units: best value, range, and how draws spread over the range.

    ``fixed`` has no spread: every draw is the best value.
    """

    best: float
    low: float
    high: float
    distribution: Distribution = "uniform"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.best <= self.high:
            raise problem(f"best {self.best:g} must lie between low {self.low:g} and high {self.high:g}")
        if self.distribution == "log-uniform" and self.low <= 0.0:
            raise problem(f"log-uniform needs low above 0, got {self.low:g}")
        return self

    def quantile(self, u: float) -> float:
        """The value below which a share ``u`` (0 to 1) of the draws lies."""
        low, high, best = self.low, self.high, self.best
        if self.distribution == "fixed" or low == high:
            return best
        if self.distribution == "uniform":
            return low + u * (high - low)
        if self.distribution == "log-uniform":
            return math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        rising = (best - low) / (high - low)
        if u < rising:
            return low + math.sqrt(u * (high - low) * (best - low))
        return high - math.sqrt((1.0 - u) * (high - low) * (high - best))


@dataclass(frozen=True)
class ParameterRow:
    """One line of the table of parameters; numbers in ``unit``, ``low`` and ``high`` the plausible range."""

    path: str
    default: float | str | None
    low: float | None
    high: float | None
    unit: str
    basis: str
    source: str
    meaning: str


def parameter(
    dimension: Dimension,
    best: float,
    low: float,
    high: float,
    distribution: Distribution,
    basis: str,
    meaning: str,
    source: str = "",
    *,
    at_most: float | None = None,
    above: float | None = None,
) -> Any:
    """Declare an uncertain parameter: the only place of its default, range, unit, basis and source.

    ``low`` and ``high`` are the plausible range; a parameter that is ``fixed`` by default is not drawn from it.
    ``at_most`` and ``above`` are bounds beyond which the value makes no sense.
    """
    assert basis.split()[0] in BASES, basis
    fixed = distribution == "fixed"
    default = Uncertain(best=best, low=best if fixed else low, high=best if fixed else high, distribution=distribution)
    facts = {"unit": dimension.unit, "range": [low, high], "basis": basis, "source": source}
    info = cast(FieldInfo, Field(default=default, description=meaning, json_schema_extra=facts))  # type: ignore[arg-type]
    info.metadata.append(Quantity(dimension, at_most=at_most, above=above))
    return info


def rows_of(part: type[BaseModel], path: str) -> list[ParameterRow]:
    """The figures of a part that carry a basis, in the order of their declaration."""
    rows = []
    for name, field in part.model_fields.items():
        facts = field.json_schema_extra
        if not isinstance(facts, dict) or "basis" not in facts or field.default is None:
            continue
        default = field.default.best if isinstance(field.default, Uncertain) else field.default
        low, high = cast("list[float | None]", facts["range"])
        unit, basis, source = (str(facts.get(fact, "")) for fact in ("unit", "basis", "source"))
        meaning = str(field.description)
        rows.append(ParameterRow(f"{path}.{name}", default, low, high, unit, basis, source, meaning))
    return rows


def read_uncertain(field: FieldInfo, value: object) -> object:
    """A parameter as written: a number with unit (then it is fixed), or a mapping with best, low, high, distribution.

    What a mapping leaves out keeps its default.
    """
    quantity = next(entry for entry in field.metadata if isinstance(entry, Quantity))
    default = field.default
    if isinstance(value, Uncertain):
        return value
    if not isinstance(value, Mapping):
        try:
            best = quantity.read(value)
        except ValueError as error:
            raise problem(str(error)) from None
        return Uncertain(best=best, low=best, high=best, distribution="fixed")
    issues = Issues()
    read: dict[str, Any] = {name: getattr(default, name) for name in Uncertain.model_fields}
    for key, part in value.items():
        if key == "distribution":
            read[key] = part
            if part not in DISTRIBUTIONS:
                issues.add((key,), f"unknown distribution {part!r}{nearest(str(part), DISTRIBUTIONS)}", part)
        elif key in read:
            read[key] = issues.check((key,), quantity.read, part)
        else:
            issues.add((str(key),), f"unknown key {key!r}{nearest(str(key), read)}", part, at_key=True)
    issues.finish("Uncertain")
    return read


def written_schema(field: FieldInfo) -> dict[str, Any]:
    """JSON schema of a parameter as written."""
    quantity = next(entry for entry in field.metadata if isinstance(entry, Quantity))
    point = quantity.json_schema()
    facts = field.json_schema_extra
    assert isinstance(facts, dict)
    default = field.default

    def as_written(value: float) -> object:
        return value if quantity.dimension.bare else quantity.shown(value)

    return {
        "description": field.description,
        "anyOf": [
            point,
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "best": point,
                    "low": point,
                    "high": point,
                    "distribution": {"enum": list(DISTRIBUTIONS)},
                },
            },
        ],
        "default": as_written(default.best)
        if default.distribution == "fixed"
        else {name: as_written(getattr(default, name)) for name in ("best", "low", "high")}
        | {"distribution": default.distribution},
        **facts,
    }
