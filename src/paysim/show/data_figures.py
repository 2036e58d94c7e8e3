"""Pictures of the packaged figures: breaks as lines, grades as markers, periods as long as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
from matplotlib.figure import Figure

from paysim import __version__
from paysim.data import catalogue
from paysim.data.catalogue import TEXT_TABLES, Description
from paysim.data.listing import describe, rows
from paysim.data.tables import GRADES, Observation
from paysim.errors import DataError
from paysim.show.foot import Foot
from paysim.show.style import GREY, PAPER_PAGE, SLIDES_PAGE, STYLES, Style, applied
from paysim.words import translated as _

MARKERS = {"A": ("o", True), "A-": ("o", False), "B": ("s", True), "B-": ("s", False), "C": ("^", True),
           "J": ("D", True), "X": ("x", True)}  # fmt: skip
"""Marker of a grade, and whether it is filled."""
SIGNS = {"A": "●", "A-": "○", "B": "■", "B-": "□", "C": "▲", "J": "◆", "X": "×"}
_HOSTS_NAMED = 4
_FEW_WORDS = 150  # letters of a note; the whole text is in `paysim data show`


@dataclass(frozen=True)
class Drawn:
    """A table as it is drawn.

    about : its description;  rows : figures in the order of the file, those that were asked for
    command : draws it again
    """

    about: Description
    rows: tuple[Observation, ...]
    command: str


def draw_table(
    name: str,
    place: Path,
    since: date | None = None,
    until: date | None = None,
    measure: str | None = None,
    command: str = "",
    style: str = "slides",
) -> None:
    """Draw one table into a file (PNG, SVG or PDF by its ending).

    since, until : first and last day;  measure : one of the table;  command : what the foot says draws it again

    Raises DataError where there is nothing to draw.
    """
    look = STYLES[style]
    figure = table_figure(name, look, since, until, measure, command)
    kind = place.suffix.lstrip(".").lower()
    stamps: dict[str, dict[str, str | None]] = {
        "png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}
    }  # fmt: skip
    with applied(look):
        figure.savefig(place, format=kind, dpi=look.dpi, metadata=stamps[kind])


def table_figure(
    name: str,
    style: Style,
    since: date | None = None,
    until: date | None = None,
    measure: str | None = None,
    command: str = "",
) -> Figure:
    """Draw one table: over time, as a cross-section, as a matrix, or as a list of events, whichever it is."""
    from paysim.show import data_sections, data_series

    about = describe(name)
    with applied(style):
        if name in TEXT_TABLES:
            found = rows(name, since, until)
            if "period" not in found[0]:
                raise DataError(
                    f"{name} holds words and no figures: there is nothing to draw (paysim data show {name})"
                )
            return data_sections.events(about, found, command, _page(style))
        kept = tuple(
            row
            for row in catalogue.series(name).rows
            if (measure is None or row.measure == measure)
            and (since is None or row.period.last >= since)
            and (until is None or row.period.first <= until)
        )
        if not kept:
            raise DataError(f"{name}: no figure is left to draw")
        table = Drawn(about, kept, command)
        if name == "trade_matrix":
            return data_sections.matrix(table, _page(style))
        if _is_section(kept):
            return data_sections.sections(table, _page(style))
        return data_series.over_time(table, style)


def _page(style: Style) -> Style:
    return SLIDES_PAGE if style.side_by_side else replace(PAPER_PAGE, text=7.5, small=6.5)


def _is_section(found: Sequence[Observation]) -> bool:
    """Whether no figure is given for two times."""
    counted = Counter((row.key, row.measure, row.unit) for row in found)
    return max(counted.values()) == 1 and len({row.key for row in found}) > 1


def foot(about: Description, sources: Sequence[str], command: str) -> Foot:
    """The foot of the page: where the figures were seen; that they are not the model's; and the command."""
    hosts = Counter(host for source in sources if (host := _host(source)))
    named = ", ".join(host for host, _count in hosts.most_common(_HOSTS_NAMED))
    more = len(hosts) - _HOSTS_NAMED
    seen = _("seen at {hosts}").format(hosts=named + (_(" and {count} more").format(count=more) if more > 0 else ""))
    first = _(about.remark).split(";")[0].split(". ")[0].rstrip(".")
    caution = _("Figures as published or judged, none of them the model's (paysim {version}).").format(
        version=__version__
    )
    if command:
        caution += " " + _("To repeat it: {command}").format(command=command)
    return Foot({"foot": [f"{_('Source')}: {first}{'; ' + seen if named else ''}.", caution]})


def _host(source: str) -> str:
    for word in source.split():
        if word.startswith("http"):
            return urlparse(word).netloc.removeprefix("www.")
    return ""


def words_of(name: str) -> str:
    """A measure, unit, or part of a key for people; codes such as ``CNY`` stay as they are."""
    return _(name.replace("_", " "))


def grade_note(grades: Sequence[str]) -> str:
    """One line that says which marker is which grade, of those that are drawn."""
    present = [grade for grade in GRADES if grade in set(grades)]
    return _("Markers: {listed}.").format(listed="; ".join(f"{SIGNS[grade]} {_(GRADES[grade])}" for grade in present))


def shortened(text: str) -> str:
    """The beginning of a text: its first clause, or as many words as a line bears."""
    for end in (". ", "; ", ": "):
        first = text.split(end)[0]
        if len(first) <= _FEW_WORDS:
            return first.rstrip(".")
    return text[:_FEW_WORDS].rsplit(" ", 1)[0] + "…"


def marker(grade: str, colour: str, size: float, width: float) -> dict[str, Any]:
    """How a figure of a grade is marked, as matplotlib's keywords."""
    shape, filled = MARKERS[grade]
    return {
        "marker": shape,
        "markersize": size,
        "markerfacecolor": colour if filled else "white",
        "markeredgecolor": GREY if grade == "X" else colour,
        "markeredgewidth": width,
        "linestyle": "none",
    }


def number_text(value: float) -> str:
    """A number for a label: three digits that count, with separators of thousands."""
    if value == 0.0:
        return "0"
    digits = 2 - int(np.floor(np.log10(abs(value))))
    return f"{round(value, digits):,.{max(digits, 0)}f}"
