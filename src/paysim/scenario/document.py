"""YAML as paysim reads it: a small part of YAML 1.2, with the place of every key and value.

Only mappings, sequences and scalars are let in. What makes YAML surprising or dangerous is an error with a place:
anchors and aliases, tags, merge keys, second documents, duplicate keys, numbers with a leading zero, ``.inf`` and
``.nan``. Booleans are ``true`` and ``false`` alone. The parser's events are walked with an explicit stack, because
the composer of the C parser overflows the machine's stack on deeply nested input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from paysim.errors import Problem, ScenarioError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 50_000
MAX_PROBLEMS = 100
MAX_NUMBER = 40
"""Characters of a number; more is a slip, and very long integers are slow to read."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_ODD_NUMBER = re.compile(r"[-+]?(0[0-9][0-9_]*(\.[0-9]*)?|0[xob][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*)\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class Mark(NamedTuple):
    """A place in a file; line and column count from 1 (0: not in a file)."""

    file: str
    line: int
    column: int


@dataclass
class Scalar:
    """A word, number, truth value or nothing."""

    value: str | int | float | bool | None
    mark: Mark


@dataclass
class Entry:
    """A key of a mapping, where the key stands, and what it holds."""

    key_mark: Mark
    node: Node


@dataclass
class Mapping:
    """Keys, always text, in the order of the file."""

    mark: Mark
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass
class Sequence:
    """Items in order; ``places`` are their positions in the file they were written in."""

    mark: Mark
    items: list[Node] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


Node = Scalar | Mapping | Sequence


def plain(node: Node) -> Any:
    """The document as dictionaries, lists and scalars."""
    if isinstance(node, Mapping):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def parse(content: bytes, file: str) -> tuple[Mapping, list[Problem]]:
    """Parse a file's bytes; the document, and the problems that did not stop the reading.

    Parameters
    ----------
    content : bytes
        UTF-8 text.
    file : str
        Name of the file in marks and messages.

    Raises
    ------
    ScenarioError
        where there is no document: not text, not YAML, too much of it, or no mapping.
    """
    text = _decode(content, file)
    reader = _Reader(text, file)
    root = reader.read()
    if isinstance(root, Mapping):
        return root, reader.problems
    return _fail(file, text, root.mark.line, root.mark.column, "a scenario is a mapping of keys such as `title: ...`")


def parse_value(text: str, file: str) -> Node:
    """Parse one value, as it is written behind a key (for overrides on the command line)."""
    if text.strip() == "":
        return Scalar(None, Mark(file, 0, 0))
    reader = _Reader(_decode(text.encode("utf-8", "surrogateescape"), file), file, in_file=False)
    root = reader.read()
    if reader.problems:
        raise ScenarioError(reader.problems)
    return root


def _decode(content: bytes, file: str) -> str:
    """Bytes as text, or a problem with the place of the first byte that is in the way."""
    if len(content) > MAX_BYTES:
        _fail(file, "", 1, 1, f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        _fail(file, "", 1, 1, "the file is UTF-16; save it as UTF-8")
    if content.startswith(b"\xef\xbb\xbf"):
        _fail(file, "", 1, 1, "the file starts with a byte order mark; save it as UTF-8 without one")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        _fail(file, "", line, column, f"byte 0x{content[error.start]:02x} is not UTF-8: is this a text file?")
    found = _FORBIDDEN.search(text)
    if found:
        line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
        _fail(file, "", line, column, f"control character U+{ord(found.group()):04X}: is this a text file?")
    return text


def _fail(file: str, text: str, line: int, column: int, message: str) -> NoReturn:
    raise ScenarioError([problem(Mark(file, line, column), "", message, text.splitlines())])


def problem(mark: Mark, where: str, message: str, lines: list[str]) -> Problem:
    """A `Problem` that shows its line, shortened to what a terminal can hold."""
    line = lines[mark.line - 1] if 0 < mark.line <= len(lines) else ""
    if len(line) > 160:
        line = ""
    return Problem(mark.file, mark.line, mark.column, where, message, line.replace("\t", " "))


class _Reader:
    """Builds nodes from the parser's events, with a stack of open collections."""

    def __init__(self, text: str, file: str, *, in_file: bool = True) -> None:
        self.text, self.file, self.in_file = text, file, in_file
        self.lines = text.splitlines()
        self.problems: list[Problem] = []
        self.stack: list[Mapping | Sequence] = []
        self.keys: list[tuple[str, Mark] | None] = []
        self.root: Node | None = None
        self.nodes = 0

    def read(self) -> Node:
        """The document's root; what is wrong but can be read past goes to ``problems``."""
        try:
            self._walk()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark is not None else (0, 0)
            here = self.lines[line][column : column + 1] if line < len(self.lines) else ""
            self._stop(self._mark(line, column), "a tab: indent with spaces" if here == "\t" else _friendly(error))
        except yaml.YAMLError as error:
            self._stop(self._mark(0, 0), f"not YAML: {error}")
        if self.root is None:
            self._stop(self._mark(0, 0), "the file is empty")
        return self.root

    def _stop(self, mark: Mark, message: str) -> NoReturn:
        self._complain(mark, message)
        raise ScenarioError(sorted(self.problems, key=lambda p: (p.line, p.column)))

    def _walk(self) -> None:
        documents = 0
        for event in _events(self.text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(self._start(event), "a second document (`---`); one file is one scenario")
            if isinstance(event, NodeEvent):
                self.nodes += 1
                if self.nodes > MAX_NODES:
                    self._stop(self._start(event), f"more than {MAX_NODES:,} values")
                if len(self.problems) >= MAX_PROBLEMS:
                    self._stop(self._start(event), f"more than {MAX_PROBLEMS} problems; the rest was not read")
                self._node(event)
                if len(self.stack) > MAX_DEPTH:
                    self._stop(self._start(event), f"nested more than {MAX_DEPTH} levels deep")
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self.stack.pop()
                self.keys.pop()

    def _node(self, event: NodeEvent) -> None:
        mark = self._start(event)
        if isinstance(event, AliasEvent):
            self._complain(mark, f"alias *{event.anchor}: write the value out (anchors and aliases are not read)")
            return self._place(Scalar(None, mark), event)
        if event.anchor is not None:
            self._complain(mark, f"anchor &{event.anchor}: anchors and aliases are not read")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._complain(mark, f"tag {tag}: tags are not read")
        node: Node
        if isinstance(event, MappingStartEvent):
            node = Mapping(mark)
        elif isinstance(event, SequenceStartEvent):
            node = Sequence(mark)
        else:
            assert isinstance(event, ScalarEvent)
            node = Scalar(event.value if self._expects_key() else self._scalar(event, mark), mark)
        self._place(node, event)
        if not isinstance(node, Scalar):
            self.stack.append(node)
            self.keys.append(None)
        return None

    def _expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1], Mapping) and self.keys[-1] is None

    def _place(self, node: Node, event: NodeEvent) -> None:
        """Put a node where it belongs: as the root, an item, a key, or the value of the last key."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent, Sequence):
            parent.places.append(len(parent.items))
            parent.items.append(node)
            return
        pending = self.keys[-1]
        if pending is None:
            self.keys[-1] = (self._key(node, event, parent), node.mark)
            return
        key, mark = pending
        self.keys[-1] = None
        parent.entries.setdefault(key, Entry(mark, node))

    def _key(self, node: Node, event: NodeEvent, parent: Mapping) -> str:
        if not isinstance(node, Scalar):
            if not isinstance(event, AliasEvent):
                self._complain(node.mark, "a key must be a word, not a list or a mapping")
            return ""
        key = str(node.value)
        if key == "<<" and isinstance(event, ScalarEvent) and event.implicit[0]:
            self._complain(node.mark, "merge key <<: use `extends:` for what files share")
        elif key in parent.entries:
            first = parent.entries[key].key_mark.line
            self._complain(node.mark, f"duplicate key {key!r} (first in line {first})")
        return key

    def _scalar(self, event: ScalarEvent, mark: Mark) -> str | int | float | bool | None:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_FINITE.match(text):
            self._complain(mark, f"{text}: numbers must be finite")
        elif _ODD_NUMBER.match(text):
            self._complain(
                mark, f"{text}: write a number in plain decimal digits without leading zeros (text: in quotes)"
            )
        elif _FLOAT.match(text):
            if len(text) > MAX_NUMBER:
                self._complain(mark, f"a number of {len(text)} characters (at most {MAX_NUMBER})")
                return 0
            number = int(text) if _INTEGER.match(text) else float(text)
            if abs(number) == float("inf"):
                self._complain(mark, f"{text}: numbers must be finite")
                return 0
            return number
        return text

    def _start(self, event: Event) -> Mark:
        mark = event.start_mark
        return self._mark(mark.line, mark.column) if mark is not None else self._mark(0, 0)

    def _mark(self, line: int, column: int) -> Mark:
        return Mark(self.file, line + 1, column + 1) if self.in_file else Mark(self.file, 0, 0)

    def _complain(self, mark: Mark, message: str) -> None:
        self.problems.append(problem(mark, "", message, self.lines))


def _events(text: str) -> Iterator[Event]:
    """Events of the C parser where there is one, else of the Python parser."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


def _friendly(error: yaml.MarkedYAMLError) -> str:
    """A message of the parser in words that say what to do."""
    text = str(error.problem or error.context or "not YAML")
    if "mapping values are not allowed" in text:
        return "a second `:` in one line: put text that contains `: ` in quotes"
    context = f" ({error.context})" if error.context and error.context != text else ""
    return f"not YAML: {text}{context}"
