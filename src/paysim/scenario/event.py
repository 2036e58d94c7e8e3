"""What all kinds of events have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator

from paysim.scenario.base import Duration, Instant, Issues, Model, Name, Words, known, problem
from paysim.words import everywhere, said


class Event(Model):
    """Something that happens at an instant and may end at another.

    Kinds say what they do in `title` and, in their own room, what they change.
    """

    ramps: ClassVar[bool] = False
    """Whether the effect of this kind can grow over the time of ``ramp``."""

    kind: str
    id: Name | None = Field(None, description="a name by which an extending file or --set can change the event")
    at: Instant = Field(description="when it happens: 2027-01, 2027-01-12 or 2027-01-12 16:00Z")
    until: Instant | None = Field(None, description="when it ends (default: it lasts)")
    ramp: Duration = Field(
        0.0, description="time over which its effect grows to the full", json_schema_extra={"unit": "d"}
    )
    label: Words | None = Field(None, description="its name on figures (default: made from its fields)")
    premise: StrictBool = Field(False, description="given as input: what follows from it is not a result")

    @field_validator("at")
    @classmethod
    def _inside_the_run(cls, at: datetime) -> datetime:
        names = known.get()
        if names is not None and names.start is not None and at < names.start:
            raise problem(f"{at:%Y-%m-%d} lies before the start {names.start:%Y-%m}")
        if names is not None and names.end is not None and at >= names.end:
            last = names.end - timedelta(days=1)
            raise problem(f"{at:%Y-%m-%d} lies after the horizon {last:%Y-%m}")
        return at

    @field_validator("until")
    @classmethod
    def _ends_later(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        at = info.data.get("at")
        if until is not None and at is not None and until <= at:
            raise problem(f"until {until:%Y-%m-%d %H:%MZ} must be later than at {at:%Y-%m-%d %H:%MZ}")
        return until

    @model_validator(mode="after")
    def _may_ramp(self) -> Self:
        if self.ramp and not self.ramps:
            raise_at("ramp", f"{self.kind} takes effect at once: remove ramp", self.ramp)
        return self

    def title(self) -> str:
        """A short label for figures, in the language spoken."""
        return said(self.label) if self.label else self.describe()

    def titles(self) -> str | dict[str, str]:
        """The same in every language, or once for all: as its author wrote it, or as its kind describes it."""
        return self.label or everywhere(self.describe)

    def describe(self) -> str:
        """The label where the file gives none, in the language spoken."""
        return self.kind.replace("_", " ")

    def instants(self) -> tuple[datetime, ...]:
        """When its effect changes, in order: at, the end of the ramp, other phases of the kind, until."""
        instants = {self.at, self.after(self.ramp), *self.phases()}
        if self.until is not None:
            instants = {instant for instant in instants if instant < self.until} | {self.until}
        return tuple(sorted(instants))

    def phases(self) -> tuple[datetime, ...]:
        """Instants, beside at and until, at which the effect changes."""
        return ()

    def after(self, days: float) -> datetime:
        """The instant some days after ``at``."""
        return self.at + timedelta(days=days)

    @property
    def lasts(self) -> float | None:
        """Days from at to until, None where it lasts."""
        return None if self.until is None else (self.until - self.at).total_seconds() / 86400.0

    def hubs(self) -> tuple[str, ...]:
        """Groups that it opens as hubs."""
        return ()

    def closes(self) -> tuple[str, ...]:
        """Groups that it closes as hubs, which another event must have opened."""
        return ()

    def bars(self) -> tuple[frozenset[str], ...]:
        """Sets of currencies that it bars to banks."""
        return ()

    def opens(self) -> tuple[str, ...]:
        """Currencies whose options on the challenger's network wait for it."""
        return ()

    def cuts(self) -> tuple[str, ...]:
        """Networks that it disconnects banks from."""
        return ()


def raise_at(field: str, message: str, value: Any = None) -> None:
    """Raise a problem of one field from a check of the whole event."""
    issues = Issues()
    issues.add((field,), message, value)
    issues.finish("Event")
