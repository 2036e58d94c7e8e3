"""Links and anchors of Markdown pages, as GitHub reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

READER = MarkdownIt("commonmark").enable("table")


def dead_links(page: Path, text: str, root: Path) -> list[str]:
    """What is wrong with the links of a page below ``root``: one line each, empty if all lead somewhere."""
    found = []
    for line, target in links(text):
        place, _, anchor = target.partition("#")
        path = (page.parent / place).resolve() if place else page
        if re.match(r"https?://", target):
            continue
        if not path.is_relative_to(root) or not path.is_file():
            found.append(f"{page.relative_to(root)}:{line}: no such file: {target}")
        elif anchor and anchor not in anchors(text if path == page else path.read_text(encoding="utf-8")):
            found.append(f"{page.relative_to(root)}:{line}: no such heading: {target}")
    return found


def links(text: str) -> Iterator[tuple[int, str]]:
    """Every link and image of a page: its line, and where it leads."""
    for token in READER.parse(text):
        for child in token.children or ():
            target = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
            if target is not None:
                yield (token.map[0] + 1 if token.map else 0), str(target)


@cache
def anchors(text: str) -> frozenset[str]:
    """The anchors that GitHub gives the headings of a page, and those that the page sets itself."""
    found: list[str] = []
    tokens = READER.parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", _said(inline).strip().lower()).replace(" ", "-")
            again = sum(one == slug or re.fullmatch(re.escape(slug) + r"-\d+", one) is not None for one in found)
            found.append(f"{slug}-{again}" if again else slug)
    return frozenset([*found, *re.findall(r'<a (?:id|name)="([^"]+)">', text)])


def _said(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
