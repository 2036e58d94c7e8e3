"""Reports of stand-ins that cost nothing, and what a browser would find in them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paysim.scenario.behaviour import Behaviour
from paysim.show.figures import draw
from paysim.show.report.run import write_run_report
from paysim.show.style import STYLES, save, write_captions
from paysim.study import ensemble
from paysim.study.results import FIGURES_FOLDER, REPORT_FILE, Results
from paysim.words import speaking

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))  # for fakes

import fakes

DRAWN = {"cost_sensitivity": (0.002, 0.02), "bypass_share": (0.0, 0.6), "trade_elasticity": (2.0, 8.0)}
STEERING = fakes.Event("2024-09-01T00:00:00Z", "steering", "Steering to CIPS", premise=True)
CUT = fakes.Event("2024-11-04T16:00:00Z", "disconnection", "China off SWIFT", groups=("CHN",), by=("USA",))
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
REFERRING = ("src", "href", "srcset", "data", "action", "formaction", "poster", "background", "cite", "ping")


def story() -> dict[str, Any]:
    """What a scenario file says of itself."""
    behaviour = {name: value.model_dump() for name in DRAWN if (value := getattr(Behaviour(), name))}
    behaviour["growth"] = {"best": 0.0, "low": 0.0, "high": 0.0, "distribution": "fixed"}
    return {
        "question": {"en": "Would it have no trouble?", "de": "Hätte es keine Mühe?"},
        "assumptions": [
            {"text": "A tenth is judged.", "basis": "judgement", "source": None, "id": None},
            {"text": "All banks are cut.", "basis": "premise", "source": None, "id": None},
            {"text": "It was read.", "basis": "sourced", "source": "https://example.org/a?b=1&c=2", "id": None},
        ],
        "limits": ["Export bans are left out."],
        "sources": [{"text": "4.74 % in July 2024", "url": "https://example.org/july"}],
        "checks": [{"id": "trough", "text": "Trade falls."}],
        "claims": [{"id": "gain", "text": {"en": "The yuan gains.", "de": "Der Yuan gewinnt."}}],
        "behaviour": behaviour,
        "uncertainty": {"parameters": True},
    }


@dataclass(frozen=True)
class Scenario(fakes.Scenario):
    """A stand-in that says what it rests on."""

    story: dict[str, Any] = field(default_factory=story)

    def canonical(self) -> str:
        return json.dumps(json.loads(super().canonical()) | self.story, sort_keys=True)


@dataclass(frozen=True)
class Engine(fakes.Engine):
    """Draws three parameters, and lets trade hang on the bypass share."""

    def simulate_events(self, prepared: Any, seed: int, replicate: int) -> Any:
        return self._drawn(super().simulate_events(prepared, seed, replicate), seed, replicate)

    def simulate_mean_field(self, prepared: Any, seed: int, replicates: Any, sources: Any = ()) -> Any:
        found = super().simulate_mean_field(prepared, seed, replicates, sources)
        return [self._drawn(one, seed, replicate) for one, replicate in zip(found, replicates, strict=True)]

    @staticmethod
    def _drawn(record: Any, seed: int, replicate: int) -> Any:
        luck = np.random.default_rng([seed, replicate]).random(len(DRAWN))
        for (name, (low, high)), place in zip(DRAWN.items(), luck, strict=True):
            record.facts[name] = low + (high - low) * float(place)
        record.series["trade_index"][1][:, 1] += 0.1 * record.facts["bypass_share"]
        return record


class Here:
    """In place of worker processes: all of it in this one."""

    def __init__(self, count: int, start: Any, given: Any) -> None:
        start(*given)

    def __class_getitem__(cls, task: Any) -> Any:
        return cls

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *failure: object) -> None:
        pass

    def run(self, function: Any, missing: Any, done: Any) -> None:
        for task in missing():
            function(task)


def run(folder: Path, story: dict[str, Any] | None = None, **changes: Any) -> Results:
    """A stand-in's run: fifteen months, six replicates, a premise and a cut."""
    changes = {"events": (STEERING, CUT), "title": "China is cut off"} | changes
    scenario = Scenario(**changes) if story is None else Scenario(**changes, story=story)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "Workers", Here)
        return ensemble.run_ensemble(scenario, folder / "run", command="paysim run fake.yaml", engine=Engine())


def draw_some(results: Results, folder: Path, names: tuple[str, ...] = ("currency_shares",)) -> None:
    """Draw figures of a run as the command does, and say of one that there is nothing for it."""
    figures = folder / FIGURES_FOLDER
    figures.mkdir(parents=True, exist_ok=True)
    drawn = [(save(draw(results, name), figures, name, STYLES["slides"]), f"What {name} shows.") for name in names]
    write_captions(figures, [*drawn, (None, "who_pays is not drawn: nobody is hit")])


def report_of(results: Results, folder: Path | None = None, language: str = "en") -> str:
    """Write the report of a run into a folder, by default its own, and read it."""
    folder = folder or results.folder
    with speaking(language):
        write_run_report(results, folder)
    return (folder / REPORT_FILE).read_text(encoding="utf-8")


class Document(HTMLParser):
    """A page, read: elements in their order with attributes, the text of each, and what is around it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.around: list[tuple[str, ...]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {[self.elements[place][0] for place in self._open]}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"twice the same attribute: {tag} {names}"
        self.around.append(tuple(self.elements[place][0] for place in self._open))
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.elements[self._open[-1]][0] == tag, f"</{tag}> closes <{self.elements[self._open[-1]][0]}>"
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for place in self._open:
            self.elements[place][2].append(data)

    def all(self, *tags: str) -> Iterator[tuple[str, dict[str, str], str]]:
        """Elements of some kinds, with their whole text."""
        for tag, attributes, texts in self.elements:
            if not tags or tag in tags:
                yield tag, attributes, plain("".join(texts))

    def text(self, tag: str) -> str:
        """The text of the only element of a kind."""
        (found,) = self.all(tag)
        return found[2]

    def section(self, name: str) -> str:
        """The text of the section with this heading's id."""
        for tag, attributes, text in self.all("section"):
            if tag and attributes.get("aria-labelledby") == name:
                return text
        raise AssertionError(f"no section {name}")

    def tables(self) -> dict[str, list[list[str]]]:
        """Rows of every table by its caption."""
        found: dict[str, list[list[str]]] = {}
        rows: list[list[str]] = []
        for tag, _attributes, text in self.all("caption", "tr", "th", "td"):
            if tag == "caption":
                rows = found.setdefault(text, [])
            elif tag == "tr":
                rows.append([])
            else:
                rows[-1].append(text)
        return found

    def charts(self) -> dict[str, dict[str, Any]]:
        """The data of every chart, by its name."""
        return {
            attributes["data-for"].removeprefix("chart-"): json.loads("".join(texts))
            for _tag, attributes, texts in self.elements
            if "data-for" in attributes
        }


def plain(text: str) -> str:
    """A text with single, ordinary spaces."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()


def asked_for(html: str) -> list[str]:
    """Everything that the page could load or lead to by itself: all that it refers to but links to click."""
    page, found = Document(html), []
    for tag, attributes, texts in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"<{tag} {name}>"
            assert name != "style", f"<{tag} style>: the policy forbids it"
            if name in REFERRING and not (tag == "a" and name == "href") and not value.startswith("data:image/png;"):
                found.append(value)
        if tag == "style":
            found += re.findall(r"url\(|@import", "".join(texts))
        if tag in ("base", "iframe", "object", "embed", "form", "link") or attributes.get("http-equiv") == "refresh":
            found.append(tag)
    return found


def digest(text: str) -> str:
    """What a policy calls a text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
