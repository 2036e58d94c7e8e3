"""Bring the catalogues of the words that people read up to date: ``python docs/tools/words.py``.

Takes every text that the code hands to ``_()`` or marks with ``deferred()``, and the names in the packaged data, and
writes ``src/paysim/locale/<language>.po`` anew: new texts without a translation, texts that nobody says any more left
out, the others as they were. Prints what is wrong with them, texts without a translation first of all; the exit code is
1 if anything is.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

import paysim
from paysim.words import LANGUAGES, LOCALE

SOURCE = Path(paysim.__file__).parent
KEYWORDS = ("_", "deferred")
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
)
LINE = 110
PERIODS = ("year", "half", "quarter", "month", "day", "interval")
TOLD = ("name", "members", "event", "country", "target", "type")  # columns of words, in tables without figures
NOT_TOLD = ("source", "published_basis", "note")


def spoken(source: Path = SOURCE) -> Catalog:
    """Every text that people may be told: of the code below a folder, and of the packaged data."""
    catalog = Catalog()
    for path in sorted(source.rglob("*.py")):
        for text in spoken_in(path.read_text(encoding="utf-8"), path):
            catalog.add(text, locations=[(path.relative_to(source).as_posix(), 0)])
    for file, text in packaged_names():
        catalog.add(text, locations=[(file, 0)])
    return catalog


def spoken_in(code: str, path: Path) -> Iterator[str]:
    """Texts that a file hands to ``_()`` or ``deferred()``; ValueError for one that is put together before.

    Read from the syntax tree: Babel's own reader of Python takes every text within the brackets, keys of tables too.
    """
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            for given in node.args:
                yield from _texts(given, f"{path}:{node.lineno}")


def _texts(given: ast.expr, place: str) -> Iterator[str]:
    if isinstance(given, ast.JoinedStr):
        raise ValueError(f"{place}: a text is translated first and filled afterwards, so no f-string goes into _()")
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield given.value
    if isinstance(given, ast.IfExp):
        yield from _texts(given.body, place)
        yield from _texts(given.orelse, place)


def packaged_names() -> Iterator[tuple[str, str]]:
    """Names in the packaged data, each with the file it comes from."""
    from paysim.data.tables import GRADES
    from paysim.explore.levers import levers
    from paysim.scenario import defaults
    from paysim.scenario.parts import Assumption
    from paysim.scenario.schema import Scenario
    from paysim.scenario.system_loading import load_system, shipped_systems
    from paysim.scenario.uncertain import BASES
    from paysim.study.compared.explain_words import Assumed

    places = {"currencies": "scenario/defaults.py", "networks": "scenario/defaults.py", "groups": "data/groups.csv"}
    world = defaults.world()
    for table, file in places.items():
        for entry in world[table].values():
            yield file, entry["name"]
    for file, table in (("data/tables.py", GRADES), ("scenario/uncertain.py", BASES)):
        yield from ((file, text) for text in table.values())
    for basis in get_args(Assumption.model_fields["basis"].annotation):
        yield "scenario/parts.py", basis
    for row in Scenario.parameter_table():
        room, _dot, name = row.path.partition(".")
        if room == "behaviour":
            about = Assumed(name, row.meaning, row.unit, 0.0, 0.0, row.basis, row.source)
            yield from (("scenario/behaviour.py", text) for text in (about.label, about.meaning))
    for lever in levers():
        yield "explore/levers.py", lever.facts.meaning
    for name in shipped_systems():
        system = load_system(name)
        yield f"data/systems/{name}.yaml", system.title
        if "turnover" in system.published:
            yield f"data/systems/{name}.yaml", system.published["turnover"].unit
    yield from table_words()


def table_words() -> Iterator[tuple[str, str]]:
    """Words of the packaged tables: what describes them, their breaks and columns, and cells that are no codes."""
    from paysim.data.catalogue import TEXT_TABLES, descriptions
    from paysim.data.listing import columns, rows
    from paysim.data.tables import BASES, FIGURE_COLUMNS

    yield from (("data/tables.py", text) for text in (*BASES, *PERIODS))
    for about in descriptions():
        texts = (about.title, about.unit, about.publication_rule, about.remark)
        yield from (("data/tables.csv", text) for text in texts if text)
        yield from (("data/breaks.csv", one.text) for one in about.breaks)
        file, found, have = f"data/{about.name}.csv", rows(about.name, suspect=True), columns(about.name)
        if about.name in TEXT_TABLES:
            cells = [row[column] for column in TOLD for row in found if row.get(column)]
        else:
            yield from ((file, column) for column in have if column not in NOT_TOLD)
            keys = [column for column in have if column not in FIGURE_COLUMNS]
            cells = [row[key] for key in keys for row in found if re.search(r"\b[a-z]{3}", row[key])]
            cells += [row[column].replace("_", " ") for column in ("measure", "unit") for row in found]
        yield from ((file, text) for text in dict.fromkeys(cells))


def stored(language: str) -> Catalog:
    """The catalogue of a language as it lies there."""
    path = LOCALE / f"{language}.po"
    return read_po(io.BytesIO(path.read_bytes() if path.exists() else b""), locale=language)


def written(language: str) -> str:
    """The catalogue of a language brought up to date, as the text of its file; its comment at the top stays."""
    catalog = stored(language)
    path = LOCALE / f"{language}.po"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    comment = [line for line in lines[: lines.index('msgid ""') if 'msgid ""' in lines else 0] if line.startswith("#")]
    catalog.update(spoken(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    body = io.BytesIO()
    write_po(body, catalog, width=LINE, omit_header=True, include_lineno=False)
    head = "".join(f"{line}\n" for line in comment)
    return head + HEADER.format(language=language) + body.getvalue().decode()


def faults(language: str, source: Path = SOURCE) -> list[str]:
    """What is wrong with the catalogue of a language, held against the code below a folder; empty if nothing is."""
    known = {str(message.id): message for message in stored(language) if message.id}
    needed = {str(message.id) for message in spoken(source) if message.id}
    return [
        *(f"missing: {text!r}" for text in sorted(needed - known.keys())),
        *(f"said nowhere: {text!r}" for text in sorted(known.keys() - needed)),
        *(fault for text in sorted(known) if (fault := _fault(known[text]))),
    ]


def _fault(message: Message) -> str:
    text, said = str(message.id), str(message.string)
    if message.fuzzy or not said.strip():
        return f"not translated: {text!r}"
    if places(text) != places(said):
        return f"other placeholders: {text!r} has {places(text)}, its translation {places(said)}"
    if (text[:1].isspace(), text[-1:].isspace()) != (said[:1].isspace(), said[-1:].isspace()):
        return f"other spaces at the ends: {text!r}"
    return ""


def places(text: str) -> list[str]:
    """Names of the placeholders of a text, sorted, each once."""
    return sorted({name for _text, name, _format, _conversion in Formatter().parse(text) if name is not None})


def main() -> int:
    """Write all catalogues and say what is missing."""
    missing = 0
    LOCALE.mkdir(exist_ok=True)
    for language in LANGUAGES[1:]:
        (LOCALE / f"{language}.po").write_text(written(language), encoding="utf-8")
        found = faults(language)
        print("\n".join([f"{language}: {len(stored(language))} texts, {len(found)} faults", *found]))
        missing += len(found)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
