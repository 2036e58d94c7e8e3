"""The rolling-origin test in words: what was missed first, then what was reached, then the scores."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from math import isnan

from paysim.data.noise import BREAK
from paysim.evidence.backtest import (
    ALL,
    CHOSEN,
    FROM_FIGURE,
    HELD_OUT,
    LATER,
    MODEL,
    RIVAL,
    STRUCTURAL,
    WIDTH_AS_OF,
    Backtest,
    Comparison,
    Goal,
    Score,
)
from paysim.evidence.baselines import BASELINES
from paysim.evidence.ledger import Line, Row
from paysim.evidence.origins import AFTER, BEFORE, CURRENCIES, HORIZONS, month_day
from paysim.evidence.scores import LEVELS, Interval
from paysim.words import deferred, month, number
from paysim.words import translated as _

PERCENT = 100.0
METHODS = {
    "persistence": deferred("the last figure"),
    "random_walk": deferred("random walk"),
    "drift": deferred("random walk with drift"),
    "ar1": deferred("AR(1)"),
    "local_level": deferred("local level"),
    "seasonal": deferred("same month a year ago"),
    "flat": deferred("the model without residual process"),
    "latent": deferred("with latent demand and noise"),
    "structural": deferred("weighed against the AR(1)"),
}
"""What people call the methods."""
PERIODS = (ALL, CHOSEN, LATER, BEFORE, AFTER)
COLUMNS = (
    "period", "currency", "horizon", "method", "count", "crps", "width_90",
    *(f"{name}_{level:.0f}{end}" for name in ("coverage",) for level in (50, 80, 90) for end in ("", "_low", "_high")),
    "baseline", "skill", "skill_low", "skill_high", "p_value",
)  # fmt: skip


def currency_words(currency: str) -> str:
    """A currency, or all of them."""
    return _("five currencies") if currency == ALL else currency


def interval_words(found: Interval, digits: int = 0) -> str:
    """A share in percent, with its interval where there is one."""
    value = number(PERCENT * found.value, digits)
    if isnan(found.low):
        return f"{value} %"
    low, high = (number(PERCENT * end, digits) for end in (found.low, found.high))
    return _("{value} % [{low} to {high}]").format(value=value, low=low, high=high)


def goal_row(goal: Goal) -> Row:
    """Put a goal and what came out into words."""
    what, found, wanted = {
        "coverage_50": _coverage_words,
        "coverage_90": _coverage_words,
        "near_best": _near_words,
        "beats_rival": _beats_words,
        "width": _width_words,
        "width_from_figure": _width_words,
        "width_month_known": _width_words,
    }[goal.name](goal)
    verdict = _("reached") if goal.reached else _("missed")
    lines = [Line(0, _("{found}; wanted: {wanted}").format(found=found, wanted=wanted))]
    return Row(goal_id(goal), what, verdict, "", tuple(lines))


def goal_id(goal: Goal) -> str:
    """A short name of a goal for programs: ``coverage_90.CNY.1``."""
    return f"{goal.name}.{goal.currency}.{goal.horizon}"


def ahead_words(months: int) -> str:
    """So many months ahead."""
    return _("1 month ahead") if months == 1 else _("{months} months ahead").format(months=months)


def _ahead(goal: Goal) -> str:
    return f"{currency_words(goal.currency)}, {ahead_words(goal.horizon)}"


def _coverage_words(goal: Goal) -> tuple[str, str, str]:
    level = goal.name.rpartition("_")[2]
    what = _("{where}: the {level} % interval covers").format(where=_ahead(goal), level=level)
    wanted = _("{low} to {high} %").format(
        low=number(PERCENT * (goal.low or 0.0)), high=number(PERCENT * (goal.high or 1.0))
    )
    assert goal.interval is not None
    return what, interval_words(goal.interval), wanted


def _near_words(goal: Goal) -> tuple[str, str, str]:
    what = _("{where}: CRPS against the best baseline").format(where=_ahead(goal))
    assert goal.interval is not None
    found = better_words(goal.interval, _(METHODS[goal.rival]))
    return what, found, _("at most {share} % worse").format(share=number(-PERCENT * (goal.low or 0.0)))


def better_words(skill: Interval, rival: str, digits: int = 0) -> str:
    """How much better or worse something is than a rival, with its interval where there is one."""
    if skill.value >= 0.0:
        return _("{skill} better than {rival}").format(skill=interval_words(skill, digits), rival=rival)
    worse = Interval(-skill.value, -skill.high, -skill.low)
    return _("{skill} worse than {rival}").format(skill=interval_words(worse, digits), rival=rival)


def _beats_words(goal: Goal) -> tuple[str, str, str]:
    what = _("{where}: CRPS against the local level").format(where=_ahead(goal))
    assert goal.interval is not None
    found = better_words(goal.interval, _(METHODS[goal.rival]), 1)
    return what, found, _("an interval above 0 (an ambition)")


def _width_words(goal: Goal) -> tuple[str, str, str]:
    text = {
        "width": _("{currency} as of {day}: mean width of the 90 % interval over {months} months"),
        "width_from_figure": _(
            "{currency} as of {day}, counted from the last figure: mean width of the 90 % interval over {months} months"
        ),
        "width_month_known": _(
            "{currency} with the figure of {month} known: mean width of the 90 % interval over {months} months"
        ),
    }[goal.name]
    what = text.format(
        currency=goal.currency, day=WIDTH_AS_OF.isoformat(), months=goal.horizon, month=month(WIDTH_AS_OF)
    )
    found = _("{width} points").format(width=number(goal.value, 2))
    return what, found, _("at most {width} points").format(width=number(goal.high or 0.0, 1))


def head(found: Backtest) -> list[str]:
    """What was done, in three sentences."""
    origins = sorted({one.origin for one in found.forecasts})
    first, last = month_day(origins[0]), month_day(origins[-1])
    start, end = (month(month_day(edge)) for edge in BREAK)
    return [
        _(
            "Rolling origins from {first} to {last}: at each, only what was published by its last day; parameters "
            "fitted anew; nothing scored across the change of base of {start} to {end}."
        ).format(first=month(first), last=month(last), start=start, end=end),
        _(
            "With no event the model's path is flat: its forecast is the last figure, and all of its spread is the "
            "residual process, which is statistics. That process was chosen by its mean loss against the best baseline "
            "on origins before {held}; later ones are given apart, but they had been looked at and are not untouched."
        ).format(held=month(HELD_OUT)),
        _(
            "Intervals of scores: 90 %, block bootstrap over origins; none where there are fewer than three blocks, or "
            "where all outcomes were inside."
        ),
    ]


def table(found: Backtest, currency: str, period: str = ALL) -> list[tuple[str, ...]]:
    """CRPS of every method by horizon (percentage points), and coverage and width of the model's forecast."""
    horizons = [horizon for horizon in HORIZONS if found.score(STRUCTURAL, currency, horizon, period) is not None]
    rows = [("", *map(ahead_words, horizons))]
    for method in (*BASELINES, *MODEL):
        scores = [found.score(method, currency, horizon, period) for horizon in horizons]
        rows.append((_(METHODS[method]), *("–" if one is None else number(one.crps, 3) for one in scores)))
    own = [score for horizon in horizons if (score := found.score(STRUCTURAL, currency, horizon, period)) is not None]
    for level in LEVELS:
        cells = (interval_words(one.cover[level]) for one in own)
        rows.append((_("the {level} % interval covers").format(level=f"{PERCENT * level:.0f}"), *cells))
    rows.append((_("width of the 90 % interval, points"), *(number(one.width, 2) for one in own)))
    rows.append((_("forecasts"), *(str(one.count) for one in own)))
    return rows


def held_out(found: Backtest) -> list[tuple[str, ...]]:
    """Coverage and skill of the model's forecast on the later origins alone."""
    horizons = HORIZONS[:4]
    return [("", *map(ahead_words, horizons)), *_held(found, horizons, LATER)]


def from_figure(found: Backtest) -> list[tuple[str, ...]]:
    """The same on all origins with months counted from the last figure (`Backtest.from_figure`)."""
    steps = (months + 1 for months in FROM_FIGURE)
    return [("", *map(ahead_words, steps)), *_held(found, FROM_FIGURE, ALL)]


def _held(found: Backtest, horizons: Sequence[int], period: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for currency in (ALL, "CNY"):
        for level in (LEVELS[-1], LEVELS[0]):
            text = _("{currency}: the {level} % interval covers")
            name = text.format(currency=currency_words(currency), level=f"{PERCENT * level:.0f}")
            scores = [found.score(STRUCTURAL, currency, horizon, period) for horizon in horizons]
            rows.append((name, *("–" if one is None else interval_words(one.cover[level]) for one in scores)))
    for currency in CURRENCIES:
        against = [found.compared(STRUCTURAL, RIVAL, currency, horizon, period) for horizon in horizons]
        name = _("{currency}: CRPS better than the local level").format(currency=currency)
        rows.append((name, *("–" if one is None else interval_words(one.skill) for one in against)))
    return rows


def as_csv(found: Backtest) -> bytes:
    """Every score, and of the model's methods their skill against every baseline, one line each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for period in PERIODS:
        for currency in (ALL, *CURRENCIES):
            for horizon in HORIZONS:
                writer.writerows(_lines(found, period, currency, horizon))
    return text.getvalue().encode()


def _lines(found: Backtest, period: str, currency: str, horizon: int) -> Iterator[list[str]]:
    for method in (*BASELINES, *MODEL):
        score = found.score(method, currency, horizon, period)
        if score is None:
            continue
        yield _cells(score, None)
        if method in MODEL:
            for baseline in BASELINES:
                against = found.compared(method, baseline, currency, horizon, period)
                if against is not None:
                    yield _cells(score, against)


def _cells(score: Score, against: Comparison | None) -> list[str]:
    count = score.count if against is None else against.count
    start = [score.period, score.currency, str(score.horizon), score.method, str(count)]
    if against is None:
        covers = [_plain(end) for level in LEVELS for end in _ends(score.cover[level])]
        return [*start, _plain(score.crps), _plain(score.width), *covers, "", "", "", "", ""]
    blank = [""] * (2 + 3 * len(LEVELS))
    return [*start, *blank, against.baseline, *(_plain(end) for end in _ends(against.skill)), _plain(against.p_value)]


def _ends(found: Interval) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _plain(value: float) -> str:
    return "" if isnan(value) else f"{value + 0.0:.4f}".replace("-0.0000", "0.0000")
