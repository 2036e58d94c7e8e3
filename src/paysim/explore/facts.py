"""What the schema says of a lever: meaning, unit, range, basis and source, read where the command line reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from paysim.scenario import kinds
from paysim.scenario.base import Quantity, Written
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.uncertain import BASES, Uncertain

PREMISE = "premise"
"""The basis of what the schema gives none for: politics, which is given and not modelled."""


@dataclass(frozen=True)
class Facts:
    """One field of the schema.

    low, high : the plausible range in canonical units, None where the schema states none;  default : the same, None
    where a file must say it;  quantity : reads and writes its values, None for what is not a number
    """

    path: str
    meaning: str
    unit: str
    low: float | None
    high: float | None
    default: float | None
    basis: str
    source: str
    quantity: Quantity | None

    def read(self, text: object) -> float:
        """A written value in canonical units; ValueError says what is wrong."""
        assert self.quantity is not None, self.path
        return self.quantity.read(text)

    def written(self, value: float, unit: str | None = None) -> str:
        """A canonical value as a person would write it, pure numbers without a unit."""
        assert self.quantity is not None, self.path
        dimension = self.quantity.dimension
        return f"{value:.12g}" if not dimension.units else dimension.write(float(f"{value:.12g}"), unit)

    @property
    def basis_words(self) -> tuple[str, ...]:
        """The basis in full words, which the catalogues have."""
        return tuple(BASES.get(word, word) for word in self.basis.split())


def facts(path: str) -> Facts:
    """What the schema says of ``behaviour.<parameter>`` or ``events.<kind>.<field>``; KeyError where it has none."""
    room, *names = path.split(".")
    model = Behaviour if room == "behaviour" else kinds.kind(names[0])
    field = model.model_fields[names[-1]]
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    low, high = extra.get("range", (None, None))
    quantity = _quantity(field)
    return Facts(
        path=path,
        meaning=str(field.description),
        unit=str(extra.get("unit", quantity.dimension.unit if quantity else "")),
        low=low,
        high=high,
        default=_number(field.default),
        basis=str(extra.get("basis", "")) or PREMISE,
        source=str(extra.get("source", "")),
        quantity=quantity,
    )


def _quantity(field: FieldInfo) -> Quantity | None:
    """How values of a field are written; the mark that reads them is bound to it."""
    for mark in field.metadata:
        found = getattr(mark.read, "__self__", None) if isinstance(mark, Written) else mark
        if isinstance(found, Quantity):
            return found
    return None


def _number(default: object) -> float | None:
    if default is PydanticUndefined:
        return None
    value = default.best if isinstance(default, Uncertain) else default
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
