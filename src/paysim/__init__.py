"""paysim: what would happen to payments, currencies and trade if a country left, or were cut off from, SWIFT."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paysim.cli.run import run
    from paysim.cli.settle import settle
    from paysim.scenario.loading import load_scenario
    from paysim.study.results import load_results

__all__ = ["__version__", "load_results", "load_scenario", "run", "settle"]

__version__ = "0.1.0"

# Imported when first asked for, so that `import paysim` and `paysim --help` stay light.
_HOMES = {
    "load_results": "paysim.study.results",
    "load_scenario": "paysim.scenario.loading",
    "run": "paysim.cli.run",
    "settle": "paysim.cli.settle",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'paysim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
