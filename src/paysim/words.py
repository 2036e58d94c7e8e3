"""Words for people, in their language: English as it stands in the code, other languages from a catalogue.

Whatever a person reads in figures, ledgers and results of the command line passes `translated`, imported as ``_``;
help, errors and files that programs read stay English. The catalogues are ``locale/<language>.po`` (gettext).
A text with figures in it is translated first and filled afterwards: ``_("{share} of trade").format(share=...)``.
A text in a table of a module, which is read before a language is spoken, is marked there by `deferred` and translated
where it is used. ``python docs/tools/words.py`` brings the catalogues up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
"""Languages there are, the one of the code first."""
LOCALE = Path(__file__).parent / "locale"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHOLE_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


def check_language(wanted: str) -> None:
    """ValueError for what is none of `LANGUAGES`."""
    if wanted not in LANGUAGES:
        raise ValueError(f"expected one of {', '.join(LANGUAGES)}, got {wanted!r}")


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak a language, one of `LANGUAGES`, inside the block; ValueError for another."""
    check_language(wanted)
    token = language.set(wanted)
    try:
        yield
    finally:
        language.reset(token)


def translated(text: str) -> str:
    """The text in the language spoken, or as it is where the catalogue has nothing for it."""
    spoken = language.get()
    return text if spoken == LANGUAGES[0] else _catalogue(spoken).get(text) or text


def deferred(text: str) -> str:
    """The text as it is: it belongs into the catalogues, and is translated where it is used."""
    return text


def inside(text: str) -> str:
    """A text that begins with a capital letter inside of a sentence; German nouns keep theirs."""
    return text.lower() if language.get() == LANGUAGES[0] else text


def everywhere(make: Callable[[], str]) -> str | dict[str, str]:
    """What is made in each language, by language; a text alone where it is the same in all."""
    made = {}
    for wanted in LANGUAGES:
        with speaking(wanted):
            made[wanted] = make()
    return made[LANGUAGES[0]] if len(set(made.values())) == 1 else made


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
    """A number as Python writes it, such as ``f"{value:,.4g}"``, with the signs of the language."""
    spoken = language.get()
    return written if spoken == LANGUAGES[0] else written.translate(_signs(spoken))


def month(day: date) -> str:
    """A month for people: ``Jan 2027``."""
    return f"{_MONTHS[day.month - 1]} {day.year}" if _english() else _date(day, "LLL yyyy")


def date_words(day: date) -> str:
    """A day for people: ``Mon 4 Jan 2027``."""
    if _english():
        return f"{weekday(day)} {day.day} {month(day)}"
    return _date(day, "ccc d. LLL yyyy")


def weekday(day: date, whole: bool = False) -> str:
    """A day of the week: ``Mon``, or ``Monday``."""
    if _english():
        return (_WHOLE_DAYS if whole else _DAYS)[day.weekday()]
    return _date(day, "cccc" if whole else "ccc")


def _english() -> bool:
    return language.get() == LANGUAGES[0]


def _date(day: date, pattern: str) -> str:
    """A date by a pattern of Unicode's locale data, in the language spoken."""
    from babel.dates import format_date

    return str(format_date(day, pattern, locale=language.get()))


@cache
def _signs(wanted: str) -> dict[int, str]:
    """What stands in place of Python's point and comma."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return {ord("."): str(get_decimal_symbol(wanted)), ord(","): str(get_group_symbol(wanted))}


@cache
def _catalogue(wanted: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with (LOCALE / f"{wanted}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}
