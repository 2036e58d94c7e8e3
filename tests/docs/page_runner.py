"""Runs the blocks of a page, in their order, in a folder of its own."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from page_blocks import ROOT, Block, Command, commands_of
from page_matching import agrees, difference

_COMMENT = re.compile(r"\s+#\s.*")
TIMEOUT = 900  # seconds; none should take as long
COPIED = ("scenarios", "docs/ci", "docs/cluster")


def prepare(folder: Path) -> Path:
    """Fill an empty folder with what a reader has: scenarios and recipes, and no results."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name)
    return folder


def run_page(blocks: Sequence[Block], folder: Path) -> None:
    """Run all blocks of a page; PageError for the first that is not as the page says."""
    names: dict[str, Any] = {"__name__": "__page__"}
    for place, block in enumerate(blocks):
        if block.order("not run") is not None:
            continue
        for typed in block.first():
            _first(block, typed, folder)
        if block.file is not None:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            if block.language == "yaml" and not _used(path, blocks[place + 1 :]):
                validate(block, path)
        elif block.language == "console":
            run_console(block, folder)
        elif block.language == "python":
            run_python(block, folder, names)
        elif block.language == "yaml":
            check_yaml(block, folder)


def _used(file: Path, later: Sequence[Block]) -> bool:
    """Whether a later command names a file: then that command says whether it is sound."""
    return any(file.name in block.text for block in later if block.language == "console")


def in_shell(typed: str, folder: Path) -> tuple[int, str, str]:
    """Run a command as a reader would, and give its exit code and what it prints on each of the two channels."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        ["sh", "-c", typed],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def _first(block: Block, typed: str, folder: Path) -> None:
    code, printed, told = in_shell(typed, folder)
    if code:
        raise block.fails(f"what comes first ends with {code}: {typed}\n{printed}{told}")


def run_console(block: Block, folder: Path) -> None:
    """Run the commands of a block; each must end and print as shown."""
    commands = commands_of(block)
    for command in commands:
        wanted = int(block.order("exit") or 0) if command is commands[-1] else 0
        code, printed, told = in_shell(lengthened(command, block.order("run with")), folder)
        if code != wanted:
            raise block.fails(f"ends with {code}, not {wanted}: {command.typed}\n{printed}{told}", command.line)
        if wanted:
            printed += told  # progress is no output, an error is
        if command.shown.strip() and not agrees(command.shown, printed):
            apart = difference(command.shown.splitlines(), printed.splitlines())
            raise block.fails(f"prints something else: {command.typed}\n{apart}", command.line)


def lengthened(command: Command, options: str | None) -> str:
    """A command with further options: a paysim command, and before its comment."""
    if options is None or not command.typed.startswith("paysim "):
        return command.typed
    return f"{re.sub(_COMMENT, '', command.typed)} {options}"


def run_python(block: Block, folder: Path, names: dict[str, Any]) -> None:
    """Run a block with the names of the page; what it prints must stand below it."""
    printed = io.StringIO()
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
            exec(compile(block.text, f"{block.page}:{block.line}", "exec"), names)
    except Exception as error:
        raise block.fails(f"{type(error).__name__}: {error}") from error
    if not agrees(block.printed or "", printed.getvalue()):
        apart = difference((block.printed or "").splitlines(), printed.getvalue().splitlines())
        raise block.fails(f"prints something else\n{apart}")


def check_yaml(block: Block, folder: Path) -> None:
    """Hold a block without a name against the schema of what its keys say it is."""
    path = folder / "scenarios" / "a_block_of_the_page.yaml"
    path.write_text("".join(completed(block)), encoding="utf-8")
    validate(block, path)


def validate(block: Block, path: Path) -> None:
    """Hold a file against its schema, as `paysim validate` does."""
    from paysim.cli.main import main

    done = CliRunner().invoke(main, ["validate", str(path)])
    if done.exit_code:
        raise block.fails(f"is not sound:\n{done.output}{block.text}")


def completed(block: Block) -> Iterator[str]:
    """A block as a whole file: the lines that a piece lacks come first, on lines of their own."""
    from paysim.scenario.schema import Scenario
    from paysim.scenario.system import SystemFile

    try:
        data = yaml.safe_load(block.text)
    except yaml.YAMLError as error:
        raise block.fails(f"is no YAML: {error}") from None
    text = block.text
    if isinstance(data, list):  # events
        data, text = {"events": data}, "events:\n" + "".join(f"  {line}" for line in block.text.splitlines(True))
    if not isinstance(data, dict):
        raise block.fails("neither keys nor a list: name it, or say <!-- not run: reason -->")
    keys = set(data)
    if not keys & {"design", "system"}:  # a study and a system are whole files
        of_system = keys & (set(SystemFile.model_fields) - set(Scenario.model_fields))
        needed = {"extends": "CIPS", "system": 1, "title": "A piece"} if of_system else {
            "extends": "cutoff.yaml", "format": 1, "title": "A piece"}  # fmt: skip
        yield from (f"{key}: {value}\n" for key, value in needed.items() if key not in keys)
    yield text
