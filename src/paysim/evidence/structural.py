"""The forecast of the model: its path without events, and the residual process of its observation layer.

With no event the mean-field path of the model is flat: what is structural about this forecast is that nothing is
expected to happen, and a forecast without the residual process is the last published figure (`flat`). All of its
spread comes from the residual process, which is statistics: latent demand and observation noise (`latent`), their size
and shape estimated from what was public. Beside them stands the plain AR(1), and the two are weighed for every currency
by how probable each had called the figures that came one month after earlier origins (predictive likelihood, Geweke and
Amisano 2011, "Optimal prediction pools"; here the weights of Bayes' rule), from even odds on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from paysim.data.noise import FIRST, month_number
from paysim.evidence.baselines import autoregression_density, persistence
from paysim.evidence.densities import Density, log_odds
from paysim.evidence.latent import Filtered, Shapes, filtered, predicted, shape_prior
from paysim.evidence.origins import Known, Maker, Method, Published, regime, simple

Array = NDArray[np.float64]

FEWEST_TOGETHER = 12
"""Changes with which another currency has a say in the shape of one."""
LEARNT_AT = 1
"""Horizon, months, at which the two parts are weighed."""

flat: Maker = simple(persistence)
"""The model without its residual process."""


class Residual:
    """Latent demand and noise of all currencies at an origin, filtered once."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._day: object = None
        self._found: dict[str, Filtered] = {}

    def density(self, known: Known, currency: str, month: int, together: bool = True) -> Density:
        """Forecast of a currency's log-odds in a month.

        together : its shape is held to be like that of the others, as far as they say anything
        """
        if self._day is not known.parts:
            self._day = known.parts
            self._found = {name: filtered(parts, self.shapes) for name, parts in known.parts.items() if parts}
        others = (
            found
            for name, found in self._found.items()
            if together and name != currency and found.changes >= FEWEST_TOGETHER
        )
        return predicted(self._found[currency], self.shapes, month, shape_prior(others))


def latent(shapes: Shapes | None = None, together: bool = True) -> Maker:
    """The model with latent demand and noise as its residual process."""

    def made(published: Published) -> Method:
        residual = Residual(Shapes.grid() if shapes is None else shapes)

        def method(known: Known, currency: str, month: int) -> Array | None:
            return residual.density(known, currency, month, together).quantiles()

        return method

    return made


def structural(published: Published) -> Method:
    """The model with its residual process, weighed against the AR(1) by what they said before."""
    density = structural_density(published)
    return lambda known, currency, month: density(known, currency, month).quantiles()


def structural_density(published: Published) -> Callable[[Known, str, int], Density]:
    """The same as a density in log-odds."""
    residual = Residual(Shapes.grid())

    @cache
    def behind(origin: int) -> tuple[Known, Residual]:
        """What was known at an earlier origin, filtered once for all currencies."""
        return published.known(origin), Residual(residual.shapes)

    @cache
    def ahead(origin: int, currency: str) -> float | None:
        """How much better the residual process called the figure after an origin than the AR(1), log density."""
        came = published.figure(currency, origin + LEARNT_AT)
        known, then = behind(origin)
        if came is None or not known.usable(currency):
            return None
        parts = known.parts[currency]
        other = autoregression_density(parts, came.month)
        if other is None or regime(came.month) != regime(int(parts[-1].month[-1])):
            return None
        value = float(log_odds(np.array(came.share)))
        return then.density(known, currency, came.month).log_density(value) - other.log_density(value)

    def weight(known: Known, currency: str) -> float:
        """Weight of the residual process, from the figures that were public."""
        total = 0.0
        for origin in range(month_number(FIRST), known.month):
            came = published.figure(currency, origin + LEARNT_AT)
            if came is not None and came.published <= known.day:
                total += ahead(origin, currency) or 0.0
        return float(1.0 / (1.0 + np.exp(-np.clip(total, -50.0, 50.0))))

    def density(known: Known, currency: str, month: int) -> Density:
        own = residual.density(known, currency, month)
        other = autoregression_density(known.parts[currency], month)
        if other is None:
            return own
        share = weight(known, currency)
        return Density.mixed([(share, own), (1.0 - share, other)])

    return density
