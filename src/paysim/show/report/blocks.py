"""What a report is made of: a page of sections, each of paragraphs, lists, tables, pictures and charts.

Every word is plain text. It is escaped when the page is rendered, and the only links there are come from `linked` and
`link`, which know nothing but http and https: what stands in a scenario file may be hostile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_LOOSE = re.compile(r"^\s+([,;.])")
"""A stop that stands apart from an address so that it is no part of it."""
_NOT_AT_THE_END = ".,;:!?)]}"


@dataclass(frozen=True)
class Piece:
    """A piece of text: a link if it has an address, smaller print or a line of code if it says so."""

    text: str
    url: str = ""
    small: bool = False
    code: bool = False


Text = str | tuple[Piece, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``role`` is a look: ``""``, ``note`` or ``lead``."""

    text: Text
    role: str = ""


@dataclass(frozen=True)
class Listing:
    """A list of short texts, numbered or not."""

    items: tuple[Text, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and what belongs to them; ``large`` for the figures that matter most."""

    pairs: tuple[tuple[str, Text], ...]
    large: bool = False


@dataclass(frozen=True)
class Table:
    """A table of which the first column names the rows.

    numeric : its cells are figures, on the right;  folded : it opens when asked;  prose : cells hold sentences
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: bool = False
    folded: bool = False
    prose: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture in the page.

    data : a data address;  seen : what is to be seen, for who does not see it;  caption : what to read from it
    file : where it lies beside the report, so that it can be had alone
    """

    data: str
    width: int
    height: int
    seen: str
    caption: str
    file: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart that is drawn where there is JavaScript, and its numbers in a table for everybody.

    data : what is drawn, as plain data, see `paysim.show.report.charts`
    """

    name: str
    title: str
    reading: str
    data: Mapping[str, Any]
    table: Table


@dataclass(frozen=True)
class Ruling:
    """A line of a ledger: a claim or a check, its verdict, and what it rests on.

    name : its id in the page;  mark : its id in the file
    good : True or False where the verdict is one of success or failure, None where it is neither
    lines : (depth, text) of figures and findings
    """

    name: str
    mark: str
    text: str
    verdict: str
    good: bool | None
    condition: str = ""
    lines: tuple[tuple[int, str], ...] = ()
    sources_say: str = ""
    sources: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines to be copied; ``folded`` with a summary if they are many."""

    text: str
    label: str
    folded: bool = False


Block = Paragraph | Listing | Facts | Table | Picture | Chart | Ruling | Code


@dataclass(frozen=True)
class Section:
    """A part of a page, with an id that a link can name, and parts of its own."""

    name: str
    heading: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.blocks and all(part.empty for part in self.parts)


@dataclass(frozen=True)
class Page:
    """A report.

    kind : what it is a report of;  title : its heading;  question : what was asked, may be empty
    facts : short facts beneath the heading;  foot : lines at the end
    """

    kind: str
    title: str
    question: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: tuple[str, ...] = field(default=())


def link(text: str, address: str) -> Text:
    """A text with an address behind it; the address as text where it is none of http or https."""
    return (Piece(text, address),) if is_web(address) else f"{text} ({address})"


def linked(text: str) -> Text:
    """A text in which web addresses are links, shown by their host."""
    pieces: list[Piece] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_NOT_AT_THE_END)
        if not is_web(address):
            continue
        pieces.append(Piece(_LOOSE.sub(r"\1", text[end : found.start()])))
        pieces.append(Piece(str(urlsplit(address).hostname), address))
        end = found.start() + len(address)
    return (*(piece for piece in pieces if piece.text), Piece(_LOOSE.sub(r"\1", text[end:]))) if pieces else text


def is_web(address: str) -> bool:
    """Whether an address is one of the web, and nothing that a browser would carry out."""
    if not _ADDRESS.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
