"""What an outcome hangs on: partial rank correlations with intervals, and the swing of the outcome, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from paysim.show.canvas import Frame, Panel, text_height, text_width, wrap
from paysim.show.reading import Results, heading
from paysim.show.style import BLUE, GREY, INK, POINTS_PER_INCH, STYLES, VERMILLION, Style, applied, save, write_captions
from paysim.study.compared.explain import Effect, Explanation
from paysim.study.compared.explain_words import SHOWN, Assumed, outcome_words, prcc_words, scale_of
from paysim.words import decimal
from paysim.words import translated as _

BAR = 0.62  # height of a bar, of the distance between two
LABEL_ROOM = 0.46  # of the width of the first column
PAPER_ROOM = 0.44


def draw_explanations(
    run: Results,
    explanations: Sequence[Explanation],
    known: Mapping[str, Assumed],
    names: Sequence[str],
    command: str,
    folder: Path,
    style: str = "slides",
) -> list[Path]:
    """Draw a figure for each outcome into a folder (made if missing) as PNG and SVG, with captions; gives the PNGs.

    known : what is assumed of each parameter;  names : of the keys of the outcomes;  command : repeats it
    """
    folder.mkdir(parents=True, exist_ok=True)
    look = STYLES[style]
    drawn: list[tuple[Path | None, str]] = []
    for one, who in zip(explanations, names, strict=True):
        outcome = one.outcome
        with applied(look):
            figure = tornado(run, one, known, who, command, look)
        name = "_".join(part for part in ("tornado", outcome.series, outcome.key, str(outcome.month)) if part)
        drawn.append((save(figure, folder, name, look), caption(one, who)))
    write_captions(folder, drawn)
    return [path for path, _text in drawn if path is not None]


def tornado(
    run: Results, explanation: Explanation, known: Mapping[str, Assumed], who: str, command: str, style: Style
) -> Figure:
    """Draw the strongest parameters of an outcome, strongest first, what is assumed of each beside it."""
    shown = explanation.effects[:SHOWN]
    frame = Frame(
        _Repeated(run, command),
        style,
        _("{outcome}: what it hangs on").format(outcome=heading(outcome_words(explanation, who))),
        _("Strongest of {all} parameters; pale: the effect cannot be told from none").format(
            all=len(explanation.effects)
        ),
        [
            _("Partial rank correlation, with 95 %"),
            _("Median outcome, lowest and highest third"),
        ],
        2 if style.side_by_side else 1,
        [_few(explanation)],
        widths=[1.65, 1.0] if style.side_by_side else (),
        taller=1.0 if style.side_by_side else 2.1,
    )
    left, right = frame.panels
    room = left.cell[2] * LABEL_ROOM if style.side_by_side else left.cell[2] * PAPER_ROOM
    for panel, labelled in ((left, True), (right, not style.side_by_side)):
        _rows(panel, len(shown), room if labelled else 0.0, style)
        if labelled:
            _label(frame, panel, shown, known, room)
    _correlations(left, shown, style)
    _bars(right, shown, explanation, style)
    return frame.figure


class _Repeated:
    """A run as the foot of the page wants it, with the command of the explanation."""

    def __init__(self, run: Results, command: str) -> None:
        self.manifest = {**run.manifest, "command": command}
        self.scenario, self.keys, self.values = run.scenario, run.keys, run.values
        self.quantiles, self.draws = run.quantiles, run.draws


def _few(explanation: Explanation) -> str:
    if explanation.enough:
        return ""
    return _("{count} replicates are not enough for {wide} parameters: read nothing into the order.").format(
        count=explanation.replicates, wide=len(explanation.effects)
    )


def _rows(panel: Panel, count: int, room: float, style: Style) -> None:
    """Make a row for each parameter, with room for labels on the left."""
    panel.timeline = False
    _, bottom, _, height = panel.box
    panel.place(panel.cell[0] + room, bottom, panel.cell[2] - room, height)
    panel.axes.set_ylim(count - 0.5, -0.5)
    panel.axes.set_yticks([])
    panel.axes.grid(visible=False)
    panel.axes.grid(visible=True, axis="x")


def _label(frame: Frame, panel: Panel, shown: Sequence[Effect], known: Mapping[str, Assumed], room: float) -> None:
    """Write the name of each parameter, and beneath it its range and basis."""
    style = frame.style
    left, bottom, _, height = (panel.cell[0], panel.box[1], panel.cell[2], panel.box[3])
    step = height / len(shown)
    for row, one in enumerate(shown):
        about = known.get(one.name)
        top = bottom + height - step * (row + 0.5)
        right = left + room - 0.5 * style.em
        name = about.label if about else one.name
        look = {"ha": "right", "color": INK if one.told else GREY}
        frame.write(right, top + text_height(1, style.small) * 0.98, name, style.small, weight="bold", **look)
        if about is not None:
            words = _fitting(f"{about.range_words}, {about.basis_words}", style.foot, room - 0.5 * style.em)
            frame.write(right, top - text_height(1, style.foot) * 0.02, words, style.foot, **{**look, "color": GREY})


def _fitting(text: str, size: float, width: float) -> str:
    """The text in one line, cut where it does not fit."""
    lines = wrap(text, size, width - text_width("…", size))
    return lines[0] if len(lines) <= 1 else f"{lines[0].rstrip(' ,')}…"


def _correlations(panel: Panel, shown: Sequence[Effect], style: Style) -> None:
    axes = panel.axes
    for row, one in enumerate(shown):
        colour = GREY if not one.told else BLUE if one.prcc > 0 else VERMILLION
        alpha = 1.0 if one.told else 0.55
        axes.plot(
            [one.low, one.high],
            [row, row],
            color=colour,
            alpha=alpha,
            linewidth=style.line * 1.2,
            gid=f"interval {one.name}",
        )
        axes.plot(
            [one.prcc], [row], marker="o" if one.prcc > 0 else "s", color=colour, alpha=alpha,
            markersize=style.line * 3.6, linestyle="none", gid=f"prcc {one.name}",
        )  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=style.line / 3, zorder=1)
    axes.set_xlim(-1.0, 1.0)
    axes.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0], ["−1", decimal("−0.5"), "0", decimal("+0.5"), "+1"])


def _bars(panel: Panel, shown: Sequence[Effect], explanation: Explanation, style: Style) -> None:
    """Draw a bar from the outcome in the lowest third to that in the highest, written at its ends."""
    axes, scale = panel.axes, scale_of(explanation.outcome.series)
    reach = [scale.factor * value for one in shown for value in (one.least, one.most)]
    low, high = min(reach), max(reach)
    words = [f"{word} {scale.say(value / scale.factor)}" for value in reach for word in (_("low"), _("high"))]
    room = max(text_width(word, style.foot) for word in words) + 0.5 * style.em
    air = (high - low or 1.0) * room / max(panel.box[2] - 2 * room, room)
    axes.set_xlim(low - air, high + air)
    for row, one in enumerate(shown):
        least, most = scale.factor * one.least, scale.factor * one.most
        rising = most >= least
        axes.barh(
            row, most - least, left=least, height=BAR, color=BLUE if rising else VERMILLION,
            hatch="" if rising else "///", edgecolor="white", linewidth=0, alpha=1.0 if one.told else 0.35,
            gid=f"swing {one.name}", zorder=2,
        )  # fmt: skip
        ends = sorted(((least, _("low")), (most, _("high"))))
        for (value, word), side, offset in zip(ends, ("right", "left"), (-1, 1), strict=True):
            axes.annotate(
                f"{word} {scale.say(value / scale.factor)}", (value, row), (offset * 0.25 * style.small, 0),
                textcoords="offset points", ha=side, va="center", size=style.foot,
                color=INK if one.told else GREY, zorder=3,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )  # fmt: skip
    axes.axvline(scale.factor * explanation.spread[1], color=INK, linewidth=style.line / 3, zorder=1)
    ticks = max(2, int(panel.box[2] * POINTS_PER_INCH / (5 * style.small)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    unit = " %" if scale.unit == " %" else ""
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: decimal(f"{value:,.6g}") + unit))


def caption(explanation: Explanation, who: str) -> str:
    """Say what to read from the figure."""
    told = [one for one in explanation.effects if one.told]
    what = outcome_words(explanation, who)
    if not told:
        return _("{what}: no parameter's effect can be told from none.").format(what=what)
    listed = ", ".join(f"{one.name} ({prcc_words(one.prcc)})" for one in told[:3])
    return _("{what} hangs most on {listed}.").format(what=what, listed=listed)
