"""The stories' own lines, kept on the disk from one start of the page to the next: the first view need not wait.

They lie in the cache that the responses of settlement systems have. A line counts only for the very same story, code,
libraries and kind of machine; what is broken counts as not there, and where nothing can be written nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from paysim.data.response_files import cache_folder
from paysim.explore.tasks import Line
from paysim.study.identity import code_digest, digest, machine, versions

FOLDER = "lines"
_OWN = ("charts.py", "lines.py", "story.py")
"""Modules of this room that a line hangs on; the rooms below it are in the digest of the code."""


def recall(name: str, key: str) -> Line | None:
    """The line of a story, or None; name : of the story;  key : of its document."""
    file = _file(name)
    if file is None:
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["of"] != _identity(key) or found["check"] != digest(found["line"]):
            return None
        line = found["line"]
        events = tuple((label, month) for label, month in line["events"])
        return Line(tuple(line["months"]), line["target"], events, line["series"].encode())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(name: str, key: str, line: Line) -> None:
    """Keep the line of a story, whole or not at all."""
    file = _file(name)
    if file is None:
        return
    plain = {
        "months": list(line.months),
        "target": line.target,
        "events": [list(event) for event in line.events],
        "series": line.series.decode(),
    }
    text = json.dumps({"of": _identity(key), "check": digest(plain), "line": plain}, ensure_ascii=False)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                opened.write(text)
            Path(made).replace(file)
        finally:
            Path(made).unlink(missing_ok=True)


def _file(name: str) -> Path | None:
    """One file a story: the newest line takes the place of the one before, so that they stay few."""
    folder = cache_folder()
    return None if folder is None else folder.parent / FOLDER / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


def _identity(key: str) -> str:
    return digest({"story": key, "code": _code(), "versions": versions(), "machine": machine()})


@cache
def _code() -> str:
    own = hashlib.sha256()
    for name in _OWN:
        own.update((Path(__file__).parent / name).read_bytes())
    return code_digest() + own.hexdigest()
