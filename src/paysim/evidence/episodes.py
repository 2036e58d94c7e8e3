"""Five episodes told again: what the model gives when it is told what happened, scored against what was published.

These are conditional hindcasts. The events, and for E1 and E3 parameters fitted to the episode itself, are put in; the
scenario files are of today and know what came. They say whether the mechanisms can give what was seen, never that it
could have been foreseen. Each is held against "nothing happens": the figure of the first month, kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.data.noise import BREAK
from paysim.data.shipped import scenarios
from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.evidence import cips
from paysim.evidence.origins import CURRENCIES, month_day
from paysim.evidence.scores import extra
from paysim.model.observation import tracker_bounds
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario
from paysim.words import number
from paysim.words import translated as _

Array = NDArray[np.float64]

DRAWS = 60
SEED = 1
PERCENT = 100.0
BAND = (0.05, 0.5, 0.95)
YUAN, DOLLAR, EURO = "CNY", "USD", "EUR"
LAST_BEFORE, FIRST_AFTER = month_day(BREAK[0] - 1), month_day(BREAK[1] + 1)

Course = tuple[str, Sequence[float], Sequence[float], Sequence[float] | None, Sequence[float] | None, bool]


@dataclass(frozen=True)
class Told:
    """One episode: what was given to the model, one sentence on what came out, a table, and panels of lines to draw.

    scores : numbers of the episode by name;  panels : title and lines (label, years, values, low, high, whether seen)
    """

    title: str
    scenario: str
    given: str
    sentence: str
    notes: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    panels: tuple[tuple[str, tuple[Course, ...]], ...]
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Compared:
    """Draws of a series (E, M) in percent at the months that were published, and what was published, (M,)."""

    months: tuple[str, ...]
    draws: Array
    seen: Array

    @property
    def crps(self) -> float:
        """Mean CRPS of the draws, percentage points (fair estimator for a small ensemble)."""
        with extra():
            import scoringrules
        score = scoringrules.crps_ensemble(self.seen, self.draws.T, estimator="fair", backend="numpy")
        return float(np.mean(score))

    def nothing(self, start: float) -> float:
        """Mean absolute error of a figure that stays where it was, percentage points."""
        return float(np.mean(np.abs(self.seen - start)))

    @property
    def covered(self) -> float:
        """Share of what was published between the 5th and the 95th percentile."""
        low, high = np.quantile(self.draws, [BAND[0], BAND[-1]], axis=0)
        return float(np.mean((self.seen >= low) & (self.seen <= high)))


def run(name: str, *changes: str, count: int = DRAWS, luck: bool = True) -> list[Record]:
    """Draws of a shipped story in the mean field, or its one path at the best values."""
    return run_scenario(load_scenario(scenarios() / f"{name}.yaml", changes), count, luck)


def run_scenario(scenario: Scenario, count: int = DRAWS, luck: bool = True) -> list[Record]:
    """Draws of a story in the mean field, or its one path at the best values of all parameters."""
    ready = prepare(scenario)
    return simulate_mean_field(ready, SEED, range(count)) if luck else simulate_mean_field(ready, SEED, [0], ())


def percent(records: Sequence[Record], series: str, key: str) -> dict[str, Array]:
    """Draws of a series by month, percent."""
    values = np.array([record.values(series, key) for record in records])
    return {str(month): PERCENT * values[:, place] for place, month in enumerate(records[0].months)}


def held(draws: Mapping[str, Array], seen: Mapping[str, float], first: str = "") -> Compared:
    """The draws and what was published (percent), for months after the first."""
    months = tuple(month for month in sorted(seen) if month in draws and month > (first or min(draws)))
    return Compared(months, np.array([draws[month] for month in months]).T, np.array([seen[month] for month in months]))


@cache
def tracker(currency: str) -> dict[str, float]:
    """Published shares by month, percent."""
    return {row.period.text: PERCENT * row.value for row in catalogue.tracker_share(currency)}


def year(month: str) -> float:
    """A month as a year with a fraction."""
    return int(month[:4]) + (int(month[5:7]) - 1) / 12.0


def _line(label: str, draws: Mapping[str, Array]) -> Course:
    months = sorted(draws)
    low, middle, high = np.quantile(np.array([draws[month] for month in months]), BAND, axis=1)
    return label, [year(month) for month in months], middle.tolist(), low.tolist(), high.tolist(), False


def _path(label: str, draws: Mapping[str, Array]) -> Course:
    months = sorted(draws)
    return label, [year(month) for month in months], [float(draws[month][0]) for month in months], None, None, False


def _points(label: str, seen: Mapping[str, float], first: str, last: str) -> Course:
    months = [month for month in sorted(seen) if first <= month <= last]
    return label, [year(month) for month in months], [seen[month] for month in months], None, None, True


def _row(name: str, found: Compared, start: float) -> tuple[str, ...]:
    nothing = found.nothing(start)
    cells = number(found.crps, 2), number(nothing, 2), number(PERCENT * (1.0 - found.crps / nothing)) + " %"
    return name, *cells, number(PERCENT * found.covered) + " %", str(len(found.seen))


def _head() -> tuple[str, ...]:
    return "", _("CRPS, points"), _("nothing happens"), _("skill"), _("90 % covers"), _("figures")


def _scores(found: Compared, start: float) -> dict[str, float]:
    return {"crps": found.crps, "nothing": found.nothing(start), "covered": found.covered}


def fall_of_2015() -> Told:
    """E1: the yuan 2015 and 2016."""
    records = run("yuan_2015")
    draws, seen = percent(records, "tracker_share", YUAN), tracker(YUAN)
    found, start = held(draws, seen), seen["2015-08"]
    best = percent(run("yuan_2015", luck=False), "tracker_share", YUAN)
    trade = {
        row.period.text: PERCENT * row.value
        for row in catalogue.china_goods_trade_rmb_share()
        if row.month.year <= 2016
    }
    goods = percent(run("yuan_2015", luck=False), "china_trade_rmb_share", "CHN")
    mean = float(np.mean([values[0] for month, values in goods.items() if month >= "2016-01"]))
    sentence = _(
        "Told of a fall of demand that was fitted to the tracker of December 2016, the model has {model} % there "
        "(published: {seen} %), and the yuan's share of China's goods trade at {goods} % in the mean of 2016 "
        "(published: {trade} %), which was not fitted."
    ).format(
        model=number(float(best["2016-12"][0]), 2), seen=number(seen["2016-12"], 2), goods=number(mean),
        trade=number(trade["2016"]),
    )  # fmt: skip
    return Told(
        _("The yuan's fall of 2015 and 2016"),
        "yuan_2015",
        _("Given: devaluation and controls, a drift of demand fitted to one figure. In sample."),
        sentence,
        (_("The tracker fell in steps and the model falls in a line; nothing here explains the fall of demand."),),
        (_head(), _row(_("tracker of the yuan"), found, start)),
        ((_("The yuan on SWIFT's tracker, %"),
          (_line(_("model, median and 5 to 95 %"), draws), _points(_("published"), seen, "2015-06", "2016-12"))),),
        {**_scores(found, start), "goods_model": mean, "goods_seen": trade["2016"]},
    )  # fmt: skip


def growth_of_cips() -> Told:
    """E2: who joined CIPS."""
    errors = {name: float(np.mean(found)) for name, found in cips.joining_errors().items()}
    count = len(next(iter(cips.joining_errors().values())))
    known = cips.participants()
    years = np.array([cips.LAUNCH.year + (cips.LAUNCH.month - 1) / 12 + 0.1 * step for step in range(1, 102)])
    since = np.array([(day - cips.LAUNCH).days / 365.25 for day, _count in known])
    curve = cips.fit_bass(since, np.array([value for _day, value in known]))
    best, second, *_others = sorted(errors, key=errors.__getitem__)
    names = {"persistence": _("the last figure"), "trend": _("trend of the last year"), "bass": _("Bass's curve")}
    sentence = _(
        "A year or more ahead “{best}” is off by {error} % in the mean, “{second}” by {next} %; through all figures "
        "the imitation of Bass's curve is {imitation} a year against an innovation of {innovation}: no S-curve is seen."
    ).format(
        best=names[best], error=number(PERCENT * errors[best], 1),
        second=names[second], next=number(PERCENT * errors[second], 1),
        imitation=number(curve.imitation, 2), innovation=number(curve.innovation, 2),
    )  # fmt: skip
    points = [(day.year + (day.month - 1) / 12.0, value) for day, value in known]
    start = cips.LAUNCH.year + (cips.LAUNCH.month - 1) / 12
    return Told(
        _("Who joined CIPS, 2015 to 2025"),
        "",
        _("Given: nothing; forecasts from every published count on what was known by then."),
        sentence,
        (_("The value of CIPS is known for too few years to be tested."),),
        (("", _("mean absolute error")),
         *((names[name], number(PERCENT * error, 1) + " %") for name, error in errors.items()),
         (_("figures"), str(count))),
        ((_("Participants of CIPS"),
          ((_("Bass's curve through all figures"), years.tolist(), curve.at(years - start).tolist(), None, None, False),
           (_("published"), [at for at, _value in points], [value for _at, value in points], None, None, True))),),
        {**errors, "imitation": curve.imitation, "innovation": curve.innovation},
    )  # fmt: skip


def russia() -> Told:
    """E3: Russia 2022 to 2024."""
    records = run("russia_2022")
    scores: dict[str, float] = {}
    panels, rows = [], [_head()]
    words = {"import": _("the yuan in Russia's imports"), "export": _("the yuan in Russia's exports")}
    for flow, name in words.items():
        draws = percent(records, f"{flow}_share", "RUS/CNY")
        seen = {
            row.period.text: PERCENT * row.value
            for row in catalogue.series("russia_settlement", measure="share_cny", flow=flow).rows
            if row.period.kind == "month"
        }
        found, start = held(draws, seen, "2022-02"), seen["2022-01"]
        rows.append(_row(name, found, start))
        scores |= {f"{flow}_{key}": value for key, value in _scores(found, start).items()}
        course = (_line(_("model, median and 5 to 95 %"), draws), _points(_("published"), seen, "2021-12", "2024-06"))
        panels.append((f"{name[0].upper()}{name[1:]}, %", course))
    sentence = _(
        "Told of the cuts, the bans and the turn of trade, the model's loss is {imports} % below that of \"nothing "
        'happens" for the yuan in imports, which were fitted until July 2023, and {exports} % for exports, which were '
        "not."
    ).format(
        **{f"{flow}s": number(PERCENT * (1.0 - scores[f"{flow}_crps"] / scores[f"{flow}_nothing"])) for flow in words}
    )
    return Told(
        _("Russia 2022 to 2024"),
        "russia_2022",
        _("Given: cuts, clearing bans, embargoes, the turn of trade; two parameters fitted to the imports. In sample."),
        sentence,
        (_("Misses: the exports of 2024, the dollar and euro of the exports, and the fall of imports in 2022."),),
        tuple(rows),
        tuple(panels),
        scores,
    )


def euro_coverage() -> float:
    """Factor on the euro's visible value that alone gives its share of August 2023 from that of February."""
    before, after = (tracker(EURO)[f"{month:%Y-%m}"] / PERCENT for month in (LAST_BEFORE, FIRST_AFTER))
    return after / (1.0 - after) / (before / (1.0 - before))


def change_of_base() -> Told:
    """E4: the tracker's change of base of 2023: the euro's fall is put in, the others must follow."""
    first, last = f"{LAST_BEFORE:%Y-%m}", f"{FIRST_AFTER:%Y-%m}"
    factor = euro_coverage()
    event = {
        "id": "base", "kind": "coverage_break", "coverage": {EURO: factor}, "at": "2023-03-20", "ramp": "120 d",
        "label": "The tracker counts fewer euros",
    }  # fmt: skip
    records = run_scenario(_with_event(("baseline", f"start={first}", "horizon=2023-12"), event), 1, luck=False)
    shown = {currency: percent(records, "tracker_share", currency) for currency in (DOLLAR, EURO, YUAN)}
    truth = percent(records, "true_share", YUAN)
    rows = [("", first, _("model, {month}").format(month=last), _("published"), _("nothing happens is off by"),
             _("model is off by"))]  # fmt: skip
    scores: dict[str, float] = {"factor": factor, "truth_moved": abs(float(truth[last][0] - truth[first][0]))}
    counted = 1.0 - tracker(EURO)[first] / PERCENT * (1.0 - factor)
    for currency in CURRENCIES:
        start, seen = tracker(currency)[first], tracker(currency)[last]
        model = float(shown[currency][last][0]) if currency in shown else start / counted
        scores |= {f"{currency}_model": model, f"{currency}_seen": seen, f"{currency}_start": start}
        off = number(abs(seen - start), 2), number(abs(seen - model), 2)
        rows.append((currency, number(start, 2), number(model, 2), number(seen, 2), *off))
    explained = (scores["CNY_model"] - scores["CNY_start"]) / (scores["CNY_seen"] - scores["CNY_start"])
    sentence = _(
        "If the tracker merely counts fewer euros, the dollar should show {dollar} % (published: {seen} %); of the "
        "yuan's rise by {rise} points this explains {share} %, and its true share does not move."
    ).format(
        dollar=number(scores["USD_model"], 1), seen=number(scores["USD_seen"], 1),
        rise=number(scores["CNY_seen"] - scores["CNY_start"], 2), share=number(PERCENT * explained),
    )  # fmt: skip
    return Told(
        _("The tracker's change of base, 2023"),
        "baseline",
        _("Given: one factor on what is counted of the euro, from its own share; pound and yen by arithmetic."),
        sentence,
        (_("The pound did not rise as it should have, and the yuan rose more: something else happened as well."),),
        tuple(rows),
            tuple(
            (
                _("{currency} on SWIFT's tracker, %").format(currency=currency),
                (_path(_("model"), draws), _points(_("published"), tracker(currency), "2022-09", "2023-12")),
            )
            for currency, draws in shown.items()
        ),
        {**scores, "explained": explained},
    )  # fmt: skip


def _with_event(story: Sequence[str], event: Mapping[str, object]) -> Scenario:
    """A shipped story with changes (its name first), and one event more."""
    name, *changes = story
    scenario = load_scenario(scenarios() / f"{name}.yaml", changes)
    data = {**scenario.model_dump(mode="json", include={"format", "title", "question", "uncertainty"})}
    return Scenario.model_validate(
        {**data, "name": name, "start": f"{scenario.start:%Y-%m}", "horizon": f"{scenario.horizon:%Y-%m}",
         "adoption_default": "frozen", "native_adoption_default": "frozen", "events": [event]}
    )  # fmt: skip


def fall_of_2025() -> Told:
    """E5: the tracker's fall of 2024 and 2025, with nothing put in, and the two bounds of what migration explains."""
    records = run("business_as_usual", "horizon=2025-10")
    draws, seen = percent(records, "tracker_share", YUAN), tracker(YUAN)
    found, start = held(draws, seen), seen["2024-07"]
    cleared, messaged = (float(np.median([record.facts[name] for record in records]))
                         for name in ("base_cleared", "base_messaged"))  # fmt: skip
    value = {row.period.text: row.value for row in catalogue.cips_value("year")}
    growth = value["2025"] / value["2024"] - 1.0
    low, middle = "2025-06", float(np.median(draws["2025-06"]))
    bounds = tracker_bounds(
        start / PERCENT, seen[low] / PERCENT, cleared * (1.0 - messaged), cleared, cleared * messaged, growth
    )
    sentence = _(
        "With nothing put in the model's median stays at {median} % and {covered} % of the published months lie in its "
        "band of 90 %; migration to CIPS explains at most {clearing} % of the fall to June 2025 if "
        "clearing moved with the messages (bounded by CIPS's growth of {growth} %), and up to {message} % if messages "
        "alone moved, which nothing published bounds."
    ).format(
        median=number(middle, 1), covered=number(PERCENT * found.covered),
        clearing=number(PERCENT * bounds.clearing_explains),
        growth=number(PERCENT * growth, 1), message=number(PERCENT * bounds.message_explains),
    )  # fmt: skip
    return Told(
        _("The tracker's fall, 2024 and 2025"),
        "business_as_usual",
        _("Given: no event. What moves is latent demand and noise, estimated on months that include these."),
        sentence,
        (_("The tracker fell in steps: 2.93 % in October 2024, 4.33 % again in February 2025."),),
        (_head(), _row(_("tracker of the yuan"), found, start)),
        ((_("The yuan on SWIFT's tracker, %"),
          (_line(_("model, median and 5 to 95 %"), draws), _points(_("published"), seen, "2024-01", "2025-10"))),),
        {**_scores(found, start), "clearing": bounds.clearing_explains, "message": bounds.message_explains,
         "growth": growth},
    )  # fmt: skip


EPISODES: dict[str, Callable[[], Told]] = {
    "E1": fall_of_2015,
    "E2": growth_of_cips,
    "E3": russia,
    "E4": change_of_base,
    "E5": fall_of_2025,
}
"""Episodes by name."""
