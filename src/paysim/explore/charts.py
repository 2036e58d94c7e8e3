"""The charts of the page: which series they show, in which unit, and the published points beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from paysim.data import catalogue
from paysim.words import deferred
from paysim.words import translated as _

Shows = Literal["truth", "published"]

# Okabe and Ito (2008), as on the figures (`paysim.show.style`, which would load a library of figures for them).
VERMILLION, BLUE, GREEN, GREY, PURPLE, ORANGE = "#D55E00", "#0072B2", "#009E73", "#6E6E6E", "#CC79A7", "#E69F00"
SOLID, DASHED, DASH_DOT, DOTTED, LONG, DOUBLE_DOT = "solid", "dashed", "dashdot", "dotted", "longdash", "dashdotdot"

PERCENT, POINTS = "%", "bp"
INDEX = deferred("100 = no event")
DOLLARS = deferred("trn USD a year")
YUAN = deferred("trn CNY a month")

TARGET = "target"
"""Stands for the group that the story is about, China where it is about nobody."""


@dataclass(frozen=True)
class Line:
    """A series of a chart: ``<series>:<key>``, what it is called, and how it looks."""

    id: str
    label: str
    colour: str
    dash: str
    shows: Shows = "truth"


@dataclass(frozen=True)
class Chart:
    """A chart: its lines all in one unit, of which ``digits`` decimals are worth reading.

    published : currencies whose published tracker shares stand beside it
    """

    id: str
    title: str
    unit: str
    note: str
    digits: int
    lines: tuple[Line, ...]
    published: tuple[str, ...] = field(default=())


_CURRENCIES = (
    ("USD", deferred("US dollar"), BLUE, DASHED),
    ("EUR", deferred("Euro"), GREEN, DASH_DOT),
    ("CNY", deferred("Renminbi (yuan)"), VERMILLION, SOLID),
    ("OTH", deferred("Other currencies"), GREY, DOTTED),
)

CHARTS = (
    Chart(
        "tracker",
        deferred("The yuan: true share, and what SWIFT's tracker shows"),
        PERCENT,
        deferred(
            "The tracker counts messages on SWIFT; payments with CIPS's own messages are real and not seen. Dots were "
            "published."
        ),
        2,
        (
            Line("true_share:CNY", deferred("True share"), VERMILLION, SOLID),
            Line("tracker_share:CNY", deferred("Tracker"), BLUE, DASHED, "published"),
        ),
        ("CNY",),
    ),
    Chart(
        "shares",
        deferred("True shares of currencies"),
        PERCENT,
        deferred("Of the value really paid in the month; bypass and payments inside the euro area left out."),
        1,
        tuple(Line(f"true_share:{key}", name, colour, dash) for key, name, colour, dash in _CURRENCIES),
    ),
    Chart(
        "levels",
        deferred("Value really paid, by currency"),
        DOLLARS,
        deferred("What the shares are shares of: a share can rise while the value falls."),
        1,
        tuple(Line(f"level:{key}", name, colour, dash) for key, name, colour, dash in _CURRENCIES),
    ),
    Chart(
        "trade",
        deferred("Trade of the target"),
        INDEX,
        deferred("Goods trade that was paid or bypassed, over what it would be without any event."),
        1,
        (Line(f"trade_index:{TARGET}", deferred("Trade"), VERMILLION, SOLID),),
    ),
    Chart(
        "fates",
        deferred("What becomes of the target's payments"),
        PERCENT,
        deferred("Live ones are paid as contracted. What is blocked or refused is bypassed or fails."),
        1,
        (
            Line(f"live_share:{TARGET}", deferred("live"), GREEN, SOLID),
            Line(f"blocked_share:{TARGET}", deferred("blocked"), VERMILLION, DASHED),
            Line(f"refused_share:{TARGET}", deferred("refused"), PURPLE, LONG),
            Line(f"bypassed_share:{TARGET}", deferred("bypassed"), BLUE, DASH_DOT),
            Line(f"failed_share:{TARGET}", deferred("failed"), GREY, DOTTED),
        ),
    ),
    Chart(
        "cost",
        deferred("Added cost of the target's payments"),
        POINTS,
        deferred("Over the start, weighted by value; the delay counted in."),
        0,
        (Line(f"cost_bp:{TARGET}", deferred("Added cost"), VERMILLION, SOLID),),
    ),
    Chart(
        "cips",
        deferred("Value of CIPS, as its office would publish it"),
        YUAN,
        deferred("A month, in yuan. Not all of it is seen by SWIFT's tracker."),
        1,
        (Line("cips_value:", deferred("CIPS"), ORANGE, SOLID, "published"),),
    ),
    Chart(
        "unsettled",
        deferred("Value that CIPS does not settle on its day"),
        PERCENT,
        deferred("It comes back at the close or stays in the queues: what lack of liquidity does."),
        2,
        (Line("unsettled_share:CIPS", deferred("Not settled"), ORANGE, SOLID),),
    ),
)


def line_ids() -> tuple[str, ...]:
    """Every series of the page, each once."""
    return tuple(dict.fromkeys(line.id for chart in CHARTS for line in chart.lines))


def charts_data() -> list[dict[str, Any]]:
    """The charts as data for the page, in the language spoken."""
    return [
        {
            "id": chart.id,
            "title": _(chart.title),
            "unit": _(chart.unit),
            "note": _(chart.note),
            "digits": chart.digits,
            "series": [
                {"id": one.id, "label": _(one.label), "colour": one.colour, "dash": one.dash, "shows": one.shows}
                for one in chart.lines
            ],
            "published": [_published(currency) for currency in chart.published],
        }
        for chart in CHARTS
    ]


def _published(currency: str) -> dict[str, Any]:
    """What the tracker has published, in percent."""
    rows = sorted(catalogue.tracker_share(currency), key=lambda row: row.period.first)
    return {
        "label": _("published by SWIFT"),
        "months": [f"{row.period.first:%Y-%m}" for row in rows],
        "values": [float(f"{100.0 * row.value:.10g}") for row in rows],
    }
