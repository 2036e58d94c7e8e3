"""What is computed for a state: the line at the best values, the band of draws, a replicate of the event engine.

It runs in a worker process, which keeps the worlds that it has prepared.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from paysim.engine.record import Record
from paysim.engine.run import Prepared, prepare, simulate_events, simulate_mean_field
from paysim.engine.variants import varied
from paysim.errors import PaysimError
from paysim.explore.charts import TARGET, line_ids
from paysim.explore.story import Document, against
from paysim.explore.tasks import Line, Refused, refusal
from paysim.scenario.schema import Scenario
from paysim.scenario.series import SERIES

Array = NDArray[np.float64]
Series = dict[str, list[float | None]]
Story = tuple[str, Document]
"""The story that a document was made from: its digest and its own document."""

DRAWS = 60
"""Draws of a band, and the share of them that it leaves out on either side."""
TAIL = 0.05
WORLDS = 128
"""Prepared worlds that a worker keeps, some .3 MB each."""
MONTHS_A_YEAR = 12
BN_A_TRN = 1000.0
HUNDRED = 100.0
DEFAULT_TARGET = "CHN"


class Worlds:
    """Scenarios made ready to run, by digest of the document; the least used is forgotten first.

    A document that comes with the story it was made from is made ready from that, which is much quicker.

    delays : whether the delays of the base are measured where nothing of a mean field but ``delay_hours`` depends on
        them; the page does not show that series, but the event engine needs them
    """

    def __init__(self, size: int = WORLDS, delays: bool = False) -> None:
        self._size, self._delays = size, delays
        self._kept: OrderedDict[str, tuple[Scenario, Prepared]] = OrderedDict()

    def of(self, key: str, document: Document, story: Story | None = None) -> tuple[Scenario, Prepared]:
        """A document's scenario, made ready; raises Refused."""
        if key not in self._kept:
            self._keep(key, self._made(key, document, story))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _made(self, key: str, document: Document, story: Story | None) -> tuple[Scenario, Prepared]:
        before = None
        if story is not None and story[0] != key:
            with suppress(Refused):
                before = self.of(*story)
        try:
            scenario = Scenario.model_validate(document)
            if before is None:
                return scenario, prepare(scenario, self._delays)
            return scenario, varied(before[1], before[0], scenario, self._delays)
        except ValidationError as error:
            raise refusal(error) from None
        except PaysimError as error:
            raise Refused(str(error)) from None

    def _keep(self, key: str, made: tuple[Scenario, Prepared]) -> None:
        self._kept[key] = made
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def line(worlds: Worlds, key: str, document: Document, story: Story | None = None) -> Line:
    """Months, events and series at the best values of all parameters, without noise; raises Refused."""
    scenario, prepared = worlds.of(key, document, story)
    record = simulate_mean_field(prepared, scenario.seed, [0], ())[0]
    target = target_of(document)
    group = scenario.groups.get(target)
    return Line(
        months=tuple(str(month) for month in record.months),
        target=group.name if group is not None else target,
        events=tuple((event.titles(), f"{event.at:%Y-%m}") for event in scenario.events),
        series=as_json({name: listed(values) for name, values in shown(record, target).items()}),
    )


def band_part(
    worlds: Worlds, key: str, document: Document, replicates: Sequence[int], story: Story | None = None
) -> dict[str, Array]:
    """Some draws of every series, (draws, months) each, all uncertainty of the scenario in them."""
    scenario, prepared = worlds.of(key, document, story)
    records = simulate_mean_field(prepared, scenario.seed, list(replicates))
    target = target_of(document)
    drawn = [shown(record, target) for record in records]
    return {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}


def band_of(parts: Sequence[dict[str, Array]]) -> bytes:
    """The band that leaves out `TAIL` of the draws on either side, as JSON."""
    found = {}
    for name in parts[0]:
        low, high = np.quantile(np.concatenate([part[name] for part in parts]), [TAIL, 1.0 - TAIL], axis=0)
        found[name] = {"low": listed(low), "high": listed(high)}
    return as_json(found)


def event_run(worlds: Worlds, key: str, document: Document, replicate: int) -> tuple[list[str], dict[str, Array]]:
    """One replicate of the event engine at the best values, payment by payment: months and series.

    worlds : with delays
    """
    scenario, prepared = worlds.of(key, document)
    record = simulate_events(prepared, scenario.seed, replicate, ())
    return [str(month) for month in record.months], shown(record, target_of(document))


def mean_of(runs: Sequence[dict[str, Array]]) -> Series:
    """The mean of runs, month by month."""
    return {name: listed(np.mean([run[name] for run in runs], axis=0)) for name in runs[0]}


def target_of(document: Document) -> str:
    """The group that the page shows: whom the story is about."""
    return next(iter(against(document)), DEFAULT_TARGET)


def shown(record: Record, target: str) -> dict[str, Array]:
    """The series of the page that a record has, (months,) each, in the units of their charts."""
    found = {}
    for name in line_ids():
        series, _colon, key = name.partition(":")
        values = _values(record, series, target if key == TARGET else key)
        if values is not None:
            found[name] = values
    return found


def _values(record: Record, series: str, key: str) -> Array | None:
    if series == "level":
        paid = _values(record, "settled_value", key)
        return None if paid is None else paid * (MONTHS_A_YEAR / BN_A_TRN)
    if series == "live_share":
        blocked, refused = (_values(record, name, key) for name in ("blocked_share", "refused_share"))
        return None if blocked is None or refused is None else HUNDRED - blocked - refused
    keys, _table = record.series.get(series, ((), None))
    if key not in keys:
        return None
    values = record.values(series, key)
    return values * HUNDRED if SERIES[series].unit.startswith(("fraction", "index")) else values


def as_json(data: object) -> bytes:
    """Compact JSON; numbers as Python writes them, so that they are read back to the bit."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode()


def listed(values: Array) -> list[float | None]:
    """Values for JSON, which knows no NaN."""
    return [float(value) if np.isfinite(value) else None for value in values]
