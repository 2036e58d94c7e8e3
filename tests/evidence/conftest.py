"""Claims and checks written for one test, in a folder with the shipped scenarios, and worlds that all tests share."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from paysim.evidence.worlds import Worlds
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
sys.path.insert(0, str(Path(__file__).parent))  # made_trackers.py
DRAWS = 12

Write = Callable[..., Path]
Tell = Callable[..., Scenario]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped scenarios, to be extended."""
    place = tmp_path_factory.mktemp("scenarios")
    for file in SCENARIOS.glob("*.yaml"):
        shutil.copy(file, place)
    return place


@pytest.fixture(scope="session")
def write(folder: Path) -> Write:
    """Write a scenario that extends a shipped one; what is the same story as before is not run again."""

    def written(parent: str = "baseline", **parts: Any) -> Path:
        head = {"extends": f"{parent}.yaml", "format": 1, "title": "A test", "question": "What happens?"}
        path = folder / "story.yaml"
        apart = json.loads(json.dumps({**head, **parts}))  # what is said twice is written twice: aliases are not read
        path.write_text(yaml.safe_dump(apart, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="session")
def tell(write: Write) -> Tell:
    """The same, loaded."""
    return lambda parent="baseline", **parts: load_scenario(write(parent, **parts))


@pytest.fixture(scope="session")
def worlds() -> Worlds:
    """Worlds with few draws."""
    return Worlds(DRAWS)
