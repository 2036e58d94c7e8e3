"""Lets the tests of this folder share their stories."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from telling import Tell, write_story

from paysim.engine.prepared import Prepared
from paysim.engine.run import prepare
from paysim.scenario.loading import load_scenario


@pytest.fixture(scope="session")
def tell(tmp_path_factory: pytest.TempPathFactory) -> Tell:
    """Makes a story ready to run; a story that was told before is not made ready again."""

    @cache
    def prepared(*changes: str, parent: str = "baseline", text: str = "") -> Prepared:
        path = write_story(tmp_path_factory.mktemp("story"), text, parent)
        return prepare(load_scenario(path, changes))

    return prepared
