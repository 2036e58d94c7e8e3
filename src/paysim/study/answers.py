"""Folders of one kind each: a comparison, an explanation, a trace, a settled day; written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paysim.errors import ResultsError
from paysim.study.folder import holds_own, placed, put_back
from paysim.study.identity import FORMAT, code_digest, digest, machine, versions
from paysim.study.results import FIGURES_FOLDER, MANIFEST_FILE, REPORT_FILE
from paysim.study.store import plain_facts, write_json


@dataclass(frozen=True)
class Kind:
    """What a folder holds.

    name : a word for it;  command : that writes it;  file : JSON with ``kind``, ``run`` and ``command``
    others : further files and folders
    """

    name: str
    command: str
    file: str
    others: tuple[str, ...] = (FIGURES_FOLDER, REPORT_FILE)

    @property
    def entries(self) -> set[str]:
        """All that is put into the folder; anything else is somebody's and is never deleted."""
        return {self.file, *self.others}


COMPARED_TABLES = ("compare.csv", "compare.parquet")
COMPARISON = Kind("comparison", "paysim compare", MANIFEST_FILE, (FIGURES_FOLDER, REPORT_FILE, *COMPARED_TABLES))
EXPLANATION = Kind("explanation", "paysim explain", "explain.json")
REQUIREMENT = Kind("requirement", "paysim require", "require.json")
SENSITIVITY = Kind("sensitivity analysis", "paysim sweep sensitivity", "sensitivity.json")
DISCOVERY = Kind("discovery", "paysim sweep discover", "discover.json")
FORECAST = Kind("forecast", "paysim forecast", MANIFEST_FILE, ("forecast.csv", "SHA256SUMS"))
BACKTEST = Kind("back-test", "paysim evidence backtest", MANIFEST_FILE, (FIGURES_FOLDER, "scores.csv"))
CALIBRATION = Kind("calibration", "paysim evidence calibrate", MANIFEST_FILE, (FIGURES_FOLDER, "posterior.json"))
TRACE = Kind("trace", "paysim trace", "trace.json", ("trace.png", "trace.svg"))
SETTLEMENT = Kind(
    "settlement", "paysim settle", MANIFEST_FILE,
    (FIGURES_FOLDER, "payments.parquet", "participants.parquet", "indicators.json"),
)  # fmt: skip


def identity(kind: Kind, parts: Mapping[str, Any]) -> dict[str, Any]:
    """All that decides the numbers of a folder, and its key: two folders with one key hold the same."""
    whole = {**parts, "kind": kind.name, "format": FORMAT, "code": code_digest(), "versions": versions(),
             "platform": machine()}  # fmt: skip
    return {"key": digest(whole), "parts": whole}


def check_place(kind: Kind, out: Path, key: str, overwrite: bool) -> None:
    """See that a folder is free, holds the very same, or may be replaced.

    Raises
    ------
    ResultsError : it holds something else
    """
    put_back(out)
    if not holds_own(out, kind.entries, kind.file, f"{kind.command} did not write"):
        return
    try:
        there = json.loads((out / kind.file).read_text(encoding="utf-8"))
        ours, same, made_by = there["kind"] == kind.name, there["run"]["key"] == key, there["command"]
    except (OSError, ValueError, KeyError, TypeError):
        ours, same, made_by = False, False, ""
    if not ours:
        raise ResultsError(f"{out} holds no {kind.name}; move it away or give another folder with --out")
    if not same and not overwrite:
        raise ResultsError(
            f"{out} holds another {kind.name}, made by: {made_by}\n"
            "Replace it with --overwrite or give another folder with --out"
        )


def store(kind: Kind, out: Path, data: Mapping[str, Any], finish: Callable[[Path], None] | None = None) -> None:
    """Write data as JSON beside its place, let ``finish`` add to the folder, and move it there in one step.

    Raises
    ------
    ResultsError : the place cannot be written to
    """
    with placed(out) as building:
        head = {"program": "paysim", "format": FORMAT, "version": versions()["paysim"], "kind": kind.name}
        write_json(building / kind.file, plain_facts({**head, **data}))
        if finish is not None:
            finish(building)
