"""The folder of a run: assembled beside its place from finished replicates, and moved there whole."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from paysim.errors import PaysimError, ResultsError
from paysim.study.folder import holds_own, moved_in, put_back
from paysim.study.identity import FORMAT, Identity
from paysim.study.pieces import SCHEMA, Piece, read_piece
from paysim.study.quantiles import COLUMNS, QUANTILES, write_summary
from paysim.study.results import (
    DRAWS_FILE,
    FIGURES_FOLDER,
    MANIFEST_FILE,
    REPORT_FILE,
    SERIES_FILE,
    SUMMARY_FILE,
    Results,
    load_results,
    read_manifest,
)

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

Finish = Callable[[Results, Path], None]

OWN_ENTRIES = {SERIES_FILE, SUMMARY_FILE, DRAWS_FILE, MANIFEST_FILE, FIGURES_FOLDER, REPORT_FILE}
"""What paysim itself puts into a results folder; anything else is somebody's and is never deleted."""

_KEY_LENGTH = 16
_NOT_OURS = "paysim did not write or did not finish"


@dataclass(frozen=True)
class Store:
    """Where a run goes.

    out : the folder of the finished run;  partial : hidden beside it, finished replicates of an unfinished run
    """

    out: Path
    identity: Identity

    @classmethod
    def open(cls, out: Path, identity: Identity) -> Store:
        """Make the store of a run; if an earlier process died while it replaced a run, the old one is put back."""
        put_back(out)
        return cls(out.resolve(), identity)

    @property
    def partial(self) -> Path:
        """Hidden folder of finished replicates; its name holds the key, so only the same run goes on from it."""
        return self.out.with_name(f".{self.out.name}.{self.identity.key[:_KEY_LENGTH]}.partial")

    def holds_this(self) -> bool:
        """Whether the very run is there, finished; raises ResultsError if it is there but damaged."""
        try:
            manifest = read_manifest(self.out)
        except ResultsError:
            return False
        if manifest["run"]["key"] != self.identity.key:
            return False
        for name, entry in manifest["files"].items():
            path = self.out / name
            if not path.is_file() or file_digest(path) != entry["sha256"]:
                raise ResultsError(f"{path} is not as the run left it; --overwrite runs it anew")
        return True

    def make_way(self, overwrite: bool) -> None:
        """Make the partial folder; raises ResultsError if what is in the folder may not be replaced."""
        if holds_own(self.out, OWN_ENTRIES, MANIFEST_FILE, _NOT_OURS) and not overwrite:
            raise ResultsError(self._conflict())
        try:
            self.partial.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResultsError(f"{self.out.parent} cannot be written to: {error.strerror}") from None

    def _conflict(self) -> str:
        here, advice = f"this is {self.identity}", "Replace it with --overwrite or give another folder with --out"
        try:
            there = Identity(read_manifest(self.out)["run"]["parts"])
        except ResultsError as error:
            return f"{error}; {here}. {advice}"
        return (
            f"{self.out} holds the finished run {there}; {here}. They differ in "
            f"{', '.join(self.identity.differences(there))}. {advice}"
        )

    def publish(
        self,
        scenario: Scenario,
        bands: Mapping[str, int],
        facts: Mapping[str, Any],
        command: str,
        finish: Finish | None,
    ) -> None:
        """Assemble the run from its pieces, let ``finish`` add to it, and move it to its place in one step.

        bands : band -> number of its replicates, ``all`` first;  facts : of the world;  command : repeats the run
        """
        building = Path(tempfile.mkdtemp(prefix="building-", dir=self.partial))
        with moved_in(building, self.out):
            pieces = {band: self._pieces(band, count) for band, count in bands.items()}
            write_series(building / SERIES_FILE, pieces["all"])
            write_draws(building / DRAWS_FILE, pieces["all"])
            write_summary(building / SUMMARY_FILE, pieces)
            manifest = make_manifest(building, self.identity, scenario, pieces, facts, command)
            write_json(building / MANIFEST_FILE, manifest)
            if finish is not None:
                finish(load_results(building), building)
        shutil.rmtree(self.partial, ignore_errors=True)

    def _pieces(self, band: str, count: int) -> list[Piece]:
        pieces: list[Piece] = []
        for replicate in range(count):
            piece = read_piece(self.partial / band, replicate, self.identity.key)
            if piece is None:
                raise PaysimError(f"replicate {replicate} ({band}) has gone from {self.partial}; run the command again")
            if pieces and not piece.layout.fits(pieces[0].layout):
                raise PaysimError(f"replicate {replicate} ({band}) has other series, keys or months than replicate 0")
            pieces.append(piece)
        return pieces

    def refinish(self, finish: Finish | None) -> Results:
        """Let ``finish`` add anew to the finished run that is there, each entry replaced whole."""
        results = load_results(self.out)
        if finish is None:
            return results
        with tempfile.TemporaryDirectory(prefix=f".{self.out.name}.", dir=self.out.parent) as name:
            fresh, stale = Path(name, "fresh"), Path(name, "stale")
            fresh.mkdir()
            stale.mkdir()
            finish(results, fresh)
            for entry in sorted(fresh.iterdir()):
                place = self.out / entry.name
                if place.exists():
                    place.rename(stale / entry.name)
                entry.rename(place)
        return results


def write_series(path: Path, pieces: Sequence[Piece]) -> None:
    """Write the long table, one row group a replicate, holding one replicate in memory at a time."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for piece in pieces:
            writer.write_table(piece.table(), row_group_size=max(piece.layout.rows, 1))


def write_draws(path: Path, pieces: Sequence[Piece]) -> None:
    """Write what was drawn and counted in every replicate, a row each; floats in full, empty where nan."""
    names = [name for name in pieces[0].facts if name != "replicate"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("replicate", *names))
        for replicate, piece in enumerate(pieces):
            if not piece.facts.keys() >= set(names):
                raise PaysimError(f"replicate {replicate} lacks facts that replicate 0 has")
            writer.writerow((replicate, *(_cell(piece.facts[name]) for name in names)))


def _cell(fact: object) -> str:
    if isinstance(fact, bool):
        return "true" if fact else "false"
    if isinstance(fact, float):
        return "" if math.isnan(fact) else repr(fact)
    return str(fact)


def make_manifest(
    folder: Path,
    identity: Identity,
    scenario: Scenario,
    pieces: Mapping[str, Sequence[Piece]],
    facts: Mapping[str, Any],
    command: str,
) -> dict[str, Any]:
    """Make the manifest of a run whose other files are in the folder.

    It holds nothing that a second run would not repeat: no time of day, no duration, no number of workers.
    """
    runs = pieces["all"]
    layout = runs[0].layout
    tables = (scenario.currencies, scenario.groups, scenario.networks, scenario.systems)
    return {
        "program": "paysim",
        "format": FORMAT,
        "name": scenario.name,
        "title": scenario.title,
        "version": identity.parts["versions"]["paysim"],
        "command": command,
        "engine": scenario.engine,
        "seed": scenario.seed,
        "replicates": len(runs),
        "unstable": sum(piece.facts.get("unstable") is True for piece in runs),
        "first_month": str(layout.months[0]),
        "last_month": str(layout.months[-1]),
        "rows": layout.rows * len(runs),
        "bands": {band: len(of) for band, of in pieces.items()},
        "quantiles": dict(zip(COLUMNS, QUANTILES, strict=True)),
        "series": {name: list(keys) for name, keys in sorted(layout.keys.items())},
        "facts": plain_facts(facts),
        "names": {identity: entry.name for table in tables for identity, entry in table.items()},
        "event_labels": [event.titles() for event in scenario.events],
        "run": {"key": identity.key, "parts": identity.parts},
        "files": {
            name: {"bytes": (folder / name).stat().st_size, "sha256": file_digest(folder / name)}
            for name in (SERIES_FILE, SUMMARY_FILE, DRAWS_FILE)
        },
        "scenario": json.loads(scenario.canonical()),
    }


def plain_facts(facts: object) -> Any:
    """Facts as JSON knows them: numbers of numpy as Python's, what is not finite as None."""
    if isinstance(facts, Mapping):
        return {str(name): plain_facts(value) for name, value in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [plain_facts(value) for value in facts]
    if hasattr(facts, "tolist"):
        return plain_facts(facts.tolist())
    if isinstance(facts, float) and not math.isfinite(facts):
        return None
    return facts


def write_json(path: Path, data: object) -> None:
    """Write JSON that a person can read, the same bytes on every system."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_bytes(text.encode())


def file_digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
