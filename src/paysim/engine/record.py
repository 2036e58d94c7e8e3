"""What one replicate leaves behind: a monthly table of every series, and the facts of the draw."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Months = NDArray[np.datetime64]
Fact = float | int | str | bool


@dataclass(frozen=True)
class Record:
    """The outcome of one replicate (M months).

    months : (M,) datetime64[M], one after the other without a gap
    series : name of a series -> (its keys, values (M, keys) float64); shares are fractions, nan where not defined;
        the units are in `paysim.study.series`
    facts : what holds for the whole replicate: the parameters drawn, ``gamma_c``, ``unstable``, counts

    Raises ValueError where a shape, a type or a key does not fit.
    """

    months: Months
    series: dict[str, tuple[tuple[str, ...], Array]]
    facts: dict[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.months.dtype != np.dtype("datetime64[M]") or self.months.ndim != 1:
            raise ValueError(f"months must be (M,) datetime64[M], got {self.months.shape} {self.months.dtype}")
        if self.months.size == 0 or np.any(np.diff(self.months).astype(np.int64) != 1):
            raise ValueError("months must follow one another without a gap, and there must be at least one")
        for name, (keys, values) in self.series.items():
            expected = (self.months.size, len(keys))
            if values.dtype != np.dtype(np.float64) or values.shape != expected:
                raise ValueError(f"{name} must be {expected} float64, got {values.shape} {values.dtype}")
            if len(set(keys)) != len(keys):
                raise ValueError(f"{name} has a key twice: {', '.join(keys)}")

    def values(self, series: str, key: str = "") -> Array:
        """Values (M,) of one series and key; raises KeyError where there is none."""
        keys, values = self.series[series]
        if key not in keys:
            raise KeyError(f"{series} has no key {key!r}, only {', '.join(keys)}")
        column: Array = values[:, keys.index(key)]
        return column
