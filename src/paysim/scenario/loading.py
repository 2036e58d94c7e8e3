"""From a file to a `Scenario`: read YAML, follow ``extends``, apply overrides, validate, tell all problems at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from paysim.scenario.measure import folder, moved
from paysim.scenario.reading import Reading, read
from paysim.scenario.schema import Scenario


def load_scenario(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : path
        The file; what it extends lies in the same folder or below.
    overrides : sequence of str
        ``path=value``, applied last and in order: ``behaviour.inertia=0.98``, ``events.cut.at=2027-01-04 17:00Z``.
        Values are written as in a file.

    Raises
    ------
    ScenarioError
        with every problem, each with file, line and column.
    """
    file = Path(path)
    reading = Reading()
    token = folder.set(file.parent)
    other_months = moved.set(any(one.partition("=")[0].strip() in ("start", "horizon") for one in overrides))
    try:
        scenario = read(Scenario, file, overrides, reading)
    finally:
        moved.reset(other_months)
        folder.reset(token)
    scenario._files = tuple(reading.files)
    return scenario
