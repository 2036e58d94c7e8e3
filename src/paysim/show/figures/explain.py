"""Why the yuan's tracker moved between two months: parts that add up exactly to the change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paysim.show.canvas import TRACKER_SOURCE, Frame, text_width, wrap
from paysim.show.marks import PERCENT, ticks_as
from paysim.show.months import month_text
from paysim.show.published import cips_growth, tracker_points
from paysim.show.reading import NothingToDrawError, Results, events, values
from paysim.show.style import BLUE, GREY, INK, VERMILLION, Style
from paysim.words import decimal, deferred, inside, number
from paysim.words import translated as _

ARTICLE_MONTH = np.datetime64("2025-08")  # the low that the story tells of
BAR = 0.62  # height of a bar, of the distance between two
HUNDREDTHS = 10_000  # hundredths of a percent in one

PARTS = (
    ("level", deferred("True share: more or less is really paid in yuan")),
    ("message_migration", deferred("Message migration: settled in CIPS, messages leave SWIFT")),
    ("clearing_migration", deferred("Clearing migration: offshore clearing moves into CIPS")),
    ("hub", deferred("Hub routes")),
    ("other_currencies", deferred("Other currencies: how much of them SWIFT sees")),
    ("coverage", deferred("Coverage: what the tracker counts")),
    ("noise", deferred("Noise of the month")),
)


@dataclass(frozen=True)
class TrackerParts:
    """The change of the yuan's tracker between two months, in parts; means over the replicates (medians do not add up).

    start, end : first days of the two months
    names : ids of the parts
    log_odds : (parts,) change of the log-odds of the share by part; their sum is the whole change
    start_share, end_share : shares whose log-odds are the means over the replicates
    shares : (parts,) the same change in fractions, in proportion to ``log_odds``; sums to end_share - start_share
    printed : (parts,) hundredths of a percent, rounded so that they too add up, to ``printed_end - printed_start``
    """

    start: np.datetime64
    end: np.datetime64
    names: tuple[str, ...]
    log_odds: NDArray[np.float64]
    start_share: float
    end_share: float
    shares: NDArray[np.float64]
    printed: NDArray[np.int64]
    printed_start: int
    printed_end: int


def tracker_parts(
    results: Results, start: np.datetime64 | None = None, end: np.datetime64 | None = None
) -> TrackerParts:
    """Split the change of the yuan's tracker between two months (default: the first of the run, and August 2025).

    The end falls back to the last month of a run that is shorter. Raises NothingToDrawError if the run holds no parts
    or not both months.
    """
    dates, seen = values(results, "tracker_share", "CNY")
    months = dates.astype("datetime64[M]")
    first = months[0] if start is None else start.astype("datetime64[M]")
    last = min(ARTICLE_MONTH, months[-1]) if end is None else end.astype("datetime64[M]")
    if last <= first or first not in months or last not in months:
        raise NothingToDrawError(
            _("the run does not hold two months from {first} to {last}").format(first=first, last=last)
        )
    one, two = int(np.flatnonzero(months == first)[0]), int(np.flatnonzero(months == last)[0])
    names = tuple(name for name, _text in PARTS if name in results.keys("tracker_part"))
    if not names:
        raise NothingToDrawError(_("the run holds no tracker_part"))
    changes = []
    for name in names:
        read = values(results, "tracker_part", name)[1]
        changes.append(float(np.mean(read[:, two] - read[:, one])))
    with np.errstate(divide="ignore"):
        level = float(np.mean(np.log(seen[:, one]) - np.log1p(-seen[:, one])))
    log_odds = np.array(changes)
    if not (np.isfinite(level) and np.all(np.isfinite(log_odds))):
        raise NothingToDrawError(_("the yuan's tracker is not defined in one of the two months"))
    start_share, end_share = _share(level), _share(level + float(log_odds.sum()))
    shares = _in_shares(log_odds, start_share, end_share)
    from_, to = round(start_share * HUNDREDTHS), round(end_share * HUNDREDTHS)
    printed = whole_parts(shares * HUNDREDTHS, to - from_)
    return TrackerParts(
        first.astype("datetime64[D]"),
        last.astype("datetime64[D]"),
        names,
        log_odds,
        start_share,
        end_share,
        shares,
        printed,
        from_,
        to,
    )


def _share(log_odds: float) -> float:
    return float(1.0 / (1.0 + np.exp(-log_odds)))


def _in_shares(log_odds: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """Log-odds parts in fractions, all at one rate; at the slope of the share where the whole change vanishes."""
    whole = float(log_odds.sum())
    rate = (end - start) / whole if abs(whole) > 1e-9 else start * (1.0 - start)
    return np.asarray(log_odds * rate, dtype=np.float64)


def whole_parts(parts: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Round to whole numbers that sum to ``total`` (largest remainders first)."""
    lower = np.floor(parts).astype(np.int64)
    missing = total - int(lower.sum())
    order = np.argsort(-(parts - lower), kind="stable")
    for turn in range(abs(missing)):
        lower[order[turn % len(parts)] if missing > 0 else order[-1 - turn % len(parts)]] += np.sign(missing)
    return lower


def why_the_tracker_moved(
    results: Results, style: Style, start: np.datetime64 | None = None, end: np.datetime64 | None = None
) -> Figure:
    """Waterfall from the tracker of one month to that of another, one bar a part, with the published points."""
    parts = tracker_parts(results, start, end)
    frame = Frame(
        results,
        style,
        _("Why the yuan's share on SWIFT moved"),
        _("From {first} to {last}; means over the replicates, so that the parts add up. Rings: published").format(
            first=month_text(parts.start), last=month_text(parts.end)
        ),
        [_("The tracker's share for the yuan, %")],
        1,
        [sum_text(parts), *_cautions(results, parts)],
        published=TRACKER_SOURCE,
        taller=2.0,
    )
    _waterfall(frame, parts)
    return frame.figure


def sum_text(parts: TrackerParts) -> str:
    """The parts as a sum, in percent with two decimals, that holds as printed."""
    terms = " ".join(f"{'+' if part >= 0 else '−'} {abs(part) / 100:.2f}" for part in parts.printed)
    return decimal(f"{parts.printed_start / 100:.2f} {terms} = {parts.printed_end / 100:.2f} %")


def _cautions(results: Results, parts: TrackerParts) -> list[str]:
    lines = []
    given = [mark.label for mark in events(results) if mark.premise and mark.at < parts.end]
    if given:
        lines.append(_("Given as input, so not confirmed by the run: {listed}.").format(listed="; ".join(given)))
    year = str(parts.end)[:4]
    growth = cips_growth(int(year))
    known = _(" (which grew {percent} % in {year})").format(percent=number(PERCENT * growth, 1), year=year)
    lines.append(
        _(
            "Two bounds: clearing migration raises the value of CIPS{growth}; message migration does not show there "
            "at all."
        ).format(growth=known if np.isfinite(growth) else "")
    )
    return lines


def signed(part: int) -> str:
    """Hundredths of a percent as text with a sign; 0.00 without."""
    sign = "+" if part > 0 else "−" if part < 0 else ""
    return sign + number(abs(part) / 100, 2)


def _waterfall(frame: Frame, parts: TrackerParts) -> None:
    style, panel = frame.style, frame.panels[0]
    panel.timeline = False
    words = dict(PARTS)
    ends = [_("Tracker, {month}").format(month=month_text(day)) for day in (parts.start, parts.end)]
    labels = [ends[0], *(_(words[name]) for name in parts.names), ends[1]]
    numbers = [
        number(parts.printed_start / 100, 2) + " %",
        *(signed(int(part)) for part in parts.printed),
        number(parts.printed_end / 100, 2) + " %",
    ]
    _label_rows(frame, labels)
    rings = _published_rings(frame, parts, len(numbers))
    edges = np.concatenate([[parts.start_share], parts.start_share + np.cumsum(parts.shares)])
    for row, text in enumerate(numbers):
        if row in (0, len(numbers) - 1):
            low, high, colour, hatch = 0.0, float(edges[0] if row == 0 else edges[-1]), GREY, ""
        else:
            low, high = sorted((float(edges[row - 1]), float(edges[row])))
            colour, hatch = (BLUE, "") if edges[row] > edges[row - 1] else (VERMILLION, "///")
        _bar(frame, row, (low, high), colour, hatch)
        panel.axes.annotate(
            text,
            (max(high, rings.get(row, high)), row),
            (0.8 * style.text, 0),
            textcoords="offset points",
            va="center",
            size=style.text,
            weight="bold",
        )
        if row < len(numbers) - 1:
            half = BAR / 2
            panel.axes.plot(
                [edges[row]] * 2, [row - half, row + 1 + half], color=GREY, linewidth=style.line / 3, zorder=1
            )
    panel.axes.set_ylim(len(numbers) - 0.5, -0.5)
    panel.axes.set_yticks([])
    panel.axes.grid(visible=False)
    panel.axes.set_xlim(0.0, max(float(edges.max()), *rings.values(), 0.0) * 1.04)
    panel.axes.xaxis.set_major_formatter(ticks_as(lambda value: f"{value * PERCENT:.0f} %"))


def _bar(frame: Frame, row: int, ends: tuple[float, float], colour: str, hatch: str) -> None:
    frame.panels[0].axes.barh(
        row,
        ends[1] - ends[0],
        left=ends[0],
        height=BAR,
        color=colour,
        hatch=hatch,
        edgecolor="white",
        linewidth=0,
        gid=f"part {row}",
        zorder=2,
    )


def _label_rows(frame: Frame, labels: list[str]) -> None:
    """Make room on the left of the axes, and on the right for the numbers, and write what each bar is."""
    style, panel = frame.style, frame.panels[0]
    room = panel.cell[2] * (0.38 if style.side_by_side else 0.42)
    _left, bottom, _width, height = panel.box
    panel.place(
        panel.cell[0] + room, bottom, panel.cell[2] - room - 1.6 * text_width("−0.00", style.text, True), height
    )
    step = height / len(labels)
    for row, label in enumerate(labels):
        lines = wrap(label, style.small, room - 0.5 * style.em)
        frame.write(
            panel.cell[0] + room - 0.4 * style.em,
            bottom + height - step * (row + 0.5),
            "\n".join(lines),
            style.small,
            ha="right",
            va="center",
            linespacing=1.1,
        )


def _published_rings(frame: Frame, parts: TrackerParts, rows: int) -> dict[int, float]:
    """Draw what was published for the first and the last row; published share by row."""
    points = tracker_points("CNY")
    found = {0: points.at(parts.start), rows - 1: points.at(parts.end)}
    rings = {row: value for row, value in found.items() if np.isfinite(value)}
    frame.panels[0].axes.plot(
        list(rings.values()),
        list(rings),
        linestyle="none",
        marker="o",
        markersize=frame.style.line * 3.4,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=frame.style.line * 0.6,
        gid="published",
        zorder=4,
    )
    return rings


def why_the_tracker_moved_caption(results: Results) -> str:
    """Say what to read from the figure."""
    parts = tracker_parts(results)
    largest = int(np.argmax(np.abs(parts.shares)))
    return _(
        "From {first} to {last} the yuan's tracker goes from {start} to {end} %; the largest part is {part} with "
        "{points} points."
    ).format(
        first=month_text(parts.start),
        last=month_text(parts.end),
        start=number(parts.printed_start / 100, 2),
        end=number(parts.printed_end / 100, 2),
        part=inside(_(dict(PARTS)[parts.names[largest]]).split(":")[0]),
        points=signed(int(parts.printed[largest])),
    )
