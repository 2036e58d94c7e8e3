"""The folder of a trace: its steps as JSON and its figure, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from paysim.errors import ResultsError
from paysim.study.folder import holds_own, not_own, placed, put_back
from paysim.study.identity import FORMAT, code_digest, digest, machine, versions
from paysim.study.store import plain_facts, write_json

TRACE_FILE = "trace.json"
FIGURE = "trace"
OWN_ENTRIES = {TRACE_FILE, f"{FIGURE}.png", f"{FIGURE}.svg"}
"""What is put into the folder; anything else is somebody's and is never deleted."""
KIND = "trace"
_NOT_OURS = "paysim trace did not write"


def identity(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that decides the bytes of a trace, and its key: two traces with one key are the same."""
    whole = {**parts, "kind": KIND, "format": FORMAT, "code": code_digest(), "versions": versions(),
             "platform": machine()}  # fmt: skip
    return {"key": digest(whole), "parts": whole}


def check_place(out: Path, key: str, overwrite: bool) -> None:
    """See that a folder is free, holds the very same trace, or may be replaced.

    Raises
    ------
    ResultsError : it holds something else
    """
    put_back(out)
    if not holds_own(out, OWN_ENTRIES, TRACE_FILE, _NOT_OURS):
        return
    there = _read(out)
    if there is None:
        raise not_own(out, OWN_ENTRIES, _NOT_OURS)
    if not overwrite and there["run"]["key"] != key:
        raise ResultsError(
            f"{out} holds another trace, made by: {there['command']}\n"
            "Replace it with --overwrite or give another folder with --out"
        )


def _read(out: Path) -> dict[str, Any] | None:
    """The trace in a folder, None if it is none."""
    try:
        found = json.loads((out / TRACE_FILE).read_text(encoding="utf-8"))
        return found if found["kind"] == KIND and found["run"]["key"] and found["command"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def store_trace(out: Path, data: Mapping[str, Any], finish: Callable[[Path], object] | None = None) -> None:
    """Write a trace beside its place, let ``finish`` add its figure, and move it there in one step.

    Raises
    ------
    ResultsError : the place cannot be written to
    """
    with placed(out) as building:
        write_json(building / TRACE_FILE, plain_facts(data))
        if finish is not None:
            finish(building)
