"""Parts that reports share: what a scenario asks, takes for granted, leaves out and rests on, and how to repeat it."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from paysim.show.reading import EventMark, Results, events, name_of
from paysim.show.report.blocks import Block, Code, Facts, Listing, Paragraph, Piece, Section, Table, Text, link, linked
from paysim.study.compared.explain_words import Assumed, assumed, number_words, unit_words
from paysim.study.results import MANIFEST_FILE
from paysim.words import date_words, said
from paysim.words import translated as _

_UNSPREAD = "fixed"
DIGEST = 16
"""Characters of a digest that are shown where the whole one stands elsewhere."""
MOST_WHOLE = 400_000
"""Bytes of a manifest that is put into a report as it lies in the folder (judgement: with room for what is escaped)."""


def caution() -> str:
    """What every report says at once."""
    return _("A model, not a forecast.")


def question_of(scenario: Mapping[str, Any]) -> str:
    """What a scenario asks; empty if it says nothing."""
    return said(scenario.get("question") or "")


def timeline(results: Results) -> Table | None:
    """All events in the order of their dates, numbered as in the charts; None if there are none."""
    marks = events(results)
    if not marks:
        return None
    heads = (_("event"), _("from"), _("until"), _("whole"), _("hits"), _("by"), _("given as input"))
    rows = tuple(_event_cells(results, mark, place) for place, mark in enumerate(marks, 1))
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    return Table(
        _("Events in the order of their dates"),
        tuple(heads[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
        prose=True,
    )


def _event_cells(results: Results, mark: EventMark, number: int) -> tuple[str, ...]:
    hit, by = (", ".join(name_of(results, one, group=True) for one in ids) for ids in (mark.groups, mark.by))
    full = "" if mark.full is None else instant_words(mark.full)
    until = "" if mark.until is None else instant_words(mark.until)
    return f"{number}. {mark.label}", instant_words(mark.at), until, full, hit, by, _("yes") if mark.premise else ""


def instant_words(moment: np.datetime64) -> str:
    """A day, and the time in UTC if it is not midnight."""
    read: dt.datetime = moment.astype("datetime64[s]").astype(object)
    if read.time() == dt.time():
        return date_words(read.date())
    return _("{day}, {time} UTC").format(day=date_words(read.date()), time=f"{read:%H:%M}")


def assumptions(scenarios: Mapping[str, Mapping[str, Any]]) -> Section:
    """What scenarios take for granted, each with its basis and where that was read; premises first.

    scenarios : by name; where there are several, what only some of them say has their names beside it
    """
    said_by: dict[tuple[str, str, str], list[str]] = {}
    for name, scenario in scenarios.items():
        for one in scenario.get("assumptions", ()):
            said_by.setdefault((said(one["text"]), one["basis"], one.get("source") or ""), []).append(name)
    ordered = sorted(said_by.items(), key=lambda pair: pair[0][1] != "premise")
    rows: list[tuple[Text, ...]] = []
    for (text, basis, source), names in ordered:
        beside: tuple[Text, ...] = () if len(scenarios) < 2 else (_whose(names, scenarios),)
        rows.append((text, basis_words(basis), source_text(source), *beside))
    heads = (_("assumption"), _("basis"), _("source"), *(() if len(scenarios) < 2 else (_("of"),)))
    table = Table(_("What is taken for granted beside the parameters"), heads, tuple(rows), prose=True)
    note = _("A premise is given as input: what follows from it is a result, it itself is none.")
    blocks: tuple[Block, ...] = (Paragraph(note, "note"), table) if rows else ()
    return Section("assumptions", _("What is assumed"), blocks)


def _whose(names: Sequence[str], everyone: Mapping[str, Any]) -> str:
    return _("all") if len(names) == len(everyone) else ", ".join(names)


def basis_words(basis: str) -> str:
    """The basis of an assumption in words; a premise is given as input."""
    return _("premise: given as input") if basis == "premise" else _(basis)


def code(text: str) -> Text:
    """A text as it is typed."""
    return (Piece(text, code=True),)


def command(text: str) -> Code:
    """A command to be copied."""
    return Code(text, _("Command"))


def source_text(source: object) -> Text:
    """Where something was read: an address as a link, other words as they are."""
    return linked(str(source)) if source else "–"


def parameters(results: Results) -> Section:
    """Every parameter that was drawn: meaning, best value, range, what came up, basis and source."""
    behaviour: Mapping[str, Any] = results.scenario.get("behaviour", {})
    known = assumed(results) if behaviour else {}  # type: ignore[arg-type] # only its scenario is read
    drawn = results.draws()
    spread = [name for name in known if known[name].high > known[name].low]
    spread = [name for name in spread if behaviour[name].get("distribution") != _UNSPREAD]
    rows = tuple(_parameter(known[name], behaviour[name], drawn.get(name)) for name in spread)
    if not rows:
        return Section("parameters", _("Parameters"))
    heads = (_("parameter"), _("best"), _("range"), _("drawn: median (least to greatest)"), _("basis"), _("source"))
    table = Table(_("Parameters that were drawn"), heads, rows, prose=True)
    note = _("Every replicate draws each of them from its range; the bands show what comes of that.")
    if not dict(results.scenario.get("uncertainty", {})).get("parameters", True):
        note = _("In this run every parameter is at its best value; the ranges are what it could be.")
    return Section("parameters", _("Parameters"), (Paragraph(note, "note"), table))


def _parameter(about: Assumed, given: Mapping[str, Any], drawn: Any) -> tuple[Text, ...]:
    name: Text = (
        Piece(about.label),
        Piece(" "),
        Piece(about.name, code=True),
        Piece(" " + _(about.meaning), small=True),
    )
    factor, unit = (100.0, " %") if about.unit == "share" else (1.0, f" {unit_words(about.unit)}".rstrip())
    best = f"{number_words(factor * float(given['best']))}{unit}"
    came = "–"
    if drawn is not None and len(drawn):
        values = np.asarray(drawn, dtype=np.float64) * factor
        middle, *ends = (number_words(float(one)) for one in (np.median(values), values.min(), values.max()))
        spread = _("{median} ({least} to {most})").format(median=middle, least=ends[0], most=ends[1])
        came = f"{middle if ends[0] == ends[1] else spread}{unit}"
    return name, best, about.range_words, came, about.basis_words, source_text(about.source)


def limits(scenarios: Mapping[str, Mapping[str, Any]], beside: Sequence[str] = ()) -> Section:
    """What a report does not show: a model's caution first, then what scenarios say of themselves, each once.

    scenarios : by name;  beside : what the analysis itself cannot tell
    """
    own = dict.fromkeys(said(one) for scenario in scenarios.values() for one in scenario.get("limits", ()))
    first = _("It is a model, not a forecast: it says what would follow from what is assumed, not what will be.")
    return Section("limits", _("What this does not show"), (Listing(tuple(map(linked, (first, *beside, *own)))),))


def sources(scenarios: Mapping[str, Mapping[str, Any]]) -> Section:
    """Where figures and facts of scenarios were read, each once."""
    given = [
        (said(one["text"]), str(one["url"])) for scenario in scenarios.values() for one in scenario.get("sources", ())
    ]
    items = tuple(link(text, address) for text, address in dict.fromkeys(given))
    return Section("sources", _("Sources"), (Listing(items, numbered=True),) if items else ())


def run_facts(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Engine, replicates, seed and months of a run, in short."""
    counted = _("{engine} engine, {replicates} replicates, seed {seed}").format(
        engine=_(manifest["engine"]), replicates=manifest["replicates"], seed=manifest["seed"]
    )
    months = _("{first} to {last}").format(first=manifest["first_month"], last=manifest["last_month"])
    return caution(), counted, months


def repeat(manifest: Mapping[str, Any], more: Sequence[Block] = (), whole: bool = True) -> Section:
    """How to have the very same again: the command, versions and digests, and the manifest as it lies in the folder.

    manifest : with ``command``, ``version`` and what else there is of ``run`` and ``files``
    more : what else helps;  whole : whether the manifest itself is put in
    """
    told = _("The same version on the same kind of machine gives the same bytes, with any number of workers.")
    blocks: list[Block] = [Paragraph(told), Code(str(manifest["command"]), _("The command that repeats it")), *more]
    blocks.append(Facts(tuple(_identity(manifest))))
    listed = [(name, str(entry["bytes"]), (Piece(entry["sha256"], code=True),)) for name, entry in _files(manifest)]
    if listed:
        heads = (_("file"), _("bytes"), "SHA-256")
        blocks.append(Table(_("Files beside this report"), heads, tuple(listed)))
    if whole:
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        if len(text.encode()) <= MOST_WHOLE:
            blocks.append(Code(text, _("The manifest, with everything as it was read"), folded=True))
        else:
            blocks += [Paragraph(_("Not shown here:")), Listing((MANIFEST_FILE,))]
    return Section("repeat", _("How to repeat it"), tuple(blocks))


def _files(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from manifest.get("files", {}).items()


def _identity(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Text]]:
    yield "paysim", str(manifest["version"])
    run = manifest.get("run", {})
    parts: Mapping[str, Any] = run.get("parts", run)
    for name, label in (("engine", _("engine")), ("seed", _("seed")), ("replicates", _("replicates"))):
        if name in parts:
            yield label, str(_(parts[name]) if name == "engine" else parts[name])
    digests = ("scenario", _("digest of the scenario")), ("study", _("digest of the study"))
    for name, label in (*digests, ("code", _("digest of the code"))):
        if isinstance(parts.get(name), str):
            yield label, (Piece(str(parts[name])[:DIGEST], code=True),)
    if "key" in run:
        yield _("key of the run"), (Piece(str(run["key"])[:DIGEST], code=True),)
    versions = parts.get("versions", {})
    if versions:
        yield _("with"), ", ".join(f"{name} {version}" for name, version in versions.items() if name != "paysim")
    machine = parts.get("platform", {})
    if machine:
        yield _("kind of machine"), ", ".join(map(str, machine.values()))


def foot(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The last lines of a report."""
    made = _("Made by paysim {version}. Nothing in this page asks for anything from outside.")
    return made.format(version=manifest["version"]), caution()


def changed(manifest: Mapping[str, Any]) -> bool:
    """Whether a run had values of its own, which its file does not have."""
    return not {"--set", "--until"}.isdisjoint(shlex.split(str(manifest.get("command", ""))))


def scenario_file(manifest: Mapping[str, Any]) -> str:
    """The file of a run, as its command names it; the name of the scenario where there is none."""
    words = shlex.split(str(manifest.get("command", "")))
    return words[2] if words[:2] == ["paysim", "run"] and len(words) > 2 else f"{manifest['name']}.yaml"
