"""What the foot of a page asks of a run, for what is none: a settled day, a trace, the response of a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray


class Foot:
    """Only a manifest: source and version, and the command that repeats it; see `paysim.show.reading.Results`."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.scenario: Mapping[str, Any] = {}
        self.manifest = manifest

    def keys(self, series: str) -> tuple[str, ...]:
        """Nothing is recorded by month."""
        return ()

    def quantiles(self, series: str, key: str = "", source: str = "all") -> Any:
        """Nothing is recorded by month."""
        raise KeyError(series)

    def values(self, series: str, key: str = "") -> Any:
        """Nothing is recorded by month."""
        raise KeyError(series)

    def draws(self) -> Mapping[str, NDArray[Any]]:
        """No parameter is drawn at random."""
        return {}
