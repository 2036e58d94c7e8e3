"""Words for people, in their language: English as it stands in the code, other languages from a catalogue.

Whatever a person reads in figures, ledgers and results of the command line passes `translated`, imported as ``_``;
help, errors and files that programs read stay English. The catalogues are ``locale/<language>.po`` (gettext).
A text with figures in it is translated first and filled afterwards: ``_("{share} of trade").format(share=...)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
"""Languages there are, the one of the code first."""
LOCALE = Path(__file__).parent / "locale"

language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak a language, one of `LANGUAGES`, inside the block; ValueError for another."""
    if wanted not in LANGUAGES:
        raise ValueError(f"expected one of {', '.join(LANGUAGES)}, got {wanted!r}")
    token = language.set(wanted)
    try:
        yield
    finally:
        language.reset(token)


def translated(text: str) -> str:
    """The text in the language spoken, or as it is where the catalogue has nothing for it."""
    spoken = language.get()
    return text if spoken == LANGUAGES[0] else _catalogue(spoken).get(text) or text


def said(words: str | Mapping[str, str]) -> str:
    """What an author wrote once for all, or by language (then in the one spoken, in English, or in the first)."""
    if isinstance(words, str):
        return words
    for wanted in (language.get(), *LANGUAGES):
        if wanted in words:
            return words[wanted]
    return next(iter(words.values()))


def number(value: float, digits: int = 0) -> str:
    """A number with so many decimals and the decimal sign of the language; no separator of thousands."""
    return decimal(f"{value:.{digits}f}")


def decimal(written: str) -> str:
    """A number as Python writes it, with the decimal sign of the language."""
    if language.get() == LANGUAGES[0]:
        return written
    from babel.numbers import get_decimal_symbol

    return written.replace(".", get_decimal_symbol(language.get()))


def month(day: date) -> str:
    """A month for people: ``Jan 2027``."""
    if language.get() == LANGUAGES[0]:
        return f"{day:%b %Y}"
    from babel.dates import format_date

    return format_date(day, "LLL yyyy", locale=language.get())


@cache
def _catalogue(wanted: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with (LOCALE / f"{wanted}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}
