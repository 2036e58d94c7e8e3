"""A scenario made ready to run: the world and everything else the engines need, without files or schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paysim.engine.timeline import PolicyEvent
from paysim.model.classes import PairClasses
from paysim.model.parameters import Rules
from paysim.model.ruling import Switches
from paysim.model.world import World
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.response import Response
from paysim.networks.systems import System as TrueSystem

Array = NDArray[np.float64]

RUN_OUT = 2
"""Months that the event engine runs on after the horizon, so that the last payments can finish as if time went on."""


class Range(Protocol):
    """An uncertain parameter: its best value and the quantile function of its draws."""

    @property
    def best(self) -> float:
        """The value without uncertainty."""

    def quantile(self, u: float) -> float:
        """The value below which a share ``u`` of the draws lies."""


@dataclass(frozen=True)
class System:
    """A settlement system: its hours, its liquidity, and how it responds to value and liquidity.

    level : liquidity of its participants over what the response was measured with; hours_open : mean length of a
    session, hours; true : the system at true size that the response was measured on, if it is known
    """

    name: str
    calendar: OperatingCalendar
    level: float
    hours_open: float
    response: Response
    true: TrueSystem | None = None


@dataclass(frozen=True)
class Traffic:
    """How payments are sampled: number a month, ``"stratified"`` or ``"plain"``, spread of sizes (s.d. of logs)."""

    payments: int
    sampling: str
    size_sigma: float


@dataclass(frozen=True)
class Prepared:
    """All that a run needs.

    months : (M,) datetime64[M]; starts : seconds since 1970 of the months' starts and of the end, M + 1
    trade_share : (L, C) calibrated currency shares of goods trade
    ranges : behaviour parameters by name; latent_sd, noise_sd : (C,) log-odds a month
    uncertain : which sources of uncertainty the scenario leaves on, of parameters, latent_demand, noise
    statistic : published value of the challenger's settlement system at the start, trn yuan a month
    base_delay : (P,) hours from submission to settlement in a base run, or (E, P) where every draw has its own
    true_size : whether the challenger's system settles every day at true size
    world_facts : what is known of the base at the best values, ``gamma_c`` among it
    individual : the same world with every bank for itself, for the event engine
    """

    name: str
    world: World
    individual: World
    classes: PairClasses
    trade_share: Array
    rules: Rules
    switches: Switches
    events: tuple[PolicyEvent, ...]
    months: NDArray[np.datetime64]
    starts: tuple[int, ...]
    ranges: dict[str, Range]
    latent_sd: Array
    noise_sd: Array
    uncertain: frozenset[str]
    systems: tuple[System, ...]
    traffic: Traffic
    statistic: float
    base_delay: Array
    tipping: bool
    true_size: bool
    world_facts: dict[str, Any]
