"""What a surge of payments does to the settlement system that it strains most, and how much liquidity would meet it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from paysim.errors import PaysimError
from paysim.show.canvas import EndLabel, Frame, Panel
from paysim.show.eventlines import event_note
from paysim.show.figures.shares import band_words
from paysim.show.finish import finish
from paysim.show.marks import add_end, draw_band, draw_line, percent, percent_axis, plain_axis
from paysim.show.months import Span, month_middle, month_text
from paysim.show.reading import (
    Array,
    Band,
    NothingToDrawError,
    Results,
    band,
    events,
    heading,
    name_of,
    need_band,
)
from paysim.show.style import DASH_DOT, DASHED, SOLID, Look, Style
from paysim.study.strain import EXTRAPOLATED, STRAINED, Strain, strains
from paysim.words import decimal
from paysim.words import translated as _

MOVED = 0.1
"""Change of payments or liquidity, in multiples, from which it is worth a figure (judgement)."""


def strained_most(results: Results) -> Strain:
    """Choose the system of the figure: of those whose payments or liquidity move, the one of which most comes back.

    Raises NothingToDrawError if the run does not say, or nothing moves.
    """
    found = strains(results)
    if not found:
        raise NothingToDrawError(_("the run holds no values of settlement_load, liquidity_held and unsettled_share"))
    moving = [strain for strain in found if strain.moved > MOVED]
    if not moving:
        raise NothingToDrawError(_("payments and liquidity hardly move in any settlement system"))
    return max(moving, key=lambda strain: strain.rise)


def liquidity_needed(results: Results, strain: Strain, load: Array) -> Array | None:
    """Find the liquidity with which no more would come back than at the start.

    Parameters
    ----------
    strain : the system
    load : (M,) payments, multiples of those at the start

    Returns
    -------
    (M,) multiples of the usual; NaN where so many payments were not measured, or no liquidity would do. None where the
    system's response is not at hand, or there is no month with a value.
    """
    from paysim.engine.responses import known_response  # these two take a second to import,
    from paysim.engine.systems import settlement_system  # which a run has behind it when its figures are drawn
    from paysim.networks.response import AMPLE, restoring_liquidity
    from paysim.scenario.system_loading import shipped_systems

    said: Mapping[str, Any] = results.scenario.get("systems", {}).get(strain.system, {})
    own = strain.system if strain.system in shipped_systems() else "rtgs-fifo"
    try:
        system = settlement_system(said.get("behaves_like") or own)
        response = known_response(system)
    except PaysimError:  # a run of another version may behave like a system that is no longer shipped
        return None
    if response is None:
        return None
    usual = system.prefunding.value / float(said.get("liquidity") or system.prefunding.value)
    line = np.full(len(load), np.nan)
    for place in np.flatnonzero(load <= response.value[-1]):
        level = restoring_liquidity(response, float(load[place]), strain.start)
        line[place] = level * usual if level < AMPLE else np.nan
    return line if np.isfinite(line).any() else None


def liquidity_against_surge(results: Results, style: Style) -> Figure:
    """Payments of the strained system, the liquidity there is and that it would take; what comes back, and what waits.

    Panels stand as in the other figures: in a row on a screen, one below the other in a column of a page.
    """
    strain = strained_most(results)
    load, held, unsettled = (
        need_band(results, series, strain.system) for series in ("settlement_load", "liquidity_held", "unsettled_share")
    )
    waiting, needed = band(results, "waiting_hours", strain.system), liquidity_needed(results, strain, load.median)
    marks, span = events(results), Span.of(load.dates)
    titles = [_("Payments (start: 1); liquidity (usual: 1)"), _("Value that comes back, %")]
    if waiting is not None:
        titles.append(_("Mean wait for liquidity, hours"))
    frame = Frame(
        results,
        style,
        _("Liquidity against surge: {system}").format(system=name_of(results, strain.system)),
        f"{_sentence(results, strain)}. {heading(band_words(load, held, unsettled, waiting))}",
        titles,
        len(titles) if style.side_by_side else 1,
        [_note(strain, needed), event_note(marks, span)],
        widths=[1.3, 1.0, 1.0][: len(titles)] if style.side_by_side else [1.0],
        heights=[1.0] if style.side_by_side else [1.5, 1.0, 1.0][: len(titles)],
    )
    _multiples(frame.panels[0], load, held, needed, style)
    draw_band(frame.panels[1], unsettled, SOLID, style, "unsettled_share", alone=True)
    add_end(frame.panels[1], unsettled, "", SOLID)
    percent_axis(frame.panels[1])
    if waiting is not None:
        draw_band(frame.panels[2], waiting, SOLID, style, "waiting_hours", alone=True)
        add_end(frame.panels[2], waiting, "", SOLID, decimal(f"{waiting.last():.2g} h"))
        plain_axis(frame.panels[2], 0.0)
    finish(frame, span, marks, "numbers")
    return frame.figure


def _multiples(panel: Panel, load: Band, held: Band, needed: Array | None, style: Style) -> None:
    """Payments, liquidity held and liquidity needed in one panel."""
    draw_band(panel, load, SOLID, style, "settlement_load")
    _end(panel, load.last(), _("payments"), SOLID)
    draw_band(panel, held, DASHED, style, "liquidity_held")
    _end(panel, held.last(), _("held"), DASHED)
    if needed is not None:
        draw_line(panel.axes, month_middle(load.dates), needed, DASH_DOT, style, "liquidity_needed")
        _end(panel, float(needed[np.isfinite(needed)][-1]), _("needed"), DASH_DOT)
    plain_axis(panel, 0.0)


def _end(panel: Panel, value: float, words: str, look: Look) -> None:
    panel.ends.append(EndLabel(value, words + "\n" + _("{count} times").format(count=decimal(f"{value:.2g}")), look))


def _note(strain: Strain, needed: Array | None) -> str:
    """What the third line is, and whether the response was read where it was not measured."""
    notes = []
    if needed is not None:
        until = "" if np.isfinite(needed).all() else _(", as far as the response was measured")
        notes.append(
            _("Needed: with so much liquidity no more would come back than at the start{until}.").format(until=until)
        )
    if strain.outside > EXTRAPOLATED:
        outside = percent(strain.outside, 0)
        notes.append(
            _(
                "In {share} of the months of all replicates payments or liquidity lie outside of what was measured; "
                "queues there are extrapolated."
            ).format(share=outside)
        )
    return " ".join(notes)


def _sentence(results: Results, strain: Strain) -> str:
    """Say in numbers how the system fares in its worst month."""
    name, month = name_of(results, strain.system), month_text(strain.month)
    if strain.rise <= STRAINED:
        name = heading(name)
        text = _(
            "{system} keeps up: at the worst, in {month}, with {load} times its payments and {held} times its usual "
            "liquidity, {unsettled} of the value comes back ({start} at the start)"
        )
    else:
        text = _(
            "In {month} {system} has {load} times its payments and {held} times its usual liquidity: {unsettled} of "
            "the value comes back ({start} at the start)"
        )
    load, held = decimal(f"{strain.load:.2g}"), decimal(f"{strain.held:.2g}")
    unsettled, start = percent(strain.unsettled), percent(strain.start)
    return text.format(system=name, month=month, load=load, held=held, unsettled=unsettled, start=start)


def liquidity_against_surge_caption(results: Results) -> str:
    """Say what to read from the figure."""
    strain = strained_most(results)
    needed = liquidity_needed(results, strain, np.array([strain.load]))
    text = _sentence(results, strain)
    if needed is None or strain.rise <= STRAINED:
        return text + "."
    return _("{sentence}; with {count} times the usual no more would come back than at the start.").format(
        sentence=text, count=decimal(f"{needed[0]:.2g}")
    )
