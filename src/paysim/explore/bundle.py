"""The page, its scripts, styles and data as one HTML file with a content policy that lets nothing in or out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
UPLOT = Path(__file__).parents[1] / "show" / "static" / "uplot"
FIRST = "stored.js"
LAST = "main.js"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|class|const|let) (\w+)", re.MULTILINE)
_STYLE = re.compile(r'<link rel="stylesheet" href="/static/([\w./]+)" />')
_SCRIPT = re.compile(r"\s*<script [^>]*></script>")
_ICON = re.compile(r'\s*<link rel="icon"[^>]*/>')
_CHARSET = '<meta charset="utf-8" />'


def page_of(data: dict[str, Any]) -> str:
    """The page as one file; ``data`` is what ``stored.js`` reads."""
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    sheets = [*_STYLE.findall(html), "stored.css"]
    style = "\n".join(_file(name).read_text(encoding="utf-8") for name in sheets)
    scripts = ["\n" + (UPLOT / "uPlot.iife.min.js").read_text(encoding="utf-8") + "\n", "\n" + modules() + "\n"]
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_digest, scripts))}",
            f"style-src {_digest(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    html = _STYLE.sub("", _SCRIPT.sub("", _ICON.sub("", html)))
    html = re.sub(r"\n\s*\n", "\n", html)
    head = f'{_CHARSET}\n    <meta http-equiv="Content-Security-Policy" content="{policy}" />'
    html = html.replace(_CHARSET, head, 1).replace("</head>", f"<style>{style}</style>\n  </head>", 1)
    carried = f'<script type="application/json" id="stored">{_safe(data)}</script>'
    tail = [carried, f"<script>{scripts[0]}</script>", f'<script type="module">{scripts[1]}</script>']
    return html.replace("</body>", "\n".join(tail) + "\n  </body>", 1)


def modules() -> str:
    """The page's modules as one, in the order in which they need one another; each keeps its names to itself."""
    done: dict[str, str] = {}
    _add(FIRST, done)
    _add(LAST, done)
    return "\n".join(done.values())


def _add(name: str, done: dict[str, str]) -> None:
    if name in done:
        return
    text = (STATIC / name).read_text(encoding="utf-8")
    for _names, other in _IMPORT.findall(text):
        _add(other, done)
    given = [word for _kind, word in _EXPORT.findall(text)]
    text = _IMPORT.sub(lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = {_variable(found[2])};\n", text)
    text = _EXPORT.sub(r"\1 \2", text)
    assert "import " not in re.sub(r"//.*", "", text), f"{name} imports in a way that is not known here"
    done[name] = f"const {_variable(name)} = (() => {{\n{text}\nreturn {{ {', '.join(given)} }};\n}})();"


def _variable(name: str) -> str:
    return f"module_{name.removesuffix('.js')}"


def _file(name: str) -> Path:
    return UPLOT / name.removeprefix("uplot/") if name.startswith("uplot/") else STATIC / name


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _safe(data: dict[str, Any]) -> str:
    """JSON in which nothing ends the element that it stands in."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
