"""Where settlement is strained: how much more of a system's value comes back at the close than at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paysim.words import decimal, number
from paysim.words import translated as _

Array = NDArray[np.float64]

STRAINED = 0.01
"""Rise of the unsettled share from which settlement is said to be strained (judgement). On a usual day the systems of
the shipped scenarios return half of that."""
EXTRAPOLATED = 0.01
"""Share of months from which it is said that a system's response was read outside of what was measured (judgement)."""


class Run(Protocol):
    """What is read of a finished run; `paysim.study.results.Results` has it."""

    def keys(self, series: str) -> tuple[str, ...]:
        """Keys of a series; empty if the run has no such series."""

    def quantiles(
        self, series: str, key: str = "", source: str = "all"
    ) -> tuple[NDArray[np.datetime64], Mapping[float, Array]]:
        """Months (M,) and the quantiles over the replicates by level, the median among them, each (M,)."""

    def values(self, series: str, key: str = "") -> tuple[NDArray[np.datetime64], Array]:
        """Months (M,) and the values of every replicate, (R, M)."""


@dataclass(frozen=True)
class Strain:
    """A settlement system in the month in which most of its value comes back; each number is a median by itself.

    month : the month;  load : value as a multiple of that at the start;  held : liquidity, multiple of the usual
    unsettled : share of the value that comes back;  start : the same in the first month
    moved : by how much load or liquidity differs most from the start in any month, in multiples
    outside : share of the months of all replicates in which load or liquidity lies outside of what was measured
    """

    system: str
    month: np.datetime64
    load: float
    held: float
    unsettled: float
    start: float
    moved: float
    outside: float

    @property
    def rise(self) -> float:
        """By how much more comes back than at the start, as a share."""
        return self.unsettled - self.start


def strains(run: Run) -> tuple[Strain, ...]:
    """Give every settlement system at its worst, in the order of the scenario; empty if the run has no such series."""
    found = (_strain(run, system) for system in run.keys("unsettled_share"))
    return tuple(strain for strain in found if strain is not None)


def _strain(run: Run, system: str) -> Strain | None:
    """The system at its worst; None where the run does not say how it fares."""
    medians = []
    for series in ("settlement_load", "liquidity_held", "unsettled_share"):
        if system not in run.keys(series):
            return None
        medians.append(np.asarray(run.quantiles(series, system)[1][0.5]))
    load, held, unsettled = medians
    defined = np.flatnonzero(np.isfinite(load + held + unsettled))
    if not defined.size:
        return None
    first, worst = int(defined[0]), int(defined[np.argmax(unsettled[defined])])
    away = (np.abs(line[defined] - line[first]).max() for line in (load, held))
    months = run.quantiles("unsettled_share", system)[0].astype("datetime64[M]")
    return Strain(
        system,
        months[worst],
        load=float(load[worst]),
        held=float(held[worst]),
        unsettled=float(unsettled[worst]),
        start=float(unsettled[first]),
        moved=float(max(away)),
        outside=_outside(run, system),
    )


def _outside(run: Run, system: str) -> float:
    if system not in run.keys("outside_measured"):
        return 0.0
    flags = run.values("outside_measured", system)[1]
    known: NDArray[Any] = flags[np.isfinite(flags)]
    return float(known.mean()) if known.size else 0.0


def strain_notes(run: Run, names: Mapping[str, str]) -> list[str]:
    """Write sentences on the system that is strained most, and on those that were not measured that far; often none.

    names : of the systems, for the reader
    """
    found = strains(run)
    notes = []
    worst = max(found, key=lambda strain: strain.rise, default=None)
    if worst is not None and worst.rise > STRAINED:
        notes.append(
            _(
                "{system} is strained most in {month}: with {load} times the payments of the start and {held} times "
                "the usual liquidity {unsettled} of the value comes back unsettled ({start} at the start)"
            ).format(
                system=names.get(worst.system, worst.system),
                month=worst.month,
                load=decimal(f"{worst.load:.2g}"),
                held=decimal(f"{worst.held:.2g}"),
                unsettled=_percent(worst.unsettled),
                start=_percent(worst.start),
            )
        )
    outside = [strain for strain in found if strain.outside > EXTRAPOLATED]
    if outside:
        entry = _("{share} for {system}")
        listed = [
            entry.format(share=_percent(one.outside, 0), system=names.get(one.system, one.system)) for one in outside
        ]
        notes.append(
            _(
                "payments or liquidity lie outside of what was measured, and queues there are extrapolated, in this "
                "share of the months of all replicates: {listed}"
            ).format(listed=", ".join(listed))
        )
    return notes


def _percent(share: float, digits: int = 1) -> str:
    return number(100 * share, digits) + " %"
