"""Measured responses of settlement systems as files: those that are shipped, and a person's own cache.

A file is text: lines with what it was measured from, a hash of the rest, and one row a point. What the columns mean is
said where responses are made, in ``paysim.networks.response``; here they are numbers with names.

The cache is a folder ``responses`` in the folder for caches that is usual on the platform, or in the one that the
environment variable `CACHE_VARIABLE` names. What is broken in it counts as not there, and where it cannot be written
nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from paysim.errors import DataError

SHIPPED = Path(__file__).parent / "responses"
CACHE_VARIABLE = "PAYSIM_CACHE"
FORMAT = "paysim response 1"

_HEAD = ("system", "key", "seed", "days", "check")


@dataclass(frozen=True)
class ResponseTable:
    """A measured response as it stands in a file.

    system : its name, for the reader
    key : hash of what it was measured from, 64 hexadecimal digits
    seed, days : of the synthetic days
    columns : numbers by name, each a row a point
    """

    system: str
    key: str
    seed: int
    days: int
    columns: Mapping[str, tuple[float, ...]]


def shipped_response(key: str) -> ResponseTable | None:
    """Give the shipped response of a key, if there is one.

    Raises
    ------
    DataError : its file is broken
    """
    file = _shipped().get(key)
    return None if file is None else read_response(file)


def cached_response(key: str) -> ResponseTable | None:
    """Give the response of a key from the cache; None where it is not there, or its file is broken or another's."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        table = read_response(folder / f"{key}.csv")
    except (OSError, DataError):
        return None
    return table if table.key == key else None


def keep_response(table: ResponseTable) -> bool:
    """Put a response into the cache, whole or not at all, and say whether that was possible."""
    folder = cache_folder()
    if folder is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_response(table, folder / f"{table.key}.csv")
    except OSError:
        return False
    return True


def cache_folder() -> Path | None:
    """Give the folder of cached responses, which need not exist; None where there is no home to have one in."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named) / "responses"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        root = _absolute("LOCALAPPDATA", home / "AppData" / "Local") / "paysim" / "Cache"
    elif sys.platform == "darwin":
        root = home / "Library" / "Caches" / "paysim"
    else:
        root = _absolute("XDG_CACHE_HOME", home / ".cache") / "paysim"
    return root / "responses"


def _absolute(variable: str, otherwise: Path) -> Path:
    """Give the folder that a variable names; what is not absolute does not count (XDG base directories)."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else otherwise


def read_response(file: Path) -> ResponseTable:
    """Read a file.

    Raises
    ------
    DataError : it is not a response, or not what was written
    OSError : it cannot be read
    """
    try:
        return _parsed(file.read_text(encoding="utf-8"))
    except (ValueError, KeyError) as error:
        raise DataError(f"{file.name} is not a response as it was written: {error}") from None


def write_response(table: ResponseTable, file: Path) -> None:
    """Write a file, whole or not at all; OSError where that is not possible."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem[:16]}-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(_text(table))
        temporary.chmod(0o644)  # a temporary file is its owner's alone
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _text(table: ResponseTable) -> str:
    rows = "".join(f"{','.join(map(_number, row))}\n" for row in zip(*table.columns.values(), strict=True))
    body = f"{','.join(table.columns)}\n{rows}"
    said = (table.system, table.key, str(table.seed), str(table.days), _check(body))
    head = "".join(f"# {name}: {text}\n" for name, text in zip(_HEAD, said, strict=True))
    return f"# {FORMAT}\n{head}{body}"


def _parsed(text: str) -> ResponseTable:
    first, *lines = text.splitlines(keepends=True)
    if first != f"# {FORMAT}\n":
        raise ValueError(f"its first line is not '# {FORMAT}'")
    head = dict(line[2:].rstrip("\n").split(": ", 1) for line in lines[: len(_HEAD)])
    if head["check"] != _check("".join(lines[len(_HEAD) :])):
        raise ValueError("its rows are not those of its check sum")
    names, *rows = (line.rstrip("\n").split(",") for line in lines[len(_HEAD) :])
    columns = zip(*([float(number) for number in row] for row in rows), strict=True)
    named = dict(zip(names, columns, strict=True))
    return ResponseTable(head["system"], head["key"], int(head["seed"]), int(head["days"]), named)


def _number(value: float) -> str:
    """Write a number as short as it can be read back from: 1 and not 1.0."""
    return str(int(value)) if value.is_integer() else repr(value)


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


@cache
def _shipped() -> dict[str, Path]:
    """Files of the shipped responses by key."""
    found = {}
    for file in sorted(SHIPPED.glob("*.csv")):
        with file.open(encoding="utf-8") as stream:
            head = [next(stream, "") for _ in range(len(_HEAD))]
        key = next((line[len("# key: ") :].strip() for line in head if line.startswith("# key: ")), "")
        found[key] = file
    return found
