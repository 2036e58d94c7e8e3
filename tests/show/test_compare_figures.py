"""The figures of a comparison and of an explanation: what is drawn is what was found, and no text meets another."""

from __future__ import annotations

import numpy as np
import pytest
from drawings import faults, lines, written

from paysim.show.compare_figures import differences, lettered_events, levels
from paysim.show.style import STYLES, applied
from paysim.show.tornado import tornado
from paysim.study.compared.compare import compare_runs
from paysim.study.compared.explain import Effect, Explanation, Outcome
from paysim.study.compared.explain_words import Assumed
from paysim.study.compared.words import key_series

LOOKED_AT = key_series("CHN", "China")


class Run:
    """The made-up run with what a comparison asks beside it."""

    def __init__(self, made, name, change=0.0, events=None):
        self.manifest = {**made.manifest, "name": name, "title": f"A story called {name}", "seed": 1,
                         "replicates": len(next(iter(made.held.values()))), "engine": "mean-field"}  # fmt: skip
        self.scenario = made.scenario if events is None else {**made.scenario, "events": events}
        self.dates = made.months
        self.keys, self.draws = made.keys, made.draws
        after = np.arange(len(made.months)) >= 40
        self.held = {pair: value + change * after * np.nanmax(np.abs(value)) for pair, value in made.held.items()}

    def series_names(self):
        return tuple(sorted({series for series, _ in self.held}))

    def values(self, series, key=""):
        return self.dates, self.held[series, key]

    def quantiles(self, series, key="", source="all"):
        read = self.values(series, key)[1]
        return self.dates, {level: np.nanquantile(read, level, axis=0) for level in (0.05, 0.25, 0.5, 0.75, 0.95)}


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("draw", [differences, levels])
@pytest.mark.parametrize("others", [1, 3])
def test_no_text_meets_another(run, style, draw, others):
    runs = [Run(run, f"story_{n}", 0.1 * n) for n in range(others + 1)]
    found = [compare_runs(runs[0], other) for other in runs[1:]]
    with applied(STYLES[style]):
        figure = draw(runs, found, LOOKED_AT, "paysim compare a b", STYLES[style])
    assert faults(figure) == []
    assert "A model, not a forecast" in written(figure)
    assert "paysim compare a b" in written(figure)


def test_the_lines_are_the_median_differences_and_zero_where_nothing_differs(run):
    runs = [Run(run, "one"), Run(run, "two", 0.1)]
    with applied(STYLES["slides"]):
        figure = differences(runs, [compare_runs(*runs)], LOOKED_AT, "", STYLES["slides"])
    (line,) = lines(figure, 0, "two")
    expected = 100 * 0.1 * np.nanmax(run.held["true_share", "CNY"])
    assert np.asarray(line.get_ydata())[:40] == pytest.approx(0.0, abs=1e-12)
    assert np.asarray(line.get_ydata())[40:] == pytest.approx(expected)


def test_an_event_of_one_run_carries_its_letter(run):
    events = run.scenario["events"]
    runs = [Run(run, "one"), Run(run, "two", events=events[:-1])]
    labels = [mark.label for mark in lettered_events(runs)]
    assert sum(label.startswith("A: ") for label in labels) == 1
    assert len(labels) == len(events)
    assert not any(label.startswith(("A: ", "B: ")) for label in (mark.label for mark in lettered_events(runs[:1] * 2)))


def explanation(count=12):
    effects = tuple(
        Effect(f"parameter_number_{n}", 0.9 - 0.15 * n, 0.8 - 0.15 * n, 0.95 - 0.15 * n, 0.5 + 0.01 * n, 0.7 - 0.02 * n)
        for n in range(count)
    )
    return Explanation(Outcome("trade_index", "CHN", np.datetime64("2028-01")), effects, (0.4, 0.6, 0.8), 100, 0.8)


@pytest.mark.parametrize("style", ["slides", "paper"])
@pytest.mark.parametrize("count", [1, 5, 12])
def test_no_text_of_a_tornado_meets_another(run, style, count):
    found = explanation(count)
    known = {
        one.name: Assumed(one.name, "what it means", "/bp", 0.002, 0.02, "D weak", "a source") for one in found.effects
    }
    with applied(STYLES[style]):
        figure = tornado(Run(run, "one"), found, known, "China", "paysim explain a", STYLES[style])
    assert faults(figure) == []
    assert "paysim explain a" in written(figure)


def test_a_tornado_draws_what_was_found_strongest_first(run):
    found = explanation()
    with applied(STYLES["slides"]):
        figure = tornado(Run(run, "one"), found, {}, "China", "", STYLES["slides"])
    drawn = lines(figure, 0, "prcc ")
    assert [line.get_xdata()[0] for line in drawn] == [one.prcc for one in found.effects[:10]]
    widths = [patch.get_width() for patch in figure.axes[1].patches]
    assert widths == pytest.approx([100 * one.swing for one in found.effects[:10]])
    assert "Strongest of 12" in written(figure)
