"""What the page is told, as data in the language spoken: stories, levers, charts, and what stands around a line."""

from __future__ import annotations

from typing import Any

from paysim import __version__
from paysim.explore.charts import charts_data
from paysim.explore.levers import Lever
from paysim.explore.presets import Presets
from paysim.explore.story import Document, span
from paysim.explore.tasks import Line
from paysim.explore.texts import texts_data
from paysim.words import language, said
from paysim.words import translated as _


def page_data(presets: Presets) -> dict[str, Any]:
    """What the page shows whatever its state."""
    stories = [
        {"name": name, "title": said(one.document["title"]), "question": said(one.document["question"])}
        for name, one in presets.items()
    ]
    return {
        "version": __version__,
        "language": language.get(),
        "presets": stories,
        "levers": [lever_data(lever, presets.steps[lever.id]) for lever in presets.levers.values()],
        "charts": charts_data(),
        "texts": texts_data(),
    }


def lever_data(lever: Lever, steps: tuple[str, ...]) -> dict[str, Any]:
    """A lever: its words, its steps, and what the schema says of it."""
    about = lever.facts
    low, high = (
        None if end is None else lever.step_label(about.written(end, lever.unit)) for end in (about.low, about.high)
    )
    return {
        "id": lever.id,
        "label": _(lever.label),
        "group": lever.group,
        "kind": lever.kind,
        "stops": [{"value": step, "label": lever.step_label(step)} for step in steps],
        "unit": about.unit,
        "low": low,
        "high": high,
        "basis": ", ".join(_(word) for word in about.basis_words),
        "source": about.source,
        "meaning": _(about.meaning),
        "page": lever.page,
    }


def preset_data(presets: Presets, name: str) -> dict[str, Any]:
    """A story, and every lever as it has it; with ``stops`` where it has room for some of them only."""
    document = presets[name].document
    disabled = presets.disabled(document)
    own, stops = presets.defaults[name], presets.stops[name]
    return {
        "name": name,
        "title": said(document["title"]),
        "question": said(document["question"]),
        "assumptions": [
            {"text": said(one["text"]), "basis": _(one["basis"])} for one in document.get("assumptions") or []
        ],
        "limits": [said(one) for one in document.get("limits") or []],
        "levers": {
            lever: {"value": own[lever], "disabled": disabled.get(lever)}
            | ({} if stops[lever] == presets.steps[lever] else {"stops": stops[lever]})
            for lever in presets.levers
        },
        "months": [f"{month:%Y-%m}" for month in span(document)],
    }


def line_head(presets: Presets, key: str, line: Line, document: Document) -> dict[str, Any]:
    """What stands around the series of a line; ``disabled`` is of this state, which may differ from the preset's."""
    return {
        "key": key,
        "months": line.months,
        "target": _(line.target),
        "events": [{"label": said(label), "month": month} for label, month in line.events],
        "disabled": presets.disabled(document),
    }
