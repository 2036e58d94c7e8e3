"""Pages of the site that no page of this folder is: the README, scenario files and whatever else the pages link to.

Sphinx builds what stands in one folder. What a page links to outside it is written into ``docs/_made`` as a page, with
its own links followed in turn, and links are bent to lead there; text files only, anything else stays a file. The
navigation is made here too, from the folders of the pages, so that the pages themselves stay plain Markdown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MADE = "_made"
WHOLE = ("README.md", "CHANGELOG.md", "src/paysim/data/README.md")
"""Markdown outside the folder that is a page of the navigation."""
LEXERS = {".yaml": "yaml", ".yml": "yaml", ".py": "python", ".json": "json", ".sh": "sh", ".sbatch": "sh"}
PLAIN = ("LICENSE", "Makefile", "Dockerfile")
PARTS = {
    "Tutorial": "tutorial",
    "How-to": "howto",
    "Reference": "reference",
    "Events": "reference/events",
    "Levers": "reference/levers",
    "Explanation": "explanation",
}
LINK = re.compile(r"(?<!\\)(\]\()([^)\s]+)(\))")
QUOTED = re.compile(r"(^(`{3,}|~{3,}).*?^\2`*\s*?$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def connect(app: Any, docs: Path) -> None:
    """Make the pages now, and let Sphinx read every page with its links bent."""
    pages = write(docs)

    def bend(_app: object, name: str, source: list[str]) -> None:
        if not name.startswith(MADE):
            source[0] = bent(source[0], f"docs/{name}.md", f"{name}.md", docs.parent, pages)
        if name == "index":
            source[0] += navigation(docs, source[0])

    def again(*_anything: object) -> list[str]:
        return ["index"]  # its navigation grows with every new page

    app.connect("source-read", bend)
    app.connect("env-get-outdated", again)


def write(docs: Path) -> dict[str, str]:
    """Write all pages of what lies outside, and give where each is: path from the root to path from ``docs``."""
    root = docs.parent
    pages = found(docs)
    for origin, page in pages.items():
        text = (root / origin).read_text(encoding="utf-8")
        path = docs / page
        path.parent.mkdir(parents=True, exist_ok=True)
        made = bent(text, origin, page, root, pages) if origin.endswith(".md") else _quoted(origin, text)
        made = made if origin in WHOLE else f"---\norphan: true\n---\n\n{made}"
        if not path.exists() or path.read_text(encoding="utf-8") != made:  # an unchanged page is not built again
            path.write_text(made, encoding="utf-8", newline="\n")
    for stale in sorted((docs / MADE).rglob("*.md")):
        if stale.relative_to(docs).as_posix() not in pages.values():
            stale.unlink()
    return pages


def found(docs: Path) -> dict[str, str]:
    """Every text file outside the pages that a page, or one of these files, links to."""
    root = docs.parent
    pages = {origin: f"{MADE}/{origin}" for origin in WHOLE}
    waiting = [*(f"docs/{page.relative_to(docs).as_posix()}" for page in pages_of(docs)), *WHOLE]
    while waiting:
        origin = waiting.pop()
        for target in targets(origin, (root / origin).read_text(encoding="utf-8")):
            if target not in pages and not _is_page(target) and _is_text(root / target):
                pages[target] = f"{MADE}/{target}" if target.endswith(".md") else f"{MADE}/{target}.md"
                if target.endswith(".md"):
                    waiting.append(target)
    return dict(sorted(pages.items()))


def pages_of(docs: Path) -> list[Path]:
    """The pages of the folder, without what is made or built."""
    return [path for path in sorted(docs.rglob("*.md")) if not path.relative_to(docs).parts[0].startswith("_")]


def targets(origin: str, text: str) -> Iterator[str]:
    """Where the links of a page lead within the repository, as paths from the root."""
    for part in QUOTED.split(text)[::3]:
        for _open, target, _close in LINK.findall(part):
            if (path := _path(origin, target)) is not None:
                yield path


def bent(text: str, origin: str, page: str, root: Path, pages: dict[str, str]) -> str:
    """A page's text with its links as they are for a page that stands at ``page`` in the folder of the pages."""

    def link(match: re.Match[str]) -> str:
        path = _path(origin, match[2])
        if path is None or not (root / path).exists():
            return match[0]  # of the page itself, of another site, or dead: Sphinx says so
        _path_part, sign, anchor = match[2].partition("#")
        to = pages.get(path) or os.path.relpath(path, "docs")
        return f"{match[1]}{Path(os.path.relpath(to, Path(page).parent)).as_posix()}{sign}{anchor}{match[3]}"

    parts = QUOTED.split(text)
    return "".join(LINK.sub(link, part) if n % 3 == 0 else part for n, part in enumerate(parts) if n % 3 != 2)


def navigation(docs: Path, index: str) -> str:
    """The navigation of the site: a part a folder, in the order in which the start page names its pages."""
    made = []
    left = [name for path in pages_of(docs) if (name := path.relative_to(docs).with_suffix("").as_posix()) != "index"]
    for caption, folder in {**PARTS, "More": ""}.items():
        names = [name for name in left if folder in ("", name.rpartition("/")[0])]
        left = [name for name in left if name not in names]
        places = {name: index.rfind(f"({name}.md") for name in names}
        order = sorted(names, key=lambda name: (not name.endswith("/index"), places[name] < 0, places[name], name))
        made += [_toctree(caption, order)] if order else []
    made.append(_toctree("Project", [f"{MADE}/{origin.removesuffix('.md')}" for origin in WHOLE]))
    return "\n" + "\n".join(made)


def _toctree(caption: str, names: list[str]) -> str:
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "".join(f"/{name}\n" for name in names) + "```\n"


def _path(origin: str, target: str) -> str | None:
    """The path from the root that a link leads to; None for one within the page or out of the repository."""
    path = target.partition("#")[0]
    if not path or re.match(r"[a-z]+:|/", path):
        return None
    inside = Path(os.path.normpath(Path(origin).parent / path)).as_posix()
    return None if inside.startswith("../") else inside


def _is_page(path: str) -> bool:
    return path.startswith("docs/") and path.endswith(".md")


def _is_text(path: Path) -> bool:
    return path.is_file() and (path.suffix in {*LEXERS, ".md"} or path.name in PLAIN)


def _quoted(origin: str, text: str) -> str:
    fence = "`" * (3 + max((len(ticks) for ticks in re.findall(r"`+", text)), default=0))
    return f"# {origin}\n\n{fence}{LEXERS.get(Path(origin).suffix, 'text')}\n{text.rstrip()}\n{fence}\n"
