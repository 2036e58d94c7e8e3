"""What differs between replicates: parameters, latent demand and the tracker's noise, drawn by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from paysim.engine.prepared import RUN_OUT, Prepared
from paysim.engine.record import Fact
from paysim.engine.streams import normals, stream
from paysim.model.base import Base, calibrate
from paysim.model.economy import Economy
from paysim.model.parameters import Parameters
from paysim.model.stability import critical_network_effect
from paysim.model.units import HOURS_A_DAY
from paysim.model.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """E replicates: parameters, calibrated base, gamma and its threshold (E,), latent and noise (E, C, M + RUN_OUT)."""

    replicates: tuple[int, ...]
    parameters: Parameters
    base: Base
    threshold: Array
    gamma: Array
    unstable: NDArray[np.bool_]
    latent: Array
    noise: Array

    def take(self, draw: int) -> Draws:
        """One of the draws."""
        one = slice(draw, draw + 1)
        arrays = {f.name: getattr(self, f.name)[one] for f in fields(Draws) if f.name not in ("parameters", "base")}
        return Draws(parameters=self.parameters.take(one), base=self.base.take(one), **arrays)

    def economy(self, prepared: Prepared, world: World | None = None) -> Economy:
        """The economy of these draws at the start; ``world`` is the one with individual banks, if wanted."""
        economy = Economy(
            world or prepared.world,
            prepared.classes,
            self.parameters,
            self.base,
            self.gamma,
            prepared.rules,
            prepared.switches,
        )
        economy.follow_paths(0)
        hub = economy.world.option_hub >= 0
        if hub.any() and economy.world.yuan_routes is not None:
            direct = np.atleast_1d(prepared.base_delay[..., economy.world.yuan_routes[2]])
            economy.delay[:, hub] = direct[:, None] / HOURS_A_DAY
        return economy

    def facts(self, draw: int) -> dict[str, Fact]:
        """Facts of one draw for its record."""
        found: dict[str, Fact] = {f.name: float(getattr(self.parameters, f.name)[draw]) for f in fields(Parameters)}
        found["replicate"] = self.replicates[draw]
        found["gamma_c"] = float(self.threshold[draw])
        found["gamma"] = float(self.gamma[draw])
        found["unstable"] = bool(self.unstable[draw])
        for name in ("tilt", "financial_yuan", "cleared", "messaged"):
            found[f"base_{name}"] = float(getattr(self.base, name)[draw])
        found["base_euro_block"] = float(self.base.euro_block[draw] / self.base.value[draw].sum())
        return found


def draw_parameters(prepared: Prepared, seed: int, replicates: Sequence[int], vary: bool) -> Parameters:
    """Parameters of replicates: best values, or one draw a replicate from every range."""
    values = {}
    for name, spread in prepared.ranges.items():
        if vary:
            luck = [float(stream(seed, r, f"parameter {name}").random()) for r in replicates]
            values[name] = np.array([spread.quantile(u) for u in luck])
        else:
            values[name] = np.full(len(replicates), spread.best)
    values["clearing_bank_effect"] = np.maximum(values["clearing_bank_effect"], values["swap_line_effect"])
    return Parameters(**values)


def draw(prepared: Prepared, seed: int, replicates: Sequence[int], sources: Sequence[str]) -> Draws:
    """Draw, calibrate and test the stability of replicates. Streams belong to names, so scenarios share their luck."""
    active = prepared.uncertain & frozenset(sources)
    parameters = draw_parameters(prepared, seed, replicates, "parameters" in active)
    return with_luck(prepared, parameters, seed, replicates, active)


def draw_at(prepared: Prepared, values: Mapping[str, Array]) -> Draws:
    """Draws without luck at chosen values of some parameters, (E,) each; the best values of all others.

    Raises KeyError for a parameter that there is not, ValueError where the values are not equally many.
    """
    (count,) = {len(column) for column in values.values()} or {1}
    best = draw_parameters(prepared, 0, range(count), vary=False)
    for name in values:
        if name not in prepared.ranges:
            raise KeyError(f"no parameter {name!r}")
    parameters = replace(best, **{name: np.asarray(column, dtype=np.float64) for name, column in values.items()})
    return with_luck(prepared, parameters, 0, range(count), frozenset())


def with_luck(
    prepared: Prepared, parameters: Parameters, seed: int, replicates: Sequence[int], active: frozenset[str]
) -> Draws:
    """Calibrate and test the stability of parameters, and draw what else differs between replicates."""
    base = calibrate(prepared.world, prepared.classes, parameters, prepared.trade_share)
    threshold = critical_network_effect(base, parameters)
    gamma = parameters.network_effect * threshold
    shape = (len(replicates), len(prepared.world.currencies), len(prepared.months) + RUN_OUT)
    luck = {}
    for source, spread in (("latent_demand", prepared.latent_sd), ("noise", prepared.noise_sd)):
        luck[source] = np.zeros(shape)
        if source in active:
            names, months = prepared.world.currencies, shape[2]
            luck[source] = normals(seed, list(replicates), source, names, months) * spread[None, :, None]
    return Draws(
        replicates=tuple(replicates),
        parameters=parameters,
        base=base,
        threshold=threshold,
        gamma=gamma,
        unstable=parameters.network_effect + parameters.local_complementarity >= 1.0,
        latent=luck["latent_demand"],
        noise=luck["noise"],
    )
