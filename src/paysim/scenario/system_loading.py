"""From a file, or the name of a shipped system, to a `SystemFile`: all problems at once, each with its place.

What a file leaves out comes from the file that it ``extends``: one beside it or, by name, a shipped one. A key at the
top replaces the parent's, and so does a key inside ``rules``, ``liquidity``, ``traffic``, ``messages``, ``published``
and ``sources``: a figure is replaced whole, with its range, basis and source.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from paysim.data.catalogue import FOLDER
from paysim.errors import Problem, ScenarioError
from paysim.scenario import document
from paysim.scenario.base import nearest
from paysim.scenario.document import Mapping, Scalar
from paysim.scenario.reading import MAX_ANCESTORS, SUFFIXES, Reading, read
from paysim.scenario.system import SystemFile
from paysim.scenario.system_parts import Around, around
from paysim.scenario.units import shown

SHIPPED = FOLDER / "systems"
SECTIONS = ("rules", "liquidity", "traffic", "messages", "published", "sources")
MARKER = "system"
"""The key that tells a system file from a scenario file."""


def shipped_systems() -> tuple[str, ...]:
    """Names of the systems that come with paysim, in alphabetical order."""
    return tuple(sorted(file.stem for file in SHIPPED.glob("*.yaml")))


def load_system(system: str | os.PathLike[str], overrides: Sequence[str] = ()) -> SystemFile:
    """Read a settlement system.

    Parameters
    ----------
    system : str or path
        A name such as ``CIPS`` is a shipped system; a path, or text that ends in .yaml or .yml, is a file.
    overrides : sequence of str
        ``path=value``, applied last and in order: ``liquidity.prefunding=10 %``. Values are written as in a file.

    Raises
    ------
    ScenarioError
        with every problem, each with file, line and column.
    """
    if isinstance(system, str) and not overrides and not _is_path(system):
        return _shipped(system)
    return _loaded(_file_of(system), overrides)


def is_system_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file says that it describes a system; False where it cannot be read."""
    try:
        root, _ = document.parse(Path(path).read_bytes(), str(path))
    except (OSError, ScenarioError):
        return False
    return MARKER in root.entries and "format" not in root.entries


def _is_path(system: str) -> bool:
    return system.endswith(SUFFIXES) or os.sep in system or "/" in system


def _file_of(system: str | os.PathLike[str]) -> Path:
    """The file of a name or path; an unknown name is told the nearest."""
    if not isinstance(system, str) or _is_path(system):
        return Path(system)
    file = _shipped_file(system)
    if file is None:
        message = f"there is no shipped system of this name{_near(system)}; a file is named with its ending, .yaml"
        raise ScenarioError([Problem(system, 0, 0, "", message)])
    return file


def _shipped_file(name: str) -> Path | None:
    found = {one.lower(): one for one in shipped_systems()}.get(name.lower())
    return None if found is None else SHIPPED / f"{found}.yaml"


def _near(name: str) -> str:
    return nearest(name, shipped_systems())


@cache
def _shipped(name: str) -> SystemFile:
    return _loaded(_file_of(name), ())


class _SystemReading(Reading):
    """Reads system files, whose parents may be shipped ones."""

    def extended(self, parent: Mapping, child: Mapping) -> Mapping:
        """The parent's document as the child changes it: keys replace, and so do those inside the sections."""
        result = Mapping(child.mark, parent.entries | child.entries)
        for section in SECTIONS:
            before, after = parent.entries.get(section), child.entries.get(section)
            if before is None or after is None:
                continue
            if isinstance(before.node, Mapping) and isinstance(after.node, Mapping):
                both = Mapping(after.node.mark, before.node.entries | after.node.entries)
                result.entries[section] = document.Entry(after.key_mark, both)
        return result

    def parent(self, file: Path, root: Mapping, seen: list[Path]) -> Path | None:
        """The file that a system extends: one beside it or below, else a shipped one."""
        entry = root.entries.get("extends")
        if entry is None:
            return None
        value = entry.node.value if isinstance(entry.node, Scalar) else None
        if not isinstance(value, str) or not value.strip():
            self.complain(entry.node.mark, "extends", "expected a system such as rtgs-fifo, or a file beside this one")
            return None
        beside = file.parent / (value if value.endswith(SUFFIXES) else f"{value}.yaml")
        target = self._inside(beside, file.parent, value)
        if target is not None and (not target.is_file() or target == file.resolve()):
            shipped = None if value.endswith(SUFFIXES) else _shipped_file(value)
            target = shipped if shipped is not None else target
        if target is None:
            self.complain(entry.node.mark, "extends", f"{shown(value)} lies outside the folder of this file")
        elif target.resolve() in seen or len(seen) > MAX_ANCESTORS:
            chain = " extends ".join(one.name for one in (*seen, target))
            word = "a circle" if target.resolve() in seen else "too long a chain"
            self.complain(entry.node.mark, "extends", f"{word}: {chain}")
        elif not target.is_file():
            what = f"there is no file {beside} and no shipped system {shown(value)}{_near(value)}"
            self.complain(entry.node.mark, "extends", what)
        else:
            return target if target.parent == SHIPPED else beside
        return None

    def _inside(self, beside: Path, folder: Path, value: str) -> Path | None:
        """The resolved file, if it lies in the folder or below."""
        try:
            target = beside.resolve()
            return target if target.is_relative_to(folder.resolve()) and not Path(value).is_absolute() else None
        except (OSError, RuntimeError, ValueError):
            return None


def _hours_beside(file: Path, name: str) -> tuple[str, str, str]:
    """Hours, time zone and calendar of a system named in a file: one beside it, else a shipped one."""
    beside = file.parent / f"{name}.yaml"
    other = beside if beside.is_file() and beside.resolve() != file.resolve() else _shipped_file(name)
    if other is None:
        raise ValueError(f"unknown system {name!r}{_near(name)}")
    try:
        found = _loaded(other, ())
    except (ScenarioError, RecursionError):
        raise ValueError(f"the hours of {name} cannot be read: see paysim validate {other}") from None
    return str(found.hours.value), str(found.timezone.value), str(found.calendar.value)


def _loaded(file: Path, overrides: Sequence[str]) -> SystemFile:
    reading = _SystemReading()
    token = around.set(Around(hours_of=lambda name: _hours_beside(file, name)))
    try:
        system = read(SystemFile, file, overrides, reading)
    finally:
        around.reset(token)
    system._files = tuple(reading.files)
    return system
