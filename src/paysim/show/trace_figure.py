"""The figure of a trace: one panel an invoice, time from left to right, a row for every place on the payment's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paysim.show.canvas import Frame, Panel, text_height, text_width, wrap
from paysim.show.foot import Foot
from paysim.show.reading import GROUP_NAMES, SHORT_NAMES
from paysim.show.style import BLUE, INK, ORANGE, PALE, SLIDES, VERMILLION, Style, applied, save
from paysim.study.traced.steps import Step
from paysim.study.traced.trace import Invoice, Trace
from paysim.study.traced.words import BANKS, NETWORK, RECEIVER, SENDER, instant_words
from paysim.words import deferred
from paysim.words import translated as _

UNIT = 60.0
"""Seconds of the first unit of the axis: even below it, logarithmic beyond."""
TICKS = {
    0: deferred("0"), 60: deferred("1 min"), 600: deferred("10 min"), 3600: deferred("1 h"), 6 * 3600: deferred("6 h"),
    86_400: deferred("1 day"), 7 * 86_400: deferred("1 week"), 30 * 86_400: deferred("30 days"),
    90 * 86_400: deferred("90 days"), 365 * 86_400: deferred("1 year"),
}  # fmt: skip
LEAST = 3600
"""Seconds that the axis shows at least."""
MESSAGE = ("handled", "reviewed", "delayed", "held", "arrived")
AT_BANK = ("handled", "reviewed")
WAITING = ("waits", "queued", "closed", "down", "delayed", "held")
STOPPED = ("blocked", "refused", "returned", "failed")
BAR, HALF = 0.36, 0.18
"""Height of a bar in rows, and half of it."""
KEY = deferred(
    "Blue: a bank has the message. Hatched: it waits. Grey: closed; crossed: down or barred. Cross: it stops. Ring: "
    "another way. Square: settled. Diamond: credited. The axis is even to one minute, logarithmic beyond."
)
PAGE = replace(SLIDES, text=15.5, small=12.5, line=2.0)
"""A screen with several panels of several rows."""
LIGHT = "#F7DDA4"
"""What waits: a pale orange on which letters can be read."""


def place_of(after: float) -> float:
    """Place of an instant on the axis, so many seconds after submission."""
    return float(np.log10(1.0 + max(after, 0.0) / UNIT))


def draw_trace(found: Trace, command: str, folder: Path) -> Path:
    """Draw a trace as ``trace.png`` and ``trace.svg`` into a folder; the path of the PNG."""
    with applied(PAGE):
        figure = trace_figure(found, command, PAGE)
    return save(figure, folder, "trace", PAGE)


def trace_figure(found: Trace, command: str, style: Style) -> Figure:
    """Draw all invoices of a trace, one below the other, on one axis of time."""
    exporter, importer = (_(({**SHORT_NAMES, **GROUP_NAMES}).get(group, group)) for group in found.corridor)
    event = f"{found.event}, {instant_words(found.at)}" if found.event else instant_words(found.at)
    if any(_meets(one, found) for one in found.invoices):
        event += _(" (dashed line)")
    frame = Frame(
        Foot(_manifest(found, command)),
        style,
        _("One invoice for goods: {exporter} to {importer}").format(exporter=exporter, importer=importer),
        event,
        [_title(one) for one in found.invoices],
        1,
        [_(KEY)],
        heights=[len(lanes(one)) + 1.8 for one in found.invoices],
    )
    longest = max([LEAST, *(one.ended - one.submitted for one in found.invoices)])
    for panel, invoice in zip(frame.panels, found.invoices, strict=True):
        last = invoice is found.invoices[-1]
        _Drawing.draw(frame, panel, invoice, longest, found.at if _meets(invoice, found) else None, last)
    return frame.figure


def _manifest(found: Trace, command: str) -> dict[str, Any]:
    """What the foot of the figure says."""
    from paysim import __version__

    return {
        "version": __version__,
        "name": found.scenario,
        "replicates": 1,
        "seed": found.seed,
        "command": command,
    }


def _meets(one: Invoice, found: Trace) -> bool:
    """Whether an invoice sees the event."""
    return bool(found.event) and one.submitted < found.at <= one.ended


def _title(one: Invoice) -> str:
    return f"{one.heading}, {instant_words(one.submitted)}: {one.ends}, {one.option}. {one.outcome}."


def lanes(invoice: Invoice) -> list[tuple[str, str]]:
    """The rows of an invoice from the top down: id and name."""
    rows = [(SENDER, invoice.sender), (NETWORK, _messages(invoice.network))]
    if any(step.lane == BANKS for step in invoice.steps):
        rows.append((BANKS, _("correspondents")))
    rows += [(name, name) for name in dict.fromkeys(system.name for system in invoice.systems)]
    return [*rows, (RECEIVER, invoice.receiver)]


def _messages(network: str) -> str:
    return _("{network} messages").format(network=network)


@dataclass
class _Drawing:
    """An invoice on its way onto a panel.

    rows : place of every lane on the vertical axis;  taken : boxes of words, bars and signs, (left, right, row), inches
    """

    frame: Frame
    panel: Panel
    invoice: Invoice
    rows: dict[str, float]
    longest: float
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    @classmethod
    def draw(cls, frame: Frame, panel: Panel, invoice: Invoice, longest: float, event: int | None, last: bool) -> None:
        """Draw an invoice."""
        shown = lanes(invoice)
        rows = {lane: float(len(shown) - 1 - number) for number, (lane, _name) in enumerate(shown)}
        drawing = cls(frame, panel, invoice, rows, longest)
        drawing._axes([name for _lane, name in shown], last)
        drawing._closed()
        if event is not None:
            drawing._event(event)
        drawing._barred()
        drawing._arrows()
        for step in invoice.steps:
            drawing._step(step)
        drawing._words()

    @property
    def axes(self) -> Axes:
        """Of the panel."""
        return self.panel.axes

    def _axes(self, names: Sequence[str], last: bool) -> None:
        panel, style = self.panel, self.frame.style
        panel.timeline = False
        left, bottom, width, height = panel.cell
        label = max(text_width(name, style.small) for name in (_messages(_("SWIFT and CIPS")), *names)) + 0.6 * style.em
        below = text_height(1, style.small) + 0.25 * style.em if last else 0.35 * style.em
        heading = text_height(len(wrap(_title(self.invoice), style.text, width)), style.text) + 0.15 * style.em
        panel.place(left + label, bottom + below, width - label, height - below - heading)
        axes = self.axes
        axes.set_xlim(-0.02, place_of(self.longest) * 1.01 + 0.12)
        axes.set_ylim(-0.55, len(names) - 0.45)
        axes.set_yticks(range(len(names)), list(reversed(names)))
        axes.tick_params(axis="y", length=0)
        shown = {place_of(at): _(text) for at, text in TICKS.items() if at <= self.longest * 1.02}
        axes.set_xticks(list(shown), list(shown.values()) if last else [""] * len(shown))
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(last)
        axes.tick_params(axis="x", length=3 if last else 0)
        axes.grid(visible=True, axis="both")

    def _x(self, at: int) -> float:
        return place_of(at - self.invoice.submitted)

    def _inches(self, x: float) -> float:
        low, high = self.axes.get_xlim()
        return (x - low) / (high - low) * self.panel.box[2]

    # --- what stands behind -------------------------------------------------------------------------------------

    def _closed(self) -> None:
        """Shade the spans in which systems do not run, from the last sending until the payment has settled there."""
        sent = [step.begin for step in self.invoice.steps if step.kind in AT_BANK and step.lane == SENDER]
        for system in self.invoice.systems:
            there = [step.end for step in self.invoice.steps if step.lane == system.name]
            for begin, end, why in system.not_running if sent and there else ():
                begin, end = max(begin, sent[-1]), min(end, max(there))
                if begin < end:
                    self._shade(system.name, begin, end, f"shade {why} {system.name}", crossed=why == "down")

    def _barred(self) -> None:
        """Shade what bars the payment, from where it meets it until it is sent again, or to the end of the axis."""
        steps = self.invoice.steps
        for step in steps:
            if step.kind in ("blocked", "returned") and step.lane in (NETWORK, BANKS):
                again = [other.begin for other in steps if other.kind == "resent" and other.begin > step.begin]
                end = min([*again, self.invoice.submitted + int(self.longest)])
                self._shade(step.lane, step.begin, end, f"barred {step.lane}", crossed=True)

    def _shade(self, lane: str, begin: int, end: int, name: str, crossed: bool) -> None:
        left, right = self._x(begin), self._x(end)
        self.axes.add_patch(
            Rectangle(
                (left, self.rows[lane] - 0.42),
                right - left,
                0.84,
                facecolor=PALE,
                edgecolor="#A8A8A8" if crossed else PALE,
                hatch="xx" if crossed else "",
                linewidth=0.0,
                gid=name,
                zorder=0.6,
            )
        )

    def _event(self, at: int) -> None:
        """A dashed line at the event."""
        width = self.frame.style.line * 0.7
        self.axes.axvline(self._x(at), color=INK, linewidth=width, linestyle=(0, (4, 2)), gid="event", zorder=1.2)

    # --- the way ------------------------------------------------------------------------------------------------

    def _arrows(self) -> None:
        """The message from place to place, and the money from the last system to the receiver."""
        for x, one, other in self._hops():
            self._arrow((x, self.rows[one]), (x, self.rows[other]), INK)
            if one == SENDER and other != NETWORK:
                self._sign(x, self.rows[NETWORK], "o", 2.6, "white", INK, f"over {self.invoice.network}", 3)
        for step in self.invoice.steps:
            if step.kind == "settled":
                x = self._x(step.begin)
                self._arrow((x, self.rows[step.lane]), (x, self.rows[RECEIVER]), BLUE, (0, (3, 2)))

    def _hops(self) -> Iterator[tuple[float, str, str]]:
        """When the message goes from one row to another."""
        here = SENDER
        for step in self.invoice.steps:
            if step.kind in MESSAGE or step.kind in ("blocked", "returned"):
                if step.lane != here:
                    yield self._x(step.begin), here, step.lane
                here = SENDER if step.kind in ("blocked", "returned") else step.lane

    def _arrow(self, start: tuple[float, float], end: tuple[float, float], colour: str, dash: Any = "-") -> None:
        self.axes.annotate(
            "",
            end,
            start,
            arrowprops={
                "arrowstyle": "-|>",
                "color": colour,
                "linewidth": self.frame.style.line * 0.7,
                "linestyle": dash,
                "shrinkA": 2,
                "shrinkB": 4,
                "mutation_scale": 5.0 * self.frame.style.line,
            },
            zorder=2.2,
        )

    def _step(self, step: Step) -> None:
        """The bar of what takes time, and the sign of what does not."""
        row, left, right = self.rows[step.lane], self._x(step.begin), self._x(step.end)
        if step.kind in AT_BANK or step.kind in WAITING:
            self._bar(left, right, row, step.kind in WAITING or step.kind == "reviewed", f"{step.kind} {step.lane}")
            return
        if step.kind == "credited":  # the receiver's own work, since it could have credited
            there = [other.end for other in self.invoice.steps if other.kind in ("arrived", "settled")]
            self._bar(self._x(max(there)), left, row, True, "checks")
        stops, hollow = step.kind in STOPPED, step.kind == "bypassed"
        shape = "X" if stops else {"arrived": "v", "settled": "s", "credited": "D"}.get(step.kind, "o")
        face, edge = ("white", VERMILLION) if hollow else (VERMILLION if stops else INK, "white")
        self._sign(left, row, shape, 6.5 if hollow else 5.0 if stops else 4.0, face, edge, step.kind, 4 if stops else 3)
        place, half = self._inches(left), 0.2 * self.frame.style.em
        self.taken.append((place - half, place + half, row))

    def _sign(
        self, x: float, row: float, shape: str, size: float, face: str, edge: str, name: str, above: float
    ) -> None:
        line = self.frame.style.line
        self.axes.plot(
            [x],
            [row],
            marker=shape,
            markersize=line * size,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=line * (0.4 if edge == "white" else 0.9),
            linestyle="none",
            gid=name,
            zorder=above,
            clip_on=False,
        )

    def _bar(self, left: float, right: float, row: float, waits: bool, name: str) -> None:
        if right <= left:
            return
        self.axes.add_patch(
            Rectangle(
                (left, row - HALF),
                right - left,
                BAR,
                facecolor=LIGHT if waits else BLUE,
                edgecolor=ORANGE if waits else "white",
                hatch="////" if waits else "",
                linewidth=self.frame.style.line * 0.4,
                gid=name,
                zorder=2,
            )
        )
        self._take(left, right, row)

    def _take(self, left: float, right: float, row: float) -> None:
        self.taken.append((self._inches(left), self._inches(right), row))

    # --- words --------------------------------------------------------------------------------------------------

    def _words(self) -> None:
        """Write a few words beside each step that has room for them; the story has them all."""
        size = self.frame.style.small
        first = {"blocked": 0, "returned": 0, "refused": 0, "failed": 0, "bypassed": 0, "settled": 1, "credited": 1}
        for step in sorted(self.invoice.steps, key=lambda step: first.get(step.kind, 2)):
            self._label(step, size)

    def _label(self, step: Step, size: float) -> None:
        width, gap = text_width(step.label, size), 0.45 * self.frame.style.em
        row, begin, end = self.rows[step.lane], self._inches(self._x(step.begin)), self._inches(self._x(step.end))
        if step.kind in WAITING and end - begin > width + gap:
            self._write((begin + end - width) / 2, row, step.label, size)
            return
        places = [end + gap, begin - gap - width]
        for left in reversed(places) if step.kind == "arrived" else places:
            if left >= 0 and left + width <= self.panel.box[2] and self._free(left, left + width, row):
                self._write(left, row, step.label, size)
                self.taken.append((left, left + width, row))
                return
        if step.kind == "credited" and begin > gap + width:  # on the bar of the receiver's own work
            self._write(begin - gap - width, row, step.label, size)

    def _free(self, left: float, right: float, row: float) -> bool:
        """Whether words in a row would meet no other words, bars or signs."""
        air = 0.1 * self.frame.style.em
        return not any(other == row and one < right + air and left - air < two for one, two, other in self.taken)

    def _write(self, left: float, row: float, text: str, size: float) -> None:
        low, high = self.axes.get_xlim()
        x = low + left / self.panel.box[2] * (high - low)
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
        self.axes.text(x, row, text, size=size, va="center", ha="left", color=INK, bbox=box, zorder=5, parse_math=False)
