"""Where the scenarios and the pages of reference are: in the package once it is installed, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path

from paysim.errors import DataError

_PACKAGE = Path(__file__).parents[1]
_CHECKOUT = Path(__file__).parents[3]


def scenarios() -> Path:
    """The folder of the shipped scenarios; DataError where there is none."""
    return _found(_CHECKOUT / "scenarios", _PACKAGE / "scenarios")


def pages() -> Path:
    """The folder with the pages of ``events`` and ``levers``; DataError where there is none."""
    return _found(_CHECKOUT / "docs" / "reference", _PACKAGE / "explore" / "pages")


def _found(checkout: Path, packaged: Path) -> Path:
    """The folder of a checkout, whose files are the newer ones, else that of the package."""
    inside = (_CHECKOUT / "pyproject.toml").is_file() and _PACKAGE.parent.name == "src"
    for folder in (checkout, packaged) if inside else (packaged,):
        if folder.is_dir():
            return folder
    raise DataError(f"{packaged} is missing: the package was installed without it")
