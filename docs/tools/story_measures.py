"""What the page ``scenarios.md`` measures: stories in the mean field, at the best values of all parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from paysim.engine.draws import draw
from paysim.engine.meanfield import run_months
from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.model.world import TRADE
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
PERCENT = 100.0

CIPS_2024 = 175.49
"""Published value of CIPS in 2024, trn yuan: https://anuenews.cnyes.com/news/id/5938085."""

PUBLISHED = 0.0293
"""The tracker's share of the yuan in August 2025: http://www.infqj.cn/dy/article/KAIBLL4S05562LM0.html."""

Figures = Callable[[], tuple[float | str, ...]]


@dataclass(frozen=True)
class Told:
    """A sentence with places for figures, as ``str.format`` has them, and what gives the figures."""

    template: str
    figures: Figures = tuple

    def text(self) -> str:
        """The sentence with its figures."""
        return self.template.format(*self.figures())


def story(name: str, *changes: str, without: tuple[str, ...] = ()) -> Scenario:
    """A shipped scenario with some changes, and without the events of some ids."""
    scenario = load_scenario(SCENARIOS / f"{name}.yaml", changes)
    missing = set(without) - {event.id for event in scenario.events}
    if missing:
        raise KeyError(f"{name} has no events {sorted(missing)}")
    return scenario.model_copy(update={"events": tuple(e for e in scenario.events if e.id not in without)})


@cache
def path(name: str, *changes: str, without: tuple[str, ...] = ()) -> Record:
    """The story at the best values of all parameters, without latent demand and noise."""
    return simulate_mean_field(prepare(story(name, *changes, without=without)), 1, [0], ())[0]


@cache
def draws(name: str, count: int, until: str, *changes: str) -> tuple[Record, ...]:
    """The story up to a month, with everything drawn that is uncertain."""
    return tuple(simulate_mean_field(prepare(story(name, *changes).shortened(until)), 1, range(count)))


def at(record: Record, series: str, key: str, month: str) -> float:
    """One value of a record, times 100: percent of a share, or index points."""
    return PERCENT * float(record.values(series, key)[list(record.months).index(np.datetime64(month))])


def percent(series: str, key: str, name: str, month: str, *changes: str, without: tuple[str, ...] = ()) -> float:
    """One value of a story, times 100: percent of a share, or index points."""
    return at(path(name, *changes, without=without), series, key, month)


def least(series: str, key: str, name: str, *changes: str) -> float:
    """The smallest value over all months, times 100."""
    return PERCENT * float(path(name, *changes).values(series, key).min())


def mean(series: str, key: str, name: str, first: str, last: str, *changes: str) -> float:
    """The mean from one month to another, both included."""
    record = path(name, *changes)
    months = list(record.months)
    inside = slice(months.index(np.datetime64(first)), months.index(np.datetime64(last)) + 1)
    return float(record.values(series, key)[inside].mean())


@cache
def goods(name: str, exporter: str, importer: str, *changes: str) -> tuple[float, ...]:
    """Goods that one group sells another, by month, over those of the first month."""
    prepared = prepare(story(name, *changes))
    drawn = draw(prepared, 1, [0], ())
    outcome, _ = run_months(prepared, drawn.economy(prepared), drawn)
    world = prepared.world
    corridor = world.group_index(exporter) * len(world.groups) + world.group_index(importer)
    value = outcome.contracted[:, TRADE, corridor]
    return tuple((value / value[0]).tolist())


def change(name: str, exporter: str, importer: str, year: int, *changes: str) -> float:
    """Goods sold in a year over those of the first month, change in percent, in a story that begins in July 2024."""
    first = 12 * (year - 2024) - 6
    return PERCENT * (sum(goods(name, exporter, importer, *changes)[first : first + 12]) / 12.0 - 1.0)


def cips_growth(name: str, *changes: str) -> float:
    """Growth of CIPS's value in 2025 over the published value of 2024, percent."""
    return PERCENT * (12.0 * mean("cips_value", "", name, "2025-01", "2025-12", *changes) / CIPS_2024 - 1.0)


def by_chance(name: str, *changes: str) -> float:
    """Share of 400 draws whose tracker shows the yuan as low as published, or lower, in August 2025, percent."""
    last = [record.values("tracker_share", "CNY")[-1] for record in draws(name, 400, "2025-08", *changes)]
    return PERCENT * float((np.array(last) <= PUBLISHED).mean())


def kept(month: str, *changes: str) -> float:
    """Of the yuan's gain over three years of a cut, what is left in a month of ``reconnect``, percent."""
    horizon = ("horizon=2045-12", *changes)
    gain, left = (
        percent("true_share", "CNY", "reconnect", when, *changes)
        - percent("true_share", "CNY", "decoupling", when, *horizon)
        for when in ("2029-12", month)
    )
    return PERCENT * left / gain


def gains(name: str, *currencies: str) -> tuple[float, ...]:
    """What currencies gain until December 2035 over business as usual, points of a percent each."""
    return tuple(
        percent("true_share", currency, name, "2035-12")
        - percent("true_share", currency, "business_as_usual", "2035-12")
        for currency in currencies
    )
