"""Files that people write, read with what they extend and with overrides, and validated: all problems at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from paysim.errors import Problem, ScenarioError
from paysim.scenario import document, merge
from paysim.scenario.base import Model
from paysim.scenario.document import MAX_BYTES, Mapping, Mark, Scalar
from paysim.scenario.messages import problems_of
from paysim.scenario.units import shown

MAX_ANCESTORS = 16
SUFFIXES = (".yaml", ".yml")


@dataclass
class Reading:
    """Files read so far, their lines for messages, and problems that did not stop the reading.

    A reader of other files says in its own way what may be extended (`parent`) and what that does (`extended`).
    """

    files: list[Path] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False
    """Whether a file that is extended could not be read, so that nothing can be said about what is missing."""

    def family(self, file: Path) -> Mapping:
        """The document of a file on top of those of its ancestors."""
        root = self.document(file)
        generations = [root]
        seen = [file.resolve()]
        while (parent := self.parent(file, generations[-1], seen)) is not None:
            file = parent
            seen.append(file.resolve())
            generations.append(self.document(file))
        merged = generations.pop()
        while generations:
            merged = self.extended(merged, generations.pop())
        for key in merge.OWN:
            merged.entries.pop(key, None)
        return merged

    def extended(self, parent: Mapping, child: Mapping) -> Mapping:
        """The parent's document as the child changes it."""
        return merge.extend(parent, child)

    def document(self, file: Path) -> Mapping:
        """One file's document."""
        name = str(file)
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise ScenarioError([*self.problems, Problem(name, 0, 0, "", "there is no such file")]) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ScenarioError([*self.problems, Problem(name, 0, 0, "", f"cannot be read: {reason}")]) from None
        self.files.append(file)
        self.lines[name] = content.decode("utf-8", "replace").splitlines()
        try:
            root, problems = document.parse(content, name)
        except ScenarioError as error:
            raise ScenarioError([*self.problems, *error.problems]) from None
        self.problems.extend(problems)
        return root

    def parent(self, file: Path, root: Mapping, seen: list[Path]) -> Path | None:
        """The file that a document extends; None where it extends none or what it says is no such file."""
        flag = root.entries.get(merge.REPLACE_EVENTS)
        if flag is not None and not (isinstance(flag.node, Scalar) and isinstance(flag.node.value, bool)):
            self.complain(flag.node.mark, merge.REPLACE_EVENTS, "expected true or false")
        entry = root.entries.get("extends")
        if entry is None:
            return None
        mark = entry.node.mark
        value = entry.node.value if isinstance(entry.node, Scalar) else None
        if not isinstance(value, str) or not value.strip():
            self.complain(mark, "extends", "expected the name of a file beside this one, such as cutoff.yaml")
            return None
        parent = file.parent / (value if value.endswith(SUFFIXES) else f"{value}.yaml")
        folder = file.parent.resolve()
        try:
            target = parent.resolve()
            inside = target.is_relative_to(folder) and not Path(value).is_absolute()
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not inside:
            self.complain(mark, "extends", f"{shown(value)} lies outside the folder of this file")
        elif target in seen or len(seen) > MAX_ANCESTORS:
            chain = " extends ".join(one.name for one in (*seen, target))
            self.complain(mark, "extends", f"a circle: {chain}" if target in seen else f"too long a chain: {chain}")
        elif not target.is_file():
            self.complain(mark, "extends", f"there is no file {parent}")
        else:
            return parent
        return None

    def overridden(self, root: Mapping, text: str) -> Mapping:
        """The document with one override applied."""
        place = f"--set {text}"
        path, equals, value = text.partition("=")
        try:
            if not equals:
                raise ValueError("expected path=value, such as behaviour.inertia=0.98")
            node = document.parse_value(value, place)
            return merge.override(root, merge.steps(path.strip()), node, Mark(place, 0, 0))
        except ScenarioError as error:
            self.problems.extend(error.problems)
        except ValueError as error:
            self.problems.append(Problem(place, 0, 0, "", str(error)))
        return root

    def complain(self, mark: Mark, where: str, message: str) -> None:
        """Note a problem of what a file says about the file that it extends."""
        self.broken = True
        self.problems.append(document.problem(mark, where, message, self.lines.get(mark.file, [])))


Whole = TypeVar("Whole", bound=Model)


def read(model: type[Whole], file: Path, overrides: Sequence[str], reading: Reading) -> Whole:
    """A file as a model, with what it extends and with overrides; ScenarioError with every problem found."""
    root = reading.family(file)
    if reading.broken:
        raise ScenarioError(reading.problems)
    for text in overrides:
        root = reading.overridden(root, text)
    return _validated(model, root, file, reading)


def _validated(model: type[Whole], root: Mapping, file: Path, reading: Reading) -> Whole:
    data = document.plain(root)
    if data.get("name") is None:
        data["name"] = file.stem
    problems = list(reading.problems)
    try:
        made = model.model_validate(data)
    except ValidationError as error:
        unread = {(one.file, one.line, one.column) for one in problems if one.line}
        found = problems_of(error, root, reading.lines)
        problems += (one for one in found if (one.file, one.line, one.column) not in unread)
    if problems:
        order = {str(name): place for place, name in enumerate(reading.files)}
        problems.sort(key=lambda one: (order.get(one.file, len(order)), one.line, one.column))
        raise ScenarioError(list(dict.fromkeys(problems)))
    return made
