"""How far the results of the stories reach over everything that is uncertain: sentences of their files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from stories_told import END, QUIET, TROUGH
from story_measures import PERCENT, Told, draws

COUNT = 100
"""Draws of all parameters, latent demand and noise."""

EDGES = (0.05, 0.5, 0.95)


def found(name: str, series: str, key: str, month: str, until: str = END) -> np.ndarray:
    """Values of a month by draw, (100,), times 100."""
    records = draws(name, COUNT, until)
    place = list(records[0].months).index(np.datetime64(month))
    return np.array([PERCENT * record.values(series, key)[place] for record in records])


def over_quiet(name: str, series: str, key: str) -> np.ndarray:
    """What a story adds in December 2035 to business as usual with the same luck, points by draw."""
    return found(name, series, key, END) - found(QUIET, series, key, END)


def band(*values: Callable[[], np.ndarray]) -> Callable[[], tuple[float, ...]]:
    """Median and the ends of nine draws in ten of each."""
    return lambda: tuple(x for value in values for x in np.quantile(value(), EDGES)[[1, 0, 2]].tolist())


def gain(name: str, of: str, key: str, sign: float = 1.0) -> Told:
    """What a currency gains or loses."""
    return Told(
        "Over everything that is uncertain (100 draws, the same luck with and without) " + of + " {:.1f} points by "
        "December 2035 at the median, {:.1f} to {:.1f} in nine draws of ten.",
        band(lambda: sign * over_quiet(name, "true_share", key)),
    )


def cut(name: str) -> Told:
    """Trade and the yuan in a story with the cut."""
    return Told(
        "Over everything that is uncertain (100 draws) China's trade is at {:.0f} [{:.0f} to {:.0f}] in February 2027 "
        "and at {:.0f} [{:.0f} to {:.0f}] in December 2035, the yuan at {:.1f} % [{:.1f} to {:.1f}]: the median, and "
        "nine draws in ten.",
        band(
            lambda: found(name, "trade_index", "CHN", TROUGH),
            lambda: found(name, "trade_index", "CHN", END),
            lambda: found(name, "true_share", "CNY", END),
        ),
    )


def trade(name: str, group: str, of: str, month: str) -> Told:
    """How much lower trade is."""
    return Told(
        "Over everything that is uncertain (100 draws) "
        + of
        + " trade is {:.1f} % lower at the median, {:.1f} to {:.1f} in "
        "nine draws of ten.",
        band(lambda: PERCENT - found(name, "trade_index", group, month, month)),
    )


def kept() -> np.ndarray:
    """What is left of the yuan's gain in December 2035, by draw, percent."""
    with_cut = [found("reconnect", "true_share", "CNY", month) for month in ("2029-12", END)]
    never = [found("decoupling", "true_share", "CNY", month) for month in ("2029-12", END)]
    return PERCENT * (with_cut[1] - never[1]) / (with_cut[0] - never[0])


BANDS: dict[str, Told] = {
    "article_full": cut("article_full"),
    "skeptic": cut("skeptic"),
    "reconnect": Told(
        "Over everything that is uncertain (100 draws, the same luck with and without) {:.0f} % of the gain is left "
        "after six years at the median, {:.0f} to {:.0f} % in nine draws of ten.",
        band(kept),
    ),
    "swap_lines": gain("swap_lines", "the yuan gains", "CNY"),
    "oil_in_yuan": gain("oil_in_yuan", "the yuan gains", "CNY"),
    "us_debt": gain("us_debt", "the dollar loses", "USD", -1.0),
    "belt_and_road": gain("belt_and_road", "the yuan gains", "CNY"),
    "rare_earths": gain("rare_earths", "the yuan gains", "CNY"),
    "tariffs_2025": trade("tariffs_2025", "CHN", "China's", "2026-12"),
    "bubble": trade("bubble", "CHN", "China's", "2028-12"),
}
