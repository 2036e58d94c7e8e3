"""What the commands share: the width of a page, where results go, how figures look, and the line that repeats a run."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from paysim.words import LANGUAGES, check_language

Command = TypeVar("Command", bound=Callable[..., Any])

PAGE = 120
"""Characters of a line."""
STYLES = ("slides", "paper")
RESULTS = Path("results")
"""Where results go unless told otherwise."""

_QUANTITY = re.compile(r"(\d) (%|(?:d|h|min|s)\b)")


def hanging(start: str, text: str, whole_quantities: bool = False, width: int = PAGE) -> list[str]:
    """Wrap a text after its start to the width of a page, later lines indented.

    whole_quantities : a number stays in one line with its unit;  width : characters of a line
    """
    indent = " " * max(len(start), 2)
    whole = _QUANTITY.sub("\\1\u00a0\\2", text) if whole_quantities else text
    lines = textwrap.wrap(whole, width, initial_indent=start, subsequent_indent=indent, break_long_words=False)
    return [line.replace("\u00a0", " ") for line in lines] if whole_quantities else lines


def check_look(style: str, language: str) -> None:
    """ValueError for a style or a language that there is not."""
    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    check_language(language)


lang_option: Callable[[Command], Command] = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="Language of figures and results (help, errors and JSON stay English).",
)
"""The option ``--lang`` of a command, handed over as ``language``."""


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines of a table of which the columns stand beneath one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def repeated(
    command: str,
    out: Path | None,
    style: str = STYLES[0],
    figures: bool = True,
    language: str = LANGUAGES[0],
    report: bool = True,
) -> str:
    """Give the command that does it again in the same place and look (the one in the manifest leaves them out)."""
    words = [command]
    words += [f"--out {shlex.quote(out.as_posix())}"] if out is not None else []
    words += [f"--style {style}"] if style != STYLES[0] else []
    words += [] if figures else ["--no-figures"]
    words += [] if report else ["--no-report"]
    return " ".join(words + ([f"--lang {language}"] if language != LANGUAGES[0] else []))
