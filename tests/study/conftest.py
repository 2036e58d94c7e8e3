"""Lets tests and the processes they start import the stand-ins of this folder, and keeps the code's digest still."""

import sys
from pathlib import Path

import pytest

from paysim.study import identity
from paysim.study.sweeps import points as sweep_points
from paysim.study.sweeps import tables as sweep_tables

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def still_code():
    """A file that is edited while the tests run must not make two runs of one test differ."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (identity, sweep_points, sweep_tables):
            patch.setattr(module, "code_digest", lambda: "c" * 64)
        yield
