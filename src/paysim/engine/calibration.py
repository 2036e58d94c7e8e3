"""What the base was made to meet, and what it reaches: every target beside its figure, with the gaps explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from paysim.data import catalogue
from paysim.data.tables import Observation
from paysim.engine.draws import draw
from paysim.engine.prepared import Prepared
from paysim.model.base import Base
from paysim.model.stability import shares_together, spectral_radius
from paysim.model.world import TRADE
from paysim.words import deferred
from paysim.words import translated as _

POINT = 0.01
TRACKER_TOLERANCE = 0.1 * POINT
GOODS_TOLERANCE = 2.0 * POINT

ALL_PAYMENTS_GAP = deferred(
    "The official figure counts China's payments with Hong Kong and between banks, most of them in yuan, and leaves "
    "out what Chinese banks pay abroad for others; the base has trade and a pattern of financial payments only."
)


@dataclass(frozen=True)
class Target:
    """A published share, what the base reaches, and how far apart they may be (nan: shown, not demanded)."""

    name: str
    published: float
    reached: float
    tolerance: float
    source: str
    remark: str = ""

    @property
    def met(self) -> bool:
        """Whether the base is near enough."""
        return bool(np.isnan(self.tolerance) or abs(self.reached - self.published) <= self.tolerance)


@dataclass(frozen=True)
class Calibration:
    """Targets of the base, and the quantities that were solved for or follow (name, value, unit)."""

    targets: tuple[Target, ...]
    quantities: tuple[tuple[str, float, str], ...]


def calibration(prepared: Prepared, start: datetime, as_of: date | None = None) -> Calibration:
    """Hold the base at the best values of all parameters against what was published for its first month.

    as_of : only what was public on that day
    """
    best = draw(prepared, 0, [0], ())
    world, base = prepared.world, best.base
    visible = np.einsum("kl,klp->p", base.value[0], base.mix[0] * world.visible) @ world.nest
    visible[world.euro] += base.euro_block[0] if world.euro >= 0 else 0.0
    reached = visible / visible.sum()
    targets = [
        Target(
            _("tracker share of {currency}").format(currency=currency),
            float(wanted),
            float(reached[c]),
            TRACKER_TOLERANCE,
            "SWIFT RMB Tracker",
        )
        for c, (currency, wanted) in enumerate(zip(world.currencies, world.targets, strict=True))
        if not np.isnan(wanted)
    ]
    targets += _china(prepared, base, start, as_of)
    value = np.einsum("kl,klc->c", base.value[0], base.share[0])
    quantities = [
        (_("tilt of financial payments to own currencies"), float(base.tilt[0]), ""),
        (_("yuan in financial payments touching China or Hong Kong"), float(base.financial_yuan[0]), _("share")),
        (_("payments inside the euro area"), float(base.euro_block[0] / base.value.sum()), _("of all value")),
        (_("yuan cleared in CIPS, as the pairs of members allow"), float(base.cleared[0]), _("share")),
        (_("of that, messaged on SWIFT"), float(base.messaged[0]), _("share")),
        (_("gamma_c, the tipping threshold"), float(best.threshold[0]), ""),
        (_("gamma_c of trade alone, without its response"), _trade_threshold(base), ""),
    ]
    quantities += [
        (_("true share of {currency}").format(currency=currency), float(part), _("share"))
        for currency, part in zip(world.currencies, value / value.sum(), strict=True)
    ]
    return Calibration(tuple(targets), tuple(quantities))


def _china(prepared: Prepared, base: Base, start: datetime, as_of: date | None) -> list[Target]:
    """The yuan's shares in China's goods trade and in all of its payments."""
    world = prepared.world
    yuan = world.currencies.index("CNY")
    issuer = world.anchor[0] if world.anchor else 0
    touching = world.touches[:, issuer] * (world.payer != world.payee)
    by_currency = np.einsum("kl,klc,l->kc", base.value[0], base.share[0], touching)
    goods, everything = by_currency[TRADE], by_currency.sum(0)
    published = _goods_share(start, as_of)
    found = [
        Target(
            _("yuan in China's goods trade"),
            published.value,
            float(goods[yuan] / goods.sum()),
            GOODS_TOLERANCE,
            f"{published.source} ({published.period.text})",
        )
    ]
    official = {row.period.text: row for row in catalogue.china_rmb_share("SAFE", as_of)}.get(f"{start:%Y-%m}")
    if official is not None:
        share_of_all = float(everything[yuan] / everything.sum())
        found.append(
            Target(
                _("yuan in all of China's payments"),
                official.value,
                share_of_all,
                np.nan,
                official.source,
                _(ALL_PAYMENTS_GAP),
            )
        )
    return found


def _trade_threshold(base: Base) -> float:
    goods = slice(TRADE, TRADE + 1)
    together = shares_together(base)
    together = None if together is None else together[:, goods]
    return float(1.0 / spectral_radius(base.share[:, goods], base.value[:, goods], np.zeros((1, 1)), together)[0])


def _goods_share(start: datetime, as_of: date | None) -> Observation:
    """The best published share of yuan in China's goods trade of the start's year, or the last one before."""
    rows = [row for row in catalogue.china_goods_trade_rmb_share(as_of) if int(row.period.text[:4]) <= start.year]
    latest = max(int(row.period.text[:4]) for row in rows)
    return min((row for row in rows if int(row.period.text[:4]) == latest), key=lambda row: row.grade)
