"""A folder of results: put into its place whole or not at all, and never in the place of what is somebody's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from paysim.errors import ResultsError


def put_back(out: Path) -> None:
    """Put back what a process left aside that died while it put another folder in its place."""
    out = out.resolve()
    replaced = _replaced(out)
    if not replaced.is_dir():
        return
    if out.exists():
        shutil.rmtree(replaced)
    else:
        replaced.rename(out)


def holds_own(out: Path, own: Collection[str], mark: str, who: str) -> bool:
    """See whether there is anything in a folder; what is there must be one's own.

    own : names of what may be in it;  mark : the one of them without which it is not one's own
    who : words for the message, such as ``paysim settle did not write``

    Raises
    ------
    ResultsError : it is a file, or holds something else
    """
    if not out.exists():
        return False
    if not out.is_dir():
        raise ResultsError(f"{out} is a file; --out names a folder")
    entries = _visible(out)
    if entries - set(own) or (entries and mark not in entries):
        raise not_own(out, own, who)
    return bool(entries)


def not_own(out: Path, own: Collection[str], who: str) -> ResultsError:
    """The error that a folder holds what is not one's own; words as in `holds_own`."""
    entries = _visible(out)
    found = ", ".join(sorted(entries - set(own)) or sorted(entries))
    return ResultsError(f"{out} holds what {who} ({found}); move it away or give another folder with --out")


@contextmanager
def placed(out: Path) -> Iterator[Path]:
    """Give a folder beside the place to write to; when the block ends without an error it is moved in, in one step.

    Raises
    ------
    ResultsError : the place cannot be written to
    """
    out = out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise ResultsError(f"{out.parent} cannot be written to: {error.strerror}") from None
    with moved_in(building, out):
        yield building


@contextmanager
def moved_in(building: Path, out: Path) -> Iterator[None]:
    """Move a folder to its place when the block ends; after an error it is deleted, and what is in the place stays."""
    replaced = _replaced(out)
    try:
        building.chmod(0o755)  # a folder of mkdtemp is for its owner alone; results are not secret
        yield
        put_back(out)
        if out.exists():
            out.rename(replaced)
        try:
            building.rename(out)
        except BaseException:
            if replaced.exists() and not out.exists():
                replaced.rename(out)
            raise
        shutil.rmtree(replaced, ignore_errors=True)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _replaced(out: Path) -> Path:
    """Where a folder waits while another takes its place."""
    return out.with_name(f".{out.name}.replaced")


def _visible(out: Path) -> set[str]:
    return {entry.name for entry in out.iterdir() if not entry.name.startswith(".")}
