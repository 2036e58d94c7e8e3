"""The stacks of what does not go through after a cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawings import day, written
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from paysim.show.figures import draw


def test_stacked_layers_differ_without_colour(drawn: Callable[..., Figure]) -> None:
    for axes in drawn("after_the_cut").axes:
        layers = [layer for layer in axes.collections if isinstance(layer, PolyCollection)]
        assert len({layer.get_hatch() for layer in layers}) == len(layers) == 2


def test_the_areas_after_a_cut_begin_and_end_with_their_months(run: Any, drawn: Callable[..., Figure]) -> None:
    figure = drawn("after_the_cut")
    blocked, refused = (layer.get_paths()[0].vertices for layer in figure.axes[0].collections)
    assert blocked[:, 0].min() == day("2026-12-01")  # 3 months before the cut of March 2027
    assert blocked[:, 0].max() == day("2030-04-01")  # the end of March 2030, 36 months after
    means = [np.mean(run.held[series, "CHN"], axis=0) for series in ("blocked_share", "refused_share")]
    assert blocked[:, 1].max() == pytest.approx(means[0].max())
    assert refused[:, 1].max() == pytest.approx((means[0] + means[1]).max())
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def heights(figure: Figure, panel: int, months: Any) -> list[list[tuple[float, float]]]:
    """Lower and upper edge of each layer of a stack, month by month."""
    layers = []
    for layer in figure.axes[panel].collections:
        at: dict[float, set[float]] = {}
        for place, height in layer.get_paths()[0].vertices:
            at.setdefault(place, set()).add(round(height, 13))
        edges = [day(str(month) + "-01") for month in months]
        both = [at[one] & at[two] for one, two in itertools.pairwise(edges)]  # a month is flat from edge to edge
        layers.append([(min(pair), max(pair)) for pair in both])
    return layers


def test_the_stacks_add_up_and_reach_the_same_height(make: Callable[..., Any]) -> None:
    run = make(months=72, replicates=7)
    bypass = np.linspace(0.0, 0.9, 7)[:, None] ** 3  # skewed, so that medians would not add up
    lost = run.held["blocked_share", "CHN"] + run.held["refused_share", "CHN"]
    run.held["bypassed_share", "CHN"], run.held["failed_share", "CHN"] = bypass * lost, (1 - bypass) * lost
    run.held["refused_share", "CHN"][2, 40] = np.nan  # this replicate must then count for no layer of its month
    lost[2, 40] = np.nan
    figure = draw(run, "after_the_cut")
    months = np.arange(np.datetime64("2027-03"), np.datetime64("2030-05"))
    shown = slice(32, 32 + len(months) - 1)
    total = np.nanmean(lost[:, shown], axis=0)
    why, then = (heights(figure, panel, months) for panel in (0, 1))
    for below, above in (why, then):
        assert [high for _, high in below] == [low for low, _ in above]
        assert [low for low, _ in below] == [0.0] * len(total)
        assert [high for _, high in above] == pytest.approx(list(total), abs=1e-12)
    failed = np.nanmean((1 - bypass) * lost, axis=0)[shown]
    assert [high - low for low, high in then[1]] == pytest.approx(list(failed), abs=1e-12)
    assert "mean of 7 replicates" in written(figure)
