"""Priors and posteriors of all parameters in one figure: what the data moved, and what they did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from paysim.show.canvas import Frame, Panel
from paysim.show.factor_rows import make_rows
from paysim.show.foot import Foot
from paysim.show.style import GREY, INK, PALE, VERMILLION, Style, applied
from paysim.words import translated as _

PRIOR = (0.05, 0.5, 0.95)
ROW = 0.17
"""Height of a row of the narrow style, inches."""
SMALL = 13.0
"""Size of the names on slides, points."""
THICK = 0.72
"""Height of a prior's bar, of the distance between two rows."""


@dataclass(frozen=True)
class Law:
    """A parameter: its name, its posterior's quantiles .05, .5, .95 as quantiles of the prior, whether it moved.

    note : median before and after, in its unit
    """

    name: str
    band: tuple[float, float, float]
    moved: bool
    note: str


def priors_and_posteriors(laws: Sequence[Law], reading: str, command: str, version: str, style: Style) -> Figure:
    """Draw a row a parameter, in two columns on slides; across, quantiles of the prior."""
    columns = 2 if style.side_by_side else 1
    half = -(-len(laws) // columns)
    parts = [laws[:half], laws[half:]] if columns > 1 else [laws]
    size = replace(style, small=min(style.small, SMALL), panel_height=ROW * half)
    foot = Foot({"name": "", "version": version, "command": command})
    with applied(size):
        frame = Frame(
            foot,
            size,
            _("What published figures say about the parameters"),
            reading,
            [_("Where it lies in its prior: 5, 50 and 95 %") for _part in parts],
            columns,
            [
                _(
                    "Grey: nine tenths of the prior, its median the line. Red, with medians before and after: the "
                    "posterior of what moved further than chance; black: of what did not, and keeps its prior."
                )
            ],
        )
        for panel, part in zip(frame.panels, parts, strict=True):
            _drawn(frame, panel, part)
        return frame.figure


def _drawn(frame: Frame, panel: Panel, laws: Sequence[Law]) -> None:
    style, axes = frame.style, panel.axes
    names = [f"{law.name}\n{law.note}" if law.moved else law.name for law in laws]
    make_rows(frame, panel, [name.replace("\n", ": ") for name in names], [not law.moved for law in laws], room=0.47)
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0.05, 0.25, 0.5, 0.75, 0.95], ["5 %", "25", "50", "75", "95 %"])
    axes.barh(range(len(laws)), PRIOR[2] - PRIOR[0], THICK, PRIOR[0], color=PALE, zorder=1)
    axes.axvline(0.5, color=GREY, linewidth=style.line / 3, zorder=2)
    for row, law in enumerate(laws):
        low, middle, high = law.band
        colour = VERMILLION if law.moved else INK
        width = style.line * (1.5 if law.moved else 0.6)
        axes.plot([low, high], [row, row], color=colour, linewidth=width, solid_capstyle="butt", zorder=3,
                  gid=f"band {law.name}")  # fmt: skip
        axes.plot([middle], [row], marker="o", color=colour, markersize=style.line * (3.2 if law.moved else 2.0),
                  zorder=4, gid=f"median {law.name}")  # fmt: skip
