"""The figures of a run. `draw_all` draws and saves them; each can also be drawn alone and gives a matplotlib Figure."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from paysim.show.figures import cut, directions, explain, pages, settlement, shares, tracker
from paysim.show.reading import NothingToDrawError, Results
from paysim.show.style import PAPER_PAGE, STYLES, Style, StyleName, applied, save
from paysim.words import translated as _

__all__ = ["PLATES", "Plate", "draw", "draw_all"]


@dataclass(frozen=True)
class Plate:
    """One figure: its file name, the function that draws it, and the one that says what to read from it."""

    name: str
    draw: Callable[[Results, Style], Figure]
    caption: Callable[[Results], str]


PLATES = (
    Plate("currency_shares", shares.currency_shares, shares.currency_shares_caption),
    Plate("tracker", tracker.tracker, tracker.tracker_caption),
    Plate("true_beside_tracker", tracker.true_beside_tracker, tracker.true_beside_tracker_caption),
    Plate("levels_beside_shares", shares.levels_beside_shares, shares.levels_beside_shares_caption),
    Plate("network_shares", shares.network_shares, shares.network_shares_caption),
    Plate("liquidity_against_surge", settlement.liquidity_against_surge, settlement.liquidity_against_surge_caption),
    Plate("after_the_cut", cut.after_the_cut, cut.after_the_cut_caption),
    Plate("who_pays", cut.who_pays, cut.who_pays_caption),
    Plate(
        "settlement_by_direction",
        directions.settlement_by_direction,
        directions.settlement_by_direction_caption,
    ),
    Plate("why_the_tracker_moved", explain.why_the_tracker_moved, explain.why_the_tracker_moved_caption),
    Plate("bands_apart", tracker.bands_apart, tracker.bands_apart_caption),
    Plate("small_multiples", pages.small_multiples, pages.small_multiples_caption),
)


def draw(results: Results, name: str, style: StyleName = "slides") -> Figure:
    """Draw one figure by name.

    Raises NothingToDrawError if the run has nothing for it, KeyError for an unknown name.
    """
    plate = {plate.name: plate for plate in PLATES}[name]
    with applied(STYLES[style]):
        return plate.draw(results, STYLES[style])


def draw_all(
    results: Results, folder: str | os.PathLike[str], style: StyleName = "slides"
) -> list[tuple[Path | None, str]]:
    """Draw every figure into a folder (made if missing) as PNG and SVG.

    Returns
    -------
    list of (path, caption)
        In the order of `PLATES`: the PNG (the SVG lies beside it) and one sentence on what to read from it. A figure
        that this run has nothing for is not written: its path is None and its sentence says why.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    drawn: list[tuple[Path | None, str]] = []
    for plate in PLATES:
        try:
            figure = draw(results, plate.name, style)
            caption = plate.caption(results)
        except NothingToDrawError as reason:
            drawn.append((None, _("{name} is not drawn: {reason}").format(name=plate.name, reason=reason)))
            continue
        size = PAPER_PAGE if style == "paper" and plate.draw is pages.small_multiples else STYLES[style]
        drawn.append((save(figure, target, plate.name, size), caption))
    return drawn
