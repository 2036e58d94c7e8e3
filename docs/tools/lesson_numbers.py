"""Rewrite the numbers of the lessons in ``docs/tutorial``: ``python docs/tools/lesson_numbers.py``.

They stand between ``<!-- numbers: NAME -->`` and ``<!-- end of numbers -->`` and are computed from the shipped
scenarios, in the mean field at the best values of all parameters, without luck, as the page of `paysim explore` draws
its lines; the text around them is left alone. Verdicts and bands are over draws, and say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from story_measures import PERCENT, at, cips_growth, draws, path, percent, story

from paysim.words import said

TUTORIAL = Path(__file__).parents[1] / "tutorial"
PAGES = ("lesson_45", "lesson_90", "worksheet_45", "worksheet_90", "solutions_45", "solutions_90")
MARKED = re.compile(r"(<!-- numbers: (\w+) -->\n).*?(<!-- end of numbers -->)", re.DOTALL)

NEIGHBOURS = {
    "cutoff_hub_open": "Hong Kong stays on SWIFT and passes payments on",
    "cutoff": "nobody helps, nobody hinders",
    "cutoff_fear": "third countries are afraid",
    "cutoff_allies_refuse": "allies bar CIPS as well",
    "cutoff_fear_allies_refuse": "both",
}
BYPASS = (0, 15, 30, 45, 60)
TROUGH, YEAR_AFTER, END = "2027-02", "2028-01", "2035-12"

yuan = partial(percent, "true_share", "CNY")
tracker = partial(percent, "tracker_share", "CNY")
china = partial(percent, "trade_index", "CHN")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown, the first column words and the others figures."""
    lines = [head, ("---", *("---:" for _ in head[1:])), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def what_the_tracker_saw() -> str:
    """The yuan from July 2024 to August 2025, with either premise and with both."""
    none = {"steering": ("steering",), "drift": ("drift",)}
    told = {"both": (), "steering alone": none["drift"], "growing demand alone": none["steering"]}
    rows = []
    for words, without in told.items():
        first, last = (tracker("decoupling", month, without=without) for month in ("2024-07", "2025-08"))
        true = [yuan("decoupling", month, without=without) for month in ("2024-07", "2025-08")]
        rows.append((words, f"{first:.2f} → {last:.2f} %", f"{true[0]:.1f} → {true[1]:.1f} %"))
    head = ("put in", "the tracker, July 2024 → August 2025", "the true share")
    return (
        table(head, rows)
        + f"\nWith both, CIPS grows by {cips_growth('decoupling'):.0f} % in 2025; 2.7 % was published.\n"
    )


def after_the_cut() -> str:
    """What the cut does, at the months of the worksheet."""
    record = path("cutoff")
    months = ("2026-12", "2027-01", TROUGH, YEAR_AFTER, "2030-01", END)
    series = (
        ("the yuan's true share", "true_share", "CNY", "{:.1f} %"),
        ("SWIFT's tracker of the yuan", "tracker_share", "CNY", "{:.1f} %"),
        ("China's trade (100 = no event)", "trade_index", "CHN", "{:.0f}"),
        ("China's payments that are blocked", "blocked_share", "CHN", "{:.0f} %"),
        ("made another way", "bypassed_share", "CHN", "{:.0f} %"),
        ("that fail", "failed_share", "CHN", "{:.0f} %"),
    )
    rows = [(name, *(form.format(at(record, one, key, month)) for month in months)) for name, one, key, form in series]
    value = [f"{at(record, 'settled_value', 'CNY', month) / PERCENT:,.0f}" for month in months]
    return table(("", *months), [*rows, ("settled in yuan, USD bn a month", *value)])


def bypass() -> str:
    """The trough by the share of bypass, beside the arithmetic on it."""
    depth = [china("cutoff", TROUGH, f"behaviour.bypass_share={share} %") for share in BYPASS]
    ruled = [depth[0] + share / PERCENT * (PERCENT - depth[0]) for share in BYPASS]
    head = ("share of blocked payments made another way, β", *(f"{share} %" for share in BYPASS))
    later = (f"{china('cutoff', END, f'behaviour.bypass_share={share} %'):.0f}" for share in BYPASS)
    return table(
        head,
        [
            ("China's trade in February 2027", *(f"{one:.0f}" for one in depth)),
            ("L + β (100 − L)", *(f"{one:.0f}" for one in ruled)),
            ("China's trade in December 2035", *later),
        ],
    )


def neighbours() -> str:
    """Trade and the yuan by what the neighbours do."""
    head = ("story", "what the others do", "trade, Feb 2027", "Jan 2028", "Dec 2035", "the yuan's true share, Dec 2035")
    rows = [
        (f"`{name}`", words, *(f"{china(name, month):.0f}" for month in (TROUGH, YEAR_AFTER, END)),
         f"{yuan(name, END):.1f} %")
        for name, words in NEIGHBOURS.items()
    ]  # fmt: skip
    return table(head, rows)


def two_unknowns() -> str:
    """The end of the cut-off over the ranges of R and λ, each alone."""
    rows = []
    for name, path_to, values in (
        ("R", "network_effect", ("0", "0.55", "0.9")),
        ("λ", "cost_sensitivity", ("0.002 /bp", "0.006 /bp", "0.02 /bp")),
    ):
        for value in values:
            change = f"behaviour.{path_to}={value}"
            rows.append(
                (f"{name} = {value}", f"{china('cutoff', END, change):.0f}", f"{yuan('cutoff', END, change):.1f} %")
            )
    return table(("all else at its best value", "China's trade, Dec 2035", "the yuan's true share, Dec 2035"), rows)


def tipping() -> str:
    """What a decree of five years leaves, below and above the threshold."""
    months = ("2031-01", "2051-01", "2131-01")
    rows = []
    for ratio in ("0.5", "0.95", "1.05", "1.3"):
        for push in ("0 %", "30 %", "60 %"):
            changes = (f"behaviour.network_effect={ratio}", "tipping=true", f"events.decree.share={push}")
            shares = (f"{yuan('decree_ends', month, *changes):.1f} %" for month in months)
            rows.append((f"R = {ratio}, decree on {push}", *shares))
    return table(("", "when it ends, 2031", "twenty years later", "a century later"), rows)


def bands() -> str:
    """The cut over everything that is uncertain."""
    records = draws("cutoff", 100, END)
    rows = []
    for words, series, key, month, form in (
        ("China's trade, February 2027", "trade_index", "CHN", TROUGH, "{:.0f}"),
        ("China's trade, January 2028", "trade_index", "CHN", YEAR_AFTER, "{:.0f}"),
        ("China's trade, December 2035", "trade_index", "CHN", END, "{:.0f}"),
        ("the yuan's true share, December 2035, %", "true_share", "CNY", END, "{:.1f}"),
    ):
        low, middle, high = np.quantile([at(record, series, key, month) for record in records], [0.05, 0.5, 0.95])
        rows.append((words, *(form.format(one) for one in (low, middle, high))))
    return table(("100 draws", "one in twenty is lower than", "median", "one in twenty is higher than"), rows)


def put_in(name: str) -> list[str]:
    """What a story puts in, one line an event."""
    return [said(event.label) if event.label else event.kind.replace("_", " ") for event in story(name).events]


def premises() -> str:
    """What only one of the two stories puts in, and what both do."""
    one, other = put_in("article_full"), put_in("skeptic")
    both = [event for event in one if event in other]
    rows = [
        ("only in `article_full`", "; ".join(event for event in one if event not in other)),
        ("only in `skeptic`", "; ".join(event for event in other if event not in one)),
        ("in both", "; ".join(both)),
    ]
    adopted = {name: story(name).native_adoption_default for name in ("article_full", "skeptic")}
    rows.append(("how banks come to CIPS's own messages", "; ".join(f"`{n}`: {way}" for n, way in adopted.items())))
    return "| | |\n|---|---|\n" + "".join(f"| {words} | {what} |\n" for words, what in rows)


def debate() -> str:
    """The two stories, and each with what it hangs on taken away."""
    model = ("native_adoption_default=model",)
    cases = (
        ("`article_full`", "article_full", (), ()),
        ("the same without the cut", "article_full", (), ("cut",)),
        ("`skeptic`", "skeptic", (), ()),
        ("the same, and banks take up CIPS's messages", "skeptic", model, ()),
        (
            "the same, and neither fear nor controls",
            "skeptic",
            ("native_adoption_default=model",),
            ("fear", "controls"),
        ),
    )
    rows = []
    for words, name, changes, without in cases:
        trade = (f"{china(name, month, *changes, without=without):.0f}" for month in (TROUGH, END))
        share = yuan(name, END, *changes, without=without)
        seen = tracker(name, "2025-08", *changes, without=without)
        rows.append((words, *trade, f"{share:.1f} %", f"{seen:.1f} %"))
    head = ("", "China's trade, Feb 2027", "Dec 2035", "the yuan's true share, Dec 2035", "the tracker, Aug 2025")
    return table(head, rows) + "\nThe tracker published 2.93 % in August 2025.\n"


@cache
def ledger() -> tuple[tuple[str, str], ...]:
    """Claim and verdict of every claim of the article, as `paysim check` gives them with its 60 draws."""
    import json
    import subprocess
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ledger.json"
        words = ["check", "scenarios/article_claims.yaml", "--quiet", "--json", str(out)]
        subprocess.run(
            [sys.executable, "-m", "paysim", *words], cwd=TUTORIAL.parents[1], check=True, stdout=subprocess.DEVNULL
        )
        data = json.loads(out.read_text(encoding="utf-8"))
    return tuple((claim["id"], claim["verdict"]) for claim in data[0]["claims"])


def verdicts() -> str:
    """The article's claims by their verdict."""
    by: dict[str, list[str]] = {}
    for claim, verdict in ledger():
        by.setdefault(verdict, []).append(f"`{claim}`")
    return "| verdict | claims |\n|---|---|\n" + "".join(f"| {one} | {', '.join(them)} |\n" for one, them in by.items())


NUMBERS: dict[str, Callable[[], str]] = {
    made.__name__: made
    for made in (
        what_the_tracker_saw, after_the_cut, bypass, neighbours, two_unknowns, tipping, bands, premises, debate,
        verdicts,
    )
}  # fmt: skip


def written(page: str) -> str:
    """A page with its numbers as they are computed now."""
    return MARKED.sub(lambda found: found[1] + NUMBERS[found[2]]() + found[3], page)


if __name__ == "__main__":
    for name in PAGES:
        file = TUTORIAL / f"{name}.md"
        file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
