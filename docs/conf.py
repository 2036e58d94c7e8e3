"""The documentation site: `make docs`, or `sphinx-build -W docs docs/_build/html`.

The pages are plain Markdown that reads the same on GitHub. What they link to outside this folder, the README, scenario
files and source files, is made into pages of the site (`tools/site_pages.py`), so that it needs nothing but itself.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "tools"))

import site_pages  # noqa: E402

import paysim  # noqa: E402

project = "paysim"
author = "paysim contributors"
project_copyright = "paysim contributors"
version = release = paysim.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
exclude_patterns = ["_build", "tools", "ci", "cluster"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 6  # the anchors that GitHub makes
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!paysim\b).*")]  # names of other libraries: nothing is asked from outside

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False

smartquotes = False  # options begin with two hyphens

html_theme = "furo"
html_title = f"paysim {version}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None  # the same pages give the same site
pygments_style = "friendly"
pygments_dark_style = "native"


def as_list(_app: Any, _what: str, _name: str, _of: Any, _options: Any, lines: list[str]) -> None:
    """Lines ``name : meaning`` of our docstrings as a list, and names between single backquotes as code."""
    made: list[str] = []
    for line in lines:
        named = re.match(r"(\w[\w, ]*) : (.*)", line)
        text = f"- **{named[1]}**: {named[2]}" if named else line
        if made and made[-1] and named and not made[-1].startswith(("- ", "  ")):
            made.append("")
        made.append(re.sub(r"(?<![`:\w])`([^`]+)`(?![`_])", r"``\1``", text))
    lines[:] = made


def setup(app: Any) -> None:
    """Make the pages of what lies outside, and let links lead to them."""
    app.add_lexer("csv", TextLexer)
    app.connect("autodoc-process-docstring", as_list)
    site_pages.connect(app, HERE)
