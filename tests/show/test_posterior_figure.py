"""Priors and posteriors in one figure: what moved stands out, where it stands is where it is."""

from __future__ import annotations

import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from paysim.show.posterior_figure import Law, priors_and_posteriors
from paysim.show.style import INK, STYLES, VERMILLION

LAWS = [
    Law("switching", (0.01, 0.07, 0.7), True, "21 → 11 %/month"),
    Law("hub margin", (0.05, 0.5, 0.95), False, "80 → 81 bp"),
    Law("bypass share", (0.04, 0.48, 0.93), False, "30 → 29 %"),
]


def drawn(style: str = "slides") -> Figure:
    return priors_and_posteriors(LAWS, "One moved.", "paysim evidence calibrate", "0", STYLES[style])


@pytest.mark.parametrize("style", ["slides", "paper"])
def test_every_parameter_has_its_band_and_what_moved_its_colour(style: str) -> None:
    lines = {line.get_gid(): line for axes in drawn(style).axes for line in axes.lines if line.get_gid()}
    for law in LAWS:
        band = lines[f"band {law.name}"]
        assert tuple(band.get_xdata()) == (law.band[0], law.band[2])
        assert same_color(band.get_color(), VERMILLION if law.moved else INK)
        assert lines[f"median {law.name}"].get_xdata()[0] == law.band[1]


def test_only_what_moved_has_its_medians_beside_its_name() -> None:
    texts = " ".join(text.get_text().replace("\n", " ").replace("\xa0", " ") for text in drawn().texts)
    assert "switching: 21 → 11 %/month" in texts
    assert "hub margin" in texts
    assert "80 → 81" not in texts


def test_a_slide_has_two_columns_and_a_page_one() -> None:
    assert len(drawn("slides").axes) == 2
    assert len(drawn("paper").axes) == 1
