"""A page as HTML: rendered with everything escaped, style and script in it, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from paysim.show.report.blocks import Chart, Page, Section
from paysim.words import language
from paysim.words import translated as _

_QUANTITY = re.compile(r"(\d) (%|bp)(?!\w)")
_MONTH = re.compile(r"\b\d{4}-\d{2}\b")

_HERE = Path(__file__).parent
_UPLOT = _HERE.parent / "static" / "uplot"


def rendered(page: Page) -> str:
    """The page in the language spoken, as one document that asks for nothing from outside."""
    page = replace(page, sections=tuple(section for section in page.sections if not section.empty))
    charts = any(map(_drawn, page.sections))
    style, script = _style(charts), _script() if charts else ""
    html = _templates().get_template("page.html").render(
        page=page, spoken=language.get(), words=_words(), style=Markup(style), script=Markup(script),
        policy=_policy(style, script),
    )  # fmt: skip
    return html.rstrip("\n") + "\n"


def _drawn(section: Section) -> bool:
    return any(isinstance(block, Chart) for block in section.blocks) or any(map(_drawn, section.parts))


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["whole"] = _whole
    made.tests["kind"] = lambda block, name: type(block).__name__ == name
    return made


def _whole(text: str) -> Markup:
    """A text as HTML in which a number stays in one line with its unit, and a month like 2027-01 in one."""
    kept = _QUANTITY.sub("\\1\u00a0\\2", str(escape(text)))
    return Markup(_MONTH.sub('<span class="whole">\\g<0></span>', kept))


def _policy(style: str, script: str) -> str:
    """What the browser may load: this style and this script, by their digests, and pictures that lie in the page."""
    rules = ["default-src 'none'", "img-src data:", f"style-src '{_digest(style)}'"]
    rules += [f"script-src '{_digest(script)}'"] if script else []
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _read(place: Path) -> str:
    """A file of ours as it is put into a page; its line ends are those that the digest counts."""
    return place.read_text(encoding="utf-8").replace("\r\n", "\n").strip()


def _style(charts: bool) -> str:
    return "\n".join([*([_read(_UPLOT / "uPlot.min.css")] if charts else []), _read(_HERE / "report.css")])


def _script() -> str:
    licence = "/*\n" + _read(_UPLOT / "LICENSE") + "\n*/"
    return "\n".join([licence, _read(_UPLOT / "uPlot.iife.min.js"), _read(_HERE / "report.js")])


def _words() -> dict[str, Any]:
    """What the frame of every page says."""
    return {
        "skip": _("Skip to the content"),
        "contents": _("Contents"),
        "source": _("Sources"),
        "scroll": _("{caption} (scrolls sideways)"),
        "file": _("Alone: {file}"),
        "numbers": _("The numbers as a table"),
        "passed": "✓",
        "failed": "✗",
    }
