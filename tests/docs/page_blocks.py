"""Blocks of a page of the documentation, and the comments above them that say what is done with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ORDERS = ("not run", "run with", "first", "exit", "file")
LANGUAGES = ("console", "python", "yaml", "csv", "text", "{eval-rst}")
"""What a block may be; anything else has to say why it is not run."""

_ORDER = re.compile(rf"<!-- ({'|'.join(ORDERS)}): (.*?) -->")
_NAMED = re.compile(r"# (\S+\.ya?ml)\n")
_COMMANDLIKE = re.compile(r"(?:\$|paysim|python3?|pip|make) \S")


class PageError(AssertionError):
    """What a page shows is not so: file, line and what is wrong."""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, what it holds, and what the comments right above it order."""

    page: str
    line: int
    language: str
    text: str
    orders: tuple[tuple[str, str], ...] = ()
    printed: str | None = None  # of a block of Python: the text block right below it

    def order(self, name: str) -> str | None:
        """What a comment of this name says, None if there is none."""
        return dict(self.orders).get(name)

    def first(self) -> list[str]:
        """Commands to run before it, in their order."""
        return [text for name, text in self.orders if name == "first"]

    @property
    def file(self) -> str | None:
        """The file that this block is to be written as, if any."""
        named = _NAMED.match(self.text) if self.language == "yaml" else None
        return self.order("file") or (named[1] if named else None)

    def fails(self, why: str, line: int = 0) -> PageError:
        """An error that says where it is."""
        return PageError(f"{self.page}:{self.line + line}: {why}")


@dataclass(frozen=True)
class Command:
    """One command of a console block and the lines that stand below it."""

    line: int  # within the block's text, from 1
    typed: str
    shown: str


def pages(root: Path = ROOT) -> tuple[str, ...]:
    """The README and every page of the documentation, as paths from the root; what is built or made is none."""
    found = (path.relative_to(root).as_posix() for path in sorted((root / "docs").rglob("*.md")))
    return ("README.md", *(page for page in found if not re.match(r"docs/_", page)))


def blocks_of(page: str, text: str) -> list[Block]:
    """Every block of a page in its order; PageError for one that would be left out without a word."""
    tokens = MarkdownIt("commonmark").parse(text)
    found: list[Block] = []
    for place, token in enumerate(tokens):
        if token.type == "code_block":
            raise PageError(f"{page}:{_line(token)}: an indented block is not run: fence it")
        if token.type == "fence":
            block = Block(page, _line(token), token.info.strip(), token.content, _orders(tokens, place))
            if block.language == "text" and _belongs(tokens, place) and not block.orders:
                found[-1] = replace(found[-1], printed=block.text)
            else:
                found.append(_checked(block))
    return found


def _line(token: Token) -> int:
    assert token.map is not None
    return token.map[0] + 1


def _orders(tokens: Sequence[Token], place: int) -> tuple[tuple[str, str], ...]:
    start = place
    while start and tokens[start - 1].type == "html_block":
        start -= 1
    return tuple(order for token in tokens[start:place] for order in _ORDER.findall(token.content))


def _belongs(tokens: Sequence[Token], place: int) -> bool:
    """Whether the block right above is one of Python, so that this one is what it prints."""
    above = tokens[place - 1] if place else None
    return above is not None and above.type == "fence" and above.info.strip() == "python"


def _checked(block: Block) -> Block:
    if block.order("not run") is not None:
        return block
    if block.language not in LANGUAGES:
        raise block.fails(
            f"a block in {block.language or 'no language'!r} is not run: make it one of {', '.join(LANGUAGES)}, "
            "or say <!-- not run: reason --> above it"
        )
    if block.language == "text" and block.file is None:
        for number, line in enumerate(block.text.splitlines(), 1):
            if _COMMANDLIKE.match(line):
                raise block.fails(f"a command in a text block is not run: {line}", number)
    return block


def commands_of(block: Block) -> list[Command]:
    """The commands of a console block; PageError if it begins with something else."""
    found: list[Command] = []
    lines = iter(enumerate(block.text.splitlines(), 1))
    for number, line in lines:
        if line.startswith("$ "):
            typed = line[2:]
            while typed.endswith("\\"):
                typed = typed + "\n" + next(lines, (0, ""))[1]
            found.append(Command(number, typed, ""))
        elif not found:
            raise block.fails("a console block begins with `$ ` and a command", number)
        else:
            found[-1] = replace(found[-1], shown=f"{found[-1].shown}{line}\n")
    if not found:
        raise block.fails("a console block without a command")
    return found
