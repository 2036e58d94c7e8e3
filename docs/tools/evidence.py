"""Rewrite ``explanation/evidence.md`` and its figure from what is measured: ``python docs/tools/evidence.py``.

Every number of the page comes from `paysim.evidence`; it takes a few minutes, and needs the extra ``evidence``. With
``--forecast`` it writes the forecast of `AS_OF` to ``docs/evidence`` as well (``paysim forecast``).
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from functools import cache
from pathlib import Path

from paysim.cli._evidence_calibrate import figure as posterior_figure
from paysim.cli.evidence import _rolling_figure
from paysim.evidence.backtest import (
    FLAT,
    LATENT,
    STRUCTURAL,
    Backtest,
    goals,
)
from paysim.evidence.backtest_words import from_figure, goal_row, held_out, table
from paysim.evidence.calibrated import shipped
from paysim.evidence.episodes import EPISODES
from paysim.evidence.origins import CURRENCIES, HORIZONS
from paysim.evidence.posterior_words import section
from paysim.show.style import STYLES, save

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "explanation" / "evidence.md"
FIGURES = DOCS / "figures"
AS_OF = "2025-10"
FORECAST = DOCS / "evidence" / AS_OF
COMMAND = "paysim evidence backtest"
MARKED = re.compile(r"(<!-- evidence: (\w+) -->\n).*?(<!-- end of evidence -->)", re.DOTALL)


@cache
def measured() -> Backtest:
    """The rolling-origin test, run once."""
    return Backtest.run()


@cache
def counted() -> Backtest:
    """The same with months counted from the last figure."""
    return Backtest.from_figure()


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *lines = rows
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for line in lines:
        yield "| " + " | ".join(line) + " |"


def _goals(reached: bool) -> Iterator[str]:
    rows = [("what", "what came out; what was wanted")]
    for goal in goals(measured()):
        if goal.reached is reached:
            row = goal_row(goal)
            rows.append((row.text, row.lines[0].text))
    yield from _table(rows)


def _parts() -> Iterator[str]:
    """The share of the structural path and of the residual process in the score of the yuan."""
    found = measured()
    rows = [
        ("months ahead", "path alone (the last figure)", "with latent demand and noise", "weighed against the AR(1)")
    ]
    for horizon in HORIZONS:
        scores = [found.score(method, "CNY", horizon) for method in (FLAT, LATENT, STRUCTURAL)]
        rows.append((str(horizon), *("–" if one is None else f"{one.crps:.3f}" for one in scores)))
    yield from _table(rows)


def _episodes() -> Iterator[str]:
    for name, tell in EPISODES.items():
        told = tell()
        yield f"### {name}: {told.title}"
        yield ""
        yield f"{told.given} {told.sentence} {' '.join(told.notes)}"
        yield ""
        yield from _table(told.table)
        yield ""


def _posterior() -> Iterator[str]:
    """What the shipped calibration says; nothing is run for it."""
    yield section(shipped())


def sums() -> Iterator[str]:
    """SHA-256 of the files of the committed forecast."""
    for name in ("forecast.csv", "manifest.json"):
        digest = hashlib.sha256((FORECAST / name).read_bytes()).hexdigest()
        yield f"- [`{name}`](../evidence/{AS_OF}/{name}): `{digest}`"


def _scores() -> Iterator[str]:
    for currency in CURRENCIES:
        yield f"**{currency}**, mean CRPS in percentage points, and intervals:"
        yield ""
        yield from _table(table(measured(), currency))
        yield ""


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "missed": lambda: _goals(False),
    "reached": lambda: _goals(True),
    "parts": _parts,
    "held_out": lambda: _table(held_out(measured())),
    "from_figure": lambda: _table(from_figure(counted())),
    "scores": _scores,
    "episodes": _episodes,
    "posterior": _posterior,
    "sums": sums,
}


def page(text: str) -> str:
    """The page with its tables written anew."""

    def written(match: re.Match[str]) -> str:
        lines = "\n".join(PARTS[match[2]]()).strip()
        return f"{match[1]}\n{lines}\n\n{match[3]}"

    return MARKED.sub(written, text)


def draw() -> None:
    """Draw the figures of the page."""
    look = STYLES["slides"]
    save(_rolling_figure(measured(), f"{COMMAND} rolling")(look), FIGURES, "evidence_rolling", look)
    save(posterior_figure(shipped(), look), FIGURES, "posterior", look)
    for name in ("evidence_rolling", "posterior"):
        (FIGURES / f"{name}.svg").unlink()


def write_forecast() -> None:
    """Write the forecast to its folder, as the command does."""
    from click.testing import CliRunner

    from paysim.cli.forecast import command

    with chdir(DOCS.parent):
        out = ["--out", FORECAST.relative_to(DOCS.parent).as_posix(), "--overwrite"]
        CliRunner().invoke(command, ["--as-of", AS_OF, *out], catch_exceptions=False)


def main(arguments: Sequence[str]) -> None:
    """Write the page, and with ``--forecast`` the forecast first."""
    if "--forecast" in arguments:
        write_forecast()
    draw()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
