"""How every figure looks: two sizes, colours and line styles that survive grey print, files with repeatable bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.figure import Figure

StyleName = Literal["slides", "paper"]

# Okabe and Ito (2008), "Color universal design": told apart under the common kinds of colour blindness.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE, INK = "#6E6E6E", "#D9D9D9", "#222222"

POINTS_PER_INCH = 72.0
GOLDEN = 1.618

Dash = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """Colour, dash, marker and hatch of one thing; each of the four alone tells it from its neighbours.

    ``ink`` is a darker colour of the same hue, where the colour is too pale for letters.
    """

    colour: str
    dash: Dash
    marker: str
    hatch: str = ""
    ink: str = ""

    @property
    def letters(self) -> str:
        """Colour for text: the same hue, dark enough to be read on white."""
        return self.ink or self.colour


SOLID = Look(VERMILLION, "-", "o", "///", "#B54F00")
DASHED = Look(BLUE, (0, (6, 2)), "s", "...")
DASH_DOT = Look(GREEN, (0, (7, 2, 1.5, 2)), "^", "xxx", "#00785A")
DOTTED = Look(GREY, (0, (1.2, 1.4)), "D", "---")
LONG = Look(PURPLE, (0, (12, 3)), "v", "\\\\\\", "#9A4A77")
DOUBLE_DOT = Look(ORANGE, (0, (7, 2, 1.5, 2, 1.5, 2)), "P", "ooo", "#8F6200")
SHORT = Look(SKY, (0, (3, 2)), "X", "+++", "#21719E")
PLAIN = Look(BLACK, "-", "*", "")

OWN_LOOKS = {
    "CNY": SOLID,
    "USD": DASHED,
    "EUR": DASH_DOT,
    "OTH": DOTTED,
    "CIPS": SOLID,
    "SWIFT": DASHED,
    "CHIPS": DASHED,
    "T2": DASH_DOT,
    "OTH-RTGS": DOTTED,
    "HK-RMB": DOUBLE_DOT,
}
CYCLE = (LONG, DOUBLE_DOT, SHORT, PLAIN, SOLID, DASHED, DASH_DOT, DOTTED)


def looks(identities: Sequence[str]) -> dict[str, Look]:
    """A look for each id of one chart: its own if it has one, else the next that no other line of the chart wears."""
    given = {identity: OWN_LOOKS[identity] for identity in identities if identity in OWN_LOOKS}
    free = [look for look in CYCLE if look not in given.values()]
    rest = [identity for identity in identities if identity not in given]
    given.update({identity: (free or list(CYCLE))[place % len(free or CYCLE)] for place, identity in enumerate(rest)})
    return given


@dataclass(frozen=True)
class Style:
    """Sizes of one use. Lengths in inches, text and lines in points.

    side_by_side : panels stand in a row (a wide screen); else one below the other (a narrow column)
    height : height of the whole figure, or None if the figure grows with its panels, each of ``panel_height``
    """

    name: StyleName
    width: float
    height: float | None
    panel_height: float
    dpi: int
    title: float
    text: float
    small: float
    foot: float
    line: float
    side_by_side: bool

    @property
    def em(self) -> float:
        """Height of a line of text, inches."""
        return self.text / POINTS_PER_INCH


# 16:9, 1600 x 900 pixels, readable from the back row; and one column of a journal page at print resolution.
SLIDES = Style("slides", 16.0, 9.0, 0.0, 100, 27, 18, 15, 12, 2.8, True)
PAPER = Style("paper", 3.5, None, 1.7, 300, 8.5, 7, 6, 5, 1.1, False)
# The same screen with many panels.
SLIDES_PAGE = replace(SLIDES, small=12.5, line=2.0)
# A4 upright, for the page of small multiples in a paper.
PAPER_PAGE = Style("paper", 8.27, 11.69, 0.0, 300, 13, 8.5, 7.5, 6.5, 1.1, False)
STYLES = {"slides": SLIDES, "paper": PAPER}

# What a person's own matplotlib settings must not change, and what is no matter of looks.
_KEPT = (
    "backend",
    "backend_fallback",
    "interactive",
    "toolbar",
    "timezone",
    "date.epoch",
    "tk.window_focus",
    "webagg.",
)


@contextmanager
def applied(style: Style) -> Iterator[None]:
    """Matplotlib's own defaults plus those of the style, whatever the reader's matplotlibrc says."""
    with matplotlib.rc_context():
        default = matplotlib.rcParamsDefault
        matplotlib.rcParams.update({name: default[name] for name in default if not name.startswith(_KEPT)})
        matplotlib.rcParams.update(
            {
                "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
                "font.size": style.text,
                "text.color": INK,
                "axes.edgecolor": GREY,
                "axes.labelcolor": INK,
                "axes.linewidth": style.line / 3,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.axisbelow": True,
                "axes.grid": True,
                "axes.grid.axis": "y",
                "grid.color": PALE,
                "grid.linewidth": style.line / 4,
                "xtick.color": GREY,
                "ytick.color": GREY,
                "xtick.labelcolor": INK,
                "ytick.labelcolor": INK,
                "xtick.labelsize": style.small,
                "ytick.labelsize": style.small,
                "xtick.major.width": style.line / 3,
                "ytick.major.width": style.line / 3,
                "hatch.linewidth": style.line / 3,
                "svg.hashsalt": "paysim",  # ids inside the SVG would differ from run to run
                "svg.fonttype": "path",  # the same letters where the font is not installed
            }
        )
        yield


def save(figure: Figure, folder: Path, name: str, style: Style) -> Path:
    """Write ``name.png`` and ``name.svg``, the same bytes in every run, and give the path of the PNG."""
    picture = folder / f"{name}.png"
    with applied(style):
        figure.savefig(picture, dpi=style.dpi, metadata={"Software": None})
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    return picture


def write_captions(folder: Path, drawn: Sequence[tuple[Path | None, str]]) -> None:
    """Write ``captions.md``: what to read from each figure, one sentence each, and why a figure is missing."""
    told = ((path, " ".join(caption.split())) for path, caption in drawn)  # a name may hold the end of a line
    lines = [f"- `{path.name}`: {caption}" if path else f"- {caption}" for path, caption in told]
    (folder / "captions.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def draw_into(
    folder: Path,
    style: Style,
    figures: Sequence[tuple[str, Callable[[Style], Figure], str]],
    missing: Sequence[str] = (),
) -> list[Path]:
    """Draw figures into a folder (made if missing) as PNG and SVG, with their captions; gives the PNGs.

    figures : name of the file, what draws it in a style, what to read from it
    missing : why a figure is not there
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, make, caption in figures:
        with applied(style):
            figure = make(style)
        drawn.append((save(figure, folder, name, style), caption))
    write_captions(folder, [*((None, reason) for reason in missing), *drawn])
    return [path for path, _caption in drawn]
