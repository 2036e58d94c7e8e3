"""Rewrite what the pages of events and levers take from the code: ``python docs/tools/event_pages.py``.

Between ``<!-- settings: NAMES -->`` and ``<!-- end of settings -->`` stands a table of the schema: the fields of a kind
of event, and parameters of behaviour (``behaviour.inertia``). Between ``<!-- messages: PAGE -->`` and ``<!-- end of
messages -->`` stand the computed sentences of ``page_messages.yaml``, between ``<!-- kinds -->`` and ``<!-- end of
kinds -->`` the list of all kinds. The text around them is left alone. With names of pages only these are rewritten.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from page_numbers import REFERENCE, says
from pydantic.fields import FieldInfo

from paysim.scenario import kinds
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.event import Event
from paysim.scenario.uncertain import BASES, Uncertain

ROOMS = ("events", "levers")
MARKED = re.compile(r"(<!-- (settings|messages|kinds)(?:: ([\w., ]+))? -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
ADDRESS = re.compile(r"https?://(?:www\.)?([^/\s]+)\S*")
HEAD = "| field | default | unit | range | basis | source | meaning |\n|---|---|---|---|---|---|---|\n"
HEADINGS = ("Statement", "Examples", "Big messages", "Key dynamics", "Settings", "Model structure", "FAQ")
COMMON = ("at", "until", "ramp", "premise")
"""Fields that all kinds have and that change what a run gives; ``id`` and ``label`` only name an event."""


def settings(names: str) -> str:
    """The table of the fields of kinds of events and of parameters of behaviour."""
    return HEAD + "".join(map(_lines, names.split(", ")))


def _lines(name: str) -> str:
    if name.startswith("behaviour."):
        return _line(name, Behaviour.model_fields[name.removeprefix("behaviour.")])
    kind = kinds.kind(name)
    own = [field for field in kind.model_fields if field not in Event.model_fields]
    common = [field for field in COMMON if field != "ramp" or kind.ramps]
    return "".join(_line(field, kind.model_fields[field]) for field in (*own, *common))


def _line(name: str, field: FieldInfo) -> str:
    facts: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    low, high = facts.get("range") or (None, None)
    cells = (
        f"`{name}`",
        _default(field),
        str(facts.get("unit", "")),
        f"{_value(low)} to {_value(high)}" if low is not None else "",
        ", ".join(BASES[word] for word in str(facts.get("basis", "")).split()),
        ADDRESS.sub(r"[\1](\g<0>)", str(facts.get("source", ""))),
        str(field.description),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    return _value(value.best if isinstance(value, Uncertain) else value)


def _value(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def messages(page: str) -> str:
    """The computed sentences of a page."""
    return "".join(f"- {sentence}\n" for sentence in says(page))


def listed() -> str:
    """Every kind of event that the product ships, with its page and what it does."""
    rows = ["| kind | what happens |\n|---|---|\n"]
    for name in kinds.names():
        if (REFERENCE / "events" / f"{name}.md").exists():
            what = (kinds.kind(name).__doc__ or "").partition("\n")[0].replace("``", "`")
            rows.append(f"| [`{name}`]({name}.md) | {what} |\n")
    return "".join(rows)


def block(what: str, names: str | None) -> str:
    """What stands between two marks."""
    return {"settings": settings, "messages": messages, "kinds": lambda _: listed()}[what](names or "")


def rewritten(text: str) -> str:
    """A page with its generated parts as code and model have them now."""
    return MARKED.sub(lambda found: found[1] + block(found[2], found[3]) + found[4], text)


def pages() -> list[Path]:
    """All pages, those that list them among them."""
    return sorted(file for room in ROOMS for file in (REFERENCE / room).glob("*.md"))


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for page in pages():
        if not wanted or page.stem in wanted:
            changed = rewritten(page.read_text(encoding="utf-8"))
            page.write_text(changed, encoding="utf-8", newline="\n")
