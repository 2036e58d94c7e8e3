"""Fear: banks of third countries refuse payments of the target lest they be sanctioned themselves.

When the United States threatened banks that served Russia in December 2023, banks in China, politically close,
returned most payments, on any network. What decides is a bank's own exposure to those who threaten.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from paysim.events.policy_event import PolicyEvent
from paysim.events.targets import SANCTIONING, Groups, indices, named
from paysim.scenario.base import Duration, Share
from paysim.scenario.parts import fact
from paysim.words import translated as _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paysim.model.state import Policy
    from paysim.model.world import World

REFERENCE_EXPOSURE = 0.7
"""Share of China's goods settlement in currencies of the sanctioning side, at which the refused shares were measured
(72 % of China's goods trade is in foreign currency, H1 2025: https://reportify.ai/news/1185160099409301504)."""

SHOCK_DURATION = 30.4
STUCK, BY_AGENT = 21.0, 5.0
DELAY_SOURCE = "https://cargoclub.io/en/news/kitajskie_banki_vozvraschayt_perevody.html"
RETURN_SOURCE = (
    "about 80 % of yuan payments returned in the months after 22 December 2023: "
    "https://novayagazeta.eu/amp/articles/2024/07/29/some-80-of-russian-payments-to-china-returned-amid-increasing-western-pressure-en-news"
)


class SecondarySanctions(PolicyEvent):
    """Third groups refuse and delay payments with the targets, in proportion to their own exposure.

    Two phases: the shock, then what lasts. The refused shares at the exposure of China's banks are parameters of
    behaviour (``refusal_shock``, ``refusal_later``).
    """

    ramps: ClassVar[bool] = True

    kind: Literal["secondary_sanctions"] = "secondary_sanctions"
    targets: Groups = fact(..., "groups whose payments are feared")
    by: Groups = fact(SANCTIONING, "groups that threaten", checked=True)
    intensity: Share = fact(
        1.0,
        "strength of the threat; 1: as against Russia from December 2023",
        "J",
        low=0.0,
        high=1.0,
        source=RETURN_SOURCE,
    )
    shock_duration: Duration = fact(
        SHOCK_DURATION, "how long the first phase lasts", "J", unit="d", low=30.0, high=180.0, source=RETURN_SOURCE
    )
    half_life: Duration | None = fact(None, "half-life of the second phase (default: it lasts)")
    delay: Duration = fact(
        STUCK,
        "delay of a payment in the first phase, at full weight",
        "S",
        unit="d",
        low=7.0,
        high=40.0,
        source=DELAY_SOURCE,
    )
    later_delay: Duration = fact(
        BY_AGENT, "the same in the second phase", "S", unit="d", low=5.0, high=21.0,
        source="by agents 5 days to 3 weeks: https://www.russiamatters.org/analysis/rise-russias-foreign-trade-middlemen",
    )  # fmt: skip

    def describe(self) -> str:
        """Whose payments are feared."""
        return _("Secondary sanctions against {targets}").format(targets=named(self.targets))

    def phases(self) -> tuple[datetime, ...]:
        """The end of the shock."""
        return (self.after(self.shock_duration),)

    def act(self, policy: Policy, world: World, elapsed: float) -> None:
        """Raise refusal, delay and threat for third groups."""
        third = self._third(world)
        weight = np.zeros(len(world.groups))
        weight[third] = world.exposure(indices(world, self.by))[third] / REFERENCE_EXPOSURE
        weight *= self.intensity * self.strength(elapsed) * self._remaining(elapsed)
        shocked = elapsed < self.shock_duration
        days = self.delay if shocked else self.later_delay
        refusal = policy.refusal_shock if shocked else policy.refusal_later
        _raise_pairs(refusal, indices(world, self.targets), weight)
        _raise_pairs(policy.delay, indices(world, self.targets), days * np.minimum(weight, 1.0))
        policy.threat[:] = np.maximum(policy.threat, np.minimum(weight, 1.0))

    def _third(self, world: World) -> NDArray[np.int64]:
        """Groups that are neither threatened nor threaten."""
        parties = {*self.targets, *self.by}
        return np.array([g for g, group in enumerate(world.groups) if group not in parties], dtype=np.int64)

    def _remaining(self, elapsed: float) -> float:
        """Share of the second phase that has not faded."""
        if self.half_life is None or elapsed <= self.shock_duration:
            return 1.0
        return float(0.5 ** ((elapsed - self.shock_duration) / self.half_life)) if self.half_life > 0.0 else 0.0


def _raise_pairs(matrix: NDArray[np.float64], targets: NDArray[np.int64], value: NDArray[np.float64]) -> None:
    """Raise entries between targets and every group, both directions, to at least a value by group."""
    matrix[targets] = np.maximum(matrix[targets], value)
    matrix[:, targets] = np.maximum(matrix[:, targets], value[:, None])
