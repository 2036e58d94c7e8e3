"""Draw the gallery, ``results/gallery``: ``python docs/tools/gallery.py [WORK]``.

Runs what the pictures are of (some eight minutes on two cores) in the folder WORK, by default a temporary one; what is
finished there already is not run again. Then writes every picture of `SECTIONS` and ``README.md`` with one sentence for
each, that of the figure's own caption wherever it has one. Same code and libraries, same bytes.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "results" / "gallery"
COLOURS = 96
"""Colours of a picture: enough for bands and smooth letters, and a third of the bytes."""

CAPTION = re.compile(r"^- `(.+)\.png`: (.+)$", re.MULTILINE)
OWN = "{caption}."
"""The sentence of most pictures: the caption, without its full stop."""

SWEEP = "sweep run scenarios/sweeps/{}.yaml --workers 2"
PAIR = (
    "compare scenarios/cutoff.yaml scenarios/cutoff_hub_open.yaml --replicates 60 --engine mean-field "
    "--runs results/mean-field"
)


@dataclass(frozen=True)
class Picture:
    """A picture of the gallery: its name there, the name it is drawn under, and the sentence beside it."""

    name: str
    drawn: str = ""
    sentence: str = OWN

    @property
    def source(self) -> str:
        """Name it is drawn under."""
        return self.drawn or self.name


@dataclass(frozen=True)
class Section:
    """Pictures of one command.

    title : what they are of
    command : what draws them, given to `paysim` in a folder that holds ``scenarios``
    folder : where their PNGs then lie;  out : whether to say so to the command by ``--out``, with the folder above
    before : what must have been run
    """

    title: str
    command: str
    folder: str
    pictures: tuple[Picture, ...]
    out: bool = False
    before: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "A run: China and Hong Kong lose SWIFT",
        "run scenarios/cutoff.yaml",
        "results/cutoff/figures",
        (
            Picture("levels_beside_shares", sentence="{caption}: a share can rise while trade falls."),
            Picture("true_beside_tracker"),
            Picture("after_the_cut", sentence="{caption}: left why payments do not go through, right what then."),
            Picture("why_the_tracker_moved", sentence="{caption}, which is given as input; the parts add up exactly."),
            Picture("who_pays", sentence="{caption}: all lose, the target most."),
            Picture("currency_shares"),
            Picture("tracker"),
            Picture("network_shares"),
            Picture("liquidity_against_surge"),
            Picture("bands_apart"),
            Picture("small_multiples"),
        ),
    ),
    Section(
        "Russia 2022, held against what was published",
        "run scenarios/russia_2022.yaml --engine mean-field",
        "results/russia_2022/figures",
        (Picture("settlement_by_direction"),),
    ),
    Section(
        "Two runs, replicate by replicate",
        PAIR,
        "results/compare/figures",
        (
            Picture("hub_differences", "differences"),
            Picture(
                "hub_levels",
                "levels",
                "With Hong Kong open (B) China's trade falls less than with it shut (A), and the yuan gains far less: "
                "dollars through the hub displace it.",
            ),
        ),
        out=True,
    ),
    Section(
        "What an outcome hangs on",
        "explain scenarios/cutoff.yaml",
        "results/explain/figures",
        (
            Picture("what_trade_hangs_on", "tornado_trade_index_CHN_2028-01"),
            Picture("what_the_yuan_hangs_on", "tornado_true_share_CNY_2035-12"),
        ),
        out=True,
        before=("run scenarios/cutoff.yaml",),
    ),
    Section(
        "What would have to be true",
        "require scenarios/article_claims.yaml --claim internationalise",
        "results/require/figures",
        (
            Picture(
                "what_would_have_to_be_true",
                "require_1",
                "The article's claim holds in the blue; where blue and grey overlap what it needs is also documented, "
                "and the ring shows what the model assumes.",
            ),
        ),
        out=True,
    ),
    Section(
        "One invoice",
        "trace scenarios/cutoff.yaml",
        "results/trace",
        (
            Picture(
                "trace",
                sentence="An invoice paid before the cut is credited within hours; the same under way at the cut is "
                "stopped; afterwards a new contract goes through CIPS, and an old one another way.",
            ),
        ),
        out=True,
    ),
    Section(
        "A day of CIPS, payment by payment",
        "settle --system CIPS",
        "results/settle-CIPS/figures",
        (Picture("through_the_day"), Picture("delays"), Picture("liquidity_against_delay")),
    ),
    Section(
        "A study: which assumption decides",
        "sweep sensitivity results/sweeps/cutoff_sweep --outcome trade_after_four_years --below 75%",
        "results/sensitivity/figures",
        (
            Picture(
                "cutoff_sweep",
                "sobol_trade_after_four_years",
                "{caption}: it is whether China's trade is a quarter or more below its start four years after a cut.",
            ),
        ),
        out=True,
        before=(SWEEP.format("cutoff_sweep"),),
    ),
    Section(
        "A study: where it is reached",
        "sweep discover results/sweeps/cutoff_sweep --outcome trade_after_four_years --below 75%",
        "results/discover/figures",
        (
            Picture(
                "cutoff_box",
                "box_trade_after_four_years",
                "{caption}, which is a trade of China's that is a quarter or more below its start after four years.",
            ),
        ),
        out=True,
        before=(SWEEP.format("cutoff_sweep"),),
    ),
    Section(
        "A study: below and above the tipping threshold",
        SWEEP.format("tipping"),
        "results/sweeps/tipping/figures",
        (
            Picture(
                "tipping",
                "moved_in_a_century",
                "{caption}: what a decree of five years gave the yuan is lost below R = 1, however large the decree, "
                "and multiplied above it, however small.",
            ),
        ),
    ),
    Section(
        "A study: liquidity against a surge",
        SWEEP.format("liquidity"),
        "results/sweeps/liquidity/figures",
        (
            Picture(
                "liquidity",
                "unsettled_at_worst",
                "{caption} of the banks cut: with twice the usual liquidity nearly nothing comes back.",
            ),
        ),
    ),
    Section(
        "The figures that it starts from",
        "data plot swift_currency_share --since 2020 --out results/currencies_on_swift.png",
        "results",
        (
            Picture(
                "currencies_on_swift",
                sentence="What SWIFT published: between the two lines it changed what it counts, so that the jump of "
                "dollar and euro there is none of use, and the marker of every figure says how well it is sourced.",
            ),
        ),
    ),
)

HEAD = """\
# Gallery

Each picture with one sentence that says what to read from it, and the command that draws it. A model, not a forecast: \
R and λ of the draws stand on every figure of a run. Written by `python docs/tools/gallery.py`.
"""


def paysim(command: str, work: Path) -> None:
    """Carry out a command of paysim in a folder; raises CalledProcessError, with what it said, if it fails."""
    words = [sys.executable, "-m", "paysim", *shlex.split(command)]
    subprocess.run(words, cwd=work, check=True, stdout=subprocess.DEVNULL)


def make(section: Section, work: Path) -> dict[str, str]:
    """Run what a section shows and give the captions of its figures, by the name they are drawn under."""
    for command in section.before:
        paysim(command, work)
    out = Path(section.folder)
    out = out.parent if out.name == "figures" else out
    paysim(f"{section.command} --out {out.as_posix()} --overwrite" if section.out else section.command, work)
    file = work / section.folder / "captions.md"
    return dict(CAPTION.findall(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def sentence(picture: Picture, captions: dict[str, str]) -> str:
    """What to read from a picture; KeyError if it should be the caption's, and there is none."""
    if "{caption}" not in picture.sentence:
        return picture.sentence
    return picture.sentence.format(caption=captions[picture.source].rstrip("."))


def store(drawn: Path, kept: Path) -> None:
    """Keep a picture in fewer colours."""
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(kept, optimize=True)


def draw(work: Path, gallery: Path, sections: tuple[Section, ...] = SECTIONS) -> str:
    """Draw the pictures of some sections into the gallery, and give its page.

    work : folder for the runs; what is finished there is not run again
    """
    work.mkdir(parents=True, exist_ok=True)
    if work.resolve() != ROOT:
        shutil.copytree(ROOT / "scenarios", work / "scenarios", dirs_exist_ok=True)
    gallery.mkdir(parents=True, exist_ok=True)
    lines = [HEAD]
    for section in sections:
        captions = make(section, work)
        lines.append(f"## {section.title}\n\n`paysim {section.command}`\n")
        for picture in section.pictures:
            store(work / section.folder / f"{picture.source}.png", gallery / f"{picture.name}.png")
            lines.append(f"- [{picture.name}.png]({picture.name}.png): {sentence(picture, captions)}")
        lines.append("")
    return "\n".join(lines)


def pictures() -> list[Picture]:
    """All pictures, in the order of the page."""
    return [picture for section in SECTIONS for picture in section.pictures]


def main(work: Path) -> None:
    """Draw all, take away what belongs no longer to the gallery, and write its page."""
    page = draw(work, GALLERY)
    for file in GALLERY.glob("*.png"):
        if file.stem not in {picture.name for picture in pictures()}:
            file.unlink()
    (GALLERY / "README.md").write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))
