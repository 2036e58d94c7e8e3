"""The pages that tell why: Markdown of the documentation, with raw HTML off, as a page of its own."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from pathlib import Path, PurePosixPath

from paysim.data import shipped

FOLDERS = ("levers", "events")
_NAME = re.compile(r"[a-z][a-z_]{0,39}\Z")
_WEB = ("https://", "http://")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
"""Marks of generated parts; with raw HTML off they would be shown as text."""


def find_page(name: str) -> Path | None:
    """The file of a lever's or an event kind's page, None where there is none; a name is a plain word."""
    if not _NAME.match(name) or name == "index":
        return None
    files = (shipped.pages() / folder / f"{name}.md" for folder in FOLDERS)
    return next((file for file in files if file.is_file()), None)


@lru_cache(maxsize=128)
def page_html(file: Path) -> str:
    """A Markdown file as a whole HTML page without scripts."""
    text = file.read_text(encoding="utf-8")
    title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), file.stem)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - paysim</title>\n"
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">\n'
        '<link rel="stylesheet" href="/static/page.css">\n</head>\n'
        f'<body class="why">\n<main>\n{_body(text)}</main>\n</body>\n</html>\n'
    )


def _body(text: str) -> str:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_COMMENT.sub("", text))
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrs = _link(str(child.attrs.get("href", "")))
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _link(target: str) -> dict[str, str | int | float]:
    """Another page of this kind, an address outside, or nothing: other files of the documentation are not served."""
    if target.startswith(_WEB):
        return {"href": target, "rel": "noopener noreferrer"}
    page = PurePosixPath(target.partition("#")[0])
    if page.suffix == ".md" and find_page(page.stem) is not None:
        return {"href": f"/why/{page.stem}"}
    return {}
