"""The page as one file that works from a disk: stored runs of one story, packed, and how far off it is between them."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from paysim.errors import InputError, PaysimError
from paysim.explore import tasks
from paysim.explore.bundle import page_of
from paysim.explore.charts import CHARTS, PERCENT, POINTS, line_ids
from paysim.explore.presets import Presets
from paysim.explore.state import State, document_of, key_of, scenario_of
from paysim.explore.stored import (
    COST,
    DATE,
    SHARE,
    VALUE,
    Array,
    Axis,
    Change,
    Stored,
    forward,
    pair_states,
    single_states,
)
from paysim.explore.story import MONTHS
from paysim.explore.tasks import Line, Refused
from paysim.explore.view import line_head, page_data, preset_data
from paysim.scenario.dates import read_month
from paysim.study.execute import process_pool, worker_count
from paysim.study.progress import Progress
from paysim.words import LANGUAGES, number, speaking
from paysim.words import translated as _

DRAWN, MOVED, SEED = 40, (2, 5), 7
"""States that are drawn to see how far off the page is, how many levers are moved in one, and their seed."""
LEVELS = 65534
"""Steps of a stored number between the least and the greatest of its series."""
NOT_THERE = 65535
USUAL, RARE = 0.5, 0.95

Changes = tuple[Change, ...]


def export_page(
    presets: Presets, out: Path, overwrite: bool = False, workers: int | None = None, progress: Progress | None = None
) -> None:
    """Write the page of the first preset as one HTML file, whole or not at all.

    Raises InputError if the file is there already or cannot be written, PaysimError if workers end.
    """
    if out.exists() and not overwrite:
        raise InputError(f"{out} is there already; replace it with --overwrite or give another file with --export")
    if not out.parent.is_dir():
        raise InputError(f"--export: {out.parent} is no folder")
    html = page_of(_parts(presets, worker_count(workers), progress or Progress()))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(html)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}") from None


def axes_of(presets: Presets) -> tuple[Axis, ...]:
    """The levers that have a meaning in the first preset."""
    name = presets.first
    own, stops = presets.defaults[name], presets.stops[name]
    ids = [lever for lever in presets.levers if presets.fixed_reason(name, lever) is None]
    return tuple(Axis(lever, stops[lever], stops[lever].index(own[lever])) for lever in ids)


def allowed(axes: Sequence[Axis], presets: Presets) -> tuple[Axis, ...]:
    """The axes without the steps that the story's rules refuse."""

    def fits(axis: Axis, step: str) -> bool:
        try:
            scenario_of(document_of(State(presets.first, ((axis.id, step),)), presets))
        except ValidationError:
            return False
        return True

    found = []
    for axis in axes:
        kept = tuple(step for place, step in enumerate(axis.steps) if place == axis.own or fits(axis, step))
        found.append(Axis(axis.id, kept, kept.index(axis.steps[axis.own])))
    return tuple(found)


def drawn_states(axes: Sequence[Axis], count: int = DRAWN, seed: int = SEED) -> list[Changes]:
    """States in which several levers are moved at once, to hold the page against."""
    luck = random.Random(seed)
    found = []
    for _number in range(count):
        moved = sorted(luck.sample(range(len(axes)), min(len(axes), luck.randint(*MOVED))))
        steps = [[step for place, step in enumerate(axes[at].steps) if place != axes[at].own] for at in moved]
        found.append(tuple((axes[at].id, luck.choice(one)) for at, one in zip(moved, steps, strict=True)))
    return found


def _parts(presets: Presets, workers: int, progress: Progress) -> dict[str, Any]:
    axes = allowed(axes_of(presets), presets)
    singles, pairs, drawn = single_states(axes), pair_states(axes), drawn_states(axes)
    refused: dict[Changes, str] = {}
    lines = run_states(presets, [*singles, *pairs, *drawn], workers, progress, refused)
    own = lines[()]
    names = [name for name in line_ids() if name in json.loads(own.series)]
    scales = scales_of(names)
    values = {state: values_of(line, names) for state, line in lines.items()}
    runs = {state: forward(values[state], scales) for state in (*singles, *pairs) if state in values}
    packed, kept = pack(runs)
    carried = {state: lines[state] for state in kept}
    dates = next((axis.steps for axis in axes if axis.id == DATE), ())
    months = months_later(dates, presets.defaults[presets.first].get(DATE, ""))
    stored = Stored(axes, scales, kept, months)
    measured = misses(stored, {state: values[state] for state in drawn if state in values}, names)
    return {
        "name": presets.first,
        "months": list(own.months),
        "series": names,
        "scales": list(scales),
        "axes": [{"id": axis.id, "steps": list(axis.steps), "own": axis.own} for axis in axes],
        "later": months,
        "follows": sorted(stored.follows),
        "states": [[list(change) for change in state] for state in kept],
        "refused": {"&".join(map("=".join, state)): refused[state] for state in (*singles, *pairs) if state in refused},
        "packed": packed,
        "languages": {language: _spoken(presets, language, axes, carried, measured) for language in LANGUAGES},
    }


def run_states(
    presets: Presets, states: Sequence[Changes], workers: int, progress: Progress,
    refused: dict[Changes, str] | None = None,
) -> dict[Changes, Line]:  # fmt: skip
    """The lines of states, on several processes; one that cannot be run is left out, ``refused`` gets the reason."""
    wanted = list(dict.fromkeys(states))
    progress.start("stored runs", len(wanted))
    found: dict[Changes, Line] = {}
    pool = process_pool(workers, _ready)
    try:
        asked: dict[Future[Line], Changes] = {}
        for state in wanted:
            document = document_of(State(presets.first, state), presets)
            asked[pool.submit(tasks.ask_line, key_of(document), document)] = state
        for done in as_completed(asked):
            progress.advance(1)
            try:
                found[asked[done]] = done.result()
            except Refused as error:
                if refused is not None:
                    refused[asked[done]] = str(error)
    except (OSError, RuntimeError) as error:
        raise PaysimError(f"a worker process ended (out of memory?): {error}") from None
    finally:
        pool.shutdown(wait=True, kill_workers=True)
        progress.close()
    return {state: found[state] for state in wanted if state in found}


def _ready() -> None:
    """Nothing has to be made ready in a worker."""


def scales_of(names: Sequence[str]) -> tuple[str, ...]:
    """The scale of every series: by the unit of the chart that shows it."""
    units = {line.id: chart.unit for chart in CHARTS for line in chart.lines}
    return tuple({PERCENT: SHARE, POINTS: COST}.get(units[name], VALUE) for name in names)


def values_of(line: Line, names: Sequence[str]) -> Array:
    """The series of a line, (S, M), nan where there is none."""
    series = json.loads(line.series)
    nothing = [None] * len(line.months)
    return np.array([series.get(name, nothing) for name in names], dtype=np.float64)


def months_later(dates: Sequence[str], own: str) -> dict[str, int]:
    """By how many months a date is later than the preset's own."""
    counted = {date: read_month(date).year * MONTHS + read_month(date).month for date in dates}
    return {date: count - counted[own] for date, count in counted.items()}


def pack(runs: Mapping[Changes, Array]) -> tuple[dict[str, Any], dict[Changes, Array]]:
    """Runs as whole numbers of 16 bits, compressed as text; and as they will be read back.

    The differences from the preset's own run are stored, each series with a least and a step of its own.
    """
    own = runs[()]
    table = np.stack([run - own if state else run for state, run in runs.items()])  # (states, S, M)
    least = np.nanmin(table, axis=(0, 2), keepdims=True)
    step = (np.nanmax(table, axis=(0, 2), keepdims=True) - least) / LEVELS
    step[step <= 0.0] = 1.0
    whole: NDArray[np.uint16] = np.where(np.isnan(table), NOT_THERE, np.round((table - least) / step)).astype("<u2")
    back = np.where(whole == NOT_THERE, np.nan, whole * step + least)
    back[1:] += back[0]
    data = base64.b64encode(gzip.compress(whole.tobytes(), 9, mtime=0)).decode()
    facts = {"data": data, "least": least.ravel().tolist(), "step": step.ravel().tolist(), "none": NOT_THERE}
    return facts, dict(zip(runs, back, strict=True))


def misses(stored: Stored, true: Mapping[Changes, Array], names: Sequence[str]) -> list[tuple[str, float, float]]:
    """How far off the lines of a chart are in states that were run to see: chart, usual and rare miss, in its unit.

    Of every state the farthest line of the chart in each month; over all states and months the median, and what 19 of
    20 stay below.
    """
    off = {state: np.abs(stored.line(state) - values) for state, values in true.items()}
    found = []
    for chart in CHARTS:
        rows = [names.index(line.id) for line in chart.lines if line.id in names]
        if rows and off:
            worst = np.concatenate([np.nanmax(np.nan_to_num(one[rows]), axis=0) for one in off.values()])
            found.append((chart.id, float(np.quantile(worst, USUAL)), float(np.quantile(worst, RARE))))
    return found


def _spoken(
    presets: Presets, language: str, axes: Sequence[Axis], lines: Mapping[Changes, Line],
    measured: Sequence[tuple[str, float, float]],
) -> dict[str, Any]:  # fmt: skip
    """All words of the page in a language: levers and charts, the story, and what stands around each single state."""
    name = presets.first
    with speaking(language):
        page = page_data(presets)
        page["presets"] = [one for one in page["presets"] if one["name"] == name]
        page["stored"] = _told(len(lines), measured)
        kept = {axis.id: axis.steps for axis in axes}
        for lever in page["levers"]:
            steps = kept.get(lever["id"])
            lever["stops"] = [stop for stop in lever["stops"] if steps is None or stop["value"] in steps]
        heads: list[dict[str, Any] | None] = []
        for state in single_states(axes):
            if state in lines:
                head = line_head(presets, "", lines[state], document_of(State(name, state), presets))
                heads.append({part: head[part] for part in ("target", "events", "disabled")})
            else:
                heads.append(None)
        return {"page": page, "preset": preset_data(presets, name), "heads": heads}


def _told(count: int, measured: Sequence[tuple[str, float, float]]) -> dict[str, Any]:
    """What the page says of itself: that it carries stored runs, and how far off it is between them."""
    titles = {chart.id: (chart.title, chart.unit) for chart in CHARTS}
    rows = [
        {
            "chart": _(titles[chart][0]), "unit": _(titles[chart][1]),
            "usual": number(usual, 2), "rare": number(rare, 2),
        }
        for chart, usual, rare in measured
    ]  # fmt: skip
    return {
        "what": _(
            "This page carries {count} stored runs and asks nobody. With one lever moved a line is the model's own; "
            "with more it is put together from runs in which one or two are moved."
        ).format(count=count),
        "how": _(
            "How far off it is was measured in {count} states with {least} to {most} levers moved at random: the "
            "farthest line of each chart, in the median month and in 19 of 20 months."
        ).format(count=DRAWN, least=MOVED[0], most=MOVED[1]),
        "without": _("Bands, the event engine and scenario files need paysim explore itself."),
        "head": [_("Chart"), _("Unit"), _("median"), _("19 of 20 below")],
        "rows": rows,
    }


__all__ = ["axes_of", "drawn_states", "export_page", "misses", "months_later", "pack", "run_states"]
