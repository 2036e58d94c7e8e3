import subprocess
import sys
from importlib import metadata

import pytest

import paysim


def test_the_public_names_are_these_and_no_others():
    assert paysim.__all__ == ["__version__", "load_results", "load_scenario", "run", "settle"]
    for name in paysim.__all__:
        assert getattr(paysim, name) is not None
        assert name in dir(paysim)
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        paysim.runn  # noqa: B018


def test_the_version_is_that_of_the_package():
    assert paysim.__version__ == metadata.version("paysim")


def test_importing_paysim_imports_nothing_heavy():
    code = (
        "import sys, paysim; print([name for name in ('numpy', 'pydantic', 'matplotlib', 'pyarrow', 'numba', 'click') "
        "if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
