"""A made-up finished run with the shape of a real one: 12 groups, 138 months, a cut in 2027, a hub two years later."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paysim.show.figures import draw

sys.path.insert(0, str(Path(__file__).parent))  # for drawings

Array = NDArray[np.float64]

GROUPS = ("CHN", "HKG", "USA", "EUR", "ALLY", "RUS", "ASEAN", "GULF", "LATAM", "AFR", "SAS", "ROW")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CUT = dt.datetime(2027, 3, 12, 16, tzinfo=dt.UTC)


@dataclass
class MadeUp:
    """Results as the figures want them, from arrays held in memory."""

    scenario: dict[str, Any]
    manifest: dict[str, Any]
    months: NDArray[np.datetime64]
    held: dict[tuple[str, str], Array]
    apart: dict[tuple[str, str, str], Array] = field(default_factory=dict)
    drawn: dict[str, Array] = field(default_factory=dict)

    def keys(self, series: str) -> tuple[str, ...]:
        return tuple(key for name, key in self.held if name == series)

    def values(self, series: str, key: str = "") -> tuple[NDArray[np.datetime64], Array]:
        return self.months, self.held[series, key]

    def quantiles(
        self, series: str, key: str = "", source: str = "all"
    ) -> tuple[NDArray[np.datetime64], dict[float, Array]]:
        read = self.held[series, key] if source == "all" else self.apart[series, key, source]
        return self.months, {level: np.quantile(read, level, axis=0) for level in QUANTILES}

    def draws(self) -> dict[str, Array]:
        return self.drawn


def scenario() -> dict[str, Any]:
    """The scenario of the made-up run: two events end at one instant, one grows and ends, one ends after the run."""
    return {
        "title": "China is cut off from SWIFT",
        "question": "Would it have no trouble?",
        "events": [
            {
                "at": "2024-10-01T00:00:00+00:00",
                "until": "2025-09-01T00:00:00Z",
                "ramp": 0.0,
                "label": "steering to CIPS",
                "kind": "steering",
                "premise": True,
            },
            {
                "at": dt.datetime(2025, 3, 1, tzinfo=dt.UTC),
                "until": dt.datetime(2025, 9, 1, tzinfo=dt.UTC),
                "label": "demand for yuan drifts up",
                "kind": "demand_drift",
                "premise": True,
            },
            {
                "at": CUT,
                "until": None,
                "label": "China cut off from SWIFT",
                "kind": "disconnection",
                "groups": ["CHN", "HKG"],
                "by": ["USA", "EUR", "ALLY"],
            },
            {
                "at": "2027-06-01T00:00:00Z",
                "until": "2029-11-16T12:00:00Z",
                "ramp": 90.0,
                "label": "secondary sanctions",
                "kind": "secondary_sanctions",
                "by": ["USA"],
            },
            {"at": "2029-01-01", "until": "2036-01-01", "label": "hub opened", "kind": "hub_opened"},
        ],
        "trade": dict(
            zip(GROUPS, (5942, 1216, 5134, 5962, 10437, 961, 3498, 1728, 2873, 1385, 1336, 1485), strict=True)
        ),
    }


def after(months: Array, start: float, half_life: float) -> Array:
    """0 before the month ``start``, then towards 1 with a half-life in months."""
    return np.where(months < start, 0.0, 1.0 - 0.5 ** (np.maximum(months - start, 0.0) / half_life))


def walk(luck: np.random.Generator, replicates: int, months: int, deviation: float) -> Array:
    """Random walks that begin at 0, (replicates, months)."""
    steps = luck.normal(0.0, deviation, (replicates, months))
    steps[:, 0] = 0.0
    return np.cumsum(steps, axis=1)


def odds(share: Array, change: Array) -> Array:
    """Shares after a change of their log-odds."""
    return 1.0 / (1.0 + (1.0 - share) / share * np.exp(-change))


def _tracker(run: MadeUp, luck: np.random.Generator, true: Array, time: Array) -> None:
    replicates, count = true.shape
    steer = 0.035 * np.minimum(time, 13.0)
    parts = {
        "level": np.log(true / (1 - true)) - np.log(true[:, :1] / (1 - true[:, :1])),
        "message_migration": np.tile(-0.6 * steer - 0.6 * after(time, 33, 10), (replicates, 1)),
        "clearing_migration": np.tile(-0.5 * steer, (replicates, 1)),
        "hub": np.tile(0.1 * after(time, 54, 12), (replicates, 1)),
        "other_currencies": np.tile(0.02 * after(time, 33, 10), (replicates, 1)),
        "coverage": np.zeros((replicates, count)),
        "noise": luck.normal(0.0, 0.068, (replicates, count)),
    }
    start = np.full((replicates, 1), 0.0474)
    noise = parts["noise"]
    seen = odds(start, sum(parts.values()) - parts["noise"] + noise)
    parts["noise"] = noise - noise[:, :1]
    run.held.update({("tracker_part", name): part for name, part in parts.items()})
    run.held["tracker_share", "CNY"] = np.round(seen, 4)
    for key, level in (("USD", 0.478), ("EUR", 0.225)):
        drift = walk(luck, replicates, count, 0.008) + luck.normal(0.0, 0.02, (replicates, count))
        run.held["tracker_share", key] = np.round(odds(np.full((replicates, 1), level), drift), 4)


def _shares(run: MadeUp, luck: np.random.Generator, time: Array, replicates: int) -> Array:
    count = len(time)
    cut = 33.0 - 1.0
    move = -0.35 * (time >= cut) * 0.5 ** (np.maximum(time - cut, 0) / 8) + 0.75 * after(time, cut, 30) + 0.002 * time
    slope = np.exp(luck.normal(0.0, 0.35, (replicates, 1)))
    true = odds(np.full((replicates, 1), 0.055), move * slope + walk(luck, replicates, count, 0.03))
    rest = 1.0 - true
    split = {"USD": 0.535, "EUR": 0.20, "OTH": 0.265}
    tilt = {key: np.exp(walk(luck, replicates, count, 0.006)) * part for key, part in split.items()}
    total = sum(tilt.values())
    run.held.update({("true_share", key): rest * part / total for key, part in tilt.items()})
    run.held["true_share", "CNY"] = true
    run.held["true_share_trade", "CNY"] = odds(true, np.full((1, 1), 0.25))
    run.held["true_share_finance", "CNY"] = odds(true, np.full((1, 1), -0.15))
    return true


def _networks(run: MadeUp, true: Array) -> None:
    own = true * 0.6
    run.held.update({("message_share", "SWIFT"): 1 - own, ("message_share", "CIPS"): own})
    dollar, euro = run.held["true_share", "USD"], run.held["true_share", "EUR"]
    for key, read in (("CHIPS", dollar), ("T2", euro), ("HK-RMB", 0.3 * true), ("CIPS", 0.7 * true)):
        run.held["settlement_share", key] = read
    run.held["settlement_share", "OTH-RTGS"] = 1 - dollar - euro - true


def _cut(run: MadeUp, luck: np.random.Generator, time: Array, replicates: int) -> None:
    hit = np.where(time >= 33, 1.0, np.where(time == 32, 19.5 / 31, 0.0)) * 0.5 ** (np.maximum(time - 32, 0) / 7)
    depth = np.clip(luck.normal(0.62, 0.08, (replicates, 1)), 0.2, 0.9)
    harm = {"CHN": 1.0, "HKG": 0.8, "USA": 0.12, "EUR": 0.11, "ALLY": 0.15, "RUS": 0.3, "ASEAN": 0.22}
    for group in GROUPS:
        weight = harm.get(group, 0.12)
        blocked = hit * depth * weight
        refused = 0.12 * hit * weight * np.ones((replicates, 1)) * (time >= 34)
        lost = blocked + refused
        run.held["blocked_share", group] = blocked
        run.held["refused_share", group] = refused
        run.held["bypassed_share", group] = 0.3 * lost
        run.held["failed_share", group] = 0.7 * lost
        run.held["trade_index", group] = (
            1 - 0.6 * lost - 0.05 * weight * after(time, 32, 20) + luck.normal(0, 0.004, lost.shape)
        )
        run.held["trade_demand", group] = 1 - 0.2 * lost
        run.held["cost_bp", group] = 320 * lost + 12 * weight * after(time, 32, 20)


def _directions(run: MadeUp, time: Array, replicates: int) -> None:
    """Russia trades less and less in dollars and euros, and more in yuan, in both directions."""
    wide = np.ones((replicates, 1)) + np.linspace(-0.1, 0.1, replicates)[:, None]
    for flow in ("import", "export"):
        moved = 0.1 * wide * after(time, 0.0, 12)
        for key, start, change in (("CNY", 0.38, 1.0), ("RUB", 0.38, 0.5), ("USD", 0.12, -1.0), ("EUR", 0.1, -0.5)):
            run.held[f"{flow}_share", f"RUS/{key}"] = start + change * moved * (1.0 if change > 0.0 else 0.5)


def _settlement(run: MadeUp, luck: np.random.Generator, time: Array, replicates: int) -> None:
    """CIPS gets six times its payments after the cut, its liquidity follows, late; T2 stays as it is."""
    slope = np.exp(luck.normal(0.0, 0.2, (replicates, 1)))
    load, held = 1 + 5 * slope * after(time, 32, 8), 1 + 2.5 * slope * after(time, 35, 14)
    short = np.maximum(load**0.7 - held, 0.0)
    for key, surge, liquidity, lacking in (("T2", 1 + 0 * load, 1 + 0 * load, 0 * load), ("CIPS", load, held, short)):
        run.held["settlement_load", key] = surge
        run.held["liquidity_held", key] = liquidity
        run.held["unsettled_share", key] = 0.005 + 0.06 * lacking
        run.held["waiting_hours", key] = 0.1 + 0.4 * lacking
        run.held["outside_measured", key] = np.where(surge > 8.0, 1.0, 0.0)


def make_run(months: int = 138, replicates: int = 60, seed: int = 3) -> MadeUp:
    """A made-up run of some months from July 2024 (8 months after the first published points that its charts show)."""
    luck = np.random.default_rng(seed)
    dates = (np.datetime64("2024-07") + np.arange(months)).astype("datetime64[D]")
    manifest = {
        "name": "cutoff",
        "command": f"paysim run scenarios/cutoff.yaml --replicates {replicates} --seed 1",
        "seed": 1,
        "replicates": replicates,
        "version": "0.1.0",
    }
    run = MadeUp(scenario(), manifest, dates, {})
    time = np.arange(months, dtype=float)
    true = _shares(run, luck, time, replicates)
    _networks(run, true)
    _tracker(run, luck, true, time)
    _cut(run, luck, time, replicates)
    _settlement(run, np.random.default_rng(seed), time, replicates)
    _directions(run, time, replicates)
    trade = run.held["trade_index", "CHN"]
    run.held["settled_value", "CNY"] = 1400 * true / 0.055 * (0.4 + 0.6 * trade)
    run.held["china_trade_rmb_share", "CHN"] = np.minimum(0.9, 0.27 * true / 0.055)
    run.held["cips_value", ""] = 14.6 * true / 0.055 * np.exp(luck.normal(0, 0.02, true.shape))
    run.drawn = {
        "network_effect": np.linspace(0.05, 0.85, replicates),
        "cost_sensitivity": np.geomspace(0.002, 0.02, replicates),
    }
    for series in ("true_share", "tracker_share"):
        middle = np.median(run.held[series, "CNY"], axis=0)
        for source, part in (
            ("parameters", 0.75),
            ("latent_demand", 0.6),
            ("noise", 0.3 if series == "tracker_share" else 0.0),
        ):
            run.apart[series, "CNY", source] = middle + part * (run.held[series, "CNY"] - middle)
    return run


@pytest.fixture
def make() -> Callable[..., MadeUp]:
    """The maker of made-up runs."""
    return make_run


@pytest.fixture(scope="session")
def run() -> MadeUp:
    """One made-up run with everything in it; not to be changed."""
    return make_run()


@pytest.fixture(scope="session")
def drawn(run: Any) -> Callable[..., Figure]:
    """Figures of the shared run, each drawn once: name, style -> Figure."""
    held: dict[tuple[str, str], Figure] = {}

    def find(name: str, style: Any = "slides") -> Figure:
        if (name, style) not in held:
            held[name, style] = draw(run, name, style)
        return held[name, style]

    return find
