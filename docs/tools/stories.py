"""Rewrite the tables of stories in ``reference/scenarios.md`` and the README: ``python docs/tools/stories.py``.

They come from the scenario files and from what these give: each story has a sentence for the gallery, with its numbers
computed, and sentences that stand in its file's ``limits``. Tables are between ``<!-- stories: NAME -->`` and ``<!--
end of stories -->``; the text around them is left alone. ``python docs/tools/stories.py NAME ...`` prints what the
files of these stories have to say.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from stories_shown import SHOWN
from stories_told import END, MODEL, SAID, START, TROUGH, china, dollar, tracker, yuan
from story_measures import PERCENT, cips_growth, mean, story

from paysim.words import said

DOCS = Path(__file__).parents[1]
PAGES = (DOCS / "reference" / "scenarios.md", DOCS.parent / "README.md")
MARKED = re.compile(r"(<!-- stories: (\w+) -->\n).*?(<!-- end of stories -->)", re.DOTALL)
SIDES = ("article_full", "skeptic")


def row(name: str) -> str:
    """The line of a story in the gallery."""
    shown = SHOWN[name]
    cells = (f"[`{name}`](../../scenarios/{name}.yaml)", said(story(name).question), shown.text(), shown.hidden)
    return "| " + " | ".join(cells) + " |\n"


def gallery() -> str:
    """All stories."""
    head = "| scenario | question | what it shows | what it does not show |\n|---|---|---|---|\n"
    return head + "".join(map(row, SHOWN))


def failing(name: str) -> float:
    """China's payments that fail in the year after the cut, percent."""
    return PERCENT * mean("failed_share", "CHN", name, "2027-01", "2027-12")


Line = tuple[str, str, tuple[Any, ...]]
"""What a line of the pair compares, how its figures are written, and what gives them: a function and a month each."""

COMPARED: tuple[Line, ...] = (
    ("the yuan's true share, July 2024 and December 2035", "{:.1f} and {:.1f} %", ((yuan, START), (yuan, END))),
    ("the dollar's", "{:.1f} and {:.1f} %", ((dollar, START), (dollar, END))),
    (
        "China's trade, February 2027 and December 2035 (100 = no event)",
        "{:.0f} and {:.0f}",
        ((china, TROUGH), (china, END)),
    ),
    ("China's payments that fail in 2027", "{:.0f} %", ((failing,),)),
    ("SWIFT's tracker of the yuan in August 2025 (published: 2.93 %)", "{:.1f} %", ((tracker, "2025-08"),)),
    ("CIPS's growth in 2025 (published: 2.7 %)", "{:+.0f} %", ((cips_growth,),)),
)

PUT_IN = (
    "put in, beside the same cut",
    "everything the article names: a yuan steered out of SWIFT's sight, CIPS open to all, doubt about American debt, "
    "roads, swap lines, rare earths, a bubble",
    "what its skeptics say: a yuan used less, a CIPS that stays on SWIFT's messages, capital controls, third countries "
    "afraid",
)


def pair() -> str:
    """The article's story and the skeptic's, side by side."""
    head = ("", *(f"[`{name}`](scenarios/{name}.yaml)" for name in SIDES))
    lines = (head, ("---",) * len(head), PUT_IN, *(compared(*line) for line in COMPARED), hinges())
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def compared(what: str, template: str, figures: tuple[Any, ...]) -> tuple[str, ...]:
    """One line of the pair."""
    cells = (template.format(*(of(name, *when) for of, *when in figures)) for name in SIDES)
    return (what, *(cell.replace("-", "−") for cell in cells))


def hinges() -> tuple[str, ...]:
    """What the end of either story hangs on."""
    without = (yuan("article_full", END, without=("cut",)), china("article_full", END, without=("cut",)))
    otherwise = (yuan("skeptic", END, MODEL), china("skeptic", END, MODEL))
    return (
        "what it hangs on",
        "the cut: without it the yuan makes {:.1f} % in December 2035, and China's trade is at {:.0f}".format(*without),
        "that no further bank takes up CIPS's messages: if they did, the yuan would make {:.1f} %, and China's trade "
        "be at {:.0f}".format(*otherwise),
    )


def sentences(name: str) -> list[str]:
    """What the file of a story has to say among its limits, with its numbers."""
    return [told.text() for told in SAID.get(name, ())]


TABLES = {"gallery": gallery, "pair": pair}

if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, *sentences(name), sep="\n- ")
    for page in PAGES if not sys.argv[1:] else ():
        text = MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], page.read_text(encoding="utf-8"))
        page.write_text(text, encoding="utf-8", newline="\n")
