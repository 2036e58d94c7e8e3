"""The computed messages of the pages of events and levers: ``page_messages.yaml``, run in the mean field.

A page's ``runs`` name runs: ``of`` a shipped scenario, or of the page's ``example`` or ``second example``, with changes
(``set``) and without some events (``without``). Its ``says`` are sentences with places ``{0}``, ``{1:.1f}`` for its
``figures``. Each of these is ``run series key month``, ``run series key first..last mean`` (or ``min``, ``max``), or a
difference, ``run series key month since earlier``: the best values of all parameters, without latent demand and noise.
Shares and indices are times 100. What a sentence says of direction stands beside it (``holds``, such as ``0 > 1``), so
that it cannot outlive the number that it was written for.
"""

from __future__ import annotations

import operator
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from story_measures import PERCENT, SCENARIOS, path

from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario
from paysim.scenario.series import SERIES

REFERENCE = Path(__file__).parents[1] / "reference"
MESSAGES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "page_messages.yaml").read_text(encoding="utf-8")
)
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLACE = re.compile(r"\{(\d+)(:[^}]*)?\}")
REDUCED = {"mean": np.mean, "min": np.min, "max": np.max}
HOLDS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
OWN = ("example", "second example")
SAME = 1e-6
"""Relative difference up to which two figures are the same (``0 = 1``)."""

NONE_TO_SPEAK_OF = 0.01
"""Relative difference up to which nobody would call two figures different (``0 ~ 1``)."""


def page_file(page: str) -> Path:
    """The file of a page: an event's or a lever's."""
    found = [REFERENCE / room / f"{page}.md" for room in ("events", "levers")]
    return next((file for file in found if file.exists()), found[0])


def examples(page: str) -> tuple[str, ...]:
    """The scenarios that a page shows."""
    return tuple(FENCED.findall(page_file(page).read_text(encoding="utf-8")))


def loaded(text: str, *changes: str, without: tuple[str, ...] = ()) -> Scenario:
    """A scenario from the text of its file, as if it lay beside the shipped ones."""
    with TemporaryDirectory() as folder:
        for shipped in SCENARIOS.glob("*.yaml"):
            shutil.copy(shipped, folder)
        file = Path(folder) / "example.yaml"
        file.write_text(text, encoding="utf-8", newline="\n")
        scenario = load_scenario(file, changes)
    missing = set(without) - {event.id for event in scenario.events}
    if missing:
        raise KeyError(f"the example has no events {sorted(missing)}")
    return scenario.model_copy(update={"events": tuple(e for e in scenario.events if e.id not in without)})


@cache
def example_path(text: str, *changes: str, without: tuple[str, ...] = ()) -> Record:
    """The path of a page's example at the best values of all parameters."""
    return simulate_mean_field(prepare(loaded(text, *changes, without=without)), 1, [0], ())[0]


def record_of(page: str, name: str) -> Record:
    """One of the runs that a page's messages name."""
    run = MESSAGES[page]["runs"][name]
    changes, without = tuple(run.get("set", ())), tuple(run.get("without", ()))
    if run["of"] in OWN:
        return example_path(examples(page)[OWN.index(run["of"])], *changes, without=without)
    return path(run["of"], *changes, without=without)


def figure(page: str, written: str) -> float:
    """One figure: ``run series key month``, ``run series key first..last mean``."""
    name, series, key, when, *reduced = written.split()
    record = record_of(page, name)
    months = list(record.months)
    first, _, last = when.partition("..")
    begin, end = (months.index(np.datetime64(month)) for month in (first, last or first))
    values = record.values(series, "" if key == "-" else key)
    value = float(REDUCED[reduced[0]](values[begin : end + 1])) if last else float(values[begin])
    if reduced[:1] == ["since"]:
        value -= float(values[months.index(np.datetime64(reduced[1]))])
    return PERCENT * value if SERIES[series].unit.startswith(("fraction", "index")) else value


def says(page: str) -> tuple[str, ...]:
    """A page's sentences with their figures.

    Raises
    ------
    ValueError
        where what a sentence says of direction does not hold any more.
    """
    return tuple(_said(page, message) for message in MESSAGES[page]["says"])


def _said(page: str, message: dict[str, Any]) -> str:
    figures = [figure(page, written) for written in message["figures"]]
    for relation in message["holds"]:
        if not holds(relation, figures):
            raise ValueError(f"{page}: {relation} does not hold of {figures}: {message['text']}")
    return PLACE.sub(lambda place: _written(figures[int(place[1])], place[2] or ":.0f"), message["text"])


def holds(relation: str, figures: list[float]) -> bool:
    """Whether a chain such as ``0 > 1 > 2`` holds of figures by their places; ``#5`` is the number 5 itself."""
    words = relation.split()
    values = [float(word[1:]) if word.startswith("#") else figures[int(word)] for word in words[::2]]
    signs = words[1::2]
    return all(_related(sign, *pair) for sign, *pair in zip(signs, values, values[1:], strict=False))


def _related(sign: str, one: float, other: float) -> bool:
    if sign in HOLDS:
        return bool(HOLDS[sign](one, other))
    tolerance = {"=": SAME, "~": NONE_TO_SPEAK_OF}[sign]
    return abs(one - other) <= tolerance * max(abs(one), abs(other))


def _written(value: float, template: str) -> str:
    """A number with a true minus sign, and no sign at all of what rounds to nothing."""
    text = format(value, template[1:])
    return text.removeprefix("-") if float(text) == 0.0 else text.replace("-", "−")
