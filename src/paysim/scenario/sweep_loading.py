"""From a study's file to a `Sweep`: every problem at once, those of paths and values against the base scenario too."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from paysim.errors import Problem, ScenarioError
from paysim.scenario import document
from paysim.scenario.base import Known, known, nearest
from paysim.scenario.document import Mapping, Mark, Scalar
from paysim.scenario.loading import load_scenario
from paysim.scenario.messages import locate, problems_of
from paysim.scenario.reading import Reading
from paysim.scenario.schema import Scenario
from paysim.scenario.sweep import Parts, Sweep, is_sweep
from paysim.scenario.sweep_parts import Factor, read_level
from paysim.scenario.units import shown

MAX_TRIED = 200
"""Values of a factor that are tried on the base before anything is run, spread over all of them."""

_KINDS = ("currency", "group", "network", "system", "option")
_TABLES = ("currencies", "groups", "networks", "systems", "options")
_SET = "--set "
_OF_THE_PATH = re.compile(r"unknown key|no path such as|has no item")


def load_sweep(path: str | os.PathLike[str]) -> Sweep:
    """Read the file of a study.

    Raises
    ------
    ScenarioError
        with every problem, each with file, line and column; those of the base scenario stand where they are in it.
    """
    file = Path(path)
    reading = Reading()
    root = reading.document(file)
    problems = list(reading.problems)
    checked = _Checked(file, root, reading)
    base = checked.base()
    sweep = checked.sweep(base)
    if base is not None:
        checked.factors()
    problems += checked.problems
    if problems:
        problems.sort(key=lambda one: (one.file != str(file), one.line, one.column))
        raise ScenarioError(list(dict.fromkeys(problems)))
    assert sweep is not None
    return sweep


def is_sweep_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file describes a study; False where it cannot be read."""
    try:
        root, _ = document.parse(Path(path).read_bytes(), str(path))
    except (OSError, ScenarioError):
        return False
    return is_sweep(root.entries)


def known_of(scenario: Scenario) -> Known:
    """What the parts of a study may refer to: names and dates of the base."""
    ids = {kind: frozenset(getattr(scenario, table)) for kind, table in zip(_KINDS, _TABLES, strict=True)}
    return Known(ids=ids, start=scenario.start, end=scenario.end)


def _loaded(file: Path) -> Scenario | None:
    try:
        return load_scenario(file)
    except ScenarioError:
        return None


class _Checked:
    """Checks one study's document step by step, and collects what is wrong."""

    def __init__(self, file: Path, root: Mapping, reading: Reading) -> None:
        self.file, self.root, self.reading = file, root, reading
        self.problems: list[Problem] = []
        self.stories: list[Path] = []
        self.changes: list[str] = []

    def base(self) -> Scenario | None:
        """The base scenario with what is changed at every point; None where there is something wrong with it."""
        entry = self.root.entries.get("base")
        if entry is None:
            return None
        name = entry.node.value if isinstance(entry.node, Scalar) else None
        found = self.file_of(name, ("base",))
        if found is None:
            return None
        self.stories.append(found)
        self.changes = self._set()
        made = self._load(found, self.changes)
        if made is None:  # what is said of its parts can still be checked
            self.changes = []
            made = _loaded(found)
        return None if made is None else self._shortened(made)

    def _shortened(self, scenario: Scenario) -> Scenario:
        entry = self.root.entries.get("until")
        value = None if entry is None else document.plain(entry.node)
        try:
            return scenario if value is None else scenario.shortened(str(value))
        except ValueError as error:
            self._complain(("until",), str(error))
            return scenario

    def _set(self) -> list[str]:
        entry = self.root.entries.get("set")
        if entry is None or not isinstance(entry.node, Mapping):
            return []
        found = []
        for path, value in entry.node.entries.items():
            plain = document.plain(value.node)
            if plain is not None:
                found.append(f"{path}={read_level(plain)}")
        return found

    def file_of(self, name: object, place: tuple[str | int, ...]) -> Path | None:
        """The file of a scenario that the study names: in the folder above the study's, or below that."""
        above = self.file.resolve().parent.parent
        if not isinstance(name, str) or not name.strip():
            self._complain(place, f"expected a scenario file such as ../cutoff.yaml, got {shown(name)}")
            return None
        path = self.file.parent / name
        if Path(name).is_absolute() or not path.resolve().is_relative_to(above):
            self._complain(place, f"{shown(name)} lies outside the folder above that of this file")
        elif not path.is_file():
            here = (os.path.relpath(one, self.file.parent) for one in path.parent.glob("*.yaml"))
            self._complain(place, f"there is no file {os.path.normpath(path)}{nearest(name, here)}")
        else:
            return Path(os.path.normpath(path))
        return None

    def _load(self, file: Path, changes: Sequence[str]) -> Scenario | None:
        """A scenario with changes; what is wrong with a change is told where the study says it."""
        try:
            return load_scenario(file, changes)
        except ScenarioError as error:
            for problem in error.problems:
                if problem.file.startswith(_SET):
                    changed = problem.file.removeprefix(_SET).partition("=")[0]
                    at_key = bool(_OF_THE_PATH.search(problem.message))
                    self._complain(("set", changed), problem.message, at_key=at_key)
                else:
                    self.problems.append(problem)
        return None

    def sweep(self, base: Scenario | None) -> Sweep | None:
        """The study itself; None where it has problems."""
        data = document.plain(self.root)
        data.setdefault("name", self.file.stem)
        token = known.set(None if base is None else known_of(base))
        try:
            sweep = Sweep.model_validate(data)
        except ValidationError as error:
            self.problems += problems_of(error, self.root, self.reading.lines)
            return None
        finally:
            known.reset(token)
        sweep._file = self.file
        return sweep

    def factors(self) -> None:
        """Try every factor's path and values on the base, all others as the base has them."""
        factors = Parts.of(document.plain(self.root)).factors
        for name, factor in factors.items():
            for place, story in enumerate(factor.scenarios or ()):
                found = self.file_of(story, ("factors", name, "scenarios", place))
                if found is not None and found not in self.stories and self._load(found, self.changes) is not None:
                    self.stories.append(found)
        for name, factor in factors.items():
            if factor.path is not None:
                self._try(name, factor)

    def _try(self, name: str, factor: Factor) -> None:
        """Load the base with the factor's values, and other stories with one of them: they may lack what it names."""
        field = "values" if factor.range is None else "range"
        tried = list(factor.values or ()) or [factor.written(end) for end, _ in factor.range or ()]
        every = max(1, -(-len(tried) // MAX_TRIED))
        for place, value in list(enumerate(tried))[::every]:
            self._try_one(self.stories[0], factor, value, ("factors", name, field, place), name)
        for story in self.stories[1:]:
            self._try_one(story, factor, tried[0], ("factors", name, field, 0), name, f" (in {story})")

    def _try_one(
        self, story: Path, factor: Factor, value: str, place: tuple[str | int, ...], name: str, where: str = ""
    ) -> None:
        try:
            load_scenario(story, [*self.changes, f"{factor.path}={value}"])
        except ScenarioError as error:
            for problem in error.problems:
                of_path = bool(_OF_THE_PATH.search(problem.message))
                self._complain(("factors", name, "path") if of_path else place, f"{problem.message}{where}")

    def _complain(self, place: tuple[str | int, ...], message: str, at_key: bool = False) -> None:
        mark, where = locate(self.root, place, at_key=at_key)
        self.problems.append(document.problem(mark, where, message, self._lines(mark)))

    def _lines(self, mark: Mark) -> list[str]:
        return self.reading.lines.get(mark.file, [])
