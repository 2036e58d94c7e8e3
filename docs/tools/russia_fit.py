"""Fit and check the hindcast ``scenarios/russia_2022.yaml``: ``python docs/tools/russia_fit.py`` rewrites its page.

Two parameters are chosen on a grid by the imports of December 2022 to July 2023; exports, and imports of 2024, are then
only compared. Everything is the mean field at the best values of all parameters, and takes about a minute.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from contextlib import chdir
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.engine.draws import draw
from paysim.engine.meanfield import run_months
from paysim.engine.measure import Meter, Rows
from paysim.engine.run import prepare
from paysim.model.world import TRADE
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.loading import load_scenario

Array = NDArray[np.float64]

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "explanation" / "russia_2022.md"
FIGURE = DOCS / "figures" / "russia_2022.png"
SCENARIO = DOCS.parent / "scenarios" / "russia_2022.yaml"
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

GROUP = "RUS"
CURRENCIES = {
    "share_cny": ("CNY",),
    "share_rub": ("RUB",),
    "share_usd": ("USD",),
    "share_eur": ("EUR",),
    "share_unfriendly": ("USD", "EUR"),
}
"""What each published share is held against. Pounds and francs are unfriendly too; the model has them under others."""
NAMES = {"share_cny": "yuan", "share_rub": "rouble", "share_usd": "dollar", "share_eur": "euro"}
NAMES["share_unfriendly"] = "dollar and euro"
BASE, FIRST_CUT = "2022-01", "2022-03"
FITTED = ("2022-12", "2023-07")
"""Months of the imports that the two parameters were chosen by."""
GRID = {
    "switching": (0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2),
    "inertia": (0.97, 0.975, 0.98, 0.985, 0.99),
}
"""Values tried; inertia inside the range that holds for every scenario (.97 to .992)."""
OTHERS = {
    "crisis_inertia": (0.85, 0.9, 0.95),
    "bypass_share": (0.0, 0.3, 0.6),
    "native_crisis_median": (30.0, 60.0, 120.0),
    "cost_sensitivity": (0.002, 0.006, 0.02),
    "nest_parameter": (0.1, 0.25, 1.0),
    "belief_jump": (0.02 / 3.0, 0.02, 0.06),
}
"""Parameters left at their defaults: what the fit would be at the ends of their ranges."""
CAUSES = {
    "everything": (),
    "no cut": ("march", "june"),
    "no ban of dollar and euro": ("dollar", "dollar_sberbank", "dollar_alfa", "euro", "euro_sberbank", "euro_alfa"),
    "neither cut nor ban": ("march", "june", "dollar", "dollar_sberbank", "dollar_alfa", "euro", "euro_sberbank",
                            "euro_alfa"),
    "no turn of trade": ("controls", "embargo", "china_sells", "china_buys", "india_buys", "turkey"),
    "no gas for roubles": ("gas",),
}  # fmt: skip

IMPORTS = {
    "2022-04": "-57 %, of 39 countries, on the mean of September to February",
    "2022-06": "-40 %",
    "2022-11": "-15 %",
    "2023-06": "",
}
"""Change of Russia's imports: theovershoot.co (April and November 2022) and bofbulletin.fi (June)."""
TURN = (
    ("China", ("CHN",), (111 / 285.1, 129 / 425.1)),
    ("United States, euro area, allies", ("USA", "EUR", "ALLY"), (78.5 / 285.1, 84.9 / 425.1)),
)
"""Partners' shares of Russia's trade in 2023: China's customs, and Russia's for the totals and for all of Europe."""


@dataclass(frozen=True)
class Point:
    """A published share (fraction) of Russia's exports or imports in a month."""

    flow: str
    month: str
    measure: str
    value: float

    @property
    def name(self) -> str:
        """What it is a share of, in words."""
        return NAMES[self.measure]


@dataclass(frozen=True)
class Run:
    """Series of one or several draws, and goods trade by corridor.

    goods : paid by currency, (E, M, G, G, C); carried : paid or bypassed, (E, M, G, G); USD bn a month
    """

    months: tuple[str, ...]
    rows: Rows
    goods: Array
    carried: Array
    groups: tuple[str, ...]
    currencies: tuple[str, ...]

    def share(self, flow: str, month: str, currencies: Iterable[str]) -> Array:
        """Share of currencies together in exports or imports, (E,)."""
        keys, values = self.rows[f"{flow}_share"]
        at = self.months.index(month)
        return np.asarray(sum(values[:, at, keys.index(f"{GROUP}/{currency}")] for currency in currencies))

    def model(self, point: Point) -> Array:
        """What the model has for a published share, (E,)."""
        return self.share(point.flow, point.month, CURRENCIES[point.measure])

    def error(self, points: Sequence[Point]) -> Array:
        """Root mean square of model less published, fractions, (E,)."""
        gaps = np.array([self.model(point) - point.value for point in points])
        return np.asarray(np.sqrt((gaps**2).mean(axis=0)))


def published() -> tuple[Point, ...]:
    """Every published monthly share from January 2022 on that the model has something for."""
    rows = catalogue.series("russia_settlement").by_period()
    return tuple(
        Point(row.key[0], row.period.text, row.measure, row.value)
        for row in rows
        if row.period.kind == "month" and row.measure in CURRENCIES
    )


def fitted() -> tuple[Point, ...]:
    """The points that the two parameters were chosen by."""
    return tuple(point for point in published() if point.flow == "import" and FITTED[0] <= point.month <= FITTED[1])


def held_out() -> tuple[Point, ...]:
    """Those after the first cut that were only compared."""
    return tuple(point for point in published() if point.month >= FIRST_CUT and point not in fitted())


@cache
def run(without: tuple[str, ...] = (), **columns: tuple[float, ...]) -> Run:
    """Run the scenario without some events, one draw for each place of the columns of parameters."""
    scenario = load_scenario(SCENARIO)
    kept = tuple(event for event in scenario.events if event.id not in without)
    prepared = prepare(scenario.model_copy(update={"events": kept}))
    count = max((len(column) for column in columns.values()), default=1)
    draws = draw(prepared, 0, [0] * count, ())
    changed = {name: np.array(column) for name, column in columns.items()}
    draws = replace(draws, parameters=replace(draws.parameters, **changed))
    economy = draws.economy(prepared)
    outcome, seen = run_months(prepared, economy, draws)
    world = prepared.world
    shape = (len(prepared.months), count, len(world.groups), len(world.groups))
    goods = (outcome.settled[:, TRADE] @ world.nest).reshape(*shape, -1).swapaxes(0, 1)
    bypassed = outcome.bypassed[:, TRADE].reshape(shape).swapaxes(0, 1)
    rows = Meter.of(world, economy, prepared.statistic).series(outcome, seen)
    months = tuple(str(month) for month in prepared.months)
    return Run(months, rows, goods, goods.sum(-1) + bypassed, world.groups, world.currencies)


@cache
def grid() -> list[tuple[tuple[float, ...], float, float]]:
    """Every pair of values tried, with its error on the fitted and on the held-out points, the best first."""
    pairs = list(itertools.product(*GRID.values()))
    tried = run(**{name: tuple(pair[i] for pair in pairs) for i, name in enumerate(GRID)})
    errors = zip(pairs, tried.error(fitted()), tried.error(held_out()), strict=True)
    return sorted(((pair, float(on), float(off)) for pair, on, off in errors), key=lambda tried: tried[1])


def chosen() -> dict[str, float]:
    """The two parameters as the scenario has them."""
    behaviour = load_scenario(SCENARIO).behaviour
    return {name: getattr(behaviour, name).best for name in GRID}


def cut_weight(month: str) -> float:
    """Share of Russia's bank weight that is cut and whose customers are still there, by the rate of switching."""
    scenario, months = load_scenario(SCENARIO), run().months
    classes, left = scenario.groups[GROUP].bank_classes, 0.0
    for event in scenario.events:
        if event.id in ("march", "june"):
            since = months.index(month) - months.index(f"{event.at:%Y-%m}")
            left += classes[event.id] * (1.0 - chosen()["switching"]) ** max(since, 0)
    return float(left)


# --- tables -----------------------------------------------------------------------------------------------------------


def weight_sentence() -> str:
    """How much of the cut is still felt after customers have moved."""
    classes = load_scenario(SCENARIO).groups[GROUP].bank_classes
    cut = 100 * (classes["march"] + classes["june"])
    later = [f"{100 * cut_weight(month):.0f} % in {month}" for month in ("2022-12", "2023-06")]
    return f"Of the sector {cut:.0f} % was cut; its customers who had not moved were {later[0]} and {later[1]}.\n"


def percent(value: float) -> str:
    """A fraction in percent."""
    return f"{100 * value:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def points_table() -> str:
    """Every published share beside the model's."""
    found = run()
    rows = [
        [
            point.flow,
            point.month,
            point.name,
            percent(point.value),
            percent(value := float(found.model(point)[0])),
            f"{100 * (value - point.value):+.1f}",
            "start" if point.month == BASE else "fitted" if point in fitted() else "compared",
        ]
        for point in sorted(published(), key=lambda point: (point.flow == "export", point.month))
    ]
    return table(("flow", "month", "currency", "published, %", "model, %", "error, points", "use"), rows)


def fit_table() -> str:
    """The best pairs, the defaults, and how well they do."""
    shown = [*grid()[:4], *(tried for tried in grid() if tried[0] == (0.2, 0.985))]
    rows = [[f"{100 * pair[0]:.0f} % a month", f"{pair[1]:.3f}", percent(on), percent(off)] for pair, on, off in shown]
    return table(("switching", "inertia", "error of fitted, points", "error of compared, points"), rows)


def parameters_table() -> str:
    """What was moved, beside the defaults and their ranges."""
    fields = Behaviour.model_fields
    rows = []
    for name in (*GRID, *OTHERS):
        usual = fields[name].default
        here = getattr(load_scenario(SCENARIO).behaviour, name).best
        moved = "moved" if here != usual.best else "left"
        rows.append([f"`{name}`", f"{usual.best:g}", f"{usual.low:.3g} to {usual.high:.3g}", f"{here:g}", moved])
    return table(("parameter", "default", "its range", "here", ""), rows)


def others_table() -> str:
    """What the errors would be with other values of what was left at its default."""
    rows = []
    for name, values in OTHERS.items():
        tried = run(**{name: values})
        pairs = zip(values, tried.error(fitted()), tried.error(held_out()), strict=True)
        rows.append([f"`{name}`", *(f"{value:.3g}: {percent(on)}, {percent(off)}" for value, on, off in pairs)])
    return table(("parameter", "low: errors fitted, compared", "default", "high"), rows)


def causes_table() -> str:
    """The story without some of its events."""
    rows = []
    for name, without in CAUSES.items():
        found = run(without)
        shares = [found.share(flow, "2023-06", (c,)) for flow in ("import", "export") for c in ("CNY", "RUB")]
        both = [found.share(flow, "2023-06", ("USD", "EUR")) for flow in ("import", "export")]
        order = (shares[0], shares[1], both[0], shares[2], shares[3], both[1])
        rows.append([name, *(percent(float(share[0])) for share in order)])
    flows = [f"{flow}: {what}" for flow in ("imports", "exports") for what in ("yuan", "rouble", "dollar and euro")]
    return table(("June 2023, %", *flows), rows)


def partners(found: Run, month: str, flow: str, china: bool) -> float:
    """Yuan's share in Russia's trade with China, or with everybody else."""
    g, c = found.groups.index(GROUP), found.groups.index("CHN")
    goods = found.goods[0, found.months.index(month)]
    side = goods[:, g] if flow == "import" else goods[g]
    own = side[c] if china else side.sum(0) - side[c]
    return float(own[found.currencies.index("CNY")] / own.sum())


def partners_table() -> str:
    """Where the yuan is used."""
    found = run()
    rows = [
        [month, *(percent(partners(found, month, flow, china)) for flow in ("import", "export") for china in (1, 0))]
        for month in ("2021-12", "2022-06", "2022-12", "2023-06", "2023-12")
    ]
    return table(("yuan, %", "from China", "from others", "to China", "to others"), rows)


def trade(found: Run, flow: str, month: str) -> float:
    """Russia's imports or exports of a month, paid or bypassed, over those of the start."""
    g, goods = found.groups.index(GROUP), found.carried[0]
    value = goods[:, :, g].sum(-1) if flow == "import" else goods[:, g].sum(-1)
    return float(value[found.months.index(month)] / value[0])


def trade_table() -> str:
    """How far trade falls, beside what is known of it."""
    found = run()
    rows = [
        [month, *(f"{100 * (trade(found, flow, month) - 1):+.0f} %" for flow in ("import", "export")), known]
        for month, known in IMPORTS.items()
    ]
    return table(("month", "imports, model", "exports, model", "imports, published"), rows)


def turn_table() -> str:
    """Shares of partners in 2023, which the turn of trade was sized by."""
    found, g = run(), run().groups.index(GROUP)
    year = [place for place, month in enumerate(found.months) if month.startswith("2023")]
    goods = found.carried[0, year].sum(0)
    rows = []
    for name, members, known in TURN:
        at = [found.groups.index(member) for member in members]
        bought, sold = goods[at, g].sum() / goods[:, g].sum(), goods[g, at].sum() / goods[g].sum()
        rows.append([name, percent(bought), percent(known[0]), percent(sold), percent(known[1])])
    return table(("2023, %", "imports, model", "published", "exports, model", "published"), rows)


TABLES = {
    "points": points_table,
    "fit": fit_table,
    "parameters": parameters_table,
    "others": others_table,
    "causes": causes_table,
    "partners": partners_table,
    "trade": trade_table,
    "turn": turn_table,
    "weight": weight_sentence,
}


def rewritten(page: str) -> str:
    """The page with its tables computed anew."""
    return MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], page)


def draw_figure() -> None:
    """Draw the figure of the page: sixty draws of everything that is uncertain."""
    import tempfile

    import paysim
    from paysim.show.figures import draw as drawn
    from paysim.show.style import STYLES, applied

    with tempfile.TemporaryDirectory() as folder, chdir(SCENARIO.parents[1]):
        file, out = SCENARIO.relative_to(Path.cwd()), Path(folder) / SCENARIO.stem
        results = paysim.run(file, engine="mean-field", replicates=60, out=out, figures=False)
        with applied(STYLES["slides"]):
            figure = drawn(results, "settlement_by_direction")
            figure.savefig(FIGURE, dpi=STYLES["slides"].dpi, metadata={"Software": None})


if __name__ == "__main__":
    draw_figure()
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
