"""What makes two runs the same run: the scenario, the code, the libraries and the kind of machine."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario


FORMAT = 1
"""Format of a results folder; a program reads the formats up to its own."""

LIBRARIES = ("numpy", "scipy", "numba", "simpy", "pyarrow", "pydantic")
"""Libraries whose version may change a result or its bytes."""

_COMPUTING_ROOMS = ("data", "scenario", "events", "model", "networks", "engine", "study")


def digest(data: object) -> str:
    """Give the SHA-256 of plain data, the same whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_digest() -> str:
    """Give the SHA-256 of the code and data behind a result, so that replicates of two states of them never mix."""
    root = Path(__file__).parents[1]
    files = sorted(path for room in _COMPUTING_ROOMS for path in (root / room).rglob("*") if path.is_file())
    total = hashlib.sha256()
    for path in files:
        if "__pycache__" not in path.parts:
            total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def versions() -> dict[str, str]:
    """List the versions of paysim, Python and the libraries that compute."""
    return {
        "paysim": metadata.version("paysim"),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in LIBRARIES},
    }


def machine() -> dict[str, str]:
    """Name the kind of machine: results are the same to the bit only on one kind."""
    return {"system": platform.system(), "machine": platform.machine()}


@dataclass(frozen=True)
class Identity:
    """All that decides a run's bytes. Two runs with one key are the same run.

    parts : format, name, engine, seed, replicates, digests of scenario and code, versions, platform
    """

    parts: dict[str, Any]

    @classmethod
    def of(cls, scenario: Scenario) -> Identity:
        """Identify a run of the scenario in this environment."""
        return cls(
            {
                "format": FORMAT,
                "name": scenario.name,
                "engine": scenario.engine,
                "seed": scenario.seed,
                "replicates": scenario.replicates,
                "scenario": scenario.digest(),
                "code": code_digest(),
                "versions": versions(),
                "platform": machine(),
            }
        )

    @property
    def key(self) -> str:
        """SHA-256 of the parts, as hexadecimal text."""
        return digest(self.parts)

    def differences(self, other: Identity) -> list[str]:
        """Name the parts that differ, such as ``seed`` or ``versions.numpy``."""
        mine, yours = _flat(self.parts), _flat(other.parts)
        return sorted(name for name in {**mine, **yours} if mine.get(name) != yours.get(name))

    def __str__(self) -> str:
        parts = self.parts
        return f"{self.key[:12]} ({parts['engine']}, seed {parts['seed']}, {parts['replicates']} replicates)"


def _flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in data.items():
        flat.update(_flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value})
    return flat


def repeat_command(path: str | PurePath, options: Sequence[tuple[str, object]]) -> str:
    """Write the command that repeats a run; options without a value (None) are left out."""
    words = ["paysim", "run", path.as_posix() if isinstance(path, PurePath) else path]
    for name, value in options:
        if value is not None:
            words += [name, str(value)]
    return shlex.join(words)
