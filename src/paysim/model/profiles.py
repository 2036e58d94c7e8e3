"""Currency shares of goods trade: every corridor fitted to what its two groups invoice in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paysim.model.base import FITTING_STEPS, TINY, ratio_to
from paysim.model.world import World

Array = NDArray[np.float64]

MOST_RAISED = 5.0
"""Largest change of the log-odds of the issuer's currency on its corridors that is tried."""
PULL = 0.002
"""Pull of fitted factors to 1: a gap of .4 % is left for every unit of a factor's logarithm (judgement; 0 to .005)."""
PROFILE_TOLERANCE = 1e-9


def trade_shares(world: World) -> Array:
    """Currency shares of goods trade on every corridor, (L, C), fitted to the groups' profiles.

    The seed is the geometric mean of the exporter's and the importer's profile. Factors per exporter, importer and
    currency are scaled until every group's profile is met; known corridors stay as they are. The yuan profiles of the
    groups contradict each other by about 15 %, so no fit meets them all; afterwards the odds of the yuan on the
    issuer's corridors are raised by one factor until the issuer's own profile, the only sourced one, is met.
    """
    fit = _ProfileFit(world)
    fit.run()
    share = fit.share if world.anchor is None else _issuer_met(world, fit.share, fit.known[..., 0])
    return share.reshape(len(world.groups) ** 2, len(world.currencies))


def _issuer_met(world: World, share: Array, known: NDArray[np.bool_]) -> Array:
    """Shares in which the issuer settles the share of its trade in its own currency that its profile says."""
    # Imported here: it takes half a second, and a process that is given a finished world never needs it.
    from scipy.optimize import brentq

    assert world.anchor is not None
    issuer, yuan = world.anchor
    free = np.zeros_like(known)
    free[issuer], free[:, issuer] = True, True
    free &= ~known
    exports, imports = world.trade[issuer], world.trade[:, issuer]
    want = exports.sum() * world.export_profile[issuer, yuan] + imports.sum() * world.import_profile[issuer, yuan]

    def raised(log_odds: float) -> Array:
        moved = share.copy()
        moved[..., yuan] *= np.exp(log_odds)
        moved /= np.maximum(moved.sum(-1, keepdims=True), TINY)
        return np.where(free[..., None], moved, share)

    def gap(log_odds: float) -> float:
        got = raised(log_odds)[..., yuan]
        return float(exports @ got[issuer] + imports @ got[:, issuer] - want)

    if gap(-MOST_RAISED) * gap(MOST_RAISED) > 0.0:
        return share
    return raised(brentq(gap, -MOST_RAISED, MOST_RAISED, xtol=1e-12))


class _ProfileFit:
    """Iterative proportional fitting of corridor shares to exporters' and importers' profiles."""

    def __init__(self, world: World) -> None:
        groups, count = len(world.groups), len(world.currencies)
        self.world = world
        self.seed = np.sqrt(world.export_profile[:, None, :] * world.import_profile[None, :, :])
        self.known = np.zeros((groups, groups, 1), dtype=bool)
        self.share = self.seed / np.maximum(self.seed.sum(-1, keepdims=True), TINY)
        for corridor, shares in world.known_corridors.items():
            self.known[corridor], self.share[corridor] = True, shares
        self.value = world.trade[..., None]
        self.directional = world.directional[:, None]
        self.exporter, self.importer = np.ones((groups, count)), np.ones((groups, count))

    def run(self) -> None:
        """Scale until nothing moves."""
        for _ in range(FITTING_STEPS):
            if self._step() < PROFILE_TOLERANCE:
                return

    def _step(self) -> float:
        """Scale once; the largest change of a share."""
        value = self.value * self.share
        fixed = np.where(self.known, value, 0.0)
        free_out, free_in = (value - fixed).sum(1), (value - fixed).sum(0)
        exports = self.world.export_profile * self.world.trade.sum(1)[:, None] - fixed.sum(1)
        imports = self.world.import_profile * self.world.trade.sum(0)[:, None] - fixed.sum(0)
        gap = ratio_to(exports + imports, free_out + free_in)
        self.exporter = _scaled(self.exporter, np.where(self.directional, ratio_to(exports, free_out), gap))
        self.importer = _scaled(self.importer, np.where(self.directional, ratio_to(imports, free_in), gap))
        fitted = self.seed * self.exporter[:, None] * self.importer[None]
        fitted = fitted / np.maximum(fitted.sum(-1, keepdims=True), TINY)
        before, self.share = self.share, np.where(self.known, self.share, fitted)
        return float(np.abs(self.share - before).max())


def _scaled(factor: Array, gap: Array) -> Array:
    """Half a step of a factor towards closing a gap, with a pull back to 1.

    Published profiles contradict each other; without the pull the fit would run into a corner, whole currencies in
    one corridor, to close gaps that cannot be closed.
    """
    return np.asarray(factor ** (1.0 - PULL) * np.sqrt(gap))
