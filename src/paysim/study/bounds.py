"""How far the yuan's tracker can fall without the yuan being used less: two bounds, always told together.

Clearing migration takes payments from offshore clearing into CIPS; what CIPS publishes must then grow by as much.
Message migration takes the messages of payments that CIPS settles anyway off SWIFT; what CIPS publishes stays as it is,
so that only the share of such payments bounds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from paysim.data import catalogue
from paysim.study.results import Results
from paysim.words import decimal, number
from paysim.words import translated as _

STORY_LOW = np.datetime64("2025-08")
"""The month of the published low of the yuan's tracker that the story tells of."""

STORY_PEAK = np.datetime64("2024-07")
"""The month of the published peak from which it fell."""

_YEAR = 12


@dataclass(frozen=True)
class TrackerBounds:
    """Lowest tracker shares that each migration alone can bring about at an unchanged true share (fractions).

    start : the tracker in the run's first month;  message, clearing : how low it can get
    growth : growth of CIPS's published value in ``year`` over the year before, which bounds clearing migration
    simulated : growth of CIPS's value in the run over the same fall, its median
    """

    start: float
    message: float
    clearing: float
    growth: float
    year: str
    simulated: float

    def sentences(self) -> list[str]:
        """Say what each bound rests on."""
        start, message, clearing = (_percent(share) for share in (self.start, self.message, self.clearing))
        more = self.simulated > self.growth
        against = _("more than was published") if more else _("no more than was published")
        return [
            _(
                "message migration alone could take the tracker from {start} to {end}: CIPS's published value would "
                "not show it, so only the share of CIPS payments with SWIFT messages bounds it"
            ).format(start=start, end=message),
            _(
                "clearing migration alone could take it to {end}: it raises CIPS's published value, which grew by "
                "{growth} % in {year}"
            ).format(end=clearing, growth=number(100 * self.growth, 1), year=self.year),
            _("in this run CIPS's value changes by {change} % from {first} to {last}: {against}").format(
                change=decimal(f"{100 * self.simulated:+.1f}"), first=STORY_PEAK, last=STORY_LOW, against=against
            ),
        ]


def lowest_shares(start: float, cleared: float, messaged: float, growth: float) -> tuple[float, float]:
    """Find the lowest tracker share by message migration alone, and by clearing migration alone.

    start : the tracker's share, fraction
    cleared : share of yuan value that is settled in CIPS;  messaged : share of that with SWIFT messages
    growth : by which CIPS's value may rise, fraction

    The tracker sees 1 - cleared (1 - messaged) of the yuan's value; other currencies stay, so the odds of its share
    move as what it sees. All ``cleared * messaged`` can lose its messages; ``cleared * growth`` can move into CIPS.
    """
    visible = 1.0 - cleared * (1.0 - messaged)
    moved = min(cleared * growth, 1.0 - cleared)
    message, clearing = (
        _share(start / (1.0 - start) * left / visible) for left in (visible - cleared * messaged, visible - moved)
    )
    return message, clearing


def _share(odds: float) -> float:
    return odds / (1.0 + odds)


def tracker_bounds(results: Results) -> TrackerBounds | None:
    """Find the bounds of a run that covers the story's low; None if it does not, or does not know its base."""
    months = results.dates.astype("datetime64[M]")
    draws = results.draws()
    needed = ("base_cleared", "base_messaged")
    if "CNY" not in results.keys("tracker_share") or not (months[0] == STORY_PEAK and months[-1] >= STORY_LOW):
        return None
    if any(name not in draws for name in needed):
        return None
    read = results.quantiles("tracker_share", "CNY")[1]
    start, (cleared, messaged) = float(read[0.5][0]), (float(np.median(draws[name])) for name in needed)
    year = str(STORY_LOW)[:4]
    value = {row.period.text: row.value for row in catalogue.cips_value()}
    growth = value[year] / value[str(int(year) - 1)] - 1.0
    if not math.isfinite(start):
        return None
    statistic = results.values("cips_value")[1]
    simulated = float(np.median(statistic[:, int(np.flatnonzero(months == STORY_LOW)[0])] / statistic[:, 0])) - 1.0
    return TrackerBounds(start, *lowest_shares(start, cleared, messaged, growth), growth, year, simulated)


def published_steps(results: Results) -> str | None:
    """Say that the published tracker did not fall steadily, if the run covers its fall."""
    first, last = (np.datetime_as_string(month, "M") for month in results.dates[[0, -1]])
    low = np.datetime_as_string(STORY_LOW)
    published = {row.month.strftime("%Y-%m"): row.value for row in catalogue.tracker_share("CNY")}
    until_first = [month for month in published if month <= first][-_YEAR:]
    until_low = [month for month in published if month <= low][-_YEAR:]
    fall = [month for month in published if first <= month <= low]
    if first != np.datetime_as_string(STORY_PEAK) or low > last or len(until_first) < _YEAR:
        return None
    early = next(month for month in fall if published[month] <= published[low])
    back = max(fall[fall.index(early) :], key=published.__getitem__)
    means = [_percent(float(np.mean([published[month] for month in span]))) for span in (until_first, until_low)]
    return _(
        "the published tracker fell in steps: {low} in {early}, {high} again in {back}; twelve-month means went from "
        "{first} to {last}"
    ).format(
        low=_percent(published[early]),
        early=early,
        high=_percent(published[back]),
        back=back,
        first=means[0],
        last=means[1],
    )


def _percent(share: float) -> str:
    return number(100 * share, 2) + " %"
