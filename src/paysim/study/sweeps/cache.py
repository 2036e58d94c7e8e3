"""Results of points on disk, known by the keys of the points: one file a block, whole or not at all.

Every study that writes to one folder finds there what another has computed already.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paysim.errors import ResultsError
from paysim.study.sweeps.worker import Finding

POINTS_FOLDER = "points"
FORMAT = 1

_NAME = re.compile(r"[0-9a-f]{64}\.json\Z")
_LEFT = 3600.0
"""Seconds after which a file that was not finished is taken to be given up: a write takes less than one."""

_OPEN = 64
"""Files of blocks that are kept in memory while tables are made."""


class Cache:
    """The folder ``points`` of results."""

    def __init__(self, out: Path) -> None:
        self.folder = out / POINTS_FOLDER
        self.read = lru_cache(maxsize=_OPEN)(self._read)

    def path(self, block: str) -> Path:
        """Where the results of a block lie."""
        return self.folder / block[:2] / f"{block}.json"

    def write(self, block: str, findings: Sequence[Finding]) -> Path:
        """Store the results of a block: a temporary file first, then under its name."""
        path = self.path(block)
        unfinished = path.with_name(f".{block}.{os.getpid()}.tmp")
        text = json.dumps({"format": FORMAT, "points": {one.key: _as_data(one) for one in findings}})
        replaces = path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            raise ResultsError(f"{path} cannot be written: {error.strerror}") from None
        if replaces:
            self.read.cache_clear()
        return path

    def forget(self, keys: Collection[bytes]) -> None:
        """Remove the results of some points; others that stand in the same files stay."""
        for path in list(self.files()):
            found = self._read(path)
            left = [finding for key, finding in found.items() if bytes.fromhex(key) not in keys]
            if len(left) == len(found):
                continue
            if left:
                self.write(path.stem, left)
            else:
                path.unlink()
        self.read.cache_clear()

    def take_over(self, other: Cache, keys: Collection[bytes]) -> None:
        """Copy the files of another folder that hold results of some points."""
        for path in other.files():
            place = self.path(path.stem)
            found = other._read(path)
            if not place.exists() and any(bytes.fromhex(key) in keys for key in found):
                self.write(path.stem, list(found.values()))

    def tidy(self) -> None:
        """Remove what processes left long ago that were killed while they wrote."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/.*.tmp"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT:
                    path.unlink()

    def files(self) -> Iterator[Path]:
        """All files of results, in the order of their names."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path for path in folder.iterdir() if _NAME.match(path.name))

    def _read(self, path: Path) -> dict[str, Finding]:
        """The results in a file by key; none where it cannot be read."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                return {}
            return {key: _as_finding(key, one) for key, one in data["points"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


def _as_data(finding: Finding) -> dict[str, Any]:
    if finding.error:
        return {"error": finding.error, "final": finding.final}
    plain = {name: [None if isnan(value) else value for value in values] for name, values in finding.values.items()}
    return {"values": plain}


def _as_finding(key: str, data: Mapping[str, Any]) -> Finding:
    if "error" in data:
        return Finding(key, {}, str(data["error"]), bool(data["final"]))
    values = {
        name: [float("nan") if value is None else float(value) for value in column]
        for name, column in data["values"].items()
    }
    return Finding(key, values)


class Index:
    """Which file holds the result of every point of a study.

    keys : (n, 32) bytes of the points;  measures : what is read off, as text
    """

    def __init__(self, cache: Cache, keys: NDArray[np.uint8], measures: Sequence[str]) -> None:
        self._cache, self._measures = cache, frozenset(measures)
        self._places: dict[bytes, list[int]] = {}
        for place, key in enumerate(keys):
            self._places.setdefault(key.tobytes(), []).append(place)
        self._files: list[Path] = []
        self._file_of = np.full(len(keys), -1, dtype=np.int32)
        self.done = np.zeros(len(keys), dtype=bool)
        """(n,) points with a result that is final."""
        for path in cache.files():
            self.add(path)

    def add(self, path: Path) -> list[int]:
        """Note a file of results; the points that it brings, by number.

        Of two results of one point the first that is final counts.
        """
        brought = []
        for key, finding in self._cache.read(path).items():
            places = self._places.get(bytes.fromhex(key))
            if not places or self.done[places[0]]:
                continue
            if not finding.error and not self._measures <= finding.values.keys():
                continue
            if not self._files or self._files[-1] != path:
                self._files.append(path)
            self._file_of[places] = len(self._files) - 1
            self.done[places] = not finding.error or finding.final
            brought += places
        return brought

    def finding(self, point: int, key: str) -> Finding | None:
        """What came of a point; None where nothing is known."""
        file = int(self._file_of[point])
        return None if file < 0 else self._cache.read(self._files[file]).get(key)
