"""What a calibration is held against: published figures of shipped episodes, with what they allow the model to miss.

Every figure has two errors, both judgements with a range. Its **own error** is what rounding, revision and another
definition may move it by, from figure to figure. The **discrepancy** is what the model, at its best parameters, would
still miss it by: it is alike in neighbouring months, and what is too much in one currency of a flow is lacking in the
others. Without it a posterior would be as narrow as if the model were true (Kennedy and O'Hagan 2001; Brynjarsdottir
and O'Hagan 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.data.tables import Observation
from paysim.words import deferred

Array = NDArray[np.float64]

POINT = 0.01
MEMORY = 12.0
"""Months over which a discrepancy fades by e: a judgement, 6 to 24."""
RUSSIA, YUAN = "russia_2022", "yuan_2015"
FITTED, FITTED_LAST = "2022-12", "2023-07"
"""Months of Russia's imports that are fitted, those that the shipped story was fitted to; all others are held out."""
FIRST_CUT = "2022-03"
LAST = "2024-04"
"""The last month of Russia's settlements that is read."""
CURRENCIES = {"share_cny": "CNY", "share_rub": "RUB", "share_usd": "USD", "share_eur": "EUR"}
"""Published share -> currency of the model."""
UNFRIENDLY = "share_unfriendly"
"""The Bank of Russia's unfriendly currencies, held against the dollar and the euro together."""


@dataclass(frozen=True)
class Allowance:
    """Standard deviations of an error, fractions: a judgement with its range."""

    best: float
    low: float
    high: float
    reason: str = ""


@dataclass(frozen=True)
class Family:
    """Figures that share a discrepancy.

    story : the shipped scenario that has them;  label : for people
    own, discrepancy : errors of one figure;  fitted : whether parameters are fitted to them
    """

    id: str
    story: str
    label: str
    own: Allowance
    discrepancy: Allowance
    fitted: bool = True


@dataclass(frozen=True)
class Target:
    """A published figure and what of a run is held against it: the sum of some series at a month, or their mean.

    series : name and key of each;  at : the month, or the first and the last of which the mean is taken
    currency : of a flow's shares, which add up; empty where there is one alone
    """

    family: Family
    series: tuple[tuple[str, str], ...]
    at: tuple[str, ...]
    seen: Observation = field(repr=False)
    currency: str = ""

    @property
    def id(self) -> str:
        """Its name: family, currency and period."""
        parts = (self.family.id, self.currency, self.seen.period.text.replace("-", "_"))
        return "_".join(part for part in parts if part)

    @property
    def month(self) -> float:
        """The middle of its months, as a number of months."""
        return float(np.mean([12 * int(text[:4]) + int(text[5:7]) for text in self.at]))


OWN_RUSSIA = Allowance(
    1.0 * POINT, 0.5 * POINT, 2.0 * POINT,
    deferred("whole percents; two sources of one month differ by up to two points"),
)  # fmt: skip
IMPORTS = Family(
    "imports", RUSSIA, deferred("Russia's imports, Dec 2022 to Jul 2023"), OWN_RUSSIA,
    Allowance(5.0 * POINT, 2.5 * POINT, 10.0 * POINT, deferred(
        "the story has the right sum of wrong parts: where China's and the others' shares are known it misses them by "
        "10 to 20 points"
    )),
)  # fmt: skip
LATER = Family(
    "later", RUSSIA, deferred("Russia's imports, from Dec 2023 on"), OWN_RUSSIA, IMPORTS.discrepancy, fitted=False
)
EXPORTS = Family(
    "exports", RUSSIA, deferred("Russia's exports, from Mar 2022 on"), OWN_RUSSIA, IMPORTS.discrepancy, fitted=False
)
TRACKER = Family(
    "tracker", YUAN, deferred("the yuan on SWIFT's tracker, Sep 2015 to Dec 2016"),
    Allowance(0.13 * POINT, 0.08 * POINT, 0.25 * POINT, deferred("the tracker's own noise, 7 % of the share")),
    Allowance(0.5 * POINT, 0.25 * POINT, 0.8 * POINT, deferred(
        "demand that nothing explains: latent demand moves the share by 0.2 points a month, 0.7 in sixteen; it fell "
        "in steps and the story falls in a line"
    )),
)  # fmt: skip
GOODS = Family(
    "goods", YUAN, deferred("the yuan in China's goods trade, mean of 2016"),
    Allowance(2.0 * POINT, 1.0 * POINT, 4.0 * POINT, deferred("16 % in one source, 20 % in another")),
    Allowance(3.0 * POINT, 1.5 * POINT, 6.0 * POINT, deferred("trade and the tracker need not follow one demand")),
)  # fmt: skip
FAMILIES = (IMPORTS, TRACKER, GOODS, LATER, EXPORTS)


def targets(as_of: date | None = None) -> tuple[Target, ...]:
    """All figures, fitted and held out, in a fixed order; ``as_of``: only what was public on that day."""
    return (*_russia(as_of), *_tracker(as_of), *_goods(as_of))


def _russia(as_of: date | None) -> list[Target]:
    found = []
    rows = [row for row in catalogue.series("russia_settlement", as_of=as_of).by_period() if row.period.kind == "month"]
    for row in rows:
        flow, month = row.key[0], row.period.text
        if not FIRST_CUT <= month <= LAST or row.measure not in (*CURRENCIES, UNFRIENDLY):
            continue
        early = flow == "import" and FITTED <= month <= FITTED_LAST
        family = EXPORTS if flow == "export" else IMPORTS if early else LATER
        currencies = ("USD", "EUR") if row.measure == UNFRIENDLY else (CURRENCIES[row.measure],)
        series = tuple((f"{flow}_share", f"RUS/{currency}") for currency in currencies)
        found.append(Target(family, series, (month,), row, row.measure.removeprefix("share_")))
    return found


def _tracker(as_of: date | None) -> list[Target]:
    rows = catalogue.tracker_share("CNY", as_of)
    return [
        Target(TRACKER, (("tracker_share", "CNY"),), (row.period.text,), row)
        for row in rows
        if "2015-09" <= row.period.text <= "2016-12"
    ]


def _goods(as_of: date | None) -> list[Target]:
    rows = [row for row in catalogue.china_goods_trade_rmb_share(as_of) if row.period.text == "2016"]
    best = sorted(rows, key=lambda row: row.grade)[:1]
    return [Target(GOODS, (("china_trade_rmb_share", "CHN"),), ("2016-01", "2016-12"), row) for row in best]


def covariance(of: Sequence[Target], which: str = "best", memory: float = MEMORY) -> Array:
    """Covariance of figure less model at the true parameters, (T, T), fractions squared.

    which : ``best``, ``low`` or ``high`` of every allowance;  memory : months

    Figures of different families are taken as independent. What a flow has too much in one of three currencies that add
    up it lacks in the two others: correlation -1/2 at one time. So it holds for families with three such shares.
    """
    own = np.array([getattr(one.family.own, which) for one in of])
    spread = np.array([getattr(one.family.discrepancy, which) for one in of])
    months = np.array([one.month for one in of])
    family = np.array([one.family.id for one in of])
    alike = np.exp(-np.abs(months[:, None] - months) / memory)
    alike *= family[:, None] == family
    same = np.array([[one.currency == other.currency for other in of] for one in of])
    alike *= np.where(same, 1.0, -0.5)
    return np.asarray(np.outer(spread, spread) * alike + np.diag(own**2))
