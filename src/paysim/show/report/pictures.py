"""Figures of a folder as pictures inside of a page: the PNG files that are there, in fewer colours.

A figure of lines, bands and letters has some dozen colours that matter; the others are their mixtures at edges. With
a palette of 128 it looks the same and has a quarter of the bytes.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

from paysim.show.report.blocks import Block, Listing, Paragraph, Picture
from paysim.study.results import FIGURES_FOLDER
from paysim.words import translated as _

COLOURS = 128
WIDEST = 1600
"""Pixels; a wider picture is made smaller. Across the 17 cm of a printed page that is 240 to an inch."""
ROOM = 1_600_000
"""Bytes for the pictures of one page, as they stand in it (judgement: half of the page)."""

_CAPTIONS = "captions.md"
_DRAWN = re.compile(r"- `([^`/\\]+\.png)`: (.*)\Z")
"""A figure of the folder itself, and of no other."""


def pictures(folder: Path, seen: Mapping[str, str]) -> tuple[Block, ...]:
    """Every figure of a folder with its caption, in the order of ``captions.md``; nothing if there are no figures.

    seen : name of a figure -> what is to be seen in it; for others it is said that this is a figure, with its caption

    Figures for which there is no more room, or that cannot be read, are listed, as are those that the run had nothing
    for.
    """
    found: list[Block] = []
    without: list[str] = []
    used = 0
    for name, caption in _captions(folder):
        if name is None:
            without.append(caption)
            continue
        picture = _picture(folder / name, caption, seen.get(name.removesuffix(".png"), ""))
        if picture is None or used + len(picture.data) > ROOM:
            without.append(_("{caption} ({file})").format(caption=caption, file=f"{FIGURES_FOLDER}/{name}"))
            continue
        used += len(picture.data)
        found.append(picture)
    if without:
        found += [Paragraph(_("Not shown here:")), Listing(tuple(without))]
    return tuple(found)


def _captions(folder: Path) -> Iterator[tuple[str | None, str]]:
    """Name and caption of every figure, as `paysim.show.style.write_captions` wrote them; no name if not drawn."""
    place = folder / _CAPTIONS
    if not place.is_file():
        return
    for line in place.read_text(encoding="utf-8").splitlines():
        drawn = _DRAWN.match(line)
        if drawn and (folder / drawn[1]).is_file():
            yield drawn[1], drawn[2]
        elif line.startswith("- ") and not drawn:
            yield None, line.removeprefix("- ")


def _picture(place: Path, caption: str, seen: str) -> Picture | None:
    """A figure in fewer colours; None if the file is damaged."""
    try:
        with Image.open(place) as file:
            image = file.convert("RGB")
    except (OSError, SyntaxError, ValueError):  # what Pillow says of a file that is no picture, or a part of one
        return None
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    image = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    content = io.BytesIO()
    image.save(content, "PNG")
    data = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    words = seen or _("Figure. {caption}").format(caption=caption)
    return Picture(data, image.width, image.height, words, caption, f"{FIGURES_FOLDER}/{place.name}")
