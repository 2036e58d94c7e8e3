"""Lets the tests of this folder build tiny worlds, and gives them the world of the sourced data."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "theory"))
from sourced import WholeWorld, sourced_world


@pytest.fixture
def whole_world(tmp_path: Path) -> WholeWorld:
    """The world of the sourced data, frozen but for what a test states."""
    return partial(sourced_world, tmp_path)
