"""Stories on the mean field, made ready once and run once: the ground under claims, checks and searches.

A story is a `Scenario`. `Worlds.margin` says how far a story meets some expectations, either over the draws of the
uncertainties or at chosen values of parameters; many values are one run, since the mean field is vectorised over draws.
Only the months and columns that were asked for are computed and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.run import SOURCES, prepare, simulate_at, simulate_events, simulate_mean_field
from paysim.evidence.figures import Column, Paths, margin, measures_of, together, value
from paysim.evidence.stories import compared_with
from paysim.scenario.dates import next_month, read_month
from paysim.scenario.measure import END, START

if TYPE_CHECKING:
    from paysim.scenario.claims import Expectation
    from paysim.scenario.measure import Comparison, Measure
    from paysim.scenario.schema import Scenario

Array = NDArray[np.float64]

CHUNK = 50
"""Replicates that the mean field runs at once."""

_Kind = tuple[object, ...]


@dataclass
class _Need:
    """What is asked of a story: the last month, and columns."""

    until: str = ""
    columns: set[Column] = field(default_factory=set)

    def covers(self, other: _Need) -> bool:
        return self.until >= other.until and self.columns >= other.columns


class Worlds:
    """Runs of stories, each made ready once and run once for all that is asked of it.

    replicates : draws where uncertainties vary; seed : of all stories, so that they share their luck
    engine : ``mean-field``, or ``events`` for draws (chosen values of parameters are always run on the mean field)
    """

    def __init__(self, replicates: int = 100, seed: int = 1, engine: str = "mean-field") -> None:
        self.replicates, self.seed, self.engine = replicates, seed, engine
        self._needs: dict[str, _Need] = {}
        self._ready: dict[str, tuple[str, Prepared]] = {}
        self._runs: dict[tuple[str, _Kind], tuple[_Need, Paths]] = {}
        self._others: dict[tuple[str, tuple[Path, ...], Comparison], Scenario] = {}

    def need(self, story: Scenario, expected: Sequence[Expectation]) -> None:
        """Announce what will be asked of a story, so that it is run once."""
        self._announce(story, measures_of(expected))
        for one in expected:
            said = one.measure.relative_to
            if one.measure.series is not None and said is not None and (said.scenario or said.without):
                self._announce(self.other(story, said), [one.measure.compared()])

    def _announce(self, story: Scenario, measures: Sequence[Measure]) -> None:
        need = self._needs.setdefault(story.digest(), _Need())
        for measure in measures:
            need.columns.add((str(measure.series), measure.key))
            need.until = max(need.until, *(_month(story, month) for month in measure.months))

    def values(
        self, story: Scenario, expected: Sequence[Expectation], sources: Sequence[str] | None = None
    ) -> list[Array]:
        """Every expected figure over the draws, (E,) each.

        sources : of uncertainty that vary, of those that the story has on (default: all; none: best values, one path)
        """
        self.need(story, expected)
        paths = self._draws(story, sources)
        return [
            value(one.measure, paths, lambda said: self._draws(self.other(story, said), sources)) for one in expected
        ]

    def values_at(
        self, story: Scenario, expected: Sequence[Expectation], values: Mapping[str, Sequence[float]]
    ) -> list[Array]:
        """Every expected figure without luck at chosen values of parameters, (E,) each.

        values : of parameters of behaviour by name, canonical units, equally many each; all others at their best values
        """
        self.need(story, expected)
        columns = {name: np.asarray(column, dtype=np.float64) for name, column in values.items()}
        paths = self._at(story, columns)
        return [value(one.measure, paths, lambda said: self._at(self.other(story, said), columns)) for one in expected]

    def margin(
        self,
        story: Scenario,
        expected: Sequence[Expectation],
        values: Mapping[str, Sequence[float]] | None = None,
        sources: Sequence[str] | None = None,
    ) -> Array:
        """How far all expectations are met, (E,): 0 or more where they are, nan where a figure is not defined.

        Over the draws, or without luck at chosen ``values`` of parameters (see `values_at`). What is no parameter of
        behaviour is changed in the story itself: ``load_scenario(file, ["events.cut.until=2028-01"])``.
        """
        found = self.values(story, expected, sources) if values is None else self.values_at(story, expected, values)
        return together([margin(one, figures) for one, figures in zip(expected, found, strict=True)])

    def quantile(self, story: Scenario, parameter: str, level: float) -> float:
        """The value of a parameter below which a share of its draws lies."""
        return float(self._prepared(story).ranges[parameter].quantile(level))

    def calibrated(self, story: Scenario) -> frozenset[str]:
        """Currencies of which the base is made to meet the tracker's share."""
        world = self._prepared(story).world
        pairs = zip(world.currencies, world.targets, strict=True)
        return frozenset(currency for currency, wanted in pairs if not np.isnan(wanted))

    def other(self, story: Scenario, said: Comparison) -> Scenario:
        """The story that a figure of a story is compared with."""
        key = story.digest(), story.files[:1], said
        if key not in self._others:
            self._others[key] = compared_with(story, said)
        return self._others[key]

    def _draws(self, story: Scenario, sources: Sequence[str] | None) -> Paths:
        varying = tuple(source for source in SOURCES if sources is None or source in sources)
        events = self.engine == "events"  # its payments are drawn even where nothing else is
        replicates = list(range(self.replicates)) if varying or events else [0]

        def run(prepared: Prepared) -> list[Record]:
            if events:
                return [simulate_events(prepared, self.seed, one, varying) for one in replicates]
            chunks = [replicates[at : at + CHUNK] for at in range(0, len(replicates), CHUNK)]
            return [one for chunk in chunks for one in simulate_mean_field(prepared, self.seed, chunk, varying)]

        return self._paths(story, ("draws", *varying), run)

    def _at(self, story: Scenario, values: Mapping[str, Array]) -> Paths:
        kind = ("at", *((name, column.tobytes()) for name, column in sorted(values.items())))
        return self._paths(story, kind, lambda prepared: simulate_at(prepared, values))

    def _paths(self, story: Scenario, kind: _Kind, run: Callable[[Prepared], list[Record]]) -> Paths:
        digest = story.digest()
        need = self._needs.get(digest, _Need(until=f"{story.start:%Y-%m}"))
        found = self._runs.get((digest, kind))
        if found is None or not found[0].covers(need):
            kept = _Need(need.until, set(need.columns))
            found = self._runs[digest, kind] = kept, _paths_of(run(self._prepared(story)), kept)
        return found[1]

    def _prepared(self, story: Scenario) -> Prepared:
        digest = story.digest()
        until = self._needs[digest].until if digest in self._needs else f"{story.start:%Y-%m}"
        found = self._ready.get(digest)
        if found is None or found[0] < until:
            horizon = min(next_month(read_month(until)), story.horizon)  # a month more: notice given before a cut
            found = self._ready[digest] = until, prepare(story.shortened(horizon))
        return found[1]


def _month(story: Scenario, month: str) -> str:
    """A month of a story as YYYY-MM; ValueError where it does not have it."""
    named = {START: f"{story.start:%Y-%m}", END: f"{story.horizon:%Y-%m}"}.get(month, month)
    if not f"{story.start:%Y-%m}" <= named <= f"{story.horizon:%Y-%m}":
        raise ValueError(f"{named} lies outside {story.start:%Y-%m} to {story.horizon:%Y-%m} of {story.name}")
    return named


def _paths_of(records: Sequence[Record], need: _Need) -> Paths:
    months = records[0].months
    columns = {}
    for series, key in need.columns:
        keys = records[0].series.get(series, ((), None))[0]
        if key in keys:
            columns[series, key] = np.stack([record.values(series, key) for record in records])
    return Paths(months, columns)
