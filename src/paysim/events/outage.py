"""A settlement system or a message network is down, as T2 was in October 2020 and in February 2025."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import model_validator

from paysim.events.policy_event import PolicyEvent
from paysim.scenario import units
from paysim.scenario.base import NetworkId, SystemId, quantity
from paysim.scenario.dates import read_instant
from paysim.scenario.event import raise_at
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.model.state import Policy
    from paysim.model.world import World

SECONDS_A_DAY = 86_400


class Outage(PolicyEvent):
    """A settlement system or a message network is down; payments wait for its end, and no contract changes.

    What is in a system's queues or arrives meanwhile settles afterwards; a message that would arrive meanwhile arrives
    at the end. It lasts for ``duration`` or up to ``until``.
    """

    kind: Literal["outage"] = "outage"
    system: SystemId | None = fact(None, "settlement system that is down")
    network: NetworkId | None = fact(None, "message network that is down")
    duration: Annotated[float, quantity(units.DURATION, at_least=None, above=0.0)] | None = fact(
        None, "how long it is down (or say until)", unit="d"
    )

    @model_validator(mode="before")
    @classmethod
    def _read_end(cls, data: Any) -> Any:
        """Work out until, which everything else goes by, from the duration; mistakes in either are told elsewhere."""
        if not isinstance(data, Mapping) or data.get("until") is not None or data.get("duration") is None:
            return data
        try:
            at, days = read_instant(data.get("at")), units.DURATION.read(data["duration"])
            return {**data, "until": _end(at, days)} if days > 0.0 else data
        except (ValueError, OverflowError):
            return data

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.system is None) == (self.network is None):
            raise_at("system", "an outage is of one thing: give either system or network", self.system)
        if self.until is None:
            raise_at("duration", "an outage ends: give duration or until", self.duration)
        elif self.duration is not None and self.until != _end(self.at, self.duration):
            raise_at("duration", "duration and until contradict each other: give one of them", self.duration)
        return self

    def describe(self) -> str:
        """What is down."""
        return _("{system} down").format(system=self.system or self.network)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Take it down."""
        if self.system is not None:
            policy.system_down[world.systems.index(self.system)] = 1.0
        if self.network is not None:
            policy.network_down[world.networks.index(self.network)] = 1.0


def _end(at: datetime, days: float) -> datetime:
    """The end of an outage, in whole seconds."""
    return at + timedelta(seconds=max(1, round(days * SECONDS_A_DAY)))
