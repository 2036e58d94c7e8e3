"""Liquidity against surge: how much stays unsettled when a system has more payments, at several levels of liquidity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from paysim.networks.response import AMPLE, Array, Response, restoring_liquidity
from paysim.show.canvas import EndLabel, Frame, Panel, text_height, text_width
from paysim.show.finish import spread_apart
from paysim.show.foot import Foot
from paysim.show.marks import percent_axis
from paysim.show.style import CYCLE, POINTS_PER_INCH, SOLID, STYLES, Look, Style, StyleName, applied, save
from paysim.study.settled.summary import share
from paysim.words import decimal, deferred
from paysim.words import translated as _

LEVELS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Levels of liquidity that are drawn, where they were measured."""
READ_AT = 3.0
"""The surge of which the title speaks, if it was measured."""
RESTORED = 0.005
"""Share of value that may stay unsettled where liquidity is said to be enough, as the shipped systems are solved."""

_PLACES_A_LINE = 241
_ROUND = (1.0, 2.0, 3.0, 5.0, 1.5, 4.0, 0.75)
_WORDS = {0.5: deferred("half of usual liquidity"), 1.0: deferred("usual liquidity")}


@dataclass(frozen=True)
class ResponseDrawn:
    """What the figure shows.

    system : its name for the title
    response : as measured
    command : what writes the figure again, for the foot
    version : of paysim
    note : a sentence on what is peculiar to the system, below the panel
    """

    system: str
    response: Response
    command: str
    version: str
    note: str = ""

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels of liquidity that are drawn."""
        return tuple(level for level in LEVELS if level in self.response.liquidity)

    @property
    def manifest(self) -> dict[str, str]:
        """What the foot of the figure says."""
        days = _("{count} synthetic days of true size for each point").format(count=self.response.days)
        source = f"{self.version}, {self.system}, {days}, {_('seed {seed}').format(seed=self.response.seed)}"
        return {"version": source, "command": self.command}

    @property
    def surge(self) -> float:
        """The surge that is put into words."""
        return min(READ_AT, float(self.response.value[-1]))


def liquidity_against_surge(drawn: ResponseDrawn, style: Style) -> Figure:
    """Unsettled share against surge, a line for each level of liquidity."""
    frame = Frame(
        Foot(drawn.manifest),
        style,
        _("Liquidity against surge: {system}").format(system=drawn.system),
        surge_caption(drawn),
        [_("Value unsettled at the closing, %, by the payments of the day (multiples of the usual day's)")],
        1,
        [
            _(
                "More payments of the same sizes; liquidity in multiples of the usual funds, injections and credit."
                " Marks: measured, ± 2 standard errors."
            ),
            drawn.note,
        ],
        taller=1.5,
    )
    panel = frame.panels[0]
    panel.timeline = False
    looks = {level: SOLID for level in drawn.levels if level == 1.0}
    free = [look for look in CYCLE if look != SOLID]
    looks |= dict(zip((level for level in drawn.levels if level != 1.0), free, strict=False))
    for level in drawn.levels:
        _line(panel, drawn.response, level, looks[level], style)
    _axes(panel, drawn.response)
    words_at_ends(frame, panel)
    _ticks(panel, drawn.response, style)
    return frame.figure


def _surges(response: Response) -> Array:
    """Values from the usual on, where it was measured."""
    return np.asarray(response.value[response.value >= min(1.0, response.value[-2])])


def _line(panel: Panel, response: Response, level: float, look: Look, style: Style) -> None:
    surges = _surges(response)
    where = np.geomspace(surges[0], surges[-1], _PLACES_A_LINE)
    column = int(np.searchsorted(response.liquidity, level))
    rows = np.isin(response.value, surges)
    points = response.unsettled_share[rows, column]
    spread = 2.0 * response.errors["unsettled_share"][rows, column]
    width = style.line * (1.6 if level == 1.0 else 1.0)
    panel.axes.plot(where, response.at(where, level).unsettled_share, color=look.colour, linestyle=look.dash,
                    linewidth=width, gid=f"liquidity {level:g}")  # fmt: skip
    panel.axes.errorbar(surges, points, yerr=np.stack([np.minimum(spread, points), spread]), linestyle="none",
                        marker=look.marker, markersize=style.line * 2.4, color=look.colour, gid="measured",
                        elinewidth=style.line / 2.5, markeredgecolor="white",
                        markeredgewidth=style.line / 4, clip_on=False, zorder=3)  # fmt: skip
    times = _("{count} times usual").format(count=decimal(f"{level:g}"))
    panel.ends.append(EndLabel(float(points[-1]), _(_WORDS[level]) if level in _WORDS else times, look))


def _axes(panel: Panel, response: Response) -> None:
    axes, surges = panel.axes, _surges(response)
    axes.set_xscale("log")
    axes.set_xlim(surges[0], surges[-1])
    top = max(max(end.value for end in panel.ends), float(axes.get_ylim()[1]) / 1.05)
    axes.set_ylim(0.0, max(top * 1.04, 1e-4))
    percent_axis(panel)
    height = axes.get_ylim()[1]
    axes.set_ylim(-0.012 * height, height)  # marks at zero are whole
    axes.set_yticks([tick for tick in axes.get_yticks() if 0.0 <= tick <= min(height, 1.0)])


def _ticks(panel: Panel, response: Response, style: Style) -> None:
    """Write surges under the axis, the round ones first, and so many as fit."""
    surges = _surges(response)
    inch = panel.box[2] / np.log(surges[-1] / surges[0])
    shown: list[float] = []
    for tick in (surges[0], surges[-1], *_ROUND):
        room = 1.3 * text_width(_times(1.5), style.small)
        if surges[0] <= tick <= surges[-1] and all(abs(np.log(tick / other)) * inch > room for other in shown):
            shown.append(float(tick))
    shown.sort()
    panel.axes.set_xticks(shown, [_("usual") if tick == 1 else _times(tick) for tick in shown])
    panel.axes.xaxis.set_minor_locator(NullLocator())


def _times(multiple: float) -> str:
    return _("{count} times").format(count=decimal(f"{multiple:g}"))


def words_at_ends(frame: Frame, panel: Panel) -> None:
    """Write the labels of the lines at the right of the axes, kept apart."""
    style, size = frame.style, frame.style.small
    right = max(text_width(end.text, size, True) for end in panel.ends) + 0.9 * style.em
    axis = panel.axes.yaxis
    labels = axis.get_major_formatter().format_ticks(list(axis.get_majorticklocs()))
    beside = max(text_width(label, panel.small) for label in labels) + 0.7 * panel.small / POINTS_PER_INCH
    _left, bottom, _width, height = panel.box
    panel.place(panel.cell[0] + beside, bottom, panel.cell[2] - beside - right, height)
    left, bottom, width, height = panel.box
    low, high = panel.axes.get_ylim()
    wanted = [bottom + (end.value - low) / (high - low) * height for end in panel.ends]
    heights = [text_height(1, size)] * len(wanted)
    for end, centre in zip(panel.ends, spread_apart(wanted, heights, bottom, bottom + height), strict=True):
        frame.write(left + width + 0.6 * style.em, centre, end.text, size, va="center", color=end.look.letters,
                    weight="bold")  # fmt: skip


def surge_caption(drawn: ResponseDrawn) -> str:
    """Say what to read from the figure."""
    usual, surge = drawn.response.at(1.0, 1.0), drawn.response.at(drawn.surge, 1.0)
    needed = restoring_liquidity(drawn.response, drawn.surge, RESTORED)
    enough = _("{count} times the liquidity settles all but {share}")
    if needed == AMPLE:
        enough = _("no level that was measured settles all but {share}")
    sentence = _(
        "{surge} times the payments at usual liquidity: {unsettled} unsettled ({usual} on a usual day)"
    ).format(
        surge=decimal(f"{drawn.surge:g}"),
        unsettled=share(float(surge.unsettled_share)),
        usual=share(float(usual.unsettled_share)),
    )
    return f"{sentence}; {enough.format(count=decimal(f'{needed:.2g}'), share=share(RESTORED))}"


def draw_response(
    drawn: ResponseDrawn, folder: Path, style: StyleName = "slides", name: str = "liquidity_against_surge"
) -> Path:
    """Draw the figure into a folder (made if missing) as PNG and SVG, and give the path of the PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    with applied(STYLES[style]):
        figure = liquidity_against_surge(drawn, STYLES[style])
    return save(figure, folder, name, STYLES[style])
